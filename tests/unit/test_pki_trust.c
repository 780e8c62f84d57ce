/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "pki/path/trust.h"
#include "pki_maker.h"

#define MAIL GNUTLS_KP_EMAIL_PROTECTION
#define SIGN GNUTLS_KEY_DIGITAL_SIGNATURE
#define CERTSIGN GNUTLS_KEY_KEY_CERT_SIGN

static int check_at(struct sgw_trust *trust, struct smimegw_cert *cert,
                    const struct sgw_cert_list *candidates, int64_t at)
{
    int reason = -1;
    struct smimegw_error *error = NULL;
    int ret = trust_reason(trust, cert, candidates, at, &reason, &error);
    assert_null(error);
    assert_int_equal(ret, SMIMEGW_OK);
    return reason;
}

static struct sgw_trust *trust_with(struct smimegw_cert *anchor)
{
    struct sgw_trust *trust = NULL;
    size_t size;
    assert_int_equal(sgw_trust_new(&trust, NULL), SMIMEGW_OK);
    if (anchor != NULL) {
        const void *der = smimegw_cert_der(anchor, &size);
        assert_int_equal(sgw_trust_add(trust, SMIMEGW_TRUST_ANCHOR, der, size, NULL),
                         SMIMEGW_OK);
    }
    return trust;
}

static const struct {
    const char *file;
    int reason;
} file_rows[] = {
    {"rsa2048.pem", SMIMEGW_REASON_OK},
    {"rsa3072.pem", SMIMEGW_REASON_OK},
    {"p256.pem", SMIMEGW_REASON_OK},
    {"p384.pem", SMIMEGW_REASON_OK},
    {"p521.pem", SMIMEGW_REASON_OK},
    {"ed25519.pem", SMIMEGW_REASON_OK},
    {"rsapss.pem", SMIMEGW_REASON_OK},
    {"domain.pem", SMIMEGW_REASON_OK},
    {"rsa1024.pem", SMIMEGW_REASON_KEY_WEAK},
    {"expired.pem", SMIMEGW_REASON_CERT_EXPIRED},
    {"server.pem", SMIMEGW_REASON_CERT_PURPOSE},
    {"encrypt-only.pem", SMIMEGW_REASON_CERT_KEY_USAGE},
    {"x25519.pem", SMIMEGW_REASON_CERT_KEY_USAGE},
    {"self-signed.pem", SMIMEGW_REASON_CERT_UNTRUSTED},
};

static void files_get_their_reasons(void **state)
{
    (void)state;
    struct smimegw_cert *root = load_cert("root.pem");
    struct smimegw_cert *middle = load_cert("intermediate.pem");
    struct sgw_trust *trust = trust_with(root);
    struct sgw_cert_list bag = {0};
    assert_int_equal(sgw_cert_list_add(&bag, middle), SMIMEGW_OK);
    for (size_t i = 0; i < sizeof(file_rows) / sizeof(file_rows[0]); i++) {
        struct smimegw_cert *cert = load_cert(file_rows[i].file);
        /* without the intermediate there is no path */
        assert_int_equal(check_at(trust, cert, NULL, TEST_TIME),
                         SMIMEGW_REASON_CERT_UNTRUSTED);
        int reason = check_at(trust, cert, &bag, TEST_TIME);
        if (reason != file_rows[i].reason)
            fail_msg("%s: reason %d, not %d", file_rows[i].file, reason, file_rows[i].reason);
        smimegw_cert_unref(cert);
    }
    sgw_cert_list_clear(&bag);
    sgw_trust_free(trust);
    smimegw_cert_unref(middle);
    smimegw_cert_unref(root);
}

static void time_is_what_is_asked_for(void **state)
{
    (void)state;
    struct smimegw_cert *root = load_cert("root.pem");
    struct smimegw_cert *cert = load_cert("rsa2048.pem");
    struct sgw_trust *trust = trust_with(root);
    struct file middle = read_key_file("intermediate.pem");
    assert_int_equal(
        sgw_trust_add(trust, SMIMEGW_TRUST_INTERMEDIATE, middle.data, middle.size, NULL),
        SMIMEGW_OK);
    assert_int_equal(sgw_trust_known(trust, 1)->count, 1);
    assert_int_equal(check_at(trust, cert, NULL, cert->not_before - 1),
                     SMIMEGW_REASON_CERT_NOT_YET);
    assert_int_equal(check_at(trust, cert, NULL, cert->not_before), SMIMEGW_REASON_OK);
    assert_int_equal(check_at(trust, cert, NULL, cert->not_after), SMIMEGW_REASON_OK);
    assert_int_equal(check_at(trust, cert, NULL, cert->not_after + 1),
                     SMIMEGW_REASON_CERT_EXPIRED);
    free(middle.data);
    sgw_trust_free(trust);
    smimegw_cert_unref(cert);
    smimegw_cert_unref(root);
}

static void pinned_is_byte_for_byte(void **state)
{
    (void)state;
    gnutls_x509_privkey_t key = make_ec_key();
    struct recipe recipe = {
        .name = "Pinned", .usage = SIGN, .purpose = MAIL, .path_length = -1};
    struct smimegw_cert *pinned = make_cert(&recipe, key, key);
    struct smimegw_cert *twin = make_cert(&recipe, key, key); /* other serial number */
    recipe.digest = GNUTLS_DIG_SHA1;
    struct smimegw_cert *old = make_cert(&recipe, key, key);
    recipe.usage = GNUTLS_KEY_KEY_AGREEMENT;
    struct smimegw_cert *wrong_use = make_cert(&recipe, key, key);
    struct sgw_trust *trust = trust_with(pinned);
    assert_int_equal(check_at(trust, pinned, NULL, TEST_TIME), SMIMEGW_REASON_OK);
    assert_int_not_equal(check_at(trust, twin, NULL, TEST_TIME), SMIMEGW_REASON_OK);
    assert_int_equal(check_at(trust, pinned, NULL, 1), SMIMEGW_REASON_CERT_NOT_YET);
    sgw_trust_free(trust);
    /* the digest of an anchor's own signature says nothing, its use does */
    trust = trust_with(old);
    assert_int_equal(check_at(trust, old, NULL, TEST_TIME), SMIMEGW_REASON_OK);
    sgw_trust_free(trust);
    trust = trust_with(wrong_use);
    assert_int_equal(check_at(trust, wrong_use, NULL, TEST_TIME),
                     SMIMEGW_REASON_CERT_KEY_USAGE);
    sgw_trust_free(trust);
    smimegw_cert_unref(pinned);
    smimegw_cert_unref(twin);
    smimegw_cert_unref(old);
    smimegw_cert_unref(wrong_use);
    gnutls_x509_privkey_deinit(key);
}

/* Root, intermediate and leaf, one of them wrong. */
struct chain_row {
    const char *what;
    struct recipe middle;
    struct recipe leaf;
    int reason;
};

#define MIDDLE .name = "Middle", .issuer = "Root", .path_length = -1
#define LEAF .name = "Leaf", .issuer = "Middle", .path_length = -1, .address = "a@example.com"
static const struct chain_row chain_rows[] = {
    {"good",
     {MIDDLE, .is_ca = true, .usage = CERTSIGN},
     {LEAF, .usage = SIGN, .purpose = MAIL},
     SMIMEGW_REASON_OK},
    {"no usage, no purpose", {MIDDLE, .is_ca = true}, {LEAF}, SMIMEGW_REASON_OK},
    {"any purpose",
     {MIDDLE, .is_ca = true},
     {LEAF, .purpose = GNUTLS_KP_ANY},
     SMIMEGW_REASON_OK},
    {"nonRepudiation only",
     {MIDDLE, .is_ca = true},
     {LEAF, .usage = GNUTLS_KEY_NON_REPUDIATION},
     SMIMEGW_REASON_OK},
    {"no CA",
     {MIDDLE, .is_ca = false, .usage = CERTSIGN},
     {LEAF},
     SMIMEGW_REASON_CERT_INVALID},
    {"no constraints",
     {MIDDLE, .has_no_constraints = true},
     {LEAF},
     SMIMEGW_REASON_CERT_INVALID},
    {"CA without keyCertSign",
     {MIDDLE, .is_ca = true, .usage = GNUTLS_KEY_CRL_SIGN},
     {LEAF},
     SMIMEGW_REASON_CERT_INVALID},
    {"CA for servers",
     {MIDDLE, .is_ca = true, .purpose = GNUTLS_KP_TLS_WWW_SERVER},
     {LEAF},
     SMIMEGW_REASON_CERT_PURPOSE},
    {"CA signed with SHA-1",
     {MIDDLE, .is_ca = true, .digest = GNUTLS_DIG_SHA1},
     {LEAF},
     SMIMEGW_REASON_ALGORITHM_WEAK},
    {"leaf signed with SHA-1",
     {MIDDLE, .is_ca = true},
     {LEAF, .digest = GNUTLS_DIG_SHA1},
     SMIMEGW_REASON_ALGORITHM_WEAK},
    {"leaf signed with SHA-224",
     {MIDDLE, .is_ca = true},
     {LEAF, .digest = GNUTLS_DIG_SHA224},
     SMIMEGW_REASON_ALGORITHM_WEAK},
    {"CA expired",
     {MIDDLE, .is_ca = true, .not_after = TEST_TIME - 1},
     {LEAF},
     SMIMEGW_REASON_CERT_EXPIRED},
    {"CA not yet",
     {MIDDLE, .is_ca = true, .not_before = TEST_TIME + 1},
     {LEAF},
     SMIMEGW_REASON_CERT_NOT_YET},
    {"unknown critical extension in the leaf",
     {MIDDLE, .is_ca = true},
     {LEAF, .odd_oid = "1.2.3.4.5", .is_odd_critical = 1},
     SMIMEGW_REASON_CERT_INVALID},
    {"unknown critical extension in the CA",
     {MIDDLE, .is_ca = true, .odd_oid = "1.2.3.4.5", .is_odd_critical = 1},
     {LEAF},
     SMIMEGW_REASON_CERT_INVALID},
    {"unknown extension",
     {MIDDLE, .is_ca = true},
     {LEAF, .odd_oid = "1.2.3.4.5"},
     SMIMEGW_REASON_OK},
    {"permitted name",
     {MIDDLE, .is_ca = true, .permitted = "example.com"},
     {LEAF},
     SMIMEGW_REASON_OK},
    {"forbidden name",
     {MIDDLE, .is_ca = true, .permitted = "example.org"},
     {LEAF},
     SMIMEGW_REASON_CERT_INVALID},
};

static void chains_are_judged(void **state)
{
    (void)state;
    gnutls_x509_privkey_t keys[3] = {make_ec_key(), make_ec_key(), make_ec_key()};
    struct recipe root_recipe = {.name = "Root", .is_ca = true, .path_length = -1};
    struct smimegw_cert *root = make_cert(&root_recipe, keys[0], keys[0]);
    struct sgw_trust *trust = trust_with(root);
    for (size_t i = 0; i < sizeof(chain_rows) / sizeof(chain_rows[0]); i++) {
        const struct chain_row *row = &chain_rows[i];
        struct smimegw_cert *middle = make_cert(&row->middle, keys[1], keys[0]);
        struct smimegw_cert *leaf = make_cert(&row->leaf, keys[2], keys[1]);
        struct sgw_cert_list bag = {0};
        assert_int_equal(sgw_cert_list_add(&bag, leaf), SMIMEGW_OK);
        assert_int_equal(sgw_cert_list_add(&bag, middle), SMIMEGW_OK);
        int reason = check_at(trust, leaf, &bag, TEST_TIME);
        if (reason != row->reason)
            fail_msg("%s: reason %d, not %d", row->what, reason, row->reason);
        sgw_cert_list_clear(&bag);
        smimegw_cert_unref(middle);
        smimegw_cert_unref(leaf);
    }
    sgw_trust_free(trust);
    smimegw_cert_unref(root);
    for (size_t i = 0; i < 3; i++)
        gnutls_x509_privkey_deinit(keys[i]);
}

static void path_length_counts(void **state)
{
    (void)state;
    gnutls_x509_privkey_t key = make_ec_key();
    gnutls_x509_privkey_t other = make_ec_key();
    struct recipe recipes[] = {
        {.name = "Root", .is_ca = true, .path_length = 0},
        {.name = "Middle", .issuer = "Root", .is_ca = true, .path_length = -1},
        {.name = "Leaf", .issuer = "Middle", .path_length = -1},
        {.name = "Direct", .issuer = "Root", .path_length = -1},
    };
    struct smimegw_cert *root = make_cert(&recipes[0], key, key);
    struct smimegw_cert *middle = make_cert(&recipes[1], other, key);
    struct smimegw_cert *leaf = make_cert(&recipes[2], key, other);
    struct smimegw_cert *direct = make_cert(&recipes[3], other, key);
    struct sgw_trust *trust = trust_with(root);
    struct sgw_cert_list bag = {0};
    assert_int_equal(sgw_cert_list_add(&bag, middle), SMIMEGW_OK);
    assert_int_equal(check_at(trust, leaf, &bag, TEST_TIME), SMIMEGW_REASON_CERT_INVALID);
    assert_int_equal(check_at(trust, direct, &bag, TEST_TIME), SMIMEGW_REASON_OK);
    sgw_cert_list_clear(&bag);
    sgw_trust_free(trust);
    smimegw_cert_unref(root);
    smimegw_cert_unref(middle);
    smimegw_cert_unref(leaf);
    smimegw_cert_unref(direct);
    gnutls_x509_privkey_deinit(key);
    gnutls_x509_privkey_deinit(other);
}

/* A forged certificate in the bag must not stand in for the true one (AC-130). */
static void forged_issuer_is_passed_over(void **state)
{
    (void)state;
    gnutls_x509_privkey_t keys[4] = {make_ec_key(), make_ec_key(), make_ec_key(),
                                     make_ec_key()};
    struct recipe root_recipe = {.name = "Root", .is_ca = true, .path_length = -1};
    struct recipe middle_recipe = {.name = "Middle",
                                   .issuer = "Root",
                                   .is_ca = true,
                                   .path_length = -1,
                                   .has_no_key_ids = true};
    struct recipe leaf_recipe = {
        .name = "Leaf", .issuer = "Middle", .path_length = -1, .has_no_key_ids = true};
    struct smimegw_cert *root = make_cert(&root_recipe, keys[0], keys[0]);
    struct smimegw_cert *forged = make_cert(&middle_recipe, keys[3], keys[3]);
    struct smimegw_cert *middle = make_cert(&middle_recipe, keys[1], keys[0]);
    struct smimegw_cert *leaf = make_cert(&leaf_recipe, keys[2], keys[1]);
    struct sgw_trust *trust = trust_with(root);
    struct sgw_cert_list bag = {0};
    assert_int_equal(sgw_cert_list_add(&bag, forged), SMIMEGW_OK);
    assert_int_equal(check_at(trust, leaf, &bag, TEST_TIME), SMIMEGW_REASON_CERT_UNTRUSTED);
    assert_int_equal(sgw_cert_list_add(&bag, middle), SMIMEGW_OK);
    assert_int_equal(check_at(trust, leaf, &bag, TEST_TIME), SMIMEGW_REASON_OK);
    sgw_cert_list_clear(&bag);
    sgw_trust_free(trust);
    smimegw_cert_unref(root);
    smimegw_cert_unref(forged);
    smimegw_cert_unref(middle);
    smimegw_cert_unref(leaf);
    for (size_t i = 0; i < 4; i++)
        gnutls_x509_privkey_deinit(keys[i]);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_slow_run(void)
{
    return getenv("SMIMEGW_SLOW") != NULL;
}

/* AC-127 */
static void cross_signed_loop_ends(void **state)
{
    (void)state;
    gnutls_x509_privkey_t keys[2] = {make_ec_key(), make_ec_key()};
    struct recipe a = {.name = "A", .issuer = "B", .is_ca = true, .path_length = -1};
    struct recipe b = {.name = "B", .issuer = "A", .is_ca = true, .path_length = -1};
    struct recipe leaf_recipe = {.name = "Leaf", .issuer = "A", .path_length = -1};
    struct recipe root_recipe = {.name = "B", .is_ca = true, .path_length = -1};
    struct smimegw_cert *leaf = make_cert(&leaf_recipe, keys[0], keys[0]);
    struct sgw_trust *trust = trust_with(NULL);
    struct sgw_cert_list bag = {0};
    for (int i = 0; i < 100; i++) {
        struct smimegw_cert *one = make_cert(&a, keys[0], keys[1]);
        struct smimegw_cert *other = make_cert(&b, keys[1], keys[0]);
        assert_int_equal(sgw_cert_list_add(&bag, one), SMIMEGW_OK);
        assert_int_equal(sgw_cert_list_add(&bag, other), SMIMEGW_OK);
        smimegw_cert_unref(one);
        smimegw_cert_unref(other);
    }
    double start = cpu_seconds();
    assert_int_equal(check_at(trust, leaf, &bag, TEST_TIME), SMIMEGW_REASON_CERT_UNTRUSTED);
    double spent = cpu_seconds() - start;
    assert_true(spent < 0.1 || is_slow_run());
    sgw_trust_free(trust);
    /* an anchor beside the loop is found */
    struct smimegw_cert *root = make_cert(&root_recipe, keys[1], keys[1]);
    trust = trust_with(root);
    assert_int_equal(check_at(trust, leaf, &bag, TEST_TIME), SMIMEGW_REASON_OK);
    sgw_trust_free(trust);
    smimegw_cert_unref(root);
    sgw_cert_list_clear(&bag);
    smimegw_cert_unref(leaf);
    gnutls_x509_privkey_deinit(keys[0]);
    gnutls_x509_privkey_deinit(keys[1]);
}

static void thousand_issuers_are_bounded(void **state)
{
    (void)state;
    gnutls_x509_privkey_t keys[2] = {make_ec_key(), make_ec_key()};
    struct recipe root_recipe = {
        .name = "Root", .is_ca = true, .path_length = -1, .has_no_key_ids = true};
    struct recipe same = {.name = "Same",
                          .issuer = "Root",
                          .is_ca = true,
                          .path_length = -1,
                          .has_no_key_ids = true};
    struct recipe leaf_recipe = {
        .name = "Leaf", .issuer = "Same", .path_length = -1, .has_no_key_ids = true};
    struct smimegw_cert *root = make_cert(&root_recipe, keys[0], keys[0]);
    struct smimegw_cert *leaf = make_cert(&leaf_recipe, keys[0], keys[0]);
    struct sgw_trust *trust = trust_with(root);
    struct sgw_cert_list bag = {0};
    for (int i = 0; i < 1000; i++) {
        struct smimegw_cert *cert = make_cert(&same, keys[1], keys[0]);
        assert_int_equal(sgw_cert_list_add(&bag, cert), SMIMEGW_OK);
        smimegw_cert_unref(cert);
    }
    double start = cpu_seconds();
    assert_int_equal(check_at(trust, leaf, &bag, TEST_TIME), SMIMEGW_REASON_CERT_UNTRUSTED);
    double spent = cpu_seconds() - start;
    assert_true(spent < 0.1 || is_slow_run());
    sgw_cert_list_clear(&bag);
    sgw_trust_free(trust);
    smimegw_cert_unref(root);
    smimegw_cert_unref(leaf);
    gnutls_x509_privkey_deinit(keys[0]);
    gnutls_x509_privkey_deinit(keys[1]);
}

/* Eight certificates are a path, nine are none. */
static void depth_is_bounded(void **state)
{
    (void)state;
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8"};
    gnutls_x509_privkey_t key = make_ec_key();
    struct smimegw_cert *certs[9];
    struct sgw_cert_list bag = {0};
    for (size_t i = 0; i < 9; i++) {
        struct recipe recipe = {.name = names[i],
                                .issuer = i > 0 ? names[i - 1] : NULL,
                                .is_ca = true,
                                .path_length = -1};
        certs[i] = make_cert(&recipe, key, key);
        assert_int_equal(sgw_cert_list_add(&bag, certs[i]), SMIMEGW_OK);
    }
    struct sgw_trust *trust = trust_with(certs[0]);
    assert_int_equal(check_at(trust, certs[7], &bag, TEST_TIME), SMIMEGW_REASON_OK);
    assert_int_equal(check_at(trust, certs[8], &bag, TEST_TIME),
                     SMIMEGW_REASON_CERT_UNTRUSTED);
    sgw_trust_free(trust);
    sgw_cert_list_clear(&bag);
    for (size_t i = 0; i < 9; i++)
        smimegw_cert_unref(certs[i]);
    gnutls_x509_privkey_deinit(key);
}

static void bad_files_change_nothing(void **state)
{
    (void)state;
    struct sgw_trust *trust = trust_with(NULL);
    struct file good = read_key_file("root.pem");
    char *text = malloc(2 * good.size + 100);
    size_t size = (size_t)sprintf(text,
                                  "%.*s-----BEGIN CERTIFICATE-----\nAAAA\n"
                                  "-----END CERTIFICATE-----\n",
                                  (int)good.size, (char *)good.data);
    struct smimegw_error *error = NULL;
    assert_int_equal(sgw_trust_add(trust, SMIMEGW_TRUST_INTERMEDIATE, text, size, &error),
                     SMIMEGW_E_KEY);
    assert_non_null(strstr(smimegw_error_text(error), "certificate 2 "));
    assert_int_equal(sgw_trust_known(trust, 1)->count, 0);
    smimegw_error_free(error);
    assert_int_equal(sgw_trust_add(trust, SMIMEGW_TRUST_ANCHOR, "no PEM", 6, NULL),
                     SMIMEGW_E_KEY);
    assert_int_equal(sgw_trust_add(trust, SMIMEGW_TRUST_ANCHOR, NULL, 0, NULL), SMIMEGW_E_KEY);
    free(text);
    free(good.data);
    sgw_trust_free(trust);
    sgw_trust_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_get_their_reasons),
        cmocka_unit_test(time_is_what_is_asked_for),
        cmocka_unit_test(pinned_is_byte_for_byte),
        cmocka_unit_test(chains_are_judged),
        cmocka_unit_test(path_length_counts),
        cmocka_unit_test(forged_issuer_is_passed_over),
        cmocka_unit_test(cross_signed_loop_ends),
        cmocka_unit_test(thousand_issuers_are_bounded),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(bad_files_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
