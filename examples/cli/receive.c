/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy.h"
#include "report.h"

static int print_report(const struct cli_session *session, FILE *stream,
                        const struct smimegw_verdict *verdict)
{
    struct smimegw_buffer *json = NULL;
    struct smimegw_error *error = NULL;
    if (session->options->json.count == 0) {
        cli_report_print(stream, verdict, cli_options_are_trusting(session->options));
        return CLI_DONE;
    }
    if (smimegw_verdict_json(verdict, &json, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "verdict", error);
    fprintf(stream, "%s\n", (const char *)smimegw_buffer_data(json));
    smimegw_buffer_free(json);
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
    if (code == CLI_DONE)
        code = print_report(session, is_on_stdout ? stderr : stdout, verdict);
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
