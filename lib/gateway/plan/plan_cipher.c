/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error_impl.h"
#include "cms/capabilities.h"
#include "gateway/plan/plan_impl.h"

/* The content cipher of a delivery, from what its readers announce [RFC8551-2.7.1]. */

/* A profile that was not checked may have its range upside down: the stronger end counts. */
static uint32_t range_of(const struct smimegw_plan *plan)
{
    int highest = plan->options.cipher;
    int lowest = plan->rules.uses_capabilities ? plan->rules.lowest_cipher : highest;
    uint32_t range = UINT32_C(1) << (lowest > highest ? lowest : highest);
    for (int i = lowest; i < highest; i++)
        range |= UINT32_C(1) << i;
    return range;
}

uint32_t sgw_plan_ciphers(const struct smimegw_plan *plan, uint32_t announced,
                          const struct smimegw_cert *cert)
{
    uint32_t range = range_of(plan);
    uint32_t ciphers = 0;
    if (!plan->rules.uses_capabilities)
        return range;
    if (announced == 0)
        announced = sgw_capabilities_of_cert(cert);
    for (int i = 0; sgw_option_cipher_words[i] != NULL; i++)
        if ((announced >> sgw_option_ciphers[i] & 1) != 0)
            ciphers |= UINT32_C(1) << i;
    /* weak ones only, or what is not known here: they bring nothing down (AC-162) */
    return (ciphers & range) != 0 ? ciphers & range : range;
}

int sgw_plan_cipher_best(uint32_t ciphers)
{
    return 31 - __builtin_clz(ciphers);
}

int smimegw_plan_supply_capabilities(struct smimegw_plan *plan, const char *address,
                                     const void *capabilities, size_t size,
                                     struct smimegw_error **ret_error)
{
    struct sgw_plan_recipient *recipient;
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(address != NULL, ret_error);
    SGW_REQUIRE(capabilities != NULL || size == 0, ret_error);
    int ret = sgw_plan_find_recipient(plan, address, &recipient, ret_error);
    if (ret == SMIMEGW_OK)
        recipient->ciphers = sgw_capabilities_read(capabilities, size);
    return ret;
}
