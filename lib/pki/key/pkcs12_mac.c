/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gnutls/crypto.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/key/pkcs12.h"

/* Shorter keys are refused [RFC9579-6]. */
enum { PBMAC1_KEY_MIN = 20 };

/* MacData, read */
struct mac {
    struct sgw_der algorithm; /* parameters, after the OID */
    struct sgw_tlv oid;
    struct sgw_tlv digest;
    struct sgw_pbe_salt salt;
};

static gnutls_mac_algorithm_t gnutls_mac(enum sgw_hash_id hash)
{
    static const gnutls_mac_algorithm_t macs[] = {
        [SGW_HASH_SHA1] = GNUTLS_MAC_SHA1,     [SGW_HASH_SHA224] = GNUTLS_MAC_SHA224,
        [SGW_HASH_SHA256] = GNUTLS_MAC_SHA256, [SGW_HASH_SHA384] = GNUTLS_MAC_SHA384,
        [SGW_HASH_SHA512] = GNUTLS_MAC_SHA512,
    };
    return macs[hash];
}

/* A cut digest is as weak as the rest of it is short: the whole of it must be there. */
static int compare(enum sgw_hash_id hash, const uint8_t *key, size_t key_size,
                   const struct sgw_buf *content, const struct mac *mac,
                   struct smimegw_error **ret_error)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    int ret = gnutls_hmac_fast(gnutls_mac(hash), key, key_size, content->data, content->size,
                               digest);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_CRYPTO), "MAC of the file: %s",
                        gnutls_strerror(ret));
    return sgw_equal_secret(digest, mac->digest.value, sgw_hash_size(hash))
               ? SMIMEGW_OK
               : SMIMEGW_E_PASSPHRASE;
}

static int check_size(enum sgw_hash_id hash, const struct mac *mac,
                      struct smimegw_error **ret_error)
{
    if (hash == SGW_HASH_NONE)
        return sgw_fail(
            ret_error, SMIMEGW_E_KEY,
            "the PKCS#12 file's integrity check uses a hash that is not read here");
    if (mac->digest.size != sgw_hash_size(hash))
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "the PKCS#12 file's integrity check has %zu bytes instead of %zu: the "
                        "file was changed after it was made",
                        mac->digest.size, sgw_hash_size(hash));
    return SMIMEGW_OK;
}

/* [RFC7292-4]; makers differ in what they make of some passphrases. */
static int check_pkcs12(struct sgw_passphrase *passphrase, const struct mac *mac,
                        const struct sgw_buf *content, struct smimegw_error **ret_error)
{
    uint8_t key[SGW_HASH_SIZE_MAX];
    enum sgw_hash_id hash = sgw_pbe_hash(&mac->oid);
    int ret = check_size(hash, mac, ret_error);
    if (ret < 0)
        return ret;
    ret = SMIMEGW_E_PASSPHRASE;
    for (int number = 0; ret == SMIMEGW_E_PASSPHRASE; number++) {
        ret = sgw_passphrase_form(passphrase, number);
        if (ret < 0)
            break;
        ret = sgw_pbe_derive_pkcs12(passphrase, hash, 3, &mac->salt, key, sgw_hash_size(hash),
                                    ret_error);
        if (ret == SMIMEGW_OK)
            ret = compare(hash, key, sgw_hash_size(hash), content, mac, ret_error);
    }
    sgw_wipe(key, sizeof(key));
    return ret;
}

/* [RFC9579-4] */
static int check_pbmac1(struct sgw_passphrase *passphrase, struct mac *mac,
                        const struct sgw_buf *content, struct smimegw_error **ret_error)
{
    uint8_t key[SGW_PBE_KEY_MAX];
    size_t key_size = 0;
    struct sgw_der parameters;
    struct sgw_der derivation;
    struct sgw_der scheme;
    struct sgw_tlv oid;
    if (!sgw_der_enter(&mac->algorithm, SGW_TAG_SEQUENCE, &parameters) ||
        !sgw_der_enter(&parameters, SGW_TAG_SEQUENCE, &derivation) ||
        !sgw_der_enter(&parameters, SGW_TAG_SEQUENCE, &scheme) ||
        !sgw_der_get(&scheme, SGW_TAG_OID, &oid))
        return sgw_pkcs12_malformed(ret_error);
    enum sgw_hash_id hash = sgw_pbe_hash(&oid);
    int ret = check_size(hash, mac, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_passphrase_form(passphrase, 0);
    if (ret == SMIMEGW_OK)
        ret = sgw_pbe_derive_pbkdf2(passphrase, derivation, key, &key_size, ret_error);
    if (ret == SMIMEGW_OK && key_size < PBMAC1_KEY_MIN)
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY,
                       "the PKCS#12 file's integrity check has a key that is too short");
    if (ret == SMIMEGW_OK)
        ret = compare(hash, key, key_size, content, mac, ret_error);
    sgw_wipe(key, sizeof(key));
    return ret;
}

int sgw_pkcs12_check_mac(struct sgw_passphrase *passphrase, struct sgw_der mac_data,
                         const struct sgw_buf *content, struct smimegw_error **ret_error)
{
    static const char oid_pbmac1[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e";
    struct mac mac = {.salt = {.iterations = 1}}; /* the default [RFC7292-4] */
    struct sgw_der info;
    if (!sgw_der_enter(&mac_data, SGW_TAG_SEQUENCE, &info) ||
        !sgw_der_enter(&info, SGW_TAG_SEQUENCE, &mac.algorithm) ||
        !sgw_der_get(&mac.algorithm, SGW_TAG_OID, &mac.oid) ||
        !sgw_der_get(&info, SGW_TAG_OCTET_STRING, &mac.digest))
        return sgw_pkcs12_malformed(ret_error);
    if (sgw_tlv_is(&mac.oid, oid_pbmac1, sizeof(oid_pbmac1) - 1))
        return check_pbmac1(passphrase, &mac, content, ret_error);
    int ret = sgw_pbe_read_salt(&mac_data, &mac.salt, ret_error);
    return ret < 0 ? ret : check_pkcs12(passphrase, &mac, content, ret_error);
}
