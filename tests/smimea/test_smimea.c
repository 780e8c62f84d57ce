/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support.h"

#include <pthread.h>

static void finds_certificates(void **state)
{
    (void)state;
    struct smimegw_smimea *smimea = make_smimea("DNS_SERVER");
    expect(smimea, "rsa2048@example.com", SMIMEGW_PLAN_ENCRYPTED);
    expect(smimea, "p256@example.com", SMIMEGW_PLAN_ENCRYPTED);
    expect(smimea, "p384@example.com", SMIMEGW_PLAN_ENCRYPTED);
    expect(smimea, "rsa3072@example.com", SMIMEGW_PLAN_ENCRYPTED); /* by CNAME */
    smimegw_smimea_unref(smimea);
}

/* Proven by DNSSEC, or of no use. */
static void finds_none(void **state)
{
    static const char *const addresses[] = {
        "nobody@example.com", "wrong@example.com", "hash@example.com",   "key@example.com",
        "later@example.com",  "ca@example.com",    "issuer@example.com",
    };
    (void)state;
    struct smimegw_smimea *smimea = make_smimea("DNS_SERVER");
    set(smimea, "hash-only", "none");
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        expect(smimea, addresses[i], SMIMEGW_PLAN_CLEAR);
    smimegw_smimea_unref(smimea);
}

/* AC-142 */
static void unreadable_is_no_answer(void **state)
{
    (void)state;
    struct smimegw_smimea *smimea = make_smimea("DNS_SERVER");
    expect_text(smimea, "junk@example.com", SMIMEGW_PLAN_DEFERRED, "can't be read");
    expect_text(smimea, "short@example.com", SMIMEGW_PLAN_DEFERRED, "can't be read");
    expect_text(smimea, "many@example.com", SMIMEGW_PLAN_DEFERRED, "can't be read");
    smimegw_smimea_unref(smimea);
}

static void bogus_is_no_answer(void **state)
{
    (void)state;
    struct smimegw_smimea *smimea = make_smimea("DNS_SERVER");
    set(smimea, "any-name", "yes");
    expect_text(smimea, "rsa2048@example.net", SMIMEGW_PLAN_DEFERRED, "DNS");
    expect_text(smimea, "nobody@example.net", SMIMEGW_PLAN_DEFERRED, "DNS");
    smimegw_smimea_unref(smimea);
}

/* There is a certificate, and DNS does not hold it: by a hash, or its issuer's. Whoever
 * vouches for others does not make an issuer an addressee. */
static void named_only_is_no_answer(void **state)
{
    static const char *const addresses[] = {"hash@example.com", "key@example.com",
                                            "later@example.com", "ca@example.com",
                                            "issuer@example.com"};
    (void)state;
    struct smimegw_smimea *smimea = make_smimea("DNS_SERVER");
    set(smimea, "any-name", "yes");
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        expect_text(smimea, addresses[i], SMIMEGW_PLAN_DEFERRED, "only names");
    smimegw_smimea_unref(smimea);
}

/* The record is there, and must not be taken. */
static void unsigned_domain(void **state)
{
    (void)state;
    struct smimegw_smimea *lenient = make_smimea("DNS_SERVER");
    set(lenient, "any-name", "yes");
    expect(lenient, "rsa2048@unsigned.example.com", SMIMEGW_PLAN_CLEAR);
    /* nothing says that this one is unsigned */
    expect_text(lenient, "rsa2048@example.edu", SMIMEGW_PLAN_DEFERRED, "no trust anchor");
    smimegw_smimea_unref(lenient);
    struct smimegw_smimea *strict = make_smimea("DNS_SERVER");
    set(strict, "insecure", "fail");
    expect_text(strict, "rsa2048@unsigned.example.com", SMIMEGW_PLAN_DEFERRED, "not signed");
    expect(strict, "nobody@example.com", SMIMEGW_PLAN_CLEAR);
    expect(strict, "p384@example.com", SMIMEGW_PLAN_ENCRYPTED);
    smimegw_smimea_unref(strict);
}

static void vouches_where_told(void **state)
{
    (void)state;
    struct smimegw_smimea *smimea = make_smimea("DNS_SERVER");
    set(smimea, "any-name", "yes");
    expect(smimea, "wrong@example.com", SMIMEGW_PLAN_ENCRYPTED);
    smimegw_smimea_unref(smimea);
}

/* A server that refuses, one that is silent. */
static void no_server_is_no_answer(void **state)
{
    (void)state;
    struct smimegw_smimea *refused = make_smimea("DNS_SERVER");
    expect_text(refused, "a@example.org", SMIMEGW_PLAN_DEFERRED, "fail");
    smimegw_smimea_unref(refused);
    struct smimegw_smimea *silent = make_smimea("DNS_SILENT");
    set(silent, "timeout-ms", "300");
    expect_text(silent, "rsa2048@example.com", SMIMEGW_PLAN_DEFERRED, "in time");
    /* the context of the one that was given up is used again */
    expect_text(silent, "p256@example.com", SMIMEGW_PLAN_DEFERRED, "in time");
    smimegw_smimea_unref(silent);
}

static void many_at_once(void **state)
{
    enum { COUNT = 300 };
    char address[40];
    (void)state;
    struct smimegw_smimea *smimea = make_smimea("DNS_SERVER");
    struct scene scene = make_scene(PROFILE("mode", "encrypt", "missing-key", "split"), mail);
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(address, sizeof(address), "u%zu@example.com", i);
        add(&scene, i == 150 ? "p256@example.com" : address);
    }
    look_up(smimea, &scene, true);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(smimegw_plan_recipient_outcome(scene.plan, i, NULL, NULL),
                         i == 150 ? SMIMEGW_PLAN_ENCRYPTED : SMIMEGW_PLAN_CLEAR);
    end_scene(&scene);
    smimegw_smimea_unref(smimea);
}

static void *work(void *smimea)
{
    for (int i = 0; i < 10; i++) {
        if (fate_of(smimea, "rsa2048@example.com", i % 2, "") != SMIMEGW_PLAN_ENCRYPTED ||
            fate_of(smimea, "nobody@example.com", i % 2, "") != SMIMEGW_PLAN_CLEAR ||
            fate_of(smimea, "nobody@example.net", i % 2, "") != SMIMEGW_PLAN_DEFERRED)
            return smimea;
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    pthread_t threads[8];
    void *wrong;
    (void)state;
    struct smimegw_smimea *smimea = make_smimea("DNS_SERVER");
    set(smimea, "cache", "no");
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, smimea), 0);
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    smimegw_smimea_unref(smimea);
}

/* Freed on the way: nothing is told, so the lookup has failed. */
static void freed_lookup(void **state)
{
    int is_done;
    struct smimegw_smimea_lookup *lookup;
    (void)state;
    struct smimegw_smimea *smimea = make_smimea("DNS_SILENT");
    struct scene scene = make_scene(PROFILE("mode", "encrypt", "missing-key", "split"), mail);
    add(&scene, "rsa2048@example.com");
    assert_int_equal(smimegw_smimea_lookup_new(smimea, scene.plan, &lookup, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_smimea_lookup_process(lookup, scene.plan, &is_done, NULL),
                     SMIMEGW_OK);
    assert_int_equal(is_done, 0);
    assert_true(smimegw_smimea_lookup_fd(lookup, NULL) >= 0);
    smimegw_smimea_unref(smimea);
    smimegw_smimea_lookup_free(lookup);
    decide(&scene);
    assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_LOOKUP, "4");
    end_scene(&scene);
}

static void settings_and_misuse(void **state)
{
    const struct {
        const char *name;
        const char *value;
        int result;
    } cases[] = {
        {"trust-anchor-file", NULL, SMIMEGW_E_SETTING},
        {"trust-anchor-file", "/nonexistent", SMIMEGW_E_IO},
        {"trust-anchor-file", "/dev/null", SMIMEGW_E_SETTING},
        {"trust-anchor-file", "tests/data/keys", SMIMEGW_E_SETTING},
        {"trust-anchor-file", "tests/data/keys/root.pem", SMIMEGW_E_SETTING},
        {"trust-anchor-file", server("DNS_NO_ANCHOR"), SMIMEGW_E_SETTING},
        {"forwarders", "not-an-address", SMIMEGW_E_SETTING},
    };
    struct smimegw_smimea_lookup *lookup = NULL;
    struct smimegw_resolver *resolver;
    (void)state;
    struct scene scene = make_scene(PROFILE("mode", "encrypt", "missing-key", "split"), mail);
    add(&scene, "rsa2048@example.com");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct smimegw_smimea *smimea = make_smimea("DNS_SERVER");
        set(smimea, cases[i].name, cases[i].value);
        assert_int_equal(smimegw_smimea_lookup_new(smimea, scene.plan, &lookup, NULL),
                         cases[i].result);
        assert_int_equal(smimegw_smimea_set(smimea, "cache", "no", NULL), SMIMEGW_E_STATE);
        smimegw_smimea_unref(smimea);
    }
    struct smimegw_smimea *smimea;
    assert_int_equal(smimegw_smimea_new(&smimea, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_smimea_set(smimea, "nothing", "x", NULL), SMIMEGW_E_SETTING);
    for (size_t i = 0; smimegw_smimea_setting(i, NULL, NULL) != NULL; i++) {
        const char *initial;
        struct smimegw_buffer *value;
        const char *name = smimegw_smimea_setting(i, &initial, NULL);
        assert_int_equal(smimegw_smimea_get(smimea, name, &value, NULL), SMIMEGW_OK);
        assert_string_equal(smimegw_buffer_data(value), initial);
        smimegw_buffer_free(value);
    }
    assert_int_equal(smimegw_smimea_resolver(smimea, &resolver, NULL), SMIMEGW_OK);
    smimegw_smimea_unref(smimea);
    smimegw_resolver_unref(resolver);
    end_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_certificates),      cmocka_unit_test(finds_none),
        cmocka_unit_test(unreadable_is_no_answer), cmocka_unit_test(bogus_is_no_answer),
        cmocka_unit_test(unsigned_domain),         cmocka_unit_test(vouches_where_told),
        cmocka_unit_test(no_server_is_no_answer),  cmocka_unit_test(many_at_once),
        cmocka_unit_test(threads_share_it),        cmocka_unit_test(freed_lookup),
        cmocka_unit_test(settings_and_misuse),     cmocka_unit_test(named_only_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
