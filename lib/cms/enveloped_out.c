/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms/enveloped_out.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "cms/agreement.h"
#include "cms/signed_out.h"

enum { TAG_KEY_AGREEMENT = 0xa1 };

/* OAEP's hash by the setting */
static const enum sgw_hash_id oaep_hashes[] = {
    [SGW_KEY_ENCRYPTION_PKCS1] = SGW_HASH_NONE,
    [SGW_KEY_ENCRYPTION_OAEP_SHA1] = SGW_HASH_SHA1,
    [SGW_KEY_ENCRYPTION_OAEP_SHA256] = SGW_HASH_SHA256,
};

static bool uses_key_id(const struct sgw_recipients_request *request,
                        const struct smimegw_cert *cert)
{
    return request->has_key_id && cert->ski_size > 0;
}

/* [RFC5652-6.2.1]: version 0 with issuer and serial, 2 with a key identifier. */
static int put_transport(const struct sgw_recipients_request *request,
                         const struct smimegw_cert *cert, struct sgw_der_out *out,
                         struct smimegw_error **ret_error)
{
    struct sgw_buf encrypted = SGW_BUF_INIT(0);
    size_t key_size = sgw_cipher_key_size(request->cipher);
    enum sgw_hash_id hash = oaep_hashes[request->key_encryption];
    int ret =
        hash == SGW_HASH_NONE
            ? sgw_cert_encrypt_pkcs1(cert, request->key, key_size, &encrypted, ret_error)
            : sgw_cert_encrypt_oaep(cert, hash, request->key, key_size, &encrypted, ret_error);
    if (ret < 0)
        return ret;
    size_t mark = sgw_out_mark(out);
    sgw_out_number(out, uses_key_id(request, cert) ? 2 : 0);
    if (uses_key_id(request, cert))
        sgw_out_put(out, SGW_TAG_CONTEXT, cert->ski, cert->ski_size);
    else
        sgw_out_issuer_serial(out, cert, SGW_TAG_SEQUENCE);
    if (hash == SGW_HASH_NONE)
        sgw_out_algorithm(out, &sgw_oid_rsa, SGW_PARAMETERS_NULL);
    else
        sgw_out_oaep(out, hash);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, encrypted.data, encrypted.size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_buf_clear(&encrypted);
    return out->result;
}

/* [0] EXPLICIT originator: [1] IMPLICIT OriginatorPublicKey. */
static void put_originator(const struct smimegw_cert *cert, const uint8_t *point, size_t size,
                           struct sgw_der_out *out)
{
    const uint8_t no_unused_bits = 0;
    size_t mark = sgw_out_mark(out);
    sgw_out_algorithm(
        out, cert->key_type == SGW_KEY_X25519 ? &sgw_oid_x25519 : &sgw_oid_ec_public_key,
        SGW_PARAMETERS_ABSENT);
    size_t key = sgw_out_mark(out);
    sgw_out_raw(out, &no_unused_bits, 1);
    sgw_out_raw(out, point, size);
    sgw_out_wrap(out, key, SGW_TAG_BIT_STRING);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED | 1);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
}

/* recipientEncryptedKeys: one, for this certificate. */
static void put_encrypted_key(const struct sgw_recipients_request *request,
                              const struct smimegw_cert *cert, const uint8_t *wrapped,
                              size_t size, struct sgw_der_out *out)
{
    size_t mark = sgw_out_mark(out);
    if (uses_key_id(request, cert)) {
        sgw_out_put(out, SGW_TAG_OCTET_STRING, cert->ski, cert->ski_size);
        sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
    } else {
        sgw_out_issuer_serial(out, cert, SGW_TAG_SEQUENCE);
    }
    sgw_out_put(out, SGW_TAG_OCTET_STRING, wrapped, size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

/* The KDF that goes with a key: SHA-2 of the curve's strength, HKDF for X25519 (RFC 8551 2.3).
 */
static const struct sgw_kdf_row *choose_kdf(enum sgw_key_type type)
{
    enum sgw_hash_id hash = type == SGW_KEY_P521   ? SGW_HASH_SHA512
                            : type == SGW_KEY_P384 ? SGW_HASH_SHA384
                                                   : SGW_HASH_SHA256;
    return sgw_kdf_find(hash, type == SGW_KEY_X25519);
}

/* Wrap the content-encryption key with a key agreed upon with an ephemeral one. */
static int wrap_key(const struct sgw_recipients_request *request,
                    const struct smimegw_cert *cert, const struct sgw_agreement *agreement,
                    struct sgw_der_out *out, uint8_t *ret_wrapped,
                    struct smimegw_error **ret_error)
{
    uint8_t point[SGW_EC_POINT_MAX];
    uint8_t secret[SGW_ECDH_SECRET_MAX];
    uint8_t kek[SGW_CIPHER_KEY_MAX];
    size_t point_size;
    size_t secret_size;
    int ret =
        sgw_cert_derive_ephemeral(cert, point, &point_size, secret, &secret_size, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_agreement_key(agreement, secret, secret_size, kek);
    if (ret == SMIMEGW_OK)
        ret = sgw_keywrap(kek, agreement->wrap->key_size, request->key,
                          sgw_cipher_key_size(request->cipher), ret_wrapped);
    if (ret == SMIMEGW_OK)
        put_originator(cert, point, point_size, out);
    sgw_wipe(secret, sizeof(secret));
    sgw_wipe(kek, sizeof(kek));
    return ret;
}

/* [RFC5753-3.1.1], RFC 8418: ephemeral-static, one recipient each. */
static int put_agreement(const struct sgw_recipients_request *request,
                         const struct smimegw_cert *cert, struct sgw_der_out *out,
                         struct smimegw_error **ret_error)
{
    uint8_t wrapped[SGW_CIPHER_KEY_MAX + 8];
    struct sgw_der_out algorithm = {0};
    size_t key_size = sgw_cipher_key_size(request->cipher);
    struct sgw_agreement agreement = {
        .kdf = choose_kdf(cert->key_type),
        .wrap = sgw_wrap_by_size(key_size),
    };
    sgw_out_algorithm(&algorithm, &agreement.wrap->oid, SGW_PARAMETERS_ABSENT);
    agreement.wrap_algorithm = algorithm.buf.data;
    agreement.wrap_algorithm_size = algorithm.buf.size;
    size_t mark = sgw_out_mark(out);
    sgw_out_number(out, 3);
    int ret = algorithm.result;
    if (ret == SMIMEGW_OK)
        ret = wrap_key(request, cert, &agreement, out, wrapped, ret_error);
    if (ret == SMIMEGW_OK) {
        size_t scheme = sgw_out_mark(out);
        sgw_out_oid(out, &agreement.kdf->oid);
        sgw_out_raw(out, algorithm.buf.data, algorithm.buf.size);
        sgw_out_wrap(out, scheme, SGW_TAG_SEQUENCE);
        put_encrypted_key(request, cert, wrapped, key_size + 8, out);
        sgw_out_wrap(out, mark, TAG_KEY_AGREEMENT);
        ret = out->result;
    }
    sgw_out_clear(&algorithm);
    return ret;
}

static bool is_repeated(const struct sgw_recipients_request *request, size_t index)
{
    const struct sgw_buf *der = &request->certs[index]->der;
    for (size_t i = 0; i < index; i++)
        if (request->certs[i]->der.size == der->size &&
            memcmp(request->certs[i]->der.data, der->data, der->size) == 0)
            return true;
    return false;
}

static int put_recipient(const struct sgw_recipients_request *request, size_t index,
                         struct sgw_der_out *out, struct smimegw_error **ret_error)
{
    const struct smimegw_cert *cert = request->certs[index];
    const char *why_not = sgw_cert_why_not_encrypt(cert);
    if (why_not != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_RECIPIENT, "recipient %zu (%s): %s", index + 1,
                        smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT), why_not);
    int ret = cert->key_type == SGW_KEY_RSA ? put_transport(request, cert, out, ret_error)
                                            : put_agreement(request, cert, out, ret_error);
    return ret < 0 ? sgw_fail(ret_error, ret, "recipient %zu (%s)", index + 1,
                              smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT))
                   : SMIMEGW_OK;
}

/* The version says what stands in recipientInfos [RFC5652-6.1]; RFC 5083 has only 0.
 */
static int version_of(const struct sgw_recipients_request *request)
{
    if (sgw_cipher_is_aead(request->cipher))
        return 0;
    for (size_t i = 0; i < request->count; i++)
        if (request->certs[i]->key_type != SGW_KEY_RSA ||
            uses_key_id(request, request->certs[i]))
            return 2;
    return 0;
}

/* contentEncryptionAlgorithm: the IV, or RFC 5084's nonce and tag size. */
static void put_cipher(const struct sgw_recipients_request *request, struct sgw_der_out *out)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_oid(out, &sgw_cipher_by_id(request->cipher)->oid);
    size_t parameters = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, request->iv, sgw_cipher_iv_size(request->cipher));
    if (sgw_cipher_is_aead(request->cipher)) {
        sgw_out_number(out, SGW_CIPHER_TAG_SIZE);
        sgw_out_wrap(out, parameters, SGW_TAG_SEQUENCE);
    }
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

int sgw_enveloped_frame(const struct sgw_recipients_request *request,
                        struct sgw_frame_out *frame, struct smimegw_error **ret_error)
{
    const struct sgw_oid *type = sgw_cipher_is_aead(request->cipher)
                                     ? &sgw_oid_auth_enveloped_data
                                     : &sgw_oid_enveloped_data;
    frame->type = type->bytes;
    frame->type_size = type->size;
    sgw_out_number(&frame->before, version_of(request));
    size_t mark = sgw_out_mark(&frame->before);
    for (size_t i = 0; i < request->count; i++) {
        if (is_repeated(request, i))
            continue;
        int ret = put_recipient(request, i, &frame->before, ret_error);
        if (ret < 0)
            return ret;
    }
    sgw_out_wrap_set(&frame->before, mark, SGW_TAG_SET);
    sgw_out_oid(&frame->content, &sgw_oid_data);
    put_cipher(request, &frame->content);
    frame->has_content = true;
    int ret =
        frame->before.result != SMIMEGW_OK ? frame->before.result : frame->content.result;
    return ret < 0 ? sgw_fail(ret_error, ret, "enveloped data") : SMIMEGW_OK;
}
