/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections are lost, servers die and hang: a failure for now, and nothing that was
 * committed is lost. */
#include <signal.h>
#include <time.h>

#include "postgres/proxy.h"

static int open_short(void **state)
{
    wipe_store();
    *state = open_with((const char *const[]){"create", "yes", "timeout-ms", "500", NULL});
    return 0;
}

static int open_usual(void **state)
{
    wipe_store();
    *state = open_store();
    return 0;
}

static int close_store(void **state)
{
    smimegw_store_unref(*state);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int code_of_begin(struct smimegw_store *store, int mode)
{
    struct smimegw_transaction *transaction = NULL;
    int ret = smimegw_transaction_new(store, mode, &transaction, NULL);
    smimegw_transaction_rollback(transaction);
    return ret;
}

/* --- the server goes away ------------------------------------------------------------------
 */

static void what_was_idle_heals_unseen(void **state)
{
    assert_int_equal(put_alert(*state, "one"), SMIMEGW_OK);
    tell_server("kill");
    tell_server("start");
    assert_int_equal(put_alert(*state, "two"), SMIMEGW_OK);
    run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'smimegw'",
            NULL, 0);
    expect_alerts(*state, "one two ");
}

static void what_is_under_way_fails_for_now(void **state)
{
    const struct smimegw_record record = text_record(SMIMEGW_RECORD_ALERT, "lost", "{}");
    assert_int_equal(put_alert(*state, "kept"), SMIMEGW_OK);
    struct smimegw_transaction *reader = begin(*state, SMIMEGW_TRANSACTION_READ);
    struct smimegw_transaction *writer = begin(*state, SMIMEGW_TRANSACTION_WRITE);
    put(writer, &record);
    tell_server("kill");
    tell_server("start");
    struct names names = {0};
    assert_int_equal(code_of_put(writer, &record, SMIMEGW_KEYRING_REPLACE), SMIMEGW_E_STORE);
    assert_int_equal(smimegw_transaction_commit(writer, NULL), SMIMEGW_E_STORE);
    assert_int_equal(
        smimegw_transaction_each(reader, SMIMEGW_RECORD_ALERT, NULL, take_name, &names, NULL),
        SMIMEGW_E_STORE);
    assert_int_equal(names.count, 0);
    smimegw_transaction_rollback(reader);
    expect_alerts(*state, "kept ");
    assert_int_equal(put_alert(*state, "later"), SMIMEGW_OK);
}

static void a_server_that_is_down_is_no_empty_store(void **state)
{
    struct smimegw_store *other = NULL;
    struct smimegw_error *error = NULL;
    assert_int_equal(put_alert(*state, "one"), SMIMEGW_OK);
    tell_server("stop");
    assert_int_equal(code_of_begin(*state, SMIMEGW_TRANSACTION_READ), SMIMEGW_E_STORE);
    assert_int_equal(code_of_begin(*state, SMIMEGW_TRANSACTION_WRITE), SMIMEGW_E_STORE);
    assert_int_equal(smimegw_postgres_open(here, NULL, &other, &error), SMIMEGW_E_STORE);
    assert_non_null(strstr(smimegw_error_text(error), "PostgreSQL: connecting: "));
    smimegw_error_free(error);
    tell_server("start");
    expect_alerts(*state, "one ");
}

static void nobody_waits_for_a_server_that_hangs(void **state)
{
    const struct smimegw_record record = text_record(SMIMEGW_RECORD_ALERT, "two", "{}");
    assert_int_equal(put_alert(*state, "one"), SMIMEGW_OK);
    struct smimegw_transaction *writer = begin(*state, SMIMEGW_TRANSACTION_WRITE);
    put(writer, &record);
    tell_server("pause");
    int64_t start = now_ms();
    int code = code_of_begin(*state, SMIMEGW_TRANSACTION_READ);
    int commit_code = smimegw_transaction_commit(writer, NULL);
    int64_t time = now_ms() - start;
    tell_server("resume");
    assert_int_equal(code, SMIMEGW_E_STORE);
    assert_int_equal(commit_code, SMIMEGW_E_STORE);
    assert_in_range(time, 1000, 20000);
    assert_int_equal(put_alert(*state, "three"), SMIMEGW_OK);
}

/* --- the answer to a commit ----------------------------------------------------------------
 */

struct lost_commit {
    int mode;
    int code;
    const char *names;
};

static void a_commit_is_kept_or_it_failed(void **state)
{
    static const struct lost_commit rows[] = {
        {PROXY_PASS, SMIMEGW_OK, "new old "},
        {PROXY_LOSE_ANSWER, SMIMEGW_OK, "new old "},
        {PROXY_LOSE_COMMIT, SMIMEGW_E_STORE, "old "},
        /* nobody knows in time; it can't be kept here, for the server never had it */
        {PROXY_SWALLOW_COMMIT, SMIMEGW_E_STORE, "old "},
    };
    struct proxy *proxy = proxy_start();
    char place[120];
    (void)state;
    snprintf(place, sizeof(place), "dbname=postgres host=%s", proxy->folder);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smimegw_store *store = NULL;
        struct smimegw_error *error = NULL;
        const char *const settings[] = {"create", "yes", "timeout-ms", "300", NULL};
        wipe_store();
        need(smimegw_postgres_open(place, settings, &store, &error), error, "open");
        assert_int_equal(put_alert(store, "old"), SMIMEGW_OK);
        __atomic_store_n(&proxy->mode, rows[i].mode, __ATOMIC_SEQ_CST);
        int code = put_alert(store, "new");
        if (code != rows[i].code)
            fail_msg("case %zu: %d", i, code);
        expect_alerts(store, rows[i].names);
        smimegw_store_unref(store);
    }
    proxy_stop(proxy);
}

/* --- in the middle of writes ---------------------------------------------------------------
 */

enum { THREADS = 8, KILLS = 6, RUN_MS = 400, NAMES_MOST = 20000 };

struct writer {
    struct smimegw_store *store;
    int number;
    int *is_over;
    int count; /* that were tried */
    char is_kept[NAMES_MOST];
};

/* Two records that belong together. */
static int put_pair(struct smimegw_store *store, const char *name)
{
    struct smimegw_transaction *transaction;
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL);
    if (ret < 0)
        return ret;
    const struct smimegw_record one = text_record(SMIMEGW_RECORD_PROFILE, name, "one");
    const struct smimegw_record two = text_record(SMIMEGW_RECORD_POLICY, name, "two");
    ret = smimegw_transaction_put(transaction, &one, 0, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_put(transaction, &two, 0, NULL);
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, NULL);
    smimegw_transaction_rollback(transaction);
    return ret;
}

static void *write_pairs(void *userdata)
{
    struct writer *writer = userdata;
    while (!__atomic_load_n(writer->is_over, __ATOMIC_SEQ_CST) && writer->count < NAMES_MOST) {
        char name[32];
        snprintf(name, sizeof(name), "%d of %d", writer->count, writer->number);
        int is_kept = put_pair(writer->store, name) == SMIMEGW_OK;
        writer->is_kept[writer->count++] = (char)is_kept;
        /* a server that is down says so at once */
        if (!is_kept)
            usleep(10000);
    }
    return NULL;
}

static int take_pair(void *userdata, const struct smimegw_record *record)
{
    struct writer *writers = userdata;
    int name = 0;
    int number = 0;
    assert_int_equal(sscanf(record->name, "%d of %d", &name, &number), 2);
    if (!writers[number].is_kept[name])
        fail_msg("%s is there, but its commit failed", record->name);
    return 0;
}

/* What commits returned is what is there, each half of each pair. */
static void check_pairs(struct smimegw_store *store, struct writer *writers)
{
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    int64_t kept = 0;
    int64_t tried = 0;
    for (int i = 0; i < THREADS; i++) {
        tried += writers[i].count;
        for (int j = 0; j < writers[i].count; j++)
            kept += writers[i].is_kept[j];
    }
    for (int kind = SMIMEGW_RECORD_PROFILE; kind <= SMIMEGW_RECORD_POLICY; kind++) {
        int64_t count;
        assert_int_equal(
            smimegw_transaction_each(transaction, kind, NULL, take_pair, writers, NULL),
            SMIMEGW_OK);
        assert_int_equal(smimegw_transaction_measure(transaction, kind, &count, NULL, NULL),
                         SMIMEGW_OK);
        assert_int_equal(count, kept);
    }
    commit(transaction);
    assert_int_equal(number_of("SELECT count(*) FROM smimegw.records"), 2 * kept);
    print_message("# %d kills: %d of %d commits kept\n", KILLS, (int)kept, (int)tried);
    assert_true(kept > KILLS && kept < tried);
}

static void nothing_committed_is_lost(void **state)
{
    static struct writer writers[THREADS];
    pthread_t threads[THREADS];
    int is_over = 0;
    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){.store = *state, .number = i, .is_over = &is_over};
        assert_int_equal(pthread_create(&threads[i], NULL, write_pairs, &writers[i]), 0);
    }
    for (int i = 0; i < KILLS; i++) {
        usleep((RUN_MS + 37 * (useconds_t)i) * 1000);
        tell_server("kill");
        tell_server("start");
    }
    __atomic_store_n(&is_over, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    check_pairs(*state, writers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_idle_heals_unseen, open_usual, close_store),
        cmocka_unit_test_setup_teardown(what_is_under_way_fails_for_now, open_usual,
                                        close_store),
        cmocka_unit_test_setup_teardown(a_server_that_is_down_is_no_empty_store, open_usual,
                                        close_store),
        cmocka_unit_test_setup_teardown(nobody_waits_for_a_server_that_hangs, open_short,
                                        close_store),
        cmocka_unit_test(a_commit_is_kept_or_it_failed),
        cmocka_unit_test_setup_teardown(nothing_committed_is_lost, open_usual, close_store),
    };
    /* the host did nothing about it */
    signal(SIGPIPE, SIG_DFL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
