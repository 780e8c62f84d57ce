/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AC-143: two processes of eight threads each write and read one store: no commit is lost, no
 * read is torn; TAP. Argument: seconds.
 */
#include <inttypes.h>
#include <pthread.h>
#include <smimegw/error.h>
#include <smimegw/sqlite.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "table.h"

enum { PROCESSES = 2, THREADS = 8 };

/* Told by threads, in memory that both processes see. */
struct share {
    int64_t commits;
    int64_t reads;
    int64_t busy;
    int64_t torn;
    int64_t failures;
};

struct worker {
    struct sgw_pool *pool;
    struct share *share;
    char name[16]; /* of its own record */
    time_t until;
};

static void bail(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

static int take_number(void *userdata, const struct smimegw_record *record)
{
    *(int64_t *)userdata = strtoll(record->data, NULL, 10);
    return 0;
}

static int get_number(struct sgw_pool *pool, void *session, const char *name,
                      int64_t *ret_number)
{
    *ret_number = 0;
    return sgw_store_functions.get(pool, session, SMIMEGW_RECORD_ALERT, name, take_number,
                                   ret_number);
}

/* Each record is as long as no page is, so that a torn one would show. */
static int put_number(struct sgw_pool *pool, void *session, const char *name, int64_t number)
{
    char data[6000];
    memset(data, '.', sizeof(data));
    snprintf(data, sizeof(data), "%" PRId64, number);
    const struct smimegw_record record =
        table_record(SMIMEGW_RECORD_ALERT, name, data, sizeof(data), NULL);
    return sgw_store_functions.put(pool, session, &record);
}

static int add_one(struct sgw_pool *pool, void *session, const char *name)
{
    int64_t number;
    int ret = get_number(pool, session, name, &number);
    return ret == SMIMEGW_STORE_DONE ? put_number(pool, session, name, number + 1) : ret;
}

/* Three numbers grow together: one's own, and two that all share. */
static void write_once(struct worker *worker)
{
    const char *const names[] = {worker->name, "all 1", "all 2"};
    void *session;
    int ret = sgw_store_functions.begin(worker->pool, SMIMEGW_TRANSACTION_WRITE, &session);
    if (ret == SMIMEGW_STORE_DONE) {
        for (int i = 0; ret == SMIMEGW_STORE_DONE && i < 3; i++)
            ret = add_one(worker->pool, session, names[i]);
        int end = table_end(worker->pool, session, ret == SMIMEGW_STORE_DONE);
        if (ret == SMIMEGW_STORE_DONE)
            ret = end;
    }
    int64_t *counter = ret == SMIMEGW_STORE_DONE   ? &worker->share->commits
                       : ret == SMIMEGW_STORE_BUSY ? &worker->share->busy
                                                   : &worker->share->failures;
    __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
}

static void read_once(struct worker *worker)
{
    int64_t first = 0;
    int64_t second = 0;
    void *session = table_begin(worker->pool, SMIMEGW_TRANSACTION_READ);
    int ret = session == NULL ? SMIMEGW_STORE_BUSY
                              : get_number(worker->pool, session, "all 1", &first);
    if (ret == SMIMEGW_STORE_DONE)
        ret = get_number(worker->pool, session, "all 2", &second);
    if (session != NULL)
        table_end(worker->pool, session, 0);
    if (ret != SMIMEGW_STORE_DONE)
        __atomic_add_fetch(&worker->share->failures, 1, __ATOMIC_SEQ_CST);
    else if (first != second)
        __atomic_add_fetch(&worker->share->torn, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&worker->share->reads, 1, __ATOMIC_SEQ_CST);
}

static void *work(void *data)
{
    struct worker *worker = data;
    while (time(NULL) < worker->until) {
        write_once(worker);
        for (int i = 0; i < 4; i++)
            read_once(worker);
    }
    return NULL;
}

static void run_process(const char *path, struct share *share, int process, time_t until)
{
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    struct sgw_pool *pool;
    if (sgw_store_open_pool(path, SMIMEGW_SQLITE_CREATE, 20000, &pool, NULL) < 0)
        _exit(1);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.pool = pool, .share = share, .until = until};
        snprintf(workers[i].name, sizeof(workers[i].name), "%d-%d", process, i);
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            _exit(1);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    sgw_pool_free(pool);
    _exit(0);
}

/* What is in the store at last: both shared numbers, and the sum of the threads' own. */
static int read_end(const char *path, int64_t ret_numbers[3])
{
    struct sgw_pool *pool;
    if (sgw_store_open_pool(path, 0, 0, &pool, NULL) < 0)
        return -1;
    void *session = table_begin(pool, SMIMEGW_TRANSACTION_READ);
    int ret = get_number(pool, session, "all 1", &ret_numbers[0]);
    if (ret == SMIMEGW_STORE_DONE)
        ret = get_number(pool, session, "all 2", &ret_numbers[1]);
    ret_numbers[2] = 0;
    for (int i = 0; ret == SMIMEGW_STORE_DONE && i < PROCESSES * THREADS; i++) {
        char name[16];
        int64_t number;
        snprintf(name, sizeof(name), "%d-%d", i / THREADS, i % THREADS);
        ret = get_number(pool, session, name, &number);
        ret_numbers[2] += number;
    }
    table_end(pool, session, 0);
    sgw_pool_free(pool);
    return ret == SMIMEGW_STORE_DONE ? 0 : -1;
}

int main(int argc, char **argv)
{
    char folder[64];
    char path[96];
    int duration = argc > 1 ? atoi(argv[1]) : 10;
    int64_t end[3];
    struct share *share =
        mmap(NULL, sizeof(*share), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (share == MAP_FAILED || table_folder(folder) < 0)
        bail("folder or memory");
    snprintf(path, sizeof(path), "%s/store", folder);
    bool has_ended = true;
    time_t until = time(NULL) + duration;
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            run_process(path, share, i, until);
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        wait(&status);
        has_ended = has_ended && status == 0;
    }
    printf("# %d s: %" PRId64 " commits, %" PRId64 " reads, %" PRId64 " busy, %" PRId64
           " failures, %" PRId64 " torn\n",
           duration, share->commits, share->reads, share->busy, share->failures, share->torn);
    bool is_kept = has_ended && read_end(path, end) == 0 && share->commits > 0 &&
                   end[0] == share->commits && end[1] == share->commits &&
                   end[2] == share->commits && smimegw_sqlite_check(path, NULL) == SMIMEGW_OK;
    /* SQLite's waiting between processes is no queue: one may be out of luck, and is told so
     */
    bool is_clean =
        share->torn == 0 && share->failures == 0 && share->busy * 1000 <= share->commits;
    printf("%sok 1 - no commit is lost\n", is_kept ? "" : "not ");
    printf("%sok 2 - no read is torn, nothing fails\n", is_clean ? "" : "not ");
    printf("1..2\n");
    table_remove(path);
    rmdir(folder);
    return is_kept && is_clean ? 0 : 1;
}
