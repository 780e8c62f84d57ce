/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_STATUS_SCENE_H
#define SGW_TESTS_STATUS_SCENE_H

#include "status_maker.h"

/* What CRLs and OCSP responses are believed, for a leaf under an intermediate under a root. */
enum { NOW = TEST_TIME, HOUR = 3600, DAY = 24 * HOUR };

static struct {
    gnutls_x509_privkey_t root_key, ca_key, leaf_key, other_key, old_key;
    struct smimegw_cert *root, *ca, *leaf, *second, *stranger, *old_ca, *old_leaf;
    struct smimegw_cert *responder, *no_purpose, *expired, *crl_signer;
} the;

static inline int set_up(void **state)
{
    (void)state;
    const unsigned int ca_usage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN;
    const struct recipe root = {
        .name = "Root", .is_ca = true, .path_length = -1, .usage = ca_usage};
    const struct recipe ca = {
        .name = "CA", .issuer = "Root", .is_ca = true, .path_length = -1, .usage = ca_usage};
    const struct recipe leaf = {.name = "Leaf",
                                .issuer = "CA",
                                .path_length = -1,
                                .usage = GNUTLS_KEY_DIGITAL_SIGNATURE};
    const struct recipe stranger = {
        .name = "CA", .is_ca = true, .path_length = -1, .usage = ca_usage};
    const struct recipe responder = {.name = "Responder",
                                     .issuer = "CA",
                                     .path_length = -1,
                                     .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
                                     .purpose = GNUTLS_KP_OCSP_SIGNING};
    struct recipe no_purpose = responder;
    struct recipe expired = responder;
    const struct recipe crl_signer = {
        .name = "CA", .issuer = "Root", .path_length = -1, .usage = GNUTLS_KEY_CRL_SIGN};
    no_purpose.purpose = GNUTLS_KP_EMAIL_PROTECTION;
    expired.not_after = NOW - DAY;
    the.root_key = make_ec_key();
    the.ca_key = make_ec_key();
    the.leaf_key = make_ec_key();
    the.other_key = make_ec_key();
    the.old_key = make_ec_key();
    the.root = make_cert(&root, the.root_key, the.root_key);
    the.ca = make_cert(&ca, the.ca_key, the.root_key);
    the.old_ca = make_cert(&ca, the.old_key, the.root_key);
    the.leaf = make_cert(&leaf, the.leaf_key, the.ca_key);
    the.old_leaf = make_cert(&leaf, the.leaf_key, the.old_key);
    the.second = make_cert(&leaf, the.leaf_key, the.ca_key);
    the.stranger = make_cert(&stranger, the.other_key, the.other_key);
    the.responder = make_cert(&responder, the.other_key, the.ca_key);
    the.no_purpose = make_cert(&no_purpose, the.other_key, the.ca_key);
    the.expired = make_cert(&expired, the.other_key, the.ca_key);
    the.crl_signer = make_cert(&crl_signer, the.other_key, the.root_key);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    struct smimegw_cert *const certs[] = {
        the.root,     the.ca,        the.leaf,       the.second,  the.stranger,  the.old_ca,
        the.old_leaf, the.responder, the.no_purpose, the.expired, the.crl_signer};
    gnutls_x509_privkey_t const keys[] = {the.root_key, the.ca_key, the.leaf_key,
                                          the.other_key, the.old_key};
    for (size_t i = 0; i < sizeof(certs) / sizeof(certs[0]); i++)
        smimegw_cert_unref(certs[i]);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        gnutls_x509_privkey_deinit(keys[i]);
    return 0;
}

static inline struct sgw_revocation *new_store(void)
{
    struct sgw_revocation *store = NULL;
    assert_int_equal(sgw_revocation_new(&store, NULL), SMIMEGW_OK);
    return store;
}

static inline void add(struct sgw_revocation *store, struct sgw_der_out out)
{
    struct smimegw_error *error = NULL;
    if (sgw_revocation_add(store, out.buf.data, out.buf.size, &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    sgw_out_clear(&out);
}

static inline enum sgw_revocation_status ask_with(struct sgw_revocation *store,
                                                  const struct smimegw_cert *leaf,
                                                  const struct smimegw_cert *ca,
                                                  const struct sgw_cert_list *bag,
                                                  const struct sgw_crl_list *crls)
{
    const struct smimegw_cert *path[] = {leaf, ca, the.root};
    struct sgw_crl *hints;
    assert_int_equal(sgw_crl_hints_new(crls, &hints), SMIMEGW_OK);
    const struct sgw_revocation_query query = {
        .path = path, .count = 3, .candidates = {bag, NULL}, .hints = hints, .time = NOW};
    enum sgw_revocation_status status = SGW_REVOCATION_UNKNOWN;
    int64_t until = 0;
    assert_int_equal(sgw_revocation_check(store, &query, &status, &until), SMIMEGW_OK);
    sgw_crl_hints_free(hints);
    if (status != SGW_REVOCATION_UNKNOWN && (until < NOW || until > NOW + 30 * DAY))
        fail_msg("status %d: until is %lld off", status, (long long)(until - NOW));
    return status;
}

static inline enum sgw_revocation_status ask(struct sgw_revocation *store)
{
    return ask_with(store, the.leaf, the.ca, NULL, NULL);
}

static inline struct list_recipe good_list(void)
{
    return (struct list_recipe){.issuer = the.ca,
                                .signing = {.key = the.ca_key},
                                .this_update = NOW - HOUR,
                                .next_update = NOW + DAY};
}

#endif
