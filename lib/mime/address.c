/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/address.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "mime/content_type.h"

/* What is left of a value, and the address found in it. */
struct reader {
    const char *at;
    const char *end;
    struct sgw_buf *address;
    int result; /* OK, or E_NOMEM */
};

static bool is_at(const struct reader *reader, char c)
{
    return reader->at < reader->end && *reader->at == c;
}

/* [RFC5322-3.2.3] with RFC 6532: characters beyond ASCII are atoms, too. */
static bool is_atom_byte(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte > ' ' && byte != 0x7f && strchr("()<>@,;:\\\".[]", c) == NULL;
}

/*
 * Blanks and comments; false where a comment does not end or holds what a reader that knows no
 * comments would take for an address.
 */
static bool skip_space(struct reader *reader)
{
    for (;;) {
        while (reader->at < reader->end && sgw_is_blank((unsigned char)*reader->at))
            reader->at++;
        if (!is_at(reader, '('))
            return true;
        size_t size = sgw_comment_size(reader->at, (size_t)(reader->end - reader->at));
        if (size == 0)
            return false;
        for (size_t i = 0; i < size; i++)
            if (strchr("@<>,;:\"\\", reader->at[i]) != NULL)
                return false;
        reader->at += size;
    }
}

/* Behind the closing quote of the quoted string at reader->at; NULL where there is none. */
static const char *quoted_end(const struct reader *reader)
{
    for (const char *at = reader->at + 1; at < reader->end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

/* Size of dot-atom-text at data: atoms with single dots between them. */
static size_t dot_atom_size(const char *data, const char *end)
{
    const char *at = data;
    bool is_after_dot = true;
    for (; at < end && (*at == '.' || is_atom_byte(*at)); at++) {
        if (*at == '.' && is_after_dot)
            return 0;
        is_after_dot = *at == '.';
    }
    return is_after_dot ? 0 : (size_t)(at - data);
}

static void append(struct reader *reader, const char *data, size_t size)
{
    if (reader->result == SMIMEGW_OK)
        reader->result = sgw_buf_append(reader->address, data, size);
}

/* Quotes stay only where the characters need them, escapes likewise. */
static bool read_quoted_local(struct reader *reader)
{
    const char *end = quoted_end(reader);
    if (end == NULL || end - reader->at <= 2)
        return false;
    struct sgw_buf text = SGW_BUF_INIT(0);
    for (const char *at = reader->at + 1; at < end - 1; at++) {
        at += *at == '\\';
        int ret = sgw_buf_append(&text, at, 1);
        if (ret < 0)
            reader->result = ret;
    }
    const char *data = sgw_buf_text(&text);
    bool is_plain = dot_atom_size(data, data + text.size) == text.size;
    append(reader, "\"", is_plain ? 0 : 1);
    for (size_t i = 0; i < text.size; i++) {
        if (data[i] == '"' || data[i] == '\\')
            append(reader, "\\", 1);
        append(reader, data + i, 1);
    }
    append(reader, "\"", is_plain ? 0 : 1);
    sgw_buf_clear(&text);
    reader->at = end;
    return true;
}

static bool read_local(struct reader *reader)
{
    if (is_at(reader, '"'))
        return read_quoted_local(reader);
    size_t size = dot_atom_size(reader->at, reader->end);
    append(reader, reader->at, size);
    reader->at += size;
    return size > 0;
}

/* Domain literals are not read: no certificate holds one, and not all readers know them. */
static bool read_domain(struct reader *reader)
{
    size_t size = dot_atom_size(reader->at, reader->end);
    append(reader, reader->at, size);
    reader->at += size;
    return size > 0;
}

/* There is none in an addr-spec [RFC2047-5], but some readers decode it. */
static bool has_encoded_word(const char *start, const char *end)
{
    const char *word = memmem(start, (size_t)(end - start), "=?", 2);
    return word != NULL && memmem(word + 2, (size_t)(end - word - 2), "?=", 2) != NULL;
}

/* No blanks or comments inside: [RFC5322-4.4] calls them obsolete, readers differ. */
static bool read_addr_spec(struct reader *reader)
{
    const char *start = reader->at;
    if (!read_local(reader) || !is_at(reader, '@'))
        return false;
    append(reader, "@", 1);
    reader->at++;
    if (!read_domain(reader))
        return false;
    return !has_encoded_word(start, reader->at);
}

/* Words of a display name up to the angle bracket; dots are read [RFC5322-4.1]. */
static bool skip_phrase(struct reader *reader)
{
    if (!skip_space(reader) || is_at(reader, '.'))
        return false;
    while (skip_space(reader) && reader->at < reader->end && *reader->at != '<') {
        const char *end = reader->at;
        if (is_at(reader, '"')) {
            end = quoted_end(reader);
        } else {
            while (end < reader->end && (*end == '.' || is_atom_byte(*end)))
                end++;
        }
        if (end == NULL || end == reader->at)
            return false;
        reader->at = end;
    }
    return is_at(reader, '<');
}

static bool read_name_addr(struct reader *reader)
{
    if (!skip_phrase(reader))
        return false;
    reader->at++;
    if (!read_addr_spec(reader) || !is_at(reader, '>'))
        return false;
    reader->at++;
    return skip_space(reader) && reader->at == reader->end;
}

static bool read_mailbox(struct reader *reader)
{
    const char *start = reader->at;
    if (skip_space(reader) && read_addr_spec(reader) && skip_space(reader) &&
        reader->at == reader->end)
        return true;
    sgw_buf_truncate(reader->address, 0);
    reader->at = start;
    return read_name_addr(reader);
}

/* Controls have no place in an address field; C1 controls come as U+0080 to U+009F. */
static bool has_bad_bytes(const char *value, size_t size)
{
    const uint8_t *data = (const uint8_t *)value;
    for (size_t i = 0; i < size; i++)
        if ((data[i] < ' ' && data[i] != '\t') || data[i] == 0x7f ||
            (data[i] == 0xc2 && i + 1 < size && data[i + 1] < 0xa0))
            return true;
    return !sgw_utf8_valid(data, size);
}

static bool is_blank_text(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!sgw_is_blank((unsigned char)value[i]))
            return false;
    return true;
}

int sgw_address_parse(const char *value, size_t size, enum sgw_sender_state *ret_state,
                      struct sgw_buf *ret_address)
{
    if (is_blank_text(value, size)) {
        *ret_state = SGW_SENDER_NONE;
        return SMIMEGW_OK;
    }
    struct sgw_buf address = SGW_BUF_INIT(0);
    struct reader reader = {value, value + size, &address, SMIMEGW_OK};
    bool is_one = !has_bad_bytes(value, size) && read_mailbox(&reader);
    int ret = reader.result;
    if (ret == SMIMEGW_OK && is_one)
        ret = sgw_buf_append(ret_address, address.data, address.size);
    sgw_buf_clear(&address);
    if (ret == SMIMEGW_OK)
        *ret_state = is_one ? SGW_SENDER_ONE : SGW_SENDER_AMBIGUOUS;
    return ret;
}

int sgw_sender_find(const struct sgw_header *header, const char *field_name,
                    enum sgw_sender_state *ret_state, struct sgw_buf *ret_address)
{
    const struct sgw_field *field;
    size_t count = sgw_header_find(header, field_name, &field);
    if (count != 1 || sgw_field_is_doubtful(header, field)) {
        *ret_state = count == 0 ? SGW_SENDER_NONE : SGW_SENDER_AMBIGUOUS;
        return SMIMEGW_OK;
    }
    struct sgw_buf value = SGW_BUF_INIT(0);
    int ret = sgw_field_value(header, field, &value);
    if (ret == SMIMEGW_OK)
        ret = sgw_address_parse(sgw_buf_text(&value), value.size, ret_state, ret_address);
    sgw_buf_clear(&value);
    return ret;
}
