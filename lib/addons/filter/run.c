/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/run.h"

#include <smimegw/message.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addons/filter/rules.h"
#include "addons/filter/text.h"
#include "addons/filter/verbs.h"

/* What a filter says to the ones behind it. */
enum { GO_ON = 0, ENDED = 1 };

int sgw_flt_cant_tell(struct sgw_flt_run *run, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(run->note, sizeof(run->note), format, arguments);
    va_end(arguments);
    return SGW_FLT_UNKNOWN;
}

static int note_event(struct sgw_flt_run *run, bool is_action, size_t index, int truth)
{
    struct smimegw_filter_result *result = run->result;
    if ((int64_t)result->events_count >= run->program->limits.trace) {
        result->is_cut = true;
        return SMIMEGW_OK;
    }
    if (SGW_FLT_ROOM(result, events) < 0)
        return sgw_flt_no_memory(run->ret_error);
    struct sgw_flt_event event = {(uint32_t)(run->group - result->groups),
                                  (uint32_t)run->filter,
                                  is_action,
                                  index,
                                  truth,
                                  NULL};
    if (run->note[0] != '\0') {
        event.note = sgw_flt_copy(run->note, strlen(run->note));
        if (event.note == NULL)
            return sgw_flt_no_memory(run->ret_error);
    }
    result->events[result->events_count++] = event;
    return SMIMEGW_OK;
}

/* Set a text of a group to "NAME, FILE:LINE:COLUMN: what", because of the last condition. */
static int tell(struct sgw_flt_run *run, char **text, struct sgw_flt_where where,
                const char *what)
{
    char made[640];
    const struct sgw_flt_test *test = run->last_test;
    int used = snprintf(made, sizeof(made), "%.100s, %.100s:%u:%u: %.280s",
                        run->program->filters[run->filter].name, run->result->filter->name,
                        where.line, where.column, what);
    if (test != NULL && (test->where.line != where.line || test->where.column != where.column))
        snprintf(made + used, sizeof(made) - (size_t)used, " (after %u:%u %.120s)",
                 test->where.line, test->where.column, test->source);
    char *copy = sgw_flt_copy(made, strlen(made));
    if (copy == NULL)
        return sgw_flt_no_memory(run->ret_error);
    free(*text);
    *text = copy;
    return SMIMEGW_OK;
}

/* What can't be told is a temporary failure, or counts as the setting says. */
static int settle(struct sgw_flt_run *run, struct sgw_flt_where where, int *truth)
{
    struct sgw_flt_outcome *group = run->group;
    int64_t rule = run->program->limits.on_error;
    int ret = SMIMEGW_OK;
    if (*truth != SGW_FLT_UNKNOWN)
        return GO_ON;
    if (group->reason == NULL)
        ret = tell(run, &group->reason, where, run->note);
    if (ret < 0)
        return ret;
    *truth = rule == SGW_FLT_MATCH ? SGW_FLT_YES : SGW_FLT_NO;
    if (rule != SGW_FLT_DEFER)
        return GO_ON;
    group->action = SMIMEGW_FILTER_DEFER;
    ret = tell(run, &group->decided, where, run->note);
    return ret < 0 ? ret : ENDED;
}

static int do_test(struct sgw_flt_run *run, size_t index, int *truth)
{
    const struct sgw_flt_test *test = &run->program->tests[index];
    run->last_test = test;
    *truth = sgw_flt_test_judge(run, test);
    if (*truth < 0)
        return *truth;
    int ret = note_event(run, false, index, *truth);
    return ret < 0 ? ret : settle(run, test->where, truth);
}

static int do_action(struct sgw_flt_run *run, size_t index)
{
    const struct sgw_flt_action *action = &run->program->actions[index];
    run->note[0] = '\0';
    int truth = action->verb->act(run, action);
    if (truth < 0)
        return truth;
    int ret = note_event(run, true, index, truth);
    /* an action that can't be done is not done, whatever counts as true */
    ret = ret < 0 ? ret : settle(run, action->where, &truth);
    if (ret != GO_ON)
        return ret;
    bool decides = action->verb->is_final || strcmp(action->verb->name, "quarantine") == 0 ||
                   strcmp(action->verb->name, "smime-gateway-deferred") == 0;
    if (decides)
        ret = tell(run, &run->group->decided, action->where, action->verb->name);
    return ret < 0 ? ret : action->verb->is_final ? ENDED : GO_ON;
}

/* Jumps go forward only, so this ends. */
static int run_filter(struct sgw_flt_run *run, size_t number)
{
    const struct sgw_flt_named *filter = &run->program->filters[number];
    size_t at = filter->start;
    int truth = SGW_FLT_NO;
    int ret = GO_ON;
    if (filter->is_inactive)
        return GO_ON;
    run->filter = number;
    run->last_test = NULL;
    while (ret == GO_ON && run->program->code[at].op != SGW_FLT_STOP) {
        const struct sgw_flt_instruction *now = &run->program->code[at++];
        if (now->op == SGW_FLT_TEST)
            ret = do_test(run, now->target, &truth);
        else if (now->op == SGW_FLT_DO)
            ret = do_action(run, now->target);
        else if (now->op == SGW_FLT_NOT)
            truth = truth == SGW_FLT_YES ? SGW_FLT_NO : SGW_FLT_YES;
        else if (now->op == SGW_FLT_JUMP ||
                 (now->op == SGW_FLT_JUMP_TRUE) == (truth == SGW_FLT_YES))
            at = now->target;
    }
    return ret;
}

/* Filters that no policy names come first, for everybody. */
static int run_group(struct sgw_flt_run *run)
{
    const struct sgw_flt_policy *policy = run->group->policy;
    int ret = GO_ON;
    for (size_t i = 0; ret == GO_ON && i < run->program->filters_count; i++)
        if (!run->program->filters[i].is_bound)
            ret = run_filter(run, i);
    for (size_t i = 0; ret == GO_ON && policy != NULL && i < policy->name_count; i++)
        ret = run_filter(run, policy->filters[i]);
    return ret < 0 ? ret : SMIMEGW_OK;
}

/* Nobody loses mail: what was to be kept is kept, though it is discarded after that. */
static void finish_group(struct sgw_flt_outcome *group)
{
    bool is_kept =
        group->lists[SMIMEGW_FILTER_QUARANTINES - 1].count > 0 &&
        (group->action == SMIMEGW_FILTER_DELIVER || group->action == SMIMEGW_FILTER_SMIME ||
         group->action == SMIMEGW_FILTER_DROP);
    if (is_kept)
        group->action = SMIMEGW_FILTER_QUARANTINE;
    if (group->profile == NULL && group->policy != NULL)
        group->profile = group->policy->sending_profile;
    if (group->action > SMIMEGW_FILTER_QUARANTINE)
        group->profile = NULL;
    /* it points into the input, which may go now */
    free(group->normals);
    group->normals = NULL;
}

static int run_all(struct sgw_flt_run *run, const struct smimegw_filter_input *input)
{
    struct smimegw_filter_result *result = run->result;
    int ret = sgw_flt_matcher_new(&run->program->limits, &run->matcher);
    if (ret < 0)
        return sgw_flt_no_memory(run->ret_error);
    ret = sgw_flt_content_open(&run->content, input->gateway, input->message,
                               run->program->limits.body, run->ret_error);
    ret = SGW_STEP(ret, sgw_flt_split(run));
    for (size_t i = 0; ret == SMIMEGW_OK && i < result->groups_count; i++) {
        run->group = &result->groups[i];
        if (run->group->action == SMIMEGW_FILTER_DELIVER)
            ret = run_group(run);
        finish_group(run->group);
    }
    return ret;
}

int smimegw_filter_run(struct smimegw_filter *filter, const struct smimegw_filter_input *input,
                       struct smimegw_filter_result **ret_result,
                       struct smimegw_error **ret_error)
{
    SGW_REQUIRE(filter != NULL && input != NULL && ret_result != NULL, ret_error);
    SGW_REQUIRE(input->people_count > 0, ret_error);
    struct smimegw_filter_result *result = sgw_flt_new(1, sizeof(*result));
    if (result == NULL)
        return sgw_flt_no_memory(ret_error);
    __atomic_store_n(&filter->is_frozen, 1, __ATOMIC_RELEASE);
    result->filter = smimegw_filter_ref(filter);
    result->message_size = smimegw_message_size(input->message);
    struct sgw_flt_run run = {
        .program = &filter->program, .input = input, .result = result, .ret_error = ret_error};
    int ret = run_all(&run, input);
    sgw_flt_content_clear(&run.content);
    sgw_flt_matcher_free(run.matcher);
    if (ret < 0) {
        smimegw_filter_result_free(result);
        return ret;
    }
    *ret_result = result;
    return SMIMEGW_OK;
}
