/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef FILTER_SUPPORT_H
#define FILTER_SUPPORT_H

#include <smimegw/filter.h>

#include "support.h"

/* Filters as a host runs them; whatever a test leaves open, leak checkers tell. */

static inline struct smimegw_filter *make_filter(const char *text)
{
    struct smimegw_filter *filter = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_filter_new("test.flt", text, strlen(text), &filter, &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    return filter;
}

/* One run: who sends what to whom. */
struct scene {
    const char *message; /* NUL-terminated */
    const char *sender;
    const char *recipients[8];
    int direction; /* 0: the default */
    struct smimegw_verdict *verdict;
    smimegw_filter_group_fn find;
};

static const char plain_mail[] = "From: alice@example.com\r\nTo: bob@example.net\r\n"
                                 "Subject: An offer\r\n\r\nGood morning.\r\n";

static inline struct smimegw_message *open_mail(const char *text)
{
    return make_message(text, strlen(text));
}

static inline struct smimegw_filter_input *input_of(const struct scene *scene,
                                                    struct smimegw_message *message)
{
    struct smimegw_filter_input *input;
    assert_int_equal(smimegw_filter_input_new(NULL, message, &input, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_filter_input_set_sender(
                         input, scene->sender ? scene->sender : "alice@example.com", NULL),
                     SMIMEGW_OK);
    for (size_t i = 0; i < 8 && scene->recipients[i] != NULL; i++)
        assert_int_equal(smimegw_filter_input_add_recipient(input, scene->recipients[i], NULL),
                         SMIMEGW_OK);
    if (scene->recipients[0] == NULL)
        assert_int_equal(smimegw_filter_input_add_recipient(input, "bob@example.net", NULL),
                         SMIMEGW_OK);
    if (scene->direction != 0)
        assert_int_equal(smimegw_filter_input_set_direction(input, scene->direction, NULL),
                         SMIMEGW_OK);
    smimegw_filter_input_set_verdict(input, scene->verdict, NULL);
    smimegw_filter_input_set_groups(input, scene->find, NULL, NULL);
    return input;
}

static inline struct smimegw_filter_result *run(const char *text, const struct scene *scene)
{
    struct smimegw_filter *filter = make_filter(text);
    struct smimegw_message *message = open_mail(scene->message ? scene->message : plain_mail);
    struct smimegw_filter_input *input = input_of(scene, message);
    struct smimegw_filter_result *result = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_filter_run(filter, input, &result, &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    smimegw_filter_input_free(input);
    smimegw_message_free(message);
    smimegw_filter_unref(filter);
    return result;
}

/* Is a condition true? Its filter drops; -1: it can't be told. */
static inline int is_true(const char *condition, const struct scene *scene)
{
    char text[2000];
    snprintf(text, sizeof(text), "t: if (%s) { drop; }", condition);
    struct smimegw_filter_result *result = run(text, scene);
    int action = smimegw_filter_result_action(result, 0);
    smimegw_filter_result_free(result);
    return action == SMIMEGW_FILTER_DROP ? 1 : action == SMIMEGW_FILTER_DELIVER ? 0 : -1;
}

/* The message of a group as it is written, to be freed. */
static inline struct smimegw_buffer *written(const struct smimegw_filter_result *result,
                                             size_t group, const char *text)
{
    struct smimegw_buffer *out;
    struct smimegw_error *error = NULL;
    struct smimegw_message *message = open_mail(text);
    assert_int_equal(smimegw_buffer_new(0, &out, NULL), SMIMEGW_OK);
    if (smimegw_filter_result_write(result, group, message, smimegw_buffer_write, out,
                                    &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    smimegw_message_free(message);
    return out;
}

#endif
