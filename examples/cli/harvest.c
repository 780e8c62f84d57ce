/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harvest.h"

#include <string.h>

static void note_alert(void *userdata, int kind, const char *text, const char *json)
{
    struct cli_session *session = userdata;
    (void)kind;
    cli_warn("%s", text);
    cli_list_add(&session->alerts, json);
}

int cli_harvest_prepare(struct cli_session *session)
{
    struct smimegw_error *error = NULL;
    size_t at = 0;
    while (at < session->store_count && !session->stores[at].kind->keeps_all)
        at++;
    if ((session->verb->takes & CLI_POLICY) == 0 || at == session->store_count)
        return CLI_DONE;
    int result = smimegw_harvester_new(session->stores[at].store, &session->harvester, &error);
    if (result == SMIMEGW_OK)
        result = smimegw_harvester_set_alert(session->harvester, note_alert, session, &error);
    return result == SMIMEGW_OK ? CLI_DONE : cli_fail_error(CLI_TROUBLE, "harvester", error);
}

static bool is_harvesting(const struct smimegw_policy *policy)
{
    struct smimegw_buffer *text = NULL;
    bool is_on = smimegw_policy_get(policy, "harvest", &text, NULL) == SMIMEGW_OK &&
                 strcmp(smimegw_buffer_data(text), "on") == 0;
    smimegw_buffer_free(text);
    return is_on;
}

/* The clock of the options. */
static int64_t now(const struct cli_session *session)
{
    int64_t time = -1;
    cli_time_parse(cli_options_setting(session->options, "time"), &time);
    return time;
}

struct smimegw_harvest *cli_harvest_take(struct cli_session *session,
                                         struct smimegw_policy *policy,
                                         const struct smimegw_verdict *verdict)
{
    struct smimegw_harvest *harvest = NULL;
    struct smimegw_error *error = NULL;
    const char *sender = cli_list_first(&session->options->from);
    if (!is_harvesting(policy))
        return NULL;
    if (session->harvester == NULL) {
        cli_warn("the policy harvests, and no --store keeps such keys: none were collected");
        return NULL;
    }
    if (smimegw_harvester_take(session->harvester, policy, verdict, sender, now(session),
                               &harvest, &error) != SMIMEGW_OK)
        cli_warn("no public keys were collected: %s", smimegw_error_text(error));
    smimegw_error_free(error);
    return harvest;
}

void cli_harvest_print(FILE *stream, const struct smimegw_harvest *harvest)
{
    size_t count = smimegw_harvest_count(harvest);
    for (size_t index = 0; index < count; index++) {
        fputs("harvest: ", stream);
        cli_print(stream, smimegw_harvest_text(harvest, index));
        fputc('\n', stream);
    }
}

/* Both documents are objects of the library's own. */
static void print_joined(const struct cli_session *session, FILE *stream,
                         const struct smimegw_buffer *verdict,
                         const struct smimegw_buffer *harvest)
{
    const struct cli_list *alerts = &session->alerts;
    size_t size = smimegw_buffer_size(verdict);
    if (harvest == NULL) {
        fprintf(stream, "%s\n", (const char *)smimegw_buffer_data(verdict));
        return;
    }
    fwrite(smimegw_buffer_data(verdict), 1, size - 1, stream);
    fprintf(stream, ",\"harvest\":%s", (const char *)smimegw_buffer_data(harvest));
    for (size_t index = 0; index < alerts->count; index++)
        fprintf(stream, "%s%s", index == 0 ? ",\"alerts\":[" : ",", alerts->items[index]);
    fputs(alerts->count == 0 ? "}\n" : "]}\n", stream);
}

int cli_harvest_print_json(const struct cli_session *session, FILE *stream,
                           const struct smimegw_verdict *verdict,
                           const struct smimegw_harvest *harvest)
{
    struct smimegw_buffer *json = NULL;
    struct smimegw_buffer *more = NULL;
    struct smimegw_error *error = NULL;
    int result = smimegw_verdict_json(verdict, &json, &error);
    if (result == SMIMEGW_OK && harvest != NULL)
        result = smimegw_harvest_json(harvest, &more, &error);
    if (result == SMIMEGW_OK)
        print_joined(session, stream, json, more);
    smimegw_buffer_free(json);
    smimegw_buffer_free(more);
    return result == SMIMEGW_OK ? CLI_DONE : cli_fail_error(CLI_TROUBLE, "verdict", error);
}
