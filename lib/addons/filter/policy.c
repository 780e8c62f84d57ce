/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "addons/filter/parse.h"
#include "addons/filter/text.h"

/* One entry of a group or a side: "address" and its like. */
static int take_entry(struct sgw_flt_parser *parser, struct sgw_flt_people *people)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    const struct sgw_flt_token *token = &lexer->token;
    if (token->kind != SGW_FLT_STRING)
        return sgw_flt_expected(lexer, "an address, a domain or a pattern in quotes");
    int ret = sgw_flt_people_add(people, token->text, strlen(token->text));
    if (ret == SMIMEGW_E_SYNTAX)
        return sgw_flt_expected(lexer, "an address, a domain or a pattern");
    if (ret < 0)
        return sgw_flt_no_memory(lexer->ret_error);
    return sgw_flt_lexer_next(lexer);
}

/* Behind an element of a list that ends with "end". */
static int take_comma(struct sgw_flt_parser *parser, const char *end, bool *ret_is_end)
{
    *ret_is_end = sgw_flt_is_sign(&parser->lexer, end);
    if (!*ret_is_end && !sgw_flt_is_sign(&parser->lexer, ","))
        return sgw_flt_expected(&parser->lexer, end[0] == ';' ? ", or ;" : ", or }");
    return sgw_flt_lexer_next(&parser->lexer);
}

/* NAME "{" entry {"," entry} "}" */
int sgw_flt_parse_group(struct sgw_flt_parser *parser)
{
    struct sgw_flt_program *program = parser->program;
    struct sgw_flt_lexer *lexer = &parser->lexer;
    struct sgw_flt_where where = lexer->token.where;
    if (SGW_FLT_ROOM(program, groups) < 0)
        return sgw_flt_no_memory(lexer->ret_error);
    char *name = NULL;
    bool is_end = false;
    int ret = sgw_flt_take_name(lexer, "the name of a group", &name);
    if (ret < 0)
        return ret;
    if (sgw_flt_group_find(program, name) != NULL) {
        ret = sgw_flt_complain(lexer, where, "a second group %.80s", name);
        free(name);
        return ret;
    }
    struct sgw_flt_group *group = &program->groups[program->groups_count++];
    group->name = name;
    ret = sgw_flt_take_sign(lexer, "{");
    while (ret == SMIMEGW_OK && !is_end) {
        ret = take_entry(parser, &group->people);
        ret = SGW_STEP(ret, take_comma(parser, "}", &is_end));
    }
    sgw_flt_people_close(&group->people);
    return ret;
}

/* "group" "(" name ")" */
static int take_group(struct sgw_flt_parser *parser, struct sgw_flt_side *side)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    if (sgw_flt_grow(&side->groups, side->group_count, &side->group_room, sizeof(char *)) < 0)
        return sgw_flt_no_memory(lexer->ret_error);
    int ret = sgw_flt_lexer_next(lexer);
    ret = SGW_STEP(ret, sgw_flt_take_sign(lexer, "("));
    ret = SGW_STEP(ret, sgw_flt_take_name(lexer, "the name of a group",
                                          &side->groups[side->group_count]));
    if (ret < 0)
        return ret;
    side->group_count++;
    return sgw_flt_take_sign(lexer, ")");
}

static int take_side(struct sgw_flt_parser *parser, struct sgw_flt_side *side)
{
    bool is_end = false;
    int ret = SMIMEGW_OK;
    side->is_given = true;
    while (ret == SMIMEGW_OK && !is_end) {
        ret = sgw_flt_is_keyword(&parser->lexer, "group") ? take_group(parser, side)
                                                          : take_entry(parser, &side->people);
        ret = SGW_STEP(ret, take_comma(parser, ";", &is_end));
    }
    sgw_flt_people_close(&side->people);
    return ret;
}

static int take_from(struct sgw_flt_parser *parser, struct sgw_flt_policy *policy)
{
    return take_side(parser, &policy->from);
}

static int take_to(struct sgw_flt_parser *parser, struct sgw_flt_policy *policy)
{
    return take_side(parser, &policy->to);
}

static int take_filters(struct sgw_flt_parser *parser, struct sgw_flt_policy *policy)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    bool is_end = false;
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && !is_end) {
        if (sgw_flt_grow(&policy->filter_names, policy->name_count, &policy->name_room,
                         sizeof(char *)) < 0 ||
            sgw_flt_grow(&policy->filter_wheres, policy->name_count, &policy->where_room,
                         sizeof(struct sgw_flt_where)) < 0)
            return sgw_flt_no_memory(lexer->ret_error);
        policy->filter_wheres[policy->name_count] = lexer->token.where;
        ret = sgw_flt_take_name(lexer, "the name of a filter",
                                &policy->filter_names[policy->name_count]);
        if (ret == SMIMEGW_OK)
            policy->name_count++;
        ret = SGW_STEP(ret, take_comma(parser, ";", &is_end));
    }
    return ret;
}

static int take_setting(struct sgw_flt_parser *parser, const char *what, char **ret_value)
{
    free(*ret_value);
    *ret_value = NULL;
    int ret = sgw_flt_take_name(&parser->lexer, what, ret_value);
    return SGW_STEP(ret, sgw_flt_take_sign(&parser->lexer, ";"));
}

static int take_sending(struct sgw_flt_parser *parser, struct sgw_flt_policy *policy)
{
    return take_setting(parser, "the name of a sending profile", &policy->sending_profile);
}

static int take_receiving(struct sgw_flt_parser *parser, struct sgw_flt_policy *policy)
{
    return take_setting(parser, "the name of a receiving policy", &policy->receiving_policy);
}

static int take_direction(struct sgw_flt_parser *parser, struct sgw_flt_policy *policy)
{
    static const char *const words[] = {"incoming", "outgoing"};
    struct sgw_flt_lexer *lexer = &parser->lexer;
    for (int i = 0; i < 2; i++) {
        if (!sgw_flt_is_keyword(lexer, words[i]))
            continue;
        policy->direction = i + 1;
        int ret = sgw_flt_lexer_next(lexer);
        return SGW_STEP(ret, sgw_flt_take_sign(lexer, ";"));
    }
    return sgw_flt_expected(lexer, "incoming or outgoing");
}

static int take_row(struct sgw_flt_parser *parser, struct sgw_flt_policy *policy)
{
    static const struct {
        const char *word;
        int (*take)(struct sgw_flt_parser *parser, struct sgw_flt_policy *policy);
    } rows[] = {{"from", take_from},
                {"to", take_to},
                {"filters", take_filters},
                {"direction", take_direction},
                {"sending-profile", take_sending},
                {"receiving-policy", take_receiving}};
    struct sgw_flt_lexer *lexer = &parser->lexer;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!sgw_flt_is_keyword(lexer, rows[i].word))
            continue;
        int ret = sgw_flt_lexer_next(lexer);
        return SGW_STEP(ret, rows[i].take(parser, policy));
    }
    return sgw_flt_expected(
        lexer, "from, to, direction, filters, sending-profile, receiving-policy or }");
}

int sgw_flt_parse_policy(struct sgw_flt_parser *parser)
{
    struct sgw_flt_program *program = parser->program;
    struct sgw_flt_lexer *lexer = &parser->lexer;
    struct sgw_flt_where where = lexer->token.where;
    if (SGW_FLT_ROOM(program, policies) < 0)
        return sgw_flt_no_memory(lexer->ret_error);
    struct sgw_flt_policy *policy = &program->policies[program->policies_count++];
    int ret = sgw_flt_take_name(lexer, "the name of a policy", &policy->name);
    for (size_t i = 0; ret == SMIMEGW_OK && i + 1 < program->policies_count; i++)
        if (strcmp(program->policies[i].name, policy->name) == 0)
            return sgw_flt_complain(lexer, where, "a second policy %.80s", policy->name);
    ret = SGW_STEP(ret, sgw_flt_take_sign(lexer, "{"));
    while (ret == SMIMEGW_OK && !sgw_flt_is_sign(lexer, "}"))
        ret = take_row(parser, policy);
    return SGW_STEP(ret, sgw_flt_take_sign(lexer, "}"));
}

static int bind(struct sgw_flt_parser *parser, struct sgw_flt_policy *policy)
{
    struct sgw_flt_program *program = parser->program;
    policy->filters = sgw_flt_new(policy->name_count, sizeof(size_t));
    if (policy->filters == NULL)
        return sgw_flt_no_memory(parser->lexer.ret_error);
    for (size_t i = 0; i < policy->name_count; i++) {
        size_t found = 0;
        while (found < program->filters_count &&
               strcmp(program->filters[found].name, policy->filter_names[i]) != 0)
            found++;
        if (found == program->filters_count)
            return sgw_flt_complain(&parser->lexer, policy->filter_wheres[i],
                                    "no filter %.80s", policy->filter_names[i]);
        program->filters[found].is_bound = true;
        policy->filters[i] = found;
    }
    return SMIMEGW_OK;
}

int sgw_flt_parse_bind(struct sgw_flt_parser *parser)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < parser->program->policies_count; i++)
        ret = bind(parser, &parser->program->policies[i]);
    return ret;
}
