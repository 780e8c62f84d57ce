/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_WRITE_H
#define SGW_ADDONS_SQLITE_WRITE_H

#include <smimegw/store.h>

/* smimegw_store_functions, those that write */
int sgw_write_put(void *userdata, void *session, const struct smimegw_record *record);
int sgw_write_remove(void *userdata, void *session, int kind, const char *name);
int sgw_write_touch(void *userdata, void *session, int kind, const char *const *names,
                    size_t count, int64_t time);

#endif
