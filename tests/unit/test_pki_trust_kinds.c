/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/trust.h"
#include "pki_maker.h"

#define MAIL GNUTLS_KP_EMAIL_PROTECTION
#define SIGN GNUTLS_KEY_DIGITAL_SIGNATURE
#define CERTSIGN GNUTLS_KEY_KEY_CERT_SIGN

/* Two roots that certify one intermediate key, and a leaf below it. */
struct scene {
    gnutls_x509_privkey_t root_key, other_key, middle_key, leaf_key;
    struct smimegw_cert *root, *other, *middle, *cross, *leaf;
};

static void scene_make(struct scene *scene)
{
    struct recipe ca = {.name = "Root", .is_ca = true, .path_length = -1, .usage = CERTSIGN};
    scene->root_key = make_ec_key();
    scene->other_key = make_ec_key();
    scene->middle_key = make_ec_key();
    scene->leaf_key = make_ec_key();
    scene->root = make_cert(&ca, scene->root_key, scene->root_key);
    ca.name = "Other";
    scene->other = make_cert(&ca, scene->other_key, scene->other_key);
    ca.name = "Middle";
    ca.issuer = "Root";
    scene->middle = make_cert(&ca, scene->middle_key, scene->root_key);
    ca.issuer = "Other";
    scene->cross = make_cert(&ca, scene->middle_key, scene->other_key);
    struct recipe leaf = {.name = "Leaf",
                          .issuer = "Middle",
                          .path_length = -1,
                          .usage = SIGN,
                          .purpose = MAIL,
                          .address = "leaf@example.com"};
    scene->leaf = make_cert(&leaf, scene->leaf_key, scene->middle_key);
}

static void scene_clear(struct scene *scene)
{
    smimegw_cert_unref(scene->root);
    smimegw_cert_unref(scene->other);
    smimegw_cert_unref(scene->middle);
    smimegw_cert_unref(scene->cross);
    smimegw_cert_unref(scene->leaf);
    gnutls_x509_privkey_deinit(scene->root_key);
    gnutls_x509_privkey_deinit(scene->other_key);
    gnutls_x509_privkey_deinit(scene->middle_key);
    gnutls_x509_privkey_deinit(scene->leaf_key);
}

static void add(struct sgw_trust *trust, int kind, const struct smimegw_cert *cert)
{
    size_t size;
    const void *der = smimegw_cert_der(cert, &size);
    assert_int_equal(sgw_trust_add(trust, kind, der, size, NULL), SMIMEGW_OK);
}

static struct sgw_trust_finding ask(struct sgw_trust *trust, struct smimegw_cert *cert,
                                    int64_t time, int64_t *operations)
{
    struct sgw_trust_finding finding = {.reason = -1};
    const struct sgw_trust_query query = {
        .cert = cert, .use = SMIMEGW_USE_SIGN, .time = time, .operations = operations};
    assert_int_equal(sgw_trust_check(trust, &query, &finding, NULL), SMIMEGW_OK);
    return finding;
}

static struct sgw_trust *new_trust(const struct scene *scene, int root_kind)
{
    struct sgw_trust *trust = NULL;
    assert_int_equal(sgw_trust_new(&trust, NULL), SMIMEGW_OK);
    add(trust, root_kind, scene->root);
    add(trust, SMIMEGW_TRUST_INTERMEDIATE, scene->middle);
    return trust;
}

/* What is denied, what is told then; the leaf would pass without. */
static void denied_is_never_a_part_of_a_path(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct smimegw_cert *const denied[] = {scene.leaf, scene.middle, scene.root};
    for (size_t i = 0; i < 3; i++) {
        struct sgw_trust *trust = new_trust(&scene, SMIMEGW_TRUST_ANCHOR);
        add(trust, SMIMEGW_TRUST_DENIED, denied[i]);
        assert_int_equal(ask(trust, scene.leaf, TEST_TIME, NULL).reason,
                         SMIMEGW_REASON_CERT_DENIED);
        sgw_trust_free(trust);
    }
    scene_clear(&scene);
}

/* A denied link has the same key under the same name in a cross-certificate: denied, too. */
static void denied_key_is_denied_in_other_certificates(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct sgw_trust *trust = new_trust(&scene, SMIMEGW_TRUST_ANCHOR);
    add(trust, SMIMEGW_TRUST_ANCHOR, scene.other);
    add(trust, SMIMEGW_TRUST_INTERMEDIATE, scene.cross);
    add(trust, SMIMEGW_TRUST_DENIED, scene.middle);
    assert_int_equal(ask(trust, scene.leaf, TEST_TIME, NULL).reason,
                     SMIMEGW_REASON_CERT_DENIED);
    sgw_trust_free(trust);
    /* but a denied anchor leaves the way to the other one */
    trust = new_trust(&scene, SMIMEGW_TRUST_ANCHOR);
    add(trust, SMIMEGW_TRUST_ANCHOR, scene.other);
    add(trust, SMIMEGW_TRUST_INTERMEDIATE, scene.cross);
    add(trust, SMIMEGW_TRUST_DENIED, scene.root);
    assert_int_equal(ask(trust, scene.leaf, TEST_TIME, NULL).reason, SMIMEGW_REASON_OK);
    sgw_trust_free(trust);
    scene_clear(&scene);
}

static void pinned_needs_no_path_and_speaks_for_domains(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct sgw_trust *trust = NULL;
    assert_int_equal(sgw_trust_new(&trust, NULL), SMIMEGW_OK);
    add(trust, SMIMEGW_TRUST_PINNED, scene.leaf);
    struct sgw_trust_finding finding = ask(trust, scene.leaf, TEST_TIME, NULL);
    assert_int_equal(finding.reason, SMIMEGW_REASON_OK);
    assert_true(finding.is_pinned);
    assert_true(finding.speaks_for_domains);
    assert_int_equal(ask(trust, scene.leaf, scene.leaf->not_after + 1, NULL).reason,
                     SMIMEGW_REASON_CERT_EXPIRED);
    assert_int_equal(sgw_trust_known(trust, 0)->count, 1);
    /* a pinned certificate is no anchor for what it issued */
    struct sgw_trust *ca = NULL;
    assert_int_equal(sgw_trust_new(&ca, NULL), SMIMEGW_OK);
    add(ca, SMIMEGW_TRUST_PINNED, scene.root);
    add(ca, SMIMEGW_TRUST_INTERMEDIATE, scene.middle);
    assert_int_equal(ask(ca, scene.leaf, TEST_TIME, NULL).reason,
                     SMIMEGW_REASON_CERT_UNTRUSTED);
    sgw_trust_free(ca);
    sgw_trust_free(trust);
    scene_clear(&scene);
}

static void only_flagged_anchors_let_domains_speak(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct sgw_trust *trust = new_trust(&scene, SMIMEGW_TRUST_ANCHOR);
    struct sgw_trust_finding finding = ask(trust, scene.leaf, TEST_TIME, NULL);
    assert_int_equal(finding.reason, SMIMEGW_REASON_OK);
    assert_false(finding.speaks_for_domains);
    sgw_trust_free(trust);
    trust = new_trust(&scene, SMIMEGW_TRUST_DOMAIN_ANCHOR);
    finding = ask(trust, scene.leaf, TEST_TIME, NULL);
    assert_int_equal(finding.reason, SMIMEGW_REASON_OK);
    assert_true(finding.speaks_for_domains);
    assert_false(finding.is_pinned);
    sgw_trust_free(trust);
    scene_clear(&scene);
}

/* A domain certificate below an ordinary and a flagged anchor: the flagged one is looked for.
 */
static void a_path_for_domains_is_preferred(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct smimegw_cert *domain = NULL;
    struct recipe leaf = {.name = "Domain",
                          .issuer = "Middle",
                          .path_length = -1,
                          .usage = SIGN,
                          .purpose = MAIL,
                          .domain = "example.com"};
    domain = make_cert(&leaf, scene.leaf_key, scene.middle_key);
    struct sgw_trust *trust = new_trust(&scene, SMIMEGW_TRUST_ANCHOR);
    assert_false(ask(trust, domain, TEST_TIME, NULL).speaks_for_domains);
    sgw_trust_free(trust);
    trust = new_trust(&scene, SMIMEGW_TRUST_ANCHOR);
    add(trust, SMIMEGW_TRUST_DOMAIN_ANCHOR, scene.other);
    add(trust, SMIMEGW_TRUST_INTERMEDIATE, scene.cross);
    assert_true(ask(trust, domain, TEST_TIME, NULL).speaks_for_domains);
    sgw_trust_free(trust);
    smimegw_cert_unref(domain);
    scene_clear(&scene);
}

/* A CA for one mailbox domain speaks for no other domain; the path itself is good. */
static void mail_constraints_bind_domains(void **state)
{
    static const struct {
        const char *permitted;
        bool speaks_for_domains;
    } rows[] = {{"example.com", true}, {"example.org", false}, {"a@example.com", false}};
    (void)state;
    struct scene scene;
    scene_make(&scene);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct recipe recipe = {.name = "Root",
                                .is_ca = true,
                                .path_length = -1,
                                .usage = CERTSIGN,
                                .permitted = rows[i].permitted};
        struct sgw_trust *trust = NULL;
        struct smimegw_cert *root = make_cert(&recipe, scene.root_key, scene.root_key);
        recipe = (struct recipe){.name = "Domain",
                                 .issuer = "Root",
                                 .path_length = -1,
                                 .usage = SIGN,
                                 .purpose = MAIL,
                                 .domain = "example.com"};
        struct smimegw_cert *leaf = make_cert(&recipe, scene.leaf_key, scene.root_key);
        assert_int_equal(sgw_trust_new(&trust, NULL), SMIMEGW_OK);
        add(trust, SMIMEGW_TRUST_DOMAIN_ANCHOR, root);
        struct sgw_trust_finding finding = ask(trust, leaf, TEST_TIME, NULL);
        assert_int_equal(finding.reason, SMIMEGW_REASON_OK);
        assert_int_equal(finding.speaks_for_domains, rows[i].speaks_for_domains);
        sgw_trust_free(trust);
        smimegw_cert_unref(root);
        smimegw_cert_unref(leaf);
    }
    scene_clear(&scene);
}

static void a_known_signer_costs_nothing_more(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct sgw_trust *trust = new_trust(&scene, SMIMEGW_TRUST_ANCHOR);
    int64_t operations = 64;
    assert_int_equal(ask(trust, scene.leaf, TEST_TIME, &operations).reason, SMIMEGW_REASON_OK);
    int64_t after_first = operations;
    assert_true(after_first < 64);
    assert_int_equal(ask(trust, scene.leaf, TEST_TIME + 899, &operations).reason,
                     SMIMEGW_REASON_OK);
    assert_int_equal(operations, after_first);
    /* not in another time slot, nor before the judgement, nor past the validity */
    ask(trust, scene.leaf, TEST_TIME + 901, &operations);
    assert_true(operations < after_first);
    after_first = operations;
    ask(trust, scene.leaf, TEST_TIME, &operations);
    assert_true(operations < after_first);
    int64_t end = scene.leaf->not_after;
    assert_int_equal(ask(trust, scene.leaf, end, NULL).reason, SMIMEGW_REASON_OK);
    assert_int_equal(ask(trust, scene.leaf, end + 1, NULL).reason,
                     SMIMEGW_REASON_CERT_EXPIRED);
    sgw_trust_free(trust);
    scene_clear(&scene);
}

static void work_is_counted_and_ends(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct sgw_trust *trust = new_trust(&scene, SMIMEGW_TRUST_ANCHOR);
    int64_t operations = 2; /* the path has three certificates */
    assert_int_equal(ask(trust, scene.leaf, TEST_TIME, &operations).reason,
                     SMIMEGW_REASON_LIMIT);
    assert_true(operations >= 0);
    operations = 3;
    assert_int_equal(ask(trust, scene.leaf, TEST_TIME, &operations).reason, SMIMEGW_REASON_OK);
    assert_int_equal(operations, 0);
    sgw_trust_free(trust);
    scene_clear(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(denied_is_never_a_part_of_a_path),
        cmocka_unit_test(denied_key_is_denied_in_other_certificates),
        cmocka_unit_test(pinned_needs_no_path_and_speaks_for_domains),
        cmocka_unit_test(only_flagged_anchors_let_domains_speak),
        cmocka_unit_test(a_path_for_domains_is_preferred),
        cmocka_unit_test(mail_constraints_bind_domains),
        cmocka_unit_test(a_known_signer_costs_nothing_more),
        cmocka_unit_test(work_is_counted_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
