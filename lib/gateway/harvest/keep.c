/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Harvested keys in the store: looking up, keeping, making room. */
#include <string.h>

#include "base/error_impl.h"
#include "gateway/harvest/harvest_impl.h"

/* More than any store takes for a record beside its certificate. */
enum { RECORD_OVERHEAD = 4096 };
enum { EVICTED_MAX = 4096, EVICTED_PART = 64 }; /* at once, and how much of the whole */

#define ORIGIN "signed mail"

/* --- looking up ----------------------------------------------------------------------------
 */

struct look_up {
    const struct sgw_harvest_item *item;
    const struct sgw_key_set *keys; /* of its certificate */
    struct sgw_harvest_known *known;
    int ret;
};

static void note_same(struct sgw_harvest_known *known, const struct smimegw_record *record)
{
    known->is_there = true;
    strcpy(known->name, record->name);
    known->grade = record->grade;
    known->added = record->added;
    known->used = record->used;
    known->signed_at = record->signed_at;
}

static bool serves_others(const struct sgw_seen_record *seen, const struct sgw_key_set *keys)
{
    for (size_t i = 0; i < seen->record.lookup_key_count; i++)
        if (!sgw_key_set_has(keys, seen->record.lookup_keys[i]))
            return true;
    return false;
}

static void note_other(struct look_up *look_up, const struct sgw_seen_record *seen)
{
    struct sgw_harvest_known *known = look_up->known;
    const struct smimegw_record *record = &seen->record;
    const struct smimegw_cert *cert = look_up->item->cert;
    if (record->grade < SMIMEGW_GRADE_HARVESTED) {
        known->waiting++;
        return;
    }
    /* signed without a time: before it came in */
    int64_t time = record->signed_at != 0 ? record->signed_at : record->added;
    known->others++;
    known->newest = time > known->newest ? time : known->newest;
    known->best_grade = record->grade > known->best_grade ? record->grade : known->best_grade;
    if (seen->cert.issuer_size != cert->issuer_size ||
        memcmp(seen->cert.issuer, cert->issuer, cert->issuer_size) != 0)
        known->is_other_issuer = true;
    if (!serves_others(seen, look_up->keys))
        look_up->ret =
            sgw_buf_append(&known->replaced, record->name, strlen(record->name) + 1);
}

static int note_record(void *userdata, const struct sgw_seen_record *seen)
{
    struct look_up *look_up = userdata;
    struct sgw_harvest_known *known = look_up->known;
    bool is_same = sgw_cert_is_same(&seen->cert, look_up->item->cert);
    if (seen->record.kind == SMIMEGW_RECORD_KEY) {
        known->has_administrators = true;
        known->is_administrators |= is_same;
    } else if (is_same) {
        note_same(known, &seen->record);
    } else {
        note_other(look_up, seen);
    }
    return look_up->ret < 0;
}

int sgw_harvest_look_up(const struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                        struct sgw_harvest_known *ret, struct smimegw_error **ret_error)
{
    struct sgw_key_set keys = {0};
    struct look_up look_up = {item, &keys, ret, SMIMEGW_OK};
    *ret = (struct sgw_harvest_known){0};
    int result = sgw_key_set_add_cert(&keys, item->cert);
    result = SGW_STEP(result, sgw_key_set_list(&keys));
    if (result == SMIMEGW_OK) {
        result =
            sgw_transaction_find(call->transaction, &keys, note_record, &look_up, ret_error);
        result = SGW_STEP(result, look_up.ret);
    }
    sgw_key_set_clear(&keys);
    return result < 0 ? sgw_fail(ret_error, result, "harvested keys") : SMIMEGW_OK;
}

/* --- keeping -------------------------------------------------------------------------------
 */

int sgw_harvest_remove(struct smimegw_transaction *transaction, int kind,
                       const struct sgw_harvest_names *names, struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    const char *name = sgw_buf_text(&names->text);
    const char *end = name + names->text.size;
    for (; ret == SMIMEGW_OK && name < end; name += strlen(name) + 1)
        ret = smimegw_transaction_remove(transaction, kind, name, ret_error);
    return ret;
}

/* What no one uses does not push out anything. */
static int check_room(const struct sgw_harvesting *call, struct sgw_harvest_item *item,
                      struct smimegw_error **ret_error)
{
    int64_t bytes;
    if (sgw_harvest_grade(item) >= SMIMEGW_GRADE_HARVESTED)
        return SMIMEGW_OK;
    int ret = smimegw_transaction_measure(call->transaction, SMIMEGW_RECORD_HARVESTED, NULL,
                                          &bytes, ret_error);
    if (ret == SMIMEGW_OK && bytes + (int64_t)item->cert->der.size + RECORD_OVERHEAD >
                                 call->harvester->values.size_limit) {
        item->outcome = SMIMEGW_HARVEST_REFUSED;
        item->reason = SMIMEGW_HARVEST_LIMIT;
    }
    return ret;
}

/* Capabilities that are none are left out: a store never gets what it could not give back. */
static int put_record(struct sgw_harvesting *call, struct smimegw_record *record,
                      struct smimegw_error **ret_error)
{
    struct sgw_seen_record seen;
    struct smimegw_error *error = NULL;
    int ret = sgw_record_see(record, &seen, &error);
    if (ret == SMIMEGW_E_USAGE && record->capabilities != NULL) {
        sgw_record_clear(&seen);
        sgw_error_clear(&error);
        record->capabilities = NULL;
        record->capabilities_size = 0;
        ret = sgw_record_see(record, &seen, &error);
    }
    ret = SGW_STEP(ret,
                   sgw_transaction_put(call->transaction, &seen.record, &seen.keys, &error));
    sgw_record_clear(&seen);
    if (ret < 0 && ret != SMIMEGW_E_LIMIT)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    return ret;
}

static struct smimegw_record make_record(const struct sgw_harvesting *call,
                                         const struct sgw_harvest_known *known,
                                         const struct sgw_harvest_item *item)
{
    const struct sgw_verdict_signer *from = item->from;
    struct smimegw_record record = {
        .size = sizeof(record),
        .kind = SMIMEGW_RECORD_HARVESTED,
        .grade = sgw_harvest_grade(item),
        .name = item->name,
        .origin = ORIGIN,
        .data = item->cert->der.data,
        .data_size = item->cert->der.size,
        .added = known->is_there ? known->added : call->now,
        .used = known->used,
    };
    /* nobody vouches for what failed */
    if (item->is_passed && from->has_signing_time && from->signing_time > 0)
        record.signed_at = from->signing_time;
    if (item->is_passed && from->capabilities.size > 0 &&
        from->capabilities.size <= SGW_HARVEST_CAPABILITIES_MAX) {
        record.capabilities = from->capabilities.data;
        record.capabilities_size = from->capabilities.size;
    }
    return record;
}

/* Is there anything to write about it? */
static bool is_news(const struct sgw_harvest_known *known, const struct sgw_harvest_item *item)
{
    switch (item->outcome) {
    case SMIMEGW_HARVEST_STORED:
    case SMIMEGW_HARVEST_UPDATED:
    case SMIMEGW_HARVEST_UNTRUSTED:
        return true;
    case SMIMEGW_HARVEST_KNOWN:
        return item->reason == SMIMEGW_HARVEST_BY_POLICY;
    case SMIMEGW_HARVEST_HELD:
        return !known->is_there || known->grade != SMIMEGW_GRADE_HELD ||
               (item->from->has_signing_time && item->from->signing_time > known->signed_at);
    default:
        return false;
    }
}

int sgw_harvest_keep(struct sgw_harvesting *call, const struct sgw_harvest_known *known,
                     struct sgw_harvest_item *item, struct smimegw_error **ret_error)
{
    const struct sgw_harvest_names replaced = {.text = known->replaced};
    if (known->is_there)
        strcpy(item->name, known->name);
    if (!is_news(known, item))
        return SMIMEGW_OK;
    int ret = known->is_there ? SMIMEGW_OK : check_room(call, item, ret_error);
    if (ret < 0 || item->outcome == SMIMEGW_HARVEST_REFUSED)
        return ret;
    if (!known->is_there)
        sgw_harvest_make_name(call, item, "", item->name);
    struct smimegw_record record = make_record(call, known, item);
    ret = put_record(call, &record, ret_error);
    if (ret == SMIMEGW_E_LIMIT) {
        item->outcome = SMIMEGW_HARVEST_REFUSED;
        item->reason = SMIMEGW_HARVEST_LIMIT;
        item->name[0] = '\0';
        return SMIMEGW_OK;
    }
    call->has_changes = true;
    if (item->outcome == SMIMEGW_HARVEST_UPDATED)
        ret = SGW_STEP(ret, sgw_harvest_remove(call->transaction, SMIMEGW_RECORD_HARVESTED,
                                               &replaced, ret_error));
    return ret;
}

/* --- making room ---------------------------------------------------------------------------
 */

struct eviction {
    const struct sgw_harvesting *call;
    struct sgw_harvest_names *names;
    size_t wanted;
    bool spares_used;
    int ret;
};

static bool is_of_call(const struct sgw_harvesting *call, const char *name)
{
    for (size_t i = 0; i < call->harvest->count; i++)
        if (strcmp(call->harvest->items[i].name, name) == 0)
            return true;
    return false;
}

static int choose_record(void *userdata, const struct sgw_seen_record *seen)
{
    struct eviction *eviction = userdata;
    const struct sgw_harvesting *call = eviction->call;
    const struct smimegw_record *record = &seen->record;
    bool is_in_use =
        record->used != 0 && record->used >= call->now - call->harvester->values.keep_used;
    if ((eviction->spares_used && is_in_use) || is_of_call(call, record->name))
        return 0;
    eviction->ret =
        sgw_buf_append(&eviction->names->text, record->name, strlen(record->name) + 1);
    eviction->names->count++;
    return eviction->ret < 0 || eviction->names->count >= eviction->wanted;
}

/* Some from the oldest on; those in use only where there are no others. */
static int evict_some(const struct sgw_harvesting *call, size_t wanted, size_t *ret_count,
                      struct smimegw_error **ret_error)
{
    struct sgw_harvest_names names = {.count = 0};
    struct eviction eviction = {call, &names, wanted, true, SMIMEGW_OK};
    int ret = sgw_transaction_oldest(call->transaction, SMIMEGW_RECORD_HARVESTED,
                                     choose_record, &eviction, ret_error);
    if (ret == SMIMEGW_OK && eviction.ret == SMIMEGW_OK && names.count == 0) {
        eviction.spares_used = false;
        ret = sgw_transaction_oldest(call->transaction, SMIMEGW_RECORD_HARVESTED,
                                     choose_record, &eviction, ret_error);
    }
    if (ret == SMIMEGW_OK && eviction.ret < 0)
        ret = sgw_fail(ret_error, eviction.ret, "harvested keys");
    ret = SGW_STEP(ret, sgw_harvest_remove(call->transaction, SMIMEGW_RECORD_HARVESTED, &names,
                                           ret_error));
    *ret_count = names.count;
    sgw_buf_clear(&names.text);
    return ret;
}

/* More than is needed goes at once, so that passing over those in use costs little a record.
 */
int sgw_harvest_evict(const struct sgw_harvesting *call, struct smimegw_error **ret_error)
{
    int64_t limit = call->harvester->values.size_limit;
    int64_t goal = limit;
    for (size_t gone = 1; gone > 0;) {
        int64_t count;
        int64_t bytes;
        int ret = smimegw_transaction_measure(call->transaction, SMIMEGW_RECORD_HARVESTED,
                                              &count, &bytes, ret_error);
        if (ret < 0 || bytes <= goal || count == 0)
            return ret;
        goal = limit - limit / EVICTED_PART;
        int64_t each = bytes / count > 0 ? bytes / count : 1;
        int64_t wanted = (bytes - goal) / each + 1;
        ret = evict_some(call, wanted < EVICTED_MAX ? (size_t)wanted : EVICTED_MAX, &gone,
                         ret_error);
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}
