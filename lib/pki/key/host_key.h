/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_HOST_KEY_H
#define SGW_PKI_HOST_KEY_H

#include "pki/key/signature.h"

/* A private key that the host has: its functions are called, and what they answer is not
 * trusted. Whatever is no known answer is E_IO. */
struct sgw_host_key;

/* The host is told once that the key is no longer used. */
void sgw_host_key_free(struct sgw_host_key *host);

/* E_UNSUPPORTED, E_IO, E_NOMEM. The signature is for the caller to check. */
int sgw_host_key_sign(struct sgw_host_key *host, const struct sgw_signature_row *row,
                      const gnutls_datum_t *data, struct sgw_buf *ret_signature);
/* The same where only the digest is known, as GnuTLS asks for requests and certificates. */
int sgw_host_key_sign_digest(struct sgw_host_key *host, const struct sgw_signature_row *row,
                             const gnutls_datum_t *digest, struct sgw_buf *ret_signature);

/* The key is left as it is where the host does not come out with one of its size. */
int sgw_host_key_decrypt_pkcs1(struct sgw_host_key *host, const gnutls_datum_t *data,
                               uint8_t *key, size_t key_size);
int sgw_host_key_decrypt_oaep(struct sgw_host_key *host, enum sgw_hash_id hash,
                              const gnutls_datum_t *data, uint8_t *key, size_t key_size);
/* The point was checked. E_DECRYPT where the host does not come out with a secret of its size.
 */
int sgw_host_key_derive(struct sgw_host_key *host, enum sgw_key_type type,
                        const gnutls_datum_t *point, uint8_t *ret_secret, size_t secret_size);

#endif
