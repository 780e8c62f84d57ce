/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/ldap/lookup.h"

#include <poll.h>
#include <stdio.h>

#include "addons/ldap/connection.h"
#include "addons/ldap/sigpipe.h"
#include "base/alloc.h"
#include "base/error_impl.h"

/* Firewalls forget connections silently: older ones are not trusted to be there. */
enum { IDLE_MS = 30000 };

/* libldap says the same of a server that is not there and of one that is not to be trusted. */
static const char *describe(const struct smimegw_ldap_lookup *lookup, int result)
{
    if (result == LDAP_TIMEOUT)
        return "no answer in time";
    if ((result == LDAP_SERVER_DOWN || result == LDAP_CONNECT_ERROR) &&
        lookup->stage < SGW_LDAP_SEARCH && sgw_ldap_has_tls(lookup->ldap, lookup->server))
        return "no connection, or TLS or the certificate failed (ca-file)";
    return ldap_err2string(result);
}

enum sgw_ldap_step sgw_ldap_lose(struct smimegw_ldap_lookup *lookup, const char *what,
                                 int result)
{
    char *detail = NULL;
    if (lookup->handle != NULL)
        ldap_get_option(lookup->handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &detail);
    snprintf(lookup->note, sizeof(lookup->note), "%.80s: %s: %s%s%s",
             lookup->ldap->servers[lookup->server].uri, what, describe(lookup, result),
             detail != NULL ? ": " : "", detail != NULL ? detail : "");
    ldap_memfree(detail);
    return SGW_LDAP_LOST;
}

static void drop_connection(struct smimegw_ldap_lookup *lookup)
{
    if (lookup->handle != NULL)
        sgw_ldap_connection_close(lookup->handle);
    lookup->handle = NULL;
    lookup->message_id = 0;
}

/* --- stages --------------------------------------------------------------------------------
 */

static LDAP *take_idle(struct smimegw_ldap_lookup *lookup)
{
    for (;;) {
        LDAP *handle = sgw_directory_take(&lookup->ldap->directory, lookup->server, IDLE_MS);
        if (handle == NULL || sgw_ldap_connection_is_quiet(handle))
            return handle;
        sgw_ldap_connection_close(handle);
    }
}

static enum sgw_ldap_step open_step(struct smimegw_ldap_lookup *lookup)
{
    const struct smimegw_ldap *ldap = lookup->ldap;
    if (lookup->server == ldap->server_count) {
        sgw_questions_fail(&lookup->questions, lookup->note);
        lookup->stage = SGW_LDAP_DONE;
        return SGW_LDAP_GO_ON;
    }
    /* after one that was kept and is lost, none of its like is tried */
    lookup->handle = lookup->is_reused ? NULL : take_idle(lookup);
    lookup->is_reused = lookup->handle != NULL;
    if (lookup->is_reused) {
        lookup->stage = SGW_LDAP_SEARCH;
        return SGW_LDAP_GO_ON;
    }
    int ret =
        sgw_ldap_connection_open(ldap, lookup->server, lookup->is_async, &lookup->handle);
    if (ret != LDAP_SUCCESS)
        return sgw_ldap_lose(lookup, "connection", ret);
    lookup->until_ms = 0;
    lookup->stage =
        sgw_ldap_needs_start_tls(ldap, lookup->server) ? SGW_LDAP_TLS : SGW_LDAP_BIND;
    return SGW_LDAP_GO_ON;
}

/* The answer to the one request that is under way, as a result of libldap. */
static enum sgw_ldap_step read_answer(struct smimegw_ldap_lookup *lookup, const char *what)
{
    struct timeval no_time = {0};
    LDAPMessage *message = NULL;
    int result = LDAP_SERVER_DOWN;
    int type =
        ldap_result(lookup->handle, lookup->message_id, LDAP_MSG_ALL, &no_time, &message);
    if (type == 0)
        return SGW_LDAP_WAIT_READ;
    if (type < 0)
        ldap_get_option(lookup->handle, LDAP_OPT_RESULT_CODE, &result);
    else if (ldap_parse_result(lookup->handle, message, &result, NULL, NULL, NULL, NULL, 1) !=
             LDAP_SUCCESS)
        result = LDAP_DECODING_ERROR;
    lookup->message_id = 0;
    return result == LDAP_SUCCESS ? SGW_LDAP_GO_ON : sgw_ldap_lose(lookup, what, result);
}

static enum sgw_ldap_step after_sending(struct smimegw_ldap_lookup *lookup, const char *what,
                                        int result)
{
    /* the first one has looked up the name of the server, which can take any time */
    if (lookup->until_ms == 0)
        lookup->until_ms = sgw_clock_now_ms() + lookup->ldap->values.connect_timeout_ms;
    if (result == LDAP_SUCCESS)
        return SGW_LDAP_GO_ON;
    lookup->message_id = 0;
    /* the request was not taken; it is made once more when the connection stands */
    return result == LDAP_X_CONNECTING ? SGW_LDAP_WAIT_WRITE
                                       : sgw_ldap_lose(lookup, what, result);
}

static enum sgw_ldap_step tls_step(struct smimegw_ldap_lookup *lookup)
{
    static const char what[] = "StartTLS";
    if (lookup->message_id == 0)
        return after_sending(lookup, what,
                             ldap_start_tls(lookup->handle, NULL, NULL, &lookup->message_id));
    enum sgw_ldap_step step = read_answer(lookup, what);
    if (step != SGW_LDAP_GO_ON)
        return step;
    int ret = ldap_install_tls(lookup->handle);
    if (ret != LDAP_SUCCESS)
        return sgw_ldap_lose(lookup, "TLS", ret);
    lookup->stage = SGW_LDAP_BIND;
    return SGW_LDAP_GO_ON;
}

static enum sgw_ldap_step bind_step(struct smimegw_ldap_lookup *lookup)
{
    static const char what[] = "bind";
    if (lookup->message_id == 0)
        return after_sending(lookup, what,
                             sgw_ldap_connection_bind(lookup->ldap, lookup->server,
                                                      lookup->handle, &lookup->message_id));
    /* with TLS, the handshake is over */
    sgw_ldap_connection_end_waiting(lookup->handle);
    enum sgw_ldap_step step = read_answer(lookup, what);
    if (step == SGW_LDAP_GO_ON)
        lookup->stage = SGW_LDAP_SEARCH;
    return step;
}

static enum sgw_ldap_step (*const stages[])(struct smimegw_ldap_lookup *lookup) = {
    [SGW_LDAP_OPEN] = open_step,
    [SGW_LDAP_TLS] = tls_step,
    [SGW_LDAP_BIND] = bind_step,
    [SGW_LDAP_SEARCH] = sgw_ldap_search_step,
};

/* A connection that was kept may be gone without a fault of the server: then a new one. */
static void give_up_server(struct smimegw_ldap_lookup *lookup)
{
    drop_connection(lookup);
    sgw_ldap_search_reset(lookup);
    lookup->server += !lookup->is_reused;
    lookup->stage = SGW_LDAP_OPEN;
}

static void finish(struct smimegw_ldap_lookup *lookup)
{
    struct sgw_directory *directory = &lookup->ldap->directory;
    if (lookup->handle != NULL)
        sgw_directory_give(directory, lookup->server, lookup->handle);
    lookup->handle = NULL;
    sgw_directory_remember(directory, &lookup->ldap->values.directory, &lookup->questions);
}

void sgw_ldap_lookup_step(struct smimegw_ldap_lookup *lookup)
{
    struct sgw_sigpipe hold;
    if (lookup->stage == SGW_LDAP_DONE)
        return;
    sgw_sigpipe_hold(&hold);
    while (lookup->stage != SGW_LDAP_DONE) {
        lookup->wait = stages[lookup->stage](lookup);
        bool is_waiting =
            lookup->wait == SGW_LDAP_WAIT_READ || lookup->wait == SGW_LDAP_WAIT_WRITE;
        if (is_waiting && sgw_clock_now_ms() < lookup->until_ms)
            break;
        if (is_waiting)
            sgw_ldap_lose(lookup, "waiting", LDAP_TIMEOUT);
        if (lookup->wait != SGW_LDAP_GO_ON)
            give_up_server(lookup);
    }
    if (lookup->stage == SGW_LDAP_DONE)
        finish(lookup);
    sgw_sigpipe_release(&hold);
}

/* --- beginning and end ---------------------------------------------------------------------
 */

int sgw_ldap_lookup_start(struct smimegw_ldap *ldap, struct sgw_questions *questions,
                          bool is_async, struct smimegw_ldap_lookup **ret_lookup,
                          struct smimegw_error **ret_error)
{
    int ret = sgw_ldap_freeze(ldap, ret_error);
    struct smimegw_ldap_lookup *lookup =
        ret == SMIMEGW_OK ? sgw_calloc(1, sizeof(*lookup)) : NULL;
    if (lookup == NULL) {
        sgw_questions_clear(questions);
        return ret < 0 ? ret : sgw_fail(ret_error, SMIMEGW_E_NOMEM, "lookup");
    }
    sgw_directory_recall(&ldap->directory, questions);
    lookup->ldap = smimegw_ldap_ref(ldap);
    lookup->is_async = is_async;
    lookup->questions = *questions;
    *questions = (struct sgw_questions){0};
    if (sgw_questions_are_done(&lookup->questions))
        lookup->stage = SGW_LDAP_DONE;
    *ret_lookup = lookup;
    return SMIMEGW_OK;
}

int smimegw_ldap_lookup_new(struct smimegw_ldap *ldap, const struct smimegw_plan *plan,
                            struct smimegw_ldap_lookup **ret_lookup,
                            struct smimegw_error **ret_error)
{
    struct sgw_questions questions;
    SGW_REQUIRE(ldap != NULL, ret_error);
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(ret_lookup != NULL, ret_error);
    int ret = sgw_questions_from_plan(&questions, plan);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "addresses to look up");
    return sgw_ldap_lookup_start(ldap, &questions, true, ret_lookup, ret_error);
}

void smimegw_ldap_lookup_free(struct smimegw_ldap_lookup *lookup)
{
    if (lookup == NULL)
        return;
    drop_connection(lookup);
    sgw_questions_clear(&lookup->questions);
    smimegw_ldap_unref(lookup->ldap);
    sgw_free(lookup);
}

int smimegw_ldap_lookup_fd(const struct smimegw_ldap_lookup *lookup, uint32_t *ret_events,
                           int *ret_timeout_ms)
{
    bool is_waiting =
        lookup != NULL && lookup->stage != SGW_LDAP_DONE && lookup->wait != SGW_LDAP_GO_ON;
    int fd = is_waiting ? sgw_ldap_connection_fd(lookup->handle) : -1;
    if (ret_events != NULL)
        *ret_events = fd < 0                                ? 0
                      : lookup->wait == SGW_LDAP_WAIT_WRITE ? (uint32_t)SMIMEGW_LDAP_WRITE
                                                            : (uint32_t)SMIMEGW_LDAP_READ;
    if (ret_timeout_ms != NULL)
        *ret_timeout_ms = fd < 0 ? 0 : sgw_clock_left_ms(lookup->until_ms);
    return fd;
}

int smimegw_ldap_lookup_process(struct smimegw_ldap_lookup *lookup, struct smimegw_plan *plan,
                                int *ret_is_done, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(lookup != NULL, ret_error);
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(ret_is_done != NULL, ret_error);
    sgw_ldap_lookup_step(lookup);
    int ret = sgw_directory_tell(&lookup->ldap->values.directory, &lookup->questions, plan,
                                 ret_error);
    if (ret == SMIMEGW_OK)
        *ret_is_done = lookup->stage == SGW_LDAP_DONE;
    return ret;
}

/* --- the form that waits -------------------------------------------------------------------
 */

static void wait_for(const struct smimegw_ldap_lookup *lookup)
{
    uint32_t events;
    int timeout_ms;
    struct pollfd poll_fd = {.fd = smimegw_ldap_lookup_fd(lookup, &events, &timeout_ms)};
    poll_fd.events = events == SMIMEGW_LDAP_WRITE ? POLLOUT : POLLIN;
    poll(&poll_fd, 1, timeout_ms);
}

int smimegw_ldap_resolve(void *userdata, struct smimegw_plan *plan,
                         const char *const *addresses, size_t count)
{
    struct sgw_questions questions;
    struct smimegw_ldap_lookup *lookup = NULL;
    struct smimegw_ldap *ldap = userdata;
    int is_done = 0;
    if (ldap == NULL || plan == NULL || addresses == NULL)
        return 0;
    int ret = sgw_questions_from_list(&questions, addresses, count);
    if (ret == SMIMEGW_OK)
        ret = sgw_ldap_lookup_start(ldap, &questions, false, &lookup, NULL);
    if (ret < 0)
        return 0;
    while (ret == SMIMEGW_OK && !is_done) {
        ret = smimegw_ldap_lookup_process(lookup, plan, &is_done, NULL);
        if (ret == SMIMEGW_OK && !is_done)
            wait_for(lookup);
    }
    smimegw_ldap_lookup_free(lookup);
    return ret == SMIMEGW_OK ? SMIMEGW_ANSWERED : 0;
}

static void close_resolver(void *userdata)
{
    smimegw_ldap_unref(userdata);
}

int smimegw_ldap_resolver(struct smimegw_ldap *ldap, int grade,
                          struct smimegw_resolver **ret_resolver,
                          struct smimegw_error **ret_error)
{
    static const struct smimegw_resolver_functions functions = {
        .size = sizeof(functions), .lookup = smimegw_ldap_resolve, .close = close_resolver};
    SGW_REQUIRE(ldap != NULL, ret_error);
    int ret = smimegw_resolver_new(&functions, ldap, grade, ret_resolver, ret_error);
    if (ret == SMIMEGW_OK)
        smimegw_ldap_ref(ldap);
    return ret;
}
