/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/crypto.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "mime/canonical.h"
#include "stream/sink.h"

static int write_header(const struct sgw_merged_source *source, struct sgw_stage *stage,
                        struct smimegw_error **ret_error)
{
    static const char version[] = "MIME-Version: 1.0\r\n";
    const struct sgw_field *field;
    int ret = sgw_header_write(source->outer, SGW_HEADER_OUTER, stage, ret_error);
    if (ret == SMIMEGW_OK && sgw_header_find(source->outer, "MIME-Version", &field) == 0)
        ret = sgw_push(stage, version, sizeof(version) - 1, ret_error);
    if (ret == SMIMEGW_OK && source->content != NULL)
        ret = sgw_push(stage, source->content->data, source->content->size, ret_error);
    else if (ret == SMIMEGW_OK)
        ret = sgw_header_write(source->outer, SGW_HEADER_CONTENT, stage, ret_error);
    return ret == SMIMEGW_OK ? sgw_push(stage, "\r\n", 2, ret_error) : ret;
}

static int64_t header_size(const struct sgw_merged_source *source)
{
    struct sgw_count_sink sink;
    sgw_count_sink_init(&sink);
    (void)write_header(source, &sink.base, NULL); /* counting does not fail */
    return sink.size;
}

static int merged_write(struct sgw_source *base, int64_t offset, int64_t size,
                        struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    const struct sgw_merged_source *source = (const struct sgw_merged_source *)base;
    const struct sgw_part *root = &source->inner_mime->parts[0];
    int64_t end = size < base->size - offset ? offset + size : base->size;
    int64_t body_place = base->size - (root->end - root->body_start);
    if (offset < body_place && offset < end) {
        struct sgw_range_stage range;
        sgw_range_stage_init(&range, offset, (end < body_place ? end : body_place) - offset,
                             stage);
        int ret = sgw_range_stage_result(&range, write_header(source, &range.base, ret_error));
        if (ret != SMIMEGW_OK)
            return ret;
        offset = body_place;
    }
    if (offset >= end)
        return SMIMEGW_OK;
    return source->inner->write(source->inner, root->body_start + (offset - body_place),
                                end - offset, stage, ret_error);
}

void sgw_merged_source_init(struct sgw_merged_source *source, const struct sgw_header *outer,
                            const struct sgw_buf *content, struct sgw_source *inner,
                            const struct sgw_mime *inner_mime)
{
    const struct sgw_part *root = &inner_mime->parts[0];
    *source = (struct sgw_merged_source){
        .outer = outer, .content = content, .inner = inner, .inner_mime = inner_mime};
    source->base.write = merged_write;
    source->base.size = header_size(source) + (root->end - root->body_start);
}

int sgw_boundary_make(char ret_boundary[SGW_BOUNDARY_SIZE], struct smimegw_error **ret_error)
{
    /* "=_" is in no quoted-printable or base64 line (RFC 2045 section 6.7) */
    uint8_t random[16];
    int ret = sgw_random(random, sizeof(random));
    if (ret < 0)
        return sgw_fail(ret_error, ret, "no random numbers for a boundary");
    ret_boundary[0] = '=';
    ret_boundary[1] = '_';
    sgw_hex(random, sizeof(random), ret_boundary + 2);
    return SMIMEGW_OK;
}
