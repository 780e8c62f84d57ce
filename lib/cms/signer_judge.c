/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "cms/signed_in.h"

/* More certificates than this under one key identifier are not tried (bounded work). */
enum { CANDIDATES_MAX = 8 };

/* --- attributes ----------------------------------------------------------------------------
 */

/* [RFC6211-3]: the algorithms again, under the signature. */
static bool protection_agrees(const struct sgw_tlv *value,
                              const struct sgw_signer_info *signer)
{
    struct sgw_der walk;
    struct sgw_der inside;
    struct sgw_tlv digest;
    struct sgw_tlv signature;
    struct sgw_tlv oid[2];
    struct sgw_der parameters;
    sgw_der_init(&walk, value->start, value->total);
    if (!sgw_der_enter(&walk, SGW_TAG_SEQUENCE, &inside) ||
        !sgw_der_get(&inside, SGW_TAG_SEQUENCE, &digest) ||
        !sgw_der_get(&inside, SGW_TAG_CONTEXT_CONSTRUCTED | 1, &signature) ||
        !sgw_der_at_end(&inside))
        return false;
    /* NULL and absent parameters mean the same for a digest */
    if (!sgw_algorithm_read(&digest, &oid[0], &parameters) ||
        !sgw_algorithm_read(&signer->digest_algorithm, &oid[1], &parameters) ||
        !sgw_tlv_is(&oid[0], oid[1].value, oid[1].size))
        return false;
    return sgw_tlv_is(&signature, signer->signature_algorithm.value,
                      signer->signature_algorithm.size);
}

/* signing-time: absent, or as [RFC5652-11.3] wants it. */
static bool read_signing_time(const struct sgw_attributes *attributes,
                              struct sgw_signer_finding *finding)
{
    const struct sgw_tlv *value = &attributes->values[SGW_ATTRIBUTE_SIGNING_TIME];
    if (value->start == NULL)
        return true;
    finding->has_signing_time = sgw_tlv_time(value, &finding->signing_time);
    return finding->has_signing_time;
}

/* content-type and message-digest (RFC 5652 sections 5.6, 11.1, 11.2). */
static int judge_content(const struct sgw_judge *judge,
                         const struct sgw_attributes *attributes, const uint8_t *digest,
                         size_t digest_size)
{
    const struct sgw_tlv *type = &attributes->values[SGW_ATTRIBUTE_CONTENT_TYPE];
    const struct sgw_tlv *value = &attributes->values[SGW_ATTRIBUTE_MESSAGE_DIGEST];
    const struct sgw_tlv *content = &judge->framing->content_oid;
    if (type->start == NULL || value->start == NULL)
        return SMIMEGW_REASON_ATTRIBUTES_INVALID;
    if (type->tag != SGW_TAG_OID || value->tag != SGW_TAG_OCTET_STRING)
        return SMIMEGW_REASON_ATTRIBUTES_INVALID;
    if (!sgw_tlv_is(type, content->value, content->size))
        return SMIMEGW_REASON_ATTRIBUTES_INVALID;
    return sgw_tlv_is(value, digest, digest_size) ? SMIMEGW_REASON_OK
                                                  : SMIMEGW_REASON_DIGEST_MISMATCH;
}

/* Without attributes, old ones could pose as the content (AC-10), and another type than data
 * is forbidden [RFC5652-5.3]; the rest is only not acceptable here. */
static int judge_no_attributes(const struct sgw_framing *framing)
{
    bool is_data = sgw_tlv_is_oid(&framing->content_oid, &sgw_oid_data);
    return is_data && framing->content_start != SGW_TAG_SET
               ? SMIMEGW_REASON_ATTRIBUTES_MISSING
               : SMIMEGW_REASON_ATTRIBUTES_INVALID;
}

static int judge_attributes(const struct sgw_judge *judge,
                            const struct sgw_signer_info *signer, const uint8_t *digest,
                            struct sgw_attributes *attributes,
                            struct sgw_signer_finding *finding)
{
    if (signer->signed_attributes.start == NULL)
        return judge_no_attributes(judge->framing);
    int reason = sgw_attributes_read(&signer->signed_attributes, attributes);
    if (reason != SMIMEGW_REASON_OK)
        return reason;
    if (!read_signing_time(attributes, finding) ||
        (signer->unsigned_attributes.start != NULL &&
         !sgw_unsigned_attributes_are_fine(&signer->unsigned_attributes)))
        return SMIMEGW_REASON_ATTRIBUTES_INVALID;
    const struct sgw_tlv *protection = &attributes->values[SGW_ATTRIBUTE_ALGORITHM_PROTECTION];
    if (protection->start != NULL && !protection_agrees(protection, signer))
        return SMIMEGW_REASON_ALGORITHM_MISMATCH;
    return judge_content(judge, attributes, digest, sgw_hash_size(finding->algorithm.hash));
}

/* --- algorithms ----------------------------------------------------------------------------
 */

static int judge_algorithms(const struct sgw_judge *judge,
                            const struct sgw_signer_info *signer,
                            struct sgw_signer_finding *finding)
{
    struct sgw_signature_algorithm algorithm = {0};
    int reason = sgw_signature_algorithm_read(&signer->digest_algorithm,
                                              &signer->signature_algorithm, &algorithm);
    if (reason == SMIMEGW_REASON_ALGORITHM_UNKNOWN)
        return reason;
    finding->algorithm = algorithm;
    if (reason != SMIMEGW_REASON_OK)
        return reason;
    /* a digest that was not announced was not meant to be computed [RFC5652-5.3] */
    return sgw_framing_announces(judge->framing, algorithm.hash)
               ? SMIMEGW_REASON_OK
               : SMIMEGW_REASON_ALGORITHM_MISMATCH;
}

/* --- certificates --------------------------------------------------------------------------
 */

static bool is_signers(const struct smimegw_cert *cert, const struct sgw_signer_info *signer)
{
    if (signer->is_key_id)
        return sgw_cert_is_ski(cert, signer->key_id.value, signer->key_id.size);
    return sgw_cert_is_issuer_serial(cert, signer->issuer.start, signer->issuer.total,
                                     signer->serial.value, signer->serial.size);
}

/* Append the certificates of a list that answer to the signer id, each once. */
static size_t gather(const struct sgw_cert_list *list, const struct sgw_signer_info *signer,
                     struct smimegw_cert **found, size_t count)
{
    for (size_t i = 0; list != NULL && i < list->count && count < CANDIDATES_MAX; i++) {
        bool is_new = is_signers(list->certs[i], signer);
        for (size_t k = 0; is_new && k < count; k++)
            is_new = !sgw_cert_is_same(found[k], list->certs[i]);
        if (is_new)
            found[count++] = list->certs[i];
    }
    return count;
}

/* The attribute that names the signer's certificate; absent: any is right. */
static bool is_named(const struct sgw_attributes *attributes, const struct smimegw_cert *cert)
{
    const struct sgw_tlv *v1 = &attributes->values[SGW_ATTRIBUTE_SIGNING_CERTIFICATE];
    const struct sgw_tlv *v2 = &attributes->values[SGW_ATTRIBUTE_SIGNING_CERTIFICATE_V2];
    return (v1->start == NULL ||
            sgw_attribute_names_cert(v1, false, cert->der.data, cert->der.size)) &&
           (v2->start == NULL ||
            sgw_attribute_names_cert(v2, true, cert->der.data, cert->der.size));
}

static bool has_name(const struct sgw_attributes *attributes)
{
    return attributes->values[SGW_ATTRIBUTE_SIGNING_CERTIFICATE].start != NULL ||
           attributes->values[SGW_ATTRIBUTE_SIGNING_CERTIFICATE_V2].start != NULL;
}

/* --- signature and path --------------------------------------------------------------------
 */

/* The signed bytes are the attributes with the tag of SET OF [RFC5652-5.4]. */
static int check_signature(const struct sgw_signer_info *signer,
                           const struct smimegw_cert *cert,
                           const struct sgw_signature_algorithm *algorithm)
{
    const struct sgw_tlv *attributes = &signer->signed_attributes;
    uint8_t *signed_bytes = sgw_malloc(attributes->total);
    if (signed_bytes == NULL)
        return SMIMEGW_E_NOMEM;
    memcpy(signed_bytes, attributes->start, attributes->total);
    signed_bytes[0] = SGW_TAG_SET;
    int ret = sgw_signature_check(cert, algorithm, signed_bytes, attributes->total,
                                  signer->signature.value, signer->signature.size);
    sgw_free(signed_bytes);
    return ret;
}

static bool is_from_the_future(const struct sgw_judge *judge,
                               const struct sgw_signer_finding *finding)
{
    return finding->has_signing_time && finding->signing_time > judge->time + judge->skew;
}

/* Acceptable, though cryptographically right? [RFC8550-4.4], SECURITY.md (e). */
static int judge_policy(const struct sgw_judge *judge, const struct smimegw_cert *cert,
                        const struct sgw_signer_finding *finding, bool is_pinned,
                        struct sgw_trust_finding *ret, struct smimegw_error **ret_error)
{
    const unsigned int sign_usage = GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION;
    const struct sgw_trust_query query = {
        .cert = cert,
        .use = SMIMEGW_USE_SIGN,
        .candidates = &judge->signed_data->certs,
        .crls = &judge->signed_data->crls,
        .time = judge->time,
        .revocation_rule = judge->revocation_rule,
        .operations = judge->operations,
        .is_pinned = is_pinned,
    };
    ret->reason = SMIMEGW_REASON_OK;
    if (!sgw_tlv_is_oid(&judge->framing->content_oid, &sgw_oid_data))
        ret->reason = SMIMEGW_REASON_CONTENT_TYPE;
    else if (sgw_digest_by_id(finding->algorithm.hash)->is_weak)
        ret->reason = SMIMEGW_REASON_ALGORITHM_WEAK;
    else if (!sgw_cert_key_is_acceptable(cert))
        ret->reason = SMIMEGW_REASON_KEY_WEAK;
    else if (cert->has_key_usage && (cert->key_usage & sign_usage) == 0)
        ret->reason = SMIMEGW_REASON_CERT_KEY_USAGE;
    else if (!cert->has_email_purpose)
        ret->reason = SMIMEGW_REASON_CERT_PURPOSE;
    else if (is_from_the_future(judge, finding))
        ret->reason = SMIMEGW_REASON_SIGNING_TIME;
    else if (judge->trust == NULL)
        ret->reason = SMIMEGW_REASON_CERT_UNTRUSTED;
    if (ret->reason != SMIMEGW_REASON_OK)
        return SMIMEGW_OK;
    return sgw_trust_check(judge->trust, &query, ret, ret_error);
}

/* Does this candidate carry the signature, and how far does it get? */
static int judge_candidate(const struct sgw_judge *judge, const struct sgw_signer_info *signer,
                           const struct smimegw_cert *cert, bool is_pinned,
                           struct sgw_signer_finding *finding,
                           struct sgw_trust_finding *ret_finding,
                           struct smimegw_error **ret_error)
{
    *ret_finding = (struct sgw_trust_finding){.reason = SMIMEGW_REASON_LIMIT};
    if (*judge->operations < 1)
        return SMIMEGW_OK;
    *judge->operations -= 1;
    int ret = check_signature(signer, cert, &finding->algorithm);
    switch (ret) {
    case SMIMEGW_OK:
        return judge_policy(judge, cert, finding, is_pinned, ret_finding, ret_error);
    case SMIMEGW_E_KEY:
        ret_finding->reason = SMIMEGW_REASON_SIGNATURE_INVALID;
        return SMIMEGW_OK;
    case SMIMEGW_E_UNSUPPORTED:
        ret_finding->reason = SMIMEGW_REASON_ALGORITHM_UNKNOWN;
        return SMIMEGW_OK;
    default:
        return sgw_fail(ret_error, ret, "checking a signature");
    }
}

/* Would it help to be an administrator's key? Nothing helps the denied and the revoked, nor
 * what is wrong with the certificate itself. */
static bool could_be_pinned(const struct sgw_judge *judge, const struct smimegw_cert *cert,
                            const struct sgw_trust_finding *found)
{
    if (found->reason == SMIMEGW_REASON_OK)
        return !found->speaks_for_domains &&
               smimegw_cert_text(cert, SMIMEGW_CERT_DOMAINS)[0] != '\0';
    return found->reason >= SMIMEGW_REASON_CERT_UNTRUSTED &&
           found->reason <= SMIMEGW_REASON_CERT_REVOCATION_UNKNOWN &&
           found->reason != SMIMEGW_REASON_CERT_REVOKED &&
           sgw_cert_is_valid_at(cert, judge->time) && cert->has_email_purpose &&
           sgw_cert_why_not_sign(cert) == NULL;
}

static void take_candidate(struct sgw_signer_finding *finding, struct smimegw_cert *cert,
                           const struct sgw_trust_finding *found)
{
    smimegw_cert_unref(finding->cert);
    finding->cert = smimegw_cert_ref(cert);
    finding->reason = found->reason;
    finding->speaks_for_domains = found->speaks_for_domains;
    finding->is_pinned = found->is_pinned;
}

/* The question about the pinned ones, for all candidates in one. */
struct pin_question {
    struct smimegw_cert *certs[CANDIDATES_MAX];
    size_t count;
};

/* What is not known is neither believed nor refused for good. */
static int ask_pins(const struct sgw_judge *judge, const struct pin_question *question,
                    struct sgw_signer_finding *finding, struct smimegw_error **ret_error)
{
    bool is_pinned[CANDIDATES_MAX] = {false};
    struct smimegw_error *error = NULL;
    int ret = judge->pins->find(judge->pins->userdata, question->certs, question->count,
                                is_pinned, &error);
    bool is_unknown = ret == SMIMEGW_E_STORE;
    if (ret < 0 && !is_unknown)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    if (ret < 0 && !is_unknown)
        return ret;
    for (size_t i = 0; i < question->count; i++) {
        struct sgw_trust_finding found;
        if (!is_pinned[i])
            continue;
        ret = judge_policy(judge, question->certs[i], finding, true, &found, ret_error);
        if (ret < 0)
            return ret;
        if (finding->reason != SMIMEGW_REASON_OK || found.reason == SMIMEGW_REASON_OK)
            take_candidate(finding, question->certs[i], &found);
        if (found.reason == SMIMEGW_REASON_OK)
            return SMIMEGW_OK;
    }
    finding->is_pin_unknown = is_unknown;
    if (is_unknown && finding->reason != SMIMEGW_REASON_OK)
        finding->reason = SMIMEGW_REASON_CERT_LOOKUP;
    return SMIMEGW_OK;
}

/*
 * Try all candidates: certificates may share a key identifier, and the one that verifies and
 * chains wins [RFC8551-2.6]. An invalid signature is the weakest finding.
 */
static int judge_candidates(const struct sgw_judge *judge,
                            const struct sgw_signer_info *signer, struct smimegw_cert **certs,
                            size_t count, bool is_pinned, struct sgw_signer_finding *finding,
                            struct smimegw_error **ret_error)
{
    struct pin_question question = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        struct sgw_trust_finding found;
        int ret =
            judge_candidate(judge, signer, certs[i], is_pinned, finding, &found, ret_error);
        int reason = found.reason;
        if (ret < 0)
            return ret;
        if (reason == SMIMEGW_REASON_OK)
            question.count = 0; /* the others don't matter any more */
        if (!is_pinned && could_be_pinned(judge, certs[i], &found))
            question.certs[question.count++] = certs[i];
        if (i > 0 && reason == SMIMEGW_REASON_SIGNATURE_INVALID)
            continue;
        if (i > 0 && finding->reason != SMIMEGW_REASON_SIGNATURE_INVALID &&
            reason != SMIMEGW_REASON_OK)
            continue;
        take_candidate(finding, certs[i], &found);
        if (reason == SMIMEGW_REASON_OK)
            break;
    }
    if (judge->pins == NULL || question.count == 0)
        return SMIMEGW_OK;
    return ask_pins(judge, &question, finding, ret_error);
}

/* Narrow the candidates to those that signingCertificate names. */
static int choose_candidates(const struct sgw_attributes *attributes,
                             const struct sgw_signer_info *signer, struct smimegw_cert **certs,
                             size_t *count)
{
    size_t named = 0;
    for (size_t i = 0; i < *count; i++)
        if (is_named(attributes, certs[i]))
            certs[named++] = certs[i];
    if (named == 0)
        return SMIMEGW_REASON_CERT_HASH;
    *count = named;
    /* the same issuer and serial on two certificates: somebody plays tricks (AC-32) */
    if (named > 1 && !signer->is_key_id && !has_name(attributes))
        return SMIMEGW_REASON_SIGNER_AMBIGUOUS;
    return SMIMEGW_REASON_OK;
}

static bool fits_signer(const void *object, const struct smimegw_cert *cert)
{
    return is_signers(cert, object);
}

/* ret_is_unknown: there may be others. */
static int gather_pins(const struct sgw_judge *judge, const struct sgw_signer_info *signer,
                       struct sgw_cert_list *ret_list, bool *ret_is_unknown,
                       struct smimegw_error **ret_error)
{
    const struct sgw_pin_search search = {sgw_buf_text(judge->from), judge->from->size,
                                          fits_signer, signer, CANDIDATES_MAX};
    struct smimegw_error *error = NULL;
    int ret = judge->pins->gather(judge->pins->userdata, &search, ret_list, &error);
    *ret_is_unknown = ret == SMIMEGW_E_STORE;
    if (*ret_is_unknown)
        ret = SMIMEGW_OK;
    else if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    return ret;
}

/* The message does not have the certificate: an administrator may. */
static int judge_absent(const struct sgw_judge *judge, const struct sgw_signer_info *signer,
                        const struct sgw_attributes *attributes,
                        struct sgw_signer_finding *finding, struct smimegw_error **ret_error)
{
    struct sgw_cert_list list = {0};
    struct smimegw_cert *certs[CANDIDATES_MAX];
    bool is_unknown;
    finding->reason = SMIMEGW_REASON_SIGNER_NOT_FOUND;
    if (judge->pins == NULL || judge->from == NULL)
        return SMIMEGW_OK;
    finding->reason = SMIMEGW_REASON_LIMIT;
    if (*judge->operations < 1)
        return SMIMEGW_OK;
    *judge->operations -= 1;
    int ret = gather_pins(judge, signer, &list, &is_unknown, ret_error);
    size_t count = gather(&list, signer, certs, 0);
    finding->reason = count > 0 ? choose_candidates(attributes, signer, certs, &count)
                                : SMIMEGW_REASON_SIGNER_NOT_FOUND;
    if (ret == SMIMEGW_OK && finding->reason == SMIMEGW_REASON_OK)
        ret = judge_candidates(judge, signer, certs, count, true, finding, ret_error);
    if (is_unknown && finding->reason != SMIMEGW_REASON_OK)
        finding->reason = SMIMEGW_REASON_CERT_LOOKUP;
    sgw_cert_list_clear(&list);
    return ret;
}

int sgw_signer_judge(const struct sgw_judge *judge, const struct sgw_signer_info *signer,
                     const uint8_t *digest, struct sgw_signer_finding *ret,
                     struct smimegw_error **ret_error)
{
    struct smimegw_cert *certs[CANDIDATES_MAX];
    struct sgw_attributes attributes = {0};
    memset(ret, 0, sizeof(*ret));
    size_t count = gather(&judge->signed_data->certs, signer, certs, 0);
    for (size_t i = 0; judge->trust != NULL && i < SGW_TRUST_KNOWN; i++)
        count = gather(sgw_trust_known(judge->trust, i), signer, certs, count);
    if (count > 0)
        ret->cert = smimegw_cert_ref(certs[0]);
    ret->reason = judge_algorithms(judge, signer, ret);
    if (ret->reason == SMIMEGW_REASON_OK)
        ret->reason = judge_attributes(judge, signer, digest, &attributes, ret);
    ret->capabilities = attributes.values[SGW_ATTRIBUTE_CAPABILITIES];
    ret->preference = attributes.values[SGW_ATTRIBUTE_KEY_PREFERENCE];
    if (ret->reason != SMIMEGW_REASON_OK)
        return SMIMEGW_OK;
    if (count == 0)
        return judge_absent(judge, signer, &attributes, ret, ret_error);
    ret->reason = choose_candidates(&attributes, signer, certs, &count);
    if (ret->reason != SMIMEGW_REASON_OK)
        return SMIMEGW_OK;
    return judge_candidates(judge, signer, certs, count, false, ret, ret_error);
}

void sgw_signer_finding_clear(struct sgw_signer_finding *finding)
{
    smimegw_cert_unref(finding->cert);
    finding->cert = NULL;
}
