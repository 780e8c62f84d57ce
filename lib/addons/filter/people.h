/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_PEOPLE_H
#define SGW_FILTER_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Addresses, as a group or a policy names them: "user@example.com", "example.com" (all of that
 * domain), ".example.com" (all of its subdomains), patterns with * and ?, and "<>" for the
 * null sender. Spellings that certificates take for the same are the same, but in patterns.
 */
struct sgw_flt_people {
    char **exact; /* sorted once it is closed */
    size_t exact_count;
    size_t exact_room;
    char **patterns;
    size_t pattern_count;
    size_t pattern_room;
};

/* E_SYNTAX where an entry is none of these, E_NOMEM. */
int sgw_flt_people_add(struct sgw_flt_people *people, const char *entry, size_t size);
/* After the last one. */
void sgw_flt_people_close(struct sgw_flt_people *people);
void sgw_flt_people_clear(struct sgw_flt_people *people);
/* A normalised address, "" for the null sender. */
bool sgw_flt_people_has(const struct sgw_flt_people *people, const char *address);

#endif
