/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_PKCS12_H
#define SGW_PKI_PKCS12_H

#include "pki/key/key_file.h"

/*
 * PKCS#12 (RFC 7292) by our own walk: GnuTLS reads neither PBMAC1 nor more than 32 objects in
 * a bag, and does not bound iterations. What a file holds counts only when its MAC has come
 * out; a file without one is refused.
 */
int sgw_pkcs12_load(struct sgw_key_file *file, const uint8_t *data, size_t size,
                    const char *passphrase, struct smimegw_error **ret_error);

/* The file's MAC over its content; leaves the form of the passphrase that fits. E_PASSPHRASE
 * without a detail; E_KEY, E_LIMIT, E_NOMEM with one. */
int sgw_pkcs12_check_mac(struct sgw_passphrase *passphrase, struct sgw_der mac_data,
                         const struct sgw_buf *content, struct smimegw_error **ret_error);

/* Keys, certificates and names of a SafeContents. */
int sgw_pkcs12_load_bags(struct sgw_key_file *file, const struct sgw_buf *contents,
                         struct sgw_passphrase *passphrase, struct smimegw_error **ret_error);

/* Append the octets of an OCTET STRING in one or several pieces. E_KEY, E_NOMEM. */
int sgw_pkcs12_octets(struct sgw_der walk, const struct sgw_tlv *tlv, struct sgw_buf *ret,
                      struct smimegw_error **ret_error);
int sgw_pkcs12_malformed(struct smimegw_error **ret_error);

#endif
