/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "report.h"
#include "session.h"

static int set_one(struct smimegw_policy *policy, char *setting)
{
    struct smimegw_error *error = NULL;
    char *equals = strchr(setting, '=');
    if (equals == NULL)
        return cli_fail(CLI_USAGE, "--policy-set %s: NAME=VALUE is due", setting);
    *equals = '\0';
    int result = smimegw_policy_set(policy, setting, equals + 1, &error);
    *equals = '=';
    if (result == SMIMEGW_OK)
        return CLI_DONE;
    return cli_fail_error(result == SMIMEGW_E_SETTING ? CLI_USAGE : CLI_TROUBLE, "policy",
                          error);
}

static int make_policy(const struct cli_session *session, struct smimegw_policy **ret_policy)
{
    struct smimegw_error *error = NULL;
    const struct cli_list *settings = &session->options->policy;
    int code = CLI_DONE;
    if (smimegw_policy_new(ret_policy, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "policy", error);
    for (size_t index = 0; code == CLI_DONE && index < settings->count; index++)
        code = set_one(*ret_policy, settings->items[index]);
    return code;
}

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
    int code = make_policy(session, &policy);
    if (code == CLI_DONE)
        code = cli_output_open(&output, cli_list_first(&session->options->output), 0);
    if (code == CLI_DONE)
        code = receive(session, policy, &output);
    smimegw_policy_unref(policy);
    cli_output_close(&output);
    return code;
}
