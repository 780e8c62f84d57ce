/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_COMMON_ANSWER_CACHE_H
#define SGW_ADDONS_COMMON_ANSWER_CACHE_H

#include <pthread.h>

#include "addons/common/questions.h"
#include "base/index.h"

struct sgw_answer;

/* Answers by address, of any thread; when it is full, the oldest goes. Failures never stay. */
struct sgw_answer_cache {
    pthread_mutex_t mutex;
    struct sgw_index index;
    struct sgw_answer *ring;
    size_t limit; /* 0: keeps nothing */
    size_t next;  /* place of the next answer */
};

/* E_NOMEM or E_RANDOM. */
int sgw_answer_cache_init(struct sgw_answer_cache *cache, size_t limit);
void sgw_answer_cache_clear(struct sgw_answer_cache *cache);
/* Answer an open question from it, if that is younger than it was kept for. */
void sgw_answer_cache_get(struct sgw_answer_cache *cache, struct sgw_question *question,
                          int64_t now_ms);
/* Keep a known answer for so many seconds; it is no loss where memory lacks. */
void sgw_answer_cache_put(struct sgw_answer_cache *cache, const struct sgw_question *question,
                          int64_t now_ms, int64_t seconds);

#endif
