/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/engine_key.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/key/host_key.h"
#include "pki/key/token.h"

static int to_gnutls(int result)
{
    switch (result) {
    case SMIMEGW_OK:
        return 0;
    case SMIMEGW_E_NOMEM:
        return GNUTLS_E_MEMORY_ERROR;
    case SMIMEGW_E_UNSUPPORTED:
    case SMIMEGW_E_KEY:
        return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
    default:
        return GNUTLS_E_PK_SIGN_FAILED;
    }
}

/* GnuTLS frees it by its own function. */
static int hand_out(const struct sgw_buf *made, gnutls_datum_t *ret_signature)
{
    ret_signature->data = gnutls_malloc(made->size);
    if (ret_signature->data == NULL)
        return GNUTLS_E_MEMORY_ERROR;
    memcpy(ret_signature->data, made->data, made->size);
    ret_signature->size = (unsigned int)made->size;
    return 0;
}

/* Ed25519 */
static int sign_data(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *userdata,
                     unsigned int flags, const gnutls_datum_t *data,
                     gnutls_datum_t *ret_signature)
{
    struct smimegw_identity *identity = userdata;
    const struct sgw_signature_row *row = sgw_signature_row_gnutls(algorithm);
    struct sgw_buf made = SGW_BUF_INIT(0);
    (void)key;
    (void)flags;
    if (row == NULL)
        return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
    const struct sgw_signature_algorithm wanted = {.scheme = row->scheme, .hash = row->hash};
    int ret =
        to_gnutls(sgw_signature_make(identity, &wanted, data->data, data->size, &made, NULL));
    if (ret == 0)
        ret = hand_out(&made, ret_signature);
    sgw_buf_clear(&made);
    return ret;
}

/* What GnuTLS hands over for RSA PKCS#1 is wrapped already; engines want the digest bare. */
static int unwrap(gnutls_sign_algorithm_t *algorithm, const gnutls_datum_t *hash,
                  uint8_t room[SGW_HASH_SIZE_MAX], gnutls_datum_t *ret_digest)
{
    gnutls_digest_algorithm_t digest;
    unsigned int size = SGW_HASH_SIZE_MAX;
    *ret_digest = *hash;
    if (*algorithm != GNUTLS_SIGN_RSA_RAW)
        return 0;
    int ret = gnutls_decode_ber_digest_info(hash, &digest, room, &size);
    if (ret < 0)
        return ret;
    *algorithm = gnutls_pk_to_sign(GNUTLS_PK_RSA, digest);
    *ret_digest = (gnutls_datum_t){room, size};
    return 0;
}

static int make_of_digest(struct smimegw_identity *identity,
                          const struct sgw_signature_row *row, const gnutls_datum_t *digest,
                          gnutls_datum_t *ret_signature)
{
    struct sgw_buf made = SGW_BUF_INIT(0);
    int result = identity->host != NULL
                     ? sgw_host_key_sign_digest(identity->host, row, digest, &made)
                     : sgw_token_sign_digest(identity->token, row, digest, &made);
    int ret = to_gnutls(result);
    const gnutls_datum_t signature = {made.data, (unsigned int)made.size};
    if (ret == 0 && gnutls_pubkey_verify_hash2(identity->cert->pubkey, row->gnutls, 0, digest,
                                               &signature) < 0)
        ret = GNUTLS_E_PK_SIGN_FAILED;
    if (ret == 0)
        ret = hand_out(&made, ret_signature);
    sgw_buf_clear(&made);
    return ret;
}

/* RSA and ECDSA */
static int sign_hash(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *userdata,
                     unsigned int flags, const gnutls_datum_t *hash,
                     gnutls_datum_t *ret_signature)
{
    struct smimegw_identity *identity = userdata;
    uint8_t room[SGW_HASH_SIZE_MAX];
    gnutls_datum_t digest;
    (void)key;
    (void)flags;
    int ret = unwrap(&algorithm, hash, room, &digest);
    if (ret < 0)
        return ret;
    const struct sgw_signature_row *row = sgw_signature_row_gnutls(algorithm);
    if (row == NULL || row->is_weak)
        return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
    return make_of_digest(identity, row, &digest, ret_signature);
}

static int tell(gnutls_privkey_t key, unsigned int flags, void *userdata)
{
    const struct smimegw_identity *identity = userdata;
    (void)key;
    if ((flags & GNUTLS_PRIVKEY_INFO_PK_ALGO) != 0)
        return gnutls_pubkey_get_pk_algorithm(identity->cert->pubkey, NULL);
    if ((flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS) != 0)
        return (int)identity->cert->key_bits;
    if ((flags & GNUTLS_PRIVKEY_INFO_SIGN_ALGO) != 0)
        return 0;
    if ((flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) == 0)
        return -1;
    const struct sgw_signature_row *row =
        sgw_signature_row_gnutls(GNUTLS_FLAGS_TO_SIGN_ALGO(flags));
    return row != NULL && !row->is_weak &&
           sgw_signature_fits_key(row->scheme, identity->cert->key_type);
}

int sgw_engine_key_new(struct smimegw_identity *identity, struct smimegw_error **ret_error)
{
    if (identity->cert->pubkey == NULL)
        return SMIMEGW_OK;
    int ret = gnutls_privkey_init(&identity->key);
    if (ret == 0)
        ret = gnutls_privkey_import_ext4(identity->key, identity, sign_data, sign_hash, NULL,
                                         NULL, tell, 0);
    return ret < 0 ? sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                              "the private key can't be used: %s", gnutls_strerror(ret))
                   : SMIMEGW_OK;
}
