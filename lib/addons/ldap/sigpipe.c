/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/ldap/sigpipe.h"

#include <time.h>

static bool is_pending(void)
{
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

void sgw_sigpipe_hold(struct sgw_sigpipe *hold)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    hold->was_pending = is_pending();
    pthread_sigmask(SIG_BLOCK, &set, &hold->old);
}

void sgw_sigpipe_release(const struct sgw_sigpipe *hold)
{
    const struct timespec no_time = {0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    if (!hold->was_pending && is_pending())
        sigtimedwait(&set, NULL, &no_time);
    pthread_sigmask(SIG_SETMASK, &hold->old, NULL);
}
