/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_IDENTITY_IMPL_H
#define SGW_PKI_IDENTITY_IMPL_H

#include <gnutls/abstract.h>
#include <smimegw/identity.h>

#include "base/crypto.h"
#include "pki/cert/cert_impl.h"

struct smimegw_identity {
    struct sgw_ref ref;
    struct smimegw_cert *cert;
    char *name; /* that PKCS#12 gives it, UTF-8; NULL: none */
    struct sgw_cert_list
        chain;            /* the certificates above, without self-signed roots, in order */
    gnutls_privkey_t key; /* signs, wherever the key is; NULL for X25519 */
    uint8_t *scalar;      /* EC and X25519 private scalar for ECDH, big endian / RFC 7748 */
    size_t scalar_size;
    struct sgw_token *token;   /* the key stays in a token ... */
    struct sgw_host_key *host; /* ... or with the host; both NULL: it is here */
};

struct smimegw_identity *sgw_identity_alloc(void);
/* The key's certificate, and of the others those above it. E_KEY, E_NOMEM. */
int sgw_identity_set_cert(struct smimegw_identity *identity, struct smimegw_cert *cert,
                          const struct sgw_cert_list *certs, struct smimegw_error **ret_error);

/*
 * RSA key transport, PKCS#1 v1.5 (RFC 3218): ret_key (key_size bytes) always comes back
 * filled, with the key where the padding was right and its length key_size, else with random
 * bytes, and no difference in code, text or work tells which. Only E_RANDOM, E_NOMEM, E_IO
 * (trouble with the engine the key is in), E_USAGE (not RSA) else.
 */
int sgw_identity_decrypt_pkcs1(struct smimegw_identity *identity, const uint8_t *data,
                               size_t size, uint8_t *ret_key, size_t key_size);

/* RSAES-OAEP, empty label, MGF1 hash may differ from the hash (RFC 8017); as above: random
 * bytes where it does not come out. OAEP decoding is constant in time. Tokens can't be asked
 * for it, and hosts only where both hashes are the same: random bytes, too. */
int sgw_identity_decrypt_oaep(struct smimegw_identity *identity, enum sgw_hash_id hash,
                              enum sgw_hash_id mgf_hash, const uint8_t *data, size_t size,
                              uint8_t *ret_key, size_t key_size);

/*
 * ECDH of the identity's key with a peer's point in the form of the certificate's BIT STRING.
 * The secret is the x coordinate, of the field's size (X25519: 32 bytes). E_DECRYPT where the
 * point is not on the curve, infinity, low order, hybrid or of another size, and where the
 * engine can't do it; E_IO for trouble with it.
 */
enum { SGW_ECDH_SECRET_MAX = 66 };
int sgw_identity_derive(struct smimegw_identity *identity, const uint8_t *point,
                        size_t point_size, uint8_t ret_secret[SGW_ECDH_SECRET_MAX],
                        size_t *ret_secret_size);

/* Sender's side. RSA: encrypt a key to a certificate. */
int sgw_cert_encrypt_pkcs1(const struct smimegw_cert *cert, const uint8_t *key,
                           size_t key_size, struct sgw_buf *ret_data,
                           struct smimegw_error **ret_error);
int sgw_cert_encrypt_oaep(const struct smimegw_cert *cert, enum sgw_hash_id hash,
                          const uint8_t *key, size_t key_size, struct sgw_buf *ret_data,
                          struct smimegw_error **ret_error);
/* Sender's side. EC and X25519: make an ephemeral key on the certificate's curve; its point,
 * and the shared secret. E_RECIPIENT where the certificate's point is bad; E_RANDOM. */
enum { SGW_EC_POINT_MAX = 133 };
int sgw_cert_derive_ephemeral(const struct smimegw_cert *cert,
                              uint8_t ret_point[SGW_EC_POINT_MAX], size_t *ret_point_size,
                              uint8_t ret_secret[SGW_ECDH_SECRET_MAX], size_t *ret_secret_size,
                              struct smimegw_error **ret_error);

#endif
