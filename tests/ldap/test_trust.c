/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where passwords go, and what is told of servers that are not trusted. */
#include "support.h"

static const char dn[] = "cn=admin,dc=example,dc=com";

struct way {
    const char *uri;
    const char *setting;
    const char *value;
    int code;
};

/* None of them is connected to: a lookup that is not driven sends nothing. */
static void passwords_go_only_where_nobody_listens(void **state)
{
    static const struct way ways[] = {
        {"ldap://192.0.2.1", "tls", "off", SMIMEGW_E_STATE},
        {"ldap://192.0.2.1", "tls", "required", SMIMEGW_OK},
        {"ldap://192.0.2.1", "verify", "no", SMIMEGW_E_STATE},
        {"ldaps://192.0.2.1", "tls", "off", SMIMEGW_OK},
        {"ldaps://192.0.2.1", "verify", "no", SMIMEGW_E_STATE},
        {"ldap://[2001:db8::1]", "tls", "off", SMIMEGW_E_STATE},
        {"ldap://localhost.example.com", "tls", "off", SMIMEGW_E_STATE},
        {"ldap://127.example.com", "tls", "off", SMIMEGW_E_STATE},
        {"ldap://127.0.0.1:1389", "tls", "off", SMIMEGW_OK},
        {"ldap://[::1]", "tls", "off", SMIMEGW_OK},
        {"ldap://LocalHost", "tls", "off", SMIMEGW_OK},
        {"LDAPI://%2frun%2fldapi", "tls", "off", SMIMEGW_OK},
    };
    (void)state;
    struct scene scene = make_scene(splitting(), mail);
    add(&scene, "rsa2048@example.com");
    /* of each: a password, a function that tells it, nobody, and what the host allows */
    for (size_t i = 0; i < 4 * sizeof(ways) / sizeof(ways[0]); i++) {
        const struct way *way = &ways[i / 4];
        struct smimegw_ldap_lookup *lookup = NULL;
        struct smimegw_error *error = NULL;
        struct smimegw_ldap *ldap;
        int code = i % 4 < 2 ? way->code : SMIMEGW_OK;
        assert_int_equal(smimegw_ldap_new(&ldap, NULL), SMIMEGW_OK);
        set(ldap, way->setting, way->value);
        set(ldap, "plain-password", i % 4 == 3 ? "yes" : "no");
        const char *password = i % 4 == 0 ? "secret" : NULL;
        assert_int_equal(smimegw_ldap_add_server(ldap, way->uri, i % 4 != 2 ? dn : NULL,
                                                 password, password != NULL ? 6 : 0, NULL),
                         SMIMEGW_OK);
        int ret = smimegw_ldap_lookup_new(ldap, scene.plan, &lookup, &error);
        if (ret != code)
            fail_msg("%s, %s %s, %zu: %d, %s", way->uri, way->setting, way->value, i % 4, ret,
                     smimegw_error_text(error));
        if (code == SMIMEGW_E_STATE)
            assert_non_null(strstr(smimegw_error_text(error), "plain-password"));
        smimegw_error_free(error);
        smimegw_ldap_lookup_free(lookup);
        smimegw_ldap_unref(ldap);
    }
    end_scene(&scene);
}

static void untrusted_is_not_said_to_be_away(void **state)
{
    static const char *const servers[] = {"LDAP_TLS_OTHER_NAME", "LDAP_OTHER_NAME",
                                          "LDAP_TLS"};
    (void)state;
    for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
        struct smimegw_ldap *ldap = LDAP((const char *)NULL);
        set(ldap, "tls", "required");
        /* of others */
        if (i == 2)
            set(ldap, "ca-file", "tests/data/keys/root.pem");
        add_server(ldap, server(servers[i]));
        expect_text(ldap, "rsa2048@example.com", SMIMEGW_PLAN_DEFERRED,
                    "TLS or the certificate failed (ca-file)");
        smimegw_ldap_unref(ldap);
    }
    /* without TLS that is none of the causes */
    struct smimegw_ldap *ldap = LDAP("LDAP_NOBODY");
    expect_text(ldap, "rsa2048@example.com", SMIMEGW_PLAN_DEFERRED, "Can't contact");
    smimegw_ldap_unref(ldap);
}

static void attributes_are_names(void **state)
{
    static const char *const bad[] = {"",
                                      ",",
                                      "a,",
                                      ",a",
                                      "a,,b",
                                      "a, b",
                                      "a b",
                                      "(a)",
                                      "a*",
                                      "a,b\n",
                                      "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a"};
    static const char *const good[] = {"a", "userCertificate;binary,2.5.4.36",
                                       "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", NULL};
    (void)state;
    struct smimegw_ldap *ldap = LDAP((const char *)NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (smimegw_ldap_set(ldap, "attributes", bad[i], NULL) != SMIMEGW_E_SETTING)
            fail_msg("\"%s\" is taken", bad[i]);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        set(ldap, "attributes", good[i]);
    smimegw_ldap_unref(ldap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_go_only_where_nobody_listens),
        cmocka_unit_test(untrusted_is_not_said_to_be_away),
        cmocka_unit_test(attributes_are_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
