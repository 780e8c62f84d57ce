/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_check.h"

#include "mime/results_filter.h"

static const char ours[] = "mx.example.net";
static const char field[] = "Authentication-Results: mx.example.net;\r\n smime=none\r\n";

#define OWN "Authentication-Results: mx.example.net;\r\n smime=none\r\n"
#define OWN_LF "Authentication-Results: mx.example.net;\n smime=none\n"
#define FORGED "Authentication-Results: mx.example.net; smime=pass\r\n"

static const struct {
    const char *message;
    const char *expected;
} cases[] = {
    {"", OWN},
    {"\r\n", OWN "\r\n"},
    {"\n", OWN_LF "\n"},
    {"\rx", OWN "\rx"},
    {"\r", OWN "\r"},
    {"x", OWN "x"},
    {"x\r", OWN "x\r"},
    {"A: b\r\n\r\nbody\r\n", OWN "A: b\r\n\r\nbody\r\n"},
    {"A: b\n\nbody\n", OWN_LF "A: b\n\nbody\n"},
    {FORGED, OWN},
    {FORGED FORGED "\r\n" FORGED, OWN "\r\n" FORGED},
    {FORGED " more\r\n\tmore\r\nA: b\r\n", OWN "A: b\r\n"},
    {"A: b\r\n" FORGED "C: d\r\n", OWN "A: b\r\nC: d\r\n"},
    {"From a Mon Jan  1 00:00:00 2026\r\n" FORGED "C: d\r\n",
     "From a Mon Jan  1 00:00:00 2026\r\n" OWN "C: d\r\n"},
    {"From a\n\nx", "From a\n" OWN_LF "\nx"},
    {"From a", "From a" OWN}, /* no line end: what follows it is anybody's guess */
    {"From : a\r\n", OWN "From : a\r\n"},
    {"From a\r\n " FORGED "\r\n", "From a\r\n" OWN "\r\n"},
    {"A: b\r" FORGED "C: d\r\n", OWN "A: b\r\nC: d\r\n"},
    {"A: b\rAuthentication-Results: mx.example.net; x\rC: d\r\n", OWN "A: b\rC: d\r\n"},
    {"Authentication-Results: mx.example.net; x\rC: d\r\n", OWN "C: d\r\n"},
    {"Authentication-Results: mx.example.net; x\r y\r\nC: d\r\n", OWN "C: d\r\n"},
    {"A: b\r\n \r\n" FORGED "\r\n", OWN "A: b\r\n \r\n\r\n"},
    {"junk\r\n" FORGED "junk\r\n\r\n", OWN "junk\r\njunk\r\n\r\n"},
    {"Authentication-Results\r\n : mx.example.net\r\nA: b\r\n", OWN "A: b\r\n"},
    {"Authentication-Results\r\nA: b\r\n", OWN "Authentication-Results\r\nA: b\r\n"},
    {"Authentication-Results: other.example; x\r\n",
     OWN "Authentication-Results: other.example; x\r\n"},
};

/* A message through the filter in chunks. */
static void run(const char *message, size_t size, size_t chunk, const struct sgw_buf *own,
                struct keeper *keeper)
{
    struct sgw_results_filter filter;
    keeper_init(keeper, 0);
    sgw_results_filter_init(&filter, ours, own, &keeper->base);
    for (size_t at = 0; at < size; at += chunk)
        assert_int_equal(
            sgw_push(&filter.base, message + at, size - at < chunk ? size - at : chunk, NULL),
            SMIMEGW_OK);
    assert_int_equal(sgw_finish(&filter.base, NULL), SMIMEGW_OK);
    assert_int_equal(keeper->finished, 1);
    sgw_results_filter_clear(&filter);
}

static void filters_in_any_chunks(void **state)
{
    static const size_t chunks[] = {1, 2, 3, 7, 1000};
    struct sgw_buf own = SGW_BUF_INIT(0);
    (void)state;
    assert_int_equal(sgw_buf_append_text(&own, field), SMIMEGW_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t k = 0; k < sizeof(chunks) / sizeof(chunks[0]); k++) {
            struct keeper keeper;
            run(cases[i].message, strlen(cases[i].message), chunks[k], &own, &keeper);
            assert_string_equal(sgw_buf_text(&keeper.buf), cases[i].expected);
            keeper_clear(&keeper);
        }
    sgw_buf_clear(&own);
}

static uint32_t next_dice(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

/* What has no such field goes through as it is, and chunks make no difference to what has. */
static void filters_random_bytes(void **state)
{
    static const char *const pieces[] = {"\r",
                                         "\n",
                                         "\r\n",
                                         " ",
                                         "\t",
                                         ":",
                                         "A",
                                         "From ",
                                         "\x80",
                                         "Authentication-Results",
                                         "mx.example.net",
                                         ";",
                                         "(",
                                         "\"",
                                         "\\",
                                         ")"};
    uint32_t seed = 4;
    (void)state;
    for (int turn = 0; turn < 20000; turn++) {
        char message[1000];
        size_t size = 0;
        int is_free = turn % 2;
        for (uint32_t count = next_dice(&seed) % 30; count > 0; count--) {
            size_t pick = next_dice(&seed) % (sizeof(pieces) / sizeof(pieces[0]));
            if (is_free && pick == 9)
                continue;
            memcpy(message + size, pieces[pick], strlen(pieces[pick]));
            size += strlen(pieces[pick]);
        }
        struct keeper whole;
        struct keeper split;
        run(message, size, sizeof(message), NULL, &whole);
        run(message, size, 1 + next_dice(&seed) % 3, NULL, &split);
        assert_int_equal(whole.buf.size, split.buf.size);
        assert_memory_equal(sgw_buf_text(&whole.buf), sgw_buf_text(&split.buf),
                            split.buf.size);
        if (is_free) {
            assert_int_equal(whole.buf.size, size);
            assert_memory_equal(sgw_buf_text(&whole.buf), message, size);
        }
        keeper_clear(&whole);
        keeper_clear(&split);
    }
}

static void judges_claims(void **state)
{
    static const char *const claims[] = {"mx.example.net",
                                         " MX.example.NET ; x",
                                         "\"mx.example.net\" 1;",
                                         "(a(b)) mx.example.net;",
                                         "(mx.example.net",
                                         "mx.example.net/1",
                                         "=?a?q?b?=",
                                         "\xc3\xa4.example",
                                         "smime=pass"};
    static const char *const others[] = {"",
                                         ";",
                                         "other.example; smime=pass",
                                         "mx.example.netx;",
                                         "(mx.example.net) other.example",
                                         "spf=pass"};
    (void)state;
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
        assert_true(sgw_results_are_of(claims[i], strlen(claims[i]), ours));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(sgw_results_are_of(others[i], strlen(others[i]), ours));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_in_any_chunks),
        cmocka_unit_test(filters_random_bytes),
        cmocka_unit_test(judges_claims),
    };
    return cmocka_run_group_tests_name("mime results", tests, NULL, NULL);
}
