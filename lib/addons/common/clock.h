/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_COMMON_CLOCK_H
#define SGW_ADDONS_COMMON_CLOCK_H

#include <pthread.h>
#include <stdint.h>

/* Of a clock that nobody sets. */
int64_t sgw_clock_now_ms(void);
/* From now until then, as poll() takes it; 0 when it has passed. */
int sgw_clock_left_ms(int64_t until_ms);

/* For waits until a time of this clock. E_NOMEM. */
int sgw_clock_init_locks(pthread_mutex_t *mutex, pthread_cond_t *condition);
/* Milliseconds from now, as pthread_cond_timedwait() takes it. */
struct timespec sgw_clock_in_ms(int64_t ms);

#endif
