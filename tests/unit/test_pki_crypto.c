/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/signature.h"
#include <gnutls/abstract.h>

#include "pki_data.h"

static const char text[] = "signed attributes, some hundred bytes at most";

static const struct {
    const char *file;
    enum sgw_signature_scheme scheme;
    enum sgw_hash_id hash;
    unsigned int salt_size;
    int result;
} make_rows[] = {
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, 0, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA384, 0, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA512, 0, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA1, 0, SMIMEGW_E_KEY},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PKCS1, SGW_HASH_NONE, 0, SMIMEGW_E_KEY},
    {"rsa3072-id.pem", SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, 0, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 20, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 0, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA384, 48, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA512, 64, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 222, SMIMEGW_OK},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 223, SMIMEGW_E_KEY},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, ~0U, SMIMEGW_E_KEY},
    {"rsa2048-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA1, 20, SMIMEGW_E_KEY},
    {"rsapss-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32, SMIMEGW_OK},
    {"rsapss-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA512, 64, SMIMEGW_OK},
    {"rsapss-bound-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32, SMIMEGW_OK},
    {"rsapss-bound-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 33, SMIMEGW_OK},
    {"rsapss-bound-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 31, SMIMEGW_E_KEY},
    {"rsapss-bound-id.pem", SGW_SCHEME_RSA_PSS, SGW_HASH_SHA512, 64, SMIMEGW_E_KEY},
    {"rsapss-id.pem", SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, 0, SMIMEGW_E_KEY},
    {"p256-id.pem", SGW_SCHEME_ECDSA, SGW_HASH_SHA256, 0, SMIMEGW_OK},
    {"p256-id.pem", SGW_SCHEME_ECDSA, SGW_HASH_SHA512, 0, SMIMEGW_OK},
    {"p384-id.pem", SGW_SCHEME_ECDSA, SGW_HASH_SHA384, 0, SMIMEGW_OK},
    {"p521-id.pem", SGW_SCHEME_ECDSA, SGW_HASH_SHA512, 0, SMIMEGW_OK},
    {"p521-id.pem", SGW_SCHEME_ECDSA, SGW_HASH_SHA256, 0, SMIMEGW_OK},
    {"p256-id.pem", SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, 0, SMIMEGW_E_KEY},
    {"ed25519-id.pem", SGW_SCHEME_ED25519, SGW_HASH_SHA512, 0, SMIMEGW_OK},
    {"ed25519-id.pem", SGW_SCHEME_ED25519, SGW_HASH_SHA256, 0, SMIMEGW_OK},
    {"ed25519-id.pem", SGW_SCHEME_ECDSA, SGW_HASH_SHA256, 0, SMIMEGW_E_KEY},
    {"x25519-id.pem", SGW_SCHEME_ED25519, SGW_HASH_NONE, 0, SMIMEGW_E_KEY},
    {"p256-id.pem", SGW_SCHEME_NONE, SGW_HASH_SHA256, 0, SMIMEGW_E_KEY},
};

/* Flip a bit of each octet, and cut and lengthen: nothing but the signature itself fits. */
static void assert_only_fits(const struct smimegw_cert *cert,
                             const struct sgw_signature_algorithm *algorithm,
                             struct sgw_buf *value)
{
    size_t size = value->size;
    size_t step = size > 80 ? 37 : 1;
    assert_int_equal(sgw_buf_append_byte(value, 0), SMIMEGW_OK);
    uint8_t *data = value->data;
    size_t length = sizeof(text);
    assert_int_equal(sgw_signature_check(cert, algorithm, text, length, data, size),
                     SMIMEGW_OK);
    for (size_t i = 0; i < size; i += step) {
        data[i] ^= 1;
        assert_int_equal(sgw_signature_check(cert, algorithm, text, length, data, size),
                         SMIMEGW_E_KEY);
        data[i] ^= 1;
    }
    assert_int_equal(sgw_signature_check(cert, algorithm, text, length, data, size + 1),
                     SMIMEGW_E_KEY);
    assert_int_equal(sgw_signature_check(cert, algorithm, text, length, data, size - 1),
                     SMIMEGW_E_KEY);
    assert_int_equal(sgw_signature_check(cert, algorithm, text, length, data, 0),
                     SMIMEGW_E_KEY);
    assert_int_equal(sgw_signature_check(cert, algorithm, text, length - 1, data, size),
                     SMIMEGW_E_KEY);
}

static void signatures_are_made_and_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(make_rows) / sizeof(make_rows[0]); i++) {
        struct smimegw_identity *identity = load_identity(make_rows[i].file, NULL);
        struct sgw_signature_algorithm algorithm = {make_rows[i].scheme, make_rows[i].hash,
                                                    make_rows[i].salt_size};
        struct sgw_buf value = SGW_BUF_INIT(0);
        int ret = sgw_signature_make(identity, &algorithm, text, sizeof(text), &value, NULL);
        if (ret != make_rows[i].result)
            fail_msg("row %zu: %d, not %d", i, ret, make_rows[i].result);
        if (ret == SMIMEGW_OK)
            assert_only_fits(identity->cert, &algorithm, &value);
        else
            assert_int_equal(value.size, 0);
        sgw_buf_clear(&value);
        smimegw_identity_unref(identity);
    }
}

static void signature_is_appended(void **state)
{
    (void)state;
    struct smimegw_identity *identity = load_identity("rsa2048-id.pem", NULL);
    struct smimegw_cert *other = load_cert("alice.pem");
    struct sgw_signature_algorithm algorithm = {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32};
    struct sgw_buf value = SGW_BUF_INIT(0);
    assert_int_equal(sgw_buf_append_text(&value, "abc"), SMIMEGW_OK);
    assert_int_equal(sgw_signature_make(identity, &algorithm, "", 0, &value, NULL),
                     SMIMEGW_OK);
    assert_int_equal(value.size, 3 + 256);
    assert_memory_equal(value.data, "abc", 3);
    assert_int_equal(
        sgw_signature_check(identity->cert, &algorithm, NULL, 0, value.data + 3, 256),
        SMIMEGW_OK);
    assert_int_equal(sgw_signature_check(other, &algorithm, NULL, 0, value.data + 3, 256),
                     SMIMEGW_E_KEY);
    /* another salt or hash is another signature */
    algorithm.salt_size = 31;
    assert_int_equal(
        sgw_signature_check(identity->cert, &algorithm, NULL, 0, value.data + 3, 256),
        SMIMEGW_E_KEY);
    algorithm.salt_size = 32;
    algorithm.hash = SGW_HASH_SHA384;
    assert_int_equal(
        sgw_signature_check(identity->cert, &algorithm, NULL, 0, value.data + 3, 256),
        SMIMEGW_E_KEY);
    /* GnuTLS reads PSS as made here */
    gnutls_datum_t data = {(unsigned char *)(uintptr_t) "", 0};
    gnutls_datum_t datum = {value.data + 3, 256};
    assert_true(gnutls_pubkey_verify_data2(identity->cert->pubkey, GNUTLS_SIGN_RSA_PSS_SHA256,
                                           0, &data, &datum) >= 0);
    sgw_buf_clear(&value);
    smimegw_cert_unref(other);
    smimegw_identity_unref(identity);
}

/* Weak ones can be checked, so that they can be called weak instead of wrong. */
static void weak_signatures_are_checked(void **state)
{
    (void)state;
    static const struct {
        enum sgw_hash_id hash;
        gnutls_sign_algorithm_t algorithm;
    } rows[] = {{SGW_HASH_MD5, GNUTLS_SIGN_RSA_MD5},
                {SGW_HASH_SHA1, GNUTLS_SIGN_RSA_SHA1},
                {SGW_HASH_SHA224, GNUTLS_SIGN_RSA_SHA224}};
    struct smimegw_identity *identity = load_identity("rsa2048-id.pem", NULL);
    for (size_t i = 0; i < 3; i++) {
        gnutls_datum_t data = {(unsigned char *)(uintptr_t)text, sizeof(text)};
        gnutls_datum_t value;
        struct sgw_signature_algorithm algorithm = {SGW_SCHEME_RSA_PKCS1, rows[i].hash, 0};
        assert_int_equal(
            gnutls_privkey_sign_data2(identity->key, rows[i].algorithm, 0, &data, &value), 0);
        assert_int_equal(sgw_signature_check(identity->cert, &algorithm, text, sizeof(text),
                                             value.data, value.size),
                         SMIMEGW_OK);
        value.data[9] ^= 1;
        assert_int_equal(sgw_signature_check(identity->cert, &algorithm, text, sizeof(text),
                                             value.data, value.size),
                         SMIMEGW_E_KEY);
        gnutls_free(value.data);
    }
    smimegw_identity_unref(identity);
}

enum { KEY_SIZE = 32 };
static const uint8_t cek[KEY_SIZE] = "0123456789abcdef0123456789abcde";

static const struct {
    enum sgw_hash_id hash; /* NONE: PKCS#1 v1.5 */
} transport_rows[] = {{SGW_HASH_NONE},   {SGW_HASH_SHA1},   {SGW_HASH_SHA224},
                      {SGW_HASH_SHA256}, {SGW_HASH_SHA384}, {SGW_HASH_SHA512}};

static int decrypt(struct smimegw_identity *identity, enum sgw_hash_id hash,
                   const uint8_t *data, size_t size, uint8_t *key, size_t key_size)
{
    return hash == SGW_HASH_NONE
               ? sgw_identity_decrypt_pkcs1(identity, data, size, key, key_size)
               : sgw_identity_decrypt_oaep(identity, hash, hash, data, size, key, key_size);
}

/* Anything wrong gives a key, of its own each time, and OK (RFC 3218). */
static void assert_random(struct smimegw_identity *identity, enum sgw_hash_id hash,
                          const uint8_t *data, size_t size, size_t key_size)
{
    uint8_t first[64] = {0};
    uint8_t second[64] = {0};
    assert_int_equal(decrypt(identity, hash, data, size, first, key_size), SMIMEGW_OK);
    assert_int_equal(decrypt(identity, hash, data, size, second, key_size), SMIMEGW_OK);
    assert_memory_not_equal(first, second, key_size);
    assert_memory_not_equal(first, cek, KEY_SIZE < key_size ? KEY_SIZE : key_size);
}

static void keys_are_transported(void **state)
{
    (void)state;
    struct smimegw_identity *identity = load_identity("rsa2048-id.pem", NULL);
    struct smimegw_identity *other = load_identity("alice-id.pem", NULL);
    for (size_t i = 0; i < sizeof(transport_rows) / sizeof(transport_rows[0]); i++) {
        enum sgw_hash_id hash = transport_rows[i].hash;
        struct sgw_buf data = SGW_BUF_INIT(0);
        uint8_t key[KEY_SIZE];
        int ret =
            hash == SGW_HASH_NONE
                ? sgw_cert_encrypt_pkcs1(identity->cert, cek, KEY_SIZE, &data, NULL)
                : sgw_cert_encrypt_oaep(identity->cert, hash, cek, KEY_SIZE, &data, NULL);
        assert_int_equal(ret, SMIMEGW_OK);
        assert_int_equal(data.size, 256);
        assert_int_equal(decrypt(identity, hash, data.data, data.size, key, KEY_SIZE),
                         SMIMEGW_OK);
        assert_memory_equal(key, cek, KEY_SIZE);
        assert_random(identity, hash, data.data, data.size, KEY_SIZE - 1);
        assert_random(identity, hash, data.data, data.size, KEY_SIZE + 1);
        assert_random(identity, hash, data.data, data.size - 1, KEY_SIZE);
        assert_random(identity, hash, data.data, 0, KEY_SIZE);
        assert_random(other, hash, data.data, data.size, KEY_SIZE);
        data.data[100] ^= 1;
        assert_random(identity, hash, data.data, data.size, KEY_SIZE);
        memset(data.data, 0xff, data.size); /* not below the modulus */
        assert_random(identity, hash, data.data, data.size, KEY_SIZE);
        memset(data.data, 0, data.size);
        assert_random(identity, hash, data.data, data.size, KEY_SIZE);
        sgw_buf_clear(&data);
    }
    smimegw_identity_unref(identity);
    smimegw_identity_unref(other);
}

static void transport_needs_rsa(void **state)
{
    (void)state;
    struct smimegw_identity *identity = load_identity("p256-id.pem", NULL);
    struct smimegw_cert *small = load_cert("rsa1024.pem");
    struct smimegw_cert *pss = load_cert("rsapss.pem");
    struct sgw_buf data = SGW_BUF_INIT(0);
    uint8_t key[KEY_SIZE];
    uint8_t large[200] = {0};
    assert_int_equal(sgw_identity_decrypt_pkcs1(identity, cek, 32, key, 32), SMIMEGW_E_USAGE);
    assert_int_equal(sgw_identity_decrypt_oaep(identity, SGW_HASH_SHA256, SGW_HASH_SHA256, cek,
                                               32, key, 32),
                     SMIMEGW_E_USAGE);
    assert_int_equal(sgw_cert_encrypt_pkcs1(identity->cert, cek, 32, &data, NULL),
                     SMIMEGW_E_RECIPIENT);
    assert_int_equal(sgw_cert_encrypt_pkcs1(pss, cek, 32, &data, NULL), SMIMEGW_E_RECIPIENT);
    assert_int_equal(sgw_cert_encrypt_oaep(pss, SGW_HASH_SHA256, cek, 32, &data, NULL),
                     SMIMEGW_E_RECIPIENT);
    assert_int_equal(sgw_cert_encrypt_pkcs1(small, large, 118, &data, NULL),
                     SMIMEGW_E_RECIPIENT);
    assert_int_equal(sgw_cert_encrypt_oaep(small, SGW_HASH_SHA512, cek, 32, &data, NULL),
                     SMIMEGW_E_RECIPIENT);
    assert_int_equal(sgw_cert_encrypt_oaep(small, SGW_HASH_NONE, cek, 32, &data, NULL),
                     SMIMEGW_E_RECIPIENT);
    assert_int_equal(data.size, 0);
    smimegw_cert_unref(small);
    smimegw_cert_unref(pss);
    smimegw_identity_unref(identity);
}

static void both_sides_agree(void **state)
{
    (void)state;
    static const char *const files[] = {"p256-id.pem", "p384-id.pem", "p521-id.pem",
                                        "x25519-id.pem"};
    for (size_t i = 0; i < 4; i++) {
        struct smimegw_identity *identity = load_identity(files[i], NULL);
        uint8_t point[SGW_EC_POINT_MAX + 1];
        uint8_t ours[SGW_ECDH_SECRET_MAX];
        uint8_t theirs[SGW_ECDH_SECRET_MAX];
        size_t point_size;
        size_t ours_size;
        size_t theirs_size;
        assert_int_equal(sgw_cert_derive_ephemeral(identity->cert, point, &point_size, ours,
                                                   &ours_size, NULL),
                         SMIMEGW_OK);
        assert_int_equal(point_size, identity->cert->point_size);
        assert_int_equal(
            sgw_identity_derive(identity, point, point_size, theirs, &theirs_size),
            SMIMEGW_OK);
        assert_int_equal(ours_size, theirs_size);
        assert_memory_equal(ours, theirs, ours_size);
        /* other sizes, and points that are none */
        for (size_t size = 0; size <= point_size + 1; size++)
            if (size != point_size)
                assert_int_equal(
                    sgw_identity_derive(identity, point, size, theirs, &theirs_size),
                    SMIMEGW_E_DECRYPT);
        if (identity->key != NULL) {
            for (uint8_t form = 0; form < 8; form++) {
                point[0] = form;
                assert_int_equal(
                    sgw_identity_derive(identity, point, point_size, theirs, &theirs_size),
                    form == 4 ? SMIMEGW_OK : SMIMEGW_E_DECRYPT);
            }
            point[0] = 4;
            point[point_size - 1] ^= 1;
        } else {
            memset(point, 0, point_size);
        }
        assert_int_equal(
            sgw_identity_derive(identity, point, point_size, theirs, &theirs_size),
            SMIMEGW_E_DECRYPT);
        memset(point + 1, 0, sizeof(point) - 1);
        assert_int_equal(
            sgw_identity_derive(identity, point, point_size, theirs, &theirs_size),
            SMIMEGW_E_DECRYPT);
        smimegw_identity_unref(identity);
    }
    struct smimegw_identity *rsa = load_identity("rsa2048-id.pem", NULL);
    uint8_t room[SGW_EC_POINT_MAX];
    size_t size;
    assert_int_equal(sgw_identity_derive(rsa, room, 65, room, &size), SMIMEGW_E_USAGE);
    assert_int_equal(sgw_cert_derive_ephemeral(rsa->cert, room, &size, room, &size, NULL),
                     SMIMEGW_E_RECIPIENT);
    smimegw_identity_unref(rsa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_made_and_checked),
        cmocka_unit_test(signature_is_appended),
        cmocka_unit_test(weak_signatures_are_checked),
        cmocka_unit_test(keys_are_transported),
        cmocka_unit_test(transport_needs_rsa),
        cmocka_unit_test(both_sides_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
