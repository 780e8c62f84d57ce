/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "addons/filter/text.h"

/* What is compiled: bounded, for a pattern of the administrator may still be a mistake. */
enum { PATTERN_MAX = 16384, REPLACED_MAX = 32768 };

struct sgw_flt_regex {
    pcre2_code *code;
};

struct sgw_flt_matcher {
    pcre2_match_data *data;
    pcre2_match_context *context;
    int64_t deadline_ms;
    const char *reason;
};

int sgw_flt_regex_new(const char *pattern, bool ignores_case, struct sgw_flt_regex **ret,
                      size_t *ret_offset, char reason[120])
{
    /* no callouts, no \C: neither has a place in a policy, and \C splits characters */
    uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
    int code = 0;
    PCRE2_SIZE offset = 0;
    *ret_offset = 0;
    strcpy(reason, "longer than 16,384 bytes");
    if (strlen(pattern) > PATTERN_MAX)
        return SMIMEGW_E_SYNTAX;
    struct sgw_flt_regex *regex = sgw_flt_new(1, sizeof(*regex));
    if (regex == NULL)
        return SMIMEGW_E_NOMEM;
    if (ignores_case)
        options |= PCRE2_CASELESS;
    regex->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &code,
                                &offset, NULL);
    if (regex->code != NULL) {
        *ret = regex;
        return SMIMEGW_OK;
    }
    free(regex);
    *ret_offset = offset;
    pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, 120);
    return code == PCRE2_ERROR_HEAP_FAILED ? SMIMEGW_E_NOMEM : SMIMEGW_E_SYNTAX;
}

void sgw_flt_regex_free(struct sgw_flt_regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_code_free(regex->code);
    free(regex);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int sgw_flt_matcher_new(const struct sgw_flt_limits *limits, struct sgw_flt_matcher **ret)
{
    struct sgw_flt_matcher *matcher = sgw_flt_new(1, sizeof(*matcher));
    if (matcher == NULL)
        return SMIMEGW_E_NOMEM;
    matcher->data = pcre2_match_data_create(1, NULL);
    matcher->context = pcre2_match_context_create(NULL);
    if (matcher->data == NULL || matcher->context == NULL) {
        sgw_flt_matcher_free(matcher);
        return SMIMEGW_E_NOMEM;
    }
    pcre2_set_match_limit(matcher->context, (uint32_t)limits->match);
    pcre2_set_depth_limit(matcher->context, (uint32_t)limits->depth);
    pcre2_set_heap_limit(matcher->context, (uint32_t)(limits->heap / 1024));
    matcher->deadline_ms = now_ms() + limits->time_ms;
    *ret = matcher;
    return SMIMEGW_OK;
}

void sgw_flt_matcher_free(struct sgw_flt_matcher *matcher)
{
    if (matcher == NULL)
        return;
    pcre2_match_data_free(matcher->data);
    pcre2_match_context_free(matcher->context);
    free(matcher);
}

const char *sgw_flt_matcher_reason(const struct sgw_flt_matcher *matcher)
{
    return matcher->reason;
}

static const char *reason_of(int code)
{
    if (code == PCRE2_ERROR_MATCHLIMIT)
        return "regex over match-limit";
    if (code == PCRE2_ERROR_DEPTHLIMIT)
        return "regex over depth-limit";
    if (code == PCRE2_ERROR_HEAPLIMIT)
        return "regex over heap-limit";
    return "regex can't be run";
}

int sgw_flt_search(struct sgw_flt_matcher *matcher, const struct sgw_flt_regex *regex,
                   const struct sgw_flt_stretch *stretch, size_t ret_match[2])
{
    /* the caller made the text valid */
    uint32_t options = PCRE2_NO_UTF_CHECK;
    options |= stretch->is_first ? 0 : PCRE2_NOTBOL;
    options |= stretch->is_last ? 0 : PCRE2_NOTEOL;
    if (now_ms() >= matcher->deadline_ms) {
        matcher->reason = "over time-limit";
        return SGW_FLT_UNKNOWN;
    }
    int code = pcre2_match(regex->code, (PCRE2_SPTR)stretch->data, stretch->size,
                           stretch->from, options, matcher->data, matcher->context);
    if (code == PCRE2_ERROR_NOMATCH)
        return SGW_FLT_NO;
    if (code == PCRE2_ERROR_NOMEMORY)
        return SMIMEGW_E_NOMEM;
    if (code < 0) {
        matcher->reason = reason_of(code);
        return SGW_FLT_UNKNOWN;
    }
    const PCRE2_SIZE *found = pcre2_get_ovector_pointer(matcher->data);
    /* \K may put the start behind the end */
    ret_match[0] = found[0] < found[1] ? found[0] : found[1];
    ret_match[1] = found[1];
    return SGW_FLT_YES;
}

int sgw_flt_regex_brackets(const struct sgw_flt_regex *regex)
{
    uint32_t count = 0;
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return (int)count;
}

int sgw_flt_replace(struct sgw_flt_matcher *matcher, const struct sgw_flt_regex *regex,
                    const char *text, const char *replacement, char **ret_text)
{
    uint32_t options = PCRE2_SUBSTITUTE_OVERFLOW_LENGTH | PCRE2_SUBSTITUTE_GLOBAL |
                       PCRE2_SUBSTITUTE_UNSET_EMPTY | PCRE2_SUBSTITUTE_UNKNOWN_UNSET;
    PCRE2_SIZE size = REPLACED_MAX;
    if (now_ms() >= matcher->deadline_ms) {
        matcher->reason = "over time-limit";
        return SGW_FLT_UNKNOWN;
    }
    char *made = sgw_flt_new(REPLACED_MAX, 1);
    if (made == NULL)
        return SMIMEGW_E_NOMEM;
    int code = pcre2_substitute(regex->code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0,
                                options, NULL, matcher->context, (PCRE2_SPTR)replacement,
                                PCRE2_ZERO_TERMINATED, (PCRE2_UCHAR *)made, &size);
    if (code > 0) {
        *ret_text = made;
        return SGW_FLT_YES;
    }
    free(made);
    if (code == PCRE2_ERROR_NOMEMORY && size != PCRE2_UNSET) {
        matcher->reason = "a header field would be longer than 32 KiB";
        return SGW_FLT_UNKNOWN;
    }
    if (code == PCRE2_ERROR_NOMEMORY)
        return SMIMEGW_E_NOMEM;
    matcher->reason = code < 0 ? reason_of(code) : NULL;
    return code < 0 ? SGW_FLT_UNKNOWN : SGW_FLT_NO;
}
