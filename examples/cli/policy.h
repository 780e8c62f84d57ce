/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include "session.h"

/* The policy of the options. For a message over the limit of its size it is one that looks
 * into nothing: such mail is delivered, too. ret_policy: to be dropped also on failure. */
int cli_policy_make(const struct cli_session *session, struct smimegw_policy **ret_policy);
/* The same with the policy of a name; NULL for the one of the options. */
int cli_policy_make_named(const struct cli_session *session, const char *name,
                          struct smimegw_policy **ret_policy);

#endif
