/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/content_field.h"
#include "mime_support.h"

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n"

struct canonical_case {
    const char *message;
    const char *entity;
};

static const struct canonical_case cases[] = {
    /* nothing to do but to take the Content-* fields */
    {"From: a@b\r\nContent-Type: text/plain\r\nSubject: x\r\nContent-ID: <1>\r\n\r\nhello\r\n",
     "Content-Type: text/plain\r\nContent-ID: <1>\r\n\r\nhello\r\n"},
    {"Content-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\n",
     "Content-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\n"},
    /* a missing type is written out [RFC8551-3.1] */
    {"From: a@b\r\n\r\nhello\r\n",
     "Content-Type: text/plain; charset=us-ascii\r\n\r\nhello\r\n"},
    {"From: a@b\r\n", "Content-Type: text/plain; charset=us-ascii\r\n\r\n"},
    {"\r\nhello", "Content-Type: text/plain; charset=us-ascii\r\n\r\nhello"},
    {"From a Mon\r\nSubject: x\r\n\r\nhi",
     "Content-Type: text/plain; charset=us-ascii\r\n\r\nhi"},
    {"Subject: \xc3\xa4\r\n\r\n\xc3\xa4\r\n",
     "Content-Type: text/plain; charset=utf-8\r\n"
     "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A4\r\n"},
    {"\r\n\xe4\r\n", "Content-Type: text/plain; charset=unknown-8bit\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n\r\n=E4\r\n"},
    /* line ends */
    {"Content-Type: text/plain\n\na\nb\n", "Content-Type: text/plain\r\n\r\na\r\nb\r\n"},
    /* text is made quoted-printable, the field changed where it stands */
    {"Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: 1\r\n\r\n"
     "\xc3\xa4 \r\n",
     "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n"
     "Content-ID: 1\r\n\r\n=C3=A4=20\r\n"},
    {"Content-Type: text/plain\r\n\r\nFrom x\r\n.\r\n",
     "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain\r\n\r\n"
     "=46rom x\r\n=2E\r\n"},
    /* a label alone */
    {"Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\nx\r\n",
     "Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\n\r\nx\r\n"},
    /* data is made base64 as it is; 7bit data has lines */
    {"Content-Type: a/b\r\nContent-Transfer-Encoding: binary\r\n\r\nx\ny",
     "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\neAp5\r\n"},
    {"Content-Type: a/b\n\nx\ny", "Content-Type: a/b\r\n\r\nx\r\ny"},
    {"Content-Type: a/b\r\n\r\n\xff",
     "Content-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n\r\n/w==\r\n"},
    {"Content-Type: text/plain; charset=UTF-16LE\r\nContent-Transfer-Encoding: binary\r\n\r\n"
     "x\n\xff",
     "Content-Type: text/plain; charset=UTF-16LE\r\nContent-Transfer-Encoding: base64\r\n\r\n"
     "eAr/\r\n"},
    /* encoded bodies that mail servers would change */
    {"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
     "=C3=A4 x \r\n",
     "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
     "=C3=A4 x\r\n"},
    {"Content-Type: a/b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx=0Ay \r\n",
     "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\neAp5DQo=\r\n"},
    {"Content-Type: a/b\nContent-Transfer-Encoding: quoted-printable\n\nx \ny",
     "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\neA0KeQ==\r\n"},
    {"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\neAp5 \r\n",
     "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\neAp5\r\n"},
    /* base64 that can't be decoded stays, as long as it is 7-bit */
    {"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\neAp5\r\n_footer_ \r\n",
     "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\neAp5\r\n_footer_ \r\n"},
    /* messages: [RFC2046-5.2.1] against [RFC8551-3.1.3] */
    {"Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\nFrom x \r\n",
     "Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\nFrom x \r\n"},
    {"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nA: b\n\n\xe4",
     "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
     "QTogYg0KDQrk\r\n"},
    /* multiparts */
    {MIXED "Content-Transfer-Encoding: 8bit\r\n\r\npre\r\n--b\r\n\r\n\xe4\r\n--b--\r\nepi\r\n",
     MIXED "Content-Transfer-Encoding: 7bit\r\n\r\npre\r\n--b\r\n"
           "Content-Transfer-Encoding: quoted-printable\r\n\r\n=E4\r\n--b--\r\nepi\r\n"},
    {MIXED "\r\npr\xe4\r\n--b \r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\nepi\r\n",
     MIXED "\r\n--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\n"},
    {MIXED "\r\n--b\n\nx\n--b--\nepi", MIXED "\r\n--b\r\n\r\nx\r\n--b--\r\nepi"},
    {MIXED "\r\n--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n",
     MIXED "\r\n--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n\r\n--b--\r\n"},
    {MIXED "\r\n--b\r\nContent-Type: multipart/mixed; boundary=in\r\n"
           "Content-Transfer-Encoding: binary\r\n\r\n--in\r\n\r\nx\r\n--b--\r\n",
     MIXED "\r\n--b\r\nContent-Type: multipart/mixed; boundary=in\r\n"
           "Content-Transfer-Encoding: 7bit\r\n\r\n--in\r\n\r\nx\r\n--in--\r\n--b--\r\n"},
    {MIXED "\r\n--b\r\nContent-Type: a/b\r\njunk\r\nX: y\r\n\r\n\xff\r\n--b--\r\n",
     MIXED "\r\n--b\r\nContent-Transfer-Encoding: base64\r\nContent-Type: a/b\r\njunk\r\n"
           "X: y\r\n\r\n/w==\r\n\r\n--b--\r\n"},
    {MIXED "\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\nX: y\r\n"
           "Content-Transfer-Encoding: 7bit\r\n\r\n\xe4\r\n--b--\r\n",
     MIXED "\r\n--b\r\nContent-Transfer-Encoding: quoted-printable\r\nX: y\r\n\r\n=E4\r\n"
           "--b--\r\n"},
    /* what others have signed stays, but for line ends */
    {"Content-Type: multipart/signed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
     "pr\xe4\n--b \n\n\xe4 \n--b\n\ny\n--b--\n",
     "Content-Type: multipart/signed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
     "pr\xe4\r\n--b \r\n\r\n\xe4 \r\n--b\r\n\r\ny\r\n--b--\r\n"},
    {MIXED "\r\n--b\r\n\r\n\xe4\r\n--b\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n"
           "--s\r\n\r\nx \r\n--s\r\n\r\ny\r\n--s--\r\n--b--\r\n",
     MIXED "\r\n--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E4\r\n"
           "--b\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n"
           "--s\r\n\r\nx \r\n--s\r\n\r\ny\r\n--s--\r\n--b--\r\n"},
    /* header fields are encoded, at the root and in parts; others than Content-* mean nothing
     * in a part and go where they can't be [RFC2046-5.1] */
    {"From: a@b\r\nContent-Type: text/plain; name=\"\xe4.txt\"\r\n\r\nx\r\n",
     "Content-Type: text/plain;\r\n name*=utf-8''%C3%A4.txt\r\n\r\nx\r\n"},
    {MIXED
     "\r\n--b\r\nX-Odd: \xe4\r\nSubject: \xc3\xa4\r\nContent-Disposition: attachment;\r\n"
     "\tfilename=\"\xc3\xa4 b.pdf\"; size=1\r\nContent-Description: so "
     "\xe4\r\n\r\n\xe4\r\n--b--\r\n",
     MIXED
     "\r\n--b\r\nContent-Transfer-Encoding: quoted-printable\r\nSubject: "
     "=?utf-8?Q?=C3=A4?=\r\n"
     "Content-Disposition: attachment;\r\n filename*=utf-8''%C3%A4%20b.pdf;\r\n size=1\r\n"
     "Content-Description: so =?utf-8?Q?=C3=A4?=\r\n\r\n=E4\r\n--b--\r\n"},
    /* but what somebody else has signed is not touched */
    {MIXED "\r\n--b\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n"
           "--s\r\nContent-Description: \xe4\r\n\r\nx\r\n--s\r\n\r\ny\r\n--s--\r\n--b--\r\n",
     MIXED "\r\n--b\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n"
           "--s\r\nContent-Description: \xe4\r\n\r\nx\r\n--s\r\n\r\ny\r\n--s--\r\n--b--\r\n"},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sgw_buf once = SGW_BUF_INIT(0);
        struct sgw_buf twice = SGW_BUF_INIT(0);
        const char *message = cases[i].message;
        assert_int_equal(canonical_of(message, strlen(message), &once), SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&once), cases[i].entity);
        assert_int_equal(canonical_of(once.data, once.size, &twice), SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&twice), cases[i].entity);
        sgw_buf_clear(&once);
        sgw_buf_clear(&twice);
    }
}

static const char *const refused[] = {
    "Content-Type: text/pl\xe4in\r\n\r\nx",
    "Content-Type: text/plain; charset=\xe4\r\n\r\nx",
    "Content-ID: <\xe4@b>\r\n\r\nx",
    MIXED "\r\n--b\r\nContent-Disposition: attachment; filename=\"\xe4\r\n\r\nx\r\n--b--\r\n",
    MIXED "\r\n--b\r\nContent-Type: multipart/mixed; boundary=\"\xe4\"\r\n\r\nx\r\n--b--\r\n",
    MIXED "\r\n--b\r\nno field \xe4\r\n\r\nx\r\n--b--\r\n",
    MIXED "\r\n\xe4\r\n",
    "Content-Transfer-Encoding: x-uuencode\r\n\r\n\xe4\r\n",
    "Content-Transfer-Encoding: base64\r\n\r\n\xe4\r\n",
    "no header\r\n",
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct sgw_buf buf = SGW_BUF_INIT(0);
        assert_int_equal(canonical_of(refused[i], strlen(refused[i]), &buf), SMIMEGW_E_SYNTAX);
        assert_int_equal(buf.size, 0);
    }
}

static const char ranged[] =
    "Content-Type: multipart/mixed; boundary=b\r\nSubject: x\r\n\r\n--b\r\n\r\n\xe4\xe4 "
    "\r\nx\r\n"
    "--b\r\nContent-Type: a/b\r\n\r\n\xff\xfe\xfd\xfc\r\n--b\r\n\r\nclean\r\n--b--\r\n";

/* Every range is the same bytes as the whole has there, and so is what can be peeked. */
static void assert_ranges(struct sgw_source *source)
{
    struct sgw_buf whole = SGW_BUF_INIT(0);
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, &whole);
    assert_int_equal(sgw_source_run(source, 0, SGW_TO_END, &sink.base, NULL), SMIMEGW_OK);
    assert_int_equal(source->size, whole.size);
    for (size_t offset = 0; offset <= whole.size; offset++)
        for (size_t size = 0; size <= whole.size - offset + 1; size++) {
            struct sgw_buf part = SGW_BUF_INIT(0);
            sgw_buf_sink_init(&sink, &part);
            size_t wanted = size > whole.size - offset ? size - 1 : size;
            assert_int_equal(
                source->write(source, (int64_t)offset, (int64_t)size, &sink.base, NULL),
                SMIMEGW_OK);
            assert_int_equal(part.size, wanted);
            if (wanted > 0)
                assert_memory_equal(part.data, whole.data + offset, wanted);
            const uint8_t *peeked =
                source->peek != NULL ? source->peek(source, (int64_t)offset, (int64_t)wanted)
                                     : NULL;
            if (peeked != NULL)
                assert_memory_equal(peeked, whole.data + offset, wanted);
            sgw_buf_clear(&part);
        }
    sgw_buf_clear(&whole);
}

static void test_ranges(void **state)
{
    (void)state;
    struct sgw_memory_source memory;
    struct sgw_canonical_source canonical;
    struct sgw_mime mime = scan_text(ranged, SGW_SCAN_FACTS);
    sgw_memory_source_init(&memory, ranged, sizeof(ranged) - 1);
    assert_int_equal(sgw_canonical_source_init(&canonical, &memory.base, &mime, NULL, NULL),
                     SMIMEGW_OK);
    assert_ranges(&canonical.base);
    sgw_canonical_source_clear(&canonical);
    sgw_mime_clear(&mime);
}

/* Where nothing changes, the body is one piece of the message. */
static void test_untouched(void **state)
{
    (void)state;
    static const char text[] = MIXED "\r\npre\r\n--b\r\n\r\nx\r\n--b\r\n"
                                     "Content-Type: multipart/mixed; boundary=in\r\n\r\n"
                                     "--in\r\n\r\ny\r\n--in--\r\nepi\r\n--b--\r\nepi\r\n";
    struct sgw_memory_source memory;
    struct sgw_canonical_source canonical;
    struct sgw_mime mime = scan_text(text, SGW_SCAN_FACTS);
    sgw_memory_source_init(&memory, text, sizeof(text) - 1);
    assert_int_equal(sgw_canonical_source_init(&canonical, &memory.base, &mime, NULL, NULL),
                     SMIMEGW_OK);
    assert_int_equal(canonical.count, 2);
    assert_int_equal(canonical.segments[1].kind, SGW_SEGMENT_RAW);
    assert_int_equal(canonical.segments[1].size, mime.parts[0].end - mime.parts[0].body_start);
    assert_ranges(&canonical.base);
    sgw_canonical_source_clear(&canonical);
    sgw_mime_clear(&mime);
}

struct merged_case {
    const char *outer;
    const char *inner;
    const char *merged;
};

static const struct merged_case merged_cases[] = {
    {"From: a\r\nContent-Type: application/pkcs7-mime\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
     "Content-Transfer-Encoding: base64\r\n\r\nAA==",
     "Content-Type: text/plain\r\nFrom: evil\r\nBcc: evil\r\nContent-ID: 1\r\n\r\nbody\n",
     "From: a\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
     "Content-ID: 1\r\n\r\nbody\n"},
    /* only clean text is lifted (AC-75): the rest is written anew, or left inside */
    {"From: a\r\n\r\n",
     "Content-Type: text/plain; name=\"\xe4\"\r\nContent-ID: <\xe4>\r\nContent-Description: "
     "a\r\n \t\r\n\tBcc: evil\r\nContent-Disposition: inline; filename=\"\x1b\xc3\xa4\"\r\n"
     "Content-Location: \xc3\xa4\r\n\r\nbody\n",
     "From: a\r\nMIME-Version: 1.0\r\nContent-Type: text/plain;\r\n name*=utf-8''%C3%A4\r\n"
     "Content-Description: a\r\n\tBcc: evil\r\n"
     "Content-Disposition: inline;\r\n filename*=utf-8''_%C3%A4\r\n"
     "Content-Location: \xc3\xa4\r\n\r\nbody\n"},
    {"From: a\nContent-Type: x/y\n\n", "\r\nbody", "From: a\r\nMIME-Version: 1.0\r\n\r\nbody"},
    {"Content-Type: x/y\r\n", "Content-Type: a/b",
     "MIME-Version: 1.0\r\nContent-Type: a/b\r\n\r\n"},
};

static void test_merged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(merged_cases) / sizeof(merged_cases[0]); i++) {
        const struct merged_case *row = &merged_cases[i];
        struct sgw_memory_source inner;
        struct sgw_merged_source merged;
        struct sgw_buf content = SGW_BUF_INIT(0);
        struct sgw_buf buf = SGW_BUF_INIT(0);
        struct sgw_buf_sink sink;
        struct sgw_mime outer_mime = scan_text(row->outer, 0);
        struct sgw_mime inner_mime = scan_text(row->inner, 0);
        sgw_memory_source_init(&inner, row->inner, strlen(row->inner));
        assert_int_equal(sgw_content_lift(&content, &inner_mime.header, NULL), SMIMEGW_OK);
        sgw_merged_source_init(&merged, &outer_mime.header, &content, &inner.base,
                               &inner_mime);
        sgw_buf_sink_init(&sink, &buf);
        assert_int_equal(sgw_source_run(&merged.base, 0, SGW_TO_END, &sink.base, NULL),
                         SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&buf), row->merged);
        assert_ranges(&merged.base);
        sgw_buf_clear(&buf);
        sgw_buf_clear(&content);
        sgw_mime_clear(&outer_mime);
        sgw_mime_clear(&inner_mime);
    }
}

static void test_boundary(void **state)
{
    (void)state;
    char one[SGW_BOUNDARY_SIZE];
    char two[SGW_BOUNDARY_SIZE];
    assert_int_equal(sgw_boundary_make(one, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_boundary_make(two, NULL), SMIMEGW_OK);
    assert_int_equal(strlen(one), 34);
    assert_memory_equal(one, "=_", 2);
    assert_string_not_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ranges), cmocka_unit_test(test_untouched),
        cmocka_unit_test(test_merged), cmocka_unit_test(test_boundary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
