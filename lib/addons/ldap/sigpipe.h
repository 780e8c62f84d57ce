/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_LDAP_SIGPIPE_H
#define SGW_ADDONS_LDAP_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

/* libldap writes to connections that the server may have closed: the host must not get a
 * SIGPIPE for it. */
struct sgw_sigpipe {
    sigset_t old;
    bool was_pending;
};

void sgw_sigpipe_hold(struct sgw_sigpipe *hold);
void sgw_sigpipe_release(const struct sgw_sigpipe *hold);

#endif
