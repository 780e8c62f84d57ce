/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/filter.h>
#include <string.h>

#include "options.h"
#include "session.h"

static int load(const char *path, struct smimegw_filter **ret_filter)
{
    struct cli_file file = {0};
    struct smimegw_error *error = NULL;
    int code = cli_file_load(&file, path);
    if (code != CLI_DONE)
        return code;
    int result = smimegw_filter_new(path, file.data, file.size, ret_filter, &error);
    cli_file_clear(&file);
    if (result == SMIMEGW_OK)
        return CLI_DONE;
    return cli_fail_error(result == SMIMEGW_E_SYNTAX ? CLI_NOT_PASSED : CLI_TROUBLE, "rules",
                          error);
}

static size_t count_names(const struct smimegw_filter *filter, int which)
{
    size_t count = 0;
    while (smimegw_filter_name(filter, which, count) != NULL)
        count++;
    return count;
}

int cli_rules_check(struct cli_session *session)
{
    struct smimegw_filter *filter = NULL;
    int code = load(cli_list_first(&session->options->input), &filter);
    if (code == CLI_DONE)
        printf("%zu filters, %zu policies\n", count_names(filter, SMIMEGW_FILTER_NAME_FILTER),
               count_names(filter, SMIMEGW_FILTER_NAME_POLICY));
    smimegw_filter_unref(filter);
    return code;
}

/* What a gateway would run its filters over: of incoming mail, what it opened. */
static int receive(struct cli_session *session, struct smimegw_buffer *opened,
                   struct smimegw_verdict **ret_verdict)
{
    struct smimegw_error *error = NULL;
    if (session->options->incoming.count == 0)
        return CLI_DONE;
    if (smimegw_receive(session->gateway, NULL, session->input.message, session->identities,
                        session->identity_count, smimegw_buffer_write, opened, ret_verdict,
                        &error) != SMIMEGW_OK)
        return cli_session_fail(session, CLI_TROUBLE, error);
    return CLI_DONE;
}

static int fill(const struct cli_options *options, struct smimegw_filter_input *input,
                struct smimegw_verdict *verdict, struct smimegw_error **ret_error)
{
    int result =
        smimegw_filter_input_set_sender(input, cli_list_first(&options->from), ret_error);
    for (size_t i = 0; result == SMIMEGW_OK && i < options->to.count; i++)
        result = smimegw_filter_input_add_recipient(input, options->to.items[i], ret_error);
    if (result == SMIMEGW_OK)
        result = smimegw_filter_input_set_verdict(input, verdict, ret_error);
    if (result == SMIMEGW_OK && verdict != NULL)
        result = smimegw_filter_input_set_direction(input, SMIMEGW_FILTER_INCOMING, ret_error);
    return result;
}

static int judge(struct cli_session *session, struct smimegw_filter *filter,
                 struct smimegw_message *message, struct smimegw_verdict *verdict)
{
    struct smimegw_filter_input *input = NULL;
    struct smimegw_filter_result *result = NULL;
    struct smimegw_buffer *text = NULL;
    struct smimegw_error *error = NULL;
    int ret = smimegw_filter_input_new(session->gateway, message, &input, &error);
    if (ret == SMIMEGW_OK)
        ret = fill(session->options, input, verdict, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_filter_run(filter, input, &result, &error);
    if (ret == SMIMEGW_OK)
        ret = session->options->json.count != 0
                  ? smimegw_filter_result_json(result, &text, &error)
                  : smimegw_filter_result_trace(result, &text, &error);
    if (ret == SMIMEGW_OK && session->options->json.count != 0)
        puts(smimegw_buffer_data(text));
    else if (ret == SMIMEGW_OK)
        fputs(smimegw_buffer_data(text), stdout);
    smimegw_buffer_free(text);
    smimegw_filter_result_free(result);
    smimegw_filter_input_free(input);
    return ret == SMIMEGW_OK ? CLI_DONE : cli_session_fail(session, CLI_TROUBLE, error);
}

int cli_rules_run(struct cli_session *session)
{
    struct smimegw_filter *filter = NULL;
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_buffer *opened = NULL;
    struct smimegw_message *inner = NULL;
    struct smimegw_error *error = NULL;
    if (session->options->to.count == 0)
        return cli_fail(CLI_USAGE, "rules run: --to is missing");
    int code = load(cli_list_first(&session->options->rules), &filter);
    if (code == CLI_DONE && smimegw_buffer_new(0, &opened, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, "rules run", error);
    if (code == CLI_DONE)
        code = receive(session, opened, &verdict);
    if (code == CLI_DONE && verdict != NULL &&
        smimegw_message_new_memory(session->gateway, smimegw_buffer_data(opened),
                                   smimegw_buffer_size(opened), &inner, &error) != SMIMEGW_OK)
        code = cli_session_fail(session, CLI_TROUBLE, error);
    if (code == CLI_DONE)
        code = judge(session, filter, inner != NULL ? inner : session->input.message, verdict);
    smimegw_message_free(inner);
    smimegw_buffer_free(opened);
    smimegw_verdict_unref(verdict);
    smimegw_filter_unref(filter);
    return code;
}
