/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/signature.h"

#include <gnutls/abstract.h>

#include "asn1/der.h"
#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/pss.h"
#include "pki/rsa.h"

enum { ED25519_SIGNATURE_SIZE = 64 };

struct algorithm_row {
    enum sgw_signature_scheme scheme;
    enum sgw_hash_id hash;
    gnutls_sign_algorithm_t gnutls;
    bool is_weak; /* to check only */
};

static const struct algorithm_row algorithm_rows[] = {
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_MD5, GNUTLS_SIGN_RSA_MD5, true},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA1, GNUTLS_SIGN_RSA_SHA1, true},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA224, GNUTLS_SIGN_RSA_SHA224, true},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, GNUTLS_SIGN_RSA_SHA256, false},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA384, GNUTLS_SIGN_RSA_SHA384, false},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA512, GNUTLS_SIGN_RSA_SHA512, false},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA1, GNUTLS_SIGN_ECDSA_SHA1, true},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA224, GNUTLS_SIGN_ECDSA_SHA224, true},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA256, GNUTLS_SIGN_ECDSA_SHA256, false},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA384, GNUTLS_SIGN_ECDSA_SHA384, false},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA512, GNUTLS_SIGN_ECDSA_SHA512, false},
    /* pure: the hash is part of the scheme, whatever is asked for */
    {SGW_SCHEME_ED25519, SGW_HASH_NONE, GNUTLS_SIGN_EDDSA_ED25519, false},
};

static const struct algorithm_row *
find_algorithm(const struct sgw_signature_algorithm *algorithm)
{
    for (size_t i = 0; i < sizeof(algorithm_rows) / sizeof(algorithm_rows[0]); i++) {
        const struct algorithm_row *row = &algorithm_rows[i];
        if (row->scheme == algorithm->scheme &&
            (row->hash == algorithm->hash || row->scheme == SGW_SCHEME_ED25519))
            return row;
    }
    return NULL;
}

/* Does the type of the key go with the scheme? */
static bool fits_key(enum sgw_signature_scheme scheme, enum sgw_key_type type)
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
    if (!fits_key(algorithm->scheme, cert->key_type))
        return SMIMEGW_E_KEY;
    if (!sgw_cert_key_is_affordable(cert))
        return SMIMEGW_E_UNSUPPORTED;
    if (!has_form(algorithm->scheme, cert, signature, signature_size))
        return SMIMEGW_E_KEY;
    if (algorithm->scheme == SGW_SCHEME_RSA_PSS)
        return sgw_pss_check(cert, algorithm, data, size, signature);
    const struct algorithm_row *row = find_algorithm(algorithm);
    if (row == NULL || cert->pubkey == NULL)
        return SMIMEGW_E_UNSUPPORTED;
    gnutls_datum_t signed_data = datum_of(size > 0 ? data : "", size);
    gnutls_datum_t value = datum_of(signature, signature_size);
    /* what is weak is for the caller to say, who can tell it apart from what is wrong */
    unsigned int flags = GNUTLS_VERIFY_ALLOW_BROKEN | GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1;
    return check_result(
        gnutls_pubkey_verify_data2(cert->pubkey, row->gnutls, flags, &signed_data, &value));
}

static int make_with_gnutls(struct smimegw_identity *identity,
                            const struct sgw_signature_algorithm *algorithm, const void *data,
                            size_t size, struct sgw_buf *ret_signature)
{
    const struct algorithm_row *row = find_algorithm(algorithm);
    gnutls_datum_t signature = {NULL, 0};
    gnutls_datum_t to_sign = datum_of(size > 0 ? data : "", size);
    if (row == NULL || row->is_weak || identity->key == NULL)
        return SMIMEGW_E_KEY;
    int ret = gnutls_privkey_sign_data2(identity->key, row->gnutls, 0, &to_sign, &signature);
    if (ret < 0)
        return sgw_pki_code(ret, SMIMEGW_E_CRYPTO);
    ret = sgw_buf_append(ret_signature, signature.data, signature.size);
    gnutls_free(signature.data);
    return ret;
}

int sgw_signature_make(struct smimegw_identity *identity,
                       const struct sgw_signature_algorithm *algorithm, const void *data,
                       size_t size, struct sgw_buf *ret_signature,
                       struct smimegw_error **ret_error)
{
    const struct smimegw_cert *cert = identity->cert;
    size_t start = ret_signature->size;
    int ret = SMIMEGW_E_KEY;
    if (fits_key(algorithm->scheme, cert->key_type))
        ret = algorithm->scheme == SGW_SCHEME_RSA_PSS
                  ? sgw_pss_make(identity, algorithm, data, size, ret_signature)
                  : make_with_gnutls(identity, algorithm, data, size, ret_signature);
    if (ret < 0)
        return sgw_fail(ret_error, ret,
                        ret == SMIMEGW_E_KEY ? "the key can't make such a signature"
                                             : "making the signature failed");
    /* a fault in the computation would give the key away */
    ret = sgw_signature_check(cert, algorithm, data, size, ret_signature->data + start,
                              ret_signature->size - start);
    if (ret < 0) {
        sgw_buf_truncate(ret_signature, start);
        ret = ret == SMIMEGW_E_NOMEM ? ret : SMIMEGW_E_CRYPTO;
        return sgw_fail(ret_error, ret, "the signature made does not fit the certificate");
    }
    return SMIMEGW_OK;
}
