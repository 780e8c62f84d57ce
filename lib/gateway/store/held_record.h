/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_HELD_RECORD_H
#define SGW_GATEWAY_HELD_RECORD_H

#include <smimegw/store.h>

#include "base/ref.h"

/* A record with all it points to in one piece of memory; never changes. */
struct sgw_held_record {
    struct sgw_ref ref;
    size_t size; /* of that memory */
    struct smimegw_record record;
};

/* A copy with one holder; NULL: out of memory. */
struct sgw_held_record *sgw_held_record_new(const struct smimegw_record *record);
struct sgw_held_record *sgw_held_record_ref(struct sgw_held_record *held); /* (nullable) */
void sgw_held_record_unref(struct sgw_held_record *held);                  /* (nullable) */

#endif
