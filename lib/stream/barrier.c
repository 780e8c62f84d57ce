/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/barrier.h"

static int barrier_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_barrier_stage *stage = (struct sgw_barrier_stage *)base;
    return sgw_push(stage->next, data, size, ret_error);
}

static int barrier_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    (void)base;
    (void)ret_error;
    return SMIMEGW_OK;
}

void sgw_barrier_stage_init(struct sgw_barrier_stage *stage, struct sgw_stage *next)
{
    stage->base = (struct sgw_stage){barrier_push, barrier_finish};
    stage->next = next;
}
