/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_ROW_H
#define SGW_ADDONS_SQLITE_ROW_H

#include <smimegw/store.h>
#include <sqlite3.h>
#include <stdbool.h>

enum { SGW_ROW_KEYS_MOST = 256 };

/* A record as it stands in the table; its pointers are the statement's. */
struct sgw_row {
    int64_t id;
    struct smimegw_record record;
    const char *keys[SGW_ROW_KEYS_MOST];
};

/* From a statement that stands on a row. SQLITE_CORRUPT where the digest is not right. */
int sgw_row_read(sqlite3_stmt *statement, struct sgw_row *row);
/* Bind all columns, with the digest; the statement does not outlive the record. A result of
 * SQLite. */
int sgw_row_bind(sqlite3_stmt *statement, int64_t id, const struct smimegw_record *record);
/* Whether a lookup key is one of the record's own. */
bool sgw_row_has_key(const struct smimegw_record *record, const char *key);
/* What a record takes in the file, with its places in the indexes, roughly. */
int64_t sgw_row_size(const struct smimegw_record *record);

#endif
