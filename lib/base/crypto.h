/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_CRYPTO_H
#define SGW_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Hashes, content ciphers, key derivation and key wrap: the one file that calls the crypto
 * libraries for them. Everything returns SMIMEGW_OK or a negative result code.
 */

enum sgw_hash_id {
    SGW_HASH_NONE = 0,
    SGW_HASH_MD5, /* MD5 and SHA-1 only to read, never to trust */
    SGW_HASH_SHA1,
    SGW_HASH_SHA224,
    SGW_HASH_SHA256,
    SGW_HASH_SHA384,
    SGW_HASH_SHA512
};
enum { SGW_HASH_SIZE_MAX = 64 };

size_t sgw_hash_size(enum sgw_hash_id id); /* 0 for NONE */

struct sgw_hash;
int sgw_hash_new(enum sgw_hash_id id, struct sgw_hash **ret_hash);
int sgw_hash_update(struct sgw_hash *hash, const void *data, size_t size);
/* Digest, and start again. */
int sgw_hash_finish(struct sgw_hash *hash, uint8_t *ret_digest);
void sgw_hash_free(struct sgw_hash *hash);
int sgw_hash_once(enum sgw_hash_id id, const void *data, size_t size, uint8_t *ret_digest);

enum sgw_cipher_id {
    SGW_CIPHER_NONE = 0,
    SGW_CIPHER_AES128_CBC,
    SGW_CIPHER_AES192_CBC,
    SGW_CIPHER_AES256_CBC,
    SGW_CIPHER_AES128_GCM,
    SGW_CIPHER_AES192_GCM,
    SGW_CIPHER_AES256_GCM,
    SGW_CIPHER_3DES_CBC /* to read only */
};
enum { SGW_CIPHER_KEY_MAX = 32, SGW_CIPHER_IV_MAX = 16, SGW_CIPHER_TAG_SIZE = 16 };

size_t sgw_cipher_key_size(enum sgw_cipher_id id);
size_t sgw_cipher_iv_size(enum sgw_cipher_id id);    /* 12 for GCM */
size_t sgw_cipher_block_size(enum sgw_cipher_id id); /* 16, 8 for 3DES, GCM too 16 */
bool sgw_cipher_is_aead(enum sgw_cipher_id id);

struct sgw_cipher;
int sgw_cipher_new(enum sgw_cipher_id id, const uint8_t *key, const uint8_t *iv,
                   struct sgw_cipher **ret_cipher);
/* AEAD only, before any content. */
int sgw_cipher_add_auth(struct sgw_cipher *cipher, const void *data, size_t size);
/* size is a multiple of the block; GCM takes one odd piece as the last. In and out may be
 * equal. */
int sgw_cipher_encrypt(struct sgw_cipher *cipher, const uint8_t *in, size_t size,
                       uint8_t *out);
int sgw_cipher_decrypt(struct sgw_cipher *cipher, const uint8_t *in, size_t size,
                       uint8_t *out);
int sgw_cipher_tag(struct sgw_cipher *cipher, uint8_t ret_tag[SGW_CIPHER_TAG_SIZE]);
void sgw_cipher_free(struct sgw_cipher *cipher); /* wipes */

int sgw_random(void *ret, size_t size); /* SMIMEGW_E_RANDOM */
bool sgw_equal_secret(const void *a, const void *b, size_t size);

/* ANSI X9.63 key derivation (RFC 5753, SEC 1 section 3.6.1). */
int sgw_kdf_x963(enum sgw_hash_id id, const uint8_t *secret, size_t secret_size,
                 const uint8_t *info, size_t info_size, uint8_t *ret_key, size_t key_size);
/* HKDF without salt (RFC 5869, [RFC8418-2.2]). */
int sgw_kdf_hkdf(enum sgw_hash_id id, const uint8_t *secret, size_t secret_size,
                 const uint8_t *info, size_t info_size, uint8_t *ret_key, size_t key_size);

/* AES key wrap (RFC 3394) of 16 to SGW_KEYWRAP_MAX bytes, in eights; wrapped is size + 8
 * bytes. */
enum { SGW_KEYWRAP_MAX = 64 };
int sgw_keywrap(const uint8_t *kek, size_t kek_size, const uint8_t *key, size_t size,
                uint8_t *ret_wrapped);
/* SMIMEGW_E_DECRYPT where the check value does not come out or the size can't be; ret_key is
 * then untouched. */
int sgw_keyunwrap(const uint8_t *kek, size_t kek_size, const uint8_t *wrapped,
                  size_t wrapped_size, uint8_t *ret_key);

#endif
