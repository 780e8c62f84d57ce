/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/pss.h"

#include <gnutls/abstract.h>
#include <nettle/bignum.h>
#include <nettle/nettle-meta.h>
#include <nettle/pss.h>

#include "pki/code.h"
#include "pki/key/number.h"
#include "pki/key/rsa.h"

static const struct {
    enum sgw_hash_id id;
    const struct nettle_hash *hash;
    gnutls_digest_algorithm_t gnutls;
    bool is_weak;
} hash_rows[] = {
    {SGW_HASH_SHA1, &nettle_sha1, GNUTLS_DIG_SHA1, true},
    {SGW_HASH_SHA224, &nettle_sha224, GNUTLS_DIG_SHA224, true},
    {SGW_HASH_SHA256, &nettle_sha256, GNUTLS_DIG_SHA256, false},
    {SGW_HASH_SHA384, &nettle_sha384, GNUTLS_DIG_SHA384, false},
    {SGW_HASH_SHA512, &nettle_sha512, GNUTLS_DIG_SHA512, false},
};
enum { HASH_ROWS = sizeof(hash_rows) / sizeof(hash_rows[0]), NO_ROW = HASH_ROWS };

static size_t find_hash(enum sgw_hash_id id)
{
    for (size_t i = 0; i < HASH_ROWS; i++)
        if (hash_rows[i].id == id)
            return i;
    return NO_ROW;
}

/* An id-RSASSA-PSS key may bind itself to a hash and a smallest salt [RFC4055-3.3].
 */
static int check_parameters(const struct smimegw_cert *cert, size_t row,
                            unsigned int salt_size)
{
    gnutls_digest_algorithm_t hash = GNUTLS_DIG_UNKNOWN;
    unsigned int least = 0;
    gnutls_x509_spki_t spki;
    if (cert->key_type != SGW_KEY_RSA_PSS)
        return SMIMEGW_OK;
    if (cert->pubkey == NULL)
        return SMIMEGW_E_UNSUPPORTED;
    int ret = gnutls_x509_spki_init(&spki);
    if (ret < 0)
        return SMIMEGW_E_NOMEM;
    ret = gnutls_pubkey_get_spki(cert->pubkey, spki, 0);
    if (ret == 0)
        ret = gnutls_x509_spki_get_rsa_pss_params(spki, &hash, &least);
    gnutls_x509_spki_deinit(spki);
    /* no parameters, no bounds */
    if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return SMIMEGW_OK;
    if (ret < 0)
        return sgw_pki_code(ret, SMIMEGW_E_UNSUPPORTED);
    return hash == hash_rows[row].gnutls && salt_size >= least ? SMIMEGW_OK : SMIMEGW_E_KEY;
}

/* Bits of the encoded message: one less than the modulus has. */
static size_t message_bits(const struct smimegw_cert *cert)
{
    return cert->key_bits - 1;
}

int sgw_pss_check(const struct smimegw_cert *cert,
                  const struct sgw_signature_algorithm *algorithm, const void *data,
                  size_t size, const uint8_t *signature)
{
    uint8_t encoded[SGW_RSA_SIZE_MAX];
    uint8_t digest[SGW_HASH_SIZE_MAX];
    size_t row = find_hash(algorithm->hash);
    if (row == NO_ROW)
        return SMIMEGW_E_UNSUPPORTED;
    if (algorithm->salt_size > SGW_RSA_SIZE_MAX)
        return SMIMEGW_E_KEY;
    int ret = check_parameters(cert, row, algorithm->salt_size);
    if (ret == SMIMEGW_OK)
        ret = sgw_hash_once(algorithm->hash, data, size, digest);
    if (ret < 0)
        return ret;
    if (sgw_rsa_public(cert, signature, encoded) < 0)
        return SMIMEGW_E_KEY;
    mpz_t message;
    nettle_mpz_init_set_str_256_u(message, sgw_rsa_size(cert), encoded);
    size_t bits = message_bits(cert);
    bool fits =
        mpz_sizeinbase(message, 2) <= bits &&
        pss_verify_mgf1(message, bits, hash_rows[row].hash, algorithm->salt_size, digest) != 0;
    mpz_clear(message);
    return fits ? SMIMEGW_OK : SMIMEGW_E_KEY;
}

/* Encode and take the root; E_KEY where hash and salt are too large for the modulus. */
static int make(struct smimegw_identity *identity, size_t row, unsigned int salt_size,
                const uint8_t *digest, uint8_t *ret_signature)
{
    uint8_t salt[SGW_RSA_SIZE_MAX];
    uint8_t encoded[SGW_RSA_SIZE_MAX];
    size_t size = sgw_rsa_size(identity->cert);
    int ret = sgw_random(salt, salt_size);
    if (ret < 0)
        return ret;
    mpz_t message;
    mpz_init(message);
    int fits = pss_encode_mgf1(message, message_bits(identity->cert), hash_rows[row].hash,
                               salt_size, salt, digest);
    if (fits != 0)
        sgw_number_put(message, encoded, size);
    mpz_clear(message);
    if (fits == 0)
        return SMIMEGW_E_KEY;
    ret = sgw_rsa_private(identity, encoded, ret_signature);
    return ret == SMIMEGW_E_DECRYPT ? SMIMEGW_E_CRYPTO : ret;
}

int sgw_pss_fits_key(const struct smimegw_cert *cert,
                     const struct sgw_signature_algorithm *algorithm)
{
    size_t row = find_hash(algorithm->hash);
    if (row == NO_ROW || hash_rows[row].is_weak || algorithm->salt_size > SGW_RSA_SIZE_MAX)
        return SMIMEGW_E_KEY;
    return check_parameters(cert, row, algorithm->salt_size);
}

int sgw_pss_make(struct smimegw_identity *identity,
                 const struct sgw_signature_algorithm *algorithm, const void *data,
                 size_t size, struct sgw_buf *ret_signature)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    uint8_t signature[SGW_RSA_SIZE_MAX];
    int ret = sgw_pss_fits_key(identity->cert, algorithm);
    if (ret == SMIMEGW_OK)
        ret = sgw_hash_once(algorithm->hash, data, size, digest);
    if (ret == SMIMEGW_OK)
        ret = make(identity, find_hash(algorithm->hash), algorithm->salt_size, digest,
                   signature);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(ret_signature, signature, sgw_rsa_size(identity->cert));
    return ret;
}
