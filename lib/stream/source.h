/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_SOURCE_H
#define SGW_STREAM_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "stream/stage.h"

/*
 * Bytes that can be had any number of times, always the same: a message in memory or a file, a
 * slice of another source, what comes out of a decoder over one, an entity that is being made.
 * Proof before release is a first pass over a source; the release is a second one.
 */
struct sgw_source {
    /* Push bytes [offset, offset + size) into the stage, without finishing it. A size past the
     * end means the end. Returns OK, SGW_STOP where the stage said so, or a negative result.
     */
    int (*write)(struct sgw_source *source, int64_t offset, int64_t size,
                 struct sgw_stage *stage, struct smimegw_error **ret_error);
    /* Bytes at offset without a copy, where the source has them in memory; NULL: has not. */
    const uint8_t *(*peek)(struct sgw_source *source, int64_t offset, int64_t size);
    int64_t size; /* -1: not known before a pass */
};

enum { SGW_TO_END = INT64_MAX };

/* Bytes in memory, borrowed. */
struct sgw_memory_source {
    struct sgw_source base;
    const uint8_t *data;
};
void sgw_memory_source_init(struct sgw_memory_source *source, const void *data, size_t size);

/* A regular file read by pread, in pieces of a buffer that the source owns. */
struct sgw_file_source {
    struct sgw_source base;
    int fd;
    int64_t start;
    uint8_t *piece; /* wiped at the end */
};
int sgw_file_source_init(struct sgw_file_source *source, int fd, int64_t start, int64_t size,
                         struct smimegw_error **ret_error);
void sgw_file_source_clear(struct sgw_file_source *source);

/* Part of another source, borrowed; of unknown size where the other is. */
struct sgw_slice_source {
    struct sgw_source base;
    struct sgw_source *whole;
    int64_t start;
    int64_t most; /* bytes, fewer where a whole of unknown size ends before */
};
void sgw_slice_source_init(struct sgw_slice_source *source, struct sgw_source *whole,
                           int64_t start, int64_t size);

/* Push [offset, offset + size) of a source into a stage and finish the stage. SGW_STOP is OK.
 */
int sgw_source_run(struct sgw_source *source, int64_t offset, int64_t size,
                   struct sgw_stage *stage, struct smimegw_error **ret_error);

/* Stage that lets through only a range of what is pushed, then says SGW_STOP; for sources that
 * can only produce from the start. finish does not reach the next stage. */
struct sgw_range_stage {
    struct sgw_stage base;
    struct sgw_stage *next;
    int64_t skip;
    int64_t left;
    int next_result; /* what the next stage said last */
};
void sgw_range_stage_init(struct sgw_range_stage *stage, int64_t offset, int64_t size,
                          struct sgw_stage *next);
/* What a source's write() that went through a range returns: the range's own STOP is OK, one
 * of the next stage stays. */
int sgw_range_stage_result(const struct sgw_range_stage *stage, int ret);

#endif
