/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/postgres/schema.h"

#include <smimegw/store.h>
#include <stdio.h>
#include <stdlib.h>

#include "addons/common/version.h"
#include "addons/postgres/link.h"
#include "addons/postgres/row.h"
#include "addons/postgres/server.h"
#include "base/error_impl.h"

/*
 * smimegw_version has one row, and is what writers lock. commits has a row for each
 * transaction that wrote within the last hour, so that one whose answer was lost can be looked
 * up. Texts are in the order of bytes, and lookup keys are bytes, so that none is refused.
 * records.last is the later of used and added; keys are texts with their NULs; digest covers
 * all but id, used, last and bytes.
 */
const char *const sgw_schema_steps[] = {
    "CREATE TABLE smimegw_version(version integer NOT NULL);"
    "INSERT INTO smimegw_version VALUES(0);"
    "CREATE TABLE records(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " kind integer NOT NULL, name text COLLATE \"C\" NOT NULL, grade integer NOT NULL,"
    " last bigint NOT NULL, added bigint NOT NULL, used bigint NOT NULL,"
    " signed_at bigint NOT NULL, digest bigint NOT NULL, bytes bigint NOT NULL,"
    " origin text COLLATE \"C\", keys bytea, capabilities bytea, data bytea NOT NULL);"
    "CREATE UNIQUE INDEX records_name ON records(kind, name);"
    "CREATE INDEX records_last ON records(kind, last, name);"
    "CREATE TABLE lookup(key bytea NOT NULL, record bigint NOT NULL"
    " REFERENCES records ON DELETE CASCADE, PRIMARY KEY(key, record));"
    "CREATE INDEX lookup_record ON lookup(record);"
    "CREATE TABLE counts(kind integer PRIMARY KEY, records bigint NOT NULL,"
    " bytes bigint NOT NULL);"
    "CREATE TABLE commits(token uuid PRIMARY KEY, at timestamptz NOT NULL);"
    "CREATE INDEX commits_at ON commits(at);",
    NULL,
};

/* What is there before anything is made. */
struct state {
    int64_t has_version; /* the table */
    int64_t relations;   /* of any kind in the schema */
    int64_t has_schema;
    int64_t version;
};

static const char state_text[] =
    "SELECT (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND"
    " c.relname = 'smimegw_version' AND c.relkind = 'r'), (SELECT count(*) FROM pg_class c"
    " WHERE c.relnamespace = n.oid), count(n.oid) FROM (SELECT 1) one LEFT JOIN pg_namespace n"
    " ON n.nspname = $1 GROUP BY n.oid";

/* The numbers of a row. */
static int read_numbers(struct sgw_link *link, const char *text,
                        const struct sgw_params *params, int64_t *numbers[], int count)
{
    PGresult *result;
    int ret = sgw_link_run(link, text, params, &result);
    if (ret != SMIMEGW_STORE_DONE)
        return ret;
    bool is_right = PQntuples(result) == 1 && PQnfields(result) == count;
    for (int i = 0; is_right && i < count; i++)
        is_right = sgw_row_number(result, 0, i, numbers[i]);
    PQclear(result);
    return is_right ? SMIMEGW_STORE_DONE : SGW_LINK_FAILED;
}

static int read_state(struct sgw_link *link, const struct sgw_server *server,
                      struct state *state)
{
    struct sgw_params params = {0};
    const struct sgw_params none = {0};
    int64_t *numbers[] = {&state->has_version, &state->relations, &state->has_schema};
    int64_t *version = &state->version;
    *state = (struct state){0};
    sgw_params_add_text(&params, server->schema);
    int ret = read_numbers(link, state_text, &params, numbers, 3);
    if (ret == SMIMEGW_STORE_DONE && state->has_version)
        ret = read_numbers(link, "SELECT version FROM smimegw_version", &none, &version, 1);
    return ret;
}

static int judge(const struct sgw_server *server, const struct state *state,
                 const char *const *steps, struct smimegw_error **ret_error)
{
    int last = sgw_schema_last_version(steps);
    if (!state->has_version && state->relations > 0)
        return sgw_fail(ret_error, SMIMEGW_E_STORE,
                        "PostgreSQL: schema %s: another program's, not a store",
                        server->schema);
    if (!state->has_version && !server->is_created)
        return sgw_fail(ret_error, SMIMEGW_E_STORE, "PostgreSQL: schema %s: no store is there",
                        server->schema);
    if (state->version > last)
        return sgw_fail(ret_error, SMIMEGW_E_STORE,
                        "PostgreSQL: schema %s: a newer library wrote this store: its version "
                        "is %d, and %d is the last one known here",
                        server->schema, (int)state->version, last);
    if (state->version < last && server->is_read_only)
        return sgw_fail(ret_error, SMIMEGW_E_STORE,
                        "PostgreSQL: schema %s: a store of version %d: open it for writing "
                        "once, to bring it to version %d",
                        server->schema, (int)state->version, last);
    return SMIMEGW_OK;
}

/* Whoever comes first, and the others wait here; a step on a large table takes its time. */
static int lock(struct sgw_link *link, const struct sgw_server *server)
{
    struct sgw_params params = {0};
    sgw_params_add_text(&params, server->schema);
    int ret =
        sgw_link_do(link,
                    "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0;"
                    " SET LOCAL lock_timeout = 0",
                    NULL);
    return ret != SMIMEGW_STORE_DONE
               ? ret
               : sgw_link_do(link,
                             "SELECT pg_advisory_xact_lock(hashtextextended("
                             "'libsmimegw ' || $1, 0))",
                             &params);
}

static int run_steps(struct sgw_link *link, const struct sgw_server *server,
                     const struct state *state, const char *const *steps)
{
    struct sgw_params params = {0};
    char text[100];
    int ret = SMIMEGW_STORE_DONE;
    /* a name of a schema can't be bound; server.c let in nothing that needs quotes */
    snprintf(text, sizeof(text), "CREATE SCHEMA \"%s\"", server->schema);
    if (!state->has_schema)
        ret = sgw_link_do(link, text, NULL);
    for (int64_t i = state->version; ret == SMIMEGW_STORE_DONE && steps[i] != NULL; i++)
        ret = sgw_link_do(link, steps[i], NULL);
    sgw_params_add_number(&params, sgw_schema_last_version(steps));
    if (ret == SMIMEGW_STORE_DONE)
        ret = sgw_link_do(link, "UPDATE smimegw_version SET version = $1::integer", &params);
    return ret == SMIMEGW_STORE_DONE ? sgw_link_do(link, "COMMIT", NULL) : ret;
}

static int migrate(struct sgw_link *link, const struct sgw_server *server,
                   const char *const *steps, struct smimegw_error **ret_error)
{
    struct state state;
    int patience_ms = link->patience_ms;
    int code = SMIMEGW_OK;
    enum { HOUR_MS = 3600 * 1000 };
    link->patience_ms = HOUR_MS;
    int ret = lock(link, server);
    /* once more: another one may have been faster */
    if (ret == SMIMEGW_STORE_DONE)
        ret = read_state(link, server, &state);
    if (ret == SMIMEGW_STORE_DONE)
        code = judge(server, &state, steps, ret_error);
    if (ret == SMIMEGW_STORE_DONE && code == SMIMEGW_OK)
        ret = run_steps(link, server, &state, steps);
    if (ret != SMIMEGW_STORE_DONE)
        code = sgw_link_fail(link, ret, "making or migrating the store", ret_error);
    if (code < 0)
        sgw_link_do(link, "ROLLBACK", NULL);
    link->patience_ms = patience_ms;
    return code;
}

int sgw_schema_prepare(struct sgw_link *link, const struct sgw_server *server,
                       const char *const *steps, struct smimegw_error **ret_error)
{
    struct state state;
    int result = read_state(link, server, &state);
    if (result != SMIMEGW_STORE_DONE)
        return sgw_link_fail(link, result, "version of the store", ret_error);
    int ret = judge(server, &state, steps, ret_error);
    if (ret < 0 || state.version == sgw_schema_last_version(steps))
        return ret;
    return migrate(link, server, steps, ret_error);
}
