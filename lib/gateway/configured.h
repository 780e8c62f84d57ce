/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_CONFIGURED_H
#define SGW_GATEWAY_CONFIGURED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ref.h"
#include "base/settings.h"

struct sgw_configured;

/* What profiles and policies are: a shared object that is nothing but settings. */
struct sgw_configured_kind {
    const char *noun;
    const char *nouns;
    size_t size;                     /* of the whole object */
    size_t values;                   /* offset of what the table is about */
    const struct sgw_setting *table; /* of at most SGW_CONFIGURED_ROWS_MAX rows */
    /* A value by itself; may be NULL. E_SETTING. */
    int (*check_value)(const char *name, const char *value, struct smimegw_error **ret_error);
    /* E_SETTING where settings contradict each other or don't apply; ret_row: the one that is
     * to blame. */
    int (*check)(const struct sgw_configured *object, size_t *ret_row,
                 struct smimegw_error **ret_error);
};

enum { SGW_CONFIGURED_ROWS_MAX = 64 };

/* First member of each such object. */
struct sgw_configured {
    const struct sgw_configured_kind *kind;
    struct sgw_ref ref;
    int is_frozen; /* atomic: set by the first use */
    uint64_t set;  /* bit i: row i of the table was set, it is no default */
};

int sgw_configured_new(const struct sgw_configured_kind *kind, struct sgw_configured **ret,
                       struct smimegw_error **ret_error);
void sgw_configured_ref(struct sgw_configured *object);
void sgw_configured_unref(struct sgw_configured *object);
int sgw_configured_copy(const struct sgw_configured *object, struct sgw_configured **ret,
                        struct smimegw_error **ret_error);
int sgw_configured_set(struct sgw_configured *object, const char *name, const char *value,
                       struct smimegw_error **ret_error);
int sgw_configured_get(const struct sgw_configured *object, const char *name,
                       struct smimegw_buffer **ret_value, struct smimegw_error **ret_error);
/* Append the text of a row's value. */
int sgw_configured_append(const struct sgw_configured *object, size_t row,
                          struct sgw_buf *ret_text, struct smimegw_error **ret_error);
bool sgw_configured_has(const struct sgw_configured *object, size_t row);
bool sgw_configured_is_set(const struct sgw_configured *object, const char *name);
void sgw_configured_freeze(struct sgw_configured *object);
/* The row of a name; false, and the number of rows, where there is none. */
bool sgw_setting_find(const struct sgw_setting *table, const char *name, size_t *ret_row);

#endif
