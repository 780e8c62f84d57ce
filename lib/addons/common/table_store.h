/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_COMMON_TABLE_STORE_H
#define SGW_ADDONS_COMMON_TABLE_STORE_H

#include <smimegw/store.h>
#include <stdbool.h>

/* Where rows go. */
struct sgw_taker {
    smimegw_record_fn take;
    void *userdata;
    bool is_enough;
};
void sgw_taker_give(struct sgw_taker *taker, const struct smimegw_record *record);

/* A store that keeps records in tables has these functions: each add-on its own. */
extern const struct smimegw_store_functions sgw_store_functions;

int sgw_session_begin(void *userdata, int mode, void **ret_session);
int sgw_session_end(void *userdata, void *session, int is_commit);

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

int sgw_write_put(void *userdata, void *session, const struct smimegw_record *record);
int sgw_write_remove(void *userdata, void *session, int kind, const char *name);
int sgw_write_touch(void *userdata, void *session, int kind, const char *const *names,
                    size_t count, int64_t time);

void sgw_store_close(void *userdata);

#endif
