/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/sqlite/row.h"

#include <string.h>

#include "addons/sqlite/checksum.h"
#include "base/alloc.h"

/* As connection.c selects and inserts them; a parameter's number is one more. */
enum column {
    COLUMN_ID,
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
    COLUMN_DATA
};

/* Rows of two tables and two indexes with their heads, and the free part of pages. */
enum { ROW_OVERHEAD = 200, KEY_OVERHEAD = 24 };

static uint64_t add_text(uint64_t sum, const char *text)
{
    sum = sgw_checksum_number(sum, text != NULL);
    return text != NULL ? sgw_checksum_add(sum, text, strlen(text)) : sum;
}

/* Of all that makes the binding; not of `used`, which changes often and decides nothing but
 * who goes first. */
static int64_t digest_of(const struct smimegw_record *record)
{
    uint64_t sum = sgw_checksum_number(1, (uint64_t)record->kind);
    sum = sgw_checksum_number(sum, (uint64_t)record->grade);
    sum = sgw_checksum_number(sum, (uint64_t)record->added);
    sum = sgw_checksum_number(sum, (uint64_t)record->signed_at);
    sum = add_text(sum, record->name);
    sum = add_text(sum, record->origin);
    sum = sgw_checksum_number(sum, record->lookup_key_count);
    for (size_t i = 0; i < record->lookup_key_count; i++)
        sum = add_text(sum, record->lookup_keys[i]);
    sum = sgw_checksum_add(sum, record->capabilities, record->capabilities_size);
    return (int64_t)sgw_checksum_add(sum, record->data, record->data_size);
}

/* No memory looks like NULL, too. */
static int read_failure(sqlite3_stmt *statement)
{
    int is_nomem = (sqlite3_errcode(sqlite3_db_handle(statement)) & 0xff) == SQLITE_NOMEM;
    return is_nomem ? SQLITE_NOMEM : SQLITE_CORRUPT;
}

static int read_text(sqlite3_stmt *statement, int column, const char **ret_text)
{
    *ret_text = NULL;
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return SQLITE_OK;
    const char *text = (const char *)sqlite3_column_text(statement, column);
    if (text == NULL)
        return read_failure(statement);
    if (strlen(text) != (size_t)sqlite3_column_bytes(statement, column))
        return SQLITE_CORRUPT;
    *ret_text = text;
    return SQLITE_OK;
}

static int read_blob(sqlite3_stmt *statement, int column, const void **ret_data,
                     size_t *ret_size)
{
    *ret_data = sqlite3_column_blob(statement, column);
    *ret_size = (size_t)sqlite3_column_bytes(statement, column);
    return *ret_data != NULL || sqlite3_column_type(statement, column) == SQLITE_NULL
               ? SQLITE_OK
               : read_failure(statement);
}

/* Texts with their NULs, one after the other. */
static int split_keys(struct sgw_row *row, const char *keys, size_t size)
{
    size_t count = 0;
    if (size > 0 && keys[size - 1] != '\0')
        return SQLITE_CORRUPT;
    for (size_t at = 0; at < size; at += strlen(keys + at) + 1) {
        if (count == SGW_ROW_KEYS_MOST)
            return SQLITE_CORRUPT;
        row->keys[count++] = keys + at;
    }
    row->record.lookup_keys = count > 0 ? row->keys : NULL;
    row->record.lookup_key_count = count;
    return SQLITE_OK;
}

static void read_numbers(sqlite3_stmt *statement, struct sgw_row *row)
{
    row->id = sqlite3_column_int64(statement, COLUMN_ID);
    row->record = (struct smimegw_record){
        .size = sizeof(row->record),
        .kind = sqlite3_column_int(statement, COLUMN_KIND),
        .grade = sqlite3_column_int(statement, COLUMN_GRADE),
        .added = sqlite3_column_int64(statement, COLUMN_ADDED),
        .used = sqlite3_column_int64(statement, COLUMN_USED),
        .signed_at = sqlite3_column_int64(statement, COLUMN_SIGNED_AT),
    };
}

int sgw_row_read(sqlite3_stmt *statement, struct sgw_row *row)
{
    struct smimegw_record *record = &row->record;
    const void *keys = NULL;
    size_t keys_size = 0;
    read_numbers(statement, row);
    int ret = read_text(statement, COLUMN_NAME, &record->name);
    if (ret == SQLITE_OK)
        ret = read_text(statement, COLUMN_ORIGIN, &record->origin);
    if (ret == SQLITE_OK)
        ret = read_blob(statement, COLUMN_KEYS, &keys, &keys_size);
    if (ret == SQLITE_OK)
        ret = read_blob(statement, COLUMN_CAPABILITIES, &record->capabilities,
                        &record->capabilities_size);
    if (ret == SQLITE_OK)
        ret = read_blob(statement, COLUMN_DATA, &record->data, &record->data_size);
    if (ret == SQLITE_OK)
        ret = split_keys(row, keys, keys_size);
    if (ret != SQLITE_OK)
        return ret;
    int is_right = record->name != NULL && record->data != NULL &&
                   sqlite3_column_int64(statement, COLUMN_DIGEST) == digest_of(record);
    return is_right ? SQLITE_OK : SQLITE_CORRUPT;
}

static int bind_keys(sqlite3_stmt *statement, const struct smimegw_record *record)
{
    size_t size = 0;
    for (size_t i = 0; i < record->lookup_key_count; i++)
        size += strlen(record->lookup_keys[i]) + 1;
    if (size == 0)
        return sqlite3_bind_null(statement, COLUMN_KEYS + 1);
    char *keys = sgw_malloc(size);
    if (keys == NULL)
        return SQLITE_NOMEM;
    for (size_t i = 0, at = 0; i < record->lookup_key_count; i++) {
        size_t length = strlen(record->lookup_keys[i]) + 1;
        memcpy(keys + at, record->lookup_keys[i], length);
        at += length;
    }
    /* SQLite frees it in any case */
    return sqlite3_bind_blob64(statement, COLUMN_KEYS + 1, keys, size, sgw_free);
}

static int bind_numbers(sqlite3_stmt *statement, const struct smimegw_record *record)
{
    const struct {
        int column;
        int64_t number;
    } numbers[] = {
        {COLUMN_KIND, record->kind},           {COLUMN_GRADE, record->grade},
        {COLUMN_ADDED, record->added},         {COLUMN_USED, record->used},
        {COLUMN_SIGNED_AT, record->signed_at}, {COLUMN_DIGEST, digest_of(record)},
    };
    int ret = SQLITE_OK;
    for (size_t i = 0; ret == SQLITE_OK && i < sizeof(numbers) / sizeof(numbers[0]); i++)
        ret = sqlite3_bind_int64(statement, numbers[i].column + 1, numbers[i].number);
    return ret;
}

static int bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    return sqlite3_bind_text(statement, column + 1, text, -1, SQLITE_STATIC);
}

static int bind_blob(sqlite3_stmt *statement, int column, const void *data, size_t size)
{
    return sqlite3_bind_blob64(statement, column + 1, size > 0 ? data : NULL, size,
                               SQLITE_STATIC);
}

int sgw_row_bind(sqlite3_stmt *statement, int64_t id, const struct smimegw_record *record)
{
    int ret = id != 0 ? sqlite3_bind_int64(statement, COLUMN_ID + 1, id)
                      : sqlite3_bind_null(statement, COLUMN_ID + 1);
    if (ret == SQLITE_OK)
        ret = bind_numbers(statement, record);
    if (ret == SQLITE_OK)
        ret = bind_text(statement, COLUMN_NAME, record->name);
    if (ret == SQLITE_OK)
        ret = bind_text(statement, COLUMN_ORIGIN, record->origin);
    if (ret == SQLITE_OK)
        ret = bind_keys(statement, record);
    if (ret == SQLITE_OK)
        ret = bind_blob(statement, COLUMN_CAPABILITIES, record->capabilities,
                        record->capabilities_size);
    return ret != SQLITE_OK
               ? ret
               : bind_blob(statement, COLUMN_DATA, record->data, record->data_size);
}

bool sgw_row_has_key(const struct smimegw_record *record, const char *key)
{
    for (size_t i = 0; i < record->lookup_key_count; i++)
        if (strcmp(record->lookup_keys[i], key) == 0)
            return true;
    return false;
}

int64_t sgw_row_size(const struct smimegw_record *record)
{
    size_t size = ROW_OVERHEAD + 3 * strlen(record->name) + record->data_size +
                  record->capabilities_size;
    if (record->origin != NULL)
        size += strlen(record->origin);
    for (size_t i = 0; i < record->lookup_key_count; i++)
        size += KEY_OVERHEAD + 2 * strlen(record->lookup_keys[i]);
    return (int64_t)size;
}
