/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/questions.h"

#include <smimegw/cert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

int sgw_questions_from_list(struct sgw_questions *questions, const char *const *addresses,
                            size_t count)
{
    *questions = (struct sgw_questions){0};
    if (count == 0)
        return SMIMEGW_OK;
    questions->items = sgw_calloc(count, sizeof(*questions->items));
    if (questions->items == NULL)
        return SMIMEGW_E_NOMEM;
    questions->count = count;
    for (size_t i = 0; i < count; i++) {
        questions->items[i].ttl = -1;
        questions->items[i].address = sgw_strdup(addresses[i]);
        if (questions->items[i].address != NULL)
            continue;
        sgw_questions_clear(questions);
        return SMIMEGW_E_NOMEM;
    }
    return SMIMEGW_OK;
}

int sgw_questions_from_plan(struct sgw_questions *questions, const struct smimegw_plan *plan)
{
    size_t count = 0;
    while (smimegw_plan_need(plan, count) != NULL)
        count++;
    const char **addresses = sgw_calloc(count + 1, sizeof(*addresses));
    if (addresses == NULL)
        return SMIMEGW_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        addresses[i] = smimegw_plan_need(plan, i);
    int ret = sgw_questions_from_list(questions, addresses, count);
    sgw_free(addresses);
    return ret;
}

void sgw_question_reset(struct sgw_question *question)
{
    for (size_t i = 0; i < question->cert_count; i++)
        smimegw_cert_unref(question->certs[i]);
    sgw_free(question->certs);
    question->certs = NULL;
    question->cert_count = 0;
    question->has_unreadable = false;
}

void sgw_questions_clear(struct sgw_questions *questions)
{
    for (size_t i = 0; i < questions->count; i++) {
        sgw_question_reset(&questions->items[i]);
        sgw_free(questions->items[i].address);
    }
    sgw_free(questions->items);
    *questions = (struct sgw_questions){0};
}

void sgw_question_fail(struct sgw_question *question, const char *format, ...)
{
    va_list arguments;
    sgw_question_reset(question);
    question->state = SGW_QUESTION_FAILED;
    va_start(arguments, format);
    vsnprintf(question->note, sizeof(question->note), format, arguments);
    va_end(arguments);
}

void sgw_questions_fail(struct sgw_questions *questions, const char *note)
{
    for (size_t i = 0; i < questions->count; i++)
        if (questions->items[i].state == SGW_QUESTION_OPEN)
            sgw_question_fail(&questions->items[i], "%s", note);
}

static bool has_cert(const struct sgw_question *question, const struct smimegw_cert *cert)
{
    size_t size;
    const void *der = smimegw_cert_der(cert, &size);
    for (size_t i = 0; i < question->cert_count; i++) {
        size_t other_size;
        const void *other = smimegw_cert_der(question->certs[i], &other_size);
        if (other_size == size && memcmp(other, der, size) == 0)
            return true;
    }
    return false;
}

/* Which of too many would serve is not known, and none of the first 32 may. */
static void add_cert(struct sgw_question *question, struct smimegw_cert *cert)
{
    if (question->state != SGW_QUESTION_OPEN || has_cert(question, cert))
        return;
    if (question->certs == NULL)
        question->certs = sgw_calloc(SGW_QUESTION_CERTS_MAX, sizeof(struct smimegw_cert *));
    if (question->certs == NULL)
        sgw_question_fail(question, "out of memory");
    else if (question->cert_count == SGW_QUESTION_CERTS_MAX)
        sgw_question_fail(question, "more than %d certificates", SGW_QUESTION_CERTS_MAX);
    else
        question->certs[question->cert_count++] = smimegw_cert_ref(cert);
}

void sgw_question_add_value(struct sgw_question *question, const void *data, size_t size)
{
    struct smimegw_cert_list *list = NULL;
    if (question->state != SGW_QUESTION_OPEN)
        return;
    int ret = smimegw_cert_list_new(data, size, &list, NULL);
    if (ret == SMIMEGW_E_KEY || ret == SMIMEGW_E_USAGE)
        question->has_unreadable = true;
    else if (ret < 0)
        sgw_question_fail(question, "certificates: %s", smimegw_result_name(ret));
    for (size_t i = 0; i < smimegw_cert_list_count(list); i++)
        add_cert(question, smimegw_cert_list_get(list, i));
    smimegw_cert_list_free(list);
}

void sgw_question_close(struct sgw_question *question)
{
    if (question->state != SGW_QUESTION_OPEN)
        return;
    if (question->cert_count == 0 && question->has_unreadable)
        sgw_question_fail(question, "what is there can't be read as a certificate");
    else
        question->state = SGW_QUESTION_KNOWN;
}

bool sgw_questions_are_done(const struct sgw_questions *questions)
{
    for (size_t i = 0; i < questions->count; i++)
        if (questions->items[i].state == SGW_QUESTION_OPEN)
            return false;
    return true;
}

int sgw_questions_tell(struct sgw_questions *questions, struct smimegw_plan *plan,
                       uint32_t flags, struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < questions->count; i++) {
        struct sgw_question *question = &questions->items[i];
        if (question->is_told || question->state == SGW_QUESTION_OPEN)
            continue;
        if (question->state == SGW_QUESTION_KNOWN)
            ret = smimegw_plan_supply(plan, question->address, question->certs,
                                      question->cert_count, flags, ret_error);
        else
            ret = smimegw_plan_supply_failure(plan, question->address, question->note,
                                              ret_error);
        question->is_told = ret == SMIMEGW_OK;
    }
    return ret;
}
