/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_HARVEST_H
#define CLI_HARVEST_H

#include "session.h"

/* A harvester over the first store of the session that keeps what it collects, for verbs that
 * receive. */
int cli_harvest_prepare(struct cli_session *session);

/* Take the public keys of a message that was delivered already: whatever fails is a warning.
 * Alerts go to stderr. To be freed; NULL where the policy does not harvest, and on failure. */
struct smimegw_harvest *cli_harvest_take(struct cli_session *session,
                                         struct smimegw_policy *policy,
                                         const struct smimegw_verdict *verdict);
/* A line for each signer. */
void cli_harvest_print(FILE *stream, const struct smimegw_harvest *harvest);
/* The verdict's JSON, with the members harvest and alerts where there are any. */
int cli_harvest_print_json(const struct cli_session *session, FILE *stream,
                           const struct smimegw_verdict *verdict,
                           const struct smimegw_harvest *harvest);

#endif
