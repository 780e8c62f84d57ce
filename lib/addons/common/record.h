/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_COMMON_RECORD_H
#define SGW_ADDONS_COMMON_RECORD_H

#include <smimegw/store.h>
#include <stdbool.h>

/* What is the same for all stores that keep records in tables. */

enum { SGW_RECORD_KEYS_MOST = 320, SGW_RECORD_KINDS = SMIMEGW_RECORD_ALERT + 1 };

/* Over all that makes the binding; not over `used`, which changes often and decides nothing
 * but who goes first. */
int64_t sgw_record_digest(const struct smimegw_record *record);
/* Whether a lookup key is one of the record's own. */
bool sgw_record_has_key(const struct smimegw_record *record, const char *key);
/* What a record takes with its places in the indexes, roughly. */
int64_t sgw_record_size(const struct smimegw_record *record);

/* Lookup keys as one text, each with its NUL: (owned), NULL for none or no memory. */
char *sgw_record_join_keys(const struct smimegw_record *record, size_t *ret_size);
/* And back: they point into the text. False: it was not made by the above. */
bool sgw_record_split_keys(struct smimegw_record *record,
                           const char *places[SGW_RECORD_KEYS_MOST], const char *text,
                           size_t size);

#endif
