/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms/enveloped_in.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "cms/agreement.h"
#include "cms/attributes.h"
#include "pki/key/identity_impl.h"

enum { TAG_SIZE_MIN = 12, NONCE_SIZE = 12 };
enum { TAG_UNPROTECTED = 0xa1, TAG_AUTHENTICATED = 0xa1, TAG_UNAUTHENTICATED = 0xa2 };

/* --- the content's cipher ------------------------------------------------------------------
 */

static int bad(struct smimegw_error **ret_error, const char *what)
{
    return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "enveloped data: %s", what);
}

/* GCMParameters [RFC5084-3.2]: a short tag would be forged in no time. */
static int read_gcm(struct sgw_der parameters, struct sgw_content_cipher *cipher,
                    struct smimegw_error **ret_error)
{
    struct sgw_der walk;
    struct sgw_tlv nonce;
    struct sgw_tlv length;
    int tag_size = TAG_SIZE_MIN;
    if (!sgw_der_enter(&parameters, SGW_TAG_SEQUENCE, &walk) ||
        !sgw_der_get(&walk, SGW_TAG_OCTET_STRING, &nonce))
        return bad(ret_error, "malformed GCM parameters");
    if (!sgw_der_at_end(&walk) &&
        (!sgw_der_next(&walk, &length) || !sgw_tlv_number(&length, &tag_size) ||
         !sgw_der_at_end(&walk)))
        return bad(ret_error, "malformed GCM parameters");
    if (nonce.size != NONCE_SIZE)
        return bad(ret_error, "GCM nonce is not of 12 octets");
    if (tag_size < TAG_SIZE_MIN || tag_size > SGW_CIPHER_TAG_SIZE)
        return bad(ret_error, "GCM tag is not of 12 to 16 octets");
    memcpy(cipher->iv, nonce.value, nonce.size);
    cipher->tag_size = (size_t)tag_size;
    return SMIMEGW_OK;
}

static int unsupported(const struct sgw_tlv *oid, struct smimegw_error **ret_error)
{
    char text[128];
    if (!sgw_oid_text(oid->value, oid->size, text, sizeof(text)))
        return bad(ret_error, "malformed OID of the content cipher");
    return sgw_fail(ret_error, SMIMEGW_E_UNSUPPORTED, "content cipher %s is not accepted here",
                    text);
}

int sgw_content_cipher_read(const struct sgw_framing *framing, bool allows_legacy,
                            struct sgw_content_cipher *ret, struct smimegw_error **ret_error)
{
    struct sgw_tlv oid;
    struct sgw_tlv iv;
    struct sgw_der parameters;
    struct sgw_content_cipher cipher = {0};
    if (!sgw_algorithm_read(&framing->content_algorithm, &oid, &parameters))
        return bad(ret_error, "malformed content cipher");
    cipher.row = sgw_cipher_by_oid(&oid);
    if (cipher.row == NULL || (cipher.row->is_legacy && !allows_legacy) ||
        sgw_cipher_is_aead(cipher.row->id) != (framing->type == SGW_CMS_AUTH_ENVELOPED))
        return unsupported(&oid, ret_error);
    if (sgw_cipher_is_aead(cipher.row->id)) {
        int result = read_gcm(parameters, &cipher, ret_error);
        if (result < 0)
            return result;
    } else {
        if (!sgw_der_get(&parameters, SGW_TAG_OCTET_STRING, &iv) ||
            iv.size != sgw_cipher_iv_size(cipher.row->id))
            return bad(ret_error, "malformed IV of the content cipher");
        memcpy(cipher.iv, iv.value, iv.size);
    }
    *ret = cipher;
    return SMIMEGW_OK;
}

/* --- the keys ------------------------------------------------------------------------------
 */

static int open_transport(const struct sgw_recipient *recipient,
                          struct smimegw_identity *identity, uint8_t *key, size_t key_size)
{
    struct sgw_tlv oid;
    struct sgw_der parameters;
    enum sgw_hash_id hash;
    enum sgw_hash_id mgf_hash;
    const struct sgw_tlv *data = &recipient->encrypted_key;
    if (!sgw_algorithm_read(&recipient->algorithm, &oid, &parameters))
        return SMIMEGW_E_DECRYPT;
    if (sgw_tlv_is_oid(&oid, &sgw_oid_rsa))
        return sgw_identity_decrypt_pkcs1(identity, data->value, data->size, key, key_size);
    /* malformed OAEP parameters never fall back to PKCS#1 v1.5 */
    if (!sgw_tlv_is_oid(&oid, &sgw_oid_rsa_oaep) ||
        !sgw_oaep_read(parameters, &hash, &mgf_hash))
        return SMIMEGW_E_DECRYPT;
    return sgw_identity_decrypt_oaep(identity, hash, mgf_hash, data->value, data->size, key,
                                     key_size);
}

/* The KDF and the key wrap of a key agreement; the wrap is a parameter of the scheme. */
static bool read_agreement(const struct sgw_recipient *recipient, struct sgw_agreement *ret)
{
    struct sgw_tlv oid;
    struct sgw_tlv wrap;
    struct sgw_tlv wrap_oid;
    struct sgw_der parameters;
    struct sgw_der ignored;
    if (!sgw_algorithm_read(&recipient->algorithm, &oid, &parameters) ||
        !sgw_der_get(&parameters, SGW_TAG_SEQUENCE, &wrap) ||
        !sgw_algorithm_read(&wrap, &wrap_oid, &ignored))
        return false;
    ret->kdf = sgw_kdf_by_oid(&oid);
    ret->wrap = sgw_wrap_by_oid(&wrap_oid);
    ret->wrap_algorithm = wrap.start;
    ret->wrap_algorithm_size = wrap.total;
    ret->ukm = recipient->ukm.start != NULL ? &recipient->ukm : NULL;
    return ret->kdf != NULL && ret->wrap != NULL;
}

/* Absent, NULL, or the named curve of the certificate's own key (AC-64). */
static bool has_curve_of(const struct smimegw_cert *cert, struct sgw_der parameters)
{
    struct sgw_tlv named;
    struct sgw_tlv own;
    struct sgw_tlv oid;
    struct sgw_tlv algorithm;
    struct sgw_der outer;
    struct sgw_der spki;
    if (sgw_der_at_end(&parameters))
        return true;
    if (!sgw_der_next(&parameters, &named) || !sgw_der_at_end(&parameters))
        return false;
    sgw_der_init(&outer, cert->spki, cert->spki_size);
    return named.tag == SGW_TAG_NULL ||
           (sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &spki) &&
            sgw_der_get(&spki, SGW_TAG_SEQUENCE, &algorithm) &&
            sgw_algorithm_read(&algorithm, &oid, &parameters) &&
            sgw_der_next(&parameters, &own) && named.tag == own.tag &&
            sgw_tlv_is(&named, own.value, own.size));
}

/* An ephemeral key of another kind than ours can't be agreed with [RFC5753-3.1.1]. */
static bool is_originator_of(const struct sgw_recipient *recipient,
                             const struct smimegw_identity *identity)
{
    struct sgw_tlv oid;
    struct sgw_der parameters;
    bool is_x25519 = identity->cert->key_type == SGW_KEY_X25519;
    return sgw_algorithm_read(&recipient->originator_algorithm, &oid, &parameters) &&
           sgw_tlv_is_oid(&oid, is_x25519 ? &sgw_oid_x25519 : &sgw_oid_ec_public_key) &&
           has_curve_of(identity->cert, parameters);
}

static int open_agreement(const struct sgw_recipient *recipient,
                          struct smimegw_identity *identity, uint8_t *key, size_t key_size)
{
    struct sgw_agreement agreement = {0};
    uint8_t secret[SGW_ECDH_SECRET_MAX];
    uint8_t kek[SGW_CIPHER_KEY_MAX];
    size_t secret_size;
    const struct sgw_tlv *point = &recipient->originator;
    const struct sgw_tlv *wrapped = &recipient->encrypted_key;
    if (point->start == NULL || point->size < 2 || point->value[0] != 0 ||
        wrapped->size != key_size + 8 || !is_originator_of(recipient, identity) ||
        !read_agreement(recipient, &agreement))
        return SMIMEGW_E_DECRYPT;
    int ret =
        sgw_identity_derive(identity, point->value + 1, point->size - 1, secret, &secret_size);
    if (ret == SMIMEGW_OK)
        ret = sgw_agreement_key(&agreement, secret, secret_size, kek);
    if (ret == SMIMEGW_OK)
        ret = sgw_keyunwrap(kek, agreement.wrap->key_size, wrapped->value, wrapped->size, key);
    sgw_wipe(secret, sizeof(secret));
    sgw_wipe(kek, sizeof(kek));
    return ret;
}

/* The machine's fault, or that of the engine the key is in, and no secret. */
static bool is_trouble(int result)
{
    return result == SMIMEGW_E_NOMEM || result == SMIMEGW_E_RANDOM || result == SMIMEGW_E_IO;
}

/* One private operation: the key, or random bytes in its place. */
static int open_key(const struct sgw_recipient *recipient, struct smimegw_identity *identity,
                    uint8_t *key, size_t key_size)
{
    uint8_t opened[SGW_CIPHER_KEY_MAX];
    int ret = sgw_random(key, key_size);
    if (ret < 0)
        return ret;
    ret = recipient->kind == SGW_RECIPIENT_TRANSPORT
              ? open_transport(recipient, identity, opened, key_size)
              : open_agreement(recipient, identity, opened, key_size);
    if (ret == SMIMEGW_OK)
        memcpy(key, opened, key_size);
    sgw_wipe(opened, sizeof(opened));
    return is_trouble(ret) ? ret : SMIMEGW_OK;
}

static bool fits(const struct sgw_recipient *recipient,
                 const struct smimegw_identity *identity)
{
    bool is_rsa = identity->cert->key_type == SGW_KEY_RSA;
    return sgw_recipient_is(recipient, identity->cert) &&
           is_rsa == (recipient->kind == SGW_RECIPIENT_TRANSPORT);
}

/* Why there are no content keys, for people. */
static const char *describe_failure(int result)
{
    if (result == SMIMEGW_E_NO_KEY)
        return "none of the identities is a recipient";
    return result == SMIMEGW_E_IO ? "the engine of a private key failed" : "content keys";
}

int sgw_content_keys_find(const struct sgw_recipients *recipients,
                          const struct sgw_content_cipher *cipher,
                          struct smimegw_identity *const *identities, size_t identity_count,
                          int64_t limit, struct sgw_content_keys *ret,
                          struct smimegw_error **ret_error)
{
    struct sgw_content_keys found = {0};
    size_t key_size = sgw_cipher_key_size(cipher->row->id);
    int result = SMIMEGW_OK;
    found.keys = sgw_calloc((size_t)limit, sizeof(*found.keys));
    if (found.keys == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "content keys");
    for (size_t i = 0; result == SMIMEGW_OK && i < recipients->count; i++)
        for (size_t k = 0; result == SMIMEGW_OK && k < identity_count; k++)
            if (fits(&recipients->list[i], identities[k]) && (int64_t)found.count < limit)
                result = open_key(&recipients->list[i], identities[k],
                                  found.keys[found.count++], key_size);
    if (result == SMIMEGW_OK && found.count == 0)
        result = SMIMEGW_E_NO_KEY;
    if (result < 0) {
        sgw_content_keys_clear(&found);
        return sgw_fail(ret_error, result, "%s", describe_failure(result));
    }
    *ret = found;
    return SMIMEGW_OK;
}

void sgw_content_keys_clear(struct sgw_content_keys *keys)
{
    sgw_free_secret(keys->keys, keys->count * sizeof(*keys->keys));
    memset(keys, 0, sizeof(*keys));
}

/* --- behind the content --------------------------------------------------------------------
 */

int sgw_auth_enveloped_rest(const struct sgw_framing *framing, struct sgw_buf *ret_attributes,
                            struct sgw_tlv *ret_mac, struct smimegw_error **ret_error)
{
    struct sgw_der walk = framing->rest;
    struct sgw_tlv attributes = {0};
    struct sgw_tlv other;
    if (sgw_der_is_next(&walk, TAG_AUTHENTICATED) &&
        (!sgw_der_get(&walk, TAG_AUTHENTICATED, &attributes) ||
         !sgw_der_is_strict(attributes.start, attributes.total)))
        return bad(ret_error, "authenticated attributes are not DER");
    if (!sgw_der_get(&walk, SGW_TAG_OCTET_STRING, ret_mac))
        return bad(ret_error, "no mac");
    sgw_der_get(&walk, TAG_UNAUTHENTICATED, &other);
    if (!sgw_der_at_end(&walk))
        return bad(ret_error, "unknown elements behind the mac");
    if (attributes.start == NULL)
        return sgw_tlv_is_oid(&framing->content_oid, &sgw_oid_data)
                   ? SMIMEGW_OK
                   : bad(ret_error,
                         "no authenticated attributes with a content other than data");
    int ret = sgw_buf_append(ret_attributes, attributes.start, attributes.total);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "authenticated attributes");
    ret_attributes->data[0] = SGW_TAG_SET;
    return SMIMEGW_OK;
}

bool sgw_enveloped_rest_is_fine(const struct sgw_framing *framing)
{
    struct sgw_der walk = framing->rest;
    struct sgw_tlv attributes;
    sgw_der_get(&walk, TAG_UNPROTECTED, &attributes);
    return sgw_der_at_end(&walk);
}
