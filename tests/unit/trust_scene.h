/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_TRUST_SCENE_H
#define SGW_TESTS_TRUST_SCENE_H

#include <time.h>

#include "status_scene.h"

/* The scene of status_scene.h, asked through the whole door: trust, revocation and verdict. */
static inline void trust_cert(struct sgw_trust *trust, int kind,
                              const struct smimegw_cert *cert)
{
    assert_int_equal(sgw_trust_add(trust, kind, cert->der.data, cert->der.size, NULL),
                     SMIMEGW_OK);
}

static inline struct sgw_trust *new_trust(const struct smimegw_cert *anchor, int kind,
                                          const struct smimegw_cert *ca)
{
    struct sgw_trust *trust = NULL;
    assert_int_equal(sgw_trust_new(&trust, NULL), SMIMEGW_OK);
    trust_cert(trust, SMIMEGW_TRUST_ANCHOR, anchor);
    if (ca != NULL)
        trust_cert(trust, kind, ca);
    return trust;
}

static inline struct sgw_trust *usual_trust(void)
{
    return new_trust(the.root, SMIMEGW_TRUST_INTERMEDIATE, the.ca);
}

/* The return value of adding, with words where it is no success. */
static inline int try_to_give(struct sgw_trust *trust, struct sgw_der_out out)
{
    struct smimegw_error *error = NULL;
    int ret = sgw_trust_add_revocation(trust, out.buf.data, out.buf.size, &error);
    assert_int_equal(smimegw_error_code(error), ret);
    smimegw_error_free(error);
    sgw_out_clear(&out);
    return ret;
}

static inline void give(struct sgw_trust *trust, struct sgw_der_out out)
{
    assert_int_equal(try_to_give(trust, out), SMIMEGW_OK);
}

static inline void give_list(struct sgw_trust *trust, const struct list_recipe *list)
{
    give(trust, make_list(list));
}

/* Behind what is there already. */
static inline void put_pem(struct sgw_der_out *pem, const struct list_recipe *list)
{
    struct sgw_der_out out = make_list(list);
    gnutls_datum_t der = {out.buf.data, (unsigned int)out.buf.size};
    gnutls_datum_t text;
    assert_int_equal(gnutls_pem_base64_encode2("X509 CRL", &der, &text), 0);
    sgw_out_raw(pem, text.data, text.size);
    gnutls_free(text.data);
    sgw_out_clear(&out);
}

/* The root knows of nobody that is revoked. */
static inline void give_root_list(struct sgw_trust *trust)
{
    struct list_recipe list = good_list();
    list.issuer = the.root;
    list.signing.key = the.root_key;
    give_list(trust, &list);
}

static inline struct sgw_trust_finding find(struct sgw_trust *trust,
                                            const struct sgw_trust_query *query)
{
    struct sgw_trust_finding finding = {.reason = -1};
    assert_int_equal(sgw_trust_check(trust, query, &finding, NULL), SMIMEGW_OK);
    return finding;
}

static inline int judge_by(struct sgw_trust *trust, const struct smimegw_cert *cert, int rule)
{
    const struct sgw_trust_query query = {
        .cert = cert, .use = SMIMEGW_USE_SIGN, .time = NOW, .revocation_rule = rule};
    return find(trust, &query).reason;
}

/* What is not known passes here: where a forger wants to come to. */
static inline int judge(struct sgw_trust *trust, const struct smimegw_cert *cert)
{
    return judge_by(trust, cert, SGW_REVOCATION_IF_AVAILABLE);
}

/* Only what is known passes. */
static inline int judge_strictly(struct sgw_trust *trust, const struct smimegw_cert *cert)
{
    return judge_by(trust, cert, SGW_REVOCATION_REQUIRED);
}

#define EXPECT_REASON(found, reason)                                                          \
    expect_reason(found, SMIMEGW_REASON_##reason, #found, __LINE__)
static inline void expect_reason(int found, int reason, const char *what, int line)
{
    if (found != reason)
        fail_msg("line %d: %s: %s, not %s", line, what, smimegw_reason_name(found, NULL),
                 smimegw_reason_name(reason, NULL));
}

/* Of this program alone: the machine may be busy. */
static inline double seconds_of_work(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
