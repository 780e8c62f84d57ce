/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/rules.h"

#include <smimegw/message.h>
#include <smimegw/verdict.h>
#include <stdio.h>
#include <string.h>

#include "addons/filter/run.h"
#include "addons/filter/text.h"

/* One that is true decides; else one that can't be told does. */
static bool is_decided(int truth, int *so_far)
{
    if (truth != SGW_FLT_NO)
        *so_far = truth;
    return truth < 0 || truth == SGW_FLT_YES;
}

static int search_text(struct sgw_flt_run *run, const struct sgw_flt_test *test,
                       const char *text, size_t size)
{
    const struct sgw_flt_stretch whole = {text, size, 0, true, true};
    size_t match[2];
    int truth = sgw_flt_search(run->matcher, test->regex, &whole, match);
    if (truth == SGW_FLT_UNKNOWN)
        return sgw_flt_cant_tell(run, "%s", sgw_flt_matcher_reason(run->matcher));
    return truth;
}

/* Rules about the content can't be told where it can't be read. */
static bool has_parts(struct sgw_flt_run *run, int *ret_truth)
{
    if (run->content.parts == NULL)
        *ret_truth =
            sgw_flt_cant_tell(run, "the message can't be read: %s", run->content.problem);
    return run->content.parts != NULL;
}

static int search_fields(struct sgw_flt_run *run, const struct sgw_flt_test *test,
                         const char *name)
{
    struct smimegw_parts *parts = run->content.parts;
    int truth = SGW_FLT_NO;
    if (!has_parts(run, &truth))
        return truth;
    for (size_t i = 0; i < smimegw_parts_field_count(parts); i++) {
        size_t size;
        const char *text = smimegw_parts_field_text(parts, i, &size);
        if (!sgw_flt_same(smimegw_parts_field_name(parts, i), name))
            continue;
        if (test->regex == NULL)
            return SGW_FLT_YES;
        if (is_decided(search_text(run, test, text, size), &truth))
            break;
    }
    return truth;
}

static int judge_subject(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    return search_fields(run, test, "Subject");
}

static int judge_header(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    return search_fields(run, test, test->name);
}

static int search_bodies(struct sgw_flt_run *run, const struct sgw_flt_test *test,
                         bool (*is_wanted)(const struct sgw_flt_content *, size_t))
{
    struct sgw_flt_search_order order = {run->matcher, test->regex, test->number, 0};
    int truth = SGW_FLT_NO;
    if (!has_parts(run, &truth))
        return truth;
    for (size_t i = 0; i < run->content.count; i++) {
        if (!is_wanted(&run->content, i))
            continue;
        if (!smimegw_parts_charset_is_known(run->content.parts, i))
            snprintf(run->note, sizeof(run->note),
                     "part %zu: unknown charset, read as Latin-1", i);
        if (is_decided(sgw_flt_search_part(&run->content, i, &order, run->ret_error), &truth))
            break;
        if (truth == SGW_FLT_UNKNOWN)
            sgw_flt_cant_tell(run, "part %zu: %s", i, sgw_flt_matcher_reason(run->matcher));
    }
    return truth;
}

static int judge_body(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    return search_bodies(run, test, sgw_flt_part_is_text);
}

static int judge_only_body(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    return search_bodies(run, test, sgw_flt_part_is_body);
}

static int judge_filename(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    int truth = SGW_FLT_NO;
    if (!has_parts(run, &truth))
        return truth;
    for (size_t i = 0; i < run->content.count; i++) {
        const char *name = smimegw_parts_text(run->content.parts, i, SMIMEGW_PART_FILENAME);
        if (name != NULL && is_decided(search_text(run, test, name, strlen(name)), &truth))
            break;
    }
    return truth;
}

static int judge_size(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    int64_t size = smimegw_message_size(run->input->message);
    int order = (size > test->number) - (size < test->number);
    const bool answers[] = {
        [SGW_FLT_EQUAL] = order == 0,
        [SGW_FLT_UNEQUAL] = order == 0,
        [SGW_FLT_LESS] =
            order<0, [SGW_FLT_LESS_EQUAL] = order <= 0, [SGW_FLT_GREATER] = order> 0,
        [SGW_FLT_GREATER_EQUAL] = order >= 0,
    };
    return answers[test->compare] ? SGW_FLT_YES : SGW_FLT_NO;
}

/* Is an address what the test asks for: by regex, or by group? */
static int judge_address(struct sgw_flt_run *run, const struct sgw_flt_test *test,
                         const char *address)
{
    return test->regex != NULL ? search_text(run, test, address, strlen(address))
                               : sgw_flt_is_member(run, test->name, address);
}

static int judge_sender(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    return judge_address(run, test, run->input->sender.normal);
}

static int judge_recipient(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    int truth = SGW_FLT_NO;
    for (size_t i = 0; i < run->group->recipients_count; i++)
        if (is_decided(judge_address(run, test, run->group->normals[i]), &truth))
            break;
    return truth;
}

static int judge_every_recipient(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    int so_far = SGW_FLT_YES;
    for (size_t i = 0; i < run->group->recipients_count; i++) {
        int truth = judge_address(run, test, run->group->normals[i]);
        if (truth < 0 || truth == SGW_FLT_NO)
            return truth;
        if (truth == SGW_FLT_UNKNOWN)
            so_far = truth;
    }
    return so_far;
}

/* Without a verdict, what the root says. */
static bool says_smime(const struct smimegw_parts *parts)
{
    const char *type = smimegw_parts_text(parts, 0, SMIMEGW_PART_TYPE);
    return strcmp(type, "multipart/signed") == 0 ||
           strcmp(type, "application/pkcs7-mime") == 0 ||
           strcmp(type, "application/x-pkcs7-mime") == 0;
}

static int judge_smime(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    int truth = SGW_FLT_NO;
    (void)test;
    if (run->input->verdict != NULL)
        return smimegw_verdict_is_gateway_message(run->input->verdict) == 1 ? SGW_FLT_YES
                                                                            : SGW_FLT_NO;
    if (!has_parts(run, &truth))
        return truth;
    return says_smime(run->content.parts) ? SGW_FLT_YES : SGW_FLT_NO;
}

static int judge_verified(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    const struct smimegw_verdict *verdict = run->input->verdict;
    (void)test;
    return verdict != NULL && smimegw_verdict_is_gateway_verified(verdict) == 1 ? SGW_FLT_YES
                                                                                : SGW_FLT_NO;
}

static int judge_incoming(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    (void)test;
    return run->input->direction == SMIMEGW_FILTER_INCOMING ? SGW_FLT_YES : SGW_FLT_NO;
}

static int judge_true(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    (void)run;
    (void)test;
    return SGW_FLT_YES;
}

static int judge_false(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    (void)run;
    (void)test;
    return SGW_FLT_NO;
}

#define NOTHING SGW_FLT_TAKES_NOTHING
#define FIELD SGW_FLT_TAKES_FIELD
#define PATTERN SGW_FLT_TAKES_PATTERN
static const struct sgw_flt_rule rules[] = {
    {"smime-gateway-message", NOTHING, SGW_FLT_COMPARES_NOTHING, false, judge_smime},
    {"smime-gateway-verified", NOTHING, SGW_FLT_COMPARES_NOTHING, false, judge_verified},
    {"subject", NOTHING, SGW_FLT_COMPARES_REGEX, false, judge_subject},
    {"header", FIELD, SGW_FLT_COMPARES_PERHAPS, false, judge_header},
    {"body-contains", PATTERN, SGW_FLT_COMPARES_NOTHING, false, judge_body},
    {"only-body-contains", PATTERN, SGW_FLT_COMPARES_NOTHING, false, judge_only_body},
    {"attachment-filename", NOTHING, SGW_FLT_COMPARES_REGEX, true, judge_filename},
    {"body-size", NOTHING, SGW_FLT_COMPARES_SIZE, false, judge_size},
    {"mail-from", NOTHING, SGW_FLT_COMPARES_REGEX, true, judge_sender},
    {"mail-from-group", NOTHING, SGW_FLT_COMPARES_GROUP, false, judge_sender},
    {"rcpt-to", NOTHING, SGW_FLT_COMPARES_REGEX, true, judge_recipient},
    {"rcpt-to-group", NOTHING, SGW_FLT_COMPARES_GROUP, false, judge_recipient},
    {"every-rcpt-to", NOTHING, SGW_FLT_COMPARES_REGEX, true, judge_every_recipient},
    {"every-rcpt-to-group", NOTHING, SGW_FLT_COMPARES_GROUP, false, judge_every_recipient},
    {"incoming", NOTHING, SGW_FLT_COMPARES_NOTHING, false, judge_incoming},
    {"true", NOTHING, SGW_FLT_COMPARES_NOTHING, false, judge_true},
    {"false", NOTHING, SGW_FLT_COMPARES_NOTHING, false, judge_false},
};

const struct sgw_flt_rule *sgw_flt_rule_find(const char *name)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}

int sgw_flt_test_judge(struct sgw_flt_run *run, const struct sgw_flt_test *test)
{
    run->note[0] = '\0';
    int truth = test->rule->judge(run, test);
    if (truth == SMIMEGW_E_NOMEM)
        return sgw_flt_no_memory(run->ret_error);
    if (test->compare != SGW_FLT_UNEQUAL || truth < 0 || truth == SGW_FLT_UNKNOWN)
        return truth;
    return truth == SGW_FLT_YES ? SGW_FLT_NO : SGW_FLT_YES;
}
