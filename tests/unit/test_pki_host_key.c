/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/signature.h"
#include "pki_data.h"

#include "openssl_engine.h"

static const char text[] = "signed attributes, some hundred bytes at most";

/* An identity by the engine, with the certificates of name-id.pem, and a key of its own. */
static struct smimegw_identity *make_identity(struct engine *engine, const char *name)
{
    struct smimegw_identity *identity = NULL;
    struct smimegw_error *error = NULL;
    char file_name[64];
    engine_load(engine, name);
    assert_non_null(engine->key);
    snprintf(file_name, sizeof(file_name), "%s-id.pem", name);
    struct file certs = read_key_file(file_name);
    if (smimegw_identity_new_functions(certs.data, certs.size, &engine_functions, engine,
                                       &identity, &error) != SMIMEGW_OK)
        fail_msg("%s: %s", name, smimegw_error_text(error));
    free(certs.data);
    return identity;
}

static void drop_identity(struct engine *engine, struct smimegw_identity *identity)
{
    smimegw_identity_unref(identity);
    assert_int_equal(engine->releases, 1);
    engine_clear(engine);
}

static const struct {
    const char *name;
    struct sgw_signature_algorithm algorithm;
    const char *asked;
    int result;
} sign_rows[] = {
    {"rsa2048", {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, 0}, "rsa-sha256", SMIMEGW_OK},
    {"rsa2048", {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA384, 0}, "rsa-sha384", SMIMEGW_OK},
    {"rsa3072", {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA512, 0}, "rsa-sha512", SMIMEGW_OK},
    {"rsa2048", {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32}, "rsa-pss-sha256", SMIMEGW_OK},
    {"rsa2048", {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA384, 48}, "rsa-pss-sha384", SMIMEGW_OK},
    {"rsapss", {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA512, 64}, "rsa-pss-sha512", SMIMEGW_OK},
    {"rsapss-bound", {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32}, "rsa-pss-sha256", SMIMEGW_OK},
    {"p256", {SGW_SCHEME_ECDSA, SGW_HASH_SHA256, 0}, "ecdsa-sha256", SMIMEGW_OK},
    {"p384", {SGW_SCHEME_ECDSA, SGW_HASH_SHA384, 0}, "ecdsa-sha384", SMIMEGW_OK},
    {"p521", {SGW_SCHEME_ECDSA, SGW_HASH_SHA512, 0}, "ecdsa-sha512", SMIMEGW_OK},
    {"ed25519", {SGW_SCHEME_ED25519, SGW_HASH_NONE, 0}, "ed25519", SMIMEGW_OK},
    /* nothing that the engine would be asked for */
    {"rsa2048", {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA1, 0}, "", SMIMEGW_E_KEY},
    {"rsa2048", {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 20}, "", SMIMEGW_E_UNSUPPORTED},
    {"rsa2048", {SGW_SCHEME_ECDSA, SGW_HASH_SHA256, 0}, "", SMIMEGW_E_KEY},
    {"rsapss-bound", {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA512, 64}, "", SMIMEGW_E_KEY},
    {"rsapss", {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, 0}, "", SMIMEGW_E_KEY},
    {"x25519", {SGW_SCHEME_ED25519, SGW_HASH_NONE, 0}, "", SMIMEGW_E_KEY},
};

static void engines_sign(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sign_rows) / sizeof(sign_rows[0]); i++) {
        struct engine engine;
        struct sgw_buf signature = SGW_BUF_INIT(0);
        struct smimegw_identity *identity = make_identity(&engine, sign_rows[i].name);
        int ret = sgw_signature_make(identity, &sign_rows[i].algorithm, text, sizeof(text),
                                     &signature, NULL);
        if (ret != sign_rows[i].result)
            fail_msg("row %zu: %d", i, ret);
        assert_string_equal(engine.algorithm, sign_rows[i].asked);
        assert_int_equal(engine.digest_differs, 0);
        if (ret == SMIMEGW_OK)
            assert_int_equal(sgw_signature_check(identity->cert, &sign_rows[i].algorithm, text,
                                                 sizeof(text), signature.data, signature.size),
                             SMIMEGW_OK);
        sgw_buf_clear(&signature);
        drop_identity(&engine, identity);
    }
}

/* What each way of an engine makes of a signature, a decryption and a derivation. */
static const struct {
    enum manner manner;
    int sign;
    int decrypt;
    bool is_decrypted;
    int derive;
} manners[] = {
    {ENGINE_GOOD, SMIMEGW_OK, SMIMEGW_OK, true, SMIMEGW_OK},
    {ENGINE_BY_BYTES, SMIMEGW_OK, SMIMEGW_OK, true, SMIMEGW_OK},
    {ENGINE_NOTHING, SMIMEGW_E_CRYPTO, SMIMEGW_OK, false, SMIMEGW_E_DECRYPT},
    {ENGINE_GARBAGE, SMIMEGW_E_CRYPTO, SMIMEGW_OK, false, SMIMEGW_OK},
    {ENGINE_SHORT, SMIMEGW_E_CRYPTO, SMIMEGW_OK, false, SMIMEGW_E_DECRYPT},
    {ENGINE_LONG, SMIMEGW_E_CRYPTO, SMIMEGW_OK, false, SMIMEGW_E_DECRYPT},
    {ENGINE_TWICE, SMIMEGW_E_CRYPTO, SMIMEGW_OK, false, SMIMEGW_E_DECRYPT},
    {ENGINE_FLOOD, SMIMEGW_E_CRYPTO, SMIMEGW_OK, false, SMIMEGW_E_DECRYPT},
    {ENGINE_NEGATIVE, SMIMEGW_E_IO, SMIMEGW_OK, false, SMIMEGW_E_IO},
    {ENGINE_NONSENSE, SMIMEGW_E_IO, SMIMEGW_OK, false, SMIMEGW_E_IO},
    {ENGINE_POSITIVE, SMIMEGW_E_IO, SMIMEGW_OK, false, SMIMEGW_E_IO},
    {ENGINE_WRITE_THEN_FAIL, SMIMEGW_E_IO, SMIMEGW_E_IO, false, SMIMEGW_E_IO},
    {ENGINE_UNSUPPORTED, SMIMEGW_E_UNSUPPORTED, SMIMEGW_OK, false, SMIMEGW_E_DECRYPT},
    {ENGINE_DECRYPT, SMIMEGW_E_IO, SMIMEGW_OK, false, SMIMEGW_E_DECRYPT},
    {ENGINE_WRITE_THEN_DECRYPT, SMIMEGW_E_IO, SMIMEGW_OK, false, SMIMEGW_E_DECRYPT},
};
enum { MANNERS = sizeof(manners) / sizeof(manners[0]) };

static void odd_signatures_do_not_leave(void **state)
{
    static const struct {
        const char *name;
        struct sgw_signature_algorithm algorithm;
    } keys[] = {
        {"rsa2048", {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, 0}},
        {"rsa2048", {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32}},
        {"p256", {SGW_SCHEME_ECDSA, SGW_HASH_SHA256, 0}},
        {"ed25519", {SGW_SCHEME_ED25519, SGW_HASH_NONE, 0}},
    };
    (void)state;
    for (size_t i = 0; i < MANNERS * sizeof(keys) / sizeof(keys[0]); i++) {
        struct engine engine;
        struct smimegw_error *error = NULL;
        struct sgw_buf signature = SGW_BUF_INIT(0);
        size_t row = i % MANNERS;
        struct smimegw_identity *identity = make_identity(&engine, keys[i / MANNERS].name);
        engine.manner = manners[row].manner;
        assert_int_equal(sgw_buf_append_text(&signature, "before"), SMIMEGW_OK);
        int ret = sgw_signature_make(identity, &keys[i / MANNERS].algorithm, text,
                                     sizeof(text), &signature, &error);
        if (ret != manners[row].sign)
            fail_msg("manner %d: %d, %s", engine.manner, ret, smimegw_error_text(error));
        assert_int_equal(engine.calls, 1);
        assert_int_equal(error != NULL, ret < 0);
        if (ret < 0)
            assert_int_equal(signature.size, strlen("before"));
        smimegw_error_free(error);
        sgw_buf_clear(&signature);
        drop_identity(&engine, identity);
    }
}

static void encrypt_for(const struct smimegw_identity *identity, enum sgw_hash_id hash,
                        const uint8_t key[16], struct sgw_buf *ret_data)
{
    int ret = hash == SGW_HASH_NONE
                  ? sgw_cert_encrypt_pkcs1(identity->cert, key, 16, ret_data, NULL)
                  : sgw_cert_encrypt_oaep(identity->cert, hash, key, 16, ret_data, NULL);
    assert_int_equal(ret, SMIMEGW_OK);
}

static int decrypt_by(struct smimegw_identity *identity, enum sgw_hash_id hash,
                      const struct sgw_buf *data, uint8_t *out, size_t size)
{
    return hash == SGW_HASH_NONE
               ? sgw_identity_decrypt_pkcs1(identity, data->data, data->size, out, size)
               : sgw_identity_decrypt_oaep(identity, hash, hash, data->data, data->size, out,
                                           size);
}

static const struct {
    enum sgw_hash_id hash;
    const char *asked;
} transports[] = {
    {SGW_HASH_NONE, "rsa-pkcs1"},         {SGW_HASH_SHA1, "rsa-oaep-sha1"},
    {SGW_HASH_SHA224, "rsa-oaep-sha224"}, {SGW_HASH_SHA256, "rsa-oaep-sha256"},
    {SGW_HASH_SHA384, "rsa-oaep-sha384"}, {SGW_HASH_SHA512, "rsa-oaep-sha512"},
};

static void engines_decrypt_or_nobody_can_tell(void **state)
{
    static const uint8_t key[16] = "0123456789abcde";
    (void)state;
    for (size_t i = 0; i < MANNERS * sizeof(transports) / sizeof(transports[0]); i++) {
        struct engine engine;
        struct sgw_buf data = SGW_BUF_INIT(0);
        size_t row = i % MANNERS;
        uint8_t out[16];
        uint8_t again[16];
        enum sgw_hash_id hash = transports[i / MANNERS].hash;
        struct smimegw_identity *identity = make_identity(&engine, "rsa2048");
        engine.manner = manners[row].manner;
        encrypt_for(identity, hash, key, &data);
        int ret = decrypt_by(identity, hash, &data, out, sizeof(out));
        if (ret != manners[row].decrypt)
            fail_msg("manner %d: %d", engine.manner, ret);
        assert_string_equal(engine.algorithm, transports[i / MANNERS].asked);
        if (ret == SMIMEGW_OK)
            assert_int_equal(memcmp(out, key, 16) == 0, manners[row].is_decrypted);
        /* what stands in is random, not a constant nor what the engine wrote */
        if (ret == SMIMEGW_OK && !manners[row].is_decrypted &&
            engine.manner != ENGINE_GARBAGE) {
            decrypt_by(identity, hash, &data, again, sizeof(again));
            assert_memory_not_equal(out, again, sizeof(out));
        }
        sgw_buf_clear(&data);
        drop_identity(&engine, identity);
    }
}

static void odd_ciphertexts_give_random_keys(void **state)
{
    static const uint8_t key[16] = "0123456789abcde";
    struct engine engine;
    struct sgw_buf data = SGW_BUF_INIT(0);
    uint8_t out[32];
    (void)state;
    struct smimegw_identity *identity = make_identity(&engine, "rsa2048");
    encrypt_for(identity, SGW_HASH_NONE, key, &data);
    /* a key of another size */
    assert_int_equal(decrypt_by(identity, SGW_HASH_NONE, &data, out, 32), SMIMEGW_OK);
    assert_memory_not_equal(out, key, 16);
    /* no RSA at all, whatever OpenSSL thinks of it */
    data.data[9] ^= 1;
    assert_int_equal(decrypt_by(identity, SGW_HASH_NONE, &data, out, 16), SMIMEGW_OK);
    assert_memory_not_equal(out, key, 16);
    /* of the wrong size: not asked */
    engine.calls = 0;
    assert_int_equal(sgw_identity_decrypt_pkcs1(identity, data.data, 255, out, 16),
                     SMIMEGW_OK);
    assert_int_equal(sgw_buf_append(&data, "", 1), SMIMEGW_OK);
    memset(out, 0, sizeof(out));
    assert_int_equal(decrypt_by(identity, SGW_HASH_NONE, &data, out, 16), SMIMEGW_OK);
    assert_memory_not_equal(out, (uint8_t[16]){0}, 16);
    assert_int_equal(engine.calls, 0);
    sgw_buf_truncate(&data, 0);
    encrypt_for(identity, SGW_HASH_SHA256, key, &data);
    engine.calls = 0;
    /* of the wrong size, or with an MGF1 that a host has no name for: not asked */
    assert_int_equal(sgw_identity_decrypt_oaep(identity, SGW_HASH_SHA256, SGW_HASH_SHA256,
                                               data.data, 255, out, 16),
                     SMIMEGW_OK);
    assert_int_equal(sgw_identity_decrypt_oaep(identity, SGW_HASH_SHA256, SGW_HASH_SHA1,
                                               data.data, 256, out, 16),
                     SMIMEGW_OK);
    assert_memory_not_equal(out, key, 16);
    assert_int_equal(engine.calls, 0);
    sgw_buf_clear(&data);
    drop_identity(&engine, identity);
}

static void engines_derive(void **state)
{
    static const struct {
        const char *name;
        const char *asked;
    } keys[] = {
        {"p256", "ecdh-p256"},
        {"p384", "ecdh-p384"},
        {"p521", "ecdh-p521"},
        {"x25519", "x25519"},
    };
    (void)state;
    for (size_t i = 0; i < MANNERS * sizeof(keys) / sizeof(keys[0]); i++) {
        struct engine engine;
        uint8_t point[SGW_EC_POINT_MAX];
        uint8_t secret[SGW_ECDH_SECRET_MAX];
        uint8_t ours[SGW_ECDH_SECRET_MAX];
        size_t point_size;
        size_t size;
        size_t our_size = 0;
        size_t row = i % MANNERS;
        struct smimegw_identity *identity = make_identity(&engine, keys[i / MANNERS].name);
        engine.manner = manners[row].manner;
        assert_int_equal(
            sgw_cert_derive_ephemeral(identity->cert, point, &point_size, secret, &size, NULL),
            SMIMEGW_OK);
        int ret = sgw_identity_derive(identity, point, point_size, ours, &our_size);
        if (ret != manners[row].derive)
            fail_msg("manner %d: %d", engine.manner, ret);
        assert_string_equal(engine.algorithm, keys[i / MANNERS].asked);
        if (ret == SMIMEGW_OK) {
            assert_int_equal(our_size, size);
            assert_int_equal(memcmp(ours, secret, size) == 0, manners[row].is_decrypted);
        }
        drop_identity(&engine, identity);
    }
}

/* An answer of zeros: X25519 of a point of low order. */
static int answer_zeros(void *userdata, const struct smimegw_key_request *request,
                        struct smimegw_buffer *result)
{
    static const uint8_t zeros[32];
    (void)userdata;
    (void)request;
    return smimegw_buffer_write(result, zeros, sizeof(zeros));
}

static void bad_points_do_not_reach_the_engine(void **state)
{
    struct engine engine;
    uint8_t point[SGW_EC_POINT_MAX];
    uint8_t secret[SGW_ECDH_SECRET_MAX];
    size_t point_size;
    size_t size;
    (void)state;
    struct smimegw_identity *identity = make_identity(&engine, "p256");
    assert_int_equal(
        sgw_cert_derive_ephemeral(identity->cert, point, &point_size, secret, &size, NULL),
        SMIMEGW_OK);
    assert_int_equal(sgw_identity_derive(identity, point, point_size - 1, secret, &size),
                     SMIMEGW_E_DECRYPT);
    point[40] ^= 1;
    assert_int_equal(sgw_identity_derive(identity, point, point_size, secret, &size),
                     SMIMEGW_E_DECRYPT);
    assert_int_equal(engine.calls, 0);
    drop_identity(&engine, identity);
    identity = make_identity(&engine, "x25519");
    assert_int_equal(sgw_identity_derive(identity, point, 31, secret, &size),
                     SMIMEGW_E_DECRYPT);
    assert_int_equal(engine.calls, 0);
    drop_identity(&engine, identity);
    const struct smimegw_key_functions zeros = {.size = sizeof(zeros), .derive = answer_zeros};
    struct file certs = read_key_file("x25519.pem");
    assert_int_equal(
        smimegw_identity_new_functions(certs.data, certs.size, &zeros, NULL, &identity, NULL),
        SMIMEGW_OK);
    assert_int_equal(sgw_identity_derive(identity, point, 32, secret, &size),
                     SMIMEGW_E_DECRYPT);
    smimegw_identity_unref(identity);
    free(certs.data);
}

/* The engine signs a certificate request for GnuTLS. */
static int sign_request(struct smimegw_identity *identity, gnutls_digest_algorithm_t digest)
{
    gnutls_x509_crq_t request;
    assert_int_equal(gnutls_x509_crq_init(&request), 0);
    assert_int_equal(gnutls_x509_crq_set_version(request, 1), 0);
    assert_int_equal(gnutls_x509_crq_set_dn(request, "CN=engine", NULL), 0);
    assert_int_equal(gnutls_x509_crq_set_pubkey(request, identity->cert->pubkey), 0);
    int ret = gnutls_x509_crq_privkey_sign(request, identity->key, digest, 0);
    if (ret == 0)
        assert_int_equal(gnutls_x509_crq_verify(request, 0), 0);
    gnutls_x509_crq_deinit(request);
    return ret;
}

static void engines_sign_requests(void **state)
{
    static const struct {
        const char *name;
        gnutls_digest_algorithm_t digest;
        const char *asked;
    } keys[] = {
        {"rsa2048", GNUTLS_DIG_SHA256, "rsa-sha256"},
        {"rsa3072", GNUTLS_DIG_SHA512, "rsa-sha512"},
        {"p256", GNUTLS_DIG_SHA256, "ecdsa-sha256"},
        {"p384", GNUTLS_DIG_SHA384, "ecdsa-sha384"},
        {"ed25519", GNUTLS_DIG_SHA512, "ed25519"},
        {"rsapss", GNUTLS_DIG_SHA256, "rsa-pss-sha256"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct engine engine;
        struct smimegw_identity *identity = make_identity(&engine, keys[i].name);
        int ret = sign_request(identity, keys[i].digest);
        if (ret < 0)
            fail_msg("%s: %s", keys[i].name, gnutls_strerror(ret));
        assert_string_equal(engine.algorithm, keys[i].asked);
        for (size_t k = 0; k < MANNERS; k++) {
            engine.manner = manners[k].manner;
            assert_int_equal(sign_request(identity, keys[i].digest) == 0,
                             manners[k].sign == SMIMEGW_OK);
        }
        /* GnuTLS leaks where it has no name for the pair itself */
        if (i < 4)
            assert_true(sign_request(identity, GNUTLS_DIG_SHA1) < 0);
        drop_identity(&engine, identity);
    }
}

/* --- the table and the certificates --------------------------------------------------------
 */

struct larger_functions {
    struct smimegw_key_functions known;
    void *unknown;
};

static int make_by(const void *functions, struct engine *engine,
                   struct smimegw_identity **ret_identity)
{
    struct file certs = read_key_file("rsa2048-id.pem");
    *ret_identity = NULL;
    int ret = smimegw_identity_new_functions(certs.data, certs.size, functions, engine,
                                             ret_identity, NULL);
    free(certs.data);
    return ret;
}

static void tables_of_other_sizes(void **state)
{
    struct engine engine;
    struct smimegw_identity *identity;
    uint8_t out[16] = {0};
    (void)state;
    engine_load(&engine, "rsa2048");
    struct larger_functions larger = {engine_functions, NULL};
    larger.known.size = sizeof(larger);
    assert_int_equal(make_by(&larger, &engine, &identity), SMIMEGW_OK);
    smimegw_identity_unref(identity);
    larger.unknown = &larger;
    assert_int_equal(make_by(&larger, &engine, &identity), SMIMEGW_E_ABI);
    /* a host that knows of signing only: what lies behind is not looked at */
    struct smimegw_key_functions smaller = engine_functions;
    smaller.size = offsetof(struct smimegw_key_functions, decrypt);
    assert_int_equal(make_by(&smaller, &engine, &identity), SMIMEGW_OK);
    engine.calls = 0;
    struct sgw_buf data = SGW_BUF_INIT(0);
    encrypt_for(identity, SGW_HASH_NONE, out, &data);
    assert_int_equal(decrypt_by(identity, SGW_HASH_NONE, &data, out, 16), SMIMEGW_OK);
    assert_int_equal(engine.calls, 0);
    smimegw_identity_unref(identity);
    sgw_buf_clear(&data);
    smaller.size = offsetof(struct smimegw_key_functions, sign);
    assert_int_equal(make_by(&smaller, &engine, &identity), SMIMEGW_E_USAGE);
    smaller.size = 0;
    assert_int_equal(make_by(&smaller, &engine, &identity), SMIMEGW_E_USAGE);
    const struct smimegw_key_functions none = {.size = sizeof(none),
                                               .release = engine_release};
    assert_int_equal(make_by(&none, &engine, &identity), SMIMEGW_E_USAGE);
    /* the larger one only: the smaller had no release */
    assert_int_equal(engine.releases, 1);
    engine_clear(&engine);
}

static void missing_functions(void **state)
{
    const struct smimegw_key_functions decrypts = {.size = sizeof(decrypts),
                                                   .decrypt = engine_decrypt};
    const struct sgw_signature_algorithm algorithm = {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256,
                                                      0};
    struct sgw_buf signature = SGW_BUF_INIT(0);
    struct smimegw_identity *identity;
    (void)state;
    assert_int_equal(make_by(&decrypts, NULL, &identity), SMIMEGW_OK);
    assert_int_equal(
        sgw_signature_make(identity, &algorithm, text, sizeof(text), &signature, NULL),
        SMIMEGW_E_UNSUPPORTED);
    smimegw_identity_unref(identity);
    sgw_buf_clear(&signature);
}

static void certificates_of_an_engine(void **state)
{
    struct engine engine;
    (void)state;
    struct smimegw_identity *identity = make_identity(&engine, "rsa2048");
    assert_string_equal(
        smimegw_cert_text(smimegw_identity_cert(identity), SMIMEGW_CERT_SUBJECT),
        "CN=Test rsa2048");
    assert_string_equal(
        smimegw_cert_text(smimegw_identity_chain(identity, 0), SMIMEGW_CERT_SUBJECT),
        "CN=Test intermediate");
    assert_null(smimegw_identity_chain(identity, 1));
    assert_null(smimegw_identity_chain(identity, SIZE_MAX));
    assert_null(smimegw_identity_chain(NULL, 0));
    smimegw_identity_ref(identity);
    smimegw_identity_unref(identity);
    assert_int_equal(engine.releases, 0);
    drop_identity(&engine, identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines_sign),
        cmocka_unit_test(odd_signatures_do_not_leave),
        cmocka_unit_test(engines_decrypt_or_nobody_can_tell),
        cmocka_unit_test(odd_ciphertexts_give_random_keys),
        cmocka_unit_test(engines_derive),
        cmocka_unit_test(bad_points_do_not_reach_the_engine),
        cmocka_unit_test(engines_sign_requests),
        cmocka_unit_test(tables_of_other_sizes),
        cmocka_unit_test(missing_functions),
        cmocka_unit_test(certificates_of_an_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
