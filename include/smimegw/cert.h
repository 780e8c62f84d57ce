/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_CERT_H
#define SMIMEGW_CERT_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/** What smimegw_cert_text() can tell. */
enum smimegw_cert_field {
    SMIMEGW_CERT_SUBJECT = 1,      /**< distinguished name, RFC 4514 */
    SMIMEGW_CERT_ISSUER = 2,       /**< distinguished name, RFC 4514 */
    SMIMEGW_CERT_SERIAL = 3,       /**< serial number, lower-case hexadecimal */
    SMIMEGW_CERT_ADDRESSES = 4,    /**< mail addresses of the certificate, comma separated */
    SMIMEGW_CERT_DOMAINS = 5,      /**< SAN dNSName entries, comma separated */
    SMIMEGW_CERT_KEY = 6,          /**< key algorithm and size, as in "RSA-2048" */
    SMIMEGW_CERT_FINGERPRINT = 7,  /**< SHA-256 of the certificate, lower-case hexadecimal */
    SMIMEGW_CERT_NOT_BEFORE = 8,   /**< start of validity, ISO 8601 UTC */
    SMIMEGW_CERT_NOT_AFTER = 9,    /**< end of validity, ISO 8601 UTC */
    SMIMEGW_CERT_SIGNATURE = 10,   /**< how its issuer signed it, as in "RSA-SHA256" */
    SMIMEGW_CERT_KEY_USAGE = 11,   /**< RFC 5280 names, comma separated */
    SMIMEGW_CERT_PURPOSES = 12,    /**< extended key usage: names or OIDs, comma separated */
    SMIMEGW_CERT_KEY_ID = 13,      /**< subject key identifier, lower-case hexadecimal */
    SMIMEGW_CERT_OCSP_URLS = 14,   /**< where to ask for its status, one URL a line */
    SMIMEGW_CERT_ISSUER_URLS = 15, /**< where its issuer's certificate is, one URL a line */
    SMIMEGW_CERT_CRL_URLS = 16     /**< where the CRLs that cover it are, one URL a line */
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

/**
 * A certificate as PEM text, which ends with a line feed.
 *
 * @param cert       the certificate
 * @param ret_pem    (owned) the text
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @rfc RFC 7468 section 5
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_cert_pem(const struct smimegw_cert *cert,
                                 struct smimegw_buffer **ret_pem,
                                 struct smimegw_error **ret_error);

/**
 * Read all certificates of a file: PEM with any number of them, one in DER, or a certs-only
 * PKCS#7 in PEM or DER.
 *
 * Private keys in the file are skipped. All are read or none.
 *
 * @param data       (borrowed) the file's bytes
 * @param size       number of bytes
 * @param ret_list   (owned) the certificates in the order of the file, for
 *                   smimegw_cert_list_free(); never empty
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_KEY (none there, or one
 *         is broken: the text says which) or #SMIMEGW_E_LIMIT (over 5,000)
 * @rfc RFC 7468, RFC 8551 section 3.8
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_cert_list_new(const void *data, size_t size,
                                      struct smimegw_cert_list **ret_list,
                                      struct smimegw_error **ret_error);

/**
 * Number of certificates in a list.
 *
 * @param list  (nullable) the list
 * @return certificates; 0 for NULL
 * @thread any
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_cert_list_count(const struct smimegw_cert_list *list);

/**
 * A certificate of a list.
 *
 * @param list   (nullable) the list
 * @param index  0 for the first
 * @return (borrowed) the certificate, which lives as long as @p list; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *smimegw_cert_list_get(const struct smimegw_cert_list *list,
                                                       size_t index);

/**
 * Free a list; its certificates stay with their other holders.
 *
 * @param list  (nullable) (consumed) the list
 * @thread owner of @p list
 * @since 0.1
 */
SMIMEGW_API void smimegw_cert_list_free(struct smimegw_cert_list *list);

SMIMEGW_END_DECLS

#endif
