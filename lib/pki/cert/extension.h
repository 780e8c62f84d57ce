/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_EXTENSION_H
#define SGW_PKI_EXTENSION_H

#include "asn1/der.h"
#include "pki/cert/cert_impl.h"

/* Numbers below 2.5.29 (id-ce). */
enum sgw_extension_number {
    SGW_EXTENSION_KEY_ID = 14,
    SGW_EXTENSION_KEY_USAGE = 15,
    SGW_EXTENSION_ALTERNATIVE_NAME = 17,
    SGW_EXTENSION_BASIC_CONSTRAINTS = 19,
    SGW_EXTENSION_NAME_CONSTRAINTS = 30,
    SGW_EXTENSION_POLICIES = 32,
    SGW_EXTENSION_POLICY_MAPPINGS = 33,
    SGW_EXTENSION_POLICY_CONSTRAINTS = 36,
    SGW_EXTENSION_PURPOSES = 37,
    SGW_EXTENSION_INHIBIT_ANY_POLICY = 54
};

/* One Extension [RFC5280-4.1], of certificates, CRLs, their entries and OCSP responses. */
struct sgw_extension {
    struct sgw_tlv oid;
    int number; /* below 2.5.29; -1 for others */
    bool is_critical;
    struct sgw_tlv value; /* OCTET STRING */
};
/* The next of a SEQUENCE OF; false at its end and where one is malformed, which is not gone
 * past. */
bool sgw_extension_next(struct sgw_der *list, struct sgw_extension *ret);

/* The value of an extension of 2.5.29; false where the certificate has none. */
bool sgw_extension_find(const struct smimegw_cert *cert, int number,
                        struct sgw_der *ret_value);
/* The same by the octets of its OID. */
bool sgw_extension_find_oid(const struct smimegw_cert *cert, const uint8_t *oid, size_t size,
                            struct sgw_der *ret_value);

/* No critical extension but those that are processed here [RFC5280-4.2], and none twice. */
bool sgw_extensions_are_known(const struct smimegw_cert *cert);

#endif
