/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_SQLITE_WORK_H
#define SGW_TESTS_SQLITE_WORK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Transactions whose n-th does what follows from n alone, so that whoever knows how many were
 * committed knows what must be in the store, record by record. One that is done twice does
 * the same as one that is done once.
 */
struct work {
    /* A new store in which so many are done; -1: it can't be made. */
    int64_t (*make)(const char *path);
    /* NULL: it can't be opened. */
    void *(*open)(const char *path);
    void (*close)(void *store);
    bool (*commit)(void *store, int64_t number);
    /* Whether the store is as after so many. */
    bool (*is_after)(void *store, int64_t number);
    void (*end)(void);
};

extern const struct work model_work; /* records of no meaning: model.c */
extern const struct work
    harvest_work; /* what a gateway and its administrator do: harvests.c */

#endif
