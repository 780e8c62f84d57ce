/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error_impl.h"
#include "cms/signed_out.h"
#include "gateway/plan/plan_impl.h"
#include "smime/protect.h"

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

/* What has no form that can be signed or encrypted. */
static void refuse_stiff(const struct smimegw_plan *plan, struct sgw_plan_course *course)
{
    if (plan->message.stiff == 0 || course->outcome != 0 || course->mode < 0)
        return;
    if (is_report(plan) && course->mode == SGW_MODE_SIGN)
        go_as_it_came(course, SMIMEGW_PLAN_REPORT);
    else
        *course = (struct sgw_plan_course){SMIMEGW_PLAN_BOUNCED, plan->message.stiff, -1};
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
    refuse_stiff(plan, ret);
}

/* Why it can't be signed; 0: it can. */
static int find_trouble(const struct smimegw_plan *plan, int *ret_reason,
                        struct smimegw_error **ret_error)
{
    struct sgw_signature_algorithm algorithm;
    struct smimegw_error *error = NULL;
    *ret_reason = SMIMEGW_PLAN_NO_IDENTITY;
    if (plan->identity == NULL)
        return SMIMEGW_OK;
    *ret_reason = SMIMEGW_PLAN_SIGNER;
    if (sgw_cert_why_not_sign_at(plan->identity->cert, plan->context.time) != NULL)
        return SMIMEGW_OK;
    int ret = sgw_signature_choose(plan->identity, sgw_option_digests[plan->options.digest],
                                   plan->options.uses_pss != 0, &algorithm, &error);
    if (ret == SMIMEGW_OK) {
        /* asked before anything is written */
        ret = sgw_protect_check_sender(&plan->options, &plan->message.mime.header,
                                       plan->identity->cert, &error);
        *ret_reason = ret == SMIMEGW_OK ? 0 : SMIMEGW_PLAN_SENDER;
    }
    if (ret == SMIMEGW_E_KEY || ret == SMIMEGW_E_SENDER)
        ret = SMIMEGW_OK;
    if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
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
