/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <smimegw/sqlite.h>
#include <string.h>
#include <sys/stat.h>

#include "addons/common/table_store.h"
#include "addons/sqlite/fail.h"
#include "addons/sqlite/functions.h"
#include "addons/sqlite/new_file.h"
#include "addons/sqlite/pool.h"
#include "addons/sqlite/schema.h"

void sgw_store_close(void *userdata)
{
    sgw_pool_free(userdata);
}

static int fill_new(void *data, const struct sgw_place *place,
                    struct smimegw_error **ret_error)
{
    sqlite3 *db;
    (void)data;
    int result = sgw_connection_open_new(place, &db);
    if (result != SQLITE_OK)
        return sgw_sqlite_fail_result(ret_error, result, place->path, "new store");
    int ret = sgw_schema_migrate(db, place->path, sgw_schema_steps, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_connection_keep_log(place, db, ret_error);
    sqlite3_close(db);
    return ret;
}

/* Look for the log first: whoever makes the store right now makes the file first. */
static int make_store(const char *path, struct smimegw_error **ret_error)
{
    bool has_log = sgw_new_file_is_there(path, "-wal");
    if (sgw_new_file_is_there(path, ""))
        return SMIMEGW_OK;
    if (has_log)
        return sgw_fail(ret_error, SMIMEGW_E_STORE,
                        "%.300s: the log of a store is there, but the store is gone", path);
    return sgw_new_file_make(path, SGW_OLD_FILE_STAYS, fill_new, NULL, ret_error);
}

static int check_file(const char *path, struct smimegw_error **ret_error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return sgw_fail(ret_error, SMIMEGW_E_IO, "%.300s: %s", path, strerrordesc_np(errno));
    if (!S_ISREG(status.st_mode))
        return sgw_fail(ret_error, SMIMEGW_E_IO, "%.300s: not a file", path);
    /* a store is made as a whole, so this one was one: keys are gone */
    if (status.st_size == 0)
        return sgw_fail(ret_error, SMIMEGW_E_STORE, "%.300s: the file is empty, not a store",
                        path);
    return SMIMEGW_OK;
}

int sgw_store_open_pool(const char *path, uint32_t flags, int busy_timeout_ms,
                        struct sgw_pool **ret_pool, struct smimegw_error **ret_error)
{
    struct sgw_pool *pool;
    bool is_read_only = (flags & SMIMEGW_SQLITE_READ_ONLY) != 0;
    int ret = flags & SMIMEGW_SQLITE_CREATE ? make_store(path, ret_error) : SMIMEGW_OK;
    if (ret == SMIMEGW_OK)
        ret = check_file(path, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_pool_new(path, is_read_only, busy_timeout_ms, &pool, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_pool_prepare(pool, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_pool = pool;
    else
        sgw_pool_free(pool);
    return ret;
}

int smimegw_sqlite_open(const char *path, uint32_t flags, int busy_timeout_ms,
                        struct smimegw_store **ret_store, struct smimegw_error **ret_error)
{
    const uint32_t all = SMIMEGW_SQLITE_CREATE | SMIMEGW_SQLITE_READ_ONLY;
    struct sgw_pool *pool;
    SGW_REQUIRE(path != NULL && path[0] != '\0' && ret_store != NULL, ret_error);
    SGW_REQUIRE((flags & ~all) == 0 && flags != all, ret_error);
    SGW_REQUIRE(busy_timeout_ms >= 0, ret_error);
    int ret = sgw_store_open_pool(path, flags, busy_timeout_ms, &pool, ret_error);
    if (ret < 0)
        return ret;
    ret = smimegw_store_new(&sgw_store_functions, pool, ret_store, ret_error);
    if (ret < 0)
        sgw_pool_free(pool);
    return ret;
}
