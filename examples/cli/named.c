/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "named.h"

/* Functions of one type are called as what they are: an adapter each. */
#define ADAPT_OBJECT(noun)                                                                    \
    static int noun##_make(void **ret, struct smimegw_error **ret_error)                      \
    {                                                                                         \
        struct smimegw_##noun *object = NULL;                                                 \
        int result = smimegw_##noun##_new(&object, ret_error);                                \
        *ret = object;                                                                        \
        return result;                                                                        \
    }                                                                                         \
    static int noun##_copy(const void *object, void **ret, struct smimegw_error **ret_error)  \
    {                                                                                         \
        struct smimegw_##noun *copy = NULL;                                                   \
        int result = smimegw_##noun##_copy(object, &copy, ret_error);                         \
        *ret = copy;                                                                          \
        return result;                                                                        \
    }                                                                                         \
    static void noun##_unref(void *object)                                                    \
    {                                                                                         \
        smimegw_##noun##_unref(object);                                                       \
    }                                                                                         \
    static int noun##_set(void *object, const char *name, const char *value,                  \
                          struct smimegw_error **ret_error)                                   \
    {                                                                                         \
        return smimegw_##noun##_set(object, name, value, ret_error);                          \
    }                                                                                         \
    static int noun##_get(const void *object, const char *name,                               \
                          struct smimegw_buffer **ret_value,                                  \
                          struct smimegw_error **ret_error)                                   \
    {                                                                                         \
        return smimegw_##noun##_get(object, name, ret_value, ret_error);                      \
    }                                                                                         \
    static int noun##_is_set(const void *object, const char *name)                            \
    {                                                                                         \
        return smimegw_##noun##_is_set(object, name);                                         \
    }

#define ADAPT_SET(noun, nouns)                                                                \
    static int nouns##_new(void **ret, struct smimegw_error **ret_error)                      \
    {                                                                                         \
        struct smimegw_##nouns *set = NULL;                                                   \
        int result = smimegw_##nouns##_new(&set, ret_error);                                  \
        *ret = set;                                                                           \
        return result;                                                                        \
    }                                                                                         \
    static void nouns##_free(void *set)                                                       \
    {                                                                                         \
        smimegw_##nouns##_free(set);                                                          \
    }                                                                                         \
    static int nouns##_add(void *set, const char *name, const void *object, uint32_t flags,   \
                           struct smimegw_error **ret_error)                                  \
    {                                                                                         \
        return smimegw_##nouns##_add(set, name, object, flags, ret_error);                    \
    }                                                                                         \
    static void *nouns##_find(const void *set, const char *name)                              \
    {                                                                                         \
        return smimegw_##nouns##_get(set, name);                                              \
    }                                                                                         \
    static int nouns##_remove(void *set, const char *name, struct smimegw_error **ret_error)  \
    {                                                                                         \
        return smimegw_##nouns##_remove(set, name, ret_error);                                \
    }                                                                                         \
    static size_t nouns##_count(const void *set)                                              \
    {                                                                                         \
        return smimegw_##nouns##_count(set);                                                  \
    }                                                                                         \
    static void *nouns##_at(const void *set, size_t index, const char **ret_name)             \
    {                                                                                         \
        return smimegw_##nouns##_at(set, index, ret_name);                                    \
    }                                                                                         \
    static size_t nouns##_search(const void *set, const char *text, size_t start)             \
    {                                                                                         \
        return smimegw_##nouns##_search(set, text, start);                                    \
    }                                                                                         \
    static int nouns##_export(const void *set, smimegw_write_fn write, void *userdata,        \
                              struct smimegw_error **ret_error)                               \
    {                                                                                         \
        return smimegw_##nouns##_export(set, write, userdata, ret_error);                     \
    }                                                                                         \
    static int nouns##_import(void *set, const void *data, size_t size, uint32_t flags,       \
                              struct smimegw_error **ret_error)                               \
    {                                                                                         \
        return smimegw_##nouns##_import(set, data, size, flags, ret_error);                   \
    }                                                                                         \
    static int nouns##_load(void *set, struct smimegw_transaction *transaction,               \
                            uint32_t flags, struct smimegw_error **ret_error)                 \
    {                                                                                         \
        return smimegw_##nouns##_load(set, transaction, flags, ret_error);                    \
    }                                                                                         \
    static int nouns##_save(const void *set, struct smimegw_transaction *transaction,         \
                            struct smimegw_error **ret_error)                                 \
    {                                                                                         \
        return smimegw_##nouns##_save(set, transaction, ret_error);                           \
    }

#define KIND(noun_, nouns_, shown_)                                                           \
    ADAPT_OBJECT(noun_)                                                                       \
    ADAPT_SET(noun_, nouns_)                                                                  \
    const struct cli_named_kind cli_named_##nouns_ = {                                        \
        .noun = #noun_,                                                                       \
        .nouns = #nouns_,                                                                     \
        .shown = (shown_),                                                                    \
        .make = noun_##_make,                                                                 \
        .copy = noun_##_copy,                                                                 \
        .unref = noun_##_unref,                                                               \
        .set = noun_##_set,                                                                   \
        .get = noun_##_get,                                                                   \
        .is_set = noun_##_is_set,                                                             \
        .setting = smimegw_##noun_##_setting,                                                 \
        .set_new = nouns_##_new,                                                              \
        .set_free = nouns_##_free,                                                            \
        .add = nouns_##_add,                                                                  \
        .find = nouns_##_find,                                                                \
        .remove = nouns_##_remove,                                                            \
        .count = nouns_##_count,                                                              \
        .at = nouns_##_at,                                                                    \
        .search = nouns_##_search,                                                            \
        .export = nouns_##_export,                                                            \
        .import = nouns_##_import,                                                            \
        .load = nouns_##_load,                                                                \
        .save = nouns_##_save,                                                                \
        .files = offsetof(struct cli_options, nouns_)};

KIND(profile, profiles, "mode")
KIND(policy, policies, "smime")

/* --- those that a verb is about ------------------------------------------------------------
 */

static const char *file_of(const struct cli_session *session,
                           const struct cli_named_kind *kind)
{
    const char *options = (const char *)session->options;
    return cli_list_first((const struct cli_list *)(const void *)(options + kind->files));
}

/* code: what a file that can't be read as one is. */
static int read_file(const struct cli_named_kind *kind, void *set, const char *path,
                     const struct cli_file *file, int code)
{
    struct smimegw_error *error = NULL;
    if (file->data == NULL ||
        kind->import(set, file->data, file->size, 0, &error) == SMIMEGW_OK)
        return CLI_DONE;
    return cli_fail_error(code, path, error);
}

static int read_store(const struct cli_named_kind *kind, void *set,
                      const struct cli_key_store *store,
                      struct smimegw_transaction *transaction, int code)
{
    struct smimegw_error *error = NULL;
    int result = kind->load(set, transaction, 0, &error);
    if (result == SMIMEGW_OK)
        return CLI_DONE;
    return cli_fail_error(result == SMIMEGW_E_SETTING ? code : CLI_TROUBLE, store->name,
                          error);
}

static int open_file(struct cli_named *named, const char *path, bool changing, int code)
{
    struct cli_file file;
    named->place = path;
    int result = cli_store_open(&named->store, path, changing, &file);
    if (result == CLI_DONE)
        result = read_file(named->kind, named->set, path, &file, code);
    cli_file_clear(&file);
    return result;
}

static int open_store(struct cli_named *named, const char *name, bool changing, int code)
{
    int result = cli_key_store_open(&named->keys, name, false);
    named->place = named->keys.name;
    if (result == CLI_DONE)
        result = cli_key_store_begin(
            &named->keys, changing ? SMIMEGW_TRANSACTION_WRITE : SMIMEGW_TRANSACTION_READ,
            &named->transaction);
    if (result == CLI_DONE)
        result = read_store(named->kind, named->set, &named->keys, named->transaction, code);
    return result;
}

int cli_named_open_own(struct cli_named *named, const struct cli_session *session,
                       bool changing, int code)
{
    struct smimegw_error *error = NULL;
    bool is_policy = (session->verb->takes & CLI_POLICIES) != 0;
    const char *store = cli_list_first(&session->options->store);
    *named = (struct cli_named){.kind = is_policy ? &cli_named_policies : &cli_named_profiles,
                                .store.lock = -1};
    const char *path = file_of(session, named->kind);
    if (path != NULL && store != NULL)
        return cli_fail(CLI_USAGE, "--%s or --store, not both", named->kind->nouns);
    if (named->kind->set_new(&named->set, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, named->kind->nouns, error);
    return path != NULL ? open_file(named, path, changing, code)
                        : open_store(named, store, changing, code);
}

int cli_named_open_one(struct cli_named *named, const struct cli_session *session,
                       bool changing, const char *name, const void **ret_object)
{
    int code = cli_named_open_own(named, session, changing, CLI_TROUBLE);
    *ret_object = named->kind->find(named->set, name);
    if (code == CLI_DONE && *ret_object == NULL)
        code = cli_fail(CLI_NOT_PASSED, "%s: no %s %s", named->place, named->kind->noun, name);
    return code;
}

int cli_named_save(struct cli_named *named)
{
    struct smimegw_error *error = NULL;
    struct smimegw_transaction *transaction = named->transaction;
    int code = CLI_DONE;
    if (transaction == NULL)
        return cli_store_save(&named->store, named->kind->export, named->set);
    if (named->kind->save(named->set, transaction, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, named->place, error);
    named->transaction = NULL;
    return cli_key_store_end(&named->keys, transaction, code);
}

void cli_named_close(struct cli_named *named)
{
    smimegw_transaction_rollback(named->transaction);
    named->kind->set_free(named->set);
    cli_store_close(&named->store);
    cli_key_store_close(&named->keys);
}

/* --- those that a verb uses ----------------------------------------------------------------
 */

/* What is there already stays. */
static int add_others(const struct cli_named_kind *kind, void *set, const void *more)
{
    struct smimegw_error *error = NULL;
    const char *name = NULL;
    const void *object;
    for (size_t at = 0; (object = kind->at(more, at, &name)) != NULL; at++)
        if (kind->find(set, name) == NULL &&
            kind->add(set, name, object, 0, &error) != SMIMEGW_OK)
            return cli_fail_error(CLI_TROUBLE, name, error);
    return CLI_DONE;
}

static int load_store(const struct cli_named_kind *kind, void *set,
                      const struct cli_key_store *store)
{
    void *more = NULL;
    struct smimegw_error *error = NULL;
    struct smimegw_transaction *transaction = NULL;
    int code = cli_key_store_begin(store, SMIMEGW_TRANSACTION_READ, &transaction);
    if (code == CLI_DONE && kind->set_new(&more, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, kind->nouns, error);
    if (code == CLI_DONE)
        code = read_store(kind, more, store, transaction, CLI_TROUBLE);
    if (code == CLI_DONE)
        code = add_others(kind, set, more);
    kind->set_free(more);
    return cli_key_store_end(store, transaction, code);
}

int cli_named_load_all(const struct cli_session *session, const struct cli_named_kind *kind,
                       void **ret_set)
{
    struct cli_store store = {.lock = -1};
    struct cli_file file = {0};
    struct smimegw_error *error = NULL;
    const char *path = file_of(session, kind);
    int code = CLI_DONE;
    *ret_set = NULL;
    if (kind->set_new(ret_set, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, kind->nouns, error);
    if (path != NULL)
        code = cli_store_open(&store, path, false, &file);
    if (code == CLI_DONE)
        code = read_file(kind, *ret_set, path, &file, CLI_TROUBLE);
    for (size_t index = 0; code == CLI_DONE && index < session->store_count; index++)
        code = load_store(kind, *ret_set, &session->stores[index]);
    cli_file_clear(&file);
    cli_store_close(&store);
    return code;
}

int cli_named_use(const struct cli_session *session, const struct cli_named_kind *kind,
                  const char *name, void **ret)
{
    void *set;
    struct smimegw_error *error = NULL;
    const char *path = file_of(session, kind);
    int code = cli_named_load_all(session, kind, &set);
    const void *object = code == CLI_DONE ? kind->find(set, name) : NULL;
    if (code == CLI_DONE && object == NULL)
        code = cli_fail(CLI_TROUBLE, "%s: no %s %s", path != NULL ? path : "--store",
                        kind->noun, name);
    if (code == CLI_DONE && kind->copy(object, ret, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, name, error);
    kind->set_free(set);
    return code;
}
