/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A transaction that put and removed nothing does not write the file again: every mail that is
 * encrypted to one of its keys touches it. */
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_support.h"

static char folder[] = "/tmp/smimegw-store-XXXXXX";
static char path[64];

static struct stat look(void)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void only_changes_are_written(void **state)
{
    (void)state;
    struct smimegw_store *store;
    const char *const names[] = {"key"};
    struct smimegw_cert *cert = load_cert("rsa2048.pem");
    const struct smimegw_record record = key_record("key", cert);
    assert_int_equal(smimegw_store_new_file(path, &store, NULL), SMIMEGW_OK);
    put_now(store, &record);
    struct stat before = look();
    commit(begin(store, SMIMEGW_TRANSACTION_WRITE));
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(
        smimegw_transaction_touch(transaction, SMIMEGW_RECORD_KEY, names, 1, 1000, NULL),
        SMIMEGW_OK);
    commit(transaction);
    struct stat after = look();
    assert_true(is_same(&before, &after));
    transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "key", NULL),
                     SMIMEGW_OK);
    commit(transaction);
    after = look();
    assert_false(is_same(&before, &after));
    before = after;
    put_now(store, &record);
    after = look();
    assert_false(is_same(&before, &after));
    smimegw_store_unref(store);
    smimegw_cert_unref(cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_changes_are_written),
    };
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/keys", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    strcat(path, ".lock");
    unlink(path);
    rmdir(folder);
    return failed;
}
