/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_PATH_H
#define SGW_PKI_PATH_H

#include "pki/cert/cert_impl.h"

enum { SGW_PATH_MAX = 8 }; /* certificates, with leaf and anchor */

/*
 * Is the path, from the leaf at 0 to the anchor at count - 1, good for mail at that time, for
 * the use of enum smimegw_cert_use? The leaf may be the anchor. ret_reason: SMIMEGW_REASON_OK,
 * or the worst that is wrong with it. Only SMIMEGW_OK, E_NOMEM, E_CRYPTO come back.
 */
int sgw_path_check(const struct smimegw_cert *const *path, size_t count, int use, int64_t time,
                   int *ret_reason);

/* The digest that a certificate was signed with: SMIMEGW_REASON_OK, ALGORITHM_WEAK (SHA-224
 * and less is not trusted) or ALGORITHM_UNKNOWN. */
int sgw_path_digest_reason(const struct smimegw_cert *cert);

/* Of two paths' reasons, the one that is nearer to a pass. */
int sgw_path_better(int one, int other);

#endif
