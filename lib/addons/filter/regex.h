/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_REGEX_H
#define SGW_FILTER_REGEX_H

#include <smimegw/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a condition is found to be. */
enum sgw_flt_truth {
    SGW_FLT_NO,
    SGW_FLT_YES,
    SGW_FLT_UNKNOWN /* an error: it can't be told */
};

struct sgw_flt_limits {
    int64_t match;    /* steps of one search */
    int64_t depth;    /* of backtracking */
    int64_t heap;     /* bytes of one search */
    int64_t time_ms;  /* of all searches of a run */
    int64_t body;     /* decoded bytes that are kept for all conditions */
    int64_t on_error; /* enum sgw_flt_on_error */
    int64_t trace;    /* entries */
};
enum sgw_flt_on_error { SGW_FLT_DEFER, SGW_FLT_MATCH, SGW_FLT_NO_MATCH };

/* A pattern, compiled once; any number of threads use it. */
struct sgw_flt_regex;
/* E_SYNTAX, with *ret_offset (bytes) in the pattern; E_NOMEM. No detail is set for E_SYNTAX;
 * reason says what is wrong. */
int sgw_flt_regex_new(const char *pattern, bool ignores_case, struct sgw_flt_regex **ret,
                      size_t *ret_offset, char reason[120]);
void sgw_flt_regex_free(struct sgw_flt_regex *regex);

/* What one thread searches with: memory and limits. */
struct sgw_flt_matcher;
int sgw_flt_matcher_new(const struct sgw_flt_limits *limits, struct sgw_flt_matcher **ret);
void sgw_flt_matcher_free(struct sgw_flt_matcher *matcher);
/* Why the last search could not tell: static text. */
const char *sgw_flt_matcher_reason(const struct sgw_flt_matcher *matcher);

/* A stretch of valid UTF-8; more of the text may lie before and behind it. */
struct sgw_flt_stretch {
    const char *data;
    size_t size;
    size_t from; /* the search starts here; what stands before is only looked back at */
    bool is_first;
    bool is_last;
};
/* enum sgw_flt_truth, or E_NOMEM. Start and end of the match where it is found. */
int sgw_flt_search(struct sgw_flt_matcher *matcher, const struct sgw_flt_regex *regex,
                   const struct sgw_flt_stretch *stretch, size_t ret_match[2]);
/* Replace every match in a valid UTF-8 text. NO: there is none; YES: *ret_text is new, to be
 * freed; UNKNOWN, or E_NOMEM. The replacement is in the words of pcre2_substitute(). */
int sgw_flt_replace(struct sgw_flt_matcher *matcher, const struct sgw_flt_regex *regex,
                    const char *text, const char *replacement, char **ret_text);
/* Brackets that a replacement may refer to. */
int sgw_flt_regex_brackets(const struct sgw_flt_regex *regex);

#endif
