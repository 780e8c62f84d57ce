/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading and running filters, over what was received as they say. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hold.h"
#include "policy.h"
#include "rules.h"

/* --- the text ------------------------------------------------------------------------------
 */

static int add_group(struct smimegw_filter *filter, char *group)
{
    struct cli_file file = {0};
    struct smimegw_error *error = NULL;
    char *equals = strchr(group, '=');
    if (equals == NULL)
        return cli_fail(CLI_USAGE, "--group %s: NAME=FILE is due", group);
    int code = cli_file_load(&file, equals + 1);
    if (code != CLI_DONE)
        return code;
    *equals = '\0';
    if (smimegw_filter_add_group(filter, group, file.data, file.size, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, group, error);
    *equals = '=';
    cli_file_clear(&file);
    return code;
}

int cli_rules_load(const struct cli_session *session, struct smimegw_filter **ret_filter)
{
    struct cli_file file = {0};
    struct smimegw_error *error = NULL;
    const char *path = cli_list_first(&session->options->rules);
    const struct cli_list *groups = &session->options->groups;
    if (path == NULL)
        path = cli_list_first(&session->options->input);
    int code = cli_file_load(&file, path);
    if (code != CLI_DONE)
        return code;
    int result = smimegw_filter_new(path, file.data, file.size, ret_filter, &error);
    cli_file_clear(&file);
    if (result != SMIMEGW_OK)
        code = cli_fail_error(result == SMIMEGW_E_SYNTAX ? CLI_NOT_PASSED : CLI_TROUBLE,
                              "rules", error);
    for (size_t index = 0; code == CLI_DONE && index < groups->count; index++)
        code = add_group(*ret_filter, groups->items[index]);
    return code;
}

/* --- running -------------------------------------------------------------------------------
 */

static int fill(const struct cli_session *session, struct smimegw_filter_input *input,
                struct smimegw_verdict *verdict, const struct cli_list *recipients,
                struct smimegw_error **ret_error)
{
    const struct cli_options *options = session->options;
    int direction =
        options->incoming.count != 0 ? SMIMEGW_FILTER_INCOMING : SMIMEGW_FILTER_OUTGOING;
    int result =
        smimegw_filter_input_set_sender(input, cli_list_first(&options->from), ret_error);
    for (size_t i = 0; result == SMIMEGW_OK && i < recipients->count; i++)
        result = smimegw_filter_input_add_recipient(input, recipients->items[i], ret_error);
    if (result == SMIMEGW_OK)
        result = smimegw_filter_input_set_verdict(input, verdict, ret_error);
    if (result == SMIMEGW_OK)
        result = smimegw_filter_input_set_direction(input, direction, ret_error);
    return result;
}

int cli_rules_decide(const struct cli_session *session, struct smimegw_filter *filter,
                     struct smimegw_message *message, struct smimegw_verdict *verdict,
                     const struct cli_list *recipients,
                     struct smimegw_filter_result **ret_result)
{
    struct smimegw_filter_input *input = NULL;
    struct smimegw_error *error = NULL;
    int result = smimegw_filter_input_new(session->gateway, message, &input, &error);
    if (result == SMIMEGW_OK)
        result = fill(session, input, verdict, recipients, &error);
    if (result == SMIMEGW_OK)
        result = smimegw_filter_run(filter, input, ret_result, &error);
    smimegw_filter_input_free(input);
    return result == SMIMEGW_OK ? CLI_DONE : cli_session_fail(session, CLI_TROUBLE, error);
}

/* --- by the envelope -----------------------------------------------------------------------
 */

static int take_group(const struct smimegw_filter_result *result, size_t at,
                      struct cli_rules_group *group)
{
    const char *address;
    const char *receiving = smimegw_filter_result_text(result, at, SMIMEGW_FILTER_RECEIVING);
    int code = CLI_DONE;
    if (receiving != NULL && (group->receiving = strdup(receiving)) == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0;
         code == CLI_DONE &&
         (address = smimegw_filter_result_recipient(result, at, index)) != NULL;
         index++)
        code = cli_list_add(&group->recipients, address);
    return code;
}

/* Which policy is whose depends on no content: an empty message does. */
int cli_rules_split(const struct cli_session *session, struct smimegw_filter *filter,
                    const struct cli_list *recipients, struct cli_rules_groups *ret)
{
    static const char text[] = "\r\n";
    struct smimegw_error *error = NULL;
    struct smimegw_message *message = NULL;
    struct smimegw_filter_result *result = NULL;
    if (smimegw_message_new_memory(session->gateway, text, sizeof(text) - 1, &message,
                                   &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, session->verb->name, error);
    int code = cli_rules_decide(session, filter, message, NULL, recipients, &result);
    size_t count = smimegw_filter_result_count(result);
    ret->items = code == CLI_DONE ? calloc(count + 1, sizeof(*ret->items)) : NULL;
    if (code == CLI_DONE && ret->items == NULL)
        code = cli_fail(CLI_TROUBLE, "out of memory");
    while (code == CLI_DONE && ret->count < count) {
        code = take_group(result, ret->count, &ret->items[ret->count]);
        ret->count++;
    }
    smimegw_filter_result_free(result);
    smimegw_message_free(message);
    return code;
}

void cli_rules_groups_clear(struct cli_rules_groups *groups)
{
    for (size_t index = 0; index < groups->count; index++) {
        cli_list_clear(&groups->items[index].recipients);
        free(groups->items[index].receiving);
    }
    free(groups->items);
    *groups = (struct cli_rules_groups){.items = NULL};
}

/* --- incoming ------------------------------------------------------------------------------
 */

int cli_opened_receive(const struct cli_session *session, const char *receiving,
                       struct cli_opened *ret)
{
    struct cli_copy copy;
    struct smimegw_error *error = NULL;
    *ret = (struct cli_opened){.fd = -1};
    int code = cli_policy_make_named(session, receiving, &ret->policy);
    if (code == CLI_DONE)
        code = cli_copy_open(session, true, &copy);
    if (code != CLI_DONE)
        return code;
    ret->fd = copy.fd;
    if (smimegw_receive(session->gateway, ret->policy, session->input.message,
                        session->identities, session->identity_count, smimegw_fd_write,
                        &ret->fd, &ret->verdict, &error) != SMIMEGW_OK ||
        smimegw_message_new_fd(session->gateway, ret->fd, 0, &ret->message, &error) !=
            SMIMEGW_OK)
        return cli_session_fail(session, CLI_TROUBLE, error);
    return CLI_DONE;
}

void cli_opened_close(struct cli_opened *opened)
{
    smimegw_message_free(opened->message);
    smimegw_verdict_unref(opened->verdict);
    smimegw_policy_unref(opened->policy);
    if (opened->fd >= 0)
        close(opened->fd);
    *opened = (struct cli_opened){.fd = -1};
}
