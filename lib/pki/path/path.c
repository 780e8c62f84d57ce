/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/path.h"

#include <gnutls/abstract.h>
#include <smimegw/error.h>
#include <smimegw/lint.h>
#include <smimegw/verdict.h>

#include "pki/cert/extension.h"
#include "pki/path/name_constraints.h"
#include "pki/path/path_policies.h"

/* From what is nearest to a pass to what is farthest. */
static const int reason_ranks[] = {
    SMIMEGW_REASON_OK,
    SMIMEGW_REASON_CERT_REVOCATION_UNKNOWN,
    SMIMEGW_REASON_LIMIT,

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

int sgw_path_digest_reason(const struct smimegw_cert *cert)
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
    /* an anchor is trusted by itself, not by its signature, nor by what else it says
     * [RFC5280-6.1.1] */
    if (is_anchor)
        return reason;
    if (!cert->has_email_purpose)
        reason = worse(reason, SMIMEGW_REASON_CERT_PURPOSE);
    if (!sgw_extensions_are_known(cert))
        reason = worse(reason, SMIMEGW_REASON_CERT_INVALID);
    return worse(reason, sgw_path_digest_reason(cert));
}

/* How many certificates may follow; false where it can't be read. */
static bool lower_path_length(const struct smimegw_cert *ca, int *left)
{
    struct sgw_der value;
    struct sgw_der inside;
    struct sgw_tlv tlv;
    int limit;
    if (!sgw_extension_find(ca, SGW_EXTENSION_BASIC_CONSTRAINTS, &value))
        return true;
    if (!sgw_der_enter(&value, SGW_TAG_SEQUENCE, &inside))
        return false;
    sgw_der_get(&inside, SGW_TAG_BOOLEAN, &tlv);
    if (sgw_der_at_end(&inside))
        return true;
    if (!sgw_der_next(&inside, &tlv) || !sgw_tlv_number(&tlv, &limit) ||
        !sgw_der_at_end(&inside))
        return false;
    if (limit < *left)
        *left = limit;
    return true;
}

/* [RFC5280-6.1.4] (k) to (n); an anchor's own limits count as well. Whether an anchor is a
 * CA is left to GnuTLS: one of X.509 version 1 can't say so. */
static bool may_issue(const struct smimegw_cert *const *path, size_t count)
{
    int left = SGW_PATH_MAX;
    for (size_t i = count - 1; i > 0; i--) {
        const struct smimegw_cert *ca = path[i];
        bool is_anchor = i == count - 1;
        if ((ca->key_usage & GNUTLS_KEY_KEY_CERT_SIGN) == 0 || (!is_anchor && !ca->is_ca))
            return false;
        if (!is_anchor && !sgw_cert_is_self_issued(ca) && left-- == 0)
            return false;
        if (!lower_path_length(ca, &left))
            return false;
    }
    return true;
}

static bool is_signed_by(const struct smimegw_cert *cert, const struct smimegw_cert *issuer)
{
    struct sgw_der der;
    struct sgw_der certificate;
    struct sgw_tlv body;
    struct sgw_tlv algorithm;
    struct sgw_tlv bits;
    int scheme = gnutls_x509_crt_get_signature_algorithm(cert->crt);
    sgw_der_init(&der, cert->der.data, cert->der.size);
    if (issuer->pubkey == NULL || scheme <= GNUTLS_SIGN_UNKNOWN ||
        !sgw_der_enter(&der, SGW_TAG_SEQUENCE, &certificate) ||
        !sgw_der_next(&certificate, &body) || !sgw_der_next(&certificate, &algorithm) ||
        !sgw_der_next(&certificate, &bits) || bits.size < 2 || bits.value[0] != 0)
        return false;
    gnutls_datum_t data = {(unsigned char *)(uintptr_t)body.start, (unsigned int)body.total};
    gnutls_datum_t signature = {(unsigned char *)(uintptr_t)bits.value + 1,
                                (unsigned int)bits.size - 1};
    return gnutls_pubkey_verify_data2(issuer->pubkey, (gnutls_sign_algorithm_t)scheme, 0,
                                      &data, &signature) >= 0;
}

/* GnuTLS refuses names under constraints that it can't read, and those of CAs as if they were
 * a leaf's. sgw_names_are_permitted() judges names; for the rest its bit is no proof. */
static unsigned int without_constraints(const struct smimegw_cert *cert,
                                        const struct smimegw_cert *issuer, unsigned int status)
{
    if ((status & GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE) == 0 ||
        issuer->name_constraints == NULL)
        return status;
    status &= ~(unsigned int)GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE;
    if ((status & ~(unsigned int)GNUTLS_CERT_INVALID) != 0)
        return status;
    return is_signed_by(cert, issuer) ? 0 : GNUTLS_CERT_SIGNATURE_FAILURE;
}

/*
 * One certificate and its issuer, which is GnuTLS' only anchor. Never the path as a whole:
 * then GnuTLS leaves out what is above a certificate with the anchor's name and key, and
 * counts self-issued certificates as length of the path.
 */
static int verify_link(const struct smimegw_cert *cert, const struct smimegw_cert *issuer,
                       bool is_anchor, unsigned int *ret_status)
{
    gnutls_x509_trust_list_t anchors;
    gnutls_x509_crt_t crt = cert->crt;
    gnutls_typed_vdata_st purpose = {
        GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)(uintptr_t)GNUTLS_KP_EMAIL_PROTECTION, 0};
    /* GnuTLS knows only its own clock, and less extensions: cert_reason() looks after both */
    unsigned int flags =
        GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |
        GNUTLS_VERIFY_DISABLE_CRL_CHECKS | GNUTLS_VERIFY_IGNORE_UNKNOWN_CRIT_EXTENSIONS |
        (is_anchor ? 0 : GNUTLS_VERIFY_DO_NOT_ALLOW_X509_V1_CA_CRT);
    int ret = gnutls_x509_trust_list_init(&anchors, 0);
    if (ret < 0)
        return SMIMEGW_E_NOMEM;
    ret = gnutls_x509_trust_list_add_cas(anchors, &issuer->crt, 1, 0);
    if (ret == 1)
        ret = gnutls_x509_trust_list_verify_crt2(anchors, &crt, 1, &purpose, 1, flags,
                                                 ret_status, NULL);
    else if (ret >= 0)
        ret = GNUTLS_E_INTERNAL_ERROR;
    gnutls_x509_trust_list_deinit(anchors, 0);
    if (ret == GNUTLS_E_MEMORY_ERROR)
        return SMIMEGW_E_NOMEM;
    /* a certificate that GnuTLS can't judge is no machine's trouble */
    if (ret != 0)
        *ret_status |= GNUTLS_CERT_INVALID;
    else
        *ret_status = without_constraints(cert, issuer, *ret_status);
    return SMIMEGW_OK;
}

static int verify(const struct smimegw_cert *const *path, size_t count, int *reason)
{
    /* an anchor that is itself the leaf stands for its own issuer */
    size_t links = count > 1 ? count - 1 : 1;
    for (size_t i = 0; i < links; i++) {
        size_t issuer = count > 1 ? i + 1 : 0;
        unsigned int status = 0;
        /* what remains can't get better, and would cost minutes */
        if (!sgw_cert_key_is_affordable(path[issuer]))
            return SMIMEGW_OK;
        int ret = verify_link(path[i], path[issuer], issuer == count - 1, &status);
        if (ret < 0)
            return ret;
        *reason = worse(*reason, status_reason(status));
    }
    return SMIMEGW_OK;
}

int sgw_path_check(const struct smimegw_cert *const *path, size_t count, int use, int64_t time,
                   int *ret_reason)
{
    int reason = leaf_reason(path[0], use);
    for (size_t i = 0; i < count; i++)
        reason = worse(reason, cert_reason(path[i], i == count - 1, time));
    if (!may_issue(path, count))
        reason = worse(reason, SMIMEGW_REASON_CERT_INVALID);
    int ret = verify(path, count, &reason);
    if (ret < 0)
        return ret;
    /* work that only a CA whose signatures were good can ask for */
    if (rank_of(reason) < rank_of(SMIMEGW_REASON_KEY_WEAK) &&
        (!sgw_names_are_permitted(path, count) || !sgw_policies_are_valid(path, count)))
        reason = worse(reason, SMIMEGW_REASON_CERT_INVALID);
    *ret_reason = reason;
    return SMIMEGW_OK;
}
