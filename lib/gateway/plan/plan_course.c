/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error_impl.h"
#include "cms/signed_out.h"
#include "gateway/plan/plan_impl.h"
#include "mime/address.h"
#include "pki/cert/names.h"

/* What a message comes to before its recipients are looked at. */

static bool is_report(const struct smimegw_plan *plan)
{
    return plan->has_null_sender || plan->message.is_report;
}

static void go_as_it_came(struct sgw_plan_course *course, int reason)
{
    course->mode = -1;
    course->reason = reason;
}

/* What came encrypted is as hidden as can be; what came signed is not, and only spares us the
 * signature. */
static void respect(const struct smimegw_plan *plan, struct sgw_plan_course *course)
{
    int already = plan->message.already;
    if (already == 0 || plan->rules.already_smime == SGW_ALREADY_WRAP)
        return;
    if (plan->rules.already_smime == SGW_ALREADY_BOUNCE)
        *course = (struct sgw_plan_course){SMIMEGW_PLAN_BOUNCED, already, -1};
    else if (already == SMIMEGW_PLAN_ALREADY_ENCRYPTED || course->mode == SGW_MODE_SIGN)
        go_as_it_came(course, already);
    else
        course->mode = SGW_MODE_ENCRYPT;
}

void sgw_plan_course_find(const struct smimegw_plan *plan, struct sgw_plan_course *ret)
{
    const struct sgw_plan_message *message = &plan->message;
    *ret = (struct sgw_plan_course){0, SMIMEGW_PLAN_BY_PROFILE, plan->options.mode};
    const struct sgw_profile_values *values = sgw_profile_values(plan->profile);
    if (message->refusal != 0)
        *ret = (struct sgw_plan_course){SMIMEGW_PLAN_BOUNCED, message->refusal, -1};
    else if (is_report(plan) && plan->rules.reports == SGW_REPORTS_PASS)
        go_as_it_came(ret, SMIMEGW_PLAN_REPORT);
    else if (message->is_calendar && values != NULL && values->calendar == SGW_CALENDAR_PASS)
        go_as_it_came(ret, SMIMEGW_PLAN_CALENDAR);
    else
        respect(plan, ret);
}

/* The rule of sgw_protect(), asked before anything is written: [RFC8550-3], C26. */
static int check_sender(const struct smimegw_plan *plan, bool *ret_is_fine)
{
    const struct smimegw_cert *cert = plan->identity->cert;
    const struct sgw_header *header = &plan->message.mime.header;
    enum sgw_sender_state state;
    struct sgw_buf address = SGW_BUF_INIT(0);
    *ret_is_fine = !plan->options.checks_sender || sgw_cert_names_nobody(cert) ||
                   sgw_header_is_bare_entity(header);
    if (*ret_is_fine)
        return SMIMEGW_OK;
    int ret = sgw_sender_find(header, "From", &state, &address);
    *ret_is_fine = ret == SMIMEGW_OK && state == SGW_SENDER_ONE &&
                   sgw_cert_covers_sender(cert, sgw_buf_text(&address), address.size);
    sgw_buf_clear(&address);
    return ret;
}

/* Why it can't be signed; 0: it can. */
static int find_trouble(const struct smimegw_plan *plan, int *ret_reason,
                        struct smimegw_error **ret_error)
{
    struct sgw_signature_algorithm algorithm;
    struct smimegw_error *error = NULL;
    bool is_fine;
    *ret_reason = SMIMEGW_PLAN_NO_IDENTITY;
    if (plan->identity == NULL)
        return SMIMEGW_OK;
    *ret_reason = SMIMEGW_PLAN_SIGNER;
    if (sgw_cert_why_not_sign(plan->identity->cert) != NULL)
        return SMIMEGW_OK;
    int ret = sgw_signature_choose(plan->identity, sgw_option_digests[plan->options.digest],
                                   plan->options.uses_pss != 0, &algorithm, &error);
    if (ret == SMIMEGW_OK) {
        ret = check_sender(plan, &is_fine);
        *ret_reason = is_fine ? 0 : SMIMEGW_PLAN_SENDER;
    } else if (ret == SMIMEGW_E_KEY) {
        ret = SMIMEGW_OK;
    }
    if (ret < 0)
        sgw_fail(ret_error, ret, "%s", error != NULL ? smimegw_error_text(error) : "sender");
    smimegw_error_free(error);
    return ret;
}

/* A failing signature bounces (C12), but a report has nobody to bounce to, and often a From
 * that no certificate of ours covers: it goes without. */
int sgw_plan_course_sign(const struct smimegw_plan *plan, struct sgw_plan_course *course,
                         struct smimegw_error **ret_error)
{
    int reason;
    if (course->outcome != 0 || course->mode < 0 || course->mode == SGW_MODE_ENCRYPT)
        return SMIMEGW_OK;
    int ret = find_trouble(plan, &reason, ret_error);
    if (ret < 0 || reason == 0)
        return ret;
    if (!is_report(plan))
        *course = (struct sgw_plan_course){SMIMEGW_PLAN_BOUNCED, reason, -1};
    else if (course->mode == SGW_MODE_SIGN)
        go_as_it_came(course, SMIMEGW_PLAN_REPORT);
    else
        course->mode = SGW_MODE_ENCRYPT;
    return SMIMEGW_OK;
}
