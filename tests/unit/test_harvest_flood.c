/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C37, AC-138: a store of keys that are used, and a flood of those that nobody asked for.
 * SMIMEGW_FLOOD=1000000 measures the whole of it against the default of 512 MB.
 */
#include <time.h>

#include "harvest_scene.h"

enum { USED = 10, LIMIT = 1 << 20 };

static void pour(const struct smimegw_cert *first, size_t from, size_t count, int64_t time)
{
    for (size_t i = from; i < from + count; i++) {
        char address[40];
        struct smimegw_cert *cert = number_cert(first, i, 0);
        number_address(i, address);
        EXPECT(SIGNED(cert, address, time), time, STORED, BY_POLICY);
        smimegw_cert_unref(cert);
    }
}

static void c37_unused_ones_go_first(void **state)
{
    (void)state;
    int64_t bytes;
    char used[USED][64];
    struct smimegw_cert *first = certify_pattern("CA 1");
    struct smimegw_cert *pinned = certify("boss@example.com", "CA 1");
    restart("size-limit", "1M");
    add_administrators("boss", pinned);
    for (int i = 0; i < USED; i++) {
        snprintf(used[i], sizeof(used[i]), "friend%d@example.com", i);
        struct smimegw_cert *cert = certify(used[i], "CA 1");
        EXPECT(SIGNED(cert, used[i], NOW - DAY), NOW - DAY, STORED, BY_POLICY);
        use_key(the.name, NOW - DAY + i);
        smimegw_cert_unref(cert);
    }
    for (size_t i = 0; i < 20; i++) {
        pour(first, i * 1000, 1000, NOW + (int64_t)i);
        int64_t count = count_of(SMIMEGW_RECORD_HARVESTED, &bytes);
        assert_true(bytes <= LIMIT && count > 100);
    }
    for (int i = 0; i < USED; i++)
        assert_int_equal(find_key(used[i], NULL).count, 1);
    assert_int_equal(find_key("boss@example.com", pinned).count, 1);
    assert_int_equal(find_key("user0000000@flood.example", NULL).count, 0);
    assert_int_equal(find_key("user0019999@flood.example", NULL).count, 1);
    /* also a month later, when they are no longer in use: what never was goes first */
    pour(first, 20000, 1000, NOW + 40 * (int64_t)DAY);
    for (int i = 0; i < USED; i++)
        assert_int_equal(find_key(used[i], NULL).count, 1);
    smimegw_cert_unref(first);
    smimegw_cert_unref(pinned);
}

/* What nobody uses has no right to the room of others. */
static void untrusted_ones_push_out_nobody(void **state)
{
    (void)state;
    size_t refused = 0;
    struct smimegw_cert *first = certify_pattern("CA 1");
    restart("size-limit", "64K");
    POLICY("harvest-on-failure", "yes", );
    pour(first, 0, 10, NOW);
    for (size_t i = 100; i < 300; i++) {
        char address[40];
        struct smimegw_cert *cert = number_cert(first, i, 0);
        number_address(i, address);
        struct letter letter = SIGNED(cert, address, NOW + 1);
        letter.reason = SMIMEGW_REASON_CERT_UNTRUSTED;
        if (take_by(the.harvester, &letter, NOW + 1) == SMIMEGW_HARVEST_REFUSED) {
            assert_int_equal(the.reason, SMIMEGW_HARVEST_LIMIT);
            refused++;
        }
        smimegw_cert_unref(cert);
    }
    assert_true(refused > 100 && refused < 200);
    assert_int_equal(find_key("user0000000@flood.example", NULL).usable, 1);
    smimegw_cert_unref(first);
}

/* Time for each of two halves: it grows with the logarithm, or not at all. */
static void ac138_flood(void **state)
{
    (void)state;
    const char *text = getenv("SMIMEGW_FLOOD");
    size_t count = text != NULL ? strtoul(text, NULL, 10) : 4000;
    struct smimegw_cert *first = certify_pattern("CA 1");
    int64_t bytes;
    restart("size-limit", text != NULL ? "512M" : "256K");
    for (size_t part = 0; part < 4; part++) {
        struct timespec from;
        struct timespec to;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        pour(first, part * (count / 4), count / 4, NOW + (int64_t)part);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        int64_t kept = count_of(SMIMEGW_RECORD_HARVESTED, &bytes);
        printf("# %zu addresses: %.1f us each, %lld kept in %lld bytes\n",
               (part + 1) * (count / 4),
               ((double)(to.tv_sec - from.tv_sec) * 1e6 +
                (double)(to.tv_nsec - from.tv_nsec) / 1e3) /
                   (double)(count / 4),
               (long long)kept, (long long)bytes);
        assert_true(bytes <= (text != NULL ? 512 << 20 : 256 << 10));
    }
    smimegw_cert_unref(first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(c37_unused_ones_go_first),
        TEST(untrusted_ones_push_out_nobody),
        TEST(ac138_flood),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free_keys();
    return failed;
}
