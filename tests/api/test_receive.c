/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support.h"

static const char mail[] = "Received: by x\r\n\tfor y\r\n"
                           "From: Test <rsa2048@example.com>\r\n"
                           "To: Test <rsa2048@example.com>\r\n"
                           "Subject: [signed OK]\r\n"
                           "MIME-Version: 1.0\r\n"
                           "Content-Type: text/plain\r\n\r\nfor you\r\n";
static const char key[] = "rsa2048-id.pem";

static int refuse(void *userdata, const void *data, size_t size)
{
    (void)userdata;
    (void)data;
    (void)size;
    return 1;
}

static struct smimegw_policy *make_policy(const char *signature, const char *authserv_id)
{
    struct smimegw_policy *policy;
    assert_int_equal(smimegw_policy_new(&policy, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_set(policy, "signature", signature, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_set(policy, "authserv-id", authserv_id, NULL), SMIMEGW_OK);
    return policy;
}

/* What is delivered of a message, by its own recipient. */
static struct smimegw_buffer *receive(struct smimegw_policy *policy, const void *data,
                                      size_t size, struct smimegw_verdict **ret_verdict)
{
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_identity *identity = load_identity(key);
    struct smimegw_message *message = make_message(data, size);
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_error *error = NULL;
    if (smimegw_receive(gateway, policy, message, &identity, 1, smimegw_buffer_write, out,
                        ret_verdict, &error) != SMIMEGW_OK)
        fail_msg("receive: %s", smimegw_error_text(error));
    smimegw_message_free(message);
    smimegw_identity_unref(identity);
    smimegw_gateway_unref(gateway);
    return out;
}

static int has(const struct smimegw_buffer *buffer, const char *text)
{
    return strstr(smimegw_buffer_data(buffer), text) != NULL;
}

/* --- policy --------------------------------------------------------------------------------
 */

static void policy_settings(void **state)
{
    static const char *const names[] = {
        "smime",           "signature",       "strict-recipients",
        "authserv-id",     "remove-forged",   "protected-headers",
        "wrapped-message", "harvest",         "harvest-on-failure",
        "harvest-updated", "harvest-expired", "harvest-self-signed"};
    struct smimegw_policy *policy;
    struct smimegw_buffer *text;
    const char *initial;
    const char *meaning;
    (void)state;
    assert_int_equal(smimegw_policy_new(&policy, NULL), SMIMEGW_OK);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_string_equal(smimegw_policy_setting(i, &initial, &meaning), names[i]);
        assert_true(strlen(meaning) > 10);
        assert_int_equal(smimegw_policy_get(policy, names[i], &text, NULL), SMIMEGW_OK);
        assert_string_equal(smimegw_buffer_data(text), initial);
        smimegw_buffer_free(text);
    }
    assert_null(smimegw_policy_setting(12, NULL, NULL));
    assert_int_equal(smimegw_policy_set(policy, "authserv-id", "mx.example.com", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_policy_get(policy, "authserv-id", &text, NULL), SMIMEGW_OK);
    assert_string_equal(smimegw_buffer_data(text), "mx.example.com");
    smimegw_buffer_free(text);
    assert_int_equal(smimegw_policy_set(policy, "authserv-id", "", NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_set(policy, "authserv-id", NULL, NULL), SMIMEGW_OK);
    assert_ptr_equal(smimegw_policy_ref(policy), policy);
    smimegw_policy_unref(policy);
    smimegw_policy_unref(policy);
}

static void policy_misuse(void **state)
{
    static const char *const wrong[][2] = {
        {"smime", "maybe"},          {"signature", ""},
        {"strict-recipients", "1"},  {"nothing", "x"},
        {"authserv-id", "a b"},      {"authserv-id", "a;b"},
        {"authserv-id", "\"a\""},    {"authserv-id", "a\r\nb"},
        {"authserv-id", "\xc3\xa4"}, {"authserv-id", " "},
        {"authserv-id", "a(b)"},     {"remove-forged", "?"},
        {"protected-headers", "on"}, {"wrapped-message", "lift"},
    };
    struct smimegw_policy *policy;
    struct smimegw_error *error = NULL;
    (void)state;
    assert_int_equal(smimegw_policy_new(NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_policy_new(&policy, NULL), SMIMEGW_OK);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(smimegw_policy_set(policy, wrong[i][0], wrong[i][1], &error),
                         SMIMEGW_E_SETTING);
        smimegw_error_free(error);
        error = NULL;
    }
    assert_int_equal(smimegw_policy_set(NULL, "smime", "on", NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_policy_set(policy, NULL, "on", NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_policy_get(policy, "smime", NULL, NULL), SMIMEGW_E_USAGE);
    assert_null(smimegw_policy_ref(NULL));
    smimegw_policy_unref(NULL);
    /* frozen by use */
    struct smimegw_buffer *out = receive(policy, mail, strlen(mail), NULL);
    assert_int_equal(smimegw_policy_set(policy, "smime", "off", NULL), SMIMEGW_E_STATE);
    smimegw_buffer_free(out);
    smimegw_policy_unref(policy);
}

/* --- receive -------------------------------------------------------------------------------
 */

static void receives_by_policy(void **state)
{
    static const struct {
        const char *mode;
        const char *signature;
        int is_signed; /* what is delivered */
        int outcome;
    } rows[] = {
        {"sign", "keep", 1, SMIMEGW_OUTCOME_PASS},
        {"sign", "remove", 0, SMIMEGW_OUTCOME_PASS},
        {"encrypt", "keep", 0, SMIMEGW_OUTCOME_NONE},
        {"encrypt", "remove", 0, SMIMEGW_OUTCOME_NONE},
        {"sign-encrypt", "keep", 1, SMIMEGW_OUTCOME_PASS},
        {"sign-encrypt", "remove", 0, SMIMEGW_OUTCOME_PASS},
        {"triple", "keep", 1, SMIMEGW_OUTCOME_PASS},
        {"triple", "remove", 0, SMIMEGW_OUTCOME_PASS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smimegw_verdict *verdict = NULL;
        struct smimegw_policy *policy = make_policy(rows[i].signature, NULL);
        struct smimegw_buffer *made = protect(rows[i].mode, NULL, NULL, key, mail);
        struct smimegw_buffer *out =
            receive(policy, smimegw_buffer_data(made), smimegw_buffer_size(made), &verdict);
        assert_int_equal(has(out, "multipart/signed"), rows[i].is_signed);
        if (!rows[i].is_signed)
            assert_string_equal(smimegw_buffer_data(out), mail);
        assert_true(has(out, "for you\r\n"));
        assert_int_equal(smimegw_verdict_outcome(verdict), rows[i].outcome);
        assert_true(smimegw_verdict_is_gateway_message(verdict));
        assert_true(smimegw_verdict_is_gateway_verified(verdict));
        smimegw_buffer_free(out);
        smimegw_buffer_free(made);
        smimegw_policy_unref(policy);
        smimegw_verdict_unref(verdict);
    }
}

static void receives_with_nothing(void **state)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_buffer *made = protect("triple", NULL, NULL, key, mail);
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(made), smimegw_buffer_size(made));
    struct smimegw_buffer *out = make_buffer();
    (void)state;
    assert_int_equal(smimegw_receive(NULL, NULL, message, NULL, 0, smimegw_buffer_write, out,
                                     &verdict, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_buffer_size(out), smimegw_buffer_size(made));
    assert_memory_equal(smimegw_buffer_data(out), smimegw_buffer_data(made),
                        smimegw_buffer_size(made));
    assert_true(smimegw_verdict_is_gateway_message(verdict));
    assert_false(smimegw_verdict_is_gateway_verified(verdict));
    smimegw_verdict_unref(verdict);
    smimegw_buffer_free(out);
    smimegw_message_free(message);
    smimegw_buffer_free(made);
}

static void receive_misuse(void **state)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_message *message = make_message(mail, strlen(mail));
    struct smimegw_message *open_message;
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_identity *none = NULL;
    (void)state;
    assert_int_equal(
        smimegw_receive(NULL, NULL, NULL, NULL, 0, smimegw_buffer_write, out, &verdict, NULL),
        SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_receive(NULL, NULL, message, NULL, 0, NULL, out, &verdict, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_receive(NULL, NULL, message, NULL, 1, smimegw_buffer_write, out,
                                     &verdict, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_receive(NULL, NULL, message, &none, 1, smimegw_buffer_write, out,
                                     &verdict, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(
        smimegw_receive(NULL, NULL, message, NULL, 0, refuse, NULL, &verdict, NULL),
        SMIMEGW_E_SINK);
    assert_int_equal(smimegw_message_new(NULL, &open_message, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_receive(NULL, NULL, open_message, NULL, 0, smimegw_buffer_write,
                                     out, &verdict, NULL),
                     SMIMEGW_E_STATE);
    assert_null(verdict);
    assert_int_equal(smimegw_buffer_size(out), 0);
    smimegw_message_free(open_message);
    smimegw_message_free(message);
    smimegw_buffer_free(out);
}

/* --- verdict -------------------------------------------------------------------------------
 */

static void booleans_of_other_calls(void **state)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_buffer *made = protect("sign", NULL, NULL, key, mail);
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(made), smimegw_buffer_size(made));
    (void)state;
    assert_int_equal(smimegw_verify(gateway, message, NULL, NULL, &verdict, NULL), SMIMEGW_OK);
    assert_true(smimegw_verdict_is_gateway_message(verdict));
    assert_true(smimegw_verdict_is_gateway_verified(verdict));
    assert_false(smimegw_verdict_is_gateway_message(NULL));
    assert_false(smimegw_verdict_is_gateway_verified(NULL));
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    smimegw_buffer_free(made);
    smimegw_gateway_unref(gateway);
}

static void field_of_a_verdict(void **state)
{
    static const char *const wrong[] = {"", "a b", "a;", "\"a\"", "a\nb"};
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_buffer *field = NULL;
    struct smimegw_policy *policy = make_policy(NULL, "mx.example.com");
    struct smimegw_buffer *made = protect("sign", NULL, NULL, key, mail);
    struct smimegw_buffer *out =
        receive(policy, smimegw_buffer_data(made), smimegw_buffer_size(made), &verdict);
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(smimegw_verdict_auth_results(verdict, wrong[i], &field, NULL),
                         SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_verdict_auth_results(NULL, "a", &field, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_verdict_auth_results(verdict, NULL, &field, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_verdict_auth_results(verdict, "a", NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_verdict_auth_results(verdict, "mx.example.com", &field, NULL),
                     SMIMEGW_OK);
    assert_true(has(field, "smime=pass"));
    assert_true(has(field, "body.smime-identifier=rsa2048@example.com"));
    /* the field, then the message as it was */
    assert_int_equal(smimegw_buffer_size(out),
                     smimegw_buffer_size(field) + smimegw_buffer_size(made));
    assert_memory_equal(smimegw_buffer_data(out), smimegw_buffer_data(field),
                        smimegw_buffer_size(field));
    smimegw_buffer_free(field);
    smimegw_buffer_free(out);
    smimegw_buffer_free(made);
    smimegw_policy_unref(policy);
    smimegw_verdict_unref(verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_settings),    cmocka_unit_test(policy_misuse),
        cmocka_unit_test(receives_by_policy), cmocka_unit_test(receives_with_nothing),
        cmocka_unit_test(receive_misuse),     cmocka_unit_test(booleans_of_other_calls),
        cmocka_unit_test(field_of_a_verdict),
    };
    return cmocka_run_group_tests_name("receive", tests, NULL, NULL);
}
