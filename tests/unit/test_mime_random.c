/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime_support.h"

#include "mime/decode.h"
#include "stream/crlf.h"

/* Messages made by chance, together with what a scan of them must find. */

enum { PARTS_MAX = 40, DEPTH_MAX = 4 };

/* under valgrind a tenth has to do */
static uint32_t messages(void)
{
    return getenv("SMIMEGW_SLOW") != NULL ? 6 : 60;
}

struct expected_part {
    int parent;
    int64_t header_start;
    int64_t body_start;
    int64_t end;
};

struct maker {
    struct sgw_buf text;
    uint32_t seed;
    const char *eol;
    bool has_bad_text; /* 8-bit and the like outside base64 */
    int count;
    struct expected_part parts[PARTS_MAX];
    bool is_multipart[PARTS_MAX];
    int depth[PARTS_MAX];
};

static uint32_t draw(struct maker *maker, uint32_t below)
{
    maker->seed = maker->seed * 1664525U + 1013904223U;
    return (maker->seed >> 8) % below;
}

static void put(struct maker *maker, const char *text)
{
    assert_int_equal(sgw_buf_append_text(&maker->text, text), SMIMEGW_OK);
}

static void put_line(struct maker *maker, const char *text)
{
    put(maker, text);
    put(maker, maker->eol);
}

static const char *const lines[] = {
    "",           "plain text",
    "--",         "- x",
    "-",          "--x",
    "--n",        "--n9",
    "text --n0.", " --n0.",
    "a=b",        "=41",
    "(x)",        "a longer line of text to fold somewhere if it must be",
};
static const char *const bad_lines[] = {
    "trailing ", "\xc3\xa4\xc3\xb6", "\xff\xfe", "From me", ".", "a\rb",
    "tab\t",     "\xe2\x82\xac.",
};

static void put_body(struct maker *maker)
{
    uint32_t count = draw(maker, 6);
    for (uint32_t i = 0; i < count; i++) {
        if (maker->has_bad_text && draw(maker, 4) == 0)
            put(maker, bad_lines[draw(maker, sizeof(bad_lines) / sizeof(bad_lines[0]))]);
        else
            put(maker, lines[draw(maker, sizeof(lines) / sizeof(lines[0]))]);
        if (i + 1 < count || draw(maker, 2) == 0)
            put(maker, maker->eol);
    }
}

static void put_leaf(struct maker *maker)
{
    static const char *const types[] = {"text/plain", "text/html; charset=utf-8",
                                        "application/octet-stream", "image/x"};
    if (draw(maker, 4) > 0) {
        put(maker, "Content-Type: ");
        put_line(maker, types[draw(maker, 4)]);
    }
    uint32_t encoding = draw(maker, 5);
    if (encoding == 0)
        put_line(maker, "Content-Transfer-Encoding: quoted-printable");
    if (encoding == 1)
        put_line(maker, "Content-Transfer-Encoding: base64");
    if (encoding == 2)
        put_line(maker, "Content-Transfer-Encoding: 8bit");
    put(maker, maker->eol);
    maker->parts[maker->count - 1].body_start = (int64_t)maker->text.size;
    if (encoding == 1)
        put(maker, draw(maker, 2) == 0 ? "QUJD" : "QUJDRA== ");
    else
        put_body(maker);
}

/* Header of a part; a multipart's number is part of its boundary. */
static void start_part(struct maker *maker, int parent)
{
    int index = maker->count++;
    int depth = parent < 0 ? 0 : maker->depth[parent] + 1;
    maker->parts[index].parent = parent;
    maker->parts[index].header_start = (int64_t)maker->text.size;
    maker->depth[index] = depth;
    maker->is_multipart[index] =
        depth < DEPTH_MAX && maker->count < PARTS_MAX - 4 && draw(maker, 3) == 0;
    if (index == 0) {
        put_line(maker, "Subject: x");
        maker->is_multipart[0] = true;
    }
    if (!maker->is_multipart[index]) {
        put_leaf(maker);
        return;
    }
    char field[80];
    snprintf(field, sizeof(field), "Content-Type: multipart/mixed; boundary=n%d.", index);
    put_line(maker, field);
    put(maker, maker->eol);
    maker->parts[index].body_start = (int64_t)maker->text.size;
    if (draw(maker, 3) == 0)
        put_line(maker, "preamble");
}

static void put_delimiter(struct maker *maker, int index, const char *end)
{
    char line[40];
    snprintf(line, sizeof(line), "--n%d.%s", index, end);
    put(maker, line);
}

/* One step: a new part in the multipart `open`, or its end. Returns the multipart to go on in.
 */
static int step(struct maker *maker, int open, int *children)
{
    if (maker->count < PARTS_MAX - 1 && (children[open] == 0 || draw(maker, 3) > 0)) {
        if (children[open]++ > 0)
            put(maker, maker->eol);
        put_delimiter(maker, open, draw(maker, 8) == 0 ? " \t" : "");
        put(maker, maker->eol);
        start_part(maker, open);
        int index = maker->count - 1;
        if (maker->is_multipart[index])
            return index;
        maker->parts[index].end = (int64_t)maker->text.size;
        return open;
    }
    put(maker, maker->eol);
    put_delimiter(maker, open, "--");
    if (draw(maker, 3) == 0) {
        put(maker, maker->eol);
        put(maker, "epilogue");
    }
    maker->parts[open].end = (int64_t)maker->text.size;
    return maker->parts[open].parent;
}

static void make_message(struct maker *maker, uint32_t seed)
{
    int children[PARTS_MAX] = {0};
    *maker = (struct maker){.seed = seed * 7919 + 1};
    maker->eol = seed % 3 == 0 ? "\n" : "\r\n";
    maker->has_bad_text = seed % 2 == 0;
    start_part(maker, -1);
    for (int open = 0; open >= 0;)
        open = step(maker, open, children);
}

static void test_offsets_and_chunks(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < messages(); seed++) {
        static struct maker maker;
        struct sgw_mime mime;
        make_message(&maker, seed);
        assert_int_equal(scan_chunks(maker.text.data, maker.text.size, 0, 0, NULL, &mime),
                         SMIMEGW_OK);
        assert_int_equal(mime.count, maker.count);
        for (int i = 0; i < mime.count; i++) {
            assert_int_equal(mime.parts[i].parent, maker.parts[i].parent);
            assert_int_equal(mime.parts[i].header_start, maker.parts[i].header_start);
            assert_int_equal(mime.parts[i].body_start, maker.parts[i].body_start);
            assert_int_equal(mime.parts[i].end, maker.parts[i].end);
            assert_false(mime.parts[i].is_ambiguous);
        }
        sgw_mime_clear(&mime);
        assert_chunks_equal(maker.text.data, maker.text.size,
                            seed % 2 == 0 ? SGW_SCAN_FACTS : 0);
        sgw_buf_clear(&maker.text);
    }
}

/* A leaf's content, decoded, line ends made CRLF. */
static void content_of(const struct sgw_buf *text, const struct sgw_part *part,
                       struct sgw_buf *ret)
{
    struct sgw_memory_source memory;
    struct sgw_body_source body;
    struct sgw_crlf_stage crlf;
    struct sgw_buf_sink sink;
    sgw_memory_source_init(&memory, text->data, text->size);
    sgw_buf_sink_init(&sink, ret);
    sgw_crlf_stage_init(&crlf, &sink.base);
    assert_int_equal(sgw_body_source_init(&body, &memory.base, part, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_source_run(&body.base, 0, SGW_TO_END, &crlf.base, NULL), SMIMEGW_OK);
}

static void assert_same_contents(const struct sgw_buf *one, const struct sgw_buf *two)
{
    struct sgw_mime mimes[2];
    scan_chunks(one->data, one->size, 0, 0, NULL, &mimes[0]);
    scan_chunks(two->data, two->size, 0, 0, NULL, &mimes[1]);
    assert_int_equal(mimes[0].count, mimes[1].count);
    for (int i = 0; i < mimes[0].count; i++) {
        struct sgw_buf a = SGW_BUF_INIT(0);
        struct sgw_buf b = SGW_BUF_INIT(0);
        if (mimes[0].parts[i].child_count > 0)
            continue;
        content_of(one, &mimes[0].parts[i], &a);
        content_of(two, &mimes[1].parts[i], &b);
        assert_int_equal(a.size, b.size);
        if (a.size > 0)
            assert_memory_equal(a.data, b.data, a.size);
        sgw_buf_clear(&a);
        sgw_buf_clear(&b);
    }
    sgw_mime_clear(&mimes[0]);
    sgw_mime_clear(&mimes[1]);
}

/* [RFC8551-3.1.1] [RFC8551-3.1.3] */
static void assert_seven_bit(const struct sgw_buf *text)
{
    size_t line_start = 0;
    for (size_t i = 0; i < text->size; i++) {
        uint8_t c = text->data[i];
        assert_true(c > 0 && c < 0x80);
        if (c == '\r')
            assert_int_equal(text->data[i + 1], '\n');
        if (c != '\n')
            continue;
        assert_true(i > 0 && text->data[i - 1] == '\r');
        assert_true(i - line_start <= 999);
        line_start = i + 1;
    }
}

static void test_canonical(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < messages() * 10; seed++) {
        static struct maker maker;
        struct sgw_buf once = SGW_BUF_INIT(0);
        struct sgw_buf twice = SGW_BUF_INIT(0);
        make_message(&maker, seed);
        assert_int_equal(canonical_of(maker.text.data, maker.text.size, &once), SMIMEGW_OK);
        assert_seven_bit(&once);
        assert_same_contents(&maker.text, &once);
        assert_int_equal(canonical_of(once.data, once.size, &twice), SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&twice), sgw_buf_text(&once));
        sgw_buf_clear(&once);
        sgw_buf_clear(&twice);
        sgw_buf_clear(&maker.text);
    }
}

static const struct {
    const char *message;
    const char *body;
    int result;
} body_cases[] = {
    {"\r\nplain =41", "plain =41", SMIMEGW_OK},
    {"Content-Transfer-Encoding: binary\r\n\r\na\nb", "a\nb", SMIMEGW_OK},
    {"Content-Transfer-Encoding: quoted-printable\r\n\r\n=41 \r\nb=\r\nc", "A\r\nbc",
     SMIMEGW_OK},
    {"Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\nRA==\r\n", "ABCD", SMIMEGW_OK},
    {"Content-Transfer-Encoding: base64\r\n\r\nQU!D", "", SMIMEGW_E_SYNTAX},
    {"Content-Transfer-Encoding: x-odd\r\n\r\nQUJD", "", SMIMEGW_E_SYNTAX},
};

static int read_body(struct sgw_body_source *body, const char *text, int64_t offset,
                     int64_t size, struct sgw_buf *ret)
{
    struct sgw_memory_source memory;
    struct sgw_buf_sink sink;
    struct sgw_mime mime = scan_text(text, 0);
    sgw_memory_source_init(&memory, text, strlen(text));
    sgw_buf_sink_init(&sink, ret);
    int result = sgw_body_source_init(body, &memory.base, &mime.parts[0], NULL);
    sgw_mime_clear(&mime);
    if (result == SMIMEGW_OK)
        result = body->base.write(&body->base, offset, size, &sink.base, NULL);
    return result;
}

static void test_body_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(body_cases) / sizeof(body_cases[0]); i++) {
        struct sgw_body_source body;
        struct sgw_buf whole = SGW_BUF_INIT(0);
        assert_int_equal(read_body(&body, body_cases[i].message, 0, SGW_TO_END, &whole),
                         body_cases[i].result);
        if (body_cases[i].result == SMIMEGW_OK)
            assert_string_equal(sgw_buf_text(&whole), body_cases[i].body);
        for (size_t at = 0; body_cases[i].result == SMIMEGW_OK && at <= whole.size; at++) {
            struct sgw_buf part = SGW_BUF_INIT(0);
            size_t left = whole.size - at < 2 ? whole.size - at : 2;
            assert_int_equal(read_body(&body, body_cases[i].message, (int64_t)at, 2, &part),
                             SMIMEGW_OK);
            assert_int_equal(part.size, left);
            assert_memory_equal(sgw_buf_text(&part), whole.data + at, left);
            sgw_buf_clear(&part);
        }
        sgw_buf_clear(&whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offsets_and_chunks),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_body_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
