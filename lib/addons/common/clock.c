/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/clock.h"

#include <limits.h>
#include <time.h>

int64_t sgw_clock_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int sgw_clock_left_ms(int64_t until_ms)
{
    int64_t left = until_ms - sgw_clock_now_ms();
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}
