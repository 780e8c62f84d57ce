/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation of each call about a store fails in turn: the call says so, nothing of the
 * transaction is kept, and what was there is still there. */
#include <smimegw/store.h>
#include <unistd.h>

#include "oom_support.h"

static char folder[] = "/tmp/smimegw-oom-XXXXXX";
static char path[64];
static struct smimegw_cert *one;
static struct smimegw_cert *two;
static struct file file;

/* What a scenario works on. */
struct scene {
    struct smimegw_store *store;
    int (*call)(struct smimegw_transaction *transaction, struct smimegw_error **error);
};

static struct smimegw_record key_of(const char *name, const struct smimegw_cert *cert)
{
    struct smimegw_record record = {.size = sizeof(record),
                                    .kind = SMIMEGW_RECORD_KEY,
                                    .grade = SMIMEGW_GRADE_ADMINISTRATOR,
                                    .name = name};
    record.data = smimegw_cert_der(cert, &record.data_size);
    return record;
}

static int ignore(void *userdata, const struct smimegw_record *record)
{
    *(int *)userdata += record != NULL;
    return 0;
}

static int swallow(void *userdata, const void *data, size_t size)
{
    (void)userdata;
    (void)data;
    (void)size;
    return 0;
}

/* --- the calls -----------------------------------------------------------------------------
 */

static int put_new(struct smimegw_transaction *transaction, struct smimegw_error **error)
{
    const struct smimegw_record record = key_of("two", two);
    return smimegw_transaction_put(transaction, &record, 0, error);
}

static int put_again(struct smimegw_transaction *transaction, struct smimegw_error **error)
{
    const struct smimegw_record record = key_of("one", two);
    return smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_REPLACE, error);
}

static int remove_one(struct smimegw_transaction *transaction, struct smimegw_error **error)
{
    return smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "one", error);
}

static int touch_one(struct smimegw_transaction *transaction, struct smimegw_error **error)
{
    static const char *const names[] = {"one"};
    return smimegw_transaction_touch(transaction, SMIMEGW_RECORD_KEY, names, 1, 5, error);
}

static int read_all(struct smimegw_transaction *transaction, struct smimegw_error **error)
{
    static const char *const addresses[] = {"rsa2048@example.com", "x@example.com"};
    int count = 0;
    int64_t number;
    int ret = smimegw_transaction_find(transaction, addresses, 2, ignore, &count, error);
    ret = SGW_STEP(ret, smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "one", ignore,
                                                &count, error));
    ret = SGW_STEP(ret, smimegw_transaction_each(transaction, SMIMEGW_RECORD_KEY, NULL, ignore,
                                                 &count, error));
    ret = SGW_STEP(ret, smimegw_transaction_oldest(transaction, SMIMEGW_RECORD_KEY, ignore,
                                                   &count, error));
    ret = SGW_STEP(ret, smimegw_transaction_measure(transaction, SMIMEGW_RECORD_KEY, &number,
                                                    NULL, error));
    assert_true(ret != SMIMEGW_OK || count == 4);
    return ret;
}

static int import_file(struct smimegw_transaction *transaction, struct smimegw_error **error)
{
    return smimegw_transaction_import(transaction, file.data, file.size, 0, NULL, NULL, error);
}

static int export_file(struct smimegw_transaction *transaction, struct smimegw_error **error)
{
    return smimegw_transaction_export(transaction, swallow, NULL, error);
}

static int (*const calls[])(struct smimegw_transaction *transaction,
                            struct smimegw_error **error) = {
    put_new, put_again, remove_one, touch_one, read_all, import_file, export_file};

/* --- each of them, with and without memory -------------------------------------------------
 */

static int open_scene(bool is_file, struct smimegw_store **ret_store,
                      struct smimegw_error **error)
{
    return is_file ? smimegw_store_new_file(path, ret_store, error)
                   : smimegw_store_new_memory(ret_store, error);
}

/* In one transaction that is committed; or is undone, whichever call failed. */
static int run_scene(void *data, struct smimegw_error **error)
{
    const struct scene *scene = data;
    struct smimegw_transaction *transaction;
    int ret =
        smimegw_transaction_new(scene->store, SMIMEGW_TRANSACTION_WRITE, &transaction, error);
    if (ret < 0)
        return ret;
    ret = scene->call(transaction, error);
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, error);
    if (ret == SMIMEGW_E_NOMEM && scene->call != put_new)
        smimegw_transaction_rollback(transaction);
    else
        /* a failure of the store can't be committed; one before it has changed nothing */
        smimegw_transaction_commit(transaction, NULL);
    return ret;
}

/* Between two failures nothing may have changed. */
static int run_and_look(void *data, struct smimegw_error **error)
{
    const struct scene *scene = data;
    struct smimegw_transaction *transaction;
    int ret = run_scene(data, error);
    if (!sgw_alloc_has_failed())
        return ret;
    sgw_alloc_fail_after(-1);
    int count = 0;
    assert_int_equal(
        smimegw_transaction_new(scene->store, SMIMEGW_TRANSACTION_READ, &transaction, NULL),
        SMIMEGW_OK);
    assert_int_equal(
        smimegw_transaction_each(transaction, SMIMEGW_RECORD_KEY, NULL, ignore, &count, NULL),
        SMIMEGW_OK);
    assert_int_equal(count, 1);
    assert_int_equal(
        smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "one", ignore, &count, NULL),
        SMIMEGW_OK);
    assert_int_equal(count, 2);
    smimegw_transaction_rollback(transaction);
    /* for fail_each_allocation(), which asks afterwards: fails at once, and has */
    sgw_alloc_fail_after(0);
    sgw_free(sgw_malloc(1));
    return ret;
}

static void try_calls(bool is_file)
{
    struct scene scene = {0};
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct smimegw_transaction *transaction;
        const struct smimegw_record record = key_of("one", one);
        unlink(path);
        assert_int_equal(open_scene(is_file, &scene.store, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_transaction_new(scene.store, SMIMEGW_TRANSACTION_WRITE,
                                                 &transaction, NULL),
                         SMIMEGW_OK);
        assert_int_equal(smimegw_transaction_put(transaction, &record, 0, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_transaction_commit(transaction, NULL), SMIMEGW_OK);
        scene.call = calls[i];
        assert_true(fail_each_allocation(run_and_look, &scene) >= 1);
        smimegw_store_unref(scene.store);
    }
}

static void memory_loses_nothing(void **state)
{
    (void)state;
    try_calls(false);
}

static void a_file_loses_nothing(void **state)
{
    (void)state;
    try_calls(true);
}

static int open_and_close(void *data, struct smimegw_error **error)
{
    struct smimegw_store *store = NULL;
    int ret = open_scene(*(bool *)data, &store, error);
    smimegw_store_unref(store);
    return ret;
}

/* The file has a key in it: put there by the test before. */
static void stores_open_or_do_not(void **state)
{
    bool is_file = false;
    (void)state;
    assert_true(fail_each_allocation(open_and_close, &is_file) >= 2);
    is_file = true;
    assert_true(fail_each_allocation(open_and_close, &is_file) >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_loses_nothing),
        cmocka_unit_test(a_file_loses_nothing),
        cmocka_unit_test(stores_open_or_do_not),
    };
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/keys", folder);
    one = load_cert("rsa2048.pem");
    two = load_cert("p256.pem");
    file = read_key_file("p384.pem");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    strcat(path, ".lock");
    unlink(path);
    rmdir(folder);
    smimegw_cert_unref(one);
    smimegw_cert_unref(two);
    free(file.data);
    return failed;
}
