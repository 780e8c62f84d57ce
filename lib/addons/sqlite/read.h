/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_READ_H
#define SGW_ADDONS_SQLITE_READ_H

#include <smimegw/store.h>

/* smimegw_store_functions, those that read */
int sgw_read_get(void *userdata, void *session, int kind, const char *name,
                 smimegw_record_fn take, void *take_userdata);
int sgw_read_find(void *userdata, void *session, const char *const *lookup_keys, size_t count,
                  smimegw_record_fn take, void *take_userdata);
int sgw_read_each(void *userdata, void *session, int kind, const char *after,
                  smimegw_record_fn take, void *take_userdata);
int sgw_read_oldest(void *userdata, void *session, int kind, smimegw_record_fn take,
                    void *take_userdata);
int sgw_read_measure(void *userdata, void *session, int kind, int64_t *ret_count,
                     int64_t *ret_bytes);

#endif
