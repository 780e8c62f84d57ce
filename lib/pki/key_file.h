/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_KEY_FILE_H
#define SGW_PKI_KEY_FILE_H

#include "pki/cert_impl.h"

enum { SGW_KEY_FILE_SIZE_MAX = 1 << 20 };

/* What a key file held: in no order, nothing matched yet. */
struct sgw_key_file {
    gnutls_x509_privkey_t key;
    struct sgw_cert_list certs;
};

/* PEM or PKCS#12; E_KEY, E_PASSPHRASE, E_LIMIT, E_NOMEM. Clear it in any case. */
int sgw_key_file_load(struct sgw_key_file *file, const void *data, size_t size,
                      const char *passphrase, struct smimegw_error **ret_error);
void sgw_key_file_clear(struct sgw_key_file *file);

#endif
