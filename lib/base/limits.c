/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/limits.h"

enum { KIB = 1024, MIB = 1024 * 1024 };

void sgw_limits_init(struct sgw_limits *limits)
{
    *limits = (struct sgw_limits){
        .message_size = 0, /* no limit: memory use does not grow with it */
        .header_size = 256 * KIB,
        .header_fields = 1000,
        .mime_depth = 50,
        .mime_parts = 1000,
        .layers = 5,
        .cms_overhead = 4 * MIB,
        .certificates = 256,
        .signers = 16,
        .recipients_in = 2000,
        .recipients_out = 500,
        .private_operations = 16,
        .public_operations = 64,
        .hold_size = 64 * KIB, /* decoding again is cheaper than fresh pages */
        .spool_memory = 1 * MIB,
    };
}
