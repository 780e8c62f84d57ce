/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "stream/qp.h"

enum {
    /* one more for the '=' of a soft line break ([RFC2045-6.7] rule 5) */
    LINE_SIZE = 75,
    TOKEN_MAX = 16 /* most that one byte of input adds to the room */
};

static const char from_space[] = "From ";

static int flush(struct sgw_qp_encoder *stage, struct smimegw_error **ret_error)
{
    int ret = sgw_push(stage->next, stage->room, stage->room_size, ret_error);
    stage->room_size = 0;
    return ret;
}

static void put(struct sgw_qp_encoder *stage, const void *data, size_t size)
{
    memcpy(stage->room + stage->room_size, data, size);
    stage->room_size += size;
    stage->column += size;
}

static void end_line(struct sgw_qp_encoder *stage, const char *line_end)
{
    put(stage, line_end, strlen(line_end));
    stage->column = 0;
}

static void make_room(struct sgw_qp_encoder *stage, size_t size)
{
    if (stage->column + size > LINE_SIZE)
        end_line(stage, "=\r\n");
}

static void put_literal(struct sgw_qp_encoder *stage, uint8_t c)
{
    make_room(stage, 1);
    put(stage, &c, 1);
}

static void put_encoded(struct sgw_qp_encoder *stage, uint8_t c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char token[3] = {'=', digits[c >> 4], digits[c & 15]};
    make_room(stage, sizeof(token));
    put(stage, token, sizeof(token));
}

/* Bytes that stand for themselves wherever they stand, but for the starts of lines. */
static bool is_literal(uint8_t c)
{
    return c > ' ' && c < 0x7f && c != '=';
}

/* The byte is the last of its line or does not complete what is held: decide about that now.
 */
static void release_held(struct sgw_qp_encoder *stage, bool before_line_end)
{
    size_t size = stage->held_size;
    stage->held_size = 0;
    uint8_t first = stage->held[0];
    if (size == 0)
        return;
    if (first == '\r' || (sgw_is_blank(first) && before_line_end)) {
        put_encoded(stage, first);
        return;
    }
    /* a blank, or the begin of a word like From at the start of a line: there is room */
    if (size == 1)
        put_literal(stage, first);
    else
        put(stage, stage->held, size);
}

static void hold(struct sgw_qp_encoder *stage, uint8_t c)
{
    stage->held[0] = c;
    stage->held_size = 1;
}

/* Whether c goes on with the CRLF or the "From " that is held. */
static bool goes_on(struct sgw_qp_encoder *stage, uint8_t c)
{
    if (stage->held[0] == '\r') {
        if (c != '\n')
            return false;
        stage->held_size = 0;
        end_line(stage, "\r\n");
        return true;
    }
    if (stage->held[0] != 'F' || c != (uint8_t)from_space[stage->held_size])
        return false;
    if (c != ' ') {
        stage->held[stage->held_size++] = c;
        return true;
    }
    stage->held_size = 0;
    put_encoded(stage, 'F');
    put(stage, "rom", 3);
    hold(stage, ' ');
    return true;
}

static void take(struct sgw_qp_encoder *stage, uint8_t c)
{
    if (stage->held_size > 0) {
        if (goes_on(stage, c))
            return;
        release_held(stage, c == '\r' || c == '\n');
    }
    if (c == '\n') {
        end_line(stage, "\r\n");
        return;
    }
    if (c == '\r' || sgw_is_blank(c)) {
        hold(stage, c);
        return;
    }
    make_room(stage, 1);
    if (stage->column == 0 && c == 'F')
        hold(stage, c);
    else if (!is_literal(c) || (stage->column == 0 && c == '.'))
        put_encoded(stage, c);
    else
        put(stage, &c, 1);
}

/* The bytes from here on that can be copied: on the line, none of them special, no blank last.
 */
static size_t literal_run(const struct sgw_qp_encoder *stage, const uint8_t *data, size_t size)
{
    if (stage->held_size > 0 || stage->column == 0)
        return 0;
    size_t most = LINE_SIZE - stage->column;
    size_t count = 0;
    while (count < size && count < most &&
           (is_literal(data[count]) ||
            (sgw_is_blank(data[count]) && count + 1 < size && is_literal(data[count + 1]))))
        count++;
    return count;
}

static int encoder_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_qp_encoder *stage = (struct sgw_qp_encoder *)base;
    const uint8_t *end = data + size;
    while (data < end) {
        if (sizeof(stage->room) - stage->room_size < LINE_SIZE + TOKEN_MAX) {
            int ret = flush(stage, ret_error);
            if (ret != SMIMEGW_OK)
                return ret;
        }
        size_t run = literal_run(stage, data, (size_t)(end - data));
        if (run > 0)
            put(stage, data, run);
        else
            take(stage, *data);
        data += run > 0 ? run : 1;
    }
    return SMIMEGW_OK;
}

static int encoder_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_qp_encoder *stage = (struct sgw_qp_encoder *)base;
    release_held(stage, true);
    int ret = flush(stage, ret_error);
    sgw_wipe(stage->room, sizeof(stage->room));
    return ret == SMIMEGW_OK ? sgw_finish(stage->next, ret_error) : ret;
}

void sgw_qp_encoder_init(struct sgw_qp_encoder *stage, struct sgw_stage *next)
{
    stage->base.push = encoder_push;
    stage->base.finish = encoder_finish;
    stage->next = next;
    stage->column = 0;
    stage->held_size = 0;
    stage->room_size = 0;
}
