/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/filter.h>
#include <stdlib.h>
#include <string.h>

#include "addons/filter/parse.h"
#include "addons/filter/run.h"
#include "addons/filter/settings.h"
#include "addons/filter/text.h"
#include "addons/filter/verbs.h"

enum { TEXT_MAX = 16 * 1024 * 1024 };

int smimegw_filter_new(const char *name, const void *text, size_t size,
                       struct smimegw_filter **ret_filter, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(name != NULL && ret_filter != NULL, ret_error);
    SGW_REQUIRE(text != NULL || size == 0, ret_error);
    if (size > TEXT_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "%.80s: over 16 MiB", name);
    struct smimegw_filter *filter = sgw_flt_new(1, sizeof(*filter));
    if (filter == NULL)
        return sgw_flt_no_memory(ret_error);
    filter->count = 1;
    filter->name = sgw_flt_copy(name, strlen(name));
    int ret = filter->name == NULL ? sgw_flt_no_memory(ret_error) : SMIMEGW_OK;
    ret = SGW_STEP(
        ret, sgw_flt_parse(name, text != NULL ? text : "", size, &filter->program, ret_error));
    if (ret < 0) {
        smimegw_filter_unref(filter);
        return ret;
    }
    *ret_filter = filter;
    return SMIMEGW_OK;
}

struct smimegw_filter *smimegw_filter_ref(struct smimegw_filter *filter)
{
    if (filter != NULL)
        __atomic_add_fetch(&filter->count, 1, __ATOMIC_RELAXED);
    return filter;
}

void smimegw_filter_unref(struct smimegw_filter *filter)
{
    if (filter == NULL || __atomic_sub_fetch(&filter->count, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    sgw_flt_program_clear(&filter->program);
    free(filter->name);
    free(filter);
}

int smimegw_filter_add_group(struct smimegw_filter *filter, const char *name, const void *text,
                             size_t size, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(filter != NULL && name != NULL && name[0] != '\0', ret_error);
    SGW_REQUIRE(text != NULL || size == 0, ret_error);
    if (__atomic_load_n(&filter->is_frozen, __ATOMIC_ACQUIRE))
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "the filter is in use already");
    if (sgw_flt_group_find(&filter->program, name) != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "there is a group %.80s", name);
    return sgw_flt_group_add(&filter->program, name, text != NULL ? text : "", size,
                             ret_error);
}

static const char *filter_name(const struct sgw_flt_program *program, size_t index)
{
    return index < program->filters_count ? program->filters[index].name : NULL;
}

static const char *policy_name(const struct sgw_flt_program *program, size_t index)
{
    return index < program->policies_count ? program->policies[index].name : NULL;
}

static const char *profile_name(const struct sgw_flt_program *program, size_t index)
{
    for (size_t i = 0; i < program->actions_count; i++) {
        const struct sgw_flt_action *action = &program->actions[i];
        if (strncmp(action->verb->name, "smime-gateway", 13) == 0 && index-- == 0)
            return action->texts[0];
    }
    for (size_t i = 0; i < program->policies_count; i++)
        if (program->policies[i].sending_profile != NULL && index-- == 0)
            return program->policies[i].sending_profile;
    return NULL;
}

static const char *receiving_name(const struct sgw_flt_program *program, size_t index)
{
    for (size_t i = 0; i < program->policies_count; i++)
        if (program->policies[i].receiving_policy != NULL && index-- == 0)
            return program->policies[i].receiving_policy;
    return NULL;
}

const char *smimegw_filter_name(const struct smimegw_filter *filter, int which, size_t index)
{
    static const char *(*const lists[])(const struct sgw_flt_program *, size_t) = {
        filter_name, policy_name, profile_name, receiving_name};
    if (filter == NULL || which < SMIMEGW_FILTER_NAME_FILTER ||
        which > SMIMEGW_FILTER_NAME_RECEIVING)
        return NULL;
    return lists[which - 1](&filter->program, index);
}

const char *smimegw_filter_setting(size_t index, const char **ret_default,
                                   const char **ret_meaning)
{
    const struct sgw_flt_setting *setting = sgw_flt_setting_at(index);
    if (setting == NULL)
        return NULL;
    if (ret_default != NULL)
        *ret_default = setting->initial;
    if (ret_meaning != NULL)
        *ret_meaning = setting->meaning;
    return setting->name;
}

const char *smimegw_filter_action_name(int action)
{
    static const char *const names[] = {"unknown", "deliver", "smime", "quarantine",
                                        "drop",    "bounce",  "defer"};
    bool is_known = action >= SMIMEGW_FILTER_DELIVER && action <= SMIMEGW_FILTER_DEFER;
    return names[is_known ? action : 0];
}
