/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/directory.h"

#include "addons/common/clock.h"
#include "base/error_impl.h"

int sgw_directory_init(struct sgw_directory *directory, void (*close_idle)(void *item))
{
    *directory = (struct sgw_directory){.close_idle = close_idle};
    sgw_ref_init(&directory->ref);
    return pthread_mutex_init(&directory->mutex, NULL) == 0 ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
}

void sgw_directory_clear(struct sgw_directory *directory)
{
    for (size_t i = 0; i < directory->idle_count; i++)
        directory->close_idle(directory->idle[i].item);
    if (directory->is_frozen)
        sgw_answer_cache_clear(&directory->cache);
    pthread_mutex_destroy(&directory->mutex);
}

int sgw_directory_check_open(const struct sgw_directory *directory,
                             struct smimegw_error **ret_error)
{
    if (__atomic_load_n(&directory->is_frozen, __ATOMIC_ACQUIRE))
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "the directory is in use already");
    return SMIMEGW_OK;
}

int sgw_directory_freeze(struct sgw_directory *directory,
                         const struct sgw_directory_values *values,
                         struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    pthread_mutex_lock(&directory->mutex);
    if (!directory->is_frozen) {
        ret = sgw_answer_cache_init(&directory->cache,
                                    values->cache ? (size_t)values->cache_entries : 0);
        if (ret == SMIMEGW_OK)
            __atomic_store_n(&directory->is_frozen, 1, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&directory->mutex);
    return ret < 0 ? sgw_fail(ret_error, ret, "cache of a directory") : SMIMEGW_OK;
}

/* Take out one that fits or is too old. */
static struct sgw_idle pick(struct sgw_directory *directory, size_t kind, int64_t before_ms)
{
    struct sgw_idle found = {0};
    pthread_mutex_lock(&directory->mutex);
    for (size_t i = directory->idle_count; i-- > 0;) {
        if (directory->idle[i].kind != kind && directory->idle[i].since_ms >= before_ms)
            continue;
        found = directory->idle[i];
        directory->idle[i] = directory->idle[--directory->idle_count];
        break;
    }
    pthread_mutex_unlock(&directory->mutex);
    return found;
}

void *sgw_directory_take(struct sgw_directory *directory, size_t kind, int64_t oldest_ms)
{
    int64_t before_ms = sgw_clock_now_ms() - oldest_ms;
    for (;;) {
        struct sgw_idle found = pick(directory, kind, before_ms);
        if (found.item == NULL || found.since_ms >= before_ms)
            return found.item;
        directory->close_idle(found.item);
    }
}

void sgw_directory_give(struct sgw_directory *directory, size_t kind, void *item)
{
    pthread_mutex_lock(&directory->mutex);
    bool is_kept = directory->idle_count < SGW_DIRECTORY_IDLE_MOST;
    if (is_kept)
        directory->idle[directory->idle_count++] =
            (struct sgw_idle){item, kind, sgw_clock_now_ms()};
    pthread_mutex_unlock(&directory->mutex);
    if (!is_kept)
        directory->close_idle(item);
}

void sgw_directory_recall(struct sgw_directory *directory, struct sgw_questions *questions)
{
    int64_t now_ms = sgw_clock_now_ms();
    for (size_t i = 0; i < questions->count; i++)
        sgw_answer_cache_get(&directory->cache, &questions->items[i], now_ms);
}

void sgw_directory_remember(struct sgw_directory *directory,
                            const struct sgw_directory_values *values,
                            const struct sgw_questions *questions)
{
    int64_t now_ms = sgw_clock_now_ms();
    for (size_t i = 0; i < questions->count; i++) {
        const struct sgw_question *question = &questions->items[i];
        int64_t seconds =
            question->cert_count > 0 ? values->cache_seconds : values->cache_none_seconds;
        if (question->ttl >= 0 && question->ttl < seconds)
            seconds = question->ttl;
        if (!question->is_cached)
            sgw_answer_cache_put(&directory->cache, question, now_ms, seconds);
    }
}

int sgw_directory_tell(const struct sgw_directory_values *values,
                       struct sgw_questions *questions, struct smimegw_plan *plan,
                       struct smimegw_error **ret_error)
{
    return sgw_questions_tell(
        questions, plan, values->any_name ? (uint32_t)SMIMEGW_SUPPLY_ANY_NAME : 0, ret_error);
}
