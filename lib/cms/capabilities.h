/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_CMS_CAPABILITIES_H
#define SGW_CMS_CAPABILITIES_H

#include "asn1/der.h"
#include "pki/cert/cert_impl.h"

/*
 * Content ciphers that somebody announces: bit `enum sgw_cipher_id` for each that is known
 * here. What can't be read announces nothing: malformed, over 64 KiB, over 256 entries.
 */
uint32_t sgw_capabilities_read(const void *der, size_t size);       /* [RFC8551-2.5.2] */
uint32_t sgw_capabilities_of_cert(const struct smimegw_cert *cert); /* RFC 4262 */

/* What we can read, as a signed attribute's value. */
void sgw_out_capabilities(struct sgw_der_out *out);

#endif
