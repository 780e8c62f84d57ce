/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "addons/filter/parse.h"
#include "addons/filter/text.h"
#include "addons/filter/verbs.h"

enum { NAME_MAX_SIZE = 255, VALUE_MAX = 8000 };

static bool is_name(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    return size > 0 && size <= NAME_MAX_SIZE;
}

/* Good enough to hand to a host: something around one @, nothing that splits a line. */
static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    return is_name(text) && at != NULL && at != text && at[1] != '\0' &&
           strpbrk(text, " <>,;\"") == NULL;
}

static const char *wanted(enum sgw_flt_argument argument, const char *text)
{
    if (argument == SGW_FLT_NAME && !is_name(text))
        return "a name of 1 to 255 bytes";
    if (argument == SGW_FLT_FIELD && !sgw_flt_is_field_name(text))
        return "the name of a header field";
    if (argument == SGW_FLT_ADDRESS && !is_address(text))
        return "a mail address";
    return strlen(text) > VALUE_MAX ? "a text of at most 8000 bytes" : NULL;
}

/* "\1" is what the first bracket of the regex matched; "$" is itself. In the words of PCRE2.
 */
static char *replacement_of(const char *text)
{
    char *made = sgw_flt_new(4 * strlen(text) + 1, 1);
    char *to = made;
    for (; made != NULL && *text != '\0'; text++) {
        if (*text == '$') {
            *to++ = '$';
            *to++ = '$';
        } else if (*text == '\\' && text[1] >= '0' && text[1] <= '9') {
            *to++ = '$';
            *to++ = '{';
            *to++ = *++text;
            *to++ = '}';
        } else {
            *to++ = *text;
        }
    }
    return made;
}

/* Does it refer to a bracket that the regex does not have? */
static bool refers_too_far(const char *text, int brackets)
{
    for (; *text != '\0'; text++)
        if (text[0] == '\\' && text[1] >= '0' && text[1] <= '9' && text[1] - '0' > brackets)
            return true;
    return false;
}

static int take_replacement(struct sgw_flt_parser *parser, struct sgw_flt_action *action,
                            size_t index, struct sgw_flt_where where)
{
    if (refers_too_far(action->texts[index], sgw_flt_regex_brackets(action->regex)))
        return sgw_flt_complain(&parser->lexer, where,
                                "the replacement refers to a bracket that the regex lacks");
    char *made = replacement_of(action->texts[index]);
    if (made == NULL)
        return sgw_flt_no_memory(parser->lexer.ret_error);
    free(action->texts[index]);
    action->texts[index] = made;
    return SMIMEGW_OK;
}

static int take_argument(struct sgw_flt_parser *parser, struct sgw_flt_action *action,
                         size_t index)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    enum sgw_flt_argument argument = action->verb->arguments[index];
    struct sgw_flt_where where = lexer->token.where;
    const char *due =
        lexer->token.kind == SGW_FLT_STRING ? wanted(argument, lexer->token.text) : NULL;
    if (due != NULL)
        return sgw_flt_expected(lexer, due);
    int ret = sgw_flt_take_string(lexer, "a text in quotes", &action->texts[index]);
    if (ret < 0)
        return ret;
    if (argument == SGW_FLT_REGEX)
        return sgw_flt_compile(parser, where, action->texts[index], false, &action->regex);
    return argument == SGW_FLT_REPLACEMENT ? take_replacement(parser, action, index, where)
                                           : SMIMEGW_OK;
}

static int take_arguments(struct sgw_flt_parser *parser, struct sgw_flt_action *action)
{
    struct sgw_flt_lexer *lexer = &parser->lexer;
    const enum sgw_flt_argument *arguments = action->verb->arguments;
    if (arguments[0] == 0 && !sgw_flt_is_sign(lexer, "("))
        return SMIMEGW_OK;
    int ret = sgw_flt_take_sign(lexer, "(");
    for (size_t i = 0; ret == SMIMEGW_OK && i < 3 && arguments[i] != 0; i++) {
        if (i > 0)
            ret = sgw_flt_take_sign(lexer, ",");
        ret = SGW_STEP(ret, take_argument(parser, action, i));
    }
    return SGW_STEP(ret, sgw_flt_take_sign(lexer, ")"));
}

int sgw_flt_parse_action(struct sgw_flt_parser *parser)
{
    struct sgw_flt_program *program = parser->program;
    struct sgw_flt_lexer *lexer = &parser->lexer;
    const struct sgw_flt_verb *verb =
        lexer->token.kind == SGW_FLT_WORD ? sgw_flt_verb_find(lexer->token.text) : NULL;
    if (verb == NULL)
        return sgw_flt_expected(lexer, "an action, if or }");
    if (SGW_FLT_ROOM(program, actions) < 0)
        return sgw_flt_no_memory(lexer->ret_error);
    struct sgw_flt_action *action = &program->actions[program->actions_count++];
    action->verb = verb;
    action->where = lexer->token.where;
    int ret = sgw_flt_lexer_next(lexer);
    ret = SGW_STEP(ret, take_arguments(parser, action));
    ret = SGW_STEP(ret, sgw_flt_take_sign(lexer, ";"));
    return SGW_STEP(ret, sgw_flt_emit(parser, SGW_FLT_DO, program->actions_count - 1, NULL));
}
