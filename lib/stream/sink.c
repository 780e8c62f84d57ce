/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/sink.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"

static int call_write(struct sgw_callback_sink *sink, const uint8_t *data, size_t size,
                      struct smimegw_error **ret_error)
{
    int ret = size > 0 ? sink->write(sink->userdata, data, size) : 0;
    if (ret != 0)
        return sgw_fail(ret_error, SMIMEGW_E_SINK, "the write function returned %d", ret);
    return SMIMEGW_OK;
}

static int flush_held(struct sgw_callback_sink *sink, struct smimegw_error **ret_error)
{
    int ret = call_write(sink, sink->held, sink->held_size, ret_error);
    sink->held_size = 0;
    return ret;
}

static int callback_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                         struct smimegw_error **ret_error)
{
    struct sgw_callback_sink *sink = (struct sgw_callback_sink *)base;
    if (sink->held_size > 0 || size < sizeof(sink->held)) {
        size_t room = sizeof(sink->held) - sink->held_size;
        size_t taken = size < room ? size : room;
        memcpy(sink->held + sink->held_size, data, taken);
        sink->held_size += taken;
        data += taken;
        size -= taken;
        if (sink->held_size < sizeof(sink->held))
            return SMIMEGW_OK;
        int ret = flush_held(sink, ret_error);
        if (ret < 0)
            return ret;
    }
    if (size >= sizeof(sink->held))
        return call_write(sink, data, size, ret_error);
    memcpy(sink->held, data, size);
    sink->held_size = size;
    return SMIMEGW_OK;
}

static int callback_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_callback_sink *sink = (struct sgw_callback_sink *)base;
    return flush_held(sink, ret_error);
}

void sgw_callback_sink_init(struct sgw_callback_sink *sink, smimegw_write_fn write,
                            void *userdata)
{
    sink->base.push = callback_push;
    sink->base.finish = callback_finish;
    sink->write = write;
    sink->userdata = userdata;
    sink->held_size = 0;
}

void sgw_callback_sink_clear(struct sgw_callback_sink *sink)
{
    sgw_wipe(sink->held, sizeof(sink->held));
    sink->held_size = 0;
}

static int no_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    (void)base;
    (void)ret_error;
    return SMIMEGW_OK;
}

static int buf_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                    struct smimegw_error **ret_error)
{
    struct sgw_buf *buf = ((struct sgw_buf_sink *)base)->buf;
    int ret = sgw_buf_append(buf, data, size);
    if (ret == SMIMEGW_E_LIMIT)
        return sgw_fail(ret_error, ret, "more than %zu bytes to be kept in memory",
                        buf->limit);
    return ret < 0 ? sgw_fail(ret_error, ret, "bytes to be kept in memory") : SMIMEGW_OK;
}

void sgw_buf_sink_init(struct sgw_buf_sink *sink, struct sgw_buf *buf)
{
    *sink = (struct sgw_buf_sink){.base = {buf_push, no_finish}, .buf = buf};
}

static int count_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                      struct smimegw_error **ret_error)
{
    struct sgw_count_sink *sink = (struct sgw_count_sink *)base;
    (void)data;
    if (__builtin_add_overflow(sink->size, size, &sink->size))
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more bytes than can be counted");
    return SMIMEGW_OK;
}

void sgw_count_sink_init(struct sgw_count_sink *sink)
{
    *sink = (struct sgw_count_sink){.base = {count_push, no_finish}};
}

static int digest_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                       struct smimegw_error **ret_error)
{
    struct sgw_digest_stage *stage = (struct sgw_digest_stage *)base;
    assert(!stage->is_done);
    for (size_t i = 0; i < stage->count; i++) {
        int ret = sgw_hash_update(stage->hashes[i], data, size);
        if (ret < 0)
            return sgw_fail(ret_error, ret, "message digest");
    }
    return stage->next != NULL ? sgw_push(stage->next, data, size, ret_error) : SMIMEGW_OK;
}

static int digest_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_digest_stage *stage = (struct sgw_digest_stage *)base;
    return stage->next != NULL ? sgw_finish(stage->next, ret_error) : SMIMEGW_OK;
}

void sgw_digest_stage_init(struct sgw_digest_stage *stage, struct sgw_stage *next)
{
    *stage = (struct sgw_digest_stage){.base = {digest_push, digest_finish}, .next = next};
}

int sgw_digest_stage_add(struct sgw_digest_stage *stage, enum sgw_hash_id id,
                         struct smimegw_error **ret_error)
{
    for (size_t i = 0; i < stage->count; i++)
        if (stage->ids[i] == id)
            return SMIMEGW_OK;
    if (stage->count == SGW_DIGESTS_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %d digest algorithms",
                        SGW_DIGESTS_MAX);
    int ret = sgw_hash_new(id, &stage->hashes[stage->count]);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "message digest");
    stage->ids[stage->count++] = id;
    return SMIMEGW_OK;
}

/* All at once and kept: several signers may ask for the same one. */
static int finish_digests(struct sgw_digest_stage *stage)
{
    for (size_t i = 0; !stage->is_done && i < stage->count; i++) {
        int ret = sgw_hash_finish(stage->hashes[i], stage->digests[i]);
        if (ret < 0)
            return ret;
    }
    stage->is_done = true;
    return SMIMEGW_OK;
}

int sgw_digest_stage_get(struct sgw_digest_stage *stage, enum sgw_hash_id id,
                         uint8_t ret_digest[SGW_HASH_SIZE_MAX])
{
    int ret = finish_digests(stage);
    if (ret < 0)
        return ret;
    for (size_t i = 0; i < stage->count; i++) {
        if (stage->ids[i] != id)
            continue;
        memcpy(ret_digest, stage->digests[i], sgw_hash_size(id));
        return SMIMEGW_OK;
    }
    return SMIMEGW_E_USAGE;
}

void sgw_digest_stage_clear(struct sgw_digest_stage *stage)
{
    for (size_t i = 0; i < stage->count; i++)
        sgw_hash_free(stage->hashes[i]);
    stage->count = 0;
}

/* A branch that said STOP wants no more, the other one still does. */
static int tee_branch(struct sgw_stage **branch, const uint8_t *data, size_t size,
                      struct smimegw_error **ret_error)
{
    int ret = *branch != NULL ? sgw_push(*branch, data, size, ret_error) : SMIMEGW_OK;
    if (ret != SGW_STOP)
        return ret;
    *branch = NULL;
    return SMIMEGW_OK;
}

static int tee_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                    struct smimegw_error **ret_error)
{
    struct sgw_tee_stage *stage = (struct sgw_tee_stage *)base;
    int ret = tee_branch(&stage->first, data, size, ret_error);
    if (ret == SMIMEGW_OK)
        ret = tee_branch(&stage->second, data, size, ret_error);
    if (ret == SMIMEGW_OK && stage->first == NULL && stage->second == NULL)
        return SGW_STOP;
    return ret;
}

static int tee_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_tee_stage *stage = (struct sgw_tee_stage *)base;
    int ret = stage->first != NULL ? sgw_finish(stage->first, ret_error) : SMIMEGW_OK;
    if (ret < 0 || stage->second == NULL)
        return ret < 0 ? ret : SMIMEGW_OK;
    ret = sgw_finish(stage->second, ret_error);
    return ret < 0 ? ret : SMIMEGW_OK;
}

void sgw_tee_stage_init(struct sgw_tee_stage *stage, struct sgw_stage *first,
                        struct sgw_stage *second)
{
    *stage = (struct sgw_tee_stage){
        .base = {tee_push, tee_finish}, .first = first, .second = second};
}
