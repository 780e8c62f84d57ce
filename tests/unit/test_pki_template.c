/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "template_support.h"

/* The fields of templates: what they take, what they refuse, what contradicts. */

static void fields_are_listed(void **state)
{
    static const char *const expected[][2] = {
        {"common-name", ""},   {"organization", ""}, {"organizational-unit", ""},
        {"locality", ""},      {"state", ""},        {"country", ""},
        {"domains", ""},       {"addresses", ""},    {"algorithm", "rsa"},
        {"key-size", ""},      {"days", "365"},      {"use", "both"},
        {"fqdn-check", "none"}};
    (void)state;
    struct smimegw_template *tmpl = make_template(&(struct fields){{NULL}});
    size_t count = sizeof(expected) / sizeof(expected[0]);
    for (size_t i = 0; i < count; i++) {
        const char *initial = NULL;
        const char *meaning = NULL;
        assert_string_equal(smimegw_template_setting(i, &initial, &meaning), expected[i][0]);
        assert_string_equal(initial, expected[i][1]);
        assert_true(strlen(meaning) > 10);
        check_field(tmpl, expected[i][0], expected[i][1]);
        /* what get tells, set takes */
        assert_int_equal(smimegw_template_set(tmpl, expected[i][0], initial, NULL),
                         SMIMEGW_OK);
    }
    assert_null(smimegw_template_setting(count, NULL, NULL));
    smimegw_template_free(tmpl);
    smimegw_template_free(NULL);
}

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define U10 "üüüüüüüüüü"
#define U60 U10 U10 U10 U10 U10 U10

/* Upper bounds [RFC5280-A.1], names [RFC5280-4.2.1.6]. */
static const struct {
    const char *name;
    const char *value;
    const char *part; /* of the error's text; NULL: taken */
} values[] = {
    {"common-name", X60 "xxxx", NULL},
    {"common-name", U60 "üüüü", NULL},
    {"common-name", X60 "xxxxx", "longer than 64"},
    {"common-name", U60 "üüüüü", "longer than 64"},
    {"common-name", " gw", "blank at an end"},
    {"common-name", "gw ", "blank at an end"},
    {"common-name", "g\tw", "control"},
    {"common-name", "g\nw", "control"},
    {"common-name", "g\x7fw", "control"},
    {"common-name", "g\xc2\x85w", "control"},
    {"common-name", "g\xe2\x80\xaew", "invisible"},
    {"common-name", "\xef\xbb\xbfgw", "invisible"},
    {"common-name", "g\xfcw", "not UTF-8"},
    {"common-name", "", NULL},
    {"organization", X60 "xxxxx", "longer than 64"},
    {"organizational-unit", X60 "xxxxx", "longer than 64"},
    {"locality", X60 X60 "xxxxxxxx", NULL},
    {"locality", X60 X60 "xxxxxxxxx", "longer than 128"},
    {"state", X60 X60 "xxxxxxxxx", "longer than 128"},
    {"country", "DE", NULL},
    {"country", "de", NULL},
    {"country", "DEU", "two letters"},
    {"country", "D", "two letters"},
    {"country", "D1", "two letters"},
    {"country", "ü", "two letters"},
    {"domains", "example.org", NULL},
    {"domains", "example.org,*.example.org ,\tb.example.net", "control"},
    {"domains", "example.org , *.example.org", NULL},
    {"domains", "münchen.de", NULL},
    {"domains", "*.münchen.de", NULL},
    {"domains", "*.MÜNCHEN.de", NULL},
    {"domains", "straße.de", NULL},
    /* full-width letters, which IDNA maps to others (AC-119) */
    {"domains", "\xef\xbd\x85xample.org", ""},
    {"addresses", "a@\xef\xbd\x85xample.org", ""},
    {"domains", "localhost", NULL},
    {"domains", "example.org,", "number 2 is empty"},
    {"domains", ",example.org", "number 1 is empty"},
    {"domains", "example.org.", "dot at an end"},
    {"domains", "example..org", "two in a row"},
    {"domains", ".example.org", "dot at an end"},
    {"domains", "-a.example.org", "starts with a hyphen"},
    {"domains", "a-.example.org", "ends with a hyphen"},
    {"domains", "example.org-", "ends with a hyphen"},
    {"domains", "a_b.example.org", "something else"},
    {"domains", "a b.example.org", "something else"},
    {"domains", "*", "something else"},
    {"domains", "*.", "something else"},
    {"domains", "a.*.org", "something else"},
    {"domains", "*.*.org", "something else"},
    {"domains", "*a.example.org", "something else"},
    {"domains", "*.com", "strangers"},
    {"domains", "*.co.uk", "strangers"},
    {"domains", "a@example.org", "something else"},
    {"domains", X60 "xxx.org", NULL},
    {"domains", X60 "xxxx.org", "longer than 63"},
    {"domains", X60 "." X60 "." X60 "." X60 ".xxxxxxxxxx.de", "longer than 253"},
    {"domains", "exa\xf0\x9f\x92\xa9..de", ""},
    {"addresses", "info@example.org", NULL},
    {"addresses", "info@example.org, a.b+c@example.net", NULL},
    {"addresses", "grüße@example.org", NULL},
    {"addresses", "grüße@exämple.org", NULL},
    {"addresses", "info@exämple.org", NULL},
    {"addresses", "info", "no mail address"},
    {"addresses", "info@", "no mail address"},
    {"addresses", "@example.org", "no mail address"},
    {"addresses", "Info <info@example.org>", "no mail address"},
    {"addresses", "info@example.org (me)", "no mail address"},
    {"addresses", "a@b@example.org", "no mail address"},
    {"addresses", "info @example.org", "no mail address"},
    {"addresses", "info@[192.0.2.1]", "no mail address"},
    {"addresses", "info@-example.org", ""},
    {"addresses", "info@*.example.org", ""},
    {"addresses", "info@example.org,,", "number 2 is empty"},
    {"addresses", X60 "xxxx@example.org", NULL},
    {"addresses", X60 "xxxxx@example.org", ""},
    {"algorithm", "rsa", NULL},
    {"algorithm", "ed25519", NULL},
    {"algorithm", "dsa", "ecdsa-with-sha256"},
    {"key-size", "2048", NULL},
    {"key-size", "8192", NULL},
    {"key-size", "", NULL},
    {"key-size", "2047", "multiple of 8"},
    {"key-size", "2052", "multiple of 8"},
    {"key-size", "1024", "2048"},
    {"key-size", "8200", "8192"},
    {"key-size", "2K", "multiple of 8"},
    {"key-size", "-2048", "multiple of 8"},
    {"key-size", "99999999999999999999", "multiple of 8"},
    {"days", "1", NULL},
    {"days", "3650", NULL},
    {"days", "1024", NULL},
    {"days", "0", "1 to 3650"},
    {"days", "3651", "1 to 3650"},
    {"days", "", "1 to 3650"},
    {"days", "1K", "1 to 3650"},
    {"days", "1.5", "1 to 3650"},
    {"use", "encrypt", NULL},
    {"use", "all", "sign"},
    {"fqdn-check", "both", NULL},
    {"fqdn-check", "yes", "common-name"},
    {"common_name", "x", "no setting"},
};

static void values_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct smimegw_template *tmpl = make_template(&(struct fields){{NULL}});
        struct smimegw_error *error = NULL;
        int ret = smimegw_template_set(tmpl, values[i].name, values[i].value, &error);
        if (values[i].part != NULL) {
            check_failure(ret, &error, SMIMEGW_E_SETTING, values[i].part);
        } else {
            if (ret != SMIMEGW_OK)
                fail_msg("%s=%s: %s", values[i].name, values[i].value,
                         smimegw_error_text(error));
            check_field(tmpl, values[i].name, values[i].value);
        }
        smimegw_template_free(tmpl);
    }
}

static void a_refused_value_changes_nothing(void **state)
{
    (void)state;
    struct smimegw_template *tmpl = make_template(
        &(struct fields){{"common-name", "gw.example.org", "days", "30", "key-size", "4096"}});
    assert_int_equal(smimegw_template_set(tmpl, "common-name", "a\tb", NULL),
                     SMIMEGW_E_SETTING);
    assert_int_equal(smimegw_template_set(tmpl, "days", "0", NULL), SMIMEGW_E_SETTING);
    check_field(tmpl, "common-name", "gw.example.org");
    check_field(tmpl, "days", "30");
    assert_int_equal(smimegw_template_set(tmpl, "days", NULL, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_template_set(tmpl, "key-size", NULL, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_template_set(tmpl, "common-name", NULL, NULL), SMIMEGW_OK);
    check_field(tmpl, "days", "365");
    check_field(tmpl, "key-size", "");
    check_field(tmpl, "common-name", "");
    smimegw_template_free(tmpl);
}

static void lists_have_a_limit(void **state)
{
    (void)state;
    char list[101 * 16] = "";
    struct smimegw_template *tmpl = make_template(&(struct fields){{NULL}});
    struct smimegw_error *error = NULL;
    for (int i = 0; i < 100; i++)
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%sd%d.example",
                 i > 0 ? "," : "", i);
    assert_int_equal(smimegw_template_set(tmpl, "domains", list, NULL), SMIMEGW_OK);
    strcat(list, ",x.example");
    check_failure(smimegw_template_set(tmpl, "domains", list, &error), &error,
                  SMIMEGW_E_SETTING, "more than 100");
    smimegw_template_free(tmpl);
}

static const struct {
    struct fields fields;
    const char *part;
} contradictions[] = {
    {{{NULL}}, "names nobody"},
    {{{"organization", "Example"}}, "names nobody"},
    {{{"common-name", "gw", "algorithm", "ecdsa-with-sha256", "key-size", "3072"}},
     "key-size is for rsa"},
    {{{"common-name", "gw", "algorithm", "ed25519", "key-size", "2048"}},
     "key-size is for rsa"},
    {{{"common-name", "gw", "algorithm", "ed25519", "use", "encrypt"}}, "only signs"},
    {{{"domains", "example.org", "fqdn-check", "common-name"}}, "common-name is empty"},
    {{{"common-name", "gw", "fqdn-check", "common-name"}}, "one label only"},
    {{{"common-name", "mail gateway.example.org", "fqdn-check", "both"}}, "something else"},
    {{{"common-name", "*.example.org", "fqdn-check", "common-name"}}, "something else"},
    {{{"common-name", "192.0.2.1", "fqdn-check", "common-name"}}, "IP address"},
    {{{"common-name", "gw.example.org.", "fqdn-check", "common-name"}}, "dot at an end"},
    {{{"common-name", "gw", "domains", "example.org,intra", "fqdn-check", "domains"}},
     "\"intra\" is no fully"},
    {{{"common-name", "gw.example.org", "domains", "10.1.2.3", "fqdn-check", "both"}},
     "IP address"},
    /* whatever fqdn-check says, for such domains never match */
    {{{"domains", "example.org,localhost"}}, "one label only"},
    {{{"domains", "1.2.3.4", "fqdn-check", "none"}}, "IP address"},
    {{{"addresses", X60 "@example.org"}}, "set common-name"},
};

static void contradictions_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(contradictions) / sizeof(contradictions[0]); i++) {
        struct smimegw_template *tmpl = make_template(&contradictions[i].fields);
        struct smimegw_buffer *pem = NULL;
        struct smimegw_error *error = NULL;
        int ret = smimegw_template_create(tmpl, TEST_TIME, NULL, &pem, &error);
        check_failure(ret, &error, SMIMEGW_E_SETTING, contradictions[i].part);
        assert_null(pem);
        smimegw_template_free(tmpl);
    }
}

static void qualified_names_pass(void **state)
{
    (void)state;
    smimegw_identity_unref(create(&(struct fields){
        {"common-name", "gw.exämple.org", "domains", "example.org, *.example.org", "addresses",
         "a@intra", "fqdn-check", "both", "algorithm", "ed25519"}}));
    /* what is not checked may be anything */
    smimegw_identity_unref(
        create(&(struct fields){{"common-name", "Our Gateway", "domains", "example.org",
                                 "fqdn-check", "domains", "algorithm", "ed25519"}}));
    smimegw_identity_unref(
        create(&(struct fields){{"common-name", "gw.example.org", "domains", "a.intra",
                                 "fqdn-check", "common-name", "algorithm", "ed25519"}}));
}

static void arguments_are_checked(void **state)
{
    (void)state;
    struct smimegw_template *tmpl = make_template(&(struct fields){{"common-name", "gw"}});
    struct smimegw_identity *identity = load_identity("p256-id.pem", NULL);
    struct smimegw_buffer *pem = NULL;
    struct smimegw_cert *cert = NULL;
    const int64_t never = INT64_MAX;
    assert_int_equal(smimegw_template_new(NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_set(NULL, "days", "1", NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_set(tmpl, NULL, "1", NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_get(tmpl, "days", NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_get(tmpl, "x", &pem, NULL), SMIMEGW_E_SETTING);
    assert_int_equal(smimegw_template_create(NULL, 0, NULL, &pem, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_create(tmpl, never, NULL, &pem, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_create(tmpl, 0, "", &pem, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_create(tmpl, 0, NULL, NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_renew(tmpl, NULL, 0, &cert, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_renew(tmpl, identity, never, &cert, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_request(tmpl, identity, NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_template_copy_cert(tmpl, NULL, NULL), SMIMEGW_E_USAGE);
    assert_null(pem);
    assert_null(cert);
    smimegw_identity_unref(identity);
    smimegw_template_free(tmpl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_listed),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(a_refused_value_changes_nothing),
        cmocka_unit_test(lists_have_a_limit),
        cmocka_unit_test(contradictions_are_told),
        cmocka_unit_test(qualified_names_pass),
        cmocka_unit_test(arguments_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
