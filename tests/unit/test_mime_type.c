/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime_support.h"

/* Text form: type, then name=value in order; '~' odd, '!' broken, '#' comment. */
static void describe(const char *value, struct sgw_buf *ret)
{
    struct sgw_content_type type;
    assert_int_equal(sgw_content_type_parse(value, strlen(value), &type), SMIMEGW_OK);
    sgw_buf_printf(ret, "%s", type.type != NULL ? type.type : "-");
    for (size_t i = 0; i < type.count; i++)
        sgw_buf_printf(ret, "|%s=%s%s", type.parameters[i].name, type.parameters[i].value,
                       type.parameters[i].is_odd ? "~" : "");
    if (type.has_comment)
        sgw_buf_append_text(ret, "#");
    if (type.is_broken)
        sgw_buf_append_text(ret, "!");
    sgw_content_type_clear(&type);
}

static const char *const cases[][2] = {
    {"text/plain", "text/plain"},
    {"", "-"},
    {"TEXT/Plain; Charset=US-ascii", "text/plain|charset=US-ascii"},
    {"a/b;x=1;;y=2;", "a/b|x=1|y=2"},
    {"a/b; x=\"q;\\\"=\"", "a/b|x=q;\"=~"},
    {"a/b; x=\"\"", "a/b|x="},
    {"a/b; boundary=----=_Part/1?2:3", "a/b|boundary=----=_Part/1?2:3"},
    {"(c) a/b (d (e) \\) f); x=1 (g)", "a/b|x=1#"},
    {"attachment; filename=x.p7m", "attachment|filename=x.p7m"},
    /* broken */
    {"a/b; x=\"open", "a/b|x=open!"},
    {"a/b (open", "a/b#!"},
    {"a/b; x=1; X=2", "a/b|x=1!"},
    {"a/b; x", "a/b!"},
    {"a/b; =1; y=2", "a/b|y=2!"},
    {"a/b; x=1 2; y=3", "a/b|x=1|y=3!"},
    {"a/b; x=\"1\"2; y=3", "a/b|x=1|y=3!"},
    {"a/b junk; y=3", "a/b|y=3!"},
    {"a/b junk=\"; z=4\"; y=3", "a/b|y=3!"},
    {"a/; y=3", "a/|y=3!"},
    {"/b", "-!"},
    {"a / b", "a!"},
    {"a/b; x=; y=3", "a/b|x=|y=3!"},
    /* odd */
    {"a/b; x = 1", "a/b|x=1~"},
    /* RFC 2231 */
    {"a/b; x*0=ab; x*1=\"c d\"", "a/b|x=abc d~"},
    {"a/b; x*1=cd; x*0=ab", "a/b|x=abcd~"},
    {"a/b; x*=us-ascii'en'This%20is%2A", "a/b|x=This is*~"},
    {"a/b; x*0*=utf-8''%c3%A4; x*1=%41; x*2*=%42", "a/b|x=\xc3\xa4%41B~"},
    {"a/b; x=plain; x*=utf-8''ext", "a/b|x=plain~"},
    {"a/b; x*=utf-8''ext; x=plain", "a/b|x=plain~"},
    {"a/b; x*0=a; x*2=c", "a/b|x=a~!"},
    {"a/b; x*1=b", "a/b!"},
    {"a/b; x*0=a; x*0*=''b", "a/b|x=a~!"},
    {"a/b; x*00=a", "a/b!"},
    {"a/b; x*a=a", "a/b!"},
    {"a/b; *=a", "a/b!"},
    {"a/b; x*=noquotes", "a/b|x=noquotes~!"},
    {"a/b; x*=''%4", "a/b|x=%4~!"},
    {"a/b; x*=''a%00b", "a/b|x=ab~!"},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sgw_buf buf = SGW_BUF_INIT(0);
        describe(cases[i][0], &buf);
        assert_string_equal(sgw_buf_text(&buf), cases[i][1]);
        sgw_buf_clear(&buf);
    }
}

static void test_nul(void **state)
{
    (void)state;
    struct sgw_content_type type;
    assert_int_equal(sgw_content_type_parse("a/b; x=\"1\0002\"", 13, &type), SMIMEGW_OK);
    assert_true(type.is_broken);
    assert_string_equal(sgw_content_type_parameter(&type, "x"), "12");
    sgw_content_type_clear(&type);
}

static void test_limit(void **state)
{
    (void)state;
    struct sgw_content_type type = {0};
    struct sgw_buf buf = SGW_BUF_INIT(0);
    sgw_buf_append_text(&buf, "a/b");
    for (int i = 0; i < 64; i++)
        sgw_buf_printf(&buf, ";p%d=1", i);
    assert_int_equal(sgw_content_type_parse(sgw_buf_text(&buf), buf.size, &type), SMIMEGW_OK);
    assert_int_equal(type.count, 64);
    sgw_content_type_clear(&type);
    sgw_buf_append_text(&buf, ";q=1");
    assert_int_equal(sgw_content_type_parse(sgw_buf_text(&buf), buf.size, &type),
                     SMIMEGW_E_LIMIT);
    assert_null(type.type);
    sgw_buf_clear(&buf);
}

static void test_questions(void **state)
{
    (void)state;
    struct sgw_content_type type;
    const char *text = "Multipart/Signed; Protocol=\"x\"";
    assert_int_equal(sgw_content_type_parse(text, strlen(text), &type), SMIMEGW_OK);
    assert_true(sgw_content_type_is(&type, "multipart/signed"));
    assert_false(sgw_content_type_is(&type, "multipart"));
    assert_true(sgw_content_type_is_multipart(&type));
    assert_false(sgw_content_type_is_major(&type, "multi"));
    assert_string_equal(sgw_content_type_parameter(&type, "protocol"), "x");
    assert_null(sgw_content_type_parameter(&type, "boundary"));
    sgw_content_type_clear(&type);
}

struct hint_case {
    const char *header;
    enum sgw_smime_hint hint;
};

static const struct hint_case hint_cases[] = {
    {"Content-Type: application/pkcs7-mime; smime-type=odd", SGW_SMIME_MIME},
    {"Content-Type: APPLICATION/X-PKCS7-MIME", SGW_SMIME_MIME},
    {"Content-Type: application/x-pkcs7-signature; name=smime.p7s", SGW_SMIME_SIGNATURE},
    {"Content-Type: application/octet-stream; name=\"Smime.P7M\"", SGW_SMIME_MIME},
    {"Content-Type: application/octet-stream; name=a.p7z", SGW_SMIME_MIME},
    {"Content-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n"
     " filename=smime.p7s",
     SGW_SMIME_SIGNATURE},
    {"Content-Type: application/octet-stream\r\nContent-Disposition: inline;\r\n"
     " filename*0=smime; filename*1=.p7c",
     SGW_SMIME_MIME},
    {"Content-Type: application/octet-stream; name=a.pdf", SGW_SMIME_NONE},
    {"Content-Type: text/plain; name=smime.p7m", SGW_SMIME_NONE},
    {"Content-Type: multipart/signed; boundary=b; protocol=application/pkcs7-signature",
     SGW_SMIME_SIGNED},
    {"Content-Type: multipart/signed; boundary=b; protocol=\"application/X-pkcs7-Signature\"",
     SGW_SMIME_SIGNED},
    {"Content-Type: Multipart/Signed; boundary=b", SGW_SMIME_SIGNED},
    {"Content-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"",
     SGW_SMIME_NONE},
    {"Content-Type: multipart/mixed; boundary=b; protocol=\"application/pkcs7-signature\"",
     SGW_SMIME_NONE},
    {"Subject: none", SGW_SMIME_NONE},
};

static void test_hints(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hint_cases) / sizeof(hint_cases[0]); i++) {
        struct sgw_mime mime = scan_text(hint_cases[i].header, 0);
        assert_int_equal(mime.parts[0].smime, hint_cases[i].hint);
        sgw_mime_clear(&mime);
    }
}

struct encoding_case {
    const char *header;
    enum sgw_encoding encoding;
    bool is_ambiguous;
};

static const struct encoding_case encoding_cases[] = {
    {"Subject: x", SGW_ENCODING_7BIT, false},
    {"Content-Transfer-Encoding: BASE64 (comment)", SGW_ENCODING_BASE64, false},
    {"content-transfer-encoding:quoted-printable", SGW_ENCODING_QUOTED_PRINTABLE, false},
    {"Content-Transfer-Encoding: 8bit", SGW_ENCODING_8BIT, false},
    {"Content-Transfer-Encoding: binary", SGW_ENCODING_BINARY, false},
    {"Content-Transfer-Encoding: x-uuencode", SGW_ENCODING_UNKNOWN, false},
    {"Content-Transfer-Encoding: base64 junk", SGW_ENCODING_UNKNOWN, true},
    {"Content-Transfer-Encoding: base64; x=1", SGW_ENCODING_UNKNOWN, true},
    {"Content-Transfer-Encoding:", SGW_ENCODING_UNKNOWN, true},
    {"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64", SGW_ENCODING_7BIT,
     true},
};

static void test_encodings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(encoding_cases) / sizeof(encoding_cases[0]); i++) {
        struct sgw_mime mime = scan_text(encoding_cases[i].header, 0);
        assert_int_equal(mime.parts[0].encoding, encoding_cases[i].encoding);
        assert_int_equal(mime.parts[0].is_ambiguous, encoding_cases[i].is_ambiguous);
        sgw_mime_clear(&mime);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases), cmocka_unit_test(test_nul),
        cmocka_unit_test(test_limit), cmocka_unit_test(test_questions),
        cmocka_unit_test(test_hints), cmocka_unit_test(test_encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
