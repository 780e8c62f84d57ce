/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/path_cache.h"

#include <pthread.h>
#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"

/* 64 KiB is what an idle gateway may cost: the table comes with the first entry. */
enum { ENTRIES = 512, SLOT = 900, NAME_SIZE = 64 };

struct entry {
    char name[NAME_SIZE]; /* fingerprint, hexadecimal */
    uint64_t generation;
    int64_t from; /* the time of the judgement: earlier ones are for another judge */
    int64_t until;
    int use;
    int revocation_rule;
    struct sgw_trust_finding finding;
};

struct sgw_path_cache {
    pthread_mutex_t lock;
    struct entry *entries;
};

int sgw_path_cache_new(struct sgw_path_cache **ret_cache)
{
    struct sgw_path_cache *cache = sgw_calloc(1, sizeof(*cache));
    if (cache == NULL)
        return SMIMEGW_E_NOMEM;
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        sgw_free(cache);
        return SMIMEGW_E_NOMEM;
    }
    *ret_cache = cache;
    return SMIMEGW_OK;
}

void sgw_path_cache_free(struct sgw_path_cache *cache)
{
    if (cache == NULL)
        return;
    pthread_mutex_destroy(&cache->lock);
    sgw_free(cache->entries);
    sgw_free(cache);
}

/* The fingerprint is evenly spread already. */
static size_t place_of(const char *name)
{
    size_t place = 0;
    for (size_t i = 0; i < 8; i++)
        place = place * 31 + (unsigned char)name[i];
    return place % ENTRIES;
}

static const char *name_of(const struct sgw_trust_query *query)
{
    return smimegw_cert_text(query->cert, SMIMEGW_CERT_FINGERPRINT);
}

static bool is_about(const struct entry *entry, const struct sgw_trust_query *query,
                     uint64_t generation)
{
    return memcmp(entry->name, name_of(query), NAME_SIZE) == 0 && entry->use == query->use &&
           entry->revocation_rule == query->revocation_rule &&
           entry->generation == generation && query->time >= entry->from &&
           query->time <= entry->until;
}

bool sgw_path_cache_find(struct sgw_path_cache *cache, const struct sgw_trust_query *query,
                         uint64_t generation, struct sgw_trust_finding *ret)
{
    bool is_found = false;
    pthread_mutex_lock(&cache->lock);
    if (cache->entries != NULL) {
        const struct entry *entry = &cache->entries[place_of(name_of(query))];
        is_found = is_about(entry, query, generation);
        if (is_found)
            *ret = entry->finding;
    }
    pthread_mutex_unlock(&cache->lock);
    return is_found;
}

int sgw_path_cache_keep(struct sgw_path_cache *cache, const struct sgw_trust_query *query,
                        uint64_t generation, int64_t until,
                        const struct sgw_trust_finding *finding)
{
    pthread_mutex_lock(&cache->lock);
    if (cache->entries == NULL)
        cache->entries = sgw_calloc(ENTRIES, sizeof(*cache->entries));
    bool has_room = cache->entries != NULL;
    if (has_room) {
        struct entry *entry = &cache->entries[place_of(name_of(query))];
        *entry = (struct entry){
            .generation = generation,
            .from = query->time,
            .until = until < query->time + SLOT ? until : query->time + SLOT,
            .use = query->use,
            .revocation_rule = query->revocation_rule,
            .finding = *finding,
        };
        memcpy(entry->name, name_of(query), NAME_SIZE);
    }
    pthread_mutex_unlock(&cache->lock);
    return has_room ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
}
