/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans of random envelopes, profiles and answers: what holds for all of them. */
#include <jansson.h>

#include "plan_support.h"

enum { ROUNDS = 2000, PEOPLE = 16, CERTS = 11, FILE_MOST = 32 };

/* Fixed: a failure can be run again. */
static uint64_t seed = 20261124;
static size_t pick(size_t count)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(seed >> 33) % count;
}
#define PICK(list) (list)[pick(sizeof(list) / sizeof((list)[0]))]

static const char *const people[PEOPLE] = {"rsa2048@example.com",    "RSA2048@Example.COM",
                                           "p256@example.com",       "p384@example.com",
                                           "rsa3072@example.com",    "expired@example.com",
                                           "x@sub.example.net",      "x@example.net",
                                           "rsa1024@example.com",    "can-gcm@example.com",
                                           "can-aes128@example.com", "can-weak@example.com",
                                           "\"a b\"@example.com",    "*)(uid=*",
                                           "b@xn--mnchen-3ya.de",    "B@M\xc3\xbcnchen.de"};
static const char *const files[CERTS] = {"rsa2048", "rsa3072",  "rsa1024",   "p256",
                                         "p384",    "domain",   "expired",   "server",
                                         "can-gcm", "can-weak", "can-aes128"};
static struct smimegw_cert *certs[CERTS];
static struct smimegw_buffer *signed_mail, *encrypted_mail;

/* --- a profile -----------------------------------------------------------------------------
 */

struct choice {
    const char *name;
    const char *words[7];
};
static const struct choice choices[] = {
    {"mode", {"encrypt", "sign-encrypt", "triple", "sign"}},
    {"missing-key", {"split", "bounce", "drop", "split-bounce"}},
    {"sign-clear-copy", {"yes", "no"}},
    {"isolate-ec", {"yes", "no"}},
    {"isolate-blind", {"yes", "no"}},
    {"expired-certificates", {"refuse", "use"}},
    {"cipher", {"aes-128-cbc", "aes-256-cbc", "aes-192-gcm", "aes-256-gcm"}},
    {"lowest-cipher", {"aes-128-cbc", "aes-192-cbc", "aes-128-gcm"}},
    {"use-capabilities", {"yes", "no"}},
    {"already-smime", {"pass", "wrap", "bounce"}},
    {"reports", {"protect", "pass"}},
    {"calendar", {"protect", "pass"}},
    {"bcc-field", {"keep", "remove"}},
    {"subject-trigger", {"[crypt]", ""}},
    {"extra-recipients", {"", "", "", "archive"}},
};
enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

static struct smimegw_profile *random_profile(void)
{
    struct smimegw_profile *profile = make_profile(NULL);
    for (size_t i = 0; i < CHOICES; i++) {
        size_t count = 0;
        while (count < 7 && choices[i].words[count] != NULL)
            count++;
        assert_int_equal(
            smimegw_profile_set(profile, choices[i].name, choices[i].words[pick(count)], NULL),
            SMIMEGW_OK);
    }
    return profile;
}

/* Is the setting that? */
static bool is_set(const struct scene *scene, const char *name, const char *value)
{
    struct smimegw_buffer *text;
    assert_int_equal(smimegw_profile_get(scene->profile, name, &text, NULL), SMIMEGW_OK);
    bool is_same = is_mail(text, value);
    smimegw_buffer_free(text);
    return is_same;
}

static size_t cipher_rank(const char *cipher)
{
    static const char *const words[] = {"aes-128-cbc", "aes-192-cbc", "aes-256-cbc",
                                        "aes-128-gcm", "aes-192-gcm", "aes-256-gcm"};
    for (size_t i = 0; i < 6; i++)
        if (strcmp(cipher, words[i]) == 0)
            return i;
    fail_msg("no cipher: %s", cipher);
    return 0;
}

static size_t setting_rank(const struct scene *scene, const char *name)
{
    char word[32];
    struct smimegw_buffer *text;
    assert_int_equal(smimegw_profile_get(scene->profile, name, &text, NULL), SMIMEGW_OK);
    snprintf(word, sizeof(word), "%.*s", (int)smimegw_buffer_size(text),
             (const char *)smimegw_buffer_data(text));
    smimegw_buffer_free(text);
    return cipher_rank(word);
}

/* --- a message -----------------------------------------------------------------------------
 */

static const char *const tops[] = {"From: alice@example.com\r\n", "From: bob@example.org\r\n",
                                   "From: alice@example.com\r\nFrom: x@example.com\r\n"};
static const char *const names[] = {"To", "Cc", "Bcc", "Resent-To", "resent-cc", "Resent-Bcc"};
static const char *const rests[] = {
    "Subject: [crypt] x\r\n\r\n" SECRET "\r\n",
    "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" SECRET " \xff\r\n",
    "MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\n" SECRET
    "\r\n--b--\r\n",
    "MIME-Version: 1.0\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n" SECRET "\r\n",
    "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n\r\n" SECRET,
    "no field\r\n\r\n" SECRET "\r\n",
    "\r\n"};

static void random_mail(struct smimegw_buffer *text)
{
    static const size_t often[] = {0, 0, 0, 0, 0, 0, 1, 2};
    static const size_t usual[] = {0, 0, 0, 1, 1, 2, 3, 4, 5, 6};
    const char *top = tops[PICK(often)];
    smimegw_buffer_write(text, top, strlen(top));
    for (size_t i = pick(5); i > 0; i--) {
        char line[200];
        int size = snprintf(line, sizeof(line), "%s: <%s>,\r\n %s\r\n", PICK(names),
                            PICK(people), PICK(people));
        smimegw_buffer_write(text, line, (size_t)size);
    }
    const char *rest = rests[PICK(usual)];
    smimegw_buffer_write(text, rest, strlen(rest));
}

static struct smimegw_buffer *random_message(void)
{
    struct smimegw_buffer *text = make_buffer();
    const struct smimegw_buffer *made = NULL;
    size_t kind = pick(12);
    if (kind < 2)
        made = kind == 0 ? signed_mail : encrypted_mail;
    if (made != NULL)
        smimegw_buffer_write(text, smimegw_buffer_data(made), smimegw_buffer_size(made));
    else
        random_mail(text);
    return text;
}

/* --- answers -------------------------------------------------------------------------------
 */

static void answer(struct scene *scene, const char *address)
{
    struct smimegw_cert *list[3];
    char noise[24];
    size_t kind = pick(20);
    size_t count = pick(3) + 1;
    for (size_t i = 0; i < count; i++)
        list[i] = certs[pick(CERTS)];
    for (size_t i = 0; i < CERTS; i++)
        if (strncmp(address, files[i], strlen(files[i])) == 0)
            list[0] = certs[i];
    if (kind == 0)
        assert_int_equal(smimegw_plan_supply_failure(scene->plan, address, "down", NULL),
                         SMIMEGW_OK);
    else if (kind > 1)
        assert_int_equal(smimegw_plan_supply(scene->plan, address, list, kind < 5 ? 0 : count,
                                             pick(4) == 0 ? SMIMEGW_SUPPLY_ANY_NAME : 0, NULL),
                         SMIMEGW_OK);
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (char)pick(256);
    memcpy(noise, "\x30\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01", 14);
    if (pick(3) == 0)
        assert_int_equal(smimegw_plan_supply_capabilities(scene->plan, address, noise,
                                                          pick(4) == 0 ? pick(24) : 15, NULL),
                         SMIMEGW_OK);
}

static void fill(struct scene *scene)
{
    assert_int_equal(
        smimegw_plan_set_sender(scene->plan, pick(8) == 0 ? "" : "alice@example.com", NULL),
        SMIMEGW_OK);
    if (pick(12) == 0)
        assert_int_equal(smimegw_plan_set_identity(scene->plan, NULL, NULL), SMIMEGW_OK);
    for (size_t i = pick(8) + 1; i > 0; i--)
        add(scene, PICK(people));
    /* most know all that is asked */
    bool is_asked = pick(8) != 0;
    for (size_t i = 0; is_asked && i < smimegw_plan_recipient_count(scene->plan); i++)
        answer(scene, smimegw_plan_recipient(scene->plan, i));
    if (pick(2) == 0)
        assert_int_equal(smimegw_plan_add_extra(scene->plan, certs[0], NULL), SMIMEGW_OK);
}

/* --- what holds ----------------------------------------------------------------------------
 */

/* In how many deliveries a recipient is; ret_at: the last of them. */
static int find(const struct scene *scene, size_t recipient, size_t *ret_at)
{
    int found = 0;
    const char *other;
    const char *address = smimegw_plan_recipient(scene->plan, recipient);
    for (size_t i = 0; i < smimegw_plan_delivery_count(scene->plan); i++)
        for (size_t k = 0;
             (other = smimegw_plan_delivery_recipient(scene->plan, i, k)) != NULL; k++)
            if (strcmp(other, address) == 0) {
                found++;
                *ret_at = i;
            }
    return found;
}

/* Clear mail is what the profile says, or nobody asked for more. */
static bool may_be_clear(const struct scene *scene, int reason)
{
    return is_set(scene, "mode", "sign") || reason == SMIMEGW_PLAN_REPORT ||
           reason == SMIMEGW_PLAN_CALENDAR ||
           (reason == SMIMEGW_PLAN_NO_KEY && is_set(scene, "missing-key", "split"));
}

static void check_recipient(const struct scene *scene, size_t index)
{
    int reason = 0;
    size_t at = 0;
    const char *reply = NULL;
    int outcome = smimegw_plan_recipient_outcome(scene->plan, index, &reason, &reply);
    assert_in_range(outcome, SMIMEGW_PLAN_ENCRYPTED, SMIMEGW_PLAN_DEFERRED);
    assert_string_not_equal(smimegw_plan_reason_name(reason, NULL), "unknown");
    assert_string_not_equal(smimegw_plan_recipient_text(scene->plan, index), "");
    bool is_sent = outcome == SMIMEGW_PLAN_ENCRYPTED || outcome == SMIMEGW_PLAN_CLEAR;
    assert_int_equal(find(scene, index, &at), is_sent);
    bool is_ours = is_sent && (smimegw_plan_delivery_flags(scene->plan, at) &
                               SMIMEGW_DELIVERY_ENCRYPTED) != 0;
    if (outcome == SMIMEGW_PLAN_ENCRYPTED)
        assert_true(is_ours || reason == SMIMEGW_PLAN_ALREADY_ENCRYPTED);
    else
        assert_false(is_ours);
    assert_int_equal(smimegw_plan_recipient_cert(scene->plan, index) != NULL, is_ours);
    if (outcome == SMIMEGW_PLAN_CLEAR)
        /* AC-151: never silently */
        assert_true(may_be_clear(scene, reason) &&
                    strstr(smimegw_plan_recipient_text(scene->plan, index), "NOT encrypted"));
    if (outcome == SMIMEGW_PLAN_DROPPED)
        assert_true(is_set(scene, "missing-key", "drop"));
    char first = outcome == SMIMEGW_PLAN_BOUNCED    ? '5'
                 : outcome == SMIMEGW_PLAN_DEFERRED ? '4'
                                                    : '\0';
    assert_int_equal(reply[0], first);
    if (outcome == SMIMEGW_PLAN_DEFERRED)
        assert_int_equal(smimegw_plan_delivery_count(scene->plan), 0);
}

static bool is_rsa(const struct smimegw_cert *cert)
{
    return strncmp(smimegw_cert_text(cert, SMIMEGW_CERT_KEY), "RSA", 3) == 0;
}

/* No kind of key beside another where that is asked for. */
static void check_kinds(const struct scene *scene, size_t delivery)
{
    int kinds = 0;
    for (size_t i = 0; i < smimegw_plan_recipient_count(scene->plan); i++) {
        size_t at = 0;
        const struct smimegw_cert *cert = smimegw_plan_recipient_cert(scene->plan, i);
        if (cert != NULL && find(scene, i, &at) == 1 && at == delivery)
            kinds |= is_rsa(cert) ? 1 : 2;
    }
    assert_true(kinds != 3 || is_set(scene, "isolate-ec", "no"));
}

static void check_delivery(const struct scene *scene, size_t delivery)
{
    const char *cipher = smimegw_plan_delivery_cipher(scene->plan, delivery);
    uint32_t flags = smimegw_plan_delivery_flags(scene->plan, delivery);
    assert_non_null(smimegw_plan_delivery_recipient(scene->plan, delivery, 0));
    assert_string_not_equal(smimegw_plan_delivery_text(scene->plan, delivery), "");
    if ((flags & SMIMEGW_DELIVERY_ENCRYPTED) == 0) {
        assert_string_equal(cipher, "");
        return;
    }
    size_t rank = cipher_rank(cipher);
    size_t lowest = setting_rank(scene, "lowest-cipher");
    size_t highest = setting_rank(scene, "cipher");
    if (is_set(scene, "use-capabilities", "no"))
        assert_int_equal(rank, highest);
    else
        assert_true(rank >= lowest && (rank <= highest || rank == lowest));
    check_kinds(scene, delivery);
}

static void check_written(const struct scene *scene, size_t delivery)
{
    struct smimegw_buffer *copy = write_delivery(scene, delivery);
    uint32_t flags = smimegw_plan_delivery_flags(scene->plan, delivery);
    if ((flags & SMIMEGW_DELIVERY_ENCRYPTED) != 0)
        assert_false(has_text(copy, SECRET));
    if (is_set(scene, "bcc-field", "remove"))
        assert_false(has_text(copy, "\nBcc:") || has_text(copy, "Resent-Bcc:"));
    if (is_set(scene, "subject-trigger", "[crypt]"))
        assert_false(has_text(copy, "Subject: [crypt]"));
    smimegw_buffer_free(copy);
}

static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static void check_json(const struct scene *scene)
{
    struct smimegw_buffer *text;
    assert_int_equal(smimegw_plan_json(scene->plan, &text, NULL), SMIMEGW_OK);
    json_t *json = json_loadb(smimegw_buffer_data(text), smimegw_buffer_size(text), 0, NULL);
    assert_non_null(json);
    const json_t *all = json_object_get(json, "recipients");
    assert_int_equal(json_array_size(all), smimegw_plan_recipient_count(scene->plan));
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        int reason;
        int outcome = smimegw_plan_recipient_outcome(scene->plan, i, &reason, NULL);
        assert_string_equal(member(one, "address"), smimegw_plan_recipient(scene->plan, i));
        assert_string_equal(member(one, "outcome"), smimegw_plan_outcome_name(outcome));
        assert_string_equal(member(one, "reason"), smimegw_plan_reason_name(reason, NULL));
        /* AC-150: blind recipients are alone */
        size_t at = 0;
        if (json_is_true(json_object_get(one, "blind")) &&
            smimegw_plan_recipient_cert(scene->plan, i) != NULL &&
            is_set(scene, "isolate-blind", "yes")) {
            assert_int_equal(find(scene, i, &at), 1);
            assert_null(smimegw_plan_delivery_recipient(scene->plan, at, 1));
        }
    }
    all = json_object_get(json, "deliveries");
    assert_int_equal(json_array_size(all), smimegw_plan_delivery_count(scene->plan));
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        const json_t *list = json_object_get(one, "recipients");
        for (size_t k = 0; k <= json_array_size(list); k++) {
            const char *name = json_string_value(json_array_get(list, k));
            const char *other = smimegw_plan_delivery_recipient(scene->plan, i, k);
            assert_true(name == other || strcmp(name, other) == 0);
        }
        assert_string_equal(member(one, "cipher"),
                            smimegw_plan_delivery_cipher(scene->plan, i));
        assert_int_equal(
            json_is_true(json_object_get(one, "encrypted")),
            (smimegw_plan_delivery_flags(scene->plan, i) & SMIMEGW_DELIVERY_ENCRYPTED) != 0);
    }
    json_decref(json);
    smimegw_buffer_free(text);
}

static void run_round(bool is_written, int counts[6])
{
    struct smimegw_buffer *text = random_message();
    assert_int_equal(smimegw_buffer_write(text, "", 1), 0);
    struct scene scene = make_scene(random_profile(), smimegw_buffer_data(text));
    fill(&scene);
    decide(&scene);
    for (size_t i = 0; i < smimegw_plan_recipient_count(scene.plan); i++) {
        check_recipient(&scene, i);
        counts[smimegw_plan_recipient_outcome(scene.plan, i, NULL, NULL)]++;
    }
    for (size_t i = 0; i < smimegw_plan_delivery_count(scene.plan); i++) {
        check_delivery(&scene, i);
        if (is_written)
            check_written(&scene, i);
    }
    check_json(&scene);
    end_scene(&scene);
    smimegw_buffer_free(text);
}

static void whatever_comes(void **state)
{
    (void)state;
    int counts[6] = {0};
    struct smimegw_identity *owners[CERTS];
    for (size_t i = 0; i < CERTS; i++) {
        char name[FILE_MOST];
        snprintf(name, sizeof(name), "%s-id.pem", files[i]);
        owners[i] = load_identity(name);
        certs[i] = smimegw_identity_cert(owners[i]);
    }
    signed_mail = protect("sign", "detached", NULL, "alice-id.pem", mail);
    encrypted_mail = protect("encrypt", NULL, NULL, "rsa2048-id.pem", mail);
    for (int i = 0; i < ROUNDS; i++)
        run_round(i % 8 == 0, counts);
    /* each end was reached often */
    for (int i = SMIMEGW_PLAN_ENCRYPTED; i <= SMIMEGW_PLAN_DEFERRED; i++)
        assert_true(counts[i] > 200);
    smimegw_buffer_free(signed_mail);
    smimegw_buffer_free(encrypted_mail);
    for (size_t i = 0; i < CERTS; i++)
        smimegw_identity_unref(owners[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
