/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "stream/qp.h"

/* Most that one byte of input adds to the room: an escape that is none, and held blanks. */
enum { TOKEN_MAX = 1024 + 4, ROOM_LEFT = 2 * TOKEN_MAX };

static int flush(struct sgw_qp_decoder *stage, struct smimegw_error **ret_error)
{
    int ret = sgw_push(stage->next, stage->room, stage->room_size, ret_error);
    stage->room_size = 0;
    return ret;
}

static void put(struct sgw_qp_decoder *stage, const uint8_t *data, size_t size)
{
    memcpy(stage->room + stage->room_size, data, size);
    stage->room_size += size;
}

static void put_blanks(struct sgw_qp_decoder *stage)
{
    put(stage, stage->blanks, stage->blanks_size);
    stage->blanks_size = 0;
}

static void put_escape(struct sgw_qp_decoder *stage)
{
    put(stage, stage->escape, stage->escape_size);
    stage->escape_size = 0;
}

static void hold_blank(struct sgw_qp_decoder *stage, uint8_t c)
{
    if (stage->blanks_size == sizeof(stage->blanks)) {
        put_escape(stage);
        put_blanks(stage);
    }
    stage->blanks[stage->blanks_size++] = c;
}

static void take_plain(struct sgw_qp_decoder *stage, uint8_t c)
{
    if (sgw_is_blank(c)) {
        hold_blank(stage, c);
        return;
    }
    if (c == '\r' || c == '\n')
        stage->blanks_size = 0;
    put_blanks(stage);
    if (c == '=')
        stage->escape[stage->escape_size++] = c;
    else
        put(stage, &c, 1);
}

/* After '=' and blanks, after which only a line end makes sense ([RFC2045-6.7] rule 3).
 */
static bool take_second(struct sgw_qp_decoder *stage, uint8_t c)
{
    if (sgw_is_blank(c)) {
        hold_blank(stage, c);
        return true;
    }
    if (c == '\n') {
        stage->escape_size = 0;
        stage->blanks_size = 0;
        return true;
    }
    if (c != '\r' && (stage->blanks_size > 0 || sgw_hex_value(c) < 0))
        return false;
    stage->escape[stage->escape_size++] = c;
    return true;
}

static bool take_third(struct sgw_qp_decoder *stage, uint8_t c)
{
    bool is_break = stage->escape[1] == '\r';
    if (is_break ? c != '\n' : sgw_hex_value(c) < 0)
        return false;
    if (!is_break) {
        uint8_t byte = (uint8_t)(sgw_hex_value(stage->escape[1]) * 16 + sgw_hex_value(c));
        put(stage, &byte, 1);
    }
    stage->escape_size = 0;
    stage->blanks_size = 0;
    return true;
}

static void take(struct sgw_qp_decoder *stage, uint8_t c)
{
    if (stage->escape_size == 1 && take_second(stage, c))
        return;
    if (stage->escape_size == 2) {
        if (take_third(stage, c))
            return;
        /* blanks before a bare CR end a line */
        stage->blanks_size = 0;
    }
    put_escape(stage);
    take_plain(stage, c);
}

/* The bytes from here on that can be copied: no escape, no line end, no blank at either end.
 */
static size_t plain_run(const struct sgw_qp_decoder *stage, const uint8_t *data, size_t size)
{
    if (stage->escape_size > 0 || sgw_is_blank(data[0]))
        return 0;
    size_t most = sizeof(stage->room) - stage->room_size - TOKEN_MAX;
    size_t count = 0;
    while (count < size && count < most && data[count] != '=' && data[count] != '\r' &&
           data[count] != '\n')
        count++;
    while (count > 0 && sgw_is_blank(data[count - 1]))
        count--;
    return count;
}

static int decoder_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_qp_decoder *stage = (struct sgw_qp_decoder *)base;
    const uint8_t *end = data + size;
    while (data < end) {
        if (sizeof(stage->room) - stage->room_size < ROOM_LEFT) {
            int ret = flush(stage, ret_error);
            if (ret != SMIMEGW_OK)
                return ret;
        }
        size_t run = plain_run(stage, data, (size_t)(end - data));
        if (run > 0) {
            put_blanks(stage);
            put(stage, data, run);
        } else {
            take(stage, *data);
        }
        data += run > 0 ? run : 1;
    }
    return SMIMEGW_OK;
}

static int decoder_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_qp_decoder *stage = (struct sgw_qp_decoder *)base;
    /* blanks at the end are blanks at the end of a line */
    put_escape(stage);
    int ret = flush(stage, ret_error);
    sgw_wipe(stage->room, sizeof(stage->room));
    return ret == SMIMEGW_OK ? sgw_finish(stage->next, ret_error) : ret;
}

void sgw_qp_decoder_init(struct sgw_qp_decoder *stage, struct sgw_stage *next)
{
    stage->base.push = decoder_push;
    stage->base.finish = decoder_finish;
    stage->next = next;
    stage->escape_size = 0;
    stage->blanks_size = 0;
    stage->room_size = 0;
}
