/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/lint.h>
#include <string.h>

#include "base/error_impl.h"
#include "gateway/keyring_impl.h"
#include "gateway/store/store_impl.h"

/* --- put -----------------------------------------------------------------------------------
 */

/* Others of a kind that one lookup key finds. Nothing is released, so they are only counted.
 */
struct others {
    const struct smimegw_record *record;
    size_t count;
};

static int count_other(void *userdata, const struct smimegw_record *record)
{
    struct others *others = userdata;
    others->count += record != NULL && record->kind == others->record->kind &&
                     record->name != NULL && strcmp(record->name, others->record->name) != 0;
    return others->count >= SGW_KEYS_OF_ONE_MAX;
}

/* Without a bound strangers could make a list of one address that no lookup gets through. */
static int check_crowd(struct smimegw_transaction *transaction,
                       const struct smimegw_record *record, const struct sgw_key_set *keys,
                       struct smimegw_error **ret_error)
{
    const struct smimegw_store *store = transaction->store;
    for (size_t i = 0; i < keys->count; i++) {
        struct others others = {record, 0};
        int ret = sgw_transaction_enter(transaction, ret_error);
        if (ret < 0)
            return ret;
        ret = sgw_transaction_leave(transaction, "find",
                                    store->functions.find(store->userdata,
                                                          transaction->session, &keys->keys[i],
                                                          1, count_other, &others),
                                    ret_error);
        if (ret < 0)
            return ret;
        if (others.count >= SGW_KEYS_OF_ONE_MAX)
            return sgw_fail(ret_error, SMIMEGW_E_LIMIT,
                            "there are %d keys for an address of this one",
                            SGW_KEYS_OF_ONE_MAX);
    }
    return SMIMEGW_OK;
}

int sgw_transaction_put(struct smimegw_transaction *transaction,
                        const struct smimegw_record *record, const struct sgw_key_set *keys,
                        struct smimegw_error **ret_error)
{
    const struct smimegw_store *store = transaction->store;
    int ret = check_crowd(transaction, record, keys, ret_error);
    ret = SGW_STEP(ret, sgw_transaction_enter(transaction, ret_error));
    if (ret < 0)
        return ret;
    int result = store->functions.put(store->userdata, transaction->session, record);
    if (result != SMIMEGW_STORE_UNSUPPORTED)
        return sgw_transaction_leave(transaction, "put", result, ret_error);
    sgw_transaction_leave(transaction, "put", SMIMEGW_STORE_DONE, NULL);
    return sgw_fail(ret_error, SMIMEGW_E_USAGE, "this store keeps no records of that kind");
}

/* Parsed as a whole: what goes in must be of use later. */
static int check_key(const struct smimegw_record *record, bool has_requirements,
                     struct smimegw_error **ret_error)
{
    struct smimegw_cert *cert;
    struct smimegw_lint *lint = NULL;
    int ret = sgw_cert_new_der(record->data, record->data_size, &cert, ret_error);
    if (ret < 0)
        return ret == SMIMEGW_E_LIMIT ? SMIMEGW_E_KEY : ret;
    if (has_requirements)
        ret = sgw_key_check(cert, &lint, ret_error);
    if (ret == SMIMEGW_OK && lint != NULL)
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY, "key \"%s\": %s", record->name,
                       smimegw_lint_text(lint, 0));
    smimegw_lint_free(lint);
    smimegw_cert_unref(cert);
    return ret;
}

static int check_and_put(struct smimegw_transaction *transaction,
                         const struct sgw_seen_record *seen, uint32_t flags,
                         struct smimegw_error **ret_error)
{
    const struct smimegw_record *record = &seen->record;
    bool is_taken = false;
    bool has_requirements =
        record->kind == SMIMEGW_RECORD_KEY && (flags & SMIMEGW_KEYRING_FORCE) == 0;
    int ret = sgw_record_kind_is_key(record->kind)
                  ? check_key(record, has_requirements, ret_error)
                  : SMIMEGW_OK;
    if (ret == SMIMEGW_OK && (flags & SMIMEGW_KEYRING_REPLACE) == 0)
        ret =
            sgw_transaction_has(transaction, record->kind, record->name, &is_taken, ret_error);
    if (is_taken)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "there is another record called \"%s\"",
                        record->name);
    return SGW_STEP(ret, sgw_transaction_put(transaction, record, &seen->keys, ret_error));
}

int smimegw_transaction_put(struct smimegw_transaction *transaction,
                            const struct smimegw_record *record, uint32_t flags,
                            struct smimegw_error **ret_error)
{
    struct sgw_seen_record seen;
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(transaction->mode == SMIMEGW_TRANSACTION_WRITE, ret_error);
    SGW_REQUIRE(record != NULL, ret_error);
    SGW_REQUIRE((flags & ~SGW_KEYRING_FLAGS) == 0, ret_error);
    int ret = sgw_record_see(record, &seen, ret_error);
    ret = SGW_STEP(ret, check_and_put(transaction, &seen, flags, ret_error));
    sgw_record_clear(&seen);
    return ret;
}

/* --- the others ----------------------------------------------------------------------------
 */

int smimegw_transaction_remove(struct smimegw_transaction *transaction, int kind,
                               const char *name, struct smimegw_error **ret_error)
{
    bool is_there;
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(sgw_record_kind_is_valid(kind), ret_error);
    SGW_REQUIRE(name != NULL && sgw_key_name_is_valid(name, strlen(name)), ret_error);
    SGW_REQUIRE(transaction->mode == SMIMEGW_TRANSACTION_WRITE, ret_error);
    const struct smimegw_store *store = transaction->store;
    int ret = sgw_transaction_has(transaction, kind, name, &is_there, ret_error);
    if (ret == SMIMEGW_OK && !is_there)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "no record is called \"%s\"", name);
    ret = SGW_STEP(ret, sgw_transaction_enter(transaction, ret_error));
    if (ret < 0)
        return ret;
    int result = store->functions.remove(store->userdata, transaction->session, kind, name);
    return sgw_transaction_leave(transaction, "remove", result, ret_error);
}

int smimegw_transaction_touch(struct smimegw_transaction *transaction, int kind,
                              const char *const *names, size_t count, int64_t time,
                              struct smimegw_error **ret_error)
{
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(sgw_record_kind_is_valid(kind), ret_error);
    SGW_REQUIRE(names != NULL || count == 0, ret_error);
    SGW_REQUIRE(time >= 0, ret_error);
    SGW_REQUIRE(transaction->mode == SMIMEGW_TRANSACTION_WRITE, ret_error);
    for (size_t i = 0; i < count; i++)
        SGW_REQUIRE(names[i] != NULL && sgw_key_name_is_valid(names[i], strlen(names[i])),
                    ret_error);
    const struct smimegw_store *store = transaction->store;
    int ret = sgw_transaction_enter(transaction, ret_error);
    if (ret < 0)
        return ret;
    int result = store->functions.touch(store->userdata, transaction->session, kind, names,
                                        count, time);
    return sgw_transaction_leave(transaction, "touch", result, ret_error);
}

int smimegw_transaction_measure(struct smimegw_transaction *transaction, int kind,
                                int64_t *ret_count, int64_t *ret_bytes,
                                struct smimegw_error **ret_error)
{
    int64_t count = -1;
    int64_t bytes = -1;
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(sgw_record_kind_is_valid(kind), ret_error);
    const struct smimegw_store *store = transaction->store;
    int ret = sgw_transaction_enter(transaction, ret_error);
    if (ret < 0)
        return ret;
    int result =
        store->functions.measure(store->userdata, transaction->session, kind, &count, &bytes);
    ret = sgw_transaction_leave(transaction, "measure", result, ret_error);
    if (ret < 0)
        return ret;
    if (count < 0 || bytes < 0) {
        transaction->has_failed = true;
        return sgw_fail(ret_error, SMIMEGW_E_STORE,
                        "the store's measure: its numbers are not set or negative");
    }
    if (ret_count != NULL)
        *ret_count = count;
    if (ret_bytes != NULL)
        *ret_bytes = bytes;
    return SMIMEGW_OK;
}
