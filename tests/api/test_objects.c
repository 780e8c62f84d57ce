/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects: misuse is told, not punished; a failed call changes nothing. */
#include "support.h"

#include <fcntl.h>
#include <unistd.h>

static int error_count(struct smimegw_error *error)
{
    int has_text = strlen(smimegw_error_text(error)) > 0;
    smimegw_error_free(error);
    return has_text;
}

#define ASSERT_FAILS(code, call)                                                              \
    do {                                                                                      \
        struct smimegw_error *error = NULL;                                                   \
        assert_int_equal(call, code);                                                         \
        assert_non_null(error);                                                               \
        assert_int_equal(smimegw_error_code(error), code);                                    \
        assert_true(error_count(error));                                                      \
    } while (0)

static void null_is_freed_and_told(void **state)
{
    (void)state;
    smimegw_error_free(NULL);
    smimegw_buffer_free(NULL);
    smimegw_message_free(NULL);
    smimegw_cert_unref(NULL);
    smimegw_identity_unref(NULL);
    smimegw_gateway_unref(NULL);
    smimegw_profile_unref(NULL);
    smimegw_verdict_unref(NULL);
    assert_null(smimegw_cert_ref(NULL));
    assert_null(smimegw_identity_cert(NULL));
    assert_string_equal(smimegw_error_text(NULL), "no error");
    assert_int_equal(smimegw_error_code(NULL), SMIMEGW_OK);
    assert_string_equal(smimegw_cert_text(NULL, SMIMEGW_CERT_SUBJECT), "");
    assert_int_equal(smimegw_buffer_size(NULL), 0);
    assert_int_equal(smimegw_message_size(NULL), 0);
    assert_int_equal(smimegw_verdict_outcome(NULL), SMIMEGW_OUTCOME_NONE);
    assert_int_equal(smimegw_verdict_layer_count(NULL), 0);
    assert_int_equal(smimegw_buffer_write(NULL, "x", 1), SMIMEGW_E_USAGE);
    ASSERT_FAILS(SMIMEGW_E_USAGE, smimegw_gateway_new(NULL, &error));
    ASSERT_FAILS(SMIMEGW_E_USAGE, smimegw_message_new(NULL, NULL, &error));
    ASSERT_FAILS(SMIMEGW_E_USAGE, smimegw_verify(NULL, NULL, NULL, NULL, NULL, &error));
    ASSERT_FAILS(SMIMEGW_E_USAGE,
                 smimegw_decrypt(NULL, NULL, NULL, 0, NULL, NULL, NULL, &error));
    ASSERT_FAILS(SMIMEGW_E_USAGE, smimegw_sign(NULL, NULL, NULL, NULL, NULL, NULL, &error));
}

static void results_have_names_and_severities(void **state)
{
    (void)state;
    assert_string_equal(smimegw_result_name(SMIMEGW_E_LIMIT), "SMIMEGW_E_LIMIT");
    assert_string_equal(smimegw_result_name(-9999), "SMIMEGW_E_UNKNOWN");
    assert_int_equal(smimegw_severity(SMIMEGW_OK), SMIMEGW_SEVERITY_NONE);
    assert_int_equal(smimegw_severity(SMIMEGW_E_NOMEM), SMIMEGW_SEVERITY_TEMPORARY);
    assert_int_equal(smimegw_severity(SMIMEGW_E_SYNTAX), SMIMEGW_SEVERITY_MESSAGE);
    assert_int_equal(smimegw_severity(-9999), SMIMEGW_SEVERITY_CALLER);
    assert_string_equal(smimegw_outcome_name(SMIMEGW_OUTCOME_PASS), "pass");
    assert_string_equal(smimegw_outcome_name(77), "none");
    assert_string_equal(smimegw_reason_name(SMIMEGW_REASON_CERT_EXPIRED, NULL),
                        "cert-expired");
}

static void buffers_keep_their_limit(void **state)
{
    (void)state;
    struct smimegw_buffer *buffer;
    assert_int_equal(smimegw_buffer_new(4, &buffer, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_buffer_write(buffer, "abc", 3), SMIMEGW_OK);
    assert_int_equal(smimegw_buffer_write(buffer, "de", 2), SMIMEGW_E_LIMIT);
    assert_string_equal(smimegw_buffer_data(buffer), "abc");
    smimegw_buffer_free(buffer);
}

static void settings_are_text(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway;
    struct smimegw_buffer *value;
    const char *initial;
    const char *meaning;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    size_t count = 0;
    for (const char *name; (name = smimegw_gateway_setting(count, &initial, &meaning));
         count++) {
        assert_int_equal(smimegw_gateway_get(gateway, name, &value, NULL), SMIMEGW_OK);
        assert_string_equal(smimegw_buffer_data(value), initial);
        assert_int_equal(smimegw_gateway_set(gateway, name, smimegw_buffer_data(value), NULL),
                         SMIMEGW_OK);
        smimegw_buffer_free(value);
        assert_true(strlen(meaning) > 0);
    }
    assert_true(count > 10);
    ASSERT_FAILS(SMIMEGW_E_SETTING, smimegw_gateway_set(gateway, "no-such", "1", &error));
    ASSERT_FAILS(SMIMEGW_E_SETTING, smimegw_gateway_set(gateway, "layers", "many", &error));
    ASSERT_FAILS(SMIMEGW_E_SETTING, smimegw_gateway_set(gateway, "time", "yesterday", &error));
    smimegw_gateway_unref(gateway);
}

static void use_freezes(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_message *message;
    assert_int_equal(smimegw_message_new(gateway, &message, NULL), SMIMEGW_OK);
    ASSERT_FAILS(SMIMEGW_E_STATE, smimegw_gateway_set(gateway, "layers", "3", &error));
    ASSERT_FAILS(SMIMEGW_E_STATE,
                 smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_ANCHOR, "x", 1, &error));
    smimegw_message_free(message);
    smimegw_gateway_unref(gateway);
}

static void failure_of_a_message_sticks(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway;
    struct smimegw_message *message;
    struct smimegw_verdict *verdict = NULL;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "message-size", "10", NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_message_new(gateway, &message, NULL), SMIMEGW_OK);
    ASSERT_FAILS(SMIMEGW_E_STATE,
                 smimegw_verify(gateway, message, NULL, NULL, &verdict, &error));
    assert_int_equal(smimegw_message_write(message, "0123456789", 10, NULL), SMIMEGW_OK);
    ASSERT_FAILS(SMIMEGW_E_LIMIT, smimegw_message_write(message, "x", 1, &error));
    ASSERT_FAILS(SMIMEGW_E_STATE, smimegw_message_write(message, "x", 1, &error));
    ASSERT_FAILS(SMIMEGW_E_STATE, smimegw_message_finish(message, &error));
    assert_null(verdict);
    smimegw_message_free(message);
    smimegw_gateway_unref(gateway);
}

static void only_regular_files_are_borrowed(void **state)
{
    (void)state;
    int ends[2];
    struct smimegw_message *message = NULL;
    assert_int_equal(pipe(ends), 0);
    ASSERT_FAILS(SMIMEGW_E_IO, smimegw_message_new_fd(NULL, ends[0], 0, &message, &error));
    close(ends[0]);
    close(ends[1]);
    ASSERT_FAILS(SMIMEGW_E_IO, smimegw_message_new_fd(NULL, ends[0], 0, &message, &error));
    assert_null(message);
    int fd = open("tests/data/message/offer.eml", O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(smimegw_message_new_fd(NULL, fd, 0, &message, NULL), SMIMEGW_OK);
    assert_true(smimegw_message_size(message) > 1000);
    smimegw_message_free(message);
    close(fd);
}

static void keys_are_refused_with_a_reason(void **state)
{
    (void)state;
    struct smimegw_identity *identity = NULL;
    struct smimegw_cert *cert = NULL;
    struct smimegw_buffer *p12 = read_key_file("rsa2048.p12");
    struct smimegw_buffer *pem = read_key_file("rsa2048.pem");
    const void *data = smimegw_buffer_data(p12);
    size_t size = smimegw_buffer_size(p12);
    ASSERT_FAILS(SMIMEGW_E_PASSPHRASE,
                 smimegw_identity_new(data, size, "wrong", &identity, &error));
    ASSERT_FAILS(SMIMEGW_E_PASSPHRASE,
                 smimegw_identity_new(data, size, NULL, &identity, &error));
    ASSERT_FAILS(SMIMEGW_E_KEY, smimegw_identity_new("x", 1, NULL, &identity, &error));
    ASSERT_FAILS(SMIMEGW_E_KEY,
                 smimegw_identity_new(smimegw_buffer_data(pem), smimegw_buffer_size(pem), NULL,
                                      &identity, &error));
    ASSERT_FAILS(SMIMEGW_E_KEY, smimegw_cert_new("x", 1, &cert, &error));
    assert_null(identity);
    assert_int_equal(smimegw_identity_new(data, size, "secret", &identity, NULL), SMIMEGW_OK);
    assert_string_equal(smimegw_cert_text(smimegw_identity_cert(identity), SMIMEGW_CERT_KEY),
                        "RSA-2048");
    smimegw_identity_unref(identity);
    smimegw_buffer_free(p12);
    smimegw_buffer_free(pem);
}

/* SECURITY.md (e): what ships */
static void limits_have_defaults(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"message-size", "0"},        {"header-size", "256K"},     {"header-fields", "1000"},
        {"mime-depth", "50"},         {"mime-parts", "1000"},      {"layers", "5"},
        {"cms-overhead", "4M"},       {"signers", "16"},           {"recipients-read", "2000"},
        {"private-operations", "16"}, {"public-operations", "64"}, {"revocation", "off"},
    };
    struct smimegw_gateway *gateway;
    struct smimegw_buffer *value;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(smimegw_gateway_get(gateway, rows[i][0], &value, NULL), SMIMEGW_OK);
        assert_string_equal(smimegw_buffer_data(value), rows[i][1]);
        smimegw_buffer_free(value);
    }
    smimegw_gateway_unref(gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_have_defaults),
        cmocka_unit_test(null_is_freed_and_told),
        cmocka_unit_test(results_have_names_and_severities),
        cmocka_unit_test(buffers_keep_their_limit),
        cmocka_unit_test(settings_are_text),
        cmocka_unit_test(use_freezes),
        cmocka_unit_test(failure_of_a_message_sticks),
        cmocka_unit_test(only_regular_files_are_borrowed),
        cmocka_unit_test(keys_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests_name("objects", tests, NULL, NULL);
}
