/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_KEY_STORE_H
#define CLI_KEY_STORE_H

#include "cli.h"

/* What a store can be. */
struct cli_store_kind {
    const char *start; /* of its name; NULL where the file tells */
    bool is_cut;       /* the start does not belong to the place */
    bool keeps_all;    /* every kind of record, not only an administrator's public keys */
    const char *library;
    /* NULL where the library is not built. is_new: make it where it is not there. */
    int (*open)(const char *place, bool is_new, struct smimegw_store **ret_store,
                struct smimegw_error **ret_error);
    /* NULL: nothing beside reading all of it. */
    int (*check)(const char *place, struct smimegw_error **ret_error);
    /* NULL: not by this program. */
    int (*backup)(const char *place, const char *target,
                  int (*progress)(void *userdata, int64_t done, int64_t size), void *userdata,
                  struct smimegw_error **ret_error);
};

/* A store as --store names it. */
struct cli_key_store {
    const char *name;  /* (borrowed) */
    const char *place; /* (borrowed) the same without the word in front */
    const struct cli_store_kind *kind;
    struct smimegw_store *store;
};

/* Which kind it is; nothing is opened. CLI_USAGE where this program has no such stores. */
int cli_key_store_find(struct cli_key_store *store, const char *name);
/* is_new: one that is not there is made. To be closed also on failure. */
int cli_key_store_open(struct cli_key_store *store, const char *name, bool is_new);
void cli_key_store_close(struct cli_key_store *store);

/* mode: of enum smimegw_transaction_mode. */
int cli_key_store_begin(const struct cli_key_store *store, int mode,
                        struct smimegw_transaction **ret_transaction);
/* Where all went well so far (code) all is kept, else nothing. ret_transaction may be NULL. */
int cli_key_store_end(const struct cli_key_store *store,
                      struct smimegw_transaction *transaction, int code);

#endif
