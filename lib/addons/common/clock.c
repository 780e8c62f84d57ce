/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/clock.h"

#include <limits.h>
#include <smimegw/error.h>
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

int sgw_clock_init_locks(pthread_mutex_t *mutex, pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    if (pthread_mutex_init(mutex, NULL) != 0)
        return SMIMEGW_E_NOMEM;
    int ret = pthread_condattr_init(&attributes);
    if (ret == 0) {
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        ret = pthread_cond_init(condition, &attributes);
        pthread_condattr_destroy(&attributes);
    }
    if (ret == 0)
        return SMIMEGW_OK;
    pthread_mutex_destroy(mutex);
    return SMIMEGW_E_NOMEM;
}

struct timespec sgw_clock_in_ms(int64_t ms)
{
    int64_t until_ms = sgw_clock_now_ms() + ms;
    return (struct timespec){.tv_sec = (time_t)(until_ms / 1000),
                             .tv_nsec = (long)(until_ms % 1000) * 1000000};
}
