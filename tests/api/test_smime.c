/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four services through the public API. */
#include "support.h"

static const char plain[] = "From: RSA <rsa2048@example.com>\r\n"
                            "To: bob@example.org\r\n"
                            "Subject:  two blanks, \tkept\r\n"
                            "MIME-Version: 1.0\r\n"
                            "Content-Type: text/plain; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: 8bit\r\n"
                            "\r\n"
                            "Gr\303\274\303\237e\r\n"
                            "From the start of a line, and a blank at the end \r\n"
                            ".\r\n";

static const struct {
    const char *mode;
    const char *form;
    const char *cipher;
} modes[] = {
    {"sign", "detached", NULL},
    {"sign", "opaque", NULL},
    {"encrypt", NULL, "aes-256-cbc"},
    {"encrypt", NULL, "aes-128-gcm"},
    {"sign-encrypt", "detached", "aes-256-gcm"},
    {"sign-encrypt", "opaque", "aes-128-cbc"},
    {"triple", "detached", "aes-192-cbc"},
    {"triple", "opaque", "aes-192-gcm"},
};
enum { MODES = sizeof(modes) / sizeof(modes[0]) };

/* Decrypt where there is encryption, verify where there is a signature; the clear message. */
static int open_message(struct smimegw_gateway *gateway, struct smimegw_message *message,
                        struct smimegw_buffer *out, int *ret_outcome)
{
    struct smimegw_identity *identity = load_identity("rsa2048-id.pem");
    struct smimegw_buffer *inner = make_buffer();
    struct smimegw_verdict *verdict = NULL;
    int ret = smimegw_decrypt(gateway, message, &identity, 1, smimegw_buffer_write, inner,
                              NULL, NULL);
    struct smimegw_message *decrypted = NULL;
    if (ret == SMIMEGW_OK) {
        decrypted = make_message(smimegw_buffer_data(inner), smimegw_buffer_size(inner));
        message = decrypted;
    }
    int verified = smimegw_verify(gateway, message, smimegw_buffer_write, out, &verdict, NULL);
    *ret_outcome = smimegw_verdict_outcome(verdict);
    if (verified == SMIMEGW_E_NOT_SMIME && ret == SMIMEGW_OK)
        smimegw_buffer_write(out, smimegw_buffer_data(inner), smimegw_buffer_size(inner));
    smimegw_verdict_unref(verdict);
    smimegw_message_free(decrypted);
    smimegw_buffer_free(inner);
    smimegw_identity_unref(identity);
    return ret == SMIMEGW_OK ? SMIMEGW_OK : verified;
}

static void clear_message_comes_back(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway = make_gateway();
    for (int i = 0; i < MODES; i++) {
        int outcome;
        struct smimegw_buffer *out = make_buffer();
        struct smimegw_buffer *made =
            protect(modes[i].mode, modes[i].form, modes[i].cipher, "rsa2048-id.pem", plain);
        struct smimegw_message *message =
            make_message(smimegw_buffer_data(made), smimegw_buffer_size(made));
        /* outer header byte for byte */
        assert_memory_equal(smimegw_buffer_data(made), plain,
                            strstr(plain, "Content-Type") - plain);
        assert_int_equal(open_message(gateway, message, out, &outcome), SMIMEGW_OK);
        assert_int_equal(outcome, strcmp(modes[i].mode, "encrypt") == 0
                                      ? SMIMEGW_OUTCOME_NONE
                                      : SMIMEGW_OUTCOME_PASS);
        assert_non_null(
            strstr(smimegw_buffer_data(out), "Gr=C3=BC=C3=9Fe\r\n=46rom the start"));
        smimegw_message_free(message);
        smimegw_buffer_free(made);
        smimegw_buffer_free(out);
    }
    smimegw_gateway_unref(gateway);
}

/* Pushed in chunks of every size, in memory and in a file, the result is the same. */
static void chunks_make_no_difference(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway = make_gateway();
    assert_int_equal(smimegw_gateway_set(gateway, "spool-memory", "700", NULL), SMIMEGW_OK);
    for (int i = 0; i < MODES; i++) {
        struct smimegw_buffer *made =
            protect(modes[i].mode, modes[i].form, modes[i].cipher, "rsa2048-id.pem", plain);
        const char *data = smimegw_buffer_data(made);
        size_t size = smimegw_buffer_size(made);
        struct smimegw_buffer *first = NULL;
        for (size_t chunk = 1; chunk <= size; chunk += chunk < 80 ? 1 : chunk) {
            int outcome;
            struct smimegw_message *message;
            struct smimegw_buffer *out = make_buffer();
            assert_int_equal(smimegw_message_new(gateway, &message, NULL), SMIMEGW_OK);
            for (size_t at = 0; at < size; at += chunk)
                assert_int_equal(smimegw_message_write(message, data + at,
                                                       size - at < chunk ? size - at : chunk,
                                                       NULL),
                                 SMIMEGW_OK);
            assert_int_equal(smimegw_message_finish(message, NULL), SMIMEGW_OK);
            assert_int_equal(open_message(gateway, message, out, &outcome), SMIMEGW_OK);
            smimegw_message_free(message);
            if (first == NULL) {
                first = out;
                continue;
            }
            assert_string_equal(smimegw_buffer_data(out), smimegw_buffer_data(first));
            smimegw_buffer_free(out);
        }
        smimegw_buffer_free(first);
        smimegw_buffer_free(made);
    }
    smimegw_gateway_unref(gateway);
}

/* Nothing is written unless all of it was proven, whatever the size (P3, P5). */
static void nothing_leaves_unproven(void **state)
{
    (void)state;
    enum { LINES = 40000 };
    struct smimegw_gateway *gateway = make_gateway();
    char *text = test_malloc(sizeof(plain) + LINES * 64);
    strcpy(text, plain);
    for (size_t i = 0, at = strlen(text); i < LINES; i++)
        at += (size_t)sprintf(text + at,
                              "line %05zu of a text that is larger than what is held\r\n", i);
    for (int i = 0; i < MODES; i++) {
        int outcome;
        struct smimegw_buffer *out = make_buffer();
        struct smimegw_buffer *made =
            protect(modes[i].mode, modes[i].form, modes[i].cipher, "rsa2048-id.pem", text);
        size_t size = smimegw_buffer_size(made);
        char *copy = test_malloc(size);
        memcpy(copy, smimegw_buffer_data(made), size);
        /* one character of the last content line, far behind what could have been released */
        copy[size / 2] = copy[size / 2] == 'A' ? 'B' : 'A';
        struct smimegw_message *message = make_message(copy, size);
        int ret = open_message(gateway, message, out, &outcome);
        if (strcmp(modes[i].mode, "encrypt") == 0 && strstr(modes[i].cipher, "cbc") != NULL)
            assert_int_equal(ret,
                             SMIMEGW_OK); /* CBC alone proves nothing: that is its nature */
        else
            assert_int_equal(smimegw_buffer_size(out), 0);
        assert_int_not_equal(outcome, SMIMEGW_OUTCOME_PASS);
        smimegw_message_free(message);
        smimegw_buffer_free(made);
        smimegw_buffer_free(out);
        test_free(copy);
    }
    test_free(text);
    smimegw_gateway_unref(gateway);
}

static int refuse_bytes(void *userdata, const void *data, size_t size)
{
    (void)data;
    (void)size;
    int *left = userdata;
    return (*left)-- > 0 ? 0 : 17;
}

static void a_failing_sink_is_told(void **state)
{
    (void)state;
    struct smimegw_identity *identity = load_identity("rsa2048-id.pem");
    struct smimegw_message *message = make_message(plain, strlen(plain));
    struct smimegw_error *error = NULL;
    int left = 0;
    assert_int_equal(smimegw_sign(NULL, NULL, message, identity, refuse_bytes, &left, &error),
                     SMIMEGW_E_SINK);
    smimegw_error_free(error);
    smimegw_message_free(message);
    smimegw_identity_unref(identity);
}

static void senders_stay_in_scope(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "From: mallory@example.net\r\n\r\nx\r\n",
        "Subject: no From\r\n\r\nx\r\n",
        "From: rsa2048@example.com\r\nFrom: mallory@example.net\r\n\r\nx\r\n",
        "From: rsa2048@example.com, mallory@example.net\r\n\r\nx\r\n",
    };
    struct smimegw_identity *identity = load_identity("rsa2048-id.pem");
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct smimegw_message *message = make_message(refused[i], strlen(refused[i]));
        struct smimegw_buffer *out = make_buffer();
        assert_int_equal(
            smimegw_sign(NULL, NULL, message, identity, smimegw_buffer_write, out, NULL),
            SMIMEGW_E_SENDER);
        assert_int_equal(smimegw_buffer_size(out), 0);
        smimegw_buffer_free(out);
        smimegw_message_free(message);
    }
    smimegw_identity_unref(identity);
}

/* Replace a text in a message by one of the same length. */
static void replace(char *data, const char *from, const char *to)
{
    char *at = strstr(data, from);
    assert_non_null(at);
    memcpy(at, to, strlen(to));
}

static void from_is_compared(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_buffer *made = protect("sign", NULL, NULL, "rsa2048-id.pem", plain);
    char *copy = test_malloc(smimegw_buffer_size(made) + 1);
    strcpy(copy, smimegw_buffer_data(made));
    replace(copy, "rsa2048@example.com", "rsa2049@example.com");
    struct smimegw_message *message = make_message(copy, strlen(copy));
    struct smimegw_verdict *verdict;
    assert_int_equal(smimegw_verify(gateway, message, NULL, NULL, &verdict, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_verdict_outcome(verdict), SMIMEGW_OUTCOME_POLICY);
    assert_int_equal(smimegw_verdict_reason(verdict), SMIMEGW_REASON_FROM_MISMATCH);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    smimegw_buffer_free(made);
    test_free(copy);
    smimegw_gateway_unref(gateway);
}

static void verdicts_tell_who(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_buffer *made = protect("sign", "opaque", NULL, "rsa2048-id.pem", plain);
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(made), smimegw_buffer_size(made));
    struct smimegw_verdict *verdict;
    struct smimegw_buffer *json;
    assert_int_equal(smimegw_verify(gateway, message, NULL, NULL, &verdict, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_verdict_layer_count(verdict), 1);
    assert_int_equal(smimegw_verdict_layer_kind(verdict, 0), SMIMEGW_LAYER_SIGNED_OPAQUE);
    assert_int_equal(smimegw_verdict_signer_count(verdict, 0), 1);
    assert_string_equal(
        smimegw_cert_text(smimegw_verdict_signer_cert(verdict, 0, 0), SMIMEGW_CERT_ADDRESSES),
        "rsa2048@example.com");
    assert_string_equal(smimegw_verdict_signer_text(verdict, 0, 0, SMIMEGW_SIGNER_DIGEST),
                        "sha256");
    assert_int_equal(smimegw_verdict_json(verdict, &json, NULL), SMIMEGW_OK);
    assert_non_null(strstr(smimegw_buffer_data(json), "\"outcome\":\"pass\""));
    smimegw_buffer_free(json);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    smimegw_buffer_free(made);
    smimegw_gateway_unref(gateway);
}

/* Layers that were opened are told, though what is inside them is over a limit. */
static void inspect_tells_the_layers_it_opened(void **state)
{
    (void)state;
    static const char deep[] = "From: rsa2048@example.com\r\nMIME-Version: 1.0\r\n"
                               "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                               "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n";
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_buffer *made = protect("sign", "opaque", NULL, "rsa2048-id.pem", deep);
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(made), smimegw_buffer_size(made));
    struct smimegw_buffer *json;
    assert_int_equal(smimegw_gateway_set(gateway, "mime-parts", "2", NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_inspect(gateway, message, NULL, 0, &json, NULL), SMIMEGW_OK);
    const char *text = smimegw_buffer_data(json);
    assert_non_null(strstr(text, "\"kind\":\"signed-opaque\""));
    assert_non_null(strstr(text, "(unreadable)"));
    assert_non_null(strstr(text, "rsa2048@example.com"));
    smimegw_buffer_free(json);
    smimegw_message_free(message);
    smimegw_buffer_free(made);
    smimegw_gateway_unref(gateway);
}

/* A mail store with LF lines: what is digested, and released, has CRLF. */
static void lf_messages_verify(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway = make_gateway();
    for (int i = 0; i < MODES; i++) {
        int outcome;
        size_t size = 0;
        struct smimegw_buffer *out = make_buffer();
        struct smimegw_buffer *made =
            protect(modes[i].mode, modes[i].form, modes[i].cipher, "rsa2048-id.pem", plain);
        char *copy = test_malloc(smimegw_buffer_size(made));
        for (const char *at = smimegw_buffer_data(made); *at != '\0'; at++)
            if (*at != '\r')
                copy[size++] = *at;
        struct smimegw_message *message = make_message(copy, size);
        assert_int_equal(open_message(gateway, message, out, &outcome), SMIMEGW_OK);
        assert_int_equal(outcome, strcmp(modes[i].mode, "encrypt") == 0
                                      ? SMIMEGW_OUTCOME_NONE
                                      : SMIMEGW_OUTCOME_PASS);
        assert_non_null(
            strstr(smimegw_buffer_data(out), "Gr=C3=BC=C3=9Fe\r\n=46rom the start"));
        smimegw_message_free(message);
        smimegw_buffer_free(made);
        smimegw_buffer_free(out);
        test_free(copy);
    }
    smimegw_gateway_unref(gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clear_message_comes_back),
        cmocka_unit_test(chunks_make_no_difference),
        cmocka_unit_test(nothing_leaves_unproven),
        cmocka_unit_test(a_failing_sink_is_told),
        cmocka_unit_test(senders_stay_in_scope),
        cmocka_unit_test(from_is_compared),
        cmocka_unit_test(verdicts_tell_who),
        cmocka_unit_test(inspect_tells_the_layers_it_opened),
        cmocka_unit_test(lf_messages_verify),
    };
    return cmocka_run_group_tests_name("smime", tests, NULL, NULL);
}
