/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_GATEWAY_IMPL_H
#define SGW_GATEWAY_GATEWAY_IMPL_H

#include <smimegw/gateway.h>
#include <smimegw/profile.h>

#include "base/ref.h"
#include "smime/context.h"
#include "stream/message_impl.h"

/* Values of the gateway's settings, as the table writes them. */
struct sgw_gateway_values {
    struct sgw_context context; /* time is -1 for the clock */
    char *spool_directory;
};

struct smimegw_gateway {
    struct sgw_ref ref;
    int is_frozen; /* atomic: set by the first use */
    struct sgw_gateway_values values;
    struct sgw_trust *trust;
};

struct smimegw_profile {
    struct sgw_ref ref;
    int is_frozen;
    struct sgw_protect_options options;
};

/* Freeze, and what operations work with; NULL stands for all defaults. */
int sgw_gateway_use(struct smimegw_gateway *gateway, struct sgw_context *ret_context,
                    struct smimegw_error **ret_error);
/* The spool's settings; the directory lives as long as the gateway. */
int sgw_gateway_spool(struct smimegw_gateway *gateway, struct sgw_spool_settings *ret_spool,
                      struct smimegw_error **ret_error);
int sgw_profile_use(struct smimegw_profile *profile, struct sgw_protect_options *ret_options,
                    struct smimegw_error **ret_error);

#endif
