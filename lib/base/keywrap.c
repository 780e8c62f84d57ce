/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <nettle/nist-keywrap.h>
#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crypto.h"

enum { CHECK_SIZE = 8, SEMIBLOCK = 8 };

/* [RFC3394-2.2.3.1] */
static const uint8_t check_value[CHECK_SIZE] = {0xa6, 0xa6, 0xa6, 0xa6,
                                                0xa6, 0xa6, 0xa6, 0xa6};

union aes_key {
    struct aes128_ctx aes128;
    struct aes192_ctx aes192;
    struct aes256_ctx aes256;
};

struct aes_row {
    size_t key_size;
    nettle_set_key_func *set_encrypt_key;
    nettle_cipher_func *encrypt;
    nettle_set_key_func *set_decrypt_key;
    nettle_cipher_func *decrypt;
};

#define AES(bits)                                                                             \
    {                                                                                         \
        (bits) / 8, (nettle_set_key_func *)aes##bits##_set_encrypt_key,                       \
            (nettle_cipher_func *)aes##bits##_encrypt,                                        \
            (nettle_set_key_func *)aes##bits##_set_decrypt_key,                               \
            (nettle_cipher_func *)aes##bits##_decrypt                                         \
    }
static const struct aes_row aes_rows[] = {AES(128), AES(192), AES(256)};

static const struct aes_row *find_aes(size_t key_size)
{
    for (size_t i = 0; i < sizeof(aes_rows) / sizeof(aes_rows[0]); i++)
        if (aes_rows[i].key_size == key_size)
            return &aes_rows[i];
    return NULL;
}

/* At least two semiblocks [RFC3394-2]. */
static bool is_key_size(size_t size)
{
    return size >= (size_t)2 * SEMIBLOCK && size <= SGW_KEYWRAP_MAX && size % SEMIBLOCK == 0;
}

int sgw_keywrap(const uint8_t *kek, size_t kek_size, const uint8_t *key, size_t size,
                uint8_t *ret_wrapped)
{
    const struct aes_row *row = find_aes(kek_size);
    if (row == NULL || !is_key_size(size))
        return SMIMEGW_E_CRYPTO;
    union aes_key aes;
    row->set_encrypt_key(&aes, kek);
    nist_keywrap16(&aes, row->encrypt, check_value, size + CHECK_SIZE, ret_wrapped, key);
    sgw_wipe(&aes, sizeof(aes));
    return SMIMEGW_OK;
}

int sgw_keyunwrap(const uint8_t *kek, size_t kek_size, const uint8_t *wrapped,
                  size_t wrapped_size, uint8_t *ret_key)
{
    const struct aes_row *row = find_aes(kek_size);
    if (row == NULL)
        return SMIMEGW_E_CRYPTO;
    if (wrapped_size < CHECK_SIZE || !is_key_size(wrapped_size - CHECK_SIZE))
        return SMIMEGW_E_DECRYPT;
    size_t size = wrapped_size - CHECK_SIZE;
    union aes_key aes;
    /* nettle writes the key even where the check value is wrong */
    uint8_t key[SGW_KEYWRAP_MAX];
    row->set_decrypt_key(&aes, kek);
    int is_good = nist_keyunwrap16(&aes, row->decrypt, check_value, size, key, wrapped);
    if (is_good)
        memcpy(ret_key, key, size);
    sgw_wipe(key, sizeof(key));
    sgw_wipe(&aes, sizeof(aes));
    return is_good ? SMIMEGW_OK : SMIMEGW_E_DECRYPT;
}
