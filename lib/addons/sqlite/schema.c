/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/sqlite/schema.h"

#include <stdio.h>
#include <string.h>

#include "addons/common/version.h"
#include "addons/sqlite/fail.h"

/*
 * records.last is the later of used and added; keys are texts with their NULs; digest covers
 * all but id, used and last. A lookup row must be among the keys of its record, so that it
 * can't bind an address to another's certificate. No foreign key: it would need an index over
 * lookup.id, and the keys of a record say already which rows are its own.
 */
const char *const sgw_schema_steps[] = {
    "CREATE TABLE records(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL,"
    " grade INTEGER NOT NULL, last INTEGER NOT NULL, added INTEGER NOT NULL,"
    " used INTEGER NOT NULL, signed_at INTEGER NOT NULL, digest INTEGER NOT NULL,"
    " origin TEXT, keys BLOB, capabilities BLOB, data BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX records_name ON records(kind, name);"
    "CREATE INDEX records_last ON records(kind, last, name);"
    "CREATE TABLE lookup(key TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(key, id))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE counts(kind INTEGER PRIMARY KEY, records INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL) STRICT;",
    NULL,
};

static const char schema_text[] =
    "SELECT group_concat(line, char(10)) FROM (SELECT type || ' ' || name || ' ' || tbl_name "
    "|| ' ' || ifnull(sql, '') AS line FROM sqlite_schema ORDER BY type, name)";

int sgw_schema_number(sqlite3 *db, const char *sql, sqlite3_int64 *ret_number)
{
    sqlite3_stmt *statement;
    int ret = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (ret != SQLITE_OK)
        return ret;
    ret = sqlite3_step(statement);
    if (ret == SQLITE_ROW)
        *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return ret == SQLITE_ROW ? SQLITE_OK : ret == SQLITE_DONE ? SQLITE_CORRUPT : ret;
}

int sgw_schema_text(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement,
                    const char **ret_text)
{
    sqlite3_stmt *statement;
    int ret = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (ret != SQLITE_OK)
        return ret;
    ret = sqlite3_step(statement);
    const char *text =
        ret == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (text != NULL) {
        *ret_statement = statement;
        *ret_text = text;
        return SQLITE_OK;
    }
    if (ret == SQLITE_ROW && (sqlite3_errcode(db) & 0xff) == SQLITE_NOMEM)
        ret = SQLITE_NOMEM;
    sqlite3_finalize(statement);
    return ret == SQLITE_ROW || ret == SQLITE_DONE ? SQLITE_CORRUPT : ret;
}

static int read_version(sqlite3 *db, const char *path, const char *const *steps,
                        int *ret_version, struct smimegw_error **ret_error)
{
    sqlite3_int64 application;
    sqlite3_int64 version;
    sqlite3_int64 tables;
    int ret = sgw_schema_number(db, "PRAGMA application_id", &application);
    if (ret == SQLITE_OK)
        ret = sgw_schema_number(db, "PRAGMA user_version", &version);
    if (ret == SQLITE_OK)
        ret = sgw_schema_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (ret != SQLITE_OK)
        return sgw_sqlite_fail_result(ret_error, ret, path, "version");
    int is_empty = application == 0 && version == 0 && tables == 0;
    if (!is_empty && (application != SGW_SCHEMA_APPLICATION || version < 1))
        return sgw_fail(ret_error, SMIMEGW_E_STORE,
                        "%.300s: a database of another program, not a store", path);
    if (version > sgw_schema_last_version(steps))
        return sgw_fail(ret_error, SMIMEGW_E_STORE,
                        "%.300s: a newer library wrote this store: its version is %d, "
                        "and %d is the last one known here",
                        path, (int)version, sgw_schema_last_version(steps));
    *ret_version = (int)version;
    return SMIMEGW_OK;
}

static int run_steps(sqlite3 *db, const char *const *steps, int version)
{
    char marks[100];
    int ret = SQLITE_OK;
    for (; ret == SQLITE_OK && steps[version] != NULL; version++)
        ret = sqlite3_exec(db, steps[version], NULL, NULL, NULL);
    snprintf(marks, sizeof(marks), "PRAGMA application_id = %d; PRAGMA user_version = %d",
             SGW_SCHEMA_APPLICATION, version);
    if (ret == SQLITE_OK)
        ret = sqlite3_exec(db, marks, NULL, NULL, NULL);
    return ret != SQLITE_OK ? ret : sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
}

int sgw_schema_migrate(sqlite3 *db, const char *path, const char *const *steps,
                       struct smimegw_error **ret_error)
{
    int version;
    int ret = read_version(db, path, steps, &version, ret_error);
    if (ret < 0 || version == sgw_schema_last_version(steps))
        return ret;
    ret = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (ret != SQLITE_OK)
        return sgw_sqlite_fail_result(ret_error, ret, path, "migration");
    /* once more: another process may have been faster */
    ret = read_version(db, path, steps, &version, ret_error);
    if (ret == SMIMEGW_OK) {
        int result = run_steps(db, steps, version);
        if (result != SQLITE_OK)
            ret = sgw_sqlite_fail_result(ret_error, result, path, "migration");
    }
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return ret;
}

/* The same steps in memory make what must be there. */
static int compare_schema(sqlite3 *db, sqlite3 *model, const char *const *steps)
{
    sqlite3_stmt *found = NULL;
    sqlite3_stmt *wanted = NULL;
    const char *found_text;
    const char *wanted_text;
    int ret = SQLITE_OK;
    for (; ret == SQLITE_OK && *steps != NULL; steps++)
        ret = sqlite3_exec(model, *steps, NULL, NULL, NULL);
    if (ret == SQLITE_OK)
        ret = sgw_schema_text(model, schema_text, &wanted, &wanted_text);
    if (ret == SQLITE_OK)
        ret = sgw_schema_text(db, schema_text, &found, &found_text);
    if (ret == SQLITE_OK && strcmp(found_text, wanted_text) != 0)
        ret = SQLITE_CORRUPT;
    sqlite3_finalize(found);
    sqlite3_finalize(wanted);
    return ret;
}

int sgw_schema_check(sqlite3 *db, const char *path, const char *const *steps,
                     struct smimegw_error **ret_error)
{
    int version;
    sqlite3 *model = NULL;
    int ret = read_version(db, path, steps, &version, ret_error);
    if (ret < 0)
        return ret;
    if (version != sgw_schema_last_version(steps))
        return sgw_fail(ret_error, SMIMEGW_E_STORE,
                        "%.300s: a store of version %d: open it for writing once, to "
                        "bring it to version %d",
                        path, version, sgw_schema_last_version(steps));
    ret =
        sqlite3_open_v2(":memory:", &model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (ret == SQLITE_OK)
        ret = compare_schema(db, model, steps);
    sqlite3_close(model);
    return ret == SQLITE_OK ? SMIMEGW_OK
                            : sgw_sqlite_fail_result(ret_error, ret, path, "tables");
}
