/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms/signed_in.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"

enum { TAG_SIGNED_ATTRIBUTES = 0xa0, TAG_UNSIGNED_ATTRIBUTES = 0xa1 };
enum { TAG_CERTIFICATES = 0xa0, TAG_CRLS = 0xa1, DIGEST_ALGORITHMS_MAX = 32 };

static int bad(struct smimegw_error **ret_error, const char *what)
{
    return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "signed data: %s", what);
}

/* --- structure -----------------------------------------------------------------------------
 */

/* CertificateSet: Certificate is read; attribute certificates and the like are passed over. */
static int read_certs(struct sgw_der walk, const struct sgw_limits *limits,
                      struct sgw_cert_list *certs, struct smimegw_error **ret_error)
{
    struct sgw_tlv tlv;
    if (sgw_der_count(walk) > limits->certificates)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "signed data: more than %lld certificates",
                        (long long)limits->certificates);
    while (sgw_der_next(&walk, &tlv)) {
        struct smimegw_cert *cert;
        if (tlv.tag != SGW_TAG_SEQUENCE)
            continue;
        int ret = sgw_cert_new_der(tlv.start, tlv.total, &cert, NULL);
        if (ret == SMIMEGW_E_NOMEM)
            return sgw_fail(ret_error, ret, "certificates of a message");
        if (ret < 0)
            continue; /* the bag is hints: one bad certificate must not hide the signer's */
        ret = sgw_cert_list_add(certs, cert);
        smimegw_cert_unref(cert);
        if (ret < 0)
            return sgw_fail(ret_error, ret, "certificates of a message");
    }
    return sgw_der_at_end(&walk) ? SMIMEGW_OK : bad(ret_error, "malformed certificates");
}

static bool read_signer_id(struct sgw_der *walk, struct sgw_signer_info *signer)
{
    struct sgw_der inside;
    signer->is_key_id = sgw_der_is_next(walk, SGW_TAG_CONTEXT);
    if (signer->is_key_id)
        return sgw_der_get(walk, SGW_TAG_CONTEXT, &signer->key_id);
    return sgw_der_enter(walk, SGW_TAG_SEQUENCE, &inside) &&
           sgw_der_get(&inside, SGW_TAG_SEQUENCE, &signer->issuer) &&
           sgw_der_get(&inside, SGW_TAG_INTEGER, &signer->serial) && sgw_der_at_end(&inside);
}

static bool read_signer(struct sgw_der *walk, struct sgw_signer_info *signer)
{
    struct sgw_der inside;
    struct sgw_tlv version;
    int number;
    if (!sgw_der_enter(walk, SGW_TAG_SEQUENCE, &inside) ||
        !sgw_der_get(&inside, SGW_TAG_INTEGER, &version) ||
        !sgw_tlv_number(&version, &number) || !read_signer_id(&inside, signer) ||
        !sgw_der_get(&inside, SGW_TAG_SEQUENCE, &signer->digest_algorithm))
        return false;
    if (sgw_der_is_next(&inside, TAG_SIGNED_ATTRIBUTES) &&
        !sgw_der_get(&inside, TAG_SIGNED_ATTRIBUTES, &signer->signed_attributes))
        return false;
    if (!sgw_der_get(&inside, SGW_TAG_SEQUENCE, &signer->signature_algorithm) ||
        !sgw_der_get(&inside, SGW_TAG_OCTET_STRING, &signer->signature))
        return false;
    if (sgw_der_is_next(&inside, TAG_UNSIGNED_ATTRIBUTES) &&
        !sgw_der_get(&inside, TAG_UNSIGNED_ATTRIBUTES, &signer->unsigned_attributes))
        return false;
    return sgw_der_at_end(&inside);
}

static int read_signers(struct sgw_der walk, const struct sgw_limits *limits,
                        struct sgw_signed_data *ret, struct smimegw_error **ret_error)
{
    int count = sgw_der_count(walk);
    if (count < 0)
        return bad(ret_error, "malformed signerInfos");
    if (count > limits->signers)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "signed data: more than %lld signers",
                        (long long)limits->signers);
    ret->signers = sgw_calloc((size_t)count, sizeof(*ret->signers));
    if (ret->signers == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "signers");
    ret->count = (size_t)count;
    for (int i = 0; i < count; i++)
        if (!read_signer(&walk, &ret->signers[i]))
            return sgw_fail(ret_error, SMIMEGW_E_SYNTAX,
                            "signed data: malformed SignerInfo %d", i + 1);
    return SMIMEGW_OK;
}

static int check_digests(const struct sgw_framing *framing, struct smimegw_error **ret_error)
{
    struct sgw_der walk;
    sgw_ber_init(&walk, framing->digest_algorithms.value, framing->digest_algorithms.size);
    int count = sgw_der_count(walk);
    if (count < 0)
        return bad(ret_error, "malformed digestAlgorithms");
    if (count > DIGEST_ALGORITHMS_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT,
                        "signed data: more than %d digestAlgorithms", DIGEST_ALGORITHMS_MAX);
    return SMIMEGW_OK;
}

/* RevocationInfoChoices [RFC5652-10.2.1]: CRLs; the other kinds, and what is too many, are
 * left out like certificates that can't be read. */
static void read_crls(struct sgw_der walk, struct sgw_crl_list *list)
{
    struct sgw_tlv crl;
    while (list->count < SGW_CRL_LIST_MAX && sgw_der_next(&walk, &crl))
        if (crl.tag == SGW_TAG_SEQUENCE) {
            list->crls[list->count] = crl.start;
            list->sizes[list->count++] = crl.total;
        }
}

static int read_behind(const struct sgw_framing *framing, const struct sgw_limits *limits,
                       struct sgw_signed_data *ret, struct smimegw_error **ret_error)
{
    struct sgw_der walk = framing->rest;
    struct sgw_der inside;
    int result = check_digests(framing, ret_error);
    if (result < 0)
        return result;
    if (sgw_der_enter(&walk, TAG_CERTIFICATES, &inside)) {
        result = read_certs(inside, limits, &ret->certs, ret_error);
        if (result < 0)
            return result;
    }
    if (sgw_der_enter(&walk, TAG_CRLS, &inside))
        read_crls(inside, &ret->crls);
    if (!sgw_der_enter(&walk, SGW_TAG_SET, &inside) || !sgw_der_at_end(&walk))
        return bad(ret_error, "no signerInfos where they belong");
    return read_signers(inside, limits, ret, ret_error);
}

int sgw_signed_read(const struct sgw_framing *framing, const struct sgw_limits *limits,
                    struct sgw_signed_data *ret, struct smimegw_error **ret_error)
{
    struct sgw_signed_data found = {0};
    int result = read_behind(framing, limits, &found, ret_error);
    if (result < 0) {
        sgw_signed_clear(&found);
        return result;
    }
    *ret = found;
    return SMIMEGW_OK;
}

void sgw_signed_clear(struct sgw_signed_data *signed_data)
{
    sgw_cert_list_clear(&signed_data->certs);
    sgw_free(signed_data->signers);
    memset(signed_data, 0, sizeof(*signed_data));
}

static enum sgw_hash_id digest_of(const struct sgw_tlv *algorithm)
{
    struct sgw_tlv oid;
    struct sgw_der parameters;
    const struct sgw_digest_row *row = NULL;
    if (sgw_algorithm_read(algorithm, &oid, &parameters))
        row = sgw_digest_by_oid(&oid);
    return row != NULL ? row->id : SGW_HASH_NONE;
}

enum sgw_hash_id sgw_signer_digest(const struct sgw_signer_info *signer)
{
    return digest_of(&signer->digest_algorithm);
}

size_t sgw_framing_digests(const struct sgw_framing *framing, enum sgw_hash_id *ret,
                           size_t room)
{
    struct sgw_der walk;
    struct sgw_tlv tlv;
    size_t count = 0;
    sgw_ber_init(&walk, framing->digest_algorithms.value, framing->digest_algorithms.size);
    for (int entry = 0; entry < DIGEST_ALGORITHMS_MAX && sgw_der_next(&walk, &tlv); entry++) {
        enum sgw_hash_id id = digest_of(&tlv);
        size_t i = 0;
        while (i < count && ret[i] != id)
            i++;
        if (i == count && id != SGW_HASH_NONE && count < room)
            ret[count++] = id;
    }
    return count;
}

bool sgw_framing_announces(const struct sgw_framing *framing, enum sgw_hash_id digest)
{
    enum sgw_hash_id ids[SGW_HASH_SHA512];
    size_t count = sgw_framing_digests(framing, ids, sizeof(ids) / sizeof(ids[0]));
    for (size_t i = 0; i < count; i++)
        if (ids[i] == digest)
            return true;
    return false;
}
