/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_POSTGRES_POOL_H
#define SGW_ADDONS_POSTGRES_POOL_H

#include <pthread.h>

#include "addons/postgres/link.h"
#include "addons/postgres/server.h"

/* The store: where it is, and the connections that nobody uses right now. */
struct sgw_pool {
    struct sgw_server server;
    pthread_mutex_t mutex;
    pthread_cond_t link_free;
    struct sgw_link *idle;
    int idle_count;
    int open_count; /* those in use, too */
};

/* E_USAGE, E_SETTING, E_NOMEM. */
int sgw_pool_new(const char *connection, const char *const *settings,
                 struct sgw_pool **ret_pool, struct smimegw_error **ret_error);
/* All links were given back. */
void sgw_pool_free(struct sgw_pool *pool);

/* Take an idle link, or open one; waits for one where all are in use. What
 * smimegw_store_functions.begin returns. */
int sgw_pool_take(struct sgw_pool *pool, struct sgw_link **ret_link, bool *ret_is_fresh,
                  struct smimegw_error **ret_error);
/* Give it back; one that is lost or in a transaction is closed. */
void sgw_pool_give(struct sgw_pool *pool, struct sgw_link *link);
/* Close all that are idle: what one of them was told holds for the others. */
void sgw_pool_drop_idle(struct sgw_pool *pool);

#endif
