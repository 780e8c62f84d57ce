/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/table_store.h"

#include <stdlib.h>

#include "addons/sqlite/pool.h"
#include "addons/sqlite/row.h"
#include "base/alloc.h"

/* A record that one of the lookup keys led to. */
struct hit {
    int64_t id;
    const char *key;
};

struct hits {
    struct hit *items;
    size_t count;
    size_t room;
};

/* Hand over all rows of a statement; a result of SQLite. */
static int take_rows(sqlite3_stmt *statement, struct sgw_taker *taker)
{
    int ret;
    while (!taker->is_enough && (ret = sqlite3_step(statement)) == SQLITE_ROW) {
        struct sgw_row row;
        ret = sgw_row_read(statement, &row);
        if (ret != SQLITE_OK) {
            sqlite3_reset(statement);
            return ret;
        }
        sgw_taker_give(taker, &row.record);
    }
    return sqlite3_reset(statement);
}

/* For a statement about a kind, and a text or no text. */
static int take_kind(struct sgw_session *session, enum sgw_statement which, int kind,
                     const char *text, struct sgw_taker *taker)
{
    sqlite3_stmt *statement;
    if (session->has_failed)
        return SQLITE_ABORT;
    int ret = sgw_connection_statement(session->connection, which, &statement);
    if (ret == SQLITE_OK)
        ret = sqlite3_bind_int(statement, 1, kind);
    if (ret == SQLITE_OK && text != NULL)
        ret = sqlite3_bind_text(statement, 2, text, -1, SQLITE_STATIC);
    return ret != SQLITE_OK ? ret : take_rows(statement, taker);
}

int sgw_read_get(void *userdata, void *session, int kind, const char *name,
                 smimegw_record_fn take, void *take_userdata)
{
    struct sgw_taker taker = {take, take_userdata, false};
    (void)userdata;
    return sgw_session_result(session,
                              take_kind(session, SGW_STATEMENT_GET, kind, name, &taker));
}

int sgw_read_each(void *userdata, void *session, int kind, const char *after,
                  smimegw_record_fn take, void *take_userdata)
{
    struct sgw_taker taker = {take, take_userdata, false};
    (void)userdata;
    /* no name is empty */
    return sgw_session_result(session, take_kind(session, SGW_STATEMENT_EACH, kind,
                                                 after != NULL ? after : "", &taker));
}

int sgw_read_oldest(void *userdata, void *session, int kind, smimegw_record_fn take,
                    void *take_userdata)
{
    struct sgw_taker taker = {take, take_userdata, false};
    (void)userdata;
    return sgw_session_result(session,
                              take_kind(session, SGW_STATEMENT_OLDEST, kind, NULL, &taker));
}

static int add_hit(struct hits *hits, int64_t id, const char *key)
{
    if (hits->count == hits->room) {
        size_t room = hits->room > 0 ? 2 * hits->room : 8;
        struct hit *items = sgw_realloc(hits->items, room, sizeof(*items));
        if (items == NULL)
            return SQLITE_NOMEM;
        hits->items = items;
        hits->room = room;
    }
    hits->items[hits->count++] = (struct hit){id, key};
    return SQLITE_OK;
}

static int find_key(sqlite3_stmt *statement, const char *key, struct hits *hits)
{
    int ret = sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    if (ret != SQLITE_OK)
        return ret;
    while ((ret = sqlite3_step(statement)) == SQLITE_ROW) {
        ret = add_hit(hits, sqlite3_column_int64(statement, 0), key);
        if (ret != SQLITE_OK) {
            sqlite3_reset(statement);
            return ret;
        }
    }
    return sqlite3_reset(statement);
}

static int compare_hits(const void *a, const void *b)
{
    const struct hit *first = a;
    const struct hit *second = b;
    return (first->id > second->id) - (first->id < second->id);
}

static int take_hit(sqlite3_stmt *statement, const struct hit *hit, struct sgw_taker *taker)
{
    struct sgw_row row;
    int ret = sqlite3_bind_int64(statement, 1, hit->id);
    if (ret != SQLITE_OK)
        return ret;
    ret = sqlite3_step(statement);
    if (ret != SQLITE_ROW) {
        int result = sqlite3_reset(statement);
        /* a lookup row that leads nowhere */
        return result == SQLITE_OK ? SQLITE_CORRUPT : result;
    }
    ret = sgw_row_read(statement, &row);
    if (ret == SQLITE_OK && !sgw_record_has_key(&row.record, hit->key))
        ret = SQLITE_CORRUPT;
    if (ret == SQLITE_OK)
        sgw_taker_give(taker, &row.record);
    sqlite3_reset(statement);
    return ret;
}

static int take_hits(struct sgw_session *session, struct hits *hits, struct sgw_taker *taker)
{
    sqlite3_stmt *statement;
    int ret = sgw_connection_statement(session->connection, SGW_STATEMENT_GET_ID, &statement);
    if (hits->count > 1)
        qsort(hits->items, hits->count, sizeof(*hits->items), compare_hits);
    for (size_t i = 0; ret == SQLITE_OK && i < hits->count && !taker->is_enough; i++)
        if (i == 0 || hits->items[i].id != hits->items[i - 1].id)
            ret = take_hit(statement, &hits->items[i], taker);
    return ret;
}

int sgw_read_find(void *userdata, void *session_data, const char *const *lookup_keys,
                  size_t count, smimegw_record_fn take, void *take_userdata)
{
    struct sgw_session *session = session_data;
    struct sgw_taker taker = {take, take_userdata, false};
    struct hits hits = {NULL, 0, 0};
    sqlite3_stmt *statement;
    (void)userdata;
    if (session->has_failed)
        return sgw_session_result(session, SQLITE_ABORT);
    int ret = sgw_connection_statement(session->connection, SGW_STATEMENT_FIND, &statement);
    for (size_t i = 0; ret == SQLITE_OK && i < count; i++)
        ret = find_key(statement, lookup_keys[i], &hits);
    if (ret == SQLITE_OK)
        ret = take_hits(session, &hits, &taker);
    sgw_free(hits.items);
    return sgw_session_result(session, ret);
}

int sgw_read_measure(void *userdata, void *session_data, int kind, int64_t *ret_count,
                     int64_t *ret_bytes)
{
    struct sgw_session *session = session_data;
    sqlite3_stmt *statement;
    (void)userdata;
    if (session->has_failed || kind < 0 || kind >= SGW_RECORD_KINDS)
        return sgw_session_result(session, SQLITE_ABORT);
    int64_t count = session->counts[kind];
    int64_t bytes = session->bytes[kind];
    int ret = sgw_connection_statement(session->connection, SGW_STATEMENT_MEASURE, &statement);
    if (ret == SQLITE_OK)
        ret = sqlite3_bind_int(statement, 1, kind);
    if (ret == SQLITE_OK) {
        if (sqlite3_step(statement) == SQLITE_ROW) {
            count += sqlite3_column_int64(statement, 0);
            bytes += sqlite3_column_int64(statement, 1);
        }
        ret = sqlite3_reset(statement);
    }
    if (ret == SQLITE_OK) {
        *ret_count = count;
        *ret_bytes = bytes;
    }
    return sgw_session_result(session, ret);
}
