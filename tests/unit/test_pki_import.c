/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/buffer.h>

#include "pkcs12_maker.h"

/* Key and certificate files in all their forms, and what else people hand us for one. */

static const struct {
    const char *data;
    size_t size;
    const char *words;
} kind_rows[] = {
#define KIND(data, words)                                                                     \
    {                                                                                         \
        data, sizeof(data) - 1, words                                                         \
    }
    KIND("", "the file is empty"),
    KIND("hello", "neither PEM nor DER"),
    KIND("0", "neither PEM nor DER"),
    KIND("\x30\x82\x10\x00\x02\x01", "cut off"),
    KIND("\x30\x80\x02\x01", "cut off"),
    KIND("\x30\x03\x02\x01\x05", "neither PEM nor DER"),
    KIND("\x30\x00", "neither PEM nor DER"),
    KIND("\x31\x03\x02\x01\x05", "neither PEM nor DER"),
    KIND("\xfe\xed\xfe\xed\0\0\0\2", "keytool -importkeystore"),
    KIND("\xce\xce\xce\xce\0\0\0\2", "Java keystore"),
    KIND("PK\3\4..", "ZIP archive"),
    KIND("\xff\xfe-\0-\0", "UTF-16"),
    KIND("ssh-ed25519 AAAA a@b", "OpenSSH public key"),
    KIND("ecdsa-sha2-nistp256 AAAA", "OpenSSH public key"),
    KIND("---- BEGIN SSH2 PUBLIC KEY ----", "SSH2 key"),
    KIND("PuTTY-User-Key-File-3: ssh-rsa", "PuTTY key"),
    KIND("<!DOCTYPE html><html>", "web page"),
    KIND("MIIBCgKCAQEA", "base64 without its BEGIN and END lines"),
    KIND("Content-Type: application/pkcs7-mime\r\n\r\n", "this is a mail"),
    KIND("\x99\1\x0d\4abcd", "PGP key"),
    KIND("-----BEGIN PGP PRIVATE KEY BLOCK-----\nx\n-----END PGP PRIVATE KEY BLOCK-----\n",
         "PGP key"),
    KIND("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
         "ssh-keygen -p -m PKCS8"),
    KIND("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
         "this is a certificate request"),
    KIND(
        "-----BEGIN NEW CERTIFICATE REQUEST-----\nAAAA\n-----END NEW CERTIFICATE REQUEST-----",
        "this is a certificate request"),
    KIND("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "a public key"),
    KIND("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "(CRL)"),
    KIND("-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n",
         "TRUSTED CERTIFICATE"),
    KIND("-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n", "DSA key"),
    /* SubjectPublicKeyInfo, RSAPublicKey, a request, a list, EnvelopedData; all hollow */
    KIND("\x30\x06\x30\x00\x03\x02\x00\x01", "a public key"),
    KIND("\x30\x06\x02\x01\x07\x02\x01\x03", "a public key"),
    KIND("\x30\x0f\x30\x09\x02\x01\x00\x30\x00\x30\x00\xa0\x00\x30\x00\x03\x00",
         "this is a certificate request"),
    KIND("\x30\x0f\x30\x09\x02\x01\x01\x30\x00\x30\x00\x17\x00\x30\x00\x03\x00", "(CRL)"),
    KIND("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x00", "message"),
};

static void other_files_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kind_rows) / sizeof(kind_rows[0]); i++) {
        struct smimegw_identity *identity = NULL;
        struct smimegw_cert_list *list = NULL;
        struct smimegw_error *error = NULL;
        int ret = smimegw_identity_new(kind_rows[i].data, kind_rows[i].size, NULL, &identity,
                                       &error);
        assert_non_null(strstr(smimegw_error_text(error), "the file holds no private key: "));
        assert_fails(ret, error, SMIMEGW_E_KEY, kind_rows[i].words);
        error = NULL;
        ret = smimegw_cert_list_new(kind_rows[i].data, kind_rows[i].size, &list, &error);
        /* where there is an X.509 parser to ask, it says what is wrong */
        if (strstr(smimegw_error_text(error), "can't be read") == NULL)
            assert_fails(ret, error, SMIMEGW_E_KEY, kind_rows[i].words);
        else
            smimegw_error_free(error);
        assert_int_equal(ret, SMIMEGW_E_KEY);
        assert_null(list);
    }
}

/* Files of ours where the other kind is wanted. */
static void mixed_up_files_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        bool is_key; /* what is wanted */
        const char *words;
    } rows[] = {
        {"p256.pem", true, "export it again, together with the private key"},
        {"p256-key.pem", false, "this is a private key"},
        {"p256.p12", false, "this is a PKCS#12 file"},
        {"p256-key.pem", true, "no certificate beside the private key"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct file file = read_key_file(rows[i].file);
        struct smimegw_identity *identity = NULL;
        struct smimegw_cert_list *list = NULL;
        struct smimegw_error *error = NULL;
        int ret = rows[i].is_key
                      ? smimegw_identity_new(file.data, file.size, NULL, &identity, &error)
                      : smimegw_cert_list_new(file.data, file.size, &list, &error);
        assert_fails(ret, error, SMIMEGW_E_KEY, rows[i].words);
        free(file.data);
    }
}

/* A SignedData without signers; the certificates field is left out where there are none. */
static struct sgw_buf make_pkcs7(const struct sgw_buf *cert, size_t count)
{
    struct sgw_der_out out = {0};
    sgw_out_number(&out, 1);
    sgw_out_put(&out, SGW_TAG_SET, "", 0);
    size_t mark = sgw_out_mark(&out);
    PUT_OID(&out, OID_DATA);
    sgw_out_wrap(&out, mark, SGW_TAG_SEQUENCE);
    mark = sgw_out_mark(&out);
    for (size_t i = 0; i < count; i++)
        sgw_out_raw(&out, cert->data, cert->size);
    if (count > 0)
        sgw_out_wrap(&out, mark, SGW_TAG_CONTEXT_CONSTRUCTED | 0);
    sgw_out_put(&out, SGW_TAG_SET, "", 0);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    sgw_out_wrap(&out, 0, SGW_TAG_CONTEXT_CONSTRUCTED | 0);
    struct sgw_der_out whole = {0};
    PUT_OID(&whole, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
    sgw_out_raw(&whole, out.buf.data, out.buf.size);
    sgw_out_wrap(&whole, 0, SGW_TAG_SEQUENCE);
    assert_int_equal(whole.result, SMIMEGW_OK);
    sgw_out_clear(&out);
    return whole.buf;
}

static struct sgw_buf as_pem(const struct sgw_buf *der, const char *label)
{
    struct sgw_buf pem = SGW_BUF_INIT(0);
    gnutls_datum_t in = {der->data, (unsigned int)der->size};
    gnutls_datum_t text;
    assert_int_equal(gnutls_pem_base64_encode2(label, &in, &text), 0);
    assert_int_equal(sgw_buf_append(&pem, text.data, text.size), SMIMEGW_OK);
    gnutls_free(text.data);
    return pem;
}

static void assert_list(const struct sgw_buf *file, size_t count)
{
    struct smimegw_cert_list *list = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_cert_list_new(file->data, file->size, &list, &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    assert_int_equal(smimegw_cert_list_count(list), count);
    assert_non_null(smimegw_cert_list_get(list, count - 1));
    assert_null(smimegw_cert_list_get(list, count));
    smimegw_cert_list_free(list);
}

static void assert_no_list(const struct sgw_buf *file, int code, const char *words)
{
    struct smimegw_cert_list *list = NULL;
    struct smimegw_error *error = NULL;
    int ret = smimegw_cert_list_new(file->data, file->size, &list, &error);
    assert_null(list);
    assert_fails(ret, error, code, words);
}

/* [RFC8551-3.8] */
static void pkcs7_is_read(void **state)
{
    (void)state;
    struct sgw_buf cert = pem_der("p256.pem", "CERTIFICATE");
    struct sgw_buf file = make_pkcs7(&cert, 3);
    assert_list(&file, 3);
    static const char *const labels[] = {"PKCS7", "CMS", "CERTIFICATE"};
    for (size_t i = 0; i < 3; i++) {
        struct sgw_buf pem = as_pem(&file, labels[i]);
        assert_list(&pem, 3);
        sgw_buf_clear(&pem);
    }
    /* cut at each byte: refused; damaged: survived */
    for (size_t i = 0; i < file.size; i++) {
        struct sgw_buf cut = {.data = file.data, .size = i};
        struct smimegw_cert_list *list = NULL;
        assert_int_not_equal(smimegw_cert_list_new(cut.data, i, &list, NULL), SMIMEGW_OK);
        file.data[i] ^= 0x11;
        if (smimegw_cert_list_new(file.data, file.size, &list, NULL) == SMIMEGW_OK)
            smimegw_cert_list_free(list);
        file.data[i] ^= 0x11;
    }
    sgw_buf_clear(&file);
    file = make_pkcs7(&cert, 0);
    assert_no_list(&file, SMIMEGW_E_KEY, "PKCS#7 file holds no certificate");
    sgw_buf_clear(&file);
    cert.data[30] ^= 0xff;
    file = make_pkcs7(&cert, 2);
    assert_no_list(&file, SMIMEGW_E_KEY, "certificate 1 of the PKCS#7 file: ");
    sgw_buf_clear(&file);
    sgw_buf_clear(&cert);
}

static void lists_have_a_limit(void **state)
{
    (void)state;
    struct sgw_buf cert = pem_der("ed25519.pem", "CERTIFICATE");
    struct sgw_buf file = make_pkcs7(&cert, SGW_CERT_LIST_MAX);
    assert_list(&file, SGW_CERT_LIST_MAX);
    sgw_buf_clear(&file);
    file = make_pkcs7(&cert, SGW_CERT_LIST_MAX + 1);
    assert_no_list(&file, SMIMEGW_E_LIMIT, "more than 5000 certificates");
    sgw_buf_clear(&file);
    struct sgw_buf pem = as_pem(&cert, "CERTIFICATE");
    for (size_t i = 0; i <= SGW_CERT_LIST_MAX; i++)
        assert_int_equal(sgw_buf_append(&file, pem.data, pem.size), SMIMEGW_OK);
    assert_no_list(&file, SMIMEGW_E_LIMIT, "more than 5000 certificates");
    sgw_buf_clear(&file);
    sgw_buf_clear(&pem);
    sgw_buf_clear(&cert);
}

static void lists_are_all_or_nothing(void **state)
{
    (void)state;
    struct smimegw_cert_list *list = NULL;
    assert_int_equal(smimegw_cert_list_new(NULL, 1, &list, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_cert_list_new("", 0, NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_cert_list_count(NULL), 0);
    assert_null(smimegw_cert_list_get(NULL, 0));
    smimegw_cert_list_free(NULL);
    struct sgw_buf file = SGW_BUF_INIT(0);
    struct file good = read_key_file("rsa2048-id.pem");
    assert_int_equal(sgw_buf_append(&file, "\xef\xbb\xbf", 3), SMIMEGW_OK);
    assert_int_equal(sgw_buf_append(&file, good.data, good.size), SMIMEGW_OK);
    assert_list(&file, 2);
    assert_int_equal(sgw_buf_append_text(
                         &file, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
                     SMIMEGW_OK);
    assert_no_list(&file, SMIMEGW_E_KEY, "certificate 3 of the file: its base64 is broken");
    sgw_buf_clear(&file);
    free(good.data);
}

static void pem_comes_back(void **state)
{
    (void)state;
    struct smimegw_cert *cert = load_cert("p256.pem");
    struct smimegw_cert *again = NULL;
    struct smimegw_buffer *pem = NULL;
    assert_int_equal(smimegw_cert_pem(cert, &pem, NULL), SMIMEGW_OK);
    const char *text = smimegw_buffer_data(pem);
    assert_int_equal(text[smimegw_buffer_size(pem) - 1], '\n');
    assert_memory_equal(text, "-----BEGIN CERTIFICATE-----\n", 28);
    assert_int_equal(smimegw_cert_new(text, smimegw_buffer_size(pem), &again, NULL),
                     SMIMEGW_OK);
    assert_true(sgw_cert_is_same(cert, again));
    assert_int_equal(smimegw_cert_pem(NULL, &pem, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_cert_pem(cert, NULL, NULL), SMIMEGW_E_USAGE);
    smimegw_buffer_free(pem);
    smimegw_cert_unref(again);
    smimegw_cert_unref(cert);
}

static const struct {
    const char *file;
    const char *label;
    const char *passphrase;
    const char *cert;
} key_rows[] = {
    {"rsa2048-key.pem", "PRIVATE KEY", NULL, "rsa2048.pem"},
    {"p384-key.pem", "PRIVATE KEY", NULL, "p384.pem"},
    {"ed25519-key.pem", "PRIVATE KEY", NULL, "ed25519.pem"},
    {"x25519-key.pem", "PRIVATE KEY", NULL, "x25519.pem"},
    {"rsa2048-pkcs1.pem", "RSA PRIVATE KEY", NULL, "rsa2048.pem"},
    {"p256-sec1.pem", "EC PRIVATE KEY", NULL, "p256.pem"},
    {"rsa2048-pkcs8.pem", "ENCRYPTED PRIVATE KEY", "secret", "rsa2048.pem"},
    {"x25519-pkcs8.pem", "ENCRYPTED PRIVATE KEY", "secret", "x25519.pem"},
};

static int try_pair(const struct sgw_buf *key, const char *passphrase,
                    const struct sgw_buf *certs, struct smimegw_error **ret_error)
{
    struct smimegw_identity *identity = NULL;
    int ret = smimegw_identity_new_pair(key->data, key->size, passphrase, certs->data,
                                        certs->size, &identity, ret_error);
    assert_int_equal(ret == SMIMEGW_OK, identity != NULL);
    smimegw_identity_unref(identity);
    return ret;
}

static void two_files_make_an_identity(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(key_rows) / sizeof(key_rows[0]); i++) {
        struct sgw_buf key = pem_der(key_rows[i].file, key_rows[i].label);
        struct sgw_buf pem = as_pem(&key, key_rows[i].label);
        struct sgw_buf cert = pem_der(key_rows[i].cert, "CERTIFICATE");
        struct sgw_buf cert_pem = as_pem(&cert, "CERTIFICATE");
        struct sgw_buf pkcs7 = make_pkcs7(&cert, 1);
        const struct sgw_buf *const keys[] = {&key, &pem};
        const struct sgw_buf *const certs[] = {&cert, &cert_pem, &pkcs7};
        for (size_t pair = 0; pair < 6; pair++)
            assert_int_equal(
                try_pair(keys[pair % 2], key_rows[i].passphrase, certs[pair / 2], NULL),
                SMIMEGW_OK);
        struct smimegw_error *error = NULL;
        struct sgw_buf other = pem_der("alice.pem", "CERTIFICATE");
        int ret = try_pair(&key, key_rows[i].passphrase, &other, &error);
        assert_fails(ret, error, SMIMEGW_E_MISMATCH,
                     "does not belong to the certificate (CN=Test alice)");
        error = NULL;
        ret = smimegw_identity_new(key.data, key.size, key_rows[i].passphrase,
                                   &(struct smimegw_identity *){NULL}, &error);
        assert_fails(ret, error, SMIMEGW_E_KEY, "the file of its certificate is needed");
        sgw_buf_clear(&key);
        sgw_buf_clear(&pem);
        sgw_buf_clear(&cert);
        sgw_buf_clear(&cert_pem);
        sgw_buf_clear(&pkcs7);
        sgw_buf_clear(&other);
    }
}

static void pairs_are_checked(void **state)
{
    (void)state;
    struct sgw_buf key = pem_der("rsa2048-pkcs8.pem", "ENCRYPTED PRIVATE KEY");
    struct sgw_buf cert = pem_der("rsa2048.pem", "CERTIFICATE");
    struct smimegw_error *error = NULL;
    int ret = try_pair(&key, NULL, &cert, &error);
    assert_fails(ret, error, SMIMEGW_E_PASSPHRASE, "a passphrase is needed");
    error = NULL;
    ret = try_pair(&key, "wrong", &cert, &error);
    assert_fails(ret, error, SMIMEGW_E_PASSPHRASE, "the passphrase is wrong");
    error = NULL;
    ret = try_pair(&key, "secret", &key, &error);
    assert_fails(ret, error, SMIMEGW_E_KEY, "there is no certificate: this is a private key");
    struct smimegw_identity *identity = NULL;
    assert_int_equal(smimegw_identity_new_pair("", 0, NULL, NULL, 0, &identity, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_identity_new_pair(NULL, 1, NULL, "", 0, &identity, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_identity_new_pair("", 0, NULL, "", 0, NULL, NULL),
                     SMIMEGW_E_USAGE);
    sgw_buf_clear(&key);
    sgw_buf_clear(&cert);
}

/* AC-148: the public part fits the certificate, the private part does not fit the public. */
static void damaged_keys_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        const char *label;
        size_t at; /* a byte of the private part */
        const char *cert;
    } rows[] = {
        {"p256-sec1.pem", "EC PRIVATE KEY", 20, "p256.pem"},
        {"rsa2048-pkcs1.pem", "RSA PRIVATE KEY", 400, "rsa2048.pem"},
        {"p384-key.pem", "PRIVATE KEY", 60, "p384.pem"},
        {"rsa2048-key.pem", "PRIVATE KEY", 700, "rsa2048.pem"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_buf key = pem_der(rows[i].file, rows[i].label);
        struct sgw_buf cert = pem_der(rows[i].cert, "CERTIFICATE");
        struct smimegw_error *error = NULL;
        key.data[rows[i].at] ^= 0x04;
        int ret = try_pair(&key, NULL, &cert, &error);
        assert_fails(ret, error, SMIMEGW_E_KEY, "the private key");
        sgw_buf_clear(&key);
        sgw_buf_clear(&cert);
    }
}

static void large_keys_cost_nothing(void **state)
{
    (void)state;
    /* PKCS#1 with a modulus of half a million bits */
    struct sgw_der_out out = {0};
    struct sgw_buf cert = pem_der("rsa2048.pem", "CERTIFICATE");
    char *number = malloc(60000);
    memset(number, 0x55, 60000);
    sgw_out_number(&out, 0);
    for (int i = 0; i < 8; i++)
        sgw_out_put(&out, SGW_TAG_INTEGER, number, 60000);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    assert_int_equal(out.result, SMIMEGW_OK);
    struct smimegw_error *error = NULL;
    int ret = try_pair(&out.buf, NULL, &cert, &error);
    assert_fails(ret, error, SMIMEGW_E_LIMIT, "larger than 16384 bytes");
    sgw_out_clear(&out);
    sgw_buf_clear(&cert);
    free(number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_files_are_named),
        cmocka_unit_test(mixed_up_files_are_named),
        cmocka_unit_test(pkcs7_is_read),
        cmocka_unit_test(lists_have_a_limit),
        cmocka_unit_test(lists_are_all_or_nothing),
        cmocka_unit_test(pem_comes_back),
        cmocka_unit_test(two_files_make_an_identity),
        cmocka_unit_test(pairs_are_checked),
        cmocka_unit_test(damaged_keys_are_refused),
        cmocka_unit_test(large_keys_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
