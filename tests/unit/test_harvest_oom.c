/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation fails in turn: nothing of the message is kept, nobody is told, and the same
 * message is taken when there is memory again. */
#include "harvest_scene.h"
#include "oom_support.h"

#define BOB "bob@example.com"

/* One that updates another and makes an alert. */
static int take_all(void *data, struct smimegw_error **error)
{
    struct smimegw_verdict *verdict = data;
    struct smimegw_harvest *harvest = NULL;
    int ret = smimegw_harvester_take(the.harvester, the.policy, verdict, NULL, NOW + 10,
                                     &harvest, error);
    if (ret == SMIMEGW_OK)
        assert_int_equal(smimegw_harvest_outcome(harvest, 0, NULL), SMIMEGW_HARVEST_UPDATED);
    else
        assert_null(harvest);
    assert_int_equal(the.alerts, ret == SMIMEGW_OK);
    smimegw_harvest_free(harvest);
    return ret;
}

static void taking(void **state)
{
    (void)state;
    struct smimegw_cert *certs[3];
    POLICY("harvest-updated", "yes", );
    for (int64_t i = 0; i < 2; i++) {
        certs[i] = certify(BOB, "CA 1");
        EXPECT(SIGNED(certs[i], BOB, NOW + i), NOW + i, STORED + (i > 0), BY_POLICY);
    }
    certs[2] = certify(BOB, "CA 1");
    struct letter letter = SIGNED(certs[2], BOB, NOW + 5);
    struct smimegw_verdict *verdict = make_verdict(&letter);
    /* its text is made once, and then known */
    smimegw_cert_text(certs[2], SMIMEGW_CERT_FINGERPRINT);
    assert_true(fail_each_allocation(take_all, verdict) > 20);
    assert_int_equal(find_key(BOB, certs[2]).usable, 1);
    assert_int_equal(find_key(BOB, NULL).count, 1);
    smimegw_verdict_unref(verdict);
    for (size_t i = 0; i < 3; i++)
        smimegw_cert_unref(certs[i]);
}

static int report(void *data, struct smimegw_error **error)
{
    struct smimegw_buffer *json = NULL;
    int ret = smimegw_harvest_json(data, &json, error);
    smimegw_buffer_free(json);
    return ret;
}

static void reporting(void **state)
{
    (void)state;
    struct smimegw_harvest *harvest;
    struct smimegw_cert *cert = certify(BOB, "CA 1");
    struct letter letter = SIGNED(cert, BOB, NOW);
    struct smimegw_verdict *verdict = make_verdict(&letter);
    assert_int_equal(
        smimegw_harvester_take(the.harvester, the.policy, verdict, NULL, NOW, &harvest, NULL),
        SMIMEGW_OK);
    assert_true(fail_each_allocation(report, harvest) > 0);
    smimegw_harvest_free(harvest);
    smimegw_verdict_unref(verdict);
    smimegw_cert_unref(cert);
}

static int make_one(void *data, struct smimegw_error **error)
{
    (void)data;
    struct smimegw_harvester *harvester = NULL;
    int ret = smimegw_harvester_new(the.store, &harvester, error);
    smimegw_harvester_unref(harvester);
    return ret;
}

static void making(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(make_one, NULL) > 0);
}

static int promote_one(void *data, struct smimegw_error **error)
{
    (void)data;
    return smimegw_harvester_promote(the.harvester, the.name, "bob", 0, NOW, error);
}

static void promoting(void **state)
{
    (void)state;
    struct smimegw_cert *cert = certify(BOB, "CA 1");
    EXPECT(SIGNED(cert, BOB, NOW), NOW, STORED, BY_POLICY);
    assert_true(fail_each_allocation(promote_one, NULL) > 5);
    assert_int_equal(find_key(BOB, cert).grade, SMIMEGW_GRADE_ADMINISTRATOR);
    assert_int_equal(find_key(BOB, cert).count, 1);
    smimegw_cert_unref(cert);
}

/* Making room goes by names that are held in memory. */
static int push_out(void *data, struct smimegw_error **error)
{
    int ret =
        smimegw_harvester_take(the.harvester, the.policy, data, NULL, NOW + 10, NULL, error);
    return ret;
}

static void evicting(void **state)
{
    (void)state;
    int64_t bytes = 0;
    restart("size-limit", "64K");
    for (int i = 0; bytes < 60000; i++) {
        char address[64];
        snprintf(address, sizeof(address), "user%d@example.com", i);
        struct smimegw_cert *cert = certify(address, "CA 1");
        EXPECT(SIGNED(cert, address, NOW), NOW, STORED, BY_POLICY);
        count_of(SMIMEGW_RECORD_HARVESTED, &bytes);
        smimegw_cert_unref(cert);
    }
    struct smimegw_cert *cert = certify(BOB, "CA 1");
    struct letter letter = SIGNED(cert, BOB, NOW + 1);
    struct smimegw_verdict *verdict = make_verdict(&letter);
    assert_true(fail_each_allocation(push_out, verdict) > 10);
    count_of(SMIMEGW_RECORD_HARVESTED, &bytes);
    assert_true(bytes <= 65536);
    assert_int_equal(find_key(BOB, cert).usable, 1);
    smimegw_verdict_unref(verdict);
    smimegw_cert_unref(cert);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {TEST(taking), TEST(reporting), TEST(making),
                                       TEST(promoting), TEST(evicting)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free_keys();
    return failed;
}
