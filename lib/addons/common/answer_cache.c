/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/answer_cache.h"

#include <smimegw/cert.h>
#include <string.h>

#include "base/alloc.h"

struct sgw_answer {
    char *address; /* NULL: an empty place */
    uint64_t hash;
    struct smimegw_cert **certs;
    size_t cert_count;
    int64_t until_ms;
};

int sgw_answer_cache_init(struct sgw_answer_cache *cache, size_t limit)
{
    *cache = (struct sgw_answer_cache){.limit = limit};
    int ret = sgw_index_init(&cache->index);
    if (ret < 0)
        return ret;
    if (limit > 0) {
        cache->ring = sgw_calloc(limit, sizeof(*cache->ring));
        if (cache->ring == NULL)
            return SMIMEGW_E_NOMEM;
    }
    if (pthread_mutex_init(&cache->mutex, NULL) == 0)
        return SMIMEGW_OK;
    sgw_free(cache->ring);
    return SMIMEGW_E_NOMEM;
}

static void free_certs(struct smimegw_cert **certs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        smimegw_cert_unref(certs[i]);
    sgw_free(certs);
}

static void empty(struct sgw_answer_cache *cache, size_t place)
{
    struct sgw_answer *answer = &cache->ring[place];
    if (answer->address == NULL)
        return;
    sgw_index_remove(&cache->index, answer->hash, place);
    free_certs(answer->certs, answer->cert_count);
    sgw_free(answer->address);
    *answer = (struct sgw_answer){0};
}

void sgw_answer_cache_clear(struct sgw_answer_cache *cache)
{
    for (size_t i = 0; i < cache->limit; i++)
        empty(cache, i);
    sgw_free(cache->ring);
    sgw_index_clear(&cache->index);
    pthread_mutex_destroy(&cache->mutex);
}

static bool find(struct sgw_answer_cache *cache, const char *address, uint64_t hash,
                 size_t *ret_place)
{
    size_t at = 0;
    while (sgw_index_next(&cache->index, hash, &at, ret_place))
        if (strcmp(cache->ring[*ret_place].address, address) == 0)
            return true;
    return false;
}

/* NULL without certificates, too. */
static bool copy_certs(struct smimegw_cert *const *certs, size_t count,
                       struct smimegw_cert ***ret_certs)
{
    *ret_certs = NULL;
    if (count == 0)
        return true;
    *ret_certs = sgw_calloc(count, sizeof(**ret_certs));
    if (*ret_certs == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        (*ret_certs)[i] = smimegw_cert_ref(certs[i]);
    return true;
}

void sgw_answer_cache_get(struct sgw_answer_cache *cache, struct sgw_question *question,
                          int64_t now_ms)
{
    size_t place;
    struct smimegw_cert **certs;
    uint64_t hash =
        sgw_index_hash(&cache->index, question->address, strlen(question->address));
    pthread_mutex_lock(&cache->mutex);
    if (question->state == SGW_QUESTION_OPEN && find(cache, question->address, hash, &place) &&
        cache->ring[place].until_ms > now_ms &&
        copy_certs(cache->ring[place].certs, cache->ring[place].cert_count, &certs)) {
        question->certs = certs;
        question->cert_count = cache->ring[place].cert_count;
        question->state = SGW_QUESTION_KNOWN;
        question->is_cached = true;
    }
    pthread_mutex_unlock(&cache->mutex);
}

/* Takes over what is in the answer, or frees it. */
static void put(struct sgw_answer_cache *cache, struct sgw_answer *answer)
{
    size_t place;
    pthread_mutex_lock(&cache->mutex);
    if (find(cache, answer->address, answer->hash, &place))
        empty(cache, place);
    empty(cache, cache->next);
    bool is_kept = sgw_index_add(&cache->index, answer->hash, cache->next) == SMIMEGW_OK;
    if (is_kept) {
        cache->ring[cache->next] = *answer;
        cache->next = (cache->next + 1) % cache->limit;
    }
    pthread_mutex_unlock(&cache->mutex);
    if (is_kept)
        return;
    free_certs(answer->certs, answer->cert_count);
    sgw_free(answer->address);
}

void sgw_answer_cache_put(struct sgw_answer_cache *cache, const struct sgw_question *question,
                          int64_t now_ms, int64_t seconds)
{
    struct sgw_answer answer = {.until_ms = now_ms + seconds * 1000,
                                .cert_count = question->cert_count};
    if (cache->limit == 0 || seconds <= 0 || question->state != SGW_QUESTION_KNOWN)
        return;
    answer.hash = sgw_index_hash(&cache->index, question->address, strlen(question->address));
    answer.address = sgw_strdup(question->address);
    if (answer.address == NULL)
        return;
    if (copy_certs(question->certs, question->cert_count, &answer.certs))
        put(cache, &answer);
    else
        sgw_free(answer.address);
}
