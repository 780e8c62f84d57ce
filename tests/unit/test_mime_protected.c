/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime_support.h"

#include "mime/content_parameters.h"
#include "mime/protected_header.h"

struct row {
    const char *field; /* as in the message */
    const char *text;  /* what comes of it; NULL: nothing */
};

#define WORD90                                                                                \
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi" \
    "jkl"
#define WORD900 WORD90 WORD90 WORD90 WORD90 WORD90 WORD90 WORD90 WORD90 WORD90 WORD90

static struct sgw_mime scan_field(const char *field)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    assert_int_equal(sgw_buf_printf(&text, "%s\r\n", field), SMIMEGW_OK);
    struct sgw_mime mime = scan_text(sgw_buf_text(&text), 0);
    sgw_buf_clear(&text);
    assert_int_equal(mime.header.count, 1);
    return mime;
}

static void roles_of_names(void **state)
{
    static const struct {
        const char *field;
        enum sgw_field_role role;
    } rows[] = {
        {"From: x\r\n", SGW_FIELD_PROTECTED},
        {"X-Anything: x\r\n", SGW_FIELD_PROTECTED},
        {"user-agent: x\r\n", SGW_FIELD_PROTECTED},
        {"ARC: x\r\n", SGW_FIELD_PROTECTED},
        {"Receive: x\r\n", SGW_FIELD_PROTECTED},
        {"bcc : x\r\n", SGW_FIELD_BLIND},
        {"CONTENT-x: x\r\n", SGW_FIELD_STRUCTURAL},
        {"mime-version: x\r\n", SGW_FIELD_STRUCTURAL},
        {"HP-OUTER: x\r\n", SGW_FIELD_HP_OUTER},
        {"received: x\r\n", SGW_FIELD_TRANSIT},
        {"Return-path: x\r\n", SGW_FIELD_TRANSIT},
        {"DKIM-Signature: x\r\n", SGW_FIELD_TRANSIT},
        {"Authentication-Results: x\r\n", SGW_FIELD_TRANSIT},
        {"ARC-Seal: x\r\n", SGW_FIELD_TRANSIT},
        {"X-Spam-Status: x\r\n", SGW_FIELD_TRANSIT},
        {"Resent-Bcc: x\r\n", SGW_FIELD_TRANSIT},
        {"X-Original-To: x\r\n", SGW_FIELD_TRANSIT},
        {"List-Unsubscribe: x\r\n", SGW_FIELD_TRANSIT},
        {"X-MS-Exchange-Organization-SCL: x\r\n", SGW_FIELD_TRANSIT},
        {"X-Google-DKIM-Signature: x\r\n", SGW_FIELD_TRANSIT},
        {"Original-Authentication-Results: x\r\n", SGW_FIELD_TRANSIT},
        {"Authentication-Results-Original: x\r\n", SGW_FIELD_TRANSIT},
        {"X-Authentication-Warning: x\r\n", SGW_FIELD_TRANSIT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_mime mime = scan_field(rows[i].field);
        assert_int_equal(sgw_field_role(&mime.header, &mime.header.fields[0]), rows[i].role);
        sgw_mime_clear(&mime);
    }
}

static const struct row clean_rows[] = {
    {"Subject: plain\r\n", "Subject: plain\r\n"},
    {"Subject:plain  words\r\n", "Subject: plain  words\r\n"},
    {"subject \t: \t plain \t\r\n", "subject: plain\r\n"},
    {"Subject:\r\n", "Subject:\r\n"},
    {"Subject: \r\n\tfolded\r\n  twice\n", "Subject: folded\r\n  twice\r\n"},
    /* a line of blanks ends the header for some readers (AC-97) */
    {"Subject: a \r\n \t\r\n\tBcc: evil\r\n", "Subject: a\r\n\tBcc: evil\r\n"},
    {"Subject: Gr\xc3\xbc\xc3\x9f"
     "e an alle\r\n",
     "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= an alle\r\n"},
    /* a blank beside an encoded word must be in one */
    {"Subject: =?utf-8?Q?a?= \xc3\xa9\r\n", "Subject: =?utf-8?Q?a?= =?utf-8?Q?_=C3=A9?=\r\n"},
    {"Subject: \xc3\xa9 =?utf-8?Q?a?= b\r\n",
     "Subject: =?utf-8?Q?=C3=A9_?= =?utf-8?Q?a?= b\r\n"},
    {"Comments: a \xe4 b \xf6 c\r\n", "Comments: a =?utf-8?Q?=C3=A4_b_=C3=B6?= c\r\n"},
    {"From: J\xc3\xb6rg <a@example.com>\r\n", NULL},
    {"X-Other: \xc3\xb6\r\n", NULL},
    {"X-Other: " WORD900 WORD90 "\r\n", NULL},
    {"X-Long: " WORD900 " " WORD900 "\r\n", "X-Long:\r\n " WORD900 "\r\n " WORD900 "\r\n"},
    {"X-Long: a b " WORD900 " c " WORD90 "\r\n",
     "X-Long: a b\r\n " WORD900 "\r\n c\r\n " WORD90 "\r\n"},
};

static void clean_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(clean_rows) / sizeof(clean_rows[0]); i++) {
        struct sgw_mime mime = scan_field(clean_rows[i].field);
        struct sgw_buf text = SGW_BUF_INIT(0);
        const char *wanted = clean_rows[i].text;
        int ret = sgw_field_put_clean(&text, "", &mime.header, &mime.header.fields[0]);
        assert_int_equal(ret, wanted != NULL);
        assert_string_equal(sgw_buf_text(&text), wanted != NULL ? wanted : "");
        sgw_buf_clear(&text);
        sgw_mime_clear(&mime);
    }
}

/* Two fields that a mail server has only folded anew are the same. */
static void plain_values(void **state)
{
    static const struct row rows[] = {
        {"Subject:  a  b\r\n", "a b"},
        {"Subject: a\r\n\t b \r\n", "a b"},
        {"Subject:\r\n", ""},
        {"Subject: \xc3\xa4\r\n", "=?utf-8?Q?=C3=A4?="},
        {"To: \xc3\xa4@b\r\n", "\xc3\xa4@b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_mime mime = scan_field(rows[i].field);
        struct sgw_buf text = SGW_BUF_INIT(0);
        assert_int_equal(sgw_field_put_plain(&text, &mime.header, &mime.header.fields[0]),
                         SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&text), rows[i].text);
        sgw_buf_clear(&text);
        sgw_mime_clear(&mime);
    }
}

static void parameter_hp(void **state)
{
    static const struct {
        const char *field;
        const char *hp;
        const char *text;
    } rows[] = {
        {"Content-Type: text/plain\r\n", "clear",
         "Content-Type: text/plain;\r\n hp=\"clear\"\r\n"},
        {"content-type:text/plain; a=b;\r\n", "cipher",
         "content-type:text/plain; a=b;\r\n hp=\"cipher\"\r\n"},
        {"Content-Type: a/b; HP = \"cipher\" ;\n x=\";hp=1\"; hp*0=x; hpx=1\n", "clear",
         "Content-Type: a/b;\r\n x=\";hp=1\"; hpx=1;\r\n hp=\"clear\"\r\n"},
        {"Content-Type: a/b (; hp=c\\)l); (x) hp=\"a\\\";b\"; y=1\r\n", NULL,
         "Content-Type: a/b (; hp=c\\)l); y=1\r\n"},
        {"Content-Type: a/b; hp=clear\r\n", NULL, "Content-Type: a/b\r\n"},
        {"Content-Type: a/b;\r\n\tx=y\r\n", NULL, "Content-Type: a/b;\r\n\tx=y\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_mime mime = scan_field(rows[i].field);
        struct sgw_buf text = SGW_BUF_INIT(0);
        assert_int_equal(sgw_hp_put(&text, &mime.header, &mime.header.fields[0], rows[i].hp),
                         SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&text), rows[i].text);
        sgw_buf_clear(&text);
        sgw_mime_clear(&mime);
    }
}

/* [RFC9788-3.2] */
static void what_is_outside(void **state)
{
    static const struct {
        const char *field;
        enum sgw_header_rule rule;
        enum sgw_outer_choice choice;
        const char *value;
    } rows[] = {
        {"SUBJECT: x\r\n", SGW_HEADERS_NONE, SGW_OUTER_SAME, ""},
        {"SUBJECT: x\r\n", SGW_HEADERS_BASELINE, SGW_OUTER_CHANGED, "[...]"},
        {"Subject:\r\n", SGW_HEADERS_SHY, SGW_OUTER_CHANGED, "[...]"},
        {"Comments: x\r\n", SGW_HEADERS_BASELINE, SGW_OUTER_GONE, ""},
        {"keywords: x\r\n", SGW_HEADERS_SHY, SGW_OUTER_GONE, ""},
        {"From: A <a@b.c>\r\n", SGW_HEADERS_BASELINE, SGW_OUTER_SAME, ""},
        {"From: A <a@b.c>\r\n", SGW_HEADERS_SHY, SGW_OUTER_CHANGED, "a@b.c"},
        {"From: A <a@b.c>, d@e.f\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, NULL},
        {"To: A <a@b.c>,\r\n \"x, y\" <d@e.f>\r\n", SGW_HEADERS_SHY, SGW_OUTER_CHANGED,
         "a@b.c,\r\n d@e.f"},
        {"Cc: friends: a@b.c, d@e.f;\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, NULL},
        {"To: a@b.c, root\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, NULL},
        {"To: a@b.c, \"x\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, NULL},
        {"To:\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, NULL},
        {"Reply-To: A <a@b.c>\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, ""},
        {"Date: Sat, 20 Feb 2021 10:07:02 -0500\r\n", SGW_HEADERS_BASELINE, SGW_OUTER_SAME,
         ""},
        {"Date: Sat, 20 Feb 2021 10:07:02 -0500\r\n", SGW_HEADERS_SHY, SGW_OUTER_CHANGED,
         "Sat, 20 Feb 2021 15:07:02 +0000"},
        {"Date: 1 jan 2026 00:30 +0130 (x)\r\n", SGW_HEADERS_SHY, SGW_OUTER_CHANGED,
         "Wed, 31 Dec 2025 23:00:00 +0000"},
        {"Date: Thu, 29 Feb 2024 23:59:59 -0001\r\n", SGW_HEADERS_SHY, SGW_OUTER_CHANGED,
         "Fri, 01 Mar 2024 00:00:59 +0000"},
        {"Date: Sat, 20 Feb 2021 10:07:02 +0000\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, ""},
        {"Date: Sat, 20 Feb 2021 10:07:02 EST\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, ""},
        {"Date: Sat, 30 Feb 2021 10:07:02 -0500\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, ""},
        {"Date: Sat, 20 Feb 2021 10:07:02 -0500 x\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, ""},
        {"Date: Sat, 20 Feb 2021 10:07:02 -50\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, ""},
        {"Date: Sat, 20 Feb 2021 10:07:02\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, ""},
        {"Date: now\r\n", SGW_HEADERS_SHY, SGW_OUTER_SAME, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_mime mime = scan_field(rows[i].field);
        struct sgw_buf value = SGW_BUF_INIT(0);
        enum sgw_outer_choice choice;
        assert_int_equal(sgw_outer_choose(rows[i].rule, &mime.header, &mime.header.fields[0],
                                          &value, &choice),
                         SMIMEGW_OK);
        if (choice != rows[i].choice)
            fail_msg("%s: %d", rows[i].field, (int)choice);
        if (rows[i].value != NULL)
            assert_string_equal(sgw_buf_text(&value), rows[i].value);
        sgw_buf_clear(&value);
        sgw_mime_clear(&mime);
    }
}

static const char whole[] = "From postmaster  Thu\r\n"
                            "Received: x\r\n"
                            "From: A <a@b.c>\r\n"
                            "bcc: z@b.c\r\n"
                            "Subject : s\xc3\xa4\r\n"
                            "X-8bit: \xc3\xa4\r\n"
                            "MIME-Version: 1.0\r\n"
                            "Keywords: k\r\n"
                            "HP-Outer: Subject: lie\r\n"
                            "Content-Type: text/plain\r\n\r\n";

static void plans(void **state)
{
    struct sgw_mime mime = scan_text(whole, 0);
    struct sgw_header_plan plan;
    (void)state;
    assert_int_equal(sgw_header_plan_init(&plan, &mime.header, SGW_HEADERS_SHY, true),
                     SMIMEGW_OK);
    assert_string_equal(plan.hp, "cipher");
    assert_string_equal(sgw_buf_text(&plan.inner),
                        "From: A <a@b.c>\r\nSubject: =?utf-8?Q?s=C3=A4?=\r\nKeywords: k\r\n"
                        "HP-Outer: From: a@b.c\r\nHP-Outer: Subject: [...]\r\n");
    assert_string_equal(sgw_buf_text(&plan.outer),
                        "Received: x\r\nFrom: a@b.c\r\nbcc: z@b.c\r\nSubject: [...]\r\n"
                        "X-8bit: \xc3\xa4\r\nMIME-Version: 1.0\r\nHP-Outer: Subject: lie\r\n");
    sgw_header_plan_clear(&plan);
    assert_int_equal(sgw_header_plan_init(&plan, &mime.header, SGW_HEADERS_SHY, false),
                     SMIMEGW_OK);
    assert_string_equal(plan.hp, "clear");
    assert_string_equal(sgw_buf_text(&plan.inner),
                        "From: A <a@b.c>\r\nSubject: =?utf-8?Q?s=C3=A4?=\r\nKeywords: k\r\n");
    assert_string_equal(sgw_buf_text(&plan.outer),
                        "Received: x\r\nFrom: A <a@b.c>\r\nbcc: z@b.c\r\n"
                        "Subject : s\xc3\xa4\r\nX-8bit: \xc3\xa4\r\nMIME-Version: 1.0\r\n"
                        "Keywords: k\r\nHP-Outer: Subject: lie\r\n");
    sgw_header_plan_clear(&plan);
    sgw_mime_clear(&mime);
}

static struct sgw_header_plan plan_of(const char *text)
{
    struct sgw_mime mime = scan_text(text, 0);
    struct sgw_header_plan plan;
    assert_int_equal(sgw_header_plan_init(&plan, &mime.header, SGW_HEADERS_BASELINE, true),
                     SMIMEGW_OK);
    sgw_mime_clear(&mime);
    return plan;
}

/* A word that fits on no line is encoded: a secret must not stay outside for its length. */
static void long_words_are_hidden(void **state)
{
    static const char *const names[] = {"Subject", "Comments", "Keywords"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct sgw_buf text = SGW_BUF_INIT(0);
        assert_int_equal(sgw_buf_printf(&text,
                                        "From: a@b.c\r\n%s: a " WORD900 WORD90 " b\r\n\r\n",
                                        names[i]),
                         SMIMEGW_OK);
        struct sgw_header_plan plan = plan_of(sgw_buf_text(&text));
        const char *inner = sgw_buf_text(&plan.inner);
        assert_null(strstr(sgw_buf_text(&plan.outer), "abc"));
        assert_non_null(strstr(inner, "=?utf-8?Q?abcdef"));
        for (const char *line = inner; *line != '\0'; line = strchr(line, '\n') + 1)
            assert_true(strcspn(line, "\r") < 78);
        sgw_header_plan_clear(&plan);
        sgw_buf_clear(&text);
    }
}

/* A word of a type or identifier has no encoded form. */
static void long_content_stays(void **state)
{
    struct sgw_mime mime = scan_field("Content-ID: " WORD900 WORD90 "\r\n");
    struct sgw_buf text = SGW_BUF_INIT(0);
    (void)state;
    assert_int_equal(sgw_field_put_clean(&text, "", &mime.header, &mime.header.fields[0]), 0);
    assert_int_equal(text.size, 0);
    sgw_buf_clear(&text);
    sgw_mime_clear(&mime);
}

/* The reader takes what is inside for all fields of a name: all of them go, or none. */
static void name_is_not_torn(void **state)
{
    struct sgw_header_plan plan = plan_of("From: a@b.c\r\nX-Note: one\r\nx-note: \xc3\xb6\r\n"
                                          "X-Note: three\r\nX-Other: y\r\n\r\n");
    (void)state;
    assert_string_equal(sgw_buf_text(&plan.inner),
                        "From: a@b.c\r\nX-Other: y\r\nHP-Outer: From: a@b.c\r\n"
                        "HP-Outer: X-Other: y\r\n");
    assert_int_equal(plan.inner_count, 4);
    assert_string_equal(sgw_buf_text(&plan.outer),
                        "From: a@b.c\r\nX-Note: one\r\nx-note: \xc3\xb6\r\n"
                        "X-Note: three\r\nX-Other: y\r\n");
    sgw_header_plan_clear(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_of_names),        cmocka_unit_test(clean_fields),
        cmocka_unit_test(plain_values),          cmocka_unit_test(parameter_hp),
        cmocka_unit_test(what_is_outside),       cmocka_unit_test(plans),
        cmocka_unit_test(long_words_are_hidden), cmocka_unit_test(long_content_stays),
        cmocka_unit_test(name_is_not_torn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
