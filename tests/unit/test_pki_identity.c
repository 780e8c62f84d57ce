/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki_maker.h"

static const struct {
    const char *file;
    const char *passphrase;
    const char *key;
    size_t scalar_size;
} good_rows[] = {
    {"rsa2048-id.pem", NULL, "RSA-2048", 0},
    {"rsa3072-id.pem", NULL, "RSA-3072", 0},
    {"rsa1024-id.pem", NULL, "RSA-1024", 0},
    {"rsapss-id.pem", NULL, "RSA-PSS-2048", 0},
    {"p256-id.pem", NULL, "P-256", 32},
    {"p384-id.pem", NULL, "P-384", 48},
    {"p521-id.pem", NULL, "P-521", 66},
    {"ed25519-id.pem", NULL, "Ed25519", 0},
    {"x25519-id.pem", NULL, "X25519", 32},
    {"rsa2048.p12", "secret", "RSA-2048", 0},
    {"rsa2048-legacy.p12", "secret", "RSA-2048", 0},
    {"p256.p12", "secret", "P-256", 32},
    {"p256-legacy.p12", "secret", "P-256", 32},
    {"ed25519.p12", "secret", "Ed25519", 0},
    {"ed25519-legacy.p12", "secret", "Ed25519", 0},
    {"rsa2048-pkcs8.pem", "secret", "RSA-2048", 0},
    {"rsa2048-pkcs1.pem", NULL, "RSA-2048", 0},
    {"rsa2048-pkcs1-secret.pem", "secret", "RSA-2048", 0},
    {"p256-sec1.pem", NULL, "P-256", 32},
    {"x25519-pkcs8.pem", "secret", "X25519", 32},
};

static void good_files_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good_rows) / sizeof(good_rows[0]); i++) {
        struct smimegw_identity *identity =
            load_identity(good_rows[i].file, good_rows[i].passphrase);
        struct smimegw_cert *cert = smimegw_identity_cert(identity);
        assert_string_equal(smimegw_cert_text(cert, SMIMEGW_CERT_KEY), good_rows[i].key);
        assert_int_equal(identity->scalar_size, good_rows[i].scalar_size);
        /* the root, which the PKCS#12 files hold, is left out */
        assert_int_equal(identity->chain.count, 1);
        assert_string_equal(smimegw_cert_text(identity->chain.certs[0], SMIMEGW_CERT_SUBJECT),
                            "CN=Test intermediate");
        assert_int_equal(identity->key == NULL, cert->key_type == SGW_KEY_X25519);
        smimegw_identity_unref(identity);
    }
}

static void assert_refused(const void *data, size_t size, const char *passphrase, int code,
                           const char *words)
{
    struct smimegw_identity *identity = NULL;
    struct smimegw_error *error = NULL;
    int ret = smimegw_identity_new(data, size, passphrase, &identity, &error);
    assert_null(identity);
    if (ret != code || strstr(smimegw_error_text(error), words) == NULL)
        fail_msg("%d, \"%s\"; expected %d, \"%s\"", ret, smimegw_error_text(error), code,
                 words);
    smimegw_error_free(error);
}

static const struct {
    const char *file;
    const char *passphrase;
    int code;
    const char *words;
} bad_rows[] = {
    {"rsa2048.p12", "wrong", SMIMEGW_E_PASSPHRASE, "passphrase is wrong"},
    {"rsa2048.p12", "", SMIMEGW_E_PASSPHRASE, "passphrase is wrong"},
    {"rsa2048.p12", NULL, SMIMEGW_E_PASSPHRASE, "passphrase is needed"},
    {"rsa2048-legacy.p12", "Secret", SMIMEGW_E_PASSPHRASE, "passphrase is wrong"},
    {"rsa2048-pkcs8.pem", "wrong", SMIMEGW_E_PASSPHRASE, "passphrase is wrong"},
    {"rsa2048-pkcs8.pem", "", SMIMEGW_E_PASSPHRASE, "passphrase is wrong"},
    {"rsa2048-pkcs8.pem", NULL, SMIMEGW_E_PASSPHRASE, "passphrase is needed"},
    {"rsa2048-pkcs1-secret.pem", "wrong", SMIMEGW_E_PASSPHRASE, "passphrase is wrong"},
    {"rsa2048-pkcs1-secret.pem", NULL, SMIMEGW_E_PASSPHRASE, "passphrase is needed"},
    {"x25519-pkcs8.pem", "wrong", SMIMEGW_E_PASSPHRASE, "passphrase is wrong"},
    {"rsa2048.pem", NULL, SMIMEGW_E_KEY, "no private key"},
    {"rsa2048-key.pem", NULL, SMIMEGW_E_KEY, "no certificate"},
};

static void bad_files_say_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
        struct file file = read_key_file(bad_rows[i].file);
        assert_refused(file.data, file.size, bad_rows[i].passphrase, bad_rows[i].code,
                       bad_rows[i].words);
        free(file.data);
    }
    assert_refused(NULL, 0, NULL, SMIMEGW_E_KEY, "no private key");
    assert_refused("hello", 5, NULL, SMIMEGW_E_KEY, "no private key");
    struct smimegw_cert *cert = load_cert("rsa2048.pem");
    assert_refused(cert->der.data, cert->der.size, NULL, SMIMEGW_E_KEY,
                   "this is a certificate without its key");
    smimegw_cert_unref(cert);
    void *large = calloc(2, 1 << 20);
    assert_refused(large, (1 << 20) + 1, NULL, SMIMEGW_E_LIMIT, "larger");
    free(large);
    assert_refused(NULL, 1, NULL, SMIMEGW_E_USAGE, "");
    assert_int_equal(smimegw_identity_new("", 0, NULL, NULL, NULL), SMIMEGW_E_USAGE);
}

/* Files put together from pieces; the caller frees. */
static struct file join(const char *const *names, size_t count)
{
    struct file all = {malloc(1 << 20), 0};
    for (size_t i = 0; i < count; i++) {
        struct file piece = read_key_file(names[i]);
        memcpy(all.data + all.size, piece.data, piece.size);
        all.size += piece.size;
        free(piece.data);
    }
    return all;
}

static void order_does_not_matter(void **state)
{
    (void)state;
    const char *const names[] = {"root.pem", "alice.pem", "intermediate.pem",
                                 "rsa2048-key.pem", "rsa2048.pem"};
    struct file file = join(names, 5);
    struct smimegw_identity *identity = NULL;
    assert_int_equal(smimegw_identity_new(file.data, file.size, NULL, &identity, NULL),
                     SMIMEGW_OK);
    assert_string_equal(smimegw_cert_text(identity->cert, SMIMEGW_CERT_SUBJECT),
                        "CN=Test rsa2048");
    assert_int_equal(identity->chain.count, 1);
    smimegw_identity_unref(identity);
    free(file.data);
}

static void pieces_must_fit(void **state)
{
    (void)state;
    const char *const strangers[] = {"alice-key.pem", "rsa2048.pem", "p256.pem", "root.pem"};
    struct file file = join(strangers, 4);
    assert_refused(file.data, file.size, NULL, SMIMEGW_E_MISMATCH,
                   "none of the 3 certificates");
    free(file.data);
    file = join(strangers, 2);
    assert_refused(file.data, file.size, NULL, SMIMEGW_E_MISMATCH,
                   "not belong to the certificate");
    free(file.data);
    const char *const two_keys[] = {"alice-key.pem", "rsa2048-key.pem", "rsa2048.pem"};
    file = join(two_keys, 3);
    assert_refused(file.data, file.size, NULL, SMIMEGW_E_KEY, "holds 2 private keys");
    free(file.data);
}

static void lone_self_signed_is_an_identity(void **state)
{
    (void)state;
    struct smimegw_identity *identity = load_identity("self-signed-id.pem", NULL);
    assert_int_equal(identity->chain.count, 0);
    struct smimegw_identity *again = smimegw_identity_ref(identity);
    smimegw_identity_unref(identity);
    assert_ptr_equal(again, identity);
    smimegw_identity_unref(again);
    smimegw_identity_unref(NULL);
    assert_null(smimegw_identity_ref(NULL));
    assert_null(smimegw_identity_cert(NULL));
}

/* Of two certificates for the key the one that lasts longer is meant. */
static void renewal_wins(void **state)
{
    (void)state;
    gnutls_x509_privkey_t key = make_ec_key();
    struct recipe recipe = {.name = "Old", .path_length = -1, .not_after = TEST_TIME};
    struct smimegw_cert *old = make_cert(&recipe, key, key);
    recipe.name = "New";
    recipe.not_after = TEST_TIME + 1;
    struct smimegw_cert *new = make_cert(&recipe, key, key);
    gnutls_datum_t text = {0};
    char *file = calloc(1, 1 << 16);
    const struct smimegw_cert *certs[] = {old, new, old};
    gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text);
    size_t size = (size_t)sprintf(file, "%s", text.data);
    gnutls_free(text.data);
    for (size_t i = 0; i < 3; i++) {
        gnutls_x509_crt_export2(certs[i]->crt, GNUTLS_X509_FMT_PEM, &text);
        size += (size_t)sprintf(file + size, "%s", text.data);
        gnutls_free(text.data);
    }
    struct smimegw_identity *identity = NULL;
    assert_int_equal(smimegw_identity_new(file, size, NULL, &identity, NULL), SMIMEGW_OK);
    assert_true(sgw_cert_is_same(identity->cert, new));
    smimegw_identity_unref(identity);
    free(file);
    smimegw_cert_unref(old);
    smimegw_cert_unref(new);
    gnutls_x509_privkey_deinit(key);
}

/* Damage ends in a refusal, or is where it makes no difference. */
static void damaged_pkcs12_is_survived(void **state)
{
    (void)state;
    struct file file = read_key_file("ed25519-legacy.p12");
    for (size_t i = 0; i < file.size; i += 7) {
        struct smimegw_identity *identity = NULL;
        file.data[i] ^= 0x10;
        int ret = smimegw_identity_new(file.data, file.size, "secret", &identity, NULL);
        assert_true(ret == SMIMEGW_OK || ret == SMIMEGW_E_KEY || ret == SMIMEGW_E_PASSPHRASE);
        assert_int_equal(ret == SMIMEGW_OK, identity != NULL);
        smimegw_identity_unref(identity);
        file.data[i] ^= 0x10;
    }
    for (size_t i = 0; i < file.size; i += 13) {
        struct smimegw_identity *identity = NULL;
        assert_int_not_equal(smimegw_identity_new(file.data, i, "secret", &identity, NULL),
                             SMIMEGW_OK);
    }
    free(file.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_are_read),
        cmocka_unit_test(bad_files_say_why),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(pieces_must_fit),
        cmocka_unit_test(lone_self_signed_is_an_identity),
        cmocka_unit_test(renewal_wins),
        cmocka_unit_test(damaged_pkcs12_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
