/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_ERROR_H
#define SMIMEGW_ERROR_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/** What a call returns; a published number never changes, families leave gaps. */
enum smimegw_result {
    SMIMEGW_OK = 0,         /**< done */
    SMIMEGW_E_USAGE = -1,   /**< an argument breaks the documented rules */
    SMIMEGW_E_ABI = -2,     /**< a function table holds members this library does not know */
    SMIMEGW_E_STATE = -3,   /**< the object has failed, is frozen, or is not finished */
    SMIMEGW_E_SETTING = -4, /**< no setting of that name, or a value it does not take */
    SMIMEGW_E_NOMEM = -20,  /**< out of memory */
    SMIMEGW_E_IO = -21,     /**< reading or writing a file failed */
    SMIMEGW_E_SINK = -22,   /**< the caller's write function failed */
    SMIMEGW_E_RANDOM = -23, /**< no random numbers to be had */
    SMIMEGW_E_CRYPTO = -24, /**< the crypto library failed where it must not */
    SMIMEGW_E_SYNTAX = -40, /**< the message is malformed or ambiguous */
    SMIMEGW_E_LIMIT = -41,  /**< over a limit (see smimegw_gateway_set()) */
    SMIMEGW_E_NOT_SMIME = -42,   /**< not of the kind this call reads */
    SMIMEGW_E_UNSUPPORTED = -43, /**< an algorithm or structure not read here */
    SMIMEGW_E_NO_KEY = -44,      /**< encrypted for others: no given identity is a recipient */
    SMIMEGW_E_DECRYPT = -45, /**< can't be decrypted; deliberately says no more (RFC 3218) */
    SMIMEGW_E_KEY = -60,     /**< a certificate or key can't be read or can't serve */
    SMIMEGW_E_PASSPHRASE = -61, /**< a passphrase is missing or wrong */
    SMIMEGW_E_MISMATCH = -62,   /**< private key and certificate do not belong together */
    SMIMEGW_E_RECIPIENT = -63,  /**< a recipient's certificate can't be encrypted to */
    SMIMEGW_E_SENDER = -64,     /**< the sender is outside the scope of the certificate */
    SMIMEGW_E_REVOCATION = -65, /**< a recipient's revocation must be known, and is not */
    SMIMEGW_E_STORE = -66       /**< a store failed, is busy, or lies: try again */
};

/** What a mail host does about a result. */
enum smimegw_severity {
    SMIMEGW_SEVERITY_NONE = 0,      /**< no error */
    SMIMEGW_SEVERITY_TEMPORARY = 1, /**< try again later (SMTP 4xx) */
    SMIMEGW_SEVERITY_MESSAGE = 2,   /**< never for this message (SMTP 5xx, or as is) */
    SMIMEGW_SEVERITY_CALLER = 3 /**< the program that calls has a bug; treat as temporary */
};

/**
 * Tell what a mail host should do about a result code.
 *
 * @param result  a member of enum smimegw_result
 * @return a member of enum smimegw_severity; unknown negative codes are
 *         #SMIMEGW_SEVERITY_CALLER
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_severity(int result);

/**
 * Name a result code, as in `SMIMEGW_E_LIMIT`.
 *
 * @param result  a member of enum smimegw_result
 * @return (borrowed) static text, never NULL; "SMIMEGW_E_UNKNOWN" for anything else
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_result_name(int result);

/**
 * Result code that an error detail belongs to.
 *
 * @param error  (nullable) the detail
 * @return a member of enum smimegw_result; #SMIMEGW_OK for NULL
 * @thread owner of @p error
 * @since 0.1
 */
SMIMEGW_API int smimegw_error_code(const struct smimegw_error *error);

/**
 * Text of an error detail: English, one line, no key material, printable ASCII or UTF-8.
 *
 * @param error  (nullable) the detail
 * @return (borrowed) text that lives as long as @p error; "no error" for NULL
 * @thread owner of @p error
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_error_text(const struct smimegw_error *error);

/**
 * Set an error detail, for add-ons and for functions that a host hands in.
 *
 * @param ret_error  (nullable) (owned) where a detail is wanted; one that is there stays, for
 *                   the first one is the cause
 * @param code       a negative member of enum smimegw_result
 * @param text       (borrowed) one line; control characters are escaped, the rest is cut at
 *                   500 bytes
 * @return @p code: #SMIMEGW_OK, or as in #SMIMEGW_E_SYNTAX
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_error_set(struct smimegw_error **ret_error, int code,
                                  const char *text);

/**
 * Free an error detail.
 *
 * @param error  (nullable) (consumed) the detail
 * @thread owner of @p error
 * @since 0.1
 */
SMIMEGW_API void smimegw_error_free(struct smimegw_error *error);

SMIMEGW_END_DECLS

#endif
