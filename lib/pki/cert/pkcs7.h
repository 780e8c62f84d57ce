/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_PKCS7_H
#define SGW_PKI_PKCS7_H

#include "pki/cert/cert_impl.h"

/* The certificates of a SignedData in DER or BER, as certs-only files are [RFC8551-3.8]; its
 * signatures are not looked at. E_KEY where there is none or one is broken, E_LIMIT, E_NOMEM;
 * some may have been added then. */
int sgw_pkcs7_load(struct sgw_cert_list *list, const uint8_t *data, size_t size,
                   struct smimegw_error **ret_error);

#endif
