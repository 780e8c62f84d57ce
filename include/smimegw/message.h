/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_MESSAGE_H
#define SMIMEGW_MESSAGE_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Make an empty message that is pushed in with smimegw_message_write().
 *
 * Bytes stay in memory up to the gateway's `spool-memory`, then go to an unlinked file of mode
 * 0600 in its `spool-directory`. A message is an RFC 5322 message or a bare MIME entity; it
 * may be read by any number of operations, one after the other. What it does not check:
 * anything; that is for the operations.
 *
 * @param gateway      (nullable) (borrowed) limits and spool settings; NULL for the defaults
 * @param ret_message  (owned) the message, for smimegw_message_free()
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_message_new(struct smimegw_gateway *gateway,
                                    struct smimegw_message **ret_message,
                                    struct smimegw_error **ret_error);

/**
 * Make a finished message over bytes that stay where they are.
 *
 * @param gateway      (nullable) (borrowed) limits; NULL for the defaults
 * @param data         (borrowed) the whole message; must stay, unchanged, until the message is
 *                     freed; NULL only if @p size is 0
 * @param size         number of bytes
 * @param ret_message  (owned) the message, for smimegw_message_free()
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_LIMIT
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_message_new_memory(struct smimegw_gateway *gateway, const void *data,
                                           size_t size, struct smimegw_message **ret_message,
                                           struct smimegw_error **ret_error);

/**
 * Make a finished message over a regular file, from @p offset to its end.
 *
 * Read with pread(2): the descriptor's position neither matters nor moves.
 *
 * @param gateway      (nullable) (borrowed) limits; NULL for the defaults
 * @param fd           (borrowed) descriptor open for reading; must stay open, and the file
 *                     unchanged, until the message is freed
 * @param offset       first byte of the message, at least 0
 * @param ret_message  (owned) the message, for smimegw_message_free()
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO (also where the file
 *         is no regular file) or #SMIMEGW_E_LIMIT
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_message_new_fd(struct smimegw_gateway *gateway, int fd, int64_t offset,
                                       struct smimegw_message **ret_message,
                                       struct smimegw_error **ret_error);

/**
 * Feed the next bytes of a message; all of them are taken or the message has failed.
 *
 * @param message    the message, made by smimegw_message_new() and not finished
 * @param data       (borrowed) bytes, split anywhere; NULL only if @p size is 0
 * @param size       number of bytes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO or
 *         #SMIMEGW_E_LIMIT; failure is sticky
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_message_write(struct smimegw_message *message, const void *data,
                                      size_t size, struct smimegw_error **ret_error);

/**
 * Say that a message is complete; from now on operations read it.
 *
 * @param message    the message, made by smimegw_message_new()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_STATE (has failed before, or is
 *         finished)
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_message_finish(struct smimegw_message *message,
                                       struct smimegw_error **ret_error);

/**
 * Size of a message so far.
 *
 * @param message  (nullable) the message
 * @return bytes; 0 for NULL
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int64_t smimegw_message_size(const struct smimegw_message *message);

/**
 * Write bytes of a finished message as they are.
 *
 * @param message    (borrowed) the message
 * @param offset     first byte, at least 0
 * @param size       number of bytes, at least 0; past the end of the message means the end
 * @param write      receives them
 * @param userdata   (nullable) handed to @p write
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE, #SMIMEGW_E_IO or #SMIMEGW_E_SINK
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_message_copy(struct smimegw_message *message, int64_t offset,
                                     int64_t size, smimegw_write_fn write, void *userdata,
                                     struct smimegw_error **ret_error);

/**
 * Free a message; spooled bytes are wiped from memory, the unlinked file is closed.
 *
 * @param message  (nullable) (consumed) the message
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API void smimegw_message_free(struct smimegw_message *message);

SMIMEGW_END_DECLS

#endif
