/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "addons/filter/rules.h"
#include "addons/filter/run.h"
#include "addons/filter/text.h"
#include "addons/filter/verbs.h"

static const char *const truth_names[] = {
    [SGW_FLT_NO] = "false", [SGW_FLT_YES] = "true", [SGW_FLT_UNKNOWN] = "can't tell"};
static const char *const list_names[SGW_FLT_LISTS] = {"quarantines", "notifications", "log"};

/* What an event is about. */
struct subject {
    struct sgw_flt_where where;
    const char *text;
    const char *argument; /* nullable: the first one of an action */
};

static struct subject subject_of(const struct sgw_flt_program *program,
                                 const struct sgw_flt_event *event)
{
    const struct sgw_flt_action *action = &program->actions[event->index];
    if (!event->is_action)
        return (struct subject){program->tests[event->index].where,
                                program->tests[event->index].source, NULL};
    return (struct subject){action->where, action->verb->name, action->texts[0]};
}

/* --- for people ----------------------------------------------------------------------------
 */

static int put_labelled(struct smimegw_buffer *text, const char *label, const char *value)
{
    if (value == NULL)
        return SMIMEGW_OK;
    int ret = sgw_flt_printf(text, "  %s ", label);
    ret = SGW_STEP(ret, sgw_flt_plain(text, value, strlen(value)));
    return SGW_STEP(ret, sgw_flt_put(text, "\n"));
}

static int put_event(const struct smimegw_filter_result *result,
                     const struct sgw_flt_event *event, struct smimegw_buffer *text)
{
    const struct sgw_flt_program *program = &result->filter->program;
    const struct subject subject = subject_of(program, event);
    int ret = sgw_flt_printf(text, "  %u:%u %s: ", subject.where.line, subject.where.column,
                             program->filters[event->filter].name);
    ret = SGW_STEP(ret, sgw_flt_plain(text, subject.text, strlen(subject.text)));
    if (subject.argument != NULL) {
        ret = SGW_STEP(ret, sgw_flt_put(text, "(\""));
        ret = SGW_STEP(ret, sgw_flt_plain(text, subject.argument, strlen(subject.argument)));
        ret = SGW_STEP(ret, sgw_flt_put(text, "\")"));
    }
    if (!event->is_action || event->truth == SGW_FLT_UNKNOWN)
        ret = SGW_STEP(ret, sgw_flt_printf(text, " -> %s", truth_names[event->truth]));
    if (event->note != NULL) {
        ret = SGW_STEP(ret, sgw_flt_put(text, "; "));
        ret = SGW_STEP(ret, sgw_flt_plain(text, event->note, strlen(event->note)));
    }
    return SGW_STEP(ret, sgw_flt_put(text, "\n"));
}

static int put_people(const struct sgw_flt_outcome *group, struct smimegw_buffer *text)
{
    enum { MOST = 10 };
    int ret = sgw_flt_printf(text, "%zu recipient%s:", group->recipients_count,
                             group->recipients_count == 1 ? "" : "s");
    for (size_t i = 0; ret == SMIMEGW_OK && i < group->recipients_count && i < MOST; i++) {
        const char *address = group->recipients[i];
        ret = sgw_flt_put(text, " ");
        ret = SGW_STEP(ret, sgw_flt_plain(text, address, strlen(address)));
    }
    return SGW_STEP(ret, sgw_flt_put(text, group->recipients_count > MOST ? " ...\n" : "\n"));
}

static int put_group(const struct smimegw_filter_result *result, size_t index,
                     struct smimegw_buffer *text)
{
    const struct sgw_flt_outcome *group = &result->groups[index];
    int ret = put_people(group, text);
    if (group->policy != NULL)
        ret = SGW_STEP(ret, put_labelled(text, "policy", group->policy->name));
    for (size_t i = 0; ret == SMIMEGW_OK && i < result->events_count; i++)
        if (result->events[i].group == index)
            ret = put_event(result, &result->events[i], text);
    ret =
        SGW_STEP(ret, put_labelled(text, "action", smimegw_filter_action_name(group->action)));
    ret = SGW_STEP(ret, put_labelled(text, "profile", group->profile));
    ret = SGW_STEP(ret, put_labelled(text, "decided by",
                                     group->decided != NULL ? group->decided : "no filter"));
    return SGW_STEP(ret, put_labelled(text, "not to be told:", group->reason));
}

/* A buffer for the host, or what went wrong. */
static int hand_out(int ret, struct smimegw_buffer *made, struct smimegw_buffer **ret_buffer,
                    struct smimegw_error **ret_error)
{
    if (ret < 0) {
        smimegw_buffer_free(made);
        return sgw_flt_no_memory(ret_error);
    }
    *ret_buffer = made;
    return SMIMEGW_OK;
}

int smimegw_filter_result_trace(const struct smimegw_filter_result *result,
                                struct smimegw_buffer **ret_text,
                                struct smimegw_error **ret_error)
{
    SGW_REQUIRE(result != NULL && ret_text != NULL, ret_error);
    struct smimegw_buffer *text = NULL;
    int ret = smimegw_buffer_new(0, &text, ret_error);
    for (size_t i = 0; ret == SMIMEGW_OK && i < result->groups_count; i++)
        ret = put_group(result, i, text);
    if (result->is_cut)
        ret = SGW_STEP(ret, sgw_flt_put(text, "(more was tried: over trace-limit)\n"));
    return hand_out(ret, text, ret_text, ret_error);
}

/* --- for programs --------------------------------------------------------------------------
 */

static int put_member(struct smimegw_buffer *json, const char *name, const char *value)
{
    if (value == NULL)
        return SMIMEGW_OK;
    int ret = sgw_flt_printf(json, ",\"%s\":", name);
    return SGW_STEP(ret, sgw_flt_json(json, value, strlen(value)));
}

static int put_list(struct smimegw_buffer *json, const char *name, char *const *items,
                    size_t count)
{
    int ret = sgw_flt_printf(json, ",\"%s\":[", name);
    for (size_t i = 0; ret == SMIMEGW_OK && i < count; i++) {
        ret = sgw_flt_put(json, i > 0 ? "," : "");
        ret = SGW_STEP(ret, sgw_flt_json(json, items[i], strlen(items[i])));
    }
    return SGW_STEP(ret, sgw_flt_put(json, "]"));
}

static int put_step(const struct smimegw_filter_result *result,
                    const struct sgw_flt_event *event, struct smimegw_buffer *json)
{
    const struct sgw_flt_program *program = &result->filter->program;
    const struct subject subject = subject_of(program, event);
    int ret = sgw_flt_printf(json, "{\"line\":%u,\"column\":%u", subject.where.line,
                             subject.where.column);
    ret = SGW_STEP(ret, put_member(json, "filter", program->filters[event->filter].name));
    ret = SGW_STEP(ret,
                   put_member(json, event->is_action ? "action" : "condition", subject.text));
    ret = SGW_STEP(ret, put_member(json, "argument", subject.argument));
    ret = SGW_STEP(ret, put_member(json, "note", event->note));
    const char *truth = event->truth == SGW_FLT_UNKNOWN ? "null" : truth_names[event->truth];
    return SGW_STEP(ret, event->is_action && event->truth == SGW_FLT_YES
                             ? sgw_flt_put(json, "}")
                             : sgw_flt_printf(json, ",\"truth\":%s}", truth));
}

static int put_steps(const struct smimegw_filter_result *result, size_t index,
                     struct smimegw_buffer *json)
{
    int ret = sgw_flt_put(json, ",\"trace\":[");
    bool is_first = true;
    for (size_t i = 0; ret == SMIMEGW_OK && i < result->events_count; i++) {
        if (result->events[i].group != index)
            continue;
        ret = sgw_flt_put(json, is_first ? "" : ",");
        ret = SGW_STEP(ret, put_step(result, &result->events[i], json));
        is_first = false;
    }
    return SGW_STEP(ret, sgw_flt_put(json, "]"));
}

static int put_outcome(const struct smimegw_filter_result *result, size_t index,
                       struct smimegw_buffer *json)
{
    const struct sgw_flt_outcome *group = &result->groups[index];
    const struct sgw_flt_policy *policy = group->policy;
    int ret =
        sgw_flt_printf(json, "{\"action\":\"%s\"", smimegw_filter_action_name(group->action));
    ret = SGW_STEP(ret, put_member(json, "profile", group->profile));
    ret = SGW_STEP(ret, put_member(json, "policy", policy != NULL ? policy->name : NULL));
    ret = SGW_STEP(ret, put_member(json, "receiving-policy",
                                   policy != NULL ? policy->receiving_policy : NULL));
    ret = SGW_STEP(ret, put_member(json, "decided", group->decided));
    ret = SGW_STEP(ret, put_member(json, "reason", group->reason));
    ret = SGW_STEP(ret, sgw_flt_printf(json, ",\"changed\":%s",
                                       group->edits.is_changed ? "true" : "false"));
    ret = SGW_STEP(ret,
                   put_list(json, "recipients", group->recipients, group->recipients_count));
    for (size_t i = 0; i < SGW_FLT_LISTS; i++)
        ret = SGW_STEP(
            ret, put_list(json, list_names[i], group->lists[i].items, group->lists[i].count));
    ret = SGW_STEP(ret, put_steps(result, index, json));
    return SGW_STEP(ret, sgw_flt_put(json, "}"));
}

int smimegw_filter_result_json(const struct smimegw_filter_result *result,
                               struct smimegw_buffer **ret_json,
                               struct smimegw_error **ret_error)
{
    SGW_REQUIRE(result != NULL && ret_json != NULL, ret_error);
    struct smimegw_buffer *json = NULL;
    int ret = smimegw_buffer_new(0, &json, ret_error);
    ret = SGW_STEP(ret, sgw_flt_put(json, "{\"file\":"));
    ret =
        SGW_STEP(ret, sgw_flt_json(json, result->filter->name, strlen(result->filter->name)));
    ret = SGW_STEP(ret, sgw_flt_printf(json, ",\"complete\":%s,\"groups\":[",
                                       result->is_cut ? "false" : "true"));
    for (size_t i = 0; ret == SMIMEGW_OK && i < result->groups_count; i++) {
        ret = sgw_flt_put(json, i > 0 ? "," : "");
        ret = SGW_STEP(ret, put_outcome(result, i, json));
    }
    ret = SGW_STEP(ret, sgw_flt_put(json, "]}"));
    return hand_out(ret, json, ret_json, ret_error);
}
