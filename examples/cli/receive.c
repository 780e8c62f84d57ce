/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harvest.h"
#include "policy.h"
#include "report.h"

static int print_report(const struct cli_session *session, FILE *stream,
                        const struct smimegw_verdict *verdict,
                        const struct smimegw_harvest *harvest)
{
    if (session->options->json.count != 0)
        return cli_harvest_print_json(session, stream, verdict, harvest);
    cli_report_print(stream, verdict, cli_options_are_trusting(session->options));
    cli_harvest_print(stream, harvest);
    return CLI_DONE;
}

static int receive(struct cli_session *session, struct smimegw_policy *policy,
                   struct cli_output *output)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_error *error = NULL;
    bool is_on_stdout = cli_list_first(&session->options->output) == NULL;
    if (smimegw_receive(session->gateway, policy, session->input.message, session->identities,
                        session->identity_count, smimegw_fd_write, &output->fd, &verdict,
                        &error) != SMIMEGW_OK)
        return cli_session_fail(session, CLI_TROUBLE, error);
    int code = cli_output_commit(output);
    struct smimegw_harvest *harvest =
        code == CLI_DONE ? cli_harvest_take(session, policy, verdict) : NULL;
    if (code == CLI_DONE)
        code = print_report(session, is_on_stdout ? stderr : stdout, verdict, harvest);
    smimegw_harvest_free(harvest);
    smimegw_verdict_unref(verdict);
    return code;
}

int cli_receive(struct cli_session *session)
{
    struct smimegw_policy *policy = NULL;
    struct cli_output output = {0};
    int code = cli_policy_make(session, &policy);
    if (code == CLI_DONE)
        code = cli_output_open(&output, cli_list_first(&session->options->output), 0);
    if (code == CLI_DONE)
        code = receive(session, policy, &output);
    smimegw_policy_unref(policy);
    cli_output_close(&output);
    return code;
}
