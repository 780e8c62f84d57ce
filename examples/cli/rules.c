/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

#include <string.h>

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
    int code = cli_rules_load(session, &filter);
    if (code == CLI_DONE)
        printf("%zu filters, %zu policies\n", count_names(filter, SMIMEGW_FILTER_NAME_FILTER),
               count_names(filter, SMIMEGW_FILTER_NAME_POLICY));
    smimegw_filter_unref(filter);
    return code;
}

static int report(const struct cli_session *session,
                  const struct smimegw_filter_result *result)
{
    struct smimegw_buffer *text = NULL;
    struct smimegw_error *error = NULL;
    bool is_json = session->options->json.count != 0;
    int ret = is_json ? smimegw_filter_result_json(result, &text, &error)
                      : smimegw_filter_result_trace(result, &text, &error);
    if (ret != SMIMEGW_OK)
        return cli_session_fail(session, CLI_TROUBLE, error);
    printf("%s%s", (const char *)smimegw_buffer_data(text), is_json ? "\n" : "");
    smimegw_buffer_free(text);
    return CLI_DONE;
}

/* The message as its recipients get it, where they all get the same. */
static int write_changed(const struct cli_session *session,
                         const struct smimegw_filter_result *result,
                         struct smimegw_message *message)
{
    struct cli_output output;
    struct smimegw_error *error = NULL;
    const char *path = cli_list_first(&session->options->output);
    if (path == NULL)
        return CLI_DONE;
    if (smimegw_filter_result_count(result) != 1)
        return cli_fail(CLI_USAGE,
                        "rules run: the recipients fall under several policies: -o is for "
                        "those of one");
    int code = cli_output_open(&output, path, 0);
    if (code == CLI_DONE && smimegw_filter_result_write(result, 0, message, smimegw_fd_write,
                                                        &output.fd, &error) != SMIMEGW_OK)
        code = cli_session_fail(session, CLI_TROUBLE, error);
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    return code;
}

/* The policy that the rules name; one call receives with one. */
static int receive(const struct cli_session *session, struct smimegw_filter *filter,
                   struct cli_opened *ret)
{
    struct cli_rules_groups groups = {.items = NULL};
    int code = cli_rules_split(session, filter, &session->options->to, &groups);
    for (size_t index = 1; code == CLI_DONE && index < groups.count; index++) {
        const char *first = groups.items[0].receiving;
        const char *other = groups.items[index].receiving;
        if ((first == NULL) != (other == NULL) || (first != NULL && strcmp(first, other) != 0))
            code = cli_fail(CLI_USAGE,
                            "rules run: %s and %s have several receiving policies: "
                            "one a call",
                            cli_list_first(&groups.items[0].recipients),
                            cli_list_first(&groups.items[index].recipients));
    }
    if (code == CLI_DONE)
        code = cli_opened_receive(session, groups.items[0].receiving, ret);
    cli_rules_groups_clear(&groups);
    return code;
}

int cli_rules_run(struct cli_session *session)
{
    struct smimegw_filter *filter = NULL;
    struct smimegw_filter_result *result = NULL;
    struct cli_opened opened = {.fd = -1};
    const struct cli_list *recipients = &session->options->to;
    if (recipients->count == 0)
        return cli_fail(CLI_USAGE, "rules run: --to is missing");
    int code = cli_rules_load(session, &filter);
    if (code == CLI_DONE && session->options->incoming.count != 0)
        code = receive(session, filter, &opened);
    struct smimegw_message *message =
        opened.message != NULL ? opened.message : session->input.message;
    if (code == CLI_DONE)
        code = cli_rules_decide(session, filter, message, opened.verdict, recipients, &result);
    if (code == CLI_DONE)
        code = write_changed(session, result, message);
    if (code == CLI_DONE)
        code = report(session, result);
    smimegw_filter_result_free(result);
    cli_opened_close(&opened);
    smimegw_filter_unref(filter);
    return code;
}
