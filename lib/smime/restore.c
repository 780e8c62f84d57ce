/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "mime/content_field.h"
#include "mime/protected_header.h"
#include "smime/unwrap.h"
#include "stream/sink.h"

/* Of a field outside. */
struct outer_state {
    bool is_seen;     /* it was decided about its name */
    bool is_replaced; /* by what is inside */
};

/* Of a field of the payload. */
struct inner_state {
    bool is_chosen;  /* may stand outside */
    bool is_outside; /* its name is there already */
};

/* Whatever is found out about a field is found out once: there may be a thousand of one name.
 */
struct restoring {
    const struct sgw_header *outer;
    const struct sgw_header *inner;
    struct outer_state *outer_states;
    struct inner_state *inner_states;
    struct sgw_buf *out;
};

/* --- choosing ------------------------------------------------------------------------------
 */

static bool is_information(const struct sgw_header *header, const struct sgw_field *field)
{
    static const char *const names[] = {"Subject", "Comments", "Keywords"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (sgw_is_text_nocase((const char *)header->raw.data + field->start, field->name_size,
                               names[i]))
            return true;
    return false;
}

static int choose(struct restoring *restoring, enum sgw_restore what)
{
    const struct sgw_header *inner = restoring->inner;
    restoring->outer_states =
        sgw_calloc(restoring->outer->count + 1, sizeof(*restoring->outer_states));
    restoring->inner_states = sgw_calloc(inner->count + 1, sizeof(*restoring->inner_states));
    if (restoring->outer_states == NULL || restoring->inner_states == NULL)
        return SMIMEGW_E_NOMEM;
    for (size_t i = 0; i < inner->count; i++)
        restoring->inner_states[i].is_chosen =
            sgw_field_role(inner, &inner->fields[i]) == SGW_FIELD_PROTECTED &&
            (what == SGW_RESTORE_ALL || is_information(inner, &inner->fields[i])) &&
            !sgw_field_is_doubtful(inner, &inner->fields[i]);
    return SMIMEGW_OK;
}

/* --- writing -------------------------------------------------------------------------------
 */

/* All fields of a name, in order. 1: written; 0: there are none that may, or one of them is no
 * clean text, which leaves what is outside as it is. */
static int put_inner(const struct restoring *restoring, const struct sgw_field *name)
{
    const struct sgw_header *inner = restoring->inner;
    size_t start = restoring->out->size;
    bool is_clean = true;
    int ret = 0;
    for (size_t i = 0; i < inner->count; i++) {
        struct inner_state *state = &restoring->inner_states[i];
        if (!sgw_field_is_like(inner, &inner->fields[i], restoring->outer, name))
            continue;
        state->is_outside = true;
        if (!state->is_chosen || !is_clean)
            continue;
        ret = sgw_field_put_clean(restoring->out, "", inner, &inner->fields[i]);
        is_clean = ret > 0;
    }
    if (!is_clean)
        sgw_buf_truncate(restoring->out, start);
    return ret;
}

static void mark_name(const struct restoring *restoring, size_t first, bool is_replaced)
{
    const struct sgw_header *outer = restoring->outer;
    for (size_t i = first; i < outer->count; i++)
        if (sgw_field_is_like(outer, &outer->fields[i], outer, &outer->fields[first]))
            restoring->outer_states[i] = (struct outer_state){true, is_replaced};
}

static int put_kept(const struct restoring *restoring, const struct sgw_field *field)
{
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, restoring->out);
    return sgw_field_write(restoring->outer, field, &sink.base, NULL);
}

/* What is inside stands where the first of its name was. */
static int put_outer(const struct restoring *restoring)
{
    const struct sgw_header *outer = restoring->outer;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret >= 0 && i < outer->count; i++) {
        const struct outer_state *state = &restoring->outer_states[i];
        if (sgw_field_is_content(outer, &outer->fields[i]))
            continue;
        if (!state->is_seen) {
            ret = put_inner(restoring, &outer->fields[i]);
            mark_name(restoring, i, ret > 0);
        }
        if (ret >= 0 && !state->is_replaced)
            ret = put_kept(restoring, &outer->fields[i]);
    }
    return ret < 0 ? ret : SMIMEGW_OK;
}

/* What was hidden has no place outside: it comes last. */
static int put_hidden(const struct restoring *restoring)
{
    const struct sgw_header *inner = restoring->inner;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret >= 0 && i < inner->count; i++)
        if (restoring->inner_states[i].is_chosen && !restoring->inner_states[i].is_outside)
            ret = sgw_field_put_clean(restoring->out, "", inner, &inner->fields[i]);
    return ret < 0 ? ret : SMIMEGW_OK;
}

static int put_fields(const struct sgw_opened *opened, enum sgw_restore what,
                      struct sgw_buf *out)
{
    struct restoring restoring = {
        .outer = &opened->mime.header, .inner = opened->payload.header, .out = out};
    int ret = choose(&restoring, what);
    if (ret == SMIMEGW_OK)
        ret = put_outer(&restoring);
    if (ret == SMIMEGW_OK)
        ret = put_hidden(&restoring);
    sgw_free(restoring.outer_states);
    sgw_free(restoring.inner_states);
    return ret;
}

int sgw_opened_restore(const struct sgw_opened *opened, size_t depth, enum sgw_restore what,
                       struct sgw_header *ret_header, struct smimegw_error **ret_error)
{
    const struct sgw_limits limits = {.header_fields = INT64_MAX}; /* the scan had its own */
    const struct sgw_payload *payload = &opened->payload;
    bool is_bare = depth == opened->count;
    bool is_wrapped = is_bare && payload->kind == SMIMEGW_HEADERS_WRAPPED;
    const struct sgw_header *content =
        is_wrapped ? payload->header : &opened->layers[depth - 1].inner_mime.header;
    struct sgw_header made = {0};
    int ret = put_fields(opened, what, &made.raw);
    if (ret == SMIMEGW_OK)
        ret = sgw_content_lift(&made.raw, content, is_bare ? "" : NULL);
    ret = ret < 0 ? sgw_fail(ret_error, ret, "restored header")
                  : sgw_header_parse(&made, &limits, ret_error);
    if (ret < 0)
        sgw_header_clear(&made);
    else
        *ret_header = made;
    return ret;
}
