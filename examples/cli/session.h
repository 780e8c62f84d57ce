/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "io.h"
#include "options.h"

/* Everything the options name, read and ready. */
struct cli_session {
    const struct cli_verb *verb;
    const struct cli_options *options;
    struct smimegw_gateway *gateway;
    struct smimegw_profile *profile; /* sending verbs only */
    struct smimegw_identity **identities;
    size_t identity_count;
    struct smimegw_cert **recipients;
    size_t recipient_count;
    struct cli_input input;
};

/* On failure what was read so far is still to be closed. */
int cli_session_open(struct cli_session *session);
void cli_session_close(struct cli_session *session);

#endif
