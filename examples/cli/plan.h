/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "session.h"

/* The decided plan for the envelope and the message of the session. */
int cli_plan_make(const struct cli_session *session, struct smimegw_plan **ret_plan);
/* The outcome that is worst: deferred, bounced, dropped, then the rest; and whose it is. */
int cli_plan_worst(const struct smimegw_plan *plan, size_t *ret_recipient);
/* The exit code for an outcome. */
int cli_plan_code(int outcome);
/* Where all went well so far (code), the table, or the document with --json, and the exit code
 * that the plan comes to. */
int cli_plan_finish(const struct cli_session *session, const struct smimegw_plan *plan,
                    int code);
/* Recipients of a delivery. */
size_t cli_plan_delivery_size(const struct smimegw_plan *plan, size_t delivery);

#endif
