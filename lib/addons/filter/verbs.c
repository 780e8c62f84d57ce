/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/verbs.h"

#include <string.h>

#include "addons/filter/run.h"
#include "addons/filter/text.h"

static int end_with(struct sgw_flt_run *run, int what)
{
    run->group->action = what;
    return SGW_FLT_YES;
}

static int act_smime(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    run->group->profile = action->texts[0];
    return end_with(run, SMIMEGW_FILTER_SMIME);
}

static int act_deferred(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    run->group->profile = action->texts[0];
    return SGW_FLT_YES;
}

static int act_deliver(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    (void)action;
    return end_with(run, SMIMEGW_FILTER_DELIVER);
}

static int act_drop(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    (void)action;
    return end_with(run, SMIMEGW_FILTER_DROP);
}

static int act_bounce(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    (void)action;
    return end_with(run, SMIMEGW_FILTER_BOUNCE);
}

static int add_item(struct sgw_flt_run *run, int list, const char *text)
{
    struct sgw_flt_texts *texts = &run->group->lists[list - 1];
    int ret = sgw_flt_texts_add(texts, text, list == SMIMEGW_FILTER_LOG);
    return ret < 0 ? sgw_flt_no_memory(run->ret_error) : SGW_FLT_YES;
}

static int act_quarantine(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    return add_item(run, SMIMEGW_FILTER_QUARANTINES, action->texts[0]);
}

static int act_notify(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    return add_item(run, SMIMEGW_FILTER_NOTIFICATIONS, action->texts[0]);
}

/* The text of an action with its variables filled in, to be freed. */
static int expand(struct sgw_flt_run *run, const char *text, struct smimegw_buffer **ret)
{
    int code = smimegw_buffer_new(0, ret, run->ret_error);
    code = SGW_STEP(code, sgw_flt_expand(run, text, *ret));
    return code < 0 ? sgw_flt_no_memory(run->ret_error) : SMIMEGW_OK;
}

/* On one line, whatever a stranger wrote into the subject. */
static int act_log(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    struct smimegw_buffer *text = NULL;
    struct smimegw_buffer *line = NULL;
    int ret = expand(run, action->texts[0], &text);
    ret = SGW_STEP(ret, smimegw_buffer_new(0, &line, run->ret_error));
    ret = SGW_STEP(ret,
                   sgw_flt_plain(line, smimegw_buffer_data(text), smimegw_buffer_size(text)));
    ret = ret < 0 ? sgw_flt_no_memory(run->ret_error)
                  : add_item(run, SMIMEGW_FILTER_LOG, smimegw_buffer_data(line));
    smimegw_buffer_free(text);
    smimegw_buffer_free(line);
    return ret;
}

static bool can_edit(struct sgw_flt_run *run, int *ret_truth)
{
    if (run->content.parts == NULL)
        *ret_truth =
            sgw_flt_cant_tell(run, "the header can't be changed: %s", run->content.problem);
    return run->content.parts != NULL;
}

static int edited(struct sgw_flt_run *run, int ret)
{
    return ret < 0 ? sgw_flt_no_memory(run->ret_error) : SGW_FLT_YES;
}

static int act_insert(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    struct smimegw_buffer *value = NULL;
    int ret = SMIMEGW_OK;
    if (!can_edit(run, &ret))
        return ret;
    ret = expand(run, action->texts[1], &value);
    if (ret == SMIMEGW_OK)
        ret = edited(run, sgw_flt_insert_field(&run->group->edits, run->content.parts,
                                               action->texts[0], smimegw_buffer_data(value)));
    smimegw_buffer_free(value);
    return ret;
}

static int act_strip(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    int ret = SMIMEGW_OK;
    if (!can_edit(run, &ret))
        return ret;
    return edited(
        run, sgw_flt_strip_field(&run->group->edits, run->content.parts, action->texts[0]));
}

static int act_edit(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    const struct sgw_flt_replacement replacement = {action->texts[0], action->regex,
                                                    action->texts[2]};
    int ret = SMIMEGW_OK;
    if (!can_edit(run, &ret))
        return ret;
    ret =
        sgw_flt_edit_field(&run->group->edits, run->content.parts, run->matcher, &replacement);
    if (ret == SGW_FLT_UNKNOWN)
        return sgw_flt_cant_tell(run, "%s", sgw_flt_matcher_reason(run->matcher));
    return edited(run, ret);
}

static int act_skip(struct sgw_flt_run *run, const struct sgw_flt_action *action)
{
    (void)run;
    (void)action;
    return SGW_FLT_YES;
}

static const struct sgw_flt_verb verbs[] = {
    {"smime-gateway", {SGW_FLT_NAME}, true, act_smime},
    {"smime-gateway-deferred", {SGW_FLT_NAME}, false, act_deferred},
    {"quarantine", {SGW_FLT_NAME}, false, act_quarantine},
    {"drop", {0}, true, act_drop},
    {"bounce", {0}, true, act_bounce},
    {"deliver", {0}, true, act_deliver},
    {"skip-filters", {0}, true, act_skip},
    {"insert-header", {SGW_FLT_FIELD, SGW_FLT_VALUE}, false, act_insert},
    {"strip-header", {SGW_FLT_FIELD}, false, act_strip},
    {"edit-header-text", {SGW_FLT_FIELD, SGW_FLT_REGEX, SGW_FLT_REPLACEMENT}, false, act_edit},
    {"log-entry", {SGW_FLT_VALUE}, false, act_log},
    {"notify", {SGW_FLT_ADDRESS}, false, act_notify},
};

const struct sgw_flt_verb *sgw_flt_verb_find(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}
