/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "addons/filter/parse.h"
#include "addons/filter/rules.h"
#include "addons/filter/text.h"

enum { DEEPEST = 200, SOURCE_MAX = 120 };

/* What waits for its right side, in the order of how tightly it binds. */
enum pending_kind { PENDING_BRACKET, PENDING_OR, PENDING_AND, PENDING_NOT };

struct pending {
    enum pending_kind kind;
    size_t jump; /* past the right side, where the left one decides already */
};

struct expression {
    struct pending stack[DEEPEST];
    size_t count;
};

static const struct {
    const char *sign;
    enum sgw_flt_compare compare;
} comparisons[] = {
    {"==", SGW_FLT_EQUAL},      {"!=", SGW_FLT_UNEQUAL}, {"<", SGW_FLT_LESS},
    {"<=", SGW_FLT_LESS_EQUAL}, {">", SGW_FLT_GREATER},  {">=", SGW_FLT_GREATER_EQUAL},
};

static enum sgw_flt_compare comparison_at(const struct sgw_flt_lexer *lexer)
{
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
        if (sgw_flt_is_sign(lexer, comparisons[i].sign))
            return comparisons[i].compare;
    return SGW_FLT_ANY;
}

int sgw_flt_compile(struct sgw_flt_parser *parser, struct sgw_flt_where where,
                    const char *pattern, bool ignores_case, struct sgw_flt_regex **ret)
{
    char reason[120];
    size_t offset;
    int code = sgw_flt_regex_new(pattern, ignores_case, ret, &offset, reason);
    if (code == SMIMEGW_E_NOMEM)
        return sgw_flt_no_memory(parser->lexer.ret_error);
    if (code < 0)
        return sgw_flt_complain(&parser->lexer, where, "regex, at its byte %zu: %s", offset,
                                reason);
    return SMIMEGW_OK;
}

static int take_regex(struct sgw_flt_parser *parser, struct sgw_flt_test *test)
{
    char *pattern = NULL;
    struct sgw_flt_where where = parser->lexer.token.where;
    int ret = sgw_flt_take_string(&parser->lexer, "a regex in quotes", &pattern);
    ret = SGW_STEP(
        ret, sgw_flt_compile(parser, where, pattern, test->rule->ignores_case, &test->regex));
    free(pattern);
    return ret;
}

static int take_arguments(struct sgw_flt_parser *parser, struct sgw_flt_test *test)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    if (test->rule->takes == SGW_FLT_TAKES_NOTHING)
        return SMIMEGW_OK;
    int ret = sgw_flt_take_sign(lexer, "(");
    if (test->rule->takes == SGW_FLT_TAKES_FIELD) {
        ret = SGW_STEP(ret, sgw_flt_take_field(parser, &test->name));
        return SGW_STEP(ret, sgw_flt_take_sign(lexer, ")"));
    }
    test->number = 1;
    ret = SGW_STEP(ret, take_regex(parser, test));
    if (ret == SMIMEGW_OK && sgw_flt_is_sign(lexer, ",")) {
        ret = sgw_flt_lexer_next(lexer);
        struct sgw_flt_where where = lexer->token.where;
        ret = SGW_STEP(ret, sgw_flt_take_number(lexer, "a number", &test->number));
        if (ret == SMIMEGW_OK && test->number < 1)
            ret = sgw_flt_complain(lexer, where, "expected a number from 1");
    }
    if (ret == SMIMEGW_OK && !sgw_flt_is_sign(lexer, ")"))
        return sgw_flt_expected(lexer, ", or )");
    return SGW_STEP(ret, sgw_flt_lexer_next(lexer));
}

static int take_comparison(struct sgw_flt_parser *parser, struct sgw_flt_test *test)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    enum sgw_flt_compares compares = test->rule->compares;
    test->compare = comparison_at(lexer);
    if (compares == SGW_FLT_COMPARES_NOTHING ||
        (compares == SGW_FLT_COMPARES_PERHAPS && test->compare == SGW_FLT_ANY))
        return SMIMEGW_OK;
    bool is_equality = test->compare == SGW_FLT_EQUAL || test->compare == SGW_FLT_UNEQUAL;
    if (compares == SGW_FLT_COMPARES_SIZE && test->compare == SGW_FLT_ANY)
        return sgw_flt_expected(lexer, "<, <=, >, >=, == or !=");
    if (compares != SGW_FLT_COMPARES_SIZE && !is_equality)
        return sgw_flt_expected(lexer, "== or !=");
    int ret = sgw_flt_lexer_next(lexer);
    if (ret < 0)
        return ret;
    if (compares == SGW_FLT_COMPARES_SIZE)
        return sgw_flt_take_number(lexer, "a size, as in 5M", &test->number);
    if (compares == SGW_FLT_COMPARES_GROUP)
        return sgw_flt_take_name(lexer, "a group's name", &test->name);
    return take_regex(parser, test);
}

/* As written, on one line, for the trace. */
static char *source_of(const char *start, const char *end)
{
    while (end > start && sgw_flt_is_space((unsigned char)end[-1]))
        end--;
    size_t size = (size_t)(end - start);
    size_t most = size < SOURCE_MAX ? size : SOURCE_MAX;
    while (most < size && most > 0 && ((unsigned char)start[most] & 0xc0) == 0x80)
        most--;
    char *copy = sgw_flt_copy(start, most);
    for (char *at = copy; at != NULL && *at != '\0'; at++)
        if (sgw_flt_is_space((unsigned char)*at))
            *at = ' ';
    return copy;
}

static int read_test(struct sgw_flt_parser *parser, struct sgw_flt_test *test)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    const char *start = lexer->token.start;
    test->where = lexer->token.where;
    test->rule =
        lexer->token.kind == SGW_FLT_WORD ? sgw_flt_rule_find(lexer->token.text) : NULL;
    if (test->rule == NULL)
        return sgw_flt_expected(lexer, "a rule, not or (");
    int ret = sgw_flt_lexer_next(lexer);
    ret = SGW_STEP(ret, take_arguments(parser, test));
    ret = SGW_STEP(ret, take_comparison(parser, test));
    if (ret < 0)
        return ret;
    test->source = source_of(start, lexer->token.start);
    return test->source == NULL ? sgw_flt_no_memory(lexer->ret_error) : SMIMEGW_OK;
}

static int parse_test(struct sgw_flt_parser *parser)
{
    struct sgw_flt_program *program = parser->program;
    if (SGW_FLT_ROOM(program, tests) < 0)
        return sgw_flt_no_memory(parser->lexer.ret_error);
    /* counted at once, so that whatever it holds is freed with the program */
    struct sgw_flt_test *test = &program->tests[program->tests_count++];
    int ret = read_test(parser, test);
    return SGW_STEP(ret, sgw_flt_emit(parser, SGW_FLT_TEST, program->tests_count - 1, NULL));
}

static int push(struct sgw_flt_parser *parser, struct expression *expression,
                enum pending_kind kind, size_t jump)
{
    if (expression->count == DEEPEST)
        return sgw_flt_complain(&parser->lexer, parser->lexer.token.where,
                                "nested more than %d deep", DEEPEST);
    expression->stack[expression->count++] = (struct pending){kind, jump};
    return SMIMEGW_OK;
}

/* Close what binds at least as tightly. */
static int reduce(struct sgw_flt_parser *parser, struct expression *expression,
                  enum pending_kind kind)
{
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && expression->count > 0 &&
           expression->stack[expression->count - 1].kind >= kind) {
        struct pending pending = expression->stack[--expression->count];
        if (pending.kind == PENDING_NOT)
            ret = sgw_flt_emit(parser, SGW_FLT_NOT, 0, NULL);
        else
            parser->program->code[pending.jump].target = parser->program->code_count;
    }
    return ret;
}

static int parse_operand(struct sgw_flt_parser *parser, struct expression *expression,
                         bool *ret_is_done)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    bool is_bracket = sgw_flt_is_sign(lexer, "(");
    if (!is_bracket && !sgw_flt_is_keyword(lexer, "not")) {
        *ret_is_done = true;
        return parse_test(parser);
    }
    int ret = push(parser, expression, is_bracket ? PENDING_BRACKET : PENDING_NOT, 0);
    return SGW_STEP(ret, sgw_flt_lexer_next(lexer));
}

/* Behind an operand. */
static int parse_operator(struct sgw_flt_parser *parser, struct expression *expression,
                          bool *ret_is_operand_due)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    bool is_and = sgw_flt_is_keyword(lexer, "and");
    size_t jump;
    int ret;
    if (sgw_flt_is_sign(lexer, ")")) {
        ret = reduce(parser, expression, PENDING_OR);
        expression->count--; /* the bracket */
        return SGW_STEP(ret, sgw_flt_lexer_next(lexer));
    }
    if (!is_and && !sgw_flt_is_keyword(lexer, "or"))
        return sgw_flt_expected(lexer, "and, or or )");
    *ret_is_operand_due = true;
    ret = reduce(parser, expression, is_and ? PENDING_AND : PENDING_OR);
    ret = SGW_STEP(
        ret, sgw_flt_emit(parser, is_and ? SGW_FLT_JUMP_FALSE : SGW_FLT_JUMP_TRUE, 0, &jump));
    ret = SGW_STEP(ret, push(parser, expression, is_and ? PENDING_AND : PENDING_OR, jump));
    return SGW_STEP(ret, sgw_flt_lexer_next(lexer));
}

int sgw_flt_parse_condition(struct sgw_flt_parser *parser)
{
    struct expression expression = {.count = 0};
    bool is_operand_due = true;
    if (!sgw_flt_is_sign(&parser->lexer, "("))
        return sgw_flt_expected(&parser->lexer, "(");
    int ret = push(parser, &expression, PENDING_BRACKET, 0);
    ret = SGW_STEP(ret, sgw_flt_lexer_next(&parser->lexer));
    while (ret == SMIMEGW_OK && expression.count > 0) {
        bool is_done = false;
        if (is_operand_due) {
            ret = parse_operand(parser, &expression, &is_done);
            is_operand_due = !is_done;
        } else {
            ret = parse_operator(parser, &expression, &is_operand_due);
        }
    }
    return ret;
}
