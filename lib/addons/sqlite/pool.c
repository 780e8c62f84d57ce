/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/sqlite/pool.h"

#include "addons/common/clock.h"
#include "addons/common/table_store.h"
#include "addons/common/version.h"
#include "addons/sqlite/fail.h"
#include "addons/sqlite/schema.h"
#include "base/alloc.h"

/* What says nothing else is a failure. */
enum { IDLE_MOST = 8, STORE_FAILED = -99 };

int sgw_pool_new(const char *path, bool is_read_only, int busy_timeout_ms,
                 struct sgw_pool **ret_pool, struct smimegw_error **ret_error)
{
    struct sgw_pool *pool = sgw_calloc(1, sizeof(*pool));
    if (pool == NULL || sgw_clock_init_locks(&pool->mutex, &pool->writer_gone) < 0) {
        sgw_free(pool);
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "store");
    }
    int ret = sgw_place_init(&pool->place, path, is_read_only, ret_error);
    if (ret < 0) {
        pthread_cond_destroy(&pool->writer_gone);
        pthread_mutex_destroy(&pool->mutex);
        sgw_free(pool);
        return ret;
    }
    if (busy_timeout_ms > 0)
        pool->place.busy_timeout_ms = busy_timeout_ms;
    *ret_pool = pool;
    return SMIMEGW_OK;
}

void sgw_pool_free(struct sgw_pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->idle != NULL) {
        struct sgw_connection *connection = pool->idle;
        pool->idle = connection->next;
        sgw_connection_close(connection);
    }
    sgw_place_clear(&pool->place);
    pthread_cond_destroy(&pool->writer_gone);
    pthread_mutex_destroy(&pool->mutex);
    sgw_free(pool);
}

static int take_connection(struct sgw_pool *pool, struct sgw_connection **ret_connection,
                           struct smimegw_error **ret_error)
{
    pthread_mutex_lock(&pool->mutex);
    struct sgw_connection *connection = pool->idle;
    if (connection != NULL) {
        pool->idle = connection->next;
        pool->idle_count--;
    }
    pthread_mutex_unlock(&pool->mutex);
    if (connection == NULL)
        return sgw_connection_open(&pool->place, ret_connection, ret_error);
    *ret_connection = connection;
    return SMIMEGW_OK;
}

static void give_connection(struct sgw_pool *pool, struct sgw_connection *connection)
{
    pthread_mutex_lock(&pool->mutex);
    bool is_kept = pool->idle_count < IDLE_MOST;
    if (is_kept) {
        connection->next = pool->idle;
        pool->idle = connection;
        pool->idle_count++;
    }
    pthread_mutex_unlock(&pool->mutex);
    if (!is_kept)
        sgw_connection_close(connection);
}

int sgw_pool_prepare(struct sgw_pool *pool, struct smimegw_error **ret_error)
{
    struct sgw_connection *connection;
    int ret = take_connection(pool, &connection, ret_error);
    if (ret == SMIMEGW_OK)
        give_connection(pool, connection);
    return ret;
}

/* Threads wait for each other here, where one wakes the next; SQLite, which looks again and
 * again, is between processes. */
static int take_turn(struct sgw_pool *pool)
{
    const struct timespec until = sgw_clock_in_ms(pool->place.busy_timeout_ms);
    int ret = 0;
    pthread_mutex_lock(&pool->mutex);
    while (pool->is_writing && ret == 0)
        ret = pthread_cond_timedwait(&pool->writer_gone, &pool->mutex, &until);
    bool has_turn = !pool->is_writing;
    pool->is_writing = true;
    pthread_mutex_unlock(&pool->mutex);
    return has_turn ? SMIMEGW_STORE_DONE : SMIMEGW_STORE_BUSY;
}

static void give_turn(struct sgw_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->is_writing = false;
    pthread_cond_signal(&pool->writer_gone);
    pthread_mutex_unlock(&pool->mutex);
}

int sgw_session_result(struct sgw_session *session, int result)
{
    if (result == SQLITE_OK)
        return SMIMEGW_STORE_DONE;
    session->has_failed = true;
    switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return SMIMEGW_STORE_BUSY;
    case SQLITE_NOMEM:
        return SMIMEGW_STORE_NOMEM;
    default:
        return STORE_FAILED;
    }
}

/* A connection that failed is not used again. */
static void free_session(struct sgw_session *session)
{
    if (session->connection != NULL && session->has_failed)
        sgw_connection_close(session->connection);
    else if (session->connection != NULL)
        give_connection(session->pool, session->connection);
    if (session->mode == SMIMEGW_TRANSACTION_WRITE)
        give_turn(session->pool);
    sgw_free(session);
}

/* SQLite takes its state at the first look, and a transaction that reads at its beginning:
 * look whether a newer library has changed the tables since the connection was opened. */
static int start(struct sgw_connection *connection, bool is_write)
{
    sqlite3_stmt *statement;
    int ret = sgw_connection_run(connection, is_write ? SGW_STATEMENT_BEGIN_WRITE
                                                      : SGW_STATEMENT_BEGIN_READ);
    if (ret == SQLITE_OK)
        ret = sgw_connection_statement(connection, SGW_STATEMENT_VERSION, &statement);
    if (ret != SQLITE_OK)
        return ret;
    bool is_right =
        sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_int(statement, 0) == sgw_schema_last_version(sgw_schema_steps);
    ret = sqlite3_reset(statement);
    return ret == SQLITE_OK && !is_right ? SQLITE_SCHEMA : ret;
}

int sgw_session_begin(void *userdata, int mode, void **ret_session)
{
    struct sgw_pool *pool = userdata;
    bool is_write = mode == SMIMEGW_TRANSACTION_WRITE;
    if (is_write && pool->place.is_read_only)
        return STORE_FAILED;
    struct sgw_session *session = sgw_calloc(1, sizeof(*session));
    if (session == NULL)
        return SMIMEGW_STORE_NOMEM;
    session->pool = pool;
    int ret = is_write ? take_turn(pool) : SMIMEGW_STORE_DONE;
    if (ret != SMIMEGW_STORE_DONE) {
        sgw_free(session);
        return ret;
    }
    session->mode = mode;
    int code = take_connection(pool, &session->connection, NULL);
    if (code < 0)
        ret = code == SMIMEGW_E_NOMEM ? SMIMEGW_STORE_NOMEM : STORE_FAILED;
    else
        ret = sgw_session_result(session, start(session->connection, is_write));
    if (ret == SMIMEGW_STORE_DONE)
        *ret_session = session;
    else
        free_session(session);
    return ret;
}

static int write_counts(struct sgw_session *session)
{
    sqlite3_stmt *statement;
    int ret = sgw_connection_statement(session->connection, SGW_STATEMENT_COUNT, &statement);
    for (int kind = 0; ret == SQLITE_OK && kind < SGW_RECORD_KINDS; kind++) {
        if (session->counts[kind] == 0 && session->bytes[kind] == 0)
            continue;
        sqlite3_bind_int(statement, 1, kind);
        sqlite3_bind_int64(statement, 2, session->counts[kind]);
        sqlite3_bind_int64(statement, 3, session->bytes[kind]);
        sqlite3_step(statement);
        ret = sqlite3_reset(statement);
    }
    return ret;
}

int sgw_session_end(void *userdata, void *session_data, int is_commit)
{
    struct sgw_session *session = session_data;
    int ret = session->has_failed && is_commit ? STORE_FAILED : SMIMEGW_STORE_DONE;
    (void)userdata;
    if (is_commit && ret == SMIMEGW_STORE_DONE) {
        int result = write_counts(session);
        if (result == SQLITE_OK)
            result = sgw_connection_run(session->connection, SGW_STATEMENT_COMMIT);
        ret = sgw_session_result(session, result);
    }
    if (!sqlite3_get_autocommit(session->connection->db))
        sgw_session_result(session,
                           sgw_connection_run(session->connection, SGW_STATEMENT_ROLLBACK));
    free_session(session);
    return ret;
}
