/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki_maker.h"
#include "template_support.h"

/* What templates make: keys, certificates, requests; and templates made of certificates. */

static const struct {
    const char *algorithm;
    const char *key_size;
    const char *use;
    const char *key; /* text of the certificate's key */
    unsigned int usage;
} kinds[] = {
    {"rsa", "2048", "both", "RSA-2048",
     GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION | GNUTLS_KEY_KEY_ENCIPHERMENT},
    {"rsa", NULL, "sign", "RSA-3072",
     GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION},
    {"rsa", "2056", "encrypt", "RSA-2056", GNUTLS_KEY_KEY_ENCIPHERMENT},
    {"ecdsa-with-sha256", NULL, "both", "P-256",
     GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION | GNUTLS_KEY_KEY_AGREEMENT},
    {"ecdsa-with-sha256", NULL, "sign", "P-256",
     GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION},
    {"ecdsa-with-sha256", NULL, "encrypt", "P-256", GNUTLS_KEY_KEY_AGREEMENT},
    {"ed25519", NULL, "both", "Ed25519",
     GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION},
    {"ed25519", NULL, "sign", "Ed25519",
     GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION},
};

static void kinds_of_keys_are_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct smimegw_identity *identity =
            create(&(struct fields){{"common-name", "gw.example.org", "domains", "example.org",
                                     "algorithm", kinds[i].algorithm, "use", kinds[i].use,
                                     "days", "30", "key-size", kinds[i].key_size}});
        const struct smimegw_cert *cert = smimegw_identity_cert(identity);
        assert_string_equal(smimegw_cert_text(cert, SMIMEGW_CERT_KEY), kinds[i].key);
        assert_int_equal(cert->key_usage, kinds[i].usage);
        assert_true(cert->has_key_usage && cert->names_email_purpose && !cert->is_ca);
        assert_true(cert->version == 3 && cert->has_authority_key_id && cert->ski_size == 20);
        assert_int_equal(cert->not_before, TEST_TIME);
        assert_int_equal(cert->not_after, TEST_TIME + 30 * 86400);
        assert_true(sgw_cert_is_self_issued(cert));
        unsigned int status = 1;
        assert_int_equal(gnutls_x509_crt_verify(cert->crt, &cert->crt, 1,
                                                GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status),
                         0);
        assert_int_equal(status & GNUTLS_CERT_SIGNATURE_FAILURE, 0);
        smimegw_identity_unref(identity);
    }
}

static void keys_are_encrypted(void **state)
{
    (void)state;
    struct smimegw_template *tmpl = make_template(
        &(struct fields){{"common-name", "gw", "algorithm", "ecdsa-with-sha256"}});
    struct smimegw_buffer *pem = NULL;
    struct smimegw_identity *identity = NULL;
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_template_create(tmpl, -1,
                                             "s\xc3\xa9"
                                             "cret",
                                             &pem, NULL),
                     SMIMEGW_OK);
    const char *text = smimegw_buffer_data(pem);
    static const char head[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    assert_memory_equal(text, head, strlen(head));
    size_t size = smimegw_buffer_size(pem);
    check_failure(smimegw_identity_new(text, size, "secret", &identity, &error), &error,
                  SMIMEGW_E_PASSPHRASE, "wrong");
    check_failure(smimegw_identity_new(text, size, NULL, &identity, &error), &error,
                  SMIMEGW_E_PASSPHRASE, "needed");
    identity = load_created(pem, "s\xc3\xa9"
                                 "cret");
    int64_t now = (int64_t)time(NULL);
    assert_in_range(smimegw_identity_cert(identity)->not_before, now - 60, now);
    smimegw_identity_unref(identity);
    smimegw_buffer_free(pem);
    smimegw_template_free(tmpl);
}

/* Positive, minimal, and every bit of 127 is of both kinds in a few hundred of them. */
static void serials_are_random(void **state)
{
    (void)state;
    enum { COUNT = 300, BITS = 127, SIZE = 16 };
    uint8_t any[SIZE] = {0};
    uint8_t all[SIZE];
    struct smimegw_identity *identity =
        create(&(struct fields){{"common-name", "gw", "algorithm", "ed25519"}});
    struct smimegw_template *tmpl = make_template(&(struct fields){{"common-name", "gw"}});
    memset(all, 0xff, sizeof(all));
    for (int i = 0; i < COUNT; i++) {
        struct smimegw_cert *cert = NULL;
        uint8_t serial[SIZE] = {0};
        assert_int_equal(smimegw_template_renew(tmpl, identity, i, &cert, NULL), SMIMEGW_OK);
        assert_in_range(cert->serial_size, 1, SIZE);
        assert_true(cert->serial[0] < 0x80);
        assert_true(cert->serial[0] != 0 || cert->serial[1] >= 0x80);
        memcpy(serial + SIZE - cert->serial_size, cert->serial, cert->serial_size);
        for (int j = 0; j < SIZE; j++) {
            any[j] |= serial[j];
            all[j] &= serial[j];
        }
        smimegw_cert_unref(cert);
    }
    for (int i = 0; i < SIZE; i++) {
        assert_int_equal(any[i], i == 0 ? 0x7f : 0xff);
        assert_int_equal(all[i], 0);
    }
    smimegw_template_free(tmpl);
    smimegw_identity_unref(identity);
}

/* Keys of any kind that signs; the signature goes by the size of the curve. */
static const struct {
    const char *file;
    const char *signature;
} signers[] = {
    {"rsa2048-id.pem", "RSA-SHA256"},    {"p256-id.pem", "ECDSA-SHA256"},
    {"p384-id.pem", "ECDSA-SHA384"},     {"p521-id.pem", "ECDSA-SHA512"},
    {"ed25519-id.pem", "EdDSA-Ed25519"}, {"rsapss-id.pem", "RSA-PSS-SHA256"},
};

static void certificates_are_renewed(void **state)
{
    (void)state;
    struct smimegw_template *tmpl = make_template(&(struct fields){
        {"common-name", "gw.example.org", "addresses", "info@example.org", "days", "3650"}});
    for (size_t i = 0; i < sizeof(signers) / sizeof(signers[0]); i++) {
        struct smimegw_identity *identity = load_identity(signers[i].file, NULL);
        struct smimegw_cert *cert = NULL;
        struct smimegw_buffer *pem = NULL;
        struct smimegw_error *error = NULL;
        if (smimegw_template_renew(tmpl, identity, TEST_TIME, &cert, &error) != SMIMEGW_OK)
            fail_msg("%s: %s", signers[i].file, smimegw_error_text(error));
        assert_int_equal(cert->spki_size, identity->cert->spki_size);
        assert_memory_equal(cert->spki, identity->cert->spki, cert->spki_size);
        assert_string_equal(smimegw_cert_text(cert, SMIMEGW_CERT_SIGNATURE),
                            signers[i].signature);
        assert_string_equal(smimegw_cert_text(cert, SMIMEGW_CERT_ADDRESSES),
                            "info@example.org");
        assert_int_equal(smimegw_template_request(tmpl, identity, &pem, NULL), SMIMEGW_OK);
        gnutls_x509_crq_t request;
        gnutls_datum_t text = {(unsigned char *)(uintptr_t)smimegw_buffer_data(pem),
                               (unsigned int)smimegw_buffer_size(pem)};
        gnutls_x509_crq_init(&request);
        assert_int_equal(gnutls_x509_crq_import(request, &text, GNUTLS_X509_FMT_PEM), 0);
        assert_int_equal(gnutls_x509_crq_verify(request, 0), 0);
        gnutls_x509_crq_deinit(request);
        smimegw_buffer_free(pem);
        smimegw_cert_unref(cert);
        smimegw_identity_unref(identity);
    }
    smimegw_template_free(tmpl);
}

static void keys_that_cant_are_refused(void **state)
{
    (void)state;
    struct smimegw_template *tmpl = make_template(&(struct fields){{"common-name", "gw"}});
    struct smimegw_identity *identity = load_identity("x25519-id.pem", NULL);
    struct smimegw_cert *cert = NULL;
    struct smimegw_buffer *pem = NULL;
    struct smimegw_error *error = NULL;
    check_failure(smimegw_template_renew(tmpl, identity, 0, &cert, &error), &error,
                  SMIMEGW_E_KEY, "X25519 can't sign");
    check_failure(smimegw_template_request(tmpl, identity, &pem, &error), &error,
                  SMIMEGW_E_KEY, "X25519 can't sign");
    assert_null(cert);
    assert_null(pem);
    smimegw_identity_unref(identity);
    /* it is the identity's key that counts, not the template's algorithm */
    identity = load_identity("ed25519-id.pem", NULL);
    assert_int_equal(smimegw_template_set(tmpl, "use", "encrypt", NULL), SMIMEGW_OK);
    check_failure(smimegw_template_renew(tmpl, identity, 0, &cert, &error), &error,
                  SMIMEGW_E_SETTING, "only signs");
    smimegw_identity_unref(identity);
    smimegw_template_free(tmpl);
}

/* A host's engine that signs with a key of its own, or answers what it is told to. */
struct engine {
    gnutls_privkey_t key;
    int answer;
    int calls;
};

static int engine_sign(void *userdata, const struct smimegw_key_request *request,
                       struct smimegw_buffer *result)
{
    struct engine *engine = userdata;
    size_t size;
    const void *data = smimegw_key_request_data(request, &size);
    const gnutls_datum_t to_sign = {(unsigned char *)(uintptr_t)data, (unsigned int)size};
    gnutls_datum_t signature;
    engine->calls++;
    if (engine->answer != 0)
        return engine->answer;
    assert_string_equal(smimegw_key_request_algorithm(request), "ecdsa-sha256");
    assert_int_equal(gnutls_privkey_sign_data2(engine->key, GNUTLS_SIGN_ECDSA_SHA256, 0,
                                               &to_sign, &signature),
                     0);
    int ret = smimegw_buffer_write(result, signature.data, signature.size);
    gnutls_free(signature.data);
    return ret;
}

static void engines_sign(void **state)
{
    static const struct {
        int answer;
        int expected;
    } answers[] = {{0, SMIMEGW_OK},
                   {SMIMEGW_E_UNSUPPORTED, SMIMEGW_E_KEY},
                   {SMIMEGW_E_IO, SMIMEGW_E_IO},
                   {42, SMIMEGW_E_IO}};
    (void)state;
    struct smimegw_identity *inside = load_identity("p256-id.pem", NULL);
    struct engine engine = {.key = inside->key};
    const struct smimegw_key_functions functions = {.size = sizeof(functions),
                                                    .sign = engine_sign};
    struct smimegw_identity *identity = NULL;
    struct smimegw_template *tmpl = make_template(&(struct fields){{"common-name", "gw"}});
    assert_int_equal(smimegw_identity_new_functions(inside->cert->der.data,
                                                    inside->cert->der.size, &functions,
                                                    &engine, &identity, NULL),
                     SMIMEGW_OK);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct smimegw_cert *cert = NULL;
        struct smimegw_buffer *pem = NULL;
        engine.answer = answers[i].answer;
        engine.calls = 0;
        assert_int_equal(smimegw_template_renew(tmpl, identity, TEST_TIME, &cert, NULL),
                         answers[i].expected);
        assert_int_equal(smimegw_template_request(tmpl, identity, &pem, NULL),
                         answers[i].expected);
        assert_int_equal(engine.calls, 2);
        assert_true((cert != NULL) == (answers[i].expected == SMIMEGW_OK));
        assert_true((pem != NULL) == (answers[i].expected == SMIMEGW_OK));
        smimegw_buffer_free(pem);
        smimegw_cert_unref(cert);
    }
    smimegw_template_free(tmpl);
    smimegw_identity_unref(identity);
    smimegw_identity_unref(inside);
}

static void certificates_are_copied(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"common-name", "gw.example.org"},
                                           {"organization", "Müller & Söhne, \"GmbH\""},
                                           {"organizational-unit", "Post"},
                                           {"locality", "Köln"},
                                           {"state", "NRW"},
                                           {"country", "DE"},
                                           {"domains", "example.org,*.xn--mnchen-3ya.de"},
                                           {"addresses", "a@example.org,grüße@example.org"},
                                           {"algorithm", "ecdsa-with-sha256"},
                                           {"key-size", ""},
                                           {"days", "1024"},
                                           {"use", "encrypt"},
                                           {"fqdn-check", "both"}};
    size_t count = sizeof(names) / sizeof(names[0]);
    struct smimegw_template *tmpl = make_template(&(struct fields){{NULL}});
    for (size_t i = 0; i < count; i++)
        assert_int_equal(smimegw_template_set(tmpl, names[i][0], names[i][1], NULL),
                         SMIMEGW_OK);
    struct smimegw_buffer *pem = NULL;
    assert_int_equal(smimegw_template_create(tmpl, TEST_TIME, NULL, &pem, NULL), SMIMEGW_OK);
    struct smimegw_identity *identity = load_created(pem, NULL);
    struct smimegw_template *copy = make_template(
        &(struct fields){{"common-name", "other", "key-size", "2048", "fqdn-check", "both"}});
    assert_int_equal(smimegw_template_copy_cert(copy, smimegw_identity_cert(identity), NULL),
                     SMIMEGW_OK);
    for (size_t i = 0; i < count; i++)
        check_field(copy, names[i][0], names[i][1]);
    smimegw_template_free(copy);
    smimegw_identity_unref(identity);
    smimegw_buffer_free(pem);
    smimegw_template_free(tmpl);
}

/* What is put into a certificate that a template can't say. */
static void put_nothing(gnutls_x509_crt_t crt)
{
    (void)crt;
}

static void put_subject(gnutls_x509_crt_t crt, const char *oid, const char *value)
{
    assert_int_equal(
        gnutls_x509_crt_set_dn_by_oid(crt, oid, 0, value, (unsigned int)strlen(value)), 0);
}

static void put_units(gnutls_x509_crt_t crt)
{
    put_subject(crt, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, "a");
    put_subject(crt, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, "b");
}

static void put_subject_address(gnutls_x509_crt_t crt)
{
    put_subject(crt, GNUTLS_OID_PKCS9_EMAIL, "a@example.org");
}

static void put_long_name(gnutls_x509_crt_t crt)
{
    put_subject(crt, GNUTLS_OID_X520_ORGANIZATION_NAME,
                "12345678901234567890123456789012345678901234567890123456789012345");
}

static void put_uri(gnutls_x509_crt_t crt)
{
    static const char uri[] = "https://example.org/";
    assert_int_equal(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_URI, uri,
                                                          sizeof(uri) - 1, GNUTLS_FSAN_SET),
                     0);
}

static void put_address_of_host(gnutls_x509_crt_t crt)
{
    assert_int_equal(gnutls_x509_crt_set_subject_alt_name(
                         crt, GNUTLS_SAN_IPADDRESS, "\xc0\x00\x02\x01", 4, GNUTLS_FSAN_SET),
                     0);
}

static void put_bad_address(gnutls_x509_crt_t crt)
{
    static const char address[] = "a b@example.org";
    assert_int_equal(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_RFC822NAME, address,
                                                          sizeof(address) - 1,
                                                          GNUTLS_FSAN_SET),
                     0);
}

static void put_long_life(gnutls_x509_crt_t crt)
{
    gnutls_x509_crt_set_expiration_time(crt, TEST_TIME + (time_t)3651 * 86400);
}

static const struct {
    void (*put)(gnutls_x509_crt_t crt);
    const char *part;
} odd_certs[] = {
    {put_nothing, NULL},
    {put_units, "organizational-unit twice"},
    {put_subject_address, "1.2.840.113549.1.9.1"},
    {put_long_name, "organization is longer"},
    {put_uri, "a URI"},
    {put_address_of_host, "an IP address"},
    {put_bad_address, "neither mail address nor domain"},
};

static struct smimegw_cert *make_odd(void (*put)(gnutls_x509_crt_t crt))
{
    gnutls_x509_privkey_t key = make_ec_key();
    gnutls_x509_crt_t crt;
    gnutls_datum_t der;
    struct smimegw_cert *cert = NULL;
    gnutls_x509_crt_init(&crt);
    gnutls_x509_crt_set_version(crt, 3);
    gnutls_x509_crt_set_serial(crt, "\x01", 1);
    gnutls_x509_crt_set_activation_time(crt, TEST_TIME);
    gnutls_x509_crt_set_expiration_time(crt, TEST_TIME + 86400);
    put_subject(crt, GNUTLS_OID_X520_COMMON_NAME, "gw.example.org");
    put(crt);
    gnutls_x509_crt_set_key(crt, key);
    assert_int_equal(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der), 0);
    assert_int_equal(smimegw_cert_new(der.data, der.size, &cert, NULL), SMIMEGW_OK);
    gnutls_free(der.data);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return cert;
}

static void odd_certificates_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(odd_certs) / sizeof(odd_certs[0]); i++) {
        struct smimegw_template *tmpl =
            make_template(&(struct fields){{"common-name", "mine", "days", "7"}});
        struct smimegw_cert *cert = make_odd(odd_certs[i].put);
        struct smimegw_error *error = NULL;
        int ret = smimegw_template_copy_cert(tmpl, cert, &error);
        if (odd_certs[i].part != NULL)
            check_failure(ret, &error, SMIMEGW_E_KEY, odd_certs[i].part);
        else
            assert_int_equal(ret, SMIMEGW_OK);
        check_field(tmpl, "common-name", odd_certs[i].part ? "mine" : "gw.example.org");
        check_field(tmpl, "days", odd_certs[i].part ? "7" : "1");
        smimegw_cert_unref(cert);
        smimegw_template_free(tmpl);
    }
}

/* Made when that was longer: renewed for as long as may be. */
static void a_long_life_is_cut(void **state)
{
    (void)state;
    struct smimegw_template *tmpl = make_template(&(struct fields){{NULL}});
    struct smimegw_cert *cert = make_odd(put_long_life);
    assert_int_equal(smimegw_template_copy_cert(tmpl, cert, NULL), SMIMEGW_OK);
    check_field(tmpl, "days", "3650");
    smimegw_cert_unref(cert);
    smimegw_template_free(tmpl);
}

static void odd_keys_are_told(void **state)
{
    static const char *const files[] = {"p384.pem", "x25519.pem", "rsapss.pem", "rsa1024.pem"};
    static const char *const parts[] = {"P-384", "X25519", "RSA-PSS", "1024"};
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct smimegw_template *tmpl = make_template(&(struct fields){{NULL}});
        struct smimegw_cert *cert = load_cert(files[i]);
        struct smimegw_error *error = NULL;
        check_failure(smimegw_template_copy_cert(tmpl, cert, &error), &error, SMIMEGW_E_KEY,
                      parts[i]);
        smimegw_cert_unref(cert);
        smimegw_template_free(tmpl);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_of_keys_are_made),
        cmocka_unit_test(keys_are_encrypted),
        cmocka_unit_test(serials_are_random),
        cmocka_unit_test(certificates_are_renewed),
        cmocka_unit_test(keys_that_cant_are_refused),
        cmocka_unit_test(engines_sign),
        cmocka_unit_test(certificates_are_copied),
        cmocka_unit_test(odd_certificates_are_told),
        cmocka_unit_test(a_long_life_is_cut),
        cmocka_unit_test(odd_keys_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
