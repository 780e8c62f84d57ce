/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/key/host_key.h"
#include "pki/key/rsa.h"
#include "pki/key/token.h"

int sgw_identity_decrypt_pkcs1(struct smimegw_identity *identity, const uint8_t *data,
                               size_t size, uint8_t *ret_key, size_t key_size)
{
    if (identity->cert->key_type != SGW_KEY_RSA)
        return SMIMEGW_E_USAGE;
    const gnutls_datum_t datum = {(unsigned char *)(uintptr_t)data, (unsigned int)size};
    int ret = sgw_random(ret_key, key_size);
    /* the size is public, and what engines make of a wrong one would be an oracle */
    if (ret < 0 || size != sgw_rsa_size(identity->cert))
        return ret;
    if (identity->host != NULL)
        return sgw_host_key_decrypt_pkcs1(identity->host, &datum, ret_key, key_size);
    if (identity->token != NULL)
        return sgw_token_decrypt(identity->token, &datum, ret_key, key_size);
    /* [RFC3218-2.3.2]: leaves the random key where the padding is wrong, and what it
     * returns is nobody's business, for the content will tell anyway */
    ret = gnutls_privkey_decrypt_data2(identity->key, 0, &datum, ret_key, key_size);
    return ret == GNUTLS_E_MEMORY_ERROR ? SMIMEGW_E_NOMEM : SMIMEGW_OK;
}

/*
 * EME-OAEP decoding ([RFC8017-7.1.2] step 3) of a message whose size is known: the
 * place of each octet is, too, so that every octet is looked at and none decides what is done
 * next. The key stays as it is where anything is wrong.
 */
static int oaep_decode(enum sgw_hash_id hash, enum sgw_hash_id mgf_hash, uint8_t *em,
                       size_t size, uint8_t *key, size_t key_size)
{
    size_t hash_size = sgw_hash_size(hash);
    uint8_t label_hash[SGW_HASH_SIZE_MAX];
    uint8_t *seed = em + 1;
    uint8_t *db = seed + hash_size;
    size_t db_size = size - 1 - hash_size;
    int ret = sgw_hash_once(hash, "", 0, label_hash);
    if (ret == SMIMEGW_OK)
        ret = sgw_rsa_mgf1(mgf_hash, db, db_size, seed, hash_size);
    if (ret == SMIMEGW_OK)
        ret = sgw_rsa_mgf1(mgf_hash, seed, hash_size, db, db_size);
    if (ret < 0)
        return ret;
    size_t one = db_size - key_size - 1;
    unsigned int wrong = em[0];
    for (size_t i = 0; i < hash_size; i++)
        wrong |= db[i] ^ label_hash[i];
    for (size_t i = hash_size; i < one; i++)
        wrong |= db[i];
    wrong |= db[one] ^ 1U;
    /* all ones where nothing was wrong, else zero */
    uint8_t mask = (uint8_t)((wrong - 1) >> 8);
    for (size_t i = 0; i < key_size; i++)
        key[i] = (uint8_t)((key[i] & ~mask) | (db[one + 1 + i] & mask));
    return SMIMEGW_OK;
}

/* Octets of OAEP around a message */
static size_t oaep_overhead(enum sgw_hash_id hash)
{
    return 2 * sgw_hash_size(hash) + 2;
}

/* With the numbers of a key that is here. */
static int oaep_open(const struct smimegw_identity *identity, enum sgw_hash_id hash,
                     enum sgw_hash_id mgf_hash, const gnutls_datum_t *data, uint8_t *key,
                     size_t key_size)
{
    uint8_t em[SGW_RSA_SIZE_MAX];
    memset(em, 0xff, sizeof(em));
    int ret = sgw_rsa_private(identity, data->data, em);
    /* what is not below the modulus is decoded too, and fails at its first octet */
    if (ret == SMIMEGW_OK || ret == SMIMEGW_E_DECRYPT)
        ret = oaep_decode(hash, mgf_hash, em, data->size, key, key_size);
    sgw_wipe(em, sizeof(em));
    return ret;
}

int sgw_identity_decrypt_oaep(struct smimegw_identity *identity, enum sgw_hash_id hash,
                              enum sgw_hash_id mgf_hash, const uint8_t *data, size_t size,
                              uint8_t *ret_key, size_t key_size)
{
    const gnutls_datum_t datum = {(unsigned char *)(uintptr_t)data, (unsigned int)size};
    size_t modulus_size = sgw_rsa_size(identity->cert);
    if (identity->cert->key_type != SGW_KEY_RSA || sgw_hash_size(hash) == 0 ||
        sgw_hash_size(mgf_hash) == 0)
        return SMIMEGW_E_USAGE;
    int ret = sgw_random(ret_key, key_size);
    /* these sizes are public */
    if (ret < 0 || size != modulus_size || key_size > SGW_RSA_SIZE_MAX ||
        modulus_size < oaep_overhead(hash) + key_size || identity->token != NULL)
        return ret;
    if (identity->host == NULL)
        return oaep_open(identity, hash, mgf_hash, &datum, ret_key, key_size);
    return hash == mgf_hash
               ? sgw_host_key_decrypt_oaep(identity->host, hash, &datum, ret_key, key_size)
               : SMIMEGW_OK;
}

int sgw_cert_encrypt_pkcs1(const struct smimegw_cert *cert, const uint8_t *key,
                           size_t key_size, struct sgw_buf *ret_data,
                           struct smimegw_error **ret_error)
{
    if (cert->key_type != SGW_KEY_RSA || sgw_rsa_size(cert) == 0 || cert->pubkey == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_RECIPIENT,
                        "the certificate's key is none that RSA encrypts to");
    gnutls_datum_t plain = {(unsigned char *)(uintptr_t)key, (unsigned int)key_size};
    gnutls_datum_t data = {NULL, 0};
    int ret = gnutls_pubkey_encrypt_data(cert->pubkey, 0, &plain, &data);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_RECIPIENT),
                        "RSA encryption failed: %s", gnutls_strerror(ret));
    ret = sgw_buf_append(ret_data, data.data, data.size);
    gnutls_free(data.data);
    return ret < 0 ? sgw_fail(ret_error, ret, "encrypted key") : ret;
}

/* EME-OAEP encoding, [RFC8017-7.1.1] step 2 */
static int oaep_encode(enum sgw_hash_id hash, const uint8_t *key, size_t key_size, uint8_t *em,
                       size_t size)
{
    size_t hash_size = sgw_hash_size(hash);
    uint8_t *seed = em + 1;
    uint8_t *db = seed + hash_size;
    size_t db_size = size - 1 - hash_size;
    memset(em, 0, size);
    memcpy(db + db_size - key_size, key, key_size);
    db[db_size - key_size - 1] = 1;
    int ret = sgw_hash_once(hash, "", 0, db);
    if (ret == SMIMEGW_OK)
        ret = sgw_random(seed, hash_size);
    if (ret == SMIMEGW_OK)
        ret = sgw_rsa_mgf1(hash, seed, hash_size, db, db_size);
    if (ret == SMIMEGW_OK)
        ret = sgw_rsa_mgf1(hash, db, db_size, seed, hash_size);
    return ret;
}

int sgw_cert_encrypt_oaep(const struct smimegw_cert *cert, enum sgw_hash_id hash,
                          const uint8_t *key, size_t key_size, struct sgw_buf *ret_data,
                          struct smimegw_error **ret_error)
{
    uint8_t em[SGW_RSA_SIZE_MAX];
    size_t size = sgw_rsa_size(cert);
    if (cert->key_type != SGW_KEY_RSA || size == 0 || key_size > size ||
        sgw_hash_size(hash) == 0 || size < oaep_overhead(hash) + key_size)
        return sgw_fail(ret_error, SMIMEGW_E_RECIPIENT,
                        "the certificate's key is none that RSA-OAEP encrypts to");
    int ret = oaep_encode(hash, key, key_size, em, size);
    if (ret == SMIMEGW_OK)
        ret = sgw_rsa_public(cert, em, em);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(ret_data, em, size);
    sgw_wipe(em, sizeof(em));
    return ret < 0 ? sgw_fail(ret_error, ret, "RSA-OAEP encryption failed") : ret;
}
