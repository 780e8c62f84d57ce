/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asn1/frame_out.h"

#include <string.h>

enum { SEGMENT_HEADER_SIZE = 4 };

static const uint8_t end_of_contents[12] = {0};

static int64_t with_header(int64_t size)
{
    return (int64_t)sgw_der_header_size(size) + size;
}

/* Sizes of the nested values, from the inside out. */
struct sizes {
    int64_t octets; /* element of the content's octets */
    int64_t content;
    int64_t structure;
    int64_t tagged; /* element of the structure */
    int64_t object;
};

static struct sizes measure(const struct sgw_frame_out *frame)
{
    struct sizes sizes = {0};
    if (frame->has_content) {
        sizes.octets = with_header(frame->content_size);
        sizes.content = frame->is_explicit ? with_header(sizes.octets) : sizes.octets;
    }
    sizes.content += (int64_t)frame->content.buf.size;
    sizes.structure =
        (int64_t)frame->before.buf.size + with_header(sizes.content) + frame->after_size;
    sizes.tagged = with_header(sizes.structure);
    sizes.object = with_header((int64_t)frame->type_size) + with_header(sizes.tagged);
    return sizes;
}

void sgw_frame_out_clear(struct sgw_frame_out *frame)
{
    sgw_out_clear(&frame->before);
    sgw_out_clear(&frame->content);
}

/* A header of a definite or an indefinite length, as the frame has it. */
static void put_header(const struct sgw_frame_out *frame, struct sgw_der_out *out, uint8_t tag,
                       int64_t size)
{
    const uint8_t indefinite[2] = {tag, 0x80};
    if (frame->is_indefinite)
        sgw_out_raw(out, indefinite, sizeof(indefinite));
    else
        sgw_out_header(out, tag, size);
}

void sgw_frame_out_head(struct sgw_frame_out *frame, struct sgw_der_out *out)
{
    struct sizes sizes = measure(frame);
    uint8_t constructed = frame->is_indefinite ? SGW_TAG_CONSTRUCTED : 0;
    put_header(frame, out, SGW_TAG_SEQUENCE, sizes.object);
    sgw_out_put(out, SGW_TAG_OID, frame->type, frame->type_size);
    put_header(frame, out, SGW_TAG_CONTEXT_CONSTRUCTED, sizes.tagged);
    put_header(frame, out, SGW_TAG_SEQUENCE, sizes.structure);
    sgw_out_raw(out, frame->before.buf.data, frame->before.buf.size);
    put_header(frame, out, SGW_TAG_SEQUENCE, sizes.content);
    sgw_out_raw(out, frame->content.buf.data, frame->content.buf.size);
    if (!frame->has_content)
        return;
    if (frame->is_explicit)
        put_header(frame, out, SGW_TAG_CONTEXT_CONSTRUCTED, sizes.octets);
    uint8_t tag = frame->is_explicit ? SGW_TAG_OCTET_STRING : SGW_TAG_CONTEXT;
    put_header(frame, out, tag | constructed, frame->content_size);
}

void sgw_frame_out_tail(const struct sgw_frame_out *frame, const void *after,
                        struct sgw_der_out *out)
{
    size_t inner = 1 + (frame->has_content ? 1 + (size_t)frame->is_explicit : 0);
    if (frame->is_indefinite)
        sgw_out_raw(out, end_of_contents, 2 * inner);
    sgw_out_raw(out, after, (size_t)frame->after_size);
    if (frame->is_indefinite)
        sgw_out_raw(out, end_of_contents, 2 * 3);
}

int64_t sgw_frame_out_content_size(const struct sgw_frame_out *frame)
{
    if (!frame->has_content || !frame->is_indefinite)
        return frame->has_content ? frame->content_size : 0;
    int64_t whole = frame->content_size / SGW_SEGMENT_SIZE;
    int64_t rest = frame->content_size % SGW_SEGMENT_SIZE;
    return whole * (SGW_SEGMENT_SIZE + SEGMENT_HEADER_SIZE) +
           (rest > 0 ? with_header(rest) : 0);
}

int64_t sgw_frame_out_size(struct sgw_frame_out *frame)
{
    struct sizes sizes = measure(frame);
    if (!frame->is_indefinite)
        return with_header(sizes.object);
    int64_t elements = 4 + (frame->has_content ? 1 + frame->is_explicit : 0);
    /* header and end-of-contents octets of each element take four */
    return 4 * elements + with_header((int64_t)frame->type_size) +
           (int64_t)frame->before.buf.size + (int64_t)frame->content.buf.size +
           sgw_frame_out_content_size(frame) + frame->after_size;
}

/* --- segments ------------------------------------------------------------------------------
 */

static int put_segment(struct sgw_segment_stage *stage, const uint8_t *data, size_t size,
                       struct smimegw_error **ret_error)
{
    uint8_t header[SEGMENT_HEADER_SIZE] = {SGW_TAG_OCTET_STRING};
    size_t header_size = sgw_der_header_size((int64_t)size);
    header[1] = header_size == 2 ? (uint8_t)size : (uint8_t)(0x80 | (header_size - 2));
    for (size_t i = 2; i < header_size; i++)
        header[i] = (uint8_t)(size >> 8 * (header_size - 1 - i));
    int ret = sgw_push(stage->next, header, header_size, ret_error);
    return ret != SMIMEGW_OK ? ret : sgw_push(stage->next, data, size, ret_error);
}

static int segment_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_segment_stage *stage = (struct sgw_segment_stage *)base;
    while (size > 0) {
        size_t piece = sizeof(stage->held) - stage->held_size;
        if (piece > size)
            piece = size;
        memcpy(stage->held + stage->held_size, data, piece);
        stage->held_size += piece;
        data += piece;
        size -= piece;
        if (stage->held_size < sizeof(stage->held))
            break;
        stage->held_size = 0;
        int ret = put_segment(stage, stage->held, sizeof(stage->held), ret_error);
        if (ret != SMIMEGW_OK)
            return ret;
    }
    return SMIMEGW_OK;
}

static int segment_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_segment_stage *stage = (struct sgw_segment_stage *)base;
    size_t size = stage->held_size;
    stage->held_size = 0;
    return size > 0 ? put_segment(stage, stage->held, size, ret_error) : SMIMEGW_OK;
}

void sgw_segment_stage_init(struct sgw_segment_stage *stage, struct sgw_stage *next)
{
    stage->base = (struct sgw_stage){segment_push, segment_finish};
    stage->next = next;
    stage->held_size = 0;
}
