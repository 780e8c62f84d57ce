/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_SMIME_H
#define SMIMEGW_SMIME_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Sign a message: multipart/signed, or application/pkcs7-mime where the profile's `sign-form`
 * is `opaque`.
 *
 * Headers other than Content-* stay outside byte for byte and in order; the content becomes a
 * 7-bit CRLF entity first. The new signature is checked before anything counts. What it does
 * not check: whether the certificate is valid or trusted.
 *
 * @param gateway    (nullable) (borrowed) limits, policy and clock; NULL for the defaults
 * @param profile    (nullable) (borrowed) how to sign; NULL for the defaults
 * @param message    (borrowed) a finished message
 * @param identity   (borrowed) signer
 * @param write      receives the signed message
 * @param userdata   (nullable) handed to @p write
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO,
 *         #SMIMEGW_E_SINK, #SMIMEGW_E_RANDOM, #SMIMEGW_E_CRYPTO, #SMIMEGW_E_SYNTAX,
 *         #SMIMEGW_E_LIMIT, #SMIMEGW_E_KEY (the certificate may not sign, is not valid by the
 *         gateway's clock, or the key can't do what the profile asks) or #SMIMEGW_E_SENDER
 *         (From is not in the certificate's scope)
 * @rfc RFC 8551 section 3.5
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_sign(struct smimegw_gateway *gateway, struct smimegw_profile *profile,
                             struct smimegw_message *message,
                             struct smimegw_identity *identity, smimegw_write_fn write,
                             void *userdata, struct smimegw_error **ret_error);

/**
 * Encrypt a message for recipients: AuthEnvelopedData with a GCM cipher, else EnvelopedData.
 *
 * Every recipient can read the message and see who the others are: give blind recipients
 * copies of their own. What it does not check: validity and trust of the certificates.
 *
 * @param gateway     (nullable) (borrowed) limits, policy and clock; NULL for the defaults
 * @param profile     (nullable) (borrowed) how to encrypt; NULL for the defaults
 * @param message     (borrowed) a finished message
 * @param recipients  (borrowed) certificates, at least 1
 * @param count       number of certificates
 * @param write       receives the encrypted message
 * @param userdata    (nullable) handed to @p write
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return as smimegw_sign(), and #SMIMEGW_E_RECIPIENT (a certificate can't be encrypted to,
 * was revoked or is denied; the detail says which and why) or #SMIMEGW_E_REVOCATION
 *         (temporary: the setting "revocation" requires to know, and nothing was supplied)
 * @rfc RFC 8551 sections 3.3 and 3.4
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_encrypt(struct smimegw_gateway *gateway,
                                struct smimegw_profile *profile,
                                struct smimegw_message *message,
                                struct smimegw_cert *const *recipients, size_t count,
                                smimegw_write_fn write, void *userdata,
                                struct smimegw_error **ret_error);

/**
 * Do what the profile's `mode` says: sign, encrypt, sign-encrypt, or triple (sign, encrypt,
 * sign).
 *
 * What the profile says about the header (`bcc-field`, `subject-trigger`) is done first, as in
 * smimegw_sign() and smimegw_encrypt().
 *
 * @param gateway     (nullable) (borrowed) limits, policy and clock; NULL for the defaults
 * @param profile     (nullable) (borrowed) the profile; NULL for the defaults (mode sign)
 * @param message     (borrowed) a finished message
 * @param identity    (nullable) (borrowed) signer; NULL only where the mode does not sign
 * @param recipients  (nullable) (borrowed) certificates; NULL only where the mode does not
 *                    encrypt
 * @param count       number of certificates
 * @param write       receives the result
 * @param userdata    (nullable) handed to @p write
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return as smimegw_sign() and smimegw_encrypt()
 * @rfc RFC 8551 section 3.7, RFC 2634 section 1.1
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int
smimegw_protect(struct smimegw_gateway *gateway, struct smimegw_profile *profile,
                struct smimegw_message *message, struct smimegw_identity *identity,
                struct smimegw_cert *const *recipients, size_t count, smimegw_write_fn write,
                void *userdata, struct smimegw_error **ret_error);

/**
 * Verify a signed message, and the signed message inside it, as deep as signatures go.
 *
 * When the outcome is pass, @p write gets the message without its signatures: the outer
 * headers, with the Content-* headers of the signed entity. On any other outcome it gets
 * nothing. A bad signature is a result (#SMIMEGW_OK with a verdict), not an error.
 *
 * @param gateway      (nullable) (borrowed) trust anchors, limits, policy; without anchors
 *                     nothing passes
 * @param message      (borrowed) a finished message
 * @param write        (nullable) receives the verified message; NULL to judge only
 * @param userdata     (nullable) handed to @p write
 * @param ret_verdict  (owned) the verdict, for smimegw_verdict_unref(); set on #SMIMEGW_OK
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO,
 *         #SMIMEGW_E_SINK, #SMIMEGW_E_CRYPTO, #SMIMEGW_E_SYNTAX or #SMIMEGW_E_LIMIT (of the
 *         message's own header or MIME structure), or #SMIMEGW_E_NOT_SMIME (not signed, or
 *         encrypted)
 * @rfc RFC 8551 section 3.5, RFC 8550, RFC 5652 section 5
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_verify(struct smimegw_gateway *gateway,
                               struct smimegw_message *message, smimegw_write_fn write,
                               void *userdata, struct smimegw_verdict **ret_verdict,
                               struct smimegw_error **ret_error);

/**
 * Decrypt a message: signatures around the encryption are judged and removed with it, the
 * signed message inside is judged and left as it is.
 *
 * Nothing is written before the tag, or the padding, of every encryption was found right. The
 * verdict tells about all layers; whether its outcome is asked for is the caller's decision.
 *
 * @param gateway      (nullable) (borrowed) trust anchors, limits, policy; NULL for the
 *                     defaults
 * @param message      (borrowed) a finished message
 * @param identities   (borrowed) whose keys to try, at least 1
 * @param count        number of identities
 * @param write        (nullable) receives the decrypted message; NULL to judge only
 * @param userdata     (nullable) handed to @p write
 * @param ret_verdict  (nullable) (owned) the verdict, for smimegw_verdict_unref(); set on
 *                     #SMIMEGW_OK
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO,
 *         #SMIMEGW_E_SINK, #SMIMEGW_E_CRYPTO, #SMIMEGW_E_SYNTAX, #SMIMEGW_E_LIMIT,
 *         #SMIMEGW_E_NOT_SMIME (not encrypted), #SMIMEGW_E_UNSUPPORTED, #SMIMEGW_E_NO_KEY or
 *         #SMIMEGW_E_DECRYPT
 * @rfc RFC 8551 sections 3.3 and 3.4, RFC 3218
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_decrypt(struct smimegw_gateway *gateway,
                                struct smimegw_message *message,
                                struct smimegw_identity *const *identities, size_t count,
                                smimegw_write_fn write, void *userdata,
                                struct smimegw_verdict **ret_verdict,
                                struct smimegw_error **ret_error);

/**
 * Look into a message: layers, signers, recipients, algorithms and MIME parts, as JSON.
 *
 * Layers are opened as far as the identities go; a message that is malformed or can't be
 * decrypted is described as far as it was read. Nothing is written anywhere.
 *
 * @param gateway     (nullable) (borrowed) trust anchors, limits, policy; NULL for the
 *                    defaults
 * @param message     (borrowed) a finished message
 * @param identities  (nullable) (borrowed) whose keys to try; NULL if @p count is 0
 * @param count       number of identities
 * @param ret_json    (owned) the document; doc/guide.md lists its members
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_IO
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_inspect(struct smimegw_gateway *gateway,
                                struct smimegw_message *message,
                                struct smimegw_identity *const *identities, size_t count,
                                struct smimegw_buffer **ret_json,
                                struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
