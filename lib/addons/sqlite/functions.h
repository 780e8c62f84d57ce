/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_FUNCTIONS_H
#define SGW_ADDONS_SQLITE_FUNCTIONS_H

#include <smimegw/store.h>

struct sgw_pool;

/* The store as the library calls it; userdata is the pool. */
extern const struct smimegw_store_functions sgw_store_functions;

/* smimegw_sqlite_open() up to what the library adds. */
int sgw_store_open_pool(const char *path, uint32_t flags, int busy_timeout_ms,
                        struct sgw_pool **ret_pool, struct smimegw_error **ret_error);

#endif
