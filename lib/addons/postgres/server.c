/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/postgres/server.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"

/* What PostgreSQL keeps of a name. */
enum { SCHEMA_SIZE_MOST = 63 };

const struct sgw_setting sgw_server_settings[] = {
    {.name = "connections",
     .type = SGW_SETTING_NUMBER,
     .offset = offsetof(struct sgw_server, connections),
     .initial = "32",
     .lowest = 1,
     .highest = 10000,
     .meaning = "number: connections at a time, one for each transaction"},
    {.name = "create",
     .type = SGW_SETTING_SWITCH,
     .offset = offsetof(struct sgw_server, is_created),
     .initial = "no",
     .meaning = "yes or no: make the store where it is not there"},
    {.name = "read-only",
     .type = SGW_SETTING_SWITCH,
     .offset = offsetof(struct sgw_server, is_read_only),
     .initial = "no",
     .meaning = "yes or no: transactions that write fail; nothing is made or migrated"},
    {.name = "schema",
     .type = SGW_SETTING_TEXT,
     .offset = offsetof(struct sgw_server, schema),
     .initial = "smimegw",
     .meaning = "name of the schema of the tables: a-z, 0-9, _"},
    {.name = "timeout-ms",
     .type = SGW_SETTING_NUMBER,
     .offset = offsetof(struct sgw_server, timeout_ms),
     .initial = "5000",
     .lowest = 1,
     .highest = 600000,
     .meaning = "milliseconds to wait for others that write, and for a connection"},
    {.name = NULL},
};

/* Names with this shape are the same in and out of quotes; those of PostgreSQL are its own. */
static bool is_schema(const char *name)
{
    return name != NULL && strlen(name) <= SCHEMA_SIZE_MOST && strncmp(name, "pg_", 3) != 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") == strlen(name) &&
           strchr("0123456789", name[0]) == NULL;
}

/* libpq's text is not told: it may quote a password. */
static int check_connection(const char *connection, struct smimegw_error **ret_error)
{
    char *text = NULL;
    PQconninfoOption *options = PQconninfoParse(connection, &text);
    bool is_nomem = options == NULL && text == NULL;
    PQfreemem(text);
    PQconninfoFree(options);
    if (is_nomem)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "PostgreSQL: connection string");
    return options != NULL ? SMIMEGW_OK
                           : sgw_fail(ret_error, SMIMEGW_E_USAGE,
                                      "PostgreSQL: the connection string can't be read");
}

static int set_all(struct sgw_server *server, const char *const *settings,
                   struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    for (; ret == SMIMEGW_OK && settings != NULL && settings[0] != NULL; settings += 2)
        ret = settings[1] != NULL ? sgw_settings_set(sgw_server_settings, server, settings[0],
                                                     settings[1], ret_error)
                                  : sgw_fail(ret_error, SMIMEGW_E_USAGE,
                                             "setting %.100s: no value", settings[0]);
    return ret;
}

int sgw_server_init(struct sgw_server *server, const char *connection,
                    const char *const *settings, struct smimegw_error **ret_error)
{
    *server = (struct sgw_server){0};
    int ret = sgw_settings_init(sgw_server_settings, server, ret_error);
    if (ret < 0)
        return ret;
    ret = set_all(server, settings, ret_error);
    if (ret == SMIMEGW_OK && !is_schema(server->schema))
        ret = sgw_fail(ret_error, SMIMEGW_E_SETTING,
                       "schema: 1 to %d of a-z, 0-9 and _, no digit and no pg_ first",
                       SCHEMA_SIZE_MOST);
    if (ret == SMIMEGW_OK && server->is_created && server->is_read_only)
        ret =
            sgw_fail(ret_error, SMIMEGW_E_SETTING, "create and read-only exclude each other");
    if (ret == SMIMEGW_OK)
        ret = check_connection(connection, ret_error);
    if (ret == SMIMEGW_OK) {
        server->connection = sgw_strdup(connection);
        if (server->connection == NULL)
            ret = sgw_fail(ret_error, SMIMEGW_E_NOMEM, "PostgreSQL: connection string");
    }
    if (ret < 0)
        sgw_server_clear(server);
    return ret;
}

void sgw_server_clear(struct sgw_server *server)
{
    if (server->connection != NULL)
        sgw_free_secret(server->connection, strlen(server->connection));
    server->connection = NULL;
    sgw_settings_clear(sgw_server_settings, server);
}

/* The server ends a statement after twice the time, and says so. */
int sgw_server_patience_ms(const struct sgw_server *server)
{
    return (int)(3 * server->timeout_ms);
}
