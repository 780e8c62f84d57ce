/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model.h"

#include <inttypes.h>
#include <smimegw/error.h>
#include <smimegw/sqlite.h>
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "work.h"

enum { DATA_MOST = 3000, BATCH = 6 };

enum change_kind { CHANGE_PUT, CHANGE_TOUCH, CHANGE_REMOVE };

struct change {
    enum change_kind what;
    int kind; /* 0: keys of the administrator; 1: harvested */
    int name;
};

static const int record_kinds[MODEL_KINDS] = {SMIMEGW_RECORD_KEY, SMIMEGW_RECORD_HARVESTED};

static uint64_t mix(uint64_t number)
{
    number = (number ^ (number >> 31)) * UINT64_C(0x9E3779B97F4A7C15);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 33);
}

static void name_of(int name, char ret[16])
{
    snprintf(ret, 16, "name %02d", name);
}

static int64_t last_of(const struct model_item *item)
{
    return item->used > item->version ? item->used : item->version;
}

static int oldest_of(const struct model *model, int kind)
{
    int oldest = -1;
    for (int i = 0; i < MODEL_NAMES; i++) {
        const struct model_item *item = &model->items[kind][i];
        if (item->is_there &&
            (oldest < 0 || last_of(item) < last_of(&model->items[kind][oldest])))
            oldest = i;
    }
    return oldest;
}

/* What the next transaction does; eviction (2 of 8) is told by the caller's own `oldest`. */
static int plan_changes(const struct model *model, struct change ret[BATCH], bool *ret_evicts)
{
    uint64_t random = mix((uint64_t)model->done + 1);
    int what = (int)(random % 8);
    int name = (int)(random / 8 % MODEL_NAMES);
    int count = 0;
    *ret_evicts = what >= 6;
    if (what < 2)
        for (; count < BATCH; count++)
            ret[count] = (struct change){CHANGE_PUT, 0, (name + 5 * count) % MODEL_NAMES};
    else if (what < 5) {
        ret[count++] = (struct change){CHANGE_PUT, 1, name};
        ret[count++] = (struct change){CHANGE_TOUCH, 1, (name + 1) % MODEL_NAMES};
    } else if (what < 6)
        ret[count++] = (struct change){CHANGE_REMOVE, (int)(random / 1000 % 2), name};
    return count;
}

static void apply(struct model *model, const struct change *change, int64_t now)
{
    struct model_item *item = &model->items[change->kind][change->name];
    if (change->what == CHANGE_PUT)
        *item = (struct model_item){true, now, 0};
    else if (change->what == CHANGE_REMOVE)
        *item = (struct model_item){false, 0, 0};
    else if (item->is_there)
        item->used = now;
}

void model_step(struct model *model)
{
    struct change changes[BATCH];
    bool evicts;
    int count = plan_changes(model, changes, &evicts);
    for (int i = 0; i < count; i++)
        apply(model, &changes[i], model->done + 1);
    int oldest = evicts ? oldest_of(model, 1) : -1;
    if (oldest >= 0)
        apply(model, &(struct change){CHANGE_REMOVE, 1, oldest}, 0);
    model->done++;
}

/* Data that differs in every byte's place, and spills over pages now and then. */
static size_t data_of(int64_t version, int name, char ret[DATA_MOST])
{
    size_t size = (size_t)(mix((uint64_t)(version * 100 + name)) % (DATA_MOST - 50)) + 40;
    int head = snprintf(ret, DATA_MOST, "%" PRId64 " %d ", version, name);
    for (size_t i = (size_t)head; i < size; i++)
        ret[i] = (char)('a' + (version + name + (int64_t)i) % 26);
    return size;
}

static int put(struct sgw_pool *pool, void *session, const struct change *change, int64_t now)
{
    char name[16];
    char data[DATA_MOST];
    const char *const key = name;
    name_of(change->name, name);
    struct smimegw_record record = table_record(record_kinds[change->kind], name, data,
                                                data_of(now, change->name, data), &key);
    record.added = now;
    return sgw_store_functions.put(pool, session, &record);
}

static int change_store(struct sgw_pool *pool, void *session, const struct change *change,
                        int64_t now)
{
    char name[16];
    const char *const names[] = {name};
    int kind = record_kinds[change->kind];
    name_of(change->name, name);
    switch (change->what) {
    case CHANGE_PUT:
        return put(pool, session, change, now);
    case CHANGE_TOUCH:
        return sgw_store_functions.touch(pool, session, kind, names, 1, now);
    case CHANGE_REMOVE:
        return sgw_store_functions.remove(pool, session, kind, name);
    }
    return SMIMEGW_STORE_DONE;
}

static int take_name(void *userdata, const struct smimegw_record *record)
{
    snprintf(userdata, 16, "%s", record->name);
    return 1;
}

static int evict(struct sgw_pool *pool, void *session)
{
    char name[16] = "";
    int ret =
        sgw_store_functions.oldest(pool, session, SMIMEGW_RECORD_HARVESTED, take_name, name);
    if (ret != SMIMEGW_STORE_DONE || name[0] == '\0')
        return ret;
    return sgw_store_functions.remove(pool, session, SMIMEGW_RECORD_HARVESTED, name);
}

int model_commit(struct model *model, struct sgw_pool *pool)
{
    struct change changes[BATCH];
    bool evicts;
    void *session;
    int count = plan_changes(model, changes, &evicts);
    int ret = sgw_store_functions.begin(pool, SMIMEGW_TRANSACTION_WRITE, &session);
    if (ret != SMIMEGW_STORE_DONE)
        return ret;
    for (int i = 0; ret == SMIMEGW_STORE_DONE && i < count; i++)
        ret = change_store(pool, session, &changes[i], model->done + 1);
    if (ret == SMIMEGW_STORE_DONE && evicts)
        ret = evict(pool, session);
    int end = table_end(pool, session, ret == SMIMEGW_STORE_DONE);
    if (ret == SMIMEGW_STORE_DONE)
        ret = end;
    if (ret == SMIMEGW_STORE_DONE)
        model_step(model);
    return ret;
}

struct comparison {
    const struct model *model;
    int kind;
    int seen;
    bool is_same;
};

static int compare(void *userdata, const struct smimegw_record *record)
{
    struct comparison *comparison = userdata;
    char data[DATA_MOST];
    char name[16];
    int number = -1;
    if (sscanf(record->name, "name %d", &number) != 1 || number < 0 || number >= MODEL_NAMES)
        return !(comparison->is_same = false);
    const struct model_item *item = &comparison->model->items[comparison->kind][number];
    size_t size = data_of(item->version, number, data);
    name_of(number, name);
    comparison->seen++;
    comparison->is_same =
        comparison->is_same && item->is_there && strcmp(name, record->name) == 0 &&
        record->added == item->version && record->used == item->used &&
        record->data_size == size && memcmp(record->data, data, size) == 0 &&
        record->lookup_key_count == 1 && strcmp(record->lookup_keys[0], name) == 0;
    return !comparison->is_same;
}

static int count_found(void *userdata, const struct smimegw_record *record)
{
    (void)record;
    ++*(int *)userdata;
    return 0;
}

/* By name, by lookup key, and by number. */
static bool is_kind(const struct model *model, struct sgw_pool *pool, void *session, int kind)
{
    struct comparison comparison = {model, kind, 0, true};
    int64_t count = -1;
    int64_t bytes;
    int expected = 0;
    if (sgw_store_functions.each(pool, session, record_kinds[kind], NULL, compare,
                                 &comparison) != SMIMEGW_STORE_DONE ||
        sgw_store_functions.measure(pool, session, record_kinds[kind], &count, &bytes) !=
            SMIMEGW_STORE_DONE)
        return false;
    for (int i = 0; i < MODEL_NAMES; i++)
        expected += model->items[kind][i].is_there;
    return comparison.is_same && comparison.seen == expected && count == expected;
}

static bool has_lookups(const struct model *model, struct sgw_pool *pool, void *session)
{
    for (int i = 0; i < MODEL_NAMES; i++) {
        char name[16];
        const char *const key = name;
        int found = 0;
        name_of(i, name);
        if (sgw_store_functions.find(pool, session, &key, 1, count_found, &found) !=
                SMIMEGW_STORE_DONE ||
            found != model->items[0][i].is_there + model->items[1][i].is_there)
            return false;
    }
    return true;
}

bool model_is_store(const struct model *model, struct sgw_pool *pool)
{
    void *session = table_begin(pool, SMIMEGW_TRANSACTION_READ);
    if (session == NULL)
        return false;
    bool is_same = is_kind(model, pool, session, 0) && is_kind(model, pool, session, 1) &&
                   has_lookups(model, pool, session);
    return table_end(pool, session, 1) == SMIMEGW_STORE_DONE && is_same;
}

/* --- as work -------------------------------------------------------------------------------
 */

/* The model after so many. */
static struct model *model_after(int64_t number)
{
    static struct model model;
    if (model.done > number)
        model = (struct model){0};
    while (model.done < number)
        model_step(&model);
    return &model;
}

static void *open_pool(const char *path)
{
    struct sgw_pool *pool = NULL;
    struct smimegw_error *error = NULL;
    if (sgw_store_open_pool(path, SMIMEGW_SQLITE_CREATE, 0, &pool, &error) < 0)
        printf("# %s\n", smimegw_error_text(error));
    smimegw_error_free(error);
    return pool;
}

/* Nothing is there before the first one. */
static int64_t make_none(const char *path)
{
    (void)path;
    return 0;
}

static void close_pool(void *pool)
{
    sgw_pool_free(pool);
}

static bool commit_one(void *pool, int64_t number)
{
    return model_commit(model_after(number - 1), pool) == SMIMEGW_STORE_DONE;
}

static bool is_after(void *pool, int64_t number)
{
    return model_is_store(model_after(number), pool);
}

static void end_nothing(void)
{
}

const struct work model_work = {make_none,  open_pool, close_pool,
                                commit_one, is_after,  end_nothing};
