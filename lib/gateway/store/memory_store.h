/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_MEMORY_STORE_H
#define SGW_GATEWAY_MEMORY_STORE_H

#include <pthread.h>

#include "gateway/store/records.h"

/* How long a writer waits for another one before it is told that the store is busy. */
enum { SGW_STORE_PATIENCE = 5 };

/* The present state, and whose turn it is to write. */
struct sgw_memory {
    pthread_mutex_t lock;
    pthread_cond_t turn;
    bool has_writer;
    struct sgw_records records;
};

struct sgw_memory_session {
    struct sgw_records records;
    bool is_writing;
    bool has_changed; /* records */
    int lock;         /* of a file store that writes; else -1 */
};

/* E_RANDOM, E_NOMEM. */
int sgw_memory_init(struct sgw_memory *memory);
void sgw_memory_clear(struct sgw_memory *memory);
/* Wait until nobody else writes; false: it takes too long. */
bool sgw_memory_take_turn(struct sgw_memory *memory);
void sgw_memory_leave_turn(struct sgw_memory *memory);
/* NULL: out of memory. */
struct sgw_memory_session *sgw_memory_open(struct sgw_memory *memory, bool is_writing);
/* Make a state (consumed) the present one. */
void sgw_memory_install(struct sgw_memory *memory, struct sgw_records *records);
void sgw_memory_close(struct sgw_memory_session *session);

/* The functions that work on a struct sgw_memory_session alone. */
void sgw_memory_functions(struct smimegw_store_functions *ret);

#endif
