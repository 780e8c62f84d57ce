/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_SQLITE_TABLE_H
#define SGW_TESTS_SQLITE_TABLE_H

#include <smimegw/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "addons/sqlite/functions.h"
#include "addons/sqlite/pool.h"

/* The function table of the add-on as the library calls it, without the library's checks: what
 * happens to the file is not a matter of certificates. */

static inline void *table_begin(struct sgw_pool *pool, int mode)
{
    void *session;
    int ret = sgw_store_functions.begin(pool, mode, &session);
    return ret == SMIMEGW_STORE_DONE ? session : NULL;
}

static inline int table_end(struct sgw_pool *pool, void *session, int is_commit)
{
    return sgw_store_functions.end(pool, session, is_commit);
}

/* A record with a text for data, and up to one lookup key. */
static inline struct smimegw_record table_record(int kind, const char *name, const char *text,
                                                 size_t size, const char *const *key)
{
    return (struct smimegw_record){
        .size = sizeof(struct smimegw_record),
        .kind = kind,
        .grade = key != NULL ? SMIMEGW_GRADE_HARVESTED : 0,
        .name = name,
        .data = text,
        .data_size = size,
        .lookup_keys = key,
        .lookup_key_count = key != NULL,
        .added = 1000,
    };
}

/* A new folder, where there is one in memory: a process that is killed leaves the same behind
 * there, and a sync takes no time. */
static inline int table_folder(char ret_folder[64])
{
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(ret_folder, 64, "%s/smimegw-sqlite-XXXXXX", parent);
    return mkdtemp(ret_folder) != NULL ? 0 : -1;
}

/* The store and what SQLite puts beside it. */
static inline void table_remove(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char name[200];
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, endings[i]);
        unlink(name);
    }
}

#endif
