/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/name_constraints.h"

#include <string.h>

#include "pki/cert/dn_match.h"
#include "pki/cert/name_forms.h"
#include "pki/cert/names.h"

enum { TAG_PERMITTED = SGW_TAG_CONTEXT_CONSTRUCTED, TAG_EXCLUDED = TAG_PERMITTED | 1 };

/* Comparisons over a path; a certificate can hold 256 names, and 256 subtrees. */
enum { COMPARISONS_MAX = 65536 };

struct constraints {
    struct sgw_der permitted;
    struct sgw_der excluded;
    /* sgw_name_is_within(), or its like for domains */
    bool (*is_within)(const struct sgw_tlv *name, const struct sgw_tlv *base,
                      bool is_excluded);
    int *left; /* comparisons */
};

/* One GeneralSubtree, whose minimum and maximum are never there; false at the end, and where
 * it is malformed. */
static bool next_base(struct sgw_der *subtrees, struct sgw_tlv *ret)
{
    struct sgw_der rest = *subtrees;
    struct sgw_der subtree;
    if (!sgw_der_enter(&rest, SGW_TAG_SEQUENCE, &subtree) || !sgw_der_next(&subtree, ret) ||
        !sgw_der_at_end(&subtree))
        return false;
    *subtrees = rest;
    return true;
}

static bool is_well_formed(struct sgw_der subtrees)
{
    struct sgw_tlv base;
    while (next_base(&subtrees, &base))
        continue;
    return sgw_der_at_end(&subtrees);
}

static bool read_constraints(const struct smimegw_cert *ca, struct constraints *ret)
{
    struct sgw_der der;
    sgw_der_init(&der, ca->name_constraints, ca->name_constraints_size);
    sgw_der_init(&ret->permitted, NULL, 0);
    sgw_der_init(&ret->excluded, NULL, 0);
    sgw_der_enter(&der, TAG_PERMITTED, &ret->permitted);
    sgw_der_enter(&der, TAG_EXCLUDED, &ret->excluded);
    return sgw_der_at_end(&der) && is_well_formed(ret->permitted) &&
           is_well_formed(ret->excluded);
}

/* Is the name in one of the subtrees? ret_has_form: is one of them of the name's form? */
static bool is_in_subtrees(const struct constraints *constraints, bool is_excluded,
                           const struct sgw_tlv *name, bool *ret_has_form)
{
    struct sgw_der subtrees = is_excluded ? constraints->excluded : constraints->permitted;
    struct sgw_tlv base;
    while (next_base(&subtrees, &base)) {
        if (base.tag != name->tag)
            continue;
        *ret_has_form = true;
        if (*constraints->left == 0)
            return is_excluded;
        (*constraints->left)--;
        if (constraints->is_within(name, &base, is_excluded))
            return true;
    }
    return false;
}

static bool is_permitted(const struct constraints *constraints, const struct sgw_tlv *name)
{
    bool has_form = false;
    if (is_in_subtrees(constraints, true, name, &has_form))
        return false;
    has_form = false;
    return is_in_subtrees(constraints, false, name, &has_form) || !has_form;
}

/* The subject, unless it is empty */
static bool is_subject_permitted(const struct constraints *constraints,
                                 const struct smimegw_cert *cert)
{
    const struct sgw_tlv name = {
        .tag = SGW_NAME_FORM_DIRECTORY, .value = cert->subject, .size = cert->subject_size};
    struct sgw_der der;
    struct sgw_tlv rdns;
    sgw_der_init(&der, cert->subject, cert->subject_size);
    return sgw_der_get(&der, SGW_TAG_SEQUENCE, &rdns) &&
           (rdns.size == 0 || is_permitted(constraints, &name));
}

/* Addresses that names.h finds, and the walk over the alternative names does not: a subject's
 * emailAddress, and international ones, which constraints on rfc822Name bind [RFC9598-6]. */
static bool are_odd_addresses_permitted(const struct constraints *constraints,
                                        const struct smimegw_cert *cert)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name)) {
        struct sgw_tlv tlv = {
            .tag = SGW_NAME_FORM_MAIL, .value = (const uint8_t *)name.data, .size = name.size};
        if ((name.is_utf8 || walk.is_in_subject) && !is_permitted(constraints, &tlv))
            return false;
    }
    return true;
}

static bool are_names_permitted(const struct constraints *constraints,
                                const struct smimegw_cert *cert)
{
    struct sgw_der names;
    struct sgw_tlv name;
    if (!is_subject_permitted(constraints, cert) ||
        !are_odd_addresses_permitted(constraints, cert))
        return false;
    sgw_der_init(&names, cert->san, cert->san_size);
    while (sgw_der_next(&names, &name))
        if (!is_permitted(constraints, &name))
            return false;
    return sgw_der_at_end(&names);
}

bool sgw_names_are_permitted(const struct smimegw_cert *const *path, size_t count)
{
    int left = COMPARISONS_MAX;
    /* each CA by itself: what several permit is what all do, and none takes back what another
     * one excludes */
    for (size_t ca = 1; ca < count; ca++) {
        struct constraints constraints = {.is_within = sgw_name_is_within, .left = &left};
        if (path[ca]->name_constraints == NULL)
            continue;
        if (!read_constraints(path[ca], &constraints))
            return false;
        /* [RFC5280-6.1.3] (b): self-issued certificates above the last are exempt */
        for (size_t i = 0; i < ca; i++)
            if ((i == 0 || !sgw_cert_is_self_issued(path[i])) &&
                !are_names_permitted(&constraints, path[i]))
                return false;
    }
    return true;
}

static bool are_domains_permitted(const struct constraints *constraints,
                                  const struct smimegw_cert *leaf)
{
    struct sgw_der names;
    struct sgw_tlv name;
    sgw_der_init(&names, leaf->san, leaf->san_size);
    while (sgw_der_next(&names, &name)) {
        if (name.tag != SGW_NAME_FORM_DOMAIN)
            continue;
        name.tag = SGW_NAME_FORM_MAIL;
        if (!is_permitted(constraints, &name))
            return false;
    }
    return sgw_der_at_end(&names);
}

bool sgw_domains_are_permitted(const struct smimegw_cert *const *path, size_t count)
{
    int left = COMPARISONS_MAX;
    for (size_t ca = 1; ca < count; ca++) {
        struct constraints constraints = {.is_within = sgw_mail_domain_is_within,
                                          .left = &left};
        if (path[ca]->name_constraints != NULL &&
            (!read_constraints(path[ca], &constraints) ||
             !are_domains_permitted(&constraints, path[0])))
            return false;
    }
    return true;
}
