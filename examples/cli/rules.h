/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include <smimegw/filter.h>

#include "session.h"

/* The text of --rules with the groups of --group. */
int cli_rules_load(const struct cli_session *session, struct smimegw_filter **ret_filter);

/* Recipients whose policy in the rules is the same. */
struct cli_rules_group {
    struct cli_list recipients;
    char *receiving; /* receiving policy, or NULL */
};
struct cli_rules_groups {
    struct cli_rules_group *items;
    size_t count;
};
/* Of incoming mail, by the envelope alone. To be cleared also on failure. */
int cli_rules_split(const struct cli_session *session, struct smimegw_filter *filter,
                    const struct cli_list *recipients, struct cli_rules_groups *ret);
void cli_rules_groups_clear(struct cli_rules_groups *groups);

/* What a message becomes; verdict: of incoming mail, else NULL. */
int cli_rules_decide(const struct cli_session *session, struct smimegw_filter *filter,
                     struct smimegw_message *message, struct smimegw_verdict *verdict,
                     const struct cli_list *recipients,
                     struct smimegw_filter_result **ret_result);

/* Incoming mail as a policy opens it: what filters run over. */
struct cli_opened {
    struct smimegw_policy *policy;
    struct smimegw_verdict *verdict;
    struct smimegw_message *message;
    int fd;            /* in memory */
    bool is_delivered; /* to somebody, as the caller says */
};
/* receiving: name of the policy; NULL for the one of the options. To be closed also on
 * failure. */
int cli_opened_receive(const struct cli_session *session, const char *receiving,
                       struct cli_opened *ret);
void cli_opened_close(struct cli_opened *opened);

/* rules_filter.c: what filter does with --rules. */
int cli_rules_filter(struct cli_session *session);

#endif
