/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_COMMON_CLOCK_H
#define SGW_ADDONS_COMMON_CLOCK_H

#include <stdint.h>

/* Of a clock that nobody sets. */
int64_t sgw_clock_now_ms(void);
/* From now until then, as poll() takes it; 0 when it has passed. */
int sgw_clock_left_ms(int64_t until_ms);

#endif
