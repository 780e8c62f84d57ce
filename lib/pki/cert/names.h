/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_NAMES_H
#define SGW_PKI_NAMES_H

#include <stdbool.h>

#include "asn1/der.h"
#include "pki/cert/cert_impl.h"
#include "pki/cert/domain.h"

/* Type of an OtherName [RFC9598-3], its value octets. */
#define SGW_OID_SMTP_UTF8_MAILBOX "\x2b\x06\x01\x05\x05\x07\x08\x09"

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
    bool has_mailbox; /* in the SAN; malformed ones, too */
    bool has_any;     /* the same with domains and the subject's */
    bool is_in_subject;
};
void sgw_name_walk_init(struct sgw_name_walk *walk, const struct smimegw_cert *cert);
bool sgw_name_next(struct sgw_name_walk *walk, struct sgw_name *ret);

/* The longest of all: local part, "@" and domain; not terminated. */
enum { SGW_NAME_KEY_MAX = 320 };

/*
 * Names that match have the same key: "alice@example.com", "example.com" or "*.example.com" in
 * lower-case ASCII, the domain as A-labels; a local part beyond ASCII octet by octet
 * [RFC9598-5]. False for what never matches: a domain of one label, a wildcard over a domain
 * under which strangers live, a U-label that IDNA would turn into another one.
 */
bool sgw_name_key(const struct sgw_name *name, char ret[SGW_NAME_KEY_MAX], size_t *ret_size);

/* Keys of the names that an address is covered by: itself, then its domain, then the wildcard
 * over it; the latter two where there are such. */
struct sgw_scope_keys {
    struct {
        char text[SGW_NAME_KEY_MAX];
        size_t size;
    } keys[3];
    size_t count;
};
/* False where the address is none that could be compared. */
bool sgw_scope_keys(const char *address, size_t size, struct sgw_scope_keys *ret);

/* Is that one of the certificate's mail addresses (AC-114..120)? Not one of its domains. */
bool sgw_cert_has_address(const struct smimegw_cert *cert, const char *address, size_t size);
bool sgw_cert_has_any_address(const struct smimegw_cert *cert);
/* Neither addresses nor domains, not even malformed ones? */
bool sgw_cert_names_nobody(const struct smimegw_cert *cert);
/* A certificate for a domain, and the address in it? "d" is that domain, "*.d" one label
 * below (AC-116, AC-117). Whether it may speak for that is another question. */
bool sgw_cert_speaks_for(const struct smimegw_cert *cert, const char *address, size_t size);
/* Do its purposes let it speak for a domain? They name emailProtection, and not any purpose
 * (AC-118, AC-128); one that is pinned may have none at all, see doc/design.md. */
bool sgw_cert_may_have_domains(const struct smimegw_cert *cert, bool is_pinned);
/* Scope of a gateway's own certificate (C26): each address and each domain in it adds senders,
 * none takes any away. Only for our own signing. */
bool sgw_cert_covers_sender(const struct smimegw_cert *cert, const char *address, size_t size);

#endif
