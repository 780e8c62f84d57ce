/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_KEYS_FILE_H
#define SGW_GATEWAY_KEYS_FILE_H

#include "gateway/keyring_impl.h"

/* The text file of public keys: one reader and one writer, for keyrings and for stores. One
 * entry after the other: memory does not grow with the file. */

/* The first line of a file, the entries, and its last line. E_SINK. */
int sgw_keys_write_head(smimegw_write_fn write, void *userdata,
                        struct smimegw_error **ret_error);
struct sgw_keys_line {
    const char *name;
    const char *origin;
    const void *der;
    size_t size;
};
int sgw_keys_write(const struct sgw_keys_line *line, smimegw_write_fn write, void *userdata,
                   struct smimegw_error **ret_error);
int sgw_keys_write_end(smimegw_write_fn write, void *userdata,
                       struct smimegw_error **ret_error);

/* Where the keys of a file go. Any failure but E_LIMIT of put ends the reading. */
struct sgw_keys_target {
    void *userdata;
    /* Is a key of that name there? */
    int (*has_name)(void *userdata, const char *name, bool *ret_has,
                    struct smimegw_error **ret_error);
    /* And the certificate under any name? name: what it would be called. */
    int (*has_cert)(void *userdata, const struct smimegw_cert *cert, const char *name,
                    bool *ret_has, struct smimegw_error **ret_error);
    /* ret_outcome: ADDED, REPLACED, SAME or CONFLICT. E_LIMIT: too many of one address. */
    int (*put)(void *userdata, const struct sgw_key_entry *entry, bool replaces,
               int *ret_outcome, struct smimegw_error **ret_error);
};

struct sgw_keys_source {
    const void *data;
    size_t size;
    uint32_t flags; /* SGW_KEYRING_FLAGS */
    smimegw_import_fn report;
    void *userdata;
};

int sgw_keys_read(const struct sgw_keys_source *source, const struct sgw_keys_target *target,
                  struct smimegw_error **ret_error);

#endif
