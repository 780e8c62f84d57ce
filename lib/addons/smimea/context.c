/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "addons/smimea/smimea_impl.h"
#include "base/alloc.h"
#include "base/error_impl.h"

/* The file of anchors is read anew after that: keys roll. */
enum { CONTEXT_MS = 3600000 };

static int set_forwarders(struct ub_ctx *context, const char *forwarders)
{
    char address[128];
    int ret = 0;
    while (ret == 0 && *(forwarders += strspn(forwarders, " ")) != '\0') {
        size_t size = strcspn(forwarders, " ");
        if (size >= sizeof(address))
            return UB_SYNTAX;
        memcpy(address, forwarders, size);
        address[size] = '\0';
        ret = ub_ctx_set_fwd(context, address);
        forwarders += size;
    }
    return ret;
}

static int set_up(struct ub_ctx *context, const struct sgw_smimea_values *values)
{
    /* libunbound would say to stderr what it tells us */
    ub_ctx_debugout(context, NULL);
    int ret = ub_ctx_async(context, 1);
    if (ret == 0)
        ret = ub_ctx_add_ta_file(context, values->trust_anchor_file);
    if (ret != 0 || values->forwarders == NULL)
        return ret;
    /* a forwarder of the same machine is the usual one */
    ret = ub_ctx_set_option(context, "do-not-query-localhost:", "no");
    return ret != 0 ? ret : set_forwarders(context, values->forwarders);
}

static int make_resolver(struct sgw_smimea_context *context,
                         const struct sgw_smimea_values *values,
                         struct smimegw_error **ret_error)
{
    context->resolver = ub_ctx_create();
    if (context->resolver == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "libunbound");
    int result = set_up(context->resolver, values);
    if (result == 0)
        return SMIMEGW_OK;
    return sgw_fail(ret_error, result == UB_NOMEM ? SMIMEGW_E_NOMEM : SMIMEGW_E_SETTING,
                    "libunbound: %s", ub_strerror(result));
}

int sgw_smimea_context_new(const struct sgw_smimea_values *values,
                           struct sgw_smimea_context **ret_context,
                           struct smimegw_error **ret_error)
{
    if (values->trust_anchor_file == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "trust-anchor-file is not set: nothing would be secure");
    struct sgw_smimea_context *context = sgw_calloc(1, sizeof(*context));
    if (context == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "libunbound");
    context->until_ms = sgw_clock_now_ms() + CONTEXT_MS;
    int ret = sgw_anchors_read(values->trust_anchor_file, &context->anchors, ret_error);
    if (ret == SMIMEGW_OK)
        ret = make_resolver(context, values, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_context = context;
    else
        sgw_smimea_context_free(context);
    return ret;
}

bool sgw_smimea_context_is_good(const struct sgw_smimea_context *context)
{
    return !context->is_broken && sgw_clock_left_ms(context->until_ms) > 0;
}

void sgw_smimea_context_free(void *userdata)
{
    struct sgw_smimea_context *context = userdata;
    if (context->resolver != NULL)
        ub_ctx_delete(context->resolver);
    sgw_anchors_clear(&context->anchors);
    sgw_free(context);
}
