/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a gateway and its administrator do to a store: harvest with updates, alerts and
 * eviction at the size bound, import, promotion, removal, use. What must come of it is in a
 * second store, to which nothing happens.
 */
#include <smimegw/sqlite.h>

#include "store/store_digest.h"
#include "table.h"
#include "unit/harvest_letters.h"
#include "work.h"

/* After the first ones the store is full. */
enum {
    USERS = 400,
    NAMES = 40,
    BATCH = 5,
    USED = 2,
    FIRST = 400,
    KNOWN_MOST = 1 << 18,
    SIZE_LIMIT = 65536
};

static struct {
    char folder[64];
    char first[96]; /* as after the first ones */
    char path[96];
    int64_t done;                     /* in path */
    uint64_t digests[KNOWN_MOST];     /* 0: not known */
    struct smimegw_cert *patterns[2]; /* of two issuers */
    struct smimegw_policy *policy;
} other;

static uint64_t mix(uint64_t number)
{
    number = (number ^ (number >> 31)) * UINT64_C(0x9E3779B97F4A7C15);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 33);
}

/* --- the records of an address -------------------------------------------------------------
 */

struct found {
    int kind;
    int lowest_grade;
    int count;
    char names[64][256];
};

static int note(void *userdata, const struct smimegw_record *record)
{
    struct found *found = userdata;
    if (record->kind == found->kind && record->grade >= found->lowest_grade &&
        found->count < 64)
        snprintf(found->names[found->count++], 256, "%s", record->name);
    return 0;
}

static int find(struct smimegw_transaction *transaction, size_t user, struct found *found)
{
    char address[40];
    const char *const addresses[] = {address};
    number_address(user, address);
    return smimegw_transaction_find(transaction, addresses, 1, note, found, NULL);
}

/* --- each transaction ----------------------------------------------------------------------
 */

struct step {
    struct smimegw_store *store;
    int64_t number;
    int64_t time;
    size_t user;
};

static int harvest_by(const struct step *step, size_t issuer)
{
    char address[40];
    struct smimegw_harvester *harvester = NULL;
    struct smimegw_cert *cert =
        number_cert(other.patterns[issuer], step->user, (size_t)step->number);
    number_address(step->user, address);
    struct letter letter = letter_of(cert, address, step->time);
    struct smimegw_verdict *verdict = make_verdict(&letter);
    int ret = smimegw_harvester_new(step->store, &harvester, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_harvester_set(harvester, "size-limit", "64K", NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_harvester_take(harvester, other.policy, verdict, NULL, step->time, NULL,
                                     NULL);
    smimegw_harvester_unref(harvester);
    smimegw_verdict_unref(verdict);
    smimegw_cert_unref(cert);
    return ret;
}

static int harvest(const struct step *step)
{
    return harvest_by(step, 0);
}

static int harvest_of_another(const struct step *step)
{
    return harvest_by(step, 1);
}

static int end(struct smimegw_transaction *transaction, int ret)
{
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, NULL);
    smimegw_transaction_rollback(transaction);
    return ret;
}

/* All keys of an address: of the administrator's, or harvested ones. */
static int remove_all(const struct step *step)
{
    struct smimegw_transaction *transaction = NULL;
    struct found found = {.kind = 1 + (int)(step->number % 2)};
    int ret =
        smimegw_transaction_new(step->store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL);
    if (ret < 0)
        return ret;
    ret = find(transaction, step->user, &found);
    for (int i = 0; ret == SMIMEGW_OK && i < found.count; i++)
        ret = smimegw_transaction_remove(transaction, found.kind, found.names[i], NULL);
    return end(transaction, ret);
}

static int use(const struct step *step)
{
    struct smimegw_transaction *transaction = NULL;
    struct found found = {.kind = SMIMEGW_RECORD_HARVESTED};
    int ret =
        smimegw_transaction_new(step->store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL);
    if (ret < 0)
        return ret;
    for (size_t i = 0; ret == SMIMEGW_OK && i < USED; i++)
        ret = find(transaction, step->user + i, &found);
    for (int i = 0; ret == SMIMEGW_OK && i < found.count; i++) {
        const char *const name = found.names[i];
        ret = smimegw_transaction_touch(transaction, SMIMEGW_RECORD_HARVESTED, &name, 1,
                                        step->time, NULL);
    }
    return end(transaction, ret);
}

static int import(const struct step *step)
{
    struct smimegw_transaction *transaction = NULL;
    int ret =
        smimegw_transaction_new(step->store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL);
    if (ret < 0)
        return ret;
    for (size_t i = 0; ret == SMIMEGW_OK && i < BATCH; i++) {
        char name[32];
        struct smimegw_cert *cert =
            number_cert(other.patterns[0], step->user + i, (size_t)step->number);
        snprintf(name, sizeof(name), "boss %zu", (step->user + i) % NAMES);
        struct smimegw_record record = {.size = sizeof(record),
                                        .kind = SMIMEGW_RECORD_KEY,
                                        .grade = SMIMEGW_GRADE_ADMINISTRATOR,
                                        .name = name,
                                        .added = step->time};
        record.data = smimegw_cert_der(cert, &record.data_size);
        ret = smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_REPLACE, NULL);
        smimegw_cert_unref(cert);
    }
    return end(transaction, ret);
}

static int promote(const struct step *step)
{
    struct smimegw_transaction *transaction = NULL;
    struct smimegw_harvester *harvester = NULL;
    struct found found = {.kind = SMIMEGW_RECORD_HARVESTED,
                          .lowest_grade = SMIMEGW_GRADE_HARVESTED};
    int ret =
        smimegw_transaction_new(step->store, SMIMEGW_TRANSACTION_READ, &transaction, NULL);
    if (ret < 0)
        return ret;
    ret = end(transaction, find(transaction, step->user, &found));
    if (ret < 0 || found.count == 0)
        return ret;
    ret = smimegw_harvester_new(step->store, &harvester, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_harvester_promote(harvester, found.names[0], NULL, 0, step->time, NULL);
    smimegw_harvester_unref(harvester);
    return ret;
}

static int do_one(struct smimegw_store *store, int64_t number)
{
    static int (*const all[])(const struct step *step) = {
        harvest, harvest, harvest, harvest, harvest,    harvest, harvest, harvest,
        harvest, use,     import,  promote, remove_all, use,     harvest, harvest_of_another,
    };
    uint64_t random = mix((uint64_t)number);
    const struct step step = {store, number, NOW + number * HOUR,
                              (size_t)(random / 16 % USERS)};
    return all[random % 16](&step);
}

/* --- as work -------------------------------------------------------------------------------
 */

static int copy(const char *from, const char *to)
{
    char data[65536];
    size_t size;
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    while (in != NULL && out != NULL && (size = fread(data, 1, sizeof(data), in)) > 0)
        fwrite(data, 1, size, out);
    if (in != NULL)
        fclose(in);
    return out != NULL && fclose(out) == 0 && in != NULL ? 0 : -1;
}

static void *open_store(const char *path)
{
    struct smimegw_store *store = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_sqlite_open(path, SMIMEGW_SQLITE_CREATE, 0, &store, &error) < 0)
        printf("# %s\n", smimegw_error_text(error));
    smimegw_error_free(error);
    return store;
}

static void close_store(void *store)
{
    smimegw_store_unref(store);
}

static bool commit_one(void *store, int64_t number)
{
    return do_one(store, number) == SMIMEGW_OK;
}

/* Bring the second store to a state, and note what is in it then. */
static bool go_to(const char *path, int64_t number)
{
    struct smimegw_store *store = open_store(path);
    bool is_good = store != NULL;
    for (; is_good && other.done < number; other.done++)
        is_good = commit_one(store, other.done + 1);
    other.digests[number] = is_good ? store_digest(store) : 0;
    smimegw_store_unref(store);
    return other.digests[number] != 0;
}

/* What is harvested pushes out something. */
static bool is_full(const char *path)
{
    struct smimegw_store *store = open_store(path);
    struct smimegw_transaction *transaction = NULL;
    int64_t bytes = 0;
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, NULL);
    if (ret == SMIMEGW_OK)
        smimegw_transaction_measure(transaction, SMIMEGW_RECORD_HARVESTED, NULL, &bytes, NULL);
    smimegw_transaction_rollback(transaction);
    smimegw_store_unref(store);
    return bytes > SIZE_LIMIT - 6000;
}

static int64_t make_first(void)
{
    static const char *const settings[] = {"harvest", "on", "harvest-updated", "yes", NULL};
    if (table_folder(other.folder) < 0)
        return -1;
    snprintf(other.first, sizeof(other.first), "%s/first", other.folder);
    snprintf(other.path, sizeof(other.path), "%s/store", other.folder);
    make_keys();
    other.policy = make_policy(settings);
    other.patterns[0] = certify_pattern("CA 1");
    other.patterns[1] = certify_pattern("CA 2");
    bool is_good = go_to(other.first, FIRST) && is_full(other.first) &&
                   copy(other.first, other.path) == 0;
    return is_good ? FIRST : -1;
}

static int64_t make_full(const char *path)
{
    if (other.policy == NULL && make_first() < 0)
        return -1;
    return copy(other.first, path) == 0 ? FIRST : -1;
}

static bool is_after(void *store, int64_t number)
{
    if (number >= KNOWN_MOST)
        return false;
    if (other.digests[number] == 0) {
        if (other.done > number && copy(other.first, other.path) == 0)
            other.done = FIRST;
        if (!go_to(other.path, number))
            return false;
    }
    return store_digest(store) == other.digests[number];
}

static void end_second(void)
{
    smimegw_policy_unref(other.policy);
    for (size_t i = 0; i < 2; i++)
        smimegw_cert_unref(other.patterns[i]);
    free_keys();
    table_remove(other.first);
    table_remove(other.path);
    rmdir(other.folder);
}

const struct work harvest_work = {make_full,  open_store, close_store,
                                  commit_one, is_after,   end_second};
