/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_TRUST_H
#define SGW_PKI_TRUST_H

#include <smimegw/verdict.h>

#include "pki/cert_impl.h"

/* Anchors and known intermediates of a gateway. Set up by one thread, then read by any. */
struct sgw_trust;
int sgw_trust_new(struct sgw_trust **ret_trust, struct smimegw_error **ret_error);
void sgw_trust_free(struct sgw_trust *trust);
int sgw_trust_add_anchors(struct sgw_trust *trust, const void *data, size_t size,
                          struct smimegw_error **ret_error);
int sgw_trust_add_intermediates(struct sgw_trust *trust, const void *data, size_t size,
                                struct smimegw_error **ret_error);

/*
 * Is there a path from the certificate to an anchor, at that time, for mail? Candidates are
 * the certificates that came with the message: hints, never trust. Several candidate issuers
 * of the same name are tried (bounded work, depth 8); only
 * gnutls_x509_trust_list_verify_crt2() == success with no status bits is a path. Checks
 * purpose, key usage, basic constraints, key sizes and digests of the whole path too.
 * ret_reason: SMIMEGW_REASON_OK or the reason.
 */
int sgw_trust_check(const struct sgw_trust *trust, const struct smimegw_cert *cert,
                    const struct sgw_cert_list *candidates, int64_t time, int *ret_reason,
                    struct smimegw_error **ret_error);

/* Known intermediates, to find a signer's certificate that was not sent. */
const struct sgw_cert_list *sgw_trust_known(const struct sgw_trust *trust);

#endif
