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
    }

#define KIND(noun_, nouns_, shown_)                                                           \
    ADAPT_OBJECT(noun_)                                                                       \
    ADAPT_SET(noun_, nouns_)                                                                  \
    const struct cli_named_kind cli_named_##nouns_ = {.noun = #noun_,                         \
                                                      .nouns = #nouns_,                       \
                                                      .shown = (shown_),                      \
                                                      .make = noun_##_make,                   \
                                                      .copy = noun_##_copy,                   \
                                                      .unref = noun_##_unref,                 \
                                                      .set = noun_##_set,                     \
                                                      .get = noun_##_get,                     \
                                                      .is_set = noun_##_is_set,               \
                                                      .setting = smimegw_##noun_##_setting,   \
                                                      .set_new = nouns_##_new,                \
                                                      .set_free = nouns_##_free,              \
                                                      .add = nouns_##_add,                    \
                                                      .find = nouns_##_find,                  \
                                                      .remove = nouns_##_remove,              \
                                                      .count = nouns_##_count,                \
                                                      .at = nouns_##_at,                      \
                                                      .search = nouns_##_search,              \
                                                      .export = nouns_##_export,              \
                                                      .import = nouns_##_import};

KIND(profile, profiles, "mode")
KIND(policy, policies, "smime")

int cli_named_open(struct cli_named *named, const struct cli_named_kind *kind,
                   const char *path, bool changing, int code)
{
    struct smimegw_error *error = NULL;
    struct cli_file file;
    named->kind = kind;
    named->set = NULL;
    int result = cli_store_open(&named->store, path, changing, &file);
    if (result == CLI_DONE && kind->set_new(&named->set, &error) != SMIMEGW_OK)
        result = cli_fail_error(CLI_TROUBLE, path, error);
    if (result == CLI_DONE && file.data != NULL &&
        kind->import(named->set, file.data, file.size, 0, &error) != SMIMEGW_OK)
        result = cli_fail_error(code, path, error);
    cli_file_clear(&file);
    return result;
}

int cli_named_open_own(struct cli_named *named, const struct cli_session *session,
                       bool changing, int code)
{
    bool is_policy = (session->verb->takes & CLI_POLICIES) != 0;
    const struct cli_list *path =
        is_policy ? &session->options->policies : &session->options->profiles;
    return cli_named_open(named, is_policy ? &cli_named_policies : &cli_named_profiles,
                          cli_list_first(path), changing, code);
}

int cli_named_open_one(struct cli_named *named, const struct cli_session *session,
                       bool changing, const char *name, const void **ret_object)
{
    int code = cli_named_open_own(named, session, changing, CLI_TROUBLE);
    *ret_object = named->kind->find(named->set, name);
    if (code == CLI_DONE && *ret_object == NULL)
        code = cli_fail(CLI_NOT_PASSED, "%s: no %s %s", named->store.path, named->kind->noun,
                        name);
    return code;
}

int cli_named_save(const struct cli_named *named)
{
    return cli_store_save(&named->store, named->kind->export, named->set);
}

void cli_named_close(struct cli_named *named)
{
    named->kind->set_free(named->set);
    cli_store_close(&named->store);
}

int cli_named_use(const struct cli_named_kind *kind, const char *path, const char *name,
                  void **ret)
{
    struct cli_named named;
    struct smimegw_error *error = NULL;
    int code = cli_named_open(&named, kind, path, false, CLI_TROUBLE);
    const void *object = kind->find(named.set, name);
    if (code == CLI_DONE && object == NULL)
        code = cli_fail(CLI_TROUBLE, "%s: no %s %s", path, kind->noun, name);
    if (code == CLI_DONE && kind->copy(object, ret, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, name, error);
    cli_named_close(&named);
    return code;
}
