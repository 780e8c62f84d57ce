/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Over the 75 characters of the RFC, as mailers are; but no search to the end for every "=?".
 */
enum { WORD_LIMIT = 1000 };

struct word {
    const char *charset;
    size_t charset_size;
    char encoding; /* 'q' or 'b' */
    const char *payload;
    size_t payload_size;
    size_t size; /* from "=?" to "?=" */
};

static size_t span(const char *text, size_t limit)
{
    size_t size = 0;
    while (size < limit && text[size] > ' ' && text[size] < 0x7f && text[size] != '?')
        size++;
    return size;
}

static bool read_word(const char *text, struct word *word)
{
    if (strncmp(text, "=?", 2) != 0)
        return false;
    word->charset = text + 2;
    word->charset_size = span(word->charset, WORD_LIMIT);
    const char *rest = word->charset + word->charset_size;
    if (rest[0] != '?' || rest[1] == '\0' || rest[2] != '?')
        return false;
    word->encoding = (char)(rest[1] | 0x20);
    word->payload = rest + 3;
    word->payload_size = span(word->payload, WORD_LIMIT);
    rest = word->payload + word->payload_size;
    word->size = (size_t)(rest + 2 - text);
    /* A language (RFC 2231) may follow the charset. */
    const char *star = memchr(word->charset, '*', word->charset_size);
    if (star != NULL)
        word->charset_size = (size_t)(star - word->charset);
    return strncmp(rest, "?=", 2) == 0 && (word->encoding == 'q' || word->encoding == 'b');
}

static bool is_charset(const struct word *word, const char *name)
{
    return word->charset_size == strlen(name) &&
           strncasecmp(word->charset, name, word->charset_size) == 0;
}

static int digit(char character, const char *digits)
{
    const char *found = character == '\0' ? NULL : strchr(digits, character);
    return found == NULL ? -1 : (int)(found - digits);
}

static int hex(char character)
{
    int value = digit(character, "0123456789ABCDEFabcdef");
    return value < 16 ? value : value - 6;
}

/* The "?=" behind the payload is no digit: two characters may be looked at. */
static bool decode_q(const struct word *word, unsigned char *bytes, size_t *ret_size)
{
    size_t size = 0;
    for (size_t at = 0; at < word->payload_size; at++) {
        char character = word->payload[at];
        bytes[size] = (unsigned char)(character == '_' ? ' ' : character);
        if (character == '=') {
            int high = hex(word->payload[at + 1]);
            int low = high < 0 ? -1 : hex(word->payload[at + 2]);
            if (low < 0)
                return false;
            bytes[size] = (unsigned char)(high * 16 + low);
            at += 2;
        }
        size++;
    }
    *ret_size = size;
    return true;
}

static bool decode_b(const struct word *word, unsigned char *bytes, size_t *ret_size)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t end = word->payload_size;
    size_t size = 0;
    unsigned int bits = 0;
    while (end > 0 && word->payload[end - 1] == '=')
        end--;
    for (size_t at = 0; at < end; at++) {
        int value = digit(word->payload[at], digits);
        if (value < 0)
            return false;
        bits = (bits << 6 | (unsigned int)value) & 0xffffff;
        if (at % 4 != 0)
            bytes[size++] = (unsigned char)(bits >> (6 - at % 4 * 2));
    }
    *ret_size = size;
    return end % 4 != 1;
}

/* Appends the word in UTF-8, at most two bytes for each of its characters; or nothing. */
static size_t append_word(char *out, const struct word *word)
{
    unsigned char bytes[WORD_LIMIT];
    size_t size = 0;
    size_t used = 0;
    bool latin = is_charset(word, "iso-8859-1");
    if (!latin && !is_charset(word, "utf-8") && !is_charset(word, "us-ascii"))
        return 0;
    if (!(word->encoding == 'q' ? decode_q : decode_b)(word, bytes, &size) ||
        memchr(bytes, '\0', size) != NULL)
        return 0;
    for (size_t at = 0; at < size; at++) {
        bool wide = latin && bytes[at] >= 0x80;
        if (wide)
            out[used++] = (char)(0xc0 | bytes[at] >> 6);
        out[used++] = (char)(wide ? 0x80 | (bytes[at] & 0x3f) : bytes[at]);
    }
    return used;
}

char *cli_words_decode(const char *text)
{
    char *out = calloc(strlen(text) + 1, 2);
    size_t used = 0;
    bool after_word = false;
    while (out != NULL && *text != '\0') {
        struct word word;
        /* Blanks between two words only keep them apart. */
        size_t blanks = strspn(text, " \t");
        const char *start = text + (after_word ? blanks : 0);
        size_t got = read_word(start, &word) ? append_word(out + used, &word) : 0;
        after_word = got != 0;
        used += got;
        text = after_word ? start + word.size : text;
        if (!after_word)
            out[used++] = *text++;
    }
    return out;
}
