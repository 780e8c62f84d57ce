/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/address.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "mime/content_type.h"

/* [RFC5321-4.5.3.1], [RFC1035-2.3.4] */
enum { LOCAL_SIZE_MAX = 64, DOMAIN_SIZE_MAX = 255, LABEL_SIZE_MAX = 63 };

/* What is left of a value, and the address found in it. */
struct reader {
    const char *at;
    const char *end;
    struct sgw_buf *address;
    bool has_folded_quotes; /* a line ends in a quoted string of the display name */
    bool has_odd_quotes;    /* there is more than words in one */
    int result;             /* OK, or E_NOMEM */
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

/* What other readers may give a meaning, in comments and beyond. */
static const char specials[] = "@<>,;:\"\\";
static const char more_specials[] = "@<>,;:\"\\()[]";

static bool has_one_of(const char *set, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strchr(set, data[i]) != NULL)
            return true;
    return false;
}

/*
 * Blanks and comments; line ends are those of folding, see has_bad_bytes(). False where a
 * comment does not end or holds what a reader that knows no comments would take for an
 * address.
 */
static bool skip_space(struct reader *reader)
{
    const char *start = reader->at;
    return sgw_skip_space(&reader->at, reader->end) &&
           !has_one_of(specials, start, (size_t)(reader->at - start));
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

/* First and last of characters that are not seen, or are seen as a blank (AC-114). */
static const uint32_t unseen[][2] = {
    {0x00, 0x1f},       {0x7f, 0xa0},       {0xad, 0xad},     {0x34f, 0x34f},
    {0x61c, 0x61c},     {0x115f, 0x1160},   {0x1680, 0x1680}, {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x2000, 0x200f},   {0x2028, 0x202f}, {0x205f, 0x206f},
    {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164}, {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/* The character of valid UTF-8 at *at, which goes past it. */
static uint32_t next_character(const char *text, size_t size, size_t *at)
{
    uint8_t first = (uint8_t)text[(*at)++];
    uint32_t c = first;
    if (first >= 0xc0)
        c = first & (first >= 0xf0 ? 0x07U : first >= 0xe0 ? 0x0fU : 0x1fU);
    for (; *at < size && (text[*at] & 0xc0) == 0x80; (*at)++)
        c = c << 6 | ((uint8_t)text[*at] & 0x3fU);
    return c;
}

static bool has_unseen(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint32_t c = next_character(text, size, &i);
        for (size_t row = 0; row < sizeof(unseen) / sizeof(unseen[0]); row++)
            if (c >= unseen[row][0] && c <= unseen[row][1])
                return true;
    }
    return false;
}

static void append(struct reader *reader, const char *data, size_t size)
{
    if (reader->result == SMIMEGW_OK)
        reader->result = sgw_buf_append(reader->address, data, size);
}

/* Quotes stay only where the characters need them, escapes likewise. */
static bool read_quoted_local(struct reader *reader)
{
    const char *end = sgw_quoted_end(reader->at, reader->end);
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

/* There is none in an addr-spec [RFC2047-5], but some readers decode it. */
static bool has_encoded_word(const char *start, const char *end)
{
    const char *word = memmem(start, (size_t)(end - start), "=?", 2);
    return word != NULL && memmem(word + 2, (size_t)(end - word - 2), "?=", 2) != NULL;
}

static bool is_label_byte(char c)
{
    return sgw_is_alpha((unsigned char)c) || sgw_is_digit((unsigned char)c) || c == '_' ||
           (c & 0x80) != 0;
}

/* A-labels, U-labels, and the underscores that are seen in names of hosts. */
static bool is_label(const char *label, size_t size)
{
    bool is_wide = false;
    if (size == 0 || !is_label_byte(label[0]) || !is_label_byte(label[size - 1]))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!is_label_byte(label[i]) && label[i] != '-')
            return false;
        is_wide = is_wide || (label[i] & 0x80) != 0;
    }
    return is_wide || size <= LABEL_SIZE_MAX;
}

static bool is_domain(const char *domain, size_t size)
{
    const char *end = domain + size;
    const char *dot;
    if (size > DOMAIN_SIZE_MAX)
        return false;
    for (; (dot = memchr(domain, '.', (size_t)(end - domain))) != NULL; domain = dot + 1)
        if (!is_label(domain, (size_t)(dot - domain)))
            return false;
    return is_label(domain, (size_t)(end - domain));
}

/* Local parts as they are read and written, quotes included. */
static bool is_local(const char *local, size_t size)
{
    /* a star alone is a wish for a wildcard (AC-116) */
    bool is_star = size == 1 && local[0] == '*';
    return size > 0 && size <= LOCAL_SIZE_MAX && !is_star &&
           !has_encoded_word(local, local + size);
}

/*
 * Domain literals are not read: no certificate holds one, and not all readers know them. Of
 * dot-atoms only names of hosts are: "a@b!c" and "a@b%c" mean another host to some.
 */
static bool read_domain(struct reader *reader)
{
    size_t size = dot_atom_size(reader->at, reader->end);
    if (!is_domain(reader->at, size))
        return false;
    append(reader, reader->at, size);
    reader->at += size;
    return true;
}

/* No blanks or comments inside: [RFC5322-4.4] calls them obsolete, readers differ. */
static bool read_addr_spec(struct reader *reader)
{
    const struct sgw_buf *address = reader->address;
    const char *start = reader->at;
    if (!read_local(reader) || !is_at(reader, '@'))
        return false;
    if (reader->result == SMIMEGW_OK && !is_local(sgw_buf_text(address), address->size))
        return false;
    append(reader, "@", 1);
    reader->at++;
    return read_domain(reader) && !has_unseen(start, (size_t)(reader->at - start));
}

/* Behind the word of a display name at reader->at; NULL where there is none. */
static const char *word_end(struct reader *reader)
{
    const char *at = reader->at;
    if (!is_at(reader, '"')) {
        while (at < reader->end && (*at == '.' || is_atom_byte(*at)))
            at++;
        return at > reader->at ? at : NULL;
    }
    const char *end = sgw_quoted_end(reader->at, reader->end);
    if (end != NULL) {
        size_t size = (size_t)(end - at);
        reader->has_folded_quotes |= memchr(at, '\n', size) != NULL;
        reader->has_odd_quotes |= has_one_of(more_specials, at + 1, size - 2);
    }
    return end;
}

/*
 * Words of a display name up to the angle bracket; dots are read [RFC5322-4.1]. Some readers
 * let the end of a line end a quoted string, so what stands between quotes afterwards is an
 * address to them.
 */
static bool skip_phrase(struct reader *reader)
{
    if (!skip_space(reader) || is_at(reader, '.'))
        return false;
    while (skip_space(reader) && reader->at < reader->end && *reader->at != '<') {
        const char *end = word_end(reader);
        if (end == NULL)
            return false;
        reader->at = end;
    }
    return is_at(reader, '<') && !(reader->has_folded_quotes && reader->has_odd_quotes);
}

static bool read_name_addr(struct reader *reader)
{
    if (!skip_phrase(reader))
        return false;
    reader->at++;
    if (reader->has_folded_quotes && is_at(reader, '"'))
        return false;
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

/* The end of a line that goes on with a blank, or of the last one; 0 where there is none. */
static size_t line_end_size(const uint8_t *data, size_t size)
{
    size_t end = size > 0 && data[0] == '\r';
    if (end == size || data[end++] != '\n')
        return 0;
    return end == size || sgw_is_blank(data[end]) ? end : 0;
}

/* Controls have no place in an address field; C1 controls come as U+0080 to U+009F. */
static bool has_bad_bytes(const char *value, size_t size)
{
    const uint8_t *data = (const uint8_t *)value;
    for (size_t i = 0; i < size; i++) {
        size_t line_end = line_end_size(data + i, size - i);
        if (line_end > 0)
            i += line_end - 1;
        else if ((data[i] < ' ' && data[i] != '\t') || data[i] == 0x7f ||
                 (data[i] == 0xc2 && i + 1 < size && data[i + 1] < 0xa0))
            return true;
    }
    return !sgw_utf8_valid(data, size);
}

static bool is_blank_text(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!sgw_is_folding_space(value[i]))
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
    struct reader reader = {.at = value, .end = value + size, .address = &address};
    bool is_one = !has_bad_bytes(value, size) && read_mailbox(&reader);
    int ret = reader.result;
    if (ret == SMIMEGW_OK && is_one)
        ret = sgw_buf_append(ret_address, address.data, address.size);
    sgw_buf_clear(&address);
    if (ret == SMIMEGW_OK)
        *ret_state = is_one ? SGW_SENDER_ONE : SGW_SENDER_AMBIGUOUS;
    return ret;
}

bool sgw_address_is_valid(const char *address, size_t size)
{
    const char *at = size > 0 ? memchr(address, '@', size) : NULL;
    if (at == NULL || !sgw_utf8_valid((const uint8_t *)address, size) ||
        has_unseen(address, size))
        return false;
    size_t local_size = (size_t)(at - address);
    return dot_atom_size(address, at) == local_size && is_local(address, local_size) &&
           is_domain(at + 1, size - local_size - 1);
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
    return sgw_address_parse((const char *)header->raw.data + field->value_start,
                             field->end - field->value_start, ret_state, ret_address);
}
