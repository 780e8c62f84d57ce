/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "hold.h"
#include "quarantine.h"

/* What becomes of a message in a filter, gathered before anything is done: copies to send and
 * to keep back, or that it can't be had. One exit code speaks for all recipients. */
struct cli_batch {
    struct cli_copy *copies;
    size_t count;
    struct cli_quarantined *kept;
    size_t kept_count;
    struct cli_list notes; /* lines for stderr at the end */
    char *served;          /* one who gets it, or whose part is done otherwise */
    char *refused;         /* one who does not get it */
    int code;              /* CLI_DONE, or what the refusal is */
    char *reply;           /* line for an MTA, or NULL */
    char *text;            /* for people */
    bool is_mixed;         /* refusals of several kinds */
};

void cli_batch_clear(struct cli_batch *batch);

/* Another copy for these recipients, to be written by the caller. secret: as for hold.h; the
 * copy is valid until the next one is made. */
int cli_batch_add(const struct cli_session *session, struct cli_batch *batch,
                  const struct cli_list *recipients, bool secret, struct cli_copy **ret_copy);
/* All deliveries of a decided plan, or its refusal. */
int cli_batch_add_plan(const struct cli_session *session, struct cli_batch *batch,
                       struct smimegw_plan *plan, bool secret);
/* reply: line for an MTA with an enhanced status code in front; NULL for none. */
int cli_batch_refuse(struct cli_batch *batch, const char *recipient, int code,
                     const char *reply, const char *text);
/* Nobody gets it, and the sender is not told: a final program can do that. */
int cli_batch_drop(const struct cli_session *session, struct cli_batch *batch,
                   const char *recipient, const char *text);
/* Keep it back, as it came; about: taken over, what is to be known of it. */
int cli_batch_keep(const struct cli_session *session, struct cli_batch *batch,
                   const struct cli_list *recipients, json_t *about);

/* Send and keep all of it, or tell why not: the exit code. */
int cli_batch_finish(const struct cli_session *session, struct cli_batch *batch);

#endif
