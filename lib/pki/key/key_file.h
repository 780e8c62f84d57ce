/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_KEY_FILE_H
#define SGW_PKI_KEY_FILE_H

#include "pki/cert/cert_impl.h"
#include "pki/key/pbe.h"

enum {
    SGW_KEY_FILE_SIZE_MAX = 1 << 20,
    SGW_KEY_FILE_CERTS_MAX = 100, /* in one PKCS#12 file */
    SGW_KEY_SIZE_MAX = 1 << 14    /* of one private key in DER: RSA-16384 fits */
};

/* What a key file held: in no order, nothing matched yet. Of several keys one is read. */
struct sgw_key_file {
    size_t wanted; /* number of that key, set before; the others are only counted */
    size_t count;  /* of keys in the file */
    int64_t work;  /* of derivations that is left, for all the file */
    gnutls_x509_privkey_t key;
    char *name; /* that PKCS#12 gives to the key, UTF-8; NULL: none */
    struct sgw_cert_list certs;
    char *cert_names[SGW_KEY_FILE_CERTS_MAX]; /* the same for the certificates */
};

/* PEM, DER or PKCS#12, with a private key and perhaps certificates; E_KEY, E_PASSPHRASE,
 * E_LIMIT, E_NOMEM. Clear it in any case. */
int sgw_key_file_load(struct sgw_key_file *file, const void *data, size_t size,
                      const char *passphrase, struct smimegw_error **ret_error);
void sgw_key_file_clear(struct sgw_key_file *file);

/* For readers of containers, at each key: is it the one to read? */
bool sgw_key_file_wants(struct sgw_key_file *file);
/* Then a PrivateKeyInfo, and an EncryptedPrivateKeyInfo, which is
 * E_PASSPHRASE without a detail where the passphrase does not fit. */
int sgw_key_file_add_key(struct sgw_key_file *file, const uint8_t *data, size_t size,
                         struct smimegw_error **ret_error);
int sgw_key_file_add_encrypted(struct sgw_key_file *file, const uint8_t *data, size_t size,
                               struct sgw_passphrase *passphrase,
                               struct smimegw_error **ret_error);

#endif
