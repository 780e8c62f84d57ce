/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_KEY_SET_H
#define SGW_GATEWAY_KEY_SET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/index.h"

struct smimegw_cert;

/* Lookup keys of records, each once. */
struct sgw_key_set {
    struct sgw_buf text; /* the keys, each with its NUL */
    struct sgw_index places;
    const char **keys; /* filled in by sgw_key_set_list() */
    size_t count;
};

/* E_NOMEM, E_RANDOM. */
int sgw_key_set_add(struct sgw_key_set *set, const char *key, size_t size);
int sgw_key_set_add_cert(struct sgw_key_set *set, const struct smimegw_cert *cert);
bool sgw_key_set_has(const struct sgw_key_set *set, const char *key);
/* Do they have one in common? */
bool sgw_key_set_meets(const struct sgw_key_set *a, const struct sgw_key_set *b);
/* Fill in set->keys, when all have been added. */
int sgw_key_set_list(struct sgw_key_set *set);
void sgw_key_set_clear(struct sgw_key_set *set);

#endif
