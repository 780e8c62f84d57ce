/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asn1/der.h"
#include "pki/names.h"
#include "pki_data.h"

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
    int ret = smimegw_cert_new(data, size, &cert, NULL);
    if (ret < 0)
        assert_null(cert);
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
    assert_int_equal(sgw_cert_list_load(&list, first->der.data, first->der.size, NULL), SMIMEGW_OK);
    assert_int_equal(list.count, 4);
    smimegw_cert_unref(first);
    sgw_cert_list_clear(&list);
    assert_int_equal(list.count, 0);
}

/*
 * Certificates put together element by element, for shapes that GnuTLS does not write. They are
 * not signed; nobody looks.
 */
struct shape {
    size_t rdns;            /* relative distinguished names of the subject */
    size_t attributes;      /* in one RDN instead */
    size_t names;           /* entries of the SAN */
    size_t purposes;        /* entries of the EKU */
    size_t extensions;      /* odd ones */
    size_t padding;         /* bytes of an odd extension, to reach a size */
    const char *san;        /* DER of GeneralNames' contents, instead of names */
    size_t san_size;
    const char *dn_email;   /* emailAddress in the subject */
    size_t dn_email_size;
};

static void put_attribute(struct sgw_der_out *out, const char *oid, size_t oid_size,
                          const char *value, size_t size)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_OID, oid, oid_size);
    sgw_out_put(out, 0x16, value, size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static void put_subject(struct sgw_der_out *out, const struct shape *shape)
{
    size_t mark = sgw_out_mark(out);
    for (size_t i = 0; i < shape->rdns; i++) {
        size_t rdn = sgw_out_mark(out);
        put_attribute(out, "\x55\x04\x0b", 3, "x", 1);
        sgw_out_wrap(out, rdn, SGW_TAG_SET);
    }
    size_t rdn = sgw_out_mark(out);
    for (size_t i = 0; i < shape->attributes; i++)
        put_attribute(out, "\x55\x04\x0b", 3, "x", 1);
    if (shape->attributes > 0)
        sgw_out_wrap(out, rdn, SGW_TAG_SET);
    if (shape->dn_email != NULL) {
        rdn = sgw_out_mark(out);
        put_attribute(out, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, shape->dn_email,
                      shape->dn_email_size);
        sgw_out_wrap(out, rdn, SGW_TAG_SET);
    }
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static void wrap_extension(struct sgw_der_out *out, size_t mark, uint8_t number)
{
    struct sgw_buf value = SGW_BUF_INIT(0);
    const uint8_t oid[] = {0x55, 0x1d, number};
    assert_int_equal(sgw_buf_append(&value, out->buf.data + mark, out->buf.size - mark), 0);
    sgw_buf_truncate(&out->buf, mark);
    sgw_out_put(out, SGW_TAG_OID, oid, sizeof(oid));
    sgw_out_put(out, SGW_TAG_OCTET_STRING, value.data, value.size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_buf_clear(&value);
}

static void put_extensions(struct sgw_der_out *out, const struct shape *shape)
{
    size_t all = sgw_out_mark(out);
    size_t mark = all;
    if (shape->names > 0 || shape->san != NULL) {
        for (size_t i = 0; i < shape->names; i++)
            sgw_out_put(out, 0x81, "a@b", 3);
        if (shape->san != NULL)
            sgw_out_raw(out, shape->san, shape->san_size);
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
        wrap_extension(out, mark, 17);
    }
    mark = sgw_out_mark(out);
    for (size_t i = 0; i < shape->purposes; i++)
        sgw_out_put(out, SGW_TAG_OID, "\x2a\x03", 2);
    if (shape->purposes > 0) {
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
        wrap_extension(out, mark, 37);
    }
    for (size_t i = 0; i < shape->extensions; i++) {
        mark = sgw_out_mark(out);
        sgw_out_put(out, SGW_TAG_NULL, "", 0);
        wrap_extension(out, mark, (uint8_t)(40 + i));
    }
    if (shape->padding > 0) {
        char *zeros = calloc(1, shape->padding);
        mark = sgw_out_mark(out);
        sgw_out_put(out, SGW_TAG_OCTET_STRING, zeros, shape->padding);
        wrap_extension(out, mark, 39);
        free(zeros);
    }
    if (sgw_out_mark(out) == all)
        return;
    sgw_out_wrap(out, all, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, all, SGW_TAG_CONTEXT_CONSTRUCTED | 3);
}

static void put_shape(struct sgw_der_out *out, const struct shape *shape)
{
    static const char algorithm[] = "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
    static const char issuer[] = "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x";
    static const char key[] = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
                              "01234567890123456789012345678901";
    size_t tbs = sgw_out_mark(out);
    sgw_out_raw(out, "\xa0\x03\x02\x01\x02", 5);
    sgw_out_number(out, 77);
    sgw_out_raw(out, algorithm, sizeof(algorithm) - 1);
    sgw_out_raw(out, issuer, sizeof(issuer) - 1);
    size_t mark = sgw_out_mark(out);
    sgw_out_time(out, 1704067200);
    sgw_out_time(out, 2650838400);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    put_subject(out, shape);
    sgw_out_raw(out, key, sizeof(key) - 1);
    put_extensions(out, shape);
    sgw_out_wrap(out, tbs, SGW_TAG_SEQUENCE);
    sgw_out_raw(out, algorithm, sizeof(algorithm) - 1);
    sgw_out_put(out, SGW_TAG_BIT_STRING, "\0signature", 10);
    sgw_out_wrap(out, tbs, SGW_TAG_SEQUENCE);
}

static int load_shape(const struct shape *shape, struct smimegw_cert **ret_cert)
{
    struct sgw_der_out out = {0};
    put_shape(&out, shape);
    assert_int_equal(out.result, SMIMEGW_OK);
    int ret = sgw_cert_new_der(out.buf.data, out.buf.size, ret_cert, NULL);
    sgw_out_clear(&out);
    return ret;
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

#define SAN(text) text, sizeof(text) - 1
#define UTF8_MAILBOX(sizes, text)                                                               \
    "\xa0" sizes "\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x09\xa0" text
static const struct {
    const char *san;
    size_t san_size;
    const char *dn_email;
    size_t dn_email_size;
    const char *address;
    bool matches;
} address_rows[] = {
    {SAN("\x81\x03" "a@b"), NULL, 0, "a@b", true},
    {SAN("\x81\x03" "a@b"), NULL, 0, "A@B", true},
    {SAN("\x81\x03" "A@B"), NULL, 0, "a@b", true},
    {SAN("\x81\x03" "a@b"), NULL, 0, "a@bc", false},
    {SAN("\x81\x03" "a@b"), NULL, 0, "aa@b", false},
    {SAN("\x81\x03" "a@b"), NULL, 0, "", false},
    {SAN("\x81\x03" "a@b"), NULL, 0, "a", false},
    {SAN("\x81\x03" "a@b\x81\x03" "c@d"), NULL, 0, "c@d", true},
    /* blanks, controls and NUL: such a name is none (AC-114, AC-115) */
    {SAN("\x81\x04" "a@b "), NULL, 0, "a@b", false},
    {SAN("\x81\x04" "a@b "), NULL, 0, "a@b ", false},
    {SAN("\x81\x04" " a@b"), NULL, 0, " a@b", false},
    {SAN("\x81\x04" "a@\tb"), NULL, 0, "a@\tb", false},
    {SAN("\x81\x04" "a@b\n"), NULL, 0, "a@b\n", false},
    {SAN("\x81\x05" "a@b\0x"), NULL, 0, "a@b", false},
    {SAN("\x81\x05" "a\xc2\xa0@b"), NULL, 0, "a\xc2\xa0@b", false},
    /* no addresses (AC-116) */
    {SAN("\x81\x03" "*@d"), NULL, 0, "a@d", false},
    {SAN("\x81\x03" "*@d"), NULL, 0, "*@d", false},
    {SAN("\x81\x02" "@d"), NULL, 0, "a@d", false},
    {SAN("\x81\x01" "d"), NULL, 0, "a@d", false},
    {SAN("\x82\x03" "a@b"), NULL, 0, "a@b", false},
    {SAN("\x82\x01" "b"), NULL, 0, "a@b", false},
    /* the subject's, only without a mailbox in the SAN (AC-120) */
    {NULL, 0, SAN("a@b"), "a@b", true},
    {SAN("\x82\x01" "b"), SAN("a@b"), "a@b", true},
    {SAN("\x81\x03" "c@d"), SAN("a@b"), "a@b", false},
    {SAN("\x81\x04" "c@d "), SAN("a@b"), "a@b", false},
    {NULL, 0, SAN("a@b "), "a@b", false},
    {NULL, 0, SAN("a@b\0"), "a@b", false},
    /* A-labels and U-labels (AC-119) */
    {SAN("\x81\x12" "a@xn--bcher-kva.de"), NULL, 0, "a@b\xc3\xbc" "cher.de", true},
    {SAN("\x81\x12" "a@XN--BCHER-KVA.DE"), NULL, 0, "a@b\xc3\xbc" "cher.de", true},
    {SAN("\x81\x12" "a@xn--bcher-kva.de"), NULL, 0, "a@B\xc3\x9c" "CHER.de", true},
    {SAN("\x81\x12" "a@xn--bcher-kva.de"), NULL, 0, "a@bucher.de", false},
    /* rfc822Name is ASCII */
    {SAN("\x81\x0c" "a@b\xc3\xbc" "cher.de"), NULL, 0, "a@b\xc3\xbc" "cher.de", false},
    /* SmtpUTF8Mailbox "ü@b" */
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), NULL, 0, "\xc3\xbc@b", true},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), NULL, 0, "u@b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), NULL, 0, "u\xcc\x88@b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3 @b")), NULL, 0, "\xc3 @b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xff\xff@b")), NULL, 0, "\xff\xff@b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), SAN("a@b"), "a@b", false},
};

static void addresses_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(address_rows) / sizeof(address_rows[0]); i++) {
        struct shape shape = {.rdns = 1,
                              .san = address_rows[i].san,
                              .san_size = address_rows[i].san_size,
                              .dn_email = address_rows[i].dn_email,
                              .dn_email_size = address_rows[i].dn_email_size};
        struct smimegw_cert *cert = NULL;
        assert_int_equal(load_shape(&shape, &cert), SMIMEGW_OK);
        const char *address = address_rows[i].address;
        bool matches = sgw_cert_has_address(cert, address, strlen(address));
        if (matches != address_rows[i].matches)
            fail_msg("row %zu, %s: %d", i, address, matches);
        if (matches)
            assert_true(sgw_cert_has_any_address(cert));
        smimegw_cert_unref(cert);
    }
}

static const struct {
    const char *san;
    size_t san_size;
    const char *address;
    bool covers;
} scope_rows[] = {
    {SAN("\x81\x0d" "a@example.com"), "a@example.com", true},
    {SAN("\x81\x0d" "a@example.com"), "b@example.com", false},
    {SAN("\x82\x0b" "example.com"), "b@example.com", true},
    {SAN("\x82\x0b" "example.com"), "b@EXAMPLE.com", true},
    {SAN("\x82\x0b" "example.com"), "b@sub.example.com", false},
    {SAN("\x82\x0b" "example.com"), "example.com", false},
    {SAN("\x82\x0b" "example.com"), "a b@example.com", false},
    {SAN("\x82\x0d" "*.example.com"), "b@sub.example.com", true},
    {SAN("\x82\x0d" "*.example.com"), "b@example.com", false},
    {SAN("\x82\x0d" "*.example.com"), "b@a.sub.example.com", false},
    {SAN("\x82\x0d" "*.example.com"), "b@.example.com", false},
    {SAN("\x82\x10" "xn--bcher-kva.de"), "a@b\xc3\xbc" "cher.de", true},
    /* AC-116 */
    {SAN("\x82\x01" "*"), "a@b", false},
    {SAN("\x82\x05" "*.com"), "a@b.com", false},
    {SAN("\x82\x07" "*.co.jp"), "a@b.co.jp", false},
    {SAN("\x82\x07" "a.*.com"), "a@a.b.com", false},
    {SAN("\x82\x0c" "example.com."), "a@example.com", false},
    {SAN("\x82\x07" "1.2.3.4"), "a@1.2.3.4", false},
    {SAN("\x82\x0c" "example.com\0"), "a@example.com", false},
};

static void scope_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scope_rows) / sizeof(scope_rows[0]); i++) {
        struct shape shape = {
            .rdns = 1, .san = scope_rows[i].san, .san_size = scope_rows[i].san_size};
        struct smimegw_cert *cert = NULL;
        assert_int_equal(load_shape(&shape, &cert), SMIMEGW_OK);
        const char *address = scope_rows[i].address;
        bool covers = sgw_cert_covers_sender(cert, address, strlen(address));
        if (covers != scope_rows[i].covers)
            fail_msg("row %zu, %s: %d", i, address, covers);
        smimegw_cert_unref(cert);
    }
}

/* What is in a name can't write to a terminal (AC-106). */
static void texts_are_escaped(void **state)
{
    (void)state;
    struct shape shape = {.dn_email = "a\r\nX: \x1b[2Jb@c", .dn_email_size = 13};
    struct smimegw_cert *cert = NULL;
    assert_int_equal(load_shape(&shape, &cert), SMIMEGW_OK);
    for (const char *at = smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT); *at != '\0'; at++)
        assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
    assert_text(cert, SMIMEGW_CERT_ADDRESSES, "");
    assert_false(sgw_cert_has_any_address(cert));
    smimegw_cert_unref(cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_there),
        cmocka_unit_test(keys_are_told_apart),
        cmocka_unit_test(pointers_are_into_the_der),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(usage_errors_are_refused),
        cmocka_unit_test(pem_lists_are_read),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(lengths_must_be_der),
        cmocka_unit_test(addresses_match),
        cmocka_unit_test(scope_is_kept),
        cmocka_unit_test(texts_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
