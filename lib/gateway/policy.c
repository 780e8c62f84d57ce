/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/policy_impl.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/settings.h"
#include "gateway/auth_results.h"

static const char *const smime_rules[] = {"off", "on", NULL};
static const char *const signature_rules[] = {"keep", "remove", NULL};
static const char id_name[] = "authserv-id";

#define AT(member) offsetof(struct sgw_policy_values, member)
static const struct sgw_setting settings[] = {
    {"smime", SGW_SETTING_CHOICE, AT(smime), "on", smime_rules, 0, 0,
     "on: decrypt and verify; off: deliver as it came"},
    {"signature", SGW_SETTING_CHOICE, AT(signature), "keep", signature_rules, 0, 0,
     "keep or remove the signature of a message that passed; around an encryption it always "
     "goes with it, inside one it is this one that is meant"},
    {"strict-recipients", SGW_SETTING_SWITCH, AT(is_strict_about_recipients), "no", NULL, 0, 0,
     "yes or no: encrypted mail does not pass where To and Cc name nobody whose key opened it "
     "(blind copies don't pass, then)"},
    {id_name, SGW_SETTING_TEXT, AT(authserv_id), NULL, NULL, 0, 0,
     "name of this service in Authentication-Results, a token as in mx.example.com; empty: no "
     "such field is written or removed"},
    {"remove-forged", SGW_SETTING_SWITCH, AT(removes_forged), "yes", NULL, 0, 0,
     "yes or no: remove Authentication-Results of the authserv-id that came with the message; "
     "no is for one service of several that share the name"},
    {NULL, SGW_SETTING_TEXT, 0, NULL, NULL, 0, 0, NULL},
};

int smimegw_policy_new(struct smimegw_policy **ret_policy, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_policy != NULL, ret_error);
    struct smimegw_policy *policy = sgw_calloc(1, sizeof(*policy));
    if (policy == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "policy");
    sgw_ref_init(&policy->ref);
    int ret = sgw_settings_init(settings, &policy->values, ret_error);
    if (ret < 0) {
        smimegw_policy_unref(policy);
        return ret;
    }
    *ret_policy = policy;
    return SMIMEGW_OK;
}

struct smimegw_policy *smimegw_policy_ref(struct smimegw_policy *policy)
{
    if (policy != NULL)
        sgw_ref_get(&policy->ref);
    return policy;
}

void smimegw_policy_unref(struct smimegw_policy *policy)
{
    if (policy == NULL || !sgw_ref_put(&policy->ref))
        return;
    sgw_settings_clear(settings, &policy->values);
    sgw_free(policy);
}

int smimegw_policy_set(struct smimegw_policy *policy, const char *name, const char *value,
                       struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policy != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    if (__atomic_load_n(&policy->is_frozen, __ATOMIC_ACQUIRE))
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "policy is in use and can't be changed");
    if (strcmp(name, id_name) == 0 && value != NULL && value[0] != '\0' &&
        !sgw_authserv_id_is_valid(value))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "authserv-id \"%s\" is no RFC 2045 token of at most 255 characters",
                        value);
    return sgw_settings_set(settings, &policy->values, name, value, ret_error);
}

int smimegw_policy_get(const struct smimegw_policy *policy, const char *name,
                       struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policy != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_settings_get_buffer(settings, &policy->values, name, ret_value, ret_error);
}

const char *smimegw_policy_setting(size_t index, const char **ret_default,
                                   const char **ret_meaning)
{
    return sgw_settings_list(settings, index, ret_default, ret_meaning);
}

int sgw_policy_use(struct smimegw_policy *policy, struct sgw_policy_values *ret,
                   struct smimegw_error **ret_error)
{
    if (policy == NULL) {
        memset(ret, 0, sizeof(*ret));
        return sgw_settings_init(settings, ret, ret_error);
    }
    __atomic_store_n(&policy->is_frozen, 1, __ATOMIC_RELEASE);
    *ret = policy->values;
    return SMIMEGW_OK;
}
