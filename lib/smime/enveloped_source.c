/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "smime/made_source.h"
#include "stream/barrier.h"
#include "stream/base64.h"
#include "stream/cipher.h"

/* mac of AuthEnvelopedData: an OCTET STRING of the tag's size */
enum { MAC_SIZE = 2 + SGW_CIPHER_TAG_SIZE };

/* The child through the cipher; the tag is left in the stage. */
static int push_content(struct sgw_enveloped_source *source, struct sgw_encrypt_stage *cipher,
                        struct sgw_stage *encoder, struct smimegw_error **ret_error)
{
    struct sgw_segment_stage segments;
    struct sgw_barrier_stage barrier;
    sgw_segment_stage_init(&segments, encoder);
    sgw_barrier_stage_init(&barrier, encoder);
    struct sgw_stage *next = source->frame.is_indefinite ? &segments.base : &barrier.base;
    int ret = sgw_encrypt_stage_init(cipher, source->cipher, source->key, source->iv, next,
                                     ret_error);
    if (ret != SMIMEGW_OK)
        return ret;
    ret = source->child->write(source->child, 0, SGW_TO_END, &cipher->base, ret_error);
    return ret == SMIMEGW_OK ? sgw_finish(&cipher->base, ret_error) : ret;
}

static int push_tail(struct sgw_enveloped_source *source,
                     const struct sgw_encrypt_stage *cipher, struct sgw_stage *encoder,
                     struct smimegw_error **ret_error)
{
    struct sgw_der_out mac = {0};
    struct sgw_der_out tail = {0};
    if (sgw_cipher_is_aead(source->cipher))
        sgw_out_put(&mac, SGW_TAG_OCTET_STRING, cipher->tag, sizeof(cipher->tag));
    if (mac.result == SMIMEGW_OK)
        sgw_frame_out_tail(&source->frame, mac.buf.data, &tail);
    int ret = mac.result != SMIMEGW_OK ? mac.result : tail.result;
    if (ret == SMIMEGW_OK)
        ret = sgw_push(encoder, tail.buf.data, tail.buf.size, ret_error);
    sgw_out_clear(&mac);
    sgw_out_clear(&tail);
    return ret;
}

static int push_object(struct sgw_enveloped_source *source, struct sgw_stage *stage,
                       struct smimegw_error **ret_error)
{
    struct sgw_barrier_stage barrier;
    struct sgw_base64_encoder encoder;
    struct sgw_encrypt_stage cipher = {0};
    struct sgw_der_out head = {0};
    sgw_barrier_stage_init(&barrier, stage);
    sgw_base64_encoder_init(&encoder, &barrier.base);
    sgw_frame_out_head(&source->frame, &head);
    int ret = head.result;
    if (ret == SMIMEGW_OK)
        ret = sgw_push(&encoder.base, head.buf.data, head.buf.size, ret_error);
    if (ret == SMIMEGW_OK)
        ret = push_content(source, &cipher, &encoder.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = push_tail(source, &cipher, &encoder.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(&encoder.base, ret_error);
    sgw_encrypt_stage_clear(&cipher);
    sgw_out_clear(&head);
    return ret < 0 ? sgw_fail(ret_error, ret, "enveloped data") : ret;
}

static int write_all(struct sgw_enveloped_source *source, struct sgw_stage *stage,
                     struct smimegw_error **ret_error)
{
    int ret = sgw_push(stage, source->start.data, source->start.size, ret_error);
    return ret == SMIMEGW_OK ? push_object(source, stage, ret_error) : ret;
}

static int enveloped_write(struct sgw_source *base, int64_t offset, int64_t size,
                           struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_enveloped_source *source = (struct sgw_enveloped_source *)base;
    struct sgw_range_stage range;
    if (offset == 0 && size == SGW_TO_END)
        return write_all(source, stage, ret_error);
    sgw_range_stage_init(&range, offset, size, stage);
    return sgw_range_stage_result(&range, write_all(source, &range.base, ret_error));
}

static int make_frame(struct sgw_enveloped_source *source,
                      const struct sgw_protect_options *options,
                      struct smimegw_cert *const *certs, size_t count,
                      struct smimegw_error **ret_error)
{
    const struct sgw_recipients_request request = {
        .certs = certs,
        .count = count,
        .key_encryption = (enum sgw_key_encryption)options->key_encryption,
        .has_key_id = options->recipient_key_id,
        .cipher = source->cipher,
        .key = source->key,
        .iv = source->iv,
    };
    bool is_aead = sgw_cipher_is_aead(source->cipher);
    source->frame.is_indefinite = options->is_indefinite;
    source->frame.content_size = sgw_encrypted_size(source->cipher, source->child->size);
    source->frame.after_size = is_aead ? MAC_SIZE : 0;
    if (source->frame.content_size < 0)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "message too large to encrypt");
    int ret = sgw_random(source->key, sgw_cipher_key_size(source->cipher));
    if (ret == SMIMEGW_OK)
        ret = sgw_random(source->iv, sgw_cipher_iv_size(source->cipher));
    if (ret == SMIMEGW_OK)
        ret = sgw_object_header(&source->start,
                                is_aead ? "authEnveloped-data" : "enveloped-data");
    return ret == SMIMEGW_OK ? sgw_enveloped_frame(&request, &source->frame, ret_error) : ret;
}

int sgw_enveloped_source_init(struct sgw_enveloped_source *source, struct sgw_source *child,
                              const struct sgw_protect_options *options,
                              struct smimegw_cert *const *certs, size_t count,
                              struct smimegw_error **ret_error)
{
    memset(source, 0, sizeof(*source));
    source->base.write = enveloped_write;
    source->child = child;
    source->cipher = sgw_option_ciphers[options->cipher];
    int ret = make_frame(source, options, certs, count, ret_error);
    if (ret < 0) {
        sgw_enveloped_source_clear(source);
        return sgw_fail(ret_error, ret, "encrypted entity");
    }
    source->base.size = (int64_t)source->start.size +
                        sgw_base64_encoded_size(sgw_frame_out_size(&source->frame));
    return SMIMEGW_OK;
}

void sgw_enveloped_source_clear(struct sgw_enveloped_source *source)
{
    sgw_wipe(source->key, sizeof(source->key));
    sgw_frame_out_clear(&source->frame);
    sgw_buf_clear(&source->start);
}
