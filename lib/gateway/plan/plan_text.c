/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/plan/plan_impl.h"

/* Words, replies and sentences. */

static const char *const outcome_names[] = {
    [SMIMEGW_PLAN_ENCRYPTED] = "encrypted", [SMIMEGW_PLAN_CLEAR] = "clear",
    [SMIMEGW_PLAN_BOUNCED] = "bounced",     [SMIMEGW_PLAN_DROPPED] = "dropped",
    [SMIMEGW_PLAN_DEFERRED] = "deferred",
};

/* What a reason is called and means; where it can stop a message, what the sender is told
 * [RFC3463-3.8]: X.7.5 is a key that is not to be had, X.7.1 a rule, X.6.0 the content. */
static const struct {
    const char *name;
    const char *meaning;
    const char *reply;
} reasons[] = {
    [SMIMEGW_PLAN_BY_PROFILE] = {"profile", "what the profile asks for", ""},
    [SMIMEGW_PLAN_NO_KEY] = {"no-key", "no usable certificate for this recipient",
                             "550 5.7.5 No usable certificate to encrypt for this recipient"},
    [SMIMEGW_PLAN_OTHER_NO_KEY] =
        {"other-no-key", "no usable certificate for another recipient",
         "550 5.7.5 No usable certificate to encrypt for another recipient of the message"},
    [SMIMEGW_PLAN_LOOKUP] = {"lookup", "looking up the recipient's certificate failed",
                             "451 4.7.5 Looking up the recipient's certificate failed"},
    [SMIMEGW_PLAN_OTHER_LOOKUP] =
        {"other-lookup", "looking up another recipient's certificate failed",
         "451 4.7.5 Looking up another recipient's certificate failed"},
    [SMIMEGW_PLAN_NO_IDENTITY] = {"no-identity", "there is no certificate to sign with",
                                  "550 5.7.5 There is no certificate to sign with"},
    [SMIMEGW_PLAN_SIGNER] = {"signer", "the certificate can't sign as the profile asks",
                             "550 5.7.5 The signing certificate can't be used to sign"},
    [SMIMEGW_PLAN_SENDER] = {"sender", "From is not in the scope of the signing certificate",
                             "550 5.7.1 From is not in the scope of the signing certificate"},
    [SMIMEGW_PLAN_ALREADY_SIGNED] = {"already-signed", "the message came signed",
                                     "550 5.7.1 Messages that come signed are refused here"},
    [SMIMEGW_PLAN_ALREADY_ENCRYPTED] =
        {"already-encrypted", "the message came encrypted",
         "550 5.7.1 Messages that come encrypted are refused here"},
    [SMIMEGW_PLAN_REPORT] = {"report", "a report, which need not be signed", ""},
    [SMIMEGW_PLAN_MALFORMED] =
        {"malformed", "the message is malformed or ambiguous",
         "554 5.6.0 Malformed or ambiguous message can't be signed or encrypted"},
    [SMIMEGW_PLAN_OVER_LIMIT] = {"limit", "the message is over a limit of the gateway",
                                 "554 5.6.0 Message is over a limit of the gateway"},
    [SMIMEGW_PLAN_CALENDAR] = {"calendar", "an invitation, which the profile lets pass", ""},
    [SMIMEGW_PLAN_NO_EXTRA] = {"no-extra",
                               "an extra recipient of the profile has no certificate",
                               "451 4.7.5 A certificate of the gateway is missing"},
};
enum { REASONS = sizeof(reasons) / sizeof(reasons[0]) };
enum { OUTCOMES = sizeof(outcome_names) / sizeof(outcome_names[0]) };

const char *smimegw_plan_outcome_name(int outcome)
{
    return outcome > 0 && outcome < OUTCOMES ? outcome_names[outcome] : "undecided";
}

const char *smimegw_plan_reason_name(int reason, const char **ret_meaning)
{
    bool is_known = reason > 0 && reason < REASONS;
    if (ret_meaning != NULL)
        *ret_meaning = is_known ? reasons[reason].meaning : "unknown";
    return is_known ? reasons[reason].name : "unknown";
}

static const struct sgw_plan_fate *fate_at(const struct smimegw_plan *plan, size_t index)
{
    return plan != NULL && index < plan->result.fate_count ? &plan->result.fates[index] : NULL;
}

int smimegw_plan_recipient_outcome(const struct smimegw_plan *plan, size_t index,
                                   int *ret_reason, const char **ret_reply)
{
    const struct sgw_plan_fate *fate = fate_at(plan, index);
    if (fate == NULL)
        return 0;
    bool is_stopped =
        fate->outcome == SMIMEGW_PLAN_BOUNCED || fate->outcome == SMIMEGW_PLAN_DEFERRED;
    if (ret_reason != NULL)
        *ret_reason = fate->reason;
    if (ret_reply != NULL)
        *ret_reply = is_stopped ? reasons[fate->reason].reply : "";
    return fate->outcome;
}

const char *smimegw_plan_recipient_text(const struct smimegw_plan *plan, size_t index)
{
    const struct sgw_plan_fate *fate = fate_at(plan, index);
    return fate != NULL ? fate->text : "";
}

struct smimegw_cert *smimegw_plan_recipient_cert(const struct smimegw_plan *plan, size_t index)
{
    const struct sgw_plan_fate *fate = fate_at(plan, index);
    bool is_encrypted = fate != NULL && fate->outcome == SMIMEGW_PLAN_ENCRYPTED;
    return is_encrypted ? fate->cert : NULL;
}

/* --- sentences -----------------------------------------------------------------------------
 */

/* By mode, from "as it came" on. */
static const char *const mode_texts[] = {"sent as it came", "signed", "encrypted",
                                         "signed, then encrypted",
                                         "signed, encrypted, then signed"};

static const char *mode_text(int mode)
{
    return mode_texts[mode + 1];
}

/* Where its certificate came from, and what that is worth. */
static int put_source(const struct sgw_plan_found *found, struct sgw_buf *text)
{
    return sgw_buf_printf(text, ", from source %zu (%s%s%s)", found->source,
                          sgw_grade_name(found->grade), found->record != NULL ? ", " : "",
                          found->record != NULL ? found->record->name : "");
}

static int explain_fate(const struct sgw_plan_result *result, struct sgw_plan_fate *fate)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    bool is_sent = fate->delivery != SIZE_MAX;
    int mode = is_sent ? result->deliveries[fate->delivery].mode : -1;
    int ret =
        sgw_buf_append_text(&text, is_sent ? mode_text(mode) : outcome_names[fate->outcome]);
    if (is_sent && fate->outcome == SMIMEGW_PLAN_CLEAR)
        ret = SGW_STEP(ret, sgw_buf_append_text(&text, ", NOT encrypted"));
    if (mode > SGW_MODE_SIGN)
        ret = SGW_STEP(
            ret,
            sgw_buf_printf(
                &text, " for %s%s%s", smimegw_cert_text(fate->cert, SMIMEGW_CERT_SUBJECT),
                smimegw_cert_text(fate->cert, SMIMEGW_CERT_SUBJECT)[0] != '\0' ? ", " : "",
                smimegw_cert_text(fate->cert, SMIMEGW_CERT_KEY)));
    if (mode > SGW_MODE_SIGN && fate->found != NULL)
        ret = SGW_STEP(ret, put_source(fate->found, &text));
    if (mode > SGW_MODE_SIGN && fate->is_blind)
        ret = SGW_STEP(ret, sgw_buf_append_text(&text, ", blind"));
    ret = SGW_STEP(ret, sgw_buf_printf(&text, ": %s", reasons[fate->reason].meaning));
    if (fate->note != NULL)
        ret = SGW_STEP(ret, sgw_buf_printf(&text, " (%s)", fate->note));
    if (ret == SMIMEGW_OK)
        fate->text = sgw_strdup(sgw_buf_text(&text));
    sgw_buf_clear(&text);
    return ret == SMIMEGW_OK && fate->text == NULL ? SMIMEGW_E_NOMEM : ret;
}

/* The host vouches for extra recipients, also for those past their time; but it is told. */
static size_t count_stale(const struct smimegw_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->extras.count; i++)
        count += !sgw_cert_is_valid_at(plan->extras.certs[i], plan->context.time);
    return count;
}

static int explain_delivery(const struct smimegw_plan *plan,
                            struct sgw_plan_delivery *delivery)
{
    size_t stale = count_stale(plan);
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret =
        sgw_buf_printf(&text, "%s, %zu recipient%s", mode_text(delivery->mode),
                       delivery->recipient_count, delivery->recipient_count == 1 ? "" : "s");
    if (delivery->mode > SGW_MODE_SIGN)
        ret = SGW_STEP(
            ret,
            sgw_buf_printf(&text, " with %zu certificate%s, %s%s", delivery->cert_count,
                           delivery->cert_count == 1 ? "" : "s",
                           sgw_option_cipher_words[sgw_plan_cipher_best(delivery->ciphers)],
                           delivery->is_shut ? ", blind" : ""));
    if (delivery->mode > SGW_MODE_SIGN && stale > 0)
        ret = SGW_STEP(
            ret, sgw_buf_printf(&text, ", %zu of extra recipients not valid now", stale));
    ret = SGW_STEP(ret, sgw_buf_printf(&text, ": %s", reasons[delivery->reason].meaning));
    if (ret == SMIMEGW_OK)
        delivery->text = sgw_strdup(sgw_buf_text(&text));
    sgw_buf_clear(&text);
    return ret == SMIMEGW_OK && delivery->text == NULL ? SMIMEGW_E_NOMEM : ret;
}

int sgw_plan_explain(const struct smimegw_plan *plan, struct sgw_plan_result *result)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < result->fate_count; i++)
        ret = explain_fate(result, &result->fates[i]);
    for (size_t i = 0; ret == SMIMEGW_OK && i < result->delivery_count; i++)
        ret = explain_delivery(plan, &result->deliveries[i]);
    return ret;
}
