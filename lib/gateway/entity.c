/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/smimegw.h>

#include "base/buffer_impl.h"
#include "base/error_impl.h"
#include "gateway/gateway_impl.h"
#include "gateway/header_edit.h"
#include "smime/protect.h"
#include "smime/unwrap.h"
#include "stream/sink.h"

const char *smimegw_version(void)
{
    return SMIMEGW_VERSION;
}

/* --- messages: a gateway's settings around the spool ---------------------------------------
 */

int smimegw_message_new(struct smimegw_gateway *gateway, struct smimegw_message **ret_message,
                        struct smimegw_error **ret_error)
{
    struct sgw_spool_settings spool;
    SGW_REQUIRE(ret_message != NULL, ret_error);
    int ret = sgw_gateway_spool(gateway, &spool, ret_error);
    return ret < 0 ? ret : sgw_message_new(&spool, ret_message, ret_error);
}

int smimegw_message_new_memory(struct smimegw_gateway *gateway, const void *data, size_t size,
                               struct smimegw_message **ret_message,
                               struct smimegw_error **ret_error)
{
    struct sgw_spool_settings spool;
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE(ret_message != NULL, ret_error);
    int ret = sgw_gateway_spool(gateway, &spool, ret_error);
    return ret < 0 ? ret : sgw_message_new_memory(&spool, data, size, ret_message, ret_error);
}

int smimegw_message_new_fd(struct smimegw_gateway *gateway, int fd, int64_t offset,
                           struct smimegw_message **ret_message,
                           struct smimegw_error **ret_error)
{
    struct sgw_spool_settings spool;
    SGW_REQUIRE(fd >= 0, ret_error);
    SGW_REQUIRE(offset >= 0, ret_error);
    SGW_REQUIRE(ret_message != NULL, ret_error);
    int ret = sgw_gateway_spool(gateway, &spool, ret_error);
    return ret < 0 ? ret : sgw_message_new_fd(&spool, fd, offset, ret_message, ret_error);
}

/* --- outgoing ------------------------------------------------------------------------------
 */

/* What all outgoing calls are handed. */
struct outgoing {
    struct smimegw_gateway *gateway;
    struct smimegw_profile *profile;
    struct smimegw_message *message;
    struct sgw_parties parties;
    smimegw_write_fn write;
    void *userdata;
};

/* The message with its header as the profile wants it; edited is cleared by the caller. */
static int edit(const struct outgoing *call, const struct sgw_context *context,
                struct sgw_edited_source *edited, struct sgw_source **source,
                struct smimegw_error **ret_error)
{
    struct sgw_mime mime;
    const struct sgw_profile_values *values = sgw_profile_values(call->profile);
    if (!sgw_header_edit_is_asked(values))
        return SMIMEGW_OK;
    int ret =
        sgw_mime_scan(*source, &context->limits, SGW_SCAN_SHALLOW, NULL, &mime, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_header_edit(&mime.header, values, edited, source, ret_error);
    sgw_mime_clear(&mime);
    return ret;
}

/* Parties that a mode needs must be there; the settings say which mode unless one is given. */
static int protect(const struct outgoing *call, int mode, struct smimegw_error **ret_error)
{
    struct sgw_context context;
    struct sgw_protect_options options;
    struct sgw_source *source;
    struct sgw_edited_source edited = {0};
    struct sgw_callback_sink sink;
    SGW_REQUIRE(call->message != NULL, ret_error);
    SGW_REQUIRE(call->write != NULL, ret_error);
    int ret = sgw_profile_use(call->profile, &options, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_message_source(call->message, &source, ret_error);
    if (ret < 0)
        return ret;
    if (mode >= 0)
        options.mode = mode;
    if (options.mode != SGW_MODE_ENCRYPT && call->parties.identity == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE,
                        "the mode signs, and there is no identity");
    if (options.mode != SGW_MODE_SIGN && call->parties.recipient_count == 0)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE,
                        "the mode encrypts, and there is no recipient");
    ret = sgw_gateway_use(call->gateway, &context, ret_error);
    if (ret < 0)
        return ret;
    sgw_callback_sink_init(&sink, call->write, call->userdata);
    ret = edit(call, &context, &edited, &source, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_protect(&context, &options, source, &call->parties, &sink.base, ret_error);
    sgw_callback_sink_clear(&sink);
    sgw_edited_source_clear(&edited);
    return ret;
}

static int check_recipients(struct smimegw_cert *const *recipients, size_t count,
                            struct smimegw_error **ret_error)
{
    SGW_REQUIRE(recipients != NULL || count == 0, ret_error);
    for (size_t i = 0; i < count; i++)
        SGW_REQUIRE(recipients[i] != NULL, ret_error);
    return SMIMEGW_OK;
}

int smimegw_sign(struct smimegw_gateway *gateway, struct smimegw_profile *profile,
                 struct smimegw_message *message, struct smimegw_identity *identity,
                 smimegw_write_fn write, void *userdata, struct smimegw_error **ret_error)
{
    const struct outgoing call = {gateway, profile, message, {identity, NULL, 0},
                                  write,   userdata};
    SGW_REQUIRE(identity != NULL, ret_error);
    return protect(&call, SGW_MODE_SIGN, ret_error);
}

int smimegw_encrypt(struct smimegw_gateway *gateway, struct smimegw_profile *profile,
                    struct smimegw_message *message, struct smimegw_cert *const *recipients,
                    size_t count, smimegw_write_fn write, void *userdata,
                    struct smimegw_error **ret_error)
{
    const struct outgoing call = {gateway, profile, message, {NULL, recipients, count},
                                  write,   userdata};
    int ret = check_recipients(recipients, count, ret_error);
    return ret < 0 ? ret : protect(&call, SGW_MODE_ENCRYPT, ret_error);
}

int smimegw_protect(struct smimegw_gateway *gateway, struct smimegw_profile *profile,
                    struct smimegw_message *message, struct smimegw_identity *identity,
                    struct smimegw_cert *const *recipients, size_t count,
                    smimegw_write_fn write, void *userdata, struct smimegw_error **ret_error)
{
    const struct outgoing call = {gateway, profile, message, {identity, recipients, count},
                                  write,   userdata};
    int ret = check_recipients(recipients, count, ret_error);
    return ret < 0 ? ret : protect(&call, -1, ret_error);
}

/* --- incoming ------------------------------------------------------------------------------
 */

static int check_identities(struct smimegw_identity *const *identities, size_t count,
                            struct smimegw_error **ret_error)
{
    SGW_REQUIRE(identities != NULL || count == 0, ret_error);
    for (size_t i = 0; i < count; i++)
        SGW_REQUIRE(identities[i] != NULL, ret_error);
    return SMIMEGW_OK;
}

int smimegw_verify(struct smimegw_gateway *gateway, struct smimegw_message *message,
                   smimegw_write_fn write, void *userdata,
                   struct smimegw_verdict **ret_verdict, struct smimegw_error **ret_error)
{
    struct sgw_context context;
    struct sgw_source *source;
    struct sgw_callback_sink sink;
    SGW_REQUIRE(message != NULL, ret_error);
    SGW_REQUIRE(ret_verdict != NULL, ret_error);
    int ret = sgw_message_source(message, &source, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_gateway_use(gateway, &context, ret_error);
    if (ret < 0)
        return ret;
    sgw_callback_sink_init(&sink, write, userdata);
    ret = sgw_verify(&context, source, write != NULL ? &sink.base : NULL, ret_verdict,
                     ret_error);
    sgw_callback_sink_clear(&sink);
    return ret;
}

int smimegw_decrypt(struct smimegw_gateway *gateway, struct smimegw_message *message,
                    struct smimegw_identity *const *identities, size_t count,
                    smimegw_write_fn write, void *userdata,
                    struct smimegw_verdict **ret_verdict, struct smimegw_error **ret_error)
{
    struct sgw_context context;
    struct sgw_source *source;
    struct sgw_callback_sink sink;
    SGW_REQUIRE(message != NULL, ret_error);
    SGW_REQUIRE(count > 0, ret_error);
    int ret = check_identities(identities, count, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_message_source(message, &source, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_gateway_use(gateway, &context, ret_error);
    if (ret < 0)
        return ret;
    sgw_callback_sink_init(&sink, write, userdata);
    ret = sgw_decrypt(&context, source, identities, count, write != NULL ? &sink.base : NULL,
                      ret_verdict, ret_error);
    sgw_callback_sink_clear(&sink);
    return ret;
}

int smimegw_inspect(struct smimegw_gateway *gateway, struct smimegw_message *message,
                    struct smimegw_identity *const *identities, size_t count,
                    struct smimegw_buffer **ret_json, struct smimegw_error **ret_error)
{
    struct sgw_context context;
    struct sgw_source *source;
    struct smimegw_buffer *json;
    SGW_REQUIRE(message != NULL, ret_error);
    SGW_REQUIRE(ret_json != NULL, ret_error);
    int ret = check_identities(identities, count, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_message_source(message, &source, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_gateway_use(gateway, &context, ret_error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_buffer_new(0, &json, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_inspect(&context, source, identities, count, &json->buf, ret_error);
    if (ret < 0) {
        smimegw_buffer_free(json);
        return ret;
    }
    *ret_json = json;
    return SMIMEGW_OK;
}
