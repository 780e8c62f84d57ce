/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation in turn fails: set-up says so, and a lookup has failed or is right. */
#include "support.h"

#include "base/alloc.h"

static int set_up(struct smimegw_smimea **ret_smimea)
{
    struct smimegw_smimea *smimea;
    struct smimegw_buffer *value;
    int ret = smimegw_smimea_new(&smimea, NULL);
    if (ret < 0)
        return ret;
    ret = smimegw_smimea_set(smimea, "trust-anchor-file", server("DNS_ANCHOR"), NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_smimea_set(smimea, "forwarders", server("DNS_SERVER"), NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_smimea_get(smimea, "forwarders", &value, NULL);
    if (ret < 0) {
        smimegw_smimea_unref(smimea);
        return ret;
    }
    smimegw_buffer_free(value);
    *ret_smimea = smimea;
    return SMIMEGW_OK;
}

static int look_up_async(struct smimegw_smimea *smimea, struct smimegw_plan *plan)
{
    struct smimegw_smimea_lookup *lookup;
    int is_done = 0;
    int ret = smimegw_smimea_lookup_new(smimea, plan, &lookup, NULL);
    if (ret < 0)
        return ret;
    while (ret == SMIMEGW_OK && !is_done) {
        ret = smimegw_smimea_lookup_process(lookup, plan, &is_done, NULL);
        poll(NULL, 0, 1);
    }
    smimegw_smimea_lookup_free(lookup);
    return ret;
}

static int make_resolver(struct smimegw_smimea *smimea)
{
    struct smimegw_resolver *resolver;
    int ret = smimegw_smimea_resolver(smimea, &resolver, NULL);
    if (ret == SMIMEGW_OK)
        smimegw_resolver_unref(resolver);
    return ret;
}

/* False when no allocation was left to fail. */
static bool run(long successes, bool is_async)
{
    struct smimegw_smimea *smimea = NULL;
    struct scene scene = make_scene(PROFILE("mode", "encrypt", "missing-key", "split"), mail);
    add(&scene, "rsa2048@example.com");
    sgw_alloc_fail_after(successes);
    int ret = set_up(&smimea);
    if (ret == SMIMEGW_OK)
        ret = make_resolver(smimea);
    if (ret == SMIMEGW_OK)
        ret = is_async
                  ? look_up_async(smimea, scene.plan)
                  : smimegw_plan_resolve(scene.plan, smimegw_smimea_resolve, smimea, NULL);
    bool has_failed = sgw_alloc_has_failed() != 0;
    sgw_alloc_fail_after(-1);
    assert_true(ret == SMIMEGW_OK || (has_failed && ret == SMIMEGW_E_NOMEM));
    decide(&scene);
    int outcome = smimegw_plan_recipient_outcome(scene.plan, 0, NULL, NULL);
    if (outcome != SMIMEGW_PLAN_ENCRYPTED && (!has_failed || outcome != SMIMEGW_PLAN_DEFERRED))
        fail_msg("allocation %ld: %s", successes, smimegw_plan_recipient_text(scene.plan, 0));
    end_scene(&scene);
    smimegw_smimea_unref(smimea);
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
