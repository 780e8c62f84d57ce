/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the store knows about the addresses of a certificate. */
#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/harvest/harvest_impl.h"

struct look_up {
    const struct sgw_harvesting *call;
    const struct sgw_harvest_item *item;
    const struct sgw_key_set *keys; /* of its certificate, and those that serve the sender */
    struct sgw_harvest_known *known;
    int ret;
};

/* What was signed without a time was so before it came in (AC-134). */
static int64_t time_of(const struct smimegw_record *record)
{
    return record->signed_at != 0 ? record->signed_at : record->added;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void note_same(const struct look_up *look_up, const struct smimegw_record *record)
{
    struct sgw_harvest_known *known = look_up->known;
    const struct sgw_buf *capabilities = sgw_harvest_capabilities(look_up->item);
    known->is_there = true;
    strcpy(known->name, record->name);
    known->grade = record->grade;
    known->added = record->added;
    known->used = record->used;
    known->time = time_of(record);
    known->has_same_capabilities = sgw_equal(record->capabilities, record->capabilities_size,
                                             capabilities != NULL ? capabilities->data : NULL,
                                             capabilities != NULL ? capabilities->size : 0);
}

/* For one whose key that is not: another address of the certificate. */
static bool serves_another(const struct look_up *look_up, const struct sgw_seen_record *seen)
{
    for (size_t i = 0; i < seen->record.lookup_key_count; i++) {
        const char *key = seen->record.lookup_keys[i];
        if (strcmp(key, look_up->call->address) != 0 && sgw_key_set_has(look_up->keys, key))
            return true;
    }
    return false;
}

static int note_replaced(struct sgw_harvest_known *known, const struct smimegw_record *record)
{
    known->replaced_size += sgw_harvest_size(record->data_size, record->capabilities_size);
    known->replaced_used = later(known->replaced_used, record->used);
    return sgw_harvest_add_name(&known->replaced, record->name);
}

static int note_other(const struct look_up *look_up, const struct sgw_seen_record *seen)
{
    struct sgw_harvest_known *known = look_up->known;
    const struct smimegw_record *record = &seen->record;
    const struct smimegw_cert *cert = look_up->item->cert;
    bool is_senders = sgw_key_set_has(&seen->keys, look_up->call->address);
    if (record->grade < SMIMEGW_GRADE_HARVESTED) {
        /* of the sender only: else one mail with many names would fill the room of others */
        known->held += is_senders && record->grade == SMIMEGW_GRADE_HELD;
        known->untrusted += is_senders && record->grade == SMIMEGW_GRADE_UNTRUSTED;
        return SMIMEGW_OK;
    }
    known->others++;
    known->newest = later(known->newest, time_of(record));
    known->best_grade = record->grade > known->best_grade ? record->grade : known->best_grade;
    known->is_other_issuer |=
        !sgw_equal(seen->cert.issuer, seen->cert.issuer_size, cert->issuer, cert->issuer_size);
    known->is_other_address |= serves_another(look_up, seen);
    return is_senders && record->lookup_key_count == 1 ? note_replaced(known, record)
                                                       : SMIMEGW_OK;
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
        note_same(look_up, &seen->record);
    } else {
        look_up->ret = note_other(look_up, seen);
    }
    return look_up->ret < 0;
}

/* An administrator's key for the whole domain serves the sender, too. */
static int add_scope(const struct sgw_harvesting *call, struct sgw_key_set *keys)
{
    struct sgw_scope_keys scope;
    int ret = SMIMEGW_OK;
    if (!sgw_scope_keys(call->sender, call->sender_size, &scope))
        return SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < scope.count; i++)
        ret = sgw_key_set_add(keys, scope.keys[i].text, scope.keys[i].size);
    return ret;
}

int sgw_harvest_look_up(const struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                        struct sgw_harvest_known *ret, struct smimegw_error **ret_error)
{
    struct sgw_key_set keys = {0};
    struct look_up look_up = {call, item, &keys, ret, SMIMEGW_OK};
    *ret = (struct sgw_harvest_known){0};
    int result = sgw_key_set_add_cert(&keys, item->cert);
    result = SGW_STEP(result, add_scope(call, &keys));
    result = SGW_STEP(result, sgw_key_set_list(&keys));
    if (result == SMIMEGW_OK) {
        result =
            sgw_transaction_find(call->transaction, &keys, note_record, &look_up, ret_error);
        result = SGW_STEP(result, look_up.ret);
    }
    sgw_key_set_clear(&keys);
    return result < 0 ? sgw_fail(ret_error, result, "harvested keys") : SMIMEGW_OK;
}

void sgw_harvest_known_clear(struct sgw_harvest_known *known)
{
    sgw_buf_clear(&known->replaced.text);
}
