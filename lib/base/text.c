/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include <smimegw/error.h>

#include "base/buf.h"

static const char hex_digits[] = "0123456789abcdef";

bool sgw_is_blank(int c)
{
    return c == ' ' || c == '\t';
}

bool sgw_is_digit(int c)
{
    return c >= '0' && c <= '9';
}

bool sgw_is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int sgw_lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

bool sgw_equal_nocase(const char *a, size_t a_size, const char *b, size_t b_size)
{
    if (a_size != b_size)
        return false;
    for (size_t i = 0; i < a_size; i++)
        if (sgw_lower((unsigned char)a[i]) != sgw_lower((unsigned char)b[i]))
            return false;
    return true;
}

bool sgw_equal(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

bool sgw_is_text(const char *data, size_t size, const char *text)
{
    return sgw_equal(data, size, text, strlen(text));
}

bool sgw_is_text_nocase(const char *data, size_t size, const char *text)
{
    return sgw_equal_nocase(data, size, text, strlen(text));
}

bool sgw_ends_nocase(const char *data, size_t size, const char *ending)
{
    size_t length = strlen(ending);
    return size >= length && sgw_equal_nocase(data + size - length, length, ending, length);
}

/* [RFC3629-4] */
size_t sgw_utf8_length(const uint8_t *data, size_t size)
{
    uint8_t lead = size > 0 ? data[0] : 0xff;
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || size < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((data[i] & 0xc0) != 0x80)
            return 0;
    if ((lead == 0xe0 && data[1] < 0xa0) || (lead == 0xed && data[1] > 0x9f) ||
        (lead == 0xf0 && data[1] < 0x90) || (lead == 0xf4 && data[1] > 0x8f))
        return 0;
    return length;
}

bool sgw_is_ascii(const char *data, size_t size)
{
    size_t at = 0;
    while (at < size && (unsigned char)data[at] < 0x80)
        at++;
    return at == size;
}

bool sgw_utf8_valid(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t length = sgw_utf8_length(data + i, size - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

/* C0, DEL and C1 would let a name in a certificate write to a terminal or a log. */
static bool is_control(const uint8_t *data, size_t length)
{
    return data[0] < 0x20 || data[0] == 0x7f ||
           (length == 2 && data[0] == 0xc2 && data[1] < 0xa0);
}

void sgw_text_escape(const char *raw, char *ret, size_t ret_size)
{
    const uint8_t *data = (const uint8_t *)raw;
    size_t size = strlen(raw);
    size_t used = 0;
    for (size_t i = 0; i < size;) {
        size_t length = sgw_utf8_length(data + i, size - i);
        if (length > 0 && !is_control(data + i, length)) {
            if (used + length >= ret_size)
                break;
            memcpy(ret + used, data + i, length);
            used += length;
            i += length;
            continue;
        }
        if (used + 4 >= ret_size)
            break;
        ret[used++] = '\\';
        ret[used++] = 'x';
        ret[used++] = hex_digits[data[i] >> 4];
        ret[used++] = hex_digits[data[i] & 15];
        i++;
    }
    ret[used] = '\0';
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, by the days of 400-year eras. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - 719468;
}

bool sgw_time_make(int year, int month, int day, int hour, int minute, int second,
                   int64_t *ret_seconds)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > month_days[month - 1] + (month == 2 && leap))
        return false;
    *ret_seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

void sgw_time_text(int64_t seconds, char ret[SGW_TIME_TEXT_SIZE])
{
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int rest = (int)(seconds % 86400 + (seconds % 86400 < 0 ? 86400 : 0));
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_index = (int)((5 * day_of_year + 2) / 153);
    int day = (int)day_of_year - (153 * month_index + 2) / 5 + 1;
    int month = month_index < 10 ? month_index + 3 : month_index - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    char text[64];
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ",
             (int)(year < 0      ? 0
                   : year > 9999 ? 9999
                                 : year),
             month, day, rest / 3600, rest / 60 % 60, rest % 60);
    memcpy(ret, text, SGW_TIME_TEXT_SIZE - 1);
    ret[SGW_TIME_TEXT_SIZE - 1] = '\0';
}

/* Read `digits` digits, -1 where there are none. */
static int read_number(const char **text, const char *end, int digits)
{
    int number = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (*text == end || !sgw_is_digit((unsigned char)**text))
            return -1;
        number = number * 10 + (**text - '0');
    }
    return number;
}

static bool read_mark(const char **text, const char *end, const char *marks)
{
    if (*text == end || **text == '\0' || strchr(marks, **text) == NULL)
        return false;
    (*text)++;
    return true;
}

bool sgw_time_parse(const char *text, size_t size, int64_t *ret_seconds)
{
    const char *end = text + size;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int year = read_number(&text, end, 4);
    if (!read_mark(&text, end, "-"))
        return false;
    int month = read_number(&text, end, 2);
    if (!read_mark(&text, end, "-"))
        return false;
    int day = read_number(&text, end, 2);
    if (read_mark(&text, end, "T ")) {
        hour = read_number(&text, end, 2);
        if (!read_mark(&text, end, ":"))
            return false;
        minute = read_number(&text, end, 2);
        if (read_mark(&text, end, ":"))
            second = read_number(&text, end, 2);
    }
    read_mark(&text, end, "Z");
    return text == end && sgw_time_make(year, month, day, hour, minute, second, ret_seconds);
}

int sgw_hex_value(int c)
{
    int lower = sgw_lower(c);
    if (sgw_is_digit(lower))
        return lower - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void sgw_hex(const uint8_t *data, size_t size, char *ret)
{
    for (size_t i = 0; i < size; i++) {
        ret[2 * i] = hex_digits[data[i] >> 4];
        ret[2 * i + 1] = hex_digits[data[i] & 15];
    }
    ret[2 * size] = '\0';
}

static int json_character(struct sgw_buf *buf, const uint8_t *data, size_t length)
{
    if (data[0] == '"' || data[0] == '\\')
        return sgw_buf_printf(buf, "\\%c", data[0]);
    if (length == 0 || is_control(data, length))
        return sgw_buf_printf(buf, "\\u%04x", length == 2 ? data[1] : data[0]);
    return sgw_buf_append(buf, data, length);
}

int sgw_json_string(struct sgw_buf *buf, const char *data, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)data;
    int ret = sgw_buf_append_byte(buf, '"');
    for (size_t i = 0; ret == SMIMEGW_OK && i < size;) {
        size_t length = sgw_utf8_length(bytes + i, size - i);
        ret = json_character(buf, bytes + i, length);
        i += length > 0 ? length : 1;
    }
    return ret < 0 ? ret : sgw_buf_append_byte(buf, '"');
}

int sgw_json_member(struct sgw_buf *buf, const char *name, const char *value)
{
    if (value == NULL)
        return SMIMEGW_OK;
    int ret = sgw_buf_printf(buf, ",\"%s\":", name);
    return ret < 0 ? ret : sgw_json_string(buf, value, strlen(value));
}
