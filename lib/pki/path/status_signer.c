/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/status_signer.h"

#include <smimegw/error.h>
#include <smimegw/verdict.h>
#include <string.h>

#include "pki/key/signature.h"
#include "pki/path/path.h"

enum { OID_TEXT_ROOM = 64 };

#define OID_PSS "1.2.840.113549.1.1.10"

/* RSASSA-PSS in the one form that CAs are allowed (CA/B requirements, 7.1.3.2.1): MGF1 with
 * the same hash, a salt of its size. */
#define PSS_PARAMETERS(hash, salt)                                                            \
    "\x30\x34\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" hash                   \
    "\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09"    \
    "\x60\x86\x48\x01\x65\x03\x04\x02" hash "\x05\x00\xa2\x03\x02\x01" salt
enum { PSS_PARAMETERS_SIZE = sizeof(PSS_PARAMETERS("\x01", "\x20")) - 1 };
static const struct {
    const char *parameters;
    struct sgw_signature_algorithm algorithm;
} pss_rows[] = {
    {PSS_PARAMETERS("\x01", "\x20"), {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32}},
    {PSS_PARAMETERS("\x02", "\x30"), {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA384, 48}},
    {PSS_PARAMETERS("\x03", "\x40"), {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA512, 64}},
};

static bool read_pss(const struct sgw_der *parameters, struct sgw_signature_algorithm *ret)
{
    const struct sgw_tlv bytes = {.value = parameters->at, .size = sgw_der_left(parameters)};
    for (size_t i = 0; i < sizeof(pss_rows) / sizeof(pss_rows[0]); i++)
        if (sgw_tlv_is(&bytes, pss_rows[i].parameters, PSS_PARAMETERS_SIZE)) {
            *ret = pss_rows[i].algorithm;
            return true;
        }
    return false;
}

/* False for what is weak or not known here. */
static bool read_algorithm(const struct sgw_tlv *algorithm,
                           struct sgw_signature_algorithm *ret)
{
    struct sgw_der outer;
    struct sgw_der inside;
    struct sgw_tlv oid;
    char text[OID_TEXT_ROOM];
    sgw_der_init(&outer, algorithm->start, algorithm->total);
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &inside) ||
        !sgw_der_get(&inside, SGW_TAG_OID, &oid) ||
        !sgw_oid_text(oid.value, oid.size, text, sizeof(text)))
        return false;
    if (strcmp(text, OID_PSS) == 0)
        return read_pss(&inside, ret);
    const struct sgw_signature_row *row = sgw_signature_row_gnutls(gnutls_oid_to_sign(text));
    if (row == NULL || row->is_weak)
        return false;
    *ret = (struct sgw_signature_algorithm){.scheme = row->scheme, .hash = row->hash};
    return true;
}

static const char *fingerprint(const struct smimegw_cert *cert)
{
    return smimegw_cert_text(cert, SMIMEGW_CERT_FINGERPRINT);
}

static int check(const struct sgw_signed_status *status, const struct smimegw_cert *signer,
                 bool *ret_good)
{
    struct sgw_signature_algorithm algorithm;
    const struct sgw_tlv *bits = &status->signature;
    *ret_good = false;
    if (!read_algorithm(&status->algorithm, &algorithm) ||
        !sgw_cert_key_is_acceptable(signer) || bits->size < 2 || bits->value[0] != 0)
        return SMIMEGW_OK;
    int ret = sgw_signature_check(signer, &algorithm, status->body.start, status->body.total,
                                  bits->value + 1, bits->size - 1);
    *ret_good = ret == SMIMEGW_OK;
    return ret == SMIMEGW_E_KEY || ret == SMIMEGW_E_UNSUPPORTED ? SMIMEGW_OK : ret;
}

static bool take_operation(int64_t *operations)
{
    if (operations == NULL)
        return true;
    *operations -= *operations >= 0;
    return *operations >= 0;
}

int sgw_status_check_signature(const struct sgw_signed_status *status,
                               const struct smimegw_cert *signer,
                               struct sgw_status_proof *proof, int64_t *operations,
                               bool *ret_good)
{
    const char *name = fingerprint(signer);
    *ret_good = memcmp(proof->good, name, SGW_FINGERPRINT_SIZE) == 0;
    if (*ret_good || memcmp(proof->bad, name, SGW_FINGERPRINT_SIZE) == 0 ||
        !take_operation(operations))
        return SMIMEGW_OK;
    int ret = check(status, signer, ret_good);
    if (ret == SMIMEGW_OK)
        memcpy(*ret_good ? proof->good : proof->bad, name, SGW_FINGERPRINT_SIZE);
    return ret;
}

int sgw_status_signer_is_issued(const struct smimegw_cert *cert,
                                const struct smimegw_cert *issuer, int64_t time,
                                int64_t *operations, bool *ret_good)
{
    unsigned int status = GNUTLS_CERT_INVALID;
    *ret_good = false;
    if (time < cert->not_before || time > cert->not_after ||
        sgw_path_digest_reason(cert) != SMIMEGW_REASON_OK ||
        !sgw_cert_key_is_acceptable(cert) || !sgw_cert_key_is_affordable(issuer) ||
        gnutls_x509_crt_check_issuer(cert->crt, issuer->crt) == 0 ||
        !take_operation(operations))
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
