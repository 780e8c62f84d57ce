/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_SQLITE_SUPPORT_H
#define SGW_TESTS_SQLITE_SUPPORT_H

#include <setjmp.h>
#include <smimegw/smimegw.h>
#include <smimegw/sqlite.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "addons/sqlite/functions.h"
#include "addons/sqlite/pool.h"
#include "table.h"

/* A folder for each test, and the name of a store in it. */
struct place {
    char folder[64];
    char path[96];
    char other[96];
};

static inline int make_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_int_equal(table_folder(place->folder), 0);
    snprintf(place->path, sizeof(place->path), "%s/store", place->folder);
    snprintf(place->other, sizeof(place->other), "%s/other", place->folder);
    *state = place;
    return 0;
}

static inline int drop_place(void **state)
{
    struct place *place = *state;
    table_remove(place->path);
    table_remove(place->other);
    /* nothing else was left there */
    int ret = rmdir(place->folder);
    free(place);
    return ret;
}

#define PLACE_TEST(function) cmocka_unit_test_setup_teardown(function, make_place, drop_place)

static inline void copy_file(const char *from, const char *to)
{
    char data[4096];
    size_t size;
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((size = fread(data, 1, sizeof(data), in)) > 0)
        assert_int_equal(fwrite(data, 1, size, out), size);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static inline long size_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (long)status.st_size;
}

/* Change a byte of a file, and back. */
static inline void flip_byte(const char *path, long offset, int mask)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_true(byte != EOF);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    fputc(byte ^ mask, file);
    assert_int_equal(fclose(file), 0);
}

static inline struct sgw_pool *open_pool(const char *path, uint32_t flags, int busy_timeout_ms)
{
    struct sgw_pool *pool = NULL;
    struct smimegw_error *error = NULL;
    if (sgw_store_open_pool(path, flags, busy_timeout_ms, &pool, &error) < 0)
        fail_msg("%s", smimegw_error_text(error));
    return pool;
}

static inline void put_text(struct sgw_pool *pool, const char *name)
{
    void *session = table_begin(pool, SMIMEGW_TRANSACTION_WRITE);
    const struct smimegw_record record =
        table_record(SMIMEGW_RECORD_ALERT, name, name, strlen(name), NULL);
    assert_non_null(session);
    assert_int_equal(sgw_store_functions.put(pool, session, &record), SMIMEGW_STORE_DONE);
    assert_int_equal(table_end(pool, session, 1), SMIMEGW_STORE_DONE);
}

#endif
