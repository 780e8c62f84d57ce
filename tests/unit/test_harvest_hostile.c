/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AC-142: a store that does something wrong at one of its calls while a message's key is
 * harvested, or profiles are loaded: an error and nothing kept, or what an honest store gives.
 */
#include <pthread.h>
#include <semaphore.h>

#include "harvest_scene.h"
#include "harvest_villain.h"
#include "store/store_digest.h"

#define BOB "bob@example.com"
enum { FULL = 65536, MORE = 4000, MANY = 10000 };

static struct smimegw_cert *old_cert;
static struct smimegw_cert *new_cert;
static struct smimegw_cert *pattern;

static void fill(void)
{
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_WRITE);
    int64_t bytes = 0;
    for (size_t i = 0; bytes < FULL + MORE; i++) {
        char name[32];
        struct smimegw_cert *cert = number_cert(pattern, i, i);
        struct smimegw_record record = {.size = sizeof(record),
                                        .kind = SMIMEGW_RECORD_HARVESTED,
                                        .grade = SMIMEGW_GRADE_HARVESTED,
                                        .name = name,
                                        .added = NOW - DAY + (int64_t)i};
        snprintf(name, sizeof(name), "filling %zu", i);
        record.data = smimegw_cert_der(cert, &record.data_size);
        assert_int_equal(smimegw_transaction_put(transaction, &record, 0, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_transaction_measure(transaction, SMIMEGW_RECORD_HARVESTED,
                                                     NULL, &bytes, NULL),
                         SMIMEGW_OK);
        smimegw_cert_unref(cert);
    }
    const struct smimegw_record alert = {.size = sizeof(alert),
                                         .kind = SMIMEGW_RECORD_ALERT,
                                         .name = "an old alert",
                                         .data = "{}",
                                         .data_size = 2,
                                         .added = 1,
                                         .used = 2};
    assert_int_equal(smimegw_transaction_put(transaction, &alert, 0, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_transaction_commit(transaction, NULL), SMIMEGW_OK);
}

static int set_up_bad(void **state)
{
    set_up(state);
    POLICY("harvest-updated", "yes", );
    if (old_cert == NULL) {
        old_cert = certify(BOB, "CA 1");
        new_cert = certify(BOB, "CA 1");
        pattern = certify_pattern("CA 1");
    }
    smimegw_store_unref(the.store);
    memset(&bad, 0, sizeof(bad));
    assert_int_equal(smimegw_store_new_memory(&bad.inner, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_store_new(&functions, NULL, &the.store, NULL), SMIMEGW_OK);
    smimegw_harvester_unref(the.harvester);
    the.harvester = make_harvester("size-limit", "64K");
    EXPECT(SIGNED(old_cert, BOB, NOW), NOW, STORED, BY_POLICY);
    fill();
    restart("size-limit", "64K");
    return 0;
}

static int tear_down_bad(void **state)
{
    tear_down(state);
    smimegw_store_unref(bad.inner);
    return 0;
}

/* An update makes an alert where one update is too many. */
static int update(struct smimegw_error **error)
{
    struct smimegw_harvest *harvest = NULL;
    struct letter letter = SIGNED(new_cert, BOB, NOW + 5);
    struct smimegw_verdict *verdict = make_verdict(&letter);
    the.alerts = 0;
    bad.calls = 0;
    memset(bad.order, 0, sizeof(bad.order));
    bad.is_done = false;
    bad.has_spoiled = false;
    int ret = smimegw_harvester_take(the.harvester, the.policy, verdict, NULL, NOW + 10,
                                     &harvest, error);
    assert_true(ret == SMIMEGW_OK || (harvest == NULL && the.alerts == 0));
    smimegw_harvest_free(harvest);
    smimegw_verdict_unref(verdict);
    return ret;
}

static void start_anew(void **state)
{
    tear_down_bad(state);
    set_up_bad(state);
}

static const struct crime crimes[] = {
    {"returns 0", "bEgfeoprm", .result = 0, .ret = SMIMEGW_E_STORE},
    {"returns an odd number", "bEgfeoprm", .result = -12345, .ret = SMIMEGW_E_STORE},
    {"is busy", "bEgfeoprm", .result = SMIMEGW_STORE_BUSY, .ret = SMIMEGW_E_STORE},
    {"has no memory", "bEgfeoprm", .result = SMIMEGW_STORE_NOMEM, .ret = SMIMEGW_E_NOMEM},
    {"NULL", "feo", DONE, .times = -1, .ret = SMIMEGW_E_STORE},
    {"garbage", "fe", DONE, spoil_data, .ret = SMIMEGW_E_STORE},
    {"cut", "f", DONE, spoil_size, .ret = SMIMEGW_E_STORE},
    {"no data", "feo", DONE, spoil_pointer, .ret = SMIMEGW_E_STORE},
    {"a bad name", "feo", DONE, spoil_name, .ret = SMIMEGW_E_STORE},
    {"a bad kind", "feo", DONE, spoil_kind, .ret = SMIMEGW_E_STORE},
    {"a bad grade", "feo", DONE, spoil_grade, .ret = SMIMEGW_E_STORE},
    {"a bad time", "feo", DONE, spoil_time, .ret = SMIMEGW_E_STORE},
    {"no size", "feo", DONE, spoil_struct, .ret = SMIMEGW_E_STORE},
    {"another's", "f", DONE, spoil_owner, .ret = SMIMEGW_E_STORE},
    {"twice", "fe", DONE, .times = 2, .ret = SMIMEGW_E_STORE},
    {"ten thousand", "fe", DONE, .times = MANY, .ret = SMIMEGW_E_STORE},
    {"nothing", "gfo", DONE, .is_silent = true, .is_unknown = true},
    {"removes nothing", "r", DONE, .is_unknown = true},
    {"puts nothing", "p", DONE, .is_unknown = true},
    {"no numbers", "m", DONE, .is_silent = true, .ret = SMIMEGW_E_STORE},
    {"too large", "m", DONE, .number = INT64_MAX, .is_unknown = true},
    {"negative", "m", DONE, .number = -1, .ret = SMIMEGW_E_STORE},
    {"always too large", "m", DONE, .number = INT64_MAX, .is_steady = true,
     .is_unknown = true},
    {"never removes", "r", DONE, .is_steady = true, .is_unknown = true},
};

/* At the call whose place in an honest run is given. */
static void commit_crime(void **state, const struct crime *crime, int at, bool is_unknown,
                         const uint64_t digests[2])
{
    uint64_t before = digests[0];
    uint64_t after = digests[1];
    struct smimegw_error *error = NULL;
    bad.at = at + 1;
    bad.crime = crime;
    int ret = update(&error);
    bad.crime = NULL;
    assert_true(bad.is_done);
    uint64_t digest = store_digest(bad.inner);
    bool is_right = ret == crime->ret && digest == (ret == SMIMEGW_OK ? after : before);
    /* there was nothing that it could be done to */
    bool is_idle =
        crime->result == DONE && !bad.has_spoiled && strchr("gfeo", bad.order[at]) != NULL;
    if (is_unknown || is_idle)
        is_right = ret == SMIMEGW_OK || (ret == SMIMEGW_E_STORE && digest == before);
    if (!is_right)
        fail_msg("%s at call %d: %d, %s", crime->name, at, ret, smimegw_error_text(error));
    smimegw_error_free(error);
    if (ret == SMIMEGW_OK)
        start_anew(state);
}

/* One of many removals, and neither the first nor the last. */
static bool is_within_row(const char *order, int at)
{
    return at >= 4 && order[at] == order[at - 2] && order[at] == order[at - 4] &&
           order[at] == order[at + 2];
}

static void one_wrong_call(void **state)
{
    char order[ORDER_MOST];
    uint64_t digests[2] = {store_digest(bad.inner), 0};
    assert_int_equal(update(NULL), SMIMEGW_OK);
    digests[1] = store_digest(bad.inner);
    assert_true(digests[0] != digests[1]);
    strcpy(order, bad.order);
    for (const char *letter = "bfgpromE"; *letter != '\0'; letter++)
        assert_non_null(strchr(order, *letter));
    start_anew(state);
    assert_true(store_digest(bad.inner) == digests[0]);
    for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++)
        for (int at = 0; at < (int)strlen(order); at++) {
            /* how a transaction ends that only read, and keys that are only counted before
             * one is put, make no difference */
            bool is_no_matter =
                order[at] == 'E'
                    ? order[at + 1] != '\0'
                    : crimes[i].result == DONE && order[at] == 'f' && order[at + 1] == 'p';
            bool is_unknown = crimes[i].is_unknown || is_no_matter;
            if (strchr(crimes[i].functions, order[at]) != NULL && !is_within_row(order, at))
                commit_crime(state, &crimes[i], at, is_unknown, digests);
        }
    /* and the same message is taken when the store is an honest one */
    assert_int_equal(update(NULL), SMIMEGW_OK);
    assert_true(store_digest(bad.inner) == digests[1]);
}

/* Room for what nobody uses is reckoned from what the store says. */
static void room_is_reckoned_safely(void **state)
{
    static const struct crime huge = {"too large", "m", DONE, .number = INT64_MAX,
                                      .is_steady = true};
    struct smimegw_cert *cert = certify("eve@example.com", "CA 1");
    struct letter letter = SIGNED(cert, "eve@example.com", NOW);
    (void)state;
    POLICY("harvest-on-failure", "yes", );
    letter.reason = SMIMEGW_REASON_CERT_UNTRUSTED;
    bad.crime = &huge;
    EXPECT(letter, NOW, REFUSED, LIMIT);
    bad.crime = NULL;
    smimegw_cert_unref(cert);
}

/* --- profiles ------------------------------------------------------------------------------
 */

#define PROFILES "# smimegw profiles 1\n\n"

static void put_profile(const char *name, const char *text)
{
    const struct smimegw_record record = {.size = sizeof(record),
                                          .kind = SMIMEGW_RECORD_PROFILE,
                                          .name = name,
                                          .data = text,
                                          .data_size = strlen(text)};
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(smimegw_transaction_put(transaction, &record, 0, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_transaction_commit(transaction, NULL), SMIMEGW_OK);
}

/* All of them, or none. */
static void profiles_are_whole(void **state)
{
    int tried = 0;
    (void)state;
    put_profile("one", PROFILES "[one]\nmode = sign\n");
    put_profile("two", PROFILES "[two]\nmode = encrypt\n");
    for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++) {
        struct crime crime = crimes[i];
        struct smimegw_profiles *profiles;
        if (strchr(crime.functions, 'e') == NULL)
            continue;
        struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_READ);
        crime.is_steady = true;
        assert_int_equal(smimegw_profiles_new(&profiles, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_profiles_load(profiles, transaction, 0, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_profiles_count(profiles), 2);
        smimegw_profiles_free(profiles);
        assert_int_equal(smimegw_profiles_new(&profiles, NULL), SMIMEGW_OK);
        bad.crime = &crime;
        int ret = smimegw_profiles_load(profiles, transaction, 0, NULL);
        bad.crime = NULL;
        if (ret != crime.ret || smimegw_profiles_count(profiles) != 0)
            fail_msg("%s: %d", crime.name, ret);
        tried++;
        smimegw_profiles_free(profiles);
        smimegw_transaction_rollback(transaction);
    }
    assert_true(tried > 10);
}

/* --- meanwhile -----------------------------------------------------------------------------
 */

static sem_t gate;
static sem_t arrived;

static void wait_at_gate(void)
{
    sem_post(&arrived);
    sem_wait(&gate);
}

static void *harvest_slowly(void *data)
{
    int *ret = data;
    *ret = update(NULL);
    return NULL;
}

/* While one waits for the store, others read from it, and harvest elsewhere. */
static void slow_ones_stop_nobody(void **state)
{
    pthread_t thread;
    int ret = 1;
    struct smimegw_store *elsewhere;
    struct smimegw_harvester *harvester;
    struct letter letter = SIGNED(old_cert, BOB, NOW);
    (void)state;
    assert_int_equal(smimegw_store_new_memory(&elsewhere, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_harvester_new(elsewhere, &harvester, NULL), SMIMEGW_OK);
    sem_init(&gate, 0, 0);
    sem_init(&arrived, 0, 0);
    bad.meanwhile = wait_at_gate;
    assert_int_equal(pthread_create(&thread, NULL, harvest_slowly, &ret), 0);
    sem_wait(&arrived);
    assert_true(count_of(SMIMEGW_RECORD_HARVESTED, NULL) > 50);
    assert_int_equal(take_by(harvester, &letter, NOW), SMIMEGW_HARVEST_STORED);
    for (int i = 0; i < 100; i++)
        sem_post(&gate);
    pthread_join(thread, NULL);
    assert_int_equal(ret, SMIMEGW_OK);
    smimegw_harvester_unref(harvester);
    smimegw_store_unref(elsewhere);
    sem_destroy(&gate);
    sem_destroy(&arrived);
}

static struct smimegw_verdict *another;
static int again[3]; /* by what it returned: done, busy, anything else */

static void harvest_another(void)
{
    int ret =
        smimegw_harvester_take(the.harvester, the.policy, another, NULL, NOW, NULL, NULL);
    again[ret == SMIMEGW_OK ? 0 : ret == SMIMEGW_E_STORE ? 1 : 2]++;
}

/* The store's function harvests: as if another thread did, which has to wait for its turn. */
static void callers_back_wait_for_their_turn(void **state)
{
    struct smimegw_cert *cert = number_cert(pattern, 5000, 5000);
    struct letter letter = SIGNED(cert, "user0005000@flood.example", NOW);
    (void)state;
    another = make_verdict(&letter);
    memset(again, 0, sizeof(again));
    bad.meanwhile = harvest_another;
    assert_int_equal(update(NULL), SMIMEGW_OK);
    bad.meanwhile = NULL;
    assert_true(again[0] > 0 && again[2] == 0);
    assert_int_equal(find_key("user0005000@flood.example", cert).usable, 1);
    assert_int_equal(find_key(BOB, new_cert).usable, 1);
    smimegw_verdict_unref(another);
    smimegw_cert_unref(cert);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_bad, tear_down_bad)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_wrong_call),
        TEST(room_is_reckoned_safely),
        TEST(profiles_are_whole),
        TEST(slow_ones_stop_nobody),
        TEST(callers_back_wait_for_their_turn),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    smimegw_cert_unref(old_cert);
    smimegw_cert_unref(new_cert);
    smimegw_cert_unref(pattern);
    free_keys();
    return failed;
}
