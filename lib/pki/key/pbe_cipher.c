/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <nettle/arcfour.h>
#include <nettle/arctwo.h>
#include <nettle/cbc.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/key/pbe.h"

/* RC2 and RC4 are here only, for files that are exported by software of their age. */
enum engine { ENGINE_BASE, ENGINE_RC2, ENGINE_RC4 };

struct cipher_row {
    const char *oid;
    size_t oid_size;
    enum engine engine;
    enum sgw_cipher_id cipher;
    size_t key_size;
    size_t block_size;
};

#define ROW(oid, engine, cipher, key, block)                                                  \
    {                                                                                         \
        oid, sizeof(oid) - 1, engine, cipher, key, block                                      \
    }
#define OID_AES "\x60\x86\x48\x01\x65\x03\x04\x01"
/* [RFC8018-B.2], as encryption scheme of PBES2 */
static const struct cipher_row pbes2_rows[] = {
    ROW(OID_AES "\x02", ENGINE_BASE, SGW_CIPHER_AES128_CBC, 16, 16),
    ROW(OID_AES "\x16", ENGINE_BASE, SGW_CIPHER_AES192_CBC, 24, 16),
    ROW(OID_AES "\x2a", ENGINE_BASE, SGW_CIPHER_AES256_CBC, 32, 16),
    ROW("\x2a\x86\x48\x86\xf7\x0d\x03\x07", ENGINE_BASE, SGW_CIPHER_3DES_CBC, 24, 8),
    {0},
};
#define OID_PKCS12_PBE "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"
/* [RFC7292-C]; 3DES of 16 bytes uses its first key twice */
static const struct cipher_row pkcs12_rows[] = {
    ROW(OID_PKCS12_PBE "\x01", ENGINE_RC4, SGW_CIPHER_NONE, 16, 0),
    ROW(OID_PKCS12_PBE "\x02", ENGINE_RC4, SGW_CIPHER_NONE, 5, 0),
    ROW(OID_PKCS12_PBE "\x03", ENGINE_BASE, SGW_CIPHER_3DES_CBC, 24, 8),
    ROW(OID_PKCS12_PBE "\x04", ENGINE_BASE, SGW_CIPHER_3DES_CBC, 16, 8),
    ROW(OID_PKCS12_PBE "\x05", ENGINE_RC2, SGW_CIPHER_NONE, 16, 8),
    ROW(OID_PKCS12_PBE "\x06", ENGINE_RC2, SGW_CIPHER_NONE, 5, 8),
    {0},
};

static const struct cipher_row *find_row(const struct cipher_row *rows,
                                         const struct sgw_tlv *oid)
{
    for (; rows->oid != NULL; rows++)
        if (sgw_tlv_is(oid, rows->oid, rows->oid_size))
            return rows;
    return NULL;
}

static int unsupported(const struct sgw_tlv *oid, struct smimegw_error **ret_error)
{
    static const char pbes1[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x05";
    char text[64] = "?";
    sgw_oid_text(oid->value, oid->size, text, sizeof(text));
    bool is_pbes1 =
        oid->size == sizeof(pbes1) && memcmp(oid->value, pbes1, sizeof(pbes1) - 1) == 0;
    return sgw_fail(ret_error, SMIMEGW_E_KEY,
                    is_pbes1 ? "the file is encrypted by PBES1 (%s), which protects nothing: "
                               "encrypt it anew with AES, as by openssl pkcs8 -topk8 -v2 "
                               "aes-256-cbc"
                             : "the file is encrypted in a way that is not read here (%s)",
                    text);
}

struct secret {
    uint8_t key[SGW_PBE_KEY_MAX];
    uint8_t iv[SGW_CIPHER_IV_MAX];
};

static int decrypt_base(const struct cipher_row *row, struct secret *secret,
                        const uint8_t *data, size_t size, uint8_t *out)
{
    struct sgw_cipher *cipher = NULL;
    if (row->key_size < sgw_cipher_key_size(row->cipher))
        memcpy(secret->key + row->key_size, secret->key, 8);
    int ret = sgw_cipher_new(row->cipher, secret->key, secret->iv, &cipher);
    if (ret == SMIMEGW_OK)
        ret = sgw_cipher_decrypt(cipher, data, size, out);
    sgw_cipher_free(cipher);
    return ret;
}

static int decrypt_old(const struct cipher_row *row, struct secret *secret,
                       const uint8_t *data, size_t size, uint8_t *out)
{
    struct arcfour_ctx rc4;
    struct arctwo_ctx rc2;
    if (row->engine == ENGINE_RC4) {
        arcfour_set_key(&rc4, row->key_size, secret->key);
        arcfour_crypt(&rc4, size, out, data);
        sgw_wipe(&rc4, sizeof(rc4));
    } else {
        arctwo_set_key_ekb(&rc2, row->key_size, secret->key, (unsigned int)row->key_size * 8);
        cbc_decrypt(&rc2, (nettle_cipher_func *)arctwo_decrypt, row->block_size, secret->iv,
                    size, out, data);
        sgw_wipe(&rc2, sizeof(rc2));
    }
    return SMIMEGW_OK;
}

/* Bytes left without the padding [RFC8018-6.1.1]; 0 where there is none that can be. */
static size_t unpadded_size(const uint8_t *data, size_t size, size_t block_size)
{
    size_t padding = data[size - 1];
    if (padding == 0 || padding > block_size)
        return 0;
    for (size_t i = size - padding; i < size; i++)
        if (data[i] != padding)
            return 0;
    return size - padding;
}

static int decrypt(const struct cipher_row *row, struct secret *secret, const uint8_t *data,
                   size_t size, struct sgw_buf *ret_plain)
{
    uint8_t *out;
    if (size == 0 || (row->block_size > 0 && size % row->block_size != 0))
        return SMIMEGW_E_PASSPHRASE;
    int ret = sgw_buf_extend(ret_plain, size, &out);
    if (ret < 0)
        return ret;
    ret = row->engine == ENGINE_BASE ? decrypt_base(row, secret, data, size, out)
                                     : decrypt_old(row, secret, data, size, out);
    size_t left = size;
    if (ret == SMIMEGW_OK && row->block_size > 0)
        left = unpadded_size(out, size, row->block_size);
    if (ret < 0 || left == 0) {
        sgw_buf_clear(ret_plain);
        return ret < 0 ? ret : SMIMEGW_E_PASSPHRASE;
    }
    sgw_buf_truncate(ret_plain, ret_plain->size - size + left);
    return SMIMEGW_OK;
}

/* [RFC8018-A.4] */
static int prepare_pbes2(struct sgw_passphrase *passphrase, struct sgw_der *parameters,
                         const struct cipher_row **ret_row, struct secret *ret_secret,
                         struct smimegw_error **ret_error)
{
    struct sgw_der derivation;
    struct sgw_der scheme;
    struct sgw_tlv oid;
    struct sgw_tlv iv;
    if (!sgw_der_enter(parameters, SGW_TAG_SEQUENCE, &derivation) ||
        !sgw_der_enter(parameters, SGW_TAG_SEQUENCE, &scheme) ||
        !sgw_der_get(&scheme, SGW_TAG_OID, &oid))
        return sgw_pbe_malformed(ret_error);
    const struct cipher_row *row = find_row(pbes2_rows, &oid);
    if (row == NULL)
        return unsupported(&oid, ret_error);
    if (!sgw_der_get(&scheme, SGW_TAG_OCTET_STRING, &iv) || iv.size != row->block_size)
        return sgw_pbe_malformed(ret_error);
    memcpy(ret_secret->iv, iv.value, iv.size);
    *ret_row = row;
    size_t key_size = row->key_size;
    return sgw_pbe_derive_pbkdf2(passphrase, derivation, ret_secret->key, &key_size,
                                 ret_error);
}

static int prepare_pkcs12(struct sgw_passphrase *passphrase, const struct cipher_row *row,
                          struct sgw_der *parameters, struct secret *ret_secret,
                          struct smimegw_error **ret_error)
{
    struct sgw_pbe_salt salt = {0};
    int ret = sgw_pbe_read_salt(parameters, &salt, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_pbe_derive_pkcs12(passphrase, SGW_HASH_SHA1, 1, &salt, ret_secret->key,
                                    row->key_size, ret_error);
    if (ret == SMIMEGW_OK && row->block_size > 0)
        ret = sgw_pbe_derive_pkcs12(passphrase, SGW_HASH_SHA1, 2, &salt, ret_secret->iv,
                                    row->block_size, ret_error);
    return ret;
}

int sgw_pbe_decrypt(struct sgw_passphrase *passphrase, struct sgw_der algorithm,
                    const uint8_t *data, size_t size, struct sgw_buf *ret_plain,
                    struct smimegw_error **ret_error)
{
    static const char oid_pbes2[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
    struct sgw_tlv oid;
    struct sgw_der parameters;
    struct secret secret = {0};
    if (!sgw_der_get(&algorithm, SGW_TAG_OID, &oid))
        return sgw_pbe_malformed(ret_error);
    const struct cipher_row *row = find_row(pkcs12_rows, &oid);
    bool is_pbes2 = sgw_tlv_is(&oid, oid_pbes2, sizeof(oid_pbes2) - 1);
    if (row == NULL && !is_pbes2)
        return unsupported(&oid, ret_error);
    if (!sgw_der_enter(&algorithm, SGW_TAG_SEQUENCE, &parameters))
        return sgw_pbe_malformed(ret_error);
    int ret = is_pbes2 ? prepare_pbes2(passphrase, &parameters, &row, &secret, ret_error)
                       : prepare_pkcs12(passphrase, row, &parameters, &secret, ret_error);
    if (ret == SMIMEGW_OK) {
        ret = decrypt(row, &secret, data, size, ret_plain);
        if (ret < 0 && ret != SMIMEGW_E_PASSPHRASE)
            sgw_fail(ret_error, ret, "decryption of the file");
    }
    sgw_wipe(&secret, sizeof(secret));
    return ret;
}
