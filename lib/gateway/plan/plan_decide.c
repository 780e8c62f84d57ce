/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "gateway/plan/plan_impl.h"
#include "mime/address_list.h"

/* Who gets what: the rules of a profile over what is known of message and recipients. */

/* What is known of all recipients together. */
struct tally {
    size_t missing;
    size_t unknown;
};

static int choose_keys(const struct smimegw_plan *plan, struct sgw_plan_result *result,
                       struct tally *ret_tally, struct smimegw_error **ret_error)
{
    *ret_tally = (struct tally){0};
    for (size_t i = 0; i < result->fate_count; i++) {
        int ret = sgw_plan_choose(plan, &plan->recipients[i], &result->fates[i], ret_error);
        if (ret < 0)
            return ret;
        ret_tally->missing += result->fates[i].status == 0;
        ret_tally->unknown += result->fates[i].status < 0;
    }
    return SMIMEGW_OK;
}

/* --- blind recipients ----------------------------------------------------------------------
 */

static int find_blind(const struct smimegw_plan *plan, struct sgw_plan_result *result)
{
    struct sgw_named_list named;
    struct sgw_buf address = SGW_BUF_INIT(0);
    int ret;
    for (size_t i = 0; i < result->fate_count; i++)
        result->fates[i].is_blind = true;
    sgw_named_list_init(&named, &plan->message.mime.header);
    while ((ret = sgw_named_list_next(&named, &address)) > 0) {
        struct sgw_plan_key key;
        size_t index;
        if (address.size > SGW_PLAN_ADDRESS_MAX)
            continue;
        sgw_plan_key_make(sgw_buf_text(&address), address.size, &key);
        if (sgw_plan_find(plan, &key, &index))
            result->fates[index].is_blind = false;
    }
    sgw_buf_clear(&address);
    return ret;
}

/* --- outcomes ------------------------------------------------------------------------------
 */

static void set_all(struct sgw_plan_result *result, int outcome, int reason)
{
    for (size_t i = 0; i < result->fate_count; i++) {
        result->fates[i].outcome = outcome;
        result->fates[i].reason = reason;
    }
}

/* Nobody gets it, whoever they are. */
static void stop_all(const struct smimegw_plan *plan, struct sgw_plan_result *result,
                     const struct sgw_plan_course *course)
{
    bool is_form =
        course->reason == SMIMEGW_PLAN_MALFORMED || course->reason == SMIMEGW_PLAN_OVER_LIMIT;
    set_all(result, course->outcome, course->reason);
    for (size_t i = 0; is_form && i < result->fate_count; i++)
        result->fates[i].note = plan->message.trouble;
}

/* All share an outcome, because of those with a status. */
static void set_because(struct sgw_plan_result *result, int outcome, int status,
                        int own_reason)
{
    int other_reason = own_reason == SMIMEGW_PLAN_NO_KEY ? SMIMEGW_PLAN_OTHER_NO_KEY
                                                         : SMIMEGW_PLAN_OTHER_LOOKUP;
    set_all(result, outcome, other_reason);
    for (size_t i = 0; i < result->fate_count; i++)
        if (result->fates[i].status == status)
            result->fates[i].reason = own_reason;
}

/* Everybody gets the same message, which we don't encrypt. */
static int send_to_all(const struct smimegw_plan *plan, struct sgw_plan_result *result,
                       const struct sgw_plan_course *course)
{
    int ret = SMIMEGW_OK;
    set_all(result,
            course->reason == SMIMEGW_PLAN_ALREADY_ENCRYPTED ? SMIMEGW_PLAN_ENCRYPTED
                                                             : SMIMEGW_PLAN_CLEAR,
            course->reason);
    for (size_t i = 0; ret == SMIMEGW_OK && i < result->fate_count; i++)
        ret = sgw_plan_deliver(plan, result, i, course->mode);
    return ret;
}

/* Those with a key get the encrypted copy, the others what the profile says (C15); but nobody
 * gets clear mail because a certificate ran out or was revoked. */
static int send_split(const struct smimegw_plan *plan, struct sgw_plan_result *result,
                      int mode)
{
    bool is_bounced = plan->rules.missing_key != SGW_MISSING_SPLIT;
    bool is_signed = mode != SGW_MODE_ENCRYPT && plan->rules.sign_clear_copy;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < result->fate_count; i++) {
        struct sgw_plan_fate *fate = &result->fates[i];
        bool has_key = fate->status > 0;
        bool gets_nothing = !has_key && (is_bounced || fate->has_spoiled);
        fate->reason = has_key ? SMIMEGW_PLAN_BY_PROFILE : SMIMEGW_PLAN_NO_KEY;
        fate->outcome = has_key        ? SMIMEGW_PLAN_ENCRYPTED
                        : gets_nothing ? SMIMEGW_PLAN_BOUNCED
                                       : SMIMEGW_PLAN_CLEAR;
        if (fate->outcome != SMIMEGW_PLAN_BOUNCED)
            ret = sgw_plan_deliver(plan, result, i,
                                   has_key     ? mode
                                   : is_signed ? SGW_MODE_SIGN
                                               : -1);
    }
    return ret;
}

/*
 * A recipient known to have no key decides first where that ends the message: no lookup could
 * change it. Else nothing is sent before all is known, for what is tried again must not have
 * been sent in part.
 */
static int decide_encrypted(const struct smimegw_plan *plan, struct sgw_plan_result *result,
                            int mode, struct smimegw_error **ret_error)
{
    struct tally tally;
    size_t size;
    int missing_key = plan->rules.missing_key;
    int ret = choose_keys(plan, result, &tally, ret_error);
    if (ret < 0)
        return ret;
    if (tally.missing > 0 && missing_key == SGW_MISSING_BOUNCE)
        set_because(result, SMIMEGW_PLAN_BOUNCED, 0, SMIMEGW_PLAN_NO_KEY);
    else if (tally.missing > 0 && missing_key == SGW_MISSING_DROP)
        set_because(result, SMIMEGW_PLAN_DROPPED, 0, SMIMEGW_PLAN_NO_KEY);
    else if (tally.unknown > 0)
        set_because(result, SMIMEGW_PLAN_DEFERRED, -1, SMIMEGW_PLAN_LOOKUP);
    else if (sgw_plan_extra_name(plan, plan->extras.count, &size) != NULL)
        set_all(result, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_NO_EXTRA);
    else
        ret = send_split(plan, result, mode);
    return ret;
}

static int decide(const struct smimegw_plan *plan, struct sgw_plan_result *result,
                  struct smimegw_error **ret_error)
{
    struct sgw_plan_course course;
    result->fates = sgw_calloc(plan->recipient_count, sizeof(*result->fates));
    if (result->fates == NULL)
        return SMIMEGW_E_NOMEM;
    result->fate_count = plan->recipient_count;
    for (size_t i = 0; i < result->fate_count; i++)
        result->fates[i].delivery = SIZE_MAX;
    sgw_plan_course_find(plan, &course);
    int ret = sgw_plan_course_sign(plan, &course, ret_error);
    ret = SGW_STEP(ret, find_blind(plan, result));
    if (ret < 0)
        return ret;
    if (course.outcome != 0)
        stop_all(plan, result, &course);
    else if (course.mode > SGW_MODE_SIGN)
        ret = decide_encrypted(plan, result, course.mode, ret_error);
    else
        ret = send_to_all(plan, result, &course);
    return SGW_STEP(ret, sgw_plan_explain(plan, result));
}

int smimegw_plan_decide(struct smimegw_plan *plan, struct smimegw_error **ret_error)
{
    struct sgw_plan_result result = {0};
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(plan->recipient_count > 0, ret_error);
    int ret = sgw_plan_check_unresolved(plan, ret_error);
    if (ret < 0)
        return ret;
    ret = decide(plan, &result, ret_error);
    if (ret < 0) {
        sgw_plan_result_clear(&result);
        return sgw_fail(ret_error, ret, "plan");
    }
    plan->result = result;
    return SMIMEGW_OK;
}
