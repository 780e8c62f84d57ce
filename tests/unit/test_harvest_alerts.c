/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C36, AC-139: more updated keys than one from a domain within 48 hours are one alert. */
#include "harvest_scene.h"

/* The next new key of somebody at a domain. */
static void update_by(struct smimegw_harvester *harvester, const char *address, int64_t time)
{
    struct smimegw_cert *cert = certify(address, "CA 1");
    struct letter letter = SIGNED(cert, address, time);
    expect(harvester, letter, time, SMIMEGW_HARVEST_UPDATED, SMIMEGW_HARVEST_BY_POLICY,
           __LINE__);
    smimegw_cert_unref(cert);
}

static void update(const char *address, int64_t time)
{
    update_by(the.harvester, address, time);
}

static void start(const char *address)
{
    struct smimegw_cert *cert = certify(address, "CA 1");
    POLICY("harvest-updated", "yes", );
    EXPECT(SIGNED(cert, address, NOW - DAY), NOW - DAY, STORED, BY_POLICY);
    smimegw_cert_unref(cert);
}

static void c36_edges_of_the_window(void **state)
{
    (void)state;
    static const struct {
        int64_t second;
        int alerts;
    } rows[] = {{0, 1}, {WINDOW - 1, 1}, {WINDOW, 1}, {WINDOW + 1, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char one[64];
        char two[64];
        snprintf(one, sizeof(one), "one@d%zu.example", i);
        snprintf(two, sizeof(two), "two@D%zu.Example", i);
        start(one);
        start(two);
        the.alerts = 0;
        update(one, NOW);
        assert_int_equal(the.alerts, 0);
        update(two, NOW + rows[i].second);
        assert_int_equal(the.alerts, rows[i].alerts);
    }
}

static void ac139_once_a_window(void **state)
{
    (void)state;
    start("one@example.com");
    for (int64_t i = 0; i < 3; i++)
        update("one@example.com", NOW + i * HOUR);
    assert_int_equal(the.alerts, 1);
    assert_non_null(strstr(the.alert_text, "example.com"));
    assert_non_null(strstr(the.alert_json, "\"alert\":\"updated-keys\""));
    /* raised at one hour; not again until 48 hours later are over */
    update("one@example.com", NOW + HOUR + WINDOW);
    assert_int_equal(the.alerts, 1);
    update("one@example.com", NOW + HOUR + WINDOW + 1);
    assert_int_equal(the.alerts, 2);
    /* and another domain is another matter */
    start("one@example.net");
    update("one@example.net", NOW + HOUR);
    assert_int_equal(the.alerts, 2);
}

static void each_hour_for_two_weeks(void **state)
{
    (void)state;
    start("one@example.com");
    for (int64_t i = 0; i < 14 * 24; i++)
        update("one@example.com", NOW + i * HOUR);
    /* at 1, 50, 99 ... hours */
    assert_int_equal(the.alerts, 7);
}

/* Refused because updates are off, they arrive all the same; but each only once. */
static void not_updating_counts(void **state)
{
    (void)state;
    struct smimegw_cert *certs[2];
    start("one@example.com");
    POLICY();
    for (int i = 0; i < 2; i++)
        certs[i] = certify("one@example.com", "CA 1");
    for (int i = 0; i < 5; i++)
        EXPECT(SIGNED(certs[0], "one@example.com", NOW + i), NOW + i, REFUSED, NOT_UPDATING);
    assert_int_equal(the.alerts, 0);
    EXPECT(SIGNED(certs[1], "one@example.com", NOW + 9), NOW + 9, REFUSED, NOT_UPDATING);
    assert_int_equal(the.alerts, 1);
    for (int i = 0; i < 2; i++)
        smimegw_cert_unref(certs[i]);
}

static void processes_and_restarts_agree(void **state)
{
    (void)state;
    struct smimegw_harvester *other = make_harvester(NULL, NULL);
    start("one@example.com");
    update("one@example.com", NOW);
    restart(NULL, NULL);
    update_by(other, "one@example.com", NOW + 1);
    assert_int_equal(the.alerts, 1);
    restart(NULL, NULL);
    update("one@example.com", NOW + 2);
    update_by(other, "one@example.com", NOW + 3);
    assert_int_equal(the.alerts, 1);
    smimegw_harvester_unref(other);
}

static void alert_after_more(void **state)
{
    (void)state;
    restart("alert-after", "3");
    start("one@example.com");
    update("one@example.com", NOW);
    update("one@example.com", NOW + HOUR);
    assert_int_equal(the.alerts, 0);
    update("one@example.com", NOW + WINDOW);
    assert_int_equal(the.alerts, 1);
}

static void old_alerts_go(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        char address[64];
        snprintf(address, sizeof(address), "one@d%d.example", i);
        start(address);
        update(address, NOW);
        if (i == 0)
            update(address, NOW + 1);
    }
    assert_int_equal(count_of(SMIMEGW_RECORD_ALERT, NULL), 10);
    /* all stay for 90 days, counts, too: so that what came before is known */
    start("one@example.com");
    update("one@example.com", NOW + 89 * (int64_t)DAY);
    assert_int_equal(count_of(SMIMEGW_RECORD_ALERT, NULL), 11);
    update("one@example.com", NOW + 91 * (int64_t)DAY);
    assert_int_equal(count_of(SMIMEGW_RECORD_ALERT, NULL), 1);
}

/* The same keys with each mail are no new ones, nor is one that waits already. */
static void the_same_keys_are_no_news(void **state)
{
    (void)state;
    static const char *const users[] = {"a@example.com", "b@example.com"};
    struct smimegw_cert *renewed[2];
    struct smimegw_cert *other = certify(users[0], "CA 2");
    for (int i = 0; i < 2; i++) {
        start(users[i]);
        renewed[i] = certify(users[i], "CA 1");
    }
    POLICY();
    for (int64_t day = 1; day <= 30; day++)
        for (int i = 0; i < 2; i++) {
            int64_t time = NOW + day * DAY;
            EXPECT(SIGNED(renewed[i], users[i], time), time, REFUSED, NOT_UPDATING);
            EXPECT(SIGNED(other, users[0], time), time, HELD, NEW_ISSUER);
        }
    /* many of the domain, once, and the one that is held */
    assert_int_equal(the.alerts, 2);
    for (int i = 0; i < 2; i++)
        smimegw_cert_unref(renewed[i]);
    smimegw_cert_unref(other);
}

/* A store full of other alerts is no reason not to count. */
static void many_alerts_hide_none(void **state)
{
    (void)state;
    enum { MANY = 10000 };
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_WRITE);
    for (int i = 0; i < MANY; i++) {
        char name[64];
        const struct smimegw_record record = {.size = sizeof(record),
                                              .kind = SMIMEGW_RECORD_ALERT,
                                              .name = name,
                                              .data = "{}",
                                              .data_size = 2,
                                              .added = NOW - DAY,
                                              .used = NOW + 89 * (int64_t)DAY};
        snprintf(name, sizeof(name), "new-issuer user%d@other.example", i);
        assert_int_equal(smimegw_transaction_put(transaction, &record, 0, NULL), SMIMEGW_OK);
    }
    assert_int_equal(smimegw_transaction_commit(transaction, NULL), SMIMEGW_OK);
    start("one@example.com");
    for (int i = 0; i < 5; i++)
        update("one@example.com", NOW + i * 60);
    assert_int_equal(the.alerts, 1);
    assert_int_equal(the.alert_kind, SMIMEGW_ALERT_UPDATED_KEYS);
    assert_true(count_of(SMIMEGW_RECORD_ALERT, NULL) <= MANY);
}

/* One signer with many certificates raises one alert a window, and keeps one record. */
static void one_warning_for_an_address(void **state)
{
    (void)state;
    struct smimegw_cert *boss = certify("one@example.com", "CA 1");
    add_administrators("one", boss);
    for (int i = 0; i < 20; i++) {
        struct smimegw_cert *cert = certify("one@example.com", "CA 1");
        int64_t time = NOW + i * (int64_t)DAY;
        EXPECT(SIGNED(cert, "one@example.com", time), time, REFUSED, ADMINISTRATOR);
        smimegw_cert_unref(cert);
    }
    assert_int_equal(the.alerts, 7);
    assert_int_equal(count_of(SMIMEGW_RECORD_ALERT, NULL), 1);
    smimegw_cert_unref(boss);
}

/* What somebody else wrote there is not believed. */
static void strange_records_are_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}", "{\"alert\":\"updated-keys\",\"raised\":",
        "{\"alert\":\"updated-keys\",\"raised\":99999999999999999999",
        "{\"alert\":\"updated-keys\",\"raised\":0,\"updates\":[\"5:ab\"]}"};
    start("one@example.com");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct smimegw_record record = {.size = sizeof(record),
                                              .kind = SMIMEGW_RECORD_ALERT,
                                              .name = "updated-keys example.com",
                                              .data = texts[i],
                                              .data_size = strlen(texts[i])};
        struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_WRITE);
        assert_int_equal(
            smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_REPLACE, NULL),
            SMIMEGW_OK);
        assert_int_equal(smimegw_transaction_commit(transaction, NULL), SMIMEGW_OK);
        update("one@example.com", NOW + (int64_t)i * 10);
        assert_int_equal(the.alerts, (int)i);
        update("one@example.com", NOW + (int64_t)i * 10 + 1);
        assert_int_equal(the.alerts, (int)i + 1);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(c36_edges_of_the_window),
        TEST(ac139_once_a_window),
        TEST(each_hour_for_two_weeks),
        TEST(not_updating_counts),
        TEST(processes_and_restarts_agree),
        TEST(alert_after_more),
        TEST(old_alerts_go),
        TEST(the_same_keys_are_no_news),
        TEST(many_alerts_hide_none),
        TEST(one_warning_for_an_address),
        TEST(strange_records_are_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free_keys();
    return failed;
}
