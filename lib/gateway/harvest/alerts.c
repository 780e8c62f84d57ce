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

enum { ALERTS_MAX = 10000, PRUNED_MAX = 16, UPDATES_MAX = 128, DIGITS_MAX = 12 };

/* --- putting -------------------------------------------------------------------------------
 */

struct notice {
    const char *name;
    int kind;
    bool is_told; /* to the host */
    struct sgw_buf text;
    struct sgw_buf json;
};

static void clear_notice(struct notice *notice)
{
    sgw_buf_clear(&notice->text);
    sgw_buf_clear(&notice->json);
}

/* How long it stays: counts, too, for else the fullest store would forget them first. */
static int64_t keep_seconds(const struct sgw_harvester_values *values)
{
    return values->alert_keep > values->alert_window ? values->alert_keep
                                                     : values->alert_window;
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
        .used = call->now + keep_seconds(&call->harvester->values),
    };
    if (!call->is_writing) {
        call->has_changes = true;
        return SMIMEGW_OK;
    }
    int ret = smimegw_transaction_put(call->transaction, &record, SMIMEGW_KEYRING_REPLACE,
                                      ret_error);
    if (ret < 0)
        return ret;
    call->has_changes = true;
    if (notice->is_told) {
        struct sgw_harvest_alert *alert = &call->alerts[call->alert_count++];
        alert->kind = notice->kind;
        alert->text = notice->text;
        alert->json = notice->json;
        notice->text = (struct sgw_buf){0};
        notice->json = (struct sgw_buf){0};
    }
    return SMIMEGW_OK;
}

static int start_json(struct notice *notice, int64_t raised)
{
    return sgw_buf_printf(&notice->json, "{\"alert\":\"%s\",\"raised\":%lld",
                          smimegw_alert_kind_name(notice->kind), (long long)raised);
}

static int end_json(const struct sgw_harvesting *call, struct notice *notice)
{
    char time[SGW_TIME_TEXT_SIZE];
    sgw_time_text(call->now, time);
    int ret = sgw_json_member(&notice->json, "domain", call->domain);
    ret = SGW_STEP(ret, sgw_json_member(&notice->json, "address", call->address));
    ret = SGW_STEP(ret, sgw_json_member(&notice->json, "time", time));
    ret = SGW_STEP(ret, sgw_json_member(&notice->json, "text", sgw_buf_text(&notice->text)));
    return SGW_STEP(ret, sgw_buf_append_text(&notice->json, "}"));
}

/* One of each kind for a domain or an address, so that nobody can fill the store with them. */
static void name_notice(const struct sgw_harvesting *call, int kind, const char *whose,
                        char ret[SGW_KEY_NAME_MAX + 1])
{
    const char *words = smimegw_alert_kind_name(kind);
    snprintf(ret, SGW_KEY_NAME_MAX + 1, "%s %.*s", words, SGW_HARVEST_ADDRESS_MAX, whose);
    /* cut within a letter */
    if (!sgw_key_name_is_valid(ret, strlen(ret)))
        snprintf(ret, SGW_KEY_NAME_MAX + 1, "%s %.*s", words, SGW_HARVEST_ADDRESS_MAX,
                 call->domain);
}

/* The clocks of two machines differ a little: what lies ahead counts, too. */
static bool is_within(int64_t time, int64_t now, int64_t window)
{
    int64_t distance = now > time ? now - time : time - now;
    return distance <= window;
}

/* --- one key -------------------------------------------------------------------------------
 */

static const char *const warnings[] = {
    [SMIMEGW_ALERT_NEW_ISSUER] =
        "signs with a key of another issuer than the one that is known, which stays in use",
    [SMIMEGW_ALERT_DOMAIN] =
        "signs with a key that would serve a whole domain; it is not used",
    [SMIMEGW_ALERT_ADMINISTRATOR_KEY] = "signs with a key for an address that is served by "
                                        "another one, which you added; yours "
                                        "stays",
    [SMIMEGW_ALERT_OTHER_ADDRESS] = "signs with a key that is for other addresses, too, which "
                                    "have one that is known; that "
                                    "stays in use",
};

static int put_warning(struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                       const char *name, struct smimegw_error **ret_error)
{
    struct notice notice = {.name = name, .kind = item->alert, .is_told = true};
    int ret = sgw_buf_printf(&notice.text, "%s %s", call->address, warnings[item->alert]);
    ret = SGW_STEP(ret, start_json(&notice, call->now));
    if (item->name[0] != '\0')
        ret = SGW_STEP(ret, sgw_json_member(&notice.json, "key", item->name));
    ret = SGW_STEP(ret,
                   sgw_json_member(&notice.json, "fingerprint",
                                   smimegw_cert_text(item->cert, SMIMEGW_CERT_FINGERPRINT)));
    ret = SGW_STEP(ret, end_json(call, &notice));
    ret = ret < 0 ? sgw_fail(ret_error, ret, "alert") : put_notice(call, &notice, ret_error);
    clear_notice(&notice);
    return ret;
}

struct told {
    const struct sgw_harvesting *call;
    const char *fingerprint;
    bool is_told;
};

/* About this key, or about another one not long ago? */
static int note_told(void *userdata, const struct sgw_seen_record *seen)
{
    struct told *told = userdata;
    const struct smimegw_record *record = &seen->record;
    told->is_told =
        memmem(record->data, record->data_size, told->fingerprint,
               strlen(told->fingerprint)) != NULL ||
        is_within(record->added, told->call->now, told->call->harvester->values.alert_window);
    return 1;
}

int sgw_harvest_warn(struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                     struct smimegw_error **ret_error)
{
    char name[SGW_KEY_NAME_MAX + 1];
    struct told told = {call, NULL, false};
    if (item->alert == 0)
        return SMIMEGW_OK;
    told.fingerprint = smimegw_cert_text(item->cert, SMIMEGW_CERT_FINGERPRINT);
    name_notice(call, item->alert, call->address, name);
    int ret = sgw_transaction_get(call->transaction, SMIMEGW_RECORD_ALERT, name, note_told,
                                  &told, ret_error);
    return ret < 0 || told.is_told ? ret : put_warning(call, item, name, ret_error);
}

/* --- too many updates (C36) ----------------------------------------------------------------
 */

struct update {
    int64_t time;
    char id[SGW_HARVEST_ID_SIZE + 1];
};

/* Keys that came for a domain, the latest last, and when it was last said that they are many.
 */
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

static void forget_old(struct updates *updates, int64_t now, int64_t seconds)
{
    size_t kept = 0;
    for (size_t i = 0; i < updates->count; i++)
        if (is_within(updates->list[i].time, now, seconds))
            updates->list[kept++] = updates->list[i];
    updates->count = kept;
}

static size_t count_within(const struct updates *updates, int64_t now, int64_t window)
{
    size_t count = 0;
    for (size_t i = 0; i < updates->count; i++)
        count += is_within(updates->list[i].time, now, window);
    return count;
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
                       size_t count, struct notice *notice, struct smimegw_error **ret_error)
{
    int ret = sgw_buf_printf(
        &notice->text, "%zu updated public keys came from %s in %lld hours", count,
        call->domain, (long long)(call->harvester->values.alert_window / 3600));
    ret = SGW_STEP(ret, start_json(notice, updates->raised));
    ret = SGW_STEP(ret, sgw_buf_append_text(&notice->json, LIST));
    for (size_t i = 0; i < updates->count; i++)
        ret = SGW_STEP(ret,
                       sgw_buf_printf(&notice->json, "%s\"%lld:%s\"", i > 0 ? "," : "",
                                      (long long)updates->list[i].time, updates->list[i].id));
    ret = SGW_STEP(ret, sgw_buf_append_text(&notice->json, "]"));
    ret = SGW_STEP(ret, end_json(call, notice));
    return ret < 0 ? sgw_fail(ret_error, ret, "alert") : put_notice(call, notice, ret_error);
}

int sgw_harvest_count_update(struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                             struct smimegw_error **ret_error)
{
    const struct sgw_harvester_values *values = &call->harvester->values;
    char name[SGW_KEY_NAME_MAX + 1];
    char id[SGW_HARVEST_ID_SIZE + 1];
    struct updates updates = {.count = 0};
    struct reading reading = {&updates, SMIMEGW_OK};
    struct notice notice = {.name = name, .kind = SMIMEGW_ALERT_UPDATED_KEYS};
    if (!item->is_update)
        return SMIMEGW_OK;
    name_notice(call, notice.kind, call->domain, name);
    int ret = sgw_transaction_get(call->transaction, SMIMEGW_RECORD_ALERT, name, take_updates,
                                  &reading, ret_error);
    if (ret < 0 || reading.ret < 0)
        return sgw_fail(ret_error, ret < 0 ? ret : reading.ret, "alert");
    /* longer than they count: with each mail the same key is seen again */
    forget_old(&updates, call->now, keep_seconds(values));
    if (!add_update(&updates, call->now, sgw_harvest_id(item, id)))
        return SMIMEGW_OK;
    size_t count = count_within(&updates, call->now, values->alert_window);
    notice.is_told =
        count >= (size_t)values->alert_after &&
        (updates.raised == 0 || !is_within(updates.raised, call->now, values->alert_window));
    if (notice.is_told)
        updates.raised = call->now;
    ret = put_updates(call, &updates, count, &notice, ret_error);
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
