/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/point.h"

#include <nettle/bignum.h>
#include <nettle/curve25519.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>

static const struct sgw_curve curve_rows[] = {
    {SGW_KEY_P256, nettle_get_secp_256r1, 32, 0xff},
    {SGW_KEY_P384, nettle_get_secp_384r1, 48, 0xff},
    {SGW_KEY_P521, nettle_get_secp_521r1, 66, 0x01},
};

const struct sgw_curve *sgw_curve_find(enum sgw_key_type type)
{
    for (size_t i = 0; i < sizeof(curve_rows) / sizeof(curve_rows[0]); i++)
        if (curve_rows[i].type == type)
            return &curve_rows[i];
    return NULL;
}

/* Uncompressed form only [RFC5753-7.2] */
bool sgw_point_set(struct ecc_point *point, const struct sgw_curve *curve, const uint8_t *data,
                   size_t size)
{
    if (size != 1 + 2 * curve->size || data[0] != 4)
        return false;
    mpz_t x;
    mpz_t y;
    nettle_mpz_init_set_str_256_u(x, curve->size, data + 1);
    nettle_mpz_init_set_str_256_u(y, curve->size, data + 1 + curve->size);
    bool is_on_curve = ecc_point_set(point, x, y) != 0;
    mpz_clear(x);
    mpz_clear(y);
    return is_on_curve;
}

/* [RFC7748-6.1]: any scalar makes zeros of points of low order, and of no others. */
static bool is_good_x25519(const uint8_t *data, size_t size)
{
    static const uint8_t scalar[CURVE25519_SIZE] = {9};
    uint8_t product[CURVE25519_SIZE];
    uint8_t any = 0;
    if (size != CURVE25519_SIZE)
        return false;
    curve25519_mul(product, scalar, data);
    for (size_t i = 0; i < sizeof(product); i++)
        any |= product[i];
    return any != 0;
}

bool sgw_point_is_good(enum sgw_key_type type, const uint8_t *data, size_t size)
{
    const struct sgw_curve *curve = sgw_curve_find(type);
    if (curve == NULL)
        return type == SGW_KEY_X25519 && is_good_x25519(data, size);
    struct ecc_point point;
    ecc_point_init(&point, curve->get());
    bool is_good = sgw_point_set(&point, curve, data, size);
    ecc_point_clear(&point);
    return is_good;
}
