/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <signal.h>

#include "addons/smimea/owner.h"
#include "addons/smimea/smimea_impl.h"
#include "base/alloc.h"
#include "base/error_impl.h"

enum { QUERIES_MAX = 64, IDLE_MS = 600000, RRTYPE_SMIMEA = 53, RRCLASS_IN = 1 };

/* An address that is being asked for. */
struct query {
    struct smimegw_smimea_lookup *lookup;
    size_t question;
    int id;
    int64_t until_ms;
    bool is_running;
};

struct smimegw_smimea_lookup {
    struct smimegw_smimea *smimea;
    struct sgw_questions questions;
    struct sgw_smimea_context *context;
    struct query queries[QUERIES_MAX];
    size_t running;
    size_t next; /* the first question that was not asked */
};

static void take_answer(void *data, int error, struct ub_result *result)
{
    struct query *query = data;
    struct smimegw_smimea_lookup *lookup = query->lookup;
    query->is_running = false;
    lookup->running--;
    sgw_smimea_take(&lookup->smimea->values, &lookup->questions.items[query->question],
                    &lookup->context->anchors, error, result);
    ub_resolve_free(result);
}

static struct query *free_query(struct smimegw_smimea_lookup *lookup)
{
    for (size_t i = 0; i < QUERIES_MAX; i++)
        if (!lookup->queries[i].is_running)
            return &lookup->queries[i];
    return NULL;
}

/* libunbound starts its thread at the first question: no signal of the host may end up there.
 */
static int resolve_without_signals(struct smimegw_smimea_lookup *lookup, const char *owner,
                                   struct query *query)
{
    sigset_t all;
    sigset_t old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int error = ub_resolve_async(lookup->context->resolver, owner, RRTYPE_SMIMEA, RRCLASS_IN,
                                 query, take_answer, &query->id);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

static void ask(struct smimegw_smimea_lookup *lookup, size_t index)
{
    char owner[SGW_SMIMEA_OWNER_SIZE];
    struct sgw_question *question = &lookup->questions.items[index];
    struct query *query = free_query(lookup);
    int ret = sgw_smimea_owner(question->address, owner);
    if (ret < 0) {
        sgw_question_fail(question, "no name in DNS: %s", smimegw_result_name(ret));
        return;
    }
    *query = (struct query){
        .lookup = lookup,
        .question = index,
        .until_ms = sgw_clock_now_ms() + lookup->smimea->values.timeout_ms,
        .is_running = true,
    };
    lookup->running++;
    int error = resolve_without_signals(lookup, owner, query);
    if (error == 0)
        return;
    query->is_running = false;
    lookup->running--;
    sgw_question_fail(question, "DNS: %s", ub_strerror(error));
}

static void cancel(struct smimegw_smimea_lookup *lookup, struct query *query)
{
    ub_cancel(lookup->context->resolver, query->id);
    query->is_running = false;
    lookup->running--;
}

static void cancel_late(struct smimegw_smimea_lookup *lookup)
{
    int64_t now_ms = sgw_clock_now_ms();
    for (size_t i = 0; i < QUERIES_MAX; i++) {
        struct query *query = &lookup->queries[i];
        if (!query->is_running || now_ms < query->until_ms)
            continue;
        cancel(lookup, query);
        sgw_question_fail(&lookup->questions.items[query->question], "DNS: no answer in time");
    }
}

static void ask_more(struct smimegw_smimea_lookup *lookup)
{
    for (; lookup->next < lookup->questions.count && lookup->running < QUERIES_MAX;
         lookup->next++)
        if (lookup->questions.items[lookup->next].state == SGW_QUESTION_OPEN)
            ask(lookup, lookup->next);
}

static bool is_over(const struct smimegw_smimea_lookup *lookup)
{
    return lookup->running == 0 && lookup->next == lookup->questions.count;
}

/* The DNS cache of the context serves the next lookup. */
static void give_context(struct smimegw_smimea_lookup *lookup)
{
    if (lookup->context != NULL && sgw_smimea_context_is_good(lookup->context))
        sgw_directory_give(&lookup->smimea->directory, 0, lookup->context);
    else if (lookup->context != NULL)
        sgw_smimea_context_free(lookup->context);
    lookup->context = NULL;
}

static void step(struct smimegw_smimea_lookup *lookup)
{
    if (lookup->context == NULL)
        return;
    int error = ub_process(lookup->context->resolver);
    ask_more(lookup);
    cancel_late(lookup);
    if (error != 0) {
        for (size_t i = 0; i < QUERIES_MAX; i++)
            if (lookup->queries[i].is_running)
                cancel(lookup, &lookup->queries[i]);
        sgw_questions_fail(&lookup->questions, ub_strerror(error));
        lookup->context->is_broken = true;
        lookup->next = lookup->questions.count;
    }
    if (!is_over(lookup))
        return;
    sgw_directory_remember(&lookup->smimea->directory, &lookup->smimea->values.directory,
                           &lookup->questions);
    give_context(lookup);
}

/* --- beginning and end ---------------------------------------------------------------------
 */

static int take_context(struct smimegw_smimea_lookup *lookup, struct smimegw_error **ret_error)
{
    lookup->context = sgw_directory_take(&lookup->smimea->directory, 0, IDLE_MS);
    if (lookup->context != NULL)
        return SMIMEGW_OK;
    return sgw_smimea_context_new(&lookup->smimea->values, &lookup->context, ret_error);
}

/* Takes over what is in questions, also on failure. */
static int start(struct smimegw_smimea *smimea, struct sgw_questions *questions,
                 struct smimegw_smimea_lookup **ret_lookup, struct smimegw_error **ret_error)
{
    int ret = sgw_directory_freeze(&smimea->directory, &smimea->values.directory, ret_error);
    struct smimegw_smimea_lookup *lookup =
        ret == SMIMEGW_OK ? sgw_calloc(1, sizeof(*lookup)) : NULL;
    if (lookup == NULL) {
        sgw_questions_clear(questions);
        return ret < 0 ? ret : sgw_fail(ret_error, SMIMEGW_E_NOMEM, "lookup");
    }
    sgw_directory_recall(&smimea->directory, questions);
    lookup->smimea = smimegw_smimea_ref(smimea);
    lookup->questions = *questions;
    if (sgw_questions_are_done(questions))
        lookup->next = questions->count;
    else
        ret = take_context(lookup, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_lookup = lookup;
    else
        smimegw_smimea_lookup_free(lookup);
    return ret;
}

int smimegw_smimea_lookup_new(struct smimegw_smimea *smimea, const struct smimegw_plan *plan,
                              struct smimegw_smimea_lookup **ret_lookup,
                              struct smimegw_error **ret_error)
{
    struct sgw_questions questions;
    SGW_REQUIRE(smimea != NULL, ret_error);
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(ret_lookup != NULL, ret_error);
    int ret = sgw_questions_from_plan(&questions, plan);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "addresses to look up");
    return start(smimea, &questions, ret_lookup, ret_error);
}

void smimegw_smimea_lookup_free(struct smimegw_smimea_lookup *lookup)
{
    if (lookup == NULL)
        return;
    for (size_t i = 0; i < QUERIES_MAX; i++)
        if (lookup->queries[i].is_running)
            cancel(lookup, &lookup->queries[i]);
    give_context(lookup);
    sgw_questions_clear(&lookup->questions);
    smimegw_smimea_unref(lookup->smimea);
    sgw_free(lookup);
}

int smimegw_smimea_lookup_fd(const struct smimegw_smimea_lookup *lookup, int *ret_timeout_ms)
{
    bool is_waiting = lookup != NULL && lookup->context != NULL && lookup->running > 0;
    int64_t until_ms = INT64_MAX;
    for (size_t i = 0; is_waiting && i < QUERIES_MAX; i++)
        if (lookup->queries[i].is_running && lookup->queries[i].until_ms < until_ms)
            until_ms = lookup->queries[i].until_ms;
    if (ret_timeout_ms != NULL)
        *ret_timeout_ms = is_waiting ? sgw_clock_left_ms(until_ms) : 0;
    return is_waiting ? ub_fd(lookup->context->resolver) : -1;
}

int smimegw_smimea_lookup_process(struct smimegw_smimea_lookup *lookup,
                                  struct smimegw_plan *plan, int *ret_is_done,
                                  struct smimegw_error **ret_error)
{
    SGW_REQUIRE(lookup != NULL, ret_error);
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(ret_is_done != NULL, ret_error);
    step(lookup);
    int ret = sgw_directory_tell(&lookup->smimea->values.directory, &lookup->questions, plan,
                                 ret_error);
    if (ret == SMIMEGW_OK)
        *ret_is_done = is_over(lookup);
    return ret;
}

/* --- the form that waits -------------------------------------------------------------------
 */

int smimegw_smimea_resolve(void *userdata, struct smimegw_plan *plan,
                           const char *const *addresses, size_t count)
{
    struct sgw_questions questions;
    struct smimegw_smimea_lookup *lookup = NULL;
    int is_done = 0;
    if (userdata == NULL || plan == NULL || addresses == NULL)
        return 0;
    int ret = sgw_questions_from_list(&questions, addresses, count);
    if (ret == SMIMEGW_OK)
        ret = start(userdata, &questions, &lookup, NULL);
    if (ret < 0)
        return 0;
    while (ret == SMIMEGW_OK && !is_done) {
        int timeout_ms;
        ret = smimegw_smimea_lookup_process(lookup, plan, &is_done, NULL);
        struct pollfd poll_fd = {.fd = smimegw_smimea_lookup_fd(lookup, &timeout_ms),
                                 .events = POLLIN};
        if (ret == SMIMEGW_OK && !is_done)
            poll(&poll_fd, 1, timeout_ms);
    }
    smimegw_smimea_lookup_free(lookup);
    return ret == SMIMEGW_OK ? SMIMEGW_ANSWERED : 0;
}

static void close_resolver(void *userdata)
{
    smimegw_smimea_unref(userdata);
}

int smimegw_smimea_resolver(struct smimegw_smimea *smimea,
                            struct smimegw_resolver **ret_resolver,
                            struct smimegw_error **ret_error)
{
    static const struct smimegw_resolver_functions functions = {
        .size = sizeof(functions), .lookup = smimegw_smimea_resolve, .close = close_resolver};
    SGW_REQUIRE(smimea != NULL, ret_error);
    int ret = smimegw_resolver_new(&functions, smimea, SMIMEGW_GRADE_DNSSEC, ret_resolver,
                                   ret_error);
    if (ret == SMIMEGW_OK)
        smimegw_smimea_ref(smimea);
    return ret;
}
