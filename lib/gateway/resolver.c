/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/sized.h"
#include "gateway/resolver_impl.h"

int smimegw_resolver_new(const struct smimegw_resolver_functions *functions, void *userdata,
                         int grade, struct smimegw_resolver **ret_resolver,
                         struct smimegw_error **ret_error)
{
    struct smimegw_resolver_functions copy;
    SGW_REQUIRE(functions != NULL, ret_error);
    SGW_REQUIRE(grade >= SMIMEGW_GRADE_HARVESTED && grade <= SMIMEGW_GRADE_ADMINISTRATOR,
                ret_error);
    SGW_REQUIRE(ret_resolver != NULL, ret_error);
    int ret = sgw_sized_copy(&copy, sizeof(copy), functions);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "the resolver has functions that are not known here");
    SGW_REQUIRE(copy.lookup != NULL, ret_error);
    struct smimegw_resolver *resolver = sgw_calloc(1, sizeof(*resolver));
    if (resolver == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "resolver");
    sgw_ref_init(&resolver->ref);
    resolver->functions = copy;
    resolver->userdata = userdata;
    resolver->grade = grade;
    *ret_resolver = resolver;
    return SMIMEGW_OK;
}

struct smimegw_resolver *smimegw_resolver_ref(struct smimegw_resolver *resolver)
{
    if (resolver != NULL)
        sgw_ref_get(&resolver->ref);
    return resolver;
}

void smimegw_resolver_unref(struct smimegw_resolver *resolver)
{
    if (resolver == NULL || !sgw_ref_put(&resolver->ref))
        return;
    if (resolver->functions.close != NULL)
        resolver->functions.close(resolver->userdata);
    sgw_free(resolver);
}
