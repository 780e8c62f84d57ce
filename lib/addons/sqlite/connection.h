/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_CONNECTION_H
#define SGW_ADDONS_SQLITE_CONNECTION_H

#include <sqlite3.h>
#include <stdbool.h>

#include "addons/sqlite/vfs.h"

struct smimegw_error;

enum sgw_statement {
    SGW_STATEMENT_BEGIN_READ,
    SGW_STATEMENT_BEGIN_WRITE,
    SGW_STATEMENT_VERSION,
    SGW_STATEMENT_COMMIT,
    SGW_STATEMENT_ROLLBACK,
    SGW_STATEMENT_GET,
    SGW_STATEMENT_GET_ID,
    SGW_STATEMENT_EACH,
    SGW_STATEMENT_OLDEST,
    SGW_STATEMENT_FIND,
    SGW_STATEMENT_INSERT,
    SGW_STATEMENT_UPDATE,
    SGW_STATEMENT_REMOVE,
    SGW_STATEMENT_LOOKUP_INSERT,
    SGW_STATEMENT_LOOKUP_REMOVE,
    SGW_STATEMENT_TOUCH,
    SGW_STATEMENT_MEASURE,
    SGW_STATEMENT_COUNT,
    SGW_STATEMENTS
};

/* One handle of SQLite, of one thread at a time, with its statements as far as they were
 * needed. */
struct sgw_connection {
    sqlite3 *db;
    sqlite3_stmt *statements[SGW_STATEMENTS];
    struct sgw_connection *next;
};

/* What is the same for all connections of a store. */
struct sgw_place {
    struct sgw_vfs vfs;
    char *path; /* such that SQLite takes it for a name of a file */
    bool is_read_only;
    int busy_timeout_ms;
};

/* E_NOMEM, E_IO. */
int sgw_place_init(struct sgw_place *place, const char *path, bool is_read_only,
                   struct smimegw_error **ret_error);
void sgw_place_clear(struct sgw_place *place);

/* The handle alone, with all that keeps hostile files at bay; a result of SQLite. */
int sgw_connection_open_db(const struct sgw_place *place, sqlite3 **ret_db);
/* The same of an empty file that shall become a store. */
int sgw_connection_open_new(const struct sgw_place *place, sqlite3 **ret_db);
/* Writers and readers do not wait for each other: keep the log called WAL. E_NOMEM, E_IO,
 * E_STORE. */
int sgw_connection_keep_log(const struct sgw_place *place, sqlite3 *db,
                            struct smimegw_error **ret_error);
/* A store that is there, brought to the last version. E_NOMEM, E_IO, E_STORE. */
int sgw_connection_open(const struct sgw_place *place, struct sgw_connection **ret_connection,
                        struct smimegw_error **ret_error);
void sgw_connection_close(struct sgw_connection *connection);
/* Ready to be bound; a result of SQLite. */
int sgw_connection_statement(struct sgw_connection *connection, enum sgw_statement which,
                             sqlite3_stmt **ret_statement);
/* Run one that yields nothing; a result of SQLite. */
int sgw_connection_run(struct sgw_connection *connection, enum sgw_statement which);

#endif
