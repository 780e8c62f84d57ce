/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_SPOOL_H
#define SGW_STREAM_SPOOL_H

#include <stdbool.h>

#include "stream/source.h"

struct sgw_spool_chunk;

/*
 * Bytes that are written once and read often: in memory up to a limit, then all of them in an
 * unlinked file of mode 0600, but for a tail that is shorter than a piece of it. Zeroes are a
 * cleared spool.
 */
struct sgw_spool {
    struct sgw_source base;
    int64_t memory_limit;
    int64_t memory_capacity;
    char *directory;
    struct sgw_spool_chunk *first; /* these follow what is in the file */
    struct sgw_spool_chunk *last;
    bool has_file;
    struct sgw_file_source file; /* its size is how much of the spool is there */
};

/* A directory of NULL means /var/tmp. */
int sgw_spool_init(struct sgw_spool *spool, int64_t memory_limit, const char *directory,
                   struct smimegw_error **ret_error);
/* After a failure only clear is allowed. */
int sgw_spool_write(struct sgw_spool *spool, const void *data, size_t size,
                    struct smimegw_error **ret_error);
/* What was written; nothing may be written any more. */
struct sgw_source *sgw_spool_source(struct sgw_spool *spool);
/* Wipes the memory, closes the file. */
void sgw_spool_clear(struct sgw_spool *spool);

#endif
