/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_STATUS_SIGNER_H
#define SGW_PKI_STATUS_SIGNER_H

#include "asn1/der.h"
#include "pki/cert/cert_impl.h"

/* What a CRL and an OCSP response have in common: bytes, and a signature over them. The spans
 * point into the object. */
struct sgw_signed_status {
    struct sgw_tlv body;      /* the signed bytes: start and total */
    struct sgw_tlv algorithm; /* AlgorithmIdentifier */
    struct sgw_tlv signature; /* BIT STRING */
};

/* Whose signature was checked before: checking 50 MB takes its time. Certificates are told
 * apart by their fingerprints. */
enum { SGW_FINGERPRINT_SIZE = 64 };
struct sgw_status_proof {
    char good[SGW_FINGERPRINT_SIZE];
    char bad[SGW_FINGERPRINT_SIZE];
};

/* Was it signed with the key of that certificate? Digests of SHA-224 and less, and algorithms
 * not known here, are not. Work that was not done before takes one of the operations
 * (nullable) that are left; without one there is no answer but no, and -1 are left. E_NOMEM,
 * E_CRYPTO. */
int sgw_status_check_signature(const struct sgw_signed_status *status,
                               const struct smimegw_cert *signer,
                               struct sgw_status_proof *proof, int64_t *operations,
                               bool *ret_good);

/* Was the certificate issued by that one, as far as name, signature, digest and time tell? Who
 * asks knows that the issuer is a good CA. Takes an operation, as above. E_NOMEM. */
int sgw_status_signer_is_issued(const struct smimegw_cert *cert,
                                const struct smimegw_cert *issuer, int64_t time,
                                int64_t *operations, bool *ret_good);

#endif
