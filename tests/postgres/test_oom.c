/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each of our allocations in turn fails: the call says so, nothing is changed, and then it
 * works. */
#include "postgres/support.h"

#include "base/alloc.h"

static struct smimegw_cert *cert;
static const char *const address = "rsa2048@example.com";

static int change(struct smimegw_transaction *transaction, struct smimegw_error **error)
{
    struct smimegw_record key = key_record("key", cert);
    const struct smimegw_record alert = text_record(SMIMEGW_RECORD_ALERT, "alert", "{}");
    const char *const names[] = {"key", "alert"};
    int ret = smimegw_transaction_put(transaction, &key, SMIMEGW_KEYRING_REPLACE, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_put(transaction, &alert, SMIMEGW_KEYRING_REPLACE, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_touch(transaction, SMIMEGW_RECORD_KEY, names, 2, 5, error);
    return ret == SMIMEGW_OK
               ? smimegw_transaction_remove(transaction, SMIMEGW_RECORD_ALERT, "alert", error)
               : ret;
}

static int look(struct smimegw_transaction *transaction, struct smimegw_error **error)
{
    struct names names = {0};
    int ret = smimegw_transaction_find(transaction, &address, 1, take_name, &names, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "key", take_name,
                                      &names, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_each(transaction, SMIMEGW_RECORD_KEY, NULL, take_name,
                                       &names, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_transaction_oldest(transaction, SMIMEGW_RECORD_KEY, take_name, &names,
                                         error);
    if (ret == SMIMEGW_OK)
        assert_string_equal(names.text, "key key key key ");
    return ret;
}

typedef int (*use_fn)(struct smimegw_transaction *transaction, struct smimegw_error **error);

static int use(struct smimegw_store *store, int mode, use_fn call,
               struct smimegw_error **error)
{
    struct smimegw_transaction *transaction;
    int ret = smimegw_transaction_new(store, mode, &transaction, error);
    if (ret < 0)
        return ret;
    ret = call(transaction, error);
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, error);
    smimegw_transaction_rollback(transaction);
    return ret;
}

static int open_and_use(struct smimegw_error **error)
{
    struct smimegw_store *store;
    const char *const settings[] = {"create", "yes", "schema", "smimegw", NULL};
    int ret = smimegw_postgres_open(here, settings, &store, error);
    if (ret < 0)
        return ret;
    ret = use(store, SMIMEGW_TRANSACTION_WRITE, change, error);
    if (ret == SMIMEGW_OK)
        ret = use(store, SMIMEGW_TRANSACTION_READ, look, error);
    smimegw_store_unref(store);
    return ret;
}

static void each_allocation_fails_in_turn(void **state)
{
    long count = 0;
    int has_failed;
    (void)state;
    do {
        struct smimegw_error *error = NULL;
        sgw_alloc_fail_after(count);
        int ret = open_and_use(&error);
        has_failed = sgw_alloc_has_failed();
        sgw_alloc_fail_after(-1);
        if (ret != (has_failed ? SMIMEGW_E_NOMEM : SMIMEGW_OK))
            fail_msg("allocation %ld: %d, %s", count, ret, smimegw_error_text(error));
        smimegw_error_free(error);
        count += has_failed;
    } while (has_failed);
    print_message("# %ld allocations\n", count);
    assert_true(count > 50);
    assert_int_equal(number_of("SELECT count(*) FROM smimegw.records"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails_in_turn)};
    wipe_store();
    cert = load_cert("rsa2048.pem");
    int ret = cmocka_run_group_tests(tests, NULL, NULL);
    smimegw_cert_unref(cert);
    return ret;
}
