/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_LEXER_H
#define SGW_FILTER_LEXER_H

#include <smimegw/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sgw_flt_where {
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1, in characters */
};

enum sgw_flt_kind {
    SGW_FLT_NOTHING, /* the end of the text */
    SGW_FLT_WORD,
    SGW_FLT_STRING,
    SGW_FLT_NUMBER,
    SGW_FLT_SIGN /* punctuation or an operator */
};

struct sgw_flt_token {
    enum sgw_flt_kind kind;
    struct sgw_flt_where where;
    const char *start; /* in the text, as written */
    size_t size;
    char *text;     /* WORD and STRING: decoded; the lexer's until the next token */
    int64_t number; /* NUMBER, suffix applied */
};

struct sgw_flt_lexer {
    const char *name; /* of the file, for complaints */
    const char *at;
    const char *end;
    struct sgw_flt_where where;
    struct sgw_flt_token token; /* the one to be read next */
    struct smimegw_error **ret_error;
};

/* Goes to the first token. Every failure is E_SYNTAX or E_NOMEM with a detail. */
int sgw_flt_lexer_start(struct sgw_flt_lexer *lexer);
int sgw_flt_lexer_next(struct sgw_flt_lexer *lexer);
void sgw_flt_lexer_clear(struct sgw_flt_lexer *lexer);

bool sgw_flt_is_sign(const struct sgw_flt_lexer *lexer, const char *sign);
bool sgw_flt_is_keyword(const struct sgw_flt_lexer *lexer, const char *word);
/* E_SYNTAX at the current token: "expected WHAT, not ...". */
int sgw_flt_expected(struct sgw_flt_lexer *lexer, const char *what);
/* E_SYNTAX at a place. */
int sgw_flt_complain(struct sgw_flt_lexer *lexer, struct sgw_flt_where where,
                     const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Pass this sign, or complain. */
int sgw_flt_take_sign(struct sgw_flt_lexer *lexer, const char *sign);
/* Take the token's text, and pass it. what: for the complaint. */
int sgw_flt_take_string(struct sgw_flt_lexer *lexer, const char *what, char **ret_text);
/* A string or a word. */
int sgw_flt_take_name(struct sgw_flt_lexer *lexer, const char *what, char **ret_text);
/* A number with or without K, M, G; what it must be. */
int sgw_flt_take_number(struct sgw_flt_lexer *lexer, const char *what, int64_t *ret_number);

#endif
