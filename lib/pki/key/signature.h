/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_SIGNATURE_H
#define SGW_PKI_SIGNATURE_H

#include "base/crypto.h"
#include "pki/cert/cert_impl.h"
#include "pki/key/identity_impl.h"

enum sgw_signature_scheme {
    SGW_SCHEME_NONE,
    SGW_SCHEME_RSA_PKCS1,
    SGW_SCHEME_RSA_PSS, /* MGF1 and message hash the same */
    SGW_SCHEME_ECDSA,
    SGW_SCHEME_ED25519 /* pure; hash is ignored */
};

struct sgw_signature_algorithm {
    enum sgw_signature_scheme scheme;
    enum sgw_hash_id hash;
    unsigned int salt_size; /* PSS only */
};

/* What is known of a scheme with a hash. */
struct sgw_signature_row {
    enum sgw_signature_scheme scheme;
    enum sgw_hash_id hash;
    gnutls_sign_algorithm_t gnutls;
    bool is_weak;     /* to check only */
    const char *name; /* as key engines know it; NULL for what is weak */
};
const struct sgw_signature_row *
sgw_signature_row_find(const struct sgw_signature_algorithm *algorithm);
const struct sgw_signature_row *sgw_signature_row_gnutls(gnutls_sign_algorithm_t gnutls);
/* Does the type of the key go with the scheme? */
bool sgw_signature_fits_key(enum sgw_signature_scheme scheme, enum sgw_key_type type);

/* Sign bytes (few: signed attributes). The signature is checked with the certificate's public
 * key before it is handed out (AC-160). E_KEY where the key can't, E_CRYPTO, E_NOMEM; of keys
 * that are elsewhere, E_UNSUPPORTED and, for any trouble with the engine, E_IO. */
int sgw_signature_make(struct smimegw_identity *identity,
                       const struct sgw_signature_algorithm *algorithm, const void *data,
                       size_t size, struct sgw_buf *ret_signature,
                       struct smimegw_error **ret_error);

/* SMIMEGW_OK where the signature fits; E_KEY where it does not or the key is of another type
 * (the length must be the modulus' for RSA, strict DER with 0 < r,s for ECDSA, 64 for
 * Ed25519); E_UNSUPPORTED where GnuTLS can't check such; E_CRYPTO/E_NOMEM for trouble. */
int sgw_signature_check(const struct smimegw_cert *cert,
                        const struct sgw_signature_algorithm *algorithm, const void *data,
                        size_t size, const uint8_t *signature, size_t signature_size);

#endif
