/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_DN_H
#define SGW_PKI_DN_H

#include "asn1/der.h"
#include "base/buf.h"

/* Append a DER Name as text (RFC 4514), escaped for people; "?" for one that can't be read or
 * is over 16 KiB. E_NOMEM, E_LIMIT. */
int sgw_put_dn(struct sgw_buf *buf, const void *der, size_t size);

/* Over the attributes of a DER Name, of any RDN; what is malformed is passed over. */
struct sgw_dn_walk {
    struct sgw_der rdns;
    struct sgw_der rdn;
};
void sgw_dn_walk_init(struct sgw_dn_walk *walk, const void *der, size_t size);
bool sgw_dn_next(struct sgw_dn_walk *walk, struct sgw_tlv *ret_oid, struct sgw_tlv *ret_value);

#endif
