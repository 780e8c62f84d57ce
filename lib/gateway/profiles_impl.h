/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_PROFILES_IMPL_H
#define SGW_GATEWAY_PROFILES_IMPL_H

#include <smimegw/profiles.h>

#include "gateway/gateway_impl.h"

#define SGW_PROFILES_FLAGS ((uint32_t)SMIMEGW_PROFILES_REPLACE)

struct sgw_profiles_entry {
    char *name;
    char *words; /* what a search looks at: name and values, a line each */
    struct smimegw_profile *profile;
};

/* Entries in the order of adding. */
struct smimegw_profiles {
    struct sgw_profiles_entry *entries;
    size_t count;
    size_t capacity;
};

/* The place of a profile; false where there is none. */
bool sgw_profiles_find(const struct smimegw_profiles *profiles, const char *name,
                       size_t *ret_at);
/* Room for so many more. E_NOMEM, E_LIMIT. */
int sgw_profiles_reserve(struct smimegw_profiles *profiles, size_t more,
                         struct smimegw_error **ret_error);
/* Put an entry in the place of its name, or behind all others, where there is room; it is
 * taken over. */
void sgw_profiles_put(struct smimegw_profiles *profiles, struct sgw_profiles_entry *entry);

#endif
