/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/postgres/link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <smimegw/store.h>

#include "addons/common/clock.h"
#include "addons/postgres/server.h"
#include "base/alloc.h"
#include "base/error_impl.h"

enum { BINARY = 1, SERVER_VERSION_LEAST = 130000 };

/* Somebody else was in the way: lock not available, statement too slow, serialization,
 * deadlock. */
static const char *const busy_states[] = {"55P03", "57014", "40001", "40P01"};

/*
 * Names in statements are those of the schema. A lost host gives its lock back soon. A commit
 * is never weaker than on the server's disk, whatever the server's default.
 */
static const char session_text[] =
    "SELECT set_config('search_path', $1 || ', pg_temp', false),"
    " set_config('lock_timeout', $2::text, false),"
    " set_config('statement_timeout', (2 * $2)::text, false),"
    " set_config('idle_in_transaction_session_timeout', '60000', false),"
    " set_config('tcp_keepalives_idle', '15', false),"
    " set_config('tcp_keepalives_interval', '5', false),"
    " set_config('tcp_keepalives_count', '3', false),"
    " set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

/* The first line of what libpq says, which can be several. */
static void note(struct sgw_link *link, const char *text)
{
    snprintf(link->text, sizeof(link->text), "%.*s", (int)strcspn(text, "\n"), text);
}

static int lose(struct sgw_link *link, const char *text)
{
    if (!link->is_lost)
        note(link, text);
    link->is_lost = true;
    return SGW_LINK_FAILED;
}

/* Notices are printed where nobody takes them. */
static void ignore_notice(void *userdata, const PGresult *result)
{
    (void)userdata;
    (void)result;
}

/* What has happened of the events; 0 when the time is up. */
static int wait_for(const struct sgw_link *link, int events, int64_t until)
{
    struct pollfd place = {.fd = PQsocket(link->conn), .events = (short)events};
    int ret;
    if (place.fd < 0)
        return 0;
    do
        ret = poll(&place, 1, sgw_clock_left_ms(until));
    while (ret < 0 && errno == EINTR && sgw_clock_left_ms(until) > 0);
    return ret > 0 ? place.revents : 0;
}

/* --- running -------------------------------------------------------------------------------
 */

static int send_all(struct sgw_link *link, int64_t until)
{
    int left;
    while ((left = PQflush(link->conn)) > 0) {
        int events = wait_for(link, POLLIN | POLLOUT, until);
        if (events == 0)
            return lose(link, "the server takes nothing more");
        /* it may not take more before we take what it says */
        if ((events & POLLIN) != 0 && !PQconsumeInput(link->conn))
            return lose(link, PQerrorMessage(link->conn));
    }
    return left == 0 ? SMIMEGW_STORE_DONE : lose(link, PQerrorMessage(link->conn));
}

static int wait_for_result(struct sgw_link *link, int64_t until)
{
    while (PQisBusy(link->conn)) {
        if (wait_for(link, POLLIN, until) == 0)
            return lose(link, "the server does not answer");
        if (!PQconsumeInput(link->conn))
            return lose(link, PQerrorMessage(link->conn));
    }
    return SMIMEGW_STORE_DONE;
}

static int judge(struct sgw_link *link, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return SMIMEGW_STORE_DONE;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    note(link, text != NULL ? text : PQresultErrorMessage(result));
    for (size_t i = 0; state != NULL && i < sizeof(busy_states) / sizeof(busy_states[0]); i++)
        if (strcmp(state, busy_states[i]) == 0)
            return SMIMEGW_STORE_BUSY;
    return SGW_LINK_FAILED;
}

/* All results up to the end of the exchange; the last one counts, or the first failure. */
static int take_results(struct sgw_link *link, int64_t until, PGresult **ret_result)
{
    PGresult *last = NULL;
    PGresult *result;
    int ret = SMIMEGW_STORE_DONE;
    while (wait_for_result(link, until) == SMIMEGW_STORE_DONE &&
           (result = PQgetResult(link->conn)) != NULL) {
        if (ret == SMIMEGW_STORE_DONE)
            ret = judge(link, result);
        PQclear(last);
        last = result;
    }
    if (PQstatus(link->conn) != CONNECTION_OK)
        lose(link, PQerrorMessage(link->conn));
    if (link->is_lost || last == NULL)
        ret = SGW_LINK_FAILED;
    if (ret == SMIMEGW_STORE_DONE)
        *ret_result = last;
    else
        PQclear(last);
    return ret;
}

int sgw_link_run(struct sgw_link *link, const char *text, const struct sgw_params *params,
                 PGresult **ret_result)
{
    int64_t until = sgw_clock_now_ms() + link->patience_ms;
    if (link->is_lost)
        return SGW_LINK_FAILED;
    int is_sent = params == NULL ? PQsendQuery(link->conn, text)
                                 : PQsendQueryParams(link->conn, text, params->count,
                                                     params->types, params->values,
                                                     params->sizes, params->formats, BINARY);
    if (!is_sent)
        return lose(link, PQerrorMessage(link->conn));
    int ret = send_all(link, until);
    return ret == SMIMEGW_STORE_DONE ? take_results(link, until, ret_result) : ret;
}

int sgw_link_do(struct sgw_link *link, const char *text, const struct sgw_params *params)
{
    PGresult *result;
    int ret = sgw_link_run(link, text, params, &result);
    if (ret == SMIMEGW_STORE_DONE)
        PQclear(result);
    return ret;
}

int sgw_link_fail(const struct sgw_link *link, int result, const char *what,
                  struct smimegw_error **ret_error)
{
    if (result == SMIMEGW_STORE_NOMEM)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "PostgreSQL: %s", what);
    return sgw_fail(ret_error, SMIMEGW_E_STORE, "PostgreSQL: %s: %s", what, link->text);
}

/* --- opening -------------------------------------------------------------------------------
 */

/* libpq takes no shorter time, and takes it for each of the server's addresses. */
static int connect_seconds(const struct sgw_server *server)
{
    int64_t seconds = (server->timeout_ms + 999) / 1000;
    return seconds > 2 ? (int)seconds : 2;
}

/* Those before `dbname` can be changed by the connection string, those after it can't. */
static PGconn *connect_to(const struct sgw_server *server)
{
    char seconds[16];
    const char *const names[] = {
        "tcp_user_timeout", "keepalives_idle",           "keepalives_interval",
        "keepalives_count", "fallback_application_name", "dbname",
        "connect_timeout",  "client_encoding",           NULL};
    const char *const values[] = {"15000", "15",   "5", "3", "smimegw", server->connection,
                                  seconds, "UTF8", NULL};
    snprintf(seconds, sizeof(seconds), "%d", connect_seconds(server));
    return PQconnectdbParams(names, values, 1);
}

static int set_up(struct sgw_link *link, const struct sgw_server *server)
{
    struct sgw_params params = {0};
    if (PQstatus(link->conn) != CONNECTION_OK)
        return lose(link, PQerrorMessage(link->conn));
    const char *encoding = PQparameterStatus(link->conn, "server_encoding");
    if (PQserverVersion(link->conn) < SERVER_VERSION_LEAST)
        return lose(link, "the server is older than version 13");
    /* others would refuse names that are fine */
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
        return lose(link, "the database is not in UTF8");
    /* a server that hangs must not hold us */
    PQsetnonblocking(link->conn, 1);
    PQsetNoticeReceiver(link->conn, ignore_notice, NULL);
    sgw_params_add_text(&params, server->schema);
    sgw_params_add_number(&params, server->timeout_ms);
    return sgw_link_do(link, session_text, &params);
}

int sgw_link_open(const struct sgw_server *server, struct sgw_link **ret_link,
                  struct smimegw_error **ret_error)
{
    struct sgw_link *link = sgw_calloc(1, sizeof(*link));
    if (link == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "PostgreSQL: connection");
    link->patience_ms = sgw_server_patience_ms(server);
    link->conn = connect_to(server);
    if (link->conn == NULL) {
        sgw_free(link);
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "PostgreSQL: connection");
    }
    int ret = set_up(link, server);
    if (ret == SMIMEGW_STORE_DONE) {
        *ret_link = link;
        return SMIMEGW_OK;
    }
    ret = sgw_link_fail(link, ret, "connecting", ret_error);
    sgw_link_close(link);
    return ret;
}

void sgw_link_close(struct sgw_link *link)
{
    if (link == NULL)
        return;
    PQfinish(link->conn);
    sgw_free(link);
}
