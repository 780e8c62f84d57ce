/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation in turn fails: set-up says so, and a lookup has failed or is right. */
#include "support.h"

#include "base/alloc.h"

static int set_up(struct smimegw_ldap **ret_ldap)
{
    struct smimegw_ldap *ldap;
    struct smimegw_buffer *value;
    int ret = smimegw_ldap_new(&ldap, NULL);
    if (ret < 0)
        return ret;
    ret = smimegw_ldap_set(ldap, "base", "dc=example,dc=com", NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_ldap_set(ldap, "tls", "off", NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_ldap_add_server(ldap, server("LDAP_PLAIN"), "cn=admin,dc=example,dc=com",
                                      "secret", 6, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_ldap_get(ldap, "base", &value, NULL);
    if (ret < 0) {
        smimegw_ldap_unref(ldap);
        return ret;
    }
    smimegw_buffer_free(value);
    *ret_ldap = ldap;
    return SMIMEGW_OK;
}

static int look_up_async(struct smimegw_ldap *ldap, struct smimegw_plan *plan)
{
    struct smimegw_ldap_lookup *lookup;
    int is_done = 0;
    int ret = smimegw_ldap_lookup_new(ldap, plan, &lookup, NULL);
    if (ret < 0)
        return ret;
    while (ret == SMIMEGW_OK && !is_done) {
        ret = smimegw_ldap_lookup_process(lookup, plan, &is_done, NULL);
        poll(NULL, 0, 1);
    }
    smimegw_ldap_lookup_free(lookup);
    return ret;
}

static int make_resolver(struct smimegw_ldap *ldap)
{
    struct smimegw_resolver *resolver;
    int ret = smimegw_ldap_resolver(ldap, SMIMEGW_GRADE_CHAIN, &resolver, NULL);
    if (ret == SMIMEGW_OK)
        smimegw_resolver_unref(resolver);
    return ret;
}

/* False when no allocation was left to fail. */
static bool run(long successes, bool is_async)
{
    struct smimegw_ldap *ldap = NULL;
    struct scene scene = make_scene(splitting(), mail);
    add(&scene, "rsa2048@example.com");
    add(&scene, "p384@example.com");
    sgw_alloc_fail_after(successes);
    int ret = set_up(&ldap);
    if (ret == SMIMEGW_OK)
        ret = make_resolver(ldap);
    if (ret == SMIMEGW_OK)
        ret = is_async ? look_up_async(ldap, scene.plan)
                       : smimegw_plan_resolve(scene.plan, smimegw_ldap_resolve, ldap, NULL);
    bool has_failed = sgw_alloc_has_failed() != 0;
    sgw_alloc_fail_after(-1);
    assert_true(ret == SMIMEGW_OK || (has_failed && ret == SMIMEGW_E_NOMEM));
    decide(&scene);
    for (size_t i = 0; i < 2; i++) {
        int outcome = smimegw_plan_recipient_outcome(scene.plan, i, NULL, NULL);
        if (outcome != SMIMEGW_PLAN_ENCRYPTED && !has_failed)
            fail_msg("%s", smimegw_plan_recipient_text(scene.plan, i));
        if (outcome != SMIMEGW_PLAN_ENCRYPTED && outcome != SMIMEGW_PLAN_DEFERRED)
            fail_msg("allocation %ld: %s", successes,
                     smimegw_plan_recipient_text(scene.plan, i));
    }
    end_scene(&scene);
    smimegw_ldap_unref(ldap);
    return has_failed;
}

static void sweep(void **state)
{
    (void)state;
    for (int is_async = 0; is_async < 2; is_async++) {
        long count = 0;
        while (run(count, is_async))
            count++;
        print_message("# %ld allocations\n", count);
        assert_true(count > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sweep)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
