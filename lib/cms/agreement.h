/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_CMS_AGREEMENT_H
#define SGW_CMS_AGREEMENT_H

#include "asn1/der.h"
#include "cms/algorithms.h"

/* Key agreement's way from the shared secret to the key that wraps, the same on both sides. */
struct sgw_agreement {
    const struct sgw_kdf_row *kdf;
    const struct sgw_wrap_row *wrap;
    const void
        *wrap_algorithm; /* AlgorithmIdentifier of the key wrap, byte for byte as sent */
    size_t wrap_algorithm_size;
    const struct sgw_tlv *ukm; /* nullable: OCTET STRING */
};

/* ECC-CMS-SharedInfo into the KDF ([RFC5753-7.2], [RFC8418-2]). */
int sgw_agreement_key(const struct sgw_agreement *agreement, const uint8_t *secret,
                      size_t secret_size, uint8_t *ret_key);

#endif
