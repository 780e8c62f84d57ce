/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we write, read by libtasn1 in its strict mode: a second opinion on the DER. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libtasn1.h>
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "stream/base64.h"
#include "stream/sink.h"

static const char message_text[] =
    "From: a@example.com\r\nContent-Type: text/plain\r\n\r\nHello\r\n";

static struct sgw_buf read_file(const char *name)
{
    char path[256];
    struct sgw_buf buf = SGW_BUF_INIT(0);
    uint8_t piece[4096];
    size_t size;
    snprintf(path, sizeof(path), "tests/data/keys/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    while ((size = fread(piece, 1, sizeof(piece), file)) > 0)
        assert_int_equal(sgw_buf_append(&buf, piece, size), SMIMEGW_OK);
    fclose(file);
    return buf;
}

/* The last base64 body of a message, decoded. */
static struct sgw_buf decode_last_part(const char *text)
{
    struct sgw_buf der = SGW_BUF_INIT(0);
    struct sgw_buf_sink sink;
    struct sgw_base64_decoder decoder;
    const char *body = NULL;
    for (const char *at = text; (at = strstr(at, "\r\n\r\n")) != NULL; at += 4)
        if (strncmp(at + 4, "--", 2) != 0)
            body = at + 4;
    assert_non_null(body);
    const char *end = strstr(body, "\r\n--");
    size_t size = end != NULL ? (size_t)(end - body) : strlen(body);
    sgw_buf_sink_init(&sink, &der);
    sgw_base64_decoder_init(&decoder, &sink.base);
    assert_int_equal(sgw_push(&decoder.base, body, size, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_finish(&decoder.base, NULL), SMIMEGW_OK);
    return der;
}

static struct sgw_buf protect(const char *mode, const char *form, const char *cipher,
                              const char *key)
{
    char name[64];
    struct smimegw_profile *profile;
    struct smimegw_message *message;
    struct smimegw_identity *identity;
    struct smimegw_buffer *out;
    snprintf(name, sizeof(name), "%s-id.pem", key);
    struct sgw_buf file = read_file(name);
    assert_int_equal(smimegw_identity_new(file.data, file.size, NULL, &identity, NULL), 0);
    assert_int_equal(smimegw_profile_new(&profile, NULL), 0);
    assert_int_equal(smimegw_profile_set(profile, "mode", mode, NULL), 0);
    assert_int_equal(smimegw_profile_set(profile, "sign-form", form, NULL), 0);
    assert_int_equal(smimegw_profile_set(profile, "cipher", cipher, NULL), 0);
    assert_int_equal(smimegw_profile_set(profile, "check-sender", "no", NULL), 0);
    assert_int_equal(smimegw_message_new_memory(NULL, message_text, sizeof(message_text) - 1,
                                                &message, NULL),
                     0);
    assert_int_equal(smimegw_buffer_new(0, &out, NULL), 0);
    struct smimegw_cert *recipient = smimegw_identity_cert(identity);
    assert_int_equal(smimegw_protect(NULL, profile, message, identity, &recipient, 1,
                                     smimegw_buffer_write, out, NULL),
                     0);
    struct sgw_buf der = decode_last_part(smimegw_buffer_data(out));
    smimegw_buffer_free(out);
    smimegw_message_free(message);
    smimegw_profile_unref(profile);
    smimegw_identity_unref(identity);
    sgw_buf_clear(&file);
    return der;
}

/* Decode strictly, and encode again: DER has one form only. */
static void check(asn1_node definitions, const char *type, const uint8_t *der, size_t size,
                  struct sgw_buf *ret_content)
{
    char error[ASN1_MAX_ERROR_DESCRIPTION_SIZE] = "";
    asn1_node node = NULL;
    int left = (int)size;
    assert_int_equal(asn1_create_element(definitions, type, &node), ASN1_SUCCESS);
    int ret = asn1_der_decoding2(&node, der, &left, ASN1_DECODE_FLAG_STRICT_DER, error);
    if (ret != ASN1_SUCCESS)
        fail_msg("%s: %s %s", type, asn1_strerror(ret), error);
    assert_int_equal(left, (int)size);
    int again_size = (int)size;
    uint8_t *again = test_malloc(size);
    assert_int_equal(asn1_der_coding(node, "", again, &again_size, error), ASN1_SUCCESS);
    assert_int_equal(again_size, (int)size);
    assert_memory_equal(again, der, size);
    test_free(again);
    if (ret_content != NULL) {
        uint8_t *content;
        int content_size = (int)size;
        assert_int_equal(sgw_buf_extend(ret_content, size, &content), SMIMEGW_OK);
        assert_int_equal(asn1_read_value(node, "content", content, &content_size),
                         ASN1_SUCCESS);
        sgw_buf_truncate(ret_content, (size_t)content_size);
    }
    asn1_delete_structure(&node);
}

static void what_we_write_is_der(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        const char *form;
        const char *cipher;
        const char *key;
        const char *type;
    } rows[] = {
        {"sign", "detached", "aes-256-cbc", "rsa2048", "CMS.SignedData"},
        {"sign", "opaque", "aes-256-cbc", "rsa2048", "CMS.SignedData"},
        {"sign", "opaque", "aes-256-cbc", "p384", "CMS.SignedData"},
        {"sign", "detached", "aes-256-cbc", "ed25519", "CMS.SignedData"},
        {"encrypt", "detached", "aes-256-cbc", "rsa2048", "CMS.EnvelopedData"},
        {"encrypt", "detached", "aes-128-cbc", "p256", "CMS.EnvelopedData"},
        {"encrypt", "detached", "aes-256-gcm", "rsa3072", "CMS.AuthEnvelopedData"},
        {"encrypt", "detached", "aes-128-gcm", "x25519", "CMS.AuthEnvelopedData"},
    };
    char error[ASN1_MAX_ERROR_DESCRIPTION_SIZE] = "";
    asn1_node definitions = NULL;
    int ret = asn1_parser2tree("tests/data/cms.asn", &definitions, error);
    if (ret != ASN1_SUCCESS)
        fail_msg("cms.asn: %s %s", asn1_strerror(ret), error);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_buf der = protect(rows[i].mode, rows[i].form, rows[i].cipher, rows[i].key);
        struct sgw_buf content = SGW_BUF_INIT(0);
        check(definitions, "CMS.ContentInfo", der.data, der.size, &content);
        check(definitions, rows[i].type, content.data, content.size, NULL);
        sgw_buf_clear(&content);
        sgw_buf_clear(&der);
    }
    asn1_delete_structure(&definitions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_we_write_is_der)};
    return cmocka_run_group_tests_name("cms_tasn1", tests, NULL, NULL);
}
