/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_CERT_TEXT_H
#define SGW_PKI_CERT_TEXT_H

#include "pki/cert/cert_impl.h"

/* Fill cert->texts; SMIMEGW_E_NOMEM, SMIMEGW_E_CRYPTO. */
int sgw_cert_make_texts(struct smimegw_cert *cert);

/* Append the URLs of SMIMEGW_CERT_OCSP_URLS, _ISSUER_URLS or _CRL_URLS, a line feed between
 * them: http, https and ldap in printable ASCII; others are left out. E_NOMEM. */
int sgw_cert_put_urls(const struct smimegw_cert *cert, int field, struct sgw_buf *urls);

#endif
