/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>

#include "batch.h"
#include "harvest.h"
#include "plan.h"
#include "policy.h"
#ifdef CLI_HAS_RULES
#include "rules.h"
#else
static int cli_rules_filter(struct cli_session *session)
{
    return cli_fail(CLI_USAGE, "%s: --rules: this smimegw was built without libsmimegw-filter",
                    session->verb->name);
}
#endif

/* Everybody gets the same. */
static int receive(struct cli_session *session, struct smimegw_policy *policy,
                   struct cli_batch *batch, struct smimegw_verdict **ret_verdict)
{
    struct smimegw_error *error = NULL;
    struct cli_list recipients = {0};
    struct cli_copy *copy = NULL;
    int code = cli_options_envelope(session->options, session->verb, &recipients);
    if (code == CLI_DONE)
        code = cli_batch_add(session, batch, &recipients, true, &copy);
    if (code == CLI_DONE &&
        smimegw_receive(session->gateway, policy, session->input.message, session->identities,
                        session->identity_count, smimegw_fd_write, &copy->fd, ret_verdict,
                        &error) != SMIMEGW_OK)
        code = cli_session_fail(session, CLI_TROUBLE, error);
    cli_list_clear(&recipients);
    return code;
}

static int filter_incoming(struct cli_session *session)
{
    struct smimegw_policy *policy = NULL;
    struct smimegw_verdict *verdict = NULL;
    struct cli_batch batch = {.code = CLI_DONE};
    int code = cli_policy_make(session, &policy);
    if (code == CLI_DONE)
        code = receive(session, policy, &batch, &verdict);
    if (code == CLI_DONE)
        code = cli_batch_finish(session, &batch);
    if (code == CLI_DONE)
        smimegw_harvest_free(cli_harvest_take(session, policy, verdict));
    cli_batch_clear(&batch);
    smimegw_verdict_unref(verdict);
    smimegw_policy_unref(policy);
    return code;
}

static int filter_outgoing(struct cli_session *session)
{
    struct smimegw_plan *plan = NULL;
    struct cli_batch batch = {.code = CLI_DONE};
    int code = cli_plan_make(session, &plan);
    if (code == CLI_DONE)
        code = cli_batch_add_plan(session, &batch, plan, false);
    if (code == CLI_DONE)
        code = cli_batch_finish(session, &batch);
    cli_batch_clear(&batch);
    smimegw_plan_free(plan);
    return code;
}

/* What one direction would ignore was meant for the other. */
static int check_options(const struct cli_options *options)
{
    bool is_incoming = options->incoming.count != 0;
    bool has_rules = options->rules.count != 0;
    if (has_rules && options->profile.count != 0)
        return cli_fail(CLI_USAGE, "filter takes --profile or --rules, not both");
    if (!has_rules && options->quarantine.count + options->groups.count != 0)
        return cli_fail(CLI_USAGE, "--quarantine-dir and --group need --rules");
    if (is_incoming && !has_rules && options->profile.count + options->keyring.count != 0)
        return cli_fail(CLI_USAGE, "filter --incoming takes no --profile and no --keyring");
    if (!is_incoming && options->policy.count + options->policy_settings.count != 0)
        return cli_fail(CLI_USAGE,
                        "filter --outgoing takes no policy and none of its settings");
    if (is_incoming && !has_rules && options->send_with.count == 0)
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
    if (session->options->rules.count != 0)
        return cli_rules_filter(session);
    return session->options->incoming.count != 0 ? filter_incoming(session)
                                                 : filter_outgoing(session);
}
