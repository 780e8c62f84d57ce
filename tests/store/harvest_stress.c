/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/harvest_stress.h"

#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "unit/harvest_letters.h"

enum {
    PROCESSES_MOST = 2,
    THREADS = 8,
    WORKERS = PROCESSES_MOST * THREADS,
    USERS = 4, /* of each worker, which alone harvests their keys */
    VISITORS = 1000,
    WINDOW = 48 * HOUR,
    WINDOW_SECONDS = 20, /* of a long run; a short one has two windows */
    ALERTS_MOST = 1000
};

/* In memory that all processes see. */
struct share {
    int64_t harvests;
    int64_t promotions;
    int64_t lookups;
    int64_t busy;
    int64_t failures;
    int64_t lost;          /* looked up, and not there or older than what was committed */
    int64_t plans_without; /* a plan had no key for an address that has one */
    int64_t alert_count;
    int64_t alerts[ALERTS_MOST];
    int64_t committed[WORKERS][USERS]; /* when the latest key was signed; 0: none yet */
};

struct team {
    const struct stress *stress;
    struct share *share;
    int64_t start_ms;
    struct smimegw_cert *pattern;
    struct smimegw_policy *policy;
    struct smimegw_profile *profile;
    /* of a process */
    struct smimegw_store *store;
    struct smimegw_harvester *harvester;
    struct smimegw_gateway *gateway;
};

struct worker {
    const struct team *team;
    size_t number;
    uint64_t random;
};

#define ADD(number, count) __atomic_add_fetch(&(number), count, __ATOMIC_SEQ_CST)

static void need(int ret, const char *what)
{
    if (ret == 0)
        return;
    printf("Bail out! %s: %d\n", what, ret);
    exit(1);
}

/* What a store may fail with while others write is told apart from all else. */
static bool note_result(struct share *share, int ret)
{
    if (ret == SMIMEGW_E_STORE)
        ADD(share->busy, 1);
    else if (ret != SMIMEGW_OK)
        ADD(share->failures, 1);
    return ret == SMIMEGW_OK;
}

static size_t choose(struct worker *worker, size_t count)
{
    worker->random = worker->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (size_t)(worker->random >> 33) % count;
}

/* --- the clock -----------------------------------------------------------------------------
 */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static int64_t window_ms(const struct stress *stress)
{
    int64_t half = stress->seconds * INT64_C(500);
    return half < WINDOW_SECONDS * 1000 ? half : WINDOW_SECONDS * 1000;
}

/* Days pass quickly. */
static int64_t day_time(const struct team *team)
{
    return NOW + (now_ms() - team->start_ms) * WINDOW / window_ms(team->stress);
}

static bool is_over(const struct team *team)
{
    return now_ms() - team->start_ms >= team->stress->seconds * INT64_C(1000);
}

/* --- what workers do -----------------------------------------------------------------------
 */

static void hear(void *userdata, int kind, const char *text, const char *json)
{
    struct share *share = userdata;
    const char *raised = strstr(json, "\"raised\":");
    (void)text;
    if (kind != SMIMEGW_ALERT_UPDATED_KEYS || raised == NULL)
        return;
    int64_t place = ADD(share->alert_count, 1) - 1;
    if (place < ALERTS_MOST)
        share->alerts[place] = strtoll(raised + 9, NULL, 10);
}

/* A new key of a user; ret_name may be NULL. */
static int harvest(struct worker *worker, size_t user, int64_t time, char ret_name[256])
{
    const struct team *team = worker->team;
    char address[40];
    struct smimegw_harvest *harvest = NULL;
    struct smimegw_cert *cert = number_cert(team->pattern, user, choose(worker, 10000000));
    number_address(user, address);
    struct letter letter = letter_of(cert, address, time);
    struct smimegw_verdict *verdict = make_verdict(&letter);
    int ret = smimegw_harvester_take(team->harvester, team->policy, verdict, NULL, time,
                                     &harvest, NULL);
    int outcome = smimegw_harvest_outcome(harvest, 0, NULL);
    if (ret == SMIMEGW_OK && outcome != SMIMEGW_HARVEST_STORED &&
        outcome != SMIMEGW_HARVEST_UPDATED)
        ret = SMIMEGW_E_USAGE;
    if (ret_name != NULL)
        snprintf(ret_name, 256, "%s", smimegw_harvest_name(harvest, 0));
    smimegw_harvest_free(harvest);
    smimegw_verdict_unref(verdict);
    smimegw_cert_unref(cert);
    return ret;
}

static void harvest_own(struct worker *worker)
{
    const struct team *team = worker->team;
    size_t own = choose(worker, USERS);
    int64_t *committed = &team->share->committed[worker->number][own];
    int64_t time = day_time(team);
    if (time <= *committed ||
        !note_result(team->share, harvest(worker, worker->number * USERS + own, time, NULL)))
        return;
    __atomic_store_n(committed, time, __ATOMIC_SEQ_CST);
    ADD(team->share->harvests, 1);
}

struct seen {
    int usable;
    int64_t signed_at;
    char name[256];
};

static int note(void *userdata, const struct smimegw_record *record)
{
    struct seen *seen = userdata;
    if (record->grade < SMIMEGW_GRADE_HARVESTED)
        return 0;
    seen->usable++;
    seen->signed_at = record->signed_at;
    snprintf(seen->name, sizeof(seen->name), "%s", record->name);
    return 0;
}

static int find(struct smimegw_store *store, size_t user, struct seen *ret_seen)
{
    char address[40];
    const char *const addresses[] = {address};
    struct smimegw_transaction *transaction;
    *ret_seen = (struct seen){0};
    number_address(user, address);
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, NULL);
    if (ret < 0)
        return ret;
    ret = smimegw_transaction_find(transaction, addresses, 1, note, ret_seen, NULL);
    smimegw_transaction_rollback(transaction);
    return ret;
}

/* Of any worker, in any process: one key, and none that is older than what was committed. */
static void look_up(struct worker *worker, char ret_name[256])
{
    const struct team *team = worker->team;
    struct seen seen;
    size_t whose = choose(worker, (size_t)team->stress->processes * THREADS);
    size_t own = choose(worker, USERS);
    int64_t committed = __atomic_load_n(&team->share->committed[whose][own], __ATOMIC_SEQ_CST);
    if (!note_result(team->share, find(team->store, whose * USERS + own, &seen)))
        return;
    ADD(team->share->lookups, 1);
    if (committed != 0 && (seen.usable != 1 || seen.signed_at < committed))
        ADD(team->share->lost, 1);
    snprintf(ret_name, 256, "%s", seen.name);
}

static void use_one(struct worker *worker, const char *name)
{
    struct smimegw_transaction *transaction;
    struct smimegw_store *store = worker->team->store;
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL);
    if (!note_result(worker->team->share, ret))
        return;
    ret = smimegw_transaction_touch(transaction, SMIMEGW_RECORD_HARVESTED, &name, 1,
                                    day_time(worker->team), NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_commit(transaction, NULL);
    else
        smimegw_transaction_rollback(transaction);
    note_result(worker->team->share, ret);
}

static int remove_key(struct smimegw_store *store, const char *name)
{
    struct smimegw_transaction *transaction;
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL);
    if (ret < 0)
        return ret;
    ret = smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, name, NULL);
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, NULL);
    smimegw_transaction_rollback(transaction);
    return ret;
}

/* Somebody writes once, is promoted, and leaves; a step that finds the store busy is done
 * again. */
static void promote_visitor(struct worker *worker)
{
    const struct team *team = worker->team;
    char name[256];
    size_t visitor = VISITORS + worker->number;
    int ret = SMIMEGW_E_STORE;
    while (ret == SMIMEGW_E_STORE)
        ret = harvest(worker, visitor, day_time(team), name);
    if (note_result(team->share, ret))
        for (ret = SMIMEGW_E_STORE; ret == SMIMEGW_E_STORE;)
            ret = smimegw_harvester_promote(team->harvester, name, NULL, 0, -1, NULL);
    if (note_result(team->share, ret))
        for (ret = SMIMEGW_E_STORE; ret == SMIMEGW_E_STORE;)
            ret = remove_key(team->store, name);
    if (note_result(team->share, ret))
        ADD(team->share->promotions, 1);
}

/* Mail to one whose key was committed. */
static void send_mail(struct worker *worker)
{
    static const char mail[] = "From: me@example.com\r\n\r\nhello\r\n";
    const struct team *team = worker->team;
    char address[40];
    struct smimegw_message *message = NULL;
    struct smimegw_plan *plan = NULL;
    size_t own = choose(worker, USERS);
    if (team->share->committed[worker->number][own] == 0)
        return;
    number_address(worker->number * USERS + own, address);
    need(smimegw_message_new_memory(team->gateway, mail, sizeof(mail) - 1, &message, NULL),
         "message");
    need(smimegw_plan_new(team->gateway, team->profile, message, &plan, NULL), "plan");
    need(smimegw_plan_add_recipient(plan, address, NULL, NULL), "recipient");
    need(smimegw_plan_lookup(plan, NULL), "lookup");
    need(smimegw_plan_decide(plan, NULL), "decide");
    int outcome = smimegw_plan_recipient_outcome(plan, 0, NULL, NULL);
    if (outcome != SMIMEGW_PLAN_ENCRYPTED)
        ADD(team->share->plans_without, 1);
    smimegw_plan_free(plan);
    smimegw_message_free(message);
}

static void *work(void *data)
{
    struct worker *worker = data;
    while (!is_over(worker->team)) {
        char name[256] = "";
        harvest_own(worker);
        for (int i = 0; i < 3; i++)
            look_up(worker, name);
        size_t what = choose(worker, 8);
        if (what == 0)
            promote_visitor(worker);
        else if (what == 1)
            send_mail(worker);
        else if (what == 2 && name[0] != '\0')
            use_one(worker, name);
    }
    return NULL;
}

/* --- processes -----------------------------------------------------------------------------
 */

static void make_gateway(struct team *team)
{
    need(smimegw_gateway_new(&team->gateway, NULL), "gateway");
    need(smimegw_gateway_set(team->gateway, "time", "2026-06-01T00:00:00Z", NULL), "time");
    need(smimegw_gateway_add_store(team->gateway, team->store, NULL), "source");
    need(smimegw_profile_new(&team->profile, NULL), "profile");
    need(smimegw_profile_set(team->profile, "mode", "encrypt", NULL), "mode");
}

static void run_process(struct team *team, size_t process)
{
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    team->store = team->stress->open();
    make_gateway(team);
    need(smimegw_harvester_new(team->store, &team->harvester, NULL), "harvester");
    need(smimegw_harvester_set_alert(team->harvester, hear, team->share, NULL), "alert");
    for (size_t i = 0; i < THREADS; i++) {
        size_t number = process * THREADS + i;
        workers[i] = (struct worker){team, number, number * 7919};
        need(pthread_create(&threads[i], NULL, work, &workers[i]), "thread");
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    smimegw_harvester_unref(team->harvester);
    smimegw_gateway_unref(team->gateway);
    smimegw_profile_unref(team->profile);
    smimegw_store_unref(team->store);
}

static bool run_processes(struct team *team)
{
    bool has_ended = true;
    if (team->stress->processes == 1) {
        run_process(team, 0);
        return true;
    }
    fflush(stdout);
    for (size_t i = 0; i < (size_t)team->stress->processes; i++)
        if (fork() == 0) {
            run_process(team, i);
            _exit(0);
        }
    for (int i = 0; i < team->stress->processes; i++) {
        int status = -1;
        wait(&status);
        has_ended = has_ended && status == 0;
    }
    return has_ended;
}

/* --- what must have come of it -------------------------------------------------------------
 */

/* All that was committed, and no more. */
static bool has_all(const struct team *team)
{
    struct smimegw_store *store = team->stress->open();
    bool is_right = store != NULL;
    for (size_t i = 0; i < (size_t)team->stress->processes * THREADS; i++)
        for (size_t own = 0; is_right && own < USERS; own++) {
            struct seen seen;
            int64_t committed = team->share->committed[i][own];
            is_right = find(store, i * USERS + own, &seen) == SMIMEGW_OK &&
                       seen.usable == (committed != 0) && seen.signed_at == committed;
        }
    smimegw_store_unref(store);
    return is_right;
}

static int compare_numbers(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a;
    int64_t second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

/* One at the start, one after each window's end, and none is left out. */
static bool are_alerts_right(const struct team *team, int64_t end)
{
    struct share *share = team->share;
    if (share->alert_count < 2 || share->alert_count > ALERTS_MOST)
        return false;
    qsort(share->alerts, (size_t)share->alert_count, sizeof(int64_t), compare_numbers);
    int64_t last = NOW - WINDOW;
    for (int64_t i = 0; i < share->alert_count; i++) {
        int64_t distance = share->alerts[i] - last;
        if (distance < WINDOW + (i > 0) || distance >= WINDOW * 2) {
            printf("# alert %" PRId64 ": %" PRId64 " s after the one before\n", i, distance);
            return false;
        }
        last = share->alerts[i];
    }
    return end - last < WINDOW * 2;
}

static int expect(bool is_right, int number, const char *what)
{
    printf("%sok %d - %s\n", is_right ? "" : "not ", number, what);
    return !is_right;
}

int stress_run(const struct stress *stress)
{
    static const char *const settings[] = {"harvest", "on", "harvest-updated", "yes", NULL};
    struct team team = {.stress = stress};
    team.share = mmap(NULL, sizeof(*team.share), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(team.share == MAP_FAILED, "memory");
    make_keys();
    team.pattern = certify_pattern("CA 1");
    team.policy = make_policy(settings);
    /* what is made at first use is not made by all at once */
    smimegw_store_unref(stress->open());
    team.start_ms = now_ms();
    bool has_ended = run_processes(&team);
    int64_t end = day_time(&team);
    const struct share *share = team.share;
    printf("1..4\n# %d processes, %d s: %" PRId64 " harvests, %" PRId64 " promotions, %" PRId64
           " lookups, %" PRId64 " alerts, %" PRId64 " busy\n",
           stress->processes, stress->seconds, share->harvests, share->promotions,
           share->lookups, share->alert_count, share->busy);
    int failed =
        expect(has_ended && share->harvests > 0 && has_all(&team), 1, "no commit is lost");
    failed += expect(share->lost == 0 && share->plans_without == 0, 2,
                     "what was committed is seen by all");
    failed += expect(share->failures == 0 && share->promotions > 0 &&
                         share->busy * 20 <= share->harvests,
                     3, "nothing fails");
    failed += expect(are_alerts_right(&team, end), 4, "one alert a window");
    smimegw_cert_unref(team.pattern);
    smimegw_policy_unref(team.policy);
    free_keys();
    munmap(team.share, sizeof(*team.share));
    return failed;
}
