/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/words.h"

#include <smimegw/error.h>
#include <string.h>

#include "base/text.h"
#include "stream/base64.h"
#include "stream/sink.h"

/* "=?utf-8?Q?" and "?=" leave so many of 75 characters [RFC2047-2]; of bytes in base64. */
enum { Q_ROOM = 63, B_ROOM = 45 };

/* --- reading -------------------------------------------------------------------------------
 */

static size_t token_size(const char *data, size_t size)
{
    size_t at = 0;
    while (at < size && !sgw_is_blank((unsigned char)data[at]) && data[at] != '\r' &&
           data[at] != '\n')
        at++;
    return at;
}

/* A language may follow the charset [RFC2231-5]. */
static bool is_utf8_name(const char *charset, size_t size)
{
    const char *star = memchr(charset, '*', size);
    if (star != NULL)
        size = (size_t)(star - charset);
    return sgw_is_text_nocase(charset, size, "utf-8") ||
           sgw_is_text_nocase(charset, size, "us-ascii");
}

bool sgw_word_read(const char *data, size_t size, struct sgw_word *ret)
{
    if (size < 8 || data[0] != '=' || data[1] != '?')
        return false;
    size_t whole = token_size(data, size);
    if (whole < 8 || data[whole - 1] != '=' || data[whole - 2] != '?')
        return false;
    const char *end = data + whole - 2;
    const char *charset = data + 2;
    const char *mark = memchr(charset, '?', (size_t)(end - charset));
    if (mark == NULL || mark == charset || end - mark < 3 || mark[2] != '?')
        return false;
    int encoding = sgw_lower((unsigned char)mark[1]);
    *ret = (struct sgw_word){
        .size = whole,
        .is_utf8 = is_utf8_name(charset, (size_t)(mark - charset)),
        .is_base64 = encoding == 'b',
        .value = mark + 3,
        .value_size = (size_t)(end - mark) - 3,
    };
    return (encoding == 'b' || encoding == 'q') &&
           memchr(ret->value, '?', ret->value_size) == NULL;
}

static int decode_q(const struct sgw_word *word, struct sgw_buf *text)
{
    for (size_t at = 0; at < word->value_size; at++) {
        const char *c = word->value + at;
        int byte = *c == '_' ? ' ' : (unsigned char)*c;
        if (*c == '=') {
            int high = word->value_size - at > 2 ? sgw_hex_value((unsigned char)c[1]) : -1;
            int low = high >= 0 ? sgw_hex_value((unsigned char)c[2]) : -1;
            if (low < 0)
                return SMIMEGW_E_SYNTAX;
            byte = high * 16 + low;
            at += 2;
        }
        int ret = sgw_buf_append_byte(text, (uint8_t)byte);
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}

static int decode_b(const struct sgw_word *word, struct sgw_buf *text)
{
    struct sgw_base64_decoder decoder;
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, text);
    sgw_base64_decoder_init(&decoder, &sink.base);
    int ret = sgw_push(&decoder.base, word->value, word->value_size, NULL);
    return ret == SMIMEGW_OK ? sgw_finish(&decoder.base, NULL) : ret;
}

int sgw_word_decode(const struct sgw_word *word, struct sgw_buf *ret_text)
{
    size_t old_size = ret_text->size;
    int ret = word->is_base64 ? decode_b(word, ret_text) : decode_q(word, ret_text);
    if (ret < 0)
        sgw_buf_truncate(ret_text, old_size);
    return ret;
}

/* --- writing -------------------------------------------------------------------------------
 */

/* What stands for itself wherever an encoded-word may be [RFC2047-5]. */
static bool is_plain(unsigned char c)
{
    return sgw_is_alpha(c) || sgw_is_digit(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

size_t sgw_words_character(const char *text, size_t size)
{
    size_t count = 1;
    while (count < size && count < 4 && ((unsigned char)text[count] & 0xc0) == 0x80)
        count++;
    return count;
}

static size_t cost(const char *text, size_t size, bool is_base64)
{
    size_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += is_base64 || is_plain((unsigned char)text[i]) || text[i] == ' ' ? 1 : 3;
    return sum;
}

/* As much of the text as one word holds. */
static size_t fill_word(const char *text, size_t size, bool is_base64)
{
    size_t room = is_base64 ? B_ROOM : Q_ROOM;
    size_t taken = 0;
    while (taken < size) {
        size_t next = sgw_words_character(text + taken, size - taken);
        size_t needed = cost(text + taken, next, is_base64);
        if (needed > room)
            break;
        room -= needed;
        taken += next;
    }
    return taken;
}

static int encode_q(const char *text, size_t size, struct sgw_buf *words)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == ' ' || is_plain(c))
            ret = sgw_buf_append_byte(words, c == ' ' ? '_' : c);
        else
            ret = sgw_buf_printf(words, "=%02X", c);
    }
    return ret;
}

/* One line at most, without its end. */
static int encode_b(const char *text, size_t size, struct sgw_buf *words)
{
    struct sgw_base64_encoder encoder;
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, words);
    sgw_base64_encoder_init(&encoder, &sink.base);
    int ret = sgw_push(&encoder.base, text, size, NULL);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(&encoder.base, NULL);
    if (ret == SMIMEGW_OK)
        sgw_buf_truncate(words, words->size - 2);
    return ret;
}

int sgw_words_utf8(const uint8_t *text, size_t size, struct sgw_buf *ret_utf8)
{
    int ret = SMIMEGW_OK;
    if (sgw_utf8_valid(text, size))
        return sgw_buf_append(ret_utf8, text, size);
    for (size_t i = 0; ret == SMIMEGW_OK && i < size; i++) {
        if (text[i] >= 0x80)
            ret = sgw_buf_append_byte(ret_utf8, (uint8_t)(0xc0 | text[i] >> 6));
        if (ret == SMIMEGW_OK)
            ret = sgw_buf_append_byte(
                ret_utf8, text[i] < 0x80 ? text[i] : (uint8_t)(0x80 | (text[i] & 0x3f)));
    }
    return ret;
}

int sgw_words_write(const char *text, size_t size, bool is_base64, const char *separator,
                    struct sgw_buf *ret_words)
{
    int ret = SMIMEGW_OK;
    for (size_t at = 0; ret == SMIMEGW_OK && at < size;) {
        size_t taken = fill_word(text + at, size - at, is_base64);
        if (at > 0)
            ret = sgw_buf_append_text(ret_words, separator);
        if (ret == SMIMEGW_OK)
            ret = sgw_buf_append_text(ret_words, is_base64 ? "=?utf-8?B?" : "=?utf-8?Q?");
        if (ret == SMIMEGW_OK)
            ret = is_base64 ? encode_b(text + at, taken, ret_words)
                            : encode_q(text + at, taken, ret_words);
        if (ret == SMIMEGW_OK)
            ret = sgw_buf_append_text(ret_words, "?=");
        at += taken;
    }
    return ret;
}
