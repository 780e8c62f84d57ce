/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_KEYRING_IMPL_H
#define SGW_GATEWAY_KEYRING_IMPL_H

#include <smimegw/keyring.h>

#include "base/index.h"
#include "pki/cert/cert_impl.h"

enum { SGW_KEY_NAME_MAX = 255 };
/* Keys that serve one address or domain, or are one certificate. */
enum { SGW_KEYS_OF_ONE_MAX = 1000 };
#define SGW_DEFAULT_ORIGIN "administrator"
#define SGW_KEYRING_FLAGS ((uint32_t)(SMIMEGW_KEYRING_REPLACE | SMIMEGW_KEYRING_FORCE))

struct sgw_key_entry {
    char *name;
    char *origin;
    struct smimegw_cert *cert;
};

/* Entries in the order of adding, found by name, by certificate and by whom they serve. */
struct sgw_key_table {
    struct sgw_key_entry *entries;
    size_t count;
    size_t capacity;
    struct sgw_index names;
    struct sgw_index certs;  /* by fingerprint */
    struct sgw_index scopes; /* by address, domain, and wildcard */
};

struct smimegw_keyring {
    struct sgw_key_table table;
};

int sgw_key_table_init(struct sgw_key_table *table);
void sgw_key_table_clear(struct sgw_key_table *table);
int sgw_key_table_copy(const struct sgw_key_table *table, struct sgw_key_table *ret);

/* The place of an entry; false where there is none. */
bool sgw_key_table_find(const struct sgw_key_table *table, const char *name, size_t *ret_at);
bool sgw_key_table_has_cert(const struct sgw_key_table *table,
                            const struct smimegw_cert *cert);

/* A name as smimegw_keyring_add() describes it? */
bool sgw_key_name_is_valid(const char *name, size_t size);
/* Put a certificate under a valid name. ret_outcome: ADDED, REPLACED, SAME or CONFLICT of enum
 * smimegw_import_outcome. E_NOMEM, and E_LIMIT (too many of one), leave the table as it was.
 */
int sgw_key_table_put(struct sgw_key_table *table, const struct sgw_key_entry *entry,
                      bool replaces, int *ret_outcome);
void sgw_key_table_remove(struct sgw_key_table *table, size_t at);

/* Can it serve, to verify or to encrypt to? ret_lint: the findings that say why not, NULL
 * where it can. */
int sgw_key_check(const struct smimegw_cert *cert, struct smimegw_lint **ret_lint,
                  struct smimegw_error **ret_error);

#endif
