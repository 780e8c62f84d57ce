/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OPENSSL_ENGINE_H
#define OPENSSL_ENGINE_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A host's key engine, by OpenSSL; it can be told to misbehave. Public headers only. */

enum manner {
    ENGINE_GOOD,
    ENGINE_BY_BYTES,          /* the right thing in many small writes */
    ENGINE_NOTHING,           /* 0, and no result */
    ENGINE_GARBAGE,           /* of the right size */
    ENGINE_SHORT,             /* the right thing without its last byte */
    ENGINE_LONG,              /* the right thing and another byte */
    ENGINE_TWICE,             /* the right thing two times */
    ENGINE_FLOOD,             /* far more than anybody asked for */
    ENGINE_NEGATIVE,          /* some error of the library's */
    ENGINE_NONSENSE,          /* a code that nobody knows */
    ENGINE_POSITIVE,          /* what a shell or a script may hand back */
    ENGINE_WRITE_THEN_FAIL,   /* the right thing, but a failure */
    ENGINE_UNSUPPORTED,       /* can't do the algorithm */
    ENGINE_DECRYPT,           /* can't decrypt */
    ENGINE_WRITE_THEN_DECRYPT /* the right thing, but can't decrypt */
};

struct engine {
    EVP_PKEY *key;
    enum manner manner;
    int calls;
    int releases;
    char algorithm[32]; /* of the last request */
    int digest_differs; /* from that of the data */
};

struct engine_result {
    unsigned char data[1024];
    size_t size;
};

static inline void engine_load(struct engine *engine, const char *name)
{
    char path[256];
    memset(engine, 0, sizeof(*engine));
    snprintf(path, sizeof(path), "tests/data/keys/%s-key.pem", name);
    FILE *file = fopen(path, "r");
    engine->key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file != NULL)
        fclose(file);
}

static inline void engine_clear(struct engine *engine)
{
    EVP_PKEY_free(engine->key);
}

static inline void engine_release(void *userdata)
{
    struct engine *engine = userdata;
    engine->releases++;
}

/* "rsa-pss-sha256" -> SHA-256 */
static inline const EVP_MD *engine_hash(const char *algorithm)
{
    const char *name = strrchr(algorithm, '-');
    return name != NULL ? EVP_get_digestbyname(name + 1) : NULL;
}

static inline void engine_compare_digest(struct engine *engine, const EVP_MD *hash,
                                         const struct smimegw_key_request *request)
{
    size_t size;
    size_t digest_size;
    unsigned char own[EVP_MAX_MD_SIZE];
    unsigned int own_size;
    const void *data = smimegw_key_request_data(request, &size);
    const void *digest = smimegw_key_request_digest(request, &digest_size);
    if (data == NULL)
        return;
    EVP_Digest(data, size, own, &own_size, hash, NULL);
    if (digest == NULL || own_size != digest_size || memcmp(own, digest, own_size) != 0)
        engine->digest_differs = 1;
}

static inline int engine_sign_digest(struct engine *engine, const EVP_MD *hash,
                                     const struct smimegw_key_request *request,
                                     struct engine_result *result)
{
    size_t size;
    const void *digest = smimegw_key_request_digest(request, &size);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(engine->key, NULL);
    int ok = EVP_PKEY_sign_init(context) > 0;
    if (ok && strncmp(engine->algorithm, "rsa-", 4) == 0) {
        int is_pss = strncmp(engine->algorithm, "rsa-pss-", 8) == 0;
        ok =
            EVP_PKEY_CTX_set_rsa_padding(context, is_pss ? RSA_PKCS1_PSS_PADDING
                                                         : RSA_PKCS1_PADDING) > 0 &&
            (!is_pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0);
    }
    ok = ok && EVP_PKEY_CTX_set_signature_md(context, hash) > 0 &&
         EVP_PKEY_sign(context, result->data, &result->size, digest, size) > 0;
    EVP_PKEY_CTX_free(context);
    return ok;
}

static inline int engine_sign_right(struct engine *engine,
                                    const struct smimegw_key_request *request,
                                    struct engine_result *result)
{
    size_t size;
    const EVP_MD *hash = engine_hash(engine->algorithm);
    const void *data = smimegw_key_request_data(request, &size);
    if (hash != NULL) {
        engine_compare_digest(engine, hash, request);
        return engine_sign_digest(engine, hash, request, result);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok = EVP_DigestSignInit(context, NULL, NULL, NULL, engine->key) > 0 &&
             EVP_DigestSign(context, result->data, &result->size, data, size) > 0;
    EVP_MD_CTX_free(context);
    return ok;
}

static inline int engine_decrypt_right(struct engine *engine,
                                       const struct smimegw_key_request *request,
                                       struct engine_result *result)
{
    size_t size;
    const EVP_MD *hash = engine_hash(engine->algorithm);
    const void *data = smimegw_key_request_data(request, &size);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(engine->key, NULL);
    int ok = EVP_PKEY_decrypt_init(context) > 0 &&
             EVP_PKEY_CTX_set_rsa_padding(context, hash != NULL ? RSA_PKCS1_OAEP_PADDING
                                                                : RSA_PKCS1_PADDING) > 0 &&
             (hash == NULL || EVP_PKEY_CTX_set_rsa_oaep_md(context, hash) > 0) &&
             EVP_PKEY_decrypt(context, result->data, &result->size, data, size) > 0;
    EVP_PKEY_CTX_free(context);
    return ok;
}

static inline int engine_derive_right(struct engine *engine,
                                      const struct smimegw_key_request *request,
                                      struct engine_result *result)
{
    size_t size;
    const void *point = smimegw_key_request_data(request, &size);
    EVP_PKEY *peer = EVP_PKEY_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(engine->key, NULL);
    int ok = EVP_PKEY_copy_parameters(peer, engine->key) > 0 ||
             EVP_PKEY_missing_parameters(engine->key) == 0;
    if (strcmp(engine->algorithm, "x25519") == 0) {
        EVP_PKEY_free(peer);
        peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, size);
        ok = peer != NULL;
    } else {
        ok = ok && EVP_PKEY_set1_encoded_public_key(peer, point, size) > 0;
    }
    ok = ok && EVP_PKEY_derive_init(context) > 0 &&
         EVP_PKEY_derive_set_peer(context, peer) > 0 &&
         EVP_PKEY_derive(context, result->data, &result->size) > 0;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
    return ok;
}

/* Hand out the right result in the engine's manner. */
static inline int engine_answer(const struct engine *engine, struct engine_result *right,
                                struct smimegw_buffer *result)
{
    static const char flood[5000];
    switch (engine->manner) {
    case ENGINE_GOOD:
        return smimegw_buffer_write(result, right->data, right->size);
    case ENGINE_BY_BYTES:
        for (size_t i = 0; i < right->size; i++)
            smimegw_buffer_write(result, right->data + i, 1);
        return 0;
    case ENGINE_NOTHING:
        return 0;
    case ENGINE_GARBAGE:
        memset(right->data, 0x5a, right->size);
        smimegw_buffer_write(result, right->data, right->size);
        return 0;
    case ENGINE_SHORT:
        smimegw_buffer_write(result, right->data, right->size - 1);
        return 0;
    case ENGINE_LONG:
        smimegw_buffer_write(result, right->data, right->size);
        smimegw_buffer_write(result, "", 1);
        return 0;
    case ENGINE_TWICE:
        smimegw_buffer_write(result, right->data, right->size);
        smimegw_buffer_write(result, right->data, right->size);
        return 0;
    case ENGINE_FLOOD:
        for (int i = 0; i < 100; i++)
            smimegw_buffer_write(result, flood, sizeof(flood));
        return 0;
    case ENGINE_NEGATIVE:
        return SMIMEGW_E_KEY;
    case ENGINE_NONSENSE:
        return -1000000;
    case ENGINE_POSITIVE:
        return 1;
    case ENGINE_WRITE_THEN_FAIL:
        smimegw_buffer_write(result, right->data, right->size);
        return SMIMEGW_E_NOMEM;
    case ENGINE_UNSUPPORTED:
        return SMIMEGW_E_UNSUPPORTED;
    case ENGINE_DECRYPT:
        return SMIMEGW_E_DECRYPT;
    case ENGINE_WRITE_THEN_DECRYPT:
        smimegw_buffer_write(result, right->data, right->size);
        return SMIMEGW_E_DECRYPT;
    }
    return -1;
}

static inline void engine_start(struct engine *engine,
                                const struct smimegw_key_request *request,
                                struct engine_result *result)
{
    engine->calls++;
    result->size = sizeof(result->data);
    snprintf(engine->algorithm, sizeof(engine->algorithm), "%s",
             smimegw_key_request_algorithm(request));
}

static inline int engine_sign(void *userdata, const struct smimegw_key_request *request,
                              struct smimegw_buffer *result)
{
    struct engine_result right;
    engine_start(userdata, request, &right);
    return engine_sign_right(userdata, request, &right)
               ? engine_answer(userdata, &right, result)
               : SMIMEGW_E_CRYPTO;
}

static inline int engine_decrypt(void *userdata, const struct smimegw_key_request *request,
                                 struct smimegw_buffer *result)
{
    struct engine_result right;
    engine_start(userdata, request, &right);
    return engine_decrypt_right(userdata, request, &right)
               ? engine_answer(userdata, &right, result)
               : SMIMEGW_E_DECRYPT;
}

static inline int engine_derive(void *userdata, const struct smimegw_key_request *request,
                                struct smimegw_buffer *result)
{
    struct engine_result right;
    engine_start(userdata, request, &right);
    return engine_derive_right(userdata, request, &right)
               ? engine_answer(userdata, &right, result)
               : SMIMEGW_E_CRYPTO;
}

static const struct smimegw_key_functions engine_functions = {
    .size = sizeof(struct smimegw_key_functions),
    .sign = engine_sign,
    .decrypt = engine_decrypt,
    .derive = engine_derive,
    .release = engine_release,
};

#endif
