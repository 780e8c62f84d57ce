/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_IDENTITY_H
#define SMIMEGW_IDENTITY_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Read an identity: a private key, its certificate and the certificates above it.
 *
 * Takes PEM (certificates and one private key, PKCS#8 plain or encrypted, PKCS#1 or SEC 1, in
 * any order) or PKCS#12; which one is found out here. The key must belong to one of the
 * certificates. An identity is shared and immutable. What it does not check: validity, trust,
 * use.
 *
 * @param data          (borrowed) the file's bytes
 * @param size          number of bytes
 * @param passphrase    (nullable) (borrowed) UTF-8; NULL where the file needs none
 * @param ret_identity  (owned) the identity, for smimegw_identity_unref()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_KEY,
 *         #SMIMEGW_E_PASSPHRASE, #SMIMEGW_E_MISMATCH or #SMIMEGW_E_LIMIT
 * @rfc RFC 7292, RFC 7468, RFC 5958
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_identity_new(const void *data, size_t size, const char *passphrase,
                                     struct smimegw_identity **ret_identity,
                                     struct smimegw_error **ret_error);

/**
 * Add a holder of an identity.
 *
 * @param identity  (nullable) the identity
 * @return (owned) @p identity, for smimegw_identity_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_identity *smimegw_identity_ref(struct smimegw_identity *identity);

/**
 * Drop a holder of an identity; the last one wipes and frees it.
 *
 * @param identity  (nullable) (consumed) the identity
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_identity_unref(struct smimegw_identity *identity);

/**
 * Certificate of an identity's key.
 *
 * @param identity  (nullable) the identity
 * @return (borrowed) the certificate, which lives as long as @p identity; NULL for NULL
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *
smimegw_identity_cert(const struct smimegw_identity *identity);

SMIMEGW_END_DECLS

#endif
