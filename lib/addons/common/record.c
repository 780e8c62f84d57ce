/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/record.h"

#include <string.h>

#include "addons/common/checksum.h"
#include "base/alloc.h"

/* Rows of two tables and two indexes with their heads, and the free part of pages. */
enum { ROW_OVERHEAD = 200, KEY_OVERHEAD = 24 };

static uint64_t add_text(uint64_t sum, const char *text)
{
    sum = sgw_checksum_number(sum, text != NULL);
    return text != NULL ? sgw_checksum_add(sum, text, strlen(text)) : sum;
}

int64_t sgw_record_digest(const struct smimegw_record *record)
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

bool sgw_record_has_key(const struct smimegw_record *record, const char *key)
{
    for (size_t i = 0; i < record->lookup_key_count; i++)
        if (strcmp(record->lookup_keys[i], key) == 0)
            return true;
    return false;
}

int64_t sgw_record_size(const struct smimegw_record *record)
{
    size_t size = ROW_OVERHEAD + 3 * strlen(record->name) + record->data_size +
                  record->capabilities_size;
    if (record->origin != NULL)
        size += strlen(record->origin);
    for (size_t i = 0; i < record->lookup_key_count; i++)
        size += KEY_OVERHEAD + 2 * strlen(record->lookup_keys[i]);
    return (int64_t)size;
}

char *sgw_record_join_keys(const struct smimegw_record *record, size_t *ret_size)
{
    size_t size = 0;
    for (size_t i = 0; i < record->lookup_key_count; i++)
        size += strlen(record->lookup_keys[i]) + 1;
    char *text = size > 0 ? sgw_malloc(size) : NULL;
    *ret_size = size;
    if (text == NULL)
        return NULL;
    for (size_t i = 0, at = 0; i < record->lookup_key_count; i++) {
        size_t length = strlen(record->lookup_keys[i]) + 1;
        memcpy(text + at, record->lookup_keys[i], length);
        at += length;
    }
    return text;
}

bool sgw_record_split_keys(struct smimegw_record *record,
                           const char *places[SGW_RECORD_KEYS_MOST], const char *text,
                           size_t size)
{
    size_t count = 0;
    if (size > 0 && text[size - 1] != '\0')
        return false;
    for (size_t at = 0; at < size; at += strlen(text + at) + 1) {
        if (count == SGW_RECORD_KEYS_MOST)
            return false;
        places[count++] = text + at;
    }
    record->lookup_keys = count > 0 ? places : NULL;
    record->lookup_key_count = count;
    return true;
}
