/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_BARRIER_H
#define SGW_STREAM_BARRIER_H

#include "stream/stage.h"

/* Passes bytes on but not the finish: for a chain that ends while its sink goes on. */
struct sgw_barrier_stage {
    struct sgw_stage base;
    struct sgw_stage *next;
};
void sgw_barrier_stage_init(struct sgw_barrier_stage *stage, struct sgw_stage *next);

#endif
