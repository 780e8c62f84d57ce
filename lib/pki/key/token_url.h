/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_TOKEN_URL_H
#define SGW_PKI_TOKEN_URL_H

#include <stdbool.h>

#include "base/buf.h"

/* PKCS#11 URLs [RFC7512-2.3], as far as they are taken apart before GnuTLS sees them. */
bool sgw_token_url_is(const char *url);
/* The URL without what is for us alone: pin-value, which GnuTLS would try until the token is
 * locked, and module-path, which it does not know. */
int sgw_token_url_key(const char *url, struct sgw_buf *ret_url);
/* The token of the URL: without the object, and without a query. */
int sgw_token_url_token(const char *url, struct sgw_buf *ret_url);
/* Value of an attribute of the query, decoded. SMIMEGW_OK with an empty value where it is
 * absent; E_KEY where it is ill-formed or holds a NUL. */
int sgw_token_url_query(const char *url, const char *name, struct sgw_buf *ret_value);

#endif
