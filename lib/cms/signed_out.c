/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms/signed_out.h"

#include "base/alloc.h"
#include "base/error_impl.h"
#include "cms/attributes.h"
#include "cms/capabilities.h"

/* What a key signs with, and the digest that goes with it where none is asked for. */
struct key_row {
    enum sgw_key_type type;
    enum sgw_signature_scheme scheme;
    enum sgw_hash_id hash;
};
static const struct key_row keys[] = {
    {SGW_KEY_RSA, SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256},
    {SGW_KEY_RSA_PSS, SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256},
    {SGW_KEY_P256, SGW_SCHEME_ECDSA, SGW_HASH_SHA256},
    {SGW_KEY_P384, SGW_SCHEME_ECDSA, SGW_HASH_SHA384},
    {SGW_KEY_P521, SGW_SCHEME_ECDSA, SGW_HASH_SHA512},
    {SGW_KEY_ED25519, SGW_SCHEME_ED25519, SGW_HASH_SHA512},
};

int sgw_signature_choose(const struct smimegw_identity *identity, enum sgw_hash_id hash,
                         bool wants_pss, struct sgw_signature_algorithm *ret,
                         struct smimegw_error **ret_error)
{
    const struct key_row *row = NULL;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].type == identity->cert->key_type)
            row = &keys[i];
    if (row == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "a key of type %s can't sign",
                        smimegw_cert_text(identity->cert, SMIMEGW_CERT_KEY));
    ret->scheme = row->scheme;
    ret->hash = hash != SGW_HASH_NONE ? hash : row->hash;
    ret->salt_size = 0;
    /* Ed25519 with signed attributes goes with SHA-512 and no other [RFC8419-2.3] */
    if (row->scheme == SGW_SCHEME_ED25519)
        ret->hash = SGW_HASH_SHA512;
    if (row->scheme == SGW_SCHEME_RSA_PKCS1 && wants_pss)
        ret->scheme = SGW_SCHEME_RSA_PSS;
    if (ret->scheme == SGW_SCHEME_RSA_PSS)
        ret->salt_size = (unsigned int)sgw_hash_size(ret->hash);
    return SMIMEGW_OK;
}

void sgw_out_issuer_serial(struct sgw_der_out *out, const struct smimegw_cert *cert,
                           uint8_t tag)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_raw(out, cert->issuer, cert->issuer_size);
    sgw_out_put(out, SGW_TAG_INTEGER, cert->serial, cert->serial_size);
    sgw_out_wrap(out, mark, tag);
}

/* Begin an attribute; its value is appended, then end_attribute() wraps it. */
static size_t begin_attribute(struct sgw_der_out *out, enum sgw_attribute_id id)
{
    sgw_out_oid(out, &sgw_attribute_oids[id]);
    return sgw_out_mark(out);
}

static void end_attribute(struct sgw_der_out *out, size_t start, size_t value)
{
    sgw_out_wrap(out, value, SGW_TAG_SET);
    sgw_out_wrap(out, start, SGW_TAG_SEQUENCE);
}

/* [RFC5035-4]: the certificate's SHA-256 (the default, so its name is left out), and
 * its issuer and serial number. */
static void put_signing_certificate(struct sgw_der_out *out, const struct smimegw_cert *cert)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    size_t whole = sgw_out_mark(out);
    int ret = sgw_hash_once(SGW_HASH_SHA256, cert->der.data, cert->der.size, digest);
    if (out->result == SMIMEGW_OK)
        out->result = ret;
    sgw_out_put(out, SGW_TAG_OCTET_STRING, digest, sgw_hash_size(SGW_HASH_SHA256));
    size_t issuer_serial = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_CONTEXT_CONSTRUCTED | 4, cert->issuer, cert->issuer_size);
    sgw_out_wrap(out, issuer_serial, SGW_TAG_SEQUENCE);
    sgw_out_put(out, SGW_TAG_INTEGER, cert->serial, cert->serial_size);
    sgw_out_wrap(out, issuer_serial, SGW_TAG_SEQUENCE);
    for (int level = 0; level < 3; level++) /* ESSCertIDv2, certs, SigningCertificateV2 */
        sgw_out_wrap(out, whole, SGW_TAG_SEQUENCE);
}

static void put_digest_algorithm(struct sgw_der_out *out, enum sgw_hash_id hash)
{
    sgw_out_algorithm(out, &sgw_digest_by_id(hash)->oid, SGW_PARAMETERS_ABSENT);
}

/* RFC 6211: digest algorithm, [1] IMPLICIT signature algorithm. */
static void put_protection(struct sgw_der_out *out,
                           const struct sgw_signature_algorithm *algorithm)
{
    size_t whole = sgw_out_mark(out);
    put_digest_algorithm(out, algorithm->hash);
    size_t signature = sgw_out_mark(out);
    sgw_out_signature_algorithm(out, algorithm);
    if (out->result == SMIMEGW_OK)
        out->buf.data[signature] = SGW_TAG_CONTEXT_CONSTRUCTED | 1;
    sgw_out_wrap(out, whole, SGW_TAG_SEQUENCE);
}

static void put_attribute(const struct sgw_signer_request *request, const uint8_t *digest,
                          enum sgw_attribute_id id, struct sgw_der_out *out)
{
    const struct smimegw_cert *cert = request->identity->cert;
    size_t start = sgw_out_mark(out);
    size_t value = begin_attribute(out, id);
    switch (id) {
    case SGW_ATTRIBUTE_CONTENT_TYPE:
        sgw_out_oid(out, &sgw_oid_data);
        break;
    case SGW_ATTRIBUTE_MESSAGE_DIGEST:
        sgw_out_put(out, SGW_TAG_OCTET_STRING, digest, sgw_hash_size(request->algorithm.hash));
        break;
    case SGW_ATTRIBUTE_SIGNING_TIME:
        sgw_out_time(out, request->signing_time);
        break;
    case SGW_ATTRIBUTE_SIGNING_CERTIFICATE_V2:
        put_signing_certificate(out, cert);
        break;
    case SGW_ATTRIBUTE_CAPABILITIES:
        sgw_out_capabilities(out);
        break;
    case SGW_ATTRIBUTE_KEY_PREFERENCE:
        sgw_out_issuer_serial(out, cert, SGW_TAG_CONTEXT_CONSTRUCTED);
        break;
    case SGW_ATTRIBUTE_ALGORITHM_PROTECTION:
        put_protection(out, &request->algorithm);
        break;
    case SGW_ATTRIBUTE_COUNTERSIGNATURE:
    case SGW_ATTRIBUTE_SIGNING_CERTIFICATE:
    case SGW_ATTRIBUTES:
        break;
    }
    end_attribute(out, start, value);
}

void sgw_attributes_make(const struct sgw_signer_request *request, const uint8_t *digest,
                         struct sgw_der_out *out)
{
    static const enum sgw_attribute_id always[] = {
        SGW_ATTRIBUTE_CONTENT_TYPE,           SGW_ATTRIBUTE_MESSAGE_DIGEST,
        SGW_ATTRIBUTE_SIGNING_TIME,           SGW_ATTRIBUTE_CAPABILITIES,
        SGW_ATTRIBUTE_SIGNING_CERTIFICATE_V2, SGW_ATTRIBUTE_ALGORITHM_PROTECTION,
    };
    size_t mark = sgw_out_mark(out);
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        put_attribute(request, digest, always[i], out);
    /* naming a certificate that can't be encrypted to would lead others astray */
    if (sgw_cert_why_not_encrypt(request->identity->cert) == NULL)
        put_attribute(request, digest, SGW_ATTRIBUTE_KEY_PREFERENCE, out);
    sgw_out_wrap_set(out, mark, SGW_TAG_SET);
}

static bool uses_key_id(const struct sgw_signer_request *request)
{
    return request->has_key_id && request->identity->cert->ski_size > 0;
}

static void put_signer_id(const struct sgw_signer_request *request, struct sgw_der_out *out)
{
    const struct smimegw_cert *cert = request->identity->cert;
    if (uses_key_id(request))
        sgw_out_put(out, SGW_TAG_CONTEXT, cert->ski, cert->ski_size);
    else
        sgw_out_issuer_serial(out, cert, SGW_TAG_SEQUENCE);
}

int sgw_signed_frame(const struct sgw_signer_request *request, struct sgw_frame_out *frame,
                     struct smimegw_error **ret_error)
{
    frame->type = sgw_oid_signed_data.bytes;
    frame->type_size = sgw_oid_signed_data.size;
    frame->is_explicit = true;
    sgw_out_number(&frame->before, uses_key_id(request) ? 3 : 1);
    size_t mark = sgw_out_mark(&frame->before);
    put_digest_algorithm(&frame->before, request->algorithm.hash);
    sgw_out_wrap(&frame->before, mark, SGW_TAG_SET);
    sgw_out_oid(&frame->content, &sgw_oid_data);
    int ret =
        frame->before.result != SMIMEGW_OK ? frame->before.result : frame->content.result;
    return ret < 0 ? sgw_fail(ret_error, ret, "signed data") : SMIMEGW_OK;
}

static int put_signer_info(const struct sgw_signer_request *request, const uint8_t *digest,
                           struct sgw_der_out *out, struct smimegw_error **ret_error)
{
    struct sgw_der_out attributes = {0};
    struct sgw_buf signature = SGW_BUF_INIT(0);
    sgw_attributes_make(request, digest, &attributes);
    int ret = attributes.result;
    if (ret == SMIMEGW_OK)
        ret = sgw_signature_make(request->identity, &request->algorithm, attributes.buf.data,
                                 attributes.buf.size, &signature, ret_error);
    if (ret == SMIMEGW_OK) {
        size_t mark = sgw_out_mark(out);
        sgw_out_number(out, uses_key_id(request) ? 3 : 1);
        put_signer_id(request, out);
        put_digest_algorithm(out, request->algorithm.hash);
        attributes.buf.data[0] = SGW_TAG_CONTEXT_CONSTRUCTED; /* signed as SET, sent as [0] */
        sgw_out_raw(out, attributes.buf.data, attributes.buf.size);
        sgw_out_signature_algorithm(out, &request->algorithm);
        sgw_out_put(out, SGW_TAG_OCTET_STRING, signature.data, signature.size);
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
        ret = out->result;
    }
    sgw_out_clear(&attributes);
    sgw_buf_clear(&signature);
    return ret < 0 ? sgw_fail(ret_error, ret, "signature") : SMIMEGW_OK;
}

int sgw_signed_after(const struct sgw_signer_request *request, const uint8_t *digest,
                     struct sgw_der_out *out, struct smimegw_error **ret_error)
{
    const struct smimegw_identity *identity = request->identity;
    size_t mark = sgw_out_mark(out);
    sgw_out_raw(out, identity->cert->der.data, identity->cert->der.size);
    for (size_t i = 0; request->has_chain && i < identity->chain.count; i++)
        sgw_out_raw(out, identity->chain.certs[i]->der.data,
                    identity->chain.certs[i]->der.size);
    sgw_out_wrap_set(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
    mark = sgw_out_mark(out);
    int ret = put_signer_info(request, digest, out, ret_error);
    if (ret < 0)
        return ret;
    sgw_out_wrap(out, mark, SGW_TAG_SET);
    return out->result < 0 ? sgw_fail(ret_error, out->result, "signed data") : SMIMEGW_OK;
}
