/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime_support.h"

#include "mime/address.h"
#include "mime/content_field.h"
#include "mime/edited.h"
#include "mime/subject.h"

/* Each allocation fails in turn: E_NOMEM, nothing changed, nothing leaked. */

static const char message[] =
    "From: \"a b\"@c\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "--b\n\n\xe4\n"
    "--b\r\nContent-Type: multipart/alternative; boundary=in; x*0=a; x*1*=%41; y*=''z\r\n\r\n"
    "--in\r\n\r\nA\r\n--in--\r\n"
    "--b\nContent-Transfer-Encoding: 8bit\nContent-Type: a/b\n\n\xff\n"
    "--b\nContent-Disposition: attachment; filename=\xe4\nContent-Transfer-Encoding: "
    "base64\n\n"
    "QQ== \n";

static void test_scan(void **state)
{
    (void)state;
    int ret = SMIMEGW_E_NOMEM;
    for (long i = 0; ret != SMIMEGW_OK; i++) {
        struct sgw_mime mime = {0};
        sgw_alloc_fail_after(i);
        ret = scan_chunks(message, sizeof(message) - 1, 0, SGW_SCAN_FACTS, NULL, &mime);
        assert_int_equal(ret == SMIMEGW_OK, !sgw_alloc_has_failed());
        sgw_alloc_fail_after(-1);
        assert_true(ret == SMIMEGW_OK || ret == SMIMEGW_E_NOMEM);
        assert_int_equal(mime.count, ret == SMIMEGW_OK ? 6 : 0);
        sgw_mime_clear(&mime);
    }
}

static void test_canonical(void **state)
{
    (void)state;
    int ret = SMIMEGW_E_NOMEM;
    for (long i = 0; ret != SMIMEGW_OK; i++) {
        struct sgw_buf buf = SGW_BUF_INIT(0);
        sgw_alloc_fail_after(i);
        ret = canonical_of(message, sizeof(message) - 1, &buf);
        assert_int_equal(ret == SMIMEGW_OK, !sgw_alloc_has_failed());
        sgw_alloc_fail_after(-1);
        assert_true(ret == SMIMEGW_OK || ret == SMIMEGW_E_NOMEM);
        sgw_buf_clear(&buf);
    }
}

static void test_content(void **state)
{
    static const char *const fields[] = {
        "Content-Type: a/b; hp=x; y=\"a b c d e f g h i j k l m n o p q r s t u v w x y "
        "\xe4\";"
        " x*=\xe4\r\n",
        "Content-Description: \xe4 a\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct sgw_mime mime = scan_text(fields[i], 0);
        int ret = SMIMEGW_E_NOMEM;
        for (long k = 0; ret == SMIMEGW_E_NOMEM; k++) {
            struct sgw_buf text = SGW_BUF_INIT(0);
            sgw_alloc_fail_after(k);
            ret = sgw_content_field_put(&text, &mime.header, &mime.header.fields[0],
                                        SGW_CONTENT_7BIT, "cipher");
            assert_int_equal(ret == SMIMEGW_E_NOMEM, sgw_alloc_has_failed());
            sgw_alloc_fail_after(-1);
            assert_int_equal(text.size > 0, ret == 1);
            sgw_buf_clear(&text);
        }
        assert_int_equal(ret, 1);
        sgw_mime_clear(&mime);
    }
}

static void test_sender(void **state)
{
    (void)state;
    struct sgw_mime mime = scan_text(message, 0);
    int ret = SMIMEGW_E_NOMEM;
    for (long i = 0; ret != SMIMEGW_OK; i++) {
        struct sgw_buf address = SGW_BUF_INIT(0);
        enum sgw_sender_state found = SGW_SENDER_NONE;
        sgw_alloc_fail_after(i);
        ret = sgw_sender_find(&mime.header, "From", &found, &address);
        assert_int_equal(ret == SMIMEGW_OK, !sgw_alloc_has_failed());
        sgw_alloc_fail_after(-1);
        assert_true(ret == SMIMEGW_OK || ret == SMIMEGW_E_NOMEM);
        assert_int_equal(found, ret == SMIMEGW_OK ? SGW_SENDER_ONE : SGW_SENDER_NONE);
        assert_string_equal(sgw_buf_text(&address), ret == SMIMEGW_OK ? "\"a b\"@c" : "");
        sgw_buf_clear(&address);
    }
    sgw_mime_clear(&mime);
}

static int edit(struct sgw_edited_source *source)
{
    static const char value[] = " [x] a =?utf-8?B?W3hdIHl5?= =?iso-8859-1?Q?[x]?=\r\n";
    struct sgw_buf stripped = SGW_BUF_INIT(0);
    bool has_found;
    int ret = sgw_subject_strip(value, sizeof(value) - 1, "[X]", &stripped, &has_found);
    assert_int_equal(stripped.size > 0 && has_found, ret == SMIMEGW_OK);
    if (ret == SMIMEGW_OK)
        ret = sgw_edited_source_replace(source, 3, 7, stripped.data, stripped.size);
    sgw_buf_clear(&stripped);
    return ret;
}

static void test_edit(void **state)
{
    (void)state;
    int ret = SMIMEGW_E_NOMEM;
    for (long i = 0; ret != SMIMEGW_OK; i++) {
        struct sgw_memory_source memory;
        struct sgw_edited_source source;
        sgw_memory_source_init(&memory, message, sizeof(message) - 1);
        sgw_edited_source_init(&source, &memory.base);
        sgw_alloc_fail_after(i);
        ret = edit(&source);
        assert_int_equal(ret == SMIMEGW_OK, !sgw_alloc_has_failed());
        sgw_alloc_fail_after(-1);
        assert_true(ret == SMIMEGW_OK || ret == SMIMEGW_E_NOMEM);
        assert_int_equal(source.count, ret == SMIMEGW_OK);
        assert_int_equal(source.base.size == memory.base.size, ret != SMIMEGW_OK);
        sgw_edited_source_clear(&source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),    cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_content), cmocka_unit_test(test_sender),
        cmocka_unit_test(test_edit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
