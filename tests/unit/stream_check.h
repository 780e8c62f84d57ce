/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_STREAM_CHECK_H
#define TESTS_UNIT_STREAM_CHECK_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include <smimegw/error.h>

#include "base/buf.h"
#include "base/error_impl.h"
#include "stream/sink.h"
#include "stream/stage.h"

/* The end of a chain under test: keeps what comes, may have enough at some size. */
struct keeper {
    struct sgw_stage base;
    struct sgw_buf buf;
    size_t enough; /* 0: never */
    int finished;
};

static inline int keeper_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                              struct smimegw_error **ret_error)
{
    struct keeper *keeper = (struct keeper *)base;
    (void)ret_error;
    assert_true(size > 0);
    assert_int_equal(keeper->finished, 0);
    assert_int_equal(sgw_buf_append(&keeper->buf, data, size), SMIMEGW_OK);
    if (keeper->enough > 0 && keeper->buf.size >= keeper->enough)
        return SGW_STOP;
    return SMIMEGW_OK;
}

static inline int keeper_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    (void)ret_error;
    ((struct keeper *)base)->finished++;
    return SMIMEGW_OK;
}

static inline void keeper_init(struct keeper *keeper, size_t enough)
{
    *keeper = (struct keeper){.base = {keeper_push, keeper_finish}, .enough = enough};
}

static inline void keeper_clear(struct keeper *keeper)
{
    sgw_buf_clear(&keeper->buf);
}

/* Push in pieces of `chunk` bytes, each in memory of its own so that ASan sees its ends. */
static inline int run_chunks(struct sgw_stage *stage, const void *data, size_t size,
                             size_t chunk, struct smimegw_error **ret_error)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i += chunk) {
        size_t piece = size - i < chunk ? size - i : chunk;
        uint8_t *copy = malloc(piece);
        assert_non_null(copy);
        memcpy(copy, bytes + i, piece);
        int ret = sgw_push(stage, copy, piece, ret_error);
        free(copy);
        if (ret != SMIMEGW_OK)
            return ret;
    }
    return sgw_finish(stage, ret_error);
}

/* Numbers that look random and are the same in every run. */
static inline uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static inline void fill_random(uint8_t *data, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(next_random(&seed) >> 11);
}

#endif
