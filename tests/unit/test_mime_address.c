/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime_support.h"

#include "mime/address.h"

#define LOCAL_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LABEL_63 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

struct address_case {
    const char *value;
    const char *address; /* NULL: ambiguous */
};

static const struct address_case cases[] = {
    {"a@b.c", "a@b.c"},
    {"<a@b.c>", "a@b.c"},
    {"  A.B@B.C\t", "A.B@B.C"},
    {"Alice <a@b.c>", "a@b.c"},
    {"Alice Q. Public <a@b.c>", "a@b.c"},
    {"\"Public, Alice <x@y.z>\" <a@b.c>", "a@b.c"},
    {"=?utf-8?q?A=40b?= <a@b.c>", "a@b.c"},
    {"(note) Alice (more (nested)) <a@b.c> (end)", "a@b.c"},
    {"a@b.c (Alice)", "a@b.c"},
    {"\xc3\x84nne <a@b.c>", "a@b.c"},
    {"\xc3\xa4@b.c", "\xc3\xa4@b.c"},
    {"a+b!#$%&'*/=?^_`{|}~-@b.c", "a+b!#$%&'*/=?^_`{|}~-@b.c"},
    {"\"a\"@b.c", "a@b.c"},
    {"\"a.b\\c\"@b.c", "a.bc@b.c"},
    {"\"a b\"@b.c", "\"a b\"@b.c"},
    {"\"a@b\"@c", "\"a@b\"@c"},
    {"\"a\\\"b\"@c", "\"a\\\"b\"@c"},
    {"\"a..b\"@c", "\"a..b\"@c"},
    {"\"Name\"<a@b.c>", "a@b.c"},
    {"\"a@evil.example\" <a@b.c>", "a@b.c"},
    {"a@b_c.example", "a@b_c.example"},
    {"a@b\xc3\xbc.example", "a@b\xc3\xbc.example"},
    {"a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
    {LOCAL_64 "@b.c", LOCAL_64 "@b.c"},
    {"a@" LABEL_63 ".c", "a@" LABEL_63 ".c"},
    /* ambiguous */
    {"alice", NULL},
    {"a@", NULL},
    {"@b", NULL},
    {"a@b@c", NULL},
    {"a@b, c@d", NULL},
    {"a@b,", NULL},
    {"a@b; c@d", NULL},
    {"Friends: a@b.c;", NULL},
    {"undisclosed-recipients:;", NULL},
    {"<a@b> <c@d>", NULL},
    {"a@b <c@d>", NULL},
    {"<a@b> tail", NULL},
    {"<>", NULL},
    {"Alice <>", NULL},
    {"Alice <a@b", NULL},
    {"Alice a@b>", NULL},
    {"<@x,@y:a@b>", NULL},
    {"<@x:a@b>", NULL},
    {"a .b@c", NULL},
    {"a@ b", NULL},
    {"a (c)@b", NULL},
    {"a@(c)b", NULL},
    {"a..b@c", NULL},
    {".a@c", NULL},
    {"a.@c", NULL},
    {"a@b.", NULL},
    {"a@b..c", NULL},
    {"\"\"@c", NULL},
    {"\"a\".b@c", NULL},
    {"\"open@c", NULL},
    {"(open a@b", NULL},
    {"(x) ", NULL},
    {"a@good.example (x <m@evil.example>)", NULL},
    {"a@b (x\\)y)", NULL},
    /* encoded words [RFC2047-5] */
    {"=?utf-8?q?a=40b?=@c", NULL},
    {"=?utf-8?q?a=40b.c?=", NULL},
    {"<=?utf-8?q?a?=@b.c>", NULL},
    {"[x] Alice <a@b.c>", NULL},
    {"Alice\\ <a@b.c>", NULL},
    {"a\x01@b", NULL},
    {"a\x7f@b", NULL},
    {"a@b\xff", NULL},
    {"Al\xc2\x85ice <a@b.c>", NULL},
    {"a@[1.2.3.4", NULL},
    {"a@[192.0.2.1]", NULL},
    {".Alice <a@b.c>", NULL},
    {"a@[1 2]", NULL},
    {"<a@b.c >", NULL},
    {"< a@b.c>", NULL},
    /* line ends: of folding only, and no quoted string that is another to some */
    {"a@b\n", "a@b"},
    {"\r\n <a@b>\r\n", "a@b"},
    {"\"Al\r\n ice\" <a@b>", "a@b"},
    {"\"Al,ice\"\r\n <a@b>", "a@b"},
    {"a@b\r", NULL},
    {"a@b\r\nc", NULL},
    {"a@b\n\n", NULL},
    {"a@b\r\r\n", NULL},
    {"a@b.\r\n c", NULL},
    {"\"Al,\r\n ice\" <a@b>", NULL},
    {"\"Al\r\n ice\" \"<c@d>\" <a@b>", NULL},
    {"\"Al\r\n \\\"ice\" <a@b>", NULL},
    {"\"a\r\n b\"@c", NULL},
    {"\"Al\r\n ice)\" <a@b>", NULL},
    {"\"Al\r\n ice\" <\"a\"@b>", NULL},
    /* lengths [RFC5321-4.5.3.1], [RFC1035-2.3.4] */
    {LOCAL_64 "x@b.c", NULL},
    {"\"" LOCAL_64 " \"@b.c", NULL},
    {"a@" LABEL_63 "x.c", NULL},
    {"a@" LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63 ".c", NULL},
    /* domains that mean another host to some */
    {"a@b!c", NULL},
    {"a@b%c", NULL},
    {"a@-b.c", NULL},
    {"a@b-.c", NULL},
    {"a@*.c", NULL},
    {"*@b.c", NULL},
    /* what is not seen (AC-114) */
    {"a\xc2\xa0@b.c", NULL},
    {"a\xc2\xad@b.c", NULL},
    {"a@b\xe2\x80\x8b.c", NULL},
    {"a@b\xe2\x81\xa0.c", NULL},
    {"\xef\xbb\xbf"
     "a@b.c",
     NULL},
    {"a\xef\xb8\x8f@b.c", NULL},
    {"a\xf3\xa0\x81\xa1@b.c", NULL},
    {"\"a\tb\"@c", NULL},
};

/* sgw_address_is_valid() */
static const struct {
    const char *address;
    bool is_valid;
} alone_cases[] = {
    {"a@b.c", true},
    {"A+b=c@B-1.c", true},
    {"a@b", true},
    {"\xc3\xbc@b.c", true},
    {"\xf0\x9f\x93\xa7@b.c", true},
    {"a@\xe4\xb8\xad.c", true},
    {LOCAL_64 "@b.c", true},
    {LOCAL_64 "x@b.c", false},
    {"", false},
    {"a", false},
    {"@b.c", false},
    {"a@", false},
    {"a@b.", false},
    {"a@.b", false},
    {"a@b..c", false},
    {"a@b@c", false},
    {".a@b.c", false},
    {"a..b@b.c", false},
    {"\"a\"@b.c", false},
    {"\"a b\"@b.c", false},
    {"a(x)@b.c", false},
    {" a@b.c", false},
    {"a@b.c ", false},
    {"a@b.c\n", false},
    {"<a@b.c>", false},
    {"a@b.c,d@e.f", false},
    {"a@[1.2.3.4]", false},
    {"*@b.c", false},
    {"a@*.c", false},
    {"=?utf-8?q?a?=@b.c", false},
    {"a\xff@b.c", false},
    {"a\xc2\x85@b.c", false},
    {"a\xe2\x80\xae@b.c", false},
    {"a@b\xc2\xad.c", false},
};

static void test_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(alone_cases) / sizeof(alone_cases[0]); i++) {
        const char *address = alone_cases[i].address;
        if (sgw_address_is_valid(address, strlen(address)) != alone_cases[i].is_valid)
            fail_msg("row %zu, %s", i, address);
    }
    assert_false(sgw_address_is_valid("a\0@b", 4));
    assert_false(sgw_address_is_valid("a@b\0", 4));
    assert_true(sgw_address_is_valid("a@bc", 3));
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sgw_buf address = SGW_BUF_INIT(0);
        enum sgw_sender_state found = SGW_SENDER_NONE;
        assert_int_equal(
            sgw_address_parse(cases[i].value, strlen(cases[i].value), &found, &address),
            SMIMEGW_OK);
        if ((found == SGW_SENDER_ONE) != (cases[i].address != NULL))
            fail_msg("%s is read otherwise", cases[i].value);
        assert_string_equal(sgw_buf_text(&address),
                            cases[i].address != NULL ? cases[i].address : "");
        sgw_buf_clear(&address);
    }
}

static void test_bytes(void **state)
{
    (void)state;
    struct sgw_buf address = SGW_BUF_INIT(0);
    enum sgw_sender_state found;
    assert_int_equal(sgw_address_parse("a\0@b", 4, &found, &address), SMIMEGW_OK);
    assert_int_equal(found, SGW_SENDER_AMBIGUOUS);
    assert_int_equal(sgw_address_parse(" \t ", 3, &found, &address), SMIMEGW_OK);
    assert_int_equal(found, SGW_SENDER_NONE);
    assert_int_equal(address.size, 0);
}

struct sender_case {
    const char *header;
    enum sgw_sender_state state;
};

static const struct sender_case sender_cases[] = {
    {"From: Alice\r\n <a@b.c>\r\n", SGW_SENDER_ONE},
    {"FROM: a@b.c\r\n", SGW_SENDER_ONE},
    {"Subject: x\r\n", SGW_SENDER_NONE},
    {"From:\r\n", SGW_SENDER_NONE},
    {"From: a@b.c\r\nX: y\r\nfrom: a@b.c\r\n", SGW_SENDER_AMBIGUOUS},
    {"From : a@b.c\r\n", SGW_SENDER_AMBIGUOUS},
    {"X: y\r\n \r\nFrom: a@b.c\r\n", SGW_SENDER_AMBIGUOUS},
    {"From: a@b.c\r\n , d@e.f\r\n", SGW_SENDER_AMBIGUOUS},
    {"From me Mon\r\nFrom: a@b.c\r\n", SGW_SENDER_ONE},
};

static void test_sender(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sender_cases) / sizeof(sender_cases[0]); i++) {
        struct sgw_mime mime = scan_text(sender_cases[i].header, 0);
        struct sgw_buf address = SGW_BUF_INIT(0);
        enum sgw_sender_state found;
        assert_int_equal(sgw_sender_find(&mime.header, "From", &found, &address), SMIMEGW_OK);
        assert_int_equal(found, sender_cases[i].state);
        assert_string_equal(sgw_buf_text(&address), found == SGW_SENDER_ONE ? "a@b.c" : "");
        sgw_buf_clear(&address);
        sgw_mime_clear(&mime);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
