/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process that makes and changes a store is killed, at random moments and before and within
 * each write, or its writes fail: what was committed is there, nothing is half, the next open
 * works; TAP. Arguments: `records` or `harvest`, what it does; --full for 2,000 random moments
 * and each write.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <smimegw/error.h>
#include <smimegw/sqlite.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "fault.h"
#include "table.h"
#include "work.h"

enum { BOUNDARY_TRANSACTIONS = 12, TRIES = 3 };

/* What a process that is gone has told. */
struct report {
    volatile int64_t committed;
    volatile int has_opened;
    volatile int has_happened;
    volatile int has_finished;
};

struct scene {
    char folder[64];
    char path[96];
    struct report *report;
    const struct work *work;
    int64_t done; /* transactions that must be in the store */
    long again;   /* commits that failed, and were there all the same */
};

static void bail(const char *what)
{
    printf("Bail out! %s: %s\n", what, strerror(errno));
    exit(1);
}

static void clear_folder(const struct scene *scene)
{
    char name[400];
    DIR *folder = opendir(scene->folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        snprintf(name, sizeof(name), "%s/%s", scene->folder, entry->d_name);
        unlink(name);
    }
    closedir(folder);
}

static void begin_anew(struct scene *scene)
{
    clear_folder(scene);
    scene->done = scene->work->make(scene->path);
    if (scene->done < 0)
        bail("new store");
}

/* The process: each transaction is tried again where a fault does not stay. */
static void work(const struct scene *scene, int64_t until)
{
    void *store = NULL;
    int64_t done = scene->done;
    for (int i = 0; store == NULL && i < TRIES; i++)
        store = scene->work->open(scene->path);
    scene->report->has_opened = 1;
    int failures = 0;
    while (store != NULL && done < until && failures < TRIES) {
        if (scene->work->commit(store, done + 1))
            scene->report->committed = ++done;
        else
            failures++;
    }
    scene->work->close(store);
    scene->report->has_finished = done == until;
    scene->report->has_happened = fault_has_happened();
    _exit(0);
}

/* All that was reported, and at most the next one, as a whole. */
static bool is_whole(struct scene *scene)
{
    void *store = scene->work->open(scene->path);
    if (store == NULL)
        return false;
    scene->done = scene->report->committed;
    bool is_same = scene->work->is_after(store, scene->done);
    if (!is_same) {
        scene->done++;
        scene->again++;
        is_same = scene->work->is_after(store, scene->done);
    }
    /* and it goes on */
    is_same = is_same && scene->work->commit(store, ++scene->done);
    scene->work->close(store);
    struct smimegw_error *error = NULL;
    if (smimegw_sqlite_check(scene->path, &error) < 0) {
        printf("# %s\n", smimegw_error_text(error));
        is_same = false;
    }
    smimegw_error_free(error);
    return is_same;
}

static pid_t start(struct scene *scene, int64_t until, enum fault_kind fault, long at)
{
    *scene->report = (struct report){.committed = scene->done};
    fflush(stdout);
    pid_t child = fork();
    if (child < 0)
        bail("fork");
    if (child == 0) {
        fault_plan(fault, at);
        work(scene, until);
    }
    return child;
}

static void wait_us(long time)
{
    nanosleep(&(struct timespec){0, time * 1000}, NULL);
}

/* Before or after it has opened its store, which takes a while. */
static void wait_at_random(const struct scene *scene, long time)
{
    for (int i = 0; time % 4 != 0 && i < 1000 && !scene->report->has_opened; i++)
        wait_us(100);
    wait_us(time);
}

static bool kill_at_random(struct scene *scene, int runs, uint32_t seed)
{
    long made = 0;
    int64_t commits = 0;
    printf("# seed %" PRIu32 "\n", seed);
    srandom(seed);
    begin_anew(scene);
    for (int i = 0; i < runs; i++) {
        if (random() % 8 == 0) {
            begin_anew(scene);
            made++;
        }
        int64_t before = scene->done;
        pid_t child = start(scene, INT64_MAX, FAULT_NONE, 0);
        long time = random() % 30000;
        wait_at_random(scene, time);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        commits += scene->report->committed - before;
        if (!is_whole(scene)) {
            printf("# run %d, after %ld us, %" PRId64 " transactions\n", i, time,
                   scene->report->committed);
            return false;
        }
    }
    printf("# %d kills, %ld of new stores, %" PRId64 " commits, none lost; %ld were on their "
           "way\n",
           runs, made, commits, scene->again);
    return commits > 0;
}

static bool fail_everywhere(struct scene *scene, enum fault_kind fault, long step)
{
    bool must_finish = fault == FAULT_SHORT || fault == FAULT_SPACE || fault == FAULT_IO ||
                       fault == FAULT_INTERRUPT;
    long at = 1;
    for (;; at += step) {
        begin_anew(scene);
        int status;
        waitpid(start(scene, scene->done + BOUNDARY_TRANSACTIONS, fault, at), &status, 0);
        bool was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        if (!was_killed && !scene->report->has_happened)
            break;
        bool is_right = was_killed == (fault == FAULT_KILL || fault == FAULT_KILL_TORN) &&
                        (!must_finish || scene->report->has_finished) && is_whole(scene);
        if (!is_right) {
            printf("# at call %ld: status %d, %" PRId64 " transactions\n", at, status,
                   scene->report->committed);
            return false;
        }
    }
    printf("# up to call %ld\n", at);
    return at > 20;
}

struct fault_row {
    enum fault_kind fault;
    const char *title;
};

static const struct fault_row fault_rows[] = {
    {FAULT_KILL, "killed before each write, sync, truncate, unlink and link"},
    {FAULT_KILL_TORN, "killed within each of them"},
    {FAULT_SPACE, "each fails once for want of space"},
    {FAULT_SPACE_ON, "each and all that follow it fail for want of space"},
    {FAULT_IO, "each fails once"},
    {FAULT_IO_ON, "each and all that follow it fail"},
    {FAULT_SHORT, "each write is short"},
    {FAULT_INTERRUPT, "each is interrupted"},
};

static const struct {
    const char *name;
    const struct work *work;
    int runs; /* without --full */
    long step;
} works[] = {{"records", &model_work, 200, 5}, {"harvest", &harvest_work, 60, 15}};

static int fail_all(struct scene *scene, size_t row, bool is_full)
{
    int runs = is_full ? 2000 : works[row].runs;
    int count = 1;
    int failed = 0;
    bool is_right = kill_at_random(scene, runs, (uint32_t)time(NULL));
    printf("%sok 1 - killed at %d random moments\n", is_right ? "" : "not ", runs);
    failed += !is_right;
    for (size_t i = 0; i < sizeof(fault_rows) / sizeof(fault_rows[0]); i++) {
        is_right = fail_everywhere(scene, fault_rows[i].fault, is_full ? 1 : works[row].step);
        printf("%sok %d - %s\n", is_right ? "" : "not ", ++count, fault_rows[i].title);
        failed += !is_right;
    }
    printf("1..%d\n", count);
    return failed;
}

int main(int argc, char **argv)
{
    bool is_full = argc > 2 && strcmp(argv[2], "--full") == 0;
    size_t row = argc > 1 && strcmp(argv[1], works[1].name) == 0 ? 1 : 0;
    struct scene scene = {.work = works[row].work};
    if (table_folder(scene.folder) < 0)
        bail("folder");
    snprintf(scene.path, sizeof(scene.path), "%s/store", scene.folder);
    scene.report = mmap(NULL, sizeof(*scene.report), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (scene.report == MAP_FAILED)
        bail("memory");
    int failed = fail_all(&scene, row, is_full);
    scene.work->end();
    clear_folder(&scene);
    rmdir(scene.folder);
    return failed > 0;
}
