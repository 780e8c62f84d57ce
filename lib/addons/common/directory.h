/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_COMMON_DIRECTORY_H
#define SGW_ADDONS_COMMON_DIRECTORY_H

#include <smimegw/resolver.h>

#include "addons/common/answer_cache.h"
#include "base/ref.h"
#include "base/settings.h"

enum { SGW_DIRECTORY_IDLE_MOST = 8 };

/* Something that is open and that nobody uses right now. */
struct sgw_idle {
    void *item;
    size_t kind;
    int64_t since_ms;
};

/* Values of the settings that all directories have. */
struct sgw_directory_values {
    int64_t cache_entries;
    int64_t cache_seconds;
    int64_t cache_none_seconds;
    int cache;
    int any_name;
};

#define SGW_DIRECTORY_SETTINGS(holder, place)                                                 \
    {.name = "any-name",                                                                      \
     .type = SGW_SETTING_SWITCH,                                                              \
     .offset = offsetof(holder, place.any_name),                                              \
     .initial = "no",                                                                         \
     .meaning = "yes or no: certificates that name somebody else are taken, too"},            \
        {.name = "cache",                                                                     \
         .type = SGW_SETTING_SWITCH,                                                          \
         .offset = offsetof(holder, place.cache),                                             \
         .initial = "yes",                                                                    \
         .meaning = "yes or no: answers are kept for a while"},                               \
        {.name = "cache-entries",                                                             \
         .type = SGW_SETTING_NUMBER,                                                          \
         .offset = offsetof(holder, place.cache_entries),                                     \
         .initial = "10000",                                                                  \
         .lowest = 1,                                                                         \
         .highest = 1000000,                                                                  \
         .meaning = "number: answers that are kept; the oldest goes first"},                  \
        {.name = "cache-seconds",                                                             \
         .type = SGW_SETTING_NUMBER,                                                          \
         .offset = offsetof(holder, place.cache_seconds),                                     \
         .initial = "600",                                                                    \
         .lowest = 1,                                                                         \
         .highest = 86400,                                                                    \
         .meaning = "seconds for which certificates that were found are kept, at most"},      \
    {                                                                                         \
        .name = "cache-none-seconds", .type = SGW_SETTING_NUMBER,                             \
        .offset = offsetof(holder, place.cache_none_seconds), .initial = "60", .lowest = 1,   \
        .highest = 86400,                                                                     \
        .meaning = "seconds for which it is kept that there is no certificate, at most"       \
    }

/* What directories have in common: holders, settings, kept answers, and what is kept open. */
struct sgw_directory {
    struct sgw_ref ref;
    int is_frozen;
    pthread_mutex_t mutex;
    struct sgw_answer_cache cache; /* once it is frozen */
    struct sgw_idle idle[SGW_DIRECTORY_IDLE_MOST];
    size_t idle_count;
    void (*close_idle)(void *item);
};

/* E_NOMEM. */
int sgw_directory_init(struct sgw_directory *directory, void (*close_idle)(void *item));
void sgw_directory_clear(struct sgw_directory *directory);

/* E_STATE where it is in use already. */
int sgw_directory_check_open(const struct sgw_directory *directory,
                             struct smimegw_error **ret_error);
/* First use; any number of times. E_NOMEM or E_RANDOM. */
int sgw_directory_freeze(struct sgw_directory *directory,
                         const struct sgw_directory_values *values,
                         struct smimegw_error **ret_error);

/* One of the kind that waits for at most oldest_ms, or NULL; older ones are closed. */
void *sgw_directory_take(struct sgw_directory *directory, size_t kind, int64_t oldest_ms);
/* Keeps it, or closes it where enough are kept. */
void sgw_directory_give(struct sgw_directory *directory, size_t kind, void *item);

/* Before and after the lookup itself. */
void sgw_directory_recall(struct sgw_directory *directory, struct sgw_questions *questions);
void sgw_directory_remember(struct sgw_directory *directory,
                            const struct sgw_directory_values *values,
                            const struct sgw_questions *questions);
int sgw_directory_tell(const struct sgw_directory_values *values,
                       struct sgw_questions *questions, struct smimegw_plan *plan,
                       struct smimegw_error **ret_error);

#endif
