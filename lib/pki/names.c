/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/names.h"

#include <string.h>

#include "asn1/der.h"
#include "base/text.h"

#define OID_SMTP_UTF8_MAILBOX "\x2b\x06\x01\x05\x05\x07\x08\x09"
#define OID_DN_EMAIL "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"

/* GeneralName, [RFC5280-4.2.1.6] */
enum { TAG_OTHER_NAME = 0xa0, TAG_RFC822_NAME = 0x81, TAG_DNS_NAME = 0x82 };

enum { DOMAIN_SIZE_MAX = 255, A_LABELS_ROOM = 256 };

/* Blanks and controls, also those of Unicode that look like nothing (AC-114), and NUL. */
static bool has_blank(const char *data, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)data;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] <= 0x20 || bytes[i] == 0x7f)
            return true;
        if (bytes[i] == 0xc2 && i + 1 < size && bytes[i + 1] <= 0xa0)
            return true;
        if (i + 2 < size &&
            ((bytes[i] == 0xe2 && bytes[i + 1] == 0x80 && bytes[i + 2] <= 0xaf) ||
             (bytes[i] == 0xe3 && bytes[i + 1] == 0x80 && bytes[i + 2] == 0x80)))
            return true;
    }
    return false;
}

static bool is_ascii(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((data[i] & 0x80) != 0)
            return false;
    return true;
}

/* Where the domain starts; 0 for what is no address that could be compared. */
static size_t find_domain(const char *address, size_t size)
{
    const char *at = size > 0 ? memrchr(address, '@', size) : NULL;
    if (at == NULL || has_blank(address, size) ||
        !sgw_utf8_valid((const uint8_t *)address, size))
        return 0;
    size_t local_size = (size_t)(at - address);
    size_t domain_size = size - local_size - 1;
    /* a lone star is a wish for a wildcard (AC-116) */
    if (local_size == 0 || domain_size == 0 || domain_size > DOMAIN_SIZE_MAX ||
        (local_size == 1 && address[0] == '*'))
        return 0;
    return local_size + 1;
}

/* Letters, digits, hyphens and dots between them; a star only in front, as "*.". */
static bool is_domain(const char *data, size_t size)
{
    if (size > 2 && data[0] == '*' && data[1] == '.') {
        data += 2;
        size -= 2;
    }
    if (size == 0 || size > DOMAIN_SIZE_MAX)
        return false;
    bool is_label_start = true;
    bool is_number = true;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == '.' ? is_label_start
                     : !sgw_is_alpha(c) && !sgw_is_digit(c) && c != '-' && c != '_')
            return false;
        is_label_start = c == '.';
        is_number = is_number && (sgw_is_digit(c) || c == '.');
    }
    return !is_label_start && !is_number;
}

void sgw_name_walk_init(struct sgw_name_walk *walk, const struct smimegw_cert *cert)
{
    *walk = (struct sgw_name_walk){.cert = cert};
    sgw_der_init(&walk->names, cert->san, cert->san_size);
}

/* OtherName whose value is [0] EXPLICIT UTF8String [RFC9598-3] */
static bool read_utf8_mailbox(const struct sgw_der *outer, const struct sgw_tlv *tlv,
                              struct sgw_tlv *ret)
{
    struct sgw_der inside = sgw_der_inside(outer, tlv);
    struct sgw_der value;
    struct sgw_tlv oid;
    return sgw_der_get(&inside, SGW_TAG_OID, &oid) &&
           sgw_tlv_is(&oid, OID_SMTP_UTF8_MAILBOX, sizeof(OID_SMTP_UTF8_MAILBOX) - 1) &&
           sgw_der_enter(&inside, SGW_TAG_CONTEXT_CONSTRUCTED, &value) &&
           sgw_der_get(&value, SGW_TAG_UTF8_STRING, ret);
}

static bool read_general_name(struct sgw_name_walk *walk, const struct sgw_tlv *tlv,
                              struct sgw_name *ret)
{
    struct sgw_tlv text = *tlv;
    bool is_utf8 = tlv->tag == TAG_OTHER_NAME && read_utf8_mailbox(&walk->names, tlv, &text);
    ret->is_utf8 = is_utf8;
    ret->data = (const char *)text.value;
    ret->size = text.size;
    if (tlv->tag == TAG_DNS_NAME) {
        ret->kind = SGW_NAME_DOMAIN;
        return is_domain(ret->data, ret->size);
    }
    if (!is_utf8 && tlv->tag != TAG_RFC822_NAME)
        return false;
    walk->has_mailbox = true;
    ret->kind = SGW_NAME_ADDRESS;
    return find_domain(ret->data, ret->size) > 0 &&
           (is_utf8 || is_ascii(ret->data, ret->size));
}

/* The next emailAddress of the subject, as any string type of one octet a character. */
static bool read_subject_address(struct sgw_name_walk *walk, struct sgw_name *ret)
{
    struct sgw_tlv oid;
    struct sgw_tlv text;
    struct sgw_der attribute;
    for (;;) {
        if (!sgw_der_enter(&walk->rdn, SGW_TAG_SEQUENCE, &attribute)) {
            if (!sgw_der_enter(&walk->names, SGW_TAG_SET, &walk->rdn))
                return false;
            continue;
        }
        if (!sgw_der_get(&attribute, SGW_TAG_OID, &oid) ||
            !sgw_tlv_is(&oid, OID_DN_EMAIL, sizeof(OID_DN_EMAIL) - 1) ||
            !sgw_der_next(&attribute, &text))
            continue;
        ret->kind = SGW_NAME_ADDRESS;
        ret->is_utf8 = false;
        ret->data = (const char *)text.value;
        ret->size = text.size;
        if (find_domain(ret->data, ret->size) > 0 && is_ascii(ret->data, ret->size))
            return true;
    }
}

bool sgw_name_next(struct sgw_name_walk *walk, struct sgw_name *ret)
{
    struct sgw_tlv tlv;
    while (!walk->is_in_subject && sgw_der_next(&walk->names, &tlv))
        if (read_general_name(walk, &tlv, ret))
            return true;
    if (walk->has_mailbox)
        return false;
    if (!walk->is_in_subject) {
        struct sgw_der outer;
        walk->is_in_subject = true;
        sgw_der_init(&outer, walk->cert->subject, walk->cert->subject_size);
        if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &walk->names))
            sgw_der_init(&walk->names, NULL, 0);
        sgw_der_init(&walk->rdn, NULL, 0);
    }
    return read_subject_address(walk, ret);
}

/* A-labels of a domain (RFC 5890); false where it is none. */
static bool map_domain(const char *domain, size_t size, char ret[A_LABELS_ROOM],
                       size_t *ret_size)
{
    if (is_ascii(domain, size)) {
        memcpy(ret, domain, size);
        *ret_size = size;
        return true;
    }
    gnutls_datum_t mapped = {NULL, 0};
    if (gnutls_idna_map(domain, (unsigned int)size, &mapped, 0) < 0)
        return false;
    bool fits = mapped.size > 0 && mapped.size <= DOMAIN_SIZE_MAX;
    if (fits)
        memcpy(ret, mapped.data, mapped.size);
    *ret_size = fits ? mapped.size : 0;
    gnutls_free(mapped.data);
    return fits;
}

/* Case is ignored in both parts [RFC8550-3]. */
static bool is_same_address(const struct sgw_name *name, const char *address, size_t size)
{
    char left[A_LABELS_ROOM];
    char right[A_LABELS_ROOM];
    size_t left_size;
    size_t right_size;
    size_t name_domain = find_domain(name->data, name->size);
    size_t domain = find_domain(address, size);
    return name_domain > 0 && domain > 0 &&
           sgw_equal_nocase(name->data, name_domain, address, domain) &&
           map_domain(name->data + name_domain, name->size - name_domain, left, &left_size) &&
           map_domain(address + domain, size - domain, right, &right_size) &&
           sgw_equal_nocase(left, left_size, right, right_size);
}

bool sgw_cert_has_address(const struct smimegw_cert *cert, const char *address, size_t size)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name))
        if (name.kind == SGW_NAME_ADDRESS && is_same_address(&name, address, size))
            return true;
    return false;
}

bool sgw_cert_has_any_address(const struct smimegw_cert *cert)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name))
        if (name.kind == SGW_NAME_ADDRESS)
            return true;
    return false;
}

/* "com" or "co.jp", under which strangers live: no base for a wildcard. */
static bool is_public_suffix(const char *domain, size_t size)
{
    static const char *const second_levels[] = {"ac",  "co", "com", "edu", "go",
                                                "gov", "ne", "net", "or",  "org"};
    const char *dot = memchr(domain, '.', size);
    if (dot == NULL)
        return true;
    size_t second_size = (size_t)(dot - domain);
    if (size - second_size - 1 != 2)
        return false;
    for (size_t i = 0; i < sizeof(second_levels) / sizeof(second_levels[0]); i++)
        if (sgw_is_text_nocase(domain, second_size, second_levels[i]))
            return true;
    return false;
}

static bool is_in_domain(const struct sgw_name *name, const char *domain, size_t size)
{
    if (name->data[0] != '*')
        return sgw_equal_nocase(name->data, name->size, domain, size);
    const char *base = name->data + 2;
    size_t base_size = name->size - 2;
    const char *dot = memchr(domain, '.', size);
    if (dot == NULL || dot == domain || is_public_suffix(base, base_size))
        return false;
    return sgw_equal_nocase(base, base_size, dot + 1, size - (size_t)(dot - domain) - 1);
}

static bool has_domain_of(const struct smimegw_cert *cert, const char *address, size_t size)
{
    char domain[A_LABELS_ROOM];
    size_t domain_size;
    size_t start = find_domain(address, size);
    if (start == 0 || !map_domain(address + start, size - start, domain, &domain_size))
        return false;
    struct sgw_name_walk walk;
    struct sgw_name name;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name))
        if (name.kind == SGW_NAME_DOMAIN && is_in_domain(&name, domain, domain_size))
            return true;
    return false;
}

bool sgw_cert_speaks_for(const struct smimegw_cert *cert, const char *address, size_t size)
{
    return cert->names_email_purpose && has_domain_of(cert, address, size);
}

bool sgw_cert_covers_sender(const struct smimegw_cert *cert, const char *address, size_t size)
{
    return sgw_cert_has_address(cert, address, size) || has_domain_of(cert, address, size);
}
