/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/pbe.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/code.h"

enum { BLOCK_MAX = 128 };

struct hash_row {
    const char *oid;
    size_t oid_size;
    enum sgw_hash_id hash;
    int mac;    /* of gnutls_pbkdf2() */
    int weight; /* cost against SHA-256, measured */
    size_t block_size;
};

#define OID_HMAC "\x2a\x86\x48\x86\xf7\x0d\x02"
#define OID_SHA2 "\x60\x86\x48\x01\x65\x03\x04\x02"
#define HASH(oid, hash, mac, weight, block)                                                   \
    {                                                                                         \
        oid, sizeof(oid) - 1, hash, mac, weight, block                                        \
    }
static const struct hash_row hash_rows[] = {
    HASH(OID_HMAC "\x07", SGW_HASH_SHA1, GNUTLS_MAC_SHA1, 1, 64),
    HASH(OID_HMAC "\x08", SGW_HASH_SHA224, GNUTLS_MAC_SHA224, 1, 64),
    HASH(OID_HMAC "\x09", SGW_HASH_SHA256, GNUTLS_MAC_SHA256, 1, 64),
    HASH(OID_HMAC "\x0a", SGW_HASH_SHA384, GNUTLS_MAC_SHA384, 3, 128),
    HASH(OID_HMAC "\x0b", SGW_HASH_SHA512, GNUTLS_MAC_SHA512, 3, 128),
    HASH("\x2b\x0e\x03\x02\x1a", SGW_HASH_SHA1, GNUTLS_MAC_SHA1, 1, 64),
    HASH(OID_SHA2 "\x04", SGW_HASH_SHA224, GNUTLS_MAC_SHA224, 1, 64),
    HASH(OID_SHA2 "\x01", SGW_HASH_SHA256, GNUTLS_MAC_SHA256, 1, 64),
    HASH(OID_SHA2 "\x02", SGW_HASH_SHA384, GNUTLS_MAC_SHA384, 3, 128),
    HASH(OID_SHA2 "\x03", SGW_HASH_SHA512, GNUTLS_MAC_SHA512, 3, 128),
};
enum { HASH_ROWS = sizeof(hash_rows) / sizeof(hash_rows[0]) };

enum sgw_hash_id sgw_pbe_hash(const struct sgw_tlv *oid)
{
    for (size_t i = 0; i < HASH_ROWS; i++)
        if (sgw_tlv_is(oid, hash_rows[i].oid, hash_rows[i].oid_size))
            return hash_rows[i].hash;
    return SGW_HASH_NONE;
}

static const struct hash_row *find_hash(enum sgw_hash_id hash)
{
    size_t i = 0;
    while (hash_rows[i].hash != hash)
        i++;
    return &hash_rows[i];
}

int sgw_pbe_malformed(struct smimegw_error **ret_error)
{
    return sgw_fail(ret_error, SMIMEGW_E_KEY,
                    "what the file says about its encryption is malformed");
}

static int too_many_iterations(struct smimegw_error **ret_error)
{
    return sgw_fail(ret_error, SMIMEGW_E_LIMIT,
                    "the file asks for too many iterations to try a passphrase");
}

/* Before the work is done, and with something for what each call costs besides. */
static int charge(struct sgw_passphrase *passphrase, const struct hash_row *row,
                  int64_t hashes, size_t key_size, struct smimegw_error **ret_error)
{
    size_t hash_size = sgw_hash_size(row->hash);
    int64_t blocks = (int64_t)((key_size + hash_size - 1) / hash_size);
    passphrase->work -= (hashes + 100) * blocks * row->weight;
    return passphrase->work < 0 ? too_many_iterations(ret_error) : SMIMEGW_OK;
}

int sgw_pbe_read_salt(struct sgw_der *der, struct sgw_pbe_salt *ret_salt,
                      struct smimegw_error **ret_error)
{
    struct sgw_tlv salt;
    struct sgw_tlv count;
    if (!sgw_der_get(der, SGW_TAG_OCTET_STRING, &salt) || salt.size > SGW_PBE_SALT_MAX)
        return sgw_pbe_malformed(ret_error);
    ret_salt->data = salt.value;
    ret_salt->size = salt.size;
    if (sgw_der_at_end(der) && ret_salt->iterations > 0)
        return SMIMEGW_OK;
    if (!sgw_der_get(der, SGW_TAG_INTEGER, &count))
        return sgw_pbe_malformed(ret_error);
    if (count.size > 4 && (count.value[0] & 0x80) == 0)
        return too_many_iterations(ret_error);
    if (!sgw_tlv_number(&count, &ret_salt->iterations) || ret_salt->iterations == 0)
        return sgw_pbe_malformed(ret_error);
    return SMIMEGW_OK;
}

/* Repeat the octets over the room. */
static void fill(uint8_t *room, size_t room_size, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < room_size; i++)
        room[i] = data[i % size];
}

/* Add the block and one to each block of the input, as big numbers. */
static void add_block(uint8_t *input, size_t input_size, const uint8_t *block,
                      size_t block_size)
{
    for (size_t at = 0; at < input_size; at += block_size) {
        unsigned int carry = 1;
        for (size_t i = block_size; i > 0; i--) {
            carry += (unsigned int)input[at + i - 1] + block[i - 1];
            input[at + i - 1] = (uint8_t)carry;
            carry >>= 8;
        }
    }
}

/* H^iterations(D || I) */
static int hash_often(struct sgw_hash *hash, const struct hash_row *row, uint8_t purpose,
                      const uint8_t *input, size_t size, int iterations, uint8_t *ret_digest)
{
    uint8_t diversifier[BLOCK_MAX];
    memset(diversifier, purpose, sizeof(diversifier));
    int ret = sgw_hash_update(hash, diversifier, row->block_size);
    if (ret == SMIMEGW_OK)
        ret = sgw_hash_update(hash, input, size);
    if (ret == SMIMEGW_OK)
        ret = sgw_hash_finish(hash, ret_digest);
    for (int i = 1; ret == SMIMEGW_OK && i < iterations; i++) {
        ret = sgw_hash_update(hash, ret_digest, sgw_hash_size(row->hash));
        if (ret == SMIMEGW_OK)
            ret = sgw_hash_finish(hash, ret_digest);
    }
    return ret;
}

/* Steps 6 and 7; the input is I, which changes. */
static int derive_blocks(const struct hash_row *row, uint8_t purpose, int iterations,
                         struct sgw_buf *input, uint8_t *ret_key, size_t key_size)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    uint8_t block[BLOCK_MAX];
    size_t hash_size = sgw_hash_size(row->hash);
    struct sgw_hash *hash = NULL;
    int ret = sgw_hash_new(row->hash, &hash);
    while (ret == SMIMEGW_OK && key_size > 0) {
        ret = hash_often(hash, row, purpose, input->data, input->size, iterations, digest);
        if (ret < 0)
            break;
        size_t size = key_size < hash_size ? key_size : hash_size;
        memcpy(ret_key, digest, size);
        ret_key += size;
        key_size -= size;
        fill(block, row->block_size, digest, hash_size);
        add_block(input->data, input->size, block, row->block_size);
    }
    sgw_hash_free(hash);
    sgw_wipe(digest, sizeof(digest));
    sgw_wipe(block, sizeof(block));
    return ret;
}

/* Append the octets repeated up to a multiple of the block; nothing for nothing. */
static int append_filled(struct sgw_buf *buf, const uint8_t *data, size_t size,
                         size_t block_size)
{
    uint8_t *room;
    size_t room_size = (size + block_size - 1) / block_size * block_size;
    if (size == 0)
        return SMIMEGW_OK;
    int ret = sgw_buf_extend(buf, room_size, &room);
    if (ret == SMIMEGW_OK)
        fill(room, room_size, data, size);
    return ret;
}

int sgw_pbe_derive_pkcs12(struct sgw_passphrase *passphrase, enum sgw_hash_id hash,
                          uint8_t purpose, const struct sgw_pbe_salt *salt, uint8_t *ret_key,
                          size_t key_size, struct smimegw_error **ret_error)
{
    const struct hash_row *row = find_hash(hash);
    struct sgw_buf input = SGW_BUF_INIT(0);
    int ret = charge(passphrase, row, salt->iterations, key_size, ret_error);
    if (ret < 0)
        return ret;
    ret = append_filled(&input, salt->data, salt->size, row->block_size);
    if (ret == SMIMEGW_OK)
        ret = append_filled(&input, passphrase->wide.data, passphrase->wide.size,
                            row->block_size);
    if (ret == SMIMEGW_OK)
        ret = derive_blocks(row, purpose, salt->iterations, &input, ret_key, key_size);
    sgw_buf_clear(&input);
    return ret < 0 ? sgw_fail(ret_error, ret, "key derivation") : ret;
}

/* Optional key length and PRF, whose default is HMAC with SHA-1 [RFC8018-A.2]. */
static int read_pbkdf2_rest(struct sgw_der *parameters, size_t *key_size,
                            const struct hash_row **ret_row, struct smimegw_error **ret_error)
{
    struct sgw_tlv tlv;
    struct sgw_der prf;
    enum sgw_hash_id hash = SGW_HASH_SHA1;
    int named = 0;
    if (sgw_der_get(parameters, SGW_TAG_INTEGER, &tlv) &&
        (!sgw_tlv_number(&tlv, &named) || named == 0 || named > SGW_PBE_KEY_MAX))
        return sgw_pbe_malformed(ret_error);
    if ((named == 0 && *key_size == 0) ||
        (named != 0 && *key_size != 0 && *key_size != (size_t)named))
        return sgw_pbe_malformed(ret_error);
    if (sgw_der_enter(parameters, SGW_TAG_SEQUENCE, &prf)) {
        if (!sgw_der_get(&prf, SGW_TAG_OID, &tlv))
            return sgw_pbe_malformed(ret_error);
        hash = sgw_pbe_hash(&tlv);
        if (hash == SGW_HASH_NONE)
            return sgw_fail(ret_error, SMIMEGW_E_KEY,
                            "the file derives its key by a hash that is not read here");
    }
    if (*key_size == 0)
        *key_size = (size_t)named;
    *ret_row = find_hash(hash);
    return SMIMEGW_OK;
}

int sgw_pbe_derive_pbkdf2(struct sgw_passphrase *passphrase, struct sgw_der algorithm,
                          uint8_t ret_key[SGW_PBE_KEY_MAX], size_t *key_size,
                          struct smimegw_error **ret_error)
{
    static const char oid_pbkdf2[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
    struct sgw_tlv oid;
    struct sgw_der parameters;
    struct sgw_pbe_salt salt = {0};
    const struct hash_row *row = NULL;
    if (!sgw_der_get(&algorithm, SGW_TAG_OID, &oid))
        return sgw_pbe_malformed(ret_error);
    if (!sgw_tlv_is(&oid, oid_pbkdf2, sizeof(oid_pbkdf2) - 1))
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "the file derives its key in a way that is not read here (only PBKDF2 "
                        "is; scrypt is not): encrypt it anew, with \"-v2 aes-256-cbc\" for "
                        "openssl pkcs8");
    if (!sgw_der_enter(&algorithm, SGW_TAG_SEQUENCE, &parameters))
        return sgw_pbe_malformed(ret_error);
    int ret = sgw_pbe_read_salt(&parameters, &salt, ret_error);
    if (ret == SMIMEGW_OK)
        ret = read_pbkdf2_rest(&parameters, key_size, &row, ret_error);
    if (ret == SMIMEGW_OK)
        ret = charge(passphrase, row, 2LL * salt.iterations, *key_size, ret_error);
    if (ret < 0)
        return ret;
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)passphrase->text,
                           (unsigned int)passphrase->size};
    gnutls_datum_t octets = {(unsigned char *)(uintptr_t)salt.data, (unsigned int)salt.size};
    ret = gnutls_pbkdf2((gnutls_mac_algorithm_t)row->mac, &text, &octets,
                        (unsigned int)salt.iterations, ret_key, *key_size);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_CRYPTO), "key derivation: %s",
                        gnutls_strerror(ret));
    return SMIMEGW_OK;
}
