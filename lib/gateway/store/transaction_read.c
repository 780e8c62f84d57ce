/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error_impl.h"
#include "gateway/keyring_impl.h"
#include "gateway/store/records.h"
#include "gateway/store/store_impl.h"
#include "pki/cert/names.h"

/* --- answers of a store --------------------------------------------------------------------
 */

/* One call of a function that hands records over. */
struct answer {
    const char *function;
    int kind;                         /* 0: any kind of keys */
    const char *name;                 /* the only one; NULL: any */
    const struct sgw_key_set *lookup; /* one of these is due; NULL: none */
    bool is_sorted;
    bool is_by_age;
    sgw_seen_record_fn take;
    void *userdata;
    size_t most; /* records; 0: any number */
    size_t count;
    /* sorted: the one before */
    int64_t last_age;
    char last_name[SGW_KEY_NAME_MAX + 1];
    struct sgw_index names; /* not sorted: which were there */
    bool is_over;           /* no more are taken */
    int ret;
    struct smimegw_error *error;
};

static int lie(struct answer *answer, const char *text)
{
    return sgw_fail(&answer->error, SMIMEGW_E_STORE, "the store's %s: %s", answer->function,
                    text);
}

static int check_order(struct answer *answer, const struct smimegw_record *record)
{
    int64_t age = answer->is_by_age ? sgw_record_age(record) : 0;
    if (age < answer->last_age ||
        (age == answer->last_age && strcmp(record->name, answer->last_name) <= 0))
        return lie(answer, "records are out of order, or there twice");
    answer->last_age = age;
    strcpy(answer->last_name, record->name);
    return SMIMEGW_OK;
}

/* By the hash alone: nobody can choose names for its random key. */
static int check_once(struct answer *answer, const struct smimegw_record *record)
{
    size_t kind;
    uint64_t hash = sgw_index_hash(&answer->names, record->name, strlen(record->name));
    for (size_t at = 0; sgw_index_next(&answer->names, hash, &at, &kind);)
        if (kind == (size_t)record->kind)
            return lie(answer, "a record is there twice");
    int ret = sgw_index_add(&answer->names, hash, (size_t)record->kind);
    return ret < 0 ? sgw_fail(&answer->error, ret, "store: %s", answer->function) : SMIMEGW_OK;
}

/* Was that asked for? */
static int check_answer(struct answer *answer, const struct sgw_seen_record *seen)
{
    const struct smimegw_record *record = &seen->record;
    bool is_kind = answer->kind != 0 ? record->kind == answer->kind
                                     : sgw_record_kind_is_key(record->kind);
    if (!is_kind || (answer->name != NULL && strcmp(record->name, answer->name) != 0))
        return lie(answer, "a record is not what was asked for");
    if (answer->lookup != NULL && !sgw_key_set_meets(&seen->keys, answer->lookup))
        return lie(answer, "a certificate names none of the addresses asked for");
    if (answer->most != 0 && answer->count >= answer->most)
        return lie(answer, "more records than there can be");
    answer->count++;
    return answer->is_sorted ? check_order(answer, record) : check_once(answer, record);
}

static int take_record(void *userdata, const struct smimegw_record *record)
{
    struct answer *answer = userdata;
    struct sgw_seen_record seen;
    struct smimegw_error *error = NULL;
    if (answer->is_over)
        return 1;
    int ret = sgw_record_see(record, &seen, &error);
    if (ret == SMIMEGW_E_NOMEM || ret == SMIMEGW_E_RANDOM)
        sgw_fail(&answer->error, ret, "%s", smimegw_error_text(error));
    else if (ret < 0)
        ret = lie(answer, smimegw_error_text(error));
    smimegw_error_free(error);
    ret = SGW_STEP(ret, check_answer(answer, &seen));
    answer->ret = ret;
    answer->is_over = ret < 0 || answer->take(answer->userdata, &seen) != 0;
    sgw_record_clear(&seen);
    return answer->is_over;
}

/* What comes of a call: a lie is a failure whatever was returned. */
static int finish(struct smimegw_transaction *transaction, struct answer *answer, int result,
                  struct smimegw_error **ret_error)
{
    sgw_index_clear(&answer->names);
    if (answer->ret == SMIMEGW_OK)
        return sgw_transaction_leave(transaction, answer->function, result, ret_error);
    transaction->is_busy = false;
    transaction->has_failed = true;
    sgw_fail(ret_error, answer->ret, "%s", smimegw_error_text(answer->error));
    smimegw_error_free(answer->error);
    return answer->ret;
}

/* --- the calls -----------------------------------------------------------------------------
 */

int sgw_transaction_get(struct smimegw_transaction *transaction, int kind, const char *name,
                        sgw_seen_record_fn take, void *userdata,
                        struct smimegw_error **ret_error)
{
    struct answer answer = {.function = "get",
                            .kind = kind,
                            .name = name,
                            .is_sorted = true,
                            .take = take,
                            .userdata = userdata};
    const struct smimegw_store *store = transaction->store;
    int ret = sgw_transaction_enter(transaction, ret_error);
    if (ret < 0)
        return ret;
    int result = store->functions.get(store->userdata, transaction->session, kind, name,
                                      take_record, &answer);
    return finish(transaction, &answer, result, ret_error);
}

int sgw_transaction_each(struct smimegw_transaction *transaction, int kind, const char *after,
                         sgw_seen_record_fn take, void *userdata,
                         struct smimegw_error **ret_error)
{
    struct answer answer = {.function = "each",
                            .kind = kind,
                            .is_sorted = true,
                            .take = take,
                            .userdata = userdata};
    const struct smimegw_store *store = transaction->store;
    int ret = sgw_transaction_enter(transaction, ret_error);
    if (ret < 0)
        return ret;
    if (after != NULL)
        strcpy(answer.last_name, after);
    int result = store->functions.each(store->userdata, transaction->session, kind, after,
                                       take_record, &answer);
    return finish(transaction, &answer, result, ret_error);
}

int sgw_transaction_oldest(struct smimegw_transaction *transaction, int kind,
                           sgw_seen_record_fn take, void *userdata,
                           struct smimegw_error **ret_error)
{
    struct answer answer = {.function = "oldest",
                            .kind = kind,
                            .is_sorted = true,
                            .is_by_age = true,
                            .take = take,
                            .userdata = userdata};
    const struct smimegw_store *store = transaction->store;
    int ret = sgw_transaction_enter(transaction, ret_error);
    if (ret < 0)
        return ret;
    int result = store->functions.oldest(store->userdata, transaction->session, kind,
                                         take_record, &answer);
    return finish(transaction, &answer, result, ret_error);
}

int sgw_transaction_find(struct smimegw_transaction *transaction,
                         const struct sgw_key_set *lookup, sgw_seen_record_fn take,
                         void *userdata, struct smimegw_error **ret_error)
{
    struct answer answer = {.function = "find",
                            .lookup = lookup,
                            .take = take,
                            .userdata = userdata,
                            .most = lookup->count * 2 * SGW_KEYS_OF_ONE_MAX};
    const struct smimegw_store *store = transaction->store;
    int ret = sgw_index_init(&answer.names);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "store: find");
    ret = sgw_transaction_enter(transaction, ret_error);
    if (ret < 0)
        return ret;
    int result = lookup->count > 0
                     ? store->functions.find(store->userdata, transaction->session,
                                             lookup->keys, lookup->count, take_record, &answer)
                     : SMIMEGW_STORE_DONE;
    return finish(transaction, &answer, result, ret_error);
}

static int note(void *userdata, const struct sgw_seen_record *seen)
{
    (void)seen;
    *(bool *)userdata = true;
    return 0;
}

int sgw_transaction_has(struct smimegw_transaction *transaction, int kind, const char *name,
                        bool *ret_has, struct smimegw_error **ret_error)
{
    *ret_has = false;
    return sgw_transaction_get(transaction, kind, name, note, ret_has, ret_error);
}

/* --- a question by itself ------------------------------------------------------------------
 */

static int end_question(struct smimegw_transaction *transaction, int ret,
                        struct smimegw_error **ret_error)
{
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, ret_error);
    smimegw_transaction_rollback(transaction);
    return ret;
}

int sgw_store_get(struct smimegw_store *store, int kind, const char *name,
                  sgw_seen_record_fn take, void *userdata, struct smimegw_error **ret_error)
{
    struct smimegw_transaction *transaction;
    int ret =
        smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_transaction_get(transaction, kind, name, take, userdata, ret_error);
    return end_question(transaction, ret, ret_error);
}

int sgw_store_find(struct smimegw_store *store, const struct sgw_key_set *lookup,
                   sgw_seen_record_fn take, void *userdata, struct smimegw_error **ret_error)
{
    struct smimegw_transaction *transaction;
    int ret =
        smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_transaction_find(transaction, lookup, take, userdata, ret_error);
    return end_question(transaction, ret, ret_error);
}

/* --- for the host --------------------------------------------------------------------------
 */

struct host_take {
    smimegw_record_fn take;
    void *userdata;
};

static int hand_on(void *userdata, const struct sgw_seen_record *seen)
{
    const struct host_take *host = userdata;
    return host->take(host->userdata, &seen->record);
}

int smimegw_transaction_get(struct smimegw_transaction *transaction, int kind,
                            const char *name, smimegw_record_fn take, void *userdata,
                            struct smimegw_error **ret_error)
{
    struct host_take host = {take, userdata};
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(sgw_record_kind_is_valid(kind), ret_error);
    SGW_REQUIRE(name != NULL && sgw_key_name_is_valid(name, strlen(name)), ret_error);
    SGW_REQUIRE(take != NULL, ret_error);
    return sgw_transaction_get(transaction, kind, name, hand_on, &host, ret_error);
}

int smimegw_transaction_each(struct smimegw_transaction *transaction, int kind,
                             const char *after, smimegw_record_fn take, void *userdata,
                             struct smimegw_error **ret_error)
{
    struct host_take host = {take, userdata};
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(sgw_record_kind_is_valid(kind), ret_error);
    SGW_REQUIRE(after == NULL || sgw_key_name_is_valid(after, strlen(after)), ret_error);
    SGW_REQUIRE(take != NULL, ret_error);
    return sgw_transaction_each(transaction, kind, after, hand_on, &host, ret_error);
}

int smimegw_transaction_oldest(struct smimegw_transaction *transaction, int kind,
                               smimegw_record_fn take, void *userdata,
                               struct smimegw_error **ret_error)
{
    struct host_take host = {take, userdata};
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(sgw_record_kind_is_valid(kind), ret_error);
    SGW_REQUIRE(take != NULL, ret_error);
    return sgw_transaction_oldest(transaction, kind, hand_on, &host, ret_error);
}

/* Addresses that could be no one's have no keys: the store never sees them (AC-141). */
static int collect_keys(const char *const *addresses, size_t count, struct sgw_key_set *ret)
{
    struct sgw_scope_keys keys;
    int result = SMIMEGW_OK;
    for (size_t i = 0; i < count; i++) {
        if (!sgw_scope_keys(addresses[i], strlen(addresses[i]), &keys))
            continue;
        for (size_t k = 0; result == SMIMEGW_OK && k < keys.count; k++)
            result = sgw_key_set_add(ret, keys.keys[k].text, keys.keys[k].size);
    }
    return SGW_STEP(result, sgw_key_set_list(ret));
}

int smimegw_transaction_find(struct smimegw_transaction *transaction,
                             const char *const *addresses, size_t count,
                             smimegw_record_fn take, void *userdata,
                             struct smimegw_error **ret_error)
{
    struct host_take host = {take, userdata};
    struct sgw_key_set lookup = {0};
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(addresses != NULL && count > 0 && count <= SGW_FIND_ADDRESSES_MAX, ret_error);
    SGW_REQUIRE(take != NULL, ret_error);
    for (size_t i = 0; i < count; i++)
        SGW_REQUIRE(addresses[i] != NULL, ret_error);
    int ret = collect_keys(addresses, count, &lookup);
    if (ret < 0)
        sgw_fail(ret_error, ret, "store: find");
    else
        ret = sgw_transaction_find(transaction, &lookup, hand_on, &host, ret_error);
    sgw_key_set_clear(&lookup);
    return ret;
}
