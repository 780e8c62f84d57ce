/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/name_constraints.h"

#include <string.h>

#include "pki/names.h"

/* GeneralName; directoryName is EXPLICIT, for it is a CHOICE. */
enum { TAG_RFC822_NAME = 0x81, TAG_DIRECTORY_NAME = 0xa4 };
enum { TAG_PERMITTED = SGW_TAG_CONTEXT_CONSTRUCTED, TAG_EXCLUDED = TAG_PERMITTED | 1 };

struct constraints {
    struct sgw_der permitted;
    bool has_excluded_dn;
    bool has_permitted_dn;
    bool has_mail;
};

/* The base of the next GeneralSubtree; false at the end and where malformed. */
static bool next_base(struct sgw_der *subtrees, struct sgw_tlv *ret)
{
    struct sgw_der subtree;
    return sgw_der_enter(subtrees, SGW_TAG_SEQUENCE, &subtree) && sgw_der_next(&subtree, ret);
}

/* Which types are constrained in a list; false where the list is malformed. */
static bool find_types(struct sgw_der subtrees, bool *ret_dn, bool *ret_mail)
{
    struct sgw_tlv base;
    while (next_base(&subtrees, &base)) {
        *ret_dn |= base.tag == TAG_DIRECTORY_NAME;
        *ret_mail |= base.tag == TAG_RFC822_NAME;
    }
    return sgw_der_at_end(&subtrees);
}

static bool read_constraints(const struct smimegw_cert *ca, struct constraints *ret)
{
    struct sgw_der der;
    struct sgw_der excluded;
    *ret = (struct constraints){0};
    sgw_der_init(&der, ca->name_constraints, ca->name_constraints_size);
    if (sgw_der_enter(&der, TAG_PERMITTED, &ret->permitted) &&
        !find_types(ret->permitted, &ret->has_permitted_dn, &ret->has_mail))
        return false;
    if (sgw_der_enter(&der, TAG_EXCLUDED, &excluded) &&
        !find_types(excluded, &ret->has_excluded_dn, &ret->has_mail))
        return false;
    return sgw_der_at_end(&der);
}

/* Is the Name (RDNs only) in one of the permitted subtrees? One that starts with the same
 * bytes starts with the same RDNs. */
static bool is_dn_permitted(struct sgw_der permitted, const uint8_t *rdns, size_t size)
{
    struct sgw_tlv base;
    while (next_base(&permitted, &base)) {
        struct sgw_der inside = sgw_der_inside(&permitted, &base);
        struct sgw_tlv name;
        if (base.tag == TAG_DIRECTORY_NAME && sgw_der_get(&inside, SGW_TAG_SEQUENCE, &name) &&
            name.size <= size && memcmp(rdns, name.value, name.size) == 0)
            return true;
    }
    return false;
}

/* The subject, unless it is empty, and all directory names of the SAN */
static bool are_dns_permitted(const struct constraints *constraints,
                              const struct smimegw_cert *cert)
{
    struct sgw_der der;
    struct sgw_tlv name;
    struct sgw_tlv rdns;
    sgw_der_init(&der, cert->subject, cert->subject_size);
    if (!sgw_der_get(&der, SGW_TAG_SEQUENCE, &rdns) ||
        (rdns.size > 0 && !is_dn_permitted(constraints->permitted, rdns.value, rdns.size)))
        return false;
    sgw_der_init(&der, cert->san, cert->san_size);
    while (sgw_der_next(&der, &name)) {
        struct sgw_der inside = sgw_der_inside(&der, &name);
        if (name.tag == TAG_DIRECTORY_NAME &&
            (!sgw_der_get(&inside, SGW_TAG_SEQUENCE, &rdns) ||
             !is_dn_permitted(constraints->permitted, rdns.value, rdns.size)))
            return false;
    }
    return true;
}

static bool has_utf8_mailbox(const struct smimegw_cert *cert)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name))
        if (name.is_utf8)
            return true;
    return false;
}

static bool is_permitted(const struct smimegw_cert *ca, const struct smimegw_cert *cert)
{
    struct constraints constraints;
    if (!read_constraints(ca, &constraints))
        return false;
    /* an excluded name has many spellings: there is no telling that this is none of them */
    if (constraints.has_excluded_dn)
        return false;
    /* [RFC9598-6]: these are bound by constraints on rfc822Name, which need U-labels
     * mapped; a CA under such constraints has no business there */
    if (constraints.has_mail && has_utf8_mailbox(cert))
        return false;
    return !constraints.has_permitted_dn || are_dns_permitted(&constraints, cert);
}

bool sgw_names_are_permitted(const struct smimegw_cert *const *path, size_t count)
{
    for (size_t ca = 1; ca < count; ca++) {
        if (path[ca]->name_constraints == NULL)
            continue;
        /* [RFC5280-6.1.4] (b): self-issued certificates above the last are exempt */
        for (size_t i = 0; i < ca; i++)
            if ((i == 0 || !sgw_cert_is_self_issued(path[i])) &&
                !is_permitted(path[ca], path[i]))
                return false;
    }
    return true;
}
