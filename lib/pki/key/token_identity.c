/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gnutls/pkcs11.h>
#include <string.h>

#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/key/engine_key.h"
#include "pki/key/token.h"
#include "pki/key/token_url.h"

enum { CERTS_MAX = 256 };

/* --- the token's certificates --------------------------------------------------------------
 */

/* A token holds what others put there: what can't be read is passed over. */
static int add_object(struct sgw_cert_list *list, gnutls_pkcs11_obj_t object)
{
    struct smimegw_cert *cert = NULL;
    gnutls_datum_t der = {NULL, 0};
    int ret = gnutls_pkcs11_obj_export2(object, &der);
    if (ret < 0)
        return sgw_pki_code(ret, SMIMEGW_OK);
    ret = sgw_cert_new_der(der.data, der.size, &cert, NULL);
    gnutls_free(der.data);
    if (ret == SMIMEGW_OK)
        ret = sgw_cert_list_add(list, cert);
    smimegw_cert_unref(cert);
    return ret == SMIMEGW_E_NOMEM ? ret : SMIMEGW_OK;
}

static int add_objects(struct sgw_cert_list *list, gnutls_pkcs11_obj_t *objects,
                       unsigned int count)
{
    int ret = count > CERTS_MAX ? SMIMEGW_E_LIMIT : SMIMEGW_OK;
    for (unsigned int i = 0; i < count; i++) {
        if (ret == SMIMEGW_OK)
            ret = add_object(list, objects[i]);
        gnutls_pkcs11_obj_deinit(objects[i]);
    }
    gnutls_free(objects);
    return ret;
}

static int list_token(const struct sgw_token *token, struct sgw_cert_list *list,
                      struct smimegw_error **ret_error)
{
    struct sgw_buf url = SGW_BUF_INIT(0);
    gnutls_pkcs11_obj_t *objects = NULL;
    unsigned int count = 0;
    int ret = sgw_token_url_token(sgw_token_url(token), &url);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "URL of the token");
    ret = gnutls_pkcs11_obj_list_import_url4(&objects, &count, sgw_buf_text(&url),
                                             GNUTLS_PKCS11_OBJ_FLAG_CRT);
    sgw_buf_clear(&url);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                        "the token's certificates can't be listed: %s", gnutls_strerror(ret));
    ret = add_objects(list, objects, count);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "certificates of the token (%u, at most %d)", count,
                        CERTS_MAX);
    return SMIMEGW_OK;
}

/* --- the key's certificate -----------------------------------------------------------------
 */

/* What shows that a certificate belongs to the key: the modulus, or a signature. */
struct proof {
    struct sgw_buf modulus;
    struct sgw_signature_algorithm algorithm;
    struct sgw_buf signature;
};

static const char proof_text[] = "whose key is this";

static bool is_modulus(const struct smimegw_cert *cert, const struct sgw_buf *modulus)
{
    const uint8_t *data = cert->rsa_n;
    size_t size = cert->rsa_n_size;
    for (; size > 0 && *data == 0; size--)
        data++;
    return size == modulus->size && memcmp(data, modulus->data, size) == 0;
}

static int proves(const struct proof *proof, const struct smimegw_cert *cert)
{
    if (proof->modulus.size > 0)
        return is_modulus(cert, &proof->modulus) ? SMIMEGW_OK : SMIMEGW_E_KEY;
    return sgw_signature_check(cert, &proof->algorithm, proof_text, sizeof(proof_text),
                               proof->signature.data, proof->signature.size);
}

/* Public halves of other than RSA keys are objects of their own, which need not be there nor
 * be right. */
static int make_proof(struct sgw_token *token, struct proof *proof)
{
    static const struct {
        gnutls_pk_algorithm_t type;
        enum sgw_signature_scheme scheme;
    } schemes[] = {
        {GNUTLS_PK_RSA, SGW_SCHEME_RSA_PKCS1},
        {GNUTLS_PK_ECDSA, SGW_SCHEME_ECDSA},
        {GNUTLS_PK_EDDSA_ED25519, SGW_SCHEME_ED25519},
    };
    const gnutls_datum_t text = {(unsigned char *)(uintptr_t)proof_text, sizeof(proof_text)};
    gnutls_pk_algorithm_t type = sgw_token_algorithm(token);
    int ret = sgw_token_modulus(token, &proof->modulus);
    if (ret < 0 || proof->modulus.size > 0)
        return ret;
    proof->algorithm.hash = SGW_HASH_SHA256;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (schemes[i].type == type)
            proof->algorithm.scheme = schemes[i].scheme;
    const struct sgw_signature_row *row = sgw_signature_row_find(&proof->algorithm);
    return row != NULL ? sgw_token_sign(token, row, &text, &proof->signature)
                       : SMIMEGW_E_UNSUPPORTED;
}

/* Of several, as renewals make them, the one that lasts longest. */
static int find_cert(const struct proof *proof, const struct sgw_cert_list *certs,
                     struct smimegw_cert **ret_cert)
{
    struct smimegw_cert *found = NULL;
    for (size_t i = 0; i < certs->count; i++) {
        struct smimegw_cert *cert = certs->certs[i];
        int ret = proves(proof, cert);
        if (ret == SMIMEGW_E_NOMEM)
            return ret;
        if (ret == SMIMEGW_OK && (found == NULL || cert->not_after > found->not_after))
            found = cert;
    }
    *ret_cert = found;
    return SMIMEGW_OK;
}

static int match(struct smimegw_identity *identity, const struct sgw_cert_list *certs,
                 bool is_given, struct smimegw_error **ret_error)
{
    struct proof proof = {0};
    struct smimegw_cert *cert = NULL;
    int ret = make_proof(identity->token, &proof);
    if (ret == SMIMEGW_OK)
        ret = find_cert(&proof, certs, &cert);
    sgw_buf_clear(&proof.modulus);
    sgw_buf_clear(&proof.signature);
    if (ret < 0)
        return ret == SMIMEGW_E_UNSUPPORTED
                   ? sgw_fail(ret_error, SMIMEGW_E_KEY, "the token's key does not sign")
                   : sgw_fail(ret_error, ret, "the token failed to sign with its key");
    if (cert != NULL)
        return sgw_identity_set_cert(identity, cert, certs, ret_error);
    return is_given ? sgw_fail(ret_error, SMIMEGW_E_MISMATCH,
                               "the token's key belongs to none of the %zu certificates",
                               certs->count)
                    : sgw_fail(ret_error, SMIMEGW_E_KEY,
                               "the token holds no certificate of the key");
}

static int assemble(struct smimegw_identity *identity, const void *certs, size_t certs_size,
                    struct smimegw_error **ret_error)
{
    struct sgw_cert_list list = {0};
    int ret = certs != NULL ? sgw_cert_list_load(&list, certs, certs_size, ret_error)
                            : list_token(identity->token, &list, ret_error);
    if (ret == SMIMEGW_OK)
        ret = match(identity, &list, certs != NULL, ret_error);
    sgw_cert_list_clear(&list);
    return ret == SMIMEGW_OK ? sgw_engine_key_new(identity, ret_error) : ret;
}

int smimegw_identity_new_url(const char *url, const char *pin, const void *certs,
                             size_t certs_size, struct smimegw_identity **ret_identity,
                             struct smimegw_error **ret_error)
{
    SGW_REQUIRE(url != NULL, ret_error);
    SGW_REQUIRE(certs != NULL || certs_size == 0, ret_error);
    SGW_REQUIRE(ret_identity != NULL, ret_error);
    struct smimegw_identity *identity = sgw_identity_alloc();
    if (identity == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "identity");
    int ret = sgw_token_new(url, pin, &identity->token, ret_error);
    if (ret == SMIMEGW_OK)
        ret = assemble(identity, certs, certs_size, ret_error);
    if (ret < 0)
        smimegw_identity_unref(identity);
    else
        *ret_identity = identity;
    return ret;
}
