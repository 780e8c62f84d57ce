/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/canonical.h"

#include "base/alloc.h"
#include "base/error_impl.h"
#include "stream/base64.h"
#include "stream/crlf.h"
#include "stream/qp.h"
#include "stream/sink.h"

/* The stages that any kind of segment needs. */
struct chain {
    struct sgw_crlf_stage crlf;
    union {
        struct sgw_qp_decoder qp;
        struct sgw_base64_decoder base64;
    } decoder;
    union {
        struct sgw_qp_encoder qp;
        struct sgw_base64_encoder base64;
    } encoder;
};

enum coding { CODING_NONE, CODING_QP, CODING_BASE64 };

struct chain_row {
    bool has_crlf;
    enum coding decoding;
    enum coding encoding;
};

static const struct chain_row chain_rows[] = {
    [SGW_SEGMENT_CRLF] = {true, CODING_NONE, CODING_NONE},
    [SGW_SEGMENT_QP] = {false, CODING_NONE, CODING_QP},
    [SGW_SEGMENT_BASE64] = {false, CODING_NONE, CODING_BASE64},
    [SGW_SEGMENT_CRLF_BASE64] = {true, CODING_NONE, CODING_BASE64},
    [SGW_SEGMENT_QP_QP] = {true, CODING_QP, CODING_QP},
    [SGW_SEGMENT_QP_BASE64] = {true, CODING_QP, CODING_BASE64},
    [SGW_SEGMENT_BASE64_BASE64] = {false, CODING_BASE64, CODING_BASE64},
};

/* Built from the end; returns the first stage. */
static struct sgw_stage *build_chain(struct chain *chain, enum sgw_segment_kind kind,
                                     struct sgw_stage *next)
{
    const struct chain_row *row = &chain_rows[kind];
    if (row->encoding == CODING_QP) {
        sgw_qp_encoder_init(&chain->encoder.qp, next);
        next = &chain->encoder.qp.base;
    } else if (row->encoding == CODING_BASE64) {
        sgw_base64_encoder_init(&chain->encoder.base64, next);
        next = &chain->encoder.base64.base;
    }
    if (row->decoding == CODING_QP) {
        sgw_qp_decoder_init(&chain->decoder.qp, next);
        next = &chain->decoder.qp.base;
    } else if (row->decoding == CODING_BASE64) {
        sgw_base64_decoder_init(&chain->decoder.base64, next);
        next = &chain->decoder.base64.base;
    }
    if (!row->has_crlf)
        return next;
    sgw_crlf_stage_init(&chain->crlf, next);
    return &chain->crlf.base;
}

static int run_chain(struct sgw_canonical_source *source, const struct sgw_segment *segment,
                     struct sgw_stage *end, struct smimegw_error **ret_error)
{
    struct chain chain;
    struct sgw_stage *first = build_chain(&chain, segment->kind, end);
    int ret =
        source->whole->write(source->whole, segment->start, segment->size, first, ret_error);
    return ret == SMIMEGW_OK ? sgw_finish(first, ret_error) : ret;
}

/* Bytes [skip, skip + size) of what comes out of a segment. */
static int write_segment(struct sgw_canonical_source *source,
                         const struct sgw_segment *segment, int64_t skip, int64_t size,
                         struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_range_stage range;
    if (segment->kind == SGW_SEGMENT_LITERAL)
        return sgw_push(stage, source->literals.data + segment->start + skip, (size_t)size,
                        ret_error);
    if (segment->kind == SGW_SEGMENT_RAW)
        return source->whole->write(source->whole, segment->start + skip, size, stage,
                                    ret_error);
    sgw_range_stage_init(&range, skip, size, stage);
    int ret = run_chain(source, segment, &range.base, ret_error);
    return sgw_range_stage_result(&range, ret);
}

static int canonical_write(struct sgw_source *base, int64_t offset, int64_t size,
                           struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_canonical_source *source = (struct sgw_canonical_source *)base;
    int64_t end = size < base->size - offset ? offset + size : base->size;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < source->count; i++) {
        const struct sgw_segment *segment = &source->segments[i];
        int64_t from = offset > segment->out_start ? offset - segment->out_start : 0;
        int64_t to = end - segment->out_start;
        if (to > segment->out_size)
            to = segment->out_size;
        if (from < to)
            ret = write_segment(source, segment, from, to - from, stage, ret_error);
    }
    return ret;
}

static const uint8_t *canonical_peek(struct sgw_source *base, int64_t offset, int64_t size)
{
    struct sgw_canonical_source *source = (struct sgw_canonical_source *)base;
    for (size_t i = 0; i < source->count; i++) {
        const struct sgw_segment *segment = &source->segments[i];
        int64_t skip = offset - segment->out_start;
        if (segment->kind != SGW_SEGMENT_RAW || skip < 0 || skip > segment->out_size ||
            size > segment->out_size - skip)
            continue;
        return source->whole->peek(source->whole, segment->start + skip, size);
    }
    return NULL;
}

/* The places of the segments; what is encoded has to be encoded once for that. */
static int place_segments(struct sgw_canonical_source *source,
                          struct smimegw_error **ret_error)
{
    int64_t total = 0;
    for (size_t i = 0; i < source->count; i++) {
        struct sgw_segment *segment = &source->segments[i];
        struct sgw_count_sink sink;
        sgw_count_sink_init(&sink);
        sink.size = segment->size;
        if (segment->kind > SGW_SEGMENT_LITERAL) {
            sink.size = 0;
            int ret = run_chain(source, segment, &sink.base, ret_error);
            if (ret < 0)
                return ret;
        }
        segment->out_start = total;
        segment->out_size = sink.size;
        if (__builtin_add_overflow(total, sink.size, &total))
            return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "entity too large");
    }
    source->base.size = total;
    return SMIMEGW_OK;
}

int sgw_canonical_source_init(struct sgw_canonical_source *source, struct sgw_source *whole,
                              const struct sgw_mime *mime,
                              const struct sgw_header_plan *header,
                              struct smimegw_error **ret_error)
{
    struct sgw_canonical_source made = {.whole = whole, .mime = mime, .header = header};
    made.base.write = canonical_write;
    made.base.peek = whole->peek != NULL ? canonical_peek : NULL;
    int ret = sgw_canonical_plan(&made, ret_error);
    if (ret == SMIMEGW_OK)
        ret = place_segments(&made, ret_error);
    if (ret < 0) {
        sgw_canonical_source_clear(&made);
        return ret;
    }
    *source = made;
    return SMIMEGW_OK;
}

int sgw_canonical_check(struct sgw_source *whole, const struct sgw_mime *mime,
                        struct smimegw_error **ret_error)
{
    struct sgw_canonical_source tried = {.whole = whole, .mime = mime};
    int ret = sgw_canonical_plan(&tried, ret_error);
    sgw_canonical_source_clear(&tried);
    return ret;
}

void sgw_canonical_source_clear(struct sgw_canonical_source *source)
{
    sgw_free(source->segments);
    sgw_buf_clear(&source->literals);
    *source = (struct sgw_canonical_source){0};
}
