/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/postgres/session.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addons/common/clock.h"
#include "addons/common/table_store.h"
#include "addons/common/version.h"
#include "addons/postgres/row.h"
#include "addons/postgres/schema.h"
#include "base/alloc.h"

/* The last statement takes the state that is seen from then on: at the beginning, and of those
 * that write only when no other one does. LOCK TABLE does not take it, a function would. */
static const char begin_read[] =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT version FROM smimegw_version";
static const char begin_write[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE;"
                                  " LOCK TABLE smimegw_version IN SHARE ROW EXCLUSIVE MODE;"
                                  " SELECT version, gen_random_uuid() FROM smimegw_version";

/*
 * The number that the server gives to a transaction would not do: after a crash it gives the
 * same one again. Whoever has the lock of those that write knows that no other one is under
 * way.
 */
static const char keep_token[] =
    "WITH old AS (DELETE FROM commits WHERE at < now() - interval '1 hour')"
    " INSERT INTO commits(token, at) VALUES($1::uuid, now())";
static const char lock_text[] =
    "BEGIN; LOCK TABLE smimegw_version IN SHARE ROW EXCLUSIVE MODE";
static const char fate_text[] = "SELECT 1 FROM commits WHERE token = $1::uuid";

enum { FATE_PAUSE_MS = 50 };

int sgw_session_result(struct sgw_session *session, int result)
{
    if (result != SMIMEGW_STORE_DONE)
        session->has_failed = true;
    return result;
}

int sgw_session_run(struct sgw_session *session, const char *text,
                    const struct sgw_params *params, PGresult **ret_result)
{
    return session->has_failed ? SGW_LINK_FAILED
                               : sgw_link_run(session->link, text, params, ret_result);
}

/* --- begin ---------------------------------------------------------------------------------
 */

static bool read_number(const PGresult *result, int column, int64_t *ret_number)
{
    char *end;
    const char *text = PQgetvalue(result, 0, column);
    *ret_number = strtoll(text, &end, 10);
    return end != text && *end == '\0';
}

/* Another version than this library's came after the connection. */
static bool is_right(struct sgw_session *session, const PGresult *result)
{
    bool is_write = session->mode == SMIMEGW_TRANSACTION_WRITE;
    int64_t version;
    if (PQntuples(result) != 1 || !read_number(result, 0, &version) ||
        version != sgw_schema_last_version(sgw_schema_steps))
        return false;
    if (is_write)
        snprintf(session->token, sizeof(session->token), "%s", PQgetvalue(result, 0, 1));
    return true;
}

static int start(struct sgw_session *session)
{
    PGresult *result;
    bool is_write = session->mode == SMIMEGW_TRANSACTION_WRITE;
    int ret = sgw_link_run(session->link, is_write ? begin_write : begin_read, NULL, &result);
    if (ret != SMIMEGW_STORE_DONE)
        return ret;
    if (!is_right(session, result))
        ret = SGW_LINK_FAILED;
    PQclear(result);
    return ret;
}

static void free_session(struct sgw_session *session)
{
    struct sgw_link *link = session->link;
    if (PQtransactionStatus(link->conn) != PQTRANS_IDLE)
        sgw_link_do(link, "ROLLBACK", NULL);
    sgw_pool_give(session->pool, link);
    sgw_free(session);
}

int sgw_session_begin(void *userdata, int mode, void **ret_session)
{
    struct sgw_pool *pool = userdata;
    bool is_fresh;
    bool is_stale;
    if (mode == SMIMEGW_TRANSACTION_WRITE && pool->server.is_read_only)
        return SGW_LINK_FAILED;
    do {
        struct sgw_session *session = sgw_calloc(1, sizeof(*session));
        if (session == NULL)
            return SMIMEGW_STORE_NOMEM;
        session->pool = pool;
        session->mode = mode;
        int ret = sgw_pool_take(pool, &session->link, &is_fresh, NULL);
        if (ret != SMIMEGW_STORE_DONE) {
            sgw_free(session);
            return ret;
        }
        ret = start(session);
        if (ret == SMIMEGW_STORE_DONE) {
            *ret_session = session;
            return ret;
        }
        /* lost while it was idle, and nothing has begun yet */
        is_stale = session->link->is_lost && !is_fresh;
        free_session(session);
        if (!is_stale)
            return ret;
        sgw_pool_drop_idle(pool);
    } while (is_stale);
    return SGW_LINK_FAILED;
}

/* --- end -----------------------------------------------------------------------------------
 */

static int write_counts(struct sgw_session *session)
{
    int ret = SMIMEGW_STORE_DONE;
    for (int kind = 0; ret == SMIMEGW_STORE_DONE && kind < SGW_RECORD_KINDS; kind++) {
        struct sgw_params params = {0};
        if (session->counts[kind] == 0 && session->bytes[kind] == 0)
            continue;
        sgw_params_add_number(&params, kind);
        sgw_params_add_number(&params, session->counts[kind]);
        sgw_params_add_number(&params, session->bytes[kind]);
        ret = sgw_link_do(session->link,
                          "INSERT INTO counts(kind, records, bytes) VALUES($1, $2, $3)"
                          " ON CONFLICT(kind) DO UPDATE SET"
                          " records = counts.records + excluded.records,"
                          " bytes = counts.bytes + excluded.bytes",
                          &params);
    }
    return ret;
}

static void add_token(const struct sgw_session *session, struct sgw_params *params)
{
    *params = (struct sgw_params){0};
    sgw_params_add_text(params, session->token);
}

static int keep_mark(struct sgw_session *session)
{
    struct sgw_params params;
    int ret = write_counts(session);
    add_token(session, &params);
    return ret != SMIMEGW_STORE_DONE ? ret : sgw_link_do(session->link, keep_token, &params);
}

/* False where the server can't say, or not yet. */
static bool ask_fate(const struct sgw_session *session, bool *ret_is_kept)
{
    struct sgw_link *link;
    struct sgw_params params;
    PGresult *result;
    if (sgw_link_open(&session->pool->server, &link, NULL) < 0)
        return false;
    add_token(session, &params);
    int ret = sgw_link_do(link, lock_text, NULL);
    if (ret == SMIMEGW_STORE_DONE)
        ret = sgw_link_run(link, fate_text, &params, &result);
    if (ret == SMIMEGW_STORE_DONE) {
        *ret_is_kept = PQntuples(result) == 1;
        PQclear(result);
    }
    sgw_link_close(link);
    return ret == SMIMEGW_STORE_DONE;
}

/* The answer to a commit is lost: ask, as long as another answer may come. */
static int learn_fate(const struct sgw_session *session)
{
    int64_t until = sgw_clock_now_ms() + sgw_server_patience_ms(&session->pool->server);
    bool is_kept = false;
    while (!ask_fate(session, &is_kept) && sgw_clock_left_ms(until) > 0)
        poll(NULL, 0, FATE_PAUSE_MS);
    return is_kept ? SMIMEGW_STORE_DONE : SGW_LINK_FAILED;
}

static int commit(struct sgw_session *session)
{
    PGresult *result;
    int ret = keep_mark(session);
    if (ret != SMIMEGW_STORE_DONE)
        return ret;
    ret = sgw_link_run(session->link, "COMMIT", NULL, &result);
    if (session->link->is_lost)
        return learn_fate(session);
    if (ret != SMIMEGW_STORE_DONE)
        return ret;
    /* of a transaction that failed it makes a rollback, and that is no failure */
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
        ret = SGW_LINK_FAILED;
    PQclear(result);
    return ret;
}

int sgw_session_end(void *userdata, void *session_data, int is_commit)
{
    struct sgw_session *session = session_data;
    int ret = SMIMEGW_STORE_DONE;
    (void)userdata;
    if (is_commit)
        ret = session->has_failed ? SGW_LINK_FAILED : commit(session);
    free_session(session);
    return ret;
}
