/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a store that is where a copy shall be. */
#include "support.h"

enum { WAIT_MS = 20 };

static void make_store(const char *path, const char *name)
{
    struct sgw_pool *pool = open_pool(path, SMIMEGW_SQLITE_CREATE, WAIT_MS);
    put_text(pool, name);
    sgw_pool_free(pool);
}

static int note_name(void *userdata, const struct smimegw_record *record)
{
    snprintf(userdata, 20, "%s", record->name);
    return 0;
}

/* A store with one record. */
static void expect_name(const char *path, const char *name)
{
    char found[20] = "";
    struct sgw_pool *pool = open_pool(path, 0, WAIT_MS);
    void *session = table_begin(pool, SMIMEGW_TRANSACTION_READ);
    assert_non_null(session);
    assert_int_equal(
        sgw_store_functions.each(pool, session, SMIMEGW_RECORD_ALERT, NULL, note_name, found),
        SMIMEGW_STORE_DONE);
    table_end(pool, session, 0);
    sgw_pool_free(pool);
    assert_string_equal(found, name);
}

static int open_target(void *userdata, int64_t done, int64_t size)
{
    const struct place *place = userdata;
    struct smimegw_store *store;
    (void)done;
    (void)size;
    assert_int_equal(smimegw_sqlite_open(place->other, 0, WAIT_MS, &store, NULL),
                     SMIMEGW_E_STORE);
    return 0;
}

static void nobody_opens_what_is_replaced(void **state)
{
    struct place *place = *state;
    make_store(place->path, "new");
    make_store(place->other, "old");
    assert_int_equal(
        smimegw_sqlite_backup(place->path, place->other, open_target, place, NULL),
        SMIMEGW_OK);
    expect_name(place->other, "new");
}

static int make_target(void *userdata, int64_t done, int64_t size)
{
    const struct place *place = userdata;
    (void)done;
    (void)size;
    if (access(place->other, F_OK) != 0)
        make_store(place->other, "made meanwhile");
    return 0;
}

static void a_store_that_comes_meanwhile_stays(void **state)
{
    struct place *place = *state;
    make_store(place->path, "new");
    assert_int_equal(
        smimegw_sqlite_backup(place->path, place->other, make_target, place, NULL),
        SMIMEGW_E_STATE);
    expect_name(place->other, "made meanwhile");
}

static int replace_target(void *userdata, int64_t done, int64_t size)
{
    const struct place *place = userdata;
    (void)done;
    (void)size;
    unlink(place->other);
    return make_target(userdata, done, size);
}

static void another_file_of_that_name_stays(void **state)
{
    struct place *place = *state;
    make_store(place->path, "new");
    make_store(place->other, "old");
    assert_int_equal(
        smimegw_sqlite_backup(place->path, place->other, replace_target, place, NULL),
        SMIMEGW_E_STATE);
    expect_name(place->other, "made meanwhile");
}

static void a_store_that_is_open_stays(void **state)
{
    struct place *place = *state;
    make_store(place->path, "new");
    struct sgw_pool *pool = open_pool(place->other, SMIMEGW_SQLITE_CREATE, WAIT_MS);
    char log[110];
    snprintf(log, sizeof(log), "%s-wal", place->other);
    assert_int_equal(smimegw_sqlite_backup(place->path, place->other, NULL, NULL, NULL),
                     SMIMEGW_E_STATE);
    /* the lock of the one that is open tells, too, and outlives the attempt */
    assert_int_equal(unlink(log), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(smimegw_sqlite_backup(place->path, place->other, NULL, NULL, NULL),
                         SMIMEGW_E_STATE);
    assert_int_equal(smimegw_sqlite_backup(place->path, place->path, NULL, NULL, NULL),
                     SMIMEGW_E_STATE);
    sgw_pool_free(pool);
    expect_name(place->path, "new");
}

static void one_that_opened_the_old_file_sees_nothing(void **state)
{
    struct place *place = *state;
    struct sgw_pool *pool;
    sqlite3 *db;
    make_store(place->path, "new");
    make_store(place->other, "old");
    pool = open_pool(place->path, 0, WAIT_MS);
    /* SQLite opens the file, and looks into it later */
    assert_int_equal(
        sqlite3_open_v2(place->other, &db, SQLITE_OPEN_READWRITE, pool->place.vfs.name),
        SQLITE_OK);
    assert_int_equal(smimegw_sqlite_backup(place->path, place->other, NULL, NULL, NULL),
                     SMIMEGW_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM records", NULL, NULL, NULL),
                     SQLITE_CANTOPEN);
    sqlite3_close(db);
    sgw_pool_free(pool);
    expect_name(place->other, "new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(nobody_opens_what_is_replaced),
        PLACE_TEST(a_store_that_comes_meanwhile_stays),
        PLACE_TEST(another_file_of_that_name_stays),
        PLACE_TEST(a_store_that_is_open_stays),
        PLACE_TEST(one_that_opened_the_old_file_sees_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
