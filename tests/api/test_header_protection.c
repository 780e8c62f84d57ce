/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 9788, from profile and policy to what is sent and delivered. Whatever no writer would
 * make is in tests/abuse/cases_headers.py. */
#include "support.h"

static const char key[] = "rsa2048-id.pem";
static const char mail[] = "Received: by x\r\n"
                           "From: \"Test, T.\" <rsa2048@example.com>\r\n"
                           "To: Me <rsa2048@example.com>\r\n"
                           "Subject: the secret\r\n"
                           "Date: Sat, 20 Feb 2021 10:07:02 -0500\r\n"
                           "MIME-Version: 1.0\r\n"
                           "Keywords: hidden\r\n"
                           "Content-Type: text/plain\r\n\r\nfor you\r\n";

/* A call with settings for the way out and the way in, names and values in turn. */
struct way {
    const char *sending[8];
    const char *policy[8];
};

static struct smimegw_buffer *send_mail(const struct way *way, const char *text)
{
    struct smimegw_profile *profile;
    struct smimegw_identity *identity = load_identity(key);
    struct smimegw_cert *recipient = smimegw_identity_cert(identity);
    struct smimegw_message *message = make_message(text, strlen(text));
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_profile_new(&profile, NULL), SMIMEGW_OK);
    for (size_t i = 0; i < 8 && way->sending[i] != NULL; i += 2)
        assert_int_equal(
            smimegw_profile_set(profile, way->sending[i], way->sending[i + 1], NULL),
            SMIMEGW_OK);
    if (smimegw_protect(NULL, profile, message, identity, &recipient, 1, smimegw_buffer_write,
                        out, &error) != SMIMEGW_OK)
        fail_msg("protect: %s", smimegw_error_text(error));
    smimegw_message_free(message);
    smimegw_profile_unref(profile);
    smimegw_identity_unref(identity);
    return out;
}

static struct smimegw_buffer *receive_mail(const struct way *way, const char *text,
                                           struct smimegw_verdict **ret_verdict)
{
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_identity *identity = load_identity(key);
    struct smimegw_message *message = make_message(text, strlen(text));
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_policy *policy;
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_policy_new(&policy, NULL), SMIMEGW_OK);
    for (size_t i = 0; i < 8 && way->policy[i] != NULL; i += 2)
        assert_int_equal(smimegw_policy_set(policy, way->policy[i], way->policy[i + 1], NULL),
                         SMIMEGW_OK);
    if (smimegw_receive(gateway, policy, message, &identity, 1, smimegw_buffer_write, out,
                        ret_verdict, &error) != SMIMEGW_OK)
        fail_msg("receive: %s", smimegw_error_text(error));
    smimegw_policy_unref(policy);
    smimegw_message_free(message);
    smimegw_identity_unref(identity);
    smimegw_gateway_unref(gateway);
    return out;
}

/* A copy with the first place of a text replaced. */
static char *replaced(const char *text, const char *old, const char *fresh)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    size_t size = strlen(text) + strlen(fresh) + 1;
    char *copy = malloc(size);
    assert_non_null(copy);
    snprintf(copy, size, "%.*s%s%s", (int)(at - text), text, fresh, at + strlen(old));
    return copy;
}

static int has(const struct smimegw_buffer *buffer, const char *text)
{
    return strstr(smimegw_buffer_data(buffer), text) != NULL;
}

/* Protection and outside of the field with that name; -1 where there is none. */
static int state_of(const struct smimegw_verdict *verdict, const char *name, int *ret_outside)
{
    for (size_t i = 0; i < smimegw_verdict_header_count(verdict); i++)
        if (strcmp(smimegw_verdict_header_name(verdict, i), name) == 0)
            return smimegw_verdict_header_state(verdict, i, ret_outside);
    *ret_outside = -1;
    return -1;
}

static void assert_state(const struct smimegw_verdict *verdict, const char *name,
                         int protection, int outside)
{
    int found_outside;
    int found = state_of(verdict, name, &found_outside);
    if (found != protection || found_outside != outside)
        fail_msg("%s: protection %d, outside %d", name, found, found_outside);
}

/* --- all modes -----------------------------------------------------------------------------
 */

static void comes_back_as_it_was(void **state)
{
    static const char *const modes[] = {"sign", "encrypt", "sign-encrypt", "triple"};
    static const char *const rules[] = {"baseline", "shy"};
    static const char *const forms[] = {"detached", "opaque"};
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        const char *mode = modes[i % 4];
        int is_encrypted = i % 4 > 0;
        struct way way = {
            {"mode", mode, "header-protection", rules[i / 4 % 2], "sign-form", forms[i / 8]},
            {"signature", "remove", "protected-headers", "restore-unsigned"}};
        struct smimegw_verdict *verdict = NULL;
        struct smimegw_buffer *made = send_mail(&way, mail);
        assert_int_equal(has(made, "Subject: [...]"), is_encrypted);
        assert_int_not_equal(has(made, "the secret"), is_encrypted);
        assert_int_not_equal(has(made, "Keywords"), is_encrypted);
        struct smimegw_buffer *out = receive_mail(&way, smimegw_buffer_data(made), &verdict);
        assert_int_equal(smimegw_verdict_header_protection(verdict),
                         is_encrypted ? SMIMEGW_HEADERS_CIPHER : SMIMEGW_HEADERS_CLEAR);
        assert_int_equal(smimegw_verdict_is_gateway_verified(verdict), 1);
        if (i % 4 != 1) /* with a signature, all of it */
            assert_string_equal(smimegw_buffer_data(out), mail);
        assert_true(has(out, "Subject: the secret\r\n"));
        assert_true(has(out, "Keywords: hidden\r\n"));
        assert_false(has(out, "HP-Outer"));
        smimegw_verdict_unref(verdict);
        smimegw_buffer_free(out);
        smimegw_buffer_free(made);
    }
}

static void tells_each_field(void **state)
{
    static const char restored[] =
        "Reply-To: eve@example.net\r\nReceived: by x\r\n"
        "From: \"Test, T.\" <rsa2048@example.com>\r\n"
        "To: Me <rsa2048@example.com>\r\nSubject: the secret\r\n"
        "MIME-Version: 1.0\r\nDate: Sat, 20 Feb 2021 10:07:02 -0500\r\n"
        "Keywords: hidden\r\nContent-Type: multipart/signed;";
    struct way way = {{"mode", "sign-encrypt", "header-protection", "shy"}, {NULL}};
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_buffer *json = NULL;
    struct smimegw_buffer *made = send_mail(&way, mail);
    (void)state;
    assert_true(has(made, "From: rsa2048@example.com\r\nTo: rsa2048@example.com\r\n"));
    assert_true(has(made, "Date: Sat, 20 Feb 2021 15:07:02 +0000\r\n"));
    /* on the way somebody adds, changes and takes away */
    char *changed = replaced(smimegw_buffer_data(made), "Subject: [...]", "Subject: Buy!");
    char *added = replaced(changed, "Received", "Reply-To: eve@example.net\r\nReceived");
    char *removed = replaced(added, "Date: Sat, 20 Feb 2021 15:07:02 +0000\r\n", "");
    struct smimegw_buffer *out = receive_mail(&way, removed, &verdict);
    assert_int_equal(smimegw_verdict_outcome(verdict), SMIMEGW_OUTCOME_PASS);
    assert_int_equal(smimegw_verdict_header_count(verdict), 6);
    assert_string_equal(smimegw_verdict_header_name(verdict, 0), "From");
    assert_state(verdict, "From", SMIMEGW_PROTECTION_SIGNED_ENCRYPTED,
                 SMIMEGW_OUTSIDE_OBSCURED);
    assert_state(verdict, "To", SMIMEGW_PROTECTION_SIGNED_ENCRYPTED, SMIMEGW_OUTSIDE_OBSCURED);
    assert_state(verdict, "Subject", SMIMEGW_PROTECTION_SIGNED_ENCRYPTED,
                 SMIMEGW_OUTSIDE_CHANGED);
    assert_state(verdict, "Date", SMIMEGW_PROTECTION_SIGNED_ENCRYPTED,
                 SMIMEGW_OUTSIDE_REMOVED);
    assert_state(verdict, "Keywords", SMIMEGW_PROTECTION_SIGNED_ENCRYPTED,
                 SMIMEGW_OUTSIDE_HIDDEN);
    assert_state(verdict, "Reply-To", SMIMEGW_PROTECTION_NONE, SMIMEGW_OUTSIDE_ADDED);
    /* the signature is kept, and the header is right all the same */
    assert_true(has(out, "multipart/signed"));
    assert_ptr_equal(strstr(smimegw_buffer_data(out), restored), smimegw_buffer_data(out));
    assert_int_equal(smimegw_verdict_json(verdict, &json, NULL), SMIMEGW_OK);
    assert_true(has(json,
                    "\"header_protection\":{\"kind\":\"cipher\",\"from_differs\":false,"
                    "\"restored\":true,\"fields\":[{\"name\":\"From\","
                    "\"protection\":\"signed-and-encrypted\",\"outside\":\"obscured\"}"));
    assert_false(has(json, "the secret"));
    smimegw_buffer_free(json);
    smimegw_verdict_unref(verdict);
    smimegw_buffer_free(out);
    smimegw_buffer_free(made);
    free(changed);
    free(added);
    free(removed);
}

/* --- policies ------------------------------------------------------------------------------
 */

static void restores_by_policy(void **state)
{
    static const struct {
        const char *mode;
        const char *policy;
        const char *signature;
        int is_restored;
        int is_told;
    } rows[] = {
        {"sign-encrypt", "ignore", "remove", 0, 0},
        {"sign-encrypt", "report", "remove", 0, 1},
        {"sign-encrypt", "restore", "remove", 1, 1},
        {"sign-encrypt", "restore", "keep", 1, 1},
        {"sign-encrypt", "restore-unsigned", "keep", 1, 1},
        {"encrypt", "ignore", "keep", 0, 0},
        {"encrypt", "report", "keep", 0, 1},
        {"encrypt", "restore", "keep", 0, 1},
        {"encrypt", "restore-unsigned", "keep", 1, 1},
        {"triple", "restore", "keep", 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct way way = {
            {"mode", rows[i].mode, "header-protection", "shy"},
            {"signature", rows[i].signature, "protected-headers", rows[i].policy}};
        struct smimegw_verdict *verdict = NULL;
        struct smimegw_buffer *made = send_mail(&way, mail);
        struct smimegw_buffer *out = receive_mail(&way, smimegw_buffer_data(made), &verdict);
        const char *start = smimegw_buffer_data(out);
        const char *subject = strstr(start, "Subject: ");
        int is_real = strncmp(subject, "Subject: the secret\r\n", 21) == 0;
        if (is_real != rows[i].is_restored)
            fail_msg("%s %s: %s", rows[i].mode, rows[i].policy, start);
        assert_int_equal(smimegw_verdict_header_count(verdict) > 0, rows[i].is_told);
        /* the word goes with the last layer, whatever is restored */
        assert_int_equal(has(out, "hp="), has(out, "multipart/signed"));
        /* without a signature, only what is for people to read */
        if (strcmp(rows[i].mode, "encrypt") == 0)
            assert_true(has(out, "From: rsa2048@example.com\r\n"));
        smimegw_verdict_unref(verdict);
        smimegw_buffer_free(out);
        smimegw_buffer_free(made);
    }
}

/* A signed message whose signature stays is the original. */
static void original_stays(void **state)
{
    struct way way = {{"mode", "sign", "header-protection", "baseline"}, {NULL}};
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_buffer *made = send_mail(&way, mail);
    char *changed = replaced(smimegw_buffer_data(made), "Subject: the", "Subject: no");
    struct smimegw_buffer *out = receive_mail(&way, changed, &verdict);
    (void)state;
    assert_string_equal(smimegw_buffer_data(out), changed);
    assert_state(verdict, "Subject", SMIMEGW_PROTECTION_SIGNED, SMIMEGW_OUTSIDE_CHANGED);
    assert_int_equal(smimegw_verdict_outcome(verdict), SMIMEGW_OUTCOME_PASS);
    smimegw_verdict_unref(verdict);
    smimegw_buffer_free(out);
    smimegw_buffer_free(made);
    free(changed);
}

/* Under anything less than a pass bound to From the header stays byte for byte. */
static void nothing_less_than_a_pass(void **state)
{
    struct way way = {{"mode", "sign-encrypt", "header-protection", "baseline"},
                      {"signature", "remove"}};
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_buffer *made = send_mail(&way, mail);
    char *changed = replaced(smimegw_buffer_data(made), "<rsa2048@", "<other@");
    struct smimegw_buffer *out = receive_mail(&way, changed, &verdict);
    (void)state;
    assert_int_equal(smimegw_verdict_reason(verdict), SMIMEGW_REASON_FROM_MISMATCH);
    assert_false(smimegw_verdict_is_gateway_verified(verdict));
    assert_state(verdict, "From", SMIMEGW_PROTECTION_NONE, SMIMEGW_OUTSIDE_CHANGED);
    assert_state(verdict, "Subject", SMIMEGW_PROTECTION_ENCRYPTED, SMIMEGW_OUTSIDE_OBSCURED);
    assert_true(has(out, "<other@example.com>\r\nTo: Me <rsa2048@example.com>\r\n"
                         "Subject: [...]\r\n"));
    smimegw_verdict_unref(verdict);
    smimegw_buffer_free(out);
    smimegw_buffer_free(made);
    free(changed);
}

/* --- what is not protected -----------------------------------------------------------------
 */

static void text_beyond_ascii(void **state)
{
    struct way way = {{"mode", "sign-encrypt", "header-protection", "baseline"},
                      {"signature", "remove"}};
    struct smimegw_verdict *verdict = NULL;
    char *wide = replaced(mail, "the secret", "sch\xc3\xb6n");
    char *both = replaced(wide, "Received", "X-Other: \xc3\xb6\r\nReceived");
    struct smimegw_buffer *made = send_mail(&way, both);
    struct smimegw_buffer *out = receive_mail(&way, smimegw_buffer_data(made), &verdict);
    (void)state;
    assert_true(has(made, "Subject: [...]\r\n"));
    assert_true(has(out, "Subject: =?utf-8?Q?sch=C3=B6n?=\r\n"));
    assert_true(has(out, "X-Other: \xc3\xb6\r\n"));
    assert_state(verdict, "X-Other", SMIMEGW_PROTECTION_NONE, SMIMEGW_OUTSIDE_ADDED);
    assert_int_equal(smimegw_verdict_outcome(verdict), SMIMEGW_OUTCOME_PASS);
    smimegw_verdict_unref(verdict);
    smimegw_buffer_free(out);
    smimegw_buffer_free(made);
    free(wide);
    free(both);
}

/* Their payload is further inside; and an entity has no header of a message. */
static void no_payload_of_ours(void **state)
{
    static const char entity[] = "Content-Type: text/plain\r\n\r\nx\r\n";
    struct way once = {{"mode", "sign"}, {NULL}};
    struct way way = {{"mode", "sign", "header-protection", "baseline"}, {NULL}};
    struct smimegw_buffer *made = send_mail(&once, mail);
    struct smimegw_buffer *twice = send_mail(&way, smimegw_buffer_data(made));
    struct smimegw_buffer *bare = send_mail(&way, entity);
    (void)state;
    assert_false(has(twice, "hp="));
    assert_false(has(bare, "hp="));
    smimegw_buffer_free(bare);
    smimegw_buffer_free(twice);
    smimegw_buffer_free(made);
}

static void asks_for_nothing(void **state)
{
    struct way way = {{"mode", "sign"}, {NULL}};
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_buffer *json = NULL;
    struct smimegw_buffer *made = send_mail(&way, mail);
    struct smimegw_buffer *out = receive_mail(&way, smimegw_buffer_data(made), &verdict);
    int outside = 0;
    (void)state;
    assert_false(has(made, "hp="));
    assert_int_equal(smimegw_verdict_header_protection(verdict), SMIMEGW_HEADERS_NONE);
    assert_int_equal(smimegw_verdict_header_count(verdict), 0);
    assert_null(smimegw_verdict_header_name(verdict, 0));
    assert_int_equal(smimegw_verdict_header_state(verdict, 0, NULL), SMIMEGW_PROTECTION_NONE);
    assert_int_equal(smimegw_verdict_json(verdict, &json, NULL), SMIMEGW_OK);
    assert_false(has(json, "header_protection"));
    assert_int_equal(smimegw_verdict_header_protection(NULL), SMIMEGW_HEADERS_NONE);
    assert_int_equal(smimegw_verdict_header_count(NULL), 0);
    assert_null(smimegw_verdict_header_name(NULL, 0));
    assert_int_equal(smimegw_verdict_header_state(NULL, 0, &outside), SMIMEGW_PROTECTION_NONE);
    assert_int_equal(outside, SMIMEGW_OUTSIDE_ADDED);
    smimegw_verdict_unref(verdict);
    smimegw_buffer_free(json);
    smimegw_buffer_free(out);
    smimegw_buffer_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was),     cmocka_unit_test(tells_each_field),
        cmocka_unit_test(restores_by_policy),       cmocka_unit_test(original_stays),
        cmocka_unit_test(nothing_less_than_a_pass), cmocka_unit_test(text_beyond_ascii),
        cmocka_unit_test(no_payload_of_ours),       cmocka_unit_test(asks_for_nothing),
    };
    return cmocka_run_group_tests_name("header protection", tests, NULL, NULL);
}
