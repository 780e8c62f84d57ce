/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_EDITED_H
#define SGW_MIME_EDITED_H

#include "base/buf.h"
#include "stream/source.h"

/* Bytes of the whole that are left out, and what stands in their place. */
struct sgw_edit {
    int64_t start;
    int64_t end;
    size_t text; /* offset into texts */
    size_t text_size;
};

/*
 * A message with some of its header in other words; all other bytes are those of the whole,
 * which are never copied. As rewindable as the whole is, and of known size.
 */
struct sgw_edited_source {
    struct sgw_source base;
    struct sgw_source *whole; /* borrowed, of known size */
    struct sgw_edit *edits;   /* in order, apart */
    size_t count;
    size_t capacity;
    struct sgw_buf texts;
};
void sgw_edited_source_init(struct sgw_edited_source *source, struct sgw_source *whole);
/* Behind all replaced so far. E_NOMEM. */
int sgw_edited_source_replace(struct sgw_edited_source *source, int64_t start, int64_t end,
                              const void *text, size_t size);
void sgw_edited_source_clear(struct sgw_edited_source *source);

#endif
