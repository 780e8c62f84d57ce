/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/lint.h>

#include "pki/cert/cert_text.h"
#include "pki/cert/point.h"
#include "pki_shape.h"

static void assert_text(const struct smimegw_cert *cert, int field, const char *expected)
{
    assert_string_equal(smimegw_cert_text(cert, field), expected);
}

static void texts_are_there(void **state)
{
    (void)state;
    struct smimegw_cert *cert = load_cert("rsa2048.pem");
    assert_text(cert, SMIMEGW_CERT_SUBJECT, "CN=Test rsa2048");
    assert_text(cert, SMIMEGW_CERT_ISSUER, "CN=Test intermediate");
    assert_text(cert, SMIMEGW_CERT_SERIAL, "1002");
    assert_text(cert, SMIMEGW_CERT_ADDRESSES, "rsa2048@example.com");
    assert_text(cert, SMIMEGW_CERT_DOMAINS, "");
    assert_text(cert, SMIMEGW_CERT_KEY, "RSA-2048");
    assert_text(cert, SMIMEGW_CERT_NOT_BEFORE, "2024-01-01T00:00:00Z");
    assert_text(cert, SMIMEGW_CERT_NOT_AFTER, "2054-01-01T00:00:00Z");
    assert_int_equal(strlen(smimegw_cert_text(cert, SMIMEGW_CERT_FINGERPRINT)), 64);
    assert_text(cert, 0, "");
    assert_text(cert, -1, "");
    assert_text(cert, SGW_CERT_TEXTS, "");
    assert_text(NULL, SMIMEGW_CERT_KEY, "");
    smimegw_cert_unref(cert);
    cert = load_cert("domain.pem");
    assert_text(cert, SMIMEGW_CERT_ADDRESSES, "");
    assert_text(cert, SMIMEGW_CERT_DOMAINS, "example.com,*.example.net");
    smimegw_cert_unref(cert);
}

/* DER of an AuthorityInfoAccess or a CRL distribution point, around text. */
#define ACCESS(size, method, name)                                                            \
    "\x30" size "\x06\x08\x2b\x06\x01\x05\x05\x07\x30" method name

/* [RFC5280-4.2.1.3], [RFC5280-4.2.1.12] */
static void uses_are_told(void **state)
{
    (void)state;
    struct smimegw_cert *cert = load_cert("rsa2048.pem");
    assert_text(cert, SMIMEGW_CERT_SIGNATURE, "RSA-SHA256");
    assert_text(cert, SMIMEGW_CERT_KEY_USAGE,
                "digitalSignature,nonRepudiation,keyEncipherment");
    assert_text(cert, SMIMEGW_CERT_PURPOSES, "emailProtection");
    assert_int_equal(strlen(smimegw_cert_text(cert, SMIMEGW_CERT_KEY_ID)), 40);
    assert_text(cert, SMIMEGW_CERT_OCSP_URLS, "");
    assert_text(cert, SMIMEGW_CERT_ISSUER_URLS, "");
    assert_text(cert, SMIMEGW_CERT_CRL_URLS, "");
    smimegw_cert_unref(cert);
    cert = load_cert("root.pem");
    assert_text(cert, SMIMEGW_CERT_KEY_USAGE, "keyCertSign,cRLSign");
    assert_text(cert, SMIMEGW_CERT_PURPOSES, "");
    smimegw_cert_unref(cert);
}

/* Only what can be fetched, of printable ASCII; the rest is left out, never cut or escaped.
 * [RFC5280-4.2.1.13], [RFC5280-4.2.2.1] */
static void urls_are_picked(void **state)
{
    (void)state;
    static const char information[] = ACCESS("\x14", "\x01",
                                             "\x86\x08"
                                             "http://a") ACCESS("\x15", "\x02",
                                                                "\x86\x09"
                                                                "HTTPS://b")
        ACCESS("\x16", "\x02",
               "\x86\x0a"
               "ldap:///c=") ACCESS("\x15", "\x02",
                                    "\x86\x09"
                                    "ftp://abc") ACCESS("\x15", "\x02",
                                                        "\x86\x09"
                                                        "http://\na") ACCESS("\x15", "\x02",
                                                                             "\x86\x09"
                                                                             "http:// a")
            ACCESS("\x15", "\x02",
                   "\x86\x09"
                   "http://\xc3\xa4") ACCESS("\x15", "\x02",
                                             "\x86\x09"
                                             "http://\0a") ACCESS("\x13", "\x02",
                                                                  "\x86\x07"
                                                                  "http://")
                ACCESS("\x14", "\x02",
                       "\x81\x08"
                       "http://x") ACCESS("\x14", "\x03",
                                          "\x86\x08"
                                          "http://y");
    static const char points[] = "\x30\x1a\xa0\x18\xa0\x16\x86\x09"
                                 "http://d1"
                                 "\x86\x09"
                                 "http://d2"
                                 "\x30\x02\x81\x00"
                                 "\x30\x08\xa0\x06\xa1\x04\x86\x02"
                                 "xy"
                                 "\x30\x0f\xa0\x0d\xa0\x0b\x86\x09"
                                 "http://d3";
    struct smimegw_cert cert = {.information = (const uint8_t *)information,
                                .information_size = sizeof(information) - 1,
                                .crl_points = (const uint8_t *)points,
                                .crl_points_size = sizeof(points) - 1};
    struct sgw_buf urls = SGW_BUF_INIT(0);
    assert_int_equal(sgw_cert_put_urls(&cert, SMIMEGW_CERT_OCSP_URLS, &urls), SMIMEGW_OK);
    assert_string_equal(sgw_buf_text(&urls), "http://a");
    sgw_buf_truncate(&urls, 0);
    assert_int_equal(sgw_cert_put_urls(&cert, SMIMEGW_CERT_ISSUER_URLS, &urls), SMIMEGW_OK);
    assert_string_equal(sgw_buf_text(&urls), "HTTPS://b\nldap:///c=");
    sgw_buf_truncate(&urls, 0);
    assert_int_equal(sgw_cert_put_urls(&cert, SMIMEGW_CERT_CRL_URLS, &urls), SMIMEGW_OK);
    assert_string_equal(sgw_buf_text(&urls), "http://d1\nhttp://d2\nhttp://d3");
    /* 16 at most, and none over 1024 octets */
    struct sgw_der_out many = {0};
    char url[1025] = "http://";
    memset(url + 7, 'a', sizeof(url) - 7);
    for (size_t i = 0; i < 20; i++) {
        size_t mark = sgw_out_mark(&many);
        sgw_out_put(&many, 0x86, url, i == 0 ? 1025 : 1024);
        sgw_out_wrap(&many, mark, 0xa0);
        sgw_out_wrap(&many, mark, 0xa0);
        sgw_out_wrap(&many, mark, SGW_TAG_SEQUENCE);
    }
    cert.crl_points = many.buf.data;
    cert.crl_points_size = many.buf.size;
    sgw_buf_truncate(&urls, 0);
    assert_int_equal(sgw_cert_put_urls(&cert, SMIMEGW_CERT_CRL_URLS, &urls), SMIMEGW_OK);
    assert_int_equal(urls.size, 16 * 1025 - 1);
    sgw_out_clear(&many);
    sgw_buf_clear(&urls);
}

static const struct {
    const char *file;
    enum sgw_key_type type;
    unsigned int bits;
    const char *text;
    bool can_sign;
    bool can_encrypt;
    bool is_acceptable;
    size_t point_size;
} key_rows[] = {
    {"rsa2048.pem", SGW_KEY_RSA, 2048, "RSA-2048", true, true, true, 0},
    {"rsa3072.pem", SGW_KEY_RSA, 3072, "RSA-3072", true, true, true, 0},
    {"rsa1024.pem", SGW_KEY_RSA, 1024, "RSA-1024", true, true, false, 0},
    {"rsapss.pem", SGW_KEY_RSA_PSS, 2048, "RSA-PSS-2048", true, false, true, 0},
    {"p256.pem", SGW_KEY_P256, 256, "P-256", true, true, true, 65},
    {"p384.pem", SGW_KEY_P384, 384, "P-384", true, true, true, 97},
    {"p521.pem", SGW_KEY_P521, 521, "P-521", true, true, true, 133},
    {"ed25519.pem", SGW_KEY_ED25519, 256, "Ed25519", true, false, true, 0},
    {"x25519.pem", SGW_KEY_X25519, 256, "X25519", false, true, true, 32},
    {"server.pem", SGW_KEY_RSA, 2048, "RSA-2048", false, false, true, 0},
    {"encrypt-only.pem", SGW_KEY_RSA, 2048, "RSA-2048", false, true, true, 0},
};

static void keys_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(key_rows) / sizeof(key_rows[0]); i++) {
        struct smimegw_cert *cert = load_cert(key_rows[i].file);
        assert_int_equal(cert->key_type, key_rows[i].type);
        assert_int_equal(cert->key_bits, key_rows[i].bits);
        assert_text(cert, SMIMEGW_CERT_KEY, key_rows[i].text);
        assert_int_equal(sgw_cert_why_not_sign(cert) == NULL, key_rows[i].can_sign);
        assert_int_equal(sgw_cert_why_not_encrypt(cert) == NULL, key_rows[i].can_encrypt);
        assert_int_equal(sgw_cert_key_is_acceptable(cert), key_rows[i].is_acceptable);
        assert_int_equal(cert->point_size, key_rows[i].point_size);
        assert_int_equal(cert->ski_size, 20);
        assert_false(cert->is_ca);
        smimegw_cert_unref(cert);
    }
    struct smimegw_cert *ca = load_cert("root.pem");
    assert_true(ca->is_ca);
    smimegw_cert_unref(ca);
}

/* The certificate of that key with another point, or a bit of it changed. */
static void check_point(const char *name, const uint8_t *point, size_t size, bool is_good)
{
    struct smimegw_cert *cert = load_cert(name);
    struct smimegw_cert *other = NULL;
    struct sgw_buf der = SGW_BUF_INIT(0);
    assert_int_equal(sgw_buf_append(&der, cert->der.data, cert->der.size), SMIMEGW_OK);
    assert_true(size <= cert->point_size);
    memcpy(der.data + (cert->point - cert->der.data) + cert->point_size - size, point, size);
    int ret = sgw_cert_new_der(der.data, der.size, &other, NULL);
    assert_int_equal(ret, SMIMEGW_OK);
    assert_int_equal(sgw_cert_key_is_acceptable(other), is_good);
    const char *why_not = sgw_cert_why_not_encrypt(other);
    if (is_good)
        assert_null(why_not);
    else
        assert_string_equal(why_not, "the public key is not a point of its curve");
    assert_false(sgw_point_is_good(cert->key_type, cert->point, cert->point_size - 1));
    assert_false(sgw_point_is_good(SGW_KEY_RSA, cert->point, cert->point_size));
    smimegw_cert_unref(cert);
    smimegw_cert_unref(other);
    sgw_buf_clear(&der);
}

/* [RFC7748-6.1]: what is not on the curve, or of low order, gives no secret. */
static void points_are_of_their_curves(void **state)
{
    static const char *const curves[] = {"p256.pem", "p384.pem", "p521.pem"};
    static const uint8_t zeros[132] = {0};
    static const uint8_t ones[32] = {1};
    static const uint8_t low[32] = {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae,
                                    0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
                                    0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd,
                                    0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct smimegw_cert *cert = load_cert(curves[i]);
        check_point(curves[i], zeros, 0, true);
        check_point(curves[i], zeros, 1, false);
        check_point(curves[i], zeros, cert->point_size - 1, false);
        smimegw_cert_unref(cert);
    }
    check_point("x25519.pem", zeros, 0, true);
    check_point("x25519.pem", zeros, 1, true);
    check_point("x25519.pem", zeros, 32, false);
    check_point("x25519.pem", ones, 32, false);
    check_point("x25519.pem", low, 32, false);
}

static void pointers_are_into_the_der(void **state)
{
    (void)state;
    struct smimegw_cert *cert = load_cert("rsa2048.pem");
    struct smimegw_cert *issuer = load_cert("intermediate.pem");
    size_t size;
    const uint8_t *der = smimegw_cert_der(cert, &size);
    assert_ptr_equal(der, cert->der.data);
    assert_int_equal(cert->issuer_size, issuer->subject_size);
    assert_memory_equal(cert->issuer, issuer->subject, issuer->subject_size);
    assert_true(sgw_cert_is_issuer_serial(cert, issuer->subject, issuer->subject_size,
                                          (const uint8_t *)"\x10\x02", 2));
    assert_false(sgw_cert_is_issuer_serial(cert, issuer->subject, issuer->subject_size,
                                           (const uint8_t *)"\x10\x03", 2));
    assert_false(sgw_cert_is_issuer_serial(cert, cert->subject, cert->subject_size,
                                           (const uint8_t *)"\x10\x02", 2));
    assert_true(sgw_cert_is_ski(cert, cert->ski, cert->ski_size));
    assert_false(sgw_cert_is_ski(cert, cert->ski, cert->ski_size - 1));
    assert_false(sgw_cert_is_ski(cert, NULL, 0));
    assert_false(sgw_cert_is_ski(issuer, cert->ski, cert->ski_size));
    assert_null(smimegw_cert_der(NULL, &size));
    assert_null(smimegw_cert_der(cert, NULL));
    smimegw_cert_unref(issuer);
    smimegw_cert_unref(cert);
}

static int try_der(const void *data, size_t size)
{
    struct smimegw_cert *cert = NULL;
    struct smimegw_lint *lint = NULL;
    int ret = smimegw_cert_new(data, size, &cert, NULL);
    if (ret < 0)
        assert_null(cert);
    else
        assert_int_equal(smimegw_cert_lint(cert, 0, TEST_TIME, &lint, NULL), SMIMEGW_OK);
    smimegw_lint_free(lint);
    smimegw_cert_unref(cert);
    return ret;
}

/* Every length, and every byte changed: an answer, and never a crash. */
static void damage_is_survived(void **state)
{
    (void)state;
    struct smimegw_cert *cert = load_cert("p256.pem");
    size_t size = cert->der.size;
    uint8_t *copy = malloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        uint8_t *cut = malloc(i + 1);
        memcpy(cut, cert->der.data, i);
        assert_int_equal(try_der(cut, i), SMIMEGW_E_KEY);
        free(cut);
    }
    for (size_t i = 0; i < size; i++)
        for (unsigned int bit = 0; bit < 8; bit++) {
            memcpy(copy, cert->der.data, size);
            copy[i] ^= (uint8_t)(1U << bit);
            int ret = try_der(copy, size);
            assert_true(ret == SMIMEGW_OK || ret == SMIMEGW_E_KEY || ret == SMIMEGW_E_LIMIT);
        }
    memcpy(copy, cert->der.data, size);
    copy[size] = 0;
    assert_int_equal(try_der(copy, size + 1), SMIMEGW_E_KEY);
    free(copy);
    smimegw_cert_unref(cert);
}

static void usage_errors_are_refused(void **state)
{
    (void)state;
    struct smimegw_cert *cert = NULL;
    assert_int_equal(smimegw_cert_new(NULL, 1, &cert, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_cert_new("x", 1, NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_cert_new(NULL, 0, &cert, NULL), SMIMEGW_E_KEY);
    assert_int_equal(smimegw_cert_new("hello", 5, &cert, NULL), SMIMEGW_E_KEY);
    struct file key = read_key_file("rsa2048-key.pem");
    assert_int_equal(smimegw_cert_new(key.data, key.size, &cert, NULL), SMIMEGW_E_KEY);
    free(key.data);
    smimegw_cert_unref(NULL);
    assert_null(smimegw_cert_ref(NULL));
    assert_null(cert);
}

static void pem_lists_are_read(void **state)
{
    (void)state;
    struct sgw_cert_list list = {0};
    struct file file = read_key_file("rsa2048-id.pem");
    assert_int_equal(sgw_cert_list_load(&list, file.data, file.size, NULL), SMIMEGW_OK);
    assert_int_equal(list.count, 2);
    assert_text(list.certs[1], SMIMEGW_CERT_SUBJECT, "CN=Test intermediate");
    struct smimegw_cert *first = NULL;
    assert_int_equal(smimegw_cert_new(file.data, file.size, &first, NULL), SMIMEGW_OK);
    assert_true(sgw_cert_is_same(first, list.certs[0]));
    free(file.data);
    /* CRLF, and text around */
    file = read_key_file("alice.pem");
    char *text = malloc(2 * file.size + 100);
    size_t size = (size_t)sprintf(text, "Subject: -----BEGIN CERTIFICATE-----\r\n");
    for (size_t i = 0; i < file.size; i++) {
        if (file.data[i] == '\n')
            text[size++] = '\r';
        text[size++] = (char)file.data[i];
    }
    assert_int_equal(sgw_cert_list_load(&list, text, size, NULL), SMIMEGW_OK);
    assert_int_equal(list.count, 3);
    /* without its end */
    assert_int_equal(sgw_cert_list_load(&list, text, size - 30, NULL), SMIMEGW_E_KEY);
    assert_int_equal(list.count, 3);
    free(text);
    free(file.data);
    assert_int_equal(sgw_cert_list_load(&list, first->der.data, first->der.size, NULL),
                     SMIMEGW_OK);
    assert_int_equal(list.count, 4);
    smimegw_cert_unref(first);
    sgw_cert_list_clear(&list);
    assert_int_equal(list.count, 0);
}

static const struct {
    struct shape shape;
    int result;
} limit_rows[] = {
    {{.rdns = 1}, SMIMEGW_OK},
    {{.rdns = 63}, SMIMEGW_OK},
    {{.rdns = 64}, SMIMEGW_OK},
    {{.rdns = 65}, SMIMEGW_E_LIMIT},
    {{.rdns = 4000}, SMIMEGW_E_LIMIT},
    {{.attributes = 64}, SMIMEGW_OK},
    {{.attributes = 65}, SMIMEGW_E_LIMIT},
    {{.names = 255}, SMIMEGW_OK},
    {{.names = 256}, SMIMEGW_OK},
    {{.names = 257}, SMIMEGW_E_LIMIT},
    {{.purposes = 256}, SMIMEGW_OK},
    {{.purposes = 257}, SMIMEGW_E_LIMIT},
    {{.extensions = 64}, SMIMEGW_OK},
    {{.extensions = 65}, SMIMEGW_E_LIMIT},
    {{.padding = 65000}, SMIMEGW_OK},
    {{.padding = 65536}, SMIMEGW_E_LIMIT},
};

static void limits_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(limit_rows) / sizeof(limit_rows[0]); i++) {
        struct smimegw_cert *cert = NULL;
        int ret = load_shape(&limit_rows[i].shape, &cert);
        if (ret != limit_rows[i].result)
            fail_msg("row %zu: %d, not %d", i, ret, limit_rows[i].result);
        smimegw_cert_unref(cert);
    }
}

static void lengths_must_be_der(void **state)
{
    (void)state;
    struct sgw_der_out out = {0};
    struct shape shape = {.rdns = 1};
    struct smimegw_cert *cert = NULL;
    put_shape(&out, &shape);
    /* the outer length in one octet more than needed */
    size_t size = out.buf.size;
    uint8_t *longer = malloc(size + 1);
    memcpy(longer, out.buf.data, 2);
    assert_int_equal(longer[1], 0x81);
    longer[1] = 0x82;
    longer[2] = 0;
    memcpy(longer + 3, out.buf.data + 2, size - 2);
    assert_int_equal(sgw_cert_new_der(longer, size + 1, &cert, NULL), SMIMEGW_E_KEY);
    /* indefinite */
    uint8_t *open = malloc(size + 2);
    memcpy(open, "\x30\x80", 2);
    memcpy(open + 2, out.buf.data + 3, size - 3);
    memcpy(open + size - 1, "\0\0", 2);
    assert_int_equal(sgw_cert_new_der(open, size + 1, &cert, NULL), SMIMEGW_E_KEY);
    free(open);
    free(longer);
    sgw_out_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_there),
        cmocka_unit_test(uses_are_told),
        cmocka_unit_test(urls_are_picked),
        cmocka_unit_test(keys_are_told_apart),
        cmocka_unit_test(points_are_of_their_curves),
        cmocka_unit_test(pointers_are_into_the_der),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(usage_errors_are_refused),
        cmocka_unit_test(pem_lists_are_read),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(lengths_must_be_der),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
