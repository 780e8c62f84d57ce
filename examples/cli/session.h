/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "identity.h"
#include "io.h"
#include "key_store.h"
#include "options.h"

/* Everything the options name, read and ready. */
struct cli_session {
    const struct cli_verb *verb;
    const struct cli_options *options;
    struct smimegw_gateway *gateway; /* verbs on messages only */
    struct smimegw_profile *profile; /* sending verbs only */
    struct cli_key_store *stores;    /* to look keys up in */
    size_t store_count;
    struct smimegw_harvester
        *harvester;                    /* receiving verbs with a store that keeps such keys */
    struct cli_list alerts;            /* of the harvester, in JSON */
    struct smimegw_template *template; /* verbs that make certificates only */
    struct cli_credentials credentials;
    struct cli_file identity_file; /* the bytes of the last identity that is a file */
    struct smimegw_identity **identities;
    size_t identity_count;
    struct smimegw_cert **recipients;
    size_t recipient_count;
    struct cli_input input;
    bool is_over_limit; /* incoming, and larger than message-size */
};

/* On failure what was read so far is still to be closed. */
int cli_session_open(struct cli_session *session);
void cli_session_close(struct cli_session *session);
/* Name of the message for people. */
const char *cli_session_input(const struct cli_session *session);
/* The library's error about the message, with the names of verb and message. */
int cli_session_fail(const struct cli_session *session, int code, struct smimegw_error *error);

#endif
