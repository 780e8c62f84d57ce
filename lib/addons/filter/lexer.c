/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addons/filter/text.h"

int sgw_flt_complain(struct sgw_flt_lexer *lexer, struct sgw_flt_where where,
                     const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return sgw_fail(lexer->ret_error, SMIMEGW_E_SYNTAX, "%.80s:%u:%u: %s", lexer->name,
                    where.line, where.column, text);
}

int sgw_flt_expected(struct sgw_flt_lexer *lexer, const char *what)
{
    const struct sgw_flt_token *token = &lexer->token;
    int size = token->size > 40 ? 40 : (int)token->size;
    if (token->kind == SGW_FLT_NOTHING)
        return sgw_flt_complain(lexer, token->where, "expected %s, not the end", what);
    return sgw_flt_complain(lexer, token->where, "expected %s, not %.*s", what, size,
                            token->start);
}

/* Columns count characters: bytes that go on in UTF-8 are part of one. */
static void step(struct sgw_flt_lexer *lexer)
{
    if (*lexer->at == '\n') {
        lexer->where.line++;
        lexer->where.column = 1;
    } else if (((unsigned char)*lexer->at & 0xc0) != 0x80) {
        lexer->where.column++;
    }
    lexer->at++;
}

static void skip_space(struct sgw_flt_lexer *lexer)
{
    bool is_comment = false;
    while (lexer->at < lexer->end) {
        char c = *lexer->at;
        is_comment = c != '\n' && (is_comment || c == '#');
        if (!is_comment && !sgw_flt_is_space(c))
            break;
        step(lexer);
    }
}

/* A known escape is undone; of any other the backslash stays, so that "\." works as "\\.". */
static size_t unescape(const char *at, const char *end, char *ret)
{
    static const char from[] = "\\\"'nt";
    static const char to[] = "\\\"'\n\t";
    const char *found =
        at[0] == '\\' && end - at > 1 && at[1] != '\0' ? strchr(from, at[1]) : NULL;
    *ret = found != NULL ? to[found - from] : at[0];
    return found != NULL ? 2 : 1;
}

/* Bytes up to the quote or the end of the line; at least what is left once escapes are undone.
 */
static size_t raw_size(const struct sgw_flt_lexer *lexer, char quote)
{
    const char *at = lexer->at;
    while (at < lexer->end && *at != quote && *at != '\n')
        at += *at == '\\' && lexer->end - at > 1 && at[1] != '\n' ? 2 : 1;
    return (size_t)(at - lexer->at);
}

static int read_string(struct sgw_flt_lexer *lexer)
{
    struct sgw_flt_token *token = &lexer->token;
    char quote = *lexer->at;
    size_t used = 0;
    step(lexer);
    token->text = sgw_flt_new(raw_size(lexer, quote) + 1, 1);
    if (token->text == NULL)
        return sgw_flt_no_memory(lexer->ret_error);
    while (lexer->at < lexer->end && *lexer->at != quote && *lexer->at != '\n') {
        size_t size = unescape(lexer->at, lexer->end, &token->text[used++]);
        for (; size > 0; size--)
            step(lexer);
    }
    if (lexer->at == lexer->end || *lexer->at != quote)
        return sgw_flt_complain(lexer, token->where, "a string does not end on its line");
    step(lexer);
    token->kind = SGW_FLT_STRING;
    if (strlen(token->text) != used || !sgw_utf8_valid((const uint8_t *)token->text, used))
        return sgw_flt_complain(lexer, token->where, "a string is not UTF-8");
    return SMIMEGW_OK;
}

static bool read_number(const char *text, int64_t *ret_number)
{
    static const char suffixes[] = "kmg";
    char *end;
    if (text[0] < '0' || text[0] > '9' || strlen(text) > 15)
        return false;
    int64_t number = strtoll(text, &end, 10);
    const char *suffix =
        *end != '\0' ? strchr(suffixes, sgw_lower((unsigned char)*end)) : NULL;
    if (*end != '\0' && (suffix == NULL || end[1] != '\0'))
        return false;
    int shift = suffix != NULL ? 10 * (int)(suffix - suffixes + 1) : 0;
    return !__builtin_mul_overflow(number, INT64_C(1) << shift, ret_number);
}

static int read_word(struct sgw_flt_lexer *lexer)
{
    struct sgw_flt_token *token = &lexer->token;
    while (lexer->at < lexer->end && sgw_flt_is_word((unsigned char)*lexer->at))
        step(lexer);
    token->text = sgw_flt_copy(token->start, (size_t)(lexer->at - token->start));
    if (token->text == NULL)
        return sgw_flt_no_memory(lexer->ret_error);
    token->kind = read_number(token->text, &token->number) ? SGW_FLT_NUMBER : SGW_FLT_WORD;
    return SMIMEGW_OK;
}

static int read_sign(struct sgw_flt_lexer *lexer)
{
    static const char *const signs[] = {"==", "!=", "<=", ">=", "<", ">", "(",
                                        ")",  "{",  "}",  ",",  ";", ":"};
    size_t left = (size_t)(lexer->end - lexer->at);
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t size = strlen(signs[i]);
        if (size > left || memcmp(lexer->at, signs[i], size) != 0)
            continue;
        for (; size > 0; size--)
            step(lexer);
        lexer->token.kind = SGW_FLT_SIGN;
        return SMIMEGW_OK;
    }
    size_t size = sgw_utf8_length((const uint8_t *)(lexer->at), left);
    if (size == 0 || (unsigned char)*lexer->at < ' ')
        return sgw_flt_complain(lexer, lexer->where, "byte 0x%02x has no place here",
                                (unsigned char)*lexer->at);
    return sgw_flt_complain(lexer, lexer->where, "%.*s has no place here", (int)size,
                            lexer->at);
}

int sgw_flt_lexer_next(struct sgw_flt_lexer *lexer)
{
    int ret = SMIMEGW_OK;
    free(lexer->token.text);
    skip_space(lexer);
    lexer->token = (struct sgw_flt_token){.where = lexer->where, .start = lexer->at};
    if (lexer->at == lexer->end)
        return SMIMEGW_OK;
    if (*lexer->at == '"' || *lexer->at == '\'')
        ret = read_string(lexer);
    else if (sgw_flt_is_word((unsigned char)*lexer->at))
        ret = read_word(lexer);
    else
        ret = read_sign(lexer);
    lexer->token.size = (size_t)(lexer->at - lexer->token.start);
    return ret;
}

int sgw_flt_lexer_start(struct sgw_flt_lexer *lexer)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, by some editors */
    lexer->where = (struct sgw_flt_where){1, 1};
    if (lexer->end - lexer->at >= 3 && memcmp(lexer->at, mark, 3) == 0)
        lexer->at += 3;
    return sgw_flt_lexer_next(lexer);
}

void sgw_flt_lexer_clear(struct sgw_flt_lexer *lexer)
{
    free(lexer->token.text);
    lexer->token.text = NULL;
}

static bool is_written(const struct sgw_flt_token *token, enum sgw_flt_kind kind,
                       const char *text)
{
    return token->kind == kind && token->size == strlen(text) &&
           memcmp(token->start, text, token->size) == 0;
}

bool sgw_flt_is_sign(const struct sgw_flt_lexer *lexer, const char *sign)
{
    return is_written(&lexer->token, SGW_FLT_SIGN, sign);
}

bool sgw_flt_is_keyword(const struct sgw_flt_lexer *lexer, const char *word)
{
    return is_written(&lexer->token, SGW_FLT_WORD, word);
}

int sgw_flt_take_sign(struct sgw_flt_lexer *lexer, const char *sign)
{
    if (!sgw_flt_is_sign(lexer, sign))
        return sgw_flt_expected(lexer, sign);
    return sgw_flt_lexer_next(lexer);
}

static int take_text(struct sgw_flt_lexer *lexer, char **ret_text)
{
    char *text = lexer->token.text;
    lexer->token.text = NULL;
    int ret = sgw_flt_lexer_next(lexer);
    if (ret < 0) {
        free(text);
        return ret;
    }
    *ret_text = text;
    return SMIMEGW_OK;
}

int sgw_flt_take_string(struct sgw_flt_lexer *lexer, const char *what, char **ret_text)
{
    if (lexer->token.kind != SGW_FLT_STRING)
        return sgw_flt_expected(lexer, what);
    return take_text(lexer, ret_text);
}

int sgw_flt_take_name(struct sgw_flt_lexer *lexer, const char *what, char **ret_text)
{
    enum sgw_flt_kind kind = lexer->token.kind;
    bool is_name = kind == SGW_FLT_STRING || kind == SGW_FLT_WORD || kind == SGW_FLT_NUMBER;
    if (!is_name || lexer->token.text[0] == '\0')
        return sgw_flt_expected(lexer, what);
    return take_text(lexer, ret_text);
}

int sgw_flt_take_number(struct sgw_flt_lexer *lexer, const char *what, int64_t *ret_number)
{
    if (lexer->token.kind != SGW_FLT_NUMBER)
        return sgw_flt_expected(lexer, what);
    *ret_number = lexer->token.number;
    return sgw_flt_lexer_next(lexer);
}
