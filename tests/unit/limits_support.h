/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_LIMITS_SUPPORT_H
#define SGW_TESTS_LIMITS_SUPPORT_H

#include "base/limits.h"

/* Limits for tests of the floors below the gateway, whose settings fill them else. */
static inline void limits_init(struct sgw_limits *limits)
{
    *limits = (struct sgw_limits){
        .header_size = 262144,
        .header_fields = 1000,
        .mime_depth = 50,
        .mime_parts = 1000,
        .hold_size = 65536,
        .spool_memory = 1048576,
    };
}

#endif
