/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/results_filter.h"

#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"

enum { HELD_MAX = 65536, PUSH_SIZE = 4096 };
static const char field_name[] = "authentication-results";

/* Of the unit that is read: a field with its continuation lines, or a line that is no field.
 */
enum state {
    STATE_NAME,  /* could still be an Authentication-Results field */
    STATE_VALUE, /* is one; all of it is held until it is judged */
    STATE_DROP,  /* is one that is too long to be held */
    STATE_OTHER, /* is none */
    STATE_BLANK, /* a CR at the start of a line: LF would end the header */
    STATE_BODY
};

/* Ours goes before all else, with the line ends that the message has. */
static int push_field(struct sgw_results_filter *filter, struct smimegw_error **ret_error)
{
    if (filter->field == NULL)
        return SMIMEGW_OK;
    const struct sgw_buf *field = filter->field;
    filter->field = NULL;
    for (size_t at = 0; at < field->size;) {
        const uint8_t *lf = memchr(field->data + at, '\n', field->size - at);
        size_t next = lf != NULL ? (size_t)(lf - field->data) + 1 : field->size;
        int ret = sgw_push(filter->next, field->data + at, next - at - 2, ret_error);
        if (ret == SMIMEGW_OK)
            ret = sgw_push(filter->next, filter->is_lf ? "\n" : "\r\n", filter->is_lf ? 1 : 2,
                           ret_error);
        if (ret != SMIMEGW_OK)
            return ret;
        at = next;
    }
    return SMIMEGW_OK;
}

static bool is_mbox_line(const struct sgw_buf *held)
{
    size_t at = 5;
    if (held->size < 5 || held->size >= HELD_MAX || memcmp(held->data, "From ", 5) != 0)
        return false;
    while (at < held->size && sgw_is_blank(held->data[at]))
        at++;
    return at == held->size || held->data[at] != ':'; /* "From : x" is a field */
}

static int push_held(struct sgw_results_filter *filter, struct smimegw_error **ret_error)
{
    bool is_mbox = filter->is_first && is_mbox_line(&filter->held);
    int ret = is_mbox ? SMIMEGW_OK : push_field(filter, ret_error);
    if (ret == SMIMEGW_OK && filter->held.size > 0) {
        ret = sgw_push(filter->next, filter->held.data, filter->held.size, ret_error);
        filter->is_first = false;
    }
    sgw_buf_truncate(&filter->held, 0);
    return ret;
}

static int hold(struct sgw_results_filter *filter, uint8_t c, struct smimegw_error **ret_error)
{
    int ret = sgw_buf_append_byte(&filter->held, c);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "header");
    if (filter->held.size < PUSH_SIZE || filter->state == STATE_VALUE)
        return SMIMEGW_OK;
    /* the first line's end is waited for, but not for ever */
    bool waits = filter->state == STATE_NAME || !filter->has_eol;
    if (waits && filter->held.size < HELD_MAX)
        return SMIMEGW_OK;
    if (filter->state == STATE_NAME)
        filter->state = STATE_OTHER;
    return push_held(filter, ret_error);
}

/* --- units ---------------------------------------------------------------------------------
 */

static bool is_forged(const struct sgw_results_filter *filter)
{
    if (filter->state == STATE_DROP)
        return true;
    return filter->state == STATE_VALUE &&
           sgw_results_are_of((const char *)filter->held.data + filter->value_start,
                              filter->held.size - filter->value_start, filter->authserv_id);
}

/* A dropped unit behind a bare CR leaves its line end, or two lines would become one. */
static void drop_unit(struct sgw_results_filter *filter, bool ends_with_cr)
{
    uint8_t last[2] = {0, 0};
    size_t size = filter->held.size;
    for (size_t i = 0; i < 2 && i < size; i++)
        last[1 - i] = filter->held.data[size - 1 - i];
    sgw_buf_truncate(&filter->held, 0);
    filter->swallows_cr = ends_with_cr && !filter->has_cr_prefix;
    if (!filter->has_cr_prefix || last[1] != '\n')
        return;
    /* the memory is there */
    (void)sgw_buf_append(&filter->held, last[0] == '\r' ? last : last + 1,
                         last[0] == '\r' ? 2 : 1);
}

static int end_unit(struct sgw_results_filter *filter, bool ends_with_cr,
                    struct smimegw_error **ret_error)
{
    filter->swallows_cr = false;
    if (is_forged(filter))
        drop_unit(filter, ends_with_cr);
    int ret = filter->held.size > 0 ? push_held(filter, ret_error) : SMIMEGW_OK;
    filter->state = STATE_NAME;
    filter->matched = 0;
    filter->has_cr_prefix = false;
    filter->is_field_open = true;
    return ret;
}

/* --- bytes ---------------------------------------------------------------------------------
 */

/* Blanks, controls and bytes beyond ASCII in a name hide it from some readers only. */
static void match_name(struct sgw_results_filter *filter, uint8_t c)
{
    bool is_all = filter->matched == sizeof(field_name) - 1;
    if (c <= ' ' || c >= 0x7f)
        return;
    if (c == ':') {
        filter->state = is_all && filter->authserv_id != NULL ? STATE_VALUE : STATE_OTHER;
        filter->value_start = filter->held.size + 1;
    } else if (!is_all && sgw_lower(c) == field_name[filter->matched]) {
        filter->matched++;
    } else {
        filter->state = STATE_OTHER;
    }
}

static int take_byte(struct sgw_results_filter *filter, uint8_t c,
                     struct smimegw_error **ret_error)
{
    if (filter->state == STATE_NAME)
        match_name(filter, c);
    if (c == '\n' && !filter->has_eol) {
        filter->has_eol = true;
        filter->is_lf =
            filter->held.size == 0 || filter->held.data[filter->held.size - 1] != '\r';
    }
    if (filter->state == STATE_VALUE && filter->held.size >= HELD_MAX)
        filter->state = STATE_DROP;
    /* only the line end at the end is of use */
    if (filter->state == STATE_DROP && c != '\n' && filter->held.size >= 2)
        sgw_buf_truncate(&filter->held, 0);
    filter->is_line_start = c == '\n';
    return hold(filter, c, ret_error);
}

/* An mbox line is no field, and what is indented behind it does not continue one. */
static bool is_continued(const struct sgw_results_filter *filter, uint8_t c)
{
    return sgw_is_blank(c) && filter->is_field_open &&
           !(filter->is_first && is_mbox_line(&filter->held));
}

static int start_line(struct sgw_results_filter *filter, uint8_t c,
                      struct smimegw_error **ret_error)
{
    if (is_continued(filter, c))
        return SMIMEGW_OK;
    int ret = end_unit(filter, false, ret_error);
    if (ret == SMIMEGW_OK && (c == '\n' || c == '\r'))
        filter->state = STATE_BLANK;
    return ret;
}

/* A CR without LF ends a line for some readers: what follows is a unit of its own. */
static int break_line(struct sgw_results_filter *filter, uint8_t c,
                      struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    filter->is_after_cr = false;
    if (filter->state == STATE_BLANK)
        filter->state = STATE_OTHER;
    if (c != '\n' && !is_continued(filter, c)) {
        ret = end_unit(filter, true, ret_error);
        if (ret == SMIMEGW_OK && filter->swallows_cr)
            return SMIMEGW_OK;
        filter->has_cr_prefix = true;
    }
    return ret == SMIMEGW_OK ? hold(filter, '\r', ret_error) : ret;
}

static int end_header(struct sgw_results_filter *filter, struct smimegw_error **ret_error)
{
    if (!filter->has_eol) {
        filter->has_eol = true;
        filter->is_lf = filter->held.size == 1;
    }
    filter->state = STATE_BODY;
    /* an mbox line alone is no reason to wait any longer */
    int ret = push_field(filter, ret_error);
    return ret == SMIMEGW_OK ? push_held(filter, ret_error) : ret;
}

static int header_byte(struct sgw_results_filter *filter, uint8_t c,
                       struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    if (filter->is_after_cr && c == '\n') {
        filter->is_after_cr = false;
        ret = hold(filter, '\r', ret_error);
    } else if (filter->is_after_cr) {
        ret = break_line(filter, c, ret_error);
    }
    if (ret == SMIMEGW_OK && filter->is_line_start && filter->state != STATE_BLANK)
        ret = start_line(filter, c, ret_error);
    filter->is_line_start = false;
    if (ret != SMIMEGW_OK)
        return ret;
    if (c == '\r') {
        filter->is_after_cr = true;
        return SMIMEGW_OK;
    }
    if (filter->state != STATE_BLANK)
        return take_byte(filter, c, ret_error);
    ret = hold(filter, c, ret_error);
    return ret == SMIMEGW_OK ? end_header(filter, ret_error) : ret;
}

static int filter_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                       struct smimegw_error **ret_error)
{
    struct sgw_results_filter *filter = (struct sgw_results_filter *)base;
    int ret = SMIMEGW_OK;
    size_t i = 0;
    while (ret == SMIMEGW_OK && i < size && filter->state != STATE_BODY)
        ret = header_byte(filter, data[i++], ret_error);
    return ret == SMIMEGW_OK ? sgw_push(filter->next, data + i, size - i, ret_error) : ret;
}

static int filter_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_results_filter *filter = (struct sgw_results_filter *)base;
    int ret = SMIMEGW_OK;
    if (filter->is_after_cr && filter->state != STATE_DROP)
        ret = hold(filter, '\r', ret_error);
    if (ret == SMIMEGW_OK && filter->state != STATE_BODY)
        ret = end_unit(filter, false, ret_error);
    if (ret == SMIMEGW_OK)
        ret = push_field(filter, ret_error);
    return ret == SMIMEGW_OK ? sgw_finish(filter->next, ret_error) : ret;
}

void sgw_results_filter_init(struct sgw_results_filter *filter, const char *authserv_id,
                             const struct sgw_buf *field, struct sgw_stage *next)
{
    *filter = (struct sgw_results_filter){
        .base = {filter_push, filter_finish},
        .next = next,
        .authserv_id = authserv_id,
        .field = field,
        .is_first = true,
        .is_line_start = true,
    };
}

void sgw_results_filter_clear(struct sgw_results_filter *filter)
{
    sgw_buf_clear(&filter->held);
}
