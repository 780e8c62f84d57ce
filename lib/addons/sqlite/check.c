/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/sqlite.h>
#include <string.h>

#include "addons/sqlite/fail.h"
#include "addons/sqlite/pool.h"
#include "addons/sqlite/row.h"
#include "addons/sqlite/schema.h"

/* What was counted on the way through all records. */
struct sums {
    int64_t records;
    int64_t keys;
};

static int check_pages(struct sgw_connection *connection, const char *path,
                       struct smimegw_error **ret_error)
{
    sqlite3_stmt *statement = NULL;
    const char *text;
    int ret = SMIMEGW_OK;
    int result =
        sgw_schema_text(connection->db, "PRAGMA integrity_check(1)", &statement, &text);
    if (result != SQLITE_OK)
        ret = sgw_sqlite_fail_result(ret_error, result, path, "check");
    else if (strcmp(text, "ok") != 0)
        ret = sgw_fail(ret_error, SMIMEGW_E_STORE, "%.300s: %s", path, text);
    sqlite3_finalize(statement);
    return ret;
}

static bool is_repeated(const struct smimegw_record *record, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(record->lookup_keys[i], record->lookup_keys[index]) == 0)
            return true;
    return false;
}

/* Each key of a record has its lookup row; as many rows as keys, then, are the same ones. */
static int check_keys(sqlite3_stmt *lookup, const struct sgw_row *row, struct sums *sums)
{
    int ret = SQLITE_OK;
    for (size_t i = 0; ret == SQLITE_OK && i < row->record.lookup_key_count; i++) {
        if (is_repeated(&row->record, i))
            continue;
        sums->keys++;
        sqlite3_bind_text(lookup, 1, row->record.lookup_keys[i], -1, SQLITE_STATIC);
        sqlite3_bind_int64(lookup, 2, row->id);
        bool is_there = sqlite3_step(lookup) == SQLITE_ROW;
        ret = sqlite3_reset(lookup);
        if (ret == SQLITE_OK && !is_there)
            ret = SQLITE_CORRUPT;
    }
    return ret;
}

static int check_records(struct sgw_connection *connection, int kind, sqlite3_stmt *lookup,
                         struct sums *sums)
{
    int64_t before = sums->records;
    int64_t bytes = 0;
    sqlite3_stmt *statement;
    int ret = sgw_connection_statement(connection, SGW_STATEMENT_EACH, &statement);
    if (ret != SQLITE_OK)
        return ret;
    sqlite3_bind_int(statement, 1, kind);
    sqlite3_bind_text(statement, 2, "", 0, SQLITE_STATIC);
    while (ret == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        struct sgw_row row;
        ret = sgw_row_read(statement, &row);
        if (ret == SQLITE_OK)
            ret = check_keys(lookup, &row, sums);
        if (ret == SQLITE_OK)
            bytes += sgw_record_size(&row.record);
        sums->records++;
    }
    int result = sqlite3_reset(statement);
    if (ret == SQLITE_OK)
        ret = result;
    if (ret == SQLITE_OK)
        ret = sgw_connection_statement(connection, SGW_STATEMENT_MEASURE, &statement);
    if (ret != SQLITE_OK)
        return ret;
    sqlite3_bind_int(statement, 1, kind);
    bool has_counts = sqlite3_step(statement) == SQLITE_ROW;
    bool is_right = sqlite3_column_int64(statement, 0) == sums->records - before &&
                    sqlite3_column_int64(statement, 1) == bytes;
    ret = sqlite3_reset(statement);
    return ret != SQLITE_OK                                    ? ret
           : (has_counts ? is_right : sums->records == before) ? SQLITE_OK
                                                               : SQLITE_CORRUPT;
}

static int check_all(struct sgw_connection *connection)
{
    static const char lookup_text[] = "SELECT 1 FROM lookup WHERE key = ?1 AND id = ?2";
    struct sums sums = {0, 0};
    sqlite3_int64 rows = 0;
    sqlite3_int64 keys = 0;
    sqlite3_stmt *lookup;
    int ret = sqlite3_prepare_v2(connection->db, lookup_text, -1, &lookup, NULL);
    if (ret != SQLITE_OK)
        return ret;
    for (int kind = 0; ret == SQLITE_OK && kind < SGW_RECORD_KINDS; kind++)
        ret = check_records(connection, kind, lookup, &sums);
    sqlite3_finalize(lookup);
    if (ret == SQLITE_OK)
        ret = sgw_schema_number(connection->db, "SELECT count(*) FROM records", &rows);
    if (ret == SQLITE_OK)
        ret = sgw_schema_number(connection->db, "SELECT count(*) FROM lookup", &keys);
    if (ret == SQLITE_OK && (rows != sums.records || keys != sums.keys))
        ret = SQLITE_CORRUPT;
    return ret;
}

int smimegw_sqlite_check(const char *path, struct smimegw_error **ret_error)
{
    struct sgw_place place;
    struct sgw_connection *connection = NULL;
    SGW_REQUIRE(path != NULL && path[0] != '\0', ret_error);
    int ret = sgw_place_init(&place, path, true, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_connection_open(&place, &connection, ret_error);
    if (ret == SMIMEGW_OK) {
        int result = sgw_connection_run(connection, SGW_STATEMENT_BEGIN_READ);
        if (result == SQLITE_OK)
            ret = check_pages(connection, path, ret_error);
        if (ret == SMIMEGW_OK && result == SQLITE_OK)
            result = check_all(connection);
        if (ret == SMIMEGW_OK && result != SQLITE_OK)
            ret = sgw_sqlite_fail_result(ret_error, result, path, "records and lookup keys");
    }
    sgw_connection_close(connection);
    sgw_place_clear(&place);
    return ret;
}
