/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/policies.h>
#include <smimegw/store.h>

#include "base/error_impl.h"
#include "gateway/named_set.h"
#include "gateway/policy_impl.h"

_Static_assert((int)SMIMEGW_POLICIES_REPLACE == (int)SGW_NAMED_REPLACE, "one flag");

/* The public face of a named set. */
struct smimegw_policies {
    struct sgw_named_set set;
};

static const struct sgw_named_set *set_of(const struct smimegw_policies *policies)
{
    return policies != NULL ? &policies->set : NULL;
}

int smimegw_policies_new(struct smimegw_policies **ret_policies,
                         struct smimegw_error **ret_error)
{
    struct sgw_named_set *set;
    SGW_REQUIRE(ret_policies != NULL, ret_error);
    int ret = sgw_named_set_new(&sgw_policy_kind, &set, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_policies = (void *)set;
    return ret;
}

void smimegw_policies_free(struct smimegw_policies *policies)
{
    sgw_named_set_free((struct sgw_named_set *)policies);
}

int smimegw_policies_add(struct smimegw_policies *policies, const char *name,
                         const struct smimegw_policy *policy, uint32_t flags,
                         struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policies != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(policy != NULL, ret_error);
    return sgw_named_set_add(&policies->set, name, &policy->base, flags, ret_error);
}

struct smimegw_policy *smimegw_policies_get(const struct smimegw_policies *policies,
                                            const char *name)
{
    return (void *)sgw_named_set_get(set_of(policies), name);
}

int smimegw_policies_remove(struct smimegw_policies *policies, const char *name,
                            struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policies != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    return sgw_named_set_remove(&policies->set, name, ret_error);
}

size_t smimegw_policies_count(const struct smimegw_policies *policies)
{
    return sgw_named_set_count(set_of(policies));
}

struct smimegw_policy *smimegw_policies_at(const struct smimegw_policies *policies,
                                           size_t index, const char **ret_name)
{
    return (void *)sgw_named_set_at(set_of(policies), index, ret_name);
}

size_t smimegw_policies_search(const struct smimegw_policies *policies, const char *text,
                               size_t start)
{
    return sgw_named_set_search(set_of(policies), text, start);
}

int smimegw_policies_export(const struct smimegw_policies *policies, smimegw_write_fn write,
                            void *userdata, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policies != NULL, ret_error);
    return sgw_named_set_export(&policies->set, write, userdata, ret_error);
}

int smimegw_policies_import(struct smimegw_policies *policies, const void *data, size_t size,
                            uint32_t flags, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policies != NULL, ret_error);
    return sgw_named_set_import(&policies->set, data, size, flags, ret_error);
}

int smimegw_policies_load(struct smimegw_policies *policies,
                          struct smimegw_transaction *transaction, uint32_t flags,
                          struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policies != NULL, ret_error);
    return sgw_named_set_load(&policies->set, transaction, SMIMEGW_RECORD_POLICY, flags,
                              ret_error);
}

int smimegw_policies_save(const struct smimegw_policies *policies,
                          struct smimegw_transaction *transaction,
                          struct smimegw_error **ret_error)
{
    SGW_REQUIRE(policies != NULL, ret_error);
    return sgw_named_set_save(&policies->set, transaction, SMIMEGW_RECORD_POLICY, ret_error);
}
