/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>

#include "addons/smimea/smimea_impl.h"
#include "base/alloc.h"
#include "base/error_impl.h"

/* In the order of enum sgw_smimea_unsigned. */
static const char *const words[] = {"none", "fail", NULL};

#define PLACE(member) .offset = offsetof(struct sgw_smimea_values, member)

static const struct sgw_setting settings[] = {
    {.name = "trust-anchor-file",
     .type = SGW_SETTING_TEXT,
     PLACE(trust_anchor_file),
     .meaning = "file with DS or DNSKEY records, as /usr/share/dns/root.key; it must be set"},
    {.name = "forwarders",
     .type = SGW_SETTING_TEXT,
     PLACE(forwarders),
     .meaning = "name servers to ask, as 192.0.2.1 or 192.0.2.1@5353, blanks between; empty: "
                "the domains' own, from the root on"},
    {.name = "insecure",
     .type = SGW_SETTING_CHOICE,
     .words = words,
     PLACE(insecure),
     .initial = "none",
     .meaning = "none or fail: what it means that a domain is not signed; its records never "
                "count"},
    {.name = "hash-only",
     .type = SGW_SETTING_CHOICE,
     .words = words,
     PLACE(hash_only),
     .initial = "fail",
     .meaning = "none or fail: what records mean that name a certificate by hash or key, and "
                "do not hold it"},
    {.name = "timeout-ms",
     .type = SGW_SETTING_NUMBER,
     .lowest = 1,
     .highest = 600000,
     PLACE(timeout_ms),
     .initial = "10000",
     .meaning = "milliseconds for an address until its lookup has failed"},
    SGW_DIRECTORY_SETTINGS(struct sgw_smimea_values, directory),
    {0},
};

int smimegw_smimea_new(struct smimegw_smimea **ret_smimea, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_smimea != NULL, ret_error);
    struct smimegw_smimea *smimea = sgw_calloc(1, sizeof(*smimea));
    if (smimea == NULL ||
        sgw_directory_init(&smimea->directory, sgw_smimea_context_free) < 0) {
        sgw_free(smimea);
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "DNS directory");
    }
    int ret = sgw_settings_init(settings, &smimea->values, ret_error);
    if (ret < 0)
        smimegw_smimea_unref(smimea);
    else
        *ret_smimea = smimea;
    return ret;
}

struct smimegw_smimea *smimegw_smimea_ref(struct smimegw_smimea *smimea)
{
    if (smimea != NULL)
        sgw_ref_get(&smimea->directory.ref);
    return smimea;
}

void smimegw_smimea_unref(struct smimegw_smimea *smimea)
{
    if (smimea == NULL || !sgw_ref_put(&smimea->directory.ref))
        return;
    sgw_directory_clear(&smimea->directory);
    sgw_settings_clear(settings, &smimea->values);
    sgw_free(smimea);
}

int smimegw_smimea_set(struct smimegw_smimea *smimea, const char *name, const char *value,
                       struct smimegw_error **ret_error)
{
    SGW_REQUIRE(smimea != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    int ret = sgw_directory_check_open(&smimea->directory, ret_error);
    return ret < 0 ? ret : sgw_settings_set(settings, &smimea->values, name, value, ret_error);
}

int smimegw_smimea_get(const struct smimegw_smimea *smimea, const char *name,
                       struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(smimea != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_settings_get_buffer(settings, &smimea->values, name, ret_value, ret_error);
}

const char *smimegw_smimea_setting(size_t index, const char **ret_default,
                                   const char **ret_meaning)
{
    return sgw_settings_list(settings, index, ret_default, ret_meaning);
}
