/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/program.h"

#include <stdlib.h>
#include <string.h>

#include "addons/filter/settings.h"
#include "addons/filter/text.h"

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
}

static void clear_side(struct sgw_flt_side *side)
{
    sgw_flt_people_clear(&side->people);
    free_texts(side->groups, side->group_count);
    free(side->groups);
}

static void clear_policy(struct sgw_flt_policy *policy)
{
    free(policy->name);
    clear_side(&policy->from);
    clear_side(&policy->to);
    free_texts(policy->filter_names, policy->name_count);
    free(policy->filter_names);
    free(policy->filter_wheres);
    free(policy->filters);
    free(policy->sending_profile);
    free(policy->receiving_policy);
}

void sgw_flt_program_clear(struct sgw_flt_program *program)
{
    for (size_t i = 0; i < program->tests_count; i++) {
        free(program->tests[i].name);
        free(program->tests[i].source);
        sgw_flt_regex_free(program->tests[i].regex);
    }
    for (size_t i = 0; i < program->actions_count; i++) {
        free_texts(program->actions[i].texts, 3);
        sgw_flt_regex_free(program->actions[i].regex);
    }
    for (size_t i = 0; i < program->filters_count; i++)
        free(program->filters[i].name);
    for (size_t i = 0; i < program->groups_count; i++) {
        free(program->groups[i].name);
        sgw_flt_people_clear(&program->groups[i].people);
    }
    for (size_t i = 0; i < program->policies_count; i++)
        clear_policy(&program->policies[i]);
    free(program->code);
    free(program->tests);
    free(program->actions);
    free(program->filters);
    free(program->groups);
    free(program->policies);
}

struct sgw_flt_group *sgw_flt_group_find(const struct sgw_flt_program *program,
                                         const char *name)
{
    for (size_t i = 0; i < program->groups_count; i++)
        if (strcmp(program->groups[i].name, name) == 0)
            return &program->groups[i];
    return NULL;
}

static int add_lines(struct sgw_flt_people *people, const char *text, size_t size,
                     struct smimegw_error **ret_error)
{
    const char *end = text + size;
    int ret = SMIMEGW_OK;
    for (unsigned int line = 1; text < end && ret == SMIMEGW_OK; line++) {
        const char *eol = memchr(text, '\n', (size_t)(end - text));
        const char *stop = eol != NULL ? eol : end;
        const char *mark = memchr(text, '#', (size_t)(stop - text));
        const char *last = mark != NULL ? mark : stop;
        while (text < last && sgw_flt_is_space((unsigned char)*text))
            text++;
        while (last > text && sgw_flt_is_space((unsigned char)last[-1]))
            last--;
        if (last > text)
            ret = sgw_flt_people_add(people, text, (size_t)(last - text));
        if (ret < 0)
            sgw_fail(ret_error, ret, "line %u: not an address, a domain or a pattern", line);
        text = eol != NULL ? eol + 1 : end;
    }
    return ret;
}

int sgw_flt_group_add(struct sgw_flt_program *program, const char *name, const char *text,
                      size_t size, struct smimegw_error **ret_error)
{
    struct sgw_flt_group group = {.name = sgw_flt_copy(name, strlen(name))};
    int ret = group.name == NULL ? SMIMEGW_E_NOMEM : SGW_FLT_ROOM(program, groups);
    if (ret < 0)
        sgw_flt_no_memory(ret_error);
    ret = SGW_STEP(ret, add_lines(&group.people, text, size, ret_error));
    if (ret < 0) {
        free(group.name);
        sgw_flt_people_clear(&group.people);
        return ret;
    }
    sgw_flt_people_close(&group.people);
    program->groups[program->groups_count++] = group;
    return SMIMEGW_OK;
}

/* --- settings ------------------------------------------------------------------------------
 */

static const char *const error_words[] = {
    [SGW_FLT_DEFER] = "defer",
    [SGW_FLT_MATCH] = "match",
    [SGW_FLT_NO_MATCH] = "no-match",
};
enum { ERROR_WORDS = sizeof(error_words) / sizeof(error_words[0]) };

#define AT(member) offsetof(struct sgw_flt_limits, member)

static const struct sgw_flt_setting settings[] = {
    {"on-error", AT(on_error), "defer", 0, 0, "defer, match or no-match",
     "what a condition that can't be told becomes: defer (the message is a temporary "
     "failure), match (it counts as true) or no-match"},
    {"match-limit", AT(match), "10000000", 1000, 1000000000, "a number from 1000",
     "steps of one search of a regex over 256 KiB at most"},
    {"depth-limit", AT(depth), "100000", 100, 10000000, "a number from 100",
     "how deep a search may go back"},
    {"heap-limit", AT(heap), "16777216", 65536, 1073741824, "a number from 64K",
     "bytes that one search may use"},
    {"time-limit", AT(time_ms), "10000", 1, 3600000, "milliseconds, from 1",
     "milliseconds that all searches in a message may take"},
    {"body-limit", AT(body), "4194304", 0, 1073741824, "a number of bytes",
     "decoded bytes of a message that are kept for all conditions; what is over is decoded "
     "anew for each one, piece by piece"},
    {"trace-limit", AT(trace), "10000", 0, 1000000, "a number",
     "entries of the trace of a message; the decisions are always kept"},
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static int64_t *value_of(const struct sgw_flt_setting *setting, struct sgw_flt_limits *limits)
{
    return (int64_t *)(void *)((char *)limits + setting->offset);
}

bool sgw_flt_setting_set(const struct sgw_flt_setting *setting, struct sgw_flt_limits *limits,
                         const char *word, int64_t number)
{
    bool has_words = setting->highest == 0;
    for (int64_t i = 0; has_words && word != NULL && i < ERROR_WORDS; i++) {
        if (strcmp(word, error_words[i]) != 0)
            continue;
        *value_of(setting, limits) = i;
        return true;
    }
    if (has_words || word != NULL || number < setting->lowest || number > setting->highest)
        return false;
    *value_of(setting, limits) = number;
    return true;
}

void sgw_flt_settings_init(struct sgw_flt_limits *limits)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        bool has_words = settings[i].highest == 0;
        sgw_flt_setting_set(&settings[i], limits, has_words ? settings[i].initial : NULL,
                            strtoll(settings[i].initial, NULL, 10));
    }
}

const struct sgw_flt_setting *sgw_flt_setting_at(size_t index)
{
    return index < SETTINGS ? &settings[index] : NULL;
}

const struct sgw_flt_setting *sgw_flt_setting_find(const char *name)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    return NULL;
}
