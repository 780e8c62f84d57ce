/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_RECORDS_H
#define SGW_GATEWAY_RECORDS_H

#include <smimegw/store.h>
#include <stdbool.h>

enum { SGW_RECORD_KINDS = 7 }; /* indexed by enum smimegw_record_kind */

/*
 * One state of all records, as sorted trees that share what they have in common: a copy costs
 * nothing, a change copies the few nodes above it. So a transaction that reads keeps its state
 * while others write, and one that writes is undone by dropping its copy. States of several
 * threads may share nodes.
 */
enum { SGW_BY_NAME, SGW_BY_LOOKUP_KEY, SGW_BY_AGE, SGW_ORDERS };

struct sgw_records_node;
struct sgw_records {
    struct sgw_records_node *roots[SGW_ORDERS];
    int64_t counts[SGW_RECORD_KINDS];
    int64_t bytes[SGW_RECORD_KINDS];
    uint64_t random; /* never 0: from where the trees' balance comes */
};

/* E_RANDOM. */
int sgw_records_init(struct sgw_records *records);
void sgw_records_clear(struct sgw_records *records);
struct sgw_records sgw_records_copy(const struct sgw_records *records);

/* All that change return SMIMEGW_OK or E_NOMEM; a state whose change failed is fit for
 * sgw_records_clear() only. */
int sgw_records_put(struct sgw_records *records, const struct smimegw_record *record);
int sgw_records_remove(struct sgw_records *records, int kind, const char *name);
int sgw_records_touch(struct sgw_records *records, int kind, const char *name, int64_t time);

/* NULL where there is none. (borrowed) */
const struct smimegw_record *sgw_records_get(const struct sgw_records *records, int kind,
                                             const char *name);

/* A place in one of the orders: the records are those behind it. */
struct sgw_records_place {
    int order;
    const char *key; /* SGW_BY_LOOKUP_KEY: of this one only; else "" */
    int kind;
    int64_t age;      /* SGW_BY_AGE: the later of used and added */
    const char *name; /* NULL: before all names */
};
/* The next record, and go there; NULL at the end of the key and the kind (with a lookup key:
 * of any kind). */
const struct smimegw_record *sgw_records_next(const struct sgw_records *records,
                                              struct sgw_records_place *place);

/* The later of used and added. */
int64_t sgw_record_age(const struct smimegw_record *record);

#endif
