/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_CRL_CHECK_H
#define SGW_PKI_CRL_CHECK_H

#include "pki/path/crl.h"
#include "pki/path/revocation.h"

/* Lists that are asked together, chained by `next`: of the store, and of the message. */
enum { SGW_CRL_CHAINS = 2 };
struct sgw_crl_chains {
    struct sgw_crl *first[SGW_CRL_CHAINS];
};

bool sgw_crl_is_proven(const struct sgw_crl *crl);
/* Has the certificate the name of the list's issuer, and may it sign lists? */
bool sgw_crl_is_signer(const struct sgw_crl *crl, const struct smimegw_cert *cert);

/*
 * What CRLs say together about one certificate of a path [RFC5280-6.3.3]: of each series the
 * newest that is fresh and proves to be its issuer's, with its delta. Those that were of use
 * get the number `used`. E_NOMEM, E_CRYPTO.
 */
int sgw_crls_check(const struct sgw_crl_chains *chains,
                   const struct sgw_revocation_query *query, uint64_t used,
                   enum sgw_revocation_status *ret_status, int64_t *ret_until);

/* Is a certificate that speaks for the issuer of query->path[query->index] revoked by a list
 * of an issuer on the path itself? */
int sgw_crls_check_signer(const struct sgw_crl_chains *chains,
                          const struct sgw_revocation_query *query,
                          const struct smimegw_cert *signer, bool *ret_revoked);

#endif
