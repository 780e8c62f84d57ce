/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_SCHEMA_H
#define SGW_ADDONS_SQLITE_SCHEMA_H

#include <sqlite3.h>

struct smimegw_error;

/*
 * Versions of the tables: steps[n] makes version n + 1 of version n, of an empty file for n =
 * 0; NULL ends the list. A published step never changes.
 */
extern const char *const sgw_schema_steps[];

/* Written into each store, "SMGW". */
enum { SGW_SCHEMA_APPLICATION = 0x534d4757 };

/* The one number that a statement yields, a result of SQLite. */
int sgw_schema_number(sqlite3 *db, const char *sql, sqlite3_int64 *ret_number);
/* The one text that a statement yields; it lives as long as the statement, which is (owned),
 * for sqlite3_finalize(). A result of SQLite. */
int sgw_schema_text(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement,
                    const char **ret_text);
/* Bring a store, which may be an empty file, to the last version, all or nothing. E_STORE for
 * one of a version that is not known. */
int sgw_schema_migrate(sqlite3 *db, const char *path, const char *const *steps,
                       struct smimegw_error **ret_error);
/* E_STORE where the tables are not exactly those of the last version: SQL of others is never
 * run. */
int sgw_schema_check(sqlite3 *db, const char *path, const char *const *steps,
                     struct smimegw_error **ret_error);

#endif
