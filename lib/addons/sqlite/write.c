/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/table_store.h"

#include "addons/sqlite/pool.h"
#include "addons/sqlite/row.h"

static bool can_write(const struct sgw_session *session)
{
    return !session->has_failed && session->mode == SMIMEGW_TRANSACTION_WRITE;
}

static int finish(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

/* Write or remove the lookup rows of a record. */
static int change_lookup(struct sgw_session *session, enum sgw_statement which, int64_t id,
                         const struct smimegw_record *record)
{
    sqlite3_stmt *statement;
    int ret = sgw_connection_statement(session->connection, which, &statement);
    for (size_t i = 0; ret == SQLITE_OK && i < record->lookup_key_count; i++) {
        ret = sqlite3_bind_text(statement, 1, record->lookup_keys[i], -1, SQLITE_STATIC);
        if (ret == SQLITE_OK)
            ret = sqlite3_bind_int64(statement, 2, id);
        if (ret == SQLITE_OK)
            ret = finish(statement);
    }
    return ret;
}

static void count_record(struct sgw_session *session, const struct smimegw_record *record,
                         int sign)
{
    session->counts[record->kind] += sign;
    session->bytes[record->kind] += sign * sgw_record_size(record);
}

/* What stands under a name leaves lookup and counts; id 0 where nothing does. */
static int withdraw(struct sgw_session *session, int kind, const char *name, int64_t *ret_id)
{
    sqlite3_stmt *statement;
    struct sgw_row row;
    *ret_id = 0;
    int ret = sgw_connection_statement(session->connection, SGW_STATEMENT_GET, &statement);
    if (ret == SQLITE_OK)
        ret = sqlite3_bind_int(statement, 1, kind);
    if (ret == SQLITE_OK)
        ret = sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    if (ret != SQLITE_OK)
        return ret;
    if (sqlite3_step(statement) != SQLITE_ROW)
        return sqlite3_reset(statement);
    ret = sgw_row_read(statement, &row);
    if (ret == SQLITE_OK)
        ret = change_lookup(session, SGW_STATEMENT_LOOKUP_REMOVE, row.id, &row.record);
    if (ret == SQLITE_OK) {
        count_record(session, &row.record, -1);
        *ret_id = row.id;
    }
    sqlite3_reset(statement);
    return ret;
}

static int write_row(struct sgw_session *session, int64_t *id,
                     const struct smimegw_record *record)
{
    sqlite3_stmt *statement;
    int ret = sgw_connection_statement(session->connection,
                                       *id != 0 ? SGW_STATEMENT_UPDATE : SGW_STATEMENT_INSERT,
                                       &statement);
    if (ret == SQLITE_OK)
        ret = sgw_row_bind(statement, *id, record);
    if (ret == SQLITE_OK)
        ret = finish(statement);
    if (ret == SQLITE_OK && *id == 0)
        *id = sqlite3_last_insert_rowid(session->connection->db);
    return ret;
}

int sgw_write_put(void *userdata, void *session_data, const struct smimegw_record *record)
{
    struct sgw_session *session = session_data;
    int64_t id;
    (void)userdata;
    if (!can_write(session) || record->kind < 0 || record->kind >= SGW_RECORD_KINDS ||
        record->lookup_key_count > SGW_RECORD_KEYS_MOST)
        return sgw_session_result(session, SQLITE_MISUSE);
    int ret = withdraw(session, record->kind, record->name, &id);
    if (ret == SQLITE_OK)
        ret = write_row(session, &id, record);
    if (ret == SQLITE_OK)
        ret = change_lookup(session, SGW_STATEMENT_LOOKUP_INSERT, id, record);
    if (ret == SQLITE_OK)
        count_record(session, record, 1);
    return sgw_session_result(session, ret);
}

int sgw_write_remove(void *userdata, void *session_data, int kind, const char *name)
{
    struct sgw_session *session = session_data;
    sqlite3_stmt *statement;
    int64_t id;
    (void)userdata;
    if (!can_write(session) || kind < 0 || kind >= SGW_RECORD_KINDS)
        return sgw_session_result(session, SQLITE_MISUSE);
    int ret = withdraw(session, kind, name, &id);
    if (ret != SQLITE_OK || id == 0)
        return sgw_session_result(session, ret);
    ret = sgw_connection_statement(session->connection, SGW_STATEMENT_REMOVE, &statement);
    if (ret == SQLITE_OK)
        ret = sqlite3_bind_int64(statement, 1, id);
    if (ret == SQLITE_OK)
        ret = finish(statement);
    return sgw_session_result(session, ret);
}

int sgw_write_touch(void *userdata, void *session_data, int kind, const char *const *names,
                    size_t count, int64_t time)
{
    struct sgw_session *session = session_data;
    sqlite3_stmt *statement;
    (void)userdata;
    if (!can_write(session))
        return sgw_session_result(session, SQLITE_MISUSE);
    int ret = sgw_connection_statement(session->connection, SGW_STATEMENT_TOUCH, &statement);
    for (size_t i = 0; ret == SQLITE_OK && i < count; i++) {
        ret = sqlite3_bind_int(statement, 1, kind);
        if (ret == SQLITE_OK)
            ret = sqlite3_bind_text(statement, 2, names[i], -1, SQLITE_STATIC);
        if (ret == SQLITE_OK)
            ret = sqlite3_bind_int64(statement, 3, time);
        if (ret == SQLITE_OK)
            ret = finish(statement);
    }
    return sgw_session_result(session, ret);
}
