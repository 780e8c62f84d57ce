/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "gateway/keyring_impl.h"
#include "pki/cert/cert_walk.h"
#include "pki/cert/names.h"

enum { FIRST_CAPACITY = 16 };

int sgw_key_table_init(struct sgw_key_table *table)
{
    *table = (struct sgw_key_table){0};
    int ret = sgw_index_init(&table->names);
    if (ret == SMIMEGW_OK)
        ret = sgw_index_init(&table->certs);
    return ret == SMIMEGW_OK ? sgw_index_init(&table->scopes) : ret;
}

static void entry_clear(struct sgw_key_entry *entry)
{
    sgw_free(entry->name);
    sgw_free(entry->origin);
    smimegw_cert_unref(entry->cert);
    *entry = (struct sgw_key_entry){0};
}

void sgw_key_table_clear(struct sgw_key_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        entry_clear(&table->entries[i]);
    sgw_free(table->entries);
    sgw_index_clear(&table->names);
    sgw_index_clear(&table->certs);
    sgw_index_clear(&table->scopes);
    *table = (struct sgw_key_table){0};
}

static int entry_copy(const struct sgw_key_entry *entry, struct sgw_key_entry *ret)
{
    *ret = (struct sgw_key_entry){sgw_strdup(entry->name), sgw_strdup(entry->origin),
                                  smimegw_cert_ref(entry->cert)};
    if (ret->name != NULL && ret->origin != NULL)
        return SMIMEGW_OK;
    entry_clear(ret);
    return SMIMEGW_E_NOMEM;
}

int sgw_key_table_copy(const struct sgw_key_table *table, struct sgw_key_table *ret)
{
    struct sgw_key_table copy = {0};
    int result = sgw_index_copy(&table->names, &copy.names);
    if (result == SMIMEGW_OK)
        result = sgw_index_copy(&table->certs, &copy.certs);
    if (result == SMIMEGW_OK)
        result = sgw_index_copy(&table->scopes, &copy.scopes);
    if (result == SMIMEGW_OK && table->count > 0) {
        copy.capacity = table->count;
        copy.entries = sgw_calloc(copy.capacity, sizeof(*copy.entries));
        result = copy.entries != NULL ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
    }
    while (result == SMIMEGW_OK && copy.count < table->count) {
        result = entry_copy(&table->entries[copy.count], &copy.entries[copy.count]);
        copy.count += result == SMIMEGW_OK;
    }
    if (result < 0)
        sgw_key_table_clear(&copy);
    else
        *ret = copy;
    return result;
}

bool sgw_key_name_is_valid(const char *name, size_t size)
{
    if (size == 0 || size > SGW_KEY_NAME_MAX || sgw_is_blank(name[0]) ||
        sgw_is_blank(name[size - 1]) || !sgw_utf8_valid((const uint8_t *)name, size))
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    return true;
}

static uint64_t hash_text(const struct sgw_index *index, const char *text)
{
    return sgw_index_hash(index, text, strlen(text));
}

bool sgw_key_table_find(const struct sgw_key_table *table, const char *name, size_t *ret_at)
{
    uint64_t hash = hash_text(&table->names, name);
    for (size_t at = 0; sgw_index_next(&table->names, hash, &at, ret_at);)
        if (strcmp(table->entries[*ret_at].name, name) == 0)
            return true;
    return false;
}

static const char *fingerprint(const struct smimegw_cert *cert)
{
    return smimegw_cert_text(cert, SMIMEGW_CERT_FINGERPRINT);
}

bool sgw_key_table_has_cert(const struct sgw_key_table *table, const struct smimegw_cert *cert)
{
    uint64_t hash = hash_text(&table->certs, fingerprint(cert));
    size_t found;
    for (size_t at = 0; sgw_index_next(&table->certs, hash, &at, &found);)
        if (sgw_cert_is_same(table->entries[found].cert, cert))
            return true;
    return false;
}

/* --- changes -------------------------------------------------------------------------------
 */

/* Under what an entry is found: the hashes of its certificate's names, each once. */
struct keys {
    uint64_t hashes[SGW_CERT_NAMES_MAX + SGW_CERT_RDNS_MAX];
    size_t count;
};

static void add_key(struct keys *keys, uint64_t hash)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->hashes[i] == hash)
            return;
    if (keys->count < sizeof(keys->hashes) / sizeof(keys->hashes[0]))
        keys->hashes[keys->count++] = hash;
}

static void collect_keys(const struct sgw_key_table *table, const struct smimegw_cert *cert,
                         struct keys *ret)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    char key[SGW_NAME_KEY_MAX];
    size_t size;
    ret->count = 0;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name))
        if (sgw_name_key(&name, key, &size))
            add_key(ret, sgw_index_hash(&table->scopes, key, size));
}

static void forget_cert(struct sgw_key_table *table, const struct smimegw_cert *cert,
                        size_t at)
{
    struct keys keys;
    collect_keys(table, cert, &keys);
    sgw_index_remove(&table->certs, hash_text(&table->certs, fingerprint(cert)), at);
    for (size_t i = 0; i < keys.count; i++)
        sgw_index_remove(&table->scopes, keys.hashes[i], at);
}

/* Many places under one key would make a list of the table. */
static int add_place(struct sgw_index *index, uint64_t hash, size_t at)
{
    size_t found;
    size_t count = 0;
    for (size_t i = 0; sgw_index_next(index, hash, &i, &found);)
        count++;
    return count < SGW_KEYS_OF_ONE_MAX ? sgw_index_add(index, hash, at) : SMIMEGW_E_LIMIT;
}

static int index_cert(struct sgw_key_table *table, const struct smimegw_cert *cert, size_t at)
{
    struct keys keys;
    size_t count = 0;
    uint64_t hash = hash_text(&table->certs, fingerprint(cert));
    int ret = add_place(&table->certs, hash, at);
    if (ret < 0)
        return ret;
    collect_keys(table, cert, &keys);
    while (ret == SMIMEGW_OK && count < keys.count) {
        ret = add_place(&table->scopes, keys.hashes[count], at);
        count += ret == SMIMEGW_OK;
    }
    if (ret == SMIMEGW_OK)
        return SMIMEGW_OK;
    sgw_index_remove(&table->certs, hash, at);
    while (count > 0)
        sgw_index_remove(&table->scopes, keys.hashes[--count], at);
    return ret;
}

static int reserve(struct sgw_key_table *table)
{
    if (table->count < table->capacity)
        return SMIMEGW_OK;
    size_t capacity = table->capacity > 0 ? table->capacity * 2 : FIRST_CAPACITY;
    struct sgw_key_entry *entries =
        sgw_realloc(table->entries, capacity, sizeof(struct sgw_key_entry));
    if (entries == NULL)
        return SMIMEGW_E_NOMEM;
    table->entries = entries;
    table->capacity = capacity;
    return SMIMEGW_OK;
}

static int append(struct sgw_key_table *table, const struct sgw_key_entry *entry)
{
    size_t at = table->count;
    int ret = reserve(table);
    if (ret == SMIMEGW_OK)
        ret = entry_copy(entry, &table->entries[at]);
    if (ret < 0)
        return ret;
    ret = sgw_index_add(&table->names, hash_text(&table->names, entry->name), at);
    if (ret == SMIMEGW_OK) {
        ret = index_cert(table, entry->cert, at);
        if (ret < 0)
            sgw_index_remove(&table->names, hash_text(&table->names, entry->name), at);
    }
    if (ret < 0)
        entry_clear(&table->entries[at]);
    else
        table->count++;
    return ret;
}

static int replace(struct sgw_key_table *table, size_t at, const struct sgw_key_entry *entry)
{
    struct sgw_key_entry made;
    int ret = entry_copy(entry, &made);
    if (ret == SMIMEGW_OK)
        ret = index_cert(table, made.cert, at);
    if (ret < 0) {
        entry_clear(&made);
        return ret;
    }
    forget_cert(table, table->entries[at].cert, at);
    entry_clear(&table->entries[at]);
    table->entries[at] = made;
    return SMIMEGW_OK;
}

int sgw_key_table_put(struct sgw_key_table *table, const struct sgw_key_entry *entry,
                      bool replaces, int *ret_outcome)
{
    size_t at;
    if (!sgw_key_table_find(table, entry->name, &at)) {
        *ret_outcome = SMIMEGW_IMPORT_ADDED;
        return append(table, entry);
    }
    if (sgw_cert_is_same(table->entries[at].cert, entry->cert)) {
        *ret_outcome = SMIMEGW_IMPORT_SAME;
        return SMIMEGW_OK;
    }
    *ret_outcome = replaces ? SMIMEGW_IMPORT_REPLACED : SMIMEGW_IMPORT_CONFLICT;
    return replaces ? replace(table, at, entry) : SMIMEGW_OK;
}

void sgw_key_table_remove(struct sgw_key_table *table, size_t at)
{
    sgw_index_remove(&table->names, hash_text(&table->names, table->entries[at].name), at);
    forget_cert(table, table->entries[at].cert, at);
    entry_clear(&table->entries[at]);
    table->count--;
    memmove(&table->entries[at], &table->entries[at + 1],
            (table->count - at) * sizeof(*table->entries));
    sgw_index_close_gap(&table->names, at);
    sgw_index_close_gap(&table->certs, at);
    sgw_index_close_gap(&table->scopes, at);
}
