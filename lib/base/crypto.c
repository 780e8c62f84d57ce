/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/crypto.h"

#include <assert.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"

struct hash_row {
    gnutls_digest_algorithm_t digest;
    gnutls_mac_algorithm_t mac;
    size_t size;
};

static const struct hash_row hash_rows[] = {
    [SGW_HASH_NONE] = {GNUTLS_DIG_UNKNOWN, GNUTLS_MAC_UNKNOWN, 0},
    [SGW_HASH_MD5] = {GNUTLS_DIG_MD5, GNUTLS_MAC_MD5, 16},
    [SGW_HASH_SHA1] = {GNUTLS_DIG_SHA1, GNUTLS_MAC_SHA1, 20},
    [SGW_HASH_SHA224] = {GNUTLS_DIG_SHA224, GNUTLS_MAC_SHA224, 28},
    [SGW_HASH_SHA256] = {GNUTLS_DIG_SHA256, GNUTLS_MAC_SHA256, 32},
    [SGW_HASH_SHA384] = {GNUTLS_DIG_SHA384, GNUTLS_MAC_SHA384, 48},
    [SGW_HASH_SHA512] = {GNUTLS_DIG_SHA512, GNUTLS_MAC_SHA512, 64},
};

struct cipher_row {
    gnutls_cipher_algorithm_t algorithm;
    size_t key_size;
    size_t iv_size;
    size_t block_size;
    bool is_aead;
};

static const struct cipher_row cipher_rows[] = {
    [SGW_CIPHER_NONE] = {GNUTLS_CIPHER_UNKNOWN, 0, 0, 0, false},
    [SGW_CIPHER_AES128_CBC] = {GNUTLS_CIPHER_AES_128_CBC, 16, 16, 16, false},
    [SGW_CIPHER_AES192_CBC] = {GNUTLS_CIPHER_AES_192_CBC, 24, 16, 16, false},
    [SGW_CIPHER_AES256_CBC] = {GNUTLS_CIPHER_AES_256_CBC, 32, 16, 16, false},
    [SGW_CIPHER_AES128_GCM] = {GNUTLS_CIPHER_AES_128_GCM, 16, 12, 16, true},
    [SGW_CIPHER_AES192_GCM] = {GNUTLS_CIPHER_AES_192_GCM, 24, 12, 16, true},
    [SGW_CIPHER_AES256_GCM] = {GNUTLS_CIPHER_AES_256_GCM, 32, 12, 16, true},
    [SGW_CIPHER_3DES_CBC] = {GNUTLS_CIPHER_3DES_CBC, 24, 8, 8, false},
};

struct sgw_hash {
    gnutls_hash_hd_t handle;
};

struct sgw_cipher {
    gnutls_cipher_hd_t handle;
};

static int result_of(int gnutls_result)
{
    if (gnutls_result >= 0)
        return SMIMEGW_OK;
    return gnutls_result == GNUTLS_E_MEMORY_ERROR ? SMIMEGW_E_NOMEM : SMIMEGW_E_CRYPTO;
}

/* GnuTLS takes inputs through pointers that are not const. */
static gnutls_datum_t datum(const void *data, size_t size)
{
    assert(size <= INT32_MAX);
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)data, (unsigned int)size};
}

size_t sgw_hash_size(enum sgw_hash_id id)
{
    return hash_rows[id].size;
}

int sgw_hash_new(enum sgw_hash_id id, struct sgw_hash **ret_hash)
{
    /* gnutls_hash_init() leaks what it can't use */
    if (id == SGW_HASH_NONE)
        return SMIMEGW_E_CRYPTO;
    struct sgw_hash *hash = sgw_calloc(1, sizeof(*hash));
    if (hash == NULL)
        return SMIMEGW_E_NOMEM;
    int ret = result_of(gnutls_hash_init(&hash->handle, hash_rows[id].digest));
    if (ret < 0) {
        sgw_free(hash);
        return ret;
    }
    *ret_hash = hash;
    return SMIMEGW_OK;
}

int sgw_hash_update(struct sgw_hash *hash, const void *data, size_t size)
{
    return size > 0 ? result_of(gnutls_hash(hash->handle, data, size)) : SMIMEGW_OK;
}

int sgw_hash_finish(struct sgw_hash *hash, uint8_t *ret_digest)
{
    gnutls_hash_output(hash->handle, ret_digest);
    return SMIMEGW_OK;
}

void sgw_hash_free(struct sgw_hash *hash)
{
    if (hash == NULL)
        return;
    gnutls_hash_deinit(hash->handle, NULL);
    sgw_free(hash);
}

int sgw_hash_once(enum sgw_hash_id id, const void *data, size_t size, uint8_t *ret_digest)
{
    return result_of(gnutls_hash_fast(hash_rows[id].digest, data, size, ret_digest));
}

size_t sgw_cipher_key_size(enum sgw_cipher_id id)
{
    return cipher_rows[id].key_size;
}

size_t sgw_cipher_iv_size(enum sgw_cipher_id id)
{
    return cipher_rows[id].iv_size;
}

size_t sgw_cipher_block_size(enum sgw_cipher_id id)
{
    return cipher_rows[id].block_size;
}

bool sgw_cipher_is_aead(enum sgw_cipher_id id)
{
    return cipher_rows[id].is_aead;
}

int sgw_cipher_new(enum sgw_cipher_id id, const uint8_t *key, const uint8_t *iv,
                   struct sgw_cipher **ret_cipher)
{
    const struct cipher_row *row = &cipher_rows[id];
    struct sgw_cipher *cipher = sgw_calloc(1, sizeof(*cipher));
    if (cipher == NULL)
        return SMIMEGW_E_NOMEM;
    gnutls_datum_t key_datum = datum(key, row->key_size);
    gnutls_datum_t iv_datum = datum(iv, row->iv_size);
    int ret =
        result_of(gnutls_cipher_init(&cipher->handle, row->algorithm, &key_datum, &iv_datum));
    if (ret < 0) {
        sgw_free(cipher);
        return ret;
    }
    *ret_cipher = cipher;
    return SMIMEGW_OK;
}

int sgw_cipher_add_auth(struct sgw_cipher *cipher, const void *data, size_t size)
{
    return size > 0 ? result_of(gnutls_cipher_add_auth(cipher->handle, data, size))
                    : SMIMEGW_OK;
}

int sgw_cipher_encrypt(struct sgw_cipher *cipher, const uint8_t *in, size_t size, uint8_t *out)
{
    return size > 0 ? result_of(gnutls_cipher_encrypt2(cipher->handle, in, size, out, size))
                    : SMIMEGW_OK;
}

int sgw_cipher_decrypt(struct sgw_cipher *cipher, const uint8_t *in, size_t size, uint8_t *out)
{
    return size > 0 ? result_of(gnutls_cipher_decrypt2(cipher->handle, in, size, out, size))
                    : SMIMEGW_OK;
}

int sgw_cipher_tag(struct sgw_cipher *cipher, uint8_t ret_tag[SGW_CIPHER_TAG_SIZE])
{
    return result_of(gnutls_cipher_tag(cipher->handle, ret_tag, SGW_CIPHER_TAG_SIZE));
}

void sgw_cipher_free(struct sgw_cipher *cipher)
{
    if (cipher == NULL)
        return;
    gnutls_cipher_deinit(cipher->handle);
    sgw_free(cipher);
}

int sgw_random(void *ret, size_t size)
{
    return gnutls_rnd(GNUTLS_RND_KEY, ret, size) < 0 ? SMIMEGW_E_RANDOM : SMIMEGW_OK;
}

bool sgw_equal_secret(const void *a, const void *b, size_t size)
{
    return size == 0 || gnutls_memcmp(a, b, size) == 0;
}

/* One block of the key: Hash(secret || counter || info) (SEC 1 section 3.6.1). */
static int x963_block(struct sgw_hash *hash, const gnutls_datum_t *secret, uint32_t counter,
                      const gnutls_datum_t *info, uint8_t *ret_block)
{
    const uint8_t number[4] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16),
                               (uint8_t)(counter >> 8), (uint8_t)counter};
    int ret = sgw_hash_update(hash, secret->data, secret->size);
    if (ret == SMIMEGW_OK)
        ret = sgw_hash_update(hash, number, sizeof(number));
    if (ret == SMIMEGW_OK)
        ret = sgw_hash_update(hash, info->data, info->size);
    return ret < 0 ? ret : sgw_hash_finish(hash, ret_block);
}

int sgw_kdf_x963(enum sgw_hash_id id, const uint8_t *secret, size_t secret_size,
                 const uint8_t *info, size_t info_size, uint8_t *ret_key, size_t key_size)
{
    const gnutls_datum_t secret_datum = datum(secret, secret_size);
    const gnutls_datum_t info_datum = datum(info, info_size);
    uint8_t block[SGW_HASH_SIZE_MAX];
    struct sgw_hash *hash;
    int ret = sgw_hash_new(id, &hash);
    if (ret < 0)
        return ret;
    uint32_t counter = 1;
    for (size_t done = 0; ret == SMIMEGW_OK && done < key_size; counter++) {
        size_t piece = sgw_hash_size(id);
        if (piece > key_size - done)
            piece = key_size - done;
        ret = x963_block(hash, &secret_datum, counter, &info_datum, block);
        memcpy(ret_key + done, block, ret == SMIMEGW_OK ? piece : 0);
        done += piece;
    }
    sgw_wipe(block, sizeof(block));
    sgw_hash_free(hash);
    return ret;
}

int sgw_kdf_hkdf(enum sgw_hash_id id, const uint8_t *secret, size_t secret_size,
                 const uint8_t *info, size_t info_size, uint8_t *ret_key, size_t key_size)
{
    uint8_t middle[SGW_HASH_SIZE_MAX];
    const gnutls_datum_t secret_datum = datum(secret, secret_size);
    const gnutls_datum_t salt_datum = datum("", 0);
    const gnutls_datum_t info_datum = datum(info, info_size);
    const gnutls_datum_t middle_datum = datum(middle, sgw_hash_size(id));
    int ret =
        result_of(gnutls_hkdf_extract(hash_rows[id].mac, &secret_datum, &salt_datum, middle));
    if (ret == SMIMEGW_OK)
        ret = result_of(gnutls_hkdf_expand(hash_rows[id].mac, &middle_datum, &info_datum,
                                           ret_key, key_size));
    sgw_wipe(middle, sizeof(middle));
    return ret;
}
