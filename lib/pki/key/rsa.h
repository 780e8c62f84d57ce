/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_RSA_H
#define SGW_PKI_RSA_H

#include "pki/key/identity_impl.h"

enum { SGW_RSA_SIZE_MAX = 1024 };

/* Octets of a modulus; 0 where it is none that is computed with. */
size_t sgw_rsa_size(const struct smimegw_cert *cert);

/* The bare functions of [RFC8017-5], on octet strings of the modulus' size. The private
 * one is blinded and checked. E_DECRYPT where the number is not below the modulus. */
int sgw_rsa_public(const struct smimegw_cert *cert, const uint8_t *in, uint8_t *out);
int sgw_rsa_private(const struct smimegw_identity *identity, const uint8_t *in, uint8_t *out);

/* XOR MGF1 of the seed over the data (RFC 8017 appendix B.2.1). */
int sgw_rsa_mgf1(enum sgw_hash_id hash, const uint8_t *seed, size_t seed_size, uint8_t *data,
                 size_t size);

#endif
