/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/message.h>
#include <stdlib.h>
#include <string.h>

#include "addons/filter/run.h"
#include "addons/filter/text.h"

int sgw_flt_texts_add(struct sgw_flt_texts *texts, const char *text, bool may_repeat)
{
    for (size_t i = 0; !may_repeat && i < texts->count; i++)
        if (strcmp(texts->items[i], text) == 0)
            return SMIMEGW_OK;
    if (sgw_flt_grow(&texts->items, texts->count, &texts->room, sizeof(char *)) < 0)
        return SMIMEGW_E_NOMEM;
    texts->items[texts->count] = sgw_flt_copy(text, strlen(text));
    return texts->items[texts->count] == NULL ? SMIMEGW_E_NOMEM : (texts->count++, SMIMEGW_OK);
}

static void clear_group(struct sgw_flt_outcome *group)
{
    for (size_t i = 0; i < group->recipients_count; i++)
        free(group->recipients[i]);
    for (size_t list = 0; list < SGW_FLT_LISTS; list++) {
        for (size_t i = 0; i < group->lists[list].count; i++)
            free(group->lists[list].items[i]);
        free(group->lists[list].items);
    }
    free(group->recipients);
    free(group->normals);
    free(group->decided);
    free(group->reason);
    sgw_flt_edits_clear(&group->edits);
}

void smimegw_filter_result_free(struct smimegw_filter_result *result)
{
    if (result == NULL)
        return;
    for (size_t i = 0; i < result->groups_count; i++)
        clear_group(&result->groups[i]);
    for (size_t i = 0; i < result->events_count; i++)
        free(result->events[i].note);
    free(result->groups);
    free(result->events);
    smimegw_filter_unref(result->filter);
    free(result);
}

size_t smimegw_filter_result_count(const struct smimegw_filter_result *result)
{
    return result != NULL ? result->groups_count : 0;
}

static const struct sgw_flt_outcome *group_at(const struct smimegw_filter_result *result,
                                              size_t group)
{
    return result != NULL && group < result->groups_count ? &result->groups[group] : NULL;
}

const char *smimegw_filter_result_recipient(const struct smimegw_filter_result *result,
                                            size_t group, size_t index)
{
    const struct sgw_flt_outcome *found = group_at(result, group);
    return found != NULL && index < found->recipients_count ? found->recipients[index] : NULL;
}

int smimegw_filter_result_action(const struct smimegw_filter_result *result, size_t group)
{
    const struct sgw_flt_outcome *found = group_at(result, group);
    return found != NULL ? found->action : SMIMEGW_FILTER_DEFER;
}

const char *smimegw_filter_result_text(const struct smimegw_filter_result *result,
                                       size_t group, int which)
{
    const struct sgw_flt_outcome *found = group_at(result, group);
    if (found == NULL)
        return NULL;
    const char *texts[] = {
        [SMIMEGW_FILTER_POLICY] = found->policy != NULL ? found->policy->name : NULL,
        [SMIMEGW_FILTER_PROFILE] = found->profile,
        [SMIMEGW_FILTER_RECEIVING] =
            found->policy != NULL ? found->policy->receiving_policy : NULL,
        [SMIMEGW_FILTER_DECIDED] = found->decided,
        [SMIMEGW_FILTER_REASON] = found->reason,
    };
    bool is_known = which >= SMIMEGW_FILTER_POLICY && which <= SMIMEGW_FILTER_REASON;
    return is_known ? texts[which] : NULL;
}

const char *smimegw_filter_result_item(const struct smimegw_filter_result *result,
                                       size_t group, int which, size_t index)
{
    const struct sgw_flt_outcome *found = group_at(result, group);
    bool is_known = which >= SMIMEGW_FILTER_QUARANTINES && which <= SMIMEGW_FILTER_LOG;
    if (found == NULL || !is_known || index >= found->lists[which - 1].count)
        return NULL;
    return found->lists[which - 1].items[index];
}

int smimegw_filter_result_is_changed(const struct smimegw_filter_result *result, size_t group)
{
    const struct sgw_flt_outcome *found = group_at(result, group);
    return found != NULL && found->edits.is_changed;
}

int smimegw_filter_result_write(const struct smimegw_filter_result *result, size_t group,
                                struct smimegw_message *message, smimegw_write_fn write,
                                void *userdata, struct smimegw_error **ret_error)
{
    const struct sgw_flt_outcome *found = group_at(result, group);
    SGW_REQUIRE(found != NULL && message != NULL && write != NULL, ret_error);
    if (smimegw_message_size(message) != result->message_size)
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "the filters ran over another message");
    return sgw_flt_edits_write(&found->edits, message, write, userdata, ret_error);
}

/* --- variables -----------------------------------------------------------------------------
 */

/* Strangers write it: as much as has a place in a line. */
static int put_start(struct smimegw_buffer *ret_text, const char *text)
{
    enum { MOST = 800 };
    size_t size = strlen(text);
    size_t most = size < MOST ? size : MOST;
    while (most < size && most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return smimegw_buffer_write(ret_text, text, most);
}

static int put_subject(const struct sgw_flt_run *run, struct smimegw_buffer *ret_text)
{
    const struct smimegw_parts *parts = run->content.parts;
    for (size_t i = 0; i < smimegw_parts_field_count(parts); i++)
        if (sgw_flt_same(smimegw_parts_field_name(parts, i), "Subject"))
            return put_start(ret_text, smimegw_parts_field_text(parts, i, NULL));
    return SMIMEGW_OK;
}

static int put_sender(const struct sgw_flt_run *run, struct smimegw_buffer *ret_text)
{
    return sgw_flt_put(ret_text, run->input->sender.address);
}

static int put_recipients(const struct sgw_flt_run *run, struct smimegw_buffer *ret_text)
{
    enum { MOST = 20 };
    const struct sgw_flt_outcome *group = run->group;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < group->recipients_count && i < MOST; i++) {
        if (i > 0)
            ret = sgw_flt_put(ret_text, ", ");
        ret = SGW_STEP(ret, sgw_flt_put(ret_text, group->recipients[i]));
    }
    if (group->recipients_count > MOST)
        ret = SGW_STEP(ret, sgw_flt_put(ret_text, ", ..."));
    return ret;
}

static int put_filter(const struct sgw_flt_run *run, struct smimegw_buffer *ret_text)
{
    return sgw_flt_put(ret_text, run->program->filters[run->filter].name);
}

static int put_policy(const struct sgw_flt_run *run, struct smimegw_buffer *ret_text)
{
    const struct sgw_flt_policy *policy = run->group->policy;
    return policy != NULL ? sgw_flt_put(ret_text, policy->name) : SMIMEGW_OK;
}

/* Longer names first, where one starts like another. */
static const struct {
    const char *name;
    int (*put)(const struct sgw_flt_run *run, struct smimegw_buffer *ret_text);
} variables[] = {
    {"$Subject", put_subject},
    {"$EnvelopeFrom", put_sender},
    {"$EnvelopeRecipients", put_recipients},
    {"$FilterName", put_filter},
    {"$Policy", put_policy},
};

int sgw_flt_expand(const struct sgw_flt_run *run, const char *text,
                   struct smimegw_buffer *ret_text)
{
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && *text != '\0') {
        size_t plain = strcspn(text, "$");
        ret = smimegw_buffer_write(ret_text, text, plain);
        text += plain;
        size_t found = 0;
        while (found < sizeof(variables) / sizeof(variables[0]) &&
               strncmp(text, variables[found].name, strlen(variables[found].name)) != 0)
            found++;
        if (ret < 0 || *text == '\0')
            break;
        if (found < sizeof(variables) / sizeof(variables[0])) {
            ret = variables[found].put(run, ret_text);
            text += strlen(variables[found].name);
        } else {
            ret = smimegw_buffer_write(ret_text, text++, 1);
        }
    }
    return ret;
}
