/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/policy_impl.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/settings.h"
#include "gateway/auth_results.h"

static const char *const smime_rules[] = {"off", "on", NULL};
static const char *const signature_rules[] = {"keep", "remove", NULL};
static const char *const header_rules[] = {"ignore", "report", "restore", "restore-unsigned",
                                           NULL};
static const char *const wrapped_rules[] = {"keep", "restore", NULL};
static const char id_name[] = "authserv-id";

#define AT(member) offsetof(struct sgw_policy_values, member)
static const struct sgw_setting settings[] = {
    {"smime", SGW_SETTING_CHOICE, AT(smime), "on", smime_rules, 0, 0,
     "on: decrypt and verify; off: deliver as it came"},
    {"signature", SGW_SETTING_CHOICE, AT(signature), "keep", signature_rules, 0, 0,
     "keep or remove the signature of a message that passed; around an encryption it always "
     "goes with it, inside one it is this one that is meant"},
    {"strict-recipients", SGW_SETTING_SWITCH, AT(is_strict_about_recipients), "no", NULL, 0, 0,
     "yes or no: encrypted mail does not pass where To and Cc, or Resent-To and Resent-Cc, "
     "name "
     "nobody whose key opened it (blind copies don't pass, then)"},
    {id_name, SGW_SETTING_TEXT, AT(authserv_id), NULL, NULL, 0, 0,
     "name of this service in Authentication-Results, a token as in mx.example.com; empty: no "
     "such field is written or removed"},
    {"remove-forged", SGW_SETTING_SWITCH, AT(removes_forged), "yes", NULL, 0, 0,
     "yes or no: remove Authentication-Results of the authserv-id that came with the message; "
     "no is for one service of several that share the name"},
    {"protected-headers", SGW_SETTING_CHOICE, AT(protected_headers), "restore", header_rules,
     0, 0,
     "RFC 9788: ignore; report: in the verdict; restore: and in what is delivered without its "
     "encryption or signature, the protected fields stand in place of those outside, where "
     "all "
     "passed and the signer is the From; restore-unsigned: and subject, comments and keywords "
     "of mail without any signature"},
    {"wrapped-message", SGW_SETTING_CHOICE, AT(wrapped_message), "keep", wrapped_rules, 0, 0,
     "a message that is all of the signed or encrypted content, as RFC 8551 wraps one to "
     "protect its header: keep (it is an attachment), or restore (where protected-headers "
     "would, deliver that message)"},
    {"harvest", SGW_SETTING_CHOICE, AT(harvests), "off", smime_rules, 0, 0,
     "on: collect the public keys of signers, for a harvester; off: don't"},
    {"harvest-on-failure", SGW_SETTING_SWITCH, AT(harvests_on_failure), "no", NULL, 0, 0,
     "yes or no: keep those whose verification failed, too, as untrusted: never used"},
    {"harvest-updated", SGW_SETTING_SWITCH, AT(harvests_updated), "no", NULL, 0, 0,
     "yes or no: a newer key of the same issuer takes the place of a harvested one"},
    {"harvest-expired", SGW_SETTING_SWITCH, AT(harvests_expired), "no", NULL, 0, 0,
     "yes or no: collect expired certificates, and those not valid yet"},
    {"harvest-self-signed", SGW_SETTING_SWITCH, AT(harvests_self_signed), "no", NULL, 0, 0,
     "yes or no: collect self-signed certificates"},
    {NULL, SGW_SETTING_TEXT, 0, NULL, NULL, 0, 0, NULL},
};

enum { ROWS = sizeof(settings) / sizeof(settings[0]) - 1 };
_Static_assert((int)ROWS <= (int)SGW_CONFIGURED_ROWS_MAX, "a bit for each row");

static int check_value(const char *name, const char *value, struct smimegw_error **ret_error)
{
    if (strcmp(name, id_name) == 0 && value[0] != '\0' && !sgw_authserv_id_is_valid(value))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "authserv-id \"%s\" is no RFC 2045 token of at most 255 characters",
                        value);
    return SMIMEGW_OK;
}

/* Settings about what is done to S/MIME, which is nothing where it is off. */
static const char *const smime_only[] = {"signature", "strict-recipients", "protected-headers",
                                         "wrapped-message", "harvest"};
/* And about harvesting. */
static const char *const harvest_only[] = {"harvest-on-failure", "harvest-updated",
                                           "harvest-expired", "harvest-self-signed"};

static int check(const struct sgw_configured *object, size_t *ret_row,
                 struct smimegw_error **ret_error)
{
    const struct smimegw_policy *policy = (const void *)object;
    for (size_t i = 0; i < sizeof(smime_only) / sizeof(smime_only[0]); i++)
        if (policy->values.smime == SGW_SMIME_OFF &&
            sgw_setting_find(settings, smime_only[i], ret_row) &&
            sgw_configured_has(object, *ret_row))
            return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                            "%s does not apply where smime is off", smime_only[i]);
    for (size_t i = 0; i < sizeof(harvest_only) / sizeof(harvest_only[0]); i++)
        if (!policy->values.harvests && sgw_setting_find(settings, harvest_only[i], ret_row) &&
            sgw_configured_has(object, *ret_row))
            return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                            "%s does not apply where harvest is off", harvest_only[i]);
    if (policy->values.authserv_id == NULL &&
        sgw_setting_find(settings, "remove-forged", ret_row) &&
        sgw_configured_has(object, *ret_row))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "remove-forged does not apply without an authserv-id");
    return SMIMEGW_OK;
}

const struct sgw_configured_kind sgw_policy_kind = {
    .noun = "policy",
    .nouns = "policies",
    .size = sizeof(struct smimegw_policy),
    .values = offsetof(struct smimegw_policy, values),
    .table = settings,
    .check_value = check_value,
    .check = check,
};

int smimegw_policy_new(struct smimegw_policy **ret_policy, struct smimegw_error **ret_error)
{
    struct sgw_configured *object;
    SGW_REQUIRE(ret_policy != NULL, ret_error);
    int ret = sgw_configured_new(&sgw_policy_kind, &object, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_policy = (void *)object;
    return ret;
}

struct smimegw_policy *smimegw_policy_ref(struct smimegw_policy *policy)
{
    sgw_configured_ref((struct sgw_configured *)policy);
    return policy;
}

void smimegw_policy_unref(struct smimegw_policy *policy)
{
    sgw_configured_unref((struct sgw_configured *)policy);
}

int smimegw_policy_copy(const struct smimegw_policy *policy,
                        struct smimegw_policy **ret_policy, struct smimegw_error **ret_error)
{
    struct sgw_configured *copy;
    SGW_REQUIRE(policy != NULL, ret_error);
    SGW_REQUIRE(ret_policy != NULL, ret_error);
    int ret = sgw_configured_copy(&policy->base, &copy, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_policy = (void *)copy;
    return ret;
}

int smimegw_policy_set(struct smimegw_policy *policy, const char *name, const char *value,
                       struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policy != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    return sgw_configured_set(&policy->base, name, value, ret_error);
}

int smimegw_policy_get(const struct smimegw_policy *policy, const char *name,
                       struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policy != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_configured_get(&policy->base, name, ret_value, ret_error);
}

int smimegw_policy_is_set(const struct smimegw_policy *policy, const char *name)
{
    return sgw_configured_is_set((const struct sgw_configured *)policy, name);
}

int smimegw_policy_check(const struct smimegw_policy *policy, struct smimegw_error **ret_error)
{
    size_t row;
    SGW_REQUIRE(policy != NULL, ret_error);
    return check(&policy->base, &row, ret_error);
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
    sgw_configured_freeze(&policy->base);
    *ret = policy->values;
    return SMIMEGW_OK;
}
