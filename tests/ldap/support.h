/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LDAP_SUPPORT_H
#define LDAP_SUPPORT_H

#include "plan_support.h"

#include <poll.h>
#include <smimegw/ldap.h>

/* One of the servers that servers.py has started. */
static inline const char *server(const char *name)
{
    const char *uri = getenv(name);
    if (uri == NULL)
        fail_msg("run by servers.py: no %s", name);
    return uri;
}

static inline void set(struct smimegw_ldap *ldap, const char *name, const char *value)
{
    struct smimegw_error *error = NULL;
    if (smimegw_ldap_set(ldap, name, value, &error) != SMIMEGW_OK)
        fail_msg("%s: %s", name, smimegw_error_text(error));
}

static inline void add_server(struct smimegw_ldap *ldap, const char *uri)
{
    assert_int_equal(smimegw_ldap_add_server(ldap, uri, NULL, NULL, 0, NULL), SMIMEGW_OK);
}

/* A directory over servers of servers.py, without TLS; the list ends with NULL. */
static inline struct smimegw_ldap *make_ldap(const char *const *servers)
{
    struct smimegw_ldap *ldap;
    assert_int_equal(smimegw_ldap_new(&ldap, NULL), SMIMEGW_OK);
    set(ldap, "base", "dc=example,dc=com");
    set(ldap, "tls", "off");
    set(ldap, "ca-file", server("LDAP_CA"));
    for (; *servers != NULL; servers++)
        add_server(ldap, server(*servers));
    return ldap;
}
#define LDAP(...) make_ldap((const char *const[]){__VA_ARGS__, NULL})

static inline struct smimegw_profile *splitting(void)
{
    return PROFILE("mode", "encrypt", "missing-key", "split");
}

static inline void wait_and_process(struct smimegw_ldap_lookup *lookup,
                                    struct smimegw_plan *plan)
{
    int is_done = 0;
    while (!is_done) {
        uint32_t events;
        int timeout_ms;
        assert_int_equal(smimegw_ldap_lookup_process(lookup, plan, &is_done, NULL),
                         SMIMEGW_OK);
        struct pollfd poll_fd = {.fd = smimegw_ldap_lookup_fd(lookup, &events, &timeout_ms)};
        poll_fd.events = (short)(((events & SMIMEGW_LDAP_READ) != 0 ? POLLIN : 0) |
                                 ((events & SMIMEGW_LDAP_WRITE) != 0 ? POLLOUT : 0));
        if (!is_done)
            poll(&poll_fd, 1, timeout_ms);
    }
}

/* Look up all that the plan needs, in one form or the other, and decide. */
static inline void look_up(struct smimegw_ldap *ldap, struct scene *scene, bool is_async)
{
    struct smimegw_ldap_lookup *lookup;
    if (is_async) {
        assert_int_equal(smimegw_ldap_lookup_new(ldap, scene->plan, &lookup, NULL),
                         SMIMEGW_OK);
        wait_and_process(lookup, scene->plan);
        smimegw_ldap_lookup_free(lookup);
    } else {
        assert_int_equal(smimegw_plan_resolve(scene->plan, smimegw_ldap_resolve, ldap, NULL),
                         SMIMEGW_OK);
    }
    decide(scene);
}

/* What became of the only recipient: a member of enum smimegw_plan_outcome. */
static inline int fate_of(struct smimegw_ldap *ldap, const char *address, bool is_async,
                          const char *text)
{
    int reason;
    struct scene scene = make_scene(splitting(), mail);
    add(&scene, address);
    look_up(ldap, &scene, is_async);
    int outcome = smimegw_plan_recipient_outcome(scene.plan, 0, &reason, NULL);
    if (outcome == SMIMEGW_PLAN_DEFERRED)
        assert_int_equal(reason, SMIMEGW_PLAN_LOOKUP);
    if (strstr(smimegw_plan_recipient_text(scene.plan, 0), text) == NULL)
        fail_msg("%s: %s", address, smimegw_plan_recipient_text(scene.plan, 0));

    end_scene(&scene);
    return outcome;
}

static inline void expect_text(struct smimegw_ldap *ldap, const char *address, int outcome,
                               const char *text)
{
    for (int is_async = 0; is_async < 2; is_async++)
        if (fate_of(ldap, address, is_async, text) != outcome)
            fail_msg("%s: not %s, async %d", address, smimegw_plan_outcome_name(outcome),
                     is_async);
}

static inline void expect(struct smimegw_ldap *ldap, const char *address, int outcome)
{
    expect_text(ldap, address, outcome, "");
}

#endif
