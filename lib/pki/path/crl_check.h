/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_CRL_CHECK_H
#define SGW_PKI_CRL_CHECK_H

#include "pki/path/crl.h"
#include "pki/path/revocation.h"

/*
 * What CRLs say together about one certificate of a path [RFC5280-6.3.3]: of each series the
 * newest that is fresh and proves to be its issuer's, with its delta. A chain of lists by
 * `next`; those that were of use get the number `used`. E_NOMEM, E_CRYPTO.
 */
int sgw_crls_check(struct sgw_crl *crls, const struct sgw_revocation_query *query,
                   uint64_t used, enum sgw_revocation_status *ret_status, int64_t *ret_until);

#endif
