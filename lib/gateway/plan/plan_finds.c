/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "gateway/plan/plan_impl.h"
#include "mime/part.h"

/* What the gateway's sources had for a recipient: few enough to look at each of them. */

/* --- records -------------------------------------------------------------------------------
 */

struct sgw_plan_record *sgw_plan_record_new(const struct smimegw_record *record)
{
    size_t size = strlen(record->name) + 1;
    struct sgw_plan_record *copy = sgw_malloc(sizeof(*copy) + size);
    if (copy == NULL)
        return NULL;
    copy->holders = 1;
    copy->kind = record->kind;
    copy->used = record->used;
    memcpy(copy->name, record->name, size);
    return copy;
}

void sgw_plan_record_unref(struct sgw_plan_record *record)
{
    if (record != NULL && --record->holders == 0)
        sgw_free(record);
}

/* --- finds ---------------------------------------------------------------------------------
 */

static void found_clear(struct sgw_plan_found *found)
{
    smimegw_cert_unref(found->cert);
    sgw_plan_record_unref(found->record);
}

void sgw_plan_finds_clear(struct sgw_plan_finds *finds)
{
    for (size_t i = 0; i < finds->count; i++)
        found_clear(&finds->entries[i]);
    sgw_free(finds->entries);
    *finds = (struct sgw_plan_finds){0};
}

int sgw_plan_lowest_grade(const struct smimegw_plan *plan)
{
    return SMIMEGW_GRADE_HARVESTED + plan->rules.lowest_grade;
}

/* Nobody else's, and a whole domain is an administrator's business (AC-137). */
static bool is_his(const struct sgw_plan_found *found)
{
    int worst =
        found->grade == SMIMEGW_GRADE_ADMINISTRATOR ? SGW_FIT_WILDCARD : SGW_FIT_ADDRESS;
    return found->fit <= worst || found->is_vouched;
}

bool sgw_plan_found_is_better(const struct smimegw_plan *plan,
                              const struct sgw_plan_found *one,
                              const struct sgw_plan_found *other)
{
    bool is_valid = sgw_cert_is_valid_at(one->cert, plan->context.time);
    if (is_valid != sgw_cert_is_valid_at(other->cert, plan->context.time))
        return is_valid;
    if (one->is_harvested != other->is_harvested)
        return other->is_harvested;
    if (one->fit != other->fit)
        return one->fit < other->fit;
    if (one->grade != other->grade)
        return one->grade > other->grade;
    return one->cert->not_before > other->cert->not_before;
}

static size_t find_worst(const struct smimegw_plan *plan, const struct sgw_plan_finds *finds)
{
    size_t worst = 0;
    for (size_t i = 1; i < finds->count; i++)
        if (sgw_plan_found_is_better(plan, &finds->entries[worst], &finds->entries[i]))
            worst = i;
    return worst;
}

static void drop_harvested(struct sgw_plan_finds *finds)
{
    size_t kept = 0;
    for (size_t i = 0; i < finds->count; i++) {
        if (finds->entries[i].is_harvested)
            found_clear(&finds->entries[i]);
        else
            finds->entries[kept++] = finds->entries[i];
    }
    finds->count = kept;
}

bool sgw_plan_finds_admit(const struct smimegw_plan *plan, struct sgw_plan_finds *finds,
                          const struct sgw_plan_found *found)
{
    if (found->grade < sgw_plan_lowest_grade(plan) || !is_his(found))
        return false;
    if (found->grade == SMIMEGW_GRADE_ADMINISTRATOR) {
        finds->has_administrator = true;
        drop_harvested(finds);
    }
    if (finds->has_administrator && found->is_harvested)
        return false;
    return finds->count < SGW_ANSWER_CERTS_MAX ||
           sgw_plan_found_is_better(plan, found, &finds->entries[find_worst(plan, finds)]);
}

/* An expired certificate had its path to the end. */
static int64_t time_of_path(const struct smimegw_plan *plan, const struct smimegw_cert *cert)
{
    int64_t time = plan->context.time;
    if (time > cert->not_after)
        time = cert->not_after;
    return time < cert->not_before ? cert->not_before : time;
}

int sgw_plan_found_check(const struct smimegw_plan *plan, struct sgw_plan_found *found,
                         struct smimegw_error **ret_error)
{
    struct sgw_trust_finding finding = {.reason = SMIMEGW_REASON_CERT_UNTRUSTED};
    const struct sgw_trust_query query = {.cert = found->cert,
                                          .use = SMIMEGW_USE_ENCRYPT,
                                          .time = time_of_path(plan, found->cert),
                                          .revocation_rule = SGW_REVOCATION_OFF};
    int ret = SMIMEGW_OK;
    if (found->grade != SMIMEGW_GRADE_CHAIN)
        return SMIMEGW_OK;
    if (plan->context.trust != NULL)
        ret = sgw_trust_check(plan->context.trust, &query, &finding, ret_error);
    if (ret < 0 || finding.reason == SMIMEGW_REASON_OK)
        return ret;
    found->grade = SMIMEGW_GRADE_HARVESTED;
    found->is_harvested = true;
    found->is_vouched = false;
    return SMIMEGW_OK;
}

int sgw_plan_finds_add(const struct smimegw_plan *plan, struct sgw_plan_finds *finds,
                       const struct sgw_plan_found *found)
{
    size_t at = finds->count;
    if (at == SGW_ANSWER_CERTS_MAX) {
        at = find_worst(plan, finds);
        found_clear(&finds->entries[at]);
    } else {
        int ret = sgw_grow(&finds->entries, at, &finds->capacity, sizeof(*finds->entries));
        if (ret < 0)
            return ret;
        finds->count++;
    }
    finds->entries[at] = *found;
    smimegw_cert_ref(found->cert);
    if (found->record != NULL)
        found->record->holders++;
    return SMIMEGW_OK;
}
