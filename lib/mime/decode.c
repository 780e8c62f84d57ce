/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/decode.h"

#include "base/error_impl.h"

/* One of the decoders, before the stage that asked. */
union decoder {
    struct sgw_stage base;
    struct sgw_base64_decoder base64;
    struct sgw_qp_decoder qp;
};

static int body_write(struct sgw_source *base, int64_t offset, int64_t size,
                      struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_body_source *source = (struct sgw_body_source *)base;
    union decoder decoder;
    struct sgw_range_stage range;
    if (size == 0)
        return SMIMEGW_OK;
    sgw_range_stage_init(&range, offset, size, stage);
    if (source->encoding == SGW_ENCODING_BASE64)
        sgw_base64_decoder_init(&decoder.base64, &range.base);
    else
        sgw_qp_decoder_init(&decoder.qp, &range.base);
    int ret = source->whole->write(source->whole, source->start, source->size, &decoder.base,
                                   ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(&decoder.base, ret_error);
    return sgw_range_stage_result(&range, ret);
}

static int plain_write(struct sgw_source *base, int64_t offset, int64_t size,
                       struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_body_source *source = (struct sgw_body_source *)base;
    if (offset >= source->size || size == 0)
        return SMIMEGW_OK;
    if (size > source->size - offset)
        size = source->size - offset;
    return source->whole->write(source->whole, source->start + offset, size, stage, ret_error);
}

static const uint8_t *plain_peek(struct sgw_source *base, int64_t offset, int64_t size)
{
    struct sgw_body_source *source = (struct sgw_body_source *)base;
    if (offset > source->size || size > source->size - offset)
        return NULL;
    return source->whole->peek(source->whole, source->start + offset, size);
}

int sgw_body_source_init(struct sgw_body_source *source, struct sgw_source *whole,
                         const struct sgw_part *part, struct smimegw_error **ret_error)
{
    if (part->encoding == SGW_ENCODING_UNKNOWN)
        return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "unknown Content-Transfer-Encoding");
    *source = (struct sgw_body_source){.whole = whole,
                                       .start = part->body_start,
                                       .size = part->end - part->body_start,
                                       .encoding = part->encoding};
    bool is_plain = part->encoding <= SGW_ENCODING_BINARY;
    source->base.write = is_plain ? plain_write : body_write;
    source->base.peek = is_plain && whole->peek != NULL ? plain_peek : NULL;
    source->base.size = is_plain ? source->size : -1;
    return SMIMEGW_OK;
}
