/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef STORE_CONFORMANCE_KEYS_H
#define STORE_CONFORMANCE_KEYS_H

#include "store/conformance_support.h"

/* Rules about keys, which every store keeps. */

static void an_empty_store_has_nothing(void **state)
{
    const struct conformance_scene *scene = *state;
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    for (int kind = SMIMEGW_RECORD_KEY; kind <= SMIMEGW_RECORD_ALERT; kind++) {
        struct names names = {0};
        assert_int_equal(get_record(transaction, kind, "x").count, 0);
        assert_int_equal(count_of(transaction, kind), 0);
        expect_each(transaction, kind, NULL, "");
        expect_each(transaction, kind, "x", "");
        assert_int_equal(
            smimegw_transaction_oldest(transaction, kind, take_name, &names, NULL),
            SMIMEGW_OK);
        assert_int_equal(names.count, 0);
    }
    expect_found(transaction, "rsa2048@example.com", "");
    commit(transaction);
}

static void a_key_comes_back_as_it_was(void **state)
{
    struct conformance_scene *scene = *state;
    struct smimegw_record record = key_record("K\xc3\xb6ln 1", scene->rsa);
    record.origin = "the directory of B";
    put_now(scene->store, &record);
    reopen(scene);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    struct held held = get_record(transaction, SMIMEGW_RECORD_KEY, record.name);
    assert_int_equal(held.count, 1);
    assert_int_equal(held.record.kind, SMIMEGW_RECORD_KEY);
    assert_int_equal(held.record.grade, SMIMEGW_GRADE_ADMINISTRATOR);
    assert_string_equal(held.name, record.name);
    assert_string_equal(held.origin, record.origin);
    assert_int_equal(held.record.data_size, record.data_size);
    assert_memory_equal(held.data, record.data, record.data_size);
    assert_null(held.record.capabilities);
    assert_int_equal(held.record.lookup_key_count, 1);
    assert_int_equal(get_record(transaction, SMIMEGW_RECORD_KEY, "K\xc3\xb6ln").count, 0);
    assert_int_equal(get_record(transaction, SMIMEGW_RECORD_KEY, "k\xc3\xb6ln 1").count, 0);
    assert_int_equal(get_record(transaction, SMIMEGW_RECORD_HARVESTED, record.name).count, 0);
    commit(transaction);
}

/* And who replaces it takes its addresses away. */
static void a_name_is_unique(void **state)
{
    struct conformance_scene *scene = *state;
    const struct smimegw_record one = key_record("x", scene->rsa);
    const struct smimegw_record other = key_record("x", scene->p256);
    put_now(scene->store, &one);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(code_of_put(transaction, &other, 0), SMIMEGW_E_USAGE);
    expect_found(transaction, "rsa2048@example.com", "x ");
    put(transaction, &other);
    expect_found(transaction, "rsa2048@example.com", "");
    commit(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    expect_found(transaction, "rsa2048@example.com", "");
    expect_found(transaction, "p256@example.com", "x ");
    assert_int_equal(count_of(transaction, SMIMEGW_RECORD_KEY), 1);
    commit(transaction);
}

static void put_three(const struct conformance_scene *scene)
{
    const struct smimegw_record rows[] = {key_record("rsa", scene->rsa),
                                          key_record("p256", scene->p256),
                                          key_record("domain", scene->domain)};
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    for (size_t i = 0; i < 3; i++)
        put(transaction, &rows[i]);
    commit(transaction);
}

static void keys_are_found_by_whom_they_serve(void **state)
{
    static const struct {
        const char *address;
        int count;
        const char *one; /* of them */
    } rows[] = {{"rsa2048@example.com", 2, "rsa "},   {"RSA2048@Example.COM", 2, "rsa "},
                {"nobody@example.com", 1, "domain "}, {"p256@example.com", 2, "p256 "},
                {"x@sub.example.net", 1, "domain "},  {"x@example.net", 0, ""},
                {"x@a.b.example.net", 0, ""},         {"x@sub.example.com", 0, ""},
                {"rsa2048@example.org", 0, ""},       {"rsa2048@example.com.org", 0, ""},
                {"rsa204@example.com", 1, "domain "}, {"2048@example.com", 1, "domain "}};
    struct conformance_scene *scene = *state;
    put_three(scene);
    reopen(scene);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct names names = find_names(transaction, &rows[i].address, 1);
        if (names.count != rows[i].count || strstr(names.text, rows[i].one) == NULL)
            fail_msg("%s: %d, %s", rows[i].address, names.count, names.text);
    }
    commit(transaction);
}

/* However many of the addresses it serves, of as many addresses as there can be. */
static void each_is_found_once(void **state)
{
    enum { COUNT = 10000, SHOWN = 64 };
    const struct conformance_scene *scene = *state;
    static char texts[COUNT][SHOWN];
    static const char *addresses[COUNT + 1];
    put_three(scene);
    for (int i = 0; i < COUNT; i++) {
        snprintf(texts[i], SHOWN, "user%d@%s", i,
                 i % 2 == 0 ? "example.com" : "a.example.net");
        addresses[i] = texts[i];
    }
    snprintf(texts[COUNT - 1], SHOWN, "p256@example.com");
    addresses[COUNT] = "x@y.example";
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    struct names names = find_names(transaction, addresses, COUNT);
    assert_int_equal(names.count, 2);
    assert_non_null(strstr(names.text, "domain "));
    assert_non_null(strstr(names.text, "p256 "));
    names = (struct names){.stop_at = 1};
    assert_int_equal(
        smimegw_transaction_find(transaction, addresses, COUNT, take_name, &names, NULL),
        SMIMEGW_OK);
    assert_int_equal(names.count, 1);
    assert_int_equal(
        smimegw_transaction_find(transaction, addresses, COUNT + 1, take_name, &names, NULL),
        SMIMEGW_E_USAGE);
    commit(transaction);
}

/* AC-141 */
static void hostile_addresses_find_nothing(void **state)
{
    static const char *const addresses[] = {"",
                                            "@",
                                            "*",
                                            "%",
                                            "*@*",
                                            "%@%",
                                            "*)(uid=*",
                                            "*)(mail=*@example.com",
                                            "' OR 1=1--",
                                            "'OR'1'='1@example.org",
                                            "../../etc/passwd",
                                            "../../x@example.org",
                                            "%s%s%n@example.org",
                                            "*@example.org",
                                            "x@*.example.net",
                                            "x@%.example.net",
                                            "\xff\xfe@example.org",
                                            "x@\xff.example",
                                            "x\n@example.org",
                                            "x@example.com\r\ny@example.com"};
    enum { LONG = 65536 };
    const struct conformance_scene *scene = *state;
    char *huge = malloc(LONG + 1);
    memset(huge, 'a', LONG);
    huge[LONG - 20] = '@';
    huge[LONG] = '\0';
    put_three(scene);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        expect_found(transaction, addresses[i], "");
    expect_found(transaction, huge, "");
    expect_found(transaction, "nobody@example.com", "domain ");
    commit(transaction);
    free(huge);
}

static void names_are_in_the_order_of_strcmp(void **state)
{
    /* of bytes, whatever the language is */
    static const char *const names[] = {"A",
                                        "B",
                                        "Z",
                                        "_",
                                        "a",
                                        "aa",
                                        "ab",
                                        "b",
                                        "\xc3\xa4",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x94\x91"};
    static const int order[] = {7, 3, 10, 0, 5, 9, 2, 8, 1, 6, 4};
    enum { COUNT = sizeof(names) / sizeof(names[0]) };
    struct conformance_scene *scene = *state;
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    char all[256] = "";
    size_t ends[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        const struct smimegw_record record = key_record(names[order[i]], scene->rsa);
        put(transaction, &record);
        strcat(strcat(all, names[i]), " ");
        ends[i] = strlen(all);
    }
    commit(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, all);
    expect_each(transaction, SMIMEGW_RECORD_KEY, "!", all);
    expect_each(transaction, SMIMEGW_RECORD_HARVESTED, NULL, "");
    for (size_t i = 0; i < COUNT; i++)
        expect_each(transaction, SMIMEGW_RECORD_KEY, names[i], all + ends[i]);
    struct names some = {.stop_at = 3};
    assert_int_equal(
        smimegw_transaction_each(transaction, SMIMEGW_RECORD_KEY, "a", take_name, &some, NULL),
        SMIMEGW_OK);
    assert_string_equal(some.text, "aa ab b ");
    commit(transaction);
}

/* A store must not take a part of a name for its own language. */
static void hostile_names_are_names(void **state)
{
    static const char *const names[] = {"'; DROP TABLE record; --",
                                        "\" OR \"\"=\"",
                                        "%",
                                        "a%b_c",
                                        "\\x27",
                                        "$1 {x} ?1 :name",
                                        "../../etc/passwd",
                                        "# end",
                                        "-----BEGIN CERTIFICATE-----",
                                        "Origin: x"};
    struct conformance_scene *scene = *state;
    char longest[256];
    size_t count = sizeof(names) / sizeof(names[0]);
    memset(longest, 'n', sizeof(longest) - 1);
    longest[255] = '\0';
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    for (size_t i = 0; i <= count; i++) {
        struct smimegw_record record = key_record(i < count ? names[i] : longest, scene->rsa);
        record.origin = record.name;
        put(transaction, &record);
    }
    commit(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    for (size_t i = 0; i <= count; i++) {
        const char *name = i < count ? names[i] : longest;
        const struct held held = get_record(transaction, SMIMEGW_RECORD_KEY, name);
        assert_int_equal(held.count, 1);
        assert_string_equal(held.origin, name);
        assert_int_equal(
            smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, name, NULL),
            SMIMEGW_OK);
        assert_int_equal(count_of(transaction, SMIMEGW_RECORD_KEY), count - i);
    }
    commit(transaction);
}

static void what_is_removed_is_gone(void **state)
{
    struct conformance_scene *scene = *state;
    put_three(scene);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "no", NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "rsa", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "rsa", NULL),
                     SMIMEGW_E_USAGE);
    commit(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "domain p256 ");
    expect_found(transaction, "rsa2048@example.com", "domain ");
    assert_int_equal(smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "p256", NULL),
                     SMIMEGW_E_USAGE);
    commit(transaction);
}

/* --- files and private keys ----------------------------------------------------------------
 */

static void a_file_goes_out_and_in(void **state)
{
    struct conformance_scene *scene = *state;
    put_three(scene);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    struct smimegw_buffer *one = export_all(transaction);
    assert_int_equal(smimegw_transaction_import(transaction, smimegw_buffer_data(one),
                                                smimegw_buffer_size(one), 0, NULL, NULL, NULL),
                     SMIMEGW_OK);
    assert_int_equal(count_of(transaction, SMIMEGW_RECORD_KEY), 3);
    static const char *const names[] = {"domain", "p256", "rsa"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(
            smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, names[i], NULL),
            SMIMEGW_OK);
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_import(transaction, smimegw_buffer_data(one),
                                    smimegw_buffer_size(one), 0, NULL, NULL, &error),
         error, "import");
    commit(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    struct smimegw_buffer *other = export_all(transaction);
    assert_string_equal(smimegw_buffer_data(one), smimegw_buffer_data(other));
    commit(transaction);
    smimegw_buffer_free(one);
    smimegw_buffer_free(other);
}

static int stop_at_second(void *userdata, int outcome, size_t line, const char *name,
                          const char *text, size_t done, size_t size)
{
    (void)outcome;
    (void)line;
    (void)name;
    (void)text;
    (void)done;
    (void)size;
    return ++*(int *)userdata == 2;
}

static void an_import_can_be_undone(void **state)
{
    struct conformance_scene *scene = *state;
    int count = 0;
    put_three(scene);
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    struct smimegw_buffer *before = export_all(transaction);
    commit(transaction);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    struct smimegw_buffer *file = read_key_file("p384.pem");
    struct smimegw_buffer *more = read_key_file("p521.pem");
    assert_int_equal(
        smimegw_buffer_write(file, smimegw_buffer_data(more), smimegw_buffer_size(more)),
        SMIMEGW_OK);
    assert_int_equal(smimegw_transaction_import(transaction, smimegw_buffer_data(file),
                                                smimegw_buffer_size(file), 0, stop_at_second,
                                                &count, NULL),
                     SMIMEGW_E_SINK);
    smimegw_transaction_rollback(transaction);
    reopen(scene);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    struct smimegw_buffer *after = export_all(transaction);
    assert_string_equal(smimegw_buffer_data(before), smimegw_buffer_data(after));
    commit(transaction);
    smimegw_buffer_free(file);
    smimegw_buffer_free(more);
    smimegw_buffer_free(before);
    smimegw_buffer_free(after);
}

static void private_keys_never_get_in(void **state)
{
    static const char *const files[] = {"rsa2048-key.pem", "rsa2048-pkcs1.pem",
                                        "p256-sec1.pem", "p256-key.pem", "rsa2048-id.pem"};
    const struct conformance_scene *scene = *state;
    struct smimegw_transaction *transaction = begin(scene->store, SMIMEGW_TRANSACTION_WRITE);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct smimegw_buffer *file = read_key_file(files[i]);
        for (int kind = SMIMEGW_RECORD_KEY; kind <= SMIMEGW_RECORD_ALERT; kind++) {
            struct smimegw_record record = text_record(kind, "x", smimegw_buffer_data(file));
            if (kind <= SMIMEGW_RECORD_HARVESTED)
                record.grade = SMIMEGW_GRADE_ADMINISTRATOR;
            if (code_of_put(transaction, &record, SMIMEGW_KEYRING_FORCE) != SMIMEGW_E_KEY)
                fail_msg("%s as kind %d", files[i], kind);
        }
        smimegw_buffer_free(file);
    }
    commit(transaction);
    transaction = begin(scene->store, SMIMEGW_TRANSACTION_READ);
    for (int kind = SMIMEGW_RECORD_KEY; kind <= SMIMEGW_RECORD_ALERT; kind++)
        assert_int_equal(count_of(transaction, kind), 0);
    commit(transaction);
}

#endif
