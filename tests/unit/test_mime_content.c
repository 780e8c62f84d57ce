/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Content-* fields that are not clean, written anew. */
#include "mime/content_field.h"
#include "mime_support.h"

#define A10 "aaaaaaaaaa"
#define A100 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10
#define A1000 A100 A100 A100 A100 A100 A100 A100 A100 A100 A100
#define U4 "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
#define P4 "%C3%A4%C3%A4%C3%A4%C3%A4"

/* text: NULL where it can't be written. */
struct row {
    const char *field;
    const char *text;
    const char *hp;
};

static const struct row sent[] = {
    /* clean ones stay byte for byte */
    {"Content-Type: a/b;  x=y ; (c)\tz=\"\\\"\"\r\n",
     "Content-Type: a/b;  x=y ; (c)\tz=\"\\\"\"\r\n", NULL},
    {"Content-Odd  : x\n", "Content-Odd  : x\r\n", NULL},
    {"Content-Type: a/b; x=y\r\n", "Content-Type: a/b; x=y;\r\n hp=\"clear\"\r\n", "clear"},
    {"Content-X: a/b; hp=1\r\n", "Content-X: a/b; hp=1\r\n", ""},
    /* parameters */
    {"content-type :a/b ;;x=\xe4; y=\"z\" ;\r\n",
     "content-type: a/b;\r\n x*=utf-8''%C3%A4;\r\n y=\"z\"\r\n", NULL},
    {"Content-Type: a/b; hp=x; x=\xe4\r\n", "Content-Type: a/b;\r\n x*=utf-8''%C3%A4\r\n", ""},
    {"Content-Type: a/b; hp=x; x=\xe4\r\n",
     "Content-Type: a/b;\r\n x*=utf-8''%C3%A4;\r\n hp=\"cipher\"\r\n", "cipher"},
    {"Content-Disposition: a (\xc3\xa4); x=\"\\\"\\\\\xc3\xa4;\" (c)\r\n",
     "Content-Disposition: a;\r\n x*=utf-8''%22%5C%C3%A4%3B\r\n", NULL},
    {"Content-Disposition: a; filename=my \xe4 file.txt \r\n",
     "Content-Disposition: a;\r\n filename*=utf-8''my%20%C3%A4%20file.txt\r\n", NULL},
    /* the same in both forms */
    {"Content-Disposition: a; x=\xe4; X*=utf-8''%C3%A4; xy=1\r\n",
     "Content-Disposition: a;\r\n X*=utf-8''%C3%A4;\r\n xy=1\r\n", NULL},
    {"Content-Disposition: a; x*=utf-8''\xc3\xa4%20\r\n",
     "Content-Disposition: a;\r\n x*=utf-8''%C3%A4%20\r\n", NULL},
    /* long ones go on, and no character is cut */
    {"Content-Disposition: a; x=\"" U4 U4 "yy" U4 "\"\r\n",
     "Content-Disposition: a;\r\n x*0*=utf-8''" P4 P4 "yy;\r\n x*1*=" P4 "\r\n", NULL},
    {"Content-Disposition: a; x=" A1000 "b\r\n",
     "Content-Disposition: a;\r\n x*0*=utf-8''" A100 A100 A100 A100 A100 A100 A100 A100 A100
     ";\r\n x*1*=" A100 "b\r\n",
     NULL},
    /* text */
    {"Content-Description: a \xe4 b\r\n", "Content-Description: a =?utf-8?Q?=C3=A4?= b\r\n",
     NULL},
    {"Content-Location: \x01\x7f\r\n \r\n x\r\n", "Content-Location: __\r\n x\r\n", NULL},
    /* what can't be */
    {"Content-Type: \xe4/b; x=y\r\n", NULL, NULL},
    {"Content-Type: a/b \xe4; x=y\r\n", NULL, NULL},
    {"Content-Type: ;x=\xe4\r\n", NULL, NULL},
    {"Content-Type: a/b; BOUNDARY=\"\xe4\"\r\n", NULL, NULL},
    {"Content-Type: a/b; \xe4=x\r\n", NULL, NULL},
    {"Content-Type: a/b; \xe4\r\n", NULL, NULL},
    {"Content-Type: a/b; x=\"\xe4\r\n", NULL, NULL},
    {"Content-Type: a/b; x=\"\xe4\" y\r\n", NULL, NULL},
    {"Content-Type: a/b; x*0=\xe4\r\n", NULL, NULL},
    {"Content-Type: a/b; " A100 "=\xe4\r\n", NULL, NULL},
    {"Content-Transfer-Encoding: \xe4\r\n", NULL, NULL},
    {"Content-Transfer-Encoding: \x01\r\n", NULL, NULL},
    {"Content-ID: " A1000 "\r\n", NULL, NULL},
    {"X-Odd: \xe4\r\n", NULL, NULL},
};

static const struct row lifted[] = {
    {"Content-Type: a/b; x=\xc3\xa4\r\n", "Content-Type: a/b; x=\xc3\xa4\r\n", NULL},
    {"Content-Type: a/b; x=\xe4\r\n", "Content-Type: a/b;\r\n x*=utf-8''%C3%A4\r\n", NULL},
    {"Content-Type: a/b; x=\"\x1b\"\r\n", "Content-Type: a/b;\r\n x=\"_\"\r\n", NULL},
    {"Content-Odd : x\r\n", "Content-Odd : x\r\n", NULL},
    {"Content-X: a\r\n \t \r\n\tb\r\n", "Content-X: a\r\n\tb\r\n", NULL},
    {"Content-X: " A1000 "\r\n", "Content-X: " A1000 "\r\n", NULL},
    {"Content-ID: <\xc3\xa4>\r\n", "Content-ID: <\xc3\xa4>\r\n", NULL},
    {"Content-ID: <\xe4>\r\n", NULL, NULL},
};

static int put(const struct row *row, enum sgw_content_form form, struct sgw_buf *text)
{
    struct sgw_mime mime = scan_text(row->field, 0);
    int ret = sgw_content_field_put(text, &mime.header, &mime.header.fields[0], form, row->hp);
    sgw_mime_clear(&mime);
    return ret;
}

static void check_rows(const struct row *list, size_t count, enum sgw_content_form form)
{
    for (size_t i = 0; i < count; i++) {
        struct sgw_buf text = SGW_BUF_INIT(0);
        const char *wanted = list[i].text;
        int ret = put(&list[i], form, &text);
        if (strcmp(sgw_buf_text(&text), wanted != NULL ? wanted : "") != 0)
            fail_msg("row %zu: %s", i, sgw_buf_text(&text));
        assert_int_equal(ret, wanted != NULL);
        sgw_buf_clear(&text);
    }
}

static void fields_to_send(void **state)
{
    (void)state;
    check_rows(sent, sizeof(sent) / sizeof(sent[0]), SGW_CONTENT_7BIT);
}

static void fields_to_lift(void **state)
{
    (void)state;
    check_rows(lifted, sizeof(lifted) / sizeof(lifted[0]), SGW_CONTENT_UTF8);
}

/* More than a reader would go through, or could put together. */
static void there_are_limits(void **state)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    struct sgw_buf field = SGW_BUF_INIT(0);
    (void)state;
    for (int is_long = 0; is_long < 2; is_long++) {
        sgw_buf_truncate(&field, 0);
        assert_int_equal(sgw_buf_append_text(&field, "Content-Type: a/b; x=\xe4"), SMIMEGW_OK);
        for (int i = 0; i < (is_long ? 6400 : 65); i++)
            assert_int_equal(sgw_buf_append_text(&field, is_long ? U4 : "; x=\xe4"),
                             SMIMEGW_OK);
        assert_int_equal(sgw_buf_append_text(&field, "\r\n"), SMIMEGW_OK);
        const struct row row = {sgw_buf_text(&field), NULL, NULL};
        assert_int_equal(put(&row, SGW_CONTENT_7BIT, &text), 0);
        assert_int_equal(text.size, 0);
    }
    sgw_buf_clear(&text);
    sgw_buf_clear(&field);
}

/* Comments that do not end, a header full: in each parameter, and one in another. */
static void open_comments_are_quick(void **state)
{
    static const struct {
        const char *start;
        const char *piece;
        const char *hp;
        int written;
    } rows[] = {
        {"Content-Disposition: a; x=\"\xe4\"; y=", "(", NULL, 0},
        {"Content-Type: a/b; x=y", ";(", "clear", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_buf field = SGW_BUF_INIT(0);
        struct sgw_buf text = SGW_BUF_INIT(0);
        assert_int_equal(sgw_buf_append_text(&field, rows[i].start), SMIMEGW_OK);
        while (field.size < 240000)
            assert_int_equal(sgw_buf_append_text(&field, rows[i].piece), SMIMEGW_OK);
        assert_int_equal(sgw_buf_append_text(&field, "\r\n"), SMIMEGW_OK);
        const struct row row = {sgw_buf_text(&field), NULL, rows[i].hp};
        assert_int_equal(put(&row, SGW_CONTENT_UTF8, &text), rows[i].written);
        sgw_buf_clear(&field);
        sgw_buf_clear(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_to_send),
        cmocka_unit_test(fields_to_lift),
        cmocka_unit_test(there_are_limits),
        cmocka_unit_test(open_comments_are_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
