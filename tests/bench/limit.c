/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What no S/MIME program on GnuTLS can beat on one thread: the primitives over the same bytes,
 * block by block, each byte once; base64 by plain tables. */
#include "bench.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 48 * 1024, CODED = BLOCK / 48 * 66 };

enum step {
    HASHES = 1,
    SIGNS = 2,
    ENCRYPTS = 4,
    DECRYPTS = 8,
    ENCODES = 16,
    DECODES = 32,
    GCM = 64,
    HASHES_OUTER = 128, /* the coded form of the bytes once more */
    CHECKS = 256
};

static const int steps_of[KIT_COUNT] = {
    [KIT_SIGN_DETACHED] = HASHES | SIGNS,
    [KIT_SIGN_OPAQUE] = HASHES | SIGNS | ENCODES,
    [KIT_ENCRYPT_CBC] = ENCRYPTS | ENCODES,
    [KIT_ENCRYPT_GCM] = ENCRYPTS | ENCODES | GCM,
    [KIT_SIGN_ENCRYPT] = HASHES | SIGNS | ENCRYPTS | ENCODES,
    [KIT_TRIPLE] = HASHES | SIGNS | ENCRYPTS | ENCODES | HASHES_OUTER,
    [KIT_VERIFY_DETACHED] = HASHES | CHECKS,
    [KIT_VERIFY_OPAQUE] = HASHES | CHECKS | DECODES,
    [KIT_DECRYPT_CBC] = DECRYPTS | DECODES,
    [KIT_DECRYPT_GCM] = DECRYPTS | DECODES | GCM,
    [KIT_DECRYPT_SIGNED] = DECRYPTS | DECODES | HASHES | CHECKS,
    [KIT_DECRYPT_TRIPLE] = DECRYPTS | DECODES | HASHES | CHECKS | HASHES_OUTER,
};

struct limit {
    gnutls_privkey_t key;
    gnutls_pubkey_t public_key;
    int is_rsa;
    gnutls_datum_t wrapped;
    gnutls_datum_t signature;
    uint16_t pairs[4096];
    uint8_t values[256];
    unsigned char coded[CODED]; /* base64 of one block, for the decoder */
};

static const gnutls_datum_t some_key = {(unsigned char *)"0123456789abcdef0123456789abcdef",
                                        32};

static void need(int result, const char *what)
{
    if (result < 0)
        kit_die("limit: %s: %s", what, gnutls_strerror(result));
}

static size_t encode(const struct limit *limit, const unsigned char *in, size_t size,
                     unsigned char *out)
{
    unsigned char *end = out;
    for (; size >= 48; size -= 48) {
        for (int i = 0; i < 16; i++, in += 3, end += 4) {
            uint32_t bits = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
            memcpy(end, &limit->pairs[bits >> 12], 2);
            memcpy(end + 2, &limit->pairs[bits & 4095], 2);
        }
        *end++ = '\r';
        *end++ = '\n';
    }
    return (size_t)(end - out);
}

static void decode(const struct limit *limit, const unsigned char *in, size_t size,
                   unsigned char *out)
{
    const uint8_t *values = limit->values;
    for (; size >= 66; size -= 66, in += 2) {
        for (int i = 0; i < 16; i++, in += 4, out += 3) {
            uint32_t bits = (uint32_t)values[in[0]] << 18 | (uint32_t)values[in[1]] << 12 |
                            (uint32_t)values[in[2]] << 6 | values[in[3]];
            out[0] = (unsigned char)(bits >> 16);
            out[1] = (unsigned char)(bits >> 8);
            out[2] = (unsigned char)bits;
        }
    }
}

static void fill_tables(struct limit *limit)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 4096; i++) {
        char pair[2] = {digits[i >> 6], digits[i & 63]};
        memcpy(&limit->pairs[i], pair, 2);
    }
    for (int i = 0; i < 64; i++)
        limit->values[(unsigned char)digits[i]] = (uint8_t)i;
    unsigned char block[BLOCK];
    memset(block, 0x5a, sizeof(block));
    encode(limit, block, sizeof(block), limit->coded);
}

struct limit *limit_open(const char *folder, const char *key)
{
    struct limit *limit = calloc(1, sizeof(*limit));
    char path[512];
    snprintf(path, sizeof(path), "%s/%s.key", folder, key);
    gnutls_datum_t file;
    if (limit == NULL || gnutls_load_file(path, &file) < 0)
        kit_die("limit: %s", path);
    need(gnutls_privkey_init(&limit->key), "init");
    need(gnutls_privkey_import_x509_raw(limit->key, &file, GNUTLS_X509_FMT_PEM, NULL, 0),
         path);
    need(gnutls_pubkey_init(&limit->public_key), "init");
    need(gnutls_pubkey_import_privkey(limit->public_key, limit->key, 0, 0), path);
    limit->is_rsa = gnutls_privkey_get_pk_algorithm(limit->key, NULL) == GNUTLS_PK_RSA;
    gnutls_free(file.data);
    if (limit->is_rsa)
        need(gnutls_pubkey_encrypt_data(limit->public_key, 0, &some_key, &limit->wrapped),
             "wrap");
    need(gnutls_privkey_sign_data(limit->key, GNUTLS_DIG_SHA256, 0, &some_key,
                                  &limit->signature),
         "sign");
    fill_tables(limit);
    return limit;
}

void limit_close(struct limit *limit)
{
    if (limit == NULL)
        return;
    gnutls_free(limit->wrapped.data);
    gnutls_free(limit->signature.data);
    gnutls_pubkey_deinit(limit->public_key);
    gnutls_privkey_deinit(limit->key);
    free(limit);
}

/* ECDH is left out: GnuTLS 3.7.9 has no public call for it. */
static void key_operations(const struct limit *limit, int steps)
{
    gnutls_datum_t result = {NULL, 0};
    gnutls_sign_algorithm_t algorithm =
        limit->is_rsa ? GNUTLS_SIGN_RSA_SHA256 : GNUTLS_SIGN_ECDSA_SHA256;
    int checks = (steps & CHECKS) == 0 ? 0 : (steps & HASHES_OUTER) == 0 ? 1 : 2;
    int signs = (steps & SIGNS) == 0 ? 0 : (steps & HASHES_OUTER) == 0 ? 1 : 2;
    for (int i = 0; i < signs; i++) {
        need(gnutls_privkey_sign_data2(limit->key, algorithm, 0, &some_key, &result), "sign");
        gnutls_free(result.data);
    }
    for (int i = 0; i < checks; i++)
        need(gnutls_pubkey_verify_data2(limit->public_key, algorithm, 0, &some_key,
                                        &limit->signature),
             "verify");
    if (!limit->is_rsa)
        return;
    if ((steps & ENCRYPTS) != 0) {
        need(gnutls_pubkey_encrypt_data(limit->public_key, 0, &some_key, &result), "encrypt");
        gnutls_free(result.data);
    }
    if ((steps & DECRYPTS) != 0) {
        need(gnutls_privkey_decrypt_data(limit->key, 0, &limit->wrapped, &result), "decrypt");
        gnutls_free(result.data);
    }
}

struct flow {
    int steps;
    gnutls_hash_hd_t hash;
    gnutls_hash_hd_t outer;
    gnutls_cipher_hd_t cipher;
    unsigned char plain[BLOCK];
    unsigned char coded[CODED];
};

static void flow_open(struct flow *flow)
{
    int is_gcm = (flow->steps & GCM) != 0;
    gnutls_datum_t iv = {some_key.data, is_gcm ? 12 : 16};
    need(gnutls_hash_init(&flow->hash, GNUTLS_DIG_SHA256), "hash");
    need(gnutls_hash_init(&flow->outer, GNUTLS_DIG_SHA256), "hash");
    need(gnutls_cipher_init(&flow->cipher,
                            is_gcm ? GNUTLS_CIPHER_AES_256_GCM : GNUTLS_CIPHER_AES_256_CBC,
                            &some_key, &iv),
         "cipher");
}

static void flow_close(struct flow *flow)
{
    gnutls_hash_deinit(flow->hash, flow->plain);
    gnutls_hash_deinit(flow->outer, flow->plain);
    gnutls_cipher_deinit(flow->cipher);
    free(flow);
}

static void flow_block(const struct limit *limit, struct flow *flow, const unsigned char *in,
                       size_t size)
{
    size_t whole = size / 16 * 16;
    if ((flow->steps & DECODES) != 0)
        decode(limit, limit->coded, size / 48 * 66, flow->plain);
    if ((flow->steps & HASHES) != 0)
        gnutls_hash(flow->hash, in, size);
    if ((flow->steps & ENCRYPTS) != 0)
        gnutls_cipher_encrypt2(flow->cipher, in, whole, flow->plain, BLOCK);
    if ((flow->steps & DECRYPTS) != 0)
        gnutls_cipher_decrypt2(flow->cipher, in, whole, flow->plain, BLOCK);
    if ((flow->steps & (DECODES | ENCRYPTS | ENCODES)) == 0)
        memcpy(flow->plain, in, size);
    if ((flow->steps & ENCODES) != 0)
        encode(limit, (flow->steps & ENCRYPTS) != 0 ? flow->plain : in, size, flow->coded);
    if ((flow->steps & HASHES_OUTER) != 0)
        gnutls_hash(flow->outer, limit->coded, size / 48 * 66);
}

void limit_run(struct limit *limit, enum kit_op op, const struct bytes *input)
{
    struct flow *flow = malloc(sizeof(*flow));
    if (flow == NULL)
        kit_die("out of memory");
    flow->steps = steps_of[op];
    flow_open(flow);
    for (size_t done = 0; done < input->size; done += BLOCK) {
        size_t left = input->size - done;
        flow_block(limit, flow, input->data + done, left < BLOCK ? left : BLOCK);
    }
    key_operations(limit, flow->steps);
    flow_close(flow);
}
