/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <smimegw/buffer.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer_impl.h"
#include "base/error_impl.h"

int smimegw_buffer_new(size_t limit, struct smimegw_buffer **ret_buffer,
                       struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_buffer != NULL, ret_error);
    struct smimegw_buffer *buffer = sgw_calloc(1, sizeof(*buffer));
    if (buffer == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "buffer");
    buffer->buf.limit = limit;
    *ret_buffer = buffer;
    return SMIMEGW_OK;
}

int smimegw_buffer_write(void *userdata, const void *data, size_t size)
{
    struct smimegw_buffer *buffer = userdata;
    if (buffer == NULL || (data == NULL && size > 0))
        return SMIMEGW_E_USAGE;
    return sgw_buf_append(&buffer->buf, data, size);
}

int smimegw_fd_write(void *userdata, const void *data, size_t size)
{
    const int *fd = userdata;
    const uint8_t *bytes = data;
    if (fd == NULL || (data == NULL && size > 0))
        return SMIMEGW_E_USAGE;
    while (size > 0) {
        ssize_t written = write(*fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return SMIMEGW_E_IO;
        bytes += written;
        size -= (size_t)written;
    }
    return SMIMEGW_OK;
}

const void *smimegw_buffer_data(const struct smimegw_buffer *buffer)
{
    return buffer != NULL ? sgw_buf_text(&buffer->buf) : "";
}

size_t smimegw_buffer_size(const struct smimegw_buffer *buffer)
{
    return buffer != NULL ? buffer->buf.size : 0;
}

void smimegw_buffer_free(struct smimegw_buffer *buffer)
{
    if (buffer == NULL)
        return;
    sgw_buf_clear(&buffer->buf);
    sgw_free(buffer);
}
