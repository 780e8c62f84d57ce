/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "addons/filter/run.h"
#include "addons/filter/text.h"

/* Recipients on their way into groups. The places behind the policies' are for whoever falls
 * under none, and for whom it can't be told. */
struct splitter {
    struct sgw_flt_run *run;
    size_t *groups;  /* of each place; NOWHERE before it has a recipient */
    int *from_sides; /* truth of each policy's sender */
    size_t count;    /* of policies */
};

static const size_t NOWHERE = SIZE_MAX;

/* A domain that has no A-label of its own may be another one to whoever delivers. */
static bool is_odd(const char *address)
{
    const char *at = strrchr(address, '@');
    for (; at != NULL && *at != '\0'; at++)
        if ((unsigned char)*at > 0x7f)
            return true;
    return false;
}

static int is_among(struct sgw_flt_run *run, const struct sgw_flt_people *people,
                    const char *address)
{
    if (sgw_flt_people_has(people, address))
        return SGW_FLT_YES;
    return is_odd(address)
               ? sgw_flt_cant_tell(run, "the domain of %.80s can't be compared", address)
               : SGW_FLT_NO;
}

int sgw_flt_is_member(struct sgw_flt_run *run, const char *group, const char *address)
{
    const struct smimegw_filter_input *input = run->input;
    const struct sgw_flt_group *own = sgw_flt_group_find(run->program, group);
    if (own != NULL)
        return is_among(run, &own->people, address);
    int answer = input->find_group != NULL ? input->find_group(input->userdata, group, address)
                                           : SMIMEGW_FILTER_NO_GROUP;
    if (answer == SMIMEGW_FILTER_MEMBER)
        return SGW_FLT_YES;
    if (answer == SMIMEGW_FILTER_NO_MEMBER)
        return SGW_FLT_NO;
    return sgw_flt_cant_tell(
        run, answer == SMIMEGW_FILTER_NO_GROUP ? "no group %.80s" : "group %.80s failed",
        group);
}

/* What a truth that can't be told counts as, where the setting says so. */
static int settled(const struct sgw_flt_run *run, int truth)
{
    if (truth != SGW_FLT_UNKNOWN || run->program->limits.on_error == SGW_FLT_DEFER)
        return truth;
    return run->program->limits.on_error == SGW_FLT_MATCH ? SGW_FLT_YES : SGW_FLT_NO;
}

static int is_on_side(struct sgw_flt_run *run, const struct sgw_flt_side *side,
                      const char *address)
{
    if (!side->is_given)
        return SGW_FLT_YES;
    int truth = settled(run, is_among(run, &side->people, address));
    for (size_t i = 0; truth != SGW_FLT_YES && i < side->group_count; i++) {
        int found = settled(run, sgw_flt_is_member(run, side->groups[i], address));
        if (found != SGW_FLT_NO)
            truth = found;
    }
    return truth;
}

static void judge_senders(struct splitter *splitter)
{
    struct sgw_flt_run *run = splitter->run;
    for (size_t i = 0; i < splitter->count; i++) {
        const struct sgw_flt_policy *policy = &run->program->policies[i];
        bool fits = policy->direction == 0 || policy->direction == run->input->direction;
        splitter->from_sides[i] =
            fits ? is_on_side(run, &policy->from, run->input->sender.normal) : SGW_FLT_NO;
    }
}

/* The first policy that fits; count for none, count + 1 where it can't be told. */
static size_t place_of(struct splitter *splitter, const char *address)
{
    for (size_t i = 0; i < splitter->count; i++) {
        int truth = splitter->from_sides[i];
        int other =
            truth == SGW_FLT_NO
                ? SGW_FLT_NO
                : is_on_side(splitter->run, &splitter->run->program->policies[i].to, address);
        if (other == SGW_FLT_NO)
            continue;
        return truth == SGW_FLT_YES && other == SGW_FLT_YES ? i : splitter->count + 1;
    }
    return splitter->count;
}

static int open_group(struct splitter *splitter, size_t place)
{
    struct smimegw_filter_result *result = splitter->run->result;
    if (SGW_FLT_ROOM(result, groups) < 0)
        return SMIMEGW_E_NOMEM;
    struct sgw_flt_outcome *group = &result->groups[result->groups_count];
    *group = (struct sgw_flt_outcome){.action = SMIMEGW_FILTER_DELIVER};
    if (place < splitter->count)
        group->policy = &splitter->run->program->policies[place];
    splitter->groups[place] = result->groups_count++;
    if (place <= splitter->count)
        return SMIMEGW_OK;
    group->action = SMIMEGW_FILTER_DEFER;
    group->decided = sgw_flt_copy("the policy can't be told", 24);
    group->reason = sgw_flt_copy(splitter->run->note, strlen(splitter->run->note));
    return group->decided == NULL || group->reason == NULL ? SMIMEGW_E_NOMEM : SMIMEGW_OK;
}

static int add_recipient(struct splitter *splitter, const struct sgw_flt_person *person)
{
    size_t place = place_of(splitter, person->normal);
    int ret = splitter->groups[place] == NOWHERE ? open_group(splitter, place) : SMIMEGW_OK;
    if (ret < 0)
        return ret;
    struct sgw_flt_outcome *group = &splitter->run->result->groups[splitter->groups[place]];
    if (SGW_FLT_ROOM(group, recipients) < 0 ||
        sgw_flt_grow(&group->normals, group->recipients_count, &group->normals_room,
                     sizeof(char *)) < 0)
        return SMIMEGW_E_NOMEM;
    char *copy = sgw_flt_copy(person->address, strlen(person->address));
    if (copy == NULL)
        return SMIMEGW_E_NOMEM;
    group->normals[group->recipients_count] = person->normal;
    group->recipients[group->recipients_count++] = copy;
    return SMIMEGW_OK;
}

int sgw_flt_split(struct sgw_flt_run *run)
{
    size_t count = run->program->policies_count;
    struct splitter splitter = {run, sgw_flt_new(count + 2, sizeof(size_t)),
                                sgw_flt_new(count, sizeof(int)), count};
    int ret =
        splitter.groups == NULL || splitter.from_sides == NULL ? SMIMEGW_E_NOMEM : SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < count + 2; i++)
        splitter.groups[i] = NOWHERE;
    if (ret == SMIMEGW_OK)
        judge_senders(&splitter);
    for (size_t i = 0; ret == SMIMEGW_OK && i < run->input->people_count; i++)
        ret = add_recipient(&splitter, &run->input->people[i]);
    free(splitter.groups);
    free(splitter.from_sides);
    return ret < 0 ? sgw_flt_no_memory(run->ret_error) : SMIMEGW_OK;
}
