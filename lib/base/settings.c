/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/settings.h"

#include <inttypes.h>
#include <smimegw/buffer.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error_impl.h"
#include "base/text.h"

enum { NOW = -1 };

/* A value between its text and the structure. */
struct value {
    int64_t number; /* of a switch and a choice too */
    char *text;     /* NULL for an empty one */
};

struct unit {
    char letter;
    int64_t size;
};

/* Largest first: what a number is written in. */
static const struct unit units[] = {{'G', 1 << 30}, {'M', 1 << 20}, {'K', 1 << 10}, {'\0', 1}};

static const char *const switch_words[] = {"no", "yes", NULL};

static const struct sgw_setting *find_setting(const struct sgw_setting *table,
                                              const char *name)
{
    for (; table->name != NULL; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static const struct unit *find_unit(const char *letter)
{
    if (letter[0] != '\0' && letter[1] != '\0')
        return NULL;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (units[i].letter == letter[0])
            return &units[i];
    return NULL;
}

static bool read_digits(const char **text, int64_t *ret_number)
{
    int64_t number = 0;
    if (!sgw_is_digit((unsigned char)**text))
        return false;
    for (; sgw_is_digit((unsigned char)**text); (*text)++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, **text - '0', &number))
            return false;
    *ret_number = number;
    return true;
}

static bool read_number(const struct sgw_setting *setting, const char *text,
                        int64_t *ret_number)
{
    int64_t number;
    if (!read_digits(&text, &number))
        return false;
    const struct unit *unit = find_unit(text);
    if (unit == NULL || __builtin_mul_overflow(number, unit->size, &number))
        return false;
    if (number != 0 && (number < setting->lowest || number > setting->highest))
        return false;
    *ret_number = number;
    return true;
}

static bool read_word(const char *const *words, const char *text, int64_t *ret_index)
{
    for (int64_t i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], text) != 0)
            continue;
        *ret_index = i;
        return true;
    }
    return false;
}

static bool read_time(const char *text, int64_t *ret_seconds)
{
    if (strcmp(text, "now") != 0)
        return sgw_time_parse(text, strlen(text), ret_seconds);
    *ret_seconds = NOW;
    return true;
}

/* Texts end up in header fields, paths and logs: no control characters. */
static bool is_plain_text(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    return sgw_utf8_valid((const uint8_t *)text, strlen(text));
}

static bool read_value(const struct sgw_setting *setting, const char *text,
                       int64_t *ret_number)
{
    switch (setting->type) {
    case SGW_SETTING_NUMBER:
        return read_number(setting, text, ret_number);
    case SGW_SETTING_SWITCH:
        return read_word(switch_words, text, ret_number);
    case SGW_SETTING_CHOICE:
        return read_word(setting->words, text, ret_number);
    case SGW_SETTING_TIME:
        return read_time(text, ret_number);
    case SGW_SETTING_TEXT:
        return is_plain_text(text);
    }
    return false;
}

static int append_words(struct sgw_buf *buf, const char *const *words)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && words[i] != NULL; i++)
        ret = sgw_buf_printf(buf, "%s%s", i > 0 ? ", " : "", words[i]);
    return ret;
}

static int append_unit_number(struct sgw_buf *buf, int64_t number)
{
    const struct unit *unit = units;
    while (number % unit->size != 0 || (number == 0 && unit->size > 1))
        unit++;
    int ret = sgw_buf_printf(buf, "%" PRId64, number / unit->size);
    return ret < 0 || unit->letter == '\0' ? ret
                                           : sgw_buf_append_byte(buf, (uint8_t)unit->letter);
}

static int append_range(struct sgw_buf *buf, const struct sgw_setting *setting)
{
    int ret = append_unit_number(buf, setting->lowest);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append_text(buf, " to ");
    return ret < 0 ? ret : append_unit_number(buf, setting->highest);
}

/* What the setting takes, for people. */
static int append_allowed(struct sgw_buf *buf, const struct sgw_setting *setting)
{
    switch (setting->type) {
    case SGW_SETTING_NUMBER:
        return append_range(buf, setting);
    case SGW_SETTING_SWITCH:
        return append_words(buf, switch_words);
    case SGW_SETTING_CHOICE:
        return append_words(buf, setting->words);
    case SGW_SETTING_TIME:
        return sgw_buf_append_text(buf, "now, or a time as 2026-11-24T06:25:00Z");
    case SGW_SETTING_TEXT:
        return sgw_buf_append_text(buf, "UTF-8 without control characters");
    }
    return SMIMEGW_OK;
}

static int fail_value(const struct sgw_setting *setting, const char *value,
                      struct smimegw_error **ret_error)
{
    struct sgw_buf allowed = SGW_BUF_INIT(0);
    int ret = append_allowed(&allowed, setting);
    if (ret == SMIMEGW_OK)
        ret = sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s can't be \"%.100s\", but %s",
                       setting->name, value, sgw_buf_text(&allowed));
    sgw_buf_clear(&allowed);
    return ret == SMIMEGW_E_SETTING ? ret : sgw_fail(ret_error, ret, "setting");
}

static void store_value(const struct sgw_setting *setting, void *values,
                        const struct value *value)
{
    uint8_t *member = (uint8_t *)values + setting->offset;
    int index = (int)value->number;
    switch (setting->type) {
    case SGW_SETTING_NUMBER:
    case SGW_SETTING_TIME:
        memcpy(member, &value->number, sizeof(value->number));
        return;
    case SGW_SETTING_SWITCH:
    case SGW_SETTING_CHOICE:
        memcpy(member, &index, sizeof(index));
        return;
    case SGW_SETTING_TEXT:
        sgw_freep(member);
        memcpy(member, &value->text, sizeof(value->text));
        return;
    }
}

static void load_value(const struct sgw_setting *setting, const void *values,
                       struct value *ret_value)
{
    const uint8_t *member = (const uint8_t *)values + setting->offset;
    int index;
    switch (setting->type) {
    case SGW_SETTING_NUMBER:
    case SGW_SETTING_TIME:
        memcpy(&ret_value->number, member, sizeof(ret_value->number));
        return;
    case SGW_SETTING_SWITCH:
    case SGW_SETTING_CHOICE:
        memcpy(&index, member, sizeof(index));
        ret_value->number = index;
        return;
    case SGW_SETTING_TEXT:
        memcpy(&ret_value->text, member, sizeof(ret_value->text));
        return;
    }
}

static int set_value(const struct sgw_setting *setting, void *values, const char *text,
                     struct smimegw_error **ret_error)
{
    struct value value = {0, NULL};
    if (text == NULL)
        text = setting->initial != NULL ? setting->initial : "";
    if (!read_value(setting, text, &value.number))
        return fail_value(setting, text, ret_error);
    if (setting->type == SGW_SETTING_NUMBER && value.number == 0)
        read_number(setting, setting->initial, &value.number);
    if (setting->type == SGW_SETTING_TEXT && text[0] != '\0') {
        value.text = sgw_strdup(text);
        if (value.text == NULL)
            return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "setting");
    }
    store_value(setting, values, &value);
    return SMIMEGW_OK;
}

static void forget_texts(const struct sgw_setting *table, void *values)
{
    for (; table->name != NULL; table++)
        if (table->type == SGW_SETTING_TEXT)
            memset((uint8_t *)values + table->offset, 0, sizeof(char *));
}

int sgw_settings_init(const struct sgw_setting *table, void *values,
                      struct smimegw_error **ret_error)
{
    forget_texts(table, values);
    for (const struct sgw_setting *setting = table; setting->name != NULL; setting++) {
        int ret = set_value(setting, values, NULL, ret_error);
        if (ret < 0) {
            sgw_settings_clear(table, values);
            return ret;
        }
    }
    return SMIMEGW_OK;
}

int sgw_settings_set(const struct sgw_setting *table, void *values, const char *name,
                     const char *value, struct smimegw_error **ret_error)
{
    const struct sgw_setting *setting = find_setting(table, name);
    if (setting == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "no setting is called \"%.100s\"", name);
    return set_value(setting, values, value, ret_error);
}

static int append_time(struct sgw_buf *buf, int64_t seconds)
{
    char text[SGW_TIME_TEXT_SIZE];
    if (seconds == NOW)
        return sgw_buf_append_text(buf, "now");
    sgw_time_text(seconds, text);
    return sgw_buf_append_text(buf, text);
}

static int append_value(struct sgw_buf *buf, const struct sgw_setting *setting,
                        const struct value *value)
{
    switch (setting->type) {
    case SGW_SETTING_NUMBER:
        return append_unit_number(buf, value->number);
    case SGW_SETTING_SWITCH:
        return sgw_buf_append_text(buf, switch_words[value->number]);
    case SGW_SETTING_CHOICE:
        return sgw_buf_append_text(buf, setting->words[value->number]);
    case SGW_SETTING_TIME:
        return append_time(buf, value->number);
    case SGW_SETTING_TEXT:
        return value->text != NULL ? sgw_buf_append_text(buf, value->text) : SMIMEGW_OK;
    }
    return SMIMEGW_OK;
}

int sgw_settings_get(const struct sgw_setting *table, const void *values, const char *name,
                     struct sgw_buf *ret_text, struct smimegw_error **ret_error)
{
    struct value value = {0, NULL};
    const struct sgw_setting *setting = find_setting(table, name);
    if (setting == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "no setting is called \"%.100s\"", name);
    load_value(setting, values, &value);
    size_t before = ret_text->size;
    int ret = append_value(ret_text, setting, &value);
    if (ret == SMIMEGW_OK)
        return SMIMEGW_OK;
    sgw_buf_truncate(ret_text, before);
    return sgw_fail(ret_error, ret, "text of the setting %s", name);
}

const char *sgw_settings_list(const struct sgw_setting *table, size_t index,
                              const char **ret_initial, const char **ret_meaning)
{
    for (; table->name != NULL && index > 0; index--)
        table++;
    if (table->name == NULL)
        return NULL;
    if (ret_initial != NULL)
        *ret_initial = table->initial != NULL ? table->initial : "";
    if (ret_meaning != NULL)
        *ret_meaning = table->meaning;
    return table->name;
}

void sgw_settings_clear(const struct sgw_setting *table, void *values)
{
    for (const struct sgw_setting *setting = table; setting->name != NULL; setting++)
        if (setting->type == SGW_SETTING_TEXT)
            sgw_freep((uint8_t *)values + setting->offset);
    forget_texts(table, values);
}

int sgw_settings_get_buffer(const struct sgw_setting *table, const void *values,
                            const char *name, struct smimegw_buffer **ret_value,
                            struct smimegw_error **ret_error)
{
    struct smimegw_buffer *value;
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret = sgw_settings_get(table, values, name, &text, ret_error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_buffer_new(0, &value, ret_error);
    if (ret < 0) {
        sgw_buf_clear(&text);
        return ret;
    }
    /* by public calls only: add-ons have settings, too */
    ret = smimegw_buffer_write(value, text.data, text.size);
    sgw_buf_clear(&text);
    if (ret < 0) {
        smimegw_buffer_free(value);
        return sgw_fail(ret_error, ret, "text of the setting %s", name);
    }
    *ret_value = value;
    return SMIMEGW_OK;
}
