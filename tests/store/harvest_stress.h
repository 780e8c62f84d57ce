/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef STORE_HARVEST_STRESS_H
#define STORE_HARVEST_STRESS_H

#include <smimegw/store.h>

/*
 * AC-143: processes of eight threads each harvest, promote, remove, use and look up keys in
 * one store: no commit is lost, whoever looks later sees it, and an alert comes once a window
 * over all of them. TAP; returns the number of failures.
 */
struct stress {
    struct smimegw_store *(*open)(void); /* called in each process, and once after all */
    int processes;                       /* 1: in this one */
    int seconds;
};

int stress_run(const struct stress *stress);

#endif
