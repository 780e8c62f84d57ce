/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "hold.h"
#include "plan.h"
#include "policy.h"

/* All copies are there and complete: out with them. */
static int put_out(const struct cli_session *session, const struct cli_copy *copies,
                   size_t count)
{
    const char *command = cli_list_first(&session->options->send_with);
    if (command != NULL)
        return cli_copies_send(command, cli_list_first(&session->options->from), copies,
                               count);
    if (count == 1)
        return cli_copy_print(&copies[0]);
    return cli_fail(CLI_TROUBLE,
                    "the message becomes %zu deliveries, and a filter writes one: take "
                    "--send-with, or one recipient a call",
                    count);
}

/* --- incoming ------------------------------------------------------------------------------
 */

/* Everybody gets the same. */
static int name_recipients(const struct cli_options *options, struct cli_copy *copy)
{
    size_t count = options->to.count + options->input.count;
    copy->recipients = calloc(count + 1, sizeof(*copy->recipients));
    if (copy->recipients == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0; index < count; index++)
        copy->recipients[index] = index < options->to.count
                                      ? options->to.items[index]
                                      : options->input.items[index - options->to.count];
    copy->recipient_count = count;
    return CLI_DONE;
}

static int filter_incoming(struct cli_session *session)
{
    struct smimegw_policy *policy = NULL;
    struct smimegw_error *error = NULL;
    struct cli_copy copy = {.fd = -1};
    int code = cli_policy_make(session, &policy);
    if (code == CLI_DONE)
        code = cli_copy_open(session, true, &copy);
    if (code == CLI_DONE)
        code = name_recipients(session->options, &copy);
    if (code == CLI_DONE &&
        smimegw_receive(session->gateway, policy, session->input.message, session->identities,
                        session->identity_count, smimegw_fd_write, &copy.fd, NULL,
                        &error) != SMIMEGW_OK)
        code = cli_session_fail(session, CLI_TROUBLE, error);
    if (code == CLI_DONE)
        code = put_out(session, &copy, 1);
    cli_copy_close(&copy);
    smimegw_policy_unref(policy);
    return code;
}

/* --- outgoing ------------------------------------------------------------------------------
 */

static int make_copy(const struct cli_session *session, struct smimegw_plan *plan, size_t at,
                     struct cli_copy *copy)
{
    struct smimegw_error *error = NULL;
    size_t count = cli_plan_delivery_size(plan, at);
    int code = cli_copy_open(session, false, copy);
    if (code != CLI_DONE)
        return code;
    copy->recipients = calloc(count + 1, sizeof(*copy->recipients));
    if (copy->recipients == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0; index < count; index++)
        copy->recipients[index] = smimegw_plan_delivery_recipient(plan, at, index);
    copy->recipient_count = count;
    if (smimegw_plan_delivery_write(plan, at, smimegw_fd_write, &copy->fd, &error) !=
        SMIMEGW_OK)
        code = cli_session_fail(session, CLI_TROUBLE, error);
    return code;
}

/* All are written before the first one goes. */
static int deliver(const struct cli_session *session, struct smimegw_plan *plan)
{
    size_t count = smimegw_plan_delivery_count(plan);
    size_t made = 0;
    struct cli_copy *copies = calloc(count + 1, sizeof(*copies));
    int code = copies != NULL ? CLI_DONE : cli_fail(CLI_TROUBLE, "out of memory");
    while (code == CLI_DONE && made < count) {
        code = make_copy(session, plan, made, &copies[made]);
        made++;
    }
    if (code == CLI_DONE)
        code = put_out(session, copies, count);
    for (size_t index = 0; index < made; index++)
        cli_copy_close(&copies[index]);
    free(copies);
    return code;
}

/* The whole message has this outcome, the exit code tells. */
static int refuse(const struct cli_session *session, const struct smimegw_plan *plan,
                  size_t recipient)
{
    int reason = 0;
    const char *reply = "";
    int outcome = smimegw_plan_recipient_outcome(plan, recipient, &reason, &reply);
    int code = cli_plan_code(outcome);
    if (session->options->mta.count == 0 || outcome == SMIMEGW_PLAN_DROPPED) {
        cli_fail(code, "%s: %s", smimegw_plan_recipient(plan, recipient),
                 smimegw_plan_recipient_text(plan, recipient));
        /* No output is no message, but to a filter's MTA it is an empty one. */
        bool is_final = session->options->send_with.count != 0;
        return outcome == SMIMEGW_PLAN_DROPPED && is_final ? (int)CLI_DONE : code;
    }
    /* An MTA takes the enhanced code at the start of the line for its own report. */
    const char *space = strchr(reply, ' ');
    fprintf(stderr, "%s\n", space == NULL ? reply : space + 1);
    if (outcome != SMIMEGW_PLAN_BOUNCED)
        return code;
    bool is_key = reason == SMIMEGW_PLAN_NO_KEY || reason == SMIMEGW_PLAN_OTHER_NO_KEY;
    return is_key ? CLI_MTA_NO_KEY : CLI_MTA_REFUSED;
}

/* One exit code speaks for all recipients. */
static int filter_outgoing(struct cli_session *session)
{
    size_t recipient;
    struct smimegw_plan *plan = NULL;
    int code = cli_plan_make(session, &plan);
    if (code != CLI_DONE)
        return code;
    int worst = cli_plan_worst(plan, &recipient);
    if (cli_plan_code(worst) == CLI_DONE)
        code = deliver(session, plan);
    else if (smimegw_plan_delivery_count(plan) == 0)
        code = refuse(session, plan, recipient);
    else
        code = cli_fail(CLI_TROUBLE,
                        "%s would get the message and %s not: one recipient a call, then",
                        smimegw_plan_delivery_recipient(plan, 0, 0),
                        smimegw_plan_recipient(plan, recipient));
    smimegw_plan_free(plan);
    return code;
}

/* What one direction would ignore was meant for the other. */
static int check_options(const struct cli_options *options)
{
    bool is_incoming = options->incoming.count != 0;
    if (is_incoming && options->profile.count + options->keyring.count != 0)
        return cli_fail(CLI_USAGE, "filter --incoming takes no --profile and no --keyring");
    if (!is_incoming && options->policy.count + options->policy_settings.count != 0)
        return cli_fail(CLI_USAGE,
                        "filter --outgoing takes no policy and none of its settings");
    if (is_incoming && options->send_with.count == 0)
        return CLI_DONE;
    if (options->from.count == 0)
        return cli_fail(CLI_USAGE, "filter needs --from");
    if (options->to.count + options->input.count == 0)
        return cli_fail(CLI_USAGE, "filter needs a RECIPIENT");
    return CLI_DONE;
}

int cli_filter(struct cli_session *session)
{
    /* Nobody reads: an error like others. */
    signal(SIGPIPE, SIG_IGN);
    int code = check_options(session->options);
    if (code != CLI_DONE)
        return code;
    return session->options->incoming.count != 0 ? filter_incoming(session)
                                                 : filter_outgoing(session);
}
