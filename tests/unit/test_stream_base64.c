/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_check.h"

#include "stream/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One character at a time, in lines of `line` characters; returns the size. */
static size_t encode_slowly(const uint8_t *in, size_t size, size_t line, const char *end,
                            char *out)
{
    size_t used = 0;
    size_t column = 0;
    for (size_t bit = 0; bit < size * 8 || (bit / 6) % 4 != 0; bit += 6) {
        unsigned int value = 0;
        for (size_t b = bit; b < bit + 6; b++)
            value =
                value << 1 | (b < size * 8 ? (unsigned int)in[b / 8] >> (7 - b % 8) & 1 : 0);
        out[used++] = bit < size * 8 ? alphabet[value] : '=';
        if (++column < line)
            continue;
        used = (size_t)(stpcpy(out + used, end) - out);
        column = 0;
    }
    return column > 0 ? (size_t)(stpcpy(out + used, end) - out) : used;
}

/* Whole input at once; the size or -1. */
static long decode_slowly(const char *in, size_t size, uint8_t *out)
{
    char clean[4096];
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        if (strchr(" \t\r\n", in[i]) == NULL || in[i] == '\0')
            clean[count++] = in[i];
    size_t data = 0;
    while (data < count && clean[data] != '\0' && strchr(alphabet, clean[data]) != NULL)
        data++;
    size_t padding = count - data;
    for (size_t i = data; i < count; i++)
        if (clean[i] != '=')
            return -1;
    if (data % 4 == 1 || (padding > 0 && (data % 4 == 0 || data % 4 + padding != 4)))
        return -1;
    size_t bytes = data * 6 / 8;
    memset(out, 0, bytes + 1);
    for (size_t bit = 0; bit < data * 6; bit++) {
        unsigned int value = (unsigned int)(strchr(alphabet, clean[bit / 6]) - alphabet);
        unsigned int set = value >> (5 - bit % 6) & 1U;
        if (bit / 8 >= bytes && set != 0 && padding == 0)
            return -1;
        if (bit / 8 < bytes)
            out[bit / 8] = (uint8_t)(out[bit / 8] | set << (7 - bit % 8));
    }
    return (long)bytes;
}

static void encodes_as_the_reference(void **state)
{
    (void)state;
    static uint8_t in[1000];
    static char expected[2000];
    fill_random(in, sizeof(in), 1);
    for (size_t size = 0; size < 300; size++) {
        size_t length = encode_slowly(in, size, 64, "\r\n", expected);
        assert_int_equal(sgw_base64_encoded_size((int64_t)size), length);
        for (size_t chunk = 1; chunk <= 100; chunk++) {
            struct sgw_base64_encoder stage;
            struct keeper keeper;
            keeper_init(&keeper, 0);
            sgw_base64_encoder_init(&stage, &keeper.base);
            assert_int_equal(run_chunks(&stage.base, in, size, chunk, NULL), SMIMEGW_OK);
            assert_int_equal(keeper.buf.size, length);
            assert_int_equal(keeper.finished, 1);
            if (length > 0)
                assert_memory_equal(keeper.buf.data, expected, length);
            keeper_clear(&keeper);
        }
    }
}

static void encoded_size_does_not_overflow(void **state)
{
    (void)state;
    assert_int_equal(sgw_base64_encoded_size(INT64_MAX), -1);
    assert_int_equal(sgw_base64_encoded_size(48), 66);
    assert_int_equal(sgw_base64_encoded_size(49), 72);
}

/* Decode in every chunking up to 100; all must agree with the reference. */
static void check_decoding(const char *in, size_t size)
{
    static uint8_t expected[4096];
    long bytes = decode_slowly(in, size, expected);
    for (size_t chunk = 1; chunk <= 100; chunk++) {
        struct sgw_base64_decoder stage;
        struct keeper keeper;
        struct smimegw_error *error = NULL;
        keeper_init(&keeper, 0);
        sgw_base64_decoder_init(&stage, &keeper.base);
        int ret = run_chunks(&stage.base, in, size, chunk, &error);
        assert_int_equal(ret, bytes < 0 ? SMIMEGW_E_SYNTAX : SMIMEGW_OK);
        assert_int_equal(smimegw_error_code(error), ret);
        assert_int_equal(keeper.finished, bytes >= 0);
        if (bytes >= 0)
            assert_int_equal(keeper.buf.size, bytes);
        if (bytes > 0)
            assert_memory_equal(keeper.buf.data, expected, (size_t)bytes);
        smimegw_error_free(error);
        keeper_clear(&keeper);
    }
}

static void decodes_lines_of_any_length(void **state)
{
    (void)state;
    static const size_t lines[] = {1, 3, 4, 60, 61, 63, 64, 65, 72, 75, 76, 77, 80, 500, 4000};
    static const char *const ends[] = {"\r\n", "\n", " \t\r\n", "\r"};
    static uint8_t in[512];
    static char text[8192];
    fill_random(in, sizeof(in), 2);
    for (size_t l = 0; l < sizeof(lines) / sizeof(lines[0]); l++)
        for (size_t e = 0; e < 4; e++)
            for (size_t size = 300; size < 304; size++)
                check_decoding(text, encode_slowly(in, size, lines[l], ends[e], text));
}

static void judges_as_the_reference(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",      "=",        "==",       "Q",          "QQ",       "QR",       "QUI",
        "QUJ",   "QUI=",     "QUJ=",     "QUI==",      "QQ=",      "QQ==",     "QQ===",
        "QQ= =", "QQ=\r\n=", "QUJD=",    "QUJDQ===",   "QQ==QQ==", "QQ==\r\n", "QQ==\r\n\r\n",
        "QQ=Q",  "Q=Q=",     "QUJD\rQQ", "QUJDQQ",     "QUJDQ",    "QUJD!",    "QUJ-",
        "QU_D",  "\vQUJD",   "\fQUJD",   " Q\tU J\nD", "QUJD\x80", "\xff",     "-----BEGIN",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_decoding(texts[i], strlen(texts[i]));
    check_decoding("QUJD\0QUJD", 9);
}

static void finds_junk_anywhere(void **state)
{
    (void)state;
    static uint8_t in[150];
    static char text[400];
    fill_random(in, sizeof(in), 3);
    for (size_t line = 64; line <= 76; line += 12) {
        size_t size = encode_slowly(in, sizeof(in), line, "\r\n", text);
        for (size_t i = 0; i < size; i++) {
            char kept = text[i];
            text[i] = '!';
            check_decoding(text, size);
            text[i] = '=';
            check_decoding(text, size);
            text[i] = kept;
        }
    }
}

static void large_decoding_is_the_inverse(void **state)
{
    (void)state;
    static uint8_t in[100000];
    fill_random(in, sizeof(in), 4);
    struct sgw_base64_encoder encoder;
    struct sgw_base64_decoder decoder;
    struct keeper keeper;
    for (size_t chunk = 1; chunk < 70000; chunk = chunk * 3 + 1) {
        keeper_init(&keeper, 0);
        sgw_base64_decoder_init(&decoder, &keeper.base);
        sgw_base64_encoder_init(&encoder, &decoder.base);
        assert_int_equal(run_chunks(&encoder.base, in, sizeof(in), chunk, NULL), SMIMEGW_OK);
        assert_int_equal(keeper.buf.size, sizeof(in));
        assert_memory_equal(keeper.buf.data, in, sizeof(in));
        keeper_clear(&keeper);
    }
}

/* Who has enough before the error never hears of it, however the input is split. */
static void stop_before_an_error_wins(void **state)
{
    (void)state;
    static uint8_t in[12000];
    static char text[20000];
    fill_random(in, sizeof(in), 5);
    size_t size = encode_slowly(in, sizeof(in), 64, "\r\n", text);
    size_t junk = 8300 / 48 * 66 + 7; /* 5 whole bytes of its line stand before it */
    size_t before = 8300 / 48 * 48 + 3;
    text[junk] = '*';
    for (size_t chunk = 1; chunk < 20000; chunk = chunk * 2 + 1)
        for (int late = 0; late < 2; late++) {
            struct sgw_base64_decoder stage;
            struct keeper keeper;
            keeper_init(&keeper, before + (size_t)late);
            sgw_base64_decoder_init(&stage, &keeper.base);
            int ret = run_chunks(&stage.base, text, size, chunk, NULL);
            assert_int_equal(ret, late ? SMIMEGW_E_SYNTAX : SGW_STOP);
            keeper_clear(&keeper);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_as_the_reference),
        cmocka_unit_test(encoded_size_does_not_overflow),
        cmocka_unit_test(decodes_lines_of_any_length),
        cmocka_unit_test(judges_as_the_reference),
        cmocka_unit_test(finds_junk_anywhere),
        cmocka_unit_test(large_decoding_is_the_inverse),
        cmocka_unit_test(stop_before_an_error_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
