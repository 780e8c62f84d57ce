/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEA_SUPPORT_H
#define SMIMEA_SUPPORT_H

#include "plan_support.h"

#include <poll.h>
#include <smimegw/smimea.h>

/* What servers.py has started. */
static inline const char *server(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL)
        fail_msg("run by servers.py: no %s", name);
    return value;
}

static inline void set(struct smimegw_smimea *smimea, const char *name, const char *value)
{
    struct smimegw_error *error = NULL;
    if (smimegw_smimea_set(smimea, name, value, &error) != SMIMEGW_OK)
        fail_msg("%s: %s", name, smimegw_error_text(error));
}

static inline struct smimegw_smimea *make_smimea(const char *forwarder)
{
    struct smimegw_smimea *smimea;
    assert_int_equal(smimegw_smimea_new(&smimea, NULL), SMIMEGW_OK);
    set(smimea, "trust-anchor-file", server("DNS_ANCHOR"));
    set(smimea, "forwarders", server(forwarder));
    return smimea;
}

static inline void wait_and_process(struct smimegw_smimea_lookup *lookup,
                                    struct smimegw_plan *plan)
{
    int is_done = 0;
    while (!is_done) {
        int timeout_ms;
        assert_int_equal(smimegw_smimea_lookup_process(lookup, plan, &is_done, NULL),
                         SMIMEGW_OK);
        struct pollfd poll_fd = {.fd = smimegw_smimea_lookup_fd(lookup, &timeout_ms),
                                 .events = POLLIN};
        if (!is_done)
            poll(&poll_fd, 1, timeout_ms);
    }
}

/* Look up all that the plan needs, in one form or the other, and decide. */
static inline void look_up(struct smimegw_smimea *smimea, struct scene *scene, bool is_async)
{
    struct smimegw_smimea_lookup *lookup;
    if (is_async) {
        assert_int_equal(smimegw_smimea_lookup_new(smimea, scene->plan, &lookup, NULL),
                         SMIMEGW_OK);
        wait_and_process(lookup, scene->plan);
        smimegw_smimea_lookup_free(lookup);
    } else {
        assert_int_equal(
            smimegw_plan_resolve(scene->plan, smimegw_smimea_resolve, smimea, NULL),
            SMIMEGW_OK);
    }
    decide(scene);
}

/* What became of the only recipient: a member of enum smimegw_plan_outcome. */
static inline int fate_of(struct smimegw_smimea *smimea, const char *address, bool is_async,
                          const char *text)
{
    int reason;
    struct scene scene = make_scene(PROFILE("mode", "encrypt", "missing-key", "split"), mail);
    add(&scene, address);
    look_up(smimea, &scene, is_async);
    int outcome = smimegw_plan_recipient_outcome(scene.plan, 0, &reason, NULL);
    if (outcome == SMIMEGW_PLAN_DEFERRED)
        assert_int_equal(reason, SMIMEGW_PLAN_LOOKUP);
    if (strstr(smimegw_plan_recipient_text(scene.plan, 0), text) == NULL)
        fail_msg("%s: %s", address, smimegw_plan_recipient_text(scene.plan, 0));
    end_scene(&scene);
    return outcome;
}

static inline void expect_text(struct smimegw_smimea *smimea, const char *address, int outcome,
                               const char *text)
{
    for (int is_async = 0; is_async < 2; is_async++)
        if (fate_of(smimea, address, is_async, text) != outcome)
            fail_msg("%s: not %s, async %d", address, smimegw_plan_outcome_name(outcome),
                     is_async);
}

static inline void expect(struct smimegw_smimea *smimea, const char *address, int outcome)
{
    expect_text(smimea, address, outcome, "");
}

#endif
