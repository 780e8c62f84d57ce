/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef POSTGRES_SUPPORT_H
#define POSTGRES_SUPPORT_H

#include <libpq-fe.h>
#include <smimegw/postgres.h>

#include "store/store_support.h"

/* server.py gave the server's place by the environment. */
static const char *const here = "dbname=postgres";

/* What an administrator does beside the store; `result` (nullable) gets the first value. */
static inline void run_sql(const char *sql, char *result, size_t size)
{
    PGconn *conn = PQconnectdb(here);
    PGresult *rows = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(rows);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    if (result != NULL)
        snprintf(result, size, "%s", PQntuples(rows) > 0 ? PQgetvalue(rows, 0, 0) : "");
    PQclear(rows);
    PQfinish(conn);
}

static inline int64_t number_of(const char *sql)
{
    char text[32];
    run_sql(sql, text, sizeof(text));
    return atoll(text);
}

/* A word of server.py. */
static inline void tell_server(const char *word)
{
    char text[300];
    snprintf(text, sizeof(text), "%s %s", getenv("SERVER"), word);
    assert_int_equal(system(text), 0);
}

static inline void wipe_store(void)
{
    run_sql("SET client_min_messages = warning; DROP SCHEMA IF EXISTS smimegw CASCADE", NULL,
            0);
}

static inline struct smimegw_store *open_with(const char *const *settings)
{
    struct smimegw_store *store = NULL;
    struct smimegw_error *error = NULL;
    need(smimegw_postgres_open(here, settings, &store, &error), error, "open");
    return store;
}

static inline struct smimegw_store *open_store(void)
{
    return open_with((const char *const[]){"create", "yes", NULL});
}

/* An alert in a transaction of its own: what it returns. */
static inline int put_alert(struct smimegw_store *store, const char *name)
{
    struct smimegw_transaction *transaction;
    const struct smimegw_record record = text_record(SMIMEGW_RECORD_ALERT, name, "{}");
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL);
    if (ret < 0)
        return ret;
    ret = smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_REPLACE, NULL);
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, NULL);
    smimegw_transaction_rollback(transaction);
    return ret;
}

/* In a transaction of its own. */
static inline void expect_alerts(struct smimegw_store *store, const char *names)
{
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    expect_each(transaction, SMIMEGW_RECORD_ALERT, NULL, names);
    smimegw_transaction_rollback(transaction);
}

#endif
