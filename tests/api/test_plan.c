/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans of outgoing mail: recipients, answers, messages, and what hosts do wrong. */
#include "plan_support.h"

/* --- recipients ----------------------------------------------------------------------------
 */

static void spellings_of_a_mailbox_are_one(void **state)
{
    (void)state;
    size_t index = 9;
    struct scene scene = make_scene(PROFILE("mode", "encrypt"), mail);
    add(&scene, "RSA2048@EXAMPLE.com");
    assert_int_equal(
        smimegw_plan_add_recipient(scene.plan, "rsa2048@example.COM", &index, NULL),
        SMIMEGW_OK);
    assert_int_equal(index, 0);
    assert_int_equal(smimegw_plan_recipient_count(scene.plan), 1);
    assert_string_equal(smimegw_plan_need(scene.plan, 0), "rsa2048@example.com");
    assert_null(smimegw_plan_need(scene.plan, 1));
    supply(&scene, "rSa2048@example.com", "rsa2048.pem");
    assert_null(smimegw_plan_need(scene.plan, 0));
    decide(&scene);
    assert_string_equal(smimegw_plan_delivery_recipient(scene.plan, 0, 0),
                        "RSA2048@EXAMPLE.com");
    end_scene(&scene);
}

/* One certificate for two addresses is one RecipientInfo (AC-154); blind ones are alone
 * (AC-150). */
static void copies_share_and_isolate(void **state)
{
    (void)state;
    static const char *const all[] = {"rsa2048@example.com", "p256@example.com",
                                      "p384@example.com", "c@example.com", "d@example.com"};
    static const char *const settings[][2] = {{"yes", "yes"}, {"no", "yes"}, {"no", "no"}};
    static const size_t counts[] = {4, 3, 1};
    for (size_t n = 0; n < 3; n++) {
        struct scene scene =
            make_scene(PROFILE("mode", "encrypt", "isolate-ec", settings[n][0],
                               "isolate-blind", settings[n][1]),
                       mail);
        for (size_t i = 0; i < 5; i++)
            add(&scene, all[i]);
        supply(&scene, all[0], "rsa2048.pem");
        supply(&scene, all[1], "p256.pem");
        supply(&scene, all[2], "p384.pem");
        supply(&scene, all[3], "domain.pem");
        supply(&scene, all[4], "domain.pem");
        decide(&scene);
        assert_int_equal(smimegw_plan_delivery_count(scene.plan), counts[n]);
        if (n == 2)
            assert_non_null(strstr(smimegw_plan_delivery_text(scene.plan, 0),
                                   "5 recipients with 4 certificates"));
        else
            assert_string_equal(smimegw_plan_delivery_recipient(scene.plan, counts[n] - 1, 0),
                                all[4]);
        end_scene(&scene);
    }
}

static void odd_addresses_have_no_key(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a\r\nb@example.com", "a\x01@example.com",
                                      "\xff@example.com"};
    char huge[400];
    memset(huge, 'a', sizeof(huge));
    huge[399] = '\0';
    struct scene scene =
        make_scene(PROFILE("mode", "encrypt", "missing-key", "split-bounce"), mail);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(smimegw_plan_add_recipient(scene.plan, bad[i], NULL, NULL),
                         SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_plan_add_recipient(scene.plan, huge, NULL, NULL),
                     SMIMEGW_E_USAGE);
    add(&scene, "*)(uid=*");
    add(&scene, "\"john doe\"@example.com");
    assert_null(smimegw_plan_need(scene.plan, 0));
    decide(&scene);
    for (size_t i = 0; i < 2; i++)
        assert_fate(&scene, i, SMIMEGW_PLAN_BOUNCED, SMIMEGW_PLAN_NO_KEY, "550 5.7.5 ");
    end_scene(&scene);
}

/* --- answers -------------------------------------------------------------------------------
 */

/* A certificate, whom it is for, and whether it serves (AC-153). */
static const struct {
    const char *address;
    const char *file;
    uint32_t flags;
    bool serves;
} answers[] = {
    {"rsa2048@example.com", "rsa2048.pem", 0, true},
    {"rsa2048@example.com", "domain.pem", 0, true},
    {"x@sub.example.net", "domain.pem", 0, true},
    {"x@example.net", "domain.pem", 0, false},
    {"x@a.b.example.net", "domain.pem", 0, false},
    {"rsa2048@example.com", "p256.pem", 0, false},
    {"rsa2048@example.com", "p256.pem", SMIMEGW_SUPPLY_ANY_NAME, true},
    {"rsa1024@example.com", "rsa1024.pem", 0, false},
    {"rsa1024@example.com", "rsa1024.pem", SMIMEGW_SUPPLY_ANY_NAME, false},
    {"ed25519@example.com", "ed25519.pem", 0, false},
    {"server@example.com", "server.pem", 0, false},
    {"expired@example.com", "expired.pem", 0, false},
};

static void answers_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct scene scene = make_scene(PROFILE("mode", "encrypt"), mail);
        add(&scene, answers[i].address);
        supply_flags(&scene, answers[i].address, answers[i].file, answers[i].flags);
        decide(&scene);
        if (answers[i].serves)
            assert_fate(&scene, 0, SMIMEGW_PLAN_ENCRYPTED, SMIMEGW_PLAN_BY_PROFILE, "");
        else
            assert_fate(&scene, 0, SMIMEGW_PLAN_BOUNCED, SMIMEGW_PLAN_NO_KEY, "550 5.7.5 ");
        assert_int_equal(smimegw_plan_recipient_cert(scene.plan, 0) != NULL,
                         answers[i].serves);
        end_scene(&scene);
    }
}

static void valid_ones_come_first(void **state)
{
    (void)state;
    struct smimegw_cert *certs[33];
    struct smimegw_identity *expired = load_identity("expired-id.pem");
    struct smimegw_identity *domain = load_identity("domain-id.pem");
    struct scene scene = make_scene(PROFILE("mode", "encrypt"), mail);
    add(&scene, "expired@example.com");
    certs[0] = smimegw_identity_cert(expired);
    certs[1] = smimegw_identity_cert(domain);
    for (int i = 2; i < 33; i++)
        certs[i] = certs[0];
    assert_int_equal(
        smimegw_plan_supply(scene.plan, "expired@example.com", certs, 33, 0, NULL),
        SMIMEGW_E_LIMIT);
    assert_int_equal(
        smimegw_plan_supply(scene.plan, "expired@example.com", certs, 32, 0, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_plan_supply(scene.plan, "nobody@example.com", certs, 1, 0, NULL),
                     SMIMEGW_E_USAGE);
    decide(&scene);
    assert_string_equal(
        smimegw_cert_text(smimegw_plan_recipient_cert(scene.plan, 0), SMIMEGW_CERT_SUBJECT),
        "CN=Test domain");
    smimegw_identity_unref(expired);
    smimegw_identity_unref(domain);
    end_scene(&scene);
}

struct lookup {
    int calls;
    size_t count;
    int result;
    bool is_silent;
    char seen[200];
};

static int resolve(void *userdata, struct smimegw_plan *plan, const char *const *addresses,
                   size_t count)
{
    struct lookup *lookup = userdata;
    lookup->calls++;
    lookup->count = count;
    for (size_t i = 0; i < count; i++) {
        strcat(strcat(lookup->seen, addresses[i]), " ");
        if (!lookup->is_silent || i > 0)
            assert_int_equal(smimegw_plan_supply(plan, addresses[i], NULL, 0, 0, NULL),
                             SMIMEGW_OK);
    }
    /* nothing else may be asked of the plan now */
    assert_int_equal(smimegw_plan_decide(plan, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_resolve(plan, resolve, lookup, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_add_recipient(plan, "x@example.com", NULL, NULL),
                     SMIMEGW_E_STATE);
    return lookup->result;
}

/* A lookup that raises or says nothing is never "no key" (split would send in clear). */
static void lookups_that_fail_defer(void **state)
{
    (void)state;
    static const struct {
        int result;
        bool is_silent;
        bool defers;
    } rows[] = {{SMIMEGW_ANSWERED, false, false},
                {SMIMEGW_ANSWERED, true, true},
                {0, false, true},
                {-1, false, true},
                {12345, false, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lookup lookup = {.result = rows[i].result, .is_silent = rows[i].is_silent};
        struct scene scene =
            make_scene(PROFILE("mode", "encrypt", "missing-key", "split"), mail);
        add(&scene, "A@Example.com");
        add(&scene, "b@example.com");
        add(&scene, "rsa2048@example.com");
        supply(&scene, "rsa2048@example.com", "rsa2048.pem");
        assert_int_equal(smimegw_plan_resolve(scene.plan, resolve, &lookup, NULL), SMIMEGW_OK);
        assert_int_equal(lookup.calls, 1);
        assert_string_equal(lookup.seen, "a@example.com b@example.com ");
        decide(&scene);
        if (rows[i].defers) {
            assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_LOOKUP, "451 4.7.5 ");
            assert_fate(&scene, 2, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_OTHER_LOOKUP,
                        "451 4.7.5 ");
            assert_int_equal(smimegw_plan_delivery_count(scene.plan), 0);
        } else {
            assert_fate(&scene, 0, SMIMEGW_PLAN_CLEAR, SMIMEGW_PLAN_NO_KEY, "");
            assert_fate(&scene, 2, SMIMEGW_PLAN_ENCRYPTED, SMIMEGW_PLAN_BY_PROFILE, "");
        }
        end_scene(&scene);
    }
}

static void nobody_answered(void **state)
{
    (void)state;
    struct scene scene = make_scene(PROFILE("mode", "encrypt", "missing-key", "split"), mail);
    add(&scene, "a@example.com");
    decide(&scene);
    assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_LOOKUP, "451 4.7.5 ");
    end_scene(&scene);
}

static void keyrings_answer(void **state)
{
    (void)state;
    struct smimegw_keyring *keyring;
    struct smimegw_identity *rsa = load_identity("rsa2048-id.pem");
    struct smimegw_identity *archive = load_identity("rsa3072-id.pem");
    struct smimegw_buffer *inner;
    assert_int_equal(smimegw_keyring_new(&keyring, NULL), SMIMEGW_OK);
    assert_int_equal(
        smimegw_keyring_add(keyring, "a", NULL, smimegw_identity_cert(rsa), 0, NULL),
        SMIMEGW_OK);
    for (int round = 0; round < 2; round++) {
        struct scene scene = make_scene(
            PROFILE("mode", "encrypt", "missing-key", "split", "extra-recipients", "archive"),
            mail);
        add(&scene, "rsa2048@example.com");
        add(&scene, "nobody@example.com");
        assert_int_equal(smimegw_plan_use_keyring(scene.plan, keyring, 0, NULL), SMIMEGW_OK);
        assert_string_equal(smimegw_plan_need(scene.plan, 0), "nobody@example.com");
        assert_int_equal(
            smimegw_plan_use_keyring(scene.plan, keyring, SMIMEGW_SUPPLY_REST_NONE, NULL),
            SMIMEGW_OK);
        assert_null(smimegw_plan_need(scene.plan, 0));
        decide(&scene);
        if (round == 0) {
            assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_NO_EXTRA, "451 4.7.5 ");
            assert_int_equal(smimegw_keyring_add(keyring, "archive", NULL,
                                                 smimegw_identity_cert(archive), 0, NULL),
                             SMIMEGW_OK);
        } else {
            assert_fate(&scene, 1, SMIMEGW_PLAN_CLEAR, SMIMEGW_PLAN_NO_KEY, "");
            struct smimegw_buffer *copy = write_delivery(&scene, 0);
            assert_int_equal(open_copy(&scene, copy, archive, &inner), SMIMEGW_OK);
            assert_true(has_text(inner, SECRET));
            smimegw_buffer_free(inner);
            smimegw_buffer_free(copy);
        }
        end_scene(&scene);
    }
    smimegw_keyring_free(keyring);
    smimegw_identity_unref(rsa);
    smimegw_identity_unref(archive);
}

/* --- messages ------------------------------------------------------------------------------
 */

#define REPORT                                                                                \
    "From: MAILER-DAEMON@mx.example.org\r\nTo: rsa2048@example.com\r\nMIME-Version: 1.0\r\n"  \
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"  \
    "\r\n" SECRET "\r\n--b--\r\n"
#define INVITATION                                                                            \
    "From: alice@example.com\r\nMIME-Version: 1.0\r\n"                                        \
    "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n"
#define AMBIGUOUS                                                                             \
    "From: alice@example.com\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n"            \
    "Content-Type: text/html\r\n\r\n" SECRET "\r\n"
#define STRANGER "From: bob@example.org\r\n\r\n" SECRET "\r\n"
#define TWO_FROM "From: alice@example.com\r\nFrom: bob@example.com\r\n\r\n" SECRET "\r\n"
#define FAKE                                                                                  \
    "From: alice@example.com\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; "  \
    "smime-type=enveloped-data\r\n\r\n" SECRET "\r\n"

static const struct {
    const char *text; /* NULL: mail */
    const char *made; /* mode in which the text came, NULL: as it is */
    const char *mode;
    const char *setting;
    const char *value;
    const char *sender;   /* of the envelope; NULL: alice */
    const char *identity; /* NULL: alice's */
    int outcome;
    int reason;
    const char *reply;
    uint32_t flags;
} messages[] = {
#define BY SMIMEGW_PLAN_BY_PROFILE
#define S SMIMEGW_DELIVERY_SIGNED
#define E SMIMEGW_DELIVERY_ENCRYPTED
    /* C12, AC-158: what can't be signed bounces */
    {STRANGER, NULL, "sign", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_BOUNCED,
     SMIMEGW_PLAN_SENDER, "550 5.7.1 ", 0},
    {STRANGER, NULL, "sign", "check-sender", "no", NULL, NULL, SMIMEGW_PLAN_CLEAR, BY, "", S},
    {TWO_FROM, NULL, "triple", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_BOUNCED,
     SMIMEGW_PLAN_SENDER, "550 5.7.1 ", 0},
    {STRANGER, NULL, "encrypt", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_ENCRYPTED, BY, "", E},
    {NULL, NULL, "sign-encrypt", "cipher", NULL, NULL, "", SMIMEGW_PLAN_BOUNCED,
     SMIMEGW_PLAN_NO_IDENTITY, "550 5.7.5 ", 0},
    {NULL, NULL, "sign", "cipher", NULL, NULL, "encrypt-only-id.pem", SMIMEGW_PLAN_BOUNCED,
     SMIMEGW_PLAN_SIGNER, "550 5.7.5 ", 0},
    {AMBIGUOUS, NULL, "encrypt", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_BOUNCED,
     SMIMEGW_PLAN_MALFORMED, "554 5.6.0 ", 0},
    {"From: a\r\nno field\r\n\r\nx\r\n", NULL, "sign", "cipher", NULL, NULL, NULL,
     SMIMEGW_PLAN_BOUNCED, SMIMEGW_PLAN_MALFORMED, "554 5.6.0 ", 0},
    /* null sender, reports (AC-157): encrypted like all mail, signed where that is possible */
    {REPORT, NULL, "sign", "cipher", NULL, "", NULL, SMIMEGW_PLAN_CLEAR, SMIMEGW_PLAN_REPORT,
     "", 0},
    {REPORT, NULL, "sign-encrypt", "cipher", NULL, "", NULL, SMIMEGW_PLAN_ENCRYPTED, BY, "",
     E},
    {REPORT, NULL, "triple", "cipher", NULL, NULL, "", SMIMEGW_PLAN_ENCRYPTED, BY, "", E},
    {REPORT, NULL, "triple", "reports", "pass", NULL, NULL, SMIMEGW_PLAN_CLEAR,
     SMIMEGW_PLAN_REPORT, "", 0},
    {NULL, NULL, "sign-encrypt", "cipher", NULL, "", NULL, SMIMEGW_PLAN_ENCRYPTED, BY, "",
     S | E},
    {NULL, NULL, "encrypt", "reports", "pass", "", NULL, SMIMEGW_PLAN_CLEAR,
     SMIMEGW_PLAN_REPORT, "", 0},
    {STRANGER, NULL, "sign", "cipher", NULL, "", NULL, SMIMEGW_PLAN_CLEAR, SMIMEGW_PLAN_REPORT,
     "", 0},
    /* already S/MIME: never clearer than the mode says, and a label is not enough */
    {NULL, "encrypt", "sign-encrypt", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_ENCRYPTED,
     SMIMEGW_PLAN_ALREADY_ENCRYPTED, "", 0},
    {NULL, "encrypt", "sign", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_ENCRYPTED,
     SMIMEGW_PLAN_ALREADY_ENCRYPTED, "", 0},
    {NULL, "encrypt", "sign", "already-smime", "wrap", NULL, NULL, SMIMEGW_PLAN_CLEAR, BY, "",
     S},
    {NULL, "encrypt", "sign", "already-smime", "bounce", NULL, NULL, SMIMEGW_PLAN_BOUNCED,
     SMIMEGW_PLAN_ALREADY_ENCRYPTED, "550 5.7.1 ", 0},
    {NULL, "sign", "sign", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_CLEAR,
     SMIMEGW_PLAN_ALREADY_SIGNED, "", 0},
    {NULL, "sign", "triple", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_ENCRYPTED, BY, "", E},
    {NULL, "sign", "triple", "already-smime", "wrap", NULL, NULL, SMIMEGW_PLAN_ENCRYPTED, BY,
     "", S | E},
    {NULL, "sign", "encrypt", "already-smime", "bounce", NULL, NULL, SMIMEGW_PLAN_BOUNCED,
     SMIMEGW_PLAN_ALREADY_SIGNED, "550 5.7.1 ", 0},
    {NULL, "triple", "encrypt", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_ENCRYPTED,
     SMIMEGW_PLAN_ALREADY_ENCRYPTED, "", 0},
    {FAKE, NULL, "encrypt", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_ENCRYPTED, BY, "", E},
    {INVITATION, NULL, "sign", "cipher", NULL, NULL, NULL, SMIMEGW_PLAN_CLEAR, BY, "", S},
    {INVITATION, NULL, "sign", "calendar", "pass", NULL, NULL, SMIMEGW_PLAN_CLEAR,
     SMIMEGW_PLAN_CALENDAR, "", 0},
#undef BY
#undef S
#undef E
};

static void messages_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        const char *text = messages[i].text != NULL ? messages[i].text : mail;
        struct smimegw_buffer *made = NULL;
        if (messages[i].made != NULL) {
            made = protect(messages[i].made, "detached", NULL, "alice-id.pem", text);
            assert_int_equal(smimegw_buffer_write(made, "", 1), 0);
            text = smimegw_buffer_data(made);
        }
        struct scene scene = make_scene(
            PROFILE("mode", messages[i].mode, messages[i].setting, messages[i].value), text);
        add(&scene, "rsa2048@example.com");
        if (messages[i].sender != NULL)
            assert_int_equal(smimegw_plan_set_sender(scene.plan, messages[i].sender, NULL),
                             SMIMEGW_OK);
        if (messages[i].identity != NULL) {
            struct smimegw_identity *other =
                messages[i].identity[0] != '\0' ? load_identity(messages[i].identity) : NULL;
            assert_int_equal(smimegw_plan_set_identity(scene.plan, other, NULL), SMIMEGW_OK);
            smimegw_identity_unref(other);
        }
        if (smimegw_plan_need(scene.plan, 0) != NULL)
            supply(&scene, "rsa2048@example.com", "rsa2048.pem");
        decide(&scene);
        assert_fate(&scene, 0, messages[i].outcome, messages[i].reason, messages[i].reply);
        bool is_sent = messages[i].outcome <= SMIMEGW_PLAN_CLEAR;
        assert_int_equal(smimegw_plan_delivery_count(scene.plan), is_sent);
        if (is_sent) {
            struct smimegw_buffer *copy = write_delivery(&scene, 0);
            if (smimegw_plan_delivery_flags(scene.plan, 0) != messages[i].flags)
                fail_msg("row %zu: %s", i, smimegw_plan_delivery_text(scene.plan, 0));
            assert_int_equal(is_mail(copy, text), messages[i].flags == 0);
            smimegw_buffer_free(copy);
        }
        end_scene(&scene);
        smimegw_buffer_free(made);
    }
}

/* More certificates than a CMS object may have: more copies. */
static void large_groups_are_parted(void **state)
{
    (void)state;
    static const char *const all[] = {"rsa2048@example.com", "p256@example.com",
                                      "p384@example.com"};
    struct smimegw_plan *plan;
    struct scene scene = make_scene(PROFILE("mode", "encrypt", "isolate-ec", "no"), mail);
    struct smimegw_gateway *gateway;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "recipients-written", "2", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_plan_new(gateway, scene.profile, scene.message, &plan, NULL),
                     SMIMEGW_OK);
    smimegw_plan_free(scene.plan);
    smimegw_gateway_unref(scene.gateway);
    scene.plan = plan;
    scene.gateway = gateway;
    for (size_t i = 0; i < 3; i++)
        add(&scene, all[i]);
    supply(&scene, all[0], "rsa2048.pem");
    supply(&scene, all[1], "p256.pem");
    supply(&scene, all[2], "p384.pem");
    decide(&scene);
    assert_int_equal(smimegw_plan_delivery_count(scene.plan), 2);
    for (size_t i = 0; i < 2; i++)
        smimegw_buffer_free(write_delivery(&scene, i));
    end_scene(&scene);
}

static void misuse_is_told(void **state)
{
    (void)state;
    struct smimegw_buffer *json = NULL;
    struct scene scene = make_scene(PROFILE("mode", "encrypt"), mail);
    assert_int_equal(smimegw_plan_decide(scene.plan, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_plan_json(scene.plan, &json, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_recipient_outcome(scene.plan, 0, NULL, NULL), 0);
    add(&scene, "rsa2048@example.com");
    assert_int_equal(
        smimegw_plan_delivery_write(scene.plan, 0, smimegw_buffer_write, NULL, NULL),
        SMIMEGW_E_STATE);
    supply(&scene, "rsa2048@example.com", "rsa2048.pem");
    decide(&scene);
    assert_int_equal(smimegw_plan_decide(scene.plan, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_add_recipient(scene.plan, "x@example.com", NULL, NULL),
                     SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_set_sender(scene.plan, "", NULL), SMIMEGW_E_STATE);
    assert_int_equal(
        smimegw_plan_delivery_write(scene.plan, 1, smimegw_buffer_write, NULL, NULL),
        SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_plan_json(scene.plan, &json, NULL), SMIMEGW_OK);
    assert_true(has_text(json, "{\"recipients\":[{\"address\":\"rsa2048@example.com\","
                               "\"outcome\":\"encrypted\",\"reason\":\"profile\""));
    assert_true(has_text(json, "\"deliveries\":[{\"signed\":false,\"encrypted\":true,"));
    smimegw_buffer_free(json);
    end_scene(&scene);
    smimegw_plan_free(NULL);
    assert_null(smimegw_plan_need(NULL, 0));
    assert_string_equal(smimegw_plan_outcome_name(0), "undecided");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_a_mailbox_are_one),
        cmocka_unit_test(copies_share_and_isolate),
        cmocka_unit_test(odd_addresses_have_no_key),
        cmocka_unit_test(answers_are_checked),
        cmocka_unit_test(valid_ones_come_first),
        cmocka_unit_test(lookups_that_fail_defer),
        cmocka_unit_test(nobody_answered),
        cmocka_unit_test(keyrings_answer),
        cmocka_unit_test(messages_are_told_apart),
        cmocka_unit_test(large_groups_are_parted),
        cmocka_unit_test(misuse_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
