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

static int set_envelope(const struct cli_session *session, const struct cli_sending *sending,
                        struct smimegw_plan *plan)
{
    struct smimegw_error *error = NULL;
    const char *sender = cli_list_first(&session->options->from);
    int result = smimegw_plan_set_sender(plan, sender == NULL ? "" : sender, &error);
    if (result == SMIMEGW_OK && sending->identity != NULL)
        result = smimegw_plan_set_identity(plan, sending->identity, &error);
    for (size_t index = 0; result == SMIMEGW_OK && index < sending->recipients->count; index++)
        result =
            smimegw_plan_add_recipient(plan, sending->recipients->items[index], NULL, &error);
    return result == SMIMEGW_OK ? CLI_DONE : fail(session, result, error);
}

int cli_plan_signs(const struct smimegw_profile *profile, bool *ret_signs, char ret_mode[32])
{
    struct smimegw_buffer *mode = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_profile_get(profile, "mode", &mode, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "profile", error);
    snprintf(ret_mode, 32, "%s", (const char *)smimegw_buffer_data(mode));
    *ret_signs = strcmp(ret_mode, "encrypt") != 0;
    smimegw_buffer_free(mode);
    return CLI_DONE;
}

/* What is forgotten on the command line must not bounce mail. */
static int check_identity(const struct cli_session *session)
{
    bool is_signing = false;
    char mode[32];
    int code = cli_plan_signs(session->profile, &is_signing, mode);
    if (code == CLI_DONE && session->identity_count > 1)
        code = cli_fail(CLI_USAGE, "%s signs with one --identity", session->verb->name);
    else if (code == CLI_DONE && session->identity_count == 0 && is_signing)
        code = cli_fail(CLI_USAGE, "%s needs --identity for the mode %s", session->verb->name,
                        mode);
    return code;
}

static int look_up_in_keyring(const char *path, struct smimegw_plan *plan)
{
    struct cli_keyring keyring;
    struct smimegw_error *error = NULL;
    int code = cli_keyring_open(&keyring, path, false);
    if (code == CLI_DONE &&
        smimegw_plan_use_keyring(plan, keyring.keys, SMIMEGW_SUPPLY_REST_NONE, &error) !=
            SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, path, error);
    cli_keyring_close(&keyring);
    return code;
}

static int look_up(const struct cli_session *session, struct smimegw_plan *plan)
{
    struct smimegw_error *error = NULL;
    const char *path = cli_list_first(&session->options->keyring);
    if (path != NULL)
        return look_up_in_keyring(path, plan);
    if (smimegw_plan_need(plan, 0) == NULL)
        return CLI_DONE;
    if (session->store_count == 0)
        return cli_fail(CLI_USAGE, "%s needs --keyring or --store to encrypt",
                        session->verb->name);
    return smimegw_plan_lookup(plan, &error) == SMIMEGW_OK
               ? CLI_DONE
               : cli_session_fail(session, CLI_TROUBLE, error);
}

int cli_plan_make_for(const struct cli_session *session, const struct cli_sending *sending,
                      struct smimegw_plan **ret_plan)
{
    struct smimegw_error *error = NULL;
    struct smimegw_plan *plan = NULL;
    if (smimegw_plan_new(session->gateway, sending->profile, sending->message, &plan,
                         &error) != SMIMEGW_OK)
        return cli_session_fail(session, CLI_TROUBLE, error);
    int code = set_envelope(session, sending, plan);
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

int cli_plan_make(const struct cli_session *session, struct smimegw_plan **ret_plan)
{
    struct cli_list recipients = {0};
    struct cli_sending sending = {session->profile, NULL, session->input.message, &recipients};
    int code = check_identity(session);
    if (session->identity_count != 0)
        sending.identity = session->identities[0];
    if (code == CLI_DONE)
        code = cli_options_envelope(session->options, session->verb, &recipients);
    if (code == CLI_DONE)
        code = cli_plan_make_for(session, &sending, ret_plan);
    cli_list_clear(&recipients);
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
