/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_DN_H
#define SGW_PKI_DN_H

#include "base/buf.h"

/* Append a DER Name as text (RFC 4514), escaped for people; "?" for one that can't be read or
 * is over 16 KiB. E_NOMEM, E_LIMIT. */
int sgw_put_dn(struct sgw_buf *buf, const void *der, size_t size);

#endif
