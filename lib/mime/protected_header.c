/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/protected_header.h"

#include <string.h>

#include <smimegw/error.h>

#include "base/text.h"
#include "mime/words.h"
#include "stream/sink.h"

enum {
    LINE_FOLD = 76,      /* where to fold what has to be folded */
    LINE_SIZE_MAX = 980, /* with the name; leaves room for "HP-Outer: " below 998 */
    WORD_SIZE_MAX = 900,
    NAME_SIZE_MAX = 900
};

static const char hp_outer[] = "HP-Outer: ";

/* --- what a name stands for ----------------------------------------------------------------
 */

/* Names with a star are beginnings. All others are the writer's. */
static const struct {
    const char *name;
    enum sgw_field_role role;
} roles[] = {
    {"Content-*", SGW_FIELD_STRUCTURAL},
    {"MIME-Version", SGW_FIELD_STRUCTURAL},
    {"Bcc", SGW_FIELD_BLIND},
    {"HP-Outer", SGW_FIELD_HP_OUTER},
    /* trace and resent fields [RFC5322-3.6.6] */
    {"Received", SGW_FIELD_TRANSIT},
    {"X-Received", SGW_FIELD_TRANSIT},
    {"Return-Path", SGW_FIELD_TRANSIT},
    {"Resent-*", SGW_FIELD_TRANSIT},
    /* where it was delivered to: may name a blind recipient */
    {"Delivered-To", SGW_FIELD_TRANSIT},
    {"X-Delivered-To", SGW_FIELD_TRANSIT},
    {"X-Original-To", SGW_FIELD_TRANSIT},
    {"Envelope-To", SGW_FIELD_TRANSIT},
    {"X-Envelope-*", SGW_FIELD_TRANSIT},
    /* what servers found out about it */
    {"DKIM-Signature", SGW_FIELD_TRANSIT},
    {"DomainKey-Signature", SGW_FIELD_TRANSIT},
    {"ARC-*", SGW_FIELD_TRANSIT},
    {"Authentication-Results", SGW_FIELD_TRANSIT},
    {"Received-SPF", SGW_FIELD_TRANSIT},
    {"X-Spam*", SGW_FIELD_TRANSIT},
    {"X-Virus*", SGW_FIELD_TRANSIT},
    /* mailing lists [RFC9788-7.1] */
    {"List-*", SGW_FIELD_TRANSIT},
    {"Archived-At", SGW_FIELD_TRANSIT},
};

static bool is_named(const char *data, size_t size, const char *name)
{
    size_t begin = strlen(name) - 1;
    if (name[begin] != '*')
        return sgw_is_text_nocase(data, size, name);
    return size >= begin && sgw_equal_nocase(data, begin, name, begin);
}

static const char *field_name(const struct sgw_header *header, const struct sgw_field *field)
{
    return (const char *)header->raw.data + field->start;
}

enum sgw_field_role sgw_field_role(const struct sgw_header *header,
                                   const struct sgw_field *field)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (is_named(field_name(header, field), field->name_size, roles[i].name))
            return roles[i].role;
    return SGW_FIELD_PROTECTED;
}

/* Free text, where encoded words may stand for any word [RFC2047-5]; Content-* fields that are
 * none don't come here with 8-bit bytes. */
static bool is_free_text(const struct sgw_header *header, const struct sgw_field *field)
{
    static const char *const names[] = {"Subject", "Comments", "Keywords", "Content-*"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_named(field_name(header, field), field->name_size, names[i]))
            return true;
    return false;
}

/* --- clean lines ---------------------------------------------------------------------------
 */

static int put_collapsed(struct sgw_buf *buf, const uint8_t *text, size_t size)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < size; i++) {
        if (!sgw_is_blank(text[i]))
            ret = sgw_buf_append_byte(buf, text[i]);
        else if (i + 1 < size && !sgw_is_blank(text[i + 1]))
            ret = sgw_buf_append_byte(buf, ' ');
    }
    return ret;
}

static int put_words(struct sgw_buf *buf, const uint8_t *text, size_t size)
{
    struct sgw_buf utf8 = SGW_BUF_INIT(0);
    int ret = sgw_words_utf8(text, size, &utf8);
    if (ret == SMIMEGW_OK)
        ret = sgw_words_write(sgw_buf_text(&utf8), utf8.size, false, " ", buf);
    sgw_buf_clear(&utf8);
    return ret;
}

/* Free text as 7-bit: from the first to the last word with 8-bit bytes it is encoded words,
 * between which blanks do not count [RFC2047-6.2]. */
static int put_text(struct sgw_buf *buf, const uint8_t *text, size_t size)
{
    size_t start = 0;
    size_t end = size;
    while (start < size && text[start] < 0x80)
        start++;
    if (start == size)
        return sgw_buf_append(buf, text, size);
    while (text[end - 1] < 0x80)
        end--;
    while (start > 0 && !sgw_is_blank(text[start - 1]))
        start--;
    while (end < size && !sgw_is_blank(text[end]))
        end++;
    int ret = sgw_buf_append(buf, text, start);
    if (ret == SMIMEGW_OK)
        ret = put_words(buf, text + start, end - start);
    return ret < 0 ? ret : sgw_buf_append(buf, text + end, size - end);
}

int sgw_field_put_plain(struct sgw_buf *buf, const struct sgw_header *header,
                        const struct sgw_field *field)
{
    struct sgw_buf value = SGW_BUF_INIT(0);
    struct sgw_buf words = SGW_BUF_INIT(0);
    int ret = sgw_field_value(header, field, &value);
    if (ret == SMIMEGW_OK && is_free_text(header, field))
        ret = put_text(&words, value.data, value.size);
    else if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(&words, value.data, value.size);
    if (ret == SMIMEGW_OK)
        ret = put_collapsed(buf, words.data, words.size);
    sgw_buf_clear(&words);
    sgw_buf_clear(&value);
    return ret;
}

/* The next line of a value without its blanks and line end, from *at on. */
static size_t next_line(const struct sgw_header *header, const struct sgw_field *field,
                        size_t *at, const uint8_t **ret_line)
{
    const uint8_t *start = header->raw.data + *at;
    const uint8_t *lf = memchr(start, '\n', field->end - *at);
    size_t size = lf != NULL ? (size_t)(lf - start) : field->end - *at;
    *at += lf != NULL ? size + 1 : size;
    while (size > 0 && (sgw_is_blank(start[size - 1]) || start[size - 1] == '\r'))
        size--;
    *ret_line = start;
    return size;
}

static bool has_long_line(const struct sgw_header *header, const struct sgw_field *field)
{
    const uint8_t *line;
    for (size_t at = field->value_start; at < field->end;)
        if (next_line(header, field, &at, &line) > LINE_SIZE_MAX - field->name_size)
            return true;
    return false;
}

/* Lines as they are; one of nothing but blanks would end the header for some readers. */
static int put_lines(struct sgw_buf *buf, const struct sgw_header *header,
                     const struct sgw_field *field)
{
    bool is_first = true;
    int ret = SMIMEGW_OK;
    for (size_t at = field->value_start; ret == SMIMEGW_OK && at < field->end;) {
        const uint8_t *line;
        size_t size = next_line(header, field, &at, &line);
        if (size == 0)
            continue;
        size_t skip = 0;
        while (is_first && sgw_is_blank(line[skip]))
            skip++;
        ret = sgw_buf_append_text(buf, is_first ? " " : "\r\n");
        if (ret == SMIMEGW_OK)
            ret = sgw_buf_append(buf, line + skip, size - skip);
        is_first = false;
    }
    return ret;
}

/* Put the words of a text on lines; 0 where one is too long for any. */
static int put_folded(struct sgw_buf *buf, const struct sgw_buf *text, size_t column)
{
    const uint8_t *at = text->data;
    const uint8_t *end = at + text->size;
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && at < end) {
        const uint8_t *blank = memchr(at, ' ', (size_t)(end - at));
        size_t size = (size_t)((blank != NULL ? blank : end) - at);
        if (size > WORD_SIZE_MAX)
            return 0;
        bool is_over = column + 1 + size > LINE_FOLD;
        ret = sgw_buf_append_text(buf, is_over ? "\r\n " : " ");
        if (ret == SMIMEGW_OK)
            ret = sgw_buf_append(buf, at, size);
        column = (is_over ? 1 : column + 1) + size;
        at += blank != NULL ? size + 1 : size;
    }
    return ret < 0 ? ret : 1;
}

static int put_rewritten(struct sgw_buf *buf, const struct sgw_header *header,
                         const struct sgw_field *field, size_t column)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret = sgw_field_put_plain(&text, header, field);
    if (ret == SMIMEGW_OK)
        ret = put_folded(buf, &text, column);
    sgw_buf_clear(&text);
    return ret;
}

int sgw_field_put_clean(struct sgw_buf *buf, const char *prefix,
                        const struct sgw_header *header, const struct sgw_field *field)
{
    size_t start = buf->size;
    bool is_clean = sgw_is_ascii(field_name(header, field), field->end - field->start);
    if ((!is_clean && !is_free_text(header, field)) || field->name_size > NAME_SIZE_MAX)
        return 0;
    int ret = sgw_buf_printf(buf, "%s%.*s:", prefix, (int)field->name_size,
                             field_name(header, field));
    if (ret == SMIMEGW_OK && is_clean && !has_long_line(header, field))
        ret = put_lines(buf, header, field) < 0 ? SMIMEGW_E_NOMEM : 1;
    else if (ret == SMIMEGW_OK)
        ret = put_rewritten(buf, header, field, buf->size - start);
    if (ret > 0 && sgw_buf_append_text(buf, "\r\n") < 0)
        ret = SMIMEGW_E_NOMEM;
    if (ret <= 0)
        sgw_buf_truncate(buf, start);
    return ret;
}

/* --- the header of a message that goes out -------------------------------------------------
 */

struct planner {
    struct sgw_header_plan *plan;
    const struct sgw_header *header;
    enum sgw_header_rule rule;
    bool is_encrypted;
    struct sgw_buf copies; /* HP-Outer */
};

static int keep_outside(struct planner *planner, const struct sgw_field *field)
{
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, &planner->plan->outer);
    return sgw_field_write(planner->header, field, &sink.base, NULL);
}

/* Both the field outside and the copy of it inside. */
static int change_outside(struct planner *planner, const struct sgw_field *field,
                          const char *value)
{
    const char *name = field_name(planner->header, field);
    int size = (int)field->name_size;
    int ret = sgw_buf_printf(&planner->plan->outer, "%.*s: %s\r\n", size, name, value);
    return ret < 0 ? ret
                   : sgw_buf_printf(&planner->copies, "%s%.*s: %s\r\n", hp_outer, size, name,
                                    value);
}

static int plan_outside(struct planner *planner, const struct sgw_field *field)
{
    enum sgw_outer_choice choice = SGW_OUTER_SAME;
    struct sgw_buf value = SGW_BUF_INIT(0);
    int ret = SMIMEGW_OK;
    if (planner->is_encrypted)
        ret = sgw_outer_choose(planner->rule, planner->header, field, &value, &choice);
    if (ret == SMIMEGW_OK && choice == SGW_OUTER_CHANGED)
        ret = change_outside(planner, field, sgw_buf_text(&value));
    sgw_buf_clear(&value);
    if (ret < 0 || choice != SGW_OUTER_SAME)
        return ret;
    ret = keep_outside(planner, field);
    if (ret == SMIMEGW_OK && planner->is_encrypted)
        ret = sgw_field_put_clean(&planner->copies, hp_outer, planner->header, field);
    return ret < 0 ? ret : SMIMEGW_OK;
}

/* What can't be copied inside is not hidden outside, either: it would be lost. */
static int plan_field(struct planner *planner, const struct sgw_field *field)
{
    int ret = 0;
    if (sgw_field_role(planner->header, field) == SGW_FIELD_PROTECTED)
        ret = sgw_field_put_clean(&planner->plan->inner, "", planner->header, field);
    if (ret < 0)
        return ret;
    return ret > 0 ? plan_outside(planner, field) : keep_outside(planner, field);
}

int sgw_header_plan_init(struct sgw_header_plan *plan, const struct sgw_header *header,
                         enum sgw_header_rule rule, bool is_encrypted)
{
    struct sgw_header_plan made = {.hp = is_encrypted ? "cipher" : "clear"};
    struct planner planner = {
        .plan = &made, .header = header, .rule = rule, .is_encrypted = is_encrypted};
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < header->count; i++)
        if (!sgw_field_is_content(header, &header->fields[i]))
            ret = plan_field(&planner, &header->fields[i]);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(&made.inner, planner.copies.data, planner.copies.size);
    sgw_buf_clear(&planner.copies);
    if (ret < 0)
        sgw_header_plan_clear(&made);
    else
        *plan = made;
    return ret;
}

void sgw_header_plan_clear(struct sgw_header_plan *plan)
{
    sgw_buf_clear(&plan->inner);
    sgw_buf_clear(&plan->outer);
}
