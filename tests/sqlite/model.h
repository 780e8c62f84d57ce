/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_SQLITE_MODEL_H
#define SGW_TESTS_SQLITE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

struct sgw_pool;

/* A sequence of transactions: import of several keys, harvest of one with replacing and touch,
 * removal, eviction of the oldest. */
enum { MODEL_NAMES = 24, MODEL_KINDS = 2 };

struct model_item {
    bool is_there;
    int64_t version; /* transaction that put it */
    int64_t used;
};

struct model {
    int64_t done; /* transactions */
    struct model_item items[MODEL_KINDS][MODEL_NAMES];
};

/* Do the next one here. */
void model_step(struct model *model);
/* Do the next one in the store: what the function of the store returned, begin to end. */
int model_commit(struct model *model, struct sgw_pool *pool);
/* Whether the store is what the model says. */
bool model_is_store(const struct model *model, struct sgw_pool *pool);

#endif
