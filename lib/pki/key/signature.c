/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/signature.h"

#include <gnutls/abstract.h>

#include "asn1/der.h"
#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/key/host_key.h"
#include "pki/key/pss.h"
#include "pki/key/rsa.h"
#include "pki/key/token.h"

enum { ED25519_SIGNATURE_SIZE = 64 };

static const struct sgw_signature_row rows[] = {
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_MD5, GNUTLS_SIGN_RSA_MD5, true, NULL},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA1, GNUTLS_SIGN_RSA_SHA1, true, NULL},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA224, GNUTLS_SIGN_RSA_SHA224, true, NULL},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, GNUTLS_SIGN_RSA_SHA256, false, "rsa-sha256"},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA384, GNUTLS_SIGN_RSA_SHA384, false, "rsa-sha384"},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA512, GNUTLS_SIGN_RSA_SHA512, false, "rsa-sha512"},
    {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, GNUTLS_SIGN_RSA_PSS_SHA256, false, "rsa-pss-sha256"},
    {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA384, GNUTLS_SIGN_RSA_PSS_SHA384, false, "rsa-pss-sha384"},
    {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA512, GNUTLS_SIGN_RSA_PSS_SHA512, false, "rsa-pss-sha512"},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA1, GNUTLS_SIGN_ECDSA_SHA1, true, NULL},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA224, GNUTLS_SIGN_ECDSA_SHA224, true, NULL},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA256, GNUTLS_SIGN_ECDSA_SHA256, false, "ecdsa-sha256"},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA384, GNUTLS_SIGN_ECDSA_SHA384, false, "ecdsa-sha384"},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA512, GNUTLS_SIGN_ECDSA_SHA512, false, "ecdsa-sha512"},
    /* pure: the hash is part of the scheme, whatever is asked for */
    {SGW_SCHEME_ED25519, SGW_HASH_NONE, GNUTLS_SIGN_EDDSA_ED25519, false, "ed25519"},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct sgw_signature_row *
sgw_signature_row_find(const struct sgw_signature_algorithm *algorithm)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].scheme == algorithm->scheme &&
            (rows[i].hash == algorithm->hash || rows[i].scheme == SGW_SCHEME_ED25519))
            return &rows[i];
    return NULL;
}

const struct sgw_signature_row *sgw_signature_row_gnutls(gnutls_sign_algorithm_t gnutls)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].gnutls == gnutls)
            return &rows[i];
    return NULL;
}

bool sgw_signature_fits_key(enum sgw_signature_scheme scheme, enum sgw_key_type type)
{
    switch (scheme) {
    case SGW_SCHEME_RSA_PKCS1:
        return type == SGW_KEY_RSA;
    case SGW_SCHEME_RSA_PSS:
        return type == SGW_KEY_RSA || type == SGW_KEY_RSA_PSS;
    case SGW_SCHEME_ECDSA:
        return type == SGW_KEY_P256 || type == SGW_KEY_P384 || type == SGW_KEY_P521;
    case SGW_SCHEME_ED25519:
        return type == SGW_KEY_ED25519;
    case SGW_SCHEME_NONE:
        break;
    }
    return false;
}

/* INTEGER that is positive and of minimal length */
static bool get_positive(struct sgw_der *der)
{
    struct sgw_tlv number;
    if (!sgw_der_get(der, SGW_TAG_INTEGER, &number) || number.size == 0 ||
        (number.value[0] & 0x80) != 0)
        return false;
    if (number.size == 1)
        return number.value[0] != 0;
    return number.value[0] != 0 || (number.value[1] & 0x80) != 0;
}

/* Ecdsa-Sig-Value [RFC3279-2.2.3] in DER, or one signature could have many forms. */
static bool is_ecdsa_form(const uint8_t *signature, size_t size)
{
    struct sgw_der der;
    struct sgw_der inside;
    sgw_der_init(&der, signature, size);
    return sgw_der_enter(&der, SGW_TAG_SEQUENCE, &inside) && sgw_der_at_end(&der) &&
           get_positive(&inside) && get_positive(&inside) && sgw_der_at_end(&inside);
}

static bool has_form(enum sgw_signature_scheme scheme, const struct smimegw_cert *cert,
                     const uint8_t *signature, size_t size)
{
    switch (scheme) {
    case SGW_SCHEME_RSA_PKCS1:
    case SGW_SCHEME_RSA_PSS:
        return size == sgw_rsa_size(cert);
    case SGW_SCHEME_ECDSA:
        return is_ecdsa_form(signature, size);
    case SGW_SCHEME_ED25519:
        return size == ED25519_SIGNATURE_SIZE;
    case SGW_SCHEME_NONE:
        break;
    }
    return false;
}

static gnutls_datum_t datum_of(const void *data, size_t size)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)data, (unsigned int)size};
}

static int check_result(int gnutls_code)
{
    switch (gnutls_code) {
    case GNUTLS_E_MEMORY_ERROR:
        return SMIMEGW_E_NOMEM;
    case GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM:
    case GNUTLS_E_UNKNOWN_ALGORITHM:
    case GNUTLS_E_UNIMPLEMENTED_FEATURE:
        return SMIMEGW_E_UNSUPPORTED;
    default:
        return gnutls_code == 0 ? SMIMEGW_OK : SMIMEGW_E_KEY;
    }
}

int sgw_signature_check(const struct smimegw_cert *cert,
                        const struct sgw_signature_algorithm *algorithm, const void *data,
                        size_t size, const uint8_t *signature, size_t signature_size)
{
    if (!sgw_signature_fits_key(algorithm->scheme, cert->key_type))
        return SMIMEGW_E_KEY;
    if (!sgw_cert_key_is_affordable(cert))
        return SMIMEGW_E_UNSUPPORTED;
    if (!has_form(algorithm->scheme, cert, signature, signature_size))
        return SMIMEGW_E_KEY;
    if (algorithm->scheme == SGW_SCHEME_RSA_PSS)
        return sgw_pss_check(cert, algorithm, data, size, signature);
    const struct sgw_signature_row *row = sgw_signature_row_find(algorithm);
    if (row == NULL || cert->pubkey == NULL)
        return SMIMEGW_E_UNSUPPORTED;
    gnutls_datum_t signed_data = datum_of(size > 0 ? data : "", size);
    gnutls_datum_t value = datum_of(signature, signature_size);
    /* what is weak is for the caller to say, who can tell it apart from what is wrong */
    unsigned int flags = GNUTLS_VERIFY_ALLOW_BROKEN | GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1;
    return check_result(
        gnutls_pubkey_verify_data2(cert->pubkey, row->gnutls, flags, &signed_data, &value));
}

static int make_in_memory(struct smimegw_identity *identity,
                          const struct sgw_signature_row *row, const gnutls_datum_t *to_sign,
                          struct sgw_buf *ret_signature)
{
    gnutls_datum_t signature = {NULL, 0};
    if (identity->key == NULL)
        return SMIMEGW_E_KEY;
    int ret = gnutls_privkey_sign_data2(identity->key, row->gnutls, 0, to_sign, &signature);
    if (ret < 0)
        return sgw_pki_code(ret, SMIMEGW_E_CRYPTO);
    ret = sgw_buf_append(ret_signature, signature.data, signature.size);
    gnutls_free(signature.data);
    return ret;
}

/* Engines know one size of salt: the hash's. */
static int check_salt(const struct smimegw_cert *cert,
                      const struct sgw_signature_algorithm *algorithm)
{
    if (algorithm->scheme != SGW_SCHEME_RSA_PSS)
        return SMIMEGW_OK;
    int ret = sgw_pss_fits_key(cert, algorithm);
    if (ret == SMIMEGW_OK && algorithm->salt_size != sgw_hash_size(algorithm->hash))
        ret = SMIMEGW_E_UNSUPPORTED;
    return ret;
}

static int make_in_engine(struct smimegw_identity *identity,
                          const struct sgw_signature_algorithm *algorithm,
                          const gnutls_datum_t *to_sign, struct sgw_buf *ret_signature)
{
    const struct sgw_signature_row *row = sgw_signature_row_find(algorithm);
    int ret = check_salt(identity->cert, algorithm);
    if (ret < 0)
        return ret;
    return identity->host != NULL
               ? sgw_host_key_sign(identity->host, row, to_sign, ret_signature)
               : sgw_token_sign(identity->token, row, to_sign, ret_signature);
}

static int make(struct smimegw_identity *identity,
                const struct sgw_signature_algorithm *algorithm, const void *data, size_t size,
                struct sgw_buf *ret_signature)
{
    const struct sgw_signature_row *row = sgw_signature_row_find(algorithm);
    const gnutls_datum_t to_sign = datum_of(size > 0 ? data : "", size);
    if (!sgw_signature_fits_key(algorithm->scheme, identity->cert->key_type) || row == NULL ||
        row->is_weak)
        return SMIMEGW_E_KEY;
    if (identity->host != NULL || identity->token != NULL)
        return make_in_engine(identity, algorithm, &to_sign, ret_signature);
    return algorithm->scheme == SGW_SCHEME_RSA_PSS
               ? sgw_pss_make(identity, algorithm, data, size, ret_signature)
               : make_in_memory(identity, row, &to_sign, ret_signature);
}

/* Why there is no signature, for people. */
static const char *describe_failure(int result)
{
    switch (result) {
    case SMIMEGW_E_KEY:
        return "the key can't make such a signature";
    case SMIMEGW_E_UNSUPPORTED:
        return "the key's engine can't make such a signature";
    case SMIMEGW_E_IO:
        return "the key's engine failed";
    default:
        return "making the signature failed";
    }
}

int sgw_signature_make(struct smimegw_identity *identity,
                       const struct sgw_signature_algorithm *algorithm, const void *data,
                       size_t size, struct sgw_buf *ret_signature,
                       struct smimegw_error **ret_error)
{
    size_t start = ret_signature->size;
    int ret = make(identity, algorithm, data, size, ret_signature);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "%s", describe_failure(ret));
    /* a fault in the computation would give the key away */
    ret = sgw_signature_check(identity->cert, algorithm, data, size,
                              ret_signature->data + start, ret_signature->size - start);
    if (ret < 0) {
        sgw_buf_truncate(ret_signature, start);
        ret = ret == SMIMEGW_E_NOMEM ? ret : SMIMEGW_E_CRYPTO;
        return sgw_fail(ret_error, ret, "the signature made does not fit the certificate");
    }
    return SMIMEGW_OK;
}
