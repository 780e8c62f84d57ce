/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_CMS_ALGORITHMS_H
#define SGW_CMS_ALGORITHMS_H

#include "asn1/der.h"
#include "base/crypto.h"
#include "pki/key/signature.h"

/* All algorithms as data: a new one is a row in algorithms.c. */

struct sgw_oid {
    uint8_t size;
    uint8_t bytes[15];
};

struct sgw_digest_row {
    enum sgw_hash_id id;
    const char *name;   /* "sha256" */
    const char *micalg; /* [RFC8551-3.5.3.2]: "sha-256" */
    bool is_weak;       /* read, never a pass */
    struct sgw_oid oid;
};

struct sgw_cipher_row {
    enum sgw_cipher_id id;
    const char *name; /* "aes-256-cbc" */
    bool is_legacy;   /* read only, and only with the setting */
    struct sgw_oid oid;
};

/* Key derivation of a key agreement, with the scheme's OID. */
struct sgw_kdf_row {
    const char *name;
    enum sgw_hash_id hash;
    bool is_hkdf;
    struct sgw_oid oid;
};

struct sgw_wrap_row {
    size_t key_size;
    struct sgw_oid oid;
};

const struct sgw_digest_row *sgw_digest_by_id(enum sgw_hash_id id);
const struct sgw_digest_row *sgw_digest_by_oid(const struct sgw_tlv *oid);
const struct sgw_cipher_row *sgw_cipher_by_id(enum sgw_cipher_id id);
const struct sgw_cipher_row *sgw_cipher_by_oid(const struct sgw_tlv *oid);
const struct sgw_kdf_row *sgw_kdf_by_oid(const struct sgw_tlv *oid);
const struct sgw_kdf_row *sgw_kdf_find(enum sgw_hash_id hash, bool is_hkdf);
const struct sgw_wrap_row *sgw_wrap_by_oid(const struct sgw_tlv *oid);
const struct sgw_wrap_row *sgw_wrap_by_size(size_t key_size);

extern const struct sgw_oid sgw_oid_data;
extern const struct sgw_oid sgw_oid_signed_data;
extern const struct sgw_oid sgw_oid_enveloped_data;
extern const struct sgw_oid sgw_oid_auth_enveloped_data;
extern const struct sgw_oid sgw_oid_rsa;
extern const struct sgw_oid sgw_oid_rsa_oaep;
extern const struct sgw_oid sgw_oid_ec_public_key;
extern const struct sgw_oid sgw_oid_x25519;

bool sgw_tlv_is_oid(const struct sgw_tlv *tlv, const struct sgw_oid *oid);
void sgw_out_oid(struct sgw_der_out *out, const struct sgw_oid *oid);

/* AlgorithmIdentifier: its OID and what is left for parameters. */
bool sgw_algorithm_read(const struct sgw_tlv *algorithm, struct sgw_tlv *ret_oid,
                        struct sgw_der *ret_parameters);
enum sgw_parameters { SGW_PARAMETERS_ABSENT, SGW_PARAMETERS_NULL };
void sgw_out_algorithm(struct sgw_der_out *out, const struct sgw_oid *oid,
                       enum sgw_parameters parameters);

/*
 * A signer's two algorithms, put together. ret_reason is SMIMEGW_REASON_OK,
 * ALGORITHM_UNKNOWN ([RFC5652-5.1]: graceful), or ALGORITHM_MISMATCH where the
 * signature algorithm names another digest than the digest algorithm [RFC8933-3.1].
 */
int sgw_signature_algorithm_read(const struct sgw_tlv *digest_algorithm,
                                 const struct sgw_tlv *signature_algorithm,
                                 struct sgw_signature_algorithm *ret);
void sgw_out_signature_algorithm(struct sgw_der_out *out,
                                 const struct sgw_signature_algorithm *algorithm);
/* "rsa-pkcs1", "rsa-pss", "ecdsa", "ed25519" */
const char *sgw_scheme_name(enum sgw_signature_scheme scheme);

/* RSAES-OAEP-params; false where malformed, unknown, or with a label. */
bool sgw_oaep_read(struct sgw_der parameters, enum sgw_hash_id *ret_hash,
                   enum sgw_hash_id *ret_mgf_hash);
void sgw_out_oaep(struct sgw_der_out *out, enum sgw_hash_id hash);

#endif
