/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_STORE_LOOKUP_ADDRESS_H
#define SGW_GATEWAY_STORE_LOOKUP_ADDRESS_H

#include "pki/cert/names.h"

/* As sgw_scope_keys(), for an address of an envelope: quotes that are not needed and a dot at
 * the end make no difference there [RFC5321-4.1.2]. */
bool sgw_address_keys(const char *address, size_t size, struct sgw_scope_keys *ret);

#endif
