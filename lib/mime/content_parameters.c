/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/content_parameters.h"

#include <string.h>

#include <smimegw/error.h>

#include "base/text.h"
#include "mime/content_type.h"
#include "mime/words.h"
#include "stream/sink.h"

enum {
    PIECE_MAX = 900, /* of a line; a name fits beside it */
    NAME_MAX_SIZE = 80,
    ALONE_MAX = 60,     /* an encoded value that goes on one line */
    SECTION_ROOM = 50,  /* of longer ones on each line [RFC2231-3] */
    SECTIONS_NICE = 20, /* so many short lines, else long ones */
    SECTIONS_MAX = 64,  /* no reader goes on for ever */
    PARAMETERS_MAX = 64
};

/*
 * Behind the parameter at `at`: at the next semicolon that is no part of a quoted string or a
 * comment. is_open: a comment was met that does not end; no more are looked for then, or each
 * bracket would read all of the rest.
 */
static const char *parameter_end(const char *at, const char *end, bool *is_open)
{
    bool is_quoted = false;
    while (at < end && (is_quoted || *at != ';')) {
        bool is_comment = *at == '(' && !is_quoted && !*is_open;
        size_t comment = is_comment ? sgw_comment_size(at, (size_t)(end - at)) : 0;
        *is_open |= is_comment && comment == 0;
        if (*at == '"')
            is_quoted = !is_quoted;
        if (*at == '\\' && is_quoted && at + 1 < end)
            at++;
        at += comment > 0 ? comment : 1;
    }
    return at;
}

/* `name=value`, by its places. */
struct parameter {
    const char *name;
    size_t name_size;
    const char *value; /* quoted or not */
    const char *end;
};

static bool read_parameter(const char *at, const char *end, struct parameter *ret)
{
    (void)sgw_skip_space(&at, end);
    ret->name = at;
    while (at < end && (*at > ' ') && strchr("=(\"", *at) == NULL)
        at++;
    ret->name_size = (size_t)(at - ret->name);
    ret->end = end;
    if (!sgw_skip_space(&at, end) || at == end || *at != '=' || ret->name_size == 0)
        return false;
    at++;
    (void)sgw_skip_space(&at, end);
    ret->value = at;
    return true;
}

/* A value as it is meant; 0 where a quoted one does not end, or goes on behind its end. */
static int read_value(const struct parameter *parameter, struct sgw_buf *value)
{
    const char *at = parameter->value;
    const char *end = parameter->end;
    int ret = SMIMEGW_OK;
    if (at == end || *at != '"') {
        /* blanks without quotes are an error that people make with names of files */
        while (end > at && sgw_is_blank((unsigned char)end[-1]))
            end--;
        ret = sgw_buf_append(value, at, (size_t)(end - at));
        return ret < 0 ? ret : 1;
    }
    for (at++; ret == SMIMEGW_OK && at < end && *at != '"'; at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        ret = sgw_buf_append(value, at, 1);
    }
    if (ret < 0 || at == end)
        return ret;
    at++;
    return sgw_skip_space(&at, end) && at == end;
}

/* attribute-char [RFC2231-7], less what is not seen much. */
static bool is_attribute_char(unsigned char c)
{
    return sgw_is_alpha(c) || sgw_is_digit(c) || (c != '\0' && strchr("!#$&+-._~", c) != NULL);
}

static size_t cost(const char *text, size_t size)
{
    size_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += is_attribute_char((unsigned char)text[i]) ? 1 : 3;
    return sum;
}

static int put_escaped(struct sgw_buf *buf, const char *text, size_t size)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        ret = is_attribute_char(c) ? sgw_buf_append_byte(buf, c)
                                   : sgw_buf_printf(buf, "%%%02X", c);
    }
    return ret;
}

/* `name*=utf-8''value`, or `name*0*=utf-8''va`, `name*1*=lue` [RFC2231-4.1]. */
static int put_encoded(struct sgw_buf *buf, const struct parameter *parameter,
                       const struct sgw_buf *value)
{
    const char *text = sgw_buf_text(value);
    size_t total = cost(text, value->size);
    bool is_alone = total <= ALONE_MAX;
    size_t room = is_alone                                ? ALONE_MAX
                  : total <= SECTION_ROOM * SECTIONS_NICE ? SECTION_ROOM
                                                          : PIECE_MAX;
    int ret = SMIMEGW_OK;
    size_t at = 0;
    for (int section = 0; ret == SMIMEGW_OK && (at < value->size || section == 0); section++) {
        size_t start = at;
        size_t used = 0;
        while (at < value->size) {
            size_t size = sgw_words_character(text + at, value->size - at);
            used += cost(text + at, size);
            if (used > room)
                break;
            at += size;
        }
        if (section == SECTIONS_MAX)
            return 0;
        ret = sgw_buf_printf(buf, ";\r\n %.*s*", (int)parameter->name_size, parameter->name);
        if (ret == SMIMEGW_OK && !is_alone)
            ret = sgw_buf_printf(buf, "%d*", section);
        if (ret == SMIMEGW_OK)
            ret = sgw_buf_append_text(buf, section == 0 ? "=utf-8''" : "=");
        if (ret == SMIMEGW_OK)
            ret = put_escaped(buf, text + start, at - start);
    }
    return ret < 0 ? ret : 1;
}

/* A value in the form of RFC 2231 that has raw bytes all the same. */
static int put_extended(struct sgw_buf *buf, const struct parameter *parameter,
                        const struct sgw_buf *value)
{
    if (parameter->name[parameter->name_size - 1] != '*' || value->size > PIECE_MAX / 3)
        return 0;
    int ret = sgw_buf_printf(buf, ";\r\n %.*s=", (int)parameter->name_size, parameter->name);
    for (size_t i = 0; ret == SMIMEGW_OK && i < value->size; i++) {
        uint8_t c = value->data[i];
        bool is_raw = is_attribute_char(c) || c == '%' || c == '\'';
        ret = is_raw ? sgw_buf_append_byte(buf, c) : sgw_buf_printf(buf, "%%%02X", c);
    }
    return ret < 0 ? ret : 1;
}

/* Nobody looks for these in another form: they tell how the body is read. */
static bool is_structural(const struct parameter *parameter)
{
    static const char *const names[] = {"boundary", "charset", "protocol", "smime-type"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (sgw_is_text_nocase(parameter->name, parameter->name_size, names[i]))
            return true;
    return false;
}

/* Is the same parameter there in the form of RFC 2231, too? */
static bool has_twin(const char *value, const char *end, const struct parameter *parameter)
{
    bool is_open = false;
    for (const char *at = parameter_end(value, end, &is_open); at < end;) {
        struct parameter other;
        const char *start = at + 1;
        at = parameter_end(start, end, &is_open);
        if (read_parameter(start, at, &other) && other.name_size > parameter->name_size &&
            sgw_equal_nocase(other.name, parameter->name_size, parameter->name,
                             parameter->name_size) &&
            other.name[parameter->name_size] == '*')
            return true;
    }
    return false;
}

static void trim(const char **at, const char **end)
{
    while (*at < *end && sgw_is_blank((unsigned char)**at))
        (*at)++;
    while (*at < *end && sgw_is_blank((unsigned char)(*end)[-1]))
        (*end)--;
}

/* One of the parameters of a value, from behind its semicolon to its end. */
static int put_parameter(struct sgw_buf *buf, const struct sgw_buf *value, const char *at,
                         const char *end)
{
    struct parameter parameter;
    struct sgw_buf text = SGW_BUF_INIT(0);
    trim(&at, &end);
    if (at == end)
        return 1;
    if (sgw_is_ascii(at, (size_t)(end - at)) && end - at <= PIECE_MAX) {
        int ret = sgw_buf_printf(buf, ";\r\n %.*s", (int)(end - at), at);
        return ret < 0 ? ret : 1;
    }
    if (!read_parameter(at, end, &parameter) || parameter.name_size > NAME_MAX_SIZE ||
        is_structural(&parameter))
        return 0;
    const char *whole = (const char *)value->data;
    if (has_twin(whole, whole + value->size, &parameter))
        return 1;
    int ret = read_value(&parameter, &text);
    if (ret > 0)
        ret = memchr(parameter.name, '*', parameter.name_size) != NULL
                  ? put_extended(buf, &parameter, &text)
                  : put_encoded(buf, &parameter, &text);
    sgw_buf_clear(&text);
    return ret;
}

/* The media type or disposition; its comments go where they are not ASCII. */
static int put_type(struct sgw_buf *buf, const char *at, const char *end)
{
    trim(&at, &end);
    if (!sgw_is_ascii(at, (size_t)(end - at))) {
        const char *rest = at;
        while (rest < end && !sgw_is_blank((unsigned char)*rest) && *rest != '(')
            rest++;
        const char *type_end = rest;
        if (!sgw_is_ascii(at, (size_t)(type_end - at)) || !sgw_skip_space(&rest, end) ||
            rest < end)
            return 0;
        end = type_end;
    }
    if (at == end || end - at > PIECE_MAX)
        return 0;
    int ret = sgw_buf_printf(buf, " %.*s", (int)(end - at), at);
    return ret < 0 ? ret : 1;
}

/* "hp", or one of the forms of RFC 2231. */
static bool is_hp(const char *at, const char *end)
{
    (void)sgw_skip_space(&at, end);
    if (end - at < 3 || !sgw_equal_nocase(at, 2, "hp", 2))
        return false;
    at += 2;
    (void)sgw_skip_space(&at, end);
    return at < end && (*at == '=' || *at == '*');
}

int sgw_parameters_put(struct sgw_buf *buf, const struct sgw_buf *value, const char *hp)
{
    const char *at = (const char *)value->data;
    const char *end = at + value->size;
    bool is_open = false;
    const char *next = parameter_end(at, end, &is_open);
    int count = 0;
    int ret = put_type(buf, at, next);
    while (ret > 0 && next < end) {
        const char *start = next + 1;
        next = parameter_end(start, end, &is_open);
        if (count++ == PARAMETERS_MAX)
            return 0;
        if (hp == NULL || !is_hp(start, next))
            ret = put_parameter(buf, value, start, next);
    }
    if (ret > 0 && hp != NULL && hp[0] != '\0' &&
        sgw_buf_printf(buf, ";\r\n hp=\"%s\"", hp) < 0)
        return SMIMEGW_E_NOMEM;
    return ret;
}

/* --- the parameter hp ----------------------------------------------------------------------
 */

static int put_parameters(struct sgw_buf *buf, const char *value, const char *end)
{
    bool is_open = false;
    const char *next = parameter_end(value, end, &is_open);
    size_t kept = buf->size;
    int ret = sgw_buf_append(buf, value, (size_t)(next - value));
    while (ret == SMIMEGW_OK && next < end) {
        const char *start = next;
        next = parameter_end(start + 1, end, &is_open);
        if (!is_hp(start + 1, next))
            ret = sgw_buf_append(buf, start, (size_t)(next - start));
    }
    while (buf->size > kept && (sgw_is_folding_space((char)buf->data[buf->size - 1]) ||
                                buf->data[buf->size - 1] == ';'))
        sgw_buf_truncate(buf, buf->size - 1);
    return ret;
}

int sgw_hp_put(struct sgw_buf *buf, const struct sgw_header *header,
               const struct sgw_field *field, const char *hp)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, &text);
    int ret = sgw_field_write(header, field, &sink.base, NULL);
    size_t name = field->value_start - field->start;
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(buf, text.data, name);
    if (ret == SMIMEGW_OK)
        ret = put_parameters(buf, (const char *)text.data + name,
                             (const char *)text.data + text.size);
    sgw_buf_clear(&text);
    if (ret == SMIMEGW_OK && hp != NULL)
        ret = sgw_buf_printf(buf, ";\r\n hp=\"%s\"", hp);
    return ret < 0 ? ret : sgw_buf_append_text(buf, "\r\n");
}
