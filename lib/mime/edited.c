/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/edited.h"

#include <assert.h>
#include <smimegw/error.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "mime/part.h"

/* What is asked for, and how far in it we are. */
struct window {
    int64_t start;
    int64_t end;
    int64_t place; /* of what comes next */
};

/* Go past a piece; false where nothing of it is in the window. */
static bool pass(struct window *window, int64_t size, int64_t *ret_skip, int64_t *ret_size)
{
    int64_t start = window->place > window->start ? window->place : window->start;
    int64_t end = window->place + size < window->end ? window->place + size : window->end;
    *ret_skip = start - window->place;
    *ret_size = end - start;
    window->place += size;
    return start < end;
}

static int edited_write(struct sgw_source *base, int64_t offset, int64_t size,
                        struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_edited_source *source = (struct sgw_edited_source *)base;
    struct window window = {.start = offset,
                            .end = size < base->size - offset ? offset + size : base->size};
    int64_t at = 0;
    int64_t skip;
    int64_t part;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < source->count; i++) {
        const struct sgw_edit *edit = &source->edits[i];
        if (pass(&window, edit->start - at, &skip, &part))
            ret = source->whole->write(source->whole, at + skip, part, stage, ret_error);
        if (pass(&window, (int64_t)edit->text_size, &skip, &part) && ret == SMIMEGW_OK)
            ret = sgw_push(stage, source->texts.data + edit->text + skip, (size_t)part,
                           ret_error);
        at = edit->end;
    }
    if (ret == SMIMEGW_OK && pass(&window, source->whole->size - at, &skip, &part))
        ret = source->whole->write(source->whole, at + skip, part, stage, ret_error);
    return ret;
}

void sgw_edited_source_init(struct sgw_edited_source *source, struct sgw_source *whole)
{
    assert(whole->size >= 0);
    *source = (struct sgw_edited_source){
        .base = {.write = edited_write, .size = whole->size},
        .whole = whole,
    };
}

int sgw_edited_source_replace(struct sgw_edited_source *source, int64_t start, int64_t end,
                              const void *text, size_t size)
{
    assert(start <= end && end <= source->whole->size);
    assert(source->count == 0 || source->edits[source->count - 1].end <= start);
    struct sgw_edit edit = {start, end, source->texts.size, size};
    int ret = sgw_grow(&source->edits, source->count, &source->capacity, sizeof(edit));
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(&source->texts, text, size);
    if (ret < 0)
        return ret;
    source->edits[source->count++] = edit;
    source->base.size += (int64_t)size - (end - start);
    return SMIMEGW_OK;
}

void sgw_edited_source_clear(struct sgw_edited_source *source)
{
    sgw_buf_clear(&source->texts);
    sgw_free(source->edits);
    source->edits = NULL;
    source->count = 0;
    source->capacity = 0;
}
