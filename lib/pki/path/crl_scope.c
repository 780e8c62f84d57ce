/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/error.h>
#include <string.h>

#include "base/text.h"
#include "pki/path/crl.h"

enum {
    TAG_POINT = 0xa0,      /* DistributionPoint.distributionPoint, EXPLICIT */
    TAG_FULL_NAME = 0xa0,  /* GeneralNames */
    TAG_RELATIVE = 0xa1,   /* RelativeDistinguishedName */
    TAG_REASONS = 0x81,    /* ReasonFlags */
    TAG_CRL_ISSUER = 0xa2, /* GeneralNames */
    TAG_DIRECTORY = 0xa4
};

/* One distribution point of a certificate [RFC5280-4.2.1.13]; spans with start NULL are
 * absent. */
struct point {
    struct sgw_tlv name; /* the choice of DistributionPointName */
    struct sgw_tlv reasons;
    struct sgw_tlv issuer;
};

static bool next_point(struct sgw_der *points, struct point *ret)
{
    struct sgw_der point;
    struct sgw_der name;
    *ret = (struct point){0};
    if (!sgw_der_enter(points, SGW_TAG_SEQUENCE, &point))
        return false;
    if (sgw_der_enter(&point, TAG_POINT, &name) && !sgw_der_next(&name, &ret->name))
        return false;
    sgw_der_get(&point, TAG_REASONS, &ret->reasons);
    sgw_der_get(&point, TAG_CRL_ISSUER, &ret->issuer);
    return sgw_der_at_end(&point);
}

/* A Name that is a base's Name and one more RDN? The RDN is given as the contents of its SET.
 */
static bool is_name_and_rdn(const struct sgw_tlv *directory, const struct sgw_tlv *base,
                            const struct sgw_tlv *relative)
{
    struct sgw_der choice;
    struct sgw_der outer;
    struct sgw_der rdns;
    struct sgw_tlv name;
    struct sgw_der base_rdns;
    sgw_der_init(&choice, directory->value, directory->size);
    sgw_der_init(&outer, base->start, base->total);
    if (!sgw_der_get(&choice, SGW_TAG_SEQUENCE, &name) ||
        !sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &base_rdns))
        return false;
    rdns = sgw_der_inside(&choice, &name);
    size_t size = sgw_der_left(&base_rdns);
    if (sgw_der_left(&rdns) <= size || memcmp(rdns.at, base_rdns.at, size) != 0)
        return false;
    rdns.at += size;
    struct sgw_tlv last;
    return sgw_der_get(&rdns, SGW_TAG_SET, &last) && sgw_der_at_end(&rdns) &&
           sgw_equal(last.value, last.size, relative->value, relative->size);
}

/* Do two lists of GeneralNames have one in common? A relative name stands for one that begins
 * with its issuer's. */
static bool have_common_name(const struct sgw_tlv *a, const struct sgw_tlv *a_issuer,
                             const struct sgw_tlv *b, const struct sgw_tlv *b_issuer)
{
    struct sgw_der list;
    struct sgw_tlv one;
    if (a->tag == TAG_RELATIVE && b->tag == TAG_RELATIVE)
        return sgw_equal(a->value, a->size, b->value, b->size) &&
               sgw_equal(a_issuer->start, a_issuer->total, b_issuer->start, b_issuer->total);
    if (b->tag == TAG_RELATIVE)
        return have_common_name(b, b_issuer, a, a_issuer);
    sgw_der_init(&list, b->value, b->size);
    while (sgw_der_next(&list, &one)) {
        struct sgw_der other;
        struct sgw_tlv name;
        if (a->tag == TAG_RELATIVE) {
            if (one.tag == TAG_DIRECTORY && is_name_and_rdn(&one, a_issuer, a))
                return true;
            continue;
        }
        sgw_der_init(&other, a->value, a->size);
        while (sgw_der_next(&other, &name))
            if (sgw_equal(name.start, name.total, one.start, one.total))
                return true;
    }
    return false;
}

static bool is_issuer_of(const struct sgw_crl *crl, const struct smimegw_cert *cert)
{
    return sgw_equal(crl->issuer.start, crl->issuer.total, cert->issuer, cert->issuer_size);
}

static unsigned int reasons_of(const struct point *point)
{
    return point->reasons.start != NULL ? sgw_crl_reasons(&point->reasons) : SGW_REASONS_ALL;
}

/* [RFC5280-6.3.3] (b) (1) and (2) for one point. */
static bool is_for_point(const struct sgw_crl *crl, const struct smimegw_cert *cert,
                         const struct point *point)
{
    const struct sgw_crl_scope *scope = &crl->scope;
    const struct sgw_tlv own = {.start = cert->issuer, .total = cert->issuer_size};
    if (point->issuer.start != NULL) {
        if (!scope->is_indirect ||
            !sgw_crl_names_directory(&point->issuer, crl->issuer.start, crl->issuer.total))
            return false;
    } else if (!is_issuer_of(crl, cert)) {
        return false;
    }
    if (scope->point.start == NULL)
        return true;
    if (point->name.start != NULL) {
        /* a relative name is one of the CRL's issuer where that is named, else the own
         * issuer's */
        const struct sgw_tlv *base = point->issuer.start != NULL ? &crl->issuer : &own;
        return have_common_name(&point->name, base, &scope->point, &crl->issuer);
    }
    return point->issuer.start != NULL &&
           have_common_name(&point->issuer, &own, &scope->point, &crl->issuer);
}

/* Users or authorities, as the list limits itself; version 1 certificates are users'. */
static bool is_for_kind(const struct sgw_crl_scope *scope, const struct smimegw_cert *cert)
{
    return !scope->only_attributes && !(scope->only_users && cert->is_ca) &&
           !(scope->only_cas && !cert->is_ca);
}

unsigned int sgw_crl_covers(const struct sgw_crl *crl, const struct smimegw_cert *cert)
{
    unsigned int reasons = 0;
    struct sgw_der points;
    struct point point = {0};
    if (!is_for_kind(&crl->scope, cert))
        return 0;
    if (cert->crl_points == NULL) {
        /* as if it had one point, with the name of its issuer */
        return is_issuer_of(crl, cert) && crl->scope.point.start == NULL ? crl->scope.reasons
                                                                         : 0;
    }
    sgw_der_init(&points, cert->crl_points, cert->crl_points_size);
    while (next_point(&points, &point))
        if (is_for_point(crl, cert, &point))
            reasons |= reasons_of(&point) & crl->scope.reasons;
    /* a complete list of the issuer covers whatever the points say (6.3.3, last step) */
    if (is_issuer_of(crl, cert) && !crl->scope.is_there)
        reasons |= SGW_REASONS_ALL;
    return reasons;
}
