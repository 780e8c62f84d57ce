/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support.h"

#include <pthread.h>
#include <signal.h>

static void finds_all_forms(void **state)
{
    (void)state;
    struct smimegw_ldap *ldap = LDAP("LDAP_PLAIN");
    expect(ldap, "rsa2048@example.com", SMIMEGW_PLAN_ENCRYPTED);
    expect(ldap, "p256@example.com", SMIMEGW_PLAN_ENCRYPTED);
    expect(ldap, "p384@example.com", SMIMEGW_PLAN_ENCRYPTED);
    smimegw_ldap_unref(ldap);
}

/* Nothing found is none: no entry, no attribute, somebody else's certificate. */
static void finds_none(void **state)
{
    (void)state;
    struct smimegw_ldap *ldap = LDAP("LDAP_PLAIN");
    expect(ldap, "nobody@example.com", SMIMEGW_PLAN_CLEAR);
    expect(ldap, "bare@example.com", SMIMEGW_PLAN_CLEAR);
    expect(ldap, "wrong@example.com", SMIMEGW_PLAN_CLEAR);
    /* what would match everything, were it not escaped */
    expect(ldap, "*@example.com", SMIMEGW_PLAN_CLEAR);
    expect(ldap, "rsa*@example.com", SMIMEGW_PLAN_CLEAR);
    smimegw_ldap_unref(ldap);
}

static void vouches_where_told(void **state)
{
    (void)state;
    struct smimegw_ldap *ldap = LDAP("LDAP_PLAIN");
    set(ldap, "any-name", "yes");
    expect(ldap, "alias@example.com", SMIMEGW_PLAN_ENCRYPTED);
    smimegw_ldap_unref(ldap);
}

/* AC-142 */
static void unreadable_is_no_answer(void **state)
{
    (void)state;
    struct smimegw_ldap *ldap = LDAP("LDAP_PLAIN");
    expect_text(ldap, "junk@example.com", SMIMEGW_PLAN_DEFERRED, "can't be read");
    smimegw_ldap_unref(ldap);
}

static void add_all(struct scene *scene, char (*addresses)[40], size_t count)
{
    static const char *const known[] = {"rsa2048@example.com", "p256@example.com",
                                        "p384@example.com"};
    for (size_t i = 0; i < count; i++) {
        snprintf(addresses[i], sizeof(addresses[i]), "u%zu@example.com", i);
        if (i % 100 == 7 && i / 100 < 3)
            snprintf(addresses[i], sizeof(addresses[i]), "%s", known[i / 100]);
        add(scene, addresses[i]);
    }
}

static void many_at_once(void **state)
{
    enum { COUNT = 500 };
    static char addresses[COUNT][40];
    static const char *const filters[] = {"(mail={address})",
                                          "(&(mail={local}@{domain})(cn=*))"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct smimegw_ldap *ldap = LDAP("LDAP_PLAIN");
        set(ldap, "filter", filters[i / 2]);
        struct scene scene = make_scene(splitting(), mail);
        add_all(&scene, addresses, COUNT);
        look_up(ldap, &scene, i % 2 != 0);
        for (size_t j = 0; j < COUNT; j++)
            assert_int_equal(smimegw_plan_recipient_outcome(scene.plan, j, NULL, NULL),
                             addresses[j][0] == 'u' ? SMIMEGW_PLAN_CLEAR
                                                    : SMIMEGW_PLAN_ENCRYPTED);
        end_scene(&scene);
        smimegw_ldap_unref(ldap);
    }
}

/* One of them is over the size limit: the others are not harmed. */
static void shared_search_over_limit(void **state)
{
    (void)state;
    struct smimegw_ldap *ldap = LDAP("LDAP_PLAIN");
    set(ldap, "entries", "1");
    struct scene scene = make_scene(PROFILE("mode", "encrypt", "missing-key", "bounce"), mail);
    add(&scene, "rsa2048@example.com");
    add(&scene, "rsa3072@example.com");
    add(&scene, "p256@example.com");
    look_up(ldap, &scene, true);
    assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_OTHER_LOOKUP, "4");
    assert_fate(&scene, 1, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_LOOKUP, "4");
    assert_fate(&scene, 2, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_OTHER_LOOKUP, "4");
    end_scene(&scene);
    expect_text(ldap, "rsa3072@example.com", SMIMEGW_PLAN_DEFERRED, "more entries");
    smimegw_ldap_unref(ldap);
}

static void tls_is_required(void **state)
{
    static const struct {
        const char *server;
        const char *setting;
        const char *value;
        int outcome;
    } cases[] = {
        {"LDAP_PLAIN", "tls", NULL, SMIMEGW_PLAN_ENCRYPTED},
        {"LDAP_TLS", "tls", NULL, SMIMEGW_PLAN_ENCRYPTED},
        {"LDAP_TLS", "ca-file", "tests/data/keys/root.pem", SMIMEGW_PLAN_DEFERRED},
        {"LDAP_TLS", "ca-file", "/nonexistent", SMIMEGW_PLAN_DEFERRED},
        {"LDAP_TLS_OTHER_NAME", "tls", NULL, SMIMEGW_PLAN_DEFERRED}, /* another name */
        {"LDAP_OTHER_NAME", "tls", NULL, SMIMEGW_PLAN_DEFERRED},     /* likewise */
        {"LDAP_TLS_OTHER_NAME", "verify", "no", SMIMEGW_PLAN_ENCRYPTED},
        {"LDAP_BUSY", "tls", NULL, SMIMEGW_PLAN_DEFERRED}, /* knows no StartTLS */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct smimegw_ldap *ldap = LDAP(cases[i].server);
        set(ldap, "connect-timeout-ms", "1000");
        set(ldap, cases[i].setting, cases[i].value);
        print_message("# case %zu\n", i);
        expect(ldap, "rsa2048@example.com", cases[i].outcome);
        smimegw_ldap_unref(ldap);
    }
}

static int give_password(void *userdata, const char *uri, const char *bind_dn,
                         struct smimegw_buffer *password)
{
    const char *text = userdata;
    assert_string_equal(uri, server("LDAP_PLAIN"));
    assert_string_equal(bind_dn, "cn=admin,dc=example,dc=com");
    assert_int_equal(smimegw_buffer_write(password, text, strlen(text)), SMIMEGW_OK);
    return SMIMEGW_ANSWERED;
}

static void binds_with_password(void **state)
{
    static const char dn[] = "cn=admin,dc=example,dc=com";
    static const char *const passwords[] = {"secret", "wrong", ""};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        const char *word = passwords[i / 2];
        struct smimegw_ldap *ldap = LDAP((const char *)NULL);
        const char *by_value = i % 2 == 0 && word[0] != '\0' ? word : NULL;
        assert_int_equal(smimegw_ldap_add_server(ldap, server("LDAP_PLAIN"), dn, by_value,
                                                 by_value != NULL ? strlen(by_value) : 0,
                                                 NULL),
                         SMIMEGW_OK);
        assert_int_equal(
            smimegw_ldap_set_password(ldap, give_password, (void *)(uintptr_t)word, NULL),
            SMIMEGW_OK);
        expect(ldap, "p521@example.com",
               i < 2 ? SMIMEGW_PLAN_ENCRYPTED : SMIMEGW_PLAN_DEFERRED);
        smimegw_ldap_unref(ldap);
    }
    /* nobody sees less */
    struct smimegw_ldap *ldap = LDAP("LDAP_PLAIN");
    expect(ldap, "p521@example.com", SMIMEGW_PLAN_CLEAR);
    smimegw_ldap_unref(ldap);
}

/* Whatever goes wrong is a failed lookup, and the next server is asked. */
static void villains_are_no_answer(void **state)
{
    static const char *const villains[] = {
        "LDAP_NOBODY", "LDAP_BUSY",      "LDAP_MISSING", "LDAP_LIMIT",
        "LDAP_REFERS", "LDAP_REFERENCE", "LDAP_GARBAGE", "LDAP_CUT",
        "LDAP_SILENT", "LDAP_MANY",      "LDAP_HUGE",    "LDAP_HALF_RECORD",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(villains) / sizeof(villains[0]); i++) {
        struct smimegw_ldap *ldap = LDAP(villains[i]);
        set(ldap, "search-timeout-ms", "700");
        print_message("# %s\n", villains[i]);
        time_t start = time(NULL);
        expect(ldap, "rsa2048@example.com", SMIMEGW_PLAN_DEFERRED);
        assert_true(time(NULL) - start < 10);
        smimegw_ldap_unref(ldap);
    }
}

/* "mail;lang-de" matches, too: who shares a search finds what he would find alone. */
static void tagged_names_are_found(void **state)
{
    (void)state;
    struct smimegw_ldap *ldap = LDAP("LDAP_PLAIN");
    struct scene scene = make_scene(splitting(), mail);
    add(&scene, "can-gcm@example.com");
    add(&scene, "alice@example.com");
    look_up(ldap, &scene, true);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(smimegw_plan_recipient_outcome(scene.plan, i, NULL, NULL),
                         SMIMEGW_PLAN_ENCRYPTED);
    end_scene(&scene);
    smimegw_ldap_unref(ldap);
}

static void next_server_is_asked(void **state)
{
    (void)state;
    struct smimegw_ldap *ldap = LDAP("LDAP_NOBODY", "LDAP_BUSY", "LDAP_CUT", "LDAP_SILENT",
                                     "LDAP_GARBAGE", "LDAP_PLAIN");
    set(ldap, "search-timeout-ms", "500");
    set(ldap, "cache", "no");
    expect(ldap, "rsa2048@example.com", SMIMEGW_PLAN_ENCRYPTED);
    expect(ldap, "nobody@example.com", SMIMEGW_PLAN_CLEAR);
    smimegw_ldap_unref(ldap);
}

static void references_may_be_ignored(void **state)
{
    (void)state;
    struct smimegw_ldap *ldap = LDAP("LDAP_REFERENCE");
    set(ldap, "references", "ignore");
    expect(ldap, "rsa2048@example.com", SMIMEGW_PLAN_CLEAR);
    smimegw_ldap_unref(ldap);
}

/* AC-142: an entry for somebody who was not asked for. */
static void stranger_serves_nobody(void **state)
{
    (void)state;
    struct smimegw_ldap *ldap = LDAP("LDAP_STRANGER");
    struct scene scene = make_scene(splitting(), mail);
    add(&scene, "p256@example.com");
    add(&scene, "p384@example.com");
    look_up(ldap, &scene, true);
    assert_fate(&scene, 0, SMIMEGW_PLAN_CLEAR, SMIMEGW_PLAN_NO_KEY, "");
    assert_fate(&scene, 1, SMIMEGW_PLAN_CLEAR, SMIMEGW_PLAN_NO_KEY, "");
    end_scene(&scene);
    smimegw_ldap_unref(ldap);
}

/* Answers are kept while no server is there, and connections that were lost are made anew. */
static void cache_and_lost_connections(void **state)
{
    (void)state;
    struct smimegw_ldap *kept = LDAP("LDAP_PLAIN");
    struct smimegw_ldap *short_lived = LDAP("LDAP_PLAIN");
    set(short_lived, "cache-seconds", "1");
    set(short_lived, "search-timeout-ms", "500");
    pid_t pid = (pid_t)atoi(server("LDAP_PID"));
    expect(kept, "rsa2048@example.com", SMIMEGW_PLAN_ENCRYPTED);
    expect(kept, "nobody@example.com", SMIMEGW_PLAN_CLEAR);
    expect(short_lived, "rsa2048@example.com", SMIMEGW_PLAN_ENCRYPTED);
    kill(pid, SIGSTOP);
    poll(NULL, 0, 1200);
    expect(kept, "rsa2048@example.com", SMIMEGW_PLAN_ENCRYPTED);
    expect(kept, "nobody@example.com", SMIMEGW_PLAN_CLEAR);
    expect(short_lived, "rsa2048@example.com", SMIMEGW_PLAN_DEFERRED);
    kill(pid, SIGCONT);
    expect(short_lived, "rsa2048@example.com", SMIMEGW_PLAN_ENCRYPTED);
    smimegw_ldap_unref(short_lived);
    smimegw_ldap_unref(kept);
}

static void *work(void *ldap)
{
    for (int i = 0; i < 20; i++) {
        if (fate_of(ldap, "rsa2048@example.com", i % 2, "") != SMIMEGW_PLAN_ENCRYPTED ||
            fate_of(ldap, "nobody@example.com", i % 2, "") != SMIMEGW_PLAN_CLEAR)
            return ldap;
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    static const char *const caches[] = {"no", "yes"};
    (void)state;
    for (size_t c = 0; c < 2; c++) {
        pthread_t threads[8];
        void *wrong;
        struct smimegw_ldap *ldap = LDAP("LDAP_PLAIN");
        set(ldap, "cache", caches[c]);
        for (size_t i = 0; i < 8; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, work, ldap), 0);
        for (size_t i = 0; i < 8; i++) {
            pthread_join(threads[i], &wrong);
            assert_null(wrong);
        }
        smimegw_ldap_unref(ldap);
    }
}

/* Freed on the way: nothing is told, so the lookup has failed. */
static void freed_lookup(void **state)
{
    (void)state;
    int is_done;
    struct smimegw_ldap_lookup *lookup;
    struct smimegw_ldap *ldap = LDAP("LDAP_SILENT");
    struct scene scene = make_scene(splitting(), mail);
    add(&scene, "rsa2048@example.com");
    assert_int_equal(smimegw_ldap_lookup_new(ldap, scene.plan, &lookup, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_ldap_lookup_process(lookup, scene.plan, &is_done, NULL),
                     SMIMEGW_OK);
    assert_int_equal(is_done, 0);
    assert_true(smimegw_ldap_lookup_fd(lookup, NULL, NULL) >= 0);
    smimegw_ldap_unref(ldap);
    smimegw_ldap_lookup_free(lookup);
    decide(&scene);
    assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_LOOKUP, "4");
    end_scene(&scene);
}

static void settings_and_misuse(void **state)
{
    static const char *const bad_filters[] = {
        "",
        "mail={address}",
        "(mail=x)",
        "(mail={address}",
        "(a=b)(mail={address})",
        "(mail={adress})",
        "(mail={address}))",
        "(mail={address})x",
    };
    static const char *const bad_uris[] = {
        "", "http://x", "ldap://", "ldap://a ldap://b", "ldap://a/dc=x", "127.0.0.1"};
    (void)state;
    struct smimegw_ldap *ldap = LDAP((const char *)NULL);
    struct smimegw_resolver *resolver = NULL;
    struct smimegw_ldap_lookup *lookup = NULL;
    for (size_t i = 0; i < sizeof(bad_filters) / sizeof(bad_filters[0]); i++)
        assert_int_equal(smimegw_ldap_set(ldap, "filter", bad_filters[i], NULL),
                         SMIMEGW_E_SETTING);
    for (size_t i = 0; i < sizeof(bad_uris) / sizeof(bad_uris[0]); i++)
        assert_int_equal(smimegw_ldap_add_server(ldap, bad_uris[i], NULL, NULL, 0, NULL),
                         SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_ldap_add_server(ldap, "ldap://a", "cn=x", "", 0, NULL),
                     SMIMEGW_E_USAGE);
    for (size_t i = 0; smimegw_ldap_setting(i, NULL, NULL) != NULL; i++) {
        const char *initial;
        struct smimegw_buffer *value;
        const char *name = smimegw_ldap_setting(i, &initial, NULL);
        set(ldap, name, NULL);
        assert_int_equal(smimegw_ldap_get(ldap, name, &value, NULL), SMIMEGW_OK);
        assert_string_equal(smimegw_buffer_data(value), initial);
        smimegw_buffer_free(value);
    }
    struct scene scene = make_scene(splitting(), mail);
    add(&scene, "rsa2048@example.com");
    assert_int_equal(smimegw_ldap_lookup_new(ldap, scene.plan, &lookup, NULL),
                     SMIMEGW_E_STATE);
    add_server(ldap, server("LDAP_NOBODY"));
    assert_int_equal(smimegw_ldap_resolver(ldap, 0, &resolver, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_ldap_resolver(ldap, SMIMEGW_GRADE_ADMINISTRATOR, &resolver, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_ldap_lookup_new(ldap, scene.plan, &lookup, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_ldap_set(ldap, "base", "", NULL), SMIMEGW_E_STATE);
    smimegw_ldap_unref(ldap);
    smimegw_ldap_lookup_free(lookup);
    smimegw_resolver_unref(resolver);
    end_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all_forms),        cmocka_unit_test(finds_none),
        cmocka_unit_test(vouches_where_told),     cmocka_unit_test(unreadable_is_no_answer),
        cmocka_unit_test(many_at_once),           cmocka_unit_test(shared_search_over_limit),
        cmocka_unit_test(tls_is_required),        cmocka_unit_test(binds_with_password),
        cmocka_unit_test(tagged_names_are_found), cmocka_unit_test(villains_are_no_answer),
        cmocka_unit_test(next_server_is_asked),   cmocka_unit_test(references_may_be_ignored),
        cmocka_unit_test(stranger_serves_nobody), cmocka_unit_test(cache_and_lost_connections),
        cmocka_unit_test(threads_share_it),       cmocka_unit_test(freed_lookup),
        cmocka_unit_test(settings_and_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
