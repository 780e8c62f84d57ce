/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation in turn fails, ours and SQLite's: the call says so, nothing is changed, and
 * then it works. */
#include "support.h"

#include "base/alloc.h"

static long sqlite_successes = -1;
static bool sqlite_failed;
static sqlite3_mem_methods real;

static bool fails_now(void)
{
    if (sqlite_successes < 0 || sqlite_successes-- > 0)
        return false;
    sqlite_failed = true;
    return true;
}

static void *failing_malloc(int size)
{
    return fails_now() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *old, int size)
{
    return fails_now() ? NULL : real.xRealloc(old, size);
}

static int replace_allocator(void **state)
{
    (void)state;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK)
        return -1;
    sqlite3_mem_methods methods = real;
    methods.xMalloc = failing_malloc;
    methods.xRealloc = failing_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
           sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK;
}

static const char *const old_key = "old@example.com";

static int put_record(struct smimegw_store *store, const char *name,
                      struct smimegw_error **error)
{
    struct smimegw_transaction *transaction;
    const struct smimegw_record record =
        table_record(SMIMEGW_RECORD_ALERT, name, "{\"n\":1}", 7, NULL);
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, error);
    if (ret < 0)
        return ret;
    ret = smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_REPLACE, error);
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, error);
    smimegw_transaction_rollback(transaction);
    return ret;
}

static int count_records(void *userdata, const struct smimegw_record *record)
{
    (void)record;
    ++*(int *)userdata;
    return 0;
}

typedef int (*read_fn)(struct smimegw_transaction *transaction, int *count,
                       struct smimegw_error **error);

static int read_each(struct smimegw_transaction *transaction, int *count,
                     struct smimegw_error **error)
{
    return smimegw_transaction_each(transaction, SMIMEGW_RECORD_ALERT, NULL, count_records,
                                    count, error);
}

static int read_oldest(struct smimegw_transaction *transaction, int *count,
                       struct smimegw_error **error)
{
    return smimegw_transaction_oldest(transaction, SMIMEGW_RECORD_ALERT, count_records, count,
                                      error);
}

static int read_get(struct smimegw_transaction *transaction, int *count,
                    struct smimegw_error **error)
{
    return smimegw_transaction_get(transaction, SMIMEGW_RECORD_ALERT, old_key, count_records,
                                   count, error);
}

static int read_find(struct smimegw_transaction *transaction, int *count,
                     struct smimegw_error **error)
{
    *count = 1;
    return smimegw_transaction_find(transaction, &old_key, 1, count_records, count, error);
}

static int read_count(struct smimegw_transaction *transaction, int *count,
                      struct smimegw_error **error)
{
    int64_t number = 0;
    int ret =
        smimegw_transaction_measure(transaction, SMIMEGW_RECORD_ALERT, &number, NULL, error);
    *count = (int)number;
    return ret;
}

static const read_fn readings[] = {read_each, read_oldest, read_get, read_find, read_count};

static int read_all(struct smimegw_store *store, struct smimegw_error **error)
{
    struct smimegw_transaction *transaction;
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, error);
    if (ret < 0)
        return ret;
    for (size_t i = 0; ret == SMIMEGW_OK && i < sizeof(readings) / sizeof(readings[0]); i++) {
        int count = 0;
        ret = readings[i](transaction, &count, error);
        if (ret == SMIMEGW_OK && count != 1)
            fail_msg("reading %zu: %d records", i, count);
    }
    smimegw_transaction_rollback(transaction);
    return ret;
}

static int change_all(struct smimegw_store *store, struct smimegw_error **error)
{
    struct smimegw_transaction *transaction;
    int ret = put_record(store, "new", error);
    if (ret < 0)
        return ret;
    const char *const names[] = {"new", old_key};
    ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, error);
    if (ret < 0)
        return ret;
    ret = smimegw_transaction_touch(transaction, SMIMEGW_RECORD_ALERT, names, 2, 5000, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_remove(transaction, SMIMEGW_RECORD_ALERT, "new", error);
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, error);
    smimegw_transaction_rollback(transaction);
    return ret;
}

static const struct place *current;

static int open_and_use(struct smimegw_error **error)
{
    struct smimegw_store *store;
    int ret = smimegw_sqlite_open(current->path, SMIMEGW_SQLITE_CREATE, 0, &store, error);
    if (ret < 0)
        return ret;
    ret = put_record(store, old_key, error);
    if (ret == SMIMEGW_OK)
        ret = change_all(store, error);
    if (ret == SMIMEGW_OK)
        ret = read_all(store, error);
    smimegw_store_unref(store);
    return ret;
}

static int check(struct smimegw_error **error)
{
    return smimegw_sqlite_check(current->path, error);
}

static int backup(struct smimegw_error **error)
{
    return smimegw_sqlite_backup(current->path, current->other, NULL, NULL, error);
}

static int (*const operations[])(struct smimegw_error **error) = {open_and_use, check, backup};

/* False when no allocation was left to fail. */
static bool run(int (*operate)(struct smimegw_error **error), bool is_sqlite, long successes)
{
    struct smimegw_error *error = NULL;
    sqlite_failed = false;
    if (is_sqlite)
        sqlite_successes = successes;
    else
        sgw_alloc_fail_after(successes);
    int ret = operate(&error);
    bool has_failed = is_sqlite ? sqlite_failed : sgw_alloc_has_failed() != 0;
    sqlite_successes = -1;
    sgw_alloc_fail_after(-1);
    /* SQLite goes on without its caches, and says "I/O" where its files had no memory */
    bool is_right = !has_failed ? ret == SMIMEGW_OK
                    : is_sqlite ? ret <= SMIMEGW_OK && ret != SMIMEGW_E_USAGE
                                : ret == SMIMEGW_E_NOMEM;
    if (!is_right)
        fail_msg("%s allocation %ld: %d, %s", is_sqlite ? "SQLite's" : "our", successes, ret,
                 smimegw_error_text(error));
    smimegw_error_free(error);
    return has_failed;
}

static void sweep(const struct place *place, bool is_sqlite)
{
    current = place;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        /* the store is there for the others, and made once more by the first */
        long count = 0;
        while (run(operations[i], is_sqlite, count)) {
            if (access(place->path, F_OK) == 0)
                assert_int_equal(check(NULL), SMIMEGW_OK);
            if (i == 0)
                table_remove(place->path);
            count++;
        }
        print_message("# operation %zu: %ld allocations\n", i, count);
        assert_true(count > 0);
    }
}

static void ours(void **state)
{
    sweep(*state, false);
}

static void those_of_sqlite(void **state)
{
    sweep(*state, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(ours),
        PLACE_TEST(those_of_sqlite),
    };
    return cmocka_run_group_tests(tests, replace_allocator, NULL);
}
