/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/sqlite/connection.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "addons/sqlite/fail.h"
#include "addons/sqlite/schema.h"
#include "base/alloc.h"

/* In the order of row.c. */
#define ROW_OF                                                                                \
    "SELECT id, kind, name, grade, added, used, signed_at, digest, origin, keys, "            \
    "capabilities, data FROM records "

static const char *const statement_texts[SGW_STATEMENTS] = {
    [SGW_STATEMENT_BEGIN_READ] = "BEGIN",
    [SGW_STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [SGW_STATEMENT_VERSION] = "PRAGMA user_version",
    [SGW_STATEMENT_COMMIT] = "COMMIT",
    [SGW_STATEMENT_ROLLBACK] = "ROLLBACK",
    [SGW_STATEMENT_GET] = ROW_OF "WHERE kind = ?1 AND name = ?2",
    [SGW_STATEMENT_GET_ID] = ROW_OF "WHERE id = ?1",
    [SGW_STATEMENT_EACH] = ROW_OF "WHERE kind = ?1 AND name > ?2 ORDER BY name",
    [SGW_STATEMENT_OLDEST] = ROW_OF "WHERE kind = ?1 ORDER BY last, name",
    [SGW_STATEMENT_FIND] = "SELECT id FROM lookup WHERE key = ?1",
    [SGW_STATEMENT_INSERT] =
        "INSERT INTO records(id, kind, name, grade, added, used, signed_at, digest, origin, "
        "keys, capabilities, data, last) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
        "?12, max(?5, ?6))",
    [SGW_STATEMENT_UPDATE] =
        "UPDATE records SET grade = ?4, added = ?5, used = ?6, signed_at = ?7, digest = ?8, "
        "origin = ?9, keys = ?10, capabilities = ?11, data = ?12, last = max(?5, ?6) WHERE "
        "id = ?1 AND kind = ?2 AND name = ?3",
    [SGW_STATEMENT_REMOVE] = "DELETE FROM records WHERE id = ?1",
    [SGW_STATEMENT_LOOKUP_INSERT] = "INSERT OR IGNORE INTO lookup(key, id) VALUES(?1, ?2)",
    [SGW_STATEMENT_LOOKUP_REMOVE] = "DELETE FROM lookup WHERE key = ?1 AND id = ?2",
    [SGW_STATEMENT_TOUCH] = "UPDATE records SET used = ?3, last = max(added, ?3) WHERE "
                            "kind = ?1 AND name = ?2 AND used < ?3",
    [SGW_STATEMENT_MEASURE] = "SELECT records, bytes FROM counts WHERE kind = ?1",
    [SGW_STATEMENT_COUNT] =
        "INSERT INTO counts(kind, records, bytes) VALUES(?1, ?2, ?3) ON CONFLICT(kind) DO "
        "UPDATE SET records = records + excluded.records, bytes = bytes + excluded.bytes",
};

/* What a file may never make SQLite do, and what SQLite may take for it. */
struct db_switch {
    int what;
    int value;
};

static const struct db_switch db_switches[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},        {SQLITE_DBCONFIG_DQS_DML, 0},
};

static const struct db_switch db_limits[] = {
    {SQLITE_LIMIT_LENGTH, 4 << 20},
    {SQLITE_LIMIT_ATTACHED, 0},
};

/* A commit is on the disk when it returns. The log is cut where a large import made it large.
 */
static const char settings[] = "PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL; "
                               "PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; "
                               "PRAGMA journal_size_limit = 67108864";

static const char page_size[] = "PRAGMA page_size = 4096";
static_assert(SGW_PAGE_SIZE == 4096, "the same as in the text");

int sgw_place_init(struct sgw_place *place, const char *path, bool is_read_only,
                   struct smimegw_error **ret_error)
{
    size_t size = strlen(path) + sizeof("./");
    *place = (struct sgw_place){.is_read_only = is_read_only, .busy_timeout_ms = 5000};
    place->path = sgw_malloc(size);
    if (place->path == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "path of a store");
    /* ":memory:" and "file:" are names like others */
    snprintf(place->path, size, "%s%s", path[0] == '/' ? "" : "./", path);
    int ret = sgw_vfs_open(&place->vfs);
    if (ret == SQLITE_OK)
        return SMIMEGW_OK;
    sgw_free(place->path);
    return sgw_sqlite_fail_result(ret_error, ret, path, "SQLite");
}

void sgw_place_clear(struct sgw_place *place)
{
    sgw_vfs_close(&place->vfs);
    sgw_free(place->path);
}

static int harden(sqlite3 *db)
{
    int ret = SQLITE_OK;
    for (size_t i = 0; i < sizeof(db_switches) / sizeof(db_switches[0]); i++)
        if (ret == SQLITE_OK)
            ret = sqlite3_db_config(db, db_switches[i].what, db_switches[i].value, NULL);
    for (size_t i = 0; i < sizeof(db_limits) / sizeof(db_limits[0]); i++)
        sqlite3_limit(db, db_limits[i].what, db_limits[i].value);
    return ret;
}

int sgw_connection_open_db(const struct sgw_place *place, sqlite3 **ret_db)
{
    sqlite3 *db = NULL;
    int flags = (place->is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    int ret = sqlite3_open_v2(place->path, &db, flags, place->vfs.name);
    if (ret == SQLITE_OK)
        ret = sqlite3_busy_timeout(db, place->busy_timeout_ms);
    if (ret == SQLITE_OK)
        ret = harden(db);
    if (ret == SQLITE_OK)
        ret = sqlite3_exec(db, settings, NULL, NULL, NULL);
    if (ret == SQLITE_OK)
        *ret_db = db;
    else
        sqlite3_close(db);
    return ret;
}

int sgw_connection_keep_log(const struct sgw_place *place, sqlite3 *db,
                            struct smimegw_error **ret_error)
{
    sqlite3_stmt *statement = NULL;
    const char *mode;
    const char *text =
        place->is_read_only ? "PRAGMA journal_mode" : "PRAGMA journal_mode = WAL";
    int ret = sgw_schema_text(db, text, &statement, &mode);
    if (ret == SQLITE_OK && strcmp(mode, "wal") != 0)
        ret = SQLITE_IOERR;
    sqlite3_finalize(statement);
    return ret == SQLITE_OK ? SMIMEGW_OK
                            : sgw_sqlite_fail_result(ret_error, ret, place->path, "WAL");
}

int sgw_connection_open_new(const struct sgw_place *place, sqlite3 **ret_db)
{
    int reserve = SGW_PAGE_RESERVE;
    sqlite3 *db;
    int ret = sgw_connection_open_db(place, &db);
    if (ret != SQLITE_OK)
        return ret;
    ret = sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    if (ret == SQLITE_OK)
        ret = sqlite3_exec(db, page_size, NULL, NULL, NULL);
    if (ret == SQLITE_OK)
        *ret_db = db;
    else
        sqlite3_close(db);
    return ret;
}

int sgw_connection_open(const struct sgw_place *place, struct sgw_connection **ret_connection,
                        struct smimegw_error **ret_error)
{
    struct sgw_connection *connection = sgw_calloc(1, sizeof(*connection));
    if (connection == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "connection to a store");
    int result = sgw_connection_open_db(place, &connection->db);
    int ret = result == SQLITE_OK
                  ? SMIMEGW_OK
                  : sgw_sqlite_fail_result(ret_error, result, place->path, "opening");
    if (ret == SMIMEGW_OK && !place->is_read_only)
        ret = sgw_schema_migrate(connection->db, place->path, sgw_schema_steps, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_schema_check(connection->db, place->path, sgw_schema_steps, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_connection_keep_log(place, connection->db, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_connection = connection;
    else
        sgw_connection_close(connection);
    return ret;
}

void sgw_connection_close(struct sgw_connection *connection)
{
    if (connection == NULL)
        return;
    for (int i = 0; i < SGW_STATEMENTS; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    sgw_free(connection);
}

int sgw_connection_statement(struct sgw_connection *connection, enum sgw_statement which,
                             sqlite3_stmt **ret_statement)
{
    sqlite3_stmt **statement = &connection->statements[which];
    int ret = SQLITE_OK;
    if (*statement == NULL)
        ret = sqlite3_prepare_v3(connection->db, statement_texts[which], -1,
                                 SQLITE_PREPARE_PERSISTENT, statement, NULL);
    *ret_statement = *statement;
    return ret;
}

int sgw_connection_run(struct sgw_connection *connection, enum sgw_statement which)
{
    sqlite3_stmt *statement;
    int ret = sgw_connection_statement(connection, which, &statement);
    if (ret != SQLITE_OK)
        return ret;
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}
