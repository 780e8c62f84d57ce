/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/name_forms.h"

#include <gnutls/gnutls.h>
#include <string.h>

#include "base/text.h"
#include "pki/cert/dn_match.h"

enum { HOST_ROOM = 256 };

struct span {
    const char *data;
    size_t size;
};

static struct span span_of(const struct sgw_tlv *tlv)
{
    return (struct span){(const char *)tlv->value, tlv->size};
}

static struct span skip(struct span span, size_t size)
{
    return (struct span){span.data + size, span.size - size};
}

static bool is_same(struct span one, struct span other)
{
    return sgw_equal_nocase(one.data, one.size, other.data, other.size);
}

/* Labels of letters, digits, hyphens; a number with dots is an address of a machine. */
static bool is_host(struct span host)
{
    bool is_label_start = true;
    bool is_number = true;
    for (size_t i = 0; i < host.size; i++) {
        unsigned char c = (unsigned char)host.data[i];
        if (c == '.' ? is_label_start
                     : !sgw_is_alpha(c) && !sgw_is_digit(c) && c != '-' && c != '_')
            return false;
        is_label_start = c == '.';
        is_number = is_number && (sgw_is_digit(c) || c == '.');
    }
    return host.size < HOST_ROOM && !is_label_start && !is_number;
}

/* Without the part that says "all below": a dot in a base, a star in a name. */
static struct span without_start(struct span host, const char *start)
{
    size_t size = strlen(start);
    return host.size > size && memcmp(host.data, start, size) == 0 ? skip(host, size) : host;
}

/* One or more labels before the base, which begins with its dot. */
static bool is_below(struct span host, struct span base)
{
    return host.size > base.size && is_same(skip(host, host.size - base.size), base);
}

/* A host, or all hosts below a domain that begins with a dot; empty: all. */
static bool is_host_within(struct span host, struct span base)
{
    if (base.size == 0)
        return true;
    return base.data[0] == '.' ? is_below(host, base) : is_same(host, base);
}

static bool is_host_base(struct span base)
{
    return base.size == 0 || is_host(without_start(base, "."));
}

/* A domain covers itself and all below. */
static bool is_in_domain(struct span name, struct span domain)
{
    return is_same(name, domain) ||
           (is_below(name, domain) && name.data[name.size - domain.size - 1] == '.');
}

static bool match_domain(const struct sgw_tlv *name, const struct sgw_tlv *base,
                         bool is_excluded)
{
    struct span domain = span_of(name);
    struct span limit = span_of(base);
    struct span plain = without_start(domain, "*.");
    if (limit.size == 0)
        return true;
    if (!is_host(plain) || !is_host_base(limit))
        return is_excluded;
    if (!is_excluded)
        return limit.data[0] == '.' ? is_below(domain, limit) : is_in_domain(domain, limit);
    limit = without_start(limit, ".");
    /* "*.d" stands for names below d, also those in a subtree below d */
    return is_in_domain(plain, limit) ||
           (plain.size < domain.size && is_in_domain(limit, plain));
}

/* The host of an address as A-labels; false where it has none. */
static bool read_host(struct span host, char room[HOST_ROOM], struct span *ret)
{
    gnutls_datum_t mapped = {NULL, 0};
    *ret = host;
    if (is_host(host))
        return true;
    if (host.size == 0 || host.size >= HOST_ROOM ||
        gnutls_idna_map(host.data, (unsigned int)host.size, &mapped, 0) < 0)
        return false;
    ret->data = room;
    ret->size = mapped.data != NULL && mapped.size < HOST_ROOM ? mapped.size : 0;
    if (ret->size > 0)
        memcpy(room, mapped.data, ret->size);
    gnutls_free(mapped.data);
    return is_host(*ret);
}

/* Up to and with the last at sign; 0 where there is none. */
static size_t local_part_size(struct span address)
{
    if (address.data == NULL || address.size == 0)
        return 0;
    const char *at = memrchr(address.data, '@', address.size);
    return at != NULL ? (size_t)(at - address.data) + 1 : 0;
}

static bool match_mail(const struct sgw_tlv *name, const struct sgw_tlv *base,
                       bool is_excluded)
{
    char room[HOST_ROOM];
    struct span host;
    struct span address = span_of(name);
    struct span limit = span_of(base);
    size_t local_size = local_part_size(address);
    size_t limit_size = local_part_size(limit);
    struct span limit_host = skip(limit, limit_size);
    if (limit.size == 0)
        return true;
    if (local_size < 2 || !read_host(skip(address, local_size), room, &host) ||
        !(limit_size > 0 ? is_host(limit_host) : is_host_base(limit)))
        return is_excluded;
    if (limit_size == 0)
        return is_host_within(host, limit);
    /* [RFC5280-7.5]: case matters before the at sign; mail systems ignore it, and so may not
     * make an address of one that is excluded */
    struct span local = {address.data, local_size};
    struct span limit_local = {limit.data, limit_size};
    return is_same(host, limit_host) && is_same(local, limit_local) &&
           (is_excluded || memcmp(local.data, limit_local.data, local_size) == 0);
}

bool sgw_mail_domain_is_within(const struct sgw_tlv *name, const struct sgw_tlv *base,
                               bool is_excluded)
{
    struct span domain = span_of(name);
    struct span limit = span_of(base);
    struct span plain = without_start(domain, "*.");
    size_t mailbox_size = local_part_size(limit);
    struct span limit_host = skip(limit, mailbox_size);
    if (limit.size == 0)
        return true;
    if (!is_host(plain) ||
        !(mailbox_size > 0 ? is_host(limit_host) : is_host_base(limit_host)))
        return is_excluded;
    if (is_host_within(domain, limit_host))
        return is_excluded || mailbox_size == 0;
    /* "*.d" and a base below d have addresses in common */
    struct span limit_plain = without_start(limit_host, ".");
    return is_excluded && plain.size < domain.size && !is_same(limit_plain, plain) &&
           is_in_domain(limit_plain, plain);
}

/* The host of scheme://user@host:port/path; empty where there is none. */
static struct span host_of_uri(struct span uri)
{
    const char *scheme_end = memmem(uri.data, uri.size, "://", 3);
    if (scheme_end == NULL || scheme_end == uri.data ||
        memchr(uri.data, '/', (size_t)(scheme_end - uri.data)) != NULL)
        return (struct span){NULL, 0};
    struct span host = skip(uri, (size_t)(scheme_end - uri.data) + 3);
    for (size_t i = 0; i < host.size; i++)
        if (host.data[i] == '/' || host.data[i] == '?' || host.data[i] == '#')
            host.size = i;
    host = skip(host, local_part_size(host));
    const char *port = host.size > 0 ? memchr(host.data, ':', host.size) : NULL;
    if (port != NULL)
        host.size = (size_t)(port - host.data);
    return host;
}

static bool match_uri(const struct sgw_tlv *name, const struct sgw_tlv *base, bool is_excluded)
{
    struct span limit = span_of(base);
    struct span host = host_of_uri(span_of(name));
    /* one without a domain can't be told, and is not permitted */
    if (!is_host(host) || !is_host_base(limit))
        return is_excluded;
    return is_host_within(host, limit);
}

static bool match_directory(const struct sgw_tlv *name, const struct sgw_tlv *base,
                            bool is_excluded)
{
    struct sgw_der name_der;
    struct sgw_der base_der;
    struct sgw_der name_rdns;
    struct sgw_der base_rdns;
    sgw_der_init(&name_der, name->value, name->size);
    sgw_der_init(&base_der, base->value, base->size);
    if (!sgw_der_enter(&name_der, SGW_TAG_SEQUENCE, &name_rdns) ||
        !sgw_der_enter(&base_der, SGW_TAG_SEQUENCE, &base_rdns))
        return is_excluded;
    return sgw_dn_begins_with(name_rdns, base_rdns, is_excluded);
}

static const struct {
    uint8_t tag;
    bool (*match)(const struct sgw_tlv *name, const struct sgw_tlv *base, bool is_excluded);
} form_rows[] = {
    {SGW_NAME_FORM_MAIL, match_mail},
    {SGW_NAME_FORM_DOMAIN, match_domain},
    {SGW_NAME_FORM_DIRECTORY, match_directory},
    {SGW_NAME_FORM_URI, match_uri},
};

bool sgw_name_is_within(const struct sgw_tlv *name, const struct sgw_tlv *base,
                        bool is_excluded)
{
    for (size_t i = 0; i < sizeof(form_rows) / sizeof(form_rows[0]); i++)
        if (form_rows[i].tag == name->tag)
            return form_rows[i].match(name, base, is_excluded);
    return is_excluded;
}
