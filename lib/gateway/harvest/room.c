/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes when the store is full: keys that are untrusted, then those that are held, then
 * those that were never used, then those that were not used for longest. Those in use stay.
 */
#include <string.h>

#include "base/error_impl.h"
#include "gateway/harvest/harvest_impl.h"

/* More than any store takes for a record beside its certificate. */
enum { RECORD_OVERHEAD = 4096 };
/* Bounds of the work of one message. A little more goes than has to, so that passing over
 * those in use is not for one key only. */
enum { LOOKED_MAX = 1024, GONE_MAX = 256, SPARE_PART = 1024 };
#define BYTES_MAX (INT64_C(1) << 60)

int64_t sgw_harvest_size(size_t cert_size, size_t capabilities_size)
{
    return (int64_t)(cert_size + capabilities_size) + RECORD_OVERHEAD;
}

/* Where to look, one after the other. */
static const struct step {
    int for_grade; /* of the new key: what nobody uses pushes out only what is worth less */
    const char *prefix; /* NULL: by age */
    bool is_for_used;   /* by age: those that were used once, or those that never were */
} steps[] = {
    {SMIMEGW_GRADE_HELD, SGW_HARVEST_UNTRUSTED_PREFIX, false},
    {SMIMEGW_GRADE_HARVESTED, SGW_HARVEST_HELD_PREFIX, false},
    {SMIMEGW_GRADE_HARVESTED, NULL, false},
    {SMIMEGW_GRADE_HARVESTED, NULL, true},
};

struct search {
    const struct sgw_harvesting *call;
    const struct sgw_harvest_known *known;
    struct sgw_harvest_names *names;
    const struct step *step;
    size_t looked;
    int64_t wanted;
    int64_t found; /* never more than really goes */
    int ret;
};

static bool is_of_call(const struct sgw_harvesting *call, const char *name)
{
    for (size_t i = 0; i < call->harvest->count; i++)
        if (strcmp(call->harvest->items[i].name, name) == 0)
            return true;
    return false;
}

static bool may_go(const struct search *search, const struct smimegw_record *record)
{
    const struct sgw_harvesting *call = search->call;
    const struct step *step = search->step;
    bool is_usable = record->grade >= SMIMEGW_GRADE_HARVESTED;
    bool was_used = record->used != 0;
    if (is_usable == (step->prefix != NULL) || is_of_call(call, record->name) ||
        sgw_harvest_has_name(&search->known->replaced, record->name))
        return false;
    return step->prefix != NULL ||
           (was_used == step->is_for_used &&
            (!was_used || record->used < call->now - call->harvester->values.keep_used));
}

static int choose(void *userdata, const struct sgw_seen_record *seen)
{
    struct search *search = userdata;
    const struct smimegw_record *record = &seen->record;
    const char *prefix = search->step->prefix;
    if (prefix != NULL && strncmp(record->name, prefix, strlen(prefix)) != 0)
        return 1;
    if (may_go(search, record)) {
        search->found += (int64_t)(record->data_size + record->capabilities_size);
        search->ret = sgw_harvest_add_name(search->names, record->name);
    }
    return search->ret < 0 || search->found >= search->wanted ||
           search->names->count >= GONE_MAX || ++search->looked >= LOOKED_MAX;
}

static int take_step(struct search *search, struct smimegw_error **ret_error)
{
    struct smimegw_transaction *transaction = search->call->transaction;
    search->looked = 0;
    int ret = search->step->prefix != NULL
                  ? sgw_transaction_each(transaction, SMIMEGW_RECORD_HARVESTED,
                                         search->step->prefix, choose, search, ret_error)
                  : sgw_transaction_oldest(transaction, SMIMEGW_RECORD_HARVESTED, choose,
                                           search, ret_error);
    if (ret == SMIMEGW_OK && search->ret < 0)
        ret = sgw_fail(ret_error, search->ret, "harvested keys");
    return ret;
}

/* Bytes that have to go for it. */
static int64_t count_bytes(const struct sgw_harvesting *call,
                           const struct sgw_harvest_known *known,
                           const struct sgw_harvest_item *item, int64_t bytes)
{
    const struct sgw_buf *capabilities = sgw_harvest_capabilities(item);
    int64_t limit = call->harvester->values.size_limit;
    int64_t size =
        sgw_harvest_size(item->cert->der.size, capabilities != NULL ? capabilities->size : 0);
    if (item->outcome == SMIMEGW_HARVEST_UPDATED)
        size -= known->replaced_size;
    /* no sum overflows, whatever a store says */
    return (bytes < BYTES_MAX ? bytes : BYTES_MAX) + size - limit;
}

int sgw_harvest_find_room(const struct sgw_harvesting *call,
                          const struct sgw_harvest_known *known,
                          const struct sgw_harvest_item *item, struct sgw_harvest_names *ret,
                          bool *ret_is_enough, struct smimegw_error **ret_error)
{
    int64_t bytes;
    struct search search = {.call = call, .known = known, .names = ret};
    int result = smimegw_transaction_measure(call->transaction, SMIMEGW_RECORD_HARVESTED, NULL,
                                             &bytes, ret_error);
    if (result < 0)
        return result;
    int64_t needed = count_bytes(call, known, item, bytes);
    search.wanted = needed + call->harvester->values.size_limit / SPARE_PART;
    for (size_t i = 0; result == SMIMEGW_OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
        search.step = &steps[i];
        if (search.found < needed && ret->count < GONE_MAX &&
            sgw_harvest_grade(item) >= steps[i].for_grade)
            result = take_step(&search, ret_error);
    }
    /* far over its bound it shrinks from message to message */
    *ret_is_enough = search.found >= needed || ret->count >= GONE_MAX;
    return result;
}
