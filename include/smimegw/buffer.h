/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_BUFFER_H
#define SMIMEGW_BUFFER_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Make an empty buffer: bytes that this library hands out, or a sink in memory.
 *
 * The contents are wiped when it is freed.
 *
 * @param limit       most bytes it may ever hold; 0 for no limit but memory
 * @param ret_buffer  (owned) the buffer, for smimegw_buffer_free()
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_buffer_new(size_t limit, struct smimegw_buffer **ret_buffer,
                                   struct smimegw_error **ret_error);

/**
 * Append bytes to a buffer: a ready-made #smimegw_write_fn, with the buffer as @p userdata.
 *
 * @param userdata  (borrowed) a struct smimegw_buffer
 * @param data      (borrowed) bytes; NULL only if @p size is 0
 * @param size      number of bytes
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_LIMIT or #SMIMEGW_E_NOMEM; the buffer is
 *         unchanged on failure
 * @thread owner of the buffer
 * @since 0.1
 */
SMIMEGW_API int smimegw_buffer_write(void *userdata, const void *data, size_t size);

/**
 * Write bytes to a file descriptor: a ready-made #smimegw_write_fn.
 *
 * Goes on after short writes and EINTR.
 *
 * @param userdata  (borrowed) points to an int that holds the descriptor
 * @param data      (borrowed) bytes; NULL only if @p size is 0
 * @param size      number of bytes
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_IO
 * @thread any that may write to the descriptor
 * @since 0.1
 */
SMIMEGW_API int smimegw_fd_write(void *userdata, const void *data, size_t size);

/**
 * Bytes in a buffer.
 *
 * @param buffer  (nullable) the buffer
 * @return (borrowed) the bytes, followed by one NUL that does not count; valid until the
 *         buffer is written to or freed; "" for NULL
 * @thread owner of @p buffer
 * @since 0.1
 */
SMIMEGW_API const void *smimegw_buffer_data(const struct smimegw_buffer *buffer);

/**
 * Number of bytes in a buffer.
 *
 * @param buffer  (nullable) the buffer
 * @return bytes; 0 for NULL
 * @thread owner of @p buffer
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_buffer_size(const struct smimegw_buffer *buffer);

/**
 * Wipe and free a buffer.
 *
 * @param buffer  (nullable) (consumed) the buffer
 * @thread owner of @p buffer
 * @since 0.1
 */
SMIMEGW_API void smimegw_buffer_free(struct smimegw_buffer *buffer);

SMIMEGW_END_DECLS

#endif
