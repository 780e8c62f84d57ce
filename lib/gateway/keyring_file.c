/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error_impl.h"
#include "gateway/keys_file.h"

int smimegw_keyring_export(const struct smimegw_keyring *keyring, smimegw_write_fn write,
                           void *userdata, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(keyring != NULL, ret_error);
    SGW_REQUIRE(write != NULL, ret_error);
    int ret = sgw_keys_write_head(write, userdata, ret_error);
    for (size_t i = 0; ret == SMIMEGW_OK && i < keyring->table.count; i++) {
        const struct sgw_key_entry *entry = &keyring->table.entries[i];
        const struct sgw_keys_line line = {entry->name, entry->origin, entry->cert->der.data,
                                           entry->cert->der.size};
        ret = sgw_keys_write(&line, write, userdata, ret_error);
    }
    return SGW_STEP(ret, sgw_keys_write_end(write, userdata, ret_error));
}

static int has_name(void *userdata, const char *name, bool *ret_has,
                    struct smimegw_error **ret_error)
{
    size_t at;
    (void)ret_error;
    *ret_has = sgw_key_table_find(userdata, name, &at);
    return SMIMEGW_OK;
}

static int has_cert(void *userdata, const struct smimegw_cert *cert, const char *name,
                    bool *ret_has, struct smimegw_error **ret_error)
{
    (void)name;
    (void)ret_error;
    *ret_has = sgw_key_table_has_cert(userdata, cert);
    return SMIMEGW_OK;
}

static int put(void *userdata, const struct sgw_key_entry *entry, bool replaces,
               int *ret_outcome, struct smimegw_error **ret_error)
{
    int ret = sgw_key_table_put(userdata, entry, replaces, ret_outcome);
    return ret < 0 ? sgw_fail(ret_error, ret, "keyring") : SMIMEGW_OK;
}

int smimegw_keyring_import(struct smimegw_keyring *keyring, const void *data, size_t size,
                           uint32_t flags, smimegw_import_fn report, void *userdata,
                           struct smimegw_error **ret_error)
{
    const struct sgw_keys_source source = {data, size, flags, report, userdata};
    struct sgw_key_table table;
    const struct sgw_keys_target target = {&table, has_name, has_cert, put};
    SGW_REQUIRE(keyring != NULL, ret_error);
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE((flags & ~SGW_KEYRING_FLAGS) == 0, ret_error);
    int ret = sgw_key_table_copy(&keyring->table, &table);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "keyring");
    ret = sgw_keys_read(&source, &target, ret_error);
    if (ret < 0) {
        sgw_key_table_clear(&table);
        return ret;
    }
    sgw_key_table_clear(&keyring->table);
    keyring->table = table;
    return SMIMEGW_OK;
}
