/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/error_impl.h"
#include "gateway/keys_file.h"
#include "gateway/store/store_impl.h"

/* --- export --------------------------------------------------------------------------------
 */

struct export
{
    smimegw_write_fn write;
    void *userdata;
    int ret;
    struct smimegw_error *error;
};

static int export_one(void *userdata, const struct sgw_seen_record *seen)
{
    struct export *export = userdata;
    const struct smimegw_record *record = &seen->record;
    const struct sgw_keys_line line = {
        record->name, record->origin != NULL ? record->origin : SGW_DEFAULT_ORIGIN,
        record->data, record->data_size};
    export->ret = sgw_keys_write(&line, export->write, export->userdata, &export->error);
    return export->ret < 0;
}

int smimegw_transaction_export(struct smimegw_transaction *transaction, smimegw_write_fn write,
                               void *userdata, struct smimegw_error **ret_error)
{
    struct export export = {.write = write, .userdata = userdata};
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(write != NULL, ret_error);
    int ret = sgw_keys_write_head(write, userdata, ret_error);
    ret = SGW_STEP(ret, sgw_transaction_each(transaction, SMIMEGW_RECORD_KEY, NULL, export_one,
                                             &export, ret_error));
    if (ret == SMIMEGW_OK && export.ret < 0)
        ret = sgw_fail(ret_error, export.ret, "%s", smimegw_error_text(export.error));
    smimegw_error_free(export.error);
    return SGW_STEP(ret, sgw_keys_write_end(write, userdata, ret_error));
}

/* --- import --------------------------------------------------------------------------------
 */

/* Looks for a certificate among the records handed over. */
struct search {
    const struct smimegw_cert *cert;
    bool is_there; /* a record of any certificate */
    bool is_same;
};

static int compare_one(void *userdata, const struct sgw_seen_record *seen)
{
    struct search *search = userdata;
    if (seen->record.kind != SMIMEGW_RECORD_KEY)
        return 0;
    search->is_there = true;
    search->is_same |= sgw_cert_is_same(&seen->cert, search->cert);
    return search->is_same;
}

static int has_name(void *userdata, const char *name, bool *ret_has,
                    struct smimegw_error **ret_error)
{
    return sgw_transaction_has(userdata, SMIMEGW_RECORD_KEY, name, ret_has, ret_error);
}

static int has_cert(void *userdata, const struct smimegw_cert *cert, const char *name,
                    bool *ret_has, struct smimegw_error **ret_error)
{
    struct search search = {.cert = cert};
    struct sgw_key_set keys = {0};
    int ret = sgw_key_set_add_cert(&keys, cert);
    ret = SGW_STEP(ret, sgw_key_set_list(&keys));
    if (ret < 0)
        sgw_fail(ret_error, ret, "store");
    else if (keys.count > 0)
        ret = sgw_transaction_find(userdata, &keys, compare_one, &search, ret_error);
    else
        ret = sgw_transaction_get(userdata, SMIMEGW_RECORD_KEY, name, compare_one, &search,
                                  ret_error);
    sgw_key_set_clear(&keys);
    *ret_has = search.is_same;
    return ret;
}

static int put_entry(struct smimegw_transaction *transaction,
                     const struct sgw_key_entry *entry, struct smimegw_error **ret_error)
{
    struct sgw_key_set keys = {0};
    struct smimegw_record record = {.size = sizeof(record),
                                    .kind = SMIMEGW_RECORD_KEY,
                                    .grade = SMIMEGW_GRADE_ADMINISTRATOR,
                                    .name = entry->name,
                                    .origin = entry->origin,
                                    .data = entry->cert->der.data,
                                    .data_size = entry->cert->der.size,
                                    .added = (int64_t)time(NULL)};
    int ret = sgw_key_set_add_cert(&keys, entry->cert);
    ret = SGW_STEP(ret, sgw_key_set_list(&keys));
    if (ret < 0)
        sgw_fail(ret_error, ret, "store");
    record.lookup_keys = keys.keys;
    record.lookup_key_count = keys.count;
    ret = SGW_STEP(ret, sgw_transaction_put(transaction, &record, &keys, ret_error));
    sgw_key_set_clear(&keys);
    return ret;
}

static int put(void *userdata, const struct sgw_key_entry *entry, bool replaces,
               int *ret_outcome, struct smimegw_error **ret_error)
{
    struct search search = {.cert = entry->cert};
    int ret = sgw_transaction_get(userdata, SMIMEGW_RECORD_KEY, entry->name, compare_one,
                                  &search, ret_error);
    if (ret < 0)
        return ret;
    *ret_outcome = !search.is_there ? SMIMEGW_IMPORT_ADDED
                   : search.is_same ? SMIMEGW_IMPORT_SAME
                   : replaces       ? SMIMEGW_IMPORT_REPLACED
                                    : SMIMEGW_IMPORT_CONFLICT;
    if (*ret_outcome != SMIMEGW_IMPORT_ADDED && *ret_outcome != SMIMEGW_IMPORT_REPLACED)
        return SMIMEGW_OK;
    return put_entry(userdata, entry, ret_error);
}

int smimegw_transaction_import(struct smimegw_transaction *transaction, const void *data,
                               size_t size, uint32_t flags, smimegw_import_fn report,
                               void *userdata, struct smimegw_error **ret_error)
{
    const struct sgw_keys_source source = {data, size, flags, report, userdata};
    const struct sgw_keys_target target = {transaction, has_name, has_cert, put};
    SGW_REQUIRE(transaction != NULL, ret_error);
    SGW_REQUIRE(transaction->mode == SMIMEGW_TRANSACTION_WRITE, ret_error);
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE((flags & ~SGW_KEYRING_FLAGS) == 0, ret_error);
    return sgw_keys_read(&source, &target, ret_error);
}
