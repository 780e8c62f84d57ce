/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/crlf.h"

#include <string.h>

#include "base/alloc.h"

/* A slice of this size is passed on as it is. */
enum { LARGE = 2048 };

static int flush(struct sgw_crlf_stage *stage, struct smimegw_error **ret_error)
{
    int ret = sgw_push(stage->next, stage->room, stage->room_size, ret_error);
    stage->room_size = 0;
    return ret;
}

static int put(struct sgw_crlf_stage *stage, const uint8_t *data, size_t size,
               struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    if (size >= LARGE || size > sizeof(stage->room) - stage->room_size)
        ret = flush(stage, ret_error);
    if (ret != SMIMEGW_OK)
        return ret;
    if (size >= LARGE)
        return sgw_push(stage->next, data, size, ret_error);
    memcpy(stage->room + stage->room_size, data, size);
    stage->room_size += size;
    return SMIMEGW_OK;
}

/* The next LF that has no CR before it; end where there is none. */
static const uint8_t *find_bare_lf(const uint8_t *start, const uint8_t *end, bool after_cr)
{
    for (const uint8_t *from = start; from < end;) {
        const uint8_t *lf = memchr(from, '\n', (size_t)(end - from));
        if (lf == NULL)
            return end;
        if (lf > start ? lf[-1] != '\r' : !after_cr)
            return lf;
        from = lf + 1;
    }
    return end;
}

static int crlf_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                     struct smimegw_error **ret_error)
{
    struct sgw_crlf_stage *stage = (struct sgw_crlf_stage *)base;
    const uint8_t *end = data + size;
    const uint8_t *lf;
    while ((lf = find_bare_lf(data, end, stage->after_cr)) < end) {
        int ret = put(stage, data, (size_t)(lf - data), ret_error);
        if (ret == SMIMEGW_OK)
            ret = put(stage, (const uint8_t *)"\r\n", 2, ret_error);
        if (ret != SMIMEGW_OK)
            return ret;
        data = lf + 1;
        stage->after_cr = false;
    }
    if (data == end)
        return SMIMEGW_OK;
    stage->after_cr = end[-1] == '\r';
    if (stage->room_size == 0)
        return sgw_push(stage->next, data, (size_t)(end - data), ret_error);
    return put(stage, data, (size_t)(end - data), ret_error);
}

static int crlf_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_crlf_stage *stage = (struct sgw_crlf_stage *)base;
    int ret = flush(stage, ret_error);
    sgw_wipe(stage->room, sizeof(stage->room));
    return ret == SMIMEGW_OK ? sgw_finish(stage->next, ret_error) : ret;
}

void sgw_crlf_stage_init(struct sgw_crlf_stage *stage, struct sgw_stage *next)
{
    stage->base.push = crlf_push;
    stage->base.finish = crlf_finish;
    stage->next = next;
    stage->after_cr = false;
    stage->room_size = 0;
}
