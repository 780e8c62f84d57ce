/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an administrator should see, as records, so that processes and restarts agree about
 * what was told already. `used` of such a record is the time until which it is kept: the
 * store's order by age is the order in which they go.
 */
#include <stdio.h>
#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/harvest/harvest_impl.h"

enum { ALERTS_MAX = 10000, PRUNED_MAX = 16, UPDATES_MAX = 32, DIGITS_MAX = 12 };

/* --- putting -------------------------------------------------------------------------------
 */

struct notice {
    const char *name;
    int64_t until;
    bool is_told; /* to the host */
    struct sgw_buf text;
    struct sgw_buf json;
};

static void clear_notice(struct notice *notice)
{
    sgw_buf_clear(&notice->text);
    sgw_buf_clear(&notice->json);
}

static int put_notice(struct sgw_harvesting *call, struct notice *notice,
                      struct smimegw_error **ret_error)
{
    const struct smimegw_record record = {
        .size = sizeof(record),
        .kind = SMIMEGW_RECORD_ALERT,
        .name = notice->name,
        .origin = "harvest",
        .data = notice->json.data,
        .data_size = notice->json.size,
        .added = call->now,
        .used = notice->until,
    };
    int ret = smimegw_transaction_put(call->transaction, &record, SMIMEGW_KEYRING_REPLACE,
                                      ret_error);
    if (ret < 0)
        return ret;
    call->has_changes = true;
    if (notice->is_told) {
        struct sgw_harvest_alert *alert = &call->alerts[call->alert_count++];
        alert->text = notice->text;
        alert->json = notice->json;
        notice->text = (struct sgw_buf){0};
        notice->json = (struct sgw_buf){0};
    }
    return SMIMEGW_OK;
}

static int put_common(const struct sgw_harvesting *call, struct notice *notice)
{
    char time[SGW_TIME_TEXT_SIZE];
    sgw_time_text(call->now, time);
    int ret = sgw_json_member(&notice->json, "domain", call->domain);
    ret = SGW_STEP(ret, sgw_json_member(&notice->json, "address", call->address));
    ret = SGW_STEP(ret, sgw_json_member(&notice->json, "time", time));
    ret = SGW_STEP(ret, sgw_json_member(&notice->json, "text", sgw_buf_text(&notice->text)));
    return SGW_STEP(ret, sgw_buf_append_text(&notice->json, "}"));
}

/* --- one key -------------------------------------------------------------------------------
 */

static const struct {
    int outcome;
    int reason;
    const char *kind;
    const char *what; /* follows the address */
} warnings[] = {
    {SMIMEGW_HARVEST_HELD, SMIMEGW_HARVEST_NEW_ISSUER, "new-issuer",
     "signs with a key of another issuer than the one that is known; it waits for you"},
    {SMIMEGW_HARVEST_HELD, SMIMEGW_HARVEST_DOMAIN, "domain",
     "signs with a key that would serve a whole domain; it waits for you"},
    {SMIMEGW_HARVEST_REFUSED, SMIMEGW_HARVEST_ADMINISTRATOR, "administrator-key",
     "signs with another key than the one you added; yours stays"},
};

static int put_warning(struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                       size_t row, const char *name, struct smimegw_error **ret_error)
{
    struct notice notice = {.name = name,
                            .until = call->now + call->harvester->values.alert_keep,
                            .is_told = true};
    int ret = sgw_buf_printf(&notice.text, "%s %s", call->address, warnings[row].what);
    ret = SGW_STEP(ret, sgw_buf_printf(&notice.json, "{\"alert\":\"%s\",\"raised\":%lld",
                                       warnings[row].kind, (long long)call->now));
    if (item->name[0] != '\0')
        ret = SGW_STEP(ret, sgw_json_member(&notice.json, "key", item->name));
    ret = SGW_STEP(ret,
                   sgw_json_member(&notice.json, "fingerprint",
                                   smimegw_cert_text(item->cert, SMIMEGW_CERT_FINGERPRINT)));
    ret = SGW_STEP(ret, put_common(call, &notice));
    ret = ret < 0 ? sgw_fail(ret_error, ret, "alert") : put_notice(call, &notice, ret_error);
    clear_notice(&notice);
    return ret;
}

int sgw_harvest_warn(struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                     struct smimegw_error **ret_error)
{
    char name[SGW_KEY_NAME_MAX + 1];
    bool is_told = true;
    size_t row = 0;
    size_t count = sizeof(warnings) / sizeof(warnings[0]);
    while (row < count &&
           (warnings[row].outcome != item->outcome || warnings[row].reason != item->reason))
        row++;
    if (row == count)
        return SMIMEGW_OK;
    sgw_harvest_make_name(call, item, warnings[row].kind, name);
    int ret = sgw_transaction_has(call->transaction, SMIMEGW_RECORD_ALERT, name, &is_told,
                                  ret_error);
    return ret < 0 || is_told ? ret : put_warning(call, item, row, name, ret_error);
}

/* --- too many updates (C36) ----------------------------------------------------------------
 */

struct update {
    int64_t time;
    char id[SGW_HARVEST_ID_SIZE + 1];
};

/* Keys that came for a domain lately, and when it was last said that they are many. */
struct updates {
    struct update list[UPDATES_MAX];
    size_t count;
    int64_t raised; /* 0: never */
};

static bool read_number(const char **at, int64_t *ret)
{
    size_t digits = 0;
    *ret = 0;
    for (; sgw_is_digit((unsigned char)**at) && digits < DIGITS_MAX; digits++, ++*at)
        *ret = *ret * 10 + (**at - '0');
    return digits > 0;
}

static bool read_update(const char **at, struct update *ret)
{
    if (**at != '"')
        return false;
    ++*at;
    if (!read_number(at, &ret->time) || **at != ':')
        return false;
    ++*at;
    if (strnlen(*at, SGW_HARVEST_ID_SIZE) < SGW_HARVEST_ID_SIZE)
        return false;
    memcpy(ret->id, *at, SGW_HARVEST_ID_SIZE);
    ret->id[SGW_HARVEST_ID_SIZE] = '\0';
    *at += SGW_HARVEST_ID_SIZE;
    if (**at != '"')
        return false;
    ++*at;
    *at += **at == ',';
    return true;
}

#define HEAD "{\"alert\":\"updated-keys\",\"raised\":"
#define LIST ",\"updates\":["

/* Our own JSON; what is none of it is as if it were not there. */
static void read_updates(const char *text, struct updates *ret)
{
    *ret = (struct updates){.count = 0};
    if (strncmp(text, HEAD, sizeof(HEAD) - 1) != 0)
        return;
    text += sizeof(HEAD) - 1;
    if (!read_number(&text, &ret->raised) || strncmp(text, LIST, sizeof(LIST) - 1) != 0)
        return;
    text += sizeof(LIST) - 1;
    while (ret->count < UPDATES_MAX && read_update(&text, &ret->list[ret->count]))
        ret->count++;
}

struct reading {
    struct updates *updates;
    int ret;
};

static int take_updates(void *userdata, const struct sgw_seen_record *seen)
{
    struct reading *reading = userdata;
    struct sgw_buf text = SGW_BUF_INIT(0);
    reading->ret = sgw_buf_append(&text, seen->record.data, seen->record.data_size);
    if (reading->ret == SMIMEGW_OK)
        read_updates(sgw_buf_text(&text), reading->updates);
    sgw_buf_clear(&text);
    return 1;
}

/* The clocks of two machines differ a little: what lies ahead counts, too. */
static bool is_within(int64_t time, int64_t now, int64_t window)
{
    int64_t distance = now > time ? now - time : time - now;
    return distance <= window;
}

static void forget_old(struct updates *updates, int64_t now, int64_t window)
{
    size_t kept = 0;
    for (size_t i = 0; i < updates->count; i++)
        if (is_within(updates->list[i].time, now, window))
            updates->list[kept++] = updates->list[i];
    updates->count = kept;
}

/* False where it is there already. */
static bool add_update(struct updates *updates, int64_t now, const char *id)
{
    for (size_t i = 0; i < updates->count; i++)
        if (strcmp(updates->list[i].id, id) == 0)
            return false;
    if (updates->count == UPDATES_MAX) {
        updates->count--;
        memmove(&updates->list[0], &updates->list[1],
                updates->count * sizeof(updates->list[0]));
    }
    updates->list[updates->count].time = now;
    strcpy(updates->list[updates->count].id, id);
    updates->count++;
    return true;
}

static int put_updates(struct sgw_harvesting *call, const struct updates *updates,
                       struct notice *notice, struct smimegw_error **ret_error)
{
    int ret = sgw_buf_printf(
        &notice->text, "%zu updated public keys came from %s in %lld hours", updates->count,
        call->domain, (long long)(call->harvester->values.alert_window / 3600));
    ret = SGW_STEP(
        ret, sgw_buf_printf(&notice->json, HEAD "%lld" LIST, (long long)updates->raised));
    for (size_t i = 0; i < updates->count; i++)
        ret = SGW_STEP(ret,
                       sgw_buf_printf(&notice->json, "%s\"%lld:%s\"", i > 0 ? "," : "",
                                      (long long)updates->list[i].time, updates->list[i].id));
    ret = SGW_STEP(ret, sgw_buf_append_text(&notice->json, "]"));
    ret = SGW_STEP(ret, put_common(call, notice));
    return ret < 0 ? sgw_fail(ret_error, ret, "alert") : put_notice(call, notice, ret_error);
}

static bool is_update(const struct sgw_harvest_item *item)
{
    return item->outcome == SMIMEGW_HARVEST_UPDATED ||
           item->reason == SMIMEGW_HARVEST_NOT_UPDATING ||
           item->reason == SMIMEGW_HARVEST_NEW_ISSUER;
}

int sgw_harvest_count_update(struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                             struct smimegw_error **ret_error)
{
    const struct sgw_harvester_values *values = &call->harvester->values;
    char name[SGW_KEY_NAME_MAX + 1];
    char id[SGW_HARVEST_ID_SIZE + 1];
    struct updates updates = {.count = 0};
    struct reading reading = {&updates, SMIMEGW_OK};
    struct notice notice = {.name = name};
    if (!is_update(item))
        return SMIMEGW_OK;
    snprintf(name, sizeof(name), "updates %.*s", SGW_HARVEST_ADDRESS_MAX, call->domain);
    int ret = sgw_transaction_get(call->transaction, SMIMEGW_RECORD_ALERT, name, take_updates,
                                  &reading, ret_error);
    if (ret < 0 || reading.ret < 0)
        return sgw_fail(ret_error, ret < 0 ? ret : reading.ret, "alert");
    forget_old(&updates, call->now, values->alert_window);
    if (!add_update(&updates, call->now, sgw_harvest_id(item, id)))
        return SMIMEGW_OK;
    notice.is_told =
        updates.count >= (size_t)values->alert_after &&
        (updates.raised == 0 || !is_within(updates.raised, call->now, values->alert_window));
    if (notice.is_told)
        updates.raised = call->now;
    notice.until = call->now + values->alert_window;
    if (updates.raised != 0 && updates.raised + values->alert_keep > notice.until)
        notice.until = updates.raised + values->alert_keep;
    ret = put_updates(call, &updates, &notice, ret_error);
    clear_notice(&notice);
    return ret;
}

/* --- forgetting ----------------------------------------------------------------------------
 */

struct pruning {
    int64_t now;
    int64_t too_many;
    struct sgw_harvest_names names;
    int ret;
};

static int choose_alert(void *userdata, const struct sgw_seen_record *seen)
{
    struct pruning *pruning = userdata;
    const struct smimegw_record *record = &seen->record;
    if (pruning->names.count >= PRUNED_MAX ||
        (record->used >= pruning->now && (int64_t)pruning->names.count >= pruning->too_many))
        return 1;
    pruning->ret =
        sgw_buf_append(&pruning->names.text, record->name, strlen(record->name) + 1);
    pruning->names.count++;
    return pruning->ret < 0;
}

int sgw_harvest_prune_alerts(const struct sgw_harvesting *call,
                             struct smimegw_error **ret_error)
{
    int64_t count;
    struct pruning pruning = {.now = call->now};
    int ret = smimegw_transaction_measure(call->transaction, SMIMEGW_RECORD_ALERT, &count,
                                          NULL, ret_error);
    if (ret < 0 || count == 0)
        return ret;
    pruning.too_many = count - ALERTS_MAX;
    ret = sgw_transaction_oldest(call->transaction, SMIMEGW_RECORD_ALERT, choose_alert,
                                 &pruning, ret_error);
    if (ret == SMIMEGW_OK && pruning.ret < 0)
        ret = sgw_fail(ret_error, pruning.ret, "alert");
    ret = SGW_STEP(ret, sgw_harvest_remove(call->transaction, SMIMEGW_RECORD_ALERT,
                                           &pruning.names, ret_error));
    sgw_buf_clear(&pruning.names.text);
    return ret;
}
