/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_CERT_H
#define SMIMEGW_CERT_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/** What smimegw_cert_text() can tell. */
enum smimegw_cert_field {
    SMIMEGW_CERT_SUBJECT = 1,     /**< distinguished name, RFC 4514 */
    SMIMEGW_CERT_ISSUER = 2,      /**< distinguished name, RFC 4514 */
    SMIMEGW_CERT_SERIAL = 3,      /**< serial number, lower-case hexadecimal */
    SMIMEGW_CERT_ADDRESSES = 4,   /**< mail addresses of the certificate, comma separated */
    SMIMEGW_CERT_DOMAINS = 5,     /**< SAN dNSName entries, comma separated */
    SMIMEGW_CERT_KEY = 6,         /**< key algorithm and size, as in "RSA-2048" */
    SMIMEGW_CERT_FINGERPRINT = 7, /**< SHA-256 of the certificate, lower-case hexadecimal */
    SMIMEGW_CERT_NOT_BEFORE = 8,  /**< start of validity, ISO 8601 UTC */
    SMIMEGW_CERT_NOT_AFTER = 9    /**< end of validity, ISO 8601 UTC */
};

/**
 * Read one X.509 certificate, PEM or DER; of several in a PEM file, the first.
 *
 * What it does not check: validity, trust, use. A certificate is shared and immutable.
 *
 * @param data       (borrowed) the file's bytes
 * @param size       number of bytes
 * @param ret_cert   (owned) the certificate, for smimegw_cert_unref()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_KEY or #SMIMEGW_E_LIMIT
 *         (over 64 KiB, 64 RDNs or 256 alternative names)
 * @rfc RFC 5280, RFC 7468
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_cert_new(const void *data, size_t size, struct smimegw_cert **ret_cert,
                                 struct smimegw_error **ret_error);

/**
 * Add a holder of a certificate.
 *
 * @param cert  (nullable) the certificate
 * @return (owned) @p cert, for smimegw_cert_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *smimegw_cert_ref(struct smimegw_cert *cert);

/**
 * Drop a holder of a certificate; the last one frees it.
 *
 * @param cert  (nullable) (consumed) the certificate
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_cert_unref(struct smimegw_cert *cert);

/**
 * Text of a certificate's field, for people and logs: control characters are escaped.
 *
 * @param cert   (nullable) the certificate
 * @param field  a member of enum smimegw_cert_field
 * @return (borrowed) UTF-8 that lives as long as @p cert; "" where the certificate has none,
 *         for NULL and for unknown fields
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_cert_text(const struct smimegw_cert *cert, int field);

/**
 * A certificate's DER bytes.
 *
 * @param cert      the certificate
 * @param ret_size  number of bytes
 * @return (borrowed) bytes that live as long as @p cert; NULL for NULL arguments
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const void *smimegw_cert_der(const struct smimegw_cert *cert, size_t *ret_size);

SMIMEGW_END_DECLS

#endif
