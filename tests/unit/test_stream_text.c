/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_check.h"

#include "stream/crlf.h"
#include "stream/qp.h"

union any_stage {
    struct sgw_stage base;
    struct sgw_crlf_stage crlf;
    struct sgw_qp_encoder encoder;
    struct sgw_qp_decoder decoder;
};

static void init_crlf(union any_stage *stage, struct sgw_stage *next)
{
    sgw_crlf_stage_init(&stage->crlf, next);
}

static void init_encoder(union any_stage *stage, struct sgw_stage *next)
{
    sgw_qp_encoder_init(&stage->encoder, next);
}

static void init_decoder(union any_stage *stage, struct sgw_stage *next)
{
    sgw_qp_decoder_init(&stage->decoder, next);
}

typedef void (*init_fn)(union any_stage *stage, struct sgw_stage *next);

static void check_at(init_fn init, const void *in, size_t size, size_t chunk,
                     const struct sgw_buf *expected)
{
    union any_stage stage;
    struct keeper keeper;
    keeper_init(&keeper, 0);
    init(&stage, &keeper.base);
    assert_int_equal(run_chunks(&stage.base, in, size, chunk, NULL), SMIMEGW_OK);
    assert_int_equal(keeper.finished, 1);
    assert_int_equal(keeper.buf.size, expected->size);
    if (expected->size > 0)
        assert_memory_equal(keeper.buf.data, expected->data, expected->size);
    keeper_clear(&keeper);
}

static void check(init_fn init, const void *in, size_t size, const void *out, size_t out_size)
{
    struct sgw_buf expected = SGW_BUF_INIT(0);
    assert_int_equal(sgw_buf_append(&expected, out, out_size), SMIMEGW_OK);
    for (size_t chunk = 1; chunk <= 100; chunk++)
        check_at(init, in, size, chunk, &expected);
    check_at(init, in, size, size > 0 ? size : 1, &expected);
    sgw_buf_clear(&expected);
}

struct text_row {
    const char *in;
    const char *out;
};

static void check_rows(init_fn init, const struct text_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(init, rows[i].in, strlen(rows[i].in), rows[i].out, strlen(rows[i].out));
}
#define CHECK_ROWS(init, rows) check_rows(init, rows, sizeof(rows) / sizeof((rows)[0]))

/* [RFC8551-3.1.1] */
static void line_ends_become_crlf(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        {"", ""},
        {"a", "a"},
        {"\n", "\r\n"},
        {"\r\n", "\r\n"},
        {"\r", "\r"},
        {"a\nb\r\nc\rd\n\n", "a\r\nb\r\nc\rd\r\n\r\n"},
        {"\n\r\n\r\r\n\n\r", "\r\n\r\n\r\r\n\r\n\r"},
        {"a\r\n\nb", "a\r\n\r\nb"},
    };
    CHECK_ROWS(init_crlf, rows);
}

/* As the stage should, one byte at a time. */
static void crlf_slowly(const uint8_t *in, size_t size, struct sgw_buf *out)
{
    for (size_t i = 0; i < size; i++) {
        if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r'))
            sgw_buf_append_byte(out, '\r');
        sgw_buf_append_byte(out, in[i]);
    }
}

static void large_texts_become_crlf(void **state)
{
    (void)state;
    static uint8_t in[60000];
    struct sgw_buf expected = SGW_BUF_INIT(0);
    fill_random(in, sizeof(in), 7);
    for (uint32_t rate = 2; rate < 100000; rate *= 7) {
        uint32_t seed = rate;
        for (size_t i = 0; i < sizeof(in); i++)
            if (next_random(&seed) % rate == 0)
                in[i] = next_random(&seed) % 3 == 0 ? '\r' : '\n';
        sgw_buf_truncate(&expected, 0);
        crlf_slowly(in, sizeof(in), &expected);
        for (size_t chunk = 1; chunk < 100000; chunk = chunk * 3 + 1)
            check_at(init_crlf, in, sizeof(in), chunk, &expected);
    }
    sgw_buf_clear(&expected);
}

/* The slices that come out are the ones that went in. */
struct pointer_stage {
    struct sgw_stage base;
    const uint8_t *expected;
    int pushes;
};

static int pointer_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct pointer_stage *stage = (struct pointer_stage *)base;
    (void)ret_error;
    (void)size;
    assert_ptr_equal(data, stage->expected);
    stage->pushes++;
    return SMIMEGW_OK;
}

static void canonical_text_is_not_copied(void **state)
{
    (void)state;
    static const char text[] = "one\r\ntwo\r\n\r\nthree";
    struct pointer_stage end = {{pointer_push, NULL}, (const uint8_t *)text, 0};
    struct sgw_crlf_stage stage;
    sgw_crlf_stage_init(&stage, &end.base);
    assert_int_equal(sgw_push(&stage.base, text, strlen(text), NULL), SMIMEGW_OK);
    assert_int_equal(end.pushes, 1);
}

#define TEN "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

/* [RFC2045-6.7] */
static void text_is_quoted(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        {"", ""},
        {"plain\r\n", "plain\r\n"},
        {"lf\nonly", "lf\r\nonly"},
        {"a=b", "a=3Db"},
        {"\xc3\xa4", "=C3=A4"},
        {"a\rb", "a=0Db"},
        {"a\r", "a=0D"},
        {"a\r\r\n", "a=0D\r\n"},
        {"blank \r\n", "blank=20\r\n"},
        {"two  \n", "two =20\r\n"},
        {"tab\t\nx", "tab=09\r\nx"},
        {"end ", "end=20"},
        {" x\ty", " x\ty"},
        {"a \rb", "a=20=0Db"},
        {"\x7f\x01", "=7F=01"},
        {".", "=2E"},
        {".\r\n..\r\na.\r\n", "=2E\r\n=2E.\r\na.\r\n"},
        {"From me\r\n", "=46rom me\r\n"},
        {"From \r\n", "=46rom=20\r\n"},
        {"From\r\nFro\nFFrom x\r\nF", "From\r\nFro\r\nFFrom x\r\nF"},
        {"From\tx", "From\tx"},
        {"From:x", "From:x"},
        {" From x", " From x"},
        {SEVENTY "12345\r\n", SEVENTY "12345\r\n"},
        {SEVENTY "123456\r\n", SEVENTY "12345=\r\n6\r\n"},
        {SEVENTY "12345.\r\n", SEVENTY "12345=\r\n=2E\r\n"},
        {SEVENTY "12345From x", SEVENTY "12345=\r\n=46rom x"},
        {SEVENTY "123=", SEVENTY "123=\r\n=3D"},
        {SEVENTY "12=", SEVENTY "12=3D"},
        {SEVENTY "12345 \r\n", SEVENTY "12345=\r\n=20\r\n"},
        {SEVENTY "12345 x", SEVENTY "12345=\r\n x"},
    };
    CHECK_ROWS(init_encoder, rows);
    check(init_encoder, "a\0b", 3, "a=00b", 5);
}

static void quoted_text_is_read(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        {"", ""},
        {"a=3Db=3db", "a=b=b"},
        {"=C3=A4\r\n", "\xc3\xa4\r\n"},
        {"soft=\r\nbreak", "softbreak"},
        {"soft=\nbreak", "softbreak"},
        {"soft= \t\r\nbreak", "softbreak"},
        {"soft =\r\n break", "soft  break"},
        {"trailing \t\r\nx  \ny", "trailing\r\nx\ny"},
        {"at the end  ", "at the end"},
        {"in  the   middle", "in  the   middle"},
        {"a=zb", "a=zb"},
        {"a=4zb", "a=4zb"},
        {"a=4=41", "a=4A"},
        {"a==41", "a=A"},
        {"a=", "a="},
        {"a=4", "a=4"},
        {"a= ", "a="},
        {"a=\r", "a=\r"},
        {"a=\rb", "a=\rb"},
        {"a= \rb", "a=\rb"},
        {"a= b", "a= b"},
        {"a= =\r\nb", "a= b"},
        {"a= 41", "a= 41"},
        {"a \rb", "a\rb"},
        {"\r\n\r\n", "\r\n\r\n"},
        {"=\r\n=\r\n=41", "A"},
        {"=20\r\n", " \r\n"},
        {"=0D=0A", "\r\n"},
    };
    CHECK_ROWS(init_decoder, rows);
    check(init_decoder, "a=00b", 5, "a\0b", 3);
    check(init_decoder, "a\0 \0b \n", 7, "a\0 \0b\n", 6);
}

/* Of more blanks than are held, the first 1024s stay. */
static void many_blanks_are_bounded(void **state)
{
    (void)state;
    static char in[2 + 3000 + 2];
    static char out[1 + 3000 + 2];
    for (int escaped = 0; escaped < 2; escaped++)
        for (size_t count = 1020; count <= 2052; count++) {
            char *to = in;
            *to++ = 'x';
            if (escaped)
                *to++ = '=';
            memset(to, ' ', count);
            memcpy(to + count, "\r\n", 2);
            size_t kept = (count - 1) / 1024 * 1024;
            struct sgw_buf expected = SGW_BUF_INIT(0);
            sgw_buf_append_text(&expected, escaped && kept > 0 ? "x=" : "x");
            memset(out, ' ', kept);
            sgw_buf_append(&expected, out, kept);
            sgw_buf_append_text(&expected, escaped && kept == 0 ? "" : "\r\n");
            size_t size = (size_t)(to - in) + count + 2;
            check_at(init_decoder, in, size, 1, &expected);
            check_at(init_decoder, in, size, 700, &expected);
            check_at(init_decoder, in, size, size, &expected);
            sgw_buf_clear(&expected);
        }
}

/* What a line of quoted text must not have, whatever went in. */
static void check_quoted_line(const char *line, size_t size)
{
    assert_true(size <= 76);
    assert_true(size == 0 || (line[size - 1] != ' ' && line[size - 1] != '\t'));
    assert_false(size > 0 && line[0] == '.');
    assert_false(size >= 5 && memcmp(line, "From ", 5) == 0);
    for (size_t i = 0; i < size; i++)
        assert_true((line[i] >= ' ' && line[i] < 0x7f) || line[i] == '\t');
}

static void check_quoted(const struct sgw_buf *quoted)
{
    const char *line = sgw_buf_text(quoted);
    const char *end = line + quoted->size;
    while (line < end) {
        const char *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
        check_quoted_line(line, (size_t)((stop != NULL ? stop : end) - line));
        line = stop != NULL ? stop + 2 : end;
    }
}

/* Mail-like noise: the bytes that matter come often. */
static void fill_text(uint8_t *text, size_t size, uint32_t seed)
{
    static const char words[] = "From From .. .\r\n\n\r  \t=\xe4=41==\r\n. \nabcdefghijklmnop";
    for (size_t i = 0; i < size; i++) {
        size_t at = next_random(&seed) % (sizeof(words) - 1);
        size_t run = 1 + next_random(&seed) % 6;
        for (; run > 0 && i < size && at < sizeof(words) - 1; run--)
            text[i++] = (uint8_t)words[at++];
        if (i < size)
            text[i] = next_random(&seed) % 40 == 0 ? 0 : 'e';
    }
}

static void quoting_is_undone(void **state)
{
    (void)state;
    static uint8_t in[3000];
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct keeper quoted;
        union any_stage stage;
        struct sgw_buf expected = SGW_BUF_INIT(0);
        fill_text(in, sizeof(in), seed);
        crlf_slowly(in, sizeof(in), &expected);
        keeper_init(&quoted, 0);
        init_encoder(&stage, &quoted.base);
        assert_int_equal(run_chunks(&stage.base, in, sizeof(in), sizeof(in), NULL),
                         SMIMEGW_OK);
        check_quoted(&quoted.buf);
        for (size_t chunk = 1; chunk < 4000; chunk = chunk * 2 + seed % 3) {
            check_at(init_encoder, in, sizeof(in), chunk, &quoted.buf);
            check_at(init_decoder, quoted.buf.data, quoted.buf.size, chunk, &expected);
        }
        sgw_buf_clear(&expected);
        keeper_clear(&quoted);
    }
}

static void decoding_does_not_depend_on_chunks(void **state)
{
    (void)state;
    static uint8_t in[3000];
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct keeper whole;
        union any_stage stage;
        fill_text(in, sizeof(in), seed);
        keeper_init(&whole, 0);
        init_decoder(&stage, &whole.base);
        run_chunks(&stage.base, in, sizeof(in), sizeof(in), NULL);
        for (size_t chunk = 1; chunk < 4000; chunk = chunk * 2 + seed % 3)
            check_at(init_decoder, in, sizeof(in), chunk, &whole.buf);
        keeper_clear(&whole);
    }
}

/* [AC-174] A megabyte of what is worst is not slow; the test's timeout would tell. */
static void junk_is_linear(void **state)
{
    (void)state;
    static const char *const junk[] = {" ", "=\r\n", "= ", "=", "\r", "\t ", "=4"};
    static uint8_t in[1 << 20];
    for (size_t j = 0; j < sizeof(junk) / sizeof(junk[0]); j++) {
        size_t length = strlen(junk[j]);
        for (size_t i = 0; i < sizeof(in); i++)
            in[i] = (uint8_t)junk[j][i % length];
        struct sgw_count_sink count;
        union any_stage stage;
        sgw_count_sink_init(&count);
        init_decoder(&stage, &count.base);
        assert_int_equal(run_chunks(&stage.base, in, sizeof(in), 65536, NULL), SMIMEGW_OK);
        init_encoder(&stage, &count.base);
        assert_int_equal(run_chunks(&stage.base, in, sizeof(in), 65536, NULL), SMIMEGW_OK);
    }
}

static void stop_is_handed_back(void **state)
{
    (void)state;
    static const init_fn inits[] = {init_crlf, init_encoder, init_decoder};
    static uint8_t in[20000];
    memset(in, 'x', sizeof(in));
    for (size_t i = 0; i < sizeof(in); i += 50)
        in[i] = '\n';
    for (size_t i = 0; i < 3; i++) {
        union any_stage stage;
        struct keeper keeper;
        keeper_init(&keeper, 1);
        inits[i](&stage, &keeper.base);
        assert_int_equal(run_chunks(&stage.base, in, sizeof(in), 1000, NULL), SGW_STOP);
        assert_true(keeper.buf.size < sizeof(in));
        assert_int_equal(keeper.finished, 0);
        keeper_clear(&keeper);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_become_crlf),
        cmocka_unit_test(large_texts_become_crlf),
        cmocka_unit_test(canonical_text_is_not_copied),
        cmocka_unit_test(text_is_quoted),
        cmocka_unit_test(quoted_text_is_read),
        cmocka_unit_test(many_blanks_are_bounded),
        cmocka_unit_test(quoting_is_undone),
        cmocka_unit_test(decoding_does_not_depend_on_chunks),
        cmocka_unit_test(junk_is_linear),
        cmocka_unit_test(stop_is_handed_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
