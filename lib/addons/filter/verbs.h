/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_VERBS_H
#define SGW_FILTER_VERBS_H

#include "addons/filter/program.h"

struct sgw_flt_run;

/* What an argument must be. */
enum sgw_flt_argument {
    SGW_FLT_NAME = 1, /* not empty, no control characters */
    SGW_FLT_FIELD,    /* name of a header field */
    SGW_FLT_VALUE,    /* any text */
    SGW_FLT_REGEX,
    SGW_FLT_REPLACEMENT, /* of the regex before it */
    SGW_FLT_ADDRESS
};

struct sgw_flt_verb {
    const char *name;
    enum sgw_flt_argument arguments[3]; /* 0 behind the last */
    bool is_final;                      /* nothing of the message runs after it */
    /* enum sgw_flt_truth: YES, or UNKNOWN where it can't be done; or a negative result. */
    int (*act)(struct sgw_flt_run *run, const struct sgw_flt_action *action);
};

const struct sgw_flt_verb *sgw_flt_verb_find(const char *name);

#endif
