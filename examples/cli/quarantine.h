/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_QUARANTINE_H
#define CLI_QUARANTINE_H

#include <jansson.h>

#include "session.h"

/* A message that is kept back, as it came, in a folder: NAME.eml, and NAME.json with what is
 * to be known to release it. */
struct cli_quarantined {
    struct cli_output output;
    char *about_path;
    char *about;
};

/* Written, but not in its place yet; about: freed. To be closed also on failure. */
int cli_quarantined_open(const struct cli_session *session, json_t *about,
                         struct cli_quarantined *ret);
/* The message is there last: whoever sees it sees all of it. */
int cli_quarantined_commit(struct cli_quarantined *quarantined);
void cli_quarantined_close(struct cli_quarantined *quarantined);

#endif
