/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/confidentiality.h"

#include <stdio.h>
#include <string.h>

#include <smimegw/error.h>

#include "base/text.h"
#include "mime/address.h"
#include "mime/address_list.h"
#include "mime/content_type.h"

enum { SECONDS_OF_DAY = 86400, ZONE_HOURS_MAX = 99 };

/* A value, folded or not, that a policy looks at. */
struct value {
    const char *data;
    size_t size;
};

typedef int (*choose_fn)(const struct value *value, struct sgw_buf *ret_value,
                         enum sgw_outer_choice *ret_choice);

static int obscure(const struct value *value, struct sgw_buf *ret_value,
                   enum sgw_outer_choice *ret_choice)
{
    (void)value;
    *ret_choice = SGW_OUTER_CHANGED;
    return sgw_buf_append_text(ret_value, "[...]");
}

static int take_away(const struct value *value, struct sgw_buf *ret_value,
                     enum sgw_outer_choice *ret_choice)
{
    (void)value;
    (void)ret_value;
    *ret_choice = SGW_OUTER_GONE;
    return SMIMEGW_OK;
}

/* --- addresses without names ---------------------------------------------------------------
 */

static int bare_mailbox(const struct value *value, struct sgw_buf *ret_value,
                        enum sgw_outer_choice *ret_choice)
{
    enum sgw_sender_state state;
    int ret = sgw_address_parse(value->data, value->size, &state, ret_value);
    if (ret == SMIMEGW_OK && state == SGW_SENDER_ONE)
        *ret_choice = SGW_OUTER_CHANGED;
    return ret;
}

/* Groups and what is no mailbox to the strict reader: not a mailbox-list, and nobody must get
 * lost. */
static int bare_mailboxes(const struct value *value, struct sgw_buf *ret_value,
                          enum sgw_outer_choice *ret_choice)
{
    struct sgw_address_list list;
    struct sgw_buf address = SGW_BUF_INIT(0);
    size_t start = ret_value->size;
    int more;
    int ret = SMIMEGW_OK;
    sgw_address_list_init(&list, value->data, value->size);
    while (ret == SMIMEGW_OK && (more = sgw_address_list_next(&list, &address)) != 0) {
        ret = more < 0 ? more : SMIMEGW_OK;
        if (ret == SMIMEGW_OK && ret_value->size > start)
            ret = sgw_buf_append_text(ret_value, ",\r\n ");
        if (ret == SMIMEGW_OK)
            ret = sgw_buf_append(ret_value, address.data, address.size);
    }
    sgw_buf_clear(&address);
    if (ret == SMIMEGW_OK && !list.is_odd && ret_value->size > start)
        *ret_choice = SGW_OUTER_CHANGED;
    return ret;
}

/* --- the date without the time zone --------------------------------------------------------
 */

static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char days[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* of 1970 */

struct date {
    int day;
    char month[4];
    int year;
    int hour;
    int minute;
    int second;
    char sign;
    int zone; /* HHMM */
};

/* [RFC5322-3.3]; one of the two forms of the day, and of the time. */
static bool read_date(const char *text, struct date *ret)
{
    static const char *const begins[] = {" %*3[A-Za-z] , %2d %3[A-Za-z] %4d%n",
                                         " %2d %3[A-Za-z] %4d%n"};
    int count = 0;
    for (size_t i = 0; i < 2 && count == 0; i++)
        if (sscanf(text, begins[i], &ret->day, ret->month, &ret->year, &count) != 3)
            count = 0;
    if (count == 0)
        return false;
    const char *at = text + count;
    count = 0;
    ret->second = 0;
    if (sscanf(at, " %2d : %2d : %2d %c%4d%n", &ret->hour, &ret->minute, &ret->second,
               &ret->sign, &ret->zone, &count) != 5 &&
        sscanf(at, " %2d : %2d %c%4d%n", &ret->hour, &ret->minute, &ret->sign, &ret->zone,
               &count) != 4)
        return false;
    at += count;
    const char *end = at + strlen(at);
    return count > 4 && sgw_is_digit((unsigned char)at[-4]) && sgw_skip_space(&at, end) &&
           at == end && (ret->sign == '+' || ret->sign == '-');
}

static bool date_seconds(const struct date *date, int64_t *ret_seconds)
{
    int month = 0;
    while (month < 12 && !sgw_is_text_nocase(date->month, strlen(date->month), months[month]))
        month++;
    if (month == 12 || date->zone / 100 > ZONE_HOURS_MAX || date->zone % 100 > 59 ||
        date->zone < 0 ||
        !sgw_time_make(date->year, month + 1, date->day, date->hour, date->minute,
                       date->second, ret_seconds))
        return false;
    int64_t offset = (date->zone / 100 * 60 + date->zone % 100) * INT64_C(60);
    *ret_seconds -= date->sign == '-' ? -offset : offset;
    return *ret_seconds >= 0;
}

static int utc_date(const struct value *value, struct sgw_buf *ret_value,
                    enum sgw_outer_choice *ret_choice)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    struct date date = {0};
    int64_t seconds;
    char iso[SGW_TIME_TEXT_SIZE];
    int ret = sgw_buf_append(&text, value->data, value->size);
    bool is_date = ret == SMIMEGW_OK && read_date(sgw_buf_text(&text), &date) &&
                   date.zone != 0 && date_seconds(&date, &seconds);
    sgw_buf_clear(&text);
    if (!is_date)
        return ret;
    *ret_choice = SGW_OUTER_CHANGED;
    sgw_time_text(seconds, iso); /* 2026-11-24T06:25:00Z */
    int month = (iso[5] - '0') * 10 + iso[6] - '0';
    return sgw_buf_printf(ret_value, "%s, %.2s %s %.4s %.8s +0000",
                          days[seconds / SECONDS_OF_DAY % 7], iso + 8, months[month - 1], iso,
                          iso + 11);
}

/* --- policies ------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    enum sgw_header_rule rule; /* this one, and those that hide more */
    choose_fn choose;
} rows[] = {
    {"Subject", SGW_HEADERS_BASELINE, obscure},
    {"Comments", SGW_HEADERS_BASELINE, take_away},
    {"Keywords", SGW_HEADERS_BASELINE, take_away},
    {"From", SGW_HEADERS_SHY, bare_mailbox},
    {"To", SGW_HEADERS_SHY, bare_mailboxes},
    {"Cc", SGW_HEADERS_SHY, bare_mailboxes},
    {"Date", SGW_HEADERS_SHY, utc_date},
};

int sgw_outer_choose(enum sgw_header_rule rule, const struct sgw_header *header,
                     const struct sgw_field *field, struct sgw_buf *ret_value,
                     enum sgw_outer_choice *ret_choice)
{
    const char *raw = (const char *)header->raw.data;
    const struct value value = {raw + field->value_start, field->end - field->value_start};
    *ret_choice = SGW_OUTER_SAME;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rule >= rows[i].rule &&
            sgw_is_text_nocase(raw + field->start, field->name_size, rows[i].name))
            return rows[i].choose(&value, ret_value, ret_choice);
    return SMIMEGW_OK;
}
