/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_NAMED_H
#define CLI_NAMED_H

#include <jansson.h>

#include "session.h"
#include "store.h"

/* The library's calls about profiles, or about policies. */
struct cli_named_kind {
    const char *noun;
    const char *nouns;
    const char *shown; /* the field that is shown though it is not set */
    int (*make)(void **ret, struct smimegw_error **ret_error);
    int (*copy)(const void *object, void **ret, struct smimegw_error **ret_error);
    void (*unref)(void *object);
    int (*set)(void *object, const char *name, const char *value,
               struct smimegw_error **ret_error);
    int (*get)(const void *object, const char *name, struct smimegw_buffer **ret_value,
               struct smimegw_error **ret_error);
    int (*is_set)(const void *object, const char *name);
    const char *(*setting)(size_t index, const char **ret_default, const char **ret_meaning);
    int (*set_new)(void **ret, struct smimegw_error **ret_error);
    void (*set_free)(void *set);
    int (*add)(void *set, const char *name, const void *object, uint32_t flags,
               struct smimegw_error **ret_error);
    void *(*find)(const void *set, const char *name);
    int (*remove)(void *set, const char *name, struct smimegw_error **ret_error);
    size_t (*count)(const void *set);
    void *(*at)(const void *set, size_t index, const char **ret_name);
    size_t (*search)(const void *set, const char *text, size_t start);
    int (*export)(const void *set, smimegw_write_fn write, void *userdata,
                  struct smimegw_error **ret_error);
    int (*import)(void *set, const void *data, size_t size, uint32_t flags,
                  struct smimegw_error **ret_error);
    int (*load)(void *set, struct smimegw_transaction *transaction, uint32_t flags,
                struct smimegw_error **ret_error);
    int (*save)(const void *set, struct smimegw_transaction *transaction,
                struct smimegw_error **ret_error);
    size_t files; /* the list of the options that names the file */
};

extern const struct cli_named_kind cli_named_profiles;
extern const struct cli_named_kind cli_named_policies;

/* The profiles or policies of a file, or of a store of the library. */
struct cli_named {
    const struct cli_named_kind *kind;
    const char *place; /* (borrowed) for people */
    void *set;
    struct cli_store store;
    struct cli_key_store keys;
    struct smimegw_transaction *transaction; /* of the library's store; else NULL */
};

/* Those that the verb is about. changing: a file that is not there is an empty set. code: what
 * a file that can't be read as one is. To be closed also on failure. */
int cli_named_open_own(struct cli_named *named, const struct cli_session *session,
                       bool changing, int code);
/* And the one of a name, which must be there: else CLI_NOT_PASSED. */
int cli_named_open_one(struct cli_named *named, const struct cli_session *session,
                       bool changing, const char *name, const void **ret_object);
/* All of it is kept, or nothing has changed. */
int cli_named_save(struct cli_named *named);
void cli_named_close(struct cli_named *named);

/* All that the session's file and stores have; of one name, what comes first. To be freed by
 * set_free() also on failure. */
int cli_named_load_all(const struct cli_session *session, const struct cli_named_kind *kind,
                       void **ret_set);
/* A copy of what they have under the name. */
int cli_named_use(const struct cli_session *session, const struct cli_named_kind *kind,
                  const char *name, void **ret);

/* named_show.c: one of them, for people or as JSON; NULL when out of memory. */
void cli_named_print(const struct cli_named_kind *kind, const char *name, const void *object);
json_t *cli_named_json(const struct cli_named_kind *kind, const char *name,
                       const void *object);

#endif
