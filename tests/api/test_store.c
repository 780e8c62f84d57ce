/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stores and resolvers refuse, and where their bounds are; AC-147. */
#include "store/store_support.h"

static struct smimegw_cert *good;

static struct smimegw_store *new_memory(void)
{
    struct smimegw_store *store;
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    return store;
}

static int set_up(void **state)
{
    (void)state;
    good = load_cert("rsa2048.pem");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    smimegw_cert_unref(good);
    return 0;
}

/* --- records that are not taken ------------------------------------------------------------
 */

static const struct {
    int kind;
    const char *name;
    const char *text; /* NULL: the certificate */
    int ret;
} rows[] = {
    {SMIMEGW_RECORD_KEY, "x", NULL, SMIMEGW_OK},
    {SMIMEGW_RECORD_HARVESTED, "x", NULL, SMIMEGW_OK},
    {0, "x", "text", SMIMEGW_E_USAGE},
    {7, "x", "text", SMIMEGW_E_USAGE},
    {SMIMEGW_RECORD_PROFILE, "", "text", SMIMEGW_E_USAGE},
    {SMIMEGW_RECORD_PROFILE, " x", "text", SMIMEGW_E_USAGE},
    {SMIMEGW_RECORD_PROFILE, "x\t", "text", SMIMEGW_E_USAGE},
    {SMIMEGW_RECORD_PROFILE, "x\ny", "text", SMIMEGW_E_USAGE},
    {SMIMEGW_RECORD_PROFILE, "\xc0\x80", "text", SMIMEGW_E_USAGE},
    {SMIMEGW_RECORD_PROFILE, "x", "", SMIMEGW_E_USAGE},
    {SMIMEGW_RECORD_PROFILE, "x", "\xff", SMIMEGW_E_USAGE},
    {SMIMEGW_RECORD_PROFILE, "x", "text", SMIMEGW_OK},
    {SMIMEGW_RECORD_POLICY, "x", "-----BEGIN CERTIFICATE-----", SMIMEGW_OK},
    {SMIMEGW_RECORD_IDENTITY, "x", "text", SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_IDENTITY, "x", "-----BEGIN CERTIFICATE-----\nAAAA\n", SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_IDENTITY, "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n", SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_KEY, "x", "text", SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_HARVESTED, "x", "\x30\x03\x02\x01\x01", SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_POLICY, "x", "-----BEGIN PRIVATE KEY-----", SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_POLICY, "x", "a\n-----BEGIN RSA PRIVATE KEY-----\n", SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_ALERT, "x", "{\"a\":\"-----BEGIN EC PRIVATE KEY-----\\nM\"}",
     SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_ALERT, "x", "-----BEGIN ENCRYPTED PRIVATE KEY-----", SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_ALERT, "x", "-----BEGIN PGP PRIVATE KEY BLOCK-----", SMIMEGW_E_KEY},
    {SMIMEGW_RECORD_PROFILE, "x", "PuTTY-User-Key-File-3: ssh-rsa", SMIMEGW_E_KEY},
};

static void malformed_records_are_refused(void **state)
{
    (void)state;
    struct smimegw_store *store = new_memory();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
        struct smimegw_record record = key_record(rows[i].name, good);
        record.kind = rows[i].kind;
        if (rows[i].text != NULL) {
            record.data = rows[i].text;
            record.data_size = strlen(rows[i].text);
        }
        if (rows[i].kind > SMIMEGW_RECORD_HARVESTED)
            record.grade = 0;
        int ret = code_of_put(transaction, &record, 0);
        if (ret != rows[i].ret)
            fail_msg("row %zu: %d", i, ret);
        /* and the transaction goes on */
        const struct smimegw_record fine = text_record(SMIMEGW_RECORD_ALERT, "fine", "{}");
        put(transaction, &fine);
        smimegw_transaction_rollback(transaction);
    }
    smimegw_store_unref(store);
}

static void other_fields_are_checked(void **state)
{
    (void)state;
    static const uint8_t pkcs8[] = {0x30, 0x07, 0x02, 0x01, 0x00, 0x30, 0x00, 0x04, 0x00};
    struct smimegw_store *store = new_memory();
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    struct smimegw_record bad[8];
    for (size_t i = 0; i < 8; i++)
        bad[i] = key_record("x", good);
    bad[0].grade = 0;
    bad[1].grade = 7;
    bad[2].added = -1;
    bad[3].signed_at = -1;
    bad[4].capabilities = "x";
    bad[5].capabilities = pkcs8;
    bad[5].capabilities_size = sizeof(pkcs8);
    bad[6].origin = "";
    bad[7].data_size = 0;
    for (size_t i = 0; i < 8; i++)
        if (code_of_put(transaction, &bad[i], SMIMEGW_KEYRING_FORCE) != SMIMEGW_E_USAGE)
            fail_msg("record %zu", i);
    struct {
        struct smimegw_record record;
        size_t more;
    } later = {key_record("x", good), 1};
    later.record.size = sizeof(later);
    assert_int_equal(code_of_put(transaction, &later.record, 0), SMIMEGW_E_ABI);
    assert_int_equal(code_of_put(transaction, &later.record, 4), SMIMEGW_E_USAGE);
    commit(transaction);
    transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    const struct smimegw_record fine = key_record("x", good);
    assert_int_equal(code_of_put(transaction, &fine, 0), SMIMEGW_E_USAGE);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "");
    commit(transaction);
    smimegw_store_unref(store);
}

/* An administrator's key must be fit; FORCE takes it all the same, but no garbage. */
static void keys_meet_the_requirements(void **state)
{
    (void)state;
    struct smimegw_store *store = new_memory();
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    struct smimegw_cert *weak = load_cert("rsa1024.pem");
    const struct smimegw_record record = key_record("weak", weak);
    assert_int_equal(code_of_put(transaction, &record, 0), SMIMEGW_E_KEY);
    assert_int_equal(code_of_put(transaction, &record, SMIMEGW_KEYRING_FORCE), SMIMEGW_OK);
    commit(transaction);
    smimegw_store_unref(store);
    smimegw_cert_unref(weak);
}

/* A crowd at one address is bounded, for strangers' keys apart from the administrator's. */
static void crowds_are_bounded(void **state)
{
    (void)state;
    enum { MOST = 1000 };
    struct smimegw_store *store = new_memory();
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    char name[32];
    struct smimegw_record record = key_record(name, good);
    record.kind = SMIMEGW_RECORD_HARVESTED;
    for (int i = 0; i < MOST; i++) {
        snprintf(name, sizeof(name), "%d", i);
        put(transaction, &record);
    }
    assert_int_equal(code_of_put(transaction, &record, SMIMEGW_KEYRING_REPLACE), SMIMEGW_OK);
    snprintf(name, sizeof(name), "one more");
    assert_int_equal(code_of_put(transaction, &record, 0), SMIMEGW_E_LIMIT);
    record.kind = SMIMEGW_RECORD_KEY;
    put(transaction, &record);
    assert_int_equal(find_names(transaction, (const char *[]){"rsa2048@example.com"}, 1).count,
                     MOST + 1);
    commit(transaction);
    smimegw_store_unref(store);
}

/* --- import (AC-147) -----------------------------------------------------------------------
 */

static int note_outcome(void *userdata, int outcome, size_t line, const char *name,
                        const char *text, size_t done, size_t size)
{
    char *outcomes = userdata;
    (void)line;
    (void)name;
    (void)text;
    assert_true(done <= size);
    outcomes[strlen(outcomes)] = "?ARSCXP"[outcome];
    return 0;
}

static void each_entry_has_an_outcome(void **state)
{
    (void)state;
    static const char *const files[] = {"rsa2048.pem", "rsa2048-key.pem", "p256.pem",
                                        "rsa1024.pem", "rsa2048.pem"};
    char outcomes[32] = "";
    struct smimegw_store *store = new_memory();
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    struct smimegw_buffer *text = make_buffer();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct smimegw_buffer *file = read_key_file(files[i]);
        if (i == 2)
            smimegw_buffer_write(text, "Name: rsa2048@example.com\r\n", 27);
        smimegw_buffer_write(text, smimegw_buffer_data(file), smimegw_buffer_size(file));
        smimegw_buffer_free(file);
    }
    assert_int_equal(smimegw_transaction_import(transaction, smimegw_buffer_data(text),
                                                smimegw_buffer_size(text), 0, note_outcome,
                                                outcomes, NULL),
                     SMIMEGW_OK);
    assert_string_equal(outcomes, "APCXS");
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "rsa2048@example.com ");
    assert_int_equal(smimegw_transaction_import(transaction, smimegw_buffer_data(text),
                                                smimegw_buffer_size(text),
                                                SMIMEGW_KEYRING_REPLACE, NULL, NULL, NULL),
                     SMIMEGW_OK);
    expect_found(transaction, "p256@example.com", "rsa2048@example.com ");
    assert_int_equal(smimegw_transaction_import(transaction, "", 0, 0, NULL, NULL, NULL),
                     SMIMEGW_E_KEY);
    commit(transaction);
    smimegw_buffer_free(text);
    smimegw_store_unref(store);
}

/* --- resolvers and arguments ---------------------------------------------------------------
 */

static int look_up(void *userdata, struct smimegw_plan *plan, const char *const *addresses,
                   size_t count)
{
    (void)userdata;
    (void)plan;
    (void)addresses;
    (void)count;
    return SMIMEGW_ANSWERED;
}

static void count_close(void *userdata)
{
    ++*(int *)userdata;
}

static void resolvers_close_once(void **state)
{
    (void)state;
    int closed = 0;
    struct smimegw_resolver *resolver = NULL;
    struct smimegw_resolver_functions functions = {
        .size = sizeof(functions), .lookup = look_up, .close = count_close};
    assert_int_equal(smimegw_resolver_new(&functions, &closed, 0, &resolver, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(
        smimegw_resolver_new(&functions, &closed, SMIMEGW_GRADE_CHAIN, &resolver, NULL),
        SMIMEGW_OK);
    smimegw_resolver_unref(smimegw_resolver_ref(resolver));
    assert_int_equal(closed, 0);
    smimegw_resolver_unref(resolver);
    assert_int_equal(closed, 1);
    functions.lookup = NULL;
    assert_int_equal(
        smimegw_resolver_new(&functions, &closed, SMIMEGW_GRADE_CHAIN, &resolver, NULL),
        SMIMEGW_E_USAGE);
    assert_int_equal(closed, 1);
    smimegw_resolver_unref(NULL);
    assert_null(smimegw_resolver_ref(NULL));
}

static void transactions_hold_their_store(void **state)
{
    (void)state;
    struct smimegw_store *store = new_memory();
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    struct smimegw_transaction *none = NULL;
    assert_int_equal(smimegw_transaction_new(store, 2, &none, NULL), SMIMEGW_E_USAGE);
    /* the second writer waits, and is told that it is busy */
    assert_int_equal(smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &none, NULL),
                     SMIMEGW_E_STORE);
    assert_null(none);
    smimegw_store_unref(store);
    const struct smimegw_record record = key_record("x", good);
    put(transaction, &record);
    commit(transaction);
    smimegw_transaction_rollback(NULL);
    smimegw_store_unref(NULL);
    assert_null(smimegw_store_ref(NULL));
    assert_int_equal(smimegw_store_new_file("", &store, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_store_new_file("/no/such/folder/keys", &store, NULL),
                     SMIMEGW_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_records_are_refused),
        cmocka_unit_test(other_fields_are_checked),
        cmocka_unit_test(keys_meet_the_requirements),
        cmocka_unit_test(crowds_are_bounded),
        cmocka_unit_test(each_entry_has_an_outcome),
        cmocka_unit_test(resolvers_close_once),
        cmocka_unit_test(transactions_hold_their_store),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
