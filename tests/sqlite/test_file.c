/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening, modes, who waits for whom, and copies. */
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>

#include "support.h"

static int64_t count_texts(struct sgw_pool *pool)
{
    int64_t count = -1;
    int64_t bytes;
    void *session = table_begin(pool, SMIMEGW_TRANSACTION_READ);
    assert_non_null(session);
    assert_int_equal(
        sgw_store_functions.measure(pool, session, SMIMEGW_RECORD_ALERT, &count, &bytes),
        SMIMEGW_STORE_DONE);
    assert_int_equal(table_end(pool, session, 0), SMIMEGW_STORE_DONE);
    return count;
}

static void expect_code(const char *path, uint32_t flags, int code)
{
    struct smimegw_store *store;
    struct smimegw_error *error = NULL;
    int ret = smimegw_sqlite_open(path, flags, 0, &store, &error);
    if (ret != code)
        fail_msg("%s: %d, %s; not %d", path, ret, smimegw_error_text(error), code);
    assert_int_equal(smimegw_error_code(error), code);
    smimegw_error_free(error);
    if (ret == SMIMEGW_OK)
        smimegw_store_unref(store);
}

static void open_says_what_is_wrong(void **state)
{
    const struct place *place = *state;
    char log[110];
    struct smimegw_store *store;
    snprintf(log, sizeof(log), "%s-wal", place->path);
    assert_int_equal(smimegw_sqlite_open(NULL, 0, 0, &store, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_sqlite_open(place->path, 0, 0, NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_sqlite_open(place->path, 1, -1, &store, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_sqlite_check(NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_sqlite_backup(place->path, "", NULL, NULL, NULL),
                     SMIMEGW_E_USAGE);
    expect_code("", SMIMEGW_SQLITE_CREATE, SMIMEGW_E_USAGE);
    expect_code(place->path, 4, SMIMEGW_E_USAGE);
    expect_code(place->path, SMIMEGW_SQLITE_CREATE | SMIMEGW_SQLITE_READ_ONLY,
                SMIMEGW_E_USAGE);
    expect_code(place->path, 0, SMIMEGW_E_IO);
    expect_code(place->path, SMIMEGW_SQLITE_READ_ONLY, SMIMEGW_E_IO);
    expect_code(place->folder, SMIMEGW_SQLITE_CREATE, SMIMEGW_E_IO);
    expect_code("/nowhere/store", SMIMEGW_SQLITE_CREATE, SMIMEGW_E_IO);
    /* the rest of a store whose file is gone */
    fclose(fopen(log, "wb"));
    expect_code(place->path, SMIMEGW_SQLITE_CREATE, SMIMEGW_E_STORE);
    assert_int_equal(access(place->path, F_OK), -1);
    unlink(log);
    expect_code(place->path, SMIMEGW_SQLITE_CREATE, SMIMEGW_OK);
    expect_code(place->path, 0, SMIMEGW_OK);
}

/* Names that mean something else to SQLite are files, too. */
static void any_name_is_a_file(void **state)
{
    const struct place *place = *state;
    static const char *const names[] = {":memory:", "file:x?mode=memory", "a b%20c", "-x"};
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(place->folder), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        expect_code(names[i], SMIMEGW_SQLITE_CREATE, SMIMEGW_OK);
        assert_true(size_of(names[i]) > 0);
        assert_int_equal(smimegw_sqlite_check(names[i], NULL), SMIMEGW_OK);
        table_remove(names[i]);
    }
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void files_are_for_the_owner_only(void **state)
{
    const struct place *place = *state;
    static const char *const endings[] = {"", "-wal", "-shm"};
    mode_t before = umask(0);
    struct sgw_pool *pool = open_pool(place->path, SMIMEGW_SQLITE_CREATE, 0);
    put_text(pool, "x");
    for (size_t i = 0; i < 3; i++) {
        char name[110];
        struct stat status;
        snprintf(name, sizeof(name), "%s%s", place->path, endings[i]);
        assert_int_equal(stat(name, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    assert_int_equal(smimegw_sqlite_backup(place->path, place->other, NULL, NULL, NULL),
                     SMIMEGW_OK);
    struct stat status;
    assert_int_equal(stat(place->other, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    sgw_pool_free(pool);
    umask(before);
}

static void readers_only_read(void **state)
{
    const struct place *place = *state;
    struct sgw_pool *pool = open_pool(place->path, SMIMEGW_SQLITE_CREATE, 0);
    put_text(pool, "x");
    struct sgw_pool *reader = open_pool(place->path, SMIMEGW_SQLITE_READ_ONLY, 0);
    assert_int_equal(count_texts(reader), 1);
    assert_null(table_begin(reader, SMIMEGW_TRANSACTION_WRITE));
    void *session = table_begin(reader, SMIMEGW_TRANSACTION_READ);
    const struct smimegw_record record = table_record(SMIMEGW_RECORD_ALERT, "y", "y", 1, NULL);
    assert_int_not_equal(sgw_store_functions.put(reader, session, &record),
                         SMIMEGW_STORE_DONE);
    table_end(reader, session, 1);
    put_text(pool, "y");
    assert_int_equal(count_texts(reader), 2);
    sgw_pool_free(reader);
    sgw_pool_free(pool);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The same from a thread of the process and from another process's handle. */
static void writers_wait_so_long(void **state)
{
    const struct place *place = *state;
    struct sgw_pool *pool = open_pool(place->path, SMIMEGW_SQLITE_CREATE, 200);
    struct sgw_pool *other = open_pool(place->path, 0, 200);
    void *session = table_begin(pool, SMIMEGW_TRANSACTION_WRITE);
    struct sgw_pool *const waiting[] = {pool, other};
    for (int i = 0; i < 2; i++) {
        void *second;
        double start = seconds();
        assert_int_equal(
            sgw_store_functions.begin(waiting[i], SMIMEGW_TRANSACTION_WRITE, &second),
            SMIMEGW_STORE_BUSY);
        assert_true(seconds() - start > 0.15);
        /* who reads does not wait */
        assert_int_equal(count_texts(waiting[i]), 0);
    }
    assert_int_equal(table_end(pool, session, 1), SMIMEGW_STORE_DONE);
    put_text(pool, "x");
    put_text(other, "y");
    assert_int_equal(count_texts(pool), 2);
    sgw_pool_free(other);
    sgw_pool_free(pool);
}

/* All of them get the same store, with what each of them puts. */
static void many_make_one_store(void **state)
{
    enum { PROCESSES = 6 };
    const struct place *place = *state;
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() != 0)
            continue;
        char name[16];
        struct sgw_pool *pool;
        snprintf(name, sizeof(name), "%d", i);
        if (sgw_store_open_pool(place->path, SMIMEGW_SQLITE_CREATE, 0, &pool, NULL) < 0)
            _exit(1);
        put_text(pool, name);
        sgw_pool_free(pool);
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        wait(&status);
        assert_int_equal(status, 0);
    }
    struct sgw_pool *pool = open_pool(place->path, 0, 0);
    assert_int_equal(count_texts(pool), PROCESSES);
    sgw_pool_free(pool);
}

/* A host that writes between the steps of a copy, and may want to end it. */
struct copying {
    struct sgw_pool *pool;
    int calls;
    int ends_at;
    int64_t done;
    int64_t size;
};

static int on_progress(void *userdata, int64_t done, int64_t size)
{
    struct copying *copying = userdata;
    char name[16];
    snprintf(name, sizeof(name), "later %d", copying->calls++);
    put_text(copying->pool, name);
    assert_true(done >= copying->done && done <= size);
    copying->done = done;
    copying->size = size;
    return copying->calls == copying->ends_at;
}

static void fill(struct sgw_pool *pool, int count)
{
    static char data[50000];
    memset(data, 'x', sizeof(data));
    void *session = table_begin(pool, SMIMEGW_TRANSACTION_WRITE);
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d", i);
        const struct smimegw_record record =
            table_record(SMIMEGW_RECORD_ALERT, name, data, sizeof(data), NULL);
        assert_int_equal(sgw_store_functions.put(pool, session, &record), SMIMEGW_STORE_DONE);
    }
    assert_int_equal(table_end(pool, session, 1), SMIMEGW_STORE_DONE);
}

static void a_copy_is_of_one_moment(void **state)
{
    const struct place *place = *state;
    struct sgw_pool *pool = open_pool(place->path, SMIMEGW_SQLITE_CREATE, 0);
    struct copying copying = {pool, 0, 0, 0, 0};
    fill(pool, 80);
    assert_int_equal(
        smimegw_sqlite_backup(place->path, place->other, on_progress, &copying, NULL),
        SMIMEGW_OK);
    assert_true(copying.calls > 2);
    assert_int_equal(copying.done, copying.size);
    assert_int_equal(copying.size, size_of(place->other));
    assert_int_equal(count_texts(pool), 80 + copying.calls);
    assert_int_equal(smimegw_sqlite_check(place->other, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_sqlite_check(place->path, NULL), SMIMEGW_OK);
    struct sgw_pool *copy = open_pool(place->other, 0, 0);
    assert_int_equal(count_texts(copy), 80);
    /* a store that is open is not replaced; one that is not, is */
    assert_int_equal(smimegw_sqlite_backup(place->path, place->other, NULL, NULL, NULL),
                     SMIMEGW_E_STATE);
    sgw_pool_free(copy);
    assert_int_equal(smimegw_sqlite_backup(place->path, place->other, NULL, NULL, NULL),
                     SMIMEGW_OK);
    copy = open_pool(place->other, SMIMEGW_SQLITE_READ_ONLY, 0);
    assert_int_equal(count_texts(copy), 80 + copying.calls);
    sgw_pool_free(copy);
    sgw_pool_free(pool);
}

static void a_copy_that_fails_leaves_nothing(void **state)
{
    const struct place *place = *state;
    struct sgw_pool *pool = open_pool(place->path, SMIMEGW_SQLITE_CREATE, 0);
    struct copying copying = {pool, 0, 2, 0, 0};
    struct smimegw_error *error = NULL;
    fill(pool, 80);
    assert_int_equal(
        smimegw_sqlite_backup(place->path, place->other, on_progress, &copying, &error),
        SMIMEGW_E_SINK);
    assert_int_equal(smimegw_error_code(error), SMIMEGW_E_SINK);
    smimegw_error_free(error);
    assert_int_equal(access(place->other, F_OK), -1);
    sgw_pool_free(pool);
    long middle = size_of(place->path) / 2;
    flip_byte(place->path, middle, 1);
    assert_int_equal(smimegw_sqlite_backup(place->path, place->other, NULL, NULL, NULL),
                     SMIMEGW_E_STORE);
    assert_int_equal(access(place->other, F_OK), -1);
    assert_int_equal(smimegw_sqlite_backup("/nowhere/store", place->other, NULL, NULL, NULL),
                     SMIMEGW_E_IO);
    assert_int_equal(smimegw_sqlite_backup(place->path, "/nowhere/store", NULL, NULL, NULL),
                     SMIMEGW_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(open_says_what_is_wrong),      PLACE_TEST(any_name_is_a_file),
        PLACE_TEST(files_are_for_the_owner_only), PLACE_TEST(readers_only_read),
        PLACE_TEST(writers_wait_so_long),         PLACE_TEST(many_make_one_store),
        PLACE_TEST(a_copy_is_of_one_moment),      PLACE_TEST(a_copy_that_fails_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
