/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "addons/smimea/smimea_impl.h"
#include "base/error_impl.h"

/* libunbound reads it much later, and then says no more than that it can't. */
static int check_anchor(const char *path, struct smimegw_error **ret_error)
{
    if (path == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "trust-anchor-file is not set: nothing would be secure");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sgw_fail(ret_error, SMIMEGW_E_IO, "trust-anchor-file %.300s: %s", path,
                        strerrordesc_np(errno));
    close(fd);
    return SMIMEGW_OK;
}

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

int sgw_smimea_context_new(const struct smimegw_smimea *smimea, struct ub_ctx **ret_context,
                           struct smimegw_error **ret_error)
{
    int ret = check_anchor(smimea->values.trust_anchor_file, ret_error);
    if (ret < 0)
        return ret;
    struct ub_ctx *context = ub_ctx_create();
    if (context == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "libunbound");
    int result = set_up(context, &smimea->values);
    if (result == 0) {
        *ret_context = context;
        return SMIMEGW_OK;
    }
    ub_ctx_delete(context);
    return sgw_fail(ret_error, result == UB_NOMEM ? SMIMEGW_E_NOMEM : SMIMEGW_E_SETTING,
                    "libunbound: %s", ub_strerror(result));
}

void sgw_smimea_context_free(void *context)
{
    ub_ctx_delete(context);
}
