/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_CRLF_H
#define SGW_STREAM_CRLF_H

#include <stdbool.h>

#include "stream/stage.h"

/* Makes every line end CRLF: LF without a CR before it gets one; a bare CR stays (RFC 8551
 * section 3.1.1). Canonical input passes without a copy. */
struct sgw_crlf_stage {
    struct sgw_stage base;
    struct sgw_stage *next;
    bool after_cr;
    size_t room_size;
    uint8_t room[8192]; /* lines that were changed, on their way to next */
};
void sgw_crlf_stage_init(struct sgw_crlf_stage *stage, struct sgw_stage *next);

#endif
