/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef STORE_STORE_SUPPORT_H
#define STORE_STORE_SUPPORT_H

#include "api/support.h"

/* For tests of stores: over the public headers only, run from the top folder. */

/* The certificate of a file of tests/data/keys. */
static inline struct smimegw_cert *load_cert(const char *name)
{
    struct smimegw_cert *cert;
    struct smimegw_buffer *file = read_key_file(name);
    assert_int_equal(
        smimegw_cert_new(smimegw_buffer_data(file), smimegw_buffer_size(file), &cert, NULL),
        SMIMEGW_OK);
    smimegw_buffer_free(file);
    return cert;
}

/* What calls handed over: the names, each with a blank after it. */
struct names {
    char text[4096];
    int count;
    int stop_at; /* 0: never */
};

static inline int take_name(void *userdata, const struct smimegw_record *record)
{
    struct names *names = userdata;
    size_t used = strlen(names->text);
    snprintf(names->text + used, sizeof(names->text) - used, "%s ", record->name);
    names->count++;
    return names->count == names->stop_at;
}

static inline void need(int ret, struct smimegw_error *error, const char *what)
{
    if (ret != SMIMEGW_OK)
        fail_msg("%s: %d, %s", what, ret, smimegw_error_text(error));
    assert_null(error);
}

static inline struct smimegw_transaction *begin(struct smimegw_store *store, int mode)
{
    struct smimegw_transaction *transaction = NULL;
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_new(store, mode, &transaction, &error), error, "begin");
    return transaction;
}

static inline void commit(struct smimegw_transaction *transaction)
{
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_commit(transaction, &error), error, "commit");
}

/* A record of a certificate; the certificate must live on. */
static inline struct smimegw_record key_record(const char *name,
                                               const struct smimegw_cert *cert)
{
    struct smimegw_record record = {.size = sizeof(record),
                                    .kind = SMIMEGW_RECORD_KEY,
                                    .grade = SMIMEGW_GRADE_ADMINISTRATOR,
                                    .name = name,
                                    .origin = "administrator"};
    record.data = smimegw_cert_der(cert, &record.data_size);
    return record;
}

static inline struct smimegw_record text_record(int kind, const char *name, const char *text)
{
    return (struct smimegw_record){.size = sizeof(struct smimegw_record),
                                   .kind = kind,
                                   .name = name,
                                   .data = text,
                                   .data_size = strlen(text)};
}

static inline void put(struct smimegw_transaction *transaction,
                       const struct smimegw_record *record)
{
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_put(transaction, record, SMIMEGW_KEYRING_REPLACE, &error), error,
         record->name);
}

/* Put one in a transaction of its own. */
static inline void put_now(struct smimegw_store *store, const struct smimegw_record *record)
{
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    put(transaction, record);
    commit(transaction);
}

static inline int code_of_put(struct smimegw_transaction *transaction,
                              const struct smimegw_record *record, uint32_t flags)
{
    struct smimegw_error *error = NULL;
    int ret = smimegw_transaction_put(transaction, record, flags, &error);
    assert_int_equal(ret, smimegw_error_code(error));
    smimegw_error_free(error);
    return ret;
}

/* Names of the records for addresses, as they come. */
static inline struct names find_names(struct smimegw_transaction *transaction,
                                      const char *const *addresses, size_t count)
{
    struct names names = {0};
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_find(transaction, addresses, count, take_name, &names, &error),
         error, "find");
    return names;
}

static inline void expect_found(struct smimegw_transaction *transaction, const char *address,
                                const char *names)
{
    struct names found = find_names(transaction, &address, 1);
    if (strcmp(found.text, names) != 0)
        fail_msg("for %s: \"%s\", not \"%s\"", address, found.text, names);
}

static inline void expect_each(struct smimegw_transaction *transaction, int kind,
                               const char *after, const char *names)
{
    struct names found = {0};
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_each(transaction, kind, after, take_name, &found, &error), error,
         "each");
    assert_string_equal(found.text, names);
}

static inline struct smimegw_buffer *export_all(struct smimegw_transaction *transaction)
{
    struct smimegw_error *error = NULL;
    struct smimegw_buffer *buffer = make_buffer();
    need(smimegw_transaction_export(transaction, smimegw_buffer_write, buffer, &error), error,
         "export");
    return buffer;
}

#endif
