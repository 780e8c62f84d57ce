/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_VERDICT_H
#define SMIMEGW_VERDICT_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/** Outcome of a check, in the words of RFC 7281 section 3.1; anything but PASS is no pass. */
enum smimegw_outcome {
    SMIMEGW_OUTCOME_NONE = 0,      /**< not checked, or nothing there to check */
    SMIMEGW_OUTCOME_PASS = 1,      /**< everything this library checks was found right */
    SMIMEGW_OUTCOME_FAIL = 2,      /**< a digest or signature is wrong */
    SMIMEGW_OUTCOME_POLICY = 3,    /**< cryptographically right, not acceptable */
    SMIMEGW_OUTCOME_NEUTRAL = 4,   /**< nothing can be said */
    SMIMEGW_OUTCOME_TEMPERROR = 5, /**< a later try may do better */
    SMIMEGW_OUTCOME_PERMERROR = 6  /**< malformed, ambiguous or over a limit */
};

/** Why an outcome is what it is; the first reason in the order of the checks. */
enum smimegw_reason {
    SMIMEGW_REASON_NOT_CHECKED = 0,       /**< not checked */
    SMIMEGW_REASON_OK = 1,                /**< all checks passed */
    SMIMEGW_REASON_NO_SIGNERS = 10,       /**< signed data without a signature */
    SMIMEGW_REASON_SIGNER_NOT_FOUND = 11, /**< the signer's certificate is not there */
    SMIMEGW_REASON_SIGNER_AMBIGUOUS = 12, /**< several certificates answer to the signer id */
    SMIMEGW_REASON_MANY_SIGNERS = 13,     /**< more signers than the policy takes */
    SMIMEGW_REASON_ATTRIBUTES_MISSING = 20, /**< no signed attributes */
    SMIMEGW_REASON_ATTRIBUTES_INVALID = 21, /**< not DER, incomplete, doubled, wrong */
    SMIMEGW_REASON_CONTENT_TYPE = 22,       /**< content type is not id-data */
    SMIMEGW_REASON_CERT_HASH = 23,         /**< signingCertificate names another certificate */
    SMIMEGW_REASON_SIGNING_TIME = 24,      /**< signed in the future */
    SMIMEGW_REASON_DIGEST_MISMATCH = 30,   /**< the content was changed */
    SMIMEGW_REASON_SIGNATURE_INVALID = 31, /**< the signature does not fit the key */
    SMIMEGW_REASON_ALGORITHM_MISMATCH = 32, /**< the signer's algorithm fields contradict */
    SMIMEGW_REASON_ALGORITHM_WEAK = 33,     /**< MD5, SHA-1 and the like */
    SMIMEGW_REASON_ALGORITHM_UNKNOWN = 34,  /**< an algorithm this library does not know */
    SMIMEGW_REASON_KEY_WEAK = 35,           /**< key too small, too large or ill-formed */
    SMIMEGW_REASON_CERT_UNTRUSTED = 40,     /**< no path to a trust anchor */
    SMIMEGW_REASON_CERT_EXPIRED = 41,       /**< a certificate of the path has expired */
    SMIMEGW_REASON_CERT_NOT_YET = 42,       /**< a certificate of the path is not valid yet */
    SMIMEGW_REASON_CERT_KEY_USAGE = 43,     /**< key usage forbids signing */
    SMIMEGW_REASON_CERT_PURPOSE = 44,       /**< extended key usage forbids e-mail */
    SMIMEGW_REASON_CERT_INVALID = 45,       /**< a certificate of the path breaks RFC 5280 */
    SMIMEGW_REASON_CERT_REVOKED = 46,       /**< revoked */
    SMIMEGW_REASON_CERT_REVOCATION_UNKNOWN = 47, /**< required, but not to be told */
    SMIMEGW_REASON_CERT_DENIED = 48,             /**< the administrator denied a certificate */
    SMIMEGW_REASON_CERT_LOOKUP = 49,    /**< a store failed: not known whether an administrator
                                             added the certificate */
    SMIMEGW_REASON_FROM_MISMATCH = 50,  /**< From is not an address of the signer */
    SMIMEGW_REASON_FROM_AMBIGUOUS = 51, /**< no From, several, or one that can't be parsed */
    SMIMEGW_REASON_FROM_SENDER_ONLY = 52, /**< the signer is the Sender, not the From */
    SMIMEGW_REASON_FROM_DOMAIN = 53,    /**< its domain, but its anchor or its purposes may not
                                           vouch for domains */
    SMIMEGW_REASON_FROM_PROTECTED = 54, /**< the protected From is another than the From
                                           outside */
    SMIMEGW_REASON_PARTIAL = 60,     /**< S/MIME below the root only: nothing is vouched for */
    SMIMEGW_REASON_CONFLICT = 61,    /**< multipart/signed whose signature holds a content */
    SMIMEGW_REASON_SYNTAX = 62,      /**< malformed or ambiguous MIME or CMS */
    SMIMEGW_REASON_LIMIT = 63,       /**< over a limit */
    SMIMEGW_REASON_UNSUPPORTED = 64, /**< a structure this library does not read */
    SMIMEGW_REASON_DECRYPT = 70,     /**< can't be decrypted */
    SMIMEGW_REASON_NO_KEY = 71,      /**< encrypted for others */
    SMIMEGW_REASON_RECIPIENT_MISMATCH = 72 /**< decrypted with the key of somebody whom To and
                                              Cc do not name, under strict-recipients */
};

/** How a message protects its header; what it says is only taken for true where it is. */
enum smimegw_header_protection {
    SMIMEGW_HEADERS_NONE = 0,   /**< not */
    SMIMEGW_HEADERS_CLEAR = 1,  /**< fields are under the signature */
    SMIMEGW_HEADERS_CIPHER = 2, /**< fields are inside an encryption by their writer */
    SMIMEGW_HEADERS_WRAPPED = 3 /**< the older form: all of a message is inside, and the
                                   policy's `wrapped-message` is `restore` */
};

/** Protection of a header field by its writer (RFC 9788 section 4.3). */
enum smimegw_protection {
    SMIMEGW_PROTECTION_NONE = 0,            /**< unprotected */
    SMIMEGW_PROTECTION_SIGNED = 1,          /**< under a signature that passed; not secret */
    SMIMEGW_PROTECTION_ENCRYPTED = 2,       /**< secret, and nobody vouches for it */
    SMIMEGW_PROTECTION_SIGNED_ENCRYPTED = 3 /**< both */
};

/** What is outside for a protected header field. */
enum smimegw_outside {
    SMIMEGW_OUTSIDE_SAME = 1,     /**< the same value */
    SMIMEGW_OUTSIDE_OBSCURED = 2, /**< another value, by the writer's will */
    SMIMEGW_OUTSIDE_HIDDEN = 3,   /**< nothing, by the writer's will */
    SMIMEGW_OUTSIDE_CHANGED = 4,  /**< a value that the writer did not put there */
    SMIMEGW_OUTSIDE_REMOVED = 5,  /**< nothing, where the writer put something */
    SMIMEGW_OUTSIDE_ADDED = 6     /**< a field that is not inside: the writer's it is not */
};

/** Kind of a layer. */
enum smimegw_layer_kind {
    SMIMEGW_LAYER_SIGNED_DETACHED = 1, /**< multipart/signed */
    SMIMEGW_LAYER_SIGNED_OPAQUE = 2,   /**< application/pkcs7-mime, SignedData */
    SMIMEGW_LAYER_ENVELOPED = 3,       /**< EnvelopedData: no integrity of its own */
    SMIMEGW_LAYER_AUTH_ENVELOPED = 4,  /**< AuthEnvelopedData */
    SMIMEGW_LAYER_CERTS_ONLY = 5,      /**< certificates, no content, no signer */
    SMIMEGW_LAYER_OTHER = 6            /**< compressed or another CMS content type */
};

/** What smimegw_verdict_signer_text() can tell. */
enum smimegw_signer_field {
    SMIMEGW_SIGNER_ID = 1,     /**< signer id as in the message: issuer and serial, or SKI */
    SMIMEGW_SIGNER_DIGEST = 2, /**< digest algorithm */
    SMIMEGW_SIGNER_SIGNATURE = 3,    /**< signature algorithm */
    SMIMEGW_SIGNER_SIGNING_TIME = 4, /**< claimed signing time, ISO 8601 UTC */
    SMIMEGW_SIGNER_TEXT = 5          /**< one English sentence: who, and why (not) passed */
};

/** What smimegw_verdict_layer_text() can tell. */
enum smimegw_layer_field {
    SMIMEGW_LAYER_CIPHER = 1,     /**< content cipher, as in "aes-256-gcm" */
    SMIMEGW_LAYER_RECIPIENTS = 2, /**< recipient ids, one a line */
    SMIMEGW_LAYER_TEXT = 3        /**< one English line about the layer */
};

/**
 * Add a holder of a verdict.
 *
 * @param verdict  (nullable) the verdict
 * @return (owned) @p verdict, for smimegw_verdict_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_verdict *smimegw_verdict_ref(struct smimegw_verdict *verdict);

/**
 * Drop a holder of a verdict; the last one frees it.
 *
 * @param verdict  (nullable) (consumed) the verdict
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_verdict_unref(struct smimegw_verdict *verdict);

/**
 * Outcome over all layers: the worst of them.
 *
 * @param verdict  (nullable) the verdict
 * @return a member of enum smimegw_outcome; #SMIMEGW_OUTCOME_NONE for NULL
 * @rfc RFC 7281 section 3.1
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_outcome(const struct smimegw_verdict *verdict);

/**
 * Reason of the outcome over all layers.
 *
 * @param verdict  (nullable) the verdict
 * @return a member of enum smimegw_reason; #SMIMEGW_REASON_NOT_CHECKED for NULL
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_reason(const struct smimegw_verdict *verdict);

/**
 * Number of S/MIME layers that were seen, the outermost is layer 0.
 *
 * @param verdict  (nullable) the verdict
 * @return layers; 0 for NULL
 * @thread any
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_verdict_layer_count(const struct smimegw_verdict *verdict);

/**
 * Kind of a layer.
 *
 * @param verdict  (nullable) the verdict
 * @param layer    0 for the outermost
 * @return a member of enum smimegw_layer_kind; 0 past the last layer
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_layer_kind(const struct smimegw_verdict *verdict,
                                           size_t layer);

/**
 * Outcome of a layer.
 *
 * @param verdict     (nullable) the verdict
 * @param layer       0 for the outermost
 * @param ret_reason  (nullable) a member of enum smimegw_reason
 * @return a member of enum smimegw_outcome; #SMIMEGW_OUTCOME_NONE past the last layer
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_layer_outcome(const struct smimegw_verdict *verdict,
                                              size_t layer, int *ret_reason);

/**
 * Text about a layer.
 *
 * @param verdict  (nullable) the verdict
 * @param layer    0 for the outermost
 * @param field    a member of enum smimegw_layer_field
 * @return (borrowed) UTF-8 that lives as long as @p verdict; "" where there is none
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_verdict_layer_text(const struct smimegw_verdict *verdict,
                                                   size_t layer, int field);

/**
 * Number of signers of a layer.
 *
 * @param verdict  (nullable) the verdict
 * @param layer    0 for the outermost
 * @return signers; 0 past the last layer
 * @thread any
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_verdict_signer_count(const struct smimegw_verdict *verdict,
                                                size_t layer);

/**
 * Outcome of one signer.
 *
 * @param verdict     (nullable) the verdict
 * @param layer       0 for the outermost
 * @param signer      0 for the first
 * @param ret_reason  (nullable) a member of enum smimegw_reason
 * @return a member of enum smimegw_outcome; #SMIMEGW_OUTCOME_NONE past the last signer
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_signer_outcome(const struct smimegw_verdict *verdict,
                                               size_t layer, size_t signer, int *ret_reason);

/**
 * Certificate of one signer.
 *
 * @param verdict  (nullable) the verdict
 * @param layer    0 for the outermost
 * @param signer   0 for the first
 * @return (borrowed) the certificate, which lives as long as @p verdict; NULL where it was not
 *         found. A certificate here was not necessarily found good: see the outcome
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *
smimegw_verdict_signer_cert(const struct smimegw_verdict *verdict, size_t layer,
                            size_t signer);

/**
 * What one signer says to be able to read: the signed attribute SMIMECapabilities.
 *
 * For smimegw_plan_supply_capabilities(), now or when mail goes back.
 *
 * @param verdict   (nullable) the verdict
 * @param layer     0 for the outermost
 * @param signer    0 for the first
 * @param ret_size  (nullable) number of bytes; 0 where there are none
 * @return (borrowed) the attribute's value in DER, which lives as long as @p verdict; NULL
 *         where there is none, and where signer or layer is no pass
 * @rfc RFC 8551 section 2.5.2
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const void *
smimegw_verdict_signer_capabilities(const struct smimegw_verdict *verdict, size_t layer,
                                    size_t signer, size_t *ret_size);

/**
 * Text about one signer.
 *
 * @param verdict  (nullable) the verdict
 * @param layer    0 for the outermost
 * @param signer   0 for the first
 * @param field    a member of enum smimegw_signer_field
 * @return (borrowed) UTF-8 that lives as long as @p verdict; "" where there is none
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_verdict_signer_text(const struct smimegw_verdict *verdict,
                                                    size_t layer, size_t signer, int field);

/**
 * Tell whether the message is S/MIME, as filter rules ask (`smime-gateway-message`).
 *
 * Signed, encrypted or another kind of S/MIME at its root, or so that some reader would take
 * it for that; S/MIME further down in the message does not count.
 *
 * @param verdict  (nullable) the verdict
 * @return 1 if it is, else 0
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_is_gateway_message(const struct smimegw_verdict *verdict);

/**
 * Tell whether it was verified and decrypted, as filter rules ask (`smime-gateway-verified`).
 *
 * True where every layer is fine: each signature passed and each encryption opened. A message
 * that was only encrypted, and opened, is verified in this sense although nobody vouches for
 * its sender: smimegw_verdict_outcome() tells the two apart.
 *
 * @param verdict  (nullable) the verdict
 * @return 1 if it was, else 0
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_is_gateway_verified(const struct smimegw_verdict *verdict);

/**
 * How the message protects its header.
 *
 * @param verdict  (nullable) the verdict
 * @return a member of enum smimegw_header_protection
 * @rfc RFC 9788 section 4.1
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_header_protection(const struct smimegw_verdict *verdict);

/**
 * Number of header fields of a message that protects its header: the protected ones in the
 * order they have inside, then those that are outside only.
 *
 * Trace fields, Bcc and fields of mailing lists are not among them.
 *
 * @param verdict  (nullable) the verdict
 * @return fields; 0 without header protection
 * @thread any
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_verdict_header_count(const struct smimegw_verdict *verdict);

/**
 * Name of such a field.
 *
 * @param verdict  (nullable) the verdict
 * @param index    0, 1, 2 ...
 * @return (borrowed) its name as written, which lives as long as @p verdict; NULL past the
 *         last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_verdict_header_name(const struct smimegw_verdict *verdict,
                                                    size_t index);

/**
 * State of such a field.
 *
 * @param verdict      (nullable) the verdict
 * @param index        0, 1, 2 ...
 * @param ret_outside  (nullable) a member of enum smimegw_outside
 * @return a member of enum smimegw_protection
 * @rfc RFC 9788 section 4.3
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_header_state(const struct smimegw_verdict *verdict,
                                             size_t index, int *ret_outside);

/**
 * The verdict as an Authentication-Results field, with its line end.
 *
 * One `smime=` result for each signer, or for what kept signers from being judged. None says
 * pass unless the whole verdict does. `body.smime-part` is the section within the layer's own
 * message; issuer and serial number are there both or, over 256 characters, not at all.
 *
 * @param verdict      the verdict
 * @param authserv_id  (borrowed) name of the service that vouches for it: an RFC 2045 token of
 * at most 255 characters
 * @param ret_field    (owned) the field, folded, ASCII, with CRLF line ends
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @rfc RFC 8601 section 2.2, RFC 7281
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_auth_results(const struct smimegw_verdict *verdict,
                                             const char *authserv_id,
                                             struct smimegw_buffer **ret_field,
                                             struct smimegw_error **ret_error);

/**
 * The whole verdict as one JSON document (RFC 8259, UTF-8); doc/guide.md lists its members.
 *
 * @param verdict    the verdict
 * @param ret_json   (owned) the document
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_verdict_json(const struct smimegw_verdict *verdict,
                                     struct smimegw_buffer **ret_json,
                                     struct smimegw_error **ret_error);

/**
 * Name an outcome, as in "pass".
 *
 * @param outcome  a member of enum smimegw_outcome
 * @return (borrowed) static text, never NULL; "none" for unknown numbers
 * @rfc RFC 7281 section 3.1
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_outcome_name(int outcome);

/**
 * Name a reason, as in "cert-expired".
 *
 * @param reason       a member of enum smimegw_reason
 * @param ret_meaning  (nullable) (borrowed) static English text
 * @return (borrowed) static text, never NULL; "unknown" for unknown numbers
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_reason_name(int reason, const char **ret_meaning);

SMIMEGW_END_DECLS

#endif
