/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process that makes and changes a store is killed, at random moments and before and within
 * each write, or its writes fail: what was committed is there, nothing is half, the next open
 * works; TAP. Argument: --full for 2,000 random moments instead of 200, and
 * each write instead of one of five.
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
#include "model.h"
#include "table.h"

enum { BOUNDARY_TRANSACTIONS = 12, TRIES = 3 };

/* What a process that is gone has told. */
struct report {
    volatile int64_t committed;
    volatile int has_happened;
    volatile int has_finished;
};

struct scene {
    char folder[64];
    char path[96];
    struct report *report;
    struct model model; /* what must be in the store */
    long again;         /* commits that failed, and were there all the same */
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

static struct sgw_pool *open_store(const struct scene *scene)
{
    struct sgw_pool *pool = NULL;
    struct smimegw_error *error = NULL;
    if (sgw_store_open_pool(scene->path, SMIMEGW_SQLITE_CREATE, 0, &pool, &error) < 0)
        printf("# %s\n", smimegw_error_text(error));
    smimegw_error_free(error);
    return pool;
}

/* The process: each transaction is tried again where a fault does not stay. */
static void work(const struct scene *scene, struct model model, int64_t until)
{
    struct sgw_pool *pool = NULL;
    for (int i = 0; pool == NULL && i < TRIES; i++)
        sgw_store_open_pool(scene->path, SMIMEGW_SQLITE_CREATE, 0, &pool, NULL);
    int failures = 0;
    while (pool != NULL && model.done < until && failures < TRIES) {
        if (model_commit(&model, pool) == SMIMEGW_STORE_DONE)
            scene->report->committed = model.done;
        else
            failures++;
    }
    sgw_pool_free(pool);
    scene->report->has_finished = model.done == until;
    scene->report->has_happened = fault_has_happened();
    _exit(0);
}

/* All that was reported, and at most the next one, as a whole. */
static bool is_whole(struct scene *scene)
{
    struct sgw_pool *pool = open_store(scene);
    if (pool == NULL)
        return false;
    while (scene->model.done < scene->report->committed)
        model_step(&scene->model);
    bool is_same = model_is_store(&scene->model, pool);
    if (!is_same) {
        model_step(&scene->model);
        scene->again++;
        is_same = model_is_store(&scene->model, pool);
    }
    /* and it goes on */
    is_same = is_same && model_commit(&scene->model, pool) == SMIMEGW_STORE_DONE;
    sgw_pool_free(pool);
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
    *scene->report = (struct report){.committed = scene->model.done};
    fflush(stdout);
    pid_t child = fork();
    if (child < 0)
        bail("fork");
    if (child == 0) {
        fault_plan(fault, at);
        work(scene, scene->model, until);
    }
    return child;
}

static bool kill_at_random(struct scene *scene, int runs, uint32_t seed)
{
    long made = 0;
    int64_t commits = 0;
    printf("# seed %" PRIu32 "\n", seed);
    srandom(seed);
    for (int i = 0; i < runs; i++) {
        if (random() % 8 == 0) {
            clear_folder(scene);
            scene->model = (struct model){0};
            made++;
        }
        int64_t before = scene->model.done;
        pid_t child = start(scene, INT64_MAX, FAULT_NONE, 0);
        long wait_us = random() % 30000;
        nanosleep(&(struct timespec){0, wait_us * 1000}, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        commits += scene->report->committed - before;
        if (!is_whole(scene)) {
            printf("# run %d, after %ld us, %" PRId64 " transactions\n", i, wait_us,
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
    bool must_finish = fault == FAULT_SHORT || fault == FAULT_SPACE || fault == FAULT_IO;
    long at = 1;
    for (;; at += step) {
        clear_folder(scene);
        scene->model = (struct model){0};
        int status;
        waitpid(start(scene, BOUNDARY_TRANSACTIONS, fault, at), &status, 0);
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
};

int main(int argc, char **argv)
{
    bool is_full = argc > 1 && strcmp(argv[1], "--full") == 0;
    int runs = is_full ? 2000 : 200;
    int count = 1;
    int failed = 0;
    struct scene scene = {.again = 0};
    if (table_folder(scene.folder) < 0)
        bail("folder");
    snprintf(scene.path, sizeof(scene.path), "%s/store", scene.folder);
    scene.report = mmap(NULL, sizeof(*scene.report), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (scene.report == MAP_FAILED)
        bail("memory");
    bool is_right = kill_at_random(&scene, runs, (uint32_t)time(NULL));
    printf("%sok 1 - killed at %d random moments\n", is_right ? "" : "not ", runs);
    failed += !is_right;
    for (size_t i = 0; i < sizeof(fault_rows) / sizeof(fault_rows[0]); i++) {
        is_right = fail_everywhere(&scene, fault_rows[i].fault, is_full ? 1 : 5);
        printf("%sok %d - %s\n", is_right ? "" : "not ", ++count, fault_rows[i].title);
        failed += !is_right;
    }
    printf("1..%d\n", count);
    clear_folder(&scene);
    rmdir(scene.folder);
    return failed > 0;
}
