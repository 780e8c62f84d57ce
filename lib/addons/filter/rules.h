/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_RULES_H
#define SGW_FILTER_RULES_H

#include "addons/filter/program.h"

struct sgw_flt_run;

/* What a rule is written with; the parser reads it from here. */
enum sgw_flt_takes {
    SGW_FLT_TAKES_NOTHING,
    SGW_FLT_TAKES_FIELD,  /* ("X-Name") */
    SGW_FLT_TAKES_PATTERN /* ("regex") or ("regex", 3) */
};
enum sgw_flt_compares {
    SGW_FLT_COMPARES_NOTHING,
    SGW_FLT_COMPARES_REGEX,   /* == or != "regex" */
    SGW_FLT_COMPARES_PERHAPS, /* that, or nothing */
    SGW_FLT_COMPARES_GROUP,   /* == or != "group" */
    SGW_FLT_COMPARES_SIZE     /* < <= > >= == != number */
};

struct sgw_flt_rule {
    const char *name;
    enum sgw_flt_takes takes;
    enum sgw_flt_compares compares;
    bool ignores_case; /* its regexes do: addresses and file names */
    /* enum sgw_flt_truth before != is applied, or a negative result. */
    int (*judge)(struct sgw_flt_run *run, const struct sgw_flt_test *test);
};

const struct sgw_flt_rule *sgw_flt_rule_find(const char *name);
/* The truth of a test, or a negative result. */
int sgw_flt_test_judge(struct sgw_flt_run *run, const struct sgw_flt_test *test);

#endif
