/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_POSTGRES_ROW_H
#define SGW_ADDONS_POSTGRES_ROW_H

#include <libpq-fe.h>

#include "addons/common/record.h"

/* What sgw_row_read() reads, in its order. */
#define SGW_ROW_OF                                                                            \
    "SELECT kind, name, grade, added, used, signed_at, digest, origin, keys, capabilities, "  \
    "data FROM records "
/* And what a record is written with: $1 to $12, the last one is its size. */
#define SGW_ROW_INSERT                                                                        \
    "INSERT INTO records(kind, name, grade, added, used, signed_at, digest, origin, keys, "   \
    "capabilities, data, bytes, last) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "  \
    "$12, greatest($4, $5)) RETURNING id"

struct sgw_params;

/* A record as it stands in a table; its pointers are the result's. */
struct sgw_row {
    struct smimegw_record record;
    const char *keys[SGW_RECORD_KEYS_MOST];
};

/* Numbers of 4 and 8 bytes. False: NULL, or none. */
bool sgw_row_number(const PGresult *result, int row, int column, int64_t *ret_number);
/* False: not as it was written. */
bool sgw_row_read(const PGresult *result, int number, struct sgw_row *row);
/* For SGW_ROW_INSERT; `keys` are the record's, joined. */
void sgw_row_add(struct sgw_params *params, const struct smimegw_record *record,
                 const char *keys, size_t keys_size);

#endif
