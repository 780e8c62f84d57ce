/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/source.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error_impl.h"

/* Small enough that a piece stays in the cache all the way down a chain. */
enum { PIECE_SIZE = 64 * 1024 };

/* What is left of [offset, offset + size) inside [0, whole). */
static int64_t clamp_size(int64_t whole, int64_t offset, int64_t size)
{
    assert(offset >= 0 && size >= 0);
    if (offset >= whole)
        return 0;
    return size < whole - offset ? size : whole - offset;
}

static int memory_write(struct sgw_source *base, int64_t offset, int64_t size,
                        struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    const struct sgw_memory_source *source = (const struct sgw_memory_source *)base;
    size_t left = (size_t)clamp_size(base->size, offset, size);
    const uint8_t *data = left > 0 ? source->data + offset : NULL;
    int ret = SMIMEGW_OK;
    while (left > 0 && ret == SMIMEGW_OK) {
        size_t piece = left < PIECE_SIZE ? left : PIECE_SIZE;
        ret = sgw_push(stage, data, piece, ret_error);
        data += piece;
        left -= piece;
    }
    return ret;
}

static const uint8_t *memory_peek(struct sgw_source *base, int64_t offset, int64_t size)
{
    const struct sgw_memory_source *source = (const struct sgw_memory_source *)base;
    if (source->data == NULL || offset > base->size ||
        clamp_size(base->size, offset, size) < size)
        return NULL;
    return source->data + offset;
}

void sgw_memory_source_init(struct sgw_memory_source *source, const void *data, size_t size)
{
    assert(size <= INT64_MAX);
    *source = (struct sgw_memory_source){.data = data};
    source->base.write = memory_write;
    source->base.peek = memory_peek;
    source->base.size = (int64_t)size;
}

/* Read all of a piece: a regular file that ends early was changed under us. */
static int read_piece(int fd, uint8_t *piece, size_t size, int64_t position,
                      struct smimegw_error **ret_error)
{
    size_t done = 0;
    while (done < size) {
        ssize_t count = pread(fd, piece + done, size - done, position + (int64_t)done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return sgw_fail(ret_error, SMIMEGW_E_IO, "reading the message failed (errno %d)",
                            errno);
        if (count == 0)
            return sgw_fail(ret_error, SMIMEGW_E_IO, "the message's file became shorter");
        done += (size_t)count;
    }
    return SMIMEGW_OK;
}

static int file_write(struct sgw_source *base, int64_t offset, int64_t size,
                      struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_file_source *source = (struct sgw_file_source *)base;
    int64_t left = clamp_size(base->size, offset, size);
    if (left == 0)
        return SMIMEGW_OK;
    /* taken away meanwhile: a stage may read from the same source */
    uint8_t *piece = SGW_TAKE(source->piece);
    if (piece == NULL)
        piece = sgw_malloc(PIECE_SIZE);
    if (piece == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "piece of a file");
    int ret = SMIMEGW_OK;
    while (left > 0 && ret == SMIMEGW_OK) {
        size_t wanted = left < PIECE_SIZE ? (size_t)left : PIECE_SIZE;
        ret = read_piece(source->fd, piece, wanted, source->start + offset, ret_error);
        if (ret == SMIMEGW_OK)
            ret = sgw_push(stage, piece, wanted, ret_error);
        offset += (int64_t)wanted;
        left -= (int64_t)wanted;
    }
    if (source->piece != NULL)
        sgw_free_secret(source->piece, PIECE_SIZE);
    source->piece = piece;
    return ret;
}

int sgw_file_source_init(struct sgw_file_source *source, int fd, int64_t start, int64_t size,
                         struct smimegw_error **ret_error)
{
    assert(start >= 0 && size >= 0 && size <= INT64_MAX - start);
    uint8_t *piece = sgw_malloc(PIECE_SIZE);
    if (piece == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "piece of a file");
    *source = (struct sgw_file_source){.fd = fd, .start = start, .piece = piece};
    source->base.write = file_write;
    source->base.size = size;
    return SMIMEGW_OK;
}

void sgw_file_source_clear(struct sgw_file_source *source)
{
    sgw_free_secret(source->piece, PIECE_SIZE);
    source->piece = NULL;
}

static int slice_write(struct sgw_source *base, int64_t offset, int64_t size,
                       struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    const struct sgw_slice_source *source = (const struct sgw_slice_source *)base;
    int64_t left = clamp_size(source->most, offset, size);
    int64_t position;
    if (left == 0 || __builtin_add_overflow(source->start, offset, &position))
        return SMIMEGW_OK;
    return source->whole->write(source->whole, position, left, stage, ret_error);
}

static const uint8_t *slice_peek(struct sgw_source *base, int64_t offset, int64_t size)
{
    const struct sgw_slice_source *source = (const struct sgw_slice_source *)base;
    int64_t position;
    if (offset > source->most || clamp_size(source->most, offset, size) < size ||
        __builtin_add_overflow(source->start, offset, &position))
        return NULL;
    return source->whole->peek(source->whole, position, size);
}

void sgw_slice_source_init(struct sgw_slice_source *source, struct sgw_source *whole,
                           int64_t start, int64_t size)
{
    assert(start >= 0 && size >= 0);
    *source = (struct sgw_slice_source){.whole = whole, .start = start, .most = size};
    source->base.write = slice_write;
    source->base.peek = whole->peek != NULL ? slice_peek : NULL;
    source->base.size = -1;
    if (whole->size < 0)
        return;
    source->start = start < whole->size ? start : whole->size;
    source->most = clamp_size(whole->size, start, size);
    source->base.size = source->most;
}

int sgw_source_run(struct sgw_source *source, int64_t offset, int64_t size,
                   struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    int ret = source->write(source, offset, size, stage, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(stage, ret_error);
    return ret == SGW_STOP ? SMIMEGW_OK : ret;
}

static int range_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                      struct smimegw_error **ret_error)
{
    struct sgw_range_stage *stage = (struct sgw_range_stage *)base;
    if (stage->left == 0)
        return SGW_STOP;
    if ((uint64_t)stage->skip >= size) {
        stage->skip -= (int64_t)size;
        return SMIMEGW_OK;
    }
    data += stage->skip;
    size -= (size_t)stage->skip;
    stage->skip = 0;
    if ((uint64_t)stage->left < size)
        size = (size_t)stage->left;
    stage->left -= (int64_t)size;
    stage->next_result = sgw_push(stage->next, data, size, ret_error);
    if (stage->next_result != SMIMEGW_OK)
        return stage->next_result;
    return stage->left > 0 ? SMIMEGW_OK : SGW_STOP;
}

static int range_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    (void)base;
    (void)ret_error;
    return SMIMEGW_OK;
}

void sgw_range_stage_init(struct sgw_range_stage *stage, int64_t offset, int64_t size,
                          struct sgw_stage *next)
{
    assert(offset >= 0 && size >= 0);
    *stage = (struct sgw_range_stage){.next = next, .skip = offset, .left = size};
    stage->base.push = range_push;
    stage->base.finish = range_finish;
}

int sgw_range_stage_result(const struct sgw_range_stage *stage, int ret)
{
    return ret == SGW_STOP ? stage->next_result : ret;
}
