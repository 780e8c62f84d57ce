/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "gateway/harvest/harvest_impl.h"

enum { ALERTS_OF_ONE = 2 };

/* --- one message ---------------------------------------------------------------------------
 */

/* Whose mail it is, as the store knows addresses; "" for nobody's. */
static void find_sender(struct sgw_harvesting *call, const char *sender)
{
    struct sgw_scope_keys keys;
    const struct sgw_buf *from = &call->verdict->from;
    call->sender = from->size > 0 ? sgw_buf_text(from) : sender;
    call->sender_size = call->sender != NULL ? strlen(call->sender) : 0;
    call->domain = "";
    if (call->sender_size == 0 || !sgw_scope_keys(call->sender, call->sender_size, &keys))
        return;
    memcpy(call->address, keys.keys[0].text, keys.keys[0].size);
    call->address[keys.keys[0].size] = '\0';
    const char *at = strrchr(call->address, '@');
    call->domain = at != NULL ? at + 1 : "";
}

static int take_item(struct sgw_harvesting *call, struct sgw_harvest_item *item,
                     struct smimegw_error **ret_error)
{
    struct sgw_harvest_known known;
    /* whatever was found out before it was written */
    item->outcome = 0;
    item->alert = 0;
    item->is_update = false;
    item->name[0] = '\0';
    int ret = sgw_harvest_look_up(call, item, &known, ret_error);
    if (ret == SMIMEGW_OK) {
        sgw_harvest_decide(call, &known, item);
        ret = sgw_harvest_keep(call, &known, item, ret_error);
    }
    ret = SGW_STEP(ret, sgw_harvest_warn(call, item, ret_error));
    ret = SGW_STEP(ret, sgw_harvest_count_update(call, item, ret_error));
    sgw_harvest_known_clear(&known);
    return ret;
}

/* Inner layers first: they were signed first. */
static int take_items(struct sgw_harvesting *call, struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    for (size_t i = call->harvest->count; ret == SMIMEGW_OK && i-- > 0;)
        if (call->harvest->items[i].is_open)
            ret = take_item(call, &call->harvest->items[i], ret_error);
    if (!call->is_writing || !call->has_changes)
        return ret;
    return SGW_STEP(ret, sgw_harvest_prune_alerts(call, ret_error));
}

static int describe_items(struct sgw_harvesting *call, struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < call->harvest->count; i++)
        ret = sgw_harvest_describe(call, &call->harvest->items[i]);
    return ret < 0 ? sgw_fail(ret_error, ret, "harvest") : SMIMEGW_OK;
}

/* All of a message, or nothing of it: after the commit nothing can fail. */
static int take_within(struct sgw_harvesting *call, int mode, struct smimegw_error **ret_error)
{
    int ret =
        smimegw_transaction_new(call->harvester->store, mode, &call->transaction, ret_error);
    if (ret < 0)
        return ret;
    ret = take_items(call, ret_error);
    if (call->is_writing || !call->has_changes)
        ret = SGW_STEP(ret, describe_items(call, ret_error));
    if (ret == SMIMEGW_OK && call->is_writing && call->has_changes)
        return smimegw_transaction_commit(call->transaction, ret_error);
    smimegw_transaction_rollback(call->transaction);
    return ret;
}

/* Most mail has no news, and readers wait for nobody. What is written is decided again: others
 * may have written in between. */
static int take_all(struct sgw_harvesting *call, struct smimegw_error **ret_error)
{
    call->alerts = sgw_calloc(call->harvest->count * ALERTS_OF_ONE, sizeof(*call->alerts));
    if (call->alerts == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "harvest");
    int ret = take_within(call, SMIMEGW_TRANSACTION_READ, ret_error);
    if (ret < 0 || !call->has_changes)
        return ret;
    call->is_writing = true;
    call->has_changes = false;
    return take_within(call, SMIMEGW_TRANSACTION_WRITE, ret_error);
}

static void tell_host(const struct sgw_harvesting *call)
{
    const struct smimegw_harvester *harvester = call->harvester;
    for (size_t i = 0; harvester->alert != NULL && i < call->alert_count; i++)
        harvester->alert(harvester->alert_userdata, call->alerts[i].kind,
                         sgw_buf_text(&call->alerts[i].text),
                         sgw_buf_text(&call->alerts[i].json));
}

static int take(struct sgw_harvesting *call, struct smimegw_error **ret_error)
{
    bool is_open = false;
    int ret = sgw_harvest_new(call->verdict, &call->harvest);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "harvest");
    for (size_t i = 0; i < call->harvest->count; i++) {
        sgw_harvest_judge(call, &call->harvest->items[i]);
        is_open |= call->harvest->items[i].is_open;
    }
    return is_open ? take_all(call, ret_error) : describe_items(call, ret_error);
}

int smimegw_harvester_take(struct smimegw_harvester *harvester, struct smimegw_policy *policy,
                           const struct smimegw_verdict *verdict, const char *sender,
                           int64_t time_now, struct smimegw_harvest **ret_harvest,
                           struct smimegw_error **ret_error)
{
    struct sgw_harvesting call = {.harvester = harvester, .verdict = verdict};
    SGW_REQUIRE(harvester != NULL, ret_error);
    SGW_REQUIRE(verdict != NULL, ret_error);
    SGW_REQUIRE(time_now <= SGW_HARVEST_TIME_MAX, ret_error);
    int ret = sgw_policy_use(policy, &call.policy, ret_error);
    if (ret < 0)
        return ret;
    __atomic_store_n(&harvester->is_frozen, 1, __ATOMIC_RELEASE);
    call.now = time_now >= 0 ? time_now : (int64_t)time(NULL);
    find_sender(&call, sender);
    ret = take(&call, ret_error);
    if (ret == SMIMEGW_OK)
        tell_host(&call);
    for (size_t i = 0; i < call.alert_count; i++) {
        sgw_buf_clear(&call.alerts[i].text);
        sgw_buf_clear(&call.alerts[i].json);
    }
    sgw_free(call.alerts);
    if (ret == SMIMEGW_OK && ret_harvest != NULL) {
        *ret_harvest = call.harvest;
        return SMIMEGW_OK;
    }
    smimegw_harvest_free(call.harvest);
    return ret;
}
