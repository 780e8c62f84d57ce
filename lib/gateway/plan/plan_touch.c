/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "gateway/plan/plan_impl.h"

enum { DAY = 86400 };

/* Names of the records of a kind from a source that a day has passed for; they count as
 * touched from here on, for a store that fails is not tried again and again. */
static size_t collect(struct smimegw_plan *plan, const struct sgw_plan_delivery *delivery,
                      size_t source, int kind, const char **ret_names)
{
    size_t count = 0;
    int64_t now = plan->context.time;
    for (size_t i = 0; i < delivery->recipient_count; i++) {
        const struct sgw_plan_found *found = plan->result.fates[delivery->recipients[i]].found;
        struct sgw_plan_record *record = found != NULL ? found->record : NULL;
        if (record == NULL || found->source != source || record->kind != kind ||
            (record->used != 0 && record->used > now - DAY))
            continue;
        record->used = now;
        ret_names[count++] = record->name;
    }
    return count;
}

static void touch(struct smimegw_store *store, int kind, const char **names, size_t count,
                  int64_t time)
{
    struct smimegw_transaction *transaction;
    if (smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL) < 0)
        return;
    /* of no consequence where it fails: the mail is written */
    if (smimegw_transaction_touch(transaction, kind, names, count, time, NULL) == SMIMEGW_OK)
        smimegw_transaction_commit(transaction, NULL);
    else
        smimegw_transaction_rollback(transaction);
}

void sgw_plan_touch(struct smimegw_plan *plan, const struct sgw_plan_delivery *delivery)
{
    static const int kinds[] = {SMIMEGW_RECORD_KEY, SMIMEGW_RECORD_HARVESTED};
    size_t sources = plan->gateway != NULL ? plan->gateway->sources.count : 0;
    const char **names =
        sources > 0 ? sgw_calloc(delivery->recipient_count, sizeof(*names)) : NULL;
    if (names == NULL)
        return;
    for (size_t i = 0; i < sources; i++)
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            size_t count = collect(plan, delivery, i, kinds[k], names);
            if (count > 0)
                touch(plan->gateway->sources.entries[i].store, kinds[k], names, count,
                      plan->context.time);
        }
    sgw_free(names);
}
