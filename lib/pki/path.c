/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path.h"

#include <smimegw/error.h>
#include <smimegw/lint.h>
#include <smimegw/verdict.h>

#include "pki/code.h"
#include "pki/name_constraints.h"

/* From what is nearest to a pass to what is farthest. */
static const int reason_ranks[] = {
    SMIMEGW_REASON_OK,
    SMIMEGW_REASON_CERT_REVOCATION_UNKNOWN,
    SMIMEGW_REASON_CERT_EXPIRED,
    SMIMEGW_REASON_CERT_NOT_YET,
    SMIMEGW_REASON_CERT_KEY_USAGE,
    SMIMEGW_REASON_CERT_PURPOSE,
    SMIMEGW_REASON_ALGORITHM_WEAK,
    SMIMEGW_REASON_ALGORITHM_UNKNOWN,
    SMIMEGW_REASON_KEY_WEAK,
    SMIMEGW_REASON_CERT_INVALID,
    SMIMEGW_REASON_CERT_REVOKED,
    SMIMEGW_REASON_CERT_DENIED,
    SMIMEGW_REASON_CERT_UNTRUSTED,
};
enum { RANKS = sizeof(reason_ranks) / sizeof(reason_ranks[0]) };

static size_t rank_of(int reason)
{
    size_t rank = 0;
    while (rank < RANKS && reason_ranks[rank] != reason)
        rank++;
    return rank;
}

int sgw_path_better(int one, int other)
{
    return rank_of(other) < rank_of(one) ? other : one;
}

static int worse(int one, int other)
{
    return rank_of(other) > rank_of(one) ? other : one;
}

/* What GnuTLS' status bits mean here; any bit that is not listed makes the path invalid. */
static const struct {
    unsigned int bit;
    int reason;
} status_rows[] = {
    {GNUTLS_CERT_SIGNER_NOT_FOUND, SMIMEGW_REASON_CERT_UNTRUSTED},
    {GNUTLS_CERT_SIGNATURE_FAILURE, SMIMEGW_REASON_CERT_UNTRUSTED},
    {GNUTLS_CERT_INSECURE_ALGORITHM, SMIMEGW_REASON_ALGORITHM_WEAK},
    {GNUTLS_CERT_PURPOSE_MISMATCH, SMIMEGW_REASON_CERT_PURPOSE},
};

static int status_reason(unsigned int status)
{
    int reason = SMIMEGW_REASON_OK;
    /* comes along with every other bit */
    unsigned int rest = status & ~(unsigned int)GNUTLS_CERT_INVALID;
    if (status == 0)
        return reason;
    for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++)
        if ((rest & status_rows[i].bit) != 0) {
            reason = worse(reason, status_rows[i].reason);
            rest &= ~status_rows[i].bit;
        }
    return rest != 0 || reason == SMIMEGW_REASON_OK
               ? worse(reason, SMIMEGW_REASON_CERT_INVALID)
               : reason;
}

/* The digest that a certificate was signed with; SHA-224 and less is not trusted. */
static int digest_reason(const struct smimegw_cert *cert)
{
    int algorithm = gnutls_x509_crt_get_signature_algorithm(cert->crt);
    if (algorithm < 0 || algorithm == GNUTLS_SIGN_UNKNOWN)
        return SMIMEGW_REASON_ALGORITHM_UNKNOWN;
    switch (gnutls_sign_get_hash_algorithm((gnutls_sign_algorithm_t)algorithm)) {
    case GNUTLS_DIG_MD2:
    case GNUTLS_DIG_MD5:
    case GNUTLS_DIG_SHA1:
    case GNUTLS_DIG_RMD160:
    case GNUTLS_DIG_SHA224:
        return SMIMEGW_REASON_ALGORITHM_WEAK;
    default:
        return SMIMEGW_REASON_OK;
    }
}

static int leaf_reason(const struct smimegw_cert *leaf, int use)
{
    if (!leaf->has_email_purpose)
        return SMIMEGW_REASON_CERT_PURPOSE;
    const char *why_not = use == SMIMEGW_USE_ENCRYPT ? sgw_cert_why_not_encrypt(leaf)
                                                     : sgw_cert_why_not_sign(leaf);
    return why_not != NULL ? SMIMEGW_REASON_CERT_KEY_USAGE : SMIMEGW_REASON_OK;
}

/* Our own rules over one certificate of the path. */
static int cert_reason(const struct smimegw_cert *cert, bool is_anchor, int64_t time)
{
    int reason = SMIMEGW_REASON_OK;
    if (time > cert->not_after)
        reason = SMIMEGW_REASON_CERT_EXPIRED;
    if (time < cert->not_before)
        reason = worse(reason, SMIMEGW_REASON_CERT_NOT_YET);
    if (!sgw_cert_key_is_acceptable(cert))
        reason = worse(reason, SMIMEGW_REASON_KEY_WEAK);
    /* an anchor is trusted by itself, not by its signature */
    if (!is_anchor)
        reason = worse(reason, digest_reason(cert));
    return reason;
}

/* The path that was put together here, and no other: GnuTLS gets one anchor. */
static int verify(const struct smimegw_cert *const *path, size_t count,
                  gnutls_x509_crt_t *crts, unsigned int *ret_status)
{
    gnutls_x509_trust_list_t anchors;
    gnutls_typed_vdata_st purpose = {
        GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)(uintptr_t)GNUTLS_KP_EMAIL_PROTECTION, 0};
    /* GnuTLS knows only its own clock: the time is checked by cert_reason() */
    unsigned int flags =
        GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |
        GNUTLS_VERIFY_DISABLE_CRL_CHECKS | GNUTLS_VERIFY_DO_NOT_ALLOW_UNSORTED_CHAIN;
    for (size_t i = 0; i < count; i++)
        crts[i] = path[i]->crt;
    int ret = gnutls_x509_trust_list_init(&anchors, 0);
    if (ret < 0)
        return SMIMEGW_E_NOMEM;
    ret = gnutls_x509_trust_list_add_cas(anchors, &crts[count - 1], 1, 0);
    if (ret == 1)
        ret = gnutls_x509_trust_list_verify_crt2(anchors, crts,
                                                 count > 1 ? (unsigned int)count - 1 : 1,
                                                 &purpose, 1, flags, ret_status, NULL);
    else if (ret >= 0)
        ret = GNUTLS_E_INTERNAL_ERROR;
    gnutls_x509_trust_list_deinit(anchors, 0);
    if (ret == GNUTLS_E_MEMORY_ERROR)
        return SMIMEGW_E_NOMEM;
    /* a certificate that GnuTLS can't judge is no machine's trouble */
    if (ret != 0)
        *ret_status |= GNUTLS_CERT_INVALID;
    return SMIMEGW_OK;
}

int sgw_path_check(const struct smimegw_cert *const *path, size_t count, int use, int64_t time,
                   int *ret_reason)
{
    gnutls_x509_crt_t crts[SGW_PATH_MAX];
    unsigned int status = 0;
    int reason = leaf_reason(path[0], use);
    for (size_t i = 0; i < count; i++)
        reason = worse(reason, cert_reason(path[i], i == count - 1, time));
    if (!sgw_names_are_permitted(path, count))
        reason = worse(reason, SMIMEGW_REASON_CERT_INVALID);
    for (size_t i = 1; i < count; i++)
        if (!sgw_cert_key_is_affordable(path[i])) {
            *ret_reason = reason;
            return SMIMEGW_OK;
        }
    int ret = verify(path, count, crts, &status);
    if (ret < 0)
        return ret;
    *ret_reason = worse(reason, status_reason(status));
    return SMIMEGW_OK;
}
