/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_CMS_ATTRIBUTES_H
#define SGW_CMS_ATTRIBUTES_H

#include "asn1/der.h"
#include "cms/algorithms.h"

/* Attributes that this library knows; [RFC5652-11], 8551 section 2.5, 5035, 6211. */
enum sgw_attribute_id {
    SGW_ATTRIBUTE_CONTENT_TYPE,
    SGW_ATTRIBUTE_MESSAGE_DIGEST,
    SGW_ATTRIBUTE_SIGNING_TIME,
    SGW_ATTRIBUTE_COUNTERSIGNATURE,
    SGW_ATTRIBUTE_SIGNING_CERTIFICATE,
    SGW_ATTRIBUTE_SIGNING_CERTIFICATE_V2,
    SGW_ATTRIBUTE_CAPABILITIES,
    SGW_ATTRIBUTE_KEY_PREFERENCE,
    SGW_ATTRIBUTE_ALGORITHM_PROTECTION,
    SGW_ATTRIBUTES
};
extern const struct sgw_oid sgw_attribute_oids[SGW_ATTRIBUTES];

/* Attributes read: the one value of each known one; start NULL where absent. */
struct sgw_attributes {
    struct sgw_tlv values[SGW_ATTRIBUTES];
};

/*
 * Read [0] IMPLICIT signedAttrs strictly: DER, sorted, at most 64 of at most 64 KiB, known
 * ones at most once and with one value, none that may not be signed. SMIMEGW_REASON_OK,
 * ATTRIBUTES_INVALID or LIMIT.
 */
int sgw_attributes_read(const struct sgw_tlv *signed_attributes, struct sgw_attributes *ret);
/* Unsigned attributes must not hold what only counts when signed (AC-15, AC-16, AC-23). */
bool sgw_unsigned_attributes_are_fine(const struct sgw_tlv *attributes);
/* Value is a SigningCertificate(V2): does its first entry name these DER bytes? */
bool sgw_attribute_names_cert(const struct sgw_tlv *value, bool is_v2, const uint8_t *der,
                              size_t size);

#endif
