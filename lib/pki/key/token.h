/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_TOKEN_H
#define SGW_PKI_TOKEN_H

#include "pki/key/signature.h"

/* A private key in a PKCS#11 token. One operation at a time; a session that was lost is opened
 * again by the next one. */
struct sgw_token;

/* The key of the URL, logged in. E_KEY, E_PASSPHRASE, E_NOMEM. */
int sgw_token_new(const char *url, const char *pin, struct sgw_token **ret_token,
                  struct smimegw_error **ret_error);
void sgw_token_free(struct sgw_token *token);

/* The URL of the key, without a PIN. */
const char *sgw_token_url(const struct sgw_token *token);
gnutls_pk_algorithm_t sgw_token_algorithm(const struct sgw_token *token);
/* Modulus, without leading zeros; empty where the key is not RSA or the token does not show
 * it. E_NOMEM. */
int sgw_token_modulus(const struct sgw_token *token, struct sgw_buf *ret_modulus);

/* E_UNSUPPORTED, E_IO, E_NOMEM. The signature is for the caller to check. */
int sgw_token_sign(struct sgw_token *token, const struct sgw_signature_row *row,
                   const gnutls_datum_t *data, struct sgw_buf *ret_signature);
int sgw_token_sign_digest(struct sgw_token *token, const struct sgw_signature_row *row,
                          const gnutls_datum_t *digest, struct sgw_buf *ret_signature);
/* RSA PKCS#1; the key is left as it is where the padding is wrong. E_IO, E_NOMEM. */
int sgw_token_decrypt(struct sgw_token *token, const gnutls_datum_t *data, uint8_t *key,
                      size_t key_size);

#endif
