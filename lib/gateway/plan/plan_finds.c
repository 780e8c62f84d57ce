/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
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

static bool is_valid(const struct smimegw_plan *plan, const struct sgw_plan_found *found)
{
    return plan->context.time >= found->cert->not_before &&
           plan->context.time <= found->cert->not_after;
}

/* Which of two stays. However many strangers' mail brings, none pushes out what did not come
 * by mail. */
static bool is_worse(const struct smimegw_plan *plan, const struct sgw_plan_found *one,
                     const struct sgw_plan_found *other)
{
    if (one->is_harvested != other->is_harvested)
        return one->is_harvested;
    if (is_valid(plan, one) != is_valid(plan, other))
        return !is_valid(plan, one);
    if (one->fit != other->fit)
        return one->fit > other->fit;
    if (one->grade != other->grade)
        return one->grade < other->grade;
    return one->cert->not_before < other->cert->not_before;
}

static size_t find_worst(const struct smimegw_plan *plan, const struct sgw_plan_finds *finds)
{
    size_t worst = 0;
    for (size_t i = 1; i < finds->count; i++)
        if (is_worse(plan, &finds->entries[i], &finds->entries[worst]))
            worst = i;
    return worst;
}

bool sgw_plan_finds_wants(const struct smimegw_plan *plan, const struct sgw_plan_finds *finds,
                          const struct sgw_plan_found *found)
{
    return finds->count < SGW_ANSWER_CERTS_MAX ||
           is_worse(plan, &finds->entries[find_worst(plan, finds)], found);
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

void sgw_plan_finds_settle(struct sgw_plan_finds *finds)
{
    size_t kept = 0;
    for (size_t i = 0; i < finds->count; i++) {
        if (finds->has_administrator && finds->entries[i].is_harvested)
            found_clear(&finds->entries[i]);
        else
            finds->entries[kept++] = finds->entries[i];
    }
    finds->count = kept;
}
