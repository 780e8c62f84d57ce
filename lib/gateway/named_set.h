/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_NAMED_SET_H
#define SGW_GATEWAY_NAMED_SET_H

#include <smimegw/types.h>

#include "gateway/configured.h"

enum { SGW_NAMED_REPLACE = 1 }; /* flag of adding: one of the same name is replaced */

struct sgw_named {
    char *name;
    char *words; /* what a search looks at: name and values, a line each */
    struct sgw_configured *object;
};

/* Objects of one kind by name, in the order of adding: a set of profiles, or of policies. */
struct sgw_named_set {
    const struct sgw_configured_kind *kind;
    struct sgw_named *entries;
    size_t count;
    size_t capacity;
};

int sgw_named_set_new(const struct sgw_configured_kind *kind, struct sgw_named_set **ret,
                      struct smimegw_error **ret_error);
void sgw_named_set_free(struct sgw_named_set *set);
/* A frozen copy of the object, which must pass its check. */
int sgw_named_set_add(struct sgw_named_set *set, const char *name,
                      const struct sgw_configured *object, uint32_t flags,
                      struct smimegw_error **ret_error);
int sgw_named_set_remove(struct sgw_named_set *set, const char *name,
                         struct smimegw_error **ret_error);
/* All of these take NULL for a set. */
size_t sgw_named_set_count(const struct sgw_named_set *set);
struct sgw_configured *sgw_named_set_at(const struct sgw_named_set *set, size_t index,
                                        const char **ret_name);
struct sgw_configured *sgw_named_set_get(const struct sgw_named_set *set, const char *name);
size_t sgw_named_set_search(const struct sgw_named_set *set, const char *text, size_t start);

/* The place of a name; false where there is none. */
bool sgw_named_set_find(const struct sgw_named_set *set, const char *name, size_t *ret_at);
/* Room for so many more. E_NOMEM, E_LIMIT. */
int sgw_named_set_reserve(struct sgw_named_set *set, size_t more,
                          struct smimegw_error **ret_error);
/* Put an entry in the place of its name, or behind all others, where there is room; it is
 * taken over. */
void sgw_named_set_put(struct sgw_named_set *set, struct sgw_named *entry);

/* named_set_file.c */
/* Append the file of a set. E_NOMEM. */
int sgw_named_set_text(const struct sgw_named_set *set, struct sgw_buf *text,
                       struct smimegw_error **ret_error);
int sgw_named_set_export(const struct sgw_named_set *set, smimegw_write_fn write,
                         void *userdata, struct smimegw_error **ret_error);
int sgw_named_set_import(struct sgw_named_set *set, const void *data, size_t size,
                         uint32_t flags, struct smimegw_error **ret_error);
/* Move all entries of a set into another. E_USAGE (a name is taken), E_NOMEM, E_LIMIT. */
int sgw_named_set_merge(struct sgw_named_set *target, struct sgw_named_set *set,
                        uint32_t flags, struct smimegw_error **ret_error);

/* named_set_store.c: kind is one of enum smimegw_record_kind. */
int sgw_named_set_load(struct sgw_named_set *set, struct smimegw_transaction *transaction,
                       int kind, uint32_t flags, struct smimegw_error **ret_error);
int sgw_named_set_save(const struct sgw_named_set *set,
                       struct smimegw_transaction *transaction, int kind,
                       struct smimegw_error **ret_error);

#endif
