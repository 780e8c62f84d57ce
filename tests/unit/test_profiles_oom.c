/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation in turn fails: the call says so, and the set is what it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <smimegw/smimegw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define HEAD "# smimegw profiles 1\n"

static struct smimegw_profile *profile;

static int make_profile(void **state)
{
    (void)state;
    assert_int_equal(smimegw_profile_new(&profile, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(profile, "description", "long enough", NULL),
                     SMIMEGW_OK);
    return smimegw_profile_set(profile, "subject-trigger", "[sign]", NULL);
}

static int drop_profile(void **state)
{
    (void)state;
    smimegw_profile_unref(profile);
    return 0;
}

static char *export(const struct smimegw_profiles *set)
{
    struct smimegw_buffer *buffer;
    assert_int_equal(smimegw_buffer_new(0, &buffer, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profiles_export(set, smimegw_buffer_write, buffer, NULL),
                     SMIMEGW_OK);
    char *copy = strdup(smimegw_buffer_data(buffer));
    smimegw_buffer_free(buffer);
    return copy;
}

static int swallow(void *userdata, const void *data, size_t size)
{
    (void)userdata;
    (void)data;
    (void)size;
    return 0;
}

static int make_one(struct smimegw_profiles *set, struct smimegw_error **error)
{
    struct smimegw_profiles *other = NULL;
    (void)set;
    int ret = smimegw_profiles_new(&other, error);
    smimegw_profiles_free(other);
    return ret;
}

static int copy_one(struct smimegw_profiles *set, struct smimegw_error **error)
{
    struct smimegw_profile *copy = NULL;
    (void)set;
    int ret = smimegw_profile_copy(profile, &copy, error);
    smimegw_profile_unref(copy);
    return ret;
}

static int add_one(struct smimegw_profiles *set, struct smimegw_error **error)
{
    return smimegw_profiles_add(set, "new", profile, SMIMEGW_PROFILES_REPLACE, error);
}

static int replace_one(struct smimegw_profiles *set, struct smimegw_error **error)
{
    return smimegw_profiles_add(set, "first", profile, SMIMEGW_PROFILES_REPLACE, error);
}

static int import_file(struct smimegw_profiles *set, struct smimegw_error **error)
{
    static const char text[] = HEAD "[first]\nmode = triple\ndescription = x\n[second]\n"
                                    "signing-certificate = mail\n";
    return smimegw_profiles_import(set, text, sizeof(text) - 1, SMIMEGW_PROFILES_REPLACE,
                                   error);
}

static int export_file(struct smimegw_profiles *set, struct smimegw_error **error)
{
    return smimegw_profiles_export(set, swallow, NULL, error);
}

/* The other kind of set, whose content nobody looks at here. */
static int use_policies(struct smimegw_profiles *set, struct smimegw_error **error)
{
    static const char text[] = "# smimegw policies 1\n[a]\nauthserv-id = mx.example.com\n"
                               "signature = remove\n";
    struct smimegw_policies *policies = NULL;
    struct smimegw_policy *copy = NULL;
    (void)set;
    int ret = smimegw_policies_new(&policies, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_policies_import(policies, text, sizeof(text) - 1, 0, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_policy_copy(smimegw_policies_get(policies, "a"), &copy, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_policies_add(policies, "b", copy, 0, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_policies_export(policies, swallow, NULL, error);
    smimegw_policy_unref(copy);
    smimegw_policies_free(policies);
    return ret;
}

static int (*const operations[])(struct smimegw_profiles *set,
                                 struct smimegw_error **error) = {
    make_one, copy_one, add_one, replace_one, import_file, export_file, use_policies};

/* True when no allocation was left to fail. */
static bool run_once(int (*operate)(struct smimegw_profiles *, struct smimegw_error **),
                     long successes)
{
    struct smimegw_profiles *set;
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_profiles_new(&set, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profiles_add(set, "first", profile, 0, NULL), SMIMEGW_OK);
    char *before = export(set);
    sgw_alloc_fail_after(successes);
    int ret = operate(set, &error);
    bool has_failed = sgw_alloc_has_failed();
    sgw_alloc_fail_after(-1);
    if (has_failed) {
        char *after = export(set);
        assert_int_equal(ret, SMIMEGW_E_NOMEM);
        assert_string_equal(before, after);
        free(after);
    }
    smimegw_error_free(error);
    error = NULL;
    /* and then it works */
    if (operate(set, &error) != SMIMEGW_OK)
        fail_msg("again after allocation %ld: %s", successes, smimegw_error_text(error));
    free(before);
    smimegw_profiles_free(set);
    return !has_failed;
}

static void nothing_changes_without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        long count = 0;
        while (!run_once(operations[i], count))
            count++;
        assert_true(count >= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_changes_without_memory)};
    return cmocka_run_group_tests(tests, make_profile, drop_profile);
}
