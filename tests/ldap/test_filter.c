/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "addons/ldap/search_filter.h"
#include "base/buf.h"

static void expect_filter(const char *template, const char *address, const char *filter)
{
    struct sgw_buf buf = SGW_BUF_INIT(0);
    assert_int_equal(sgw_ldap_filter_append(&buf, template, address), 0);
    assert_string_equal(sgw_buf_text(&buf), filter);
    sgw_buf_clear(&buf);
}

static void places(void **state)
{
    (void)state;
    expect_filter("(mail={address})", "a.b@x.y", "(mail=a.b@x.y)");
    expect_filter("(&(uid={local})(dc={domain}))", "a@x.y", "(&(uid=a)(dc=x.y))");
    expect_filter("(uid={local})", "no-at", "(uid=no-at)");
    /* AC-141 */
    expect_filter("(mail={address})", "*)(uid=*", "(mail=\\2a\\29\\28uid\\3d\\2a)");
    expect_filter("(uid={local})", "{domain}@x.y", "(uid=\\7bdomain\\7d)");
    expect_filter("(mail={address})", "\\00\xc3\xa4", "(mail=\\5c00\\c3\\a4)");
}

static int hex_value(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* [RFC4515-3] read back: the value of "(a=value)"; false where it is anything else. */
static bool read_value(const char *filter, char *ret_value)
{
    if (strncmp(filter, "(a=", 3) != 0)
        return false;
    const char *at = filter + 3;
    while (*at != '\0' && strchr("()*", *at) == NULL) {
        int c = (unsigned char)*at++;
        if (c == '\\') {
            int high = hex_value(at[0]);
            int low = high < 0 ? -1 : hex_value(at[1]);
            if (low < 0)
                return false;
            c = 16 * high + low;
            at += 2;
        }
        *ret_value++ = (char)c;
    }
    *ret_value = '\0';
    return strcmp(at, ")") == 0;
}

/* Any bytes come out as they went in, and never as syntax. */
static void nothing_escapes(void **state)
{
    (void)state;
    srandom(5);
    for (int run = 0; run < 20000; run++) {
        char address[64];
        char value[64];
        size_t size = (size_t)random() % 63;
        struct sgw_buf buf = SGW_BUF_INIT(0);
        for (size_t i = 0; i < size; i++)
            address[i] = (char)(run % 2 == 0 ? 1 + random() % 255
                                             : "()*\\&|!=~<>{}@\0a"[random() % 14]);
        address[size] = '\0';
        assert_int_equal(sgw_ldap_filter_append(&buf, "(a={address})", address), 0);
        assert_true(read_value(sgw_buf_text(&buf), value));
        assert_string_equal(value, address);
        sgw_buf_clear(&buf);
    }
}

static void which_can_be_shared(void **state)
{
    const char *start;
    size_t size;
    (void)state;
    assert_true(sgw_ldap_filter_attribute("(mail={address})", &start, &size));
    assert_memory_equal(start, "mail", size);
    assert_int_equal(size, 4);
    assert_false(sgw_ldap_filter_attribute("(|(mail={address})(uid=x))", &start, &size));
    assert_false(sgw_ldap_filter_attribute("(mail={address}*)", &start, &size));
    assert_false(sgw_ldap_filter_attribute("(mail~={address})", &start, &size));
    assert_false(sgw_ldap_filter_attribute("(uid={local})", &start, &size));
    assert_false(sgw_ldap_filter_attribute("(={address})", &start, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(nothing_escapes),
        cmocka_unit_test(which_can_be_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
