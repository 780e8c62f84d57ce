/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/content_type.h"

#include <stdint.h>
#include <string.h>

#include <smimegw/error.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

enum { SECTIONS_MAX = 64, NO_INDEX = -1 };

/* A parameter as it is written: `name*index*=value` [RFC2231-4.1]. */
struct section {
    char *name;
    char *value;
    int index;
    bool is_extended;
    bool is_odd;
    bool is_joined;
};

struct reader {
    const char *at;
    const char *end;
    bool has_comment;
    bool is_broken;
    struct section sections[SECTIONS_MAX];
    size_t count;
};

size_t sgw_comment_size(const char *data, size_t size)
{
    size_t depth = 0;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\\')
            i++;
        else if (data[i] == '(')
            depth++;
        else if (data[i] == ')' && --depth == 0)
            return i + 1;
    }
    return 0;
}

const char *sgw_quoted_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

bool sgw_is_folding_space(char c)
{
    return sgw_is_blank((unsigned char)c) || c == '\r' || c == '\n';
}

bool sgw_skip_space(const char **at, const char *end)
{
    for (;;) {
        while (*at < end && sgw_is_folding_space(**at))
            (*at)++;
        if (*at == end || **at != '(')
            return true;
        size_t size = sgw_comment_size(*at, (size_t)(end - *at));
        if (size == 0)
            return false;
        *at += size;
    }
}

static bool is_at(const struct reader *reader, char c)
{
    return reader->at < reader->end && *reader->at == c;
}

static void skip_space(struct reader *reader)
{
    for (;;) {
        while (reader->at < reader->end && sgw_is_blank((unsigned char)*reader->at))
            reader->at++;
        if (!is_at(reader, '('))
            return;
        size_t size = sgw_comment_size(reader->at, (size_t)(reader->end - reader->at));
        reader->has_comment = true;
        if (size == 0) {
            reader->is_broken = true;
            reader->at = reader->end;
            return;
        }
        reader->at += size;
    }
}

/* [RFC2045-5.1]. */
static bool is_token_byte(char c)
{
    return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* Values are seen unquoted with most of the characters that ask for quotes; all readers go on
 * to the next blank or semicolon. */
static bool is_value_byte(char c)
{
    return (unsigned char)c > ' ' && c != 0x7f && strchr("();\"", c) == NULL;
}

static size_t span(const struct reader *reader, bool (*is_member)(char))
{
    const char *end = reader->at;
    while (end < reader->end && is_member(*end))
        end++;
    return (size_t)(end - reader->at);
}

/* To the next parameter after something that can't be read. */
static void skip_broken(struct reader *reader)
{
    bool is_quoted = false;
    reader->is_broken = true;
    for (; reader->at < reader->end; reader->at++) {
        if (*reader->at == '"')
            is_quoted = !is_quoted;
        if (*reader->at == ';' && !is_quoted)
            return;
    }
}

static char *lower_copy(const char *data, size_t size)
{
    char *copy = sgw_strndup(data, size);
    for (size_t i = 0; copy != NULL && i < size; i++)
        copy[i] = (char)sgw_lower((unsigned char)copy[i]);
    return copy;
}

static int read_type(struct reader *reader, char **ret_type)
{
    skip_space(reader);
    const char *start = reader->at;
    size_t major = span(reader, is_token_byte);
    reader->at += major;
    if (major > 0 && is_at(reader, '/')) {
        reader->at++;
        size_t minor = span(reader, is_token_byte);
        reader->at += minor;
        reader->is_broken |= minor == 0;
    }
    size_t size = (size_t)(reader->at - start);
    if (size > 0) {
        *ret_type = lower_copy(start, size);
        if (*ret_type == NULL)
            return SMIMEGW_E_NOMEM;
    }
    skip_space(reader);
    if (reader->at < reader->end && *reader->at != ';')
        skip_broken(reader);
    return SMIMEGW_OK;
}

static int read_quoted(struct reader *reader, struct sgw_buf *value, bool *ret_is_odd)
{
    for (reader->at++; reader->at < reader->end; reader->at++) {
        if (*reader->at == '"') {
            reader->at++;
            return SMIMEGW_OK;
        }
        if (*reader->at == '\\' && reader->at + 1 < reader->end) {
            reader->at++;
            *ret_is_odd = true;
        }
        if (*reader->at == '\0') {
            reader->is_broken = true;
            continue;
        }
        int ret = sgw_buf_append(value, reader->at, 1);
        if (ret < 0)
            return ret;
    }
    reader->is_broken = true; /* the quote does not end */
    return SMIMEGW_OK;
}

static int read_value(struct reader *reader, struct sgw_buf *value, bool *ret_is_odd)
{
    if (is_at(reader, '"'))
        return read_quoted(reader, value, ret_is_odd);
    size_t size = span(reader, is_value_byte);
    if (size == 0)
        reader->is_broken = true;
    int ret = sgw_buf_append(value, reader->at, size);
    reader->at += size;
    return ret;
}

/* `name`, `name*`, `name*1` or `name*1*`; false where the asterisks make no sense. */
static bool split_name(const char *name, size_t *size, struct section *section)
{
    size_t end = *size;
    const char *star = memchr(name, '*', end);
    section->index = NO_INDEX;
    if (star == NULL)
        return true;
    if (name[end - 1] == '*') {
        section->is_extended = true;
        end--;
    }
    *size = (size_t)(star - name);
    const char *digits = star + 1;
    size_t count = digits < name + end ? (size_t)(name + end - digits) : 0;
    if (count == 0)
        return *size > 0 && section->is_extended;
    if (count > 2 || (count == 2 && digits[0] == '0'))
        return false;
    section->index = 0;
    for (size_t i = 0; i < count; i++) {
        if (!sgw_is_digit((unsigned char)digits[i]))
            return false;
        section->index = section->index * 10 + (digits[i] - '0');
    }
    return *size > 0;
}

static bool is_double(const struct reader *reader, const char *name, size_t size,
                      const struct section *section)
{
    for (size_t i = 0; i < reader->count; i++) {
        const struct section *other = &reader->sections[i];
        if (sgw_is_text_nocase(name, size, other->name) && other->index == section->index &&
            (section->index != NO_INDEX || other->is_extended == section->is_extended))
            return true;
    }
    return false;
}

static int add_section(struct reader *reader, const char *name, size_t size,
                       struct section section, const struct sgw_buf *value)
{
    if (!split_name(name, &size, &section) || is_double(reader, name, size, &section)) {
        reader->is_broken = true;
        return SMIMEGW_OK;
    }
    if (reader->count == SECTIONS_MAX)
        return SMIMEGW_E_LIMIT;
    section.is_odd |= section.is_extended || section.index != NO_INDEX;
    section.name = lower_copy(name, size);
    section.value = sgw_strndup(sgw_buf_text(value), value->size);
    reader->sections[reader->count++] = section; /* freed from here on, whatever is NULL */
    return section.name == NULL || section.value == NULL ? SMIMEGW_E_NOMEM : SMIMEGW_OK;
}

static int read_parameter(struct reader *reader)
{
    struct section section = {.index = NO_INDEX};
    struct sgw_buf value = SGW_BUF_INIT(0);
    const char *name = reader->at;
    size_t size = span(reader, is_token_byte);
    reader->at += size;
    const char *name_end = reader->at;
    skip_space(reader);
    if (size == 0 || !is_at(reader, '=')) {
        skip_broken(reader);
        return SMIMEGW_OK;
    }
    section.is_odd = reader->at++ != name_end;
    const char *value_start = reader->at;
    skip_space(reader);
    section.is_odd |= reader->at != value_start;
    int ret = read_value(reader, &value, &section.is_odd);
    if (ret == SMIMEGW_OK)
        ret = add_section(reader, name, size, section, &value);
    sgw_buf_clear(&value);
    skip_space(reader);
    if (reader->at < reader->end && *reader->at != ';')
        skip_broken(reader);
    return ret;
}

/* charset'language'text with %HH [RFC2231-4]; the charset is dropped. */
static int append_extended(struct reader *reader, struct sgw_buf *value, const char *text,
                           bool is_first)
{
    if (is_first) {
        const char *quote = strchr(text, '\'');
        quote = quote != NULL ? strchr(quote + 1, '\'') : NULL;
        reader->is_broken |= quote == NULL;
        text = quote != NULL ? quote + 1 : text;
    }
    int ret = SMIMEGW_OK;
    for (; ret == SMIMEGW_OK && *text != '\0'; text++) {
        int high = *text == '%' ? sgw_hex_value((unsigned char)text[1]) : -1;
        int low = high >= 0 ? sgw_hex_value((unsigned char)text[2]) : -1;
        if (low < 0) {
            reader->is_broken |= *text == '%';
            ret = sgw_buf_append(value, text, 1);
            continue;
        }
        text += 2;
        if (high + low == 0)
            reader->is_broken = true;
        else
            ret = sgw_buf_append_byte(value, (uint8_t)(high * 16 + low));
    }
    return ret;
}

static struct section *find_section(struct reader *reader, const char *name, int index)
{
    for (size_t i = 0; i < reader->count; i++)
        if (reader->sections[i].index == index && strcmp(reader->sections[i].name, name) == 0)
            return &reader->sections[i];
    return NULL;
}

/* The section and, where it is number 0, those that go on from it. */
static int join_sections(struct reader *reader, struct section *section, struct sgw_buf *value)
{
    bool is_first = true;
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && section != NULL) {
        if (section->is_extended)
            ret = append_extended(reader, value, section->value, is_first);
        else
            ret = sgw_buf_append_text(value, section->value);
        section->is_joined = true;
        is_first = false;
        section = section->index == NO_INDEX
                      ? NULL
                      : find_section(reader, section->name, section->index + 1);
    }
    return ret;
}

static int add_parameter(struct reader *reader, struct section *section,
                         struct sgw_content_type *type)
{
    struct sgw_parameter *found = NULL;
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(type->parameters[i].name, section->name) == 0)
            found = &type->parameters[i];
    struct sgw_buf value = SGW_BUF_INIT(0);
    int ret = join_sections(reader, section, &value);
    if (ret == SMIMEGW_OK && found != NULL) {
        found->is_odd = true; /* plain and RFC 2231 form side by side: the plain one counts */
    } else if (ret == SMIMEGW_OK) {
        struct sgw_parameter *parameter = &type->parameters[type->count++];
        parameter->is_odd = section->is_odd;
        parameter->name = sgw_strdup(section->name);
        parameter->value = sgw_strndup(sgw_buf_text(&value), value.size);
        ret = parameter->name == NULL || parameter->value == NULL ? SMIMEGW_E_NOMEM : ret;
    }
    sgw_buf_clear(&value);
    return ret;
}

static bool is_of_round(const struct section *section, int round)
{
    if (section->index != NO_INDEX)
        return round == 2 && section->index == 0;
    return round == (section->is_extended ? 1 : 0);
}

/* Plain parameters first, so that they win. */
static int add_parameters(struct reader *reader, struct sgw_content_type *type)
{
    if (reader->count == 0)
        return SMIMEGW_OK;
    type->parameters = sgw_calloc(reader->count, sizeof(*type->parameters));
    if (type->parameters == NULL)
        return SMIMEGW_E_NOMEM;
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < reader->count; i++) {
            if (!is_of_round(&reader->sections[i], round))
                continue;
            int ret = add_parameter(reader, &reader->sections[i], type);
            if (ret < 0)
                return ret;
        }
    for (size_t i = 0; i < reader->count; i++)
        reader->is_broken |= !reader->sections[i].is_joined; /* a gap in the numbers */
    return SMIMEGW_OK;
}

static int read_all(struct reader *reader, struct sgw_content_type *type)
{
    int ret = read_type(reader, &type->type);
    while (ret == SMIMEGW_OK && reader->at < reader->end) {
        reader->at++; /* the semicolon */
        skip_space(reader);
        if (reader->at < reader->end && *reader->at != ';')
            ret = read_parameter(reader);
    }
    return ret == SMIMEGW_OK ? add_parameters(reader, type) : ret;
}

int sgw_content_type_parse(const char *value, size_t size, struct sgw_content_type *ret)
{
    struct reader reader = {.at = value, .end = value + size};
    struct sgw_content_type type = {0};
    int result = read_all(&reader, &type);
    type.is_broken = reader.is_broken;
    type.has_comment = reader.has_comment;
    for (size_t i = 0; i < reader.count; i++) {
        sgw_free(reader.sections[i].name);
        sgw_free(reader.sections[i].value);
    }
    if (result < 0) {
        sgw_content_type_clear(&type);
        return result;
    }
    *ret = type;
    return SMIMEGW_OK;
}

void sgw_content_type_clear(struct sgw_content_type *type)
{
    for (size_t i = 0; i < type->count; i++) {
        sgw_free(type->parameters[i].name);
        sgw_free(type->parameters[i].value);
    }
    sgw_free(type->parameters);
    sgw_free(type->type);
    *type = (struct sgw_content_type){0};
}

const struct sgw_parameter *sgw_content_type_find(const struct sgw_content_type *type,
                                                  const char *name)
{
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(type->parameters[i].name, name) == 0)
            return &type->parameters[i];
    return NULL;
}

const char *sgw_content_type_parameter(const struct sgw_content_type *type, const char *name)
{
    const struct sgw_parameter *parameter = sgw_content_type_find(type, name);
    return parameter != NULL ? parameter->value : NULL;
}

bool sgw_content_type_is(const struct sgw_content_type *type, const char *name)
{
    return type->type != NULL && strcmp(type->type, name) == 0;
}

bool sgw_content_type_is_major(const struct sgw_content_type *type, const char *major)
{
    size_t size = strlen(major);
    return type->type != NULL && strncmp(type->type, major, size) == 0 &&
           (type->type[size] == '/' || type->type[size] == '\0');
}

bool sgw_content_type_is_multipart(const struct sgw_content_type *type)
{
    return sgw_content_type_is_major(type, "multipart");
}
