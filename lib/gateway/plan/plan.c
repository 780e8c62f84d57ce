/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/plan/plan_impl.h"
#include "gateway/store/lookup_address.h"
#include "mime/address.h"
#include "mime/part.h"
#include "pki/cert/names.h"

/* --- the object ----------------------------------------------------------------------------
 */

static int open_plan(struct smimegw_plan *plan, struct smimegw_gateway *gateway,
                     struct smimegw_profile *profile, struct smimegw_error **ret_error)
{
    int ret = sgw_gateway_use(gateway, &plan->context, ret_error);
    ret = SGW_STEP(ret, sgw_profile_use(profile, &plan->options, ret_error));
    ret = SGW_STEP(ret, sgw_profile_rules(profile, &plan->rules, ret_error));
    ret = SGW_STEP(
        ret, sgw_plan_message_read(&plan->message, &plan->context, &plan->options, ret_error));
    ret = SGW_STEP(
        ret, sgw_plan_message_edit(&plan->message, sgw_profile_values(profile), ret_error));
    if (ret < 0)
        return ret;
    ret = sgw_index_init(&plan->keys);
    return ret < 0 ? sgw_fail(ret_error, ret, "plan") : SMIMEGW_OK;
}

int smimegw_plan_new(struct smimegw_gateway *gateway, struct smimegw_profile *profile,
                     struct smimegw_message *message, struct smimegw_plan **ret_plan,
                     struct smimegw_error **ret_error)
{
    struct sgw_source *source;
    SGW_REQUIRE(message != NULL, ret_error);
    SGW_REQUIRE(ret_plan != NULL, ret_error);
    int ret = sgw_message_source(message, &source, ret_error);
    if (ret < 0)
        return ret;
    struct smimegw_plan *plan = sgw_calloc(1, sizeof(*plan));
    if (plan == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "plan");
    plan->gateway = smimegw_gateway_ref(gateway);
    plan->profile = smimegw_profile_ref(profile);
    plan->message.source = source;
    ret = open_plan(plan, gateway, profile, ret_error);
    if (ret < 0)
        smimegw_plan_free(plan);
    else
        *ret_plan = plan;
    return ret;
}

void smimegw_plan_free(struct smimegw_plan *plan)
{
    if (plan == NULL)
        return;
    sgw_plan_result_clear(&plan->result);
    for (size_t i = 0; i < plan->recipient_count; i++) {
        sgw_free(plan->recipients[i].address);
        sgw_free(plan->recipients[i].key);
        sgw_free(plan->recipients[i].note);
        sgw_cert_list_clear(&plan->recipients[i].certs);
        sgw_plan_finds_clear(&plan->recipients[i].finds);
    }
    sgw_free(plan->recipients);
    sgw_index_clear(&plan->keys);
    sgw_cert_list_clear(&plan->extras);
    sgw_plan_message_clear(&plan->message);
    smimegw_identity_unref(plan->identity);
    smimegw_profile_unref(plan->profile);
    smimegw_gateway_unref(plan->gateway);
    sgw_free(plan);
}

int sgw_plan_check_open(const struct smimegw_plan *plan, struct smimegw_error **ret_error)
{
    if (plan->result.fates != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "plan is decided already");
    return SMIMEGW_OK;
}

int sgw_plan_check_unresolved(const struct smimegw_plan *plan,
                              struct smimegw_error **ret_error)
{
    if (plan->is_resolving)
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "plan waits for its lookup");
    return sgw_plan_check_open(plan, ret_error);
}

/* --- envelope ------------------------------------------------------------------------------
 */

/* Lookups see what a certificate could name, and nothing else (AC-141). */
void sgw_plan_key_make(const char *address, size_t size, struct sgw_plan_key *ret)
{
    struct sgw_scope_keys keys;
    ret->is_opaque = !sgw_address_keys(address, size, &keys);
    ret->size = ret->is_opaque ? size : keys.keys[0].size;
    for (size_t i = 0; i < ret->size; i++)
        ret->text[i] =
            ret->is_opaque ? (char)sgw_lower((unsigned char)address[i]) : keys.keys[0].text[i];
    ret->text[ret->size] = '\0';
}

bool sgw_plan_find(const struct smimegw_plan *plan, const struct sgw_plan_key *key,
                   size_t *ret_index)
{
    uint64_t hash = sgw_index_hash(&plan->keys, key->text, key->size);
    for (size_t at = 0; sgw_index_next(&plan->keys, hash, &at, ret_index);)
        if (strcmp(plan->recipients[*ret_index].key, key->text) == 0)
            return true;
    return false;
}

static int check_address(const char *address, struct smimegw_error **ret_error)
{
    size_t size = strnlen(address, SGW_PLAN_ADDRESS_MAX + 1);
    bool is_bad = size == 0 || size > SGW_PLAN_ADDRESS_MAX ||
                  !sgw_utf8_valid((const uint8_t *)address, size);
    for (size_t i = 0; !is_bad && i < size; i++)
        is_bad = (unsigned char)address[i] < ' ' || address[i] == 0x7f;
    if (is_bad)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE,
                        "an address is 1 to %d bytes of UTF-8 without control characters",
                        SGW_PLAN_ADDRESS_MAX);
    return SMIMEGW_OK;
}

static int add_recipient(struct smimegw_plan *plan, const char *address,
                         const struct sgw_plan_key *key)
{
    struct sgw_plan_recipient recipient = {.is_opaque = key->is_opaque};
    int ret = sgw_grow(&plan->recipients, plan->recipient_count, &plan->recipient_capacity,
                       sizeof(*plan->recipients));
    if (ret < 0)
        return ret;
    recipient.address = sgw_strdup(address);
    recipient.key = sgw_strdup(key->text);
    recipient.answer = key->is_opaque ? SGW_ANSWER_CERTS : SGW_ANSWER_NEEDED;
    ret = recipient.address == NULL || recipient.key == NULL ? SMIMEGW_E_NOMEM : SMIMEGW_OK;
    if (ret == SMIMEGW_OK)
        ret = sgw_index_add(&plan->keys, sgw_index_hash(&plan->keys, key->text, key->size),
                            plan->recipient_count);
    if (ret < 0) {
        sgw_free(recipient.address);
        sgw_free(recipient.key);
        return ret;
    }
    plan->recipients[plan->recipient_count++] = recipient;
    return SMIMEGW_OK;
}

int smimegw_plan_add_recipient(struct smimegw_plan *plan, const char *address,
                               size_t *ret_index, struct smimegw_error **ret_error)
{
    struct sgw_plan_key key;
    size_t index;
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(address != NULL, ret_error);
    int ret = sgw_plan_check_unresolved(plan, ret_error);
    if (ret == SMIMEGW_OK)
        ret = check_address(address, ret_error);
    if (ret < 0)
        return ret;
    sgw_plan_key_make(address, strlen(address), &key);
    if (!sgw_plan_find(plan, &key, &index)) {
        index = plan->recipient_count;
        if (index == SGW_PLAN_RECIPIENTS_MAX)
            return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %d recipients",
                            SGW_PLAN_RECIPIENTS_MAX);
        ret = add_recipient(plan, address, &key);
        if (ret < 0)
            return sgw_fail(ret_error, ret, "recipient");
    }
    if (ret_index != NULL)
        *ret_index = index;
    return SMIMEGW_OK;
}

int smimegw_plan_set_sender(struct smimegw_plan *plan, const char *address,
                            struct smimegw_error **ret_error)
{
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(address != NULL, ret_error);
    int ret = sgw_plan_check_unresolved(plan, ret_error);
    if (ret == SMIMEGW_OK && address[0] != '\0')
        ret = check_address(address, ret_error);
    if (ret == SMIMEGW_OK)
        plan->has_null_sender = address[0] == '\0';
    return ret;
}

int smimegw_plan_set_identity(struct smimegw_plan *plan, struct smimegw_identity *identity,
                              struct smimegw_error **ret_error)
{
    SGW_REQUIRE(plan != NULL, ret_error);
    int ret = sgw_plan_check_unresolved(plan, ret_error);
    if (ret < 0)
        return ret;
    struct smimegw_identity *old = plan->identity;
    plan->identity = identity != NULL ? smimegw_identity_ref(identity) : NULL;
    smimegw_identity_unref(old);
    return SMIMEGW_OK;
}

size_t smimegw_plan_recipient_count(const struct smimegw_plan *plan)
{
    return plan != NULL ? plan->recipient_count : 0;
}

const char *smimegw_plan_recipient(const struct smimegw_plan *plan, size_t index)
{
    return index < smimegw_plan_recipient_count(plan) ? plan->recipients[index].address : NULL;
}
