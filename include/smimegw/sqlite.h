/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file libsmimegw-sqlite: a store in a file, shared by threads and processes. Add-on; link
 * smimegw-sqlite, too. */
#ifndef SMIMEGW_SQLITE_H
#define SMIMEGW_SQLITE_H

#include <smimegw/store.h>

SMIMEGW_BEGIN_DECLS

/** How smimegw_sqlite_open() opens a file; combined. */
enum smimegw_sqlite_flag {
    SMIMEGW_SQLITE_CREATE = 1,   /**< make the store where the file is not there */
    SMIMEGW_SQLITE_READ_ONLY = 2 /**< transactions that write fail; nothing is migrated */
};

/**
 * Be told how far a backup is.
 *
 * @param userdata  (nullable) what was handed in beside the function
 * @param done      bytes that are copied
 * @param size      bytes in all
 * @return 0 to go on; anything else ends the backup, and nothing is left of it
 */
typedef int (*smimegw_sqlite_progress_fn)(void *userdata, int64_t done, int64_t size);

/**
 * Open a store in an SQLite file.
 *
 * The file is made whole or not at all, with mode 0600; beside it lie PATH-wal and PATH-shm
 * while it is open. A commit is on the disk when it returns. Every page of the file and every
 * record has a checksum, so that damage is an error and never a missing key. The file lies on
 * a local file system; a process that forks opens it after that; no other program writes it.
 * Memory is about 4 MiB for each transaction that is under way at a time.
 *
 * @param path             (borrowed) the file
 * @param flags            members of enum smimegw_sqlite_flag, combined
 * @param busy_timeout_ms  how long a transaction waits for others that write, in milliseconds;
 *                         0 for 5,000
 * @param ret_store        (owned) the store, for smimegw_store_unref()
 * @param ret_error        (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO (the file is not
 *         there, or can't be opened, read or written) or #SMIMEGW_E_STORE (damaged, busy, no
 *         store, or of a newer library)
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_sqlite_open(const char *path, uint32_t flags, int busy_timeout_ms,
                                    struct smimegw_store **ret_store,
                                    struct smimegw_error **ret_error);

/**
 * Check all of a store: pages, indexes, records, lookup keys and counts.
 *
 * It may be open elsewhere, and is seen as it was at the beginning.
 *
 * @param path       (borrowed) the file
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK (nothing is wrong), #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO or
 *         #SMIMEGW_E_STORE (the text names the first thing that is wrong)
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_sqlite_check(const char *path, struct smimegw_error **ret_error);

/**
 * Copy a store that may be in use.
 *
 * The copy is the store as it was at the beginning, has mode 0600, and takes its place only
 * when it is on the disk. A store that is open can't be replaced by it.
 *
 * @param path       (borrowed) the file of the store
 * @param target     (borrowed) where the copy goes; a file there is replaced
 * @param progress   (nullable) told how far it is
 * @param userdata   (nullable) handed to @p progress
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO, #SMIMEGW_E_SINK
 *         (@p progress ended it), #SMIMEGW_E_STATE (a store is open at @p target) or
 *         #SMIMEGW_E_STORE
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_sqlite_backup(const char *path, const char *target,
                                      smimegw_sqlite_progress_fn progress, void *userdata,
                                      struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
