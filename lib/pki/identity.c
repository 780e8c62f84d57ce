/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/identity_impl.h"
#include "pki/key_file.h"

enum { CHAIN_MAX = 8, KEY_ID_SIZE = 32 };

static void identity_free(struct smimegw_identity *identity)
{
    if (identity->key != NULL)
        gnutls_privkey_deinit(identity->key);
    sgw_free_secret(identity->scalar, identity->scalar_size);
    sgw_cert_list_clear(&identity->chain);
    smimegw_cert_unref(identity->cert);
    sgw_free(identity);
}

/* The certificate of the key; of several, as renewals make them, the one that lasts longest.
 */
static int find_leaf(const struct sgw_key_file *file, struct smimegw_cert **ret_cert,
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
            (found == NULL || cert->not_after > found->not_after))
            found = cert;
    }
    if (found == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_MISMATCH,
                        file->certs.count == 1
                            ? "the private key does not belong to the certificate"
                            : "the private key belongs to none of the %zu certificates",
                        file->certs.count);
    *ret_cert = found;
    return SMIMEGW_OK;
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

static int identity_assemble(struct smimegw_identity *identity, struct sgw_key_file *file,
                             struct smimegw_error **ret_error)
{
    struct smimegw_cert *leaf = NULL;
    int ret = find_leaf(file, &leaf, ret_error);
    if (ret < 0)
        return ret;
    if (!sgw_cert_key_is_affordable(leaf))
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "a key of this type or size can't be used: %s",
                        smimegw_cert_text(leaf, SMIMEGW_CERT_KEY));
    identity->cert = smimegw_cert_ref(leaf);
    ret = take_key(identity, file);
    if (ret == SMIMEGW_OK)
        ret = make_chain(identity, &file->certs);
    return ret < 0 ? sgw_fail(ret_error, ret, "the private key can't be used") : ret;
}

int smimegw_identity_new(const void *data, size_t size, const char *passphrase,
                         struct smimegw_identity **ret_identity,
                         struct smimegw_error **ret_error)
{
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE(ret_identity != NULL, ret_error);
    struct smimegw_identity *identity = sgw_calloc(1, sizeof(*identity));
    if (identity == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "identity");
    sgw_ref_init(&identity->ref);
    struct sgw_key_file file = {0};
    int ret = sgw_key_file_load(&file, data, size, passphrase, ret_error);
    if (ret == SMIMEGW_OK)
        ret = identity_assemble(identity, &file, ret_error);
    sgw_key_file_clear(&file);
    if (ret < 0)
        identity_free(identity);
    else
        *ret_identity = identity;
    return ret;
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
