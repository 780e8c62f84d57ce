/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_RUN_H
#define SGW_FILTER_RUN_H

#include <smimegw/filter.h>

#include "addons/filter/content.h"
#include "addons/filter/edit.h"
#include "addons/filter/program.h"

struct smimegw_filter {
    int count; /* of holders; atomic */
    int is_frozen;
    char *name;
    struct sgw_flt_program program;
};

struct sgw_flt_person {
    char *address; /* as it was handed in */
    char *normal;  /* as groups and policies compare it */
};

struct smimegw_filter_input {
    struct smimegw_gateway *gateway;
    struct smimegw_message *message;
    struct smimegw_verdict *verdict;
    int direction;
    smimegw_filter_group_fn find_group;
    void *userdata;
    struct sgw_flt_person sender;
    SGW_FLT_LIST(struct sgw_flt_person, people);
};

struct sgw_flt_texts {
    char **items;
    size_t count;
    size_t room;
};
enum { SGW_FLT_LISTS = 3 };

/* A group of recipients and what was decided. */
struct sgw_flt_outcome {
    const struct sgw_flt_policy *policy; /* NULL: none fits */
    SGW_FLT_LIST(char *, recipients);
    const char **normals; /* the same normalised, while it runs */
    size_t normals_room;
    int action;          /* enum smimegw_filter_action */
    const char *profile; /* borrowed of the program, as the policy */
    char *decided;
    char *reason;
    struct sgw_flt_texts lists[SGW_FLT_LISTS];
    struct sgw_flt_edits edits;
};

/* What was tried or done. */
struct sgw_flt_event {
    uint32_t group;
    uint32_t filter;
    bool is_action;
    size_t index; /* of the test or action */
    int truth;    /* enum sgw_flt_truth */
    char *note;   /* nullable */
};

struct smimegw_filter_result {
    struct smimegw_filter *filter;
    int64_t message_size;
    SGW_FLT_LIST(struct sgw_flt_outcome, groups);
    SGW_FLT_LIST(struct sgw_flt_event, events);
    bool is_cut; /* there were more events */
};

/* One run over one message. */
struct sgw_flt_run {
    const struct sgw_flt_program *program;
    const struct smimegw_filter_input *input;
    struct smimegw_filter_result *result;
    struct sgw_flt_matcher *matcher;
    struct sgw_flt_content content;
    struct smimegw_error **ret_error;
    /* of the group and filter at work */
    struct sgw_flt_outcome *group;
    size_t filter;
    const struct sgw_flt_test *last_test;
    char note[160]; /* why the last condition can't be told, or what is odd about it */
};

/* Leave a note and say UNKNOWN. */
int sgw_flt_cant_tell(struct sgw_flt_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* enum sgw_flt_truth of an address in a group. */
int sgw_flt_is_member(struct sgw_flt_run *run, const char *group, const char *address);
/* Make the groups of recipients. */
int sgw_flt_split(struct sgw_flt_run *run);
/* Append to a list, once. */
int sgw_flt_texts_add(struct sgw_flt_texts *texts, const char *text, bool may_repeat);
/* Append text with $Variables filled in. */
int sgw_flt_expand(const struct sgw_flt_run *run, const char *text,
                   struct smimegw_buffer *ret_text);

#endif
