/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Versions of the tables: made and migrated by one of many, all or nothing. */
#include <poll.h>
#include <pthread.h>

#include "addons/postgres/link.h"
#include "addons/postgres/schema.h"
#include "addons/postgres/server.h"
#include "postgres/support.h"

static struct sgw_server server;

static int set_up(void **state)
{
    const char *const settings[] = {"create", "yes", NULL};
    (void)state;
    wipe_store();
    return sgw_server_init(&server, here, settings, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    sgw_server_clear(&server);
    return 0;
}

static int prepare(const char *const *steps, char text[300])
{
    struct sgw_link *link = NULL;
    struct smimegw_error *error = NULL;
    need(sgw_link_open(&server, &link, &error), error, "link");
    int ret = sgw_schema_prepare(link, &server, steps, &error);
    assert_int_equal(PQtransactionStatus(link->conn), PQTRANS_IDLE);
    snprintf(text, 300, "%s", smimegw_error_text(error));
    smimegw_error_free(error);
    sgw_link_close(link);
    return ret;
}

static int64_t version(void)
{
    return number_of("SELECT version FROM smimegw.smimegw_version");
}

static void a_step_brings_what_is_there_along(void **state)
{
    const char *const steps[] = {sgw_schema_steps[0],
                                 "ALTER TABLE records ADD note text; UPDATE records SET note ="
                                 " name",
                                 NULL};
    char text[300];
    (void)state;
    struct smimegw_store *store = open_store();
    assert_int_equal(put_alert(store, "one"), SMIMEGW_OK);
    server.is_read_only = 1;
    assert_int_equal(prepare(steps, text), SMIMEGW_E_STORE);
    assert_non_null(strstr(text, "version 1"));
    server.is_read_only = 0;
    assert_int_equal(prepare(steps, text), SMIMEGW_OK);
    assert_int_equal(version(), 2);
    assert_int_equal(number_of("SELECT count(*) FROM smimegw.records WHERE note = 'one'"), 1);
    /* who had it open before is too old now, and so is who comes */
    assert_int_equal(put_alert(store, "two"), SMIMEGW_E_STORE);
    smimegw_store_unref(store);
    assert_int_equal(prepare(sgw_schema_steps, text), SMIMEGW_E_STORE);
    assert_non_null(strstr(text, "newer library"));
    assert_int_equal(number_of("SELECT count(*) FROM smimegw.records"), 1);
}

static void a_step_that_fails_changes_nothing(void **state)
{
    const char *const steps[] = {sgw_schema_steps[0], "CREATE TABLE more(x int)", "SELECT 1/0",
                                 NULL};
    char text[300];
    (void)state;
    assert_int_equal(prepare(steps, text), SMIMEGW_E_STORE);
    assert_non_null(strstr(text, "division by zero"));
    assert_int_equal(number_of("SELECT count(*) FROM pg_namespace WHERE nspname = 'smimegw'"),
                     0);
    assert_int_equal(prepare(sgw_schema_steps, text), SMIMEGW_OK);
    assert_int_equal(prepare(steps, text), SMIMEGW_E_STORE);
    assert_int_equal(version(), 1);
    assert_int_equal(number_of("SELECT count(*) FROM pg_class WHERE relname = 'more'"), 0);
}

static void *open_first(void *userdata)
{
    int *code = userdata;
    struct smimegw_store *store = NULL;
    const char *const settings[] = {"create", "yes", NULL};
    *code = smimegw_postgres_open(here, settings, &store, NULL);
    smimegw_store_unref(store);
    return NULL;
}

/* All but one wait, and find it made. */
static void many_are_first_at_once(void **state)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    int codes[THREADS];
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_first, &codes[i]), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(codes[i], SMIMEGW_OK);
    assert_int_equal(version(), 1);
}

static void *open_impatiently(void *userdata)
{
    int *code = userdata;
    struct smimegw_store *store = NULL;
    const char *const settings[] = {"create", "yes", "timeout-ms", "100", NULL};
    *code = smimegw_postgres_open(here, settings, &store, NULL);
    smimegw_store_unref(store);
    return NULL;
}

/* Even for longer than for others that write. */
static void a_long_migration_is_waited_for(void **state)
{
    int code = SMIMEGW_E_STATE;
    pthread_t thread;
    PGconn *other = PQconnectdb(here);
    PGresult *result =
        PQexec(other, "SELECT pg_advisory_lock(hashtextextended('libsmimegw smimegw', 0))");
    (void)state;
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    PQclear(result);
    assert_int_equal(pthread_create(&thread, NULL, open_impatiently, &code), 0);
    poll(NULL, 0, 1000);
    assert_int_equal(
        number_of("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"),
        1);
    PQfinish(other);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(code, SMIMEGW_OK);
    assert_int_equal(version(), 1);
}

/* A session never takes less than the server's disk for a commit. */
static void commits_are_durable(void **state)
{
    char text[20];
    struct sgw_link *link = NULL;
    PGresult *result = NULL;
    (void)state;
    run_sql("ALTER ROLE postgres SET synchronous_commit = off", NULL, 0);
    assert_int_equal(sgw_link_open(&server, &link, NULL), SMIMEGW_OK);
    run_sql("ALTER ROLE postgres RESET synchronous_commit", NULL, 0);
    assert_int_equal(sgw_link_run(link, "SHOW synchronous_commit", NULL, &result),
                     SMIMEGW_STORE_DONE);
    snprintf(text, sizeof(text), "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    sgw_link_close(link);
    assert_string_equal(text, "on");
}

#define SCHEMA_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCHEMA_TEST(a_step_brings_what_is_there_along),
        SCHEMA_TEST(a_step_that_fails_changes_nothing),
        SCHEMA_TEST(many_are_first_at_once),
        SCHEMA_TEST(a_long_migration_is_waited_for),
        SCHEMA_TEST(commits_are_durable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
