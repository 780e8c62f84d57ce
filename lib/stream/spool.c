/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error_impl.h"

/* Memory grows by new chunks, not by copying: there is never a second copy of a message. */
enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = 64 * 1024 };

struct sgw_spool_chunk {
    struct sgw_spool_chunk *next;
    size_t size;
    size_t capacity;
    uint8_t data[];
};

static const char default_directory[] = "/var/tmp";

static int open_unlinked(const char *directory, int *ret_fd, struct smimegw_error **ret_error)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        *ret_fd = fd;
        return SMIMEGW_OK;
    }
    /* not every file system can do that */
    struct sgw_buf path = SGW_BUF_INIT(0);
    int ret = sgw_buf_printf(&path, "%s/smimegw-XXXXXX", directory);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "spool file");
    fd = mkostemp((char *)path.data, O_CLOEXEC);
    int reason = errno;
    if (fd >= 0)
        unlink((char *)path.data);
    sgw_buf_clear(&path);
    if (fd < 0)
        return sgw_fail(ret_error, SMIMEGW_E_IO, "no spool file can be made in %s (errno %d)",
                        directory, reason);
    *ret_fd = fd;
    return SMIMEGW_OK;
}

static int write_file(struct sgw_file_source *file, const uint8_t *data, size_t size,
                      struct smimegw_error **ret_error)
{
    while (size > 0) {
        ssize_t count = pwrite(file->fd, data, size, file->base.size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return sgw_fail(ret_error, SMIMEGW_E_IO,
                            "writing the spool file failed (errno %d)",
                            count < 0 ? errno : ENOSPC);
        data += count;
        size -= (size_t)count;
        file->base.size += count;
    }
    return SMIMEGW_OK;
}

static int add_chunk(struct sgw_spool *spool, size_t capacity,
                     struct smimegw_error **ret_error)
{
    struct sgw_spool_chunk *chunk = sgw_malloc(sizeof(*chunk) + capacity);
    if (chunk == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "message spool");
    *chunk = (struct sgw_spool_chunk){.capacity = capacity};
    if (spool->last != NULL)
        spool->last->next = chunk;
    else
        spool->first = chunk;
    spool->last = chunk;
    spool->memory_capacity += (int64_t)capacity;
    return SMIMEGW_OK;
}

static void free_first_chunk(struct sgw_spool *spool)
{
    struct sgw_spool_chunk *chunk = spool->first;
    spool->first = chunk->next;
    if (spool->first == NULL)
        spool->last = NULL;
    sgw_free_secret(chunk, sizeof(*chunk) + chunk->capacity);
}

/* Bytes that the last chunk takes; how many. */
static size_t fill_last(struct sgw_spool *spool, const uint8_t *data, size_t size)
{
    struct sgw_spool_chunk *last = spool->last;
    if (last == NULL)
        return 0;
    size_t left = last->capacity - last->size;
    size_t taken = size < left ? size : left;
    memcpy(last->data + last->size, data, taken);
    last->size += taken;
    return taken;
}

/* The next one doubles the memory, up to a piece, and never passes the limit. */
static size_t next_capacity(const struct sgw_spool *spool)
{
    int64_t capacity = spool->memory_capacity;
    if (capacity < FIRST_CHUNK)
        capacity = FIRST_CHUNK;
    if (capacity > LARGEST_CHUNK)
        capacity = LARGEST_CHUNK;
    int64_t left = spool->memory_limit - spool->memory_capacity;
    return (size_t)(capacity < left ? capacity : left);
}

static int write_memory(struct sgw_spool *spool, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    for (;;) {
        size_t taken = fill_last(spool, data, size);
        data += taken;
        size -= taken;
        if (size == 0)
            return SMIMEGW_OK;
        int ret = add_chunk(spool, next_capacity(spool), ret_error);
        if (ret < 0)
            return ret;
    }
}

/* All that is in memory goes to the file; one chunk stays, for the tail. */
static int start_file(struct sgw_spool *spool, struct smimegw_error **ret_error)
{
    int fd = -1;
    int ret = open_unlinked(spool->directory != NULL ? spool->directory : default_directory,
                            &fd, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_file_source_init(&spool->file, fd, 0, 0, ret_error);
    if (ret < 0) {
        close(fd);
        return ret;
    }
    spool->has_file = true;
    while (ret == SMIMEGW_OK && spool->first != NULL) {
        ret = write_file(&spool->file, spool->first->data, spool->first->size, ret_error);
        free_first_chunk(spool);
    }
    return ret < 0 ? ret : add_chunk(spool, LARGEST_CHUNK, ret_error);
}

static int append_file(struct sgw_spool *spool, const uint8_t *data, size_t size,
                       struct smimegw_error **ret_error)
{
    struct sgw_spool_chunk *tail = spool->last;
    assert(tail != NULL);
    size_t taken = fill_last(spool, data, size);
    if (taken == size)
        return SMIMEGW_OK;
    int ret = write_file(&spool->file, tail->data, tail->size, ret_error);
    if (ret < 0)
        return ret;
    tail->size = 0;
    data += taken;
    size -= taken;
    size_t direct = size - size % tail->capacity;
    ret = write_file(&spool->file, data, direct, ret_error);
    if (ret == SMIMEGW_OK)
        fill_last(spool, data + direct, size - direct);
    return ret;
}

int sgw_spool_write(struct sgw_spool *spool, const void *data, size_t size,
                    struct smimegw_error **ret_error)
{
    if (size == 0)
        return SMIMEGW_OK;
    int64_t total;
    if (__builtin_add_overflow(spool->base.size, size, &total))
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more bytes than can be counted");
    int ret = SMIMEGW_OK;
    if (!spool->has_file && total > spool->memory_limit)
        ret = start_file(spool, ret_error);
    if (ret < 0)
        return ret;
    ret = spool->has_file ? append_file(spool, data, size, ret_error)
                          : write_memory(spool, data, size, ret_error);
    if (ret == SMIMEGW_OK)
        spool->base.size = total;
    return ret;
}

static int write_chunks(const struct sgw_spool *spool, int64_t offset, int64_t left,
                        struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    const struct sgw_spool_chunk *chunk = spool->first;
    for (; chunk != NULL && left > 0 && ret == SMIMEGW_OK; chunk = chunk->next) {
        int64_t here = (int64_t)chunk->size - offset;
        if (here <= 0) {
            offset = -here;
            continue;
        }
        if (here > left)
            here = left;
        ret = sgw_push(stage, chunk->data + offset, (size_t)here, ret_error);
        left -= here;
        offset = 0;
    }
    return ret;
}

static int spool_source_write(struct sgw_source *base, int64_t offset, int64_t size,
                              struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_spool *spool = (struct sgw_spool *)base;
    assert(offset >= 0 && size >= 0);
    if (offset >= base->size)
        return SMIMEGW_OK;
    int64_t left = size < base->size - offset ? size : base->size - offset;
    int64_t filed = spool->has_file ? spool->file.base.size : 0;
    if (offset < filed) {
        struct sgw_source *file = &spool->file.base;
        int64_t here = left < filed - offset ? left : filed - offset;
        int ret = file->write(file, offset, here, stage, ret_error);
        if (ret != SMIMEGW_OK)
            return ret;
        offset += here;
        left -= here;
    }
    return left > 0 ? write_chunks(spool, offset - filed, left, stage, ret_error) : SMIMEGW_OK;
}

static const uint8_t *spool_source_peek(struct sgw_source *base, int64_t offset, int64_t size)
{
    const struct sgw_spool *spool = (const struct sgw_spool *)base;
    int64_t start = spool->has_file ? spool->file.base.size : 0;
    const struct sgw_spool_chunk *chunk = spool->first;
    assert(offset >= 0 && size >= 0);
    for (; chunk != NULL && offset >= start; chunk = chunk->next) {
        int64_t inside = offset - start;
        if (inside < (int64_t)chunk->size)
            return size <= (int64_t)chunk->size - inside ? chunk->data + inside : NULL;
        start += (int64_t)chunk->size;
    }
    return NULL;
}

int sgw_spool_init(struct sgw_spool *spool, int64_t memory_limit, const char *directory,
                   struct smimegw_error **ret_error)
{
    char *copy = NULL;
    if (directory != NULL) {
        copy = sgw_strdup(directory);
        if (copy == NULL)
            return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "message spool");
    }
    *spool = (struct sgw_spool){.memory_limit = memory_limit, .directory = copy};
    spool->base.write = spool_source_write;
    spool->base.peek = spool_source_peek;
    return SMIMEGW_OK;
}

struct sgw_source *sgw_spool_source(struct sgw_spool *spool)
{
    return &spool->base;
}

void sgw_spool_clear(struct sgw_spool *spool)
{
    while (spool->first != NULL)
        free_first_chunk(spool);
    if (spool->has_file) {
        close(spool->file.fd);
        sgw_file_source_clear(&spool->file);
    }
    sgw_free(spool->directory);
    *spool = (struct sgw_spool){.memory_limit = 0};
}
