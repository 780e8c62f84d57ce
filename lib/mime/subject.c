/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/subject.h"

#include <smimegw/error.h>
#include <string.h>

#include "base/text.h"
#include "mime/words.h"

/* A text on its way out: the tag is taken back as soon as its last byte was written, so that
 * what closes up to form it goes, too. */
struct strip {
    const char *text;
    size_t size;
    size_t at;
    const char *tag;
    struct sgw_buf *out;
    size_t start;     /* of out: where this text begins */
    size_t floor;     /* of out: behind the last encoded-word, which no tag reaches into */
    bool is_folded;   /* a header's; else decoded */
    bool keeps_start; /* a blank at an end stays one there */
    bool keeps_end;
    bool has_found;
};

static bool is_space(char c)
{
    return sgw_is_blank((unsigned char)c) || c == '\r' || c == '\n';
}

/* --- plain text ----------------------------------------------------------------------------
 */

/* Bytes at the end of out that are the tag; 0: it does not end there. */
static size_t tail_size(const struct strip *strip)
{
    const char *out = (const char *)strip->out->data;
    size_t at = strip->out->size;
    size_t left = strlen(strip->tag);
    while (left > 0) {
        char c = strip->tag[--left];
        if (at == strip->floor)
            return 0;
        if (is_space(c)) {
            if (!is_space(out[at - 1]))
                return 0;
            while (left > 0 && is_space(strip->tag[left - 1]))
                left--;
            while (at > strip->floor && is_space(out[at - 1]))
                at--;
        } else if (sgw_lower((unsigned char)out[--at]) != sgw_lower((unsigned char)c)) {
            return 0;
        }
    }
    return strip->out->size - at;
}

/* Blanks that met where something was taken out. */
struct gap {
    bool has_blank;
    bool has_lf;
    bool has_cr;
};

static void note_blank(struct gap *gap, char c)
{
    gap->has_blank = true;
    gap->has_lf |= c == '\n';
    gap->has_cr |= c == '\r';
}

static bool is_word_next(const struct strip *strip)
{
    struct sgw_word word;
    return strip->is_folded &&
           sgw_word_read(strip->text + strip->at, strip->size - strip->at, &word);
}

static bool is_behind_word(const struct strip *strip)
{
    return strip->floor > strip->start && strip->out->size == strip->floor;
}

static int put_blank(struct strip *strip, const struct gap *gap)
{
    bool is_fold = gap->has_lf && strip->is_folded;
    return sgw_buf_append_text(strip->out, !is_fold ? " " : gap->has_cr ? "\r\n " : "\n ");
}

/* One blank for all around what was just taken out. */
static int close_gap(struct strip *strip)
{
    struct gap gap = {0};
    struct sgw_buf *out = strip->out;
    strip->has_found = true;
    while (out->size > strip->floor && is_space((char)out->data[out->size - 1])) {
        note_blank(&gap, (char)out->data[out->size - 1]);
        sgw_buf_truncate(out, out->size - 1);
    }
    for (; strip->at < strip->size && is_space(strip->text[strip->at]); strip->at++)
        note_blank(&gap, strip->text[strip->at]);
    bool is_start = out->size == strip->start;
    bool is_end = strip->at == strip->size;
    if (!gap.has_blank || (is_start && !strip->keeps_start) || (is_end && !strip->keeps_end))
        return SMIMEGW_OK;
    bool is_between = is_behind_word(strip) && is_word_next(strip);
    int ret = put_blank(strip, &gap);
    /* a blank between encoded-words is none [RFC2047-6.2] */
    if (ret == SMIMEGW_OK && is_between) {
        ret = sgw_buf_append_text(out, "=?us-ascii?Q?_?= ");
        strip->floor = out->size - 1;
    }
    return ret;
}

static int take_byte(struct strip *strip)
{
    int ret = sgw_buf_append_byte(strip->out, (uint8_t)strip->text[strip->at++]);
    if (ret < 0)
        return ret;
    size_t size = tail_size(strip);
    if (size == 0)
        return SMIMEGW_OK;
    sgw_buf_truncate(strip->out, strip->out->size - size);
    return close_gap(strip);
}

/* --- encoded-words -------------------------------------------------------------------------
 */

static size_t skip_space(const char *text, size_t size, size_t at)
{
    while (at < size && is_space(text[at]))
        at++;
    return at;
}

static bool word_at(const struct strip *strip, size_t at, struct sgw_word *ret)
{
    return (at == 0 || is_space(strip->text[at - 1])) &&
           sgw_word_read(strip->text + at, strip->size - at, ret);
}

/* Words that belong together, decoded into one text. */
struct run {
    size_t size;
    bool is_base64; /* of the first */
    bool is_text;   /* what it stands for is known */
    struct sgw_buf text;
};

static int read_run(const struct strip *strip, struct run *run)
{
    struct sgw_word word;
    size_t at = strip->at;
    int ret = SMIMEGW_OK;
    for (; ret == SMIMEGW_OK && word_at(strip, at, &word);
         at = skip_space(strip->text, strip->size, at)) {
        bool is_first = at == strip->at;
        if (is_first)
            *run = (struct run){.size = word.size, .is_base64 = word.is_base64};
        if (!word.is_utf8)
            break;
        ret = sgw_word_decode(&word, &run->text);
        if (ret < 0)
            break;
        run->is_text = true;
        at += word.size;
        run->size = at - strip->at;
    }
    /* one that can't be read ends the run, or is one of its own */
    return ret == SMIMEGW_E_SYNTAX ? SMIMEGW_OK : ret;
}

/* The run's text without the tag. */
static int strip_run(const struct strip *strip, const struct run *run, struct sgw_buf *out,
                     bool *ret_found)
{
    struct sgw_word word;
    size_t next = skip_space(strip->text, strip->size, strip->at + run->size);
    size_t last = strip->out->size;
    while (last > strip->floor && is_space((char)strip->out->data[last - 1]))
        last--;
    struct strip inner = {
        .text = (const char *)run->text.data,
        .size = run->text.size,
        .tag = strip->tag,
        .out = out,
        /* beside words of another charset there is no blank but theirs */
        .keeps_start = strip->floor > strip->start && last == strip->floor,
        .keeps_end = next < strip->size && word_at(strip, next, &word),
    };
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && inner.at < inner.size)
        ret = take_byte(&inner);
    *ret_found = inner.has_found;
    return ret;
}

static int put_run(struct strip *strip, const struct run *run, const char *separator)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    bool has_found = false;
    const char *raw = strip->text + strip->at;
    int ret = run->is_text ? strip_run(strip, run, &text, &has_found) : SMIMEGW_OK;
    strip->at += run->size;
    strip->has_found |= has_found;
    if (ret == SMIMEGW_OK && has_found && text.size == 0) {
        ret = close_gap(strip);
    } else if (ret == SMIMEGW_OK) {
        ret = has_found ? sgw_words_write(sgw_buf_text(&text), text.size, run->is_base64,
                                          separator, strip->out)
                        : sgw_buf_append(strip->out, raw, run->size);
        strip->floor = strip->out->size;
    }
    sgw_buf_clear(&text);
    return ret;
}

static int take_run(struct strip *strip, const char *separator)
{
    struct run run = {0};
    int ret = read_run(strip, &run);
    if (ret == SMIMEGW_OK)
        ret = put_run(strip, &run, separator);
    sgw_buf_clear(&run.text);
    return ret;
}

static int strip_once(const char *value, size_t size, const char *tag,
                      struct sgw_buf *ret_value, bool *ret_found)
{
    struct sgw_word word;
    size_t old_size = ret_value->size;
    size_t end = size;
    if (end > 0 && value[end - 1] == '\n')
        end--;
    if (end > 0 && end < size && value[end - 1] == '\r')
        end--;
    const char *separator = size - end == 1 ? "\n " : "\r\n ";
    struct strip strip = {.text = value,
                          .size = end,
                          .tag = tag,
                          .out = ret_value,
                          .start = old_size,
                          .floor = old_size,
                          .is_folded = true,
                          .keeps_start = true};
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && strip.at < end)
        ret =
            word_at(&strip, strip.at, &word) ? take_run(&strip, separator) : take_byte(&strip);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(ret_value, value + end, size - end);
    if (ret < 0 || !strip.has_found)
        sgw_buf_truncate(ret_value, old_size);
    *ret_found = ret == SMIMEGW_OK && strip.has_found;
    return ret;
}

/* An encoded-word with the tag right beside it is none until the tag is gone. */
int sgw_subject_strip(const char *value, size_t size, const char *tag,
                      struct sgw_buf *ret_value, bool *ret_found)
{
    size_t old_size = ret_value->size;
    int ret = strip_once(value, size, tag, ret_value, ret_found);
    for (bool has_more = *ret_found; ret == SMIMEGW_OK && has_more;) {
        struct sgw_buf again = SGW_BUF_INIT(0);
        ret = strip_once((const char *)ret_value->data + old_size, ret_value->size - old_size,
                         tag, &again, &has_more);
        if (ret == SMIMEGW_OK && has_more) {
            sgw_buf_truncate(ret_value, old_size);
            ret = sgw_buf_append(ret_value, again.data, again.size);
        }
        sgw_buf_clear(&again);
    }
    if (ret < 0) {
        sgw_buf_truncate(ret_value, old_size);
        *ret_found = false;
    }
    return ret;
}
