/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "smime/layer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "pki/cert/dn.h"
#include "stream/barrier.h"
#include "stream/cipher.h"
#include "stream/crlf.h"

/* --- sources -------------------------------------------------------------------------------
 */

static int lines_write(struct sgw_source *base, int64_t offset, int64_t size,
                       struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_lines_source *source = (struct sgw_lines_source *)base;
    struct sgw_range_stage range;
    struct sgw_crlf_stage lines;
    sgw_range_stage_init(&range, offset, size, stage);
    sgw_crlf_stage_init(&lines, &range.base);
    int ret = source->whole->write(source->whole, 0, SGW_TO_END, &lines.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(&lines.base, ret_error);
    return sgw_range_stage_result(&range, ret);
}

void sgw_lines_source_init(struct sgw_lines_source *source, struct sgw_source *whole)
{
    *source =
        (struct sgw_lines_source){.base = {.write = lines_write, .size = -1}, .whole = whole};
}

static int decrypted_write(struct sgw_source *base, int64_t offset, int64_t size,
                           struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_decrypted_source *source = (struct sgw_decrypted_source *)base;
    struct sgw_range_stage range;
    struct sgw_decrypt_stage decrypt;
    sgw_range_stage_init(&range, offset, size, stage);
    int ret = sgw_decrypt_stage_init(&decrypt, source->cipher, source->key, source->iv,
                                     &range.base, ret_error);
    if (ret < 0)
        return ret;
    ret = source->content->write(source->content, 0, SGW_TO_END, &decrypt.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(&decrypt.base, ret_error);
    sgw_decrypt_stage_clear(&decrypt);
    return sgw_range_stage_result(&range, ret);
}

void sgw_decrypted_source_init(struct sgw_decrypted_source *source, struct sgw_source *content,
                               const struct sgw_content_cipher *cipher, const uint8_t *key)
{
    *source = (struct sgw_decrypted_source){.base = {.write = decrypted_write, .size = -1},
                                            .content = content,
                                            .cipher = cipher->row->id};
    memcpy(source->key, key, sizeof(source->key));
    memcpy(source->iv, cipher->iv, sizeof(source->iv));
}

/* --- layers --------------------------------------------------------------------------------
 */

void sgw_layer_clear(struct sgw_layer *layer)
{
    sgw_mime_clear(&layer->inner_mime);
    sgw_buf_clear(&layer->held);
    sgw_wipe(layer->decrypted.key, sizeof(layer->decrypted.key));
}

void sgw_layer_keep(struct sgw_layer *layer, struct sgw_probe *probe, struct sgw_source *again)
{
    layer->inner = again;
    layer->is_entity = sgw_probe_take(probe, &layer->inner_mime) == SMIMEGW_OK;
    if (probe->is_over)
        return;
    layer->held = probe->held;
    memset(&probe->held, 0, sizeof(probe->held));
    sgw_memory_source_init(&layer->memory, layer->held.data, layer->held.size);
    layer->inner = &layer->memory.base;
}

/* Results that are about the message, and the reasons they end as. */
static const struct {
    int result;
    int reason;
} refusals[] = {
    {SMIMEGW_E_SYNTAX, SMIMEGW_REASON_SYNTAX},
    {SMIMEGW_E_LIMIT, SMIMEGW_REASON_LIMIT},
    {SMIMEGW_E_UNSUPPORTED, SMIMEGW_REASON_UNSUPPORTED},
    {SMIMEGW_E_DECRYPT, SMIMEGW_REASON_DECRYPT},
    {SMIMEGW_E_NO_KEY, SMIMEGW_REASON_NO_KEY},
};

int sgw_layer_refuse(struct sgw_verdict_layer *verdict, int ret, struct smimegw_error **error,
                     struct smimegw_error **ret_error)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (refusals[i].result != ret)
            continue;
        verdict->reason = refusals[i].reason;
        verdict->outcome = sgw_outcome_of(verdict->reason);
        ret = SMIMEGW_OK;
        /* one text for all failures of decryption (RFC 3218) */
        if (verdict->reason != SMIMEGW_REASON_DECRYPT && *error != NULL)
            ret = sgw_buf_append_text(&verdict->texts[SMIMEGW_LAYER_TEXT],
                                      smimegw_error_text(*error));
        sgw_error_clear(error);
        return ret < 0 ? sgw_fail(ret_error, ret, "verdict") : SMIMEGW_OK;
    }
    if (ret_error != NULL && *ret_error == NULL) {
        *ret_error = *error;
        *error = NULL;
    }
    sgw_error_clear(error);
    return ret;
}

static int put_hex(struct sgw_buf *buf, const struct sgw_tlv *tlv)
{
    char text[2 * 64 + 1];
    size_t size = tlv->size < 64 ? tlv->size : 64;
    sgw_hex(tlv->value, size, text);
    return sgw_buf_append_text(buf, text);
}

int sgw_put_id(struct sgw_buf *buf, bool is_key_id, const struct sgw_tlv *issuer,
               const struct sgw_tlv *serial, const struct sgw_tlv *key_id)
{
    int ret = sgw_buf_append_text(buf, is_key_id ? "key id " : "serial ");
    if (ret == SMIMEGW_OK)
        ret = put_hex(buf, is_key_id ? key_id : serial);
    if (ret < 0 || is_key_id)
        return ret;
    ret = sgw_buf_append_text(buf, " of ");
    return ret < 0 ? ret : sgw_put_dn(buf, issuer->start, issuer->total);
}
