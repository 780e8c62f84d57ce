/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <nettle/bignum.h>
#include <nettle/curve25519.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/cert/point.h"
#include "pki/key/host_key.h"
#include "pki/key/number.h"

/* A random scalar is out of range so rarely that this many in a row is a broken generator. */
enum { SCALAR_TRIES = 64 };

static bool set_scalar(struct ecc_scalar *scalar, const uint8_t *data, size_t size)
{
    mpz_t number;
    nettle_mpz_init_set_str_256_u(number, size, data);
    bool is_in_range = ecc_scalar_set(scalar, number) != 0;
    sgw_number_wipe(number);
    return is_in_range;
}

/* Coordinates at their full size; y may be NULL. */
static void get_point(const struct ecc_point *point, const struct sgw_curve *curve, uint8_t *x,
                      uint8_t *y)
{
    mpz_t x_number;
    mpz_t y_number;
    mpz_init(x_number);
    mpz_init(y_number);
    ecc_point_get(point, x_number, y_number);
    sgw_number_put(x_number, x, curve->size);
    if (y != NULL)
        sgw_number_put(y_number, y, curve->size);
    sgw_number_wipe(x_number);
    sgw_number_wipe(y_number);
}

/* x of scalar times point. The order of these curves is prime: no point but infinity, which
 * has no uncompressed form, leads to infinity. */
static bool multiply(const struct sgw_curve *curve, const struct ecc_scalar *scalar,
                     const uint8_t *data, size_t size, uint8_t *ret_x)
{
    struct ecc_point point;
    ecc_point_init(&point, curve->get());
    bool is_good = sgw_point_set(&point, curve, data, size);
    if (is_good) {
        ecc_point_mul(&point, scalar, &point);
        get_point(&point, curve, ret_x, NULL);
    }
    ecc_point_clear(&point);
    return is_good;
}

/* [RFC7748-6.1]: all zeros come of points of low order. */
static bool multiply_x25519(const uint8_t *scalar, const uint8_t *data, size_t size,
                            uint8_t *ret_x)
{
    uint8_t any = 0;
    if (size != CURVE25519_SIZE)
        return false;
    curve25519_mul(ret_x, scalar, data);
    for (size_t i = 0; i < CURVE25519_SIZE; i++)
        any |= ret_x[i];
    return any != 0;
}

/* The host gets only points that give nothing of its key away. */
static int derive_by_host(const struct smimegw_identity *identity,
                          const struct sgw_curve *curve, const uint8_t *data, size_t size,
                          uint8_t *ret_secret)
{
    const gnutls_datum_t point_data = {(unsigned char *)(uintptr_t)data, (unsigned int)size};
    size_t secret_size = curve != NULL ? curve->size : CURVE25519_SIZE;
    uint8_t any = 0;
    if (!sgw_point_is_good(identity->cert->key_type, data, size))
        return SMIMEGW_E_DECRYPT;
    int ret = sgw_host_key_derive(identity->host, identity->cert->key_type, &point_data,
                                  ret_secret, secret_size);
    for (size_t i = 0; ret == SMIMEGW_OK && i < secret_size; i++)
        any |= ret_secret[i];
    return ret == SMIMEGW_OK && any == 0 ? SMIMEGW_E_DECRYPT : ret;
}

static int derive_here(const struct smimegw_identity *identity, const struct sgw_curve *curve,
                       const uint8_t *point, size_t point_size, uint8_t *ret_secret)
{
    if (curve == NULL)
        return multiply_x25519(identity->scalar, point, point_size, ret_secret)
                   ? SMIMEGW_OK
                   : SMIMEGW_E_DECRYPT;
    struct ecc_scalar scalar;
    ecc_scalar_init(&scalar, curve->get());
    bool is_good = set_scalar(&scalar, identity->scalar, identity->scalar_size) &&
                   multiply(curve, &scalar, point, point_size, ret_secret);
    ecc_scalar_clear(&scalar);
    return is_good ? SMIMEGW_OK : SMIMEGW_E_DECRYPT;
}

int sgw_identity_derive(struct smimegw_identity *identity, const uint8_t *point,
                        size_t point_size, uint8_t ret_secret[SGW_ECDH_SECRET_MAX],
                        size_t *ret_secret_size)
{
    const struct sgw_curve *curve = sgw_curve_find(identity->cert->key_type);
    if (curve == NULL && identity->cert->key_type != SGW_KEY_X25519)
        return SMIMEGW_E_USAGE;
    *ret_secret_size = curve != NULL ? curve->size : CURVE25519_SIZE;
    if (identity->host != NULL)
        return derive_by_host(identity, curve, point, point_size, ret_secret);
    /* GnuTLS can't ask a token for it */
    return identity->token != NULL
               ? SMIMEGW_E_DECRYPT
               : derive_here(identity, curve, point, point_size, ret_secret);
}

static int random_scalar(struct ecc_scalar *scalar, const struct sgw_curve *curve)
{
    uint8_t bytes[SGW_ECDH_SECRET_MAX];
    int ret = SMIMEGW_E_RANDOM;
    for (int i = 0; i < SCALAR_TRIES; i++) {
        ret = sgw_random(bytes, curve->size);
        bytes[0] &= curve->top_mask;
        if (ret < 0 || set_scalar(scalar, bytes, curve->size))
            break;
        ret = SMIMEGW_E_RANDOM;
    }
    sgw_wipe(bytes, sizeof(bytes));
    return ret;
}

static int derive_ephemeral_ec(const struct sgw_curve *curve, const struct smimegw_cert *cert,
                               uint8_t *ret_point, uint8_t *ret_secret)
{
    struct ecc_scalar scalar;
    struct ecc_point point;
    ecc_scalar_init(&scalar, curve->get());
    ecc_point_init(&point, curve->get());
    int ret = random_scalar(&scalar, curve);
    if (ret == SMIMEGW_OK) {
        ecc_point_mul_g(&point, &scalar);
        ret_point[0] = 4;
        get_point(&point, curve, ret_point + 1, ret_point + 1 + curve->size);
        if (!multiply(curve, &scalar, cert->point, cert->point_size, ret_secret))
            ret = SMIMEGW_E_RECIPIENT;
    }
    ecc_point_clear(&point);
    ecc_scalar_clear(&scalar);
    return ret;
}

static int derive_ephemeral_x25519(const struct smimegw_cert *cert, uint8_t *ret_point,
                                   uint8_t *ret_secret)
{
    uint8_t scalar[CURVE25519_SIZE];
    int ret = sgw_random(scalar, sizeof(scalar));
    if (ret == SMIMEGW_OK) {
        curve25519_mul_g(ret_point, scalar);
        if (!multiply_x25519(scalar, cert->point, cert->point_size, ret_secret))
            ret = SMIMEGW_E_RECIPIENT;
    }
    sgw_wipe(scalar, sizeof(scalar));
    return ret;
}

int sgw_cert_derive_ephemeral(const struct smimegw_cert *cert,
                              uint8_t ret_point[SGW_EC_POINT_MAX], size_t *ret_point_size,
                              uint8_t ret_secret[SGW_ECDH_SECRET_MAX], size_t *ret_secret_size,
                              struct smimegw_error **ret_error)
{
    const struct sgw_curve *curve = sgw_curve_find(cert->key_type);
    if (curve == NULL && cert->key_type != SGW_KEY_X25519)
        return sgw_fail(ret_error, SMIMEGW_E_RECIPIENT,
                        "the certificate's key can't agree on keys");
    int ret = curve != NULL ? derive_ephemeral_ec(curve, cert, ret_point, ret_secret)
                            : derive_ephemeral_x25519(cert, ret_point, ret_secret);
    if (ret < 0)
        return sgw_fail(ret_error, ret,
                        ret == SMIMEGW_E_RECIPIENT
                            ? "the certificate's key is no point of its curve"
                            : "no random numbers to be had");
    *ret_secret_size = curve != NULL ? curve->size : CURVE25519_SIZE;
    *ret_point_size = curve != NULL ? 1 + 2 * curve->size : CURVE25519_SIZE;
    return SMIMEGW_OK;
}
