/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/names.h"

#include <string.h>

#include "asn1/der.h"
#include "base/text.h"
#include "mime/address.h"

#define OID_DN_EMAIL "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"

/* GeneralName, [RFC5280-4.2.1.6] */
enum { TAG_OTHER_NAME = 0xa0, TAG_RFC822_NAME = 0x81, TAG_DNS_NAME = 0x82 };

enum { TAG_PRINTABLE = 0x13, TAG_TELETEX, TAG_IA5 = 0x16, TAG_VISIBLE = 0x1a };

enum { LABEL_SIZE_MAX = 63, STAR_SIZE = 2 };

static bool is_ascii(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((data[i] & 0x80) != 0)
            return false;
    return true;
}

static bool is_wildcard(const char *domain, size_t size)
{
    return size > STAR_SIZE && domain[0] == '*' && domain[1] == '.';
}

/* All there is where there is no "@". */
static size_t local_size(const char *address, size_t size)
{
    const char *at = size > 0 ? memchr(address, '@', size) : NULL;
    return at != NULL ? (size_t)(at - address) : size;
}

void sgw_name_walk_init(struct sgw_name_walk *walk, const struct smimegw_cert *cert)
{
    *walk = (struct sgw_name_walk){.cert = cert};
    sgw_der_init(&walk->names, cert->san, cert->san_size);
}

static bool enter_utf8_mailbox(const struct sgw_der *outer, const struct sgw_tlv *tlv,
                               struct sgw_der *ret_inside)
{
    struct sgw_tlv oid;
    *ret_inside = sgw_der_inside(outer, tlv);
    return tlv->tag == TAG_OTHER_NAME && sgw_der_get(ret_inside, SGW_TAG_OID, &oid) &&
           sgw_tlv_is(&oid, SGW_OID_SMTP_UTF8_MAILBOX, sizeof(SGW_OID_SMTP_UTF8_MAILBOX) - 1);
}

/* [0] EXPLICIT UTF8String; one of an ASCII local part has to be an rfc822Name [RFC9598-3] */
static bool read_utf8_mailbox(struct sgw_der inside, struct sgw_tlv *ret)
{
    struct sgw_der value;
    return sgw_der_enter(&inside, SGW_TAG_CONTEXT_CONSTRUCTED, &value) &&
           sgw_der_get(&value, SGW_TAG_UTF8_STRING, ret) &&
           !is_ascii((const char *)ret->value,
                     local_size((const char *)ret->value, ret->size));
}

static bool read_general_name(struct sgw_name_walk *walk, const struct sgw_tlv *tlv,
                              struct sgw_name *ret)
{
    struct sgw_tlv text = *tlv;
    struct sgw_der inside;
    bool is_utf8 = enter_utf8_mailbox(&walk->names, tlv, &inside);
    bool is_domain = tlv->tag == TAG_DNS_NAME;
    if (!is_utf8 && !is_domain && tlv->tag != TAG_RFC822_NAME)
        return false;
    walk->has_any = true;
    walk->has_mailbox = walk->has_mailbox || !is_domain;
    if (is_utf8 && !read_utf8_mailbox(inside, &text))
        return false;
    *ret = (struct sgw_name){.kind = is_domain ? SGW_NAME_DOMAIN : SGW_NAME_ADDRESS,
                             .is_utf8 = is_utf8,
                             .data = (const char *)text.value,
                             .size = text.size};
    if (is_domain)
        return sgw_domain_is_qualified(ret->data, ret->size, true);
    return sgw_address_is_valid(ret->data, ret->size) &&
           (is_utf8 || is_ascii(ret->data, ret->size));
}

/* Not BMPString and its like, whose octets are no characters, nor what is no string at all. */
static bool is_octet_text(const struct sgw_tlv *tlv)
{
    static const uint8_t tags[] = {SGW_TAG_UTF8_STRING, TAG_PRINTABLE, TAG_TELETEX, TAG_IA5,
                                   TAG_VISIBLE};
    return memchr(tags, tlv->tag, sizeof(tags)) != NULL;
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
        walk->has_any = true;
        *ret = (struct sgw_name){
            .kind = SGW_NAME_ADDRESS, .data = (const char *)text.value, .size = text.size};
        if (is_octet_text(&text) && sgw_address_is_valid(ret->data, ret->size) &&
            is_ascii(ret->data, ret->size))
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

/* --- keys ----------------------------------------------------------------------------------
 */

struct key {
    char *text; /* SGW_NAME_KEY_MAX */
    size_t size;
};

static bool put(struct key *key, const char *data, size_t size)
{
    if (size > SGW_NAME_KEY_MAX - key->size)
        return false;
    for (size_t i = 0; i < size; i++)
        key->text[key->size++] = (char)sgw_lower((unsigned char)data[i]);
    return true;
}

/* Characters that start at a byte: continuation bytes of UTF-8 don't. */
static bool is_start(char byte)
{
    return (byte & 0xc0) != 0x80;
}

/*
 * Do two labels of valid UTF-8 have as many characters, and the same ones where either is
 * ASCII? IDNA's mapping leaves out what is not seen, and makes ASCII of full-width letters: no
 * U-label of that is the one that people read (AC-119) [RFC5890-2.3.2.1].
 */
static bool is_alike(const char *label, size_t size, const char *mapped, size_t mapped_size)
{
    size_t at = 0;
    size_t i = 0;
    while (i < size && at < mapped_size) {
        bool is_both_wide = (label[i] & 0x80) != 0 && (mapped[at] & 0x80) != 0;
        if (!is_both_wide &&
            sgw_lower((unsigned char)label[i]) != sgw_lower((unsigned char)mapped[at]))
            return false;
        for (i++; i < size && !is_start(label[i]);)
            i++;
        for (at++; at < mapped_size && !is_start(mapped[at]);)
            at++;
    }
    return i == size && at == mapped_size;
}

/* A U-label as A-label; IDNA2008 alone, for what it forbids IDNA2003 maps. */
static bool put_wide_label(struct key *key, const char *label, size_t size)
{
    gnutls_datum_t narrow = {NULL, 0};
    gnutls_datum_t wide = {NULL, 0};
    bool is_put =
        gnutls_idna_map(label, (unsigned int)size, &narrow, GNUTLS_IDNA_FORCE_2008) >= 0 &&
        narrow.size <= LABEL_SIZE_MAX &&
        gnutls_idna_reverse_map((const char *)narrow.data, narrow.size, &wide, 0) >= 0 &&
        is_alike(label, size, (const char *)wide.data, wide.size) &&
        put(key, (const char *)narrow.data, narrow.size);
    gnutls_free(narrow.data);
    gnutls_free(wide.data);
    return is_put;
}

static bool put_domain(struct key *key, const char *domain, size_t size)
{
    const char *end = domain + size;
    while (domain < end) {
        const char *dot = memchr(domain, '.', (size_t)(end - domain));
        size_t label_size = (size_t)((dot != NULL ? dot : end) - domain);
        bool is_put = is_ascii(domain, label_size) ? put(key, domain, label_size)
                                                   : put_wide_label(key, domain, label_size);
        if (!is_put || (dot != NULL && !put(key, ".", 1)))
            return false;
        domain = dot != NULL ? dot + 1 : end;
    }
    return true;
}

static bool put_address(struct key *key, const char *address, size_t size)
{
    size_t local = local_size(address, size);
    return sgw_address_is_valid(address, size) && put(key, address, local + 1) &&
           put_domain(key, address + local + 1, size - local - 1);
}

/* Strangers live side by side under a public domain: no wildcard covers them all (AC-116). */
static bool may_match(const char *domain, size_t size)
{
    return sgw_domain_is_qualified(domain, size, true) &&
           !(is_wildcard(domain, size) &&
             sgw_domain_is_public(domain + STAR_SIZE, size - STAR_SIZE));
}

bool sgw_name_key(const struct sgw_name *name, char ret[SGW_NAME_KEY_MAX], size_t *ret_size)
{
    struct key key = {ret, 0};
    bool is_put = name->kind == SGW_NAME_ADDRESS
                      ? put_address(&key, name->data, name->size)
                      : may_match(name->data, name->size) && put(&key, name->data, name->size);
    *ret_size = is_put ? key.size : 0;
    return is_put;
}

/* One more key, of a domain or a wildcard, where there can be such a name. */
static void add_domain_key(struct sgw_scope_keys *keys, const char *star, const char *domain,
                           size_t size)
{
    struct key key = {keys->keys[keys->count].text, 0};
    if (!put(&key, star, strlen(star)) || !put(&key, domain, size) ||
        !may_match(key.text, key.size))
        return;
    keys->keys[keys->count].size = key.size;
    keys->count++;
}

bool sgw_scope_keys(const char *address, size_t size, struct sgw_scope_keys *ret)
{
    struct key key = {ret->keys[0].text, 0};
    ret->count = 0;
    if (!put_address(&key, address, size))
        return false;
    ret->keys[0].size = key.size;
    ret->count = 1;
    size_t start = local_size(key.text, key.size) + 1;
    const char *domain = key.text + start;
    const char *dot = memchr(domain, '.', key.size - start);
    add_domain_key(ret, "", domain, key.size - start);
    if (dot != NULL)
        add_domain_key(ret, "*.", dot + 1, (size_t)(key.text + key.size - dot - 1));
    return true;
}

/* --- matching ------------------------------------------------------------------------------
 */

/* Is a name of that kind in the certificate one that covers the address? */
static bool covers(const struct smimegw_cert *cert, enum sgw_name_kind kind,
                   const char *address, size_t size)
{
    struct sgw_scope_keys keys;
    struct sgw_name_walk walk;
    struct sgw_name name;
    char key[SGW_NAME_KEY_MAX];
    size_t key_size;
    if (!sgw_scope_keys(address, size, &keys))
        return false;
    size_t first = kind == SGW_NAME_ADDRESS ? 0 : 1;
    size_t end = kind == SGW_NAME_ADDRESS ? 1 : keys.count;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name)) {
        if (name.kind != kind || !sgw_name_key(&name, key, &key_size))
            continue;
        for (size_t i = first; i < end; i++)
            if (keys.keys[i].size == key_size && memcmp(keys.keys[i].text, key, key_size) == 0)
                return true;
    }
    return false;
}

bool sgw_cert_has_address(const struct smimegw_cert *cert, const char *address, size_t size)
{
    return covers(cert, SGW_NAME_ADDRESS, address, size);
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

bool sgw_cert_names_nobody(const struct smimegw_cert *cert)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name))
        ;
    return !walk.has_any;
}

bool sgw_cert_speaks_for(const struct smimegw_cert *cert, const char *address, size_t size)
{
    return covers(cert, SGW_NAME_DOMAIN, address, size);
}

bool sgw_cert_may_have_domains(const struct smimegw_cert *cert, bool is_pinned)
{
    return cert->names_email_purpose || (is_pinned && cert->purposes == NULL);
}

bool sgw_cert_covers_sender(const struct smimegw_cert *cert, const char *address, size_t size)
{
    return covers(cert, SGW_NAME_ADDRESS, address, size) ||
           covers(cert, SGW_NAME_DOMAIN, address, size);
}
