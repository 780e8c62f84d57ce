/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error_impl.h"
#include "gateway/named_set.h"
#include "gateway/store/store_impl.h"

/* A named set in a store: each record holds a file with one object, which has its name. */

/* --- load ----------------------------------------------------------------------------------
 */

struct loading {
    struct sgw_named_set *set;
    int ret;
    struct smimegw_error *error;
};

static int load_record(void *userdata, const struct sgw_seen_record *seen)
{
    struct loading *loading = userdata;
    const struct smimegw_record *record = &seen->record;
    struct smimegw_error *error = NULL;
    size_t at;
    size_t before = loading->set->count;
    int ret = sgw_named_set_import(loading->set, record->data, record->data_size, 0, &error);
    if (ret == SMIMEGW_OK && (loading->set->count != before + 1 ||
                              !sgw_named_set_find(loading->set, record->name, &at)))
        ret = sgw_fail(&error, SMIMEGW_E_SETTING,
                       "it does not hold one %s, of the name of the record",
                       loading->set->kind->noun);
    if (ret < 0) {
        /* two records of which one has the other's name, too */
        ret = ret == SMIMEGW_E_USAGE ? SMIMEGW_E_SETTING : ret;
        loading->ret = sgw_fail(&loading->error, ret, "record \"%s\": %s", record->name,
                                smimegw_error_text(error));
    }
    smimegw_error_free(error);
    return ret < 0;
}

int sgw_named_set_load(struct sgw_named_set *set, struct smimegw_transaction *transaction,
                       int kind, uint32_t flags, struct smimegw_error **ret_error)
{
    struct loading loading = {0};
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE((flags & ~(uint32_t)SGW_NAMED_REPLACE) == 0, ret_error);
    int ret = sgw_named_set_new(set->kind, &loading.set, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_transaction_each(transaction, kind, NULL, load_record, &loading, ret_error);
    if (ret == SMIMEGW_OK && loading.ret < 0)
        ret = sgw_fail(ret_error, loading.ret, "%s", smimegw_error_text(loading.error));
    ret = SGW_STEP(ret, sgw_named_set_merge(set, loading.set, flags, ret_error));
    smimegw_error_free(loading.error);
    sgw_named_set_free(loading.set);
    return ret;
}

/* --- save ----------------------------------------------------------------------------------
 */

/* Names in the store that the set does not have. */
struct leftovers {
    const struct sgw_named_set *set;
    struct sgw_buf names; /* each with its NUL */
    int ret;
};

static int note_leftover(void *userdata, const struct sgw_seen_record *seen)
{
    struct leftovers *leftovers = userdata;
    const char *name = seen->record.name;
    size_t at;
    if (!sgw_named_set_find(leftovers->set, name, &at))
        leftovers->ret = sgw_buf_append(&leftovers->names, name, strlen(name) + 1);
    return leftovers->ret < 0;
}

static int remove_leftovers(const struct sgw_named_set *set,
                            struct smimegw_transaction *transaction, int kind,
                            struct smimegw_error **ret_error)
{
    struct leftovers leftovers = {.set = set};
    int ret =
        sgw_transaction_each(transaction, kind, NULL, note_leftover, &leftovers, ret_error);
    if (ret == SMIMEGW_OK && leftovers.ret < 0)
        ret = sgw_fail(ret_error, leftovers.ret, "%s", set->kind->nouns);
    for (size_t at = 0; ret == SMIMEGW_OK && at < leftovers.names.size;) {
        const char *name = (const char *)leftovers.names.data + at;
        at += strlen(name) + 1;
        ret = smimegw_transaction_remove(transaction, kind, name, ret_error);
    }
    sgw_buf_clear(&leftovers.names);
    return ret;
}

static int save_entry(const struct sgw_named_set *set, size_t index,
                      struct smimegw_transaction *transaction, int kind,
                      struct smimegw_error **ret_error)
{
    const struct sgw_named_set one = {
        .kind = set->kind, .entries = &set->entries[index], .count = 1};
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret = sgw_named_set_text(&one, &text, ret_error);
    const struct smimegw_record record = {.size = sizeof(record),
                                          .kind = kind,
                                          .name = set->entries[index].name,
                                          .data = text.data,
                                          .data_size = text.size};
    ret = SGW_STEP(ret, smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_REPLACE,
                                                ret_error));
    sgw_buf_clear(&text);
    return ret;
}

int sgw_named_set_save(const struct sgw_named_set *set,
                       struct smimegw_transaction *transaction, int kind,
                       struct smimegw_error **ret_error)
{
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(transaction->mode == SMIMEGW_TRANSACTION_WRITE, ret_error);
    int ret = remove_leftovers(set, transaction, kind, ret_error);
    for (size_t i = 0; ret == SMIMEGW_OK && i < set->count; i++)
        ret = save_entry(set, i, transaction, kind, ret_error);
    return ret;
}
