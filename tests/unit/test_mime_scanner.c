/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime_support.h"

#define HEAD "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
#define TEXT "Content-Type: text/plain\r\n\r\n"

static void assert_bytes(const char *text, int64_t start, int64_t end, const char *expected)
{
    assert_true(end >= start);
    assert_int_equal(end - start, strlen(expected));
    assert_memory_equal(text + start, expected, strlen(expected));
}

static void assert_body(const char *text, const struct sgw_part *part, const char *expected)
{
    assert_bytes(text, part->body_start, part->end, expected);
}

static void test_multipart(void **state)
{
    (void)state;
    static const char text[] = HEAD "preamble\r\n--b\r\n" TEXT "one\r\n\r\n--b  \t\r\n\r\ntwo"
                                    "\r\n--b--\r\nepilogue\r\n";
    struct sgw_mime mime = scan_text(text, 0);
    assert_int_equal(mime.count, 3);
    assert_false(mime.parts[0].is_ambiguous);
    assert_true(mime.parts[0].is_closed);
    assert_int_equal(mime.parts[0].child_count, 2);
    assert_int_equal(mime.parts[0].end, sizeof(text) - 1);
    assert_int_equal(mime.parts[0].close_start, offset_of(text, "--b--"));
    assert_int_equal(mime.parts[0].close_end, offset_of(text, "epilogue"));
    /* what a signature covers: header included, last line end not [RFC1847-2.1] */
    assert_bytes(text, mime.parts[1].header_start, mime.parts[1].end, TEXT "one\r\n");
    assert_body(text, &mime.parts[1], "one\r\n");
    assert_body(text, &mime.parts[2], "two");
    assert_int_equal(mime.parts[2].position, 1);
    assert_int_equal(mime.parts[2].delimiter_start, offset_of(text, "--b  "));
    sgw_mime_clear(&mime);
    assert_chunks_equal(text, sizeof(text) - 1, SGW_SCAN_FACTS);
    assert_chunks_equal(text, sizeof(text) - 1, 0);
}

static void test_line_feeds(void **state)
{
    (void)state;
    static const char text[] = "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n\n"
                               "one\n--b\r\n\r\ntwo\n\n--b--";
    struct sgw_mime mime = scan_text(text, 0);
    assert_int_equal(mime.count, 3);
    assert_true(mime.is_lf);
    assert_false(mime.parts[0].is_ambiguous);
    assert_body(text, &mime.parts[1], "one");
    assert_body(text, &mime.parts[2], "two\n");
    sgw_mime_clear(&mime);
    assert_chunks_equal(text, sizeof(text) - 1, SGW_SCAN_FACTS);
}

static void test_nested(void **state)
{
    (void)state;
    static const char text[] =
        HEAD "--b\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
             "--in\r\n\r\nA\r\n--in\r\n\r\nB\r\n--in--\r\nepi\r\n--b\r\n\r\nC\r\n--b--\r\n";
    struct sgw_mime mime = scan_text(text, 0);
    assert_int_equal(mime.count, 5);
    assert_int_equal(mime.parts[1].child_count, 2);
    assert_true(mime.parts[1].is_closed);
    assert_body(text, &mime.parts[3], "B");
    assert_body(text, &mime.parts[4], "C");
    assert_int_equal(mime.parts[3].depth, 2);
    assert_int_equal(mime.parts[3].parent, 1);
    assert_int_equal(mime.parts[4].parent, 0);
    assert_int_equal(mime.parts[1].end, offset_of(text, "\r\n--b\r\n\r\nC"));
    for (int i = 0; i < mime.count; i++)
        assert_false(mime.parts[i].is_ambiguous);
    sgw_mime_clear(&mime);
    assert_chunks_equal(text, sizeof(text) - 1, SGW_SCAN_FACTS);
}

/* [RFC2046-5.1.2]: an outer delimiter ends what is inside. */
static void test_missing_close(void **state)
{
    (void)state;
    static const char text[] =
        HEAD "--b\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
             "--in\r\n\r\nA\r\n--b\r\n\r\nC\r\n";
    struct sgw_mime mime = scan_text(text, 0);
    assert_int_equal(mime.count, 4);
    assert_body(text, &mime.parts[2], "A");
    assert_body(text, &mime.parts[3], "C\r\n");
    assert_true(mime.parts[1].is_ambiguous);
    assert_true(mime.parts[0].is_ambiguous);
    assert_false(mime.parts[0].is_closed);
    assert_false(mime.parts[2].is_ambiguous);
    sgw_mime_clear(&mime);
    assert_chunks_equal(text, sizeof(text) - 1, SGW_SCAN_FACTS);
}

/* The inner boundary begins with the outer one; the one reading is the exact one, and the
 * outer multipart is marked since others compare beginnings only. */
static void test_prefix(void **state)
{
    (void)state;
    static const char text[] = HEAD "--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n"
                                    "--bb\r\n\r\nA\r\n--bb--\r\n--b\r\n\r\nC\r\n--b--\r\n";
    struct sgw_mime mime = scan_text(text, 0);
    assert_int_equal(mime.count, 4);
    assert_body(text, &mime.parts[2], "A");
    assert_body(text, &mime.parts[3], "C");
    assert_true(mime.parts[1].is_closed);
    assert_false(mime.parts[1].is_ambiguous);
    assert_true(mime.parts[0].is_ambiguous);
    sgw_mime_clear(&mime);
    assert_chunks_equal(text, sizeof(text) - 1, SGW_SCAN_FACTS);
}

struct body_case {
    const char *body; /* behind HEAD */
    int count;        /* parts */
    bool is_ambiguous;
    const char *first; /* bytes of the first child, NULL for none */
};

static const struct body_case body_cases[] = {
    {"--b\r\n\r\nA\r\n--b--\r\n", 2, false, "\r\nA"},
    {"--b\r\n\r\nA\r\n--b--", 2, false, "\r\nA"},
    {"--b\r\n\r\nA\r\n--b-- \t\r\n", 2, false, "\r\nA"},
    {"--b\r\n\r\n--b--\r\n", 2, false, ""},
    {"--b\r\n--b--\r\n", 2, false, ""},
    {"--b\r\nA: b\r\n--b--\r\n", 2, false, "A: b"},
    {"--b\r\nA: b\r\n\r\n--b--\r\n", 2, false, "A: b\r\n"},
    {"--b\r\nA: b\r\n\r\n\r\n--b--\r\n", 2, false, "A: b\r\n\r\n"},
    {"--b\r\n\r\n- A\r\n-\r\n--\r\n--c\r\n--b--", 2, false, "\r\n- A\r\n-\r\n--\r\n--c"},
    {"--b\r\n\r\nA --b\r\n--b--", 2, false, "\r\nA --b"},
    {"--b\r\n\r\nA\r\n--B\r\n--b--", 2, false, "\r\nA\r\n--B"},
    /* a reader may see something else */
    {"--b\r\n\r\nA\r\n--bc\r\n--b--", 2, true, "\r\nA\r\n--bc"},
    {"--b\r\n\r\nA\r\n--b-\r\n--b--", 2, true, "\r\nA\r\n--b-"},
    {"--b\r\n\r\nA\r\n--b--x\r\n--b--", 2, true, "\r\nA\r\n--b--x"},
    {"--b\r\n\r\nA\r\n--b\r\r\n--b--", 2, true, "\r\nA\r\n--b\r"},
    {"--b\r\n\r\nA\r\n--b--\r\n--b\r\n", 2, true, "\r\nA"},
    {"--b\r\n\r\nA\r\n--b--\r\n--b--\r\n", 2, true, "\r\nA"},
    {"pre\r--b\r\n--b\r\n\r\nA\r\n--b--\r\n", 2, true, "\r\nA"},
    {"--b\r\n\r\nA\r\n--b--\r\npost\r--b\r\n", 2, true, "\r\nA"},
    {"--b\r\n\r\nA\r\n", 2, true, "\r\nA\r\n"},
    {"--b", 2, true, ""},
    {"--b--\r\n", 1, true, NULL},
    {"nothing\r\n", 1, true, NULL},
    {"", 1, true, NULL},
};

static void test_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(body_cases) / sizeof(body_cases[0]); i++) {
        const struct body_case *row = &body_cases[i];
        char text[300];
        int size = snprintf(text, sizeof(text), "%s%s", HEAD, row->body);
        struct sgw_mime mime = scan_text(text, 0);
        if (mime.count != row->count || mime.parts[0].is_ambiguous != row->is_ambiguous)
            fail_msg("case %zu: %d parts, %s", i, mime.count,
                     mime.parts[0].is_ambiguous ? mime.parts[0].ambiguity : "clear");
        for (int part = 0; part < mime.count; part++) {
            assert_true(mime.parts[part].header_start <= mime.parts[part].body_start);
            assert_true(mime.parts[part].body_start <= mime.parts[part].end);
        }
        if (row->first != NULL)
            assert_bytes(text, mime.parts[1].header_start, mime.parts[1].end, row->first);
        sgw_mime_clear(&mime);
        assert_chunks_equal(text, (size_t)size, SGW_SCAN_FACTS);
    }
}

/* Header lines that make a root ambiguous, with a body that both readings would split. */
static const char *const ambiguous_heads[] = {
    "Content-Type: multipart/signed; boundary=b\r\nContent-Type: text/plain\r\n",
    "Content-Type: text/plain\r\nContent-Type: multipart/signed; boundary=b\r\n",
    "Content-Type: multipart/signed; boundary=b; boundary=c\r\n",
    "Content-Type: multipart/signed; boundary=b; protocol=x; Protocol=y\r\n",
    "Content-Type: multipart/signed; boundary=\"b\r\n",
    "Content-Type: multipart/signed; boundary=\"b\"x\r\n",
    "Content-Type: multipart/signed; boundary=b x\r\n",
    "Content-Type: multipart/signed\r\n",
    "Content-Type: multipart/signed; boundary=\"\"\r\n",
    "Content-Type: multipart/signed; boundary=\"b \"\r\n",
    "Content-Type: multipart/signed; boundary*0=\"b\"\r\n",
    "Content-Type: multipart/signed; boundary*=us-ascii''b\r\n",
    "Content-Type: multipart/signed; boundary=b; boundary*=us-ascii''c\r\n",
    "Content-Type: multipart/signed; boundary=\"\\b\"\r\n",
    "Content-Type: multipart/signed; boundary =b\r\n",
    "Content-Type: multipart/signed (x); boundary=b\r\n",
    "Content-Type: multipart/signed; boundary=b(x)\r\n",
    "Content-Type: multipart/signed; boundary=b; protocol*=us-ascii''x\r\n",
    "Content-Type : multipart/signed; boundary=b\r\n",
    "X: y\r\n \r\nContent-Type: multipart/signed; boundary=b\r\n",
    "Content-Type: multipart/signed;\r\n \r\n boundary=b\r\n",
    "Content-Type: multipart/signed; boundary=\"b\x01\"\r\n",
    "Content-Type: multipart/signed; boundary=\"b\xc3\xa4\"\r\n",
    "Content-Type: multipart/signed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n",
    "Content-Type: multipart/signed; boundary=b\r\nContent-Transfer-Encoding: x\r\n",
    "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: 7bit\r\n",
    "Content-Type: application/pkcs7-mime (comment)\r\n",
    "Content-Type: application\r\n",
    "Content-Type:\r\n",
};

static void test_ambiguous_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ambiguous_heads) / sizeof(ambiguous_heads[0]); i++) {
        char text[500];
        int size =
            snprintf(text, sizeof(text), "%s\r\n--b\r\n\r\nA\r\n--b\r\n\r\nB\r\n--b--\r\n",
                     ambiguous_heads[i]);
        struct sgw_mime mime = scan_text(text, 0);
        if (!mime.parts[0].is_ambiguous)
            fail_msg("not ambiguous: %s", ambiguous_heads[i]);
        assert_non_null(mime.parts[0].ambiguity);
        sgw_mime_clear(&mime);
        assert_chunks_equal(text, (size_t)size, SGW_SCAN_FACTS);
    }
}

static void scan_boundary(size_t size, bool is_ambiguous, int count)
{
    char boundary[300];
    char text[1200];
    memset(boundary, 'b', size);
    boundary[size] = '\0';
    snprintf(
        text, sizeof(text),
        "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n\r\nA\r\n--%s--\r\n",
        boundary, boundary, boundary);
    struct sgw_mime mime = scan_text(text, 0);
    assert_int_equal(mime.parts[0].is_ambiguous, is_ambiguous);
    assert_int_equal(mime.count, count);
    sgw_mime_clear(&mime);
    assert_chunks_equal(text, strlen(text), SGW_SCAN_FACTS);
}

static void test_boundary_size(void **state)
{
    (void)state;
    scan_boundary(70, false, 2);
    scan_boundary(71, true, 2);
    scan_boundary(200, true, 2);
    scan_boundary(201, true, 1);
}

static void test_same_boundary(void **state)
{
    (void)state;
    static const char text[] = HEAD "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                                    "--b\r\n\r\nA\r\n--b--\r\n--b--\r\n";
    struct sgw_mime mime = scan_text(text, 0);
    assert_int_equal(mime.count, 3);
    assert_true(mime.parts[0].is_ambiguous);
    assert_true(mime.parts[1].is_ambiguous);
    assert_true(mime.parts[0].is_closed);
    sgw_mime_clear(&mime);
}

/* A delimiter with endless blanks is not read, but seen. */
static void test_long_delimiter(void **state)
{
    (void)state;
    char text[1500];
    int size = snprintf(text, sizeof(text), HEAD "--b\r\n\r\nA\r\n--b%600s\r\n--b--\r\n", "");
    struct sgw_mime mime = scan_text(text, 0);
    assert_int_equal(mime.count, 2);
    assert_true(mime.parts[0].is_ambiguous);
    sgw_mime_clear(&mime);
    assert_chunks_equal(text, (size_t)size, SGW_SCAN_FACTS);
}

static void test_broken_part_header(void **state)
{
    (void)state;
    static const char text[] = HEAD "--b\r\nContent-Type: text/html\r\njunk\r\nA: b\r\n\r\nB"
                                    "\r\n--b--\r\n";
    struct sgw_mime mime = scan_text(text, 0);
    assert_int_equal(mime.count, 2);
    assert_true(mime.parts[1].is_ambiguous);
    assert_true(sgw_content_type_is(&mime.parts[1].type, "text/html"));
    assert_body(text, &mime.parts[1], "B");
    assert_false(mime.parts[0].is_ambiguous);
    sgw_mime_clear(&mime);
}

static void test_small_messages(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "A: b",
                                        "A: b\r\n",
                                        "\r\nbody",
                                        "\nbody",
                                        "A: b\r\n\r\n",
                                        "A: b\n\nx",
                                        "From x\nA: b\n\nx",
                                        "\r\n",
                                        "A: b\r\n\r\n\r\n",
                                        "A: b\r\n\r\nx"};
    static const int bodies[] = {0, 4, 6, 2, 1, 8, 6, 13, 2, 8, 8};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct sgw_mime mime = scan_text(texts[i], SGW_SCAN_FACTS);
        assert_int_equal(mime.count, 1);
        assert_int_equal(mime.parts[0].body_start, bodies[i]);
        assert_int_equal(mime.parts[0].end, strlen(texts[i]));
        sgw_mime_clear(&mime);
        assert_chunks_equal(texts[i], strlen(texts[i]), SGW_SCAN_FACTS);
    }
    struct sgw_mime mime = {0};
    assert_int_equal(scan_chunks("no header\r\n", 11, 0, 0, NULL, &mime), SMIMEGW_E_SYNTAX);
    assert_int_equal(scan_chunks("A: b\r\n\rc: d\r\n", 14, 1, 0, NULL, &mime),
                     SMIMEGW_E_SYNTAX);
}

static void test_shallow(void **state)
{
    (void)state;
    static const char text[] =
        "Content-Type: multipart/signed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\nA\r\n--in--\r\n"
        "--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nAA==\r\n--b--\r\n";
    struct sgw_mime mime = scan_text(text, SGW_SCAN_SHALLOW);
    assert_int_equal(mime.count, 3);
    assert_int_equal(mime.parts[0].child_count, 2);
    assert_int_equal(mime.parts[0].smime, SGW_SMIME_SIGNED);
    assert_int_equal(mime.parts[2].smime, SGW_SMIME_SIGNATURE);
    assert_false(mime.parts[0].is_ambiguous);
    assert_false(mime.parts[1].is_ambiguous);
    sgw_mime_clear(&mime);
    assert_chunks_equal(text, sizeof(text) - 1, SGW_SCAN_SHALLOW);
    static const char mixed[] = HEAD "--b\r\n\r\nA\r\n--b--\r\n";
    mime = scan_text(mixed, SGW_SCAN_SHALLOW);
    assert_int_equal(mime.count, 1);
    assert_false(mime.parts[0].is_ambiguous);
    sgw_mime_clear(&mime);
}

static void test_watch(void **state)
{
    (void)state;
    static const char *const seen[] = {"A: b\r\n\r\n--watched", "A: b\r\n\r\nx\n--watchedX\n",
                                       "--watched: x\r\n\r\n"};
    static const char *const unseen[] = {"A: b\r\n\r\n--watche", "A: b\r\n\r\n --watched",
                                         "A: --watched\r\n\r\n"};
    for (size_t i = 0; i < 3; i++) {
        for (size_t chunk = 0; chunk < 12; chunk++) {
            struct sgw_mime mime;
            assert_int_equal(scan_chunks(seen[i], strlen(seen[i]), chunk, 0, "watched", &mime),
                             SMIMEGW_OK);
            assert_true(mime.has_watch);
            sgw_mime_clear(&mime);
            assert_int_equal(
                scan_chunks(unseen[i], strlen(unseen[i]), chunk, 0, "watched", &mime),
                SMIMEGW_OK);
            assert_false(mime.has_watch);
            sgw_mime_clear(&mime);
        }
    }
}

static int scan_nested(int depth, const struct sgw_limits *limits)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    struct sgw_memory_source source;
    struct sgw_mime mime = {0};
    sgw_buf_append_text(&text, "Content-Type: multipart/mixed; boundary=n0.\r\n\r\n");
    for (int i = 0; i < depth; i++)
        sgw_buf_printf(&text, "--n%d.\r\nContent-Type: multipart/mixed; boundary=n%d.\r\n\r\n",
                       i, i + 1);
    sgw_memory_source_init(&source, text.data, text.size);
    int ret = sgw_mime_scan(&source.base, limits, 0, NULL, &mime, NULL);
    if (ret == SMIMEGW_OK)
        assert_int_equal(mime.count, depth + 1);
    sgw_mime_clear(&mime);
    sgw_buf_clear(&text);
    return ret;
}

static void test_depth(void **state)
{
    (void)state;
    struct sgw_limits limits;
    limits_init(&limits);
    assert_int_equal(scan_nested(1000, &limits), SMIMEGW_E_LIMIT);
    assert_int_equal(scan_nested(50, &limits), SMIMEGW_OK);
    assert_int_equal(scan_nested(51, &limits), SMIMEGW_E_LIMIT);
    limits.mime_depth = 1000;
    limits.mime_parts = 2000;
    assert_int_equal(scan_nested(1000, &limits), SMIMEGW_OK);
}

static void test_part_limit(void **state)
{
    (void)state;
    struct sgw_limits limits;
    struct sgw_buf text = SGW_BUF_INIT(0);
    struct sgw_memory_source source;
    struct sgw_mime mime = {0};
    limits_init(&limits);
    sgw_buf_append_text(&text, HEAD);
    for (int i = 0; i < 100000; i++)
        sgw_buf_append_text(&text, "--b\r\n\r\n");
    sgw_memory_source_init(&source, text.data, text.size);
    assert_int_equal(sgw_mime_scan(&source.base, &limits, 0, NULL, &mime, NULL),
                     SMIMEGW_E_LIMIT);
    assert_int_equal(mime.count, 0);
    limits.mime_parts = 100001;
    assert_int_equal(sgw_mime_scan(&source.base, &limits, 0, NULL, &mime, NULL), SMIMEGW_OK);
    assert_int_equal(mime.count, 100001);
    sgw_mime_clear(&mime);
    limits.mime_parts = 100000;
    assert_int_equal(sgw_mime_scan(&source.base, &limits, 0, NULL, &mime, NULL),
                     SMIMEGW_E_LIMIT);
    sgw_buf_clear(&text);
}

static int scan_header_of(int size)
{
    struct sgw_mime mime = {0};
    struct sgw_buf text = SGW_BUF_INIT(0);
    sgw_buf_printf(&text, "A:%*s\r\n\r\nbody", size - 6, "");
    int ret = scan_chunks(text.data, text.size, 0, 0, NULL, &mime);
    sgw_mime_clear(&mime);
    assert_int_equal(scan_chunks(text.data, text.size, 4099, 0, NULL, &mime), ret);
    if (ret == SMIMEGW_OK)
        assert_int_equal(mime.parts[0].body_start, size);
    sgw_mime_clear(&mime);
    sgw_buf_clear(&text);
    return ret;
}

static void test_header_limit(void **state)
{
    (void)state;
    assert_int_equal(scan_header_of(256 * 1024), SMIMEGW_OK);
    assert_int_equal(scan_header_of(256 * 1024 + 1), SMIMEGW_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multipart),
        cmocka_unit_test(test_line_feeds),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_missing_close),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_ambiguous_headers),
        cmocka_unit_test(test_boundary_size),
        cmocka_unit_test(test_same_boundary),
        cmocka_unit_test(test_long_delimiter),
        cmocka_unit_test(test_broken_part_header),
        cmocka_unit_test(test_small_messages),
        cmocka_unit_test(test_shallow),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_part_limit),
        cmocka_unit_test(test_header_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
