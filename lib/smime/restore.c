/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error_impl.h"
#include "base/text.h"
#include "mime/content_field.h"
#include "mime/protected_header.h"
#include "smime/unwrap.h"
#include "stream/sink.h"

struct restoring {
    const struct sgw_header *outer;
    const struct sgw_header *inner;
    enum sgw_restore what;
    struct sgw_buf *out;
};

static bool has_same_name(const struct sgw_header *a, const struct sgw_field *a_field,
                          const struct sgw_header *b, const struct sgw_field *b_field)
{
    return sgw_equal_nocase((const char *)a->raw.data + a_field->start, a_field->name_size,
                            (const char *)b->raw.data + b_field->start, b_field->name_size);
}

/* May a field of the payload stand outside? */
static bool is_chosen(const struct restoring *restoring, const struct sgw_field *field)
{
    static const char *const information[] = {"Subject", "Comments", "Keywords"};
    const struct sgw_header *inner = restoring->inner;
    if (sgw_field_role(inner, field) != SGW_FIELD_PROTECTED ||
        sgw_field_is_doubtful(inner, field))
        return false;
    if (restoring->what == SGW_RESTORE_ALL)
        return true;
    for (size_t i = 0; i < sizeof(information) / sizeof(information[0]); i++)
        if (sgw_is_text_nocase((const char *)inner->raw.data + field->start, field->name_size,
                               information[i]))
            return true;
    return false;
}

/* All fields of a name, in order. 1: written; 0: there are none that may, or one of them is no
 * clean text, which leaves what is outside as it is. */
static int put_inner(const struct restoring *restoring, const struct sgw_header *header,
                     const struct sgw_field *name)
{
    const struct sgw_header *inner = restoring->inner;
    size_t start = restoring->out->size;
    int found = 0;
    for (size_t i = 0; i < inner->count; i++) {
        const struct sgw_field *field = &inner->fields[i];
        if (!has_same_name(inner, field, header, name) || !is_chosen(restoring, field))
            continue;
        found = sgw_field_put_clean(restoring->out, "", inner, field);
        if (found <= 0) {
            sgw_buf_truncate(restoring->out, start);
            return found;
        }
    }
    return found;
}

/* Is the field the first of its name? */
static bool is_first(const struct sgw_header *header, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (has_same_name(header, &header->fields[i], header, &header->fields[index]))
            return false;
    return true;
}

static int put_kept(const struct restoring *restoring, const struct sgw_field *field)
{
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, restoring->out);
    return sgw_field_write(restoring->outer, field, &sink.base, NULL);
}

static int put_outer(const struct restoring *restoring)
{
    const struct sgw_header *outer = restoring->outer;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret >= 0 && i < outer->count; i++) {
        const struct sgw_field *field = &outer->fields[i];
        if (sgw_field_is_content(outer, field))
            continue;
        size_t start = restoring->out->size;
        ret = put_inner(restoring, outer, field);
        if (ret == 0)
            ret = put_kept(restoring, field);
        else if (ret > 0 && !is_first(outer, i))
            sgw_buf_truncate(restoring->out, start);
    }
    return ret < 0 ? ret : SMIMEGW_OK;
}

/* What was hidden has no place outside: it comes last. */
static int put_hidden(const struct restoring *restoring)
{
    const struct sgw_header *inner = restoring->inner;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret >= 0 && i < inner->count; i++) {
        const struct sgw_field *field = &inner->fields[i];
        bool is_outside = false;
        for (size_t k = 0; k < restoring->outer->count && !is_outside; k++)
            is_outside =
                has_same_name(restoring->outer, &restoring->outer->fields[k], inner, field);
        if (!is_outside && is_chosen(restoring, field))
            ret = sgw_field_put_clean(restoring->out, "", inner, field);
    }
    return ret < 0 ? ret : SMIMEGW_OK;
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
    const struct restoring restoring = {.outer = &opened->mime.header,
                                        .inner = payload->header,
                                        .what = what,
                                        .out = &made.raw};
    int ret = put_outer(&restoring);
    if (ret == SMIMEGW_OK)
        ret = put_hidden(&restoring);
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
