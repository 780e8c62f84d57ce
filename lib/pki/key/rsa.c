/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/rsa.h"

#include <nettle/bignum.h>
#include <nettle/rsa.h>
#include <string.h>

#include "base/alloc.h"
#include "pki/code.h"
#include "pki/key/number.h"

size_t sgw_rsa_size(const struct smimegw_cert *cert)
{
    bool is_rsa = cert->key_type == SGW_KEY_RSA || cert->key_type == SGW_KEY_RSA_PSS;
    return is_rsa && sgw_cert_key_is_affordable(cert) ? (cert->key_bits + 7) / 8 : 0;
}

int sgw_rsa_public(const struct smimegw_cert *cert, const uint8_t *in, uint8_t *out)
{
    size_t size = sgw_rsa_size(cert);
    mpz_t n;
    mpz_t e;
    mpz_t x;
    nettle_mpz_init_set_str_256_u(n, cert->rsa_n_size, cert->rsa_n);
    nettle_mpz_init_set_str_256_u(e, cert->rsa_e_size, cert->rsa_e);
    nettle_mpz_init_set_str_256_u(x, size, in);
    int ret = SMIMEGW_E_DECRYPT;
    if (mpz_cmp(x, n) < 0) {
        mpz_powm(x, x, e, n);
        sgw_number_put(x, out, size);
        ret = SMIMEGW_OK;
    }
    mpz_clear(n);
    mpz_clear(e);
    sgw_number_wipe(x);
    return ret;
}

/* nettle's random functions can't fail: go on with something, and tell afterwards. */
static void random_numbers(void *context, size_t size, uint8_t *ret)
{
    int *result = context;
    if (sgw_random(ret, size) == SMIMEGW_OK)
        return;
    memset(ret, 0x55, size);
    *result = SMIMEGW_E_RANDOM;
}

struct exported {
    gnutls_datum_t n, e, d, p, q, u, e1, e2;
};

static void exported_clear(struct exported *raw)
{
    gnutls_datum_t *all[] = {&raw->n, &raw->e, &raw->d,  &raw->p,
                             &raw->q, &raw->u, &raw->e1, &raw->e2};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        sgw_wipe(all[i]->data, all[i]->size);
        gnutls_free(all[i]->data);
    }
}

static void set_number(mpz_t number, const gnutls_datum_t *raw)
{
    nettle_mpz_set_str_256_u(number, raw->size, raw->data);
}

static void load_keys(const struct exported *raw, struct rsa_public_key *public_key,
                      struct rsa_private_key *key)
{
    set_number(public_key->n, &raw->n);
    set_number(public_key->e, &raw->e);
    set_number(key->p, &raw->p);
    set_number(key->q, &raw->q);
    set_number(key->a, &raw->e1);
    set_number(key->b, &raw->e2);
    set_number(key->c, &raw->u);
}

/* As rsa_private_key_clear(), and leaves nothing. */
static void wipe_key(struct rsa_private_key *key)
{
    sgw_number_wipe(key->d);
    sgw_number_wipe(key->p);
    sgw_number_wipe(key->q);
    sgw_number_wipe(key->a);
    sgw_number_wipe(key->b);
    sgw_number_wipe(key->c);
}

static int compute_root(const struct exported *raw, const uint8_t *in, uint8_t *out)
{
    struct rsa_public_key public_key;
    struct rsa_private_key key;
    int ret = SMIMEGW_OK;
    rsa_public_key_init(&public_key);
    rsa_private_key_init(&key);
    load_keys(raw, &public_key, &key);
    mpz_t x;
    mpz_init(x);
    if (rsa_public_key_prepare(&public_key) == 0 || rsa_private_key_prepare(&key) == 0) {
        ret = SMIMEGW_E_CRYPTO;
    } else {
        nettle_mpz_set_str_256_u(x, public_key.size, in);
        if (mpz_cmp(x, public_key.n) >= 0 ||
            rsa_compute_root_tr(&public_key, &key, &ret, random_numbers, x, x) == 0)
            ret = ret < 0 ? ret : SMIMEGW_E_DECRYPT;
        else
            sgw_number_put(x, out, public_key.size);
    }
    sgw_number_wipe(x);
    wipe_key(&key);
    rsa_public_key_clear(&public_key);
    return ret;
}

int sgw_rsa_private(const struct smimegw_identity *identity, const uint8_t *in, uint8_t *out)
{
    struct exported raw = {0};
    int ret =
        gnutls_privkey_export_rsa_raw2(identity->key, &raw.n, &raw.e, &raw.d, &raw.p, &raw.q,
                                       &raw.u, &raw.e1, &raw.e2, GNUTLS_EXPORT_FLAG_NO_LZ);
    ret = ret < 0 ? sgw_pki_code(ret, SMIMEGW_E_CRYPTO) : compute_root(&raw, in, out);
    exported_clear(&raw);
    return ret;
}

int sgw_rsa_mgf1(enum sgw_hash_id hash, const uint8_t *seed, size_t seed_size, uint8_t *data,
                 size_t size)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    size_t step = sgw_hash_size(hash);
    struct sgw_hash *state = NULL;
    int ret = sgw_hash_new(hash, &state);
    for (uint32_t count = 0; ret == SMIMEGW_OK && size > 0; count++) {
        uint8_t counter[4] = {(uint8_t)(count >> 24), (uint8_t)(count >> 16),
                              (uint8_t)(count >> 8), (uint8_t)count};
        ret = sgw_hash_update(state, seed, seed_size);
        if (ret == SMIMEGW_OK)
            ret = sgw_hash_update(state, counter, sizeof(counter));
        if (ret == SMIMEGW_OK)
            ret = sgw_hash_finish(state, digest);
        size_t length = size < step ? size : step;
        for (size_t i = 0; ret == SMIMEGW_OK && i < length; i++)
            data[i] ^= digest[i];
        data += length;
        size -= length;
    }
    sgw_hash_free(state);
    sgw_wipe(digest, sizeof(digest));
    return ret;
}
