/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/address_list.h"

#include <string.h>

#include "base/text.h"
#include "mime/address.h"
#include "mime/content_type.h"

void sgw_address_list_init(struct sgw_address_list *list, const char *value, size_t size)
{
    *list = (struct sgw_address_list){.at = value, .end = value + size};
}

/* Behind what stands at `at`, in one piece; NULL where it does not end. */
static const char *token_end(const char *at, const char *end)
{
    if (*at == '"')
        return sgw_quoted_end(at, end);
    if (*at != '(')
        return at + 1;
    size_t size = sgw_comment_size(at, (size_t)(end - at));
    return size > 0 ? at + size : NULL;
}

/*
 * The piece up to the comma or semicolon that ends a mailbox; a colon ends the name of a
 * group. Within angle brackets neither has a meaning: routes are no mailboxes here.
 */
static bool next_piece(struct sgw_address_list *list, const char **ret_piece, size_t *ret_size)
{
    bool is_in_angle = false;
    const char *start = list->at;
    const char *at = start;
    while (at < list->end && (is_in_angle || (*at != ',' && *at != ';'))) {
        char c = *at;
        at = token_end(at, list->end);
        if (at == NULL) {
            list->at = list->end;
            list->is_odd = true;
            return false;
        }
        is_in_angle = c == '<' || (is_in_angle && c != '>');
        if (c == ':' && !is_in_angle) {
            start = at;
            list->is_odd = true;
        }
    }
    bool is_last = at >= list->end;
    if (is_last && list->at >= list->end)
        return false;
    *ret_piece = start;
    *ret_size = (size_t)(at - start);
    list->at = is_last ? list->end : at + 1;
    return true;
}

int sgw_address_list_next(struct sgw_address_list *list, struct sgw_buf *ret_address)
{
    const char *piece;
    size_t size;
    while (next_piece(list, &piece, &size)) {
        enum sgw_sender_state state;
        sgw_buf_truncate(ret_address, 0);
        int ret = sgw_address_parse(piece, size, &state, ret_address);
        if (ret < 0)
            return ret;
        if (state == SGW_SENDER_ONE)
            return 1;
        list->is_odd |= state == SGW_SENDER_AMBIGUOUS;
    }
    return 0;
}

static bool is_for_recipients(const struct sgw_header *header, const struct sgw_field *field)
{
    static const char *const names[] = {"To", "Cc", "Resent-To", "Resent-Cc"};
    const char *name = (const char *)header->raw.data + field->start;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (sgw_is_text_nocase(name, field->name_size, names[i]))
            return true;
    return false;
}

void sgw_named_list_init(struct sgw_named_list *named, const struct sgw_header *header)
{
    *named = (struct sgw_named_list){.header = header};
}

int sgw_named_list_next(struct sgw_named_list *named, struct sgw_buf *ret_address)
{
    const struct sgw_header *header = named->header;
    int ret = sgw_address_list_next(&named->list, ret_address);
    while (ret == 0 && named->next < header->count) {
        const struct sgw_field *field = &header->fields[named->next++];
        if (!is_for_recipients(header, field))
            continue;
        sgw_address_list_init(&named->list,
                              (const char *)header->raw.data + field->value_start,
                              field->end - field->value_start);
        ret = sgw_address_list_next(&named->list, ret_address);
    }
    return ret;
}
