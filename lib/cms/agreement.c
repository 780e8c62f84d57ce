/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms/agreement.h"

int sgw_agreement_key(const struct sgw_agreement *agreement, const uint8_t *secret,
                      size_t secret_size, uint8_t *ret_key)
{
    struct sgw_der_out info = {0};
    size_t key_size = agreement->wrap->key_size;
    const uint8_t bits[4] = {0, 0, (uint8_t)(key_size * 8 >> 8), (uint8_t)(key_size * 8)};
    sgw_out_raw(&info, agreement->wrap_algorithm, agreement->wrap_algorithm_size);
    if (agreement->ukm != NULL) {
        size_t mark = sgw_out_mark(&info);
        sgw_out_put(&info, SGW_TAG_OCTET_STRING, agreement->ukm->value, agreement->ukm->size);
        sgw_out_wrap(&info, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
    }
    size_t mark = sgw_out_mark(&info);
    sgw_out_put(&info, SGW_TAG_OCTET_STRING, bits, sizeof(bits));
    sgw_out_wrap(&info, mark, SGW_TAG_CONTEXT_CONSTRUCTED | 2);
    sgw_out_wrap(&info, 0, SGW_TAG_SEQUENCE);
    int ret = info.result;
    if (ret == 0)
        ret = (agreement->kdf->is_hkdf ? sgw_kdf_hkdf : sgw_kdf_x963)(
            agreement->kdf->hash, secret, secret_size, info.buf.data, info.buf.size, ret_key,
            key_size);
    sgw_out_clear(&info);
    return ret;
}
