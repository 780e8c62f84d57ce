/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that changes the file of a store is killed, before and within each call that
 * changes the disk and at random moments; or the calls fail: the file is the old one or the
 * new one, and the next writer is not in the way (AC-144, AC-145). Argument: --full for 2,000
 * random moments instead of 100. */
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sqlite/fault.h"
#include "store/store_support.h"

static char folder[] = "/tmp/smimegw-crash-XXXXXX";
static char path[64];
static struct smimegw_cert *one;
static struct smimegw_cert *other;
static int moments = 100;

static struct smimegw_store *open_file(void)
{
    struct smimegw_store *store = NULL;
    struct smimegw_error *error = NULL;
    need(smimegw_store_new_file(path, &store, &error), error, path);
    return store;
}

/* The store holds that one key, and no other; whatever was in it. */
static int set_only(struct smimegw_store *store, const char *name, const char *gone,
                    const struct smimegw_cert *cert)
{
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    const struct smimegw_record record = key_record(name, cert);
    put(transaction, &record);
    smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, gone, NULL);
    return smimegw_transaction_commit(transaction, NULL);
}

enum { EXIT_NOT_MET, EXIT_MET, EXIT_FAILED };

/* The process: from "old" to "new". */
static void change(enum fault_kind kind, long at)
{
    struct smimegw_store *store = open_file();
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    const struct smimegw_record record = key_record("new", other);
    put(transaction, &record);
    smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "old", NULL);
    fault_plan(kind, at);
    int ret = smimegw_transaction_commit(transaction, NULL);
    if (ret != SMIMEGW_OK)
        _exit(EXIT_FAILED);
    _exit(fault_has_happened() ? EXIT_MET : EXIT_NOT_MET);
}

/* What is there: "old ", "new ", or something that must not be. */
static struct names look(void)
{
    struct smimegw_store *store = open_file();
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    struct names names = {0};
    assert_int_equal(smimegw_transaction_each(transaction, SMIMEGW_RECORD_KEY, NULL, take_name,
                                              &names, NULL),
                     SMIMEGW_OK);
    commit(transaction);
    smimegw_store_unref(store);
    return names;
}

static int run_child(enum fault_kind kind, long at)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        change(kind, at);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* True where the process came to its end without meeting the fault. */
static bool meet(enum fault_kind kind, long at)
{
    struct smimegw_store *store = open_file();
    assert_int_equal(set_only(store, "old", "new", one), SMIMEGW_OK);
    smimegw_store_unref(store);
    int status = run_child(kind, at);
    bool is_done = WIFEXITED(status) && WEXITSTATUS(status) != EXIT_FAILED;
    const struct names names = look();
    bool is_new = strcmp(names.text, "new ") == 0;
    if (!is_new && (is_done || strcmp(names.text, "old ") != 0))
        fail_msg("kind %d at %ld: \"%s\", status %x", (int)kind, at, names.text, status);
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_MET;
}

static void every_boundary_leaves_old_or_new(void **state)
{
    (void)state;
    static const enum fault_kind kinds[] = {FAULT_KILL,     FAULT_KILL_TORN, FAULT_SPACE,
                                            FAULT_SPACE_ON, FAULT_IO,        FAULT_IO_ON,
                                            FAULT_SHORT,    FAULT_INTERRUPT};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        long at = 1;
        while (!meet(kinds[i], at))
            at++;
        print_message("# kind %d: %ld calls\n", (int)kinds[i], at - 1);
        /* unlink, write, fsync, rename, fsync */
        assert_true(at > 5);
    }
}

/* --- at any moment -------------------------------------------------------------------------
 */

/* Commits one number after the other, and says so. */
static void count_up(volatile int *committed)
{
    struct smimegw_store *store = open_file();
    for (int i = *committed + 1;; i++) {
        char number[32];
        struct smimegw_record record = key_record("number", one);
        struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
        snprintf(number, sizeof(number), "%d", i);
        record.origin = number;
        put(transaction, &record);
        commit(transaction);
        *committed = i;
    }
}

static int take_number(void *userdata, const struct smimegw_record *record)
{
    *(int *)userdata = atoi(record->origin);
    return 0;
}

static int read_number(void)
{
    int number = 0;
    struct smimegw_store *store = open_file();
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    assert_int_equal(smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "number",
                                             take_number, &number, NULL),
                     SMIMEGW_OK);
    commit(transaction);
    smimegw_store_unref(store);
    return number;
}

static void nothing_committed_is_lost(void **state)
{
    (void)state;
    volatile int *committed =
        mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(committed != MAP_FAILED);
    srand(1);
    for (int i = 0; i < moments; i++) {
        const struct timespec pause = {.tv_nsec = rand() % 150 * 1000000 + rand() % 1000000};
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            count_up(committed);
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        int number = read_number();
        if (number != *committed && number != *committed + 1)
            fail_msg("after %d kills: %d, not %d", i, number, *committed);
        *committed = number;
    }
    print_message("# %d commits, %d kills\n", *committed, moments);
    assert_true(*committed > 10);
    munmap((void *)(uintptr_t)committed, sizeof(int));
}

/* --- several at once -----------------------------------------------------------------------
 */

static void add_to_number(int times)
{
    struct smimegw_store *store = open_file();
    for (int i = 0; i < times; i++) {
        int number = 0;
        char text[32];
        struct smimegw_record record = key_record("number", one);
        struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
        smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "number", take_number,
                                &number, NULL);
        snprintf(text, sizeof(text), "%d", number + 1);
        record.origin = text;
        put(transaction, &record);
        commit(transaction);
    }
    smimegw_store_unref(store);
    _exit(0);
}

static void processes_take_turns(void **state)
{
    (void)state;
    enum { PROCESSES = 4, TIMES = 20 };
    int before = read_number();
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            add_to_number(TIMES);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(read_number(), before + PROCESSES * TIMES);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_boundary_leaves_old_or_new),
        cmocka_unit_test(nothing_committed_is_lost),
        cmocka_unit_test(processes_take_turns),
    };
    static const char *const ends[] = {"", ".lock", ".new"};
    if (argc > 1 && strcmp(argv[1], "--full") == 0)
        moments = 2000;
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/keys", folder);
    one = load_cert("rsa2048.pem");
    other = load_cert("p256.pem");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < 3; i++) {
        char name[80];
        snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        unlink(name);
    }
    rmdir(folder);
    smimegw_cert_unref(one);
    smimegw_cert_unref(other);
    return failed;
}
