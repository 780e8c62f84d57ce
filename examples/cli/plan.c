/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include <string.h>

#include "keyring.h"

/* --- making --------------------------------------------------------------------------------
 */

static int fail(const struct cli_session *session, int result, struct smimegw_error *error)
{
    return cli_session_fail(session, result == SMIMEGW_E_USAGE ? CLI_USAGE : CLI_TROUBLE,
                            error);
}

static int add_all(const struct cli_session *session, const struct cli_list *addresses,
                   struct smimegw_plan *plan)
{
    for (size_t index = 0; index < addresses->count; index++) {
        struct smimegw_error *error = NULL;
        int result = smimegw_plan_add_recipient(plan, addresses->items[index], NULL, &error);
        if (result != SMIMEGW_OK)
            return fail(session, result, error);
    }
    return CLI_DONE;
}

static int set_envelope(const struct cli_session *session, struct smimegw_plan *plan)
{
    struct smimegw_error *error = NULL;
    const struct cli_options *options = session->options;
    int result = smimegw_plan_set_sender(plan, cli_list_first(&options->from), &error);
    if (result == SMIMEGW_OK && session->identity_count != 0)
        result = smimegw_plan_set_identity(plan, session->identities[0], &error);
    if (result != SMIMEGW_OK)
        return fail(session, result, error);
    int code = add_all(session, &options->to, plan);
    if (code == CLI_DONE && (session->verb->takes & CLI_FILTER) != 0)
        code = add_all(session, &options->input, plan);
    return code;
}

/* What is forgotten on the command line must not bounce mail. */
static int check_identity(const struct cli_session *session)
{
    struct smimegw_buffer *mode = NULL;
    struct smimegw_error *error = NULL;
    int code = CLI_DONE;
    if (smimegw_profile_get(session->profile, "mode", &mode, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "profile", error);
    if (session->identity_count > 1)
        code = cli_fail(CLI_USAGE, "%s signs with one --identity", session->verb->name);
    else if (session->identity_count == 0 && strcmp(smimegw_buffer_data(mode), "encrypt") != 0)
        code = cli_fail(CLI_USAGE, "%s needs --identity for the mode %s", session->verb->name,
                        (const char *)smimegw_buffer_data(mode));
    smimegw_buffer_free(mode);
    return code;
}

static int look_up(const struct cli_session *session, struct smimegw_plan *plan)
{
    struct cli_keyring keyring;
    struct smimegw_error *error = NULL;
    const char *path = cli_list_first(&session->options->keyring);
    if (path == NULL && smimegw_plan_need(plan, 0) == NULL)
        return CLI_DONE;
    if (path == NULL)
        return cli_fail(CLI_USAGE, "%s needs --keyring to encrypt", session->verb->name);
    int code = cli_keyring_open(&keyring, path, false);
    if (code == CLI_DONE &&
        smimegw_plan_use_keyring(plan, keyring.keys, SMIMEGW_SUPPLY_REST_NONE, &error) !=
            SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, path, error);
    cli_keyring_close(&keyring);
    return code;
}

int cli_plan_make(const struct cli_session *session, struct smimegw_plan **ret_plan)
{
    struct smimegw_error *error = NULL;
    struct smimegw_plan *plan = NULL;
    int code = check_identity(session);
    if (code != CLI_DONE)
        return code;
    if (smimegw_plan_new(session->gateway, session->profile, session->input.message, &plan,
                         &error) != SMIMEGW_OK)
        return cli_session_fail(session, CLI_TROUBLE, error);
    code = set_envelope(session, plan);
    if (code == CLI_DONE)
        code = look_up(session, plan);
    if (code == CLI_DONE && smimegw_plan_decide(plan, &error) != SMIMEGW_OK)
        code = cli_session_fail(session, CLI_TROUBLE, error);
    if (code == CLI_DONE)
        *ret_plan = plan;
    else
        smimegw_plan_free(plan);
    return code;
}

/* --- what came of it -----------------------------------------------------------------------
 */

/* The worst first. */
static const struct {
    int outcome;
    int code;
} outcomes[] = {{SMIMEGW_PLAN_DEFERRED, CLI_DEFERRED},
                {SMIMEGW_PLAN_BOUNCED, CLI_BOUNCED},
                {SMIMEGW_PLAN_DROPPED, CLI_DROPPED},
                {SMIMEGW_PLAN_CLEAR, CLI_DONE},
                {SMIMEGW_PLAN_ENCRYPTED, CLI_DONE}};
enum { OUTCOMES = sizeof(outcomes) / sizeof(outcomes[0]) };

static size_t rank(int outcome)
{
    size_t at = 0;
    while (at < OUTCOMES && outcomes[at].outcome != outcome)
        at++;
    return at;
}

int cli_plan_code(int outcome)
{
    size_t at = rank(outcome);
    return at < OUTCOMES ? outcomes[at].code : (int)CLI_DEFERRED;
}

int cli_plan_worst(const struct smimegw_plan *plan, size_t *ret_recipient)
{
    size_t count = smimegw_plan_recipient_count(plan);
    int worst = smimegw_plan_recipient_outcome(plan, 0, NULL, NULL);
    *ret_recipient = 0;
    for (size_t index = 1; index < count; index++) {
        int outcome = smimegw_plan_recipient_outcome(plan, index, NULL, NULL);
        if (rank(outcome) >= rank(worst))
            continue;
        worst = outcome;
        *ret_recipient = index;
    }
    return worst;
}

size_t cli_plan_delivery_size(const struct smimegw_plan *plan, size_t delivery)
{
    size_t count = 0;
    while (smimegw_plan_delivery_recipient(plan, delivery, count) != NULL)
        count++;
    return count;
}

/* --- reports -------------------------------------------------------------------------------
 */

static void print_line(const char *name, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    printf("    %-12s ", name);
    cli_print(stdout, text);
    putchar('\n');
}

static void print_recipient(const struct smimegw_plan *plan, size_t index, bool explain)
{
    int reason = 0;
    const char *reply = "";
    int outcome = smimegw_plan_recipient_outcome(plan, index, &reason, &reply);
    const struct smimegw_cert *cert = smimegw_plan_recipient_cert(plan, index);
    cli_print(stdout, smimegw_plan_recipient(plan, index));
    printf("  %s (%s)", smimegw_plan_outcome_name(outcome),
           smimegw_plan_reason_name(reason, NULL));
    if (cert != NULL) {
        fputs("  ", stdout);
        cli_print(stdout, smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT));
    }
    putchar('\n');
    if (!explain)
        return;
    print_line("why", smimegw_plan_recipient_text(plan, index));
    print_line("reply", reply);
    if (cert == NULL)
        return;
    print_line("key", smimegw_cert_text(cert, SMIMEGW_CERT_KEY));
    print_line("fingerprint", smimegw_cert_text(cert, SMIMEGW_CERT_FINGERPRINT));
}

static void print_delivery(const struct smimegw_plan *plan, size_t delivery, bool explain)
{
    const char *address;
    uint32_t flags = smimegw_plan_delivery_flags(plan, delivery);
    printf("delivery %zu: %s%s%s", delivery + 1,
           (flags & SMIMEGW_DELIVERY_SIGNED) != 0 ? "signed, " : "",
           (flags & SMIMEGW_DELIVERY_ENCRYPTED) != 0 ? "encrypted, " : "",
           flags == 0 ? "as it came, " : "");
    for (size_t index = 0;
         (address = smimegw_plan_delivery_recipient(plan, delivery, index)) != NULL; index++) {
        fputs(index == 0 ? "to " : ", ", stdout);
        cli_print(stdout, address);
    }
    putchar('\n');
    if (explain)
        print_line("why", smimegw_plan_delivery_text(plan, delivery));
}

static int report(const struct cli_session *session, const struct smimegw_plan *plan)
{
    struct smimegw_buffer *json = NULL;
    struct smimegw_error *error = NULL;
    bool explain = session->options->explain.count != 0;
    if (session->options->json.count != 0) {
        if (smimegw_plan_json(plan, &json, &error) != SMIMEGW_OK)
            return cli_fail_error(CLI_TROUBLE, "plan", error);
        puts(smimegw_buffer_data(json));
        smimegw_buffer_free(json);
        return CLI_DONE;
    }
    size_t recipients = smimegw_plan_recipient_count(plan);
    size_t deliveries = smimegw_plan_delivery_count(plan);
    for (size_t index = 0; index < recipients; index++)
        print_recipient(plan, index, explain);
    for (size_t index = 0; index < deliveries; index++)
        print_delivery(plan, index, explain);
    return CLI_DONE;
}

int cli_plan_finish(const struct cli_session *session, const struct smimegw_plan *plan,
                    int code)
{
    size_t recipient;
    if (code == CLI_DONE)
        code = report(session, plan);
    return code == CLI_DONE ? cli_plan_code(cli_plan_worst(plan, &recipient)) : code;
}

int cli_plan(struct cli_session *session)
{
    struct smimegw_plan *plan = NULL;
    int code = cli_plan_make(session, &plan);
    code = cli_plan_finish(session, plan, code);
    smimegw_plan_free(plan);
    return code;
}
