/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/settings.h"
#include "gateway/gateway_impl.h"

#define DEFAULT_DIRECTORY "/var/tmp"
enum { DAY = 86400 };

static const char *const sender_rules[] = {"message", "always", "never", NULL};
static const char *const revocation_rules[] = {"off", "if-available", "required", NULL};

#define AT(member) offsetof(struct sgw_gateway_values, member)
#define LIMIT(name, member, initial, lowest, highest, meaning)                                \
    {                                                                                         \
        name, SGW_SETTING_NUMBER, AT(context.limits.member), initial, NULL, lowest, highest,  \
            meaning                                                                           \
    }
static const struct sgw_setting settings[] = {
    {"time", SGW_SETTING_TIME, AT(context.time), "now", NULL, 0, 0,
     "clock for validity and signing: now, or a fixed ISO 8601 time in UTC"},
    {"signing-time-skew", SGW_SETTING_NUMBER, AT(context.skew), "86400", NULL, 0, 366 * DAY,
     "seconds that a signing time may lie in the future"},
    {"sender-check", SGW_SETTING_CHOICE, AT(context.sender_rule), "message", sender_rules, 0,
     0,
     "when the signer must be the From: message (in all but bare MIME entities), always, "
     "never"},
    {"allow-many-signers", SGW_SETTING_SWITCH, AT(context.allows_many_signers), "no", NULL, 0,
     0, "yes or no: several signers pass when all of them do and one is the From"},
    {"revocation", SGW_SETTING_CHOICE, AT(context.revocation_rule), "off", revocation_rules, 0,
     0,
     "CRLs and OCSP responses that were supplied: off; if-available: revoked ones don't pass; "
     "required: unknown ones don't either; before encrypting, too"},
    {"legacy-decrypt", SGW_SETTING_SWITCH, AT(context.allows_legacy), "no", NULL, 0, 0,
     "yes or no: decrypt 3DES, too"},
    LIMIT("message-size", message_size, "0", 0, INT64_MAX,
          "bytes of a message; 0 for no limit"),
    LIMIT("header-size", header_size, "256K", 1024, INT64_C(16777216), "bytes of one header"),
    LIMIT("header-fields", header_fields, "1000", 1, 100000, "fields of one header"),
    LIMIT("mime-depth", mime_depth, "50", 1, 1000, "nesting of MIME parts"),
    LIMIT("mime-parts", mime_parts, "1000", 1, 100000, "MIME parts of a message"),
    LIMIT("layers", layers, "5", 1, 50, "S/MIME layers of a message"),
    LIMIT("cms-overhead", cms_overhead, "4M", 4096, INT64_C(268435456),
          "bytes of a CMS object beside its content"),
    LIMIT("certificates", certificates, "256", 1, 100000, "certificates in a CMS object"),
    LIMIT("signers", signers, "16", 1, 1000, "signers of a CMS object"),
    LIMIT("recipients-read", recipients_in, "2000", 1, 1000000,
          "recipients of a CMS object that is read"),
    LIMIT("recipients-written", recipients_out, "500", 1, 100000,
          "recipients of a CMS object that is made"),
    LIMIT("private-operations", private_operations, "16", 1, 64,
          "private key operations for one encryption layer"),
    LIMIT("public-operations", public_operations, "64", 1, 100000,
          "signature checks for one message, those of certificates included"),
    LIMIT("hold-size", hold_size, "64K", 0, INT64_C(1073741824),
          "bytes of a decoded content held in memory instead of a second pass"),
    LIMIT("spool-memory", spool_memory, "1M", 0, INT64_C(1073741824),
          "bytes of a pushed message held in memory before it goes to a file"),
    {"spool-directory", SGW_SETTING_TEXT, AT(spool_directory), DEFAULT_DIRECTORY, NULL, 0, 0,
     "directory for the unlinked files of pushed messages"},
    {NULL, SGW_SETTING_TEXT, 0, NULL, NULL, 0, 0, NULL},
};

int smimegw_gateway_new(struct smimegw_gateway **ret_gateway, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_gateway != NULL, ret_error);
    struct smimegw_gateway *gateway = sgw_calloc(1, sizeof(*gateway));
    if (gateway == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "gateway");
    sgw_ref_init(&gateway->ref);
    int ret = sgw_settings_init(settings, &gateway->values, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_trust_new(&gateway->trust, ret_error);
    if (ret < 0) {
        smimegw_gateway_unref(gateway);
        return ret;
    }
    *ret_gateway = gateway;
    return SMIMEGW_OK;
}

struct smimegw_gateway *smimegw_gateway_ref(struct smimegw_gateway *gateway)
{
    if (gateway != NULL)
        sgw_ref_get(&gateway->ref);
    return gateway;
}

void smimegw_gateway_unref(struct smimegw_gateway *gateway)
{
    if (gateway == NULL || !sgw_ref_put(&gateway->ref))
        return;
    sgw_settings_clear(settings, &gateway->values);
    sgw_trust_free(gateway->trust);
    sgw_sources_clear(&gateway->sources);
    sgw_free(gateway);
}

int sgw_gateway_check_open(const struct smimegw_gateway *gateway,
                           struct smimegw_error **ret_error)
{
    if (__atomic_load_n(&gateway->is_frozen, __ATOMIC_ACQUIRE))
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "gateway is in use and can't be changed");
    return SMIMEGW_OK;
}

int smimegw_gateway_set(struct smimegw_gateway *gateway, const char *name, const char *value,
                        struct smimegw_error **ret_error)
{
    SGW_REQUIRE(gateway != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    int ret = sgw_gateway_check_open(gateway, ret_error);
    return ret < 0 ? ret
                   : sgw_settings_set(settings, &gateway->values, name, value, ret_error);
}

int smimegw_gateway_get(const struct smimegw_gateway *gateway, const char *name,
                        struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(gateway != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_settings_get_buffer(settings, &gateway->values, name, ret_value, ret_error);
}

const char *smimegw_gateway_setting(size_t index, const char **ret_default,
                                    const char **ret_meaning)
{
    return sgw_settings_list(settings, index, ret_default, ret_meaning);
}

int smimegw_gateway_add_certs(struct smimegw_gateway *gateway, int kind, const void *data,
                              size_t size, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(gateway != NULL, ret_error);
    SGW_REQUIRE(kind >= SMIMEGW_TRUST_ANCHOR && kind <= SMIMEGW_TRUST_INTERMEDIATE, ret_error);
    SGW_REQUIRE(data != NULL, ret_error);
    int ret = sgw_gateway_check_open(gateway, ret_error);
    return ret < 0 ? ret : sgw_trust_add(gateway->trust, kind, data, size, ret_error);
}

int smimegw_gateway_add_revocation(struct smimegw_gateway *gateway, const void *data,
                                   size_t size, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(gateway != NULL, ret_error);
    SGW_REQUIRE(data != NULL, ret_error);
    return sgw_trust_add_revocation(gateway->trust, data, size, ret_error);
}

/* What a new gateway has, for calls that were given none. */
static int use_defaults(struct sgw_context *ret_context, struct smimegw_error **ret_error)
{
    struct sgw_gateway_values values = {0};
    int ret = sgw_settings_init(settings, &values, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_context = values.context;
    sgw_settings_clear(settings, &values);
    return ret;
}

int sgw_gateway_use(struct smimegw_gateway *gateway, struct sgw_context *ret_context,
                    struct smimegw_error **ret_error)
{
    if (gateway != NULL) {
        __atomic_store_n(&gateway->is_frozen, 1, __ATOMIC_RELEASE);
        *ret_context = gateway->values.context;
        ret_context->trust = gateway->trust;
        ret_context->pins = gateway->sources.count > 0 ? &gateway->sources.pins : NULL;
    } else {
        int ret = use_defaults(ret_context, ret_error);
        if (ret < 0)
            return ret;
    }
    if (ret_context->time < 0)
        ret_context->time = (int64_t)time(NULL);
    return SMIMEGW_OK;
}

int sgw_gateway_spool(struct smimegw_gateway *gateway, struct sgw_spool_settings *ret_spool,
                      struct smimegw_error **ret_error)
{
    struct sgw_context context;
    int ret = sgw_gateway_use(gateway, &context, ret_error);
    if (ret < 0)
        return ret;
    *ret_spool = (struct sgw_spool_settings){
        .directory = gateway != NULL ? gateway->values.spool_directory : DEFAULT_DIRECTORY,
        .size_limit = context.limits.message_size,
        .memory_limit = context.limits.spool_memory,
    };
    return SMIMEGW_OK;
}
