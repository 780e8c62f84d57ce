/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/store/held_record.h"

#include <string.h>

#include "base/alloc.h"

static size_t text_size(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

/* Copy to the free place and go past it. */
static const void *pack(char **at, const void *data, size_t size)
{
    if (data == NULL)
        return NULL;
    const char *packed = *at;
    memcpy(*at, data, size);
    *at += size;
    return packed;
}

/* The sizes were checked: no sum comes near the end of a size_t. */
static size_t packed_size(const struct smimegw_record *record)
{
    size_t size = text_size(record->name) + text_size(record->origin) + record->data_size +
                  record->capabilities_size;
    for (size_t i = 0; i < record->lookup_key_count; i++)
        size += sizeof(char *) + text_size(record->lookup_keys[i]);
    return size;
}

struct sgw_held_record *sgw_held_record_new(const struct smimegw_record *record)
{
    size_t size = sizeof(struct sgw_held_record) + packed_size(record);
    struct sgw_held_record *held = sgw_malloc(size);
    if (held == NULL)
        return NULL;
    sgw_ref_init(&held->ref);
    held->size = size;
    held->record = *record;
    const char **keys = (const char **)(held + 1);
    char *at = (char *)(keys + record->lookup_key_count);
    for (size_t i = 0; i < record->lookup_key_count; i++)
        keys[i] = pack(&at, record->lookup_keys[i], text_size(record->lookup_keys[i]));
    held->record.lookup_keys = record->lookup_key_count > 0 ? keys : NULL;
    held->record.name = pack(&at, record->name, text_size(record->name));
    held->record.origin = pack(&at, record->origin, text_size(record->origin));
    held->record.data = pack(&at, record->data, record->data_size);
    held->record.capabilities = pack(&at, record->capabilities, record->capabilities_size);
    return held;
}

struct sgw_held_record *sgw_held_record_ref(struct sgw_held_record *held)
{
    if (held != NULL)
        sgw_ref_get(&held->ref);
    return held;
}

void sgw_held_record_unref(struct sgw_held_record *held)
{
    if (held != NULL && sgw_ref_put(&held->ref))
        sgw_free(held);
}
