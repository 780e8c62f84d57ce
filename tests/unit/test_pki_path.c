/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/path.h"

#include "pki/cert/extension.h"
#include "pki_link.h"
#include "pki_maker.h"

/*
 * What a path is checked for beside GnuTLS, which is told to ignore critical extensions and is
 * overruled where names are under constraints: nothing may slip through there (AC-124).
 */
enum { ROOT, MIDDLE, LEAF, COUNT };

static gnutls_x509_privkey_t keys[COUNT];

static int make_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        keys[i] = make_ec_key();
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        gnutls_x509_privkey_deinit(keys[i]);
    return 0;
}

/* The reason of a path of three; signed_by: keys that sign root, middle, leaf. */
static int judge_signed(const struct recipe *recipes, const size_t *signed_by)
{
    struct smimegw_cert *certs[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        certs[i] = make_cert(&recipes[i], keys[i], keys[signed_by[i]]);
    const struct smimegw_cert *path[COUNT] = {certs[LEAF], certs[MIDDLE], certs[ROOT]};
    int reason = -1;
    assert_int_equal(sgw_path_check(path, COUNT, SMIMEGW_USE_SIGN, TEST_TIME, &reason),
                     SMIMEGW_OK);
    for (size_t i = 0; i < COUNT; i++)
        smimegw_cert_unref(certs[i]);
    return reason;
}

static const size_t all_right[COUNT] = {ROOT, ROOT, MIDDLE};

static void default_recipes(struct recipe recipes[COUNT])
{
    static const struct recipe plain[COUNT] = {
        {.name = "Root", .is_ca = true, .path_length = -1},
        {.name = "Middle", .issuer = "Root", .is_ca = true, .path_length = -1},
        {.name = "Leaf", .issuer = "Middle", .path_length = -1, .address = "a@d.test"},
    };
    memcpy(recipes, plain, sizeof(plain));
}

static void unknown_critical_extensions_are_refused(void **state)
{
    (void)state;
    /* unknown; of id-ce, but not processed; numbers of such that are, in other arcs */
    static const char *const oids[] = {"1.2.3.4.5", "2.5.29.9",    "2.5.29.31",
                                       "2.5.29.46", "2.5.29.99",   "1.3.6.1.4.1.30",
                                       "2.5.30.32", "2.5.29.32.0", "2.16.840.1.113730.1.1"};
    struct recipe recipes[COUNT];
    for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++)
        for (size_t at = 0; at < COUNT; at++) {
            default_recipes(recipes);
            recipes[at].odd_oid = oids[i];
            assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_OK);
            recipes[at].is_odd_critical = 1;
            int reason = judge_signed(recipes, all_right);
            /* [RFC5280-6.1.1] (d): an anchor is a name and a key */
            if (reason != (at == ROOT ? SMIMEGW_REASON_OK : SMIMEGW_REASON_CERT_INVALID))
                fail_msg("%s in certificate %zu: %d", oids[i], at, reason);
        }
}

static void set_critical(gnutls_x509_crt_t crt, const char *oid, const char *value,
                         size_t size)
{
    assert_int_equal(gnutls_x509_crt_set_extension_by_oid(crt, oid, value, size, 1), 0);
}

static void set_policies(gnutls_x509_crt_t crt)
{
    set_critical(crt, "2.5.29.32", "\x30\x06\x30\x04\x06\x02\x2a\x03", 8);
}

static void set_all_policies(gnutls_x509_crt_t crt)
{
    set_policies(crt);
    set_critical(crt, "2.5.29.33", "\x30\x0a\x30\x08\x06\x02\x2a\x03\x06\x02\x2a\x03", 12);
    set_critical(crt, "2.5.29.36", "\x30\x03\x80\x01\x00", 5);
    set_critical(crt, "2.5.29.54", "\x02\x01\x00", 3);
}

static void critical_policies_are_processed(void **state)
{
    (void)state;
    struct recipe recipes[COUNT];
    default_recipes(recipes);
    recipes[MIDDLE].edit = set_all_policies;
    recipes[LEAF].edit = set_policies;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_OK);
    recipes[LEAF].edit = NULL;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_CERT_INVALID);
    recipes[MIDDLE].edit = NULL;
    recipes[ROOT].edit = set_all_policies;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_OK);
}

/* Excluded are URIs at d.test. */
static void exclude_uri(gnutls_x509_crt_t crt)
{
    set_critical(crt, "2.5.29.30",
                 "\x30\x0c\xa1\x0a\x30\x08\x86\x06"
                 "d.test",
                 14);
}

static void set_uri(gnutls_x509_crt_t crt, const char *uri)
{
    assert_int_equal(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_URI, uri,
                                                          (unsigned int)strlen(uri),
                                                          GNUTLS_FSAN_APPEND),
                     0);
}

static void set_good_uri(gnutls_x509_crt_t crt)
{
    set_uri(crt, "http://e.test/");
}

static void set_bad_uri(gnutls_x509_crt_t crt)
{
    set_uri(crt, "http://d.test/");
}

/* GnuTLS calls all URIs wrong there; what else is wrong must still be seen. */
static void constraints_overrule_nothing_else(void **state)
{
    (void)state;
    static const size_t forged[COUNT] = {ROOT, ROOT, ROOT};
    struct recipe recipes[COUNT];
    default_recipes(recipes);
    recipes[MIDDLE].edit = exclude_uri;
    recipes[LEAF].edit = set_good_uri;
    recipes[LEAF].has_no_key_ids = true;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_OK);
    assert_int_equal(judge_signed(recipes, forged), SMIMEGW_REASON_CERT_UNTRUSTED);
    recipes[LEAF].digest = GNUTLS_DIG_SHA1;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_ALGORITHM_WEAK);
    recipes[LEAF].digest = 0;
    recipes[LEAF].purpose = GNUTLS_KP_TLS_WWW_SERVER;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_CERT_PURPOSE);
    recipes[LEAF].purpose = NULL;
    recipes[LEAF].issuer = "Other";
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_CERT_UNTRUSTED);
    recipes[LEAF].issuer = "Middle";
    recipes[MIDDLE].usage = GNUTLS_KEY_CRL_SIGN;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_CERT_INVALID);
    recipes[MIDDLE].usage = 0;
    recipes[MIDDLE].is_ca = false;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_CERT_INVALID);
    recipes[MIDDLE].is_ca = true;
    recipes[LEAF].edit = set_bad_uri;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_CERT_INVALID);
}

static void make_version_1(gnutls_x509_crt_t crt)
{
    assert_int_equal(gnutls_x509_crt_set_version(crt, 1), 0);
}

/* A certificate of version 1 can't say that it is a CA: only an anchor may be one. */
static void version_1_is_no_ca(void **state)
{
    (void)state;
    struct recipe recipes[COUNT];
    for (size_t at = ROOT; at <= MIDDLE; at++) {
        default_recipes(recipes);
        recipes[at].has_no_constraints = true;
        recipes[at].has_no_key_ids = true;
        recipes[at].edit = make_version_1;
        assert_int_equal(judge_signed(recipes, all_right),
                         at == ROOT ? SMIMEGW_REASON_OK : SMIMEGW_REASON_CERT_INVALID);
    }
}

/* [RFC5280-6.1.4] (k) to (n) */
static void anchors_must_be_cas(void **state)
{
    (void)state;
    struct recipe recipes[COUNT];
    default_recipes(recipes);
    recipes[ROOT].is_ca = false;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_CERT_INVALID);
    default_recipes(recipes);
    recipes[ROOT].usage = GNUTLS_KEY_DIGITAL_SIGNATURE;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_CERT_INVALID);
    default_recipes(recipes);
    recipes[ROOT].path_length = 0;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_CERT_INVALID);
    recipes[ROOT].path_length = 1;
    assert_int_equal(judge_signed(recipes, all_right), SMIMEGW_REASON_OK);
}

/* A forged certificate with the anchor's name and key: GnuTLS takes it for the anchor when it
 * is given the path as a whole, and never looks at its signature. */
static void twin_of_the_anchor_needs_a_signature(void **state)
{
    (void)state;
    struct recipe recipes[COUNT];
    default_recipes(recipes);
    recipes[LEAF].issuer = "Root";
    struct smimegw_cert *root = make_cert(&recipes[ROOT], keys[ROOT], keys[ROOT]);
    struct smimegw_cert *leaf = make_cert(&recipes[LEAF], keys[LEAF], keys[ROOT]);
    recipes[ROOT].has_no_key_ids = true;
    struct smimegw_cert *twin = make_cert(&recipes[ROOT], keys[ROOT], keys[LEAF]);
    const struct smimegw_cert *path[COUNT] = {leaf, twin, root};
    int reason = -1;
    assert_int_equal(sgw_path_check(path, COUNT, SMIMEGW_USE_SIGN, TEST_TIME, &reason),
                     SMIMEGW_OK);
    assert_int_equal(reason, SMIMEGW_REASON_CERT_UNTRUSTED);
    path[1] = root;
    assert_int_equal(sgw_path_check(path, 2, SMIMEGW_USE_SIGN, TEST_TIME, &reason),
                     SMIMEGW_OK);
    assert_int_equal(reason, SMIMEGW_REASON_OK);
    smimegw_cert_unref(root);
    smimegw_cert_unref(leaf);
    smimegw_cert_unref(twin);
}

/* [RFC5280-4.2]: never two of a kind; nobody could say which counts. */
static void repeated_extensions_are_refused(void **state)
{
    (void)state;
    uint8_t name[64];
    struct sgw_der_out extensions = {0};
    const struct link_names about = {name, put_common_name("x", name), name,
                                     put_common_name("x", name)};
    for (size_t i = 0; i < 2; i++) {
        size_t mark = sgw_out_mark(&extensions);
        sgw_out_raw(&extensions, "\x05\x00", 2);
        wrap_extension(&extensions, mark, (uint8_t)(100 + i));
    }
    struct smimegw_cert *cert = make_link(&about, &extensions);
    assert_true(sgw_extensions_are_known(cert));
    /* the number of the first */
    uint8_t *first = memmem(cert->der.data, cert->der.size, "\x55\x1d\x64", 3);
    assert_non_null(first);
    first[2] = 101;
    assert_false(sgw_extensions_are_known(cert));
    sgw_out_clear(&extensions);
    smimegw_cert_unref(cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_critical_extensions_are_refused),
        cmocka_unit_test(critical_policies_are_processed),
        cmocka_unit_test(constraints_overrule_nothing_else),
        cmocka_unit_test(version_1_is_no_ca),
        cmocka_unit_test(anchors_must_be_cas),
        cmocka_unit_test(twin_of_the_anchor_needs_a_signature),
        cmocka_unit_test(repeated_extensions_are_refused),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
