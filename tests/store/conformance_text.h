/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef STORE_CONFORMANCE_TEXT_H
#define STORE_CONFORMANCE_TEXT_H

#include "store/conformance_support.h"

/* Rules about all that a record holds; stores of one text file refuse it. */

/* SEQUENCE { SEQUENCE { OID aes256-CBC } } [RFC8551-2.5.2] */
static const uint8_t conformance_capabilities[] = {
    0x30, 0x0d, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a};

static void all_fields_come_back(void **state)
{
    struct conformance_scene *scene = *state;
    struct smimegw_record record = key_record("h", scene->rsa);
    record.kind = SMIMEGW_RECORD_HARVESTED;
    record.grade = SMIMEGW_GRADE_HELD;
    record.origin = NULL;
    record.capabilities = conformance_capabilities;
    record.capabilities_size = sizeof(conformance_capabilities);
    record.added = 1700000000;
    record.used = INT64_C(5000000000); /* over 32 bits */
    record.signed_at = 1699999999;
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    int ret = code_of_put(transaction, &record, 0);
    commit(transaction);
    if (conformance_store->is_file) {
        assert_int_equal(ret, SMIMEGW_E_USAGE);
        return;
    }
    assert_int_equal(ret, SMIMEGW_OK);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    struct held held = get_record(transaction, SMIMEGW_RECORD_HARVESTED, "h");
    assert_int_equal(held.count, 1);
    assert_int_equal(held.record.grade, SMIMEGW_GRADE_HELD);
    assert_string_equal(held.origin, "(none)");
    assert_int_equal(held.record.capabilities_size, sizeof(conformance_capabilities));
    assert_memory_equal(held.capabilities, conformance_capabilities,
                        sizeof(conformance_capabilities));
    assert_int_equal(held.record.added, record.added);
    assert_int_equal(held.record.used, record.used);
    assert_int_equal(held.record.signed_at, record.signed_at);
    expect_found(transaction, "rsa2048@example.com", "h ");
    commit(transaction);
}

/* One name, six records. */
static void kinds_are_apart(void **state)
{
    struct conformance_scene *scene = *state;
    struct smimegw_buffer *pem = read_key_file("rsa2048.pem");
    struct smimegw_record rows[] = {
        key_record("x", scene->rsa),
        key_record("x", scene->p256),
        text_record(SMIMEGW_RECORD_IDENTITY, "x", smimegw_buffer_data(pem)),
        text_record(SMIMEGW_RECORD_PROFILE, "x", "mode = sign\n"),
        text_record(SMIMEGW_RECORD_POLICY, "x", "K\xc3\xb6ln"),
        text_record(SMIMEGW_RECORD_ALERT, "x", "{}")};
    rows[1].kind = SMIMEGW_RECORD_HARVESTED;
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(code_of_put(transaction, &rows[i], 0),
                         conformance_store->is_file && i > 0 ? SMIMEGW_E_USAGE : SMIMEGW_OK);
    commit(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    for (size_t i = 0; i < (conformance_store->is_file ? 1 : 6); i++) {
        struct held held = get_record(transaction, rows[i].kind, "x");
        assert_int_equal(held.count, 1);
        assert_int_equal(held.record.kind, rows[i].kind);
        assert_int_equal(held.record.data_size, rows[i].data_size);
        assert_memory_equal(held.data, rows[i].data, rows[i].data_size);
        assert_int_equal(count_of(transaction, rows[i].kind), 1);
        expect_each(transaction, rows[i].kind, NULL, "x ");
    }
    commit(transaction);
    smimegw_buffer_free(pem);
}

static int compare_large(void *userdata, const struct smimegw_record *record)
{
    const struct smimegw_record *put = userdata;
    assert_int_equal(record->data_size, put->data_size);
    assert_memory_equal(record->data, put->data, put->data_size);
    return 0;
}

static void large_records_come_back(void **state)
{
    enum { LARGEST = 1 << 20 };
    struct conformance_scene *scene = *state;
    if (conformance_store->is_file)
        return;
    char *text = malloc(LARGEST + 2);
    for (size_t i = 0; i <= LARGEST; i++)
        text[i] = (char)('a' + i * i % 23);
    text[LARGEST + 1] = '\0';
    struct smimegw_record record = text_record(SMIMEGW_RECORD_POLICY, "large", text);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(code_of_put(transaction, &record, 0), SMIMEGW_E_USAGE);
    record.data_size = LARGEST;
    assert_int_equal(code_of_put(transaction, &record, 0), SMIMEGW_OK);
    commit(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    assert_int_equal(smimegw_transaction_get(transaction, SMIMEGW_RECORD_POLICY, "large",
                                             compare_large, &record, NULL),
                     SMIMEGW_OK);
    assert_int_equal(count_of(transaction, SMIMEGW_RECORD_POLICY), 1);
    commit(transaction);
    free(text);
}

/* --- use -----------------------------------------------------------------------------------
 */

static void put_aged(struct smimegw_transaction *transaction, const char *name, int64_t added,
                     int64_t used)
{
    struct smimegw_record record = text_record(SMIMEGW_RECORD_ALERT, name, "{}");
    record.added = added;
    record.used = used;
    put(transaction, &record);
}

static void use_is_noted(void **state)
{
    static const char *const names[] = {"new", "old", "missing", "new"};
    struct conformance_scene *scene = *state;
    if (conformance_store->is_file)
        return;
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    put_aged(transaction, "old", 10, 0);
    put_aged(transaction, "new", 10, 2000);
    put_aged(transaction, "other", 10, 0);
    commit(transaction);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(
        smimegw_transaction_touch(transaction, SMIMEGW_RECORD_ALERT, names, 4, 1000, NULL),
        SMIMEGW_OK);
    assert_int_equal(
        smimegw_transaction_touch(transaction, SMIMEGW_RECORD_POLICY, names, 4, 9999, NULL),
        SMIMEGW_OK);
    assert_int_equal(
        smimegw_transaction_touch(transaction, SMIMEGW_RECORD_ALERT, NULL, 0, 9999, NULL),
        SMIMEGW_OK);
    commit(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    assert_int_equal(get_record(transaction, SMIMEGW_RECORD_ALERT, "old").record.used, 1000);
    assert_int_equal(get_record(transaction, SMIMEGW_RECORD_ALERT, "old").record.added, 10);
    assert_int_equal(get_record(transaction, SMIMEGW_RECORD_ALERT, "new").record.used, 2000);
    assert_int_equal(get_record(transaction, SMIMEGW_RECORD_ALERT, "other").record.used, 0);
    assert_int_equal(get_record(transaction, SMIMEGW_RECORD_ALERT, "missing").count, 0);
    commit(transaction);
}

static void expect_oldest(struct smimegw_transaction *transaction, int stop_at,
                          const char *text)
{
    struct names names = {.stop_at = stop_at};
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_oldest(transaction, SMIMEGW_RECORD_ALERT, take_name, &names,
                                    &error),
         error, "oldest");
    assert_string_equal(names.text, text);
}

static void the_oldest_comes_first(void **state)
{
    static const char *const touched[] = {"a"};
    struct conformance_scene *scene = *state;
    if (conformance_store->is_file)
        return;
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    put_aged(transaction, "e", 0, 0);
    put_aged(transaction, "d", 50, 20);
    put_aged(transaction, "c", 10, 30);
    put_aged(transaction, "b", 40, 0);
    put_aged(transaction, "a", 20, 40);
    put_aged(transaction, "Z", 40, 40);
    put_aged(transaction, "f", INT64_C(1) << 40, 0);
    commit(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    expect_oldest(transaction, 0, "e c Z a b d f ");
    expect_oldest(transaction, 2, "e c ");
    assert_int_equal(
        smimegw_transaction_touch(transaction, SMIMEGW_RECORD_ALERT, touched, 1, 60, NULL),
        SMIMEGW_OK);
    put_aged(transaction, "f", 5, 0);
    assert_int_equal(smimegw_transaction_remove(transaction, SMIMEGW_RECORD_ALERT, "c", NULL),
                     SMIMEGW_OK);
    expect_oldest(transaction, 0, "e f Z b d a ");
    commit(transaction);
}

/* A harvest of one key takes about what it is made of. */
static void sizes_are_told(void **state)
{
    const struct conformance_scene *scene = *state;
    int64_t before;
    int64_t after;
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    const struct smimegw_record one = key_record("1", scene->rsa);
    const struct smimegw_record other = key_record("2", scene->p256);
    put(transaction, &one);
    assert_int_equal(
        smimegw_transaction_measure(transaction, SMIMEGW_RECORD_KEY, NULL, &before, NULL),
        SMIMEGW_OK);
    put(transaction, &other);
    assert_int_equal(
        smimegw_transaction_measure(transaction, SMIMEGW_RECORD_KEY, NULL, &after, NULL),
        SMIMEGW_OK);
    assert_in_range(before, one.data_size, one.data_size + 4096);
    assert_in_range(after - before, other.data_size, other.data_size + 4096);
    assert_int_equal(smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "2", NULL),
                     SMIMEGW_OK);
    assert_int_equal(
        smimegw_transaction_measure(transaction, SMIMEGW_RECORD_KEY, NULL, &after, NULL),
        SMIMEGW_OK);
    assert_int_equal(before, after);
    assert_int_equal(count_of(transaction, SMIMEGW_RECORD_KEY), 1);
    assert_int_equal(count_of(transaction, SMIMEGW_RECORD_HARVESTED), 0);
    commit(transaction);
}

#endif
