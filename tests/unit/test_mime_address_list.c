/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "mime/address_list.h"
#include "mime_support.h"

/* A value of To, and who is named in it, with a "|" behind each. */
static const struct {
    const char *value;
    const char *expected;
} rows[] = {
    {"", ""},
    {" \r\n ", ""},
    {" a@example.com\r\n", "a@example.com|"},
    {"a@example.com, b@example.com", "a@example.com|b@example.com|"},
    {"A <a@example.com>,\r\n B <b@example.com>\r\n", "a@example.com|b@example.com|"},
    {",, a@example.com ,,", "a@example.com|"},
    {"\"Last, First\" <a@example.com>, b@example.com", "a@example.com|b@example.com|"},
    {"\"x <evil@example.com>, \\\" y\" <a@example.com>", "a@example.com|"},
    {"a@example.com (one, two), b@example.com", "b@example.com|"},
    {"a@example.com (one; two (three)), b@example.com", "b@example.com|"},
    {"a@example.com (one two), b@example.com", "a@example.com|b@example.com|"},
    {"undisclosed-recipients:;", ""},
    {"team: a@example.com, B <b@example.com>; c@example.com",
     "a@example.com|b@example.com|c@example.com|"},
    {"\"a: b\": a@example.com;", "a@example.com|"},
    {"one: a@example.com; two: b@example.com;", "a@example.com|b@example.com|"},
    {"a@example.com; b@example.com", "a@example.com|b@example.com|"},
    {"<@relay.example:a@example.com>, b@example.com", "b@example.com|"},
    {"<a@example.com, b@example.com", ""},
    {"a@example.com, \"b@example.com", "a@example.com|"},
    {"a@example.com, (b@example.com", "a@example.com|"},
    {"a@example.com, not an address, b@example.com", "a@example.com|b@example.com|"},
    {"a@example.com b@example.com, c@example.com", "c@example.com|"},
    {"a@[127.0.0.1], \"j d\"@example.com", "\"j d\"@example.com|"},
    {"\\", ""},
    {"\"\\", ""},
};

static void lists_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_address_list list;
        struct sgw_buf address = SGW_BUF_INIT(0);
        struct sgw_buf all = SGW_BUF_INIT(0);
        int ret;
        sgw_address_list_init(&list, rows[i].value, strlen(rows[i].value));
        while ((ret = sgw_address_list_next(&list, &address)) > 0) {
            assert_int_equal(sgw_buf_append(&all, address.data, address.size), 0);
            assert_int_equal(sgw_buf_append_text(&all, "|"), 0);
        }
        assert_int_equal(ret, 0);
        if (strcmp(sgw_buf_text(&all), rows[i].expected) != 0)
            fail_msg("%s: %s", rows[i].value, sgw_buf_text(&all));
        sgw_buf_clear(&all);
        sgw_buf_clear(&address);
    }
}

/* Who is named, for plans and for what is received. */
static void named_fields_are_read(void **state)
{
    (void)state;
    struct sgw_mime mime =
        scan_text("to: a@x\r\nBcc: b@x\r\nResent-CC: c@x,\r\n d@x\r\nCc:\r\nFrom: e@x\r\n"
                  "Resent-To: f@x\r\nReply-To: g@x\r\nResent-Bcc: h@x\r\nCC: i@x\r\n\r\n",
                  0);
    struct sgw_named_list named;
    struct sgw_buf address = SGW_BUF_INIT(0);
    struct sgw_buf all = SGW_BUF_INIT(0);
    sgw_named_list_init(&named, &mime.header);
    while (sgw_named_list_next(&named, &address) > 0)
        sgw_buf_printf(&all, "%s ", sgw_buf_text(&address));
    assert_string_equal(sgw_buf_text(&all), "a@x c@x d@x f@x i@x ");
    sgw_buf_clear(&address);
    sgw_buf_clear(&all);
    sgw_mime_clear(&mime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lists_are_read),
                                       cmocka_unit_test(named_fields_are_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
