/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "gateway/store/store_impl.h"

/* --- around each call of a function --------------------------------------------------------
 */

static int judge(const char *function, int result, struct smimegw_error **ret_error)
{
    if (result == SMIMEGW_STORE_DONE)
        return SMIMEGW_OK;
    if (result == SMIMEGW_STORE_NOMEM)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "store: %s", function);
    if (result == SMIMEGW_STORE_BUSY)
        return sgw_fail(ret_error, SMIMEGW_E_STORE, "the store is busy (%s)", function);
    return sgw_fail(ret_error, SMIMEGW_E_STORE, "the store failed: its %s returned %d",
                    function, result);
}

int sgw_transaction_enter(struct smimegw_transaction *transaction,
                          struct smimegw_error **ret_error)
{
    if (transaction->is_busy)
        return sgw_fail(ret_error, SMIMEGW_E_STATE,
                        "a call about this transaction is under way");
    if (transaction->has_failed)
        return sgw_fail(ret_error, SMIMEGW_E_STATE,
                        "an earlier call about this transaction failed");
    transaction->is_busy = true;
    return SMIMEGW_OK;
}

int sgw_transaction_leave(struct smimegw_transaction *transaction, const char *function,
                          int result, struct smimegw_error **ret_error)
{
    int ret = judge(function, result, ret_error);
    transaction->is_busy = false;
    if (ret < 0)
        transaction->has_failed = true;
    return ret;
}

/* --- start and end -------------------------------------------------------------------------
 */

static int fail_begin(const struct smimegw_store *store, int result,
                      struct smimegw_error **ret_error)
{
    struct smimegw_error *why = NULL;
    int ret = store->explain != NULL ? store->explain(store->userdata, &why) : SMIMEGW_OK;
    if (ret < 0 && ret != SMIMEGW_E_NOMEM && result != SMIMEGW_STORE_NOMEM)
        ret = sgw_fail(ret_error, SMIMEGW_E_STORE, "the store failed: %s",
                       smimegw_error_text(why));
    else
        ret = judge("begin", result, ret_error);
    smimegw_error_free(why);
    return ret;
}

int smimegw_transaction_new(struct smimegw_store *store, int mode,
                            struct smimegw_transaction **ret_transaction,
                            struct smimegw_error **ret_error)
{
    SGW_REQUIRE(store != NULL, ret_error);
    SGW_REQUIRE(mode == SMIMEGW_TRANSACTION_READ || mode == SMIMEGW_TRANSACTION_WRITE,
                ret_error);
    SGW_REQUIRE(ret_transaction != NULL, ret_error);
    struct smimegw_transaction *transaction = sgw_calloc(1, sizeof(*transaction));
    if (transaction == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "transaction");
    transaction->mode = mode;
    int result = store->functions.begin(store->userdata, mode, &transaction->session);
    if (result != SMIMEGW_STORE_DONE) {
        sgw_free(transaction);
        return fail_begin(store, result, ret_error);
    }
    transaction->store = smimegw_store_ref(store);
    *ret_transaction = transaction;
    return SMIMEGW_OK;
}

static int end(struct smimegw_transaction *transaction, int is_commit)
{
    struct smimegw_store *store = transaction->store;
    int result = store->functions.end(store->userdata, transaction->session, is_commit);
    sgw_free(transaction);
    smimegw_store_unref(store);
    return result;
}

int smimegw_transaction_commit(struct smimegw_transaction *transaction,
                               struct smimegw_error **ret_error)
{
    SGW_REQUIRE(transaction != NULL, ret_error);
    if (transaction->is_busy) {
        /* whoever called the function still holds it */
        transaction->has_failed = true;
        return sgw_fail(ret_error, SMIMEGW_E_STATE,
                        "a call about this transaction is under way");
    }
    if (transaction->has_failed) {
        end(transaction, 0);
        return sgw_fail(ret_error, SMIMEGW_E_STORE,
                        "an earlier call about this transaction failed: nothing is kept");
    }
    return judge("end", end(transaction, transaction->mode == SMIMEGW_TRANSACTION_WRITE),
                 ret_error);
}

void smimegw_transaction_rollback(struct smimegw_transaction *transaction)
{
    if (transaction == NULL)
        return;
    if (transaction->is_busy)
        transaction->has_failed = true;
    else
        end(transaction, 0);
}
