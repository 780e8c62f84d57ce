/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_PSS_H
#define SGW_PKI_PSS_H

#include "pki/key/signature.h"

/* RSASSA-PSS [RFC8017-8.1] with any hash and salt size, by nettle: GnuTLS 3.7.9
 * checks only some salts and signs with one of its own. The signature is of the modulus' size.
 */
int sgw_pss_make(struct smimegw_identity *identity,
                 const struct sgw_signature_algorithm *algorithm, const void *data,
                 size_t size, struct sgw_buf *ret_signature);
/* E_KEY where the hash is weak, or the key is bound to other parameters. */
int sgw_pss_fits_key(const struct smimegw_cert *cert,
                     const struct sgw_signature_algorithm *algorithm);
int sgw_pss_check(const struct smimegw_cert *cert,
                  const struct sgw_signature_algorithm *algorithm, const void *data,
                  size_t size, const uint8_t *signature);

#endif
