/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/token.h"

#include <gnutls/pkcs11.h>
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/key/token_url.h"

struct sgw_token {
    /* GnuTLS leaves its own lock taken where a session can't be opened again, so nobody may
     * wait for that one. */
    pthread_mutex_t lock;
    gnutls_privkey_t key; /* NULL where the session was lost */
    struct sgw_buf url;
    struct sgw_buf path; /* of the module; empty: p11-kit's configuration */
    struct sgw_buf pin;
    bool has_pin;
    bool is_refused; /* the PIN was wrong: never try it again */
};

/* Wrong PINs lock tokens: one try only, and the last one is left to people. */
static int answer_pin(void *userdata, int attempt, const char *url, const char *label,
                      unsigned int flags, char *ret_pin, size_t size)
{
    struct sgw_token *token = userdata;
    (void)url;
    (void)label;
    if (attempt > 0 || (flags & (GNUTLS_PIN_WRONG | GNUTLS_PIN_FINAL_TRY)) != 0)
        token->is_refused = true;
    if (!token->has_pin || token->is_refused || (flags & GNUTLS_PIN_SO) != 0 ||
        token->pin.size >= size)
        return GNUTLS_E_PKCS11_PIN_ERROR;
    memcpy(ret_pin, sgw_buf_text(&token->pin), token->pin.size + 1);
    return 0;
}

static int open_key(struct sgw_token *token)
{
    int ret = gnutls_privkey_init(&token->key);
    if (ret < 0)
        return ret;
    gnutls_privkey_set_pin_function(token->key, answer_pin, token);
    ret = gnutls_privkey_import_url(token->key, sgw_buf_text(&token->url), 0);
    if (ret == GNUTLS_E_PKCS11_PIN_ERROR)
        token->is_refused = true;
    if (ret < 0) {
        gnutls_privkey_deinit(token->key);
        token->key = NULL;
    }
    return ret;
}

/* A lock that GnuTLS left taken stays behind: 40 bytes for each loss. */
static void lose_key(struct sgw_token *token)
{
    gnutls_privkey_deinit(token->key);
    token->key = NULL;
}

/* --- coming and going ----------------------------------------------------------------------
 */

/* A module that p11-kit does not know of is loaded where its token is not there yet. */
static int load_module(const struct sgw_token *token, struct smimegw_error **ret_error)
{
    struct sgw_buf url = SGW_BUF_INIT(0);
    unsigned int flags;
    if (token->path.size == 0)
        return SMIMEGW_OK;
    int ret = sgw_token_url_token(sgw_buf_text(&token->url), &url);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "URL of the token");
    ret = gnutls_pkcs11_token_get_flags(sgw_buf_text(&url), &flags);
    if (ret < 0)
        ret = gnutls_pkcs11_add_provider(sgw_buf_text(&token->path), NULL);
    sgw_buf_clear(&url);
    return ret < 0 ? sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                              "the PKCS#11 module %s can't be loaded: %s",
                              sgw_buf_text(&token->path), gnutls_strerror(ret))
                   : SMIMEGW_OK;
}

static int read_url(struct sgw_token *token, const char *url, const char *pin,
                    struct smimegw_error **ret_error)
{
    int ret = sgw_token_url_key(url, &token->url);
    if (ret == SMIMEGW_OK)
        ret = sgw_token_url_query(url, "module-path", &token->path);
    if (ret == SMIMEGW_OK)
        ret = pin != NULL ? sgw_buf_append_text(&token->pin, pin)
                          : sgw_token_url_query(url, "pin-value", &token->pin);
    token->has_pin = pin != NULL || token->pin.size > 0;
    return ret < 0 ? sgw_fail(ret_error, ret, "malformed PKCS#11 URL") : ret;
}

static int describe_failure(const struct sgw_token *token, int gnutls_code,
                            struct smimegw_error **ret_error)
{
    switch (gnutls_code) {
    case GNUTLS_E_PKCS11_PIN_ERROR:
        return sgw_fail(ret_error, SMIMEGW_E_PASSPHRASE,
                        token->has_pin ? "the token's PIN is wrong, or its last try"
                                       : "the token needs a PIN");
    case GNUTLS_E_PKCS11_PIN_EXPIRED:
    case GNUTLS_E_PKCS11_PIN_LOCKED:
        return sgw_fail(ret_error, SMIMEGW_E_PASSPHRASE, "the token's PIN: %s",
                        gnutls_strerror(gnutls_code));
    case GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE:
    case GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE:
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "there is no such token or key");
    default:
        return sgw_fail(ret_error, sgw_pki_code(gnutls_code, SMIMEGW_E_KEY),
                        "the token's key can't be used: %s", gnutls_strerror(gnutls_code));
    }
}

static int token_open(struct sgw_token *token, const char *url, const char *pin,
                      struct smimegw_error **ret_error)
{
    if (!sgw_token_url_is(url))
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "not a PKCS#11 URL");
    int ret = read_url(token, url, pin, ret_error);
    if (ret == SMIMEGW_OK)
        ret = load_module(token, ret_error);
    if (ret < 0)
        return ret;
    ret = open_key(token);
    return ret < 0 ? describe_failure(token, ret, ret_error) : SMIMEGW_OK;
}

int sgw_token_new(const char *url, const char *pin, struct sgw_token **ret_token,
                  struct smimegw_error **ret_error)
{
    struct sgw_token *token = sgw_calloc(1, sizeof(*token));
    if (token == NULL || pthread_mutex_init(&token->lock, NULL) != 0) {
        sgw_free(token);
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "token");
    }
    int ret = token_open(token, url, pin, ret_error);
    if (ret < 0)
        sgw_token_free(token);
    else
        *ret_token = token;
    return ret;
}

void sgw_token_free(struct sgw_token *token)
{
    if (token == NULL)
        return;
    if (token->key != NULL)
        gnutls_privkey_deinit(token->key);
    sgw_buf_clear(&token->url);
    sgw_buf_clear(&token->path);
    sgw_buf_clear(&token->pin);
    pthread_mutex_destroy(&token->lock);
    sgw_free(token);
}

const char *sgw_token_url(const struct sgw_token *token)
{
    return sgw_buf_text(&token->url);
}

gnutls_pk_algorithm_t sgw_token_algorithm(const struct sgw_token *token)
{
    return (gnutls_pk_algorithm_t)gnutls_privkey_get_pk_algorithm(token->key, NULL);
}

int sgw_token_modulus(const struct sgw_token *token, struct sgw_buf *ret_modulus)
{
    gnutls_pubkey_t public;
    gnutls_datum_t modulus = {NULL, 0};
    if (sgw_token_algorithm(token) != GNUTLS_PK_RSA)
        return SMIMEGW_OK;
    int ret = gnutls_pubkey_init(&public);
    if (ret < 0)
        return SMIMEGW_E_NOMEM;
    ret = gnutls_pubkey_import_privkey(public, token->key, 0, 0);
    if (ret == 0)
        ret = gnutls_pubkey_export_rsa_raw2(public, &modulus, NULL, GNUTLS_EXPORT_FLAG_NO_LZ);
    gnutls_pubkey_deinit(public);
    if (ret < 0)
        return ret == GNUTLS_E_MEMORY_ERROR ? SMIMEGW_E_NOMEM : SMIMEGW_OK;
    ret = sgw_buf_append(ret_modulus, modulus.data, modulus.size);
    gnutls_free(modulus.data);
    return ret;
}

/* --- operations ----------------------------------------------------------------------------
 */

/* Lock, and open what was lost; unlocked again on failure. */
static int begin(struct sgw_token *token)
{
    pthread_mutex_lock(&token->lock);
    int ret = token->key != NULL ? 0 : open_key(token);
    if (ret == 0)
        return SMIMEGW_OK;
    pthread_mutex_unlock(&token->lock);
    return sgw_pki_code(ret, SMIMEGW_E_IO);
}

static int sign_code(int gnutls_code)
{
    switch (gnutls_code) {
    case GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM:
    case GNUTLS_E_PKCS11_UNSUPPORTED_FEATURE_ERROR:
    case GNUTLS_E_PKCS11_KEY_ERROR: /* not permitted to sign */
    case GNUTLS_E_UNKNOWN_PK_ALGORITHM:
    case GNUTLS_E_INVALID_REQUEST:
        return SMIMEGW_E_UNSUPPORTED;
    default:
        return sgw_pki_code(gnutls_code, SMIMEGW_E_IO);
    }
}

/* Ends an operation: what GnuTLS made goes to the caller. */
static int end_sign(struct sgw_token *token, int gnutls_code, gnutls_datum_t *made,
                    struct sgw_buf *ret_signature)
{
    int ret = gnutls_code < 0 ? sign_code(gnutls_code) : SMIMEGW_OK;
    if (ret == SMIMEGW_E_IO)
        lose_key(token);
    pthread_mutex_unlock(&token->lock);
    if (ret < 0)
        return ret;
    ret = sgw_buf_append(ret_signature, made->data, made->size);
    gnutls_free(made->data);
    return ret;
}

int sgw_token_sign(struct sgw_token *token, const struct sgw_signature_row *row,
                   const gnutls_datum_t *data, struct sgw_buf *ret_signature)
{
    gnutls_datum_t made = {NULL, 0};
    int ret = begin(token);
    if (ret < 0)
        return ret;
    ret = gnutls_privkey_sign_data2(token->key, row->gnutls, 0, data, &made);
    return end_sign(token, ret, &made, ret_signature);
}

int sgw_token_sign_digest(struct sgw_token *token, const struct sgw_signature_row *row,
                          const gnutls_datum_t *digest, struct sgw_buf *ret_signature)
{
    gnutls_datum_t made = {NULL, 0};
    int ret = begin(token);
    if (ret < 0)
        return ret;
    ret = gnutls_privkey_sign_hash2(token->key, row->gnutls, 0, digest, &made);
    return end_sign(token, ret, &made, ret_signature);
}

/* Trouble that no ciphertext can cause. Any other failure may be a wrong padding, which nobody
 * may learn of. */
static bool is_trouble(int gnutls_code)
{
    switch (gnutls_code) {
    case GNUTLS_E_MEMORY_ERROR:
    case GNUTLS_E_LOCKING_ERROR:
    case GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE:
    case GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE:
    case GNUTLS_E_PKCS11_LOAD_ERROR:
    case GNUTLS_E_PKCS11_PIN_ERROR:
    case GNUTLS_E_PKCS11_PIN_EXPIRED:
    case GNUTLS_E_PKCS11_PIN_LOCKED:
    case GNUTLS_E_PKCS11_SLOT_ERROR:
    case GNUTLS_E_PKCS11_SESSION_ERROR:
    case GNUTLS_E_PKCS11_TOKEN_ERROR:
    case GNUTLS_E_PKCS11_USER_ERROR:
        return true;
    default:
        return false;
    }
}

int sgw_token_decrypt(struct sgw_token *token, const gnutls_datum_t *data, uint8_t *key,
                      size_t key_size)
{
    int ret = begin(token);
    if (ret < 0)
        return ret;
    int result = gnutls_privkey_decrypt_data2(token->key, 0, data, key, key_size);
    /* a device error may be a card's word for wrong padding, so ask for the session, always;
     * negative codes come back as unsigned */
    bool is_lost = is_trouble(result);
    if (!is_lost)
        is_lost = gnutls_privkey_status(token->key) != 1;
    if (is_lost)
        lose_key(token);
    pthread_mutex_unlock(&token->lock);
    return is_lost ? sgw_pki_code(result, SMIMEGW_E_IO) : SMIMEGW_OK;
}
