/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_SQLITE_FAULT_H
#define SGW_TESTS_SQLITE_FAULT_H

#include <stdbool.h>

/* What goes wrong at a call that changes a file: fault.c stands before libc's. */
enum fault_kind {
    FAULT_NONE,
    FAULT_KILL,      /* the process is gone before the call */
    FAULT_KILL_TORN, /* half of what shall be written is, or the call is done; then gone */
    FAULT_SPACE,     /* ENOSPC, once */
    FAULT_SPACE_ON,  /* ENOSPC from now on */
    FAULT_IO,        /* EIO, once */
    FAULT_IO_ON,     /* EIO from now on */
    FAULT_SHORT,     /* half is written, and said so */
    FAULT_INTERRUPT  /* EINTR, once */
};

/* At the n-th call from now, from 1. */
void fault_plan(enum fault_kind kind, long at);
bool fault_has_happened(void);

#endif
