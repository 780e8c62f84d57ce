/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_SMIME_PROBE_H
#define SGW_SMIME_PROBE_H

#include "mime/scanner.h"

/*
 * End of a proving pass: looks for the MIME structure of what comes, and holds it while it is
 * small, so that later passes need not decode it again. What it sees is NOT PROVEN; nothing of
 * it goes on from here, and it never fails but for memory: odd content is noted and judged
 * later.
 */
struct sgw_probe {
    struct sgw_stage base;
    struct sgw_scanner *scanner;
    int scan_result; /* SMIMEGW_OK, SGW_STOP, or why the scan gave up */
    struct sgw_buf held;
    bool is_over; /* too large to be held */
};

int sgw_probe_init(struct sgw_probe *probe, const struct sgw_limits *limits, int64_t hold_size,
                   struct smimegw_error **ret_error);
/* After finish: the structure. SMIMEGW_OK, or why there is none; nothing is set then. */
int sgw_probe_take(struct sgw_probe *probe, struct sgw_mime *ret_mime);
void sgw_probe_clear(struct sgw_probe *probe);

#endif
