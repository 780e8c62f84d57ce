/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/settings.h"
#include "pki/issue/template_impl.h"

static const char *const algorithm_words[] = {"rsa", "ecdsa-with-sha256", "ed25519", NULL};
static const char *const use_words[] = {"both", "sign", "encrypt", NULL};
static const char *const fqdn_words[] = {"none", "common-name", "domains", "both", NULL};

#define TEXT(setting, member, meaning)                                                        \
    {                                                                                         \
        setting, SGW_SETTING_TEXT, offsetof(struct smimegw_template, member), NULL, NULL, 0,  \
            0, meaning                                                                        \
    }
#define CHOICE(setting, member, initial, words, meaning)                                      \
    {                                                                                         \
        setting, SGW_SETTING_CHOICE, offsetof(struct smimegw_template, member), initial,      \
            words, 0, 0, meaning                                                              \
    }

static const struct sgw_setting settings[] = {
    TEXT("common-name", common_name,
         "text up to 64 characters: whom the certificate is for, a gateway's host name as a "
         "rule; a self-signed certificate without a subject takes its first name"),
    TEXT("organization", organization, "text up to 64 characters"),
    TEXT("organizational-unit", organizational_unit, "text up to 64 characters"),
    TEXT("locality", locality, "text up to 128 characters: the city"),
    TEXT("state", state, "text up to 128 characters: state or province"),
    TEXT("country", country, "two letters of ISO 3166"),
    TEXT("domains", domains,
         "comma separated domains whose users the certificate is for; \"*.\" in front means "
         "one label more"),
    TEXT("addresses", addresses, "comma separated mail addresses that the certificate is for"),
    CHOICE("algorithm", algorithm, "rsa", algorithm_words,
           "type of a new key: rsa, ecdsa-with-sha256 (P-256) or ed25519 (can't encrypt)"),
    TEXT("key-size", key_size,
         "bits of a new RSA key, 2048 to 8192 and a multiple of 8; empty for 3072"),
    {"days", SGW_SETTING_TEXT, offsetof(struct smimegw_template, days), "365", NULL, 0, 0,
     "days that the certificate is valid, 1 to 3650"},
    CHOICE("use", use, "both", use_words, "what the key may do: both, sign or encrypt"),
    CHOICE("fqdn-check", fqdn_check, "none", fqdn_words,
           "what must be a fully qualified domain name: none, common-name, domains (as they "
           "always must) or both"),
    {.name = NULL},
};

int smimegw_template_new(struct smimegw_template **ret_template,
                         struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_template != NULL, ret_error);
    struct smimegw_template *tmpl = sgw_calloc(1, sizeof(*tmpl));
    if (tmpl == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "template");
    int ret = sgw_settings_init(settings, tmpl, ret_error);
    if (ret < 0)
        sgw_free(tmpl);
    else
        *ret_template = tmpl;
    return ret;
}

void smimegw_template_free(struct smimegw_template *tmpl)
{
    if (tmpl == NULL)
        return;
    sgw_settings_clear(settings, tmpl);
    sgw_free(tmpl);
}

int smimegw_template_set(struct smimegw_template *tmpl, const char *name, const char *value,
                         struct smimegw_error **ret_error)
{
    SGW_REQUIRE(tmpl != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    int ret = value != NULL ? sgw_template_check_field(name, value, ret_error) : SMIMEGW_OK;
    return ret < 0 ? ret : sgw_settings_set(settings, tmpl, name, value, ret_error);
}

int smimegw_template_get(const struct smimegw_template *tmpl, const char *name,
                         struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(tmpl != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_settings_get_buffer(settings, tmpl, name, ret_value, ret_error);
}

const char *smimegw_template_setting(size_t index, const char **ret_default,
                                     const char **ret_meaning)
{
    return sgw_settings_list(settings, index, ret_default, ret_meaning);
}

unsigned int sgw_template_key_size(const struct smimegw_template *tmpl)
{
    return tmpl->key_size != NULL ? (unsigned int)strtoul(tmpl->key_size, NULL, 10)
                                  : SGW_TEMPLATE_KEY_SIZE_INITIAL;
}

int64_t sgw_template_days(const struct smimegw_template *tmpl)
{
    return strtol(tmpl->days, NULL, 10);
}
