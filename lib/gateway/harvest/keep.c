/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys go into the store. */
#include <string.h>

#include "base/error_impl.h"
#include "gateway/harvest/harvest_impl.h"

/* --- names ---------------------------------------------------------------------------------
 */

int sgw_harvest_add_name(struct sgw_harvest_names *names, const char *name)
{
    names->count++;
    return sgw_buf_append(&names->text, name, strlen(name) + 1);
}

bool sgw_harvest_has_name(const struct sgw_harvest_names *names, const char *name)
{
    const char *at = sgw_buf_text(&names->text);
    const char *end = at + names->text.size;
    while (at < end && strcmp(at, name) != 0)
        at += strlen(at) + 1;
    return at < end;
}

/* A name that the store itself handed over: it can't be the caller's mistake. */
static int remove_one(struct smimegw_transaction *transaction, int kind, const char *name,
                      struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    int ret = smimegw_transaction_remove(transaction, kind, name, &error);
    if (ret == SMIMEGW_E_USAGE)
        ret = SMIMEGW_E_STORE;
    if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    return ret;
}

int sgw_harvest_remove(struct smimegw_transaction *transaction, int kind,
                       const struct sgw_harvest_names *names, struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    const char *name = sgw_buf_text(&names->text);
    const char *end = name + names->text.size;
    for (; ret == SMIMEGW_OK && name < end; name += strlen(name) + 1)
        ret = remove_one(transaction, kind, name, ret_error);
    return ret;
}

/* --- a record ------------------------------------------------------------------------------
 */

const struct sgw_buf *sgw_harvest_capabilities(const struct sgw_harvest_item *item)
{
    const struct sgw_buf *capabilities = &item->from->capabilities;
    /* nobody vouches for what failed */
    return item->is_passed && capabilities->size <= SGW_HARVEST_CAPABILITIES_MAX &&
                   sgw_record_are_capabilities(capabilities->data, capabilities->size)
               ? capabilities
               : NULL;
}

static struct smimegw_record make_record(const struct sgw_harvesting *call,
                                         const struct sgw_harvest_known *known,
                                         const struct sgw_harvest_item *item)
{
    const struct sgw_verdict_signer *from = item->from;
    const struct sgw_buf *capabilities = sgw_harvest_capabilities(item);
    struct smimegw_record record = {
        .size = sizeof(record),
        .kind = SMIMEGW_RECORD_HARVESTED,
        .grade = sgw_harvest_grade(item),
        .name = item->name,
        .origin = "signed mail",
        .data = item->cert->der.data,
        .data_size = item->cert->der.size,
        .added = known->is_there ? known->added : call->now,
        .used = known->used,
    };
    /* a renewed key is its owner's as much as the old one */
    if (item->outcome == SMIMEGW_HARVEST_UPDATED && known->replaced_used > known->used)
        record.used = known->replaced_used;
    if (item->is_passed && from->has_signing_time && from->signing_time > 0)
        record.signed_at = from->signing_time;
    if (capabilities != NULL) {
        record.capabilities = capabilities->data;
        record.capabilities_size = capabilities->size;
    }
    return record;
}

static int put_record(struct sgw_harvesting *call, const struct smimegw_record *record,
                      struct smimegw_error **ret_error)
{
    struct sgw_seen_record seen;
    struct smimegw_error *error = NULL;
    int ret = sgw_record_see(record, &seen, &error);
    ret = SGW_STEP(ret,
                   sgw_transaction_put(call->transaction, &seen.record, &seen.keys, &error));
    sgw_record_clear(&seen);
    if (ret < 0 && ret != SMIMEGW_E_LIMIT)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    return ret;
}

/* --- keeping -------------------------------------------------------------------------------
 */

static void refuse_for_lack_of_room(struct sgw_harvest_item *item)
{
    item->outcome = SMIMEGW_HARVEST_REFUSED;
    item->reason = SMIMEGW_HARVEST_LIMIT;
    item->name[0] = '\0';
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
        return item->reason == SMIMEGW_HARVEST_BY_POLICY && sgw_harvest_is_fresh(known, item);
    case SMIMEGW_HARVEST_HELD:
        return !known->is_there || known->grade != SMIMEGW_GRADE_HELD ||
               sgw_harvest_is_fresh(known, item);
    default:
        return false;
    }
}

/* One that is used from now on, or no more, gets another name. */
static int name_record(const struct sgw_harvesting *call,
                       const struct sgw_harvest_known *known, struct sgw_harvest_item *item,
                       struct sgw_harvest_names *gone)
{
    const char *prefix = sgw_harvest_prefix(sgw_harvest_grade(item));
    if (known->is_there && strcmp(prefix, sgw_harvest_prefix(known->grade)) == 0)
        return SMIMEGW_OK;
    sgw_harvest_make_name(call, item, prefix, item->name);
    return known->is_there && strcmp(item->name, known->name) != 0
               ? sgw_harvest_add_name(gone, known->name)
               : SMIMEGW_OK;
}

/* What goes comes last: a store that has no room for one key more refuses before. */
static int write_item(struct sgw_harvesting *call, const struct sgw_harvest_known *known,
                      struct sgw_harvest_item *item, struct sgw_harvest_names *gone,
                      struct smimegw_error **ret_error)
{
    int ret = name_record(call, known, item, gone);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "harvested keys");
    const struct smimegw_record record = make_record(call, known, item);
    ret = put_record(call, &record, ret_error);
    if (ret == SMIMEGW_E_LIMIT) {
        refuse_for_lack_of_room(item);
        return SMIMEGW_OK;
    }
    call->has_changes = true;
    if (item->outcome == SMIMEGW_HARVEST_UPDATED)
        ret = SGW_STEP(ret, sgw_harvest_remove(call->transaction, SMIMEGW_RECORD_HARVESTED,
                                               &known->replaced, ret_error));
    return SGW_STEP(
        ret, sgw_harvest_remove(call->transaction, SMIMEGW_RECORD_HARVESTED, gone, ret_error));
}

int sgw_harvest_keep(struct sgw_harvesting *call, const struct sgw_harvest_known *known,
                     struct sgw_harvest_item *item, struct smimegw_error **ret_error)
{
    struct sgw_harvest_names gone = {.count = 0};
    bool is_enough = true;
    if (known->is_there)
        strcpy(item->name, known->name);
    if (!is_news(known, item))
        return SMIMEGW_OK;
    int ret = known->is_there
                  ? SMIMEGW_OK
                  : sgw_harvest_find_room(call, known, item, &gone, &is_enough, ret_error);
    if (ret == SMIMEGW_OK && !is_enough)
        refuse_for_lack_of_room(item);
    else if (ret == SMIMEGW_OK && call->is_writing)
        ret = write_item(call, known, item, &gone, ret_error);
    else if (ret == SMIMEGW_OK)
        call->has_changes = true;
    sgw_buf_clear(&gone.text);
    return ret;
}
