/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Versions of the tables, and files that are none of ours. */
#include "support.h"

#include "addons/sqlite/schema.h"

/* A store of version 1, as it was written: never changes. */
static const char version_1[] =
    "PRAGMA application_id = 1397573463;"
    "PRAGMA user_version = 1;"
    "CREATE TABLE records(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL,"
    " grade INTEGER NOT NULL, last INTEGER NOT NULL, added INTEGER NOT NULL,"
    " used INTEGER NOT NULL, signed_at INTEGER NOT NULL, digest INTEGER NOT NULL,"
    " origin TEXT, keys BLOB, capabilities BLOB, data BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX records_name ON records(kind, name);"
    "CREATE INDEX records_last ON records(kind, last, name);"
    "CREATE TABLE lookup(key TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(key, id))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE counts(kind INTEGER PRIMARY KEY, records INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL) STRICT;"
    "INSERT INTO records VALUES(1, 2, 'old@example.com', 3, 1500, 1000, 1500, 900,"
    " 1104339563546851927, 'mail', x'6f6c64406578616d706c652e636f6d00', NULL, x'6b6579');"
    "INSERT INTO lookup VALUES('old@example.com', 1);"
    "INSERT INTO counts VALUES(2, 1, 306);";

/* Run SQL on a file with page sums, as whoever can write the file might. */
static void run_sql(const char *path, const char *const *texts)
{
    struct sgw_place place;
    sqlite3 *db;
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(sgw_place_init(&place, path, false, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_connection_open_new(&place, &db), SQLITE_OK);
    for (; *texts != NULL; texts++)
        if (sqlite3_exec(db, *texts, NULL, NULL, NULL) != SQLITE_OK)
            fail_msg("%s: %s", *texts, sqlite3_errmsg(db));
    sqlite3_close(db);
    sgw_place_clear(&place);
}

static void make_version_1(const char *path)
{
    const char *const texts[] = {version_1, NULL};
    run_sql(path, texts);
}

static int take_old(void *userdata, const struct smimegw_record *record)
{
    ++*(int *)userdata;
    assert_int_equal(record->kind, SMIMEGW_RECORD_HARVESTED);
    assert_int_equal(record->grade, SMIMEGW_GRADE_HARVESTED);
    assert_string_equal(record->name, "old@example.com");
    assert_string_equal(record->origin, "mail");
    assert_int_equal(record->added, 1000);
    assert_int_equal(record->used, 1500);
    assert_int_equal(record->signed_at, 900);
    assert_int_equal(record->data_size, 3);
    assert_memory_equal(record->data, "key", 3);
    return 0;
}

static void version_1_is_read(void **state)
{
    const struct place *place = *state;
    struct sgw_pool *pool;
    const char *const key = "old@example.com";
    int64_t count;
    int64_t bytes;
    int found = 0;
    make_version_1(place->path);
    assert_int_equal(sgw_store_open_pool(place->path, 0, 0, &pool, NULL), SMIMEGW_OK);
    void *session = table_begin(pool, SMIMEGW_TRANSACTION_READ);
    assert_int_equal(sgw_store_functions.find(pool, session, &key, 1, take_old, &found),
                     SMIMEGW_STORE_DONE);
    assert_int_equal(found, 1);
    assert_int_equal(
        sgw_store_functions.measure(pool, session, SMIMEGW_RECORD_HARVESTED, &count, &bytes),
        SMIMEGW_STORE_DONE);
    assert_int_equal(count, 1);
    assert_int_equal(table_end(pool, session, 0), SMIMEGW_STORE_DONE);
    sgw_pool_free(pool);
    assert_int_equal(smimegw_sqlite_check(place->path, NULL), SMIMEGW_OK);
}

static int migrate(const char *path, const char *const *steps, struct smimegw_error **error)
{
    struct sgw_place place;
    sqlite3 *db;
    assert_int_equal(sgw_place_init(&place, path, false, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_connection_open_db(&place, &db), SQLITE_OK);
    int ret = sgw_schema_migrate(db, path, steps, error);
    if (ret == SMIMEGW_OK)
        ret = sgw_schema_check(db, path, steps, error);
    sqlite3_close(db);
    sgw_place_clear(&place);
    return ret;
}

static void expect_open(const char *path, uint32_t flags, int code, const char *words)
{
    struct sgw_pool *pool;
    struct smimegw_error *error = NULL;
    int ret = sgw_store_open_pool(path, flags, 0, &pool, &error);
    if (ret != code || strstr(smimegw_error_text(error), words) == NULL)
        fail_msg("%d, %s; not %d, %s", ret, smimegw_error_text(error), code, words);
    smimegw_error_free(error);
    if (ret == SMIMEGW_OK)
        sgw_pool_free(pool);
}

/* Two made-up versions above: what was there stays, and this library then says why not. */
static void migration_keeps_all(void **state)
{
    const struct place *place = *state;
    const char *const steps[] = {sgw_schema_steps[0],
                                 "ALTER TABLE records ADD COLUMN note TEXT;"
                                 "CREATE TABLE notes(text TEXT) STRICT;",
                                 "INSERT INTO notes SELECT name FROM records;", NULL};
    make_version_1(place->path);
    assert_int_equal(migrate(place->path, steps, NULL), SMIMEGW_OK);
    /* once only */
    assert_int_equal(migrate(place->path, steps, NULL), SMIMEGW_OK);
    struct sgw_place opened;
    sqlite3 *db;
    sqlite3_int64 number = 0;
    assert_int_equal(sgw_place_init(&opened, place->path, true, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_connection_open_db(&opened, &db), SQLITE_OK);
    assert_int_equal(sgw_schema_number(db, "SELECT count(*) FROM notes", &number), SQLITE_OK);
    assert_int_equal(number, 1);
    assert_int_equal(sgw_schema_number(db, "SELECT count(*) FROM records", &number),
                     SQLITE_OK);
    assert_int_equal(number, 1);
    sqlite3_close(db);
    sgw_place_clear(&opened);
    expect_open(place->path, 0, SMIMEGW_E_STORE, "its version is 3, and 1 is the last one");
    expect_open(place->path, SMIMEGW_SQLITE_READ_ONLY, SMIMEGW_E_STORE, "newer library");
}

/* Who opened the store before a newer library came neither reads nor writes on. */
static void who_had_it_open_is_too_old(void **state)
{
    const struct place *place = *state;
    const char *const steps[] = {sgw_schema_steps[0],
                                 "ALTER TABLE records ADD COLUMN note TEXT;", NULL};
    struct sgw_pool *pool;
    make_version_1(place->path);
    assert_int_equal(sgw_store_open_pool(place->path, 0, 0, &pool, NULL), SMIMEGW_OK);
    for (int mode = SMIMEGW_TRANSACTION_READ; mode <= SMIMEGW_TRANSACTION_WRITE; mode++) {
        void *session = table_begin(pool, mode);
        assert_non_null(session);
        table_end(pool, session, 0);
    }
    assert_int_equal(migrate(place->path, steps, NULL), SMIMEGW_OK);
    for (int i = 0; i < 2; i++) {
        assert_null(table_begin(pool, SMIMEGW_TRANSACTION_READ));
        assert_null(table_begin(pool, SMIMEGW_TRANSACTION_WRITE));
    }
    sgw_pool_free(pool);
    /* nothing is in the way of the newer one */
    assert_int_equal(migrate(place->path, steps, NULL), SMIMEGW_OK);
}

static void migration_is_all_or_nothing(void **state)
{
    const struct place *place = *state;
    const char *const steps[] = {sgw_schema_steps[0], "CREATE TABLE notes(text TEXT) STRICT;",
                                 "INSERT INTO missing VALUES(1)", NULL};
    make_version_1(place->path);
    assert_int_equal(migrate(place->path, steps, NULL), SMIMEGW_E_STORE);
    expect_open(place->path, 0, SMIMEGW_OK, "no error");
    assert_int_equal(smimegw_sqlite_check(place->path, NULL), SMIMEGW_OK);
}

static void older_ones_are_not_migrated_by_readers(void **state)
{
    const struct place *place = *state;
    const char *const steps[] = {sgw_schema_steps[0], "CREATE TABLE notes(text TEXT) STRICT;",
                                 NULL};
    struct sgw_place opened;
    sqlite3 *db;
    struct smimegw_error *error = NULL;
    make_version_1(place->path);
    assert_int_equal(sgw_place_init(&opened, place->path, true, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_connection_open_db(&opened, &db), SQLITE_OK);
    assert_int_equal(sgw_schema_check(db, place->path, steps, &error), SMIMEGW_E_STORE);
    assert_non_null(strstr(smimegw_error_text(error), "open it for writing once"));
    smimegw_error_free(error);
    sqlite3_close(db);
    sgw_place_clear(&opened);
}

/* SQL of others in the file would be run by ours. */
static void other_tables_are_refused(void **state)
{
    const struct place *place = *state;
    static const char *const more[] = {
        "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM lookup; END",
        "CREATE VIEW v AS SELECT * FROM records",
        "CREATE TABLE more(a)",
        "CREATE INDEX more ON records(data)",
        "DROP INDEX records_name",
        "DROP TABLE counts",
        "DROP TABLE lookup; CREATE VIEW lookup AS SELECT name AS key, 1 AS id FROM records",
    };
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        const char *const texts[] = {version_1, more[i], NULL};
        run_sql(place->path, texts);
        expect_open(place->path, 0, SMIMEGW_E_STORE, "tables: ");
        table_remove(place->path);
    }
}

/* With right sums, and yet not right: what a hostile writer can do. */
static void other_records_are_refused(void **state)
{
    const struct place *place = *state;
    static const char *const changes[] = {
        "UPDATE records SET data = x'6b657a'",
        "UPDATE records SET name = 'ceo@example.com'",
        "UPDATE records SET grade = 6",
        "UPDATE records SET keys = x'63656f00'",
        "UPDATE records SET keys = x'63656f'",
        "UPDATE records SET digest = 0",
        "UPDATE records SET signed_at = 5000",
        "UPDATE records SET origin = NULL",
        "UPDATE records SET capabilities = x'3000'",
        "UPDATE records SET name = CAST(x'6f0064' AS TEXT)",
        "UPDATE lookup SET key = 'ceo@example.com'",
        "UPDATE lookup SET id = 2",
        "INSERT INTO lookup VALUES('ceo@example.com', 1)",
        "DELETE FROM lookup",
        "DELETE FROM records",
        "UPDATE counts SET records = 2",
        "DELETE FROM counts",
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const char *const texts[] = {version_1, changes[i], NULL};
        const char *const keys[] = {"old@example.com", "ceo@example.com"};
        struct sgw_pool *pool;
        int found = 0;
        run_sql(place->path, texts);
        assert_int_equal(sgw_store_open_pool(place->path, 0, 0, &pool, NULL), SMIMEGW_OK);
        void *session = table_begin(pool, SMIMEGW_TRANSACTION_READ);
        /* take_old() fails the test for one that is changed */
        sgw_store_functions.find(pool, session, keys, 2, take_old, &found);
        table_end(pool, session, 0);
        sgw_pool_free(pool);
        if (smimegw_sqlite_check(place->path, NULL) != SMIMEGW_E_STORE)
            fail_msg("the check does not see: %s", changes[i]);
        table_remove(place->path);
    }
}

static void other_files_are_refused(void **state)
{
    const struct place *place = *state;
    sqlite3 *db;
    FILE *file = fopen(place->path, "wb");
    fputs("Name: x\n", file);
    fclose(file);
    expect_open(place->path, SMIMEGW_SQLITE_CREATE, SMIMEGW_E_STORE, "not a store");
    assert_int_equal(truncate(place->path, 0), 0);
    expect_open(place->path, SMIMEGW_SQLITE_CREATE, SMIMEGW_E_STORE, "empty, not a store");
    unlink(place->path);
    /* a database of somebody else, without sums and with them */
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, version_1, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    expect_open(place->path, 0, SMIMEGW_E_STORE, "damaged, or not a store");
    unlink(place->path);
    const char *const texts[] = {"CREATE TABLE records(id)", NULL};
    run_sql(place->path, texts);
    expect_open(place->path, 0, SMIMEGW_E_STORE, "another program");
    assert_int_equal(smimegw_sqlite_check(place->path, NULL), SMIMEGW_E_STORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(version_1_is_read),
        PLACE_TEST(migration_keeps_all),
        PLACE_TEST(who_had_it_open_is_too_old),
        PLACE_TEST(migration_is_all_or_nothing),
        PLACE_TEST(older_ones_are_not_migrated_by_readers),
        PLACE_TEST(other_tables_are_refused),
        PLACE_TEST(other_records_are_refused),
        PLACE_TEST(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
