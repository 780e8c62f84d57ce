/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/header.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "mime/part.h"

enum line_kind { LINE_FIELD, LINE_FOLDED, LINE_BLANK, LINE_OTHER };

/* A line of the block: its bytes without the line end, and where the next one starts. */
struct line {
    size_t start;
    size_t size;
    size_t next;
};

struct parser {
    struct sgw_header *header;
    struct sgw_field *fields;
    size_t count;
    size_t capacity;
    bool is_open; /* the line before belongs to the last field */
};

static struct line line_at(const struct sgw_buf *raw, size_t start)
{
    const uint8_t *lf = memchr(raw->data + start, '\n', raw->size - start);
    if (lf == NULL)
        return (struct line){start, raw->size - start, raw->size};
    size_t end = (size_t)(lf - raw->data);
    struct line line = {start, end - start, end + 1};
    if (line.size > 0 && raw->data[end - 1] == '\r')
        line.size--;
    return line;
}

static bool is_name_byte(uint8_t c)
{
    return c > ' ' && c < 0x7f && c != ':';
}

/* Size of the field name at the start of a line, 0 where there is none (RFC 5322
 * section 4.5.3: blanks before the colon are read). */
static size_t name_size(const uint8_t *data, size_t size, size_t *ret_colon)
{
    size_t name = 0;
    while (name < size && is_name_byte(data[name]))
        name++;
    size_t colon = name;
    while (colon < size && sgw_is_blank(data[colon]))
        colon++;
    *ret_colon = colon;
    return colon < size && data[colon] == ':' ? name : 0;
}

static bool is_mbox_line(const struct sgw_buf *raw, const struct line *line)
{
    size_t colon; /* "From : x" is a field */
    return line->start == 0 && line->size >= 5 && memcmp(raw->data, "From ", 5) == 0 &&
           name_size(raw->data, line->size, &colon) == 0;
}

static enum line_kind line_kind(const struct sgw_buf *raw, const struct line *line)
{
    size_t colon;
    const uint8_t *data = raw->data + line->start;
    if (line->size == 0)
        return LINE_BLANK;
    if (sgw_is_blank(data[0]))
        return LINE_FOLDED;
    return name_size(data, line->size, &colon) > 0 ? LINE_FIELD : LINE_OTHER;
}

static bool is_clean(const struct sgw_buf *raw, const struct line *line)
{
    const uint8_t *data = raw->data + line->start;
    return memchr(data, '\0', line->size) == NULL && memchr(data, '\r', line->size) == NULL;
}

static int add_field(struct parser *parser, const struct line *line)
{
    int ret =
        sgw_grow(&parser->fields, parser->count, &parser->capacity, sizeof(*parser->fields));
    if (ret < 0)
        return ret;
    size_t colon;
    struct sgw_field *field = &parser->fields[parser->count++];
    field->start = line->start;
    field->name_size = name_size(parser->header->raw.data + line->start, line->size, &colon);
    field->value_start = line->start + colon + 1;
    field->end = line->next;
    return SMIMEGW_OK;
}

/* False where the line can be no part of a header. */
static bool take_line(struct parser *parser, const struct line *line, int *ret)
{
    const struct sgw_buf *raw = &parser->header->raw;
    enum line_kind kind = line_kind(raw, line);
    bool is_good = is_clean(raw, line);
    if (kind == LINE_FIELD) {
        *ret = add_field(parser, line);
        parser->is_open = true;
        return is_good;
    }
    if (kind == LINE_FOLDED && parser->is_open) {
        parser->fields[parser->count - 1].end = line->next;
        return is_good;
    }
    parser->is_open = false;
    return false;
}

static int parse(struct parser *parser, const struct sgw_limits *limits, bool *ret_is_broken,
                 struct smimegw_error **ret_error)
{
    const struct sgw_buf *raw = &parser->header->raw;
    int ret = SMIMEGW_OK;
    int number = 1;
    for (size_t at = 0; at < raw->size; number++) {
        struct line line = line_at(raw, at);
        at = line.next;
        if (line.size == 0)
            break;
        if (ret_is_broken == NULL && is_mbox_line(raw, &line) && is_clean(raw, &line))
            continue;
        bool is_good = take_line(parser, &line, &ret);
        if (ret < 0)
            return sgw_fail(ret_error, ret, "header fields");
        if ((int64_t)parser->count > limits->header_fields)
            return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %lld header fields",
                            (long long)limits->header_fields);
        if (is_good)
            continue;
        if (ret_is_broken == NULL)
            return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "line %d of the header is no field",
                            number);
        *ret_is_broken = true;
    }
    return SMIMEGW_OK;
}

/* The first line of nothing but blanks; the end where there is none. */
static size_t find_blank_line(const struct sgw_buf *raw, size_t start, size_t end)
{
    for (size_t at = start; at < end;) {
        struct line line = line_at(raw, at);
        size_t blanks = 0;
        while (blanks < line.size && sgw_is_blank(raw->data[at + blanks]))
            blanks++;
        if (blanks == line.size)
            return at;
        at = line.next;
    }
    return end;
}

static int parse_header(struct sgw_header *header, const struct sgw_limits *limits,
                        bool *ret_is_broken, struct smimegw_error **ret_error)
{
    struct parser parser = {.header = header};
    int ret = parse(&parser, limits, ret_is_broken, ret_error);
    if (ret < 0) {
        sgw_free(parser.fields);
        return ret;
    }
    sgw_free(header->fields);
    header->fields = parser.fields;
    header->count = parser.count;
    header->blank_line = find_blank_line(&header->raw, 0, header->raw.size);
    return SMIMEGW_OK;
}

int sgw_header_parse(struct sgw_header *header, const struct sgw_limits *limits,
                     struct smimegw_error **ret_error)
{
    return parse_header(header, limits, NULL, ret_error);
}

int sgw_header_parse_lenient(struct sgw_header *header, const struct sgw_limits *limits,
                             bool *ret_is_broken, struct smimegw_error **ret_error)
{
    *ret_is_broken = false;
    return parse_header(header, limits, ret_is_broken, ret_error);
}

void sgw_header_clear(struct sgw_header *header)
{
    sgw_buf_clear(&header->raw);
    sgw_free(header->fields);
    header->fields = NULL;
    header->count = 0;
}

const char *sgw_field_name(const struct sgw_header *header, const struct sgw_field *field)
{
    return (const char *)header->raw.data + field->start;
}

size_t sgw_header_find(const struct sgw_header *header, const char *name,
                       const struct sgw_field **ret_first)
{
    size_t found = 0;
    *ret_first = NULL;
    for (size_t i = 0; i < header->count; i++) {
        const struct sgw_field *field = &header->fields[i];
        if (!sgw_is_text_nocase(sgw_field_name(header, field), field->name_size, name))
            continue;
        if (found++ == 0)
            *ret_first = field;
    }
    return found;
}

bool sgw_field_is_doubtful(const struct sgw_header *header, const struct sgw_field *field)
{
    return header->raw.data[field->start + field->name_size] != ':' ||
           header->blank_line < field->end;
}

bool sgw_header_has_blank_line(const struct sgw_header *header)
{
    for (size_t i = 0; i < header->count; i++) {
        const struct sgw_field *field = &header->fields[i];
        if (!sgw_field_is_content(header, field) &&
            find_blank_line(&header->raw, field->start, field->end) < field->end)
            return true;
    }
    return false;
}

bool sgw_field_is_content(const struct sgw_header *header, const struct sgw_field *field)
{
    return field->name_size > 8 &&
           sgw_is_text_nocase(sgw_field_name(header, field), 8, "Content-");
}

int sgw_field_value(const struct sgw_header *header, const struct sgw_field *field,
                    struct sgw_buf *ret_value)
{
    size_t old_size = ret_value->size;
    for (size_t at = field->value_start; at < field->end;) {
        struct line line = line_at(&header->raw, at);
        const uint8_t *data = header->raw.data + at;
        while (ret_value->size == old_size && line.size > 0 && sgw_is_blank(data[0])) {
            data++;
            line.size--;
        }
        int ret = sgw_buf_append(ret_value, data, line.size);
        if (ret < 0) {
            sgw_buf_truncate(ret_value, old_size);
            return ret;
        }
        at = line.next;
    }
    size_t size = ret_value->size;
    while (size > old_size && sgw_is_blank(ret_value->data[size - 1]))
        size--;
    sgw_buf_truncate(ret_value, size);
    return SMIMEGW_OK;
}

bool sgw_header_is_bare_entity(const struct sgw_header *header)
{
    for (size_t i = 0; i < header->count; i++) {
        const struct sgw_field *field = &header->fields[i];
        if (!sgw_field_is_content(header, field) &&
            !sgw_is_text_nocase(sgw_field_name(header, field), field->name_size,
                                "MIME-Version"))
            return false;
    }
    return true;
}

int sgw_field_write(const struct sgw_header *header, const struct sgw_field *field,
                    struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    for (size_t at = field->start; at < field->end;) {
        struct line line = line_at(&header->raw, at);
        const uint8_t *data = header->raw.data + at;
        bool is_crlf = line.next - at == line.size + 2;
        int ret = sgw_push(stage, data, is_crlf ? line.size + 2 : line.size, ret_error);
        if (ret == SMIMEGW_OK && !is_crlf)
            ret = sgw_push(stage, "\r\n", 2, ret_error);
        if (ret != SMIMEGW_OK)
            return ret;
        at = line.next;
    }
    return SMIMEGW_OK;
}

int sgw_header_write(const struct sgw_header *header, enum sgw_header_choice choice,
                     struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    for (size_t i = 0; i < header->count; i++) {
        const struct sgw_field *field = &header->fields[i];
        if (sgw_field_is_content(header, field) != (choice == SGW_HEADER_CONTENT))
            continue;
        int ret = sgw_field_write(header, field, stage, ret_error);
        if (ret != SMIMEGW_OK)
            return ret;
    }
    return SMIMEGW_OK;
}
