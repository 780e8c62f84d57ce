/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error_impl.h"
#include "smime/made_source.h"
#include "stream/barrier.h"
#include "stream/base64.h"
#include "stream/sink.h"

int sgw_object_header(struct sgw_buf *buf, const char *smime_type)
{
    return sgw_buf_printf(buf,
                          "Content-Type: application/pkcs7-mime; smime-type=%s;\r\n"
                          " name=\"smime.p7m\"\r\n"
                          "Content-Transfer-Encoding: base64\r\n"
                          "Content-Disposition: attachment; filename=\"smime.p7m\"\r\n"
                          "\r\n",
                          smime_type);
}

/* Text around a multipart/signed ([RFC1847-2.1], [RFC8551-3.5.3]). */
static int make_detached_text(struct sgw_signed_source *source, const char *boundary)
{
    const char *micalg = sgw_digest_by_id(source->request.algorithm.hash)->micalg;
    int ret = sgw_buf_printf(&source->start,
                             "Content-Type: multipart/signed;"
                             " protocol=\"application/pkcs7-signature\";\r\n"
                             " micalg=%s; boundary=\"%s\"\r\n"
                             "\r\n"
                             "This is a signed message in S/MIME format.\r\n"
                             "\r\n"
                             "--%s\r\n",
                             micalg, boundary, boundary);
    if (ret < 0)
        return ret;
    return sgw_buf_printf(&source->end,
                          "\r\n"
                          "--%s\r\n"
                          "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n"
                          "Content-Transfer-Encoding: base64\r\n"
                          "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n"
                          "\r\n",
                          boundary);
}

static int make_text(struct sgw_signed_source *source, const char *boundary)
{
    return source->is_opaque ? sgw_object_header(&source->start, "signed-data")
                             : make_detached_text(source, boundary);
}

/* The close delimiter is the first line of `end` again, with two more hyphens. */
static int push_close(struct sgw_signed_source *source, struct sgw_stage *stage,
                      struct smimegw_error **ret_error)
{
    const char *delimiter = sgw_buf_text(&source->end);
    size_t size = (size_t)(strstr(delimiter + 2, "\r\n") - delimiter);
    int ret = sgw_push(stage, delimiter, size, ret_error);
    return ret != SMIMEGW_OK ? ret : sgw_push(stage, "--\r\n", 4, ret_error);
}

static int64_t detached_size(const struct sgw_signed_source *source, int64_t object_size)
{
    const char *delimiter = sgw_buf_text(&source->end);
    size_t close_size = (size_t)(strstr(delimiter + 2, "\r\n") - delimiter) + 4;
    return (int64_t)(source->start.size + source->end.size + close_size) +
           source->child->size + sgw_base64_encoded_size(object_size);
}

static int sign_digest(struct sgw_signed_source *source, const uint8_t *digest,
                       struct smimegw_error **ret_error)
{
    int ret = sgw_signed_after(&source->request, digest, &source->after, ret_error);
    if (ret < 0)
        return ret;
    source->frame.after_size = (int64_t)source->after.buf.size;
    source->is_signed = true;
    int64_t object_size = sgw_frame_out_size(&source->frame);
    source->base.size =
        source->is_opaque ? (int64_t)source->start.size + sgw_base64_encoded_size(object_size)
                          : detached_size(source, object_size);
    return SMIMEGW_OK;
}

/* Push the child through a digest, and sign it. */
static int sign_while_writing(struct sgw_signed_source *source, struct sgw_stage *next,
                              struct smimegw_error **ret_error)
{
    uint8_t value[SGW_HASH_SIZE_MAX];
    struct sgw_digest_stage digest;
    enum sgw_hash_id hash = source->request.algorithm.hash;
    sgw_digest_stage_init(&digest, next);
    int ret = sgw_digest_stage_add(&digest, hash, ret_error);
    if (ret == SMIMEGW_OK)
        ret = source->child->write(source->child, 0, SGW_TO_END, &digest.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_digest_stage_get(&digest, hash, value);
    sgw_digest_stage_clear(&digest);
    return ret == SMIMEGW_OK ? sign_digest(source, value, ret_error) : ret;
}

int sgw_signed_source_sign(struct sgw_signed_source *source, struct smimegw_error **ret_error)
{
    return source->is_signed ? SMIMEGW_OK : sign_while_writing(source, NULL, ret_error);
}

/* The CMS object in base64; a detached one has no content. */
static int push_object(struct sgw_signed_source *source, struct sgw_stage *stage,
                       struct smimegw_error **ret_error)
{
    struct sgw_barrier_stage barrier;
    struct sgw_base64_encoder encoder;
    struct sgw_segment_stage segments;
    struct sgw_der_out head = {0};
    struct sgw_der_out tail = {0};
    sgw_barrier_stage_init(&barrier, stage);
    sgw_base64_encoder_init(&encoder, &barrier.base);
    sgw_segment_stage_init(&segments, &encoder.base);
    sgw_frame_out_head(&source->frame, &head);
    sgw_frame_out_tail(&source->frame, source->after.buf.data, &tail);
    int ret = head.result != SMIMEGW_OK ? head.result : tail.result;
    if (ret == SMIMEGW_OK)
        ret = sgw_push(&encoder.base, head.buf.data, head.buf.size, ret_error);
    if (ret == SMIMEGW_OK && source->is_opaque)
        ret = source->child->write(
            source->child, 0, SGW_TO_END,
            source->frame.is_indefinite ? &segments.base : &encoder.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(&segments.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_push(&encoder.base, tail.buf.data, tail.buf.size, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(&encoder.base, ret_error);
    sgw_out_clear(&head);
    sgw_out_clear(&tail);
    return ret < 0 ? sgw_fail(ret_error, ret, "signed data") : ret;
}

static int write_detached(struct sgw_signed_source *source, struct sgw_stage *stage,
                          struct smimegw_error **ret_error)
{
    int ret = sgw_push(stage, source->start.data, source->start.size, ret_error);
    if (ret != SMIMEGW_OK)
        return ret;
    ret = source->is_signed
              ? source->child->write(source->child, 0, SGW_TO_END, stage, ret_error)
              : sign_while_writing(source, stage, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_push(stage, source->end.data, source->end.size, ret_error);
    if (ret == SMIMEGW_OK)
        ret = push_object(source, stage, ret_error);
    return ret == SMIMEGW_OK ? push_close(source, stage, ret_error) : ret;
}

static int write_opaque(struct sgw_signed_source *source, struct sgw_stage *stage,
                        struct smimegw_error **ret_error)
{
    int ret = sgw_signed_source_sign(source, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_push(stage, source->start.data, source->start.size, ret_error);
    return ret == SMIMEGW_OK ? push_object(source, stage, ret_error) : ret;
}

static int write_all(struct sgw_signed_source *source, struct sgw_stage *stage,
                     struct smimegw_error **ret_error)
{
    return source->is_opaque ? write_opaque(source, stage, ret_error)
                             : write_detached(source, stage, ret_error);
}

static int signed_write(struct sgw_source *base, int64_t offset, int64_t size,
                        struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_signed_source *source = (struct sgw_signed_source *)base;
    struct sgw_range_stage range;
    if (offset == 0 && size == SGW_TO_END)
        return write_all(source, stage, ret_error);
    sgw_range_stage_init(&range, offset, size, stage);
    return sgw_range_stage_result(&range, write_all(source, &range.base, ret_error));
}

int sgw_signed_source_init(struct sgw_signed_source *source, struct sgw_source *child,
                           const struct sgw_signer_request *request, bool is_opaque,
                           bool is_indefinite, const char *boundary,
                           struct smimegw_error **ret_error)
{
    memset(source, 0, sizeof(*source));
    source->base.write = signed_write;
    source->base.size = -1;
    source->child = child;
    source->request = *request;
    source->is_opaque = is_opaque;
    source->frame.has_content = is_opaque;
    source->frame.is_indefinite = is_indefinite;
    source->frame.content_size = is_opaque ? child->size : 0;
    int ret = make_text(source, boundary);
    if (ret == SMIMEGW_OK)
        ret = sgw_signed_frame(request, &source->frame, ret_error);
    if (ret < 0) {
        sgw_signed_source_clear(source);
        return sgw_fail(ret_error, ret, "signed entity");
    }
    return SMIMEGW_OK;
}

void sgw_signed_source_clear(struct sgw_signed_source *source)
{
    sgw_frame_out_clear(&source->frame);
    sgw_out_clear(&source->after);
    sgw_buf_clear(&source->start);
    sgw_buf_clear(&source->end);
}
