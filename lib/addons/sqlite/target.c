/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/sqlite/target.h"

#include <sqlite3.h>

#include "addons/sqlite/fail.h"
#include "addons/sqlite/new_file.h"
#include "base/alloc.h"

/* A file of SQLite's without a database around it, which would take the log of the next store
 * for its own. A descriptor beside SQLite's would drop the locks of this process. */
struct sgw_target {
    sqlite3_filename name;
    sqlite3_file *file;
};

static int open_file(struct sgw_target *target, const char *path)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    if (vfs == NULL)
        return SQLITE_CANTOPEN;
    target->name = sqlite3_create_filename(path, "", "", 0, NULL);
    target->file = sgw_calloc(1, (size_t)vfs->szOsFile);
    if (target->name == NULL || target->file == NULL)
        return SQLITE_NOMEM;
    return vfs->xOpen(vfs, target->name, target->file,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_DB, NULL);
}

static int lock(const struct sgw_target *target)
{
    const sqlite3_io_methods *methods = target->file->pMethods;
    int ret = methods->xLock(target->file, SQLITE_LOCK_SHARED);
    return ret != SQLITE_OK ? ret : methods->xLock(target->file, SQLITE_LOCK_EXCLUSIVE);
}

static int fail_open(const char *path, struct smimegw_error **ret_error)
{
    return sgw_fail(ret_error, SMIMEGW_E_STATE, "%.300s: a store is open there", path);
}

int sgw_target_hold(const char *path, struct sgw_target **ret_target,
                    struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    *ret_target = NULL;
    /* a log without its file belongs to somebody, too */
    if (sgw_new_file_is_there(path, "-wal"))
        return fail_open(path, ret_error);
    if (!sgw_new_file_is_there(path, ""))
        return SMIMEGW_OK;
    struct sgw_target *target = sgw_calloc(1, sizeof(*target));
    if (target == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "target of a backup");
    int result = open_file(target, path);
    if (result == SQLITE_OK)
        result = lock(target);
    /* once more: a log can't come any more, but it may have come before the lock */
    if ((result & 0xff) == SQLITE_BUSY ||
        (result == SQLITE_OK && sgw_new_file_is_there(path, "-wal")))
        ret = fail_open(path, ret_error);
    else if (result != SQLITE_OK)
        ret = sgw_sqlite_fail_result(ret_error, result, path, "target of a backup");
    if (ret == SMIMEGW_OK)
        *ret_target = target;
    else
        sgw_target_release(target);
    return ret;
}

int sgw_target_check(const struct sgw_target *target, const char *path,
                     struct smimegw_error **ret_error)
{
    int has_moved = 0;
    if (target != NULL)
        target->file->pMethods->xFileControl(target->file, SQLITE_FCNTL_HAS_MOVED, &has_moved);
    return !has_moved ? SMIMEGW_OK
                      : sgw_fail(ret_error, SMIMEGW_E_STATE,
                                 "%.300s: another file came there meanwhile", path);
}

void sgw_target_release(struct sgw_target *target)
{
    if (target == NULL)
        return;
    if (target->file != NULL && target->file->pMethods != NULL) {
        target->file->pMethods->xUnlock(target->file, SQLITE_LOCK_NONE);
        target->file->pMethods->xClose(target->file);
    }
    sqlite3_free_filename(target->name);
    sgw_free(target->file);
    sgw_free(target);
}
