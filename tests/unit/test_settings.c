/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "base/buf.h"
#include "base/error_impl.h"
#include "base/settings.h"

struct values {
    int64_t number;
    int64_t unlimited;
    int is_on;
    int mode;
    int64_t clock;
    char *text;
    char *empty;
};

static const char *const modes[] = {"sign", "encrypt", "triple", NULL};

#define AT(member) offsetof(struct values, member)
static const struct sgw_setting table[] = {
    {"number", SGW_SETTING_NUMBER, AT(number), "1M", NULL, 10, 5 << 20, "a number"},
    {"unlimited", SGW_SETTING_NUMBER, AT(unlimited), "0", NULL, 1, INT64_MAX, "a size"},
    {"switch", SGW_SETTING_SWITCH, AT(is_on), "yes", NULL, 0, 0, "a switch"},
    {"mode", SGW_SETTING_CHOICE, AT(mode), "encrypt", modes, 0, 0, "a word"},
    {"clock", SGW_SETTING_TIME, AT(clock), "now", NULL, 0, 0, "a time"},
    {"text", SGW_SETTING_TEXT, AT(text), "initial", NULL, 0, 0, "a text"},
    {"empty", SGW_SETTING_TEXT, AT(empty), NULL, NULL, 0, 0, "a text without an initial one"},
    {NULL, SGW_SETTING_NUMBER, 0, NULL, NULL, 0, 0, NULL},
};

static void init_values(struct values *values)
{
    memset(values, 0xff, sizeof(*values));
    assert_int_equal(sgw_settings_init(table, values, NULL), SMIMEGW_OK);
}

static void assert_setting(const struct values *values, const char *name, const char *text)
{
    struct sgw_buf buf = SGW_BUF_INIT(0);
    assert_int_equal(sgw_settings_get(table, values, name, &buf, NULL), SMIMEGW_OK);
    assert_string_equal(sgw_buf_text(&buf), text);
    sgw_buf_clear(&buf);
}

static void initial_values_are_set(void **state)
{
    (void)state;
    struct values values;
    init_values(&values);
    assert_int_equal(values.number, 1 << 20);
    assert_int_equal(values.unlimited, 0);
    assert_int_equal(values.is_on, 1);
    assert_int_equal(values.mode, 1);
    assert_int_equal(values.clock, -1);
    assert_string_equal(values.text, "initial");
    assert_null(values.empty);
    for (size_t i = 0; table[i].name != NULL; i++)
        assert_setting(&values, table[i].name,
                       table[i].initial != NULL ? table[i].initial : "");
    sgw_settings_clear(table, &values);
    assert_null(values.text);
    sgw_settings_clear(table, &values);
}

struct set_row {
    const char *name;
    const char *value;
    const char *result; /* NULL: refused */
};

static const struct set_row rows[] = {
    {"number", "10", "10"},
    {"number", "0010", "10"},
    {"number", "9", NULL},
    {"number", "1K", "1K"},
    {"number", "1025", "1025"},
    {"number", "2048K", "2M"},
    {"number", "5M", "5M"},
    {"number", "5242881", NULL},
    {"number", "0", "1M"},
    {"number", NULL, "1M"},
    {"number", "", NULL},
    {"number", "-10", NULL},
    {"number", "+10", NULL},
    {"number", " 10", NULL},
    {"number", "10 ", NULL},
    {"number", "10k", NULL},
    {"number", "1MB", NULL},
    {"number", "K", NULL},
    {"number", "0x10", NULL},
    {"number", "18446744073709551626", NULL},
    {"unlimited", "8589934591G", "8589934591G"},
    {"unlimited", "8589934592G", NULL},
    {"unlimited", "9223372036854775807", "9223372036854775807"},
    {"unlimited", "9223372036854775808", NULL},
    {"unlimited", "0G", "0"},
    {"switch", "no", "no"},
    {"switch", "yes", "yes"},
    {"switch", "on", NULL},
    {"switch", "YES", NULL},
    {"switch", "", NULL},
    {"mode", "sign", "sign"},
    {"mode", "triple", "triple"},
    {"mode", "trip", NULL},
    {"mode", NULL, "encrypt"},
    {"clock", "2026-11-24T06:25:00Z", "2026-11-24T06:25:00Z"},
    {"clock", "2026-11-24", "2026-11-24T00:00:00Z"},
    {"clock", "1969-12-31 23:59:58", "1969-12-31T23:59:58Z"},
    {"clock", "later", NULL},
    {"clock", "2026-02-29", NULL},
    {"clock", "now", "now"},
    {"text", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
    {"text", "", ""},
    {"text", NULL, "initial"},
    {"text", "two\r\nlines", NULL},
    {"text", "\x7f", NULL},
    {"text", "\xff", NULL},
    {"empty", "x", "x"},
    {"empty", NULL, ""},
    {"none", "x", NULL},
    {"Number", "10", NULL},
    {"", "10", NULL},
};

static void values_are_taken_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct values values;
        struct values before;
        struct smimegw_error *error = NULL;
        init_values(&values);
        before = values;
        int ret = sgw_settings_set(table, &values, rows[i].name, rows[i].value, &error);
        assert_int_equal(ret, rows[i].result != NULL ? SMIMEGW_OK : SMIMEGW_E_SETTING);
        assert_int_equal(smimegw_error_code(error), ret);
        if (rows[i].result != NULL)
            assert_setting(&values, rows[i].name, rows[i].result);
        else
            assert_memory_equal(&values, &before, sizeof(values));
        smimegw_error_free(error);
        sgw_settings_clear(table, &values);
    }
}

static void errors_tell_what_is_allowed(void **state)
{
    (void)state;
    static const struct set_row texts[] = {
        {"number", "1", "number can't be \"1\", but 10 to 5M"},
        {"switch", "1", "switch can't be \"1\", but no, yes"},
        {"mode", "1", "mode can't be \"1\", but sign, encrypt, triple"},
        {"other", "1", "no setting is called \"other\""},
        {"text", "\n", "text can't be \"\\x0a\", but UTF-8 without control characters"},
    };
    struct values values;
    init_values(&values);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct smimegw_error *error = NULL;
        sgw_settings_set(table, &values, texts[i].name, texts[i].value, &error);
        assert_string_equal(smimegw_error_text(error), texts[i].result);
        smimegw_error_free(error);
    }
    sgw_settings_clear(table, &values);
}

static void reading_appends_or_changes_nothing(void **state)
{
    (void)state;
    struct values values;
    struct sgw_buf buf = SGW_BUF_INIT(10);
    init_values(&values);
    assert_int_equal(sgw_buf_append_text(&buf, "text="), SMIMEGW_OK);
    assert_int_equal(sgw_settings_get(table, &values, "text", &buf, NULL), SMIMEGW_E_LIMIT);
    assert_string_equal(sgw_buf_text(&buf), "text=");
    assert_int_equal(sgw_settings_get(table, &values, "none", &buf, NULL), SMIMEGW_E_SETTING);
    assert_int_equal(sgw_settings_get(table, &values, "switch", &buf, NULL), SMIMEGW_OK);
    assert_string_equal(sgw_buf_text(&buf), "text=yes");
    sgw_buf_clear(&buf);
    sgw_settings_clear(table, &values);
}

static void settings_are_listed(void **state)
{
    (void)state;
    const char *initial = NULL;
    const char *meaning = NULL;
    assert_string_equal(sgw_settings_list(table, 0, NULL, NULL), "number");
    assert_string_equal(sgw_settings_list(table, 3, &initial, &meaning), "mode");
    assert_string_equal(initial, "encrypt");
    assert_string_equal(meaning, "a word");
    assert_string_equal(sgw_settings_list(table, 6, &initial, &meaning), "empty");
    assert_string_equal(initial, "");
    assert_null(sgw_settings_list(table, 7, &initial, &meaning));
    assert_null(sgw_settings_list(table, SIZE_MAX, NULL, NULL));
}

static void a_bad_table_sets_nothing(void **state)
{
    (void)state;
    static const struct sgw_setting bad[] = {
        {"text", SGW_SETTING_TEXT, AT(text), "initial", NULL, 0, 0, ""},
        {"number", SGW_SETTING_NUMBER, AT(number), "many", NULL, 0, 1, ""},
        {NULL, SGW_SETTING_NUMBER, 0, NULL, NULL, 0, 0, NULL},
    };
    struct values values;
    memset(&values, 0xff, sizeof(values));
    assert_int_equal(sgw_settings_init(bad, &values, NULL), SMIMEGW_E_SETTING);
    assert_null(values.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initial_values_are_set),
        cmocka_unit_test(values_are_taken_or_refused),
        cmocka_unit_test(errors_tell_what_is_allowed),
        cmocka_unit_test(reading_appends_or_changes_nothing),
        cmocka_unit_test(settings_are_listed),
        cmocka_unit_test(a_bad_table_sets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
