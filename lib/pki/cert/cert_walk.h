/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_CERT_WALK_H
#define SGW_PKI_CERT_WALK_H

#include "pki/cert/cert_impl.h"

enum {
    SGW_CERT_SIZE_MAX = 65536,
    SGW_CERT_RDNS_MAX = 64,      /* attributes in one name */
    SGW_CERT_NAMES_MAX = 256,    /* entries of any extension that is a list */
    SGW_CERT_EXTENSIONS_MAX = 64 /* RFC 5280 knows 16 */
};

/*
 * Read the DER of cert->der into the fields that point into it, without allocating: GnuTLS
 * gets to see only what passed, for its parser needs seconds for long lists. NULL, or a static
 * sentence what is wrong, with SMIMEGW_E_KEY or SMIMEGW_E_LIMIT in ret_code.
 */
const char *sgw_cert_walk(struct smimegw_cert *cert, int *ret_code);

#endif
