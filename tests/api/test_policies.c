/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies: what applies, copies, and named sets of them. What sets of any kind do, with every
 * mistake of a file, is shown for profiles in test_profiles.c: one piece serves both. */
#include "support.h"

#define HEAD "# smimegw policies 1\n"
#define ASSERT_OK(call) assert_int_equal(call, SMIMEGW_OK)

/* The text of the error holds all of it. */
#define ASSERT_FAILS(code, part, call)                                                        \
    do {                                                                                      \
        struct smimegw_error *error = NULL;                                                   \
        assert_int_equal(call, code);                                                         \
        if (strstr(smimegw_error_text(error), part) == NULL)                                  \
            fail_msg("\"%s\" lacks \"%s\"", smimegw_error_text(error), part);                 \
        smimegw_error_free(error);                                                            \
    } while (0)

static struct smimegw_policy *make_policy(void)
{
    struct smimegw_policy *policy;
    ASSERT_OK(smimegw_policy_new(&policy, NULL));
    return policy;
}

static struct smimegw_policies *make_set(void)
{
    struct smimegw_policies *set;
    ASSERT_OK(smimegw_policies_new(&set, NULL));
    return set;
}

static void assert_value(const struct smimegw_policy *policy, const char *name,
                         const char *value)
{
    struct smimegw_buffer *text;
    ASSERT_OK(smimegw_policy_get(policy, name, &text, NULL));
    assert_string_equal(smimegw_buffer_data(text), value);
    smimegw_buffer_free(text);
}

static void assert_exports(const struct smimegw_policies *set, const char *text)
{
    struct smimegw_buffer *out = make_buffer();
    ASSERT_OK(smimegw_policies_export(set, smimegw_buffer_write, out, NULL));
    assert_string_equal(smimegw_buffer_data(out), text);
    smimegw_buffer_free(out);
}

static int import(struct smimegw_policies *set, const char *text, uint32_t flags,
                  struct smimegw_error **ret_error)
{
    return smimegw_policies_import(set, text, strlen(text), flags, ret_error);
}

static void every_setting_is_set_and_unset(void **state)
{
    (void)state;
    const char *name;
    const char *initial;
    struct smimegw_policy *policy = make_policy();
    size_t index = 0;
    for (; (name = smimegw_policy_setting(index, &initial, NULL)) != NULL; index++) {
        const char *value = initial[0] != '\0' ? initial : "mx.example.com";
        assert_int_equal(smimegw_policy_is_set(policy, name), 0);
        ASSERT_OK(smimegw_policy_set(policy, name, value, NULL));
        assert_int_equal(smimegw_policy_is_set(policy, name), 1);
        assert_value(policy, name, value);
        ASSERT_OK(smimegw_policy_set(policy, name, NULL, NULL));
        assert_int_equal(smimegw_policy_is_set(policy, name), 0);
        assert_value(policy, name, initial);
    }
    assert_true(index >= 5);
    assert_int_equal(smimegw_policy_is_set(policy, "no-such"), 0);
    assert_int_equal(smimegw_policy_is_set(policy, NULL), 0);
    assert_int_equal(smimegw_policy_is_set(NULL, "smime"), 0);
    smimegw_policy_unref(policy);
}

static void what_does_not_apply_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *value;
        const char *other; /* NAME of the setting that makes it apply */
        const char *bad;
        const char *good;
        const char *words;
    } rows[] = {
        {"signature", "remove", "smime", "off", "on", "signature does not apply where smime"},
        {"strict-recipients", "yes", "smime", "off", "on", "strict-recipients does not apply"},
        {"signature", "keep", "smime", "off", "on", "signature does not apply"},
        {"remove-forged", "no", "authserv-id", "", "mx", "remove-forged does not apply"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smimegw_policy *policy = make_policy();
        ASSERT_OK(smimegw_policy_check(policy, NULL));
        ASSERT_OK(smimegw_policy_set(policy, rows[i].name, rows[i].value, NULL));
        ASSERT_OK(smimegw_policy_set(policy, rows[i].other, rows[i].bad, NULL));
        ASSERT_FAILS(SMIMEGW_E_SETTING, rows[i].words, smimegw_policy_check(policy, &error));
        ASSERT_OK(smimegw_policy_set(policy, rows[i].other, rows[i].good, NULL));
        ASSERT_OK(smimegw_policy_check(policy, NULL));
        smimegw_policy_unref(policy);
    }
    ASSERT_FAILS(SMIMEGW_E_USAGE, "policy", smimegw_policy_check(NULL, &error));
}

static void values_are_checked(void **state)
{
    (void)state;
    struct smimegw_policy *policy = make_policy();
    static const char *const bad[] = {" mx", "mx ", "a b", "a;b", "a\nb", "\xff"};
    ASSERT_OK(smimegw_policy_set(policy, "authserv-id", "mx.example.com", NULL));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ASSERT_FAILS(SMIMEGW_E_SETTING, "authserv-id",
                     smimegw_policy_set(policy, "authserv-id", bad[i], &error));
    assert_value(policy, "authserv-id", "mx.example.com");
    ASSERT_OK(smimegw_policy_set(policy, "authserv-id", "", NULL));
    assert_int_equal(smimegw_policy_is_set(policy, "authserv-id"), 0);
    ASSERT_FAILS(SMIMEGW_E_SETTING, "no-such",
                 smimegw_policy_set(policy, "no-such", "x", &error));
    smimegw_policy_unref(policy);
}

static void sets_keep_frozen_copies(void **state)
{
    (void)state;
    struct smimegw_policies *set = make_set();
    struct smimegw_policy *policy = make_policy();
    struct smimegw_policy *copy;
    const char *name;
    ASSERT_OK(smimegw_policy_set(policy, "signature", "remove", NULL));
    ASSERT_OK(smimegw_policies_add(set, "in", policy, 0, NULL));
    ASSERT_OK(smimegw_policy_set(policy, "signature", NULL, NULL));
    struct smimegw_policy *kept = smimegw_policies_get(set, "in");
    assert_value(kept, "signature", "remove");
    ASSERT_FAILS(SMIMEGW_E_STATE, "policy is in use",
                 smimegw_policy_set(kept, "signature", "keep", &error));
    ASSERT_FAILS(SMIMEGW_E_USAGE, "another policy called \"in\"",
                 smimegw_policies_add(set, "in", policy, 0, &error));
    ASSERT_FAILS(SMIMEGW_E_USAGE, "flags", smimegw_policies_add(set, "x", policy, 2, &error));
    ASSERT_OK(smimegw_policy_copy(kept, &copy, NULL));
    ASSERT_OK(smimegw_policy_set(copy, "smime", "off", NULL));
    ASSERT_FAILS(SMIMEGW_E_SETTING, "signature",
                 smimegw_policies_add(set, "x", copy, 0, &error));
    ASSERT_OK(smimegw_policies_add(set, "in", policy, SMIMEGW_POLICIES_REPLACE, NULL));
    assert_value(smimegw_policies_get(set, "in"), "signature", "keep");
    assert_int_equal(smimegw_policies_count(set), 1);
    assert_ptr_equal(smimegw_policies_at(set, 0, &name), smimegw_policies_get(set, "in"));
    assert_string_equal(name, "in");
    assert_null(smimegw_policies_at(set, 1, &name));
    ASSERT_FAILS(SMIMEGW_E_USAGE, "no policy is called \"x\"",
                 smimegw_policies_remove(set, "x", &error));
    ASSERT_OK(smimegw_policies_remove(set, "in", NULL));
    assert_int_equal(smimegw_policies_count(set), 0);
    smimegw_policy_unref(copy);
    smimegw_policy_unref(policy);
    smimegw_policies_free(set);
    smimegw_policies_free(NULL);
    assert_int_equal(smimegw_policies_count(NULL), 0);
    assert_null(smimegw_policies_get(NULL, "in"));
    assert_int_equal(smimegw_policies_search(NULL, "", 0), 0);
    ASSERT_FAILS(SMIMEGW_E_USAGE, "", smimegw_policies_new(NULL, &error));
}

static void files_go_round(void **state)
{
    (void)state;
    struct smimegw_policies *set = make_set();
    const char *text = HEAD "\n[plain]\n\n[Partner]\nsignature = remove\n"
                            "authserv-id = mx.example.com\nremove-forged = no\n\n[off]\n"
                            "smime = off\n";
    ASSERT_OK(import(set, text, 0, NULL));
    assert_exports(set, text);
    assert_int_equal(smimegw_policies_search(set, "PARTNER", 0), 1);
    assert_int_equal(smimegw_policies_search(set, "example", 2), 3);
    ASSERT_OK(import(set, HEAD "[off]\r\n[new]\rsmime=on", SMIMEGW_POLICIES_REPLACE, NULL));
    assert_int_equal(smimegw_policies_count(set), 4);
    assert_value(smimegw_policies_get(set, "off"), "smime", "on");
    smimegw_policies_free(set);
}

static void mistakes_have_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {"", "line 1: \"# smimegw policies 1\" is due"},
        {"# smimegw profiles 1\n", "line 1: \"# smimegw policies 1\" is due"},
        {"# smimegw policies 2\n", "line 1: a file of a form"},
        {HEAD "[a]\nmode = sign\n", "line 3: no setting is called \"mode\""},
        {HEAD "[a]\nauthserv-id = a b\n", "line 3: authserv-id"},
        {HEAD "[a]\nsmime = off\n\nsignature = keep\n", "line 5: signature does not apply"},
        {HEAD "[ok]\n[a]\nremove-forged = no\n", "line 4: remove-forged"},
        {HEAD "[a]\n[a]\n", "line 3: the policy \"a\" is there twice"},
    };
    struct smimegw_policies *set = make_set();
    ASSERT_OK(import(set, HEAD "[there]\n", 0, NULL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ASSERT_FAILS(SMIMEGW_E_SETTING, rows[i].error, import(set, rows[i].text, 0, &error));
        assert_exports(set, HEAD "\n[there]\n");
    }
    ASSERT_FAILS(SMIMEGW_E_USAGE, "line 2: there is another policy called \"there\"",
                 import(set, HEAD "[there]\n", 0, &error));
    smimegw_policies_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_is_set_and_unset),
        cmocka_unit_test(what_does_not_apply_is_told),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(sets_keep_frozen_copies),
        cmocka_unit_test(files_go_round),
        cmocka_unit_test(mistakes_have_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
