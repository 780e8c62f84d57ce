/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef STORE_STORE_DIGEST_H
#define STORE_STORE_DIGEST_H

#include <smimegw/error.h>
#include <smimegw/store.h>
#include <string.h>

/* All that is in a store, as one number: to tell whether two hold the same, or one still what
 * it held. */

static inline void digest_bytes(uint64_t *digest, const void *data, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)data;
    for (size_t i = 0; i < size; i++)
        *digest = (*digest ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static inline void digest_number(uint64_t *digest, int64_t number)
{
    digest_bytes(digest, &number, sizeof(number));
}

static inline int digest_record(void *userdata, const struct smimegw_record *record)
{
    uint64_t *digest = (uint64_t *)userdata;
    const int64_t numbers[] = {record->kind,
                               record->grade,
                               record->added,
                               record->used,
                               record->signed_at,
                               (int64_t)record->data_size,
                               (int64_t)record->capabilities_size};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        digest_number(digest, numbers[i]);
    digest_bytes(digest, record->name, strlen(record->name) + 1);
    digest_bytes(digest, record->data, record->data_size);
    digest_bytes(digest, record->capabilities, record->capabilities_size);
    for (size_t i = 0; i < record->lookup_key_count; i++)
        digest_bytes(digest, record->lookup_keys[i], strlen(record->lookup_keys[i]) + 1);
    return 0;
}

/* 0: it can't be read. */
static inline uint64_t store_digest(struct smimegw_store *store)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    struct smimegw_transaction *transaction;
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, NULL);
    if (ret < 0)
        return 0;
    for (int kind = SMIMEGW_RECORD_KEY; ret == SMIMEGW_OK && kind <= SMIMEGW_RECORD_ALERT;
         kind++) {
        int64_t count = 0;
        int64_t bytes = 0;
        ret = smimegw_transaction_each(transaction, kind, NULL, digest_record, &digest, NULL);
        if (ret == SMIMEGW_OK)
            ret = smimegw_transaction_measure(transaction, kind, &count, &bytes, NULL);
        digest_number(&digest, count);
        digest_number(&digest, bytes);
    }
    smimegw_transaction_rollback(transaction);
    return ret == SMIMEGW_OK ? digest : 0;
}

#endif
