/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_PROGRAM_H
#define SGW_FILTER_PROGRAM_H

#include "addons/filter/lexer.h"
#include "addons/filter/people.h"
#include "addons/filter/regex.h"

/*
 * A text of filters as it runs: a list of instructions with jumps, so that neither reading nor
 * running recurses however deep the text nests.
 */
enum sgw_flt_op {
    SGW_FLT_TEST,       /* the truth becomes that of tests[target] */
    SGW_FLT_NOT,        /* the truth is turned round */
    SGW_FLT_JUMP,       /* go on at target */
    SGW_FLT_JUMP_FALSE, /* if it is not true */
    SGW_FLT_JUMP_TRUE,
    SGW_FLT_DO, /* actions[target] */
    SGW_FLT_STOP
};

struct sgw_flt_instruction {
    enum sgw_flt_op op;
    size_t target;
};

enum sgw_flt_compare {
    SGW_FLT_ANY, /* none is written */
    SGW_FLT_EQUAL,
    SGW_FLT_UNEQUAL,
    SGW_FLT_LESS,
    SGW_FLT_LESS_EQUAL,
    SGW_FLT_GREATER,
    SGW_FLT_GREATER_EQUAL
};

struct sgw_flt_test {
    const struct sgw_flt_rule *rule;
    struct sgw_flt_where where;
    enum sgw_flt_compare compare;
    char *name; /* of a header field or a group */
    struct sgw_flt_regex *regex;
    int64_t number; /* bytes, or how many matches */
    char *source;   /* as written, for the trace */
};

struct sgw_flt_action {
    const struct sgw_flt_verb *verb;
    struct sgw_flt_where where;
    char *texts[3];
    struct sgw_flt_regex *regex; /* made of the second text */
};

struct sgw_flt_named {
    char *name;
    struct sgw_flt_where where;
    size_t start;     /* first instruction */
    bool is_inactive; /* read, never run */
    bool is_bound;    /* a policy names it, so only policies run it */
};

struct sgw_flt_group {
    char *name;
    struct sgw_flt_people people;
};

/* From or to whom a policy is: people and groups; anybody where neither is named. */
struct sgw_flt_side {
    bool is_given;
    struct sgw_flt_people people;
    char **groups;
    size_t group_count;
    size_t group_room;
};

struct sgw_flt_policy {
    char *name;
    int direction; /* enum smimegw_filter_direction; 0: both */
    struct sgw_flt_side from;
    struct sgw_flt_side to;
    char **filter_names;
    struct sgw_flt_where *filter_wheres;
    size_t name_count;
    size_t name_room;
    size_t where_room;
    size_t *filters; /* the same as numbers */
    char *sending_profile;
    char *receiving_policy;
};

#define SGW_FLT_LIST(type, list)                                                              \
    type *list;                                                                               \
    size_t list##_count;                                                                      \
    size_t list##_room

struct sgw_flt_program {
    SGW_FLT_LIST(struct sgw_flt_instruction, code);
    SGW_FLT_LIST(struct sgw_flt_test, tests);
    SGW_FLT_LIST(struct sgw_flt_action, actions);
    SGW_FLT_LIST(struct sgw_flt_named, filters);
    SGW_FLT_LIST(struct sgw_flt_group, groups);
    SGW_FLT_LIST(struct sgw_flt_policy, policies);
    struct sgw_flt_limits limits;
};

/* Make room for one more: `sgw_flt_room(&program->tests, ...)`. */
#define SGW_FLT_ROOM(program, list)                                                           \
    sgw_flt_grow(&(program)->list, (program)->list##_count, &(program)->list##_room,          \
                 sizeof(*(program)->list))

void sgw_flt_program_clear(struct sgw_flt_program *program);
struct sgw_flt_group *sgw_flt_group_find(const struct sgw_flt_program *program,
                                         const char *name);
/* Lines of a dictionary file: an entry each, # comments. */
int sgw_flt_group_add(struct sgw_flt_program *program, const char *name, const char *text,
                      size_t size, struct smimegw_error **ret_error);

#endif
