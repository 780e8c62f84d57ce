/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_NUMBER_H
#define SGW_PKI_NUMBER_H

#include <gmp.h>
#include <stdint.h>

#include "base/alloc.h"

/* As mpz_clear(), and leaves nothing of a secret. */
static inline void sgw_number_wipe(mpz_t number)
{
    size_t limbs = mpz_size(number);
    if (limbs > 0)
        sgw_wipe(mpz_limbs_modify(number, (mp_size_t)limbs), limbs * sizeof(mp_limb_t));
    mpz_clear(number);
}

/* Big endian in size octets, which it must fit; by limbs, so that no zeros in front show. */
static inline void sgw_number_put(const mpz_t number, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        mp_limb_t limb = mpz_getlimbn(number, (mp_size_t)(i / sizeof(mp_limb_t)));
        out[size - 1 - i] = (uint8_t)(limb >> 8 * (i % sizeof(mp_limb_t)));
    }
}

#endif
