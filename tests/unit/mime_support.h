/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_MIME_SUPPORT_H
#define SGW_TESTS_MIME_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "limits_support.h"
#include "mime/canonical.h"
#include "mime/scanner.h"
#include "stream/sink.h"

/* Scan bytes in chunks; 0: all at once. Each chunk is a copy of its own, so that reading past
 * it shows. */
static inline int scan_chunks(const void *data, size_t size, size_t chunk, uint32_t flags,
                              const char *watch, struct sgw_mime *ret_mime)
{
    struct sgw_limits limits;
    struct sgw_scanner *scanner;
    limits_init(&limits);
    int ret = sgw_scanner_new(&limits, flags, &scanner, NULL);
    if (ret < 0)
        return ret;
    if (watch != NULL)
        sgw_scanner_watch(scanner, watch);
    struct sgw_stage *stage = sgw_scanner_stage(scanner);
    for (size_t at = 0; ret == SMIMEGW_OK && at < size;) {
        size_t piece = chunk > 0 && chunk < size - at ? chunk : size - at;
        uint8_t *copy = test_malloc(piece);
        memcpy(copy, (const uint8_t *)data + at, piece);
        ret = sgw_push(stage, copy, piece, NULL);
        test_free(copy);
        at += piece;
    }
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(stage, NULL);
    if (ret == SMIMEGW_OK)
        sgw_scanner_take(scanner, ret_mime);
    sgw_scanner_free(scanner);
    return ret;
}

static inline struct sgw_mime scan_text(const char *text, uint32_t flags)
{
    struct sgw_mime mime = {0};
    assert_int_equal(scan_chunks(text, strlen(text), 0, flags, NULL, &mime), SMIMEGW_OK);
    return mime;
}

/* All that a scan found, as text to compare. */
static inline void dump_mime(const struct sgw_mime *mime, struct sgw_buf *ret)
{
    sgw_buf_printf(ret, "watch %d lf %d header %zu/%zu\n", mime->has_watch, mime->is_lf,
                   mime->header.count, mime->header.raw.size);
    for (int i = 0; i < mime->count; i++) {
        const struct sgw_part *part = &mime->parts[i];
        sgw_buf_printf(ret,
                       "%d^%d depth %d pos %d kids %d at %lld,%lld,%lld,%lld close %lld,%lld",
                       i, part->parent, part->depth, part->position, part->child_count,
                       (long long)part->delimiter_start, (long long)part->header_start,
                       (long long)part->body_start, (long long)part->end,
                       (long long)part->close_start, (long long)part->close_end);
        sgw_buf_printf(ret, " %s enc %d hint %d facts %x,%x closed %d: %s\n",
                       part->type.type != NULL ? part->type.type : "-", (int)part->encoding,
                       (int)part->smime, part->facts, part->header_facts, part->is_closed,
                       part->is_ambiguous ? part->ambiguity : "clear");
    }
}

/* Every chunk size from 1 gives what one piece gives. */
static inline void assert_chunks_equal(const void *data, size_t size, uint32_t flags)
{
    struct sgw_mime mime = {0};
    struct sgw_buf whole = SGW_BUF_INIT(0);
    int expected = scan_chunks(data, size, 0, flags, "watched", &mime);
    if (expected == SMIMEGW_OK)
        dump_mime(&mime, &whole);
    sgw_mime_clear(&mime);
    for (size_t chunk = 1; chunk < size; chunk++) {
        struct sgw_buf other = SGW_BUF_INIT(0);
        assert_int_equal(scan_chunks(data, size, chunk, flags, "watched", &mime), expected);
        if (expected == SMIMEGW_OK)
            dump_mime(&mime, &other);
        sgw_mime_clear(&mime);
        assert_string_equal(sgw_buf_text(&other), sgw_buf_text(&whole));
        sgw_buf_clear(&other);
    }
    sgw_buf_clear(&whole);
}

/* The canonical entity of a message; returns the code of init. */
static inline int canonical_of(const void *data, size_t size, struct sgw_buf *ret)
{
    struct sgw_limits limits;
    struct sgw_memory_source memory;
    struct sgw_canonical_source canonical;
    struct sgw_mime mime;
    struct sgw_buf_sink sink;
    limits_init(&limits);
    sgw_memory_source_init(&memory, data, size);
    int result = sgw_mime_scan(&memory.base, &limits, SGW_SCAN_FACTS, NULL, &mime, NULL);
    if (result < 0)
        return result;
    result = sgw_canonical_source_init(&canonical, &memory.base, &mime, NULL, NULL);
    if (result == SMIMEGW_OK) {
        sgw_buf_sink_init(&sink, ret);
        result = sgw_source_run(&canonical.base, 0, SGW_TO_END, &sink.base, NULL);
        if (result == SMIMEGW_OK)
            assert_int_equal(canonical.base.size, ret->size);
        sgw_canonical_source_clear(&canonical);
    }
    sgw_mime_clear(&mime);
    return result;
}

/* Offset of a text that is there. */
static inline int64_t offset_of(const char *text, const char *wanted)
{
    const char *found = strstr(text, wanted);
    assert_non_null(found);
    return found - text;
}

#endif
