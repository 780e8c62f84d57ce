/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C37, AC-138: what goes from a full store, how much is looked at for it, and what mail
 * without news costs. */
#include "gateway/store/store_impl.h"
#include "harvest_scene.h"

/* Counts what is asked of the store; the.store is the memory's own. */
static struct {
    struct smimegw_store_functions inner;
    size_t writers;
    size_t puts;
    size_t seen;
    int64_t bytes; /* that measure tells; 0: the truth */
} watch;

static int watch_begin(void *userdata, int mode, void **ret_session)
{
    watch.writers += mode == SMIMEGW_TRANSACTION_WRITE;
    return watch.inner.begin(userdata, mode, ret_session);
}

static int watch_put(void *userdata, void *session, const struct smimegw_record *record)
{
    watch.puts++;
    return watch.inner.put(userdata, session, record);
}

struct counting {
    smimegw_record_fn take;
    void *userdata;
};

static int count_record(void *userdata, const struct smimegw_record *record)
{
    const struct counting *counting = userdata;
    watch.seen++;
    return counting->take(counting->userdata, record);
}

static int watch_oldest(void *userdata, void *session, int kind, smimegw_record_fn take,
                        void *take_userdata)
{
    struct counting counting = {take, take_userdata};
    return watch.inner.oldest(userdata, session, kind, count_record, &counting);
}

static int watch_measure(void *userdata, void *session, int kind, int64_t *ret_count,
                         int64_t *ret_bytes)
{
    int ret = watch.inner.measure(userdata, session, kind, ret_count, ret_bytes);
    if (kind == SMIMEGW_RECORD_HARVESTED && watch.bytes != 0)
        *ret_bytes = watch.bytes;
    return ret;
}

static void start_watch(int64_t bytes)
{
    watch.writers = watch.puts = watch.seen = 0;
    watch.bytes = bytes;
    watch.inner = the.store->functions;
    the.store->functions.begin = watch_begin;
    the.store->functions.put = watch_put;
    the.store->functions.oldest = watch_oldest;
    the.store->functions.measure = watch_measure;
}

static void end_watch(void)
{
    the.store->functions = watch.inner;
}

/* --- filling -------------------------------------------------------------------------------
 */

static int take_number(const struct smimegw_cert *pattern, size_t number, int64_t time,
                       int reason)
{
    char address[40];
    struct smimegw_cert *cert = number_cert(pattern, number, number);
    number_address(number, address);
    struct letter letter = SIGNED(cert, address, time);
    letter.reason = reason;
    int outcome = take_by(the.harvester, &letter, time);
    smimegw_cert_unref(cert);
    return outcome;
}

static bool has_number(size_t number)
{
    char address[40];
    number_address(number, address);
    return find_key(address, NULL).count == 1;
}

static size_t count_numbers(size_t from, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += has_number(from + i);
    return found;
}

/* Until there is no room for one more that nobody asked for. */
static size_t fill_untrusted(const struct smimegw_cert *pattern, size_t from, int64_t time)
{
    size_t count = 0;
    while (take_number(pattern, from + count, time, SMIMEGW_REASON_CERT_UNTRUSTED) ==
           SMIMEGW_HARVEST_UNTRUSTED)
        count++;
    assert_int_equal(the.reason, SMIMEGW_HARVEST_LIMIT);
    return count;
}

/* --- tests ---------------------------------------------------------------------------------
 */

static void worthless_ones_go_first(void **state)
{
    (void)state;
    enum { FRIENDS = 5, NEW = 12 };
    struct smimegw_cert *pattern = certify_pattern("CA 1");
    struct smimegw_cert *boss = certify("boss@example.com", "CA 1");
    struct smimegw_cert *thief = certify("boss@example.com", "CA 2");
    restart("size-limit", "64K");
    POLICY("harvest-on-failure", "yes", );
    for (size_t i = 0; i < FRIENDS; i++)
        assert_int_equal(take_number(pattern, i, NOW, 0), SMIMEGW_HARVEST_STORED);
    EXPECT(SIGNED(boss, "boss@example.com", NOW), NOW, STORED, BY_POLICY);
    size_t junk = fill_untrusted(pattern, 1000, NOW + 1);
    assert_true(junk > 20);
    /* one that is held has its place all the same */
    EXPECT(SIGNED(thief, "boss@example.com", NOW + 2), NOW + 2, HELD, NEW_ISSUER);
    for (size_t i = 0; i < NEW; i++)
        assert_int_equal(take_number(pattern, 100 + i, NOW + 3, 0), SMIMEGW_HARVEST_STORED);
    assert_int_equal(count_numbers(0, FRIENDS), FRIENDS);
    assert_int_equal(count_numbers(100, NEW), NEW);
    assert_int_equal(find_key("boss@example.com", thief).grade, SMIMEGW_GRADE_HELD);
    assert_true(count_numbers(1000, junk) <= junk - NEW);
    /* many more: all that is worth less goes, and then the oldest */
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(take_number(pattern, 200 + i, NOW + 4, 0), SMIMEGW_HARVEST_STORED);
    assert_int_equal(count_numbers(1000, junk), 0);
    assert_int_equal(find_key("boss@example.com", thief).count, 0);
    assert_int_equal(count_numbers(0, FRIENDS), 0);
    smimegw_cert_unref(pattern);
    smimegw_cert_unref(boss);
    smimegw_cert_unref(thief);
}

/* What becomes of use is not where it was put: under another name. */
static void an_untrusted_one_that_passes(void **state)
{
    (void)state;
    struct smimegw_cert *pattern = certify_pattern("CA 1");
    POLICY("harvest-on-failure", "yes", );
    take_number(pattern, 1, NOW, SMIMEGW_REASON_CERT_UNTRUSTED);
    assert_int_equal(strncmp(the.name, "untrusted user", 14), 0);
    assert_int_equal(take_number(pattern, 1, NOW, 0), SMIMEGW_HARVEST_STORED);
    assert_int_equal(strncmp(the.name, "user", 4), 0);
    assert_int_equal(count_of(SMIMEGW_RECORD_HARVESTED, NULL), 1);
    smimegw_cert_unref(pattern);
}

/* The store is full of keys that were used today. */
static size_t fill_used(const struct smimegw_cert *pattern)
{
    size_t count = 0;
    while (take_number(pattern, count, NOW + (int64_t)count, 0) == SMIMEGW_HARVEST_STORED) {
        use_key(the.name, NOW + (int64_t)count);
        count++;
    }
    assert_int_equal(the.reason, SMIMEGW_HARVEST_LIMIT);
    return count;
}

static void those_in_use_never_go(void **state)
{
    (void)state;
    struct smimegw_cert *pattern = certify_pattern("CA 1");
    struct smimegw_cert *renewed = number_cert(pattern, 0, 5000);
    char address[40];
    restart("size-limit", "256K");
    size_t count = fill_used(pattern);
    assert_true(count > 100);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(take_number(pattern, 10000 + i, NOW + DAY, 0),
                         SMIMEGW_HARVEST_REFUSED);
    assert_int_equal(count_numbers(0, count), count);
    /* an update takes the room of what it replaces */
    POLICY("harvest-updated", "yes", );
    number_address(0, address);
    EXPECT(SIGNED(renewed, address, NOW + DAY), NOW + DAY, UPDATED, BY_POLICY);
    /* no longer in use, the first ones go, and no more than have to */
    assert_int_equal(take_number(pattern, 10000, NOW + 30 * (int64_t)DAY + 10, 0),
                     SMIMEGW_HARVEST_STORED);
    size_t left = count_numbers(0, count);
    assert_true(left < count && left >= count - 10);
    assert_int_equal(has_number(0), true);
    assert_int_equal(has_number(1), false);
    smimegw_cert_unref(renewed);
    smimegw_cert_unref(pattern);
}

/* However many are in use, few are looked at. */
static void a_bounded_look(void **state)
{
    (void)state;
    enum { MANY = 5000, BOUND = 3 * 1024 };
    struct smimegw_cert *pattern = certify_pattern("CA 1");
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_WRITE);
    for (size_t i = 0; i < MANY; i++) {
        char name[32];
        struct smimegw_cert *cert = number_cert(pattern, i, i);
        struct smimegw_record record = {.size = sizeof(record),
                                        .kind = SMIMEGW_RECORD_HARVESTED,
                                        .grade = SMIMEGW_GRADE_CHAIN,
                                        .name = name,
                                        .added = NOW - 20 * (int64_t)DAY,
                                        .used = NOW - 10 * (int64_t)DAY};
        snprintf(name, sizeof(name), "%zu", i);
        record.data = smimegw_cert_der(cert, &record.data_size);
        assert_int_equal(smimegw_transaction_put(transaction, &record, 0, NULL), SMIMEGW_OK);
        smimegw_cert_unref(cert);
    }
    assert_int_equal(smimegw_transaction_commit(transaction, NULL), SMIMEGW_OK);
    restart("size-limit", "64K");
    start_watch(0);
    assert_int_equal(take_number(pattern, MANY, NOW, 0), SMIMEGW_HARVEST_REFUSED);
    assert_int_equal(the.reason, SMIMEGW_HARVEST_LIMIT);
    assert_true(watch.seen > 0 && watch.seen <= BOUND);
    assert_int_equal(watch.writers, 0);
    end_watch();
    assert_int_equal(count_of(SMIMEGW_RECORD_HARVESTED, NULL), MANY);
    smimegw_cert_unref(pattern);
}

/* A store whose measure is never content loses no more than a bounded number. */
static void measure_lies(void **state)
{
    (void)state;
    enum { MANY = 300, FRIENDS = 20 };
    static const int64_t sizes[] = {INT64_C(1) << 40, INT64_MAX};
    struct smimegw_cert *pattern = certify_pattern("CA 1");
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(take_number(pattern, i, NOW, 0), SMIMEGW_HARVEST_STORED);
        if (i < FRIENDS)
            use_key(the.name, NOW);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        start_watch(sizes[i]);
        take_number(pattern, MANY + i, NOW + 1, 0);
        end_watch();
        assert_int_equal(count_numbers(0, FRIENDS), FRIENDS);
        assert_true(count_of(SMIMEGW_RECORD_HARVESTED, NULL) >= MANY - 256);
    }
    smimegw_cert_unref(pattern);
}

/* The writers' lock is for news. */
static void mail_without_news_writes_nothing(void **state)
{
    (void)state;
    struct smimegw_cert *pattern = certify_pattern("CA 1");
    struct smimegw_cert *other = certify_pattern("CA 2");
    assert_int_equal(take_number(pattern, 1, NOW, 0), SMIMEGW_HARVEST_STORED);
    assert_int_equal(take_number(other, 1, NOW + 1, 0), SMIMEGW_HARVEST_HELD);
    start_watch(0);
    for (int i = 1; i < HOUR; i += 60) {
        assert_int_equal(take_number(pattern, 1, NOW + i, 0), SMIMEGW_HARVEST_KNOWN);
        assert_int_equal(the.reason, SMIMEGW_HARVEST_BY_POLICY);
        assert_int_equal(take_number(other, 1, NOW + 1 + i, 0), SMIMEGW_HARVEST_HELD);
    }
    /* replays, and what is refused */
    assert_int_equal(take_number(pattern, 1, NOW, 0), SMIMEGW_HARVEST_KNOWN);
    assert_int_equal(take_number(pattern, 2, NOW, SMIMEGW_REASON_DIGEST_MISMATCH),
                     SMIMEGW_HARVEST_REFUSED);
    assert_int_equal(watch.writers, 0);
    assert_int_equal(take_number(pattern, 1, NOW + HOUR, 0), SMIMEGW_HARVEST_KNOWN);
    assert_int_equal(watch.writers, 1);
    assert_int_equal(watch.puts, 1);
    end_watch();
    assert_int_equal(find_key("user0000001@flood.example", NULL).count, 2);
    smimegw_cert_unref(pattern);
    smimegw_cert_unref(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(worthless_ones_go_first),
        TEST(an_untrusted_one_that_passes),
        TEST(those_in_use_never_go),
        TEST(a_bounded_look),
        TEST(measure_lies),
        TEST(mail_without_news_writes_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free_keys();
    return failed;
}
