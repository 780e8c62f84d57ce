/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_POINT_H
#define SGW_PKI_POINT_H

#include "pki/cert/cert_impl.h"

struct ecc_curve;
struct ecc_point;

/* A curve of NIST; X25519 is none. */
struct sgw_curve {
    enum sgw_key_type type;
    const struct ecc_curve *(*get)(void);
    size_t size;      /* of a coordinate */
    uint8_t top_mask; /* bits of a scalar's first octet */
};
/* NULL where the type has none. */
const struct sgw_curve *sgw_curve_find(enum sgw_key_type type);

/* 04 || x || y; false where it is of another form or size, or not on the curve. */
bool sgw_point_set(struct ecc_point *point, const struct sgw_curve *curve, const uint8_t *data,
                   size_t size);

/* Is it a point to agree on keys with: on the curve, or 32 octets of X25519 that are not of
 * low order? False for keys of other types. */
bool sgw_point_is_good(enum sgw_key_type type, const uint8_t *data, size_t size);

#endif
