/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_ROW_H
#define SGW_ADDONS_SQLITE_ROW_H

#include <sqlite3.h>

#include "addons/common/record.h"

/* A record as it stands in the table; its pointers are the statement's. */
struct sgw_row {
    int64_t id;
    struct smimegw_record record;
    const char *keys[SGW_RECORD_KEYS_MOST];
};

/* From a statement that stands on a row. SQLITE_CORRUPT where the digest is not right. */
int sgw_row_read(sqlite3_stmt *statement, struct sgw_row *row);
/* Bind all columns, with the digest; the statement does not outlive the record. A result of
 * SQLite. */
int sgw_row_bind(sqlite3_stmt *statement, int64_t id, const struct smimegw_record *record);

#endif
