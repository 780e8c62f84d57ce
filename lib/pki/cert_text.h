/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_CERT_TEXT_H
#define SGW_PKI_CERT_TEXT_H

#include "pki/cert_impl.h"

/* Fill cert->texts; SMIMEGW_E_NOMEM, SMIMEGW_E_CRYPTO. */
int sgw_cert_make_texts(struct smimegw_cert *cert);

#endif
