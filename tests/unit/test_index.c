/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <smimegw/error.h>
#include <string.h>

#include "base/index.h"

/* The vectors of SipHash's paper: key 00..0f, texts 00, 00 01, ... */
static void hash_is_siphash(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        uint64_t hash;
    } rows[] = {
        {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
        {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
        {15, UINT64_C(0xa129ca6149be45e5)},
    };
    struct sgw_index index = {
        .key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
    uint8_t text[16];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(sgw_index_hash(&index, text, rows[i].size) == rows[i].hash);
}

static bool has(const struct sgw_index *index, uint64_t hash, size_t value)
{
    size_t found;
    for (size_t at = 0; sgw_index_next(index, hash, &at, &found);)
        if (found == value)
            return true;
    return false;
}

static size_t count(const struct sgw_index *index, uint64_t hash)
{
    size_t found;
    size_t n = 0;
    for (size_t at = 0; sgw_index_next(index, hash, &at, &found);)
        n++;
    return n;
}

static void numbers_are_found_again(void **state)
{
    (void)state;
    struct sgw_index index;
    struct sgw_index copy;
    assert_int_equal(sgw_index_init(&index), SMIMEGW_OK);
    assert_int_equal(count(&index, 1), 0);
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(sgw_index_add(&index, i % 5000 * 64, i), SMIMEGW_OK);
    for (size_t i = 0; i < 10000; i++)
        assert_true(has(&index, i % 5000 * 64, i));
    assert_int_equal(count(&index, 64), 2);
    assert_int_equal(count(&index, 65), 0);
    assert_int_equal(sgw_index_copy(&index, &copy), SMIMEGW_OK);
    sgw_index_remove(&index, 64, 1);
    sgw_index_remove(&index, 64, 77); /* is not there */
    assert_int_equal(count(&index, 64), 1);
    assert_int_equal(count(&copy, 64), 2);
    sgw_index_close_gap(&index, 1);
    assert_true(has(&index, 0, 0));
    assert_true(has(&index, 64, 5000));
    assert_true(has(&index, 128, 1));
    sgw_index_clear(&index);
    sgw_index_clear(&copy);
}

/* Adding and removing for long neither fills it with gravestones nor loses anything. */
static void removing_leaves_room(void **state)
{
    (void)state;
    struct sgw_index index;
    assert_int_equal(sgw_index_init(&index), SMIMEGW_OK);
    for (size_t i = 0; i < 100000; i++) {
        uint64_t hash = sgw_index_hash(&index, &i, sizeof(i));
        assert_int_equal(sgw_index_add(&index, hash, i), SMIMEGW_OK);
        if (i >= 10) {
            size_t old = i - 10;
            sgw_index_remove(&index, sgw_index_hash(&index, &old, sizeof(old)), old);
        }
    }
    for (size_t i = 99990; i < 100000; i++)
        assert_true(has(&index, sgw_index_hash(&index, &i, sizeof(i)), i));
    assert_true(index.room <= 64);
    sgw_index_clear(&index);
}

static void two_indexes_hash_apart(void **state)
{
    (void)state;
    struct sgw_index one;
    struct sgw_index two;
    assert_int_equal(sgw_index_init(&one), SMIMEGW_OK);
    assert_int_equal(sgw_index_init(&two), SMIMEGW_OK);
    assert_true(sgw_index_hash(&one, "a", 1) != sgw_index_hash(&two, "a", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_siphash),
        cmocka_unit_test(numbers_are_found_again),
        cmocka_unit_test(removing_leaves_room),
        cmocka_unit_test(two_indexes_hash_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
