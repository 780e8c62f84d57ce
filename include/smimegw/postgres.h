/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file libsmimegw-postgres: a store on a PostgreSQL server, shared by gateways. Add-on; link
 * smimegw-postgres, too. */
#ifndef SMIMEGW_POSTGRES_H
#define SMIMEGW_POSTGRES_H

#include <smimegw/store.h>

SMIMEGW_BEGIN_DECLS

/**
 * Open a store on a PostgreSQL server, version 13 or later.
 *
 * The store has a schema of its own, which is made and migrated by whoever comes first. Each
 * transaction has a connection of its own, which stays open for later ones. A commit is on the
 * server's disk when it returns. Every record has a checksum, so that damage is an error and
 * never a missing key.
 *
 * A lost connection, a server that is down and one that does not answer fail the transaction
 * that is under way (#SMIMEGW_E_STORE); the next one connects anew. No call waits for the
 * server longer than three times `timeout-ms` for each exchange. Connecting takes up to
 * `timeout-ms`, but at least two seconds, for each address of each host in the connection
 * string, whatever it says of `connect_timeout`, and what the system takes to look up their
 * names. When the answer to a commit is lost, the store finds out what became of it, and
 * connects anew until three times `timeout-ms` are over; only where the server can't say in
 * that time, a commit that returns #SMIMEGW_E_STORE may have been kept. The server ends a
 * transaction that does nothing for a minute.
 *
 * What the connection string leaves out libpq takes from the environment and from its own
 * files. Over a network ask for `sslmode=verify-full`: whoever can stand between can hand out
 * keys. A pool between that shares a session among clients can't be used. A process that forks
 * opens the store after that. Memory is about 32 records for each transaction.
 *
 * @param connection  (borrowed) a connection string or URI of libpq, kept until the store is
 *                    closed
 * @param settings    (nullable) (borrowed) names and values in turn, and NULL at the end;
 *                    smimegw_postgres_setting() lists the names
 * @param ret_store   (owned) the store, for smimegw_store_unref()
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (or the connection string can't be read),
 *         #SMIMEGW_E_SETTING, #SMIMEGW_E_NOMEM or #SMIMEGW_E_STORE (no connection, no store
 *         there, another program's schema, or of a newer library)
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_postgres_open(const char *connection, const char *const *settings,
                                      struct smimegw_store **ret_store,
                                      struct smimegw_error **ret_error);

/**
 * List the settings of smimegw_postgres_open().
 *
 * @param index        0, 1, 2 ...
 * @param ret_default  (nullable) (borrowed) static text of the default
 * @param ret_meaning  (nullable) (borrowed) static text: type, unit, meaning
 * @return (borrowed) static name of the setting; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_postgres_setting(size_t index, const char **ret_default,
                                                 const char **ret_meaning);

SMIMEGW_END_DECLS

#endif
