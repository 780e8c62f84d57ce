/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/status_signer.h"

#include <smimegw/error.h>
#include <smimegw/verdict.h>
#include <string.h>

#include "pki/path.h"
#include "pki/signature.h"

enum { OID_TEXT_ROOM = 64 };

/* The algorithm by its OID alone: RSASSA-PSS, which needs its parameters, is not among them.
 */
static const struct sgw_signature_row *read_algorithm(const struct sgw_tlv *algorithm)
{
    struct sgw_der outer;
    struct sgw_der inside;
    struct sgw_tlv oid;
    char text[OID_TEXT_ROOM];
    sgw_der_init(&outer, algorithm->start, algorithm->total);
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &inside) ||
        !sgw_der_get(&inside, SGW_TAG_OID, &oid) ||
        !sgw_oid_text(oid.value, oid.size, text, sizeof(text)))
        return NULL;
    const struct sgw_signature_row *row = sgw_signature_row_gnutls(gnutls_oid_to_sign(text));
    return row != NULL && row->scheme != SGW_SCHEME_RSA_PSS ? row : NULL;
}

static const char *fingerprint(const struct smimegw_cert *cert)
{
    return smimegw_cert_text(cert, SMIMEGW_CERT_FINGERPRINT);
}

static int check(const struct sgw_signed_status *status, const struct smimegw_cert *signer,
                 bool *ret_good)
{
    const struct sgw_signature_row *row = read_algorithm(&status->algorithm);
    const struct sgw_tlv *bits = &status->signature;
    *ret_good = false;
    if (row == NULL || row->is_weak || !sgw_cert_key_is_acceptable(signer) || bits->size < 2 ||
        bits->value[0] != 0)
        return SMIMEGW_OK;
    const struct sgw_signature_algorithm algorithm = {.scheme = row->scheme,
                                                      .hash = row->hash};
    int ret = sgw_signature_check(signer, &algorithm, status->body.start, status->body.total,
                                  bits->value + 1, bits->size - 1);
    *ret_good = ret == SMIMEGW_OK;
    return ret == SMIMEGW_E_KEY || ret == SMIMEGW_E_UNSUPPORTED ? SMIMEGW_OK : ret;
}

int sgw_status_check_signature(const struct sgw_signed_status *status,
                               const struct smimegw_cert *signer,
                               struct sgw_status_proof *proof, bool *ret_good)
{
    const char *name = fingerprint(signer);
    *ret_good = memcmp(proof->good, name, SGW_FINGERPRINT_SIZE) == 0;
    if (*ret_good || memcmp(proof->bad, name, SGW_FINGERPRINT_SIZE) == 0)
        return SMIMEGW_OK;
    int ret = check(status, signer, ret_good);
    if (ret == SMIMEGW_OK)
        memcpy(*ret_good ? proof->good : proof->bad, name, SGW_FINGERPRINT_SIZE);
    return ret;
}

int sgw_status_signer_is_issued(const struct smimegw_cert *cert,
                                const struct smimegw_cert *issuer, int64_t time,
                                bool *ret_good)
{
    unsigned int status = GNUTLS_CERT_INVALID;
    *ret_good = false;
    if (time < cert->not_before || time > cert->not_after ||
        sgw_path_digest_reason(cert) != SMIMEGW_REASON_OK ||
        !sgw_cert_key_is_acceptable(cert) || !sgw_cert_key_is_affordable(issuer) ||
        gnutls_x509_crt_check_issuer(cert->crt, issuer->crt) == 0)
        return SMIMEGW_OK;
    /* the clock is ours, and the issuer may have come to an end of its own */
    int ret = gnutls_x509_crt_verify(cert->crt, &issuer->crt, 1,
                                     GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                                         GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |
                                         GNUTLS_VERIFY_DISABLE_CRL_CHECKS,
                                     &status);
    if (ret == GNUTLS_E_MEMORY_ERROR)
        return SMIMEGW_E_NOMEM;
    *ret_good = ret == 0 && status == 0;
    return SMIMEGW_OK;
}
