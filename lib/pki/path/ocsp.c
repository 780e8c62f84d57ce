/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/ocsp.h"

#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error_impl.h"
#include "pki/cert/extension.h"

#define OID_BASIC "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"
#define OID_OCSP_SIGNING "\x2b\x06\x01\x05\x05\x07\x03\x09"
#define OID_NO_CHECK "1.3.6.1.5.5.7.48.1.5"
#define OID_SHA1 "\x2b\x0e\x03\x02\x1a"
#define OID_SHA256 "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define IS_OID(tlv, oid) sgw_tlv_is(tlv, oid, sizeof(oid) - 1)

enum { DAY = 86400, SKEW = 300, RESPONDER_CERTS_MAX = 4, TAG_ENUMERATED = 0x0a };

/* --- reading -------------------------------------------------------------------------------
 */

/* OCSPResponse: the status, and the bytes of the answer where there is one. */
static bool read_outside(const void *der, size_t size, int *ret_code,
                         struct sgw_tlv *ret_basic)
{
    struct sgw_der outer;
    struct sgw_der response;
    struct sgw_der bytes;
    struct sgw_der inside;
    struct sgw_tlv code;
    struct sgw_tlv oid;
    sgw_der_init(&outer, der, size);
    ret_basic->start = NULL;
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &response) || !sgw_der_at_end(&outer) ||
        !sgw_der_get(&response, TAG_ENUMERATED, &code) || code.size != 1)
        return false;
    *ret_code = code.value[0];
    if (!sgw_der_enter(&response, SGW_TAG_CONTEXT_CONSTRUCTED, &bytes))
        return true;
    return sgw_der_enter(&bytes, SGW_TAG_SEQUENCE, &inside) &&
           sgw_der_get(&inside, SGW_TAG_OID, &oid) && IS_OID(&oid, OID_BASIC) &&
           sgw_der_get(&inside, SGW_TAG_OCTET_STRING, ret_basic);
}

bool sgw_ocsp_is_one(const void *der, size_t size)
{
    struct sgw_der outer;
    struct sgw_der inside;
    sgw_der_init(&outer, der, size);
    return sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &inside) &&
           sgw_der_is_next(&inside, TAG_ENUMERATED);
}

static bool has_unknown_extension(struct sgw_der extensions)
{
    struct sgw_der list;
    struct sgw_extension extension;
    if (!sgw_der_enter(&extensions, SGW_TAG_SEQUENCE, &list))
        return true;
    while (sgw_extension_next(&list, &extension))
        if (extension.is_critical)
            return true;
    return !sgw_der_at_end(&list);
}

static bool read_basic(struct sgw_ocsp *ocsp, const struct sgw_tlv *basic)
{
    struct sgw_der outer;
    struct sgw_der inside;
    struct sgw_der certs;
    struct sgw_der extensions;
    struct sgw_tlv tlv;
    sgw_der_init(&outer, basic->value, basic->size);
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &inside) || !sgw_der_at_end(&outer) ||
        !sgw_der_get(&inside, SGW_TAG_SEQUENCE, &ocsp->status.body) ||
        !sgw_der_get(&inside, SGW_TAG_SEQUENCE, &ocsp->status.algorithm) ||
        !sgw_der_get(&inside, SGW_TAG_BIT_STRING, &ocsp->status.signature))
        return false;
    if (sgw_der_enter(&inside, SGW_TAG_CONTEXT_CONSTRUCTED, &certs))
        sgw_der_get(&certs, SGW_TAG_SEQUENCE, &ocsp->certs);
    struct sgw_der body = sgw_der_inside(&inside, &ocsp->status.body);
    sgw_der_get(&body, SGW_TAG_CONTEXT_CONSTRUCTED, &tlv); /* version */
    if (!sgw_der_next(&body, &tlv) /* responder's name or key: its certificate is found */ ||
        !sgw_der_next(&body, &tlv) || !sgw_der_get(&body, SGW_TAG_SEQUENCE, &ocsp->responses))
        return false;
    return !sgw_der_enter(&body, SGW_TAG_CONTEXT_CONSTRUCTED | 1, &extensions) ||
           !has_unknown_extension(extensions);
}

static const char *why_not(int code)
{
    static const char *const words[] = {
        [1] = "the responder found the request malformed",
        [2] = "the responder had an internal error",
        [3] = "the responder says: try later",
        [5] = "the responder wants a signed request",
        [6] = "the responder refuses to answer",
    };
    return code > 0 && code < 7 && words[code] != NULL ? words[code]
                                                       : "the OCSP response is malformed";
}

int sgw_ocsp_new(const void *der, size_t size, struct sgw_ocsp **ret_ocsp,
                 struct smimegw_error **ret_error)
{
    struct sgw_tlv basic;
    int code = 0;
    struct sgw_ocsp *ocsp = sgw_calloc(1, sizeof(*ocsp));
    int ret = ocsp != NULL ? sgw_buf_append(&ocsp->der, der, size) : SMIMEGW_E_NOMEM;
    if (ret < 0) {
        sgw_ocsp_free(ocsp);
        return sgw_fail(ret_error, ret, "OCSP response");
    }
    if (!read_outside(ocsp->der.data, ocsp->der.size, &code, &basic) || code != 0 ||
        basic.start == NULL || !read_basic(ocsp, &basic)) {
        sgw_ocsp_free(ocsp);
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "%s", why_not(code));
    }
    *ret_ocsp = ocsp;
    return SMIMEGW_OK;
}

void sgw_ocsp_free(struct sgw_ocsp *ocsp)
{
    if (ocsp == NULL)
        return;
    sgw_buf_clear(&ocsp->der);
    sgw_free(ocsp);
}

/* --- which certificate it is about ---------------------------------------------------------
 */

/* A hash that can't be made is trouble, and not another certificate: what says revoked would
 * be passed over. */
static int is_hash_of(const struct sgw_tlv *octets, enum sgw_hash_id hash, const void *data,
                      size_t size, bool *ret_same)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    int ret = sgw_hash_once(hash, data, size, digest);
    *ret_same = ret == SMIMEGW_OK && sgw_tlv_is(octets, digest, sgw_hash_size(hash));
    return ret;
}

/* The octets of the public key, without tag, length and unused bits [RFC6960-4.1.1]. */
static bool key_octets(const struct smimegw_cert *issuer, struct sgw_tlv *ret_bits)
{
    struct sgw_der outer;
    struct sgw_der spki;
    struct sgw_tlv algorithm;
    sgw_der_init(&outer, issuer->spki, issuer->spki_size);
    return sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &spki) &&
           sgw_der_get(&spki, SGW_TAG_SEQUENCE, &algorithm) &&
           sgw_der_get(&spki, SGW_TAG_BIT_STRING, ret_bits) && ret_bits->size > 0;
}

static int is_about(struct sgw_der id, const struct smimegw_cert *cert,
                    const struct smimegw_cert *issuer, bool *ret_same)
{
    struct sgw_der algorithm;
    struct sgw_tlv oid;
    struct sgw_tlv name;
    struct sgw_tlv key;
    struct sgw_tlv serial;
    struct sgw_tlv bits;
    *ret_same = false;
    if (!sgw_der_enter(&id, SGW_TAG_SEQUENCE, &algorithm) ||
        !sgw_der_get(&algorithm, SGW_TAG_OID, &oid) ||
        !sgw_der_get(&id, SGW_TAG_OCTET_STRING, &name) ||
        !sgw_der_get(&id, SGW_TAG_OCTET_STRING, &key) ||
        !sgw_der_get(&id, SGW_TAG_INTEGER, &serial) ||
        !sgw_tlv_is(&serial, cert->serial, cert->serial_size) || !key_octets(issuer, &bits))
        return SMIMEGW_OK;
    /* SHA-1 only finds the certificate here; what the hashes cover was not chosen by others */
    enum sgw_hash_id hash = IS_OID(&oid, OID_SHA1)     ? SGW_HASH_SHA1
                            : IS_OID(&oid, OID_SHA256) ? SGW_HASH_SHA256
                                                       : SGW_HASH_NONE;
    if (hash == SGW_HASH_NONE)
        return SMIMEGW_OK;
    int ret = is_hash_of(&name, hash, cert->issuer, cert->issuer_size, ret_same);
    return ret == SMIMEGW_OK && *ret_same
               ? is_hash_of(&key, hash, bits.value + 1, bits.size - 1, ret_same)
               : ret;
}

/* --- what it says --------------------------------------------------------------------------
 */

struct answer {
    enum sgw_revocation_status status;
    int64_t this_update;
    int64_t end;
};

/* SingleResponse behind its CertID. */
static bool read_answer(struct sgw_der single, struct answer *ret)
{
    struct sgw_tlv status;
    struct sgw_tlv time;
    struct sgw_der next;
    struct sgw_der extensions;
    if (!sgw_der_next(&single, &status) || !sgw_der_next(&single, &time) ||
        !sgw_tlv_time(&time, &ret->this_update))
        return false;
    ret->status = status.tag == SGW_TAG_CONTEXT                     ? SGW_REVOCATION_GOOD
                  : status.tag == (SGW_TAG_CONTEXT_CONSTRUCTED | 1) ? SGW_REVOCATION_REVOKED
                                                                    : SGW_REVOCATION_UNKNOWN;
    ret->end = ret->this_update + DAY;
    if (sgw_der_enter(&single, SGW_TAG_CONTEXT_CONSTRUCTED, &next) &&
        (!sgw_der_next(&next, &time) || !sgw_tlv_time(&time, &ret->end)))
        return false;
    if (sgw_der_enter(&single, SGW_TAG_CONTEXT_CONSTRUCTED | 1, &extensions) &&
        has_unknown_extension(extensions) && ret->status == SGW_REVOCATION_GOOD)
        return false;
    return sgw_der_at_end(&single);
}

static int find_answer(const struct sgw_ocsp *ocsp, const struct smimegw_cert *cert,
                       const struct smimegw_cert *issuer, struct answer *ret_answer,
                       bool *ret_found)
{
    struct sgw_der list;
    struct sgw_der single;
    struct sgw_der id;
    int ret = SMIMEGW_OK;
    *ret_found = false;
    sgw_der_init(&list, ocsp->responses.value, ocsp->responses.size);
    while (ret == SMIMEGW_OK && !*ret_found &&
           sgw_der_enter(&list, SGW_TAG_SEQUENCE, &single)) {
        bool is_same = false;
        if (sgw_der_enter(&single, SGW_TAG_SEQUENCE, &id))
            ret = is_about(id, cert, issuer, &is_same);
        *ret_found = is_same && read_answer(single, ret_answer);
    }
    return ret;
}

/* --- who says it ---------------------------------------------------------------------------
 */

static bool may_answer(const struct smimegw_cert *responder)
{
    struct sgw_der purposes;
    struct sgw_tlv oid;
    if (responder->has_key_usage && (responder->key_usage & (GNUTLS_KEY_DIGITAL_SIGNATURE |
                                                             GNUTLS_KEY_NON_REPUDIATION)) == 0)
        return false;
    sgw_der_init(&purposes, responder->purposes,
                 responder->purposes != NULL ? responder->purposes_size : 0);
    while (sgw_der_get(&purposes, SGW_TAG_OID, &oid))
        if (IS_OID(&oid, OID_OCSP_SIGNING))
            return true;
    return false;
}

static bool has_no_check(const struct smimegw_cert *responder)
{
    unsigned int critical;
    size_t size = 0;
    return gnutls_x509_crt_get_extension_by_oid(responder->crt, OID_NO_CHECK, 0, NULL, &size,
                                                &critical) == 0 ||
           size > 0;
}

/* Delegated by the issuer itself [RFC6960-4.2.2.2], and not revoked by one of its CRLs. */
static int check_delegate(struct sgw_ocsp *ocsp, const struct smimegw_cert *responder,
                          const struct sgw_revocation_query *query,
                          const struct sgw_crl_chains *chains, bool *ret_good)
{
    bool is_revoked = false;
    *ret_good = false;
    if (!may_answer(responder) ||
        (query->denied != NULL && sgw_cert_list_denies(query->denied, responder)))
        return SMIMEGW_OK;
    bool is_issued;
    int ret = sgw_status_signer_is_issued(responder, query->path[query->index + 1],
                                          query->time, query->operations, &is_issued);
    if (ret == SMIMEGW_OK && is_issued && !has_no_check(responder))
        ret = sgw_crls_check_signer(chains, query, responder, &is_revoked);
    /* last, for it is remembered as proof */
    if (ret == SMIMEGW_OK && is_issued && !is_revoked)
        ret = sgw_status_check_signature(&ocsp->status, responder, &ocsp->proof,
                                         query->operations, ret_good);
    return ret;
}

static int check_delegates(struct sgw_ocsp *ocsp, const struct sgw_revocation_query *query,
                           const struct sgw_crl_chains *chains, bool *ret_good)
{
    struct sgw_der certs;
    struct sgw_tlv der;
    int ret = SMIMEGW_OK;
    sgw_der_init(&certs, ocsp->certs.value, ocsp->certs.start != NULL ? ocsp->certs.size : 0);
    for (int i = 0; ret == SMIMEGW_OK && !*ret_good && i < RESPONDER_CERTS_MAX &&
                    sgw_der_get(&certs, SGW_TAG_SEQUENCE, &der);
         i++) {
        struct smimegw_cert *responder;
        ret = sgw_cert_new_der(der.start, der.total, &responder, NULL);
        if (ret == SMIMEGW_OK) {
            ret = check_delegate(ocsp, responder, query, chains, ret_good);
            smimegw_cert_unref(responder);
        } else if (ret != SMIMEGW_E_NOMEM) {
            ret = SMIMEGW_OK;
        }
    }
    return ret;
}

/* What nobody signed under this issuer is not tried again: there may be thousands of it. */
static int check_signer(struct sgw_ocsp *ocsp, const struct sgw_revocation_query *query,
                        const struct sgw_crl_chains *chains, bool *ret_good)
{
    const struct smimegw_cert *issuer = query->path[query->index + 1];
    const char *name = smimegw_cert_text(issuer, SMIMEGW_CERT_FINGERPRINT);
    *ret_good = false;
    if (memcmp(ocsp->forged_for, name, SGW_FINGERPRINT_SIZE) == 0)
        return SMIMEGW_OK;
    int ret = sgw_status_check_signature(&ocsp->status, issuer, &ocsp->proof,
                                         query->operations, ret_good);
    if (ret == SMIMEGW_OK)
        ret = check_delegates(ocsp, query, chains, ret_good);
    bool had_enough = query->operations == NULL || *query->operations > 0;
    if (ret == SMIMEGW_OK && !*ret_good && had_enough && ocsp->proof.good[0] == '\0')
        memcpy(ocsp->forged_for, name, SGW_FINGERPRINT_SIZE);
    return ret;
}

int sgw_ocsp_check(struct sgw_ocsp *ocsp, const struct sgw_revocation_query *query,
                   const struct sgw_crl_chains *chains, enum sgw_revocation_status *ret_status,
                   int64_t *ret_until)
{
    struct answer answer;
    bool is_found;
    bool is_good;
    *ret_status = SGW_REVOCATION_UNKNOWN;
    int ret = find_answer(ocsp, query->path[query->index], query->path[query->index + 1],
                          &answer, &is_found);
    if (ret < 0 || !is_found || answer.this_update > query->time + SKEW ||
        query->time > answer.end)
        return ret;
    ret = check_signer(ocsp, query, chains, &is_good);
    if (ret == SMIMEGW_OK && is_good) {
        *ret_status = answer.status;
        *ret_until = answer.end;
    }
    return ret;
}
