/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/profiles.h>
#include <smimegw/store.h>

#include "base/error_impl.h"
#include "gateway/gateway_impl.h"
#include "gateway/named_set.h"

_Static_assert((int)SMIMEGW_PROFILES_REPLACE == (int)SGW_NAMED_REPLACE, "one flag");

/* The public face of a named set. */
struct smimegw_profiles {
    struct sgw_named_set set;
};

static const struct sgw_named_set *set_of(const struct smimegw_profiles *profiles)
{
    return profiles != NULL ? &profiles->set : NULL;
}

int smimegw_profiles_new(struct smimegw_profiles **ret_profiles,
                         struct smimegw_error **ret_error)
{
    struct sgw_named_set *set;
    SGW_REQUIRE(ret_profiles != NULL, ret_error);
    int ret = sgw_named_set_new(&sgw_profile_kind, &set, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_profiles = (void *)set;
    return ret;
}

void smimegw_profiles_free(struct smimegw_profiles *profiles)
{
    sgw_named_set_free((struct sgw_named_set *)profiles);
}

int smimegw_profiles_add(struct smimegw_profiles *profiles, const char *name,
                         const struct smimegw_profile *profile, uint32_t flags,
                         struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profiles != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(profile != NULL, ret_error);
    return sgw_named_set_add(&profiles->set, name, &profile->base, flags, ret_error);
}

struct smimegw_profile *smimegw_profiles_get(const struct smimegw_profiles *profiles,
                                             const char *name)
{
    return (void *)sgw_named_set_get(set_of(profiles), name);
}

int smimegw_profiles_remove(struct smimegw_profiles *profiles, const char *name,
                            struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profiles != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    return sgw_named_set_remove(&profiles->set, name, ret_error);
}

size_t smimegw_profiles_count(const struct smimegw_profiles *profiles)
{
    return sgw_named_set_count(set_of(profiles));
}

struct smimegw_profile *smimegw_profiles_at(const struct smimegw_profiles *profiles,
                                            size_t index, const char **ret_name)
{
    return (void *)sgw_named_set_at(set_of(profiles), index, ret_name);
}

size_t smimegw_profiles_search(const struct smimegw_profiles *profiles, const char *text,
                               size_t start)
{
    return sgw_named_set_search(set_of(profiles), text, start);
}

int smimegw_profiles_export(const struct smimegw_profiles *profiles, smimegw_write_fn write,
                            void *userdata, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profiles != NULL, ret_error);
    return sgw_named_set_export(&profiles->set, write, userdata, ret_error);
}

int smimegw_profiles_import(struct smimegw_profiles *profiles, const void *data, size_t size,
                            uint32_t flags, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profiles != NULL, ret_error);
    return sgw_named_set_import(&profiles->set, data, size, flags, ret_error);
}

int smimegw_profiles_load(struct smimegw_profiles *profiles,
                          struct smimegw_transaction *transaction, uint32_t flags,
                          struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profiles != NULL, ret_error);
    return sgw_named_set_load(&profiles->set, transaction, SMIMEGW_RECORD_PROFILE, flags,
                              ret_error);
}

int smimegw_profiles_save(const struct smimegw_profiles *profiles,
                          struct smimegw_transaction *transaction,
                          struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profiles != NULL, ret_error);
    return sgw_named_set_save(&profiles->set, transaction, SMIMEGW_RECORD_PROFILE, ret_error);
}
