/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms/preference.h"

#include "base/error_impl.h"
#include "base/text.h"

/* The CHOICE, all of it IMPLICIT: [0] IssuerAndSerialNumber, [1] RecipientKeyIdentifier, [2]
 * SubjectKeyIdentifier. */
enum { TAG_KEY_ID = SGW_TAG_CONTEXT | 2 };

struct preference {
    struct sgw_tlv issuer; /* start NULL: by key_id */
    struct sgw_tlv serial;
    struct sgw_tlv key_id;
};

static bool read_preference(const struct sgw_tlv *value, struct preference *ret)
{
    struct sgw_der der;
    struct sgw_der inside;
    *ret = (struct preference){0};
    sgw_der_init(&der, value->start, value->total);
    if (sgw_der_get(&der, TAG_KEY_ID, &ret->key_id))
        return sgw_der_at_end(&der);
    if (sgw_der_enter(&der, SGW_TAG_CONTEXT_CONSTRUCTED | 1, &inside))
        return sgw_der_get(&inside, SGW_TAG_OCTET_STRING, &ret->key_id);
    return sgw_der_enter(&der, SGW_TAG_CONTEXT_CONSTRUCTED, &inside) &&
           sgw_der_get(&inside, SGW_TAG_SEQUENCE, &ret->issuer) &&
           sgw_der_get(&inside, SGW_TAG_INTEGER, &ret->serial) && sgw_der_at_end(&inside);
}

static bool is_preferred(const struct smimegw_cert *cert, const struct preference *preference)
{
    if (preference->issuer.start == NULL)
        return sgw_cert_is_ski(cert, preference->key_id.value, preference->key_id.size);
    return sgw_cert_is_issuer_serial(cert, preference->issuer.start, preference->issuer.total,
                                     preference->serial.value, preference->serial.size);
}

/* Of the same person by the same issuer? Others may be anybody's (AC-132). */
static bool is_sibling(const struct smimegw_cert *a, const struct smimegw_cert *b)
{
    return sgw_equal(a->subject, a->subject_size, b->subject, b->subject_size) &&
           sgw_equal(a->issuer, a->issuer_size, b->issuer, b->issuer_size);
}

/* NULL where it is not there, or not the only one. */
static struct smimegw_cert *find_sibling(const struct sgw_cert_list *certs,
                                         const struct preference *preference,
                                         const struct smimegw_cert *signer)
{
    struct smimegw_cert *found = NULL;
    for (size_t i = 0; i < certs->count; i++) {
        if (!is_preferred(certs->certs[i], preference) ||
            (found != NULL && sgw_cert_is_same(found, certs->certs[i])))
            continue;
        if (found != NULL || !is_sibling(certs->certs[i], signer))
            return NULL;
        found = certs->certs[i];
    }
    return found;
}

int sgw_preference_judge(const struct sgw_judge *judge,
                         const struct sgw_signer_finding *finding,
                         struct smimegw_cert **ret_preferred, bool *ret_is_odd,
                         struct smimegw_error **ret_error)
{
    struct preference preference;
    struct sgw_trust_finding found = {.reason = SMIMEGW_REASON_CERT_UNTRUSTED};
    if (finding->reason != SMIMEGW_REASON_OK || finding->preference.start == NULL)
        return SMIMEGW_OK;
    bool is_read = read_preference(&finding->preference, &preference);
    if (is_read && is_preferred(finding->cert, &preference))
        return SMIMEGW_OK;
    struct smimegw_cert *sibling =
        is_read ? find_sibling(&judge->signed_data->certs, &preference, finding->cert) : NULL;
    const struct sgw_trust_query query = {
        .cert = sibling,
        .use = SMIMEGW_USE_ENCRYPT,
        .candidates = &judge->signed_data->certs,
        .crls = &judge->signed_data->crls,
        .time = judge->time,
        .revocation_rule = judge->revocation_rule,
        .operations = judge->operations,
    };
    int ret = sibling != NULL ? sgw_trust_check(judge->trust, &query, &found, ret_error)
                              : SMIMEGW_OK;
    if (ret < 0)
        return ret;
    *ret_is_odd = found.reason != SMIMEGW_REASON_OK;
    *ret_preferred = *ret_is_odd ? NULL : smimegw_cert_ref(sibling);
    return SMIMEGW_OK;
}
