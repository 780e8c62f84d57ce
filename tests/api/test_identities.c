/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that are elsewhere, keys of yesterday, and several keys at once. */
#include "support.h"

#include <openssl/cms.h>
#include <stdbool.h>

#include "openssl_engine.h"

static const char mail[] = "From: T <%s@example.com>\r\n"
                           "To: bob@example.org\r\n"
                           "MIME-Version: 1.0\r\n"
                           "Content-Type: text/plain\r\n"
                           "\r\n"
                           "for those who have the key\r\n";

static struct smimegw_identity *make_engine(struct engine *engine, const char *name)
{
    struct smimegw_identity *identity;
    char file_name[64];
    engine_load(engine, name);
    snprintf(file_name, sizeof(file_name), "%s-id.pem", name);
    struct smimegw_buffer *certs = read_key_file(file_name);
    assert_int_equal(
        smimegw_identity_new_functions(smimegw_buffer_data(certs), smimegw_buffer_size(certs),
                                       &engine_functions, engine, &identity, NULL),
        SMIMEGW_OK);
    smimegw_buffer_free(certs);
    return identity;
}

static struct smimegw_identity *load_pkcs12(const char *name)
{
    struct smimegw_identity *identity;
    struct smimegw_buffer *file = read_key_file(name);
    assert_int_equal(smimegw_identity_new(smimegw_buffer_data(file), smimegw_buffer_size(file),
                                          "secret", &identity, NULL),
                     SMIMEGW_OK);
    smimegw_buffer_free(file);
    return identity;
}

static struct smimegw_profile *make_profile(const char *name, const char *value)
{
    struct smimegw_profile *profile;
    assert_int_equal(smimegw_profile_new(&profile, NULL), SMIMEGW_OK);
    if (name != NULL)
        assert_int_equal(smimegw_profile_set(profile, name, value, NULL), SMIMEGW_OK);
    return profile;
}

static struct smimegw_message *make_mail(const char *from, char room[512])
{
    snprintf(room, 512, mail, from);
    return make_message(room, strlen(room));
}

/* --- signing -------------------------------------------------------------------------------
 */

static void assert_openssl_verifies(const struct smimegw_buffer *made)
{
    BIO *bio = BIO_new_mem_buf(smimegw_buffer_data(made), (int)smimegw_buffer_size(made));
    BIO *content = NULL;
    BIO *root_file = BIO_new_file("tests/data/keys/root.pem", "r");
    X509 *root = PEM_read_bio_X509(root_file, NULL, NULL, NULL);
    X509_STORE *store = X509_STORE_new();
    CMS_ContentInfo *cms = SMIME_read_CMS(bio, &content);
    assert_non_null(cms);
    assert_int_equal(X509_STORE_add_cert(store, root), 1);
    assert_int_equal(CMS_verify(cms, NULL, store, content, NULL, 0), 1);
    CMS_ContentInfo_free(cms);
    X509_STORE_free(store);
    X509_free(root);
    BIO_free(root_file);
    BIO_free(content);
    BIO_free(bio);
}

static const struct {
    const char *name;
    const char *setting;
    const char *value;
    const char *asked;
} signers[] = {
    {"rsa2048", "rsa-padding", "pkcs1", "rsa-sha256"},
    {"rsa2048", "rsa-padding", "pss", "rsa-pss-sha256"},
    {"rsa2048", "digest", "sha512", "rsa-sha512"},
    {"p256", NULL, NULL, "ecdsa-sha256"},
    {"p384", NULL, NULL, "ecdsa-sha384"},
    {"ed25519", NULL, NULL, "ed25519"},
};

static void engines_sign_messages(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway = make_gateway();
    for (size_t i = 0; i < sizeof(signers) / sizeof(signers[0]); i++) {
        char room[512];
        struct engine engine;
        struct smimegw_verdict *verdict = NULL;
        struct smimegw_buffer *out = make_buffer();
        struct smimegw_identity *identity = make_engine(&engine, signers[i].name);
        struct smimegw_profile *profile = make_profile(signers[i].setting, signers[i].value);
        struct smimegw_message *message = make_mail(signers[i].name, room);
        assert_int_equal(
            smimegw_sign(gateway, profile, message, identity, smimegw_buffer_write, out, NULL),
            SMIMEGW_OK);
        assert_string_equal(engine.algorithm, signers[i].asked);
        assert_int_equal(engine.calls, 1);
        assert_int_equal(engine.digest_differs, 0);
        struct smimegw_message *made =
            make_message(smimegw_buffer_data(out), smimegw_buffer_size(out));
        assert_int_equal(smimegw_verify(gateway, made, NULL, NULL, &verdict, NULL),
                         SMIMEGW_OK);
        assert_int_equal(smimegw_verdict_outcome(verdict), SMIMEGW_OUTCOME_PASS);
        /* OpenSSL 3.0 has no Ed25519 in CMS */
        if (strcmp(signers[i].name, "ed25519") != 0)
            assert_openssl_verifies(out);
        smimegw_verdict_unref(verdict);
        smimegw_message_free(made);
        smimegw_message_free(message);
        smimegw_profile_unref(profile);
        smimegw_identity_unref(identity);
        smimegw_buffer_free(out);
        engine_clear(&engine);
    }
    smimegw_gateway_unref(gateway);
}

static void failures_to_sign_are_told_apart(void **state)
{
    static const struct {
        enum manner manner;
        int result;
        int severity;
    } failures[] = {
        {ENGINE_GARBAGE, SMIMEGW_E_CRYPTO, SMIMEGW_SEVERITY_TEMPORARY},
        {ENGINE_NOTHING, SMIMEGW_E_CRYPTO, SMIMEGW_SEVERITY_TEMPORARY},
        {ENGINE_POSITIVE, SMIMEGW_E_IO, SMIMEGW_SEVERITY_TEMPORARY},
        {ENGINE_NEGATIVE, SMIMEGW_E_IO, SMIMEGW_SEVERITY_TEMPORARY},
        {ENGINE_UNSUPPORTED, SMIMEGW_E_UNSUPPORTED, SMIMEGW_SEVERITY_MESSAGE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        char room[512];
        struct engine engine;
        struct smimegw_error *error = NULL;
        struct smimegw_buffer *out = make_buffer();
        struct smimegw_identity *identity = make_engine(&engine, "rsa2048");
        struct smimegw_message *message = make_mail("rsa2048", room);
        engine.manner = failures[i].manner;
        int ret =
            smimegw_sign(NULL, NULL, message, identity, smimegw_buffer_write, out, &error);
        assert_int_equal(ret, failures[i].result);
        assert_int_equal(smimegw_error_code(error), ret);
        assert_int_equal(smimegw_severity(ret), failures[i].severity);
        smimegw_error_free(error);
        smimegw_message_free(message);
        smimegw_identity_unref(identity);
        smimegw_buffer_free(out);
        engine_clear(&engine);
    }
}

/* --- decrypting ----------------------------------------------------------------------------
 */

enum { OLD, HOSTED, FILED, IDENTITIES };

struct kit {
    struct engine engine;
    struct smimegw_identity *identities[IDENTITIES];
};

/* One of last year, one with a host's engine, one from PKCS#12 */
static void open_kit(struct kit *kit, const char *engine)
{
    kit->identities[OLD] = load_identity("expired-id.pem");
    kit->identities[HOSTED] = make_engine(&kit->engine, engine);
    kit->identities[FILED] = load_pkcs12("p256.p12");
}

static void close_kit(struct kit *kit)
{
    for (int i = 0; i < IDENTITIES; i++)
        smimegw_identity_unref(kit->identities[i]);
    assert_int_equal(kit->engine.releases, 1);
    engine_clear(&kit->engine);
}

/* For those of the identities whose bit is set. */
static struct smimegw_buffer *encrypt_for(const struct kit *kit, unsigned int who,
                                          const char *key_encryption)
{
    char room[512];
    struct smimegw_cert *certs[IDENTITIES];
    size_t count = 0;
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_profile *profile = make_profile("key-encryption", key_encryption);
    struct smimegw_message *message = make_mail("alice", room);
    for (unsigned int i = 0; i < IDENTITIES; i++)
        if ((who >> i & 1) != 0)
            certs[count++] = smimegw_identity_cert(kit->identities[i]);
    assert_int_equal(
        smimegw_encrypt(NULL, profile, message, certs, count, smimegw_buffer_write, out, NULL),
        SMIMEGW_OK);
    smimegw_message_free(message);
    smimegw_profile_unref(profile);
    return out;
}

static int decrypt(const struct kit *kit, const struct smimegw_buffer *made,
                   struct smimegw_error **ret_error)
{
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(made), smimegw_buffer_size(made));
    int ret = smimegw_decrypt(NULL, message, kit->identities, IDENTITIES, smimegw_buffer_write,
                              out, NULL, ret_error);
    bool is_there = strstr(smimegw_buffer_data(out), "for those who have the key") != NULL;
    assert_int_equal(is_there, ret == SMIMEGW_OK);
    assert_int_equal(smimegw_buffer_size(out) > 0, ret == SMIMEGW_OK);
    smimegw_message_free(message);
    smimegw_buffer_free(out);
    return ret;
}

static void any_of_the_identities_decrypts(void **state)
{
    static const struct {
        const char *engine;
        const char *key_encryption;
        const char *asked;
    } engines[] = {
        {"rsa2048", "rsa-pkcs1", "rsa-pkcs1"},
        {"rsa2048", "rsa-oaep-sha1", "rsa-oaep-sha1"},
        {"rsa2048", "rsa-oaep-sha256", "rsa-oaep-sha256"},
        {"p384", "rsa-pkcs1", "ecdh-p384"},
        {"x25519", "rsa-pkcs1", "x25519"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
        struct kit kit;
        open_kit(&kit, engines[i].engine);
        for (unsigned int who = 1; who < 1U << IDENTITIES; who++) {
            kit.engine.algorithm[0] = '\0';
            struct smimegw_buffer *made = encrypt_for(&kit, who, engines[i].key_encryption);
            assert_int_equal(decrypt(&kit, made, NULL), SMIMEGW_OK);
            assert_string_equal(kit.engine.algorithm,
                                (who >> HOSTED & 1) != 0 ? engines[i].asked : "");
            smimegw_buffer_free(made);
        }
        close_kit(&kit);
    }
}

/* Of a code that may mean wrong padding, nobody learns. */
static int trouble_code(const struct kit *kit, unsigned int who)
{
    bool is_rsa = EVP_PKEY_base_id(kit->engine.key) == EVP_PKEY_RSA;
    if ((who >> HOSTED & 1) == 0)
        return SMIMEGW_OK;
    if (!is_rsa || kit->engine.manner == ENGINE_WRITE_THEN_FAIL)
        return SMIMEGW_E_IO;
    return who == 1U << HOSTED ? SMIMEGW_E_DECRYPT : SMIMEGW_OK;
}

/* Trouble with the engine is temporary and ends it, even where another key would do. */
static void engine_trouble_is_temporary(void **state)
{
    static const enum manner troubles[] = {ENGINE_NEGATIVE, ENGINE_NONSENSE, ENGINE_POSITIVE,
                                           ENGINE_WRITE_THEN_FAIL};
    static const char *const engines[] = {"rsa2048", "p384", "x25519"};
    (void)state;
    for (size_t i = 0; i < 4 * 3; i++) {
        struct kit kit;
        open_kit(&kit, engines[i / 4]);
        kit.engine.manner = troubles[i % 4];
        for (unsigned int who = 1; who < 1U << IDENTITIES; who++) {
            struct smimegw_error *error = NULL;
            struct smimegw_buffer *made = encrypt_for(&kit, who, NULL);
            int ret = decrypt(&kit, made, &error);
            assert_int_equal(ret, trouble_code(&kit, who));
            if (ret == SMIMEGW_E_IO) {
                assert_int_equal(smimegw_severity(ret), SMIMEGW_SEVERITY_TEMPORARY);
                assert_int_equal(smimegw_error_code(error), SMIMEGW_E_IO);
                assert_non_null(strstr(smimegw_error_text(error), "engine"));
            }
            smimegw_error_free(error);
            smimegw_buffer_free(made);
        }
        close_kit(&kit);
    }
}

/* What the engine can't decrypt looks like a message that is broken, whatever the reason. */
static void failed_decryptions_look_the_same(void **state)
{
    static const enum manner failures[] = {ENGINE_DECRYPT, ENGINE_UNSUPPORTED, ENGINE_NOTHING,
                                           ENGINE_GARBAGE, ENGINE_SHORT,       ENGINE_LONG,
                                           ENGINE_TWICE,   ENGINE_FLOOD};
    static const char *const engines[] = {"rsa2048", "p384", "x25519"};
    (void)state;
    char text[500] = "";
    for (size_t i = 0; i < 8 * 3; i++) {
        struct kit kit;
        struct smimegw_error *error = NULL;
        open_kit(&kit, engines[i / 8]);
        kit.engine.manner = failures[i % 8];
        struct smimegw_buffer *alone = encrypt_for(&kit, 1U << HOSTED, NULL);
        struct smimegw_buffer *with_old = encrypt_for(&kit, 1U << HOSTED | 1U << OLD, NULL);
        assert_int_equal(decrypt(&kit, with_old, NULL), SMIMEGW_OK);
        assert_int_equal(decrypt(&kit, alone, &error), SMIMEGW_E_DECRYPT);
        if (text[0] == '\0')
            snprintf(text, sizeof(text), "%s", smimegw_error_text(error));
        assert_string_equal(smimegw_error_text(error), text);
        smimegw_error_free(error);
        smimegw_buffer_free(alone);
        smimegw_buffer_free(with_old);
        close_kit(&kit);
    }
}

/* A certificate that only signs, and another that is only encrypted to. */
static void signing_and_encryption_may_be_apart(void **state)
{
    char room[512];
    struct kit kit;
    (void)state;
    open_kit(&kit, "x25519");
    struct engine signing;
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_identity *signer = make_engine(&signing, "ed25519");
    struct smimegw_cert *recipient = smimegw_identity_cert(kit.identities[HOSTED]);
    struct smimegw_profile *profile = make_profile("mode", "sign-encrypt");
    struct smimegw_message *message = make_mail("ed25519", room);
    struct smimegw_buffer *made = make_buffer();
    struct smimegw_buffer *inner = make_buffer();
    struct smimegw_verdict *verdict = NULL;
    assert_int_equal(smimegw_protect(gateway, profile, message, signer, &recipient, 1,
                                     smimegw_buffer_write, made, NULL),
                     SMIMEGW_OK);
    smimegw_message_free(message);
    message = make_message(smimegw_buffer_data(made), smimegw_buffer_size(made));
    assert_int_equal(smimegw_decrypt(gateway, message, kit.identities, IDENTITIES,
                                     smimegw_buffer_write, inner, NULL, NULL),
                     SMIMEGW_OK);
    smimegw_message_free(message);
    message = make_message(smimegw_buffer_data(inner), smimegw_buffer_size(inner));
    assert_int_equal(smimegw_verify(gateway, message, NULL, NULL, &verdict, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_verdict_outcome(verdict), SMIMEGW_OUTCOME_PASS);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    smimegw_buffer_free(inner);
    smimegw_buffer_free(made);
    smimegw_profile_unref(profile);
    smimegw_identity_unref(signer);
    engine_clear(&signing);
    smimegw_gateway_unref(gateway);
    close_kit(&kit);
}

static void wrong_arguments(void **state)
{
    const struct smimegw_key_functions *functions = &engine_functions;
    struct engine engine = {0};
    struct smimegw_identity *identity = NULL;
    size_t size;
    (void)state;
    assert_string_equal(smimegw_key_request_algorithm(NULL), "");
    assert_int_equal(
        smimegw_identity_new_functions(NULL, 1, functions, &engine, &identity, NULL),
        SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_identity_new_functions("", 0, NULL, &engine, &identity, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_identity_new_functions("", 0, functions, &engine, NULL, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(
        smimegw_identity_new_functions("hello", 5, functions, &engine, &identity, NULL),
        SMIMEGW_E_KEY);
    assert_int_equal(
        smimegw_identity_new_functions(NULL, 0, functions, &engine, &identity, NULL),
        SMIMEGW_E_KEY);
    assert_null(identity);
    assert_int_equal(engine.releases, 0);
    assert_null(smimegw_key_request_data(NULL, &size));
    assert_null(smimegw_key_request_digest(NULL, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_arguments),
        cmocka_unit_test(engines_sign_messages),
        cmocka_unit_test(failures_to_sign_are_told_apart),
        cmocka_unit_test(any_of_the_identities_decrypts),
        cmocka_unit_test(engine_trouble_is_temporary),
        cmocka_unit_test(failed_decryptions_look_the_same),
        cmocka_unit_test(signing_and_encryption_may_be_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
