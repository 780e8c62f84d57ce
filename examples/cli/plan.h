/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "session.h"

/* What is sent to whom, and how. */
struct cli_sending {
    struct smimegw_profile *profile;
    struct smimegw_identity *identity; /* NULL where nothing is signed */
    struct smimegw_message *message;
    const struct cli_list *recipients;
};

/* The decided plan for the envelope and the message of the session. */
int cli_plan_make(const struct cli_session *session, struct smimegw_plan **ret_plan);
/* The decided plan for some of it. */
int cli_plan_make_for(const struct cli_session *session, const struct cli_sending *sending,
                      struct smimegw_plan **ret_plan);
/* A profile signs: then there must be an identity. */
int cli_plan_signs(const struct smimegw_profile *profile, bool *ret_signs, char ret_mode[32]);
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
