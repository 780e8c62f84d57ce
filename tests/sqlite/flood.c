/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AC-138: signed mail of very many addresses fills a store up to its bound, and pushes out
 * neither an administrator's keys nor those that are in use; TAP. Argument: --full for
 * 1,000,000 addresses and the default bound of 512 MB.
 */
#include <smimegw/sqlite.h>
#include <sys/stat.h>
#include <time.h>

#include "table.h"
#include "unit/harvest_letters.h"

enum { PARTS = 10, ADMINISTRATORS = 10, FRIENDS = 20, OTHERS = 9000000, MOST_GROWTH = 4 };

struct flood {
    char folder[64];
    char path[96];
    size_t count;
    int64_t limit;
    struct smimegw_store *store;
    struct smimegw_harvester *harvester;
    struct smimegw_policy *policy;
    struct smimegw_cert *pattern;
    char friends[FRIENDS][256]; /* names of their records */
    double costs[PARTS];        /* seconds of the processor for each harvest */
    int failed;
};

static void need(int ret, struct smimegw_error *error, const char *what)
{
    if (ret == SMIMEGW_OK)
        return;
    printf("Bail out! %s: %d, %s\n", what, ret, smimegw_error_text(error));
    exit(1);
}

static void harvest(const struct flood *flood, size_t user, int64_t time, char ret_name[256])
{
    char address[40];
    struct smimegw_error *error = NULL;
    struct smimegw_harvest *harvest = NULL;
    struct smimegw_cert *cert = number_cert(flood->pattern, user, user);
    number_address(user, address);
    struct letter letter = letter_of(cert, address, time);
    struct smimegw_verdict *verdict = make_verdict(&letter);
    need(smimegw_harvester_take(flood->harvester, flood->policy, verdict, NULL, time, &harvest,
                                &error),
         error, "take");
    need(smimegw_harvest_outcome(harvest, 0, NULL) - SMIMEGW_HARVEST_STORED, NULL,
         smimegw_harvest_text(harvest, 0));
    if (ret_name != NULL)
        snprintf(ret_name, 256, "%s", smimegw_harvest_name(harvest, 0));
    smimegw_harvest_free(harvest);
    smimegw_verdict_unref(verdict);
    smimegw_cert_unref(cert);
}

static struct smimegw_transaction *begin(const struct flood *flood, int mode)
{
    struct smimegw_transaction *transaction = NULL;
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_new(flood->store, mode, &transaction, &error), error, "begin");
    return transaction;
}

/* Mail is sent to all friends. */
static void use_friends(const struct flood *flood, int64_t time)
{
    const char *names[FRIENDS];
    for (size_t i = 0; i < FRIENDS; i++)
        names[i] = flood->friends[i];
    struct smimegw_transaction *transaction = begin(flood, SMIMEGW_TRANSACTION_WRITE);
    need(smimegw_transaction_touch(transaction, SMIMEGW_RECORD_HARVESTED, names, FRIENDS, time,
                                   NULL),
         NULL, "touch");
    need(smimegw_transaction_commit(transaction, NULL), NULL, "commit");
}

static void add_administrators(const struct flood *flood)
{
    struct smimegw_transaction *transaction = begin(flood, SMIMEGW_TRANSACTION_WRITE);
    for (size_t i = 0; i < ADMINISTRATORS; i++) {
        char name[32];
        struct smimegw_cert *cert = number_cert(flood->pattern, OTHERS + FRIENDS + i, 0);
        struct smimegw_record record = {.size = sizeof(record),
                                        .kind = SMIMEGW_RECORD_KEY,
                                        .grade = SMIMEGW_GRADE_ADMINISTRATOR,
                                        .name = name,
                                        .added = 1};
        struct smimegw_error *error = NULL;
        snprintf(name, sizeof(name), "boss %zu", i);
        record.data = smimegw_cert_der(cert, &record.data_size);
        need(smimegw_transaction_put(transaction, &record, 0, &error), error, "put");
        smimegw_cert_unref(cert);
    }
    need(smimegw_transaction_commit(transaction, NULL), NULL, "commit");
}

static void open_flood(struct flood *flood, const char *limit)
{
    static const char *const settings[] = {"harvest", "on", NULL};
    struct smimegw_error *error = NULL;
    if (table_folder(flood->folder) < 0)
        need(-1, NULL, "folder");
    snprintf(flood->path, sizeof(flood->path), "%s/store", flood->folder);
    make_keys();
    flood->policy = make_policy(settings);
    flood->pattern = certify_pattern("CA 1");
    need(smimegw_sqlite_open(flood->path, SMIMEGW_SQLITE_CREATE, 0, &flood->store, &error),
         error, "open");
    need(smimegw_harvester_new(flood->store, &flood->harvester, &error), error, "harvester");
    need(smimegw_harvester_set(flood->harvester, "size-limit", limit, &error), error, limit);
    add_administrators(flood);
    for (size_t i = 0; i < FRIENDS; i++)
        harvest(flood, OTHERS + i, NOW, flood->friends[i]);
}

static void close_flood(struct flood *flood)
{
    smimegw_harvester_unref(flood->harvester);
    smimegw_store_unref(flood->store);
    smimegw_policy_unref(flood->policy);
    smimegw_cert_unref(flood->pattern);
    free_keys();
    table_remove(flood->path);
    rmdir(flood->folder);
}

static int count_record(void *userdata, const struct smimegw_record *record)
{
    (void)record;
    ++*(size_t *)userdata;
    return 0;
}

/* Those that must be there: all of them? */
static bool has_all(const struct flood *flood)
{
    bool has_each = true;
    struct smimegw_transaction *transaction = begin(flood, SMIMEGW_TRANSACTION_READ);
    for (size_t i = 0; i < FRIENDS + ADMINISTRATORS; i++) {
        char address[40];
        const char *const addresses[] = {address};
        size_t found = 0;
        number_address(OTHERS + i, address);
        need(smimegw_transaction_find(transaction, addresses, 1, count_record, &found, NULL),
             NULL, "find");
        has_each = has_each && found == 1;
    }
    smimegw_transaction_rollback(transaction);
    return has_each;
}

static void measure(const struct flood *flood, int64_t *ret_count, int64_t *ret_bytes)
{
    struct smimegw_transaction *transaction = begin(flood, SMIMEGW_TRANSACTION_READ);
    need(smimegw_transaction_measure(transaction, SMIMEGW_RECORD_HARVESTED, ret_count,
                                     ret_bytes, NULL),
         NULL, "measure");
    smimegw_transaction_rollback(transaction);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void expect(struct flood *flood, bool is_right, int number, const char *what)
{
    printf("%sok %d - %s\n", is_right ? "" : "not ", number, what);
    flood->failed += !is_right;
}

/* A tenth of the addresses, each a second after the one before. */
static bool pour(struct flood *flood, size_t part)
{
    struct stat status;
    int64_t count;
    int64_t bytes;
    size_t each = flood->count / PARTS;
    int64_t time = NOW + (int64_t)(part * each);
    use_friends(flood, time);
    double processor = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double start = seconds(CLOCK_MONOTONIC);
    for (size_t i = 0; i < each; i++)
        harvest(flood, part * each + i, time + (int64_t)i, NULL);
    double wall = seconds(CLOCK_MONOTONIC) - start;
    flood->costs[part] = (seconds(CLOCK_PROCESS_CPUTIME_ID) - processor) / (double)each;
    measure(flood, &count, &bytes);
    need(stat(flood->path, &status), NULL, "size");
    printf(
        "# %zu addresses: %.0f us each (%.0f us of the processor), %lld kept, %.1f MB, file "
        "%.1f MB\n",
        (part + 1) * each, wall / (double)each * 1e6, flood->costs[part] * 1e6,
        (long long)count, (double)bytes / 1048576, (double)status.st_size / 1048576);
    return bytes <= flood->limit && status.st_size <= 2 * flood->limit;
}

int main(int argc, char **argv)
{
    bool is_full = argc > 1 && strcmp(argv[1], "--full") == 0;
    struct flood flood = {.count = is_full ? 1000000 : 20000,
                          .limit = is_full ? INT64_C(512) << 20 : INT64_C(2) << 20};
    bool is_bounded = true;
    bool has_each = true;
    open_flood(&flood, is_full ? "512M" : "2M");
    for (size_t part = 0; part < PARTS; part++) {
        is_bounded = pour(&flood, part) && is_bounded;
        has_each = has_all(&flood) && has_each;
    }
    expect(&flood, is_bounded, 1, "the bound holds");
    expect(&flood, has_each, 2, "no key that is an administrator's or in use goes");
    /* the first part fills the store, the others push out */
    expect(&flood,
           getenv("SMIMEGW_SLOW") != NULL ||
               flood.costs[PARTS - 1] < MOST_GROWTH * flood.costs[0],
           3, "a harvest costs at the end what it did at the start");
    smimegw_harvester_unref(flood.harvester);
    flood.harvester = NULL;
    smimegw_store_unref(flood.store);
    flood.store = NULL;
    expect(&flood, smimegw_sqlite_check(flood.path, NULL) == SMIMEGW_OK, 4,
           "the store is whole");
    printf("1..4\n");
    close_flood(&flood);
    return flood.failed > 0;
}
