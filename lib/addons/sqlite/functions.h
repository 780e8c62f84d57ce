/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_FUNCTIONS_H
#define SGW_ADDONS_SQLITE_FUNCTIONS_H

#include "addons/common/table_store.h"

struct sgw_pool;

/* smimegw_sqlite_open() up to what the library adds. */
int sgw_store_open_pool(const char *path, uint32_t flags, int busy_timeout_ms,
                        struct sgw_pool **ret_pool, struct smimegw_error **ret_error);

#endif
