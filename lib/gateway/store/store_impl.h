/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_STORE_IMPL_H
#define SGW_GATEWAY_STORE_IMPL_H

#include <smimegw/store.h>

#include "base/ref.h"
#include "gateway/store/record.h"

/* Addresses that one call looks up. */
enum { SGW_FIND_ADDRESSES_MAX = 10000 };

struct smimegw_store {
    struct sgw_ref ref;
    struct smimegw_store_functions functions;
    void *userdata;
    /* NULL for stores of the host, which have only a number to say it: why can nothing begin?
     * OK where it could now. */
    int (*explain)(void *userdata, struct smimegw_error **ret_error);
};

struct smimegw_transaction {
    struct smimegw_store *store;
    void *session;
    int mode;
    bool is_busy;    /* a function of the store runs */
    bool has_failed; /* nothing may be kept */
};

/* Before a function of the store is called. E_STATE: it may not be. */
int sgw_transaction_enter(struct smimegw_transaction *transaction,
                          struct smimegw_error **ret_error);
/* And after it: what its result means; any failure is the transaction's. */
int sgw_transaction_leave(struct smimegw_transaction *transaction, const char *function,
                          int result, struct smimegw_error **ret_error);

/* Take a record that was checked; valid during the call. 0: the next one. */
typedef int (*sgw_seen_record_fn)(void *userdata, const struct sgw_seen_record *seen);

int sgw_transaction_get(struct smimegw_transaction *transaction, int kind, const char *name,
                        sgw_seen_record_fn take, void *userdata,
                        struct smimegw_error **ret_error);
int sgw_transaction_each(struct smimegw_transaction *transaction, int kind, const char *after,
                         sgw_seen_record_fn take, void *userdata,
                         struct smimegw_error **ret_error);
int sgw_transaction_oldest(struct smimegw_transaction *transaction, int kind,
                           sgw_seen_record_fn take, void *userdata,
                           struct smimegw_error **ret_error);
/* lookup: listed. */
int sgw_transaction_find(struct smimegw_transaction *transaction,
                         const struct sgw_key_set *lookup, sgw_seen_record_fn take,
                         void *userdata, struct smimegw_error **ret_error);
/* The same in a transaction of their own, which reads. */
int sgw_store_get(struct smimegw_store *store, int kind, const char *name,
                  sgw_seen_record_fn take, void *userdata, struct smimegw_error **ret_error);
int sgw_store_find(struct smimegw_store *store, const struct sgw_key_set *lookup,
                   sgw_seen_record_fn take, void *userdata, struct smimegw_error **ret_error);
/* Is there a record of that name? */
int sgw_transaction_has(struct smimegw_transaction *transaction, int kind, const char *name,
                        bool *ret_has, struct smimegw_error **ret_error);
/* Put what was checked, whatever has its name. E_LIMIT: too many keys for one address. */
int sgw_transaction_put(struct smimegw_transaction *transaction,
                        const struct smimegw_record *record, const struct sgw_key_set *keys,
                        struct smimegw_error **ret_error);

#endif
