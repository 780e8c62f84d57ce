/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_INDEX_H
#define SGW_BASE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * From texts to numbers: a hash table that knows only hashes, so that whoever asks compares
 * the texts. A text may stand for several numbers. Keyed by random numbers (SipHash): texts of
 * strangers can't be made to fall on one place.
 */
struct sgw_index_slot {
    uint64_t hash;
    size_t value; /* plus 2; 0: never used, 1: removed */
};

struct sgw_index {
    struct sgw_index_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t used; /* slots that are not "never used" */
    uint64_t key[2];
};

/* E_RANDOM. Nothing is allocated until something is added. */
int sgw_index_init(struct sgw_index *index);
void sgw_index_clear(struct sgw_index *index);
/* The same content and the same key in new memory. E_NOMEM. */
int sgw_index_copy(const struct sgw_index *index, struct sgw_index *ret);

uint64_t sgw_index_hash(const struct sgw_index *index, const void *text, size_t size);
/* E_NOMEM. */
int sgw_index_add(struct sgw_index *index, uint64_t hash, size_t value);
/* The next number of that hash; start with *at 0. */
bool sgw_index_next(const struct sgw_index *index, uint64_t hash, size_t *at,
                    size_t *ret_value);
void sgw_index_remove(struct sgw_index *index, uint64_t hash, size_t value);
/* Numbers above `gone` become smaller by one: what they count was closed up. */
void sgw_index_close_gap(struct sgw_index *index, size_t gone);

#endif
