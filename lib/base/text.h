/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_TEXT_H
#define SGW_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sgw_buf;

/* ASCII only and the same in every locale. */
bool sgw_is_blank(int c); /* space or tab */
bool sgw_is_digit(int c);
bool sgw_is_alpha(int c);
int sgw_lower(int c);
/* The same bytes? Any pointer will do for no bytes. */
bool sgw_equal(const void *a, size_t a_size, const void *b, size_t b_size);
bool sgw_equal_nocase(const char *a, size_t a_size, const char *b, size_t b_size);
bool sgw_is_text(const char *data, size_t size, const char *text);        /* exact */
bool sgw_is_text_nocase(const char *data, size_t size, const char *text); /* ASCII case */
bool sgw_ends_nocase(const char *data, size_t size, const char *ending);
bool sgw_is_ascii(const char *data, size_t size); /* nothing but 7-bit bytes */

/* Copy for people: control characters and broken UTF-8 become \xHH; always terminated. */
void sgw_text_escape(const char *raw, char *ret, size_t ret_size);
/* Bytes of the UTF-8 character at data, 0 where there is none. */
size_t sgw_utf8_length(const uint8_t *data, size_t size);
bool sgw_utf8_valid(const uint8_t *data, size_t size);

/* "2026-11-24T06:25:00Z" from seconds since 1970 and back; years 0000 to 9999. */
enum { SGW_TIME_TEXT_SIZE = 21 };
void sgw_time_text(int64_t seconds, char ret[SGW_TIME_TEXT_SIZE]);
/* Accepts "YYYY-MM-DD[(T| )HH:MM[:SS]][Z]"; false for anything else. */
bool sgw_time_parse(const char *text, size_t size, int64_t *ret_seconds);
/* Seconds since 1970 of a UTC date; false where a field is out of range. */
bool sgw_time_make(int year, int month, int day, int hour, int minute, int second,
                   int64_t *ret_seconds);

/* What a hexadecimal digit is worth, -1 for anything else. */
int sgw_hex_value(int c);
/* Lower-case hexadecimal; ret holds 2 * size + 1 bytes. */
void sgw_hex(const uint8_t *data, size_t size, char *ret);

/* Append a JSON string with its quotes; bytes that are not UTF-8 are taken for Latin-1. */
int sgw_json_string(struct sgw_buf *buf, const char *data, size_t size);
/* Append `,"name":"value"`; nothing for NULL. */
int sgw_json_member(struct sgw_buf *buf, const char *name, const char *value);

#endif
