/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/lint.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "gateway/keyring_impl.h"
#include "pki/cert/names.h"

int smimegw_keyring_new(struct smimegw_keyring **ret_keyring, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_keyring != NULL, ret_error);
    struct smimegw_keyring *keyring = sgw_calloc(1, sizeof(*keyring));
    if (keyring == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "keyring");
    int ret = sgw_key_table_init(&keyring->table);
    if (ret < 0) {
        smimegw_keyring_free(keyring);
        return sgw_fail(ret_error, ret, "keyring");
    }
    *ret_keyring = keyring;
    return SMIMEGW_OK;
}

void smimegw_keyring_free(struct smimegw_keyring *keyring)
{
    if (keyring == NULL)
        return;
    sgw_key_table_clear(&keyring->table);
    sgw_free(keyring);
}

/* --- one key -------------------------------------------------------------------------------
 */

int sgw_key_check(const struct smimegw_cert *cert, struct smimegw_lint **ret_lint,
                  struct smimegw_error **ret_error)
{
    static const uint32_t uses[] = {SMIMEGW_USE_ENCRYPT, SMIMEGW_USE_SIGN};
    *ret_lint = NULL;
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        smimegw_lint_free(*ret_lint);
        *ret_lint = NULL;
        int ret = smimegw_cert_lint(cert, uses[i], -1, ret_lint, ret_error);
        if (ret < 0)
            return ret;
        if (smimegw_lint_severity(*ret_lint, 0) == SMIMEGW_LINT_ERROR)
            continue;
        smimegw_lint_free(*ret_lint);
        *ret_lint = NULL;
        break;
    }
    return SMIMEGW_OK;
}

static int check_requirements(const struct smimegw_cert *cert, const char *name,
                              struct smimegw_error **ret_error)
{
    struct smimegw_lint *lint;
    int ret = sgw_key_check(cert, &lint, ret_error);
    if (ret == SMIMEGW_OK && lint != NULL)
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY, "key \"%s\": %s", name,
                       smimegw_lint_text(lint, 0));
    smimegw_lint_free(lint);
    return ret;
}

int smimegw_keyring_add(struct smimegw_keyring *keyring, const char *name, const char *origin,
                        struct smimegw_cert *cert, uint32_t flags,
                        struct smimegw_error **ret_error)
{
    SGW_REQUIRE(keyring != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(cert != NULL, ret_error);
    SGW_REQUIRE((flags & ~SGW_KEYRING_FLAGS) == 0, ret_error);

    if (origin == NULL)
        origin = SGW_DEFAULT_ORIGIN;
    if (!sgw_key_name_is_valid(name, strlen(name)) ||
        !sgw_key_name_is_valid(origin, strlen(origin)))
        return sgw_fail(ret_error, SMIMEGW_E_USAGE,
                        "the name or origin of a key is one line of 1 to %d bytes of UTF-8, "
                        "without blanks around it",
                        SGW_KEY_NAME_MAX);
    const struct sgw_key_entry entry = {(char *)(uintptr_t)name, (char *)(uintptr_t)origin,
                                        cert};
    int outcome = 0;
    int ret = (flags & SMIMEGW_KEYRING_FORCE) == 0 ? check_requirements(cert, name, ret_error)
                                                   : SMIMEGW_OK;
    if (ret < 0)
        return ret;
    ret = sgw_key_table_put(&keyring->table, &entry, (flags & SMIMEGW_KEYRING_REPLACE) != 0,
                            &outcome);
    if (ret == SMIMEGW_E_LIMIT)
        return sgw_fail(ret_error, ret, "there are %d keys for an address of this one",
                        SGW_KEYS_OF_ONE_MAX);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "keyring");
    if (outcome == SMIMEGW_IMPORT_CONFLICT)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "there is another key called \"%s\"",
                        name);
    return SMIMEGW_OK;
}

int smimegw_keyring_remove(struct smimegw_keyring *keyring, const char *name,
                           struct smimegw_error **ret_error)
{
    size_t at;
    SGW_REQUIRE(keyring != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    if (!sgw_key_table_find(&keyring->table, name, &at))
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "no key is called \"%s\"", name);
    sgw_key_table_remove(&keyring->table, at);
    return SMIMEGW_OK;
}

size_t smimegw_keyring_count(const struct smimegw_keyring *keyring)
{
    return keyring != NULL ? keyring->table.count : 0;
}

struct smimegw_cert *smimegw_keyring_get(const struct smimegw_keyring *keyring, size_t index,
                                         const char **ret_name, const char **ret_origin)
{
    if (index >= smimegw_keyring_count(keyring))
        return NULL;
    const struct sgw_key_entry *entry = &keyring->table.entries[index];
    if (ret_name != NULL)
        *ret_name = entry->name;
    if (ret_origin != NULL)
        *ret_origin = entry->origin;
    return entry->cert;
}

struct smimegw_cert *smimegw_keyring_find(const struct smimegw_keyring *keyring,
                                          const char *name, const char **ret_origin)
{
    size_t at;
    if (keyring == NULL || name == NULL || !sgw_key_table_find(&keyring->table, name, &at))
        return NULL;
    return smimegw_keyring_get(keyring, at, NULL, ret_origin);
}

/* --- lookup --------------------------------------------------------------------------------
 */

/* Of two that serve the same address: the valid one, then the newer. */
static bool is_better(const struct smimegw_cert *one, const struct smimegw_cert *other,
                      int64_t time)
{
    bool is_valid = sgw_cert_is_valid_at(one, time);
    bool is_other_valid = sgw_cert_is_valid_at(other, time);
    return is_valid != is_other_valid ? is_valid : one->not_before > other->not_before;
}

static bool has_key(const struct smimegw_cert *cert, const char *key, size_t size)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    char own[SGW_NAME_KEY_MAX];
    size_t own_size;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name))
        if (sgw_name_key(&name, own, &own_size) && own_size == size &&
            memcmp(own, key, size) == 0)
            return true;
    return false;
}

static struct smimegw_cert *look_up(const struct sgw_key_table *table, const char *key,
                                    size_t size, int64_t time)
{
    struct smimegw_cert *best = NULL;
    uint64_t hash = sgw_index_hash(&table->scopes, key, size);
    size_t found;
    for (size_t at = 0; sgw_index_next(&table->scopes, hash, &at, &found);) {
        struct smimegw_cert *cert = table->entries[found].cert;
        if (has_key(cert, key, size) && sgw_cert_why_not_encrypt(cert) == NULL &&
            sgw_cert_key_is_acceptable(cert) && (best == NULL || is_better(cert, best, time)))
            best = cert;
    }
    return best;
}

struct smimegw_cert *smimegw_keyring_lookup(const struct smimegw_keyring *keyring,
                                            const char *address, int64_t at)
{
    struct sgw_scope_keys keys;
    int64_t now = at < 0 ? (int64_t)time(NULL) : at;
    struct smimegw_cert *best = NULL;
    if (keyring == NULL || address == NULL || !sgw_scope_keys(address, strlen(address), &keys))
        return NULL;
    for (size_t i = 0; i < keys.count; i++) {
        struct smimegw_cert *cert =
            look_up(&keyring->table, keys.keys[i].text, keys.keys[i].size, now);
        /* a valid one further down is better than one that has expired */
        if (cert != NULL &&
            (best == NULL || (now > best->not_after && now <= cert->not_after)))
            best = cert;
    }
    return best;
}
