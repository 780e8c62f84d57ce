/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asn1/framing.h"

#include <string.h>

#include "asn1/framing_head.h"
#include "base/error_impl.h"

enum { STATE_HEAD, STATE_CONTENT, STATE_TAIL, STATE_DONE };
enum { FIRST_TRY = 4096 };

static int bad(struct smimegw_error **ret_error, int64_t position, const char *what)
{
    return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "CMS object, octet %lld: %s",
                    (long long)position, what);
}

/* --- the content ---------------------------------------------------------------------------
 */

/* Definite elements end by counting. */
static void close_counted(struct sgw_framing *framing)
{
    while (framing->pending_size == 0 && framing->open_count > framing->content_open &&
           framing->ends[framing->open_count - 1] == framing->position)
        framing->open_count--;
}

static bool is_content_done(const struct sgw_framing *framing)
{
    return framing->segment_left == 0 && framing->pending_size == 0 &&
           framing->open_count == framing->content_open;
}

/* Act on the header of a segment in a constructed string. */
static int read_segment(struct sgw_framing *framing, uint8_t tag, size_t header_size,
                        int64_t size, struct smimegw_error **ret_error)
{
    int64_t start = framing->position - (int64_t)header_size;
    int64_t end;
    if (tag == 0) {
        if (size != 0 || framing->ends[framing->open_count - 1] >= 0)
            return bad(ret_error, start, "end-of-contents octets out of place");
        framing->open_count--;
        return SMIMEGW_OK;
    }
    if (tag == SGW_TAG_CONSTRUCTED_OCTET_STRING) {
        if (framing->open_count - framing->content_open == SGW_CONTENT_DEPTH_MAX)
            return sgw_fail(ret_error, SMIMEGW_E_LIMIT,
                            "CMS object, octet %lld: content strings nested over depth %d",
                            (long long)start, SGW_CONTENT_DEPTH_MAX);
        if (sgw_framing_open(framing, start, header_size, size) != SGW_DER_OK)
            return bad(ret_error, start, "content segment longer than what holds it");
        return SMIMEGW_OK;
    }
    if (tag != SGW_TAG_OCTET_STRING)
        return bad(ret_error, start, "content is not made of octet strings");
    if (__builtin_add_overflow(framing->position, size, &end) ||
        end > sgw_framing_end(framing))
        return bad(ret_error, start, "content segment longer than what holds it");
    framing->segment_left = size;
    return SMIMEGW_OK;
}

static int push_segment_header(struct sgw_framing *framing, uint8_t octet,
                               struct smimegw_error **ret_error)
{
    uint8_t tag;
    size_t header_size;
    int64_t size;
    framing->pending[framing->pending_size++] = octet;
    if (++framing->position > sgw_framing_end(framing))
        return bad(ret_error, framing->position, "content segment longer than what holds it");
    switch (
        sgw_der_header(framing->pending, framing->pending_size, &tag, &header_size, &size)) {
    case SGW_DER_SHORT:
        return SMIMEGW_OK;
    case SGW_DER_BAD:
        return bad(ret_error, framing->position, "malformed length in the content");
    case SGW_DER_OK:
        break;
    }
    framing->pending_size = 0;
    return read_segment(framing, tag, header_size, size, ret_error);
}

static int push_content(struct sgw_framing *framing, const uint8_t **data, size_t *size,
                        struct smimegw_error **ret_error)
{
    while (*size > 0) {
        if (framing->segment_left == 0) {
            close_counted(framing);
            if (is_content_done(framing))
                break;
            int ret = push_segment_header(framing, **data, ret_error);
            if (ret < 0)
                return ret;
            (*data)++;
            (*size)--;
            continue;
        }
        size_t take_size = *size;
        if ((int64_t)take_size > framing->segment_left)
            take_size = (size_t)framing->segment_left;
        if (framing->content_size == 0)
            framing->content_start = **data;
        framing->segment_left -= (int64_t)take_size;
        framing->position += (int64_t)take_size;
        framing->content_size += (int64_t)take_size;
        const uint8_t *octets = *data;
        *data += take_size;
        *size -= take_size;
        if (framing->content == NULL)
            continue;
        int ret = sgw_push(framing->content, octets, take_size, ret_error);
        if (ret != SMIMEGW_OK)
            return ret;
    }
    close_counted(framing);
    if (is_content_done(framing))
        framing->state = STATE_TAIL;
    return SMIMEGW_OK;
}

/* --- the tail ------------------------------------------------------------------------------
 */

static int push_tail(struct sgw_framing *framing, const uint8_t *data, size_t size,
                     struct smimegw_error **ret_error)
{
    if (size == 0)
        return SMIMEGW_OK;
    if (size > framing->limit - framing->head_used - framing->tail.size)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT,
                        "CMS object: more than %zu octets beside the content", framing->limit);
    int ret = sgw_buf_append(&framing->tail, data, size);
    return ret < 0 ? sgw_fail(ret_error, ret, "CMS object") : SMIMEGW_OK;
}

static int push_rest(struct sgw_framing *framing, const uint8_t *data, size_t size,
                     struct smimegw_error **ret_error)
{
    if (framing->state == STATE_CONTENT) {
        int ret = push_content(framing, &data, &size, ret_error);
        if (ret != SMIMEGW_OK)
            return ret;
    }
    return framing->state == STATE_TAIL ? push_tail(framing, data, size, ret_error)
                                        : SMIMEGW_OK;
}

/* Leave the innermost open element: by its end, or by its end-of-contents octets. */
static bool leave(struct sgw_framing *framing, const uint8_t **at, const uint8_t *end)
{
    int64_t element_end = framing->ends[--framing->open_count];
    if (element_end >= 0)
        return framing->position + (*at - framing->tail.data) == element_end;
    if (end - *at < 2 || (*at)[0] != 0 || (*at)[1] != 0)
        return false;
    *at += 2;
    return true;
}

/* The elements behind the content, up to the end of SignedData or EnvelopedData. */
static bool find_rest(struct sgw_framing *framing, const uint8_t **at, const uint8_t *end)
{
    struct sgw_tlv tlv;
    struct sgw_der walk;
    int64_t structure_end = framing->ends[framing->open_count - 1];
    sgw_ber_init(&walk, *at, (size_t)(end - *at));
    if (structure_end >= 0) {
        int64_t size = structure_end - framing->position - (*at - framing->tail.data);
        if (size < 0 || size > end - *at)
            return false;
        walk.end = *at + size;
    }
    while (!sgw_der_at_end(&walk) && *walk.at != 0)
        if (!sgw_der_next(&walk, &tlv))
            return false;
    sgw_ber_init(&framing->rest, *at, (size_t)(walk.at - *at));
    *at = walk.at;
    return true;
}

static int finish_tail(struct sgw_framing *framing, struct smimegw_error **ret_error)
{
    const uint8_t *at = framing->tail.data;
    const uint8_t *end = at + framing->tail.size;
    while (framing->open_count > 3)
        if (!leave(framing, &at, end))
            return bad(ret_error, framing->position, "malformed end of the content");
    if (!find_rest(framing, &at, end))
        return bad(ret_error, framing->position, "malformed structure behind the content");
    while (framing->open_count > 0)
        if (!leave(framing, &at, end))
            return bad(ret_error, framing->position,
                       "ends early, or does not end where it says");
    if (at != end)
        return bad(ret_error, framing->position + (at - framing->tail.data),
                   "octets behind its end");
    return SMIMEGW_OK;
}

/* --- the stage -----------------------------------------------------------------------------
 */

static int try_head(struct sgw_framing *framing, struct smimegw_error **ret_error)
{
    struct sgw_der walk;
    sgw_ber_init(&walk, framing->head.data, framing->head.size);
    switch (sgw_framing_read_head(framing, &walk)) {
    case SGW_DER_SHORT:
        framing->next_try = framing->head.size * 2;
        if (framing->next_try > framing->limit && framing->head.size < framing->limit)
            framing->next_try = framing->limit;
        return SMIMEGW_OK;
    case SGW_DER_BAD:
        return bad(ret_error, walk.at - framing->head.data, "not a CMS object");
    case SGW_DER_OK:
        break;
    }
    if (framing->type == SGW_CMS_OTHER) {
        framing->state = STATE_DONE;
        return SGW_STOP;
    }
    framing->position = walk.at - framing->head.data;
    framing->head_used = (size_t)framing->position;
    framing->state = framing->has_content ? STATE_CONTENT : STATE_TAIL;
    return push_rest(framing, walk.at, sgw_der_left(&walk), ret_error);
}

static int framing_push(struct sgw_stage *stage, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_framing *framing = (struct sgw_framing *)stage;
    while (framing->state == STATE_HEAD && size > 0) {
        size_t piece = framing->next_try - framing->head.size;
        if (piece > size)
            piece = size;
        if (framing->head.size + piece > framing->limit)
            return sgw_fail(ret_error, SMIMEGW_E_LIMIT,
                            "CMS object: more than %zu octets beside the content",
                            framing->limit);
        int ret = sgw_buf_append(&framing->head, data, piece);
        if (ret < 0)
            return sgw_fail(ret_error, ret, "CMS object");
        data += piece;
        size -= piece;
        if (framing->head.size == framing->next_try) {
            ret = try_head(framing, ret_error);
            if (ret != SMIMEGW_OK)
                return ret;
        }
    }
    return push_rest(framing, data, size, ret_error);
}

static int framing_finish(struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_framing *framing = (struct sgw_framing *)stage;
    if (framing->state == STATE_HEAD) {
        int ret = try_head(framing, ret_error);
        if (ret != SMIMEGW_OK)
            return ret == SGW_STOP ? SMIMEGW_OK : ret;
    }
    if (framing->state == STATE_CONTENT) {
        /* a content of no octets may never have been pushed */
        close_counted(framing);
        if (is_content_done(framing))
            framing->state = STATE_TAIL;
    }
    if (framing->state != STATE_TAIL)
        return framing->state == STATE_DONE
                   ? SMIMEGW_OK
                   : bad(ret_error, framing->position, "ends before its content does");
    /* open elements are measured from here, and the tail is walked from its start */
    framing->state = STATE_DONE;
    return finish_tail(framing, ret_error);
}

void sgw_framing_init(struct sgw_framing *framing, int64_t limit, struct sgw_stage *content)
{
    memset(framing, 0, sizeof(*framing));
    framing->base = (struct sgw_stage){framing_push, framing_finish};
    framing->content = content;
    framing->limit = (size_t)limit;
    framing->next_try = FIRST_TRY;
}

void sgw_framing_clear(struct sgw_framing *framing)
{
    sgw_buf_clear(&framing->head);
    sgw_buf_clear(&framing->tail);
}

/* --- the content again ---------------------------------------------------------------------
 */

static int content_write(struct sgw_source *base, int64_t offset, int64_t size,
                         struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_content_source *source = (struct sgw_content_source *)base;
    struct sgw_range_stage range;
    struct sgw_framing framing;
    sgw_range_stage_init(&range, offset, size, stage);
    sgw_framing_init(&framing, source->limit, &range.base);
    int ret = source->object->write(source->object, 0, SGW_TO_END, &framing.base, ret_error);
    /* the pass that proved the object has seen its end; here only content that was held back
     * in an unfinished head is still to come */
    if (ret == SMIMEGW_OK && framing.state == STATE_HEAD)
        ret = try_head(&framing, ret_error);
    sgw_framing_clear(&framing);
    return sgw_range_stage_result(&range, ret);
}

void sgw_content_source_init(struct sgw_content_source *source, struct sgw_source *object,
                             int64_t limit, int64_t size)
{
    *source = (struct sgw_content_source){
        .base = {.write = content_write, .size = size},
        .object = object,
        .limit = limit,
    };
}
