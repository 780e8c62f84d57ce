/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A filter in an MTA's pipe that does what rules decide. */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "harvest.h"
#include "named.h"
#include "plan.h"
#include "rules.h"

#define REFUSED_BY_POLICY "5.7.1 Message refused by policy"

struct filtering {
    struct cli_session *session;
    struct smimegw_filter *filter;
    void *profiles; /* all that the rules may name */
    struct cli_list recipients;
    struct cli_batch batch;
    struct cli_opened *opened; /* of incoming mail, one for each policy */
    size_t opened_count;
};

/* What is decided about some of the recipients. */
struct decision {
    const struct smimegw_filter_result *result;
    size_t group;
    struct smimegw_message *message;
    struct cli_list recipients;
};

static const char *text_of(const struct decision *decision, int which)
{
    const char *text = smimegw_filter_result_text(decision->result, decision->group, which);
    return text == NULL ? "" : text;
}

static bool is_incoming(const struct filtering *filtering)
{
    return filtering->session->options->incoming.count != 0;
}

/* --- delivering ----------------------------------------------------------------------------
 */

/* Is it the file of that name, whatever its form? */
static bool is_file_of(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    size_t size = strlen(name);
    return strncmp(base, name, size) == 0 &&
           (base[size] == '\0' || strcmp(base + size, ".pem") == 0 ||
            strcmp(base + size, ".p12") == 0);
}

/* Of several identities the profile names the one that signs. */
static int pick_identity(const struct cli_session *session,
                         const struct smimegw_profile *profile,
                         struct smimegw_identity **ret_identity)
{
    bool is_signing = false;
    char mode[32];
    struct smimegw_buffer *name = NULL;
    struct smimegw_error *error = NULL;
    int code = cli_plan_signs(profile, &is_signing, mode);
    *ret_identity = session->identity_count == 1 ? session->identities[0] : NULL;
    if (code != CLI_DONE || !is_signing || *ret_identity != NULL)
        return code;
    if (smimegw_profile_get(profile, "signing-certificate", &name, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "profile", error);
    for (size_t index = 0; index < session->identity_count; index++)
        if (is_file_of(session->options->identities.items[index], smimegw_buffer_data(name)))
            *ret_identity = session->identities[index];
    if (*ret_identity == NULL)
        code = cli_fail(CLI_USAGE, "filter needs --identity %s, with which a profile signs",
                        *(const char *)smimegw_buffer_data(name) == '\0'
                            ? "FILE"
                            : (const char *)smimegw_buffer_data(name));
    smimegw_buffer_free(name);
    return code;
}

static int protect(struct filtering *filtering, const struct decision *decision,
                   const char *name, struct smimegw_message *message)
{
    struct smimegw_plan *plan = NULL;
    struct cli_session *session = filtering->session;
    struct cli_sending sending = {.message = message, .recipients = &decision->recipients};
    sending.profile = cli_named_profiles.find(filtering->profiles, name);
    if (sending.profile == NULL)
        return cli_fail(CLI_TROUBLE, "no profile %s, which the rules ask for", name);
    int code = pick_identity(session, sending.profile, &sending.identity);
    if (code == CLI_DONE)
        code = cli_plan_make_for(session, &sending, &plan);
    if (code == CLI_DONE)
        code = cli_batch_add_plan(session, &filtering->batch, plan, is_incoming(filtering));
    smimegw_plan_free(plan);
    return code;
}

static int write_changed(const struct filtering *filtering, const struct decision *decision,
                         struct cli_copy *copy)
{
    struct smimegw_error *error = NULL;
    if (smimegw_filter_result_write(decision->result, decision->group, decision->message,
                                    smimegw_fd_write, &copy->fd, &error) != SMIMEGW_OK)
        return cli_session_fail(filtering->session, CLI_TROUBLE, error);
    return CLI_DONE;
}

static int protect_changed(struct filtering *filtering, const struct decision *decision,
                           const char *name)
{
    struct cli_copy copy;
    struct smimegw_message *message = NULL;
    struct smimegw_error *error = NULL;
    int code = cli_copy_open(filtering->session, is_incoming(filtering), &copy);
    if (code == CLI_DONE)
        code = write_changed(filtering, decision, &copy);
    if (code == CLI_DONE && smimegw_message_new_fd(filtering->session->gateway, copy.fd, 0,
                                                   &message, &error) != SMIMEGW_OK)
        code = cli_session_fail(filtering->session, CLI_TROUBLE, error);
    if (code == CLI_DONE)
        code = protect(filtering, decision, name, message);
    smimegw_message_free(message);
    cli_copy_close(&copy);
    return code;
}

/* Now or at delivery: behind this filter there is nothing but the delivery. */
static int deliver(struct filtering *filtering, const struct decision *decision)
{
    struct cli_copy *copy = NULL;
    const char *profile = text_of(decision, SMIMEGW_FILTER_PROFILE);
    if (filtering->opened_count != 0)
        filtering->opened[filtering->opened_count - 1].is_delivered = true;
    if (*profile != '\0' &&
        smimegw_filter_result_is_changed(decision->result, decision->group) != 0)
        return protect_changed(filtering, decision, profile);
    if (*profile != '\0')
        return protect(filtering, decision, profile, decision->message);
    int code = cli_batch_add(filtering->session, &filtering->batch, &decision->recipients,
                             is_incoming(filtering), &copy);
    return code == CLI_DONE ? write_changed(filtering, decision, copy) : code;
}

/* --- everything else -----------------------------------------------------------------------
 */

static int refuse(struct filtering *filtering, const struct decision *decision, int code,
                  const char *reply, int which)
{
    return cli_batch_refuse(&filtering->batch, cli_list_first(&decision->recipients), code,
                            reply, text_of(decision, which));
}

static int bounce(struct filtering *filtering, const struct decision *decision)
{
    bool is_mta = filtering->session->options->mta.count != 0;
    return refuse(filtering, decision, is_mta ? (int)CLI_MTA_REFUSED : (int)CLI_BOUNCED,
                  REFUSED_BY_POLICY, SMIMEGW_FILTER_DECIDED);
}

static int defer(struct filtering *filtering, const struct decision *decision)
{
    return refuse(filtering, decision, CLI_DEFERRED, NULL, SMIMEGW_FILTER_REASON);
}

static int drop(struct filtering *filtering, const struct decision *decision)
{
    return cli_batch_drop(filtering->session, &filtering->batch,
                          cli_list_first(&decision->recipients),
                          text_of(decision, SMIMEGW_FILTER_DECIDED));
}

static json_t *list_json(const struct cli_list *list)
{
    json_t *array = json_array();
    for (size_t index = 0; index < list->count; index++)
        json_array_append_new(array, json_string(list->items[index]));
    return array;
}

static int list_items(const struct decision *decision, int which, const char *head,
                      struct cli_list *ret)
{
    const char *item;
    int code = CLI_DONE;
    for (size_t index = 0;
         code == CLI_DONE && (item = smimegw_filter_result_item(
                                  decision->result, decision->group, which, index)) != NULL;
         index++) {
        char *line = NULL;
        if (asprintf(&line, "%s%s", head, item) < 0)
            return cli_fail(CLI_TROUBLE, "out of memory");
        code = cli_list_add(ret, line);
        free(line);
    }
    return code;
}

static json_t *about(const struct filtering *filtering, const struct decision *decision,
                     const struct cli_list *quarantines)
{
    const char *sender = cli_list_first(&filtering->session->options->from);
    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:s, s:s}", "direction",
                     is_incoming(filtering) ? "incoming" : "outgoing", "sender",
                     json_string(sender), "recipients", list_json(&decision->recipients),
                     "quarantines", list_json(quarantines), "policy",
                     text_of(decision, SMIMEGW_FILTER_POLICY), "profile",
                     text_of(decision, SMIMEGW_FILTER_PROFILE), "decided",
                     text_of(decision, SMIMEGW_FILTER_DECIDED));
}

static int keep_back(struct filtering *filtering, const struct decision *decision,
                     const struct cli_list *quarantines)
{
    if (filtering->session->options->quarantine.count == 0) {
        cli_warn("a rule quarantines, and there is no --quarantine-dir");
        return refuse(filtering, decision, CLI_DEFERRED, NULL, SMIMEGW_FILTER_DECIDED);
    }
    return cli_batch_keep(filtering->session, &filtering->batch, &decision->recipients,
                          about(filtering, decision, quarantines));
}

static int quarantine(struct filtering *filtering, const struct decision *decision)
{
    struct cli_list quarantines = {0};
    int code = list_items(decision, SMIMEGW_FILTER_QUARANTINES, "", &quarantines);
    if (code == CLI_DONE)
        code = keep_back(filtering, decision, &quarantines);
    cli_list_clear(&quarantines);
    return code;
}

/* --- one decision after the other ----------------------------------------------------------
 */

static int (*const actions[])(struct filtering *filtering, const struct decision *decision) = {
    [SMIMEGW_FILTER_DELIVER] = deliver,       [SMIMEGW_FILTER_SMIME] = deliver,
    [SMIMEGW_FILTER_QUARANTINE] = quarantine, [SMIMEGW_FILTER_DROP] = drop,
    [SMIMEGW_FILTER_BOUNCE] = bounce,         [SMIMEGW_FILTER_DEFER] = defer};

static int act(struct filtering *filtering, const struct smimegw_filter_result *result,
               size_t group, struct smimegw_message *message)
{
    struct decision decision = {.result = result, .group = group, .message = message};
    const char *address;
    int code = CLI_DONE;
    int action = smimegw_filter_result_action(result, group);
    for (size_t index = 0;
         code == CLI_DONE &&
         (address = smimegw_filter_result_recipient(result, group, index)) != NULL;
         index++)
        code = cli_list_add(&decision.recipients, address);
    if (action <= 0 || (size_t)action >= sizeof(actions) / sizeof(actions[0]))
        action = SMIMEGW_FILTER_DEFER;
    if (code == CLI_DONE)
        code = actions[action](filtering, &decision);
    if (code == CLI_DONE)
        code = list_items(&decision, SMIMEGW_FILTER_LOG, "log: ", &filtering->batch.notes);
    if (code == CLI_DONE)
        code = list_items(&decision, SMIMEGW_FILTER_NOTIFICATIONS,
                          "notify: ", &filtering->batch.notes);
    cli_list_clear(&decision.recipients);
    return code;
}

static int run_over(struct filtering *filtering, const struct cli_list *recipients,
                    struct smimegw_message *message, struct smimegw_verdict *verdict)
{
    struct smimegw_filter_result *result = NULL;
    int code = cli_rules_decide(filtering->session, filtering->filter, message, verdict,
                                recipients, &result);
    size_t count = smimegw_filter_result_count(result);
    for (size_t group = 0; code == CLI_DONE && group < count; group++)
        code = act(filtering, result, group, message);
    smimegw_filter_result_free(result);
    return code;
}

static int run_incoming(struct filtering *filtering)
{
    struct cli_session *session = filtering->session;
    struct cli_rules_groups groups = {.items = NULL};
    int code = cli_rules_split(session, filtering->filter, &filtering->recipients, &groups);
    filtering->opened = calloc(groups.count + 1, sizeof(*filtering->opened));
    if (code == CLI_DONE && filtering->opened == NULL)
        code = cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0; code == CLI_DONE && index < groups.count; index++) {
        const struct cli_rules_group *group = &groups.items[index];
        struct cli_opened *opened = &filtering->opened[filtering->opened_count++];
        code = cli_opened_receive(session, group->receiving, opened);
        if (code == CLI_DONE)
            code = run_over(filtering, &group->recipients, opened->message, opened->verdict);
    }
    cli_rules_groups_clear(&groups);
    return code;
}

/* What is missing is told for each message alike, also for those that would not need it.
 * Incoming mail needs profiles but rarely. */
static int check_profiles(const struct filtering *filtering)
{
    const char *name;
    if (is_incoming(filtering))
        return CLI_DONE;
    for (size_t index = 0;
         (name = smimegw_filter_name(filtering->filter, SMIMEGW_FILTER_NAME_PROFILE, index)) !=
         NULL;
         index++)
        if (cli_named_profiles.find(filtering->profiles, name) == NULL)
            return cli_fail(CLI_TROUBLE, "no profile %s, which the rules ask for", name);
    return CLI_DONE;
}

/* Nothing is learnt of mail that was kept back. */
static void harvest_all(struct filtering *filtering)
{
    for (size_t index = 0; index < filtering->opened_count; index++) {
        const struct cli_opened *opened = &filtering->opened[index];
        if (!opened->is_delivered)
            continue;
        smimegw_harvest_free(
            cli_harvest_take(filtering->session, opened->policy, opened->verdict));
    }
}

int cli_rules_filter(struct cli_session *session)
{
    struct filtering filtering = {.session = session};
    int code = cli_rules_load(session, &filtering.filter);
    if (code == CLI_DONE)
        code = cli_options_envelope(session->options, session->verb, &filtering.recipients);
    if (code == CLI_DONE)
        code = cli_named_load_all(session, &cli_named_profiles, &filtering.profiles);
    if (code == CLI_DONE)
        code = check_profiles(&filtering);
    if (code == CLI_DONE)
        code = is_incoming(&filtering)
                   ? run_incoming(&filtering)
                   : run_over(&filtering, &filtering.recipients, session->input.message, NULL);
    if (code == CLI_DONE)
        code = cli_batch_finish(session, &filtering.batch);
    if (code == CLI_DONE)
        harvest_all(&filtering);
    for (size_t index = 0; index < filtering.opened_count; index++)
        cli_opened_close(&filtering.opened[index]);
    free(filtering.opened);
    cli_batch_clear(&filtering.batch);
    cli_list_clear(&filtering.recipients);
    cli_named_profiles.set_free(filtering.profiles);
    smimegw_filter_unref(filtering.filter);
    return code;
}
