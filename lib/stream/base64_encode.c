/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/base64.h"

/* clang-format off */
static const char alphabet[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Two characters for twelve bits. */
#define PAIR(a, b) {a, b}
#define PAIRS8(a, b, c, d, e, f, g, h, i)                                                     \
    PAIR(a, b), PAIR(a, c), PAIR(a, d), PAIR(a, e), PAIR(a, f), PAIR(a, g), PAIR(a, h),       \
        PAIR(a, i)
#define PAIRS64(a)                                                                            \
    PAIRS8(a, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'),                                        \
    PAIRS8(a, 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P'),                                        \
    PAIRS8(a, 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X'),                                        \
    PAIRS8(a, 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f'),                                        \
    PAIRS8(a, 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'),                                        \
    PAIRS8(a, 'o', 'p', 'q', 'r', 's', 't', 'u', 'v'),                                        \
    PAIRS8(a, 'w', 'x', 'y', 'z', '0', '1', '2', '3'),                                        \
    PAIRS8(a, '4', '5', '6', '7', '8', '9', '+', '/')
static const char pairs[64 * 64][2] = {
    PAIRS64('A'), PAIRS64('B'), PAIRS64('C'), PAIRS64('D'), PAIRS64('E'), PAIRS64('F'),
    PAIRS64('G'), PAIRS64('H'), PAIRS64('I'), PAIRS64('J'), PAIRS64('K'), PAIRS64('L'),
    PAIRS64('M'), PAIRS64('N'), PAIRS64('O'), PAIRS64('P'), PAIRS64('Q'), PAIRS64('R'),
    PAIRS64('S'), PAIRS64('T'), PAIRS64('U'), PAIRS64('V'), PAIRS64('W'), PAIRS64('X'),
    PAIRS64('Y'), PAIRS64('Z'), PAIRS64('a'), PAIRS64('b'), PAIRS64('c'), PAIRS64('d'),
    PAIRS64('e'), PAIRS64('f'), PAIRS64('g'), PAIRS64('h'), PAIRS64('i'), PAIRS64('j'),
    PAIRS64('k'), PAIRS64('l'), PAIRS64('m'), PAIRS64('n'), PAIRS64('o'), PAIRS64('p'),
    PAIRS64('q'), PAIRS64('r'), PAIRS64('s'), PAIRS64('t'), PAIRS64('u'), PAIRS64('v'),
    PAIRS64('w'), PAIRS64('x'), PAIRS64('y'), PAIRS64('z'), PAIRS64('0'), PAIRS64('1'),
    PAIRS64('2'), PAIRS64('3'), PAIRS64('4'), PAIRS64('5'), PAIRS64('6'), PAIRS64('7'),
    PAIRS64('8'), PAIRS64('9'), PAIRS64('+'), PAIRS64('/'),
};
/* clang-format on */

/* Three bytes, four characters. */
static inline void encode_group(const uint8_t *in, uint8_t *out)
{
    unsigned int first = (unsigned int)in[0] << 4 | in[1] >> 4;
    unsigned int second = ((unsigned int)in[1] & 15) << 8 | in[2];
    memcpy(out, pairs[first], 2);
    memcpy(out + 2, pairs[second], 2);
}

static void encode_line(const uint8_t *in, uint8_t *out)
{
    for (size_t i = 0; i < SGW_BASE64_LINE_BYTES / 3; i++)
        encode_group(in + 3 * i, out + 4 * i);
    out[64] = '\r';
    out[65] = '\n';
}

static int flush(struct sgw_base64_encoder *stage, struct smimegw_error **ret_error)
{
    int ret = sgw_push(stage->next, stage->room, stage->room_size, ret_error);
    stage->room_size = 0;
    return ret;
}

static int put_line(struct sgw_base64_encoder *stage, const uint8_t *line,
                    struct smimegw_error **ret_error)
{
    encode_line(line, stage->room + stage->room_size);
    stage->room_size += SGW_BASE64_LINE_SIZE;
    return stage->room_size == sizeof(stage->room) ? flush(stage, ret_error) : SMIMEGW_OK;
}

/* Fill up a line that has begun. */
static size_t hold(struct sgw_base64_encoder *stage, const uint8_t *data, size_t size)
{
    size_t missing = SGW_BASE64_LINE_BYTES - stage->held_size;
    size_t taken = size < missing ? size : missing;
    memcpy(stage->held + stage->held_size, data, taken);
    stage->held_size += taken;
    return taken;
}

static int encoder_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_base64_encoder *stage = (struct sgw_base64_encoder *)base;
    int ret = SMIMEGW_OK;
    if (stage->held_size > 0) {
        size_t taken = hold(stage, data, size);
        data += taken;
        size -= taken;
        if (stage->held_size < SGW_BASE64_LINE_BYTES)
            return SMIMEGW_OK;
        stage->held_size = 0;
        ret = put_line(stage, stage->held, ret_error);
    }
    while (ret == SMIMEGW_OK && size >= SGW_BASE64_LINE_BYTES) {
        ret = put_line(stage, data, ret_error);
        data += SGW_BASE64_LINE_BYTES;
        size -= SGW_BASE64_LINE_BYTES;
    }
    if (ret == SMIMEGW_OK)
        hold(stage, data, size);
    return ret;
}

/* The last line: padded to a quantum [RFC4648-4]. */
static void put_rest(struct sgw_base64_encoder *stage)
{
    uint8_t *out = stage->room + stage->room_size;
    size_t i = 0;
    for (; i + 3 <= stage->held_size; i += 3, out += 4)
        encode_group(stage->held + i, out);
    if (i < stage->held_size) {
        uint8_t second = i + 1 < stage->held_size ? stage->held[i + 1] : 0;
        out[0] = (uint8_t)alphabet[stage->held[i] >> 2];
        out[1] = (uint8_t)alphabet[(stage->held[i] & 3) << 4 | second >> 4];
        out[2] = i + 1 < stage->held_size ? (uint8_t)alphabet[(second & 15) << 2] : '=';
        out[3] = '=';
        out += 4;
    }
    *out++ = '\r';
    *out++ = '\n';
    stage->room_size = (size_t)(out - stage->room);
}

static int encoder_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_base64_encoder *stage = (struct sgw_base64_encoder *)base;
    if (stage->held_size > 0)
        put_rest(stage);
    int ret = flush(stage, ret_error);
    sgw_wipe(stage->held, sizeof(stage->held));
    sgw_wipe(stage->room, sizeof(stage->room));
    return ret == SMIMEGW_OK ? sgw_finish(stage->next, ret_error) : ret;
}

void sgw_base64_encoder_init(struct sgw_base64_encoder *stage, struct sgw_stage *next)
{
    stage->base.push = encoder_push;
    stage->base.finish = encoder_finish;
    stage->next = next;
    stage->held_size = 0;
    stage->room_size = 0;
}

int64_t sgw_base64_encoded_size(int64_t size)
{
    assert(size >= 0);
    int64_t rest = size % SGW_BASE64_LINE_BYTES;
    int64_t last = rest > 0 ? (rest + 2) / 3 * 4 + 2 : 0;
    int64_t total;
    if (__builtin_mul_overflow(size / SGW_BASE64_LINE_BYTES, SGW_BASE64_LINE_SIZE, &total) ||
        __builtin_add_overflow(total, last, &total))
        return -1;
    return total;
}
