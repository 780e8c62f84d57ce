/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime_support.h"

static int parse_bytes(struct sgw_header *header, const void *data, size_t size)
{
    struct sgw_limits limits;
    limits_init(&limits);
    memset(header, 0, sizeof(*header));
    assert_int_equal(sgw_buf_append(&header->raw, data, size), SMIMEGW_OK);
    return sgw_header_parse(header, &limits, NULL);
}

static int parse(struct sgw_header *header, const char *text)
{
    return parse_bytes(header, text, strlen(text));
}

static void assert_value(const struct sgw_header *header, const char *name, const char *value)
{
    const struct sgw_field *field;
    struct sgw_buf buf = SGW_BUF_INIT(0);
    assert_true(sgw_header_find(header, name, &field) > 0);
    assert_int_equal(sgw_field_value(header, field, &buf), SMIMEGW_OK);
    assert_string_equal(sgw_buf_text(&buf), value);
    sgw_buf_clear(&buf);
}

static void assert_written(const struct sgw_header *header, enum sgw_header_choice choice,
                           const char *text)
{
    struct sgw_buf buf = SGW_BUF_INIT(0);
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, &buf);
    assert_int_equal(sgw_header_write(header, choice, &sink.base, NULL), SMIMEGW_OK);
    assert_string_equal(sgw_buf_text(&buf), text);
    sgw_buf_clear(&buf);
}

static void test_fields(void **state)
{
    (void)state;
    struct sgw_header header;
    const struct sgw_field *field;
    assert_int_equal(parse(&header, "Subject:  a\r\n\tb \r\n c  \r\nFROM: x\r\nsubject: 2\r\n"
                                    "Content-Type:text/plain\r\nEmpty:\r\n\r\n"),
                     SMIMEGW_OK);
    assert_int_equal(header.count, 5);
    assert_int_equal(sgw_header_find(&header, "SUBJECT", &field), 2);
    assert_ptr_equal(field, &header.fields[0]);
    assert_int_equal(sgw_header_find(&header, "Sub", &field), 0);
    assert_null(field);
    assert_value(&header, "subject", "a\tb  c");
    assert_value(&header, "from", "x");
    assert_value(&header, "empty", "");
    assert_true(sgw_field_is_content(&header, &header.fields[3]));
    assert_false(sgw_field_is_content(&header, &header.fields[0]));
    sgw_header_clear(&header);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "no field\r\n",
        " folded first\r\n",
        ": no name\r\n",
        "A: b\r\nA\rB: c\r\n",
        "A: b\rc\r\n",
        "A: b\r\r\n",
        "A: b\r",
        "\xc3\xa4: b\r\n",
        "A b: c\r\n",
        "From x: mbox\r\n c\r\n",
        "A: b\r\nFrom x y\r\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct sgw_header header;
        assert_int_equal(parse(&header, texts[i]), SMIMEGW_E_SYNTAX);
        assert_int_equal(header.count, 0);
        sgw_header_clear(&header);
    }
    struct sgw_header header;
    assert_int_equal(parse_bytes(&header, "A: b\0c\r\n", 8), SMIMEGW_E_SYNTAX);
    sgw_header_clear(&header);
}

static void test_error_names_line(void **state)
{
    (void)state;
    struct sgw_limits limits;
    struct sgw_header header = {0};
    struct smimegw_error *error = NULL;
    limits_init(&limits);
    sgw_buf_append_text(&header.raw, "A: b\r\n c\r\nbad\r\n");
    assert_int_equal(sgw_header_parse(&header, &limits, &error), SMIMEGW_E_SYNTAX);
    assert_non_null(strstr(smimegw_error_text(error), "line 3"));
    smimegw_error_free(error);
    sgw_header_clear(&header);
}

static void test_write(void **state)
{
    (void)state;
    struct sgw_header header;
    assert_int_equal(parse(&header, "From me Tue\nTo:  x\n\ty\nContent-Type: a/b;\n c=d\n"
                                    "MIME-Version: 1.0\r\nContent-Id: 1"),
                     SMIMEGW_OK);
    assert_written(&header, SGW_HEADER_OUTER, "To:  x\r\n\ty\r\nMIME-Version: 1.0\r\n");
    assert_written(&header, SGW_HEADER_CONTENT,
                   "Content-Type: a/b;\r\n c=d\r\nContent-Id: 1\r\n");
    assert_false(sgw_header_is_bare_entity(&header));
    sgw_header_clear(&header);
    assert_int_equal(parse(&header, "content-type: a/b\r\nmime-version: 1.0\r\n"), SMIMEGW_OK);
    assert_true(sgw_header_is_bare_entity(&header));
    sgw_header_clear(&header);
}

static void test_doubtful(void **state)
{
    (void)state;
    struct sgw_header header;
    assert_int_equal(parse(&header, "A: b\r\nB : c\r\nC: d\r\n \t\r\nD: e\r\n"), SMIMEGW_OK);
    assert_int_equal(header.count, 4);
    assert_false(sgw_field_is_doubtful(&header, &header.fields[0]));
    assert_true(sgw_field_is_doubtful(&header, &header.fields[1]));
    assert_true(sgw_field_is_doubtful(&header, &header.fields[2]));
    assert_true(sgw_field_is_doubtful(&header, &header.fields[3]));
    sgw_header_clear(&header);
}

static void test_limits(void **state)
{
    (void)state;
    struct sgw_limits limits;
    struct sgw_header header = {0};
    limits_init(&limits);
    limits.header_fields = 100;
    for (int i = 0; i < 100; i++)
        sgw_buf_append_text(&header.raw, "A: b\r\n");
    assert_int_equal(sgw_header_parse(&header, &limits, NULL), SMIMEGW_OK);
    sgw_buf_append_text(&header.raw, "A: b\r\n");
    assert_int_equal(sgw_header_parse(&header, &limits, NULL), SMIMEGW_E_LIMIT);
    assert_int_equal(header.count, 100);
    sgw_header_clear(&header);
}

static void test_lenient(void **state)
{
    (void)state;
    struct sgw_limits limits;
    struct sgw_header header = {0};
    bool is_broken;
    limits_init(&limits);
    sgw_buf_append_text(&header.raw, "A: b\r\njunk\r\n folded junk\r\nC: d\r\n");
    assert_int_equal(sgw_header_parse_lenient(&header, &limits, &is_broken, NULL), SMIMEGW_OK);
    assert_true(is_broken);
    assert_int_equal(header.count, 2);
    assert_value(&header, "A", "b");
    assert_value(&header, "C", "d");
    sgw_header_clear(&header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),           cmocka_unit_test(test_refused),
        cmocka_unit_test(test_error_names_line), cmocka_unit_test(test_write),
        cmocka_unit_test(test_doubtful),         cmocka_unit_test(test_limits),
        cmocka_unit_test(test_lenient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
