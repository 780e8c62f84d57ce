/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/host_key.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buffer_impl.h"
#include "base/error_impl.h"
#include "base/sized.h"
#include "pki/key/engine_key.h"
#include "pki/key/rsa.h"

/* No result is longer than an RSA signature. */
enum { RESULT_MAX = SGW_RSA_SIZE_MAX };

struct sgw_host_key {
    struct smimegw_key_functions functions;
    void *userdata;
};

struct smimegw_key_request {
    const char *algorithm;
    gnutls_datum_t data;
    uint8_t digest[SGW_HASH_SIZE_MAX];
    size_t digest_size;
};

/* --- the request, as the host sees it ------------------------------------------------------
 */

const char *smimegw_key_request_algorithm(const struct smimegw_key_request *request)
{
    return request != NULL ? request->algorithm : "";
}

const void *smimegw_key_request_data(const struct smimegw_key_request *request,
                                     size_t *ret_size)
{
    if (request == NULL || ret_size == NULL)
        return NULL;
    *ret_size = request->data.size;
    return request->data.data;
}

const void *smimegw_key_request_digest(const struct smimegw_key_request *request,
                                       size_t *ret_size)
{
    if (request == NULL || ret_size == NULL)
        return NULL;
    *ret_size = request->digest_size;
    return request->digest_size > 0 ? request->digest : NULL;
}

/* --- calling -------------------------------------------------------------------------------
 */

/* All room is made before, so that nothing the host writes makes a difference. other: what a
 * code of the host's own stands for. */
static int call(const struct sgw_host_key *host, smimegw_key_fn function,
                const struct smimegw_key_request *request, int other,
                struct smimegw_buffer *ret_result)
{
    *ret_result = (struct smimegw_buffer){SGW_BUF_INIT(RESULT_MAX)};
    if (function == NULL)
        return SMIMEGW_E_UNSUPPORTED;
    int ret = sgw_buf_reserve(&ret_result->buf, RESULT_MAX);
    if (ret < 0)
        return ret;
    memset(ret_result->buf.data, 0, RESULT_MAX);
    switch (function(host->userdata, request, ret_result)) {
    case SMIMEGW_OK:
        return SMIMEGW_OK;
    case SMIMEGW_E_DECRYPT:
        return SMIMEGW_E_DECRYPT;
    case SMIMEGW_E_UNSUPPORTED:
        return SMIMEGW_E_UNSUPPORTED;
    case SMIMEGW_E_IO:
    case SMIMEGW_E_NOMEM:
    case SMIMEGW_E_RANDOM:
        return SMIMEGW_E_IO;
    default:
        return other;
    }
}

static int call_sign(const struct sgw_host_key *host,
                     const struct smimegw_key_request *request, struct sgw_buf *ret_signature)
{
    struct smimegw_buffer result;
    int ret = call(host, host->functions.sign, request, SMIMEGW_E_IO, &result);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(ret_signature, result.buf.data, result.buf.size);
    sgw_buf_clear(&result.buf);
    return ret == SMIMEGW_E_DECRYPT ? SMIMEGW_E_IO : ret;
}

int sgw_host_key_sign(struct sgw_host_key *host, const struct sgw_signature_row *row,
                      const gnutls_datum_t *data, struct sgw_buf *ret_signature)
{
    struct smimegw_key_request request = {.algorithm = row->name, .data = *data};
    request.digest_size = sgw_hash_size(row->hash);
    int ret = request.digest_size > 0
                  ? sgw_hash_once(row->hash, data->data, data->size, request.digest)
                  : SMIMEGW_OK;
    return ret < 0 ? ret : call_sign(host, &request, ret_signature);
}

int sgw_host_key_sign_digest(struct sgw_host_key *host, const struct sgw_signature_row *row,
                             const gnutls_datum_t *digest, struct sgw_buf *ret_signature)
{
    struct smimegw_key_request request = {.algorithm = row->name};
    if (digest->size != sgw_hash_size(row->hash))
        return SMIMEGW_E_CRYPTO;
    memcpy(request.digest, digest->data, digest->size);
    request.digest_size = digest->size;
    return call_sign(host, &request, ret_signature);
}

/* [RFC3218-2.3]: neither the host's verdict on the padding nor the size of what it hands out
 * leads to another branch. */
static int decrypt(const struct sgw_host_key *host, const struct smimegw_key_request *request,
                   uint8_t *key, size_t key_size)
{
    struct smimegw_buffer result;
    /* a binding may have a code of its own for wrong padding */
    int ret = call(host, host->functions.decrypt, request, SMIMEGW_E_DECRYPT, &result);
    const uint8_t *bytes = result.buf.data;
    uint8_t mask = (uint8_t) - (int)((ret == SMIMEGW_OK) & (result.buf.size == key_size) &
                                     (bytes != NULL));
    for (size_t i = 0; bytes != NULL && i < key_size; i++)
        key[i] = (uint8_t)((key[i] & ~mask) | (bytes[i] & mask));
    sgw_buf_clear(&result.buf);
    return ret == SMIMEGW_E_IO || ret == SMIMEGW_E_NOMEM ? ret : SMIMEGW_OK;
}

int sgw_host_key_decrypt_pkcs1(struct sgw_host_key *host, const gnutls_datum_t *data,
                               uint8_t *key, size_t key_size)
{
    const struct smimegw_key_request request = {.algorithm = "rsa-pkcs1", .data = *data};
    return decrypt(host, &request, key, key_size);
}

int sgw_host_key_decrypt_oaep(struct sgw_host_key *host, enum sgw_hash_id hash,
                              const gnutls_datum_t *data, uint8_t *key, size_t key_size)
{
    static const char *const names[] = {
        [SGW_HASH_MD5] = NULL,
        [SGW_HASH_SHA1] = "rsa-oaep-sha1",
        [SGW_HASH_SHA224] = "rsa-oaep-sha224",
        [SGW_HASH_SHA256] = "rsa-oaep-sha256",
        [SGW_HASH_SHA384] = "rsa-oaep-sha384",
        [SGW_HASH_SHA512] = "rsa-oaep-sha512",
    };
    const struct smimegw_key_request request = {.algorithm = names[hash], .data = *data};
    return request.algorithm != NULL ? decrypt(host, &request, key, key_size) : SMIMEGW_OK;
}

int sgw_host_key_derive(struct sgw_host_key *host, enum sgw_key_type type,
                        const gnutls_datum_t *point, uint8_t *ret_secret, size_t secret_size)
{
    static const char *const names[] = {
        [SGW_KEY_P256] = "ecdh-p256",
        [SGW_KEY_P384] = "ecdh-p384",
        [SGW_KEY_P521] = "ecdh-p521",
        [SGW_KEY_X25519] = "x25519",
    };
    struct smimegw_buffer result;
    const struct smimegw_key_request request = {.algorithm = names[type], .data = *point};
    int ret = call(host, host->functions.derive, &request, SMIMEGW_E_IO, &result);
    if (ret == SMIMEGW_E_UNSUPPORTED || (ret == SMIMEGW_OK && result.buf.size != secret_size))
        ret = SMIMEGW_E_DECRYPT;
    if (ret == SMIMEGW_OK)
        memcpy(ret_secret, result.buf.data, secret_size);
    sgw_buf_clear(&result.buf);
    return ret;
}

/* --- the identity --------------------------------------------------------------------------
 */

static int host_key_new(const struct smimegw_key_functions *functions, void *userdata,
                        struct sgw_host_key **ret_host, struct smimegw_error **ret_error)
{
    struct smimegw_key_functions copy;
    int ret = sgw_sized_copy(&copy, sizeof(copy), functions);
    if (ret < 0)
        return sgw_fail(ret_error, ret,
                        "the table of key functions is not as this library knows it");
    if (copy.sign == NULL && copy.decrypt == NULL && copy.derive == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "there is no key function");
    struct sgw_host_key *host = sgw_calloc(1, sizeof(*host));
    if (host == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "key functions");
    host->functions = copy;
    host->userdata = userdata;
    *ret_host = host;
    return SMIMEGW_OK;
}

void sgw_host_key_free(struct sgw_host_key *host)
{
    if (host != NULL && host->functions.release != NULL)
        host->functions.release(host->userdata);
    sgw_free(host);
}

int smimegw_identity_new_functions(const void *certs, size_t certs_size,
                                   const struct smimegw_key_functions *functions,
                                   void *userdata, struct smimegw_identity **ret_identity,
                                   struct smimegw_error **ret_error)
{
    SGW_REQUIRE(certs != NULL || certs_size == 0, ret_error);
    SGW_REQUIRE(functions != NULL, ret_error);
    SGW_REQUIRE(ret_identity != NULL, ret_error);
    struct sgw_host_key *host = NULL;
    int ret = host_key_new(functions, userdata, &host, ret_error);
    if (ret < 0)
        return ret;
    struct sgw_cert_list list = {0};
    struct smimegw_identity *identity = sgw_identity_alloc();
    if (identity == NULL)
        ret = sgw_fail(ret_error, SMIMEGW_E_NOMEM, "identity");
    if (ret == SMIMEGW_OK)
        ret = sgw_cert_list_load(&list, certs, certs_size, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_identity_set_cert(identity, list.certs[0], &list, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_engine_key_new(identity, ret_error);
    sgw_cert_list_clear(&list);
    if (ret < 0) {
        smimegw_identity_unref(identity);
        sgw_free(host); /* and not its release: the host keeps what it handed in */
        return ret;
    }
    identity->host = host;
    *ret_identity = identity;
    return SMIMEGW_OK;
}
