/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/content_field.h"

#include <string.h>

#include <smimegw/error.h>

#include "base/text.h"
#include "mime/content_parameters.h"
#include "mime/protected_header.h"
#include "mime/words.h"
#include "stream/sink.h"

enum { LINE_MAX_SIZE = 998 }; /* [RFC5322-2.1.1] */

/* --- kinds ---------------------------------------------------------------------------------
 */

enum kind {
    KIND_TEXT,       /* encoded words will do [RFC2047-5] */
    KIND_PARAMETERS, /* a type, and parameters */
    KIND_TOKENS      /* ASCII or nothing */
};

static const struct {
    const char *name;
    enum kind kind;
    bool is_vital; /* tells how the body is read */
} kinds[] = {
    {"Content-Type", KIND_PARAMETERS, true},
    {"Content-Transfer-Encoding", KIND_TOKENS, true},
    {"Content-Disposition", KIND_PARAMETERS, false},
    {"Content-ID", KIND_TOKENS, false},
    {"Content-MD5", KIND_TOKENS, false},
    {"Content-Base", KIND_TOKENS, false},
    {"Content-Language", KIND_TOKENS, false},
    {"Content-Duration", KIND_TOKENS, false},
    {"Content-Features", KIND_TOKENS, false},
};

static enum kind kind_of(const struct sgw_header *header, const struct sgw_field *field,
                         bool *ret_is_vital)
{
    *ret_is_vital = false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!sgw_is_text_nocase(sgw_field_name(header, field), field->name_size,
                                kinds[i].name))
            continue;
        *ret_is_vital = kinds[i].is_vital;
        return kinds[i].kind;
    }
    return KIND_TEXT;
}

/* --- what is to be done --------------------------------------------------------------------
 */

static bool is_control(uint8_t c)
{
    return (c < ' ' && c != '\t') || c == 0x7f;
}

/* A line without its end; a CR that belongs to none is a control character. */
static bool is_clean_line(const uint8_t *line, size_t size, enum sgw_content_form form)
{
    size_t blanks = 0;
    if (form == SGW_CONTENT_7BIT && size > LINE_MAX_SIZE)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (is_control(line[i]) || (form == SGW_CONTENT_7BIT && line[i] >= 0x80))
            return false;
        blanks += sgw_is_blank(line[i]);
    }
    return blanks < size;
}

static bool is_clean(const struct sgw_header *header, const struct sgw_field *field,
                     enum sgw_content_form form)
{
    const uint8_t *data = header->raw.data;
    for (size_t at = field->start; at < field->end;) {
        const uint8_t *lf = memchr(data + at, '\n', field->end - at);
        size_t size = lf != NULL ? (size_t)(lf - data) - at : field->end - at;
        size_t next = at + size + (lf != NULL);
        if (lf != NULL && size > 0 && data[at + size - 1] == '\r')
            size--;
        if (!is_clean_line(data + at, size, form))
            return false;
        at = next;
    }
    return sgw_utf8_valid(data + field->start, field->end - field->start);
}

/* The field alone, in UTF-8 and without control characters. */
static int copy_field(const struct sgw_header *header, const struct sgw_field *field,
                      struct sgw_header *ret_copy, bool *ret_has_control)
{
    struct sgw_buf *raw = &ret_copy->raw;
    *ret_has_control = false;
    int ret = sgw_words_utf8(header->raw.data + field->start, field->end - field->start, raw);
    for (size_t i = 0; ret == SMIMEGW_OK && i < raw->size; i++) {
        bool is_end = raw->data[i] == '\n' ||
                      (raw->data[i] == '\r' && i + 1 < raw->size && raw->data[i + 1] == '\n');
        if (is_end || !is_control(raw->data[i]))
            continue;
        raw->data[i] = '_';
        *ret_has_control = true;
    }
    return ret;
}

/* --- fields --------------------------------------------------------------------------------
 */

static int put_with_parameters(struct sgw_buf *buf, const struct sgw_header *header,
                               const struct sgw_field *field, const char *hp)
{
    struct sgw_buf value = SGW_BUF_INIT(0);
    int ret = sgw_field_value(header, field, &value);
    if (ret == SMIMEGW_OK)
        ret =
            sgw_buf_printf(buf, "%.*s:", (int)field->name_size, sgw_field_name(header, field));
    if (ret == SMIMEGW_OK)
        ret = sgw_parameters_put(buf, &value, hp);
    if (ret > 0 && sgw_buf_append_text(buf, "\r\n") < 0)
        ret = SMIMEGW_E_NOMEM;
    sgw_buf_clear(&value);
    return ret;
}

static int put_anew(struct sgw_buf *buf, const struct sgw_header *header,
                    const struct sgw_field *field, const char *hp)
{
    struct sgw_header copy = {0};
    bool has_control;
    bool is_vital;
    size_t start = buf->size;
    enum kind kind = kind_of(header, field, &is_vital);
    int ret = copy_field(header, field, &copy, &has_control);
    const struct sgw_field whole = {.name_size = field->name_size,
                                    .value_start = field->value_start - field->start,
                                    .end = copy.raw.size};
    const char *text = (const char *)copy.raw.data;
    if (ret == SMIMEGW_OK && kind == KIND_PARAMETERS)
        ret = put_with_parameters(buf, &copy, &whole, hp);
    else if (ret == SMIMEGW_OK &&
             (kind == KIND_TEXT || (!has_control && sgw_is_ascii(text, copy.raw.size))))
        ret = sgw_field_put_clean(buf, "", &copy, &whole);
    if (ret <= 0)
        sgw_buf_truncate(buf, start);
    sgw_buf_clear(&copy.raw);
    return ret;
}

int sgw_content_field_put(struct sgw_buf *buf, const struct sgw_header *header,
                          const struct sgw_field *field, enum sgw_content_form form,
                          const char *hp)
{
    struct sgw_buf_sink sink;
    int ret;
    if (!sgw_is_text_nocase(sgw_field_name(header, field), field->name_size, "Content-Type"))
        hp = NULL;
    if (!is_clean(header, field, form))
        return put_anew(buf, header, field, hp);
    sgw_buf_sink_init(&sink, buf);
    if (hp != NULL)
        ret = sgw_hp_put(buf, header, field, hp[0] != '\0' ? hp : NULL);
    else
        ret = sgw_field_write(header, field, &sink.base, NULL);
    return ret < 0 ? ret : 1;
}

int sgw_content_lift(struct sgw_buf *buf, const struct sgw_header *header, const char *hp)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret >= 0 && i < header->count; i++)
        if (sgw_field_is_content(header, &header->fields[i]))
            ret = sgw_content_field_put(buf, header, &header->fields[i], SGW_CONTENT_UTF8, hp);
    return ret < 0 ? ret : SMIMEGW_OK;
}

int sgw_content_check(const struct sgw_header *header, bool *ret_can_lift)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret = 1;
    for (size_t i = 0; ret > 0 && i < header->count; i++) {
        bool is_vital;
        (void)kind_of(header, &header->fields[i], &is_vital);
        if (is_vital)
            ret = sgw_content_field_put(&text, header, &header->fields[i], SGW_CONTENT_UTF8,
                                        NULL);
    }
    sgw_buf_clear(&text);
    if (ret < 0)
        return ret;
    *ret_can_lift = ret > 0;
    return SMIMEGW_OK;
}
