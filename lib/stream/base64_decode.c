/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "stream/base64.h"

/*
 * Four tables, one for each place in a quantum, hold the six bits of a character where they
 * belong in the three bytes (in memory order), and 1 in the fourth byte; what is no character
 * of the alphabet holds 0. So four good characters add up to a 4 in the fourth byte, and only
 * they do.
 */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_SHIFT(place) (8 * (place))
#else
#define BYTE_SHIFT(place) (24 - 8 * (place))
#endif
#define IN_BYTE(value, place) ((uint32_t)((value)&255) << BYTE_SHIFT(place))
#define IS_GOOD IN_BYTE(4, 3)

#define PLACE0(c, v) [c] = IN_BYTE((v) << 2, 0) | IN_BYTE(1, 3),
#define PLACE1(c, v) [c] = IN_BYTE((v) >> 4, 0) | IN_BYTE((v) << 4, 1) | IN_BYTE(1, 3),
#define PLACE2(c, v) [c] = IN_BYTE((v) >> 2, 1) | IN_BYTE((v) << 6, 2) | IN_BYTE(1, 3),
#define PLACE3(c, v) [c] = IN_BYTE((v), 2) | IN_BYTE(1, 3),

/* clang-format off */
#define ALPHABET(X)                                                                           \
    X('A', 0) X('B', 1) X('C', 2) X('D', 3) X('E', 4) X('F', 5) X('G', 6) X('H', 7)           \
    X('I', 8) X('J', 9) X('K', 10) X('L', 11) X('M', 12) X('N', 13) X('O', 14) X('P', 15)     \
    X('Q', 16) X('R', 17) X('S', 18) X('T', 19) X('U', 20) X('V', 21) X('W', 22) X('X', 23)   \
    X('Y', 24) X('Z', 25) X('a', 26) X('b', 27) X('c', 28) X('d', 29) X('e', 30) X('f', 31)   \
    X('g', 32) X('h', 33) X('i', 34) X('j', 35) X('k', 36) X('l', 37) X('m', 38) X('n', 39)   \
    X('o', 40) X('p', 41) X('q', 42) X('r', 43) X('s', 44) X('t', 45) X('u', 46) X('v', 47)   \
    X('w', 48) X('x', 49) X('y', 50) X('z', 51) X('0', 52) X('1', 53) X('2', 54) X('3', 55)   \
    X('4', 56) X('5', 57) X('6', 58) X('7', 59) X('8', 60) X('9', 61) X('+', 62) X('/', 63)
/* clang-format on */

static const uint32_t places[4][256] = {
    {ALPHABET(PLACE0)}, {ALPHABET(PLACE1)}, {ALPHABET(PLACE2)}, {ALPHABET(PLACE3)}};

enum {
    ROOM_SIZE = sizeof(((struct sgw_base64_decoder *)0)->room) - 8,
    LONGEST_LINE = 57 /* bytes in 76 characters */
};

static inline uint32_t decode_quantum(const uint8_t *in)
{
    return places[0][in[0]] + places[1][in[1]] + places[2][in[2]] + places[3][in[3]];
}

/* Judges a line once, at its end. Writes one byte too many. */
static inline __attribute__((always_inline)) bool decode_quanta(const uint8_t *in,
                                                                size_t count, uint8_t *out)
{
    uint32_t all = IS_GOOD;
    for (size_t i = 0; i < count; i++) {
        uint32_t quantum = decode_quantum(in + 4 * i);
        memcpy(out + 3 * i, &quantum, sizeof(quantum));
        all &= quantum;
    }
    return (all & IS_GOOD) != 0;
}

/* Size of the line end, 0 where there is none. */
static inline size_t line_end(const uint8_t *in)
{
    if (in[0] == '\r')
        return in[1] == '\n' ? 2 : 0;
    return in[0] == '\n' ? 1 : 0;
}

/* A whole line of the usual lengths; returns the characters taken. */
static inline size_t decode_line(const uint8_t *in, size_t size, uint8_t *out,
                                 size_t *ret_bytes)
{
    size_t end = size >= 66 ? line_end(in + 64) : 0;
    if (end > 0 && decode_quanta(in, 16, out)) {
        *ret_bytes = 48;
        return 64 + end;
    }
    end = size >= 78 ? line_end(in + 76) : 0;
    if (end > 0 && decode_quanta(in, 19, out)) {
        *ret_bytes = LONGEST_LINE;
        return 76 + end;
    }
    return 0;
}

/* Whole lines, then whole quanta, until something else comes or the room is full. */
static size_t decode_fast(struct sgw_base64_decoder *stage, const uint8_t *in, size_t size)
{
    const uint8_t *start = in;
    const uint8_t *end = in + size;
    uint8_t *out = stage->room + stage->room_size;
    const uint8_t *out_end = stage->room + ROOM_SIZE;
    while (out_end - out >= LONGEST_LINE) {
        size_t bytes;
        size_t taken = decode_line(in, (size_t)(end - in), out, &bytes);
        if (taken == 0)
            break;
        in += taken;
        out += bytes;
    }
    while (end - in >= 4 && out_end - out >= 3 && decode_quanta(in, 1, out)) {
        in += 4;
        out += 3;
    }
    stage->room_size = (size_t)(out - stage->room);
    return (size_t)(in - start);
}

static int flush(struct sgw_base64_decoder *stage, struct smimegw_error **ret_error)
{
    int ret = sgw_push(stage->next, stage->room, stage->room_size, ret_error);
    stage->room_size = 0;
    return ret;
}

/* The bytes before it go first: whether the next stage has enough of them or the error counts
 * must not depend on the splitting. */
static int fail_character(struct sgw_base64_decoder *stage, uint8_t c,
                          struct smimegw_error **ret_error)
{
    int ret = flush(stage, ret_error);
    if (ret != SMIMEGW_OK)
        return ret;
    return sgw_fail(ret_error, SMIMEGW_E_SYNTAX,
                    "base64: byte 0x%02x can't stand at offset %" PRId64, c, stage->position);
}

/* The bytes of a quantum of 12, 18 or 24 bits. */
static void put_bytes(struct sgw_base64_decoder *stage)
{
    uint32_t bits = stage->bits << (24 - stage->bit_count);
    for (unsigned int i = 0; i < stage->bit_count / 8; i++)
        stage->room[stage->room_size++] = (uint8_t)(bits >> (16 - 8 * i));
    stage->bits = 0;
    stage->bit_count = 0;
}

static bool take_padding(struct sgw_base64_decoder *stage)
{
    if (stage->bit_count < 12)
        return false;
    stage->padding++;
    if (stage->bit_count + 6 * stage->padding == 24)
        put_bytes(stage);
    return true;
}

/* One character at any place; false where it can't stand there. */
static bool take_character(struct sgw_base64_decoder *stage, uint8_t c)
{
    if (sgw_is_blank(c) || c == '\r' || c == '\n')
        return true;
    if (c == '=')
        return take_padding(stage);
    if (stage->padding > 0 || places[3][c] == 0)
        return false;
    stage->bits = stage->bits << 6 | ((places[3][c] >> BYTE_SHIFT(2)) & 63);
    stage->bit_count += 6;
    if (stage->bit_count == 24)
        put_bytes(stage);
    return true;
}

static int decoder_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_base64_decoder *stage = (struct sgw_base64_decoder *)base;
    const uint8_t *end = data + size;
    while (data < end) {
        int ret =
            ROOM_SIZE - stage->room_size < LONGEST_LINE ? flush(stage, ret_error) : SMIMEGW_OK;
        if (ret != SMIMEGW_OK)
            return ret;
        if (stage->bit_count == 0 && stage->padding == 0) {
            size_t taken = decode_fast(stage, data, (size_t)(end - data));
            data += taken;
            stage->position += (int64_t)taken;
            if (taken > 0)
                continue;
        }
        if (!take_character(stage, *data))
            return fail_character(stage, *data, ret_error);
        data++;
        stage->position++;
    }
    return SMIMEGW_OK;
}

/* Whether the data may end here; a whole byte less than a quantum may lack its padding. */
static bool is_end(const struct sgw_base64_decoder *stage)
{
    if (stage->bit_count == 0)
        return true;
    uint32_t left_over = (1U << (stage->bit_count % 8)) - 1;
    return stage->padding == 0 && stage->bit_count >= 12 && (stage->bits & left_over) == 0;
}

static int decoder_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_base64_decoder *stage = (struct sgw_base64_decoder *)base;
    bool is_good = is_end(stage);
    if (is_good && stage->bit_count > 0)
        put_bytes(stage);
    int ret = flush(stage, ret_error);
    sgw_wipe(stage->room, sizeof(stage->room));
    if (ret != SMIMEGW_OK)
        return ret;
    if (!is_good)
        return sgw_fail(ret_error, SMIMEGW_E_SYNTAX,
                        "base64: ends inside a quantum at offset %" PRId64, stage->position);
    return sgw_finish(stage->next, ret_error);
}

void sgw_base64_decoder_init(struct sgw_base64_decoder *stage, struct sgw_stage *next)
{
    stage->base.push = decoder_push;
    stage->base.finish = decoder_finish;
    stage->next = next;
    stage->bits = 0;
    stage->bit_count = 0;
    stage->padding = 0;
    stage->position = 0;
    stage->room_size = 0;
}
