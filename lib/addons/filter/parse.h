/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_PARSE_H
#define SGW_FILTER_PARSE_H

#include "addons/filter/program.h"

struct sgw_flt_parser {
    struct sgw_flt_lexer lexer;
    struct sgw_flt_program *program; /* grows */
};

/* Read a whole text into an empty program, limits included. name: of the file. */
int sgw_flt_parse(const char *name, const char *text, size_t size,
                  struct sgw_flt_program *program, struct smimegw_error **ret_error);

/* "(" condition ")": instructions that leave its truth. */
int sgw_flt_parse_condition(struct sgw_flt_parser *parser);
/* verb ["(" arguments ")"] ";" */
int sgw_flt_parse_action(struct sgw_flt_parser *parser);
/* Behind the word: NAME "{" entries "}" */
int sgw_flt_parse_policy(struct sgw_flt_parser *parser);
int sgw_flt_parse_group(struct sgw_flt_parser *parser);
/* Once all is read: names of filters become numbers, groups and lists are closed. */
int sgw_flt_parse_bind(struct sgw_flt_parser *parser);

/* Append; the number of the instruction in *ret_at (nullable). */
int sgw_flt_emit(struct sgw_flt_parser *parser, enum sgw_flt_op op, size_t target,
                 size_t *ret_at);
/* Compile a pattern that stands at where. */
int sgw_flt_compile(struct sgw_flt_parser *parser, struct sgw_flt_where where,
                    const char *pattern, bool ignores_case, struct sgw_flt_regex **ret);
/* A string that names a header field. */
int sgw_flt_take_field(struct sgw_flt_parser *parser, char **ret_name);
bool sgw_flt_is_field_name(const char *name);

#endif
