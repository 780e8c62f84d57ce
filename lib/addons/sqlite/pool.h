/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_POOL_H
#define SGW_ADDONS_SQLITE_POOL_H

#include <pthread.h>
#include <smimegw/store.h>

#include "addons/common/record.h"
#include "addons/sqlite/connection.h"

/* The store: connections that nobody uses right now, and whose turn it is to write. */
struct sgw_pool {
    struct sgw_place place;
    pthread_mutex_t mutex;
    pthread_cond_t writer_gone;
    bool is_writing;
    struct sgw_connection *idle;
    size_t idle_count;
};

/* A transaction. */
struct sgw_session {
    struct sgw_pool *pool;
    struct sgw_connection *connection;
    int mode;
    /* SQLite may have rolled back by itself, and would run what follows for itself */
    bool has_failed;
    /* since the beginning, by kind */
    int64_t counts[SGW_RECORD_KINDS];
    int64_t bytes[SGW_RECORD_KINDS];
};

/* E_NOMEM, E_IO. */
int sgw_pool_new(const char *path, bool is_read_only, int busy_timeout_ms,
                 struct sgw_pool **ret_pool, struct smimegw_error **ret_error);
/* All sessions are over. */
void sgw_pool_free(struct sgw_pool *pool);
/* Open the first connection, so that what is wrong with the file is told now. */
int sgw_pool_prepare(struct sgw_pool *pool, struct smimegw_error **ret_error);

/* What a function of a store returns; a session that fails once does nothing more. */
int sgw_session_result(struct sgw_session *session, int result);

#endif
