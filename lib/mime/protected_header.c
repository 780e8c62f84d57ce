/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/protected_header.h"

#include <string.h>

#include <smimegw/error.h>

#include "base/alloc.h"
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
    {"Authentication-Results*", SGW_FIELD_TRANSIT}, /* -Original */
    {"Original-Authentication-Results", SGW_FIELD_TRANSIT},
    {"X-Authentication-*", SGW_FIELD_TRANSIT},
    {"X-Original-Authentication-*", SGW_FIELD_TRANSIT},
    {"Received-SPF", SGW_FIELD_TRANSIT},
    {"X-MS-Exchange-*", SGW_FIELD_TRANSIT},
    {"X-Microsoft-Antispam*", SGW_FIELD_TRANSIT},
    {"X-Forefront-*", SGW_FIELD_TRANSIT},
    {"X-Google-*", SGW_FIELD_TRANSIT},
    {"X-Gm-*", SGW_FIELD_TRANSIT},
    {"X-IronPort-*", SGW_FIELD_TRANSIT},
    {"X-Proofpoint-*", SGW_FIELD_TRANSIT},
    {"X-Mimecast-*", SGW_FIELD_TRANSIT},
    {"X-Barracuda-*", SGW_FIELD_TRANSIT},
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

enum sgw_field_role sgw_field_role(const struct sgw_header *header,
                                   const struct sgw_field *field)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (is_named(sgw_field_name(header, field), field->name_size, roles[i].name))
            return roles[i].role;
    return SGW_FIELD_PROTECTED;
}

bool sgw_field_is_like(const struct sgw_header *a, const struct sgw_field *a_field,
                       const struct sgw_header *b, const struct sgw_field *b_field)
{
    return sgw_equal_nocase(sgw_field_name(a, a_field), a_field->name_size,
                            sgw_field_name(b, b_field), b_field->name_size);
}

/* Free text, where encoded words may stand for any word [RFC2047-5]; Content-* fields that are
 * none don't come here with 8-bit bytes. */
static bool is_free_text(const struct sgw_header *header, const struct sgw_field *field)
{
    static const char *const names[] = {"Subject", "Comments", "Keywords", "Content-*"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_named(sgw_field_name(header, field), field->name_size, names[i]))
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

/* Between two encoded words a blank is none [RFC2047-6.2]: is there one before, or behind? */
static bool is_behind_word(const uint8_t *text, size_t at)
{
    struct sgw_word word;
    while (at > 0 && sgw_is_blank(text[at - 1]))
        at--;
    size_t start = at;
    while (start > 0 && !sgw_is_blank(text[start - 1]))
        start--;
    return sgw_word_read((const char *)text + start, at - start, &word);
}

static bool is_before_word(const uint8_t *text, size_t size, size_t at)
{
    struct sgw_word word;
    while (at < size && sgw_is_blank(text[at]))
        at++;
    return sgw_word_read((const char *)text + at, size - at, &word);
}

/* Free text as 7-bit in short words: from the first to the last word that is not, it is
 * encoded words, between which blanks do not count [RFC2047-6.2]. */
static int put_text(struct sgw_buf *buf, const uint8_t *text, size_t size, size_t word_max)
{
    size_t start = size;
    size_t end = 0;
    for (size_t at = 0, word = 0; at <= size; at++) {
        if (at < size && !sgw_is_blank(text[at]))
            continue;
        if (at - word > word_max || !sgw_is_ascii((const char *)text + word, at - word)) {
            start = word < start ? word : start;
            end = at;
        }
        word = at + 1;
    }
    if (end == 0)
        return sgw_buf_append(buf, text, size);
    /* a blank that people see goes inside, too */
    size_t from = start > 0 && is_behind_word(text, start) ? start - 1 : start;
    size_t to = end < size && is_before_word(text, size, end) ? end + 1 : end;
    int ret = sgw_buf_append(buf, text, start);
    if (ret == SMIMEGW_OK)
        ret = put_words(buf, text + from, to - from);
    return ret < 0 ? ret : sgw_buf_append(buf, text + end, size - end);
}

int sgw_field_put_plain(struct sgw_buf *buf, const struct sgw_header *header,
                        const struct sgw_field *field)
{
    struct sgw_buf value = SGW_BUF_INIT(0);
    struct sgw_buf words = SGW_BUF_INIT(0);
    int ret = sgw_field_value(header, field, &value);
    if (ret == SMIMEGW_OK && is_free_text(header, field))
        ret = put_text(&words, value.data, value.size,
                       sgw_field_is_content(header, field) ? SIZE_MAX : WORD_SIZE_MAX);
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
    bool is_clean = sgw_is_ascii(sgw_field_name(header, field), field->end - field->start);
    if ((!is_clean && !is_free_text(header, field)) || field->name_size > NAME_SIZE_MAX)
        return 0;
    int ret = sgw_buf_printf(buf, "%s%.*s:", prefix, (int)field->name_size,
                             sgw_field_name(header, field));
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
    bool *goes_inside;     /* by the fields of the header */
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
    const char *name = sgw_field_name(planner->header, field);
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

/* Part of a name inside would stand for all of it, and the rest be lost at the reader. */
static void keep_name_outside(struct planner *planner, const struct sgw_field *name)
{
    const struct sgw_header *header = planner->header;
    for (size_t i = 0; i < header->count; i++)
        if (sgw_field_is_like(header, &header->fields[i], header, name))
            planner->goes_inside[i] = false;
}

static int find_inside(struct planner *planner)
{
    const struct sgw_header *header = planner->header;
    struct sgw_buf tried = SGW_BUF_INIT(0);
    int ret = SMIMEGW_OK;
    planner->goes_inside = sgw_calloc(header->count + 1, sizeof(*planner->goes_inside));
    if (planner->goes_inside == NULL)
        return SMIMEGW_E_NOMEM;
    for (size_t i = 0; i < header->count; i++)
        planner->goes_inside[i] =
            sgw_field_role(header, &header->fields[i]) == SGW_FIELD_PROTECTED;
    for (size_t i = 0; ret >= 0 && i < header->count; i++) {
        if (!planner->goes_inside[i])
            continue;
        sgw_buf_truncate(&tried, 0);
        ret = sgw_field_put_clean(&tried, "", header, &header->fields[i]);
        if (ret == 0)
            keep_name_outside(planner, &header->fields[i]);
    }
    sgw_buf_clear(&tried);
    return ret < 0 ? ret : SMIMEGW_OK;
}

/* What can't be copied inside is not hidden outside, either: it would be lost. Subject,
 * Comments and Keywords always can. */
static int plan_field(struct planner *planner, size_t index)
{
    const struct sgw_field *field = &planner->header->fields[index];
    if (!planner->goes_inside[index])
        return keep_outside(planner, field);
    int ret = sgw_field_put_clean(&planner->plan->inner, "", planner->header, field);
    return ret < 0 ? ret : plan_outside(planner, field);
}

static size_t count_fields(const struct sgw_buf *lines)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < lines->size; i++)
        count += lines->data[i] == '\n' && !sgw_is_blank(lines->data[i + 1]);
    return count + (lines->size > 0);
}

int sgw_header_plan_init(struct sgw_header_plan *plan, const struct sgw_header *header,
                         enum sgw_header_rule rule, bool is_encrypted)
{
    struct sgw_header_plan made = {.hp = is_encrypted ? "cipher" : "clear"};
    struct planner planner = {
        .plan = &made, .header = header, .rule = rule, .is_encrypted = is_encrypted};
    int ret = find_inside(&planner);
    for (size_t i = 0; ret == SMIMEGW_OK && i < header->count; i++)
        if (!sgw_field_is_content(header, &header->fields[i]))
            ret = plan_field(&planner, i);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(&made.inner, planner.copies.data, planner.copies.size);
    made.inner_count = count_fields(&made.inner);
    sgw_buf_clear(&planner.copies);
    sgw_free(planner.goes_inside);
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
