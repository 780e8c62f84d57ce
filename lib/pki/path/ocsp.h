/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_OCSP_H
#define SGW_PKI_OCSP_H

#include "pki/path/crl_check.h"

/* One response [RFC6960-4.2.1]: what is inside points into der. */
struct sgw_ocsp {
    struct sgw_buf der;
    struct sgw_signed_status status;
    struct sgw_tlv responses; /* SEQUENCE OF SingleResponse */
    struct sgw_tlv certs;     /* those of the responder; start NULL where there are none */
    struct sgw_status_proof proof;
    char forged_for[SGW_FINGERPRINT_SIZE]; /* issuer under whom nobody signed it */

    uint64_t used; /* when last, by the store's count */
    struct sgw_ocsp *next;
};

/* Is it an OCSP response rather than a CRL? Both are a SEQUENCE. */
bool sgw_ocsp_is_one(const void *der, size_t size);
/* Take over a copy of the DER. E_KEY with words, E_NOMEM. */
int sgw_ocsp_new(const void *der, size_t size, struct sgw_ocsp **ret_ocsp,
                 struct smimegw_error **ret_error);
void sgw_ocsp_free(struct sgw_ocsp *ocsp);

/*
 * What it says about the certificate that is asked about; UNKNOWN where it is about others, is
 * not fresh, or was not signed by the issuer or by a responder that the issuer delegated, whom
 * no CRL revokes. ret_until: when that stops to be fresh. E_NOMEM, E_CRYPTO.
 */
int sgw_ocsp_check(struct sgw_ocsp *ocsp, const struct sgw_revocation_query *query,
                   const struct sgw_crl_chains *chains, enum sgw_revocation_status *ret_status,
                   int64_t *ret_until);

#endif
