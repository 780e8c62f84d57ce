/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy.h"

#include <string.h>

#include "named.h"

static int fail(int result, struct smimegw_error *error)
{
    return cli_fail_error(result == SMIMEGW_E_SETTING ? CLI_USAGE : CLI_TROUBLE, "policy",
                          error);
}

static int set_one(struct smimegw_policy *policy, char *setting)
{
    struct smimegw_error *error = NULL;
    char *equals = strchr(setting, '=');
    if (equals == NULL)
        return cli_fail(CLI_USAGE, "--policy-set %s: NAME=VALUE is due", setting);
    *equals = '\0';
    int result = smimegw_policy_set(policy, setting, equals + 1, &error);
    *equals = '=';
    return result == SMIMEGW_OK ? CLI_DONE : fail(result, error);
}

static int start(const struct cli_session *session, const char *name,
                 struct smimegw_policy **ret_policy)
{
    void *policy = NULL;
    struct smimegw_error *error = NULL;
    if (name == NULL)
        name = cli_list_first(&session->options->policy);
    if (name == NULL)
        return smimegw_policy_new(ret_policy, &error) == SMIMEGW_OK
                   ? CLI_DONE
                   : cli_fail_error(CLI_TROUBLE, "policy", error);
    int code = cli_named_use(session, &cli_named_policies, name, &policy);
    *ret_policy = policy;
    return code;
}

/* Forged results of the message go all the same. */
static int look_into_nothing(const struct cli_session *session, struct smimegw_policy *policy)
{
    struct smimegw_error *error = NULL;
    cli_warn("%s: more than message-size: delivered as it came, and not judged",
             cli_session_input(session));
    int result = smimegw_policy_set(policy, "smime", "off", &error);
    return result == SMIMEGW_OK ? CLI_DONE : fail(result, error);
}

int cli_policy_make_named(const struct cli_session *session, const char *name,
                          struct smimegw_policy **ret_policy)
{
    struct smimegw_error *error = NULL;
    const struct cli_list *settings = &session->options->policy_settings;
    int code = start(session, name, ret_policy);
    for (size_t index = 0; code == CLI_DONE && index < settings->count; index++)
        code = set_one(*ret_policy, settings->items[index]);
    int result =
        code == CLI_DONE ? smimegw_policy_check(*ret_policy, &error) : (int)SMIMEGW_OK;
    if (result != SMIMEGW_OK)
        code = fail(result, error);
    if (code == CLI_DONE && session->is_over_limit)
        code = look_into_nothing(session, *ret_policy);
    return code;
}

int cli_policy_make(const struct cli_session *session, struct smimegw_policy **ret_policy)
{
    return cli_policy_make_named(session, NULL, ret_policy);
}
