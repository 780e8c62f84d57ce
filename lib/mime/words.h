/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_WORDS_H
#define SGW_MIME_WORDS_H

#include <stdbool.h>

#include "base/buf.h"

/* An encoded-word [RFC2047-2]; spans point into what was read. */
struct sgw_word {
    size_t size;       /* of all of it */
    bool is_utf8;      /* or US-ASCII, which is a part of it */
    bool is_base64;    /* B, else Q */
    const char *value; /* between the last question marks */
    size_t value_size;
};
/* One that starts at data and ends before a blank, a line end or the end. */
bool sgw_word_read(const char *data, size_t size, struct sgw_word *ret);
/* Append what it stands for. E_SYNTAX where that is not well-formed, E_NOMEM. */
int sgw_word_decode(const struct sgw_word *word, struct sgw_buf *ret_text);
/* Append UTF-8 as encoded-words, none longer than 75 characters, with the separator between.
 * E_NOMEM. */
int sgw_words_write(const char *text, size_t size, bool is_base64, const char *separator,
                    struct sgw_buf *ret_words);
/* Append text as UTF-8: bytes that are none are taken for Latin-1. E_NOMEM. */
int sgw_words_utf8(const uint8_t *text, size_t size, struct sgw_buf *ret_utf8);
/* Bytes of the UTF-8 character at the front: neither words nor parameters may cut one
 * [RFC2047-5]. */
size_t sgw_words_character(const char *text, size_t size);

#endif
