/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "mime/content_type.h"
#include "mime/text/charset.h"
#include "stream/sink.h"

/* =?charset?encoding?text?= */
struct word {
    const char *charset;
    size_t charset_size;
    char encoding; /* 'q' or 'b' */
    const char *text;
    size_t text_size;
    const char *next; /* behind it */
};

static int sextet(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (sgw_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int loose_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                      struct smimegw_error **ret_error)
{
    struct sgw_loose_base64 *stage = (struct sgw_loose_base64 *)base;
    uint8_t room[1024];
    size_t used = 0;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; i < size && ret == SMIMEGW_OK; i++) {
        int value = sextet(data[i]);
        if (value < 0) {
            if (data[i] == '=')
                stage->bit_count = 0;
            continue;
        }
        stage->bits = (stage->bits << 6 | (uint32_t)value) & 0xffff;
        stage->bit_count += 6;
        if (stage->bit_count >= 8) {
            stage->bit_count -= 8;
            room[used++] = (uint8_t)(stage->bits >> stage->bit_count);
        }
        if (used == sizeof(room)) {
            ret = sgw_push(stage->next, room, used, ret_error);
            used = 0;
        }
    }
    return SGW_STEP(ret, sgw_push(stage->next, room, used, ret_error));
}

static int loose_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    return sgw_finish(((struct sgw_loose_base64 *)base)->next, ret_error);
}

void sgw_loose_base64_init(struct sgw_loose_base64 *stage, struct sgw_stage *next)
{
    *stage = (struct sgw_loose_base64){.base = {loose_push, loose_finish}, .next = next};
}

static const char *find(const char *from, const char *end, char c)
{
    return from < end ? memchr(from, c, (size_t)(end - from)) : NULL;
}

static bool read_word(const char *at, const char *end, struct word *ret)
{
    if (end - at < 8 || at[0] != '=' || at[1] != '?')
        return false;
    ret->charset = at + 2;
    const char *mark = find(ret->charset, end, '?');
    if (mark == NULL || mark == ret->charset || end - mark < 5 || mark[2] != '?')
        return false;
    /* charset*language [RFC2231-5] */
    const char *star = find(ret->charset, mark, '*');
    ret->charset_size = (size_t)((star != NULL ? star : mark) - ret->charset);
    ret->encoding = (char)sgw_lower(mark[1]);
    ret->text = mark + 3;
    mark = find(ret->text, end, '?');
    if (mark == NULL || end - mark < 2 || mark[1] != '=')
        return false;
    ret->text_size = (size_t)(mark - ret->text);
    ret->next = mark + 2;
    return ret->encoding == 'q' || ret->encoding == 'b';
}

static int push_q(const struct word *word, struct sgw_stage *stage,
                  struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; i < word->text_size && ret == SMIMEGW_OK; i++) {
        uint8_t byte = (uint8_t)(word->text[i] == '_' ? ' ' : word->text[i]);
        bool is_escape = byte == '=' && word->text_size - i > 2;
        int high = is_escape ? sgw_hex_value((unsigned char)word->text[i + 1]) : -1;
        int low = high >= 0 ? sgw_hex_value((unsigned char)word->text[i + 2]) : -1;
        if (low >= 0) {
            byte = (uint8_t)(high * 16 + low);
            i += 2;
        }
        ret = sgw_push(stage, &byte, 1, ret_error);
    }
    return SGW_STEP(ret, sgw_finish(stage, ret_error));
}

static int put_word(const struct word *word, struct sgw_buf *ret_text,
                    struct smimegw_error **ret_error)
{
    struct sgw_charset_stage charset;
    struct sgw_loose_base64 base64;
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, ret_text);
    int ret = sgw_charset_stage_init(&charset, word->charset, word->charset_size, &sink.base,
                                     ret_error);
    if (ret < 0)
        return ret;
    if (word->encoding == 'q') {
        ret = push_q(word, &charset.base, ret_error);
    } else {
        sgw_loose_base64_init(&base64, &charset.base);
        ret = sgw_push(&base64.base, word->text, word->text_size, ret_error);
        ret = SGW_STEP(ret, sgw_finish(&base64.base, ret_error));
    }
    sgw_charset_stage_clear(&charset);
    return ret;
}

/* Bytes up to the next encoded word. */
static size_t plain_size(const char *at, const char *end)
{
    struct word word;
    const char *from = at;
    while (from < end && (*from != '=' || !read_word(from, end, &word)))
        from++;
    return (size_t)(from - at);
}

static bool is_space(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!sgw_is_folding_space(at[i]))
            return false;
    return true;
}

int sgw_words_decode(const char *value, size_t size, struct sgw_buf *ret_text,
                     struct smimegw_error **ret_error)
{
    const char *end = value + size;
    struct word word;
    bool was_word = false;
    int ret = SMIMEGW_OK;
    while (value < end && ret == SMIMEGW_OK) {
        size_t plain = plain_size(value, end);
        bool is_word = read_word(value + plain, end, &word);
        /* blanks between two words belong to neither [RFC2047-6.2] */
        if (!(was_word && is_word && is_space(value, plain)))
            ret = sgw_charset_append(NULL, 0, value, plain, ret_text, ret_error);
        value += plain;
        if (is_word && ret == SMIMEGW_OK) {
            ret = put_word(&word, ret_text, ret_error);
            value = word.next;
        }
        was_word = is_word;
    }
    return ret;
}
