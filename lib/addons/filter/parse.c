/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/parse.h"

#include <string.h>

#include "addons/filter/settings.h"
#include "addons/filter/text.h"

enum { DEEPEST = 64, FIELD_NAME_MAX = 76 };

/* An if that is not closed yet. */
struct branch {
    size_t jump_false; /* to the next branch */
    size_t ends;       /* last of the chain of jumps behind all of it; NOWHERE */
    bool has_else;
};

static const size_t NOWHERE = SIZE_MAX;

int sgw_flt_emit(struct sgw_flt_parser *parser, enum sgw_flt_op op, size_t target,
                 size_t *ret_at)
{
    struct sgw_flt_program *program = parser->program;
    if (SGW_FLT_ROOM(program, code) < 0)
        return sgw_flt_no_memory(parser->lexer.ret_error);
    if (ret_at != NULL)
        *ret_at = program->code_count;
    program->code[program->code_count++] = (struct sgw_flt_instruction){op, target};
    return SMIMEGW_OK;
}

bool sgw_flt_is_field_name(const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < size; i++)
        if (name[i] <= ' ' || name[i] >= 0x7f || name[i] == ':')
            return false;
    return size > 0 && size <= FIELD_NAME_MAX;
}

int sgw_flt_take_field(struct sgw_flt_parser *parser, char **ret_name)
{
    const struct sgw_flt_token *token = &parser->lexer.token;
    if (token->kind == SGW_FLT_STRING && !sgw_flt_is_field_name(token->text))
        return sgw_flt_expected(&parser->lexer, "the name of a header field");
    return sgw_flt_take_string(&parser->lexer, "the name of a header field in quotes",
                               ret_name);
}

/* Condition and opening brace of a branch. */
static int open_branch(struct sgw_flt_parser *parser, struct branch *branch)
{
    int ret = sgw_flt_parse_condition(parser);
    ret = SGW_STEP(ret, sgw_flt_emit(parser, SGW_FLT_JUMP_FALSE, 0, &branch->jump_false));
    return SGW_STEP(ret, sgw_flt_take_sign(&parser->lexer, "{"));
}

static int open_if(struct sgw_flt_parser *parser, struct branch *stack, size_t *depth)
{
    if (*depth == DEEPEST)
        return sgw_flt_complain(&parser->lexer, parser->lexer.token.where,
                                "nested more than %d deep", DEEPEST);
    stack[*depth] = (struct branch){.ends = NOWHERE};
    int ret = sgw_flt_lexer_next(&parser->lexer);
    return SGW_STEP(ret, open_branch(parser, &stack[(*depth)++]));
}

/* Jump behind the whole if; the jumps form a chain through their targets until it is known. */
static int leave_branch(struct sgw_flt_parser *parser, struct branch *branch)
{
    size_t jump;
    int ret = sgw_flt_emit(parser, SGW_FLT_JUMP, branch->ends, &jump);
    if (ret < 0)
        return ret;
    branch->ends = jump;
    parser->program->code[branch->jump_false].target = parser->program->code_count;
    branch->jump_false = NOWHERE;
    return SMIMEGW_OK;
}

static void close_if(struct sgw_flt_program *program, struct branch *branch)
{
    if (branch->jump_false != NOWHERE)
        program->code[branch->jump_false].target = program->code_count;
    for (size_t at = branch->ends; at != NOWHERE;) {
        size_t next = program->code[at].target;
        program->code[at].target = program->code_count;
        at = next;
    }
}

/* Behind "}": another branch, or the end of the if. */
static int close_branch(struct sgw_flt_parser *parser, struct branch *stack, size_t *depth)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    struct branch *branch = &stack[*depth - 1];
    int ret = sgw_flt_take_sign(lexer, "}");
    if (ret < 0)
        return ret;
    bool is_elif = sgw_flt_is_keyword(lexer, "elif");
    bool is_else = sgw_flt_is_keyword(lexer, "else");
    if (branch->has_else || (!is_elif && !is_else)) {
        close_if(parser->program, branch);
        (*depth)--;
        return SMIMEGW_OK;
    }
    ret = leave_branch(parser, branch);
    ret = SGW_STEP(ret, sgw_flt_lexer_next(lexer));
    if (ret == SMIMEGW_OK && is_else && sgw_flt_is_keyword(lexer, "if")) {
        is_elif = true;
        ret = sgw_flt_lexer_next(lexer);
    }
    if (ret < 0 || is_elif)
        return SGW_STEP(ret, open_branch(parser, branch));
    branch->has_else = true;
    return sgw_flt_take_sign(lexer, "{");
}

static int parse_ifs(struct sgw_flt_parser *parser)
{
    struct branch stack[DEEPEST];
    size_t depth = 0;
    if (!sgw_flt_is_keyword(&parser->lexer, "if"))
        return sgw_flt_expected(&parser->lexer, "if");
    int ret = open_if(parser, stack, &depth);
    while (ret == SMIMEGW_OK && depth > 0) {
        if (sgw_flt_is_sign(&parser->lexer, "}"))
            ret = close_branch(parser, stack, &depth);
        else if (sgw_flt_is_keyword(&parser->lexer, "if"))
            ret = open_if(parser, stack, &depth);
        else
            ret = sgw_flt_parse_action(parser);
    }
    return SGW_STEP(ret, sgw_flt_emit(parser, SGW_FLT_STOP, 0, NULL));
}

/* NAME ":" ["inactive"] if ... */
static int parse_filter(struct sgw_flt_parser *parser)
{
    struct sgw_flt_program *program = parser->program;
    struct sgw_flt_lexer *lexer = &parser->lexer;
    if (SGW_FLT_ROOM(program, filters) < 0)
        return sgw_flt_no_memory(lexer->ret_error);
    struct sgw_flt_named *filter = &program->filters[program->filters_count++];
    *filter =
        (struct sgw_flt_named){.where = lexer->token.where, .start = program->code_count};
    int ret = sgw_flt_take_name(lexer, "the name of a filter", &filter->name);
    for (size_t i = 0; ret == SMIMEGW_OK && i + 1 < program->filters_count; i++)
        if (strcmp(program->filters[i].name, filter->name) == 0)
            return sgw_flt_complain(lexer, filter->where, "a second filter %.80s",
                                    filter->name);
    if (ret == SMIMEGW_OK && !sgw_flt_is_sign(lexer, ":"))
        return sgw_flt_expected(lexer, ": behind the name of a filter");
    ret = SGW_STEP(ret, sgw_flt_take_sign(lexer, ":"));
    if (ret == SMIMEGW_OK && sgw_flt_is_keyword(lexer, "inactive")) {
        filter->is_inactive = true;
        ret = sgw_flt_lexer_next(lexer);
    }
    return SGW_STEP(ret, parse_ifs(parser));
}

/* "set" NAME VALUE ";" */
static int parse_setting(struct sgw_flt_parser *parser)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    const struct sgw_flt_setting *setting =
        lexer->token.kind == SGW_FLT_WORD ? sgw_flt_setting_find(lexer->token.text) : NULL;
    if (setting == NULL)
        return sgw_flt_expected(lexer, "the name of a setting");
    int ret = sgw_flt_lexer_next(lexer);
    if (ret < 0)
        return ret;
    const char *value = lexer->token.text;
    int64_t number = lexer->token.number;
    bool is_number = lexer->token.kind == SGW_FLT_NUMBER;
    if (!sgw_flt_setting_set(setting, &parser->program->limits,
                             is_number       ? NULL
                             : value != NULL ? value
                                             : "",
                             number))
        return sgw_flt_expected(lexer, setting->wants);
    ret = sgw_flt_lexer_next(lexer);
    return SGW_STEP(ret, sgw_flt_take_sign(lexer, ";"));
}

static int parse_item(struct sgw_flt_parser *parser)
{
    static const struct {
        const char *word;
        int (*parse)(struct sgw_flt_parser *parser);
    } items[] = {{"policy", sgw_flt_parse_policy},
                 {"group", sgw_flt_parse_group},
                 {"set", parse_setting}};
    struct sgw_flt_lexer *lexer = &parser->lexer;
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        if (!sgw_flt_is_keyword(lexer, items[i].word))
            continue;
        int ret = sgw_flt_lexer_next(lexer);
        return SGW_STEP(ret, items[i].parse(parser));
    }
    return parse_filter(parser);
}

int sgw_flt_parse(const char *name, const char *text, size_t size,
                  struct sgw_flt_program *program, struct smimegw_error **ret_error)
{
    struct sgw_flt_parser parser = {
        .lexer = {.name = name, .at = text, .end = text + size, .ret_error = ret_error},
        .program = program,
    };
    sgw_flt_settings_init(&program->limits);
    int ret = sgw_flt_lexer_start(&parser.lexer);
    while (ret == SMIMEGW_OK && parser.lexer.token.kind != SGW_FLT_NOTHING)
        ret = parse_item(&parser);
    ret = SGW_STEP(ret, sgw_flt_parse_bind(&parser));
    sgw_flt_lexer_clear(&parser.lexer);
    return ret;
}
