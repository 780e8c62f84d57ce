/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_STAGE_H
#define SGW_STREAM_STAGE_H

#include <smimegw/error.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One step of the way of the data. A stage takes bytes split anywhere, holds at most one block
 * of them, and pushes into the next stage; the bytes that come out do not depend on the
 * splitting. Stages are members of larger structures: `base` comes first and `next` is
 * borrowed.
 *
 * push and finish return SMIMEGW_OK, a negative result, or SGW_STOP ("enough": the rest is not
 * wanted, nothing is wrong), which every stage hands back to its caller. After anything but OK
 * a stage is not used again. finish is called once, at the end, and finishes the next stage.
 */
enum { SGW_STOP = 1 };

struct sgw_stage {
    int (*push)(struct sgw_stage *stage, const uint8_t *data, size_t size,
                struct smimegw_error **ret_error);
    int (*finish)(struct sgw_stage *stage, struct smimegw_error **ret_error);
};

static inline int sgw_push(struct sgw_stage *stage, const void *data, size_t size,
                           struct smimegw_error **ret_error)
{
    return size > 0 ? stage->push(stage, data, size, ret_error) : SMIMEGW_OK;
}

static inline int sgw_finish(struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    return stage->finish(stage, ret_error);
}

#endif
