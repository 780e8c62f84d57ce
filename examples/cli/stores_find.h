/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_STORES_FIND_H
#define CLI_STORES_FIND_H

#include "session.h"

/* The public key of a name in the session's stores, to be dropped; NULL where there is none.
 */
int cli_stores_find(const struct cli_session *session, const char *name,
                    struct smimegw_cert **ret_cert);
/* To the session's recipients, a key for each address of --to. */
int cli_stores_find_recipients(struct cli_session *session);

#endif
