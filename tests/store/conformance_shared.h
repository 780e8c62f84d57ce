/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef STORE_CONFORMANCE_SHARED_H
#define STORE_CONFORMANCE_SHARED_H

#include <pthread.h>

#include "store/conformance_support.h"

/* Rules about transactions: whole or not at all, one state, one writer at a time. */

static void a_rollback_keeps_nothing(void **state)
{
    struct conformance_scene *scene = *state;
    const struct smimegw_record one = key_record("one", scene->rsa);
    const struct smimegw_record two = key_record("two", scene->p256);
    const struct smimegw_record changed = key_record("one", scene->p256);
    put_now(scene->store, &one);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    put(transaction, &two);
    put(transaction, &changed);
    expect_found(transaction, "rsa2048@example.com", "");
    assert_int_equal(find_names(transaction, (const char *[]){"p256@example.com"}, 1).count,
                     2);
    assert_int_equal(smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "one", NULL),
                     SMIMEGW_OK);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "two ");
    smimegw_transaction_rollback(transaction);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "one ");
    expect_found(transaction, "rsa2048@example.com", "one ");
    expect_found(transaction, "p256@example.com", "");
    smimegw_transaction_rollback(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "one ");
    commit(transaction);
}

/* Whatever is committed meanwhile, also before the first look. */
static void a_reader_sees_one_state(void **state)
{
    struct conformance_scene *scene = *state;
    const struct smimegw_record one = key_record("one", scene->rsa);
    const struct smimegw_record two = key_record("two", scene->p256);
    put_now(scene->store, &one);
    struct smimegw_transaction *early = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    struct smimegw_transaction *writer = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    struct smimegw_transaction *other = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    put(writer, &two);
    expect_each(other, SMIMEGW_RECORD_KEY, NULL, "one ");
    assert_int_equal(smimegw_transaction_remove(writer, SMIMEGW_RECORD_KEY, "one", NULL),
                     SMIMEGW_OK);
    commit(writer);
    struct smimegw_transaction *late = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    expect_each(early, SMIMEGW_RECORD_KEY, NULL, "one ");
    expect_found(early, "rsa2048@example.com", "one ");
    expect_each(other, SMIMEGW_RECORD_KEY, NULL, "one ");
    expect_each(late, SMIMEGW_RECORD_KEY, NULL, "two ");
    commit(early);
    commit(other);
    commit(late);
}

/* One store sees what another one of the same content commits. */
static void what_was_committed_stays(void **state)
{
    struct conformance_scene *scene = *state;
    const struct smimegw_record one = key_record("one", scene->rsa);
    const struct smimegw_record two = key_record("two", scene->p256);
    if (!conformance_store->is_persistent)
        return;
    struct smimegw_store *other = conformance_store->open();
    assert_non_null(other);
    put_now(scene->store, &one);
    struct smimegw_transaction *transaction = begin(other, SMIMEGW_TRANSACTION_WRITE);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "one ");
    put(transaction, &two);
    commit(transaction);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "one two ");
    commit(transaction);
    smimegw_store_unref(other);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "one two ");
    commit(transaction);
}

/* --- threads -------------------------------------------------------------------------------
 */

enum { CONFORMANCE_THREADS_MAX = 16 };

struct conformance_worker {
    const struct conformance_scene *scene;
    int number;
    int rounds;
    char text[200]; /* what went wrong */
};

static void note_failure(struct conformance_worker *worker, const char *what,
                         struct smimegw_error *error)
{
    if (worker->text[0] == '\0')
        snprintf(worker->text, sizeof(worker->text), "%s: %s", what,
                 smimegw_error_text(error));
    smimegw_error_free(error);
}

/* Under one name the counter of all: its origin is the number. */
static int take_number(void *userdata, const struct smimegw_record *record)
{
    *(int *)userdata = atoi(record->origin);
    return 0;
}

static void count_one(struct conformance_worker *worker)
{
    struct smimegw_transaction *transaction;
    struct smimegw_error *error = NULL;
    char name[32];
    char number[32];
    int count = 0;
    struct smimegw_record record = key_record("counter", worker->scene->p256);
    struct smimegw_record own = key_record(name, worker->scene->rsa);
    if (smimegw_transaction_new(worker->scene->store, SMIMEGW_TRANSACTION_WRITE, &transaction,
                                &error) != SMIMEGW_OK) {
        note_failure(worker, "begin", error);
        return;
    }
    int ret = smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "counter", take_number,
                                      &count, &error);
    snprintf(number, sizeof(number), "%d", count + 1);
    snprintf(name, sizeof(name), "thread %d of %d", worker->number, count);
    record.origin = number;
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_REPLACE, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_put(transaction, &own, 0, &error);
    if (ret != SMIMEGW_OK)
        smimegw_transaction_rollback(transaction);
    else
        ret = smimegw_transaction_commit(transaction, &error);
    if (ret != SMIMEGW_OK)
        note_failure(worker, "count", error);
}

static int add_up(void *userdata, const struct smimegw_record *record)
{
    (void)record;
    ++*(int *)userdata;
    return 0;
}

/* In each state there are as many others as the counter says. */
static void look(struct conformance_worker *worker)
{
    struct smimegw_transaction *transaction;
    struct smimegw_error *error = NULL;
    int count = 0;
    int others = 0;
    if (smimegw_transaction_new(worker->scene->store, SMIMEGW_TRANSACTION_READ, &transaction,
                                &error) != SMIMEGW_OK) {
        note_failure(worker, "begin", error);
        return;
    }
    int ret = smimegw_transaction_each(transaction, SMIMEGW_RECORD_KEY, "counter", add_up,
                                       &others, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "counter", take_number,
                                      &count, &error);
    if (ret != SMIMEGW_OK)
        note_failure(worker, "look", error);
    else if (count != others)
        note_failure(worker, "a torn state", NULL);
    smimegw_transaction_rollback(transaction);
}

static void *work(void *userdata)
{
    struct conformance_worker *worker = userdata;
    for (int i = 0; i < worker->rounds && worker->text[0] == '\0'; i++) {
        count_one(worker);
        look(worker);
    }
    return NULL;
}

static void threads_lose_nothing(void **state)
{
    struct conformance_scene *scene = *state;
    pthread_t threads[CONFORMANCE_THREADS_MAX];
    static struct conformance_worker workers[CONFORMANCE_THREADS_MAX];
    int count = conformance_store->threads > 0 ? conformance_store->threads : 8;
    int rounds = conformance_store->rounds > 0 ? conformance_store->rounds : 50;
    int counted = 0;
    for (int i = 0; i < count; i++) {
        workers[i] = (struct conformance_worker){scene, i, rounds, ""};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < count; i++)
        if (workers[i].text[0] != '\0')
            fail_msg("thread %d: %s", i, workers[i].text);
    reopen(scene);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    assert_int_equal(smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "counter",
                                             take_number, &counted, NULL),
                     SMIMEGW_OK);
    assert_int_equal(counted, count * rounds);
    assert_int_equal(count_of(transaction, SMIMEGW_RECORD_KEY), count * rounds + 1);
    commit(transaction);
}

#endif
