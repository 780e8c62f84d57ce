/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_RECEIVE_H
#define SMIMEGW_RECEIVE_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Receive a message: decrypt and verify what its root brings, and write what is to be
 * delivered.
 *
 * On #SMIMEGW_OK a complete message was written, whatever the verdict says: all encryption
 * that opens is taken off, with the signatures around it, and the signatures inside are kept
 * or, where all of the message passed and the policy says so, removed. Where nothing opens,
 * nothing is S/MIME, layers go over the limit or the message can't be read, it is the
 * original. Header fields outside stay byte for byte; of a decrypted entity only Content-* are
 * taken over, and under the policy's `protected-headers` the fields that its writer protected
 * by RFC 9788: where the whole message passed and the signer is the From outside, they stand
 * in the place of those outside, in whatever is delivered with a layer less. With an
 * `authserv-id`, the Authentication-Results field of the verdict is on top, and those of the
 * same id that came with the message are gone; the original is the original but for these.
 *
 * Nothing but trouble of the host is an error: malformed, forged and foreign mail is a
 * verdict.
 *
 * @param gateway      (nullable) (borrowed) trust anchors, limits, policy of algorithms; NULL
 *                     for the defaults, with which nothing passes
 * @param policy       (nullable) (borrowed) what to do; NULL for the defaults
 * @param message      (borrowed) a finished message
 * @param identities   (nullable) (borrowed) whose keys to try; NULL only if @p count is 0
 * @param count        number of identities
 * @param write        receives the message to deliver
 * @param userdata     (nullable) handed to @p write
 * @param ret_verdict  (nullable) (owned) the verdict, for smimegw_verdict_unref(); set on
 *                     #SMIMEGW_OK
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO,
 *         #SMIMEGW_E_SINK or #SMIMEGW_E_CRYPTO; after a failure nothing that was written
 * counts
 * @rfc RFC 8551 section 3, RFC 2634 section 1.1, RFC 8601 section 5, RFC 9788 section 4
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_receive(struct smimegw_gateway *gateway, struct smimegw_policy *policy,
                                struct smimegw_message *message,
                                struct smimegw_identity *const *identities, size_t count,
                                smimegw_write_fn write, void *userdata,
                                struct smimegw_verdict **ret_verdict,
                                struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
