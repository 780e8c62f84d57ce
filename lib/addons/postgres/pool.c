/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/postgres/pool.h"

#include <smimegw/store.h>

#include "addons/common/clock.h"
#include "base/alloc.h"
#include "base/error_impl.h"

enum { IDLE_MOST = 8 };

int sgw_pool_new(const char *connection, const char *const *settings,
                 struct sgw_pool **ret_pool, struct smimegw_error **ret_error)
{
    struct sgw_pool *pool = sgw_calloc(1, sizeof(*pool));
    if (pool == NULL || sgw_clock_init_locks(&pool->mutex, &pool->link_free) < 0) {
        sgw_free(pool);
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "PostgreSQL: store");
    }
    int ret = sgw_server_init(&pool->server, connection, settings, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_pool = pool;
    else
        sgw_pool_free(pool);
    return ret;
}

void sgw_pool_free(struct sgw_pool *pool)
{
    if (pool == NULL)
        return;
    sgw_pool_drop_idle(pool);
    sgw_server_clear(&pool->server);
    pthread_cond_destroy(&pool->link_free);
    pthread_mutex_destroy(&pool->mutex);
    sgw_free(pool);
}

/* An idle link, or the right to open one, which is NULL. */
static int take_place(struct sgw_pool *pool, struct sgw_link **ret_link)
{
    const struct timespec until = sgw_clock_in_ms(pool->server.timeout_ms);
    int ret = SMIMEGW_STORE_DONE;
    int waited = 0;
    pthread_mutex_lock(&pool->mutex);
    while (pool->idle == NULL && pool->open_count >= pool->server.connections && waited == 0)
        waited = pthread_cond_timedwait(&pool->link_free, &pool->mutex, &until);
    struct sgw_link *link = pool->idle;
    if (link != NULL) {
        pool->idle = link->next;
        pool->idle_count--;
    } else if (pool->open_count < pool->server.connections) {
        pool->open_count++;
    } else {
        ret = SMIMEGW_STORE_BUSY;
    }
    pthread_mutex_unlock(&pool->mutex);
    *ret_link = link;
    return ret;
}

static void give_place(struct sgw_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->open_count--;
    pthread_cond_signal(&pool->link_free);
    pthread_mutex_unlock(&pool->mutex);
}

int sgw_pool_take(struct sgw_pool *pool, struct sgw_link **ret_link, bool *ret_is_fresh,
                  struct smimegw_error **ret_error)
{
    struct sgw_link *link;
    int ret = take_place(pool, &link);
    if (ret != SMIMEGW_STORE_DONE)
        return ret;
    *ret_is_fresh = link == NULL;
    int code = link == NULL ? sgw_link_open(&pool->server, &link, ret_error) : SMIMEGW_OK;
    if (code == SMIMEGW_OK) {
        *ret_link = link;
        return SMIMEGW_STORE_DONE;
    }
    give_place(pool);
    return code == SMIMEGW_E_NOMEM ? SMIMEGW_STORE_NOMEM : SGW_LINK_FAILED;
}

void sgw_pool_give(struct sgw_pool *pool, struct sgw_link *link)
{
    bool is_fit = !link->is_lost && PQtransactionStatus(link->conn) == PQTRANS_IDLE;
    pthread_mutex_lock(&pool->mutex);
    bool is_kept = is_fit && pool->idle_count < IDLE_MOST;
    if (is_kept) {
        link->next = pool->idle;
        pool->idle = link;
        pool->idle_count++;
        pthread_cond_signal(&pool->link_free);
    }
    pthread_mutex_unlock(&pool->mutex);
    if (is_kept)
        return;
    sgw_link_close(link);
    give_place(pool);
}

void sgw_pool_drop_idle(struct sgw_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    struct sgw_link *link = pool->idle;
    pool->idle = NULL;
    pool->open_count -= pool->idle_count;
    pool->idle_count = 0;
    pthread_cond_broadcast(&pool->link_free);
    pthread_mutex_unlock(&pool->mutex);
    while (link != NULL) {
        struct sgw_link *next = link->next;
        sgw_link_close(link);
        link = next;
    }
}
