/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/key/host_key.h"
#include "pki/key/identity_impl.h"
#include "pki/key/key_file.h"
#include "pki/key/token.h"

enum { CHAIN_MAX = 8, KEY_ID_SIZE = 32 };

struct smimegw_identity *sgw_identity_alloc(void)
{
    struct smimegw_identity *identity = sgw_calloc(1, sizeof(*identity));
    if (identity != NULL)
        sgw_ref_init(&identity->ref);
    return identity;
}

static void identity_free(struct smimegw_identity *identity)
{
    if (identity->key != NULL)
        gnutls_privkey_deinit(identity->key);
    sgw_free_secret(identity->scalar, identity->scalar_size);
    sgw_token_free(identity->token);
    sgw_host_key_free(identity->host);
    sgw_cert_list_clear(&identity->chain);
    smimegw_cert_unref(identity->cert);
    sgw_free(identity->name);
    sgw_free(identity);
}

static int no_leaf(const struct sgw_key_file *file, struct smimegw_error **ret_error)
{
    const struct sgw_cert_list *certs = &file->certs;
    if (certs->count == 0)
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "no certificate beside the private key: the file of its certificate "
                        "is needed, too");
    if (certs->count == 1 && certs->certs[0]->key_type == SGW_KEY_UNKNOWN)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "a key of this type can't be used");
    if (certs->count == 1)
        return sgw_fail(ret_error, SMIMEGW_E_MISMATCH,
                        "the private key does not belong to the certificate (%s)",
                        smimegw_cert_text(certs->certs[0], SMIMEGW_CERT_SUBJECT));
    return sgw_fail(ret_error, SMIMEGW_E_MISMATCH,
                    "the private key belongs to none of the %zu certificates", certs->count);
}

/* The certificate of the key; of several, as renewals make them, the one that lasts longest.
 */
static int find_leaf(const struct sgw_key_file *file, size_t *ret_index,
                     struct smimegw_error **ret_error)
{
    uint8_t key_id[KEY_ID_SIZE];
    uint8_t cert_id[KEY_ID_SIZE];
    size_t size = sizeof(key_id);
    struct smimegw_cert *found = NULL;
    int ret =
        gnutls_x509_privkey_get_key_id(file->key, GNUTLS_KEYID_USE_SHA256, key_id, &size);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                        "the private key can't be used: %s", gnutls_strerror(ret));
    for (size_t i = 0; i < file->certs.count; i++) {
        struct smimegw_cert *cert = file->certs.certs[i];
        size = sizeof(cert_id);
        ret = gnutls_x509_crt_get_key_id(cert->crt, GNUTLS_KEYID_USE_SHA256, cert_id, &size);
        if (ret == GNUTLS_E_MEMORY_ERROR)
            return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "certificate");
        if (ret == 0 && memcmp(key_id, cert_id, sizeof(key_id)) == 0 &&
            (found == NULL || cert->not_after > found->not_after)) {
            found = cert;
            *ret_index = i;
        }
    }
    return found != NULL ? SMIMEGW_OK : no_leaf(file, ret_error);
}

/* Of the names in a PKCS#12 file the certificate's: Windows gives keys names of its own. */
static char *take_name(struct sgw_key_file *file, size_t leaf)
{
    if (leaf < SGW_KEY_FILE_CERTS_MAX && file->cert_names[leaf] != NULL)
        return SGW_TAKE(file->cert_names[leaf]);
    return SGW_TAKE(file->name);
}

static struct smimegw_cert *find_issuer(const struct sgw_cert_list *certs,
                                        const struct smimegw_cert *cert)
{
    if (sgw_cert_is_self_issued(cert))
        return NULL;
    for (size_t i = 0; i < certs->count; i++)
        if (!sgw_cert_is_self_issued(certs->certs[i]) &&
            gnutls_x509_crt_check_issuer(cert->crt, certs->certs[i]->crt) != 0)
            return certs->certs[i];
    return NULL;
}

/* [RFC8550-2.3]: up to the root, without it. */
static int make_chain(struct smimegw_identity *identity, const struct sgw_cert_list *certs)
{
    struct smimegw_cert *above = find_issuer(certs, identity->cert);
    while (above != NULL && identity->chain.count < CHAIN_MAX) {
        int ret = sgw_cert_list_add(&identity->chain, above);
        if (ret < 0)
            return ret;
        above = find_issuer(certs, above);
    }
    return SMIMEGW_OK;
}

int sgw_identity_set_cert(struct smimegw_identity *identity, struct smimegw_cert *cert,
                          const struct sgw_cert_list *certs, struct smimegw_error **ret_error)
{
    if (!sgw_cert_key_is_affordable(cert))
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "a key of this type or size can't be used: %s",
                        smimegw_cert_text(cert, SMIMEGW_CERT_KEY));
    identity->cert = smimegw_cert_ref(cert);
    int ret = make_chain(identity, certs);
    return ret < 0 ? sgw_fail(ret_error, ret, "list of certificates") : ret;
}

static size_t scalar_size(enum sgw_key_type type)
{
    switch (type) {
    case SGW_KEY_P256:
    case SGW_KEY_X25519:
        return 32;
    case SGW_KEY_P384:
        return 48;
    case SGW_KEY_P521:
        return 66;
    case SGW_KEY_UNKNOWN:
    case SGW_KEY_RSA:
    case SGW_KEY_RSA_PSS:
    case SGW_KEY_ED25519:
        break;
    }
    return 0;
}

/* The scalar at its full size, which GnuTLS may have cut or extended by zeros. */
static int copy_scalar(struct smimegw_identity *identity, const gnutls_datum_t *raw,
                       size_t size)
{
    const uint8_t *data = raw->data;
    size_t left = raw->size;
    for (; left > size && *data == 0; left--)
        data++;
    if (left > size)
        return SMIMEGW_E_KEY;
    identity->scalar = sgw_calloc(1, size);
    if (identity->scalar == NULL)
        return SMIMEGW_E_NOMEM;
    identity->scalar_size = size;
    memcpy(identity->scalar + size - left, data, left);
    return SMIMEGW_OK;
}

static int export_scalar(struct smimegw_identity *identity)
{
    size_t size = scalar_size(identity->cert->key_type);
    gnutls_datum_t raw = {NULL, 0};
    if (size == 0)
        return SMIMEGW_OK;
    int ret = gnutls_privkey_export_ecc_raw2(identity->key, NULL, NULL, NULL, &raw,
                                             GNUTLS_EXPORT_FLAG_NO_LZ);
    if (ret < 0)
        return sgw_pki_code(ret, SMIMEGW_E_KEY);
    ret = copy_scalar(identity, &raw, size);
    sgw_wipe(raw.data, raw.size);
    gnutls_free(raw.data);
    return ret;
}

/* The key goes over to the identity. */
static int take_key(struct smimegw_identity *identity, struct sgw_key_file *file)
{
    int ret = gnutls_privkey_init(&identity->key);
    if (ret == 0)
        ret = gnutls_privkey_import_x509(identity->key, file->key,
                                         GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE);
    if (ret < 0)
        return sgw_pki_code(ret, SMIMEGW_E_KEY);
    file->key = NULL;
    ret = export_scalar(identity);
    if (identity->cert->key_type == SGW_KEY_X25519) {
        gnutls_privkey_deinit(identity->key);
        identity->key = NULL;
    }
    return ret;
}

/* GnuTLS compares not all parts of an RSA key when it reads one, but the result with the
 * public key whenever it signs; better now than at the first mail. */
static int try_key(const struct smimegw_identity *identity, struct smimegw_error **ret_error)
{
    const gnutls_datum_t data = {(unsigned char *)(uintptr_t) "try", 3};
    gnutls_datum_t signature = {NULL, 0};
    if (identity->cert->key_type != SGW_KEY_RSA)
        return SMIMEGW_OK;
    int ret =
        gnutls_privkey_sign_data2(identity->key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &signature);
    gnutls_free(signature.data);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                        "the private key is damaged: %s", gnutls_strerror(ret));
    return SMIMEGW_OK;
}

static int identity_assemble(struct smimegw_identity *identity, struct sgw_key_file *file,
                             struct smimegw_error **ret_error)
{
    size_t leaf = 0;
    int ret = find_leaf(file, &leaf, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_identity_set_cert(identity, file->certs.certs[leaf], &file->certs, ret_error);
    if (ret < 0)
        return ret;
    identity->name = take_name(file, leaf);
    ret = take_key(identity, file);
    return ret < 0 ? sgw_fail(ret_error, ret, "the private key can't be used")
                   : try_key(identity, ret_error);
}

/* What an identity is made from. */
struct source {
    const void *key;
    size_t key_size;
    const char *passphrase;
    const void *certs; /* of another file; NULL: only those beside the key */
    size_t certs_size;
};

static int read_files(struct sgw_key_file *file, const struct source *source,
                      struct smimegw_error **ret_error)
{
    int ret =
        sgw_key_file_load(file, source->key, source->key_size, source->passphrase, ret_error);
    if (ret == SMIMEGW_OK && source->certs != NULL)
        ret = sgw_cert_list_load(&file->certs, source->certs, source->certs_size, ret_error);
    return ret;
}

/* The only key where ret_count is NULL, else that of the number. */
static int identity_load(const struct source *source, size_t wanted, size_t *ret_count,
                         struct smimegw_identity **ret_identity,
                         struct smimegw_error **ret_error)
{
    struct smimegw_identity *identity = sgw_identity_alloc();
    if (identity == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "identity");
    struct sgw_key_file file = {.wanted = wanted};
    int ret = read_files(&file, source, ret_error);
    if (ret == SMIMEGW_OK && ret_count == NULL && file.count > 1)
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY,
                       "the file holds %zu private keys: one of them must be chosen",
                       file.count);
    if (ret == SMIMEGW_OK)
        ret = identity_assemble(identity, &file, ret_error);
    if (ret == SMIMEGW_OK && ret_count != NULL)
        *ret_count = file.count;
    sgw_key_file_clear(&file);
    if (ret < 0)
        identity_free(identity);
    else
        *ret_identity = identity;
    return ret;
}

int smimegw_identity_new(const void *data, size_t size, const char *passphrase,
                         struct smimegw_identity **ret_identity,
                         struct smimegw_error **ret_error)
{
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE(ret_identity != NULL, ret_error);
    const struct source source = {.key = data, .key_size = size, .passphrase = passphrase};
    return identity_load(&source, 0, NULL, ret_identity, ret_error);
}

int smimegw_identity_new_at(const void *data, size_t size, const char *passphrase,
                            size_t index, size_t *ret_count,
                            struct smimegw_identity **ret_identity,
                            struct smimegw_error **ret_error)
{
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE(ret_count != NULL, ret_error);
    SGW_REQUIRE(ret_identity != NULL, ret_error);
    const struct source source = {.key = data, .key_size = size, .passphrase = passphrase};
    return identity_load(&source, index, ret_count, ret_identity, ret_error);
}

int smimegw_identity_new_pair(const void *key, size_t key_size, const char *passphrase,
                              const void *certs, size_t certs_size,
                              struct smimegw_identity **ret_identity,
                              struct smimegw_error **ret_error)
{
    SGW_REQUIRE(key != NULL || key_size == 0, ret_error);
    SGW_REQUIRE(certs != NULL, ret_error);
    SGW_REQUIRE(ret_identity != NULL, ret_error);
    const struct source source = {key, key_size, passphrase, certs, certs_size};
    return identity_load(&source, 0, NULL, ret_identity, ret_error);
}

struct smimegw_identity *smimegw_identity_ref(struct smimegw_identity *identity)
{
    if (identity != NULL)
        sgw_ref_get(&identity->ref);
    return identity;
}

void smimegw_identity_unref(struct smimegw_identity *identity)
{
    if (identity != NULL && sgw_ref_put(&identity->ref))
        identity_free(identity);
}

struct smimegw_cert *smimegw_identity_cert(const struct smimegw_identity *identity)
{
    return identity != NULL ? identity->cert : NULL;
}

struct smimegw_cert *smimegw_identity_chain(const struct smimegw_identity *identity,
                                            size_t index)
{
    return identity != NULL && index < identity->chain.count ? identity->chain.certs[index]
                                                             : NULL;
}

const char *smimegw_identity_name(const struct smimegw_identity *identity)
{
    return identity != NULL && identity->name != NULL ? identity->name : "";
}
