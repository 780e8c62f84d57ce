/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <smimegw/buffer.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error_impl.h"
#include "base/ref.h"
#include "base/text.h"

static void buffers_grow_to_their_ceiling(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < 300; limit++) {
        struct sgw_buf buf = SGW_BUF_INIT(limit);
        size_t most = limit > 0 ? limit : 300;
        for (size_t i = 0; i < most; i++) {
            assert_int_equal(sgw_buf_append_byte(&buf, (uint8_t)i), SMIMEGW_OK);
            assert_int_equal(buf.data[buf.size], 0);
        }
        if (limit > 0)
            assert_int_equal(sgw_buf_append_byte(&buf, 1), SMIMEGW_E_LIMIT);
        assert_int_equal(buf.size, most);
        for (size_t i = 0; i < most; i++)
            assert_int_equal(buf.data[i], (uint8_t)i);
        sgw_buf_clear(&buf);
        assert_int_equal(buf.limit, limit);
        assert_int_equal(buf.size, 0);
    }
}

/* A ceiling of all memory once made the capacity wrap around to 64. */
static void the_largest_ceiling_is_none(void **state)
{
    (void)state;
    struct smimegw_buffer *buffer = NULL;
    char text[1000];
    memset(text, 'x', sizeof(text));
    for (size_t limit = SIZE_MAX - 2; limit > 2; limit++) {
        assert_int_equal(smimegw_buffer_new(limit, &buffer, NULL), SMIMEGW_OK);
        for (int i = 0; i < 100; i++)
            assert_int_equal(smimegw_buffer_write(buffer, text, sizeof(text)), SMIMEGW_OK);
        assert_int_equal(smimegw_buffer_size(buffer), 100000);
        smimegw_buffer_free(buffer);
    }
}

static void huge_buffers_are_refused(void **state)
{
    (void)state;
    struct sgw_buf buf = SGW_BUF_INIT(0);
    assert_int_equal(sgw_buf_append_byte(&buf, 1), SMIMEGW_OK);
    assert_int_equal(sgw_buf_reserve(&buf, SIZE_MAX), SMIMEGW_E_LIMIT);
    assert_int_equal(sgw_buf_reserve(&buf, SIZE_MAX - 1), SMIMEGW_E_LIMIT);
    assert_int_equal(buf.size, 1);
    sgw_buf_clear(&buf);
}

static void buffers_are_edited(void **state)
{
    (void)state;
    struct sgw_buf buf = SGW_BUF_INIT(20);
    assert_string_equal(sgw_buf_text(&buf), "");
    assert_int_equal(sgw_buf_append(&buf, NULL, 0), SMIMEGW_OK);
    assert_int_equal(sgw_buf_printf(&buf, "%s-%d", "abc", 42), SMIMEGW_OK);
    assert_string_equal(sgw_buf_text(&buf), "abc-42");
    assert_int_equal(sgw_buf_printf(&buf, "%015d", 1), SMIMEGW_E_LIMIT);
    assert_string_equal(sgw_buf_text(&buf), "abc-42");
    sgw_buf_truncate(&buf, 100);
    assert_int_equal(buf.size, 6);
    sgw_buf_truncate(&buf, 3);
    assert_string_equal(sgw_buf_text(&buf), "abc");
    sgw_buf_truncate(&buf, 0);
    assert_int_equal(sgw_buf_append_text(&buf, "01234567890123456789"), SMIMEGW_OK);
    assert_int_equal(sgw_buf_append_text(&buf, ""), SMIMEGW_OK);
    sgw_buf_clear(&buf);
}

static void public_buffers_take_bytes(void **state)
{
    (void)state;
    struct smimegw_buffer *buffer = NULL;
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_buffer_new(3, NULL, &error), SMIMEGW_E_USAGE);
    sgw_error_clear(&error);
    assert_int_equal(smimegw_buffer_new(3, &buffer, &error), SMIMEGW_OK);
    assert_string_equal(smimegw_buffer_data(buffer), "");
    assert_int_equal(smimegw_buffer_write(buffer, "ab", 2), SMIMEGW_OK);
    assert_int_equal(smimegw_buffer_write(buffer, "cd", 2), SMIMEGW_E_LIMIT);
    assert_int_equal(smimegw_buffer_write(buffer, NULL, 1), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_buffer_write(NULL, "x", 1), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_buffer_write(buffer, NULL, 0), SMIMEGW_OK);
    assert_string_equal(smimegw_buffer_data(buffer), "ab");
    smimegw_buffer_free(buffer);
    smimegw_buffer_free(NULL);
    assert_string_equal(smimegw_buffer_data(NULL), "");
    assert_int_equal(smimegw_buffer_size(NULL), 0);
}

static void descriptors_take_bytes(void **state)
{
    (void)state;
    int ends[2];
    char text[10] = "";
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(smimegw_fd_write(&ends[1], "bytes", 5), SMIMEGW_OK);
    assert_int_equal(read(ends[0], text, sizeof(text)), 5);
    assert_string_equal(text, "bytes");
    assert_int_equal(smimegw_fd_write(&ends[0], "bytes", 5), SMIMEGW_E_IO);
    assert_int_equal(smimegw_fd_write(NULL, "bytes", 5), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_fd_write(&ends[1], NULL, 5), SMIMEGW_E_USAGE);
    close(ends[0]);
    close(ends[1]);
}

static void the_first_error_stays(void **state)
{
    (void)state;
    struct smimegw_error *error = NULL;
    assert_int_equal(sgw_fail(&error, SMIMEGW_E_IO, "cause %d", 1), SMIMEGW_E_IO);
    assert_int_equal(sgw_fail(&error, SMIMEGW_E_LIMIT, "effect"), SMIMEGW_E_LIMIT);
    assert_int_equal(sgw_fail(NULL, SMIMEGW_E_LIMIT, "unheard"), SMIMEGW_E_LIMIT);
    assert_int_equal(smimegw_error_code(error), SMIMEGW_E_IO);
    assert_string_equal(smimegw_error_text(error), "cause 1");
    sgw_error_clear(&error);
    assert_null(error);
    assert_int_equal(smimegw_error_code(NULL), SMIMEGW_OK);
    assert_string_equal(smimegw_error_text(NULL), "no error");
    smimegw_error_free(NULL);
}

static void error_texts_are_clean_and_short(void **state)
{
    (void)state;
    char raw[2000];
    memset(raw, '\n', sizeof(raw));
    raw[sizeof(raw) - 1] = '\0';
    struct smimegw_error *error = NULL;
    sgw_fail(&error, SMIMEGW_E_SYNTAX, "%s", raw);
    assert_int_equal(strlen(smimegw_error_text(error)), 500);
    for (const char *c = smimegw_error_text(error); *c != '\0'; c++)
        assert_true(*c >= ' ');
    sgw_error_clear(&error);
    /* a character of two bytes that the cut goes through */
    memset(raw, 'x', sizeof(raw));
    for (size_t i = 495; i + 1 < sizeof(raw) - 1; i += 2)
        memcpy(raw + i, "\xc3\xa4", 2);
    raw[sizeof(raw) - 1] = '\0';
    sgw_fail(&error, SMIMEGW_E_SYNTAX, "%s", raw);
    const char *text = smimegw_error_text(error);
    assert_true(sgw_utf8_valid((const uint8_t *)text, strlen(text)));
    sgw_error_clear(&error);
}

static void results_have_names_and_severities(void **state)
{
    (void)state;
    assert_string_equal(smimegw_result_name(SMIMEGW_E_LIMIT), "SMIMEGW_E_LIMIT");
    assert_string_equal(smimegw_result_name(SMIMEGW_OK), "SMIMEGW_OK");
    assert_string_equal(smimegw_result_name(1), "SMIMEGW_E_UNKNOWN");
    assert_int_equal(smimegw_severity(SMIMEGW_OK), SMIMEGW_SEVERITY_NONE);
    assert_int_equal(smimegw_severity(SMIMEGW_E_NOMEM), SMIMEGW_SEVERITY_TEMPORARY);
    assert_int_equal(smimegw_severity(SMIMEGW_E_DECRYPT), SMIMEGW_SEVERITY_MESSAGE);
    assert_int_equal(smimegw_severity(SMIMEGW_E_USAGE), SMIMEGW_SEVERITY_CALLER);
    assert_int_equal(smimegw_severity(-12345), SMIMEGW_SEVERITY_CALLER);
}

static void texts_are_compared(void **state)
{
    (void)state;
    assert_true(sgw_equal_nocase("AbZ", 3, "aBz", 3));
    assert_false(sgw_equal_nocase("a", 1, "ab", 2));
    assert_false(sgw_equal_nocase("@", 1, "`", 1));
    assert_false(sgw_equal_nocase("\xc4", 1, "\xe4", 1));
    assert_true(sgw_is_text("abc", 3, "abc"));
    assert_false(sgw_is_text("abc", 3, "abcd"));
    assert_false(sgw_is_text("abC", 3, "abc"));
    assert_true(sgw_is_text(NULL, 0, ""));
    assert_true(sgw_is_text_nocase("ABC", 3, "abc"));
    assert_true(sgw_ends_nocase("smime.P7M", 9, ".p7m"));
    assert_false(sgw_ends_nocase("p7m", 3, ".p7m"));
    assert_true(sgw_is_blank(' ') && sgw_is_blank('\t') && !sgw_is_blank('\n'));
    assert_true(sgw_is_alpha('z') && sgw_is_alpha('A') && !sgw_is_alpha('['));
    assert_true(sgw_is_digit('9') && !sgw_is_digit(':'));
    assert_int_equal(sgw_lower('Z'), 'z');
    assert_int_equal(sgw_lower('['), '[');
}

struct escape_row {
    const char *raw;
    const char *text;
};

static const struct escape_row escape_rows[] = {
    {"", ""},
    {"plain", "plain"},
    {"a\nb", "a\\x0ab"},
    {"\x1b[1m", "\\x1b[1m"},
    {"\x7f", "\\x7f"},
    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\xc2\x80", "\\xc2\\x80"},
    {"\xc2\xa0", "\xc2\xa0"},
    {"\x80", "\\x80"},
    {"\xc0\xaf", "\\xc0\\xaf"},
    {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
    {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
    {"\xe2\x82", "\\xe2\\x82"},
    {"\xe2\x82x", "\\xe2\\x82x"},
};

static void texts_are_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(escape_rows) / sizeof(escape_rows[0]); i++) {
        const char *raw = escape_rows[i].raw;
        const char *text = escape_rows[i].text;
        char escaped[64];
        sgw_text_escape(raw, escaped, sizeof(escaped));
        assert_string_equal(escaped, text);
        bool valid = sgw_utf8_valid((const uint8_t *)raw, strlen(raw));
        assert_int_equal(valid, (raw[0] & 0x80) == 0 || strcmp(raw, text) == 0 ||
                                    strcmp(raw, "\xc2\x80") == 0);
        for (size_t size = 1; size <= strlen(text) + 1; size++) {
            memset(escaped, '~', sizeof(escaped));
            sgw_text_escape(raw, escaped, size);
            assert_true(strlen(escaped) < size);
            assert_memory_equal(escaped, text, strlen(escaped));
            assert_int_equal(escaped[size], '~');
        }
    }
}

static void times_are_the_calendars(void **state)
{
    (void)state;
    int64_t step = 86400 * 9 + 12345;
    for (int64_t seconds = -62167219200; seconds < 253402300800; seconds += step) {
        char text[SGW_TIME_TEXT_SIZE];
        char expected[64];
        struct tm broken;
        time_t time = (time_t)seconds;
        int64_t back;
        assert_non_null(gmtime_r(&time, &broken));
        snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02dZ",
                 broken.tm_year + 1900, broken.tm_mon + 1, broken.tm_mday, broken.tm_hour,
                 broken.tm_min, broken.tm_sec);
        sgw_time_text(seconds, text);
        assert_string_equal(text, expected);
        assert_true(sgw_time_parse(text, strlen(text), &back));
        assert_int_equal(back, seconds);
    }
}

static void times_out_of_range_stay_texts(void **state)
{
    (void)state;
    static const int64_t far[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, -62167219201,
                                  253402300800};
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
        char text[SGW_TIME_TEXT_SIZE];
        int64_t back;
        sgw_time_text(far[i], text);
        assert_int_equal(strlen(text), SGW_TIME_TEXT_SIZE - 1);
        assert_true(sgw_time_parse(text, strlen(text), &back));
    }
}

struct time_row {
    const char *text;
    int64_t seconds; /* -1: refused */
};

static const struct time_row time_rows[] = {
    {"1970-01-01", 0},
    {"1970-01-01Z", 0},
    {"1970-01-01T00:01", 60},
    {"1970-01-01 00:01Z", 60},
    {"1970-01-01T00:01:01Z", 61},
    {"2024-02-29", 1709164800},
    {"2000-02-29", 951782400},
    {"1900-02-29", -1},
    {"2023-02-29", -1},
    {"2023-00-10", -1},
    {"2023-13-10", -1},
    {"2023-01-00", -1},
    {"2023-01-32", -1},
    {"2023-04-31", -1},
    {"2023-01-01T24:00", -1},
    {"2023-01-01T23:60", -1},
    {"2023-01-01T23:59:60", -1},
    {"2023-01-01T23", -1},
    {"2023-01-01T23:5", -1},
    {"2023-01-01T23:59:", -1},
    {"2023-01-01T", -1},
    {"2023-1-01", -1},
    {"2023-01-1", -1},
    {"20230101", -1},
    {"2023-01-01x", -1},
    {"2023-01-01ZZ", -1},
    {"", -1},
};

static void times_are_read_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(time_rows) / sizeof(time_rows[0]); i++) {
        int64_t seconds = -1;
        const char *text = time_rows[i].text;
        assert_int_equal(sgw_time_parse(text, strlen(text), &seconds),
                         time_rows[i].seconds >= 0);
        assert_int_equal(seconds, time_rows[i].seconds);
    }
    /* a NUL once counted as any mark */
    int64_t seconds = -1;
    assert_false(sgw_time_parse("1970\00001\00001", 10, &seconds));
    assert_false(sgw_time_parse("1970-01-01\000", 11, &seconds));
    assert_false(sgw_time_parse("1970-01-01\00000:00", 16, &seconds));
}

static void bytes_become_hex_and_json(void **state)
{
    (void)state;
    static const struct escape_row json_rows[] = {
        {"", "\"\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\n\x1f", "\"\\u000a\\u001f\""},
        {"\xc3\xa4", "\"\xc3\xa4\""},
        {"\xe4x", "\"\\u00e4x\""},
        {"\xc2\x85", "\"\\u0085\""},
        {"\x7f", "\"\\u007f\""},
    };
    char hex[9];
    sgw_hex((const uint8_t *)"\x00\x0f\xf0\xff", 4, hex);
    assert_string_equal(hex, "000ff0ff");
    sgw_hex(NULL, 0, hex);
    assert_string_equal(hex, "");
    for (size_t i = 0; i < sizeof(json_rows) / sizeof(json_rows[0]); i++) {
        struct sgw_buf buf = SGW_BUF_INIT(0);
        const char *raw = json_rows[i].raw;
        assert_int_equal(sgw_json_string(&buf, raw, strlen(raw)), SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&buf), json_rows[i].text);
        sgw_buf_clear(&buf);
    }
    struct sgw_buf small = SGW_BUF_INIT(4);
    assert_int_equal(sgw_json_string(&small, "a\0b", 3), SMIMEGW_E_LIMIT);
    sgw_buf_clear(&small);
}

static void memory_is_asked_for_safely(void **state)
{
    (void)state;
    assert_null(sgw_realloc(NULL, SIZE_MAX, 2));
    void *memory = sgw_malloc(0);
    assert_non_null(memory);
    memory = sgw_realloc(memory, 0, 0);
    assert_non_null(memory);
    sgw_free(memory);
    memory = sgw_calloc(0, 5);
    assert_non_null(memory);
    sgw_free_secret(memory, 0);
    sgw_free_secret(NULL, 5);
    char *copy = sgw_strndup(NULL, 0);
    assert_string_equal(copy, "");
    sgw_free(copy);
    SGW_CLEANUP(sgw_freep) char *text = sgw_strdup("text");
    assert_string_equal(text, "text");
    char *taken = SGW_TAKE(text);
    assert_null(text);
    sgw_wipe(taken, 4);
    assert_memory_equal(taken, "\0\0\0\0", 5);
    sgw_wipe(NULL, 0);
    sgw_free(taken);
}

static void the_last_holder_is_told(void **state)
{
    (void)state;
    struct sgw_ref ref;
    sgw_ref_init(&ref);
    sgw_ref_get(&ref);
    assert_false(sgw_ref_put(&ref));
    assert_true(sgw_ref_put(&ref));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffers_grow_to_their_ceiling),
        cmocka_unit_test(the_largest_ceiling_is_none),
        cmocka_unit_test(huge_buffers_are_refused),
        cmocka_unit_test(buffers_are_edited),
        cmocka_unit_test(public_buffers_take_bytes),
        cmocka_unit_test(descriptors_take_bytes),
        cmocka_unit_test(the_first_error_stays),
        cmocka_unit_test(error_texts_are_clean_and_short),
        cmocka_unit_test(results_have_names_and_severities),
        cmocka_unit_test(texts_are_compared),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(times_are_the_calendars),
        cmocka_unit_test(times_out_of_range_stay_texts),
        cmocka_unit_test(times_are_read_strictly),
        cmocka_unit_test(bytes_become_hex_and_json),
        cmocka_unit_test(memory_is_asked_for_safely),
        cmocka_unit_test(the_last_holder_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
