/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_NAMES_H
#define SGW_PKI_NAMES_H

#include <stdbool.h>

#include "asn1/der.h"
#include "pki/cert_impl.h"

enum sgw_name_kind { SGW_NAME_ADDRESS, SGW_NAME_DOMAIN };

/* A name in a certificate that may be compared; not terminated. */
struct sgw_name {
    enum sgw_name_kind kind;
    bool is_utf8; /* SmtpUTF8Mailbox */
    const char *data;
    size_t size;
};

/* Over the names of the SAN, and the DN's emailAddress where the SAN has no mailbox. Names
 * that never match (AC-114..116) are left out. */
struct sgw_name_walk {
    const struct smimegw_cert *cert;
    struct sgw_der names;
    struct sgw_der rdn;
    bool has_mailbox;
    bool is_in_subject;
};
void sgw_name_walk_init(struct sgw_name_walk *walk, const struct smimegw_cert *cert);
bool sgw_name_next(struct sgw_name_walk *walk, struct sgw_name *ret);

/*
 * Is addr-spec one of the certificate's mail addresses? rfc822Name, SmtpUTF8Mailbox (RFC
 * 9598), DN emailAddress only where the SAN has no mailbox; ASCII case ignored on both sides
 * of the @, domains compared as A-labels; names with blanks, controls or NUL never match (RFC
 * 8550 section 3, AC-114..120). Domain names (SAN dNSName) are not looked at here.
 */
bool sgw_cert_has_address(const struct smimegw_cert *cert, const char *address, size_t size);
bool sgw_cert_has_any_address(const struct smimegw_cert *cert);
/* A certificate for a domain, and the address in it? "d" is that domain, "*.d" one label
 * below (AC-116, AC-117); its extended key usage names emailProtection, and not any
 * purpose. That the anchor allows it is for the caller to know. */
bool sgw_cert_speaks_for(const struct smimegw_cert *cert, const char *address, size_t size);
/* Scope of a gateway's own certificate (C26): an address of the certificate, else a user of
 * one of its SAN domains ("d" that domain, "*.d" one label below). Only for our own signing.
 */
bool sgw_cert_covers_sender(const struct smimegw_cert *cert, const char *address, size_t size);

#endif
