/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening, settings, damage, and several stores in one schema. */
#include <sys/wait.h>
#include <unistd.h>

#include "postgres/support.h"

static int wipe(void **state)
{
    (void)state;
    wipe_store();
    return 0;
}

static int code_of_open(const char *connection, const char *const *settings, char text[300])
{
    struct smimegw_store *store = NULL;
    struct smimegw_error *error = NULL;
    int ret = smimegw_postgres_open(connection, settings, &store, &error);
    snprintf(text, 300, "%s", smimegw_error_text(error));
    assert_int_equal(ret, smimegw_error_code(error));
    smimegw_error_free(error);
    smimegw_store_unref(store);
    return ret;
}

static int code_of_begin(struct smimegw_store *store, int mode)
{
    struct smimegw_transaction *transaction = NULL;
    int ret = smimegw_transaction_new(store, mode, &transaction, NULL);
    smimegw_transaction_rollback(transaction);
    return ret;
}

/* --- opening -------------------------------------------------------------------------------
 */

static void settings_are_checked(void **state)
{
    static const struct {
        const char *settings[5];
        int code;
        const char *text; /* a part of it */
    } rows[] = {
        {{"create", "yes"}, SMIMEGW_OK, ""},
        {{"create", "maybe"}, SMIMEGW_E_SETTING, "create"},
        {{"no-such", "1"}, SMIMEGW_E_SETTING, "no-such"},
        {{"schema"}, SMIMEGW_E_USAGE, "no value"},
        {{"schema", "Upper"}, SMIMEGW_E_SETTING, "schema"},
        {{"schema", "a\"; DROP SCHEMA public; --"}, SMIMEGW_E_SETTING, "schema"},
        {{"schema", "1a"}, SMIMEGW_E_SETTING, "schema"},
        {{"schema", "pg_catalog"}, SMIMEGW_E_SETTING, "schema"},
        {{"schema", ""}, SMIMEGW_E_SETTING, "schema"},
        {{"schema", "public", "create", "yes"}, SMIMEGW_E_STORE, "another program's"},
        {{"schema", "nobodys"}, SMIMEGW_E_STORE, "no store"},
        {{"timeout-ms", "-1"}, SMIMEGW_E_SETTING, "timeout-ms"},
        {{"connections", "1000000"}, SMIMEGW_E_SETTING, "connections"},
        {{"create", "yes", "read-only", "yes"}, SMIMEGW_E_SETTING, "exclude"},
    };
    (void)state;
    run_sql("CREATE TABLE public.other(x int)", NULL, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[300];
        int code = code_of_open(here, rows[i].settings, text);
        if (code != rows[i].code || strstr(text, rows[i].text) == NULL)
            fail_msg("row %zu: %d, %s", i, code, text);
    }
    run_sql("DROP TABLE public.other", NULL, 0);
    assert_int_equal(number_of("SELECT count(*) FROM pg_namespace WHERE nspname = 'nobodys'"),
                     0);
}

static void settings_are_listed(void **state)
{
    const char *initial;
    const char *meaning;
    size_t count = 0;
    (void)state;
    for (const char *name;
         (name = smimegw_postgres_setting(count, &initial, &meaning)) != NULL; count++) {
        char text[300];
        const char *const settings[] = {"create", "yes", name, initial, NULL};
        assert_true(strlen(meaning) > 10);
        /* the default of "create" finds no store */
        assert_int_equal(code_of_open(here, settings, text),
                         strcmp(name, "create") == 0 ? SMIMEGW_E_STORE : SMIMEGW_OK);
        wipe_store();
    }
    assert_int_equal(count, 5);
}

static void passwords_are_not_told(void **state)
{
    static const char *const connections[] = {"password=hunter2 hunter3",
                                              "postgresql://me:hunter2@[hunter3/x",
                                              "host=/nowhere password=hunter2 dbname=hunter3"};
    char text[300];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(code_of_open(connections[i], NULL, text),
                         i < 2 ? SMIMEGW_E_USAGE : SMIMEGW_E_STORE);
        assert_null(strstr(text, "hunter2"));
    }
    assert_int_equal(code_of_open(NULL, NULL, text), SMIMEGW_E_USAGE);
}

static void other_encodings_are_refused(void **state)
{
    char text[300];
    (void)state;
    run_sql("CREATE DATABASE old ENCODING 'LATIN1' TEMPLATE template0", NULL, 0);
    assert_int_equal(code_of_open("dbname=old", NULL, text), SMIMEGW_E_STORE);
    assert_non_null(strstr(text, "UTF8"));
    run_sql("DROP DATABASE old", NULL, 0);
}

static void readers_change_nothing(void **state)
{
    static const char *const settings[] = {"read-only", "yes", NULL};
    char text[300];
    (void)state;
    assert_int_equal(code_of_open(here, settings, text), SMIMEGW_E_STORE);
    struct smimegw_store *store = open_store();
    assert_int_equal(put_alert(store, "one"), SMIMEGW_OK);
    struct smimegw_store *reader = open_with(settings);
    assert_int_equal(put_alert(reader, "two"), SMIMEGW_E_STORE);
    expect_alerts(reader, "one ");
    smimegw_store_unref(reader);
    smimegw_store_unref(store);
}

/* --- waiting -------------------------------------------------------------------------------
 */

static void a_writer_waits_for_its_turn_only_so_long(void **state)
{
    struct smimegw_store *first = open_store();
    struct smimegw_store *second = open_with((const char *const[]){"timeout-ms", "200", NULL});
    (void)state;
    struct smimegw_transaction *writer = begin(first, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(put_alert(second, "two"), SMIMEGW_E_STORE);
    assert_int_equal(code_of_begin(second, SMIMEGW_TRANSACTION_READ), SMIMEGW_OK);
    commit(writer);
    assert_int_equal(put_alert(second, "two"), SMIMEGW_OK);
    smimegw_store_unref(first);
    smimegw_store_unref(second);
}

static void connections_are_few(void **state)
{
    static const char count_text[] =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'smimegw'";
    struct smimegw_store *store = open_with(
        (const char *const[]){"create", "yes", "connections", "2", "timeout-ms", "200", NULL});
    (void)state;
    struct smimegw_transaction *one = begin(store, SMIMEGW_TRANSACTION_READ);
    struct smimegw_transaction *two = begin(store, SMIMEGW_TRANSACTION_READ);
    assert_int_equal(code_of_begin(store, SMIMEGW_TRANSACTION_READ), SMIMEGW_E_STORE);
    int64_t count = number_of(count_text);
    /* those of other stores need a moment to go */
    for (int i = 0; i < 100 && count > 2; i++) {
        usleep(50000);
        count = number_of(count_text);
    }
    assert_int_equal(count, 2);
    commit(one);
    assert_int_equal(put_alert(store, "x"), SMIMEGW_OK);
    commit(two);
    smimegw_store_unref(store);
}

/* --- many, and together --------------------------------------------------------------------
 */

enum { MANY = 100 };

static int take_used(void *userdata, const struct smimegw_record *record)
{
    int64_t *last = userdata;
    assert_true(record->used >= *last);
    *last = record->used;
    return 0;
}

/* More than one page of what is read at a time, and more than one of what is touched. */
static void pages_are_one_after_the_other(void **state)
{
    enum { TOUCHED = 2500 };
    struct smimegw_cert *cert = load_cert("rsa2048.pem");
    struct smimegw_store *store = open_store();
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    static char texts[TOUCHED][16];
    static const char *names[TOUCHED];
    char all[16 * MANY] = "";
    struct names found = {.stop_at = MANY - 3};
    int64_t last = 0;
    (void)state;
    for (int i = 0; i < TOUCHED; i++) {
        snprintf(texts[i], sizeof(texts[i]), "key %04d", i);
        names[i] = texts[i];
        if (i >= MANY)
            continue;
        const struct smimegw_record record = key_record(texts[i], cert);
        put(transaction, &record);
        strcat(strcat(all, texts[i]), " ");
    }
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, all);
    expect_found(transaction, "rsa2048@example.com", all);
    assert_int_equal(
        smimegw_transaction_touch(transaction, SMIMEGW_RECORD_KEY, names, TOUCHED, 5000, NULL),
        SMIMEGW_OK);
    assert_int_equal(
        smimegw_transaction_touch(transaction, SMIMEGW_RECORD_KEY, names + 50, 5, 6000, NULL),
        SMIMEGW_OK);
    assert_int_equal(
        smimegw_transaction_oldest(transaction, SMIMEGW_RECORD_KEY, take_used, &last, NULL),
        SMIMEGW_OK);
    assert_int_equal(last, 6000);
    assert_int_equal(smimegw_transaction_each(transaction, SMIMEGW_RECORD_KEY, NULL, take_name,
                                              &found, NULL),
                     SMIMEGW_OK);
    assert_int_equal(found.count, MANY - 3);
    commit(transaction);
    smimegw_store_unref(store);
    smimegw_cert_unref(cert);
}

/* What one process collects: a key for an address. */
static void collect(const char *name, const struct smimegw_cert *cert)
{
    struct smimegw_store *store = open_store();
    struct smimegw_record record = key_record(name, cert);
    record.kind = SMIMEGW_RECORD_HARVESTED;
    record.grade = SMIMEGW_GRADE_HARVESTED;
    put_now(store, &record);
    smimegw_store_unref(store);
}

/* Each of two gateways has what the other one collected, also while both are open. */
static void gateways_share_what_they_collect(void **state)
{
    struct smimegw_cert *rsa = load_cert("rsa2048.pem");
    struct smimegw_cert *p256 = load_cert("p256.pem");
    int status;
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        collect("theirs", p256);
        _exit(0);
    }
    struct smimegw_store *store = open_store();
    collect("ours", rsa);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    expect_found(transaction, "rsa2048@example.com", "ours ");
    expect_found(transaction, "p256@example.com", "theirs ");
    expect_each(transaction, SMIMEGW_RECORD_HARVESTED, NULL, "ours theirs ");
    commit(transaction);
    smimegw_store_unref(store);
    smimegw_cert_unref(rsa);
    smimegw_cert_unref(p256);
}

/* --- damage --------------------------------------------------------------------------------
 */

/* What is damaged is an error, never a key that is missing, and never another's key. */
static void damage_is_seen(void **state)
{
    static const char *const damages[] = {
        "UPDATE smimegw.records SET data = set_byte(data, 100, 255 - get_byte(data, 100))",
        "UPDATE smimegw.records SET grade = 6 WHERE grade = 3",
        "UPDATE smimegw.records SET name = name || ' '",
        "UPDATE smimegw.records SET origin = NULL",
        "UPDATE smimegw.records SET keys = NULL",
        "UPDATE smimegw.records SET keys = 'x'",
        "UPDATE smimegw.records SET signed_at = 1",
        "UPDATE smimegw.lookup SET key = 'mallory@example.com'",
        "UPDATE smimegw.records SET capabilities = '0'",
        "UPDATE smimegw.records SET kind = 1",
    };
    struct smimegw_cert *cert = load_cert("rsa2048.pem");
    static const char *const addresses[] = {"rsa2048@example.com", "mallory@example.com"};
    (void)state;
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct names names = {0};
        struct smimegw_transaction *transaction;
        wipe_store();
        collect("one", cert);
        run_sql(damages[i], NULL, 0);
        struct smimegw_store *store = open_store();
        transaction = begin(store, SMIMEGW_TRANSACTION_READ);
        int ret = smimegw_transaction_find(transaction, addresses, 2, take_name, &names, NULL);
        if (ret != SMIMEGW_E_STORE || names.count != 0)
            fail_msg("%s: %d, %s", damages[i], ret, names.text);
        smimegw_transaction_rollback(transaction);
        smimegw_store_unref(store);
    }
    smimegw_cert_unref(cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(settings_are_checked, wipe),
        cmocka_unit_test_setup(settings_are_listed, wipe),
        cmocka_unit_test_setup(passwords_are_not_told, wipe),
        cmocka_unit_test_setup(other_encodings_are_refused, wipe),
        cmocka_unit_test_setup(readers_change_nothing, wipe),
        cmocka_unit_test_setup(a_writer_waits_for_its_turn_only_so_long, wipe),
        cmocka_unit_test_setup(connections_are_few, wipe),
        cmocka_unit_test_setup(pages_are_one_after_the_other, wipe),
        cmocka_unit_test_setup(gateways_share_what_they_collect, wipe),
        cmocka_unit_test_setup(damage_is_seen, wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
