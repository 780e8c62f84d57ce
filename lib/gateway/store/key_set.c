/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/store/key_set.h"

#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"
#include "pki/cert/names.h"

static bool find(const struct sgw_key_set *set, uint64_t hash, const char *key, size_t size)
{
    size_t place;
    for (size_t at = 0; sgw_index_next(&set->places, hash, &at, &place);) {
        const char *there = (const char *)set->text.data + place;
        if (strlen(there) == size && memcmp(there, key, size) == 0)
            return true;
    }
    return false;
}

int sgw_key_set_add(struct sgw_key_set *set, const char *key, size_t size)
{
    int ret = set->count == 0 ? sgw_index_init(&set->places) : SMIMEGW_OK;
    if (ret < 0)
        return ret;
    uint64_t hash = sgw_index_hash(&set->places, key, size);
    if (find(set, hash, key, size))
        return SMIMEGW_OK;
    size_t place = set->text.size;
    ret = sgw_buf_append(&set->text, key, size);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append_byte(&set->text, '\0');
    if (ret == SMIMEGW_OK)
        ret = sgw_index_add(&set->places, hash, place);
    set->count += ret == SMIMEGW_OK;
    return ret;
}

int sgw_key_set_add_cert(struct sgw_key_set *set, const struct smimegw_cert *cert)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    char key[SGW_NAME_KEY_MAX];
    size_t size;
    int ret = SMIMEGW_OK;
    sgw_name_walk_init(&walk, cert);
    while (ret == SMIMEGW_OK && sgw_name_next(&walk, &name))
        if (sgw_name_key(&name, key, &size))
            ret = sgw_key_set_add(set, key, size);
    return ret;
}

bool sgw_key_set_has(const struct sgw_key_set *set, const char *key)
{
    size_t size = strlen(key);
    return set->count > 0 && find(set, sgw_index_hash(&set->places, key, size), key, size);
}

bool sgw_key_set_meets(const struct sgw_key_set *a, const struct sgw_key_set *b)
{
    const char *key = (const char *)a->text.data;
    for (size_t i = 0; i < a->count; i++, key += strlen(key) + 1)
        if (sgw_key_set_has(b, key))
            return true;
    return false;
}

int sgw_key_set_list(struct sgw_key_set *set)
{
    if (set->count == 0)
        return SMIMEGW_OK;
    set->keys = sgw_calloc(set->count, sizeof(*set->keys));
    if (set->keys == NULL)
        return SMIMEGW_E_NOMEM;
    const char *key = (const char *)set->text.data;
    for (size_t i = 0; i < set->count; i++, key += strlen(key) + 1)
        set->keys[i] = key;
    return SMIMEGW_OK;
}

void sgw_key_set_clear(struct sgw_key_set *set)
{
    sgw_buf_clear(&set->text);
    sgw_index_clear(&set->places);
    sgw_free(set->keys);
    *set = (struct sgw_key_set){0};
}
