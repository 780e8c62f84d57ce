/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_REF_H
#define SGW_BASE_REF_H

#include <stdbool.h>

/* Holders of a shared object. */
struct sgw_ref {
    int count;
};

static inline void sgw_ref_init(struct sgw_ref *ref)
{
    __atomic_store_n(&ref->count, 1, __ATOMIC_RELAXED);
}

static inline void sgw_ref_get(struct sgw_ref *ref)
{
    __atomic_add_fetch(&ref->count, 1, __ATOMIC_RELAXED);
}

/* True for the last holder, who frees. */
static inline bool sgw_ref_put(struct sgw_ref *ref)
{
    return __atomic_sub_fetch(&ref->count, 1, __ATOMIC_ACQ_REL) == 0;
}

#endif
