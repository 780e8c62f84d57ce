/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_MESSAGE_IMPL_H
#define SGW_STREAM_MESSAGE_IMPL_H

#include <smimegw/message.h>

#include "stream/source.h"

/* What a message needs to know of its gateway; lib/gateway fills it (the floors below do not
 * know the gateway). */
struct sgw_spool_settings {
    int64_t size_limit;
    int64_t memory_limit;
    const char *directory;
};

int sgw_message_new(const struct sgw_spool_settings *settings, struct smimegw_message **ret,
                    struct smimegw_error **ret_error);
int sgw_message_new_memory(const struct sgw_spool_settings *settings, const void *data,
                           size_t size, struct smimegw_message **ret,
                           struct smimegw_error **ret_error);
int sgw_message_new_fd(const struct sgw_spool_settings *settings, int fd, int64_t offset,
                       struct smimegw_message **ret, struct smimegw_error **ret_error);
/* The bytes of a finished message; E_STATE where it is not finished or has failed. */
int sgw_message_source(struct smimegw_message *message, struct sgw_source **ret_source,
                       struct smimegw_error **ret_error);

#endif
