/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/postgres/row.h"

#include <string.h>

#include "addons/postgres/params.h"

enum column {
    COLUMN_KIND,
    COLUMN_NAME,
    COLUMN_GRADE,
    COLUMN_ADDED,
    COLUMN_USED,
    COLUMN_SIGNED_AT,
    COLUMN_DIGEST,
    COLUMN_ORIGIN,
    COLUMN_KEYS,
    COLUMN_CAPABILITIES,
    COLUMN_DATA,
    COLUMNS
};

bool sgw_row_number(const PGresult *result, int row, int column, int64_t *ret_number)
{
    int size = PQgetlength(result, row, column);
    const uint8_t *bytes = (const uint8_t *)PQgetvalue(result, row, column);
    if (size != 4 && size != 8)
        return false;
    uint64_t number = bytes[0] >= 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    *ret_number = (int64_t)number;
    return true;
}

static bool read_numbers(const PGresult *result, int number, struct smimegw_record *record,
                         int64_t *ret_digest)
{
    int64_t kind = 0;
    int64_t grade = 0;
    struct {
        enum column column;
        int64_t *ret;
    } numbers[] = {
        {COLUMN_KIND, &kind},           {COLUMN_GRADE, &grade},
        {COLUMN_ADDED, &record->added}, {COLUMN_USED, &record->used},
        {COLUMN_DIGEST, ret_digest},    {COLUMN_SIGNED_AT, &record->signed_at},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (!sgw_row_number(result, number, (int)numbers[i].column, numbers[i].ret))
            return false;
    record->kind = (int)kind;
    record->grade = (int)grade;
    return record->kind == kind && record->grade == grade;
}

static const void *read_bytes(const PGresult *result, int number, enum column column,
                              size_t *ret_size)
{
    *ret_size = (size_t)PQgetlength(result, number, (int)column);
    return PQgetisnull(result, number, (int)column) ? NULL
                                                    : PQgetvalue(result, number, (int)column);
}

static const char *read_text(const PGresult *result, int number, enum column column)
{
    size_t size;
    return read_bytes(result, number, column, &size);
}

bool sgw_row_read(const PGresult *result, int number, struct sgw_row *row)
{
    struct smimegw_record *record = &row->record;
    int64_t digest = 0;
    size_t keys_size;
    *record = (struct smimegw_record){.size = sizeof(*record)};
    if (PQnfields(result) != COLUMNS || !read_numbers(result, number, record, &digest))
        return false;
    const char *keys = read_bytes(result, number, COLUMN_KEYS, &keys_size);
    record->name = read_text(result, number, COLUMN_NAME);
    record->origin = read_text(result, number, COLUMN_ORIGIN);
    record->capabilities =
        read_bytes(result, number, COLUMN_CAPABILITIES, &record->capabilities_size);
    record->data = read_bytes(result, number, COLUMN_DATA, &record->data_size);
    return record->name != NULL && record->data != NULL &&
           sgw_record_split_keys(record, row->keys, keys, keys_size) &&
           sgw_record_digest(record) == digest;
}

void sgw_row_add(struct sgw_params *params, const struct smimegw_record *record,
                 const char *keys, size_t keys_size)
{
    sgw_params_add_number(params, record->kind);
    sgw_params_add_text(params, record->name);
    sgw_params_add_number(params, record->grade);
    sgw_params_add_number(params, record->added);
    sgw_params_add_number(params, record->used);
    sgw_params_add_number(params, record->signed_at);
    sgw_params_add_number(params, sgw_record_digest(record));
    sgw_params_add_text(params, record->origin);
    sgw_params_add_bytes(params, keys, keys_size);
    sgw_params_add_bytes(params, record->capabilities, record->capabilities_size);
    sgw_params_add_bytes(params, record->data, record->data_size);
    sgw_params_add_number(params, sgw_record_size(record));
}
