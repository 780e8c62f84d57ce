/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/keyring.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/plan/plan_impl.h"

/* Addresses without an answer, and the answers. */

bool sgw_plan_wants_keys(const struct smimegw_plan *plan)
{
    struct sgw_plan_course course;
    sgw_plan_course_find(plan, &course);
    return course.outcome == 0 && course.mode > SGW_MODE_SIGN;
}

const char *smimegw_plan_need(const struct smimegw_plan *plan, size_t index)
{
    if (plan == NULL || plan->result.fates != NULL || !sgw_plan_wants_keys(plan))
        return NULL;
    for (size_t i = 0; i < plan->recipient_count; i++)
        if (plan->recipients[i].answer == SGW_ANSWER_NEEDED && index-- == 0)
            return plan->recipients[i].key;
    return NULL;
}

int sgw_plan_find_recipient(struct smimegw_plan *plan, const char *address,
                            struct sgw_plan_recipient **ret_recipient,
                            struct smimegw_error **ret_error)
{
    struct sgw_plan_key key;
    size_t index;
    int ret = sgw_plan_check_open(plan, ret_error);
    if (ret < 0)
        return ret;
    size_t size = strnlen(address, SGW_PLAN_ADDRESS_MAX + 1);
    if (size <= SGW_PLAN_ADDRESS_MAX) {
        sgw_plan_key_make(address, size, &key);
        bool is_there = sgw_plan_find(plan, &key, &index);
        /* a source is not heard about what it was not asked */
        if (is_there && plan->is_looking_up && !plan->recipients[index].is_asked)
            return sgw_fail(ret_error, SMIMEGW_E_USAGE, "not asked for: <%s>", address);
        if (is_there) {
            *ret_recipient = &plan->recipients[index];
            return SMIMEGW_OK;
        }
    }
    return sgw_fail(ret_error, SMIMEGW_E_USAGE, "no recipient of the plan: %.320s", address);
}

void sgw_plan_put_answer(struct sgw_plan_recipient *recipient, enum sgw_answer answer,
                         struct sgw_cert_list certs, char *note)
{
    sgw_cert_list_clear(&recipient->certs);
    sgw_plan_finds_clear(&recipient->finds);
    sgw_free(recipient->note);
    recipient->answer = answer;
    recipient->certs = certs;
    recipient->note = note;
    recipient->is_vouched = false;
}

int smimegw_plan_supply(struct smimegw_plan *plan, const char *address,
                        struct smimegw_cert *const *certs, size_t count, uint32_t flags,
                        struct smimegw_error **ret_error)
{
    struct sgw_plan_recipient *recipient;
    struct sgw_cert_list list = {0};
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(address != NULL, ret_error);
    SGW_REQUIRE(certs != NULL || count == 0, ret_error);
    SGW_REQUIRE((flags & ~(uint32_t)SMIMEGW_SUPPLY_ANY_NAME) == 0, ret_error);
    if (count > SGW_ANSWER_CERTS_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %d certificates for <%s>",
                        SGW_ANSWER_CERTS_MAX, address);
    for (size_t i = 0; i < count; i++)
        SGW_REQUIRE(certs[i] != NULL, ret_error);
    int ret = sgw_plan_find_recipient(plan, address, &recipient, ret_error);
    if (ret < 0)
        return ret;
    for (size_t i = 0; ret == SMIMEGW_OK && i < count; i++)
        ret = sgw_cert_list_add(&list, certs[i]);
    if (ret < 0) {
        sgw_cert_list_clear(&list);
        return sgw_fail(ret_error, ret, "answer");
    }
    sgw_plan_put_answer(recipient, SGW_ANSWER_CERTS, list, NULL);
    recipient->is_vouched = (flags & SMIMEGW_SUPPLY_ANY_NAME) != 0;
    return SMIMEGW_OK;
}

int smimegw_plan_supply_failure(struct smimegw_plan *plan, const char *address,
                                const char *text, struct smimegw_error **ret_error)
{
    struct sgw_plan_recipient *recipient;
    char note[SGW_PLAN_NOTE_MAX + 1] = "";
    char *copy = NULL;
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(address != NULL, ret_error);
    int ret = sgw_plan_find_recipient(plan, address, &recipient, ret_error);
    if (ret < 0)
        return ret;
    if (text != NULL) {
        sgw_text_escape(text, note, sizeof(note));
        copy = sgw_strdup(note);
        if (copy == NULL)
            return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "answer");
    }
    sgw_plan_put_answer(recipient, SGW_ANSWER_FAILED, (struct sgw_cert_list){0}, copy);
    return SMIMEGW_OK;
}

/* --- sources -------------------------------------------------------------------------------
 */

/* A lookup that failed or said nothing is never "no key", which may mean clear mail. */
static void fail_rest(struct smimegw_plan *plan, const char **needs, size_t count,
                      bool has_answered)
{
    struct sgw_plan_recipient *recipient;
    for (size_t i = 0; i < count; i++) {
        if (sgw_plan_find_recipient(plan, needs[i], &recipient, NULL) < 0)
            continue;
        if (!has_answered || recipient->answer == SGW_ANSWER_NEEDED)
            sgw_plan_put_answer(recipient, SGW_ANSWER_FAILED, (struct sgw_cert_list){0}, NULL);
    }
}

void sgw_plan_ask(struct smimegw_plan *plan, const char **needs, size_t count,
                  smimegw_resolve_fn resolve, void *userdata)
{
    bool has_answered = resolve(userdata, plan, needs, count) == SMIMEGW_ANSWERED;
    fail_rest(plan, needs, count, has_answered);
}

int smimegw_plan_resolve(struct smimegw_plan *plan, smimegw_resolve_fn resolve, void *userdata,
                         struct smimegw_error **ret_error)
{
    size_t count = 0;
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(resolve != NULL, ret_error);
    int ret = sgw_plan_check_unresolved(plan, ret_error);
    if (ret < 0)
        return ret;
    if (!sgw_plan_wants_keys(plan) || plan->recipient_count == 0)
        return SMIMEGW_OK;
    const char **needs = sgw_calloc(plan->recipient_count, sizeof(*needs));
    if (needs == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "addresses to look up");
    for (size_t i = 0; i < plan->recipient_count; i++)
        if (plan->recipients[i].answer == SGW_ANSWER_NEEDED)
            needs[count++] = plan->recipients[i].key;
    plan->is_resolving = true;
    if (count > 0)
        sgw_plan_ask(plan, needs, count, resolve, userdata);
    plan->is_resolving = false;
    sgw_free(needs);
    return SMIMEGW_OK;
}

int sgw_plan_add_extra(struct smimegw_plan *plan, struct smimegw_cert *cert,
                       struct smimegw_error **ret_error)
{
    const char *note;
    int ret = sgw_plan_cert_check(plan, cert, &note, ret_error);
    if (ret < 0)
        return ret;
    if (note != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_RECIPIENT, "extra recipient (%s): %s",
                        smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT), note);
    /* there must be room for a recipient beside them */
    if ((int64_t)plan->extras.count + 1 >= plan->context.limits.recipients_out)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %lld recipients of a copy",
                        (long long)plan->context.limits.recipients_out);
    ret = sgw_cert_list_add(&plan->extras, cert);
    return ret < 0 ? sgw_fail(ret_error, ret, "extra recipient") : SMIMEGW_OK;
}

int smimegw_plan_add_extra(struct smimegw_plan *plan, struct smimegw_cert *cert,
                           struct smimegw_error **ret_error)
{
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(cert != NULL, ret_error);
    int ret = sgw_plan_check_unresolved(plan, ret_error);
    return SGW_STEP(ret, sgw_plan_add_extra(plan, cert, ret_error));
}

/* The profile's names that have no certificate yet, as far as the keyring knows them. */
static int add_extras(struct smimegw_plan *plan, const struct smimegw_keyring *keyring,
                      struct smimegw_error **ret_error)
{
    struct sgw_buf name = SGW_BUF_INIT(0);
    size_t size;
    int ret = SMIMEGW_OK;
    for (const char *at;
         (at = sgw_plan_extra_name(plan, plan->extras.count, &size)) != NULL;) {
        sgw_buf_truncate(&name, 0);
        ret = sgw_buf_append(&name, at, size);
        if (ret < 0) {
            sgw_fail(ret_error, ret, "extra recipient");
            break;
        }
        struct smimegw_cert *cert = smimegw_keyring_find(keyring, sgw_buf_text(&name), NULL);
        if (cert == NULL)
            break;
        ret = smimegw_plan_add_extra(plan, cert, ret_error);
        if (ret < 0)
            break;
    }
    sgw_buf_clear(&name);
    return ret;
}

int smimegw_plan_use_keyring(struct smimegw_plan *plan, const struct smimegw_keyring *keyring,
                             uint32_t flags, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(keyring != NULL, ret_error);
    SGW_REQUIRE((flags & ~(uint32_t)SMIMEGW_SUPPLY_REST_NONE) == 0, ret_error);
    int ret = sgw_plan_check_unresolved(plan, ret_error);
    if (ret < 0 || !sgw_plan_wants_keys(plan))
        return ret;
    ret = add_extras(plan, keyring, ret_error);
    for (size_t i = 0; ret == SMIMEGW_OK && i < plan->recipient_count; i++) {
        struct sgw_plan_recipient *recipient = &plan->recipients[i];
        if (recipient->answer != SGW_ANSWER_NEEDED)
            continue;
        struct smimegw_cert *cert =
            smimegw_keyring_lookup(keyring, recipient->key, plan->context.time);
        if (cert != NULL || (flags & SMIMEGW_SUPPLY_REST_NONE) != 0)
            ret = smimegw_plan_supply(plan, recipient->key, &cert, cert != NULL ? 1 : 0, 0,
                                      ret_error);
    }
    return ret;
}
