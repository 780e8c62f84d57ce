/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AC-146: a byte that is another one, or a file that is shorter, is seen; what is handed over
 * is right, and no key that is there looks like none. */
#include "support.h"

enum { RECORDS = 60, DATA_SIZE = 900 };

static void name_record(int number, char ret[40])
{
    snprintf(ret, 40, "user%d@example.com", number);
}

static void fill_data(int number, char ret[DATA_SIZE])
{
    memset(ret, 'a' + number % 26, DATA_SIZE);
    snprintf(ret, DATA_SIZE, "%d", number);
}

static void put_number(struct sgw_pool *pool, void *session, int number)
{
    char name[40];
    char data[DATA_SIZE];
    const char *const key = name;
    name_record(number, name);
    fill_data(number, data);
    struct smimegw_record record =
        table_record(SMIMEGW_RECORD_HARVESTED, name, data, sizeof(data), &key);
    assert_int_equal(sgw_store_functions.put(pool, session, &record), SMIMEGW_STORE_DONE);
}

static void make_store(const char *path)
{
    struct sgw_pool *pool;
    assert_int_equal(sgw_store_open_pool(path, SMIMEGW_SQLITE_CREATE, 0, &pool, NULL), 0);
    void *session = table_begin(pool, SMIMEGW_TRANSACTION_WRITE);
    for (int i = 0; i < RECORDS; i++)
        put_number(pool, session, i);
    assert_int_equal(table_end(pool, session, 1), SMIMEGW_STORE_DONE);
    sgw_pool_free(pool);
}

/* Fails the test for a record that is not the one of that name. */
static int take_right(void *userdata, const struct smimegw_record *record)
{
    char name[40];
    char data[DATA_SIZE];
    int number = -1;
    assert_int_equal(sscanf(record->name, "user%d@", &number), 1);
    name_record(number, name);
    fill_data(number, data);
    assert_string_equal(record->name, name);
    assert_int_equal(record->grade, SMIMEGW_GRADE_HARVESTED);
    assert_int_equal(record->data_size, sizeof(data));
    assert_memory_equal(record->data, data, sizeof(data));
    assert_int_equal(record->lookup_key_count, 1);
    assert_string_equal(record->lookup_keys[0], name);
    ++*(int *)userdata;
    return 0;
}

/* How many records can still be had, each in a transaction; a look-up without an error finds
 * the right one. */
static int count_survivors(struct sgw_pool *pool)
{
    int survivors = 0;
    for (int i = 0; i < RECORDS; i++) {
        char name[40];
        const char *const key = name;
        int found = 0;
        name_record(i, name);
        void *session = table_begin(pool, SMIMEGW_TRANSACTION_READ);
        if (session == NULL)
            continue;
        int ret = sgw_store_functions.find(pool, session, &key, 1, take_right, &found);
        if (ret == SMIMEGW_STORE_DONE)
            assert_int_equal(found, 1);
        survivors += ret == SMIMEGW_STORE_DONE;
        table_end(pool, session, 0);
    }
    return survivors;
}

/* The same for a file that may not even open; all of it must be seen by somebody. */
static int survivors_of(const char *path)
{
    struct sgw_pool *pool;
    struct smimegw_error *error = NULL;
    int survivors = 0;
    int ret = sgw_store_open_pool(path, 0, 0, &pool, &error);
    if (ret == SMIMEGW_OK) {
        survivors = count_survivors(pool);
        sgw_pool_free(pool);
    } else {
        assert_true(ret == SMIMEGW_E_STORE || ret == SMIMEGW_E_IO);
        assert_non_null(error);
    }
    smimegw_error_free(error);
    return survivors;
}

static void check_damaged(const char *path, long where)
{
    int ret = smimegw_sqlite_check(path, NULL);
    if (ret != SMIMEGW_E_STORE && ret != SMIMEGW_E_IO)
        fail_msg("at %ld: the check says %d", where, ret);
}

static void each_byte_counts(void **state)
{
    struct place *place = *state;
    /* all of them take a quarter of an hour */
    const char *step_text = getenv("SMIMEGW_FLIP_STEP");
    long step = step_text != NULL ? strtol(step_text, NULL, 10) : 97;
    long runs = 0;
    long survivors = 0;
    make_store(place->path);
    assert_int_equal(smimegw_sqlite_check(place->path, NULL), SMIMEGW_OK);
    assert_int_equal(survivors_of(place->path), RECORDS);
    long size = size_of(place->path);
    for (long at = 0; at < size; at += at < 100 ? 1 : step) {
        flip_byte(place->path, at, 1 << (at % 8));
        check_damaged(place->path, at);
        survivors += survivors_of(place->path);
        runs++;
        flip_byte(place->path, at, 1 << (at % 8));
    }
    assert_int_equal(smimegw_sqlite_check(place->path, NULL), SMIMEGW_OK);
    print_message("# %ld flips in %ld bytes; %ld of %d records survive on average\n", runs,
                  size, survivors / runs, RECORDS);
    assert_true(survivors / runs > RECORDS / 4);
}

static void each_length_counts(void **state)
{
    struct place *place = *state;
    make_store(place->path);
    long size = size_of(place->path);
    for (long length = 0; length < size; length += 512) {
        copy_file(place->path, place->other);
        assert_int_equal(truncate(place->other, length), 0);
        check_damaged(place->other, length);
        survivors_of(place->other);
        table_remove(place->other);
    }
}

/* Two pages that are whole, each in the other's place. */
static void places_count(void **state)
{
    struct place *place = *state;
    char pages[2][4096];
    make_store(place->path);
    long count = size_of(place->path) / 4096;
    assert_true(count > 10);
    for (long i = 1; i + 1 < count; i++) {
        copy_file(place->path, place->other);
        FILE *file = fopen(place->other, "r+b");
        assert_non_null(file);
        fseek(file, i * 4096, SEEK_SET);
        assert_int_equal(fread(pages, 4096, 2, file), 2);
        fseek(file, i * 4096, SEEK_SET);
        fwrite(pages[1], 4096, 1, file);
        fwrite(pages[0], 4096, 1, file);
        fclose(file);
        check_damaged(place->other, i);
        survivors_of(place->other);
        table_remove(place->other);
    }
}

/* What a machine that lost its power may leave: the log, torn or with a byte flipped. Each
 * transaction is there as a whole or not at all. */
static void log_is_whole_transactions(void **state)
{
    struct place *place = *state;
    struct sgw_pool *pool;
    char log[110];
    char other_log[110];
    snprintf(log, sizeof(log), "%s-wal", place->path);
    snprintf(other_log, sizeof(other_log), "%s-wal", place->other);
    assert_int_equal(sgw_store_open_pool(place->path, SMIMEGW_SQLITE_CREATE, 0, &pool, NULL),
                     0);
    for (int i = 0; i < 10; i += 2) {
        void *session = table_begin(pool, SMIMEGW_TRANSACTION_WRITE);
        put_number(pool, session, i);
        put_number(pool, session, i + 1);
        assert_int_equal(table_end(pool, session, 1), SMIMEGW_STORE_DONE);
    }
    long size = size_of(log);
    for (long at = 0; at < size; at += 331) {
        copy_file(place->path, place->other);
        copy_file(log, other_log);
        if (at % 2 == 0)
            flip_byte(other_log, at, 0x10);
        else
            assert_int_equal(truncate(other_log, at), 0);
        struct sgw_pool *other;
        int found = 0;
        assert_int_equal(sgw_store_open_pool(place->other, 0, 0, &other, NULL), SMIMEGW_OK);
        void *session = table_begin(other, SMIMEGW_TRANSACTION_READ);
        assert_int_equal(sgw_store_functions.each(other, session, SMIMEGW_RECORD_HARVESTED,
                                                  NULL, take_right, &found),
                         SMIMEGW_STORE_DONE);
        table_end(other, session, 1);
        sgw_pool_free(other);
        assert_int_equal(found % 2, 0);
        assert_int_equal(smimegw_sqlite_check(place->other, NULL), SMIMEGW_OK);
        table_remove(place->other);
    }
    sgw_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(each_byte_counts),
        PLACE_TEST(each_length_counts),
        PLACE_TEST(places_count),
        PLACE_TEST(log_is_whole_transactions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
