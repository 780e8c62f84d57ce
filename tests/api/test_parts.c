/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support.h"

static const char mail[] =
    "Subject: =?iso-8859-1?q?gr=FC=DF?= =?utf-8?b?ZSE=?= you\r\n"
    "X-Folded:\r\n a\r\n\tb \r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=\"iso-8859-15\"\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n=A4 5=\r\n0\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; "
    "filename*=utf-8''%C3%A4.html\r\n\r\nPAA/\r\nAKwg*PgA=\r\n"
    "--b\r\nContent-Type: text/plain; charset=x-none; name=\"=?utf-8?q?=C3=B6?=\"\r\n"
    "Content-Transfer-Encoding: x-odd\r\n\r\n\xe4\r\n"
    "--b\r\n\r\nplain \xff\xc3\xa4 \xed\xa0\x80\r\n"
    "--b--\r\n";

static struct smimegw_parts *open_parts(struct smimegw_message *message)
{
    struct smimegw_parts *parts = NULL;
    assert_int_equal(smimegw_parts_new(NULL, message, &parts, NULL), SMIMEGW_OK);
    return parts;
}

static void check_body(struct smimegw_parts *parts, size_t part, int form, const char *wanted)
{
    struct smimegw_buffer *out = make_buffer();
    assert_int_equal(smimegw_parts_write(parts, part, form, smimegw_buffer_write, out, NULL),
                     SMIMEGW_OK);
    assert_string_equal(smimegw_buffer_data(out), wanted);
    smimegw_buffer_free(out);
}

static void fields_are_read(void **state)
{
    struct smimegw_message *message = make_message(mail, sizeof(mail) - 1);
    struct smimegw_parts *parts = open_parts(message);
    size_t size;
    int64_t raw_size;
    (void)state;
    assert_int_equal(smimegw_parts_field_count(parts), 3);
    assert_string_equal(smimegw_parts_field_name(parts, 1), "X-Folded");
    assert_string_equal(smimegw_parts_field_value(parts, 1, &size), "a\tb");
    assert_int_equal(size, 3);
    assert_string_equal(smimegw_parts_field_text(parts, 0, NULL), "gr\xc3\xbc\xc3\x9f"
                                                                  "e! you");
    int64_t offset = smimegw_parts_field_offset(parts, 1, &raw_size);
    struct smimegw_buffer *out = make_buffer();
    assert_int_equal(
        smimegw_message_copy(message, offset, raw_size, smimegw_buffer_write, out, NULL),
        SMIMEGW_OK);
    assert_string_equal(smimegw_buffer_data(out), "X-Folded:\r\n a\r\n\tb \r\n");
    smimegw_buffer_free(out);
    assert_null(smimegw_parts_field_name(parts, 3));
    assert_null(smimegw_parts_field_text(parts, 3, &size));
    assert_int_equal(smimegw_parts_field_offset(parts, 3, NULL), -1);
    smimegw_parts_free(parts);
    smimegw_message_free(message);
}

static void bodies_are_decoded(void **state)
{
    struct smimegw_message *message = make_message(mail, sizeof(mail) - 1);
    struct smimegw_parts *parts = open_parts(message);
    struct smimegw_buffer *out = make_buffer();
    (void)state;
    assert_int_equal(smimegw_parts_count(parts), 5);
    assert_int_equal(smimegw_parts_parent(parts, 0), -1);
    assert_int_equal(smimegw_parts_parent(parts, 4), 0);
    assert_int_equal(smimegw_parts_parent(parts, 5), -1);
    check_body(parts, 1, SMIMEGW_PART_AS_IT_IS, "=A4 5=\r\n0");
    check_body(parts, 1, SMIMEGW_PART_BYTES, "\xa4 50");
    check_body(parts, 1, SMIMEGW_PART_UTF8, "\xe2\x82\xac 50");
    check_body(parts, 2, SMIMEGW_PART_UTF8, "<?\xe2\x82\xac>");
    assert_int_equal(
        smimegw_parts_write(parts, 2, SMIMEGW_PART_BYTES, smimegw_buffer_write, out, NULL),
        SMIMEGW_E_SYNTAX);
    check_body(parts, 3, SMIMEGW_PART_BYTES, "\xe4");
    check_body(parts, 3, SMIMEGW_PART_UTF8, "\xc3\xa4");
    /* what is not UTF-8 is Latin-1, so that what comes out always is UTF-8 */
    check_body(parts, 4, SMIMEGW_PART_UTF8, "plain \xc3\xbf\xc3\xa4 \xc3\xad\xc2\xa0\xc2\x80");
    assert_int_equal(smimegw_parts_write(parts, 5, 0, smimegw_buffer_write, out, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_parts_write(parts, 1, 3, smimegw_buffer_write, out, NULL),
                     SMIMEGW_E_USAGE);
    smimegw_buffer_free(out);
    smimegw_parts_free(parts);
    smimegw_message_free(message);
}

static void parts_tell_what_they_are(void **state)
{
    struct smimegw_message *message = make_message(mail, sizeof(mail) - 1);
    struct smimegw_parts *parts = open_parts(message);
    (void)state;
    assert_string_equal(smimegw_parts_text(parts, 0, SMIMEGW_PART_TYPE), "multipart/mixed");
    assert_string_equal(smimegw_parts_text(parts, 4, SMIMEGW_PART_TYPE), "text/plain");
    assert_string_equal(smimegw_parts_text(parts, 1, SMIMEGW_PART_CHARSET), "iso-8859-15");
    assert_string_equal(smimegw_parts_text(parts, 1, SMIMEGW_PART_ENCODING),
                        "quoted-printable");
    assert_string_equal(smimegw_parts_text(parts, 3, SMIMEGW_PART_ENCODING), "unknown");
    assert_string_equal(smimegw_parts_text(parts, 2, SMIMEGW_PART_FILENAME), "\xc3\xa4.html");
    assert_string_equal(smimegw_parts_text(parts, 3, SMIMEGW_PART_FILENAME), "\xc3\xb6");
    assert_string_equal(smimegw_parts_text(parts, 2, SMIMEGW_PART_DISPOSITION), "attachment");
    assert_null(smimegw_parts_text(parts, 1, SMIMEGW_PART_FILENAME));
    assert_null(smimegw_parts_text(parts, 1, 99));
    assert_null(smimegw_parts_text(parts, 9, SMIMEGW_PART_TYPE));
    assert_int_equal(smimegw_parts_size(parts, 4), 13);
    assert_int_equal(smimegw_parts_size(parts, 9), -1);
    assert_int_equal(smimegw_parts_charset_is_known(parts, 3), 0);
    assert_int_equal(smimegw_parts_charset_is_known(parts, 4), 1);
    smimegw_parts_free(parts);
    smimegw_parts_free(NULL);
    smimegw_message_free(message);
}

/* A character that is split between two pieces of the way is whole again. */
static void every_charset_survives_its_splits(void **state)
{
    static const struct {
        const char *charset;
        const char *bytes;
        const char *text;
    } charsets[] = {{"utf-8", "\xe2\x82\xac", "\xe2\x82\xac"},
                    {"shift_jis", "\x82\xa0", "\xe3\x81\x82"},
                    {"iso-2022-jp", "\x1b$B$\"\x1b(B", "\xe3\x81\x82"},
                    {"gb18030", "\x81\x30\x89\x38", "\xc3\x9f"},
                    {"koi8-r", "\xd4", "\xd1\x82"}};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct smimegw_buffer *whole = make_buffer();
        struct smimegw_buffer *out = make_buffer();
        char head[200];
        snprintf(head, sizeof(head), "Content-Type: text/plain; charset=%s\r\n\r\n",
                 charsets[i].charset);
        smimegw_buffer_write(whole, head, strlen(head));
        for (int n = 0; n < 20000; n++)
            smimegw_buffer_write(whole, charsets[i].bytes, strlen(charsets[i].bytes));
        struct smimegw_message *message =
            make_message(smimegw_buffer_data(whole), smimegw_buffer_size(whole));
        struct smimegw_parts *parts = open_parts(message);
        assert_int_equal(
            smimegw_parts_write(parts, 0, SMIMEGW_PART_UTF8, smimegw_buffer_write, out, NULL),
            SMIMEGW_OK);
        size_t size = strlen(charsets[i].text);
        assert_int_equal(smimegw_buffer_size(out), 20000 * size);
        for (size_t n = 0; n < 20000; n++)
            assert_memory_equal((const char *)smimegw_buffer_data(out) + n * size,
                                charsets[i].text, size);
        smimegw_parts_free(parts);
        smimegw_message_free(message);
        smimegw_buffer_free(whole);
        smimegw_buffer_free(out);
    }
}

static void a_broken_header_is_an_error(void **state)
{
    static const char broken[] = "no field\r\n\r\n";
    struct smimegw_parts *parts = NULL;
    struct smimegw_message *message = make_message(broken, sizeof(broken) - 1);
    (void)state;
    assert_int_equal(smimegw_parts_new(NULL, message, &parts, NULL), SMIMEGW_E_SYNTAX);
    assert_int_equal(smimegw_parts_new(NULL, NULL, &parts, NULL), SMIMEGW_E_USAGE);
    assert_null(parts);
    smimegw_message_free(message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read),
        cmocka_unit_test(bodies_are_decoded),
        cmocka_unit_test(parts_tell_what_they_are),
        cmocka_unit_test(every_charset_survives_its_splits),
        cmocka_unit_test(a_broken_header_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
