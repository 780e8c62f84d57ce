/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_SOURCES_H
#define SGW_GATEWAY_SOURCES_H

#include "pki/path/trust.h"

enum { SGW_SOURCES_MAX = 100 };

/* Where certificates of others are looked up: a store or a resolver, the other is NULL. */
struct sgw_key_source {
    struct smimegw_store *store;
    struct smimegw_resolver *resolver;
};

/* In the order they are asked. */
struct sgw_sources {
    struct sgw_key_source *entries;
    size_t count;
    size_t capacity;
    struct sgw_pins pins; /* over the stores */
};
void sgw_sources_clear(struct sgw_sources *sources);

/* Words of grades that can be used, from SMIMEGW_GRADE_HARVESTED on. */
extern const char *const sgw_grade_words[];
const char *sgw_grade_name(int grade);

#endif
