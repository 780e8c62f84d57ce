/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "gateway/plan/plan_impl.h"
#include "mime/part.h"
#include "smime/protect.h"
#include "stream/sink.h"

/* The copies of a message that differ. */

void sgw_plan_result_clear(struct sgw_plan_result *result)
{
    for (size_t i = 0; i < result->fate_count; i++)
        sgw_free(result->fates[i].text);
    for (size_t i = 0; i < result->delivery_count; i++) {
        sgw_free(result->deliveries[i].recipients);
        sgw_free(result->deliveries[i].certs);
        sgw_free(result->deliveries[i].text);
    }
    sgw_free(result->fates);
    sgw_free(result->deliveries);
    *result = (struct sgw_plan_result){0};
}

/* --- who goes into which -------------------------------------------------------------------
 */

static bool has_cert(const struct sgw_plan_delivery *delivery, const struct smimegw_cert *cert)
{
    for (size_t i = 0; i < delivery->cert_count; i++)
        if (delivery->certs[i] == cert || sgw_cert_is_same(delivery->certs[i], cert))
            return true;
    return false;
}

/* Who can read no cipher that the others can gets a copy in one of its own. */
static bool is_fit(const struct smimegw_plan *plan, const struct sgw_plan_delivery *delivery,
                   const struct sgw_plan_fate *fate, int mode)
{
    const struct smimegw_cert *cert = fate->cert;
    if (delivery->mode != mode || delivery->is_shut)
        return false;
    if (mode <= SGW_MODE_SIGN)
        return true;
    if ((delivery->ciphers & fate->ciphers) == 0)
        return false;
    if (plan->rules.isolate_ec && delivery->is_rsa != sgw_cert_key_is_rsa(cert))
        return false;
    return (int64_t)delivery->cert_count < plan->context.limits.recipients_out ||
           has_cert(delivery, cert);
}

/* One certificate for two addresses is one RecipientInfo (AC-154). */
static int add_cert(struct sgw_plan_delivery *delivery, struct smimegw_cert *cert)
{
    if (has_cert(delivery, cert))
        return SMIMEGW_OK;
    int ret = sgw_grow(&delivery->certs, delivery->cert_count, &delivery->cert_capacity,
                       sizeof(*delivery->certs));
    if (ret == SMIMEGW_OK)
        delivery->certs[delivery->cert_count++] = cert;
    return ret;
}

static int add_delivery(const struct smimegw_plan *plan, struct sgw_plan_result *result,
                        const struct sgw_plan_delivery *delivery)
{
    int ret = sgw_grow(&result->deliveries, result->delivery_count, &result->delivery_capacity,
                       sizeof(*result->deliveries));
    if (ret < 0)
        return ret;
    struct sgw_plan_delivery *added = &result->deliveries[result->delivery_count++];
    *added = *delivery;
    for (size_t i = 0;
         ret == SMIMEGW_OK && added->mode > SGW_MODE_SIGN && i < plan->extras.count; i++) {
        struct smimegw_cert *cert = plan->extras.certs[i];
        uint32_t common = added->ciphers & sgw_plan_ciphers(plan, 0, cert);
        /* the recipient's reading comes before the archive's */
        if (common != 0)
            added->ciphers = common;
        ret = add_cert(added, cert);
    }
    return ret;
}

int sgw_plan_deliver(const struct smimegw_plan *plan, struct sgw_plan_result *result,
                     size_t recipient, int mode)
{
    struct sgw_plan_fate *fate = &result->fates[recipient];
    bool is_encrypted = mode > SGW_MODE_SIGN;
    /* what a copy is encrypted to tells who reads it */
    bool is_alone = is_encrypted && fate->is_blind && plan->rules.isolate_blind;
    struct smimegw_cert *cert = is_encrypted ? fate->cert : NULL;
    const struct sgw_plan_delivery fresh = {.mode = mode,
                                            .reason = fate->reason,
                                            .is_rsa =
                                                cert != NULL && sgw_cert_key_is_rsa(cert),
                                            .is_shut = is_alone,
                                            .ciphers = fate->ciphers};
    size_t at = is_alone ? result->delivery_count : 0;
    while (at < result->delivery_count && !is_fit(plan, &result->deliveries[at], fate, mode))
        at++;
    int ret = at == result->delivery_count ? add_delivery(plan, result, &fresh) : SMIMEGW_OK;
    if (ret < 0)
        return ret;
    struct sgw_plan_delivery *delivery = &result->deliveries[at];
    ret = sgw_grow(&delivery->recipients, delivery->recipient_count,
                   &delivery->recipient_capacity, sizeof(*delivery->recipients));
    if (ret == SMIMEGW_OK && cert != NULL)
        ret = add_cert(delivery, cert);
    if (ret < 0)
        return ret;
    delivery->ciphers &= fate->ciphers;
    delivery->recipients[delivery->recipient_count++] = recipient;
    fate->delivery = at;
    return SMIMEGW_OK;
}

/* --- what is asked of them -----------------------------------------------------------------
 */

static const struct sgw_plan_delivery *at_index(const struct smimegw_plan *plan, size_t index)
{
    return index < smimegw_plan_delivery_count(plan) ? &plan->result.deliveries[index] : NULL;
}

size_t smimegw_plan_delivery_count(const struct smimegw_plan *plan)
{
    return plan != NULL ? plan->result.delivery_count : 0;
}

const char *smimegw_plan_delivery_recipient(const struct smimegw_plan *plan, size_t delivery,
                                            size_t index)
{
    const struct sgw_plan_delivery *found = at_index(plan, delivery);
    if (found == NULL || index >= found->recipient_count)
        return NULL;
    return plan->recipients[found->recipients[index]].address;
}

uint32_t smimegw_plan_delivery_flags(const struct smimegw_plan *plan, size_t delivery)
{
    const struct sgw_plan_delivery *found = at_index(plan, delivery);
    uint32_t flags = 0;
    if (found == NULL || found->mode < 0)
        return 0;
    if (found->mode != SGW_MODE_ENCRYPT)
        flags |= SMIMEGW_DELIVERY_SIGNED;
    if (found->mode != SGW_MODE_SIGN)
        flags |= SMIMEGW_DELIVERY_ENCRYPTED;
    return flags;
}

const char *smimegw_plan_delivery_cipher(const struct smimegw_plan *plan, size_t delivery)
{
    bool is_encrypted =
        (smimegw_plan_delivery_flags(plan, delivery) & SMIMEGW_DELIVERY_ENCRYPTED) != 0;
    return is_encrypted ? sgw_option_cipher_words[sgw_plan_cipher_best(
                              plan->result.deliveries[delivery].ciphers)]
                        : "";
}

const char *smimegw_plan_delivery_text(const struct smimegw_plan *plan, size_t delivery)
{
    const struct sgw_plan_delivery *found = at_index(plan, delivery);
    return found != NULL ? found->text : "";
}

int smimegw_plan_delivery_write(struct smimegw_plan *plan, size_t delivery,
                                smimegw_write_fn write, void *userdata,
                                struct smimegw_error **ret_error)
{
    struct sgw_callback_sink sink;
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(write != NULL, ret_error);
    if (plan->result.fates == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "plan is not decided");
    const struct sgw_plan_delivery *found = at_index(plan, delivery);
    SGW_REQUIRE(found != NULL, ret_error);

    struct sgw_source *source = plan->message.source;
    struct sgw_protect_options options = plan->options;
    options.mode = found->mode;
    if (found->mode > SGW_MODE_SIGN)
        options.cipher = sgw_plan_cipher_best(found->ciphers);
    const struct sgw_parties parties = {found->mode != SGW_MODE_ENCRYPT ? plan->identity
                                                                        : NULL,
                                        found->certs, found->cert_count};
    sgw_callback_sink_init(&sink, write, userdata);
    int ret = found->mode < 0 ? sgw_source_run(source, 0, SGW_TO_END, &sink.base, ret_error)
                              : sgw_protect(&plan->context, &options, source, &parties,
                                            &sink.base, ret_error);
    sgw_callback_sink_clear(&sink);
    if (ret == SMIMEGW_OK && found->mode > SGW_MODE_SIGN)
        sgw_plan_touch(plan, found);
    return ret;
}
