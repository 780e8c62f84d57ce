/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/sqlite.h>

#include "addons/sqlite/connection.h"
#include "addons/sqlite/fail.h"
#include "addons/sqlite/new_file.h"
#include "addons/sqlite/schema.h"
#include "addons/sqlite/target.h"

enum { PAGES_AT_ONCE = 256 };

struct copy {
    struct sgw_connection *source;
    struct sgw_target *target;
    const char *target_path;
    smimegw_sqlite_progress_fn progress;
    void *userdata;
};

/* A result of SQLite; SQLITE_INTERRUPT where progress ends it. */
static int copy_pages(const struct copy *copy, sqlite3_backup *backup)
{
    int ret = SQLITE_OK;
    while (ret == SQLITE_OK) {
        ret = sqlite3_backup_step(backup, PAGES_AT_ONCE);
        int64_t size = (int64_t)sqlite3_backup_pagecount(backup) * SGW_PAGE_SIZE;
        int64_t done = size - (int64_t)sqlite3_backup_remaining(backup) * SGW_PAGE_SIZE;
        if ((ret == SQLITE_OK || ret == SQLITE_DONE) && copy->progress != NULL &&
            copy->progress(copy->userdata, done, size) != 0)
            return SQLITE_INTERRUPT;
    }
    return ret == SQLITE_DONE ? SQLITE_OK : ret;
}

static int fill_copy(void *data, const struct sgw_place *place,
                     struct smimegw_error **ret_error)
{
    const struct copy *copy = data;
    sqlite3 *db;
    int result = sgw_connection_open_new(place, &db);
    if (result != SQLITE_OK)
        return sgw_sqlite_fail_result(ret_error, result, place->path, "copy");
    sqlite3_backup *backup = sqlite3_backup_init(db, "main", copy->source->db, "main");
    result = backup != NULL ? copy_pages(copy, backup) : sqlite3_extended_errcode(db);
    int finished = sqlite3_backup_finish(backup);
    if (result == SQLITE_OK)
        result = finished;
    int ret = SMIMEGW_OK;
    if (result == SQLITE_INTERRUPT)
        ret = sgw_fail(ret_error, SMIMEGW_E_SINK, "%.300s: the backup was ended", place->path);
    else if (result != SQLITE_OK)
        ret = sgw_sqlite_fail_result(ret_error, result, place->path, "copy");
    if (ret == SMIMEGW_OK)
        ret = sgw_connection_keep_log(place, db, ret_error);
    sqlite3_close(db);
    return ret == SMIMEGW_OK ? sgw_target_check(copy->target, copy->target_path, ret_error)
                             : ret;
}

/* One transaction: a copy that others write into would start again and again. */
static int copy_store(struct copy *copy, const char *path, struct smimegw_error **ret_error)
{
    sqlite3_int64 tables;
    int result = sgw_connection_run(copy->source, SGW_STATEMENT_BEGIN_READ);
    if (result == SQLITE_OK)
        result = sgw_schema_number(copy->source->db, "SELECT count(*) FROM counts", &tables);
    if (result != SQLITE_OK)
        return sgw_sqlite_fail_result(ret_error, result, path, "backup");
    int ret = sgw_target_hold(copy->target_path, &copy->target, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_new_file_make(copy->target_path,
                                copy->target != NULL ? SGW_OLD_FILE_GOES : SGW_OLD_FILE_FAILS,
                                fill_copy, copy, ret_error);
    sgw_target_release(copy->target);
    return ret;
}

int smimegw_sqlite_backup(const char *path, const char *target,
                          smimegw_sqlite_progress_fn progress, void *userdata,
                          struct smimegw_error **ret_error)
{
    struct sgw_place place;
    struct copy copy = {.target_path = target, .progress = progress, .userdata = userdata};
    SGW_REQUIRE(path != NULL && path[0] != '\0', ret_error);
    SGW_REQUIRE(target != NULL && target[0] != '\0', ret_error);
    int ret = sgw_place_init(&place, path, true, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_connection_open(&place, &copy.source, ret_error);
    if (ret == SMIMEGW_OK)
        ret = copy_store(&copy, path, ret_error);
    sgw_connection_close(copy.source);
    sgw_place_clear(&place);
    return ret;
}
