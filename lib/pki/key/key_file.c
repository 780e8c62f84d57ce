/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/key_file.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/cert/file_kind.h"
#include "pki/cert/pem.h"
#include "pki/code.h"
#include "pki/key/pkcs12.h"

void sgw_key_file_clear(struct sgw_key_file *file)
{
    if (file->key != NULL)
        gnutls_x509_privkey_deinit(file->key);
    file->key = NULL;
    sgw_free(file->name);
    file->name = NULL;
    for (size_t i = 0; i < SGW_KEY_FILE_CERTS_MAX; i++) {
        sgw_free(file->cert_names[i]);
        file->cert_names[i] = NULL;
    }
    sgw_cert_list_clear(&file->certs);
}

bool sgw_key_file_wants(struct sgw_key_file *file)
{
    return file->count++ == file->wanted;
}

/* Of a size whose import is no work. */
static int new_key(struct sgw_key_file *file, size_t size, struct smimegw_error **ret_error)
{
    if (size > SGW_KEY_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "the private key is larger than %d bytes",
                        SGW_KEY_SIZE_MAX);
    if (gnutls_x509_privkey_init(&file->key) < 0)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "private key");
    return SMIMEGW_OK;
}

/* What GnuTLS said about the key; its parts must belong together, for the certificate is
 * compared with the public one only. X25519 has no such check. */
static int judge_key(struct sgw_key_file *file, int gnutls_code,
                     struct smimegw_error **ret_error)
{
    if (gnutls_code < 0)
        return sgw_fail(ret_error, sgw_pki_code(gnutls_code, SMIMEGW_E_KEY),
                        "the private key can't be read: %s", gnutls_strerror(gnutls_code));
    if (gnutls_x509_privkey_get_pk_algorithm(file->key) == GNUTLS_PK_ECDH_X25519)
        return SMIMEGW_OK;
    gnutls_code = gnutls_x509_privkey_verify_params(file->key);
    if (gnutls_code < 0)
        return sgw_fail(ret_error, sgw_pki_code(gnutls_code, SMIMEGW_E_KEY),
                        "the private key is damaged: its parts do not belong together");
    return SMIMEGW_OK;
}

int sgw_key_file_add_key(struct sgw_key_file *file, const uint8_t *data, size_t size,
                         struct smimegw_error **ret_error)
{
    gnutls_datum_t der = {(unsigned char *)(uintptr_t)data, (unsigned int)size};
    int ret = new_key(file, size, ret_error);
    if (ret < 0)
        return ret;
    ret = gnutls_x509_privkey_import_pkcs8(file->key, &der, GNUTLS_X509_FMT_DER, NULL,
                                           GNUTLS_PKCS_PLAIN);
    return judge_key(file, ret, ret_error);
}

/* PKCS#1 or SEC 1 */
static int add_bare_key(struct sgw_key_file *file, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    gnutls_datum_t der = {(unsigned char *)(uintptr_t)data, (unsigned int)size};
    int ret = new_key(file, size, ret_error);
    if (ret < 0)
        return ret;
    return judge_key(file, gnutls_x509_privkey_import(file->key, &der, GNUTLS_X509_FMT_DER),
                     ret_error);
}

int sgw_key_file_add_encrypted(struct sgw_key_file *file, const uint8_t *data, size_t size,
                               struct sgw_passphrase *passphrase,
                               struct smimegw_error **ret_error)
{
    struct sgw_der der;
    struct sgw_der info;
    struct sgw_der algorithm;
    struct sgw_tlv secret;
    struct sgw_buf plain = SGW_BUF_INIT(0);
    sgw_ber_init(&der, data, size);
    if (!sgw_der_enter(&der, SGW_TAG_SEQUENCE, &info) ||
        !sgw_der_enter(&info, SGW_TAG_SEQUENCE, &algorithm) ||
        !sgw_der_get(&info, SGW_TAG_OCTET_STRING, &secret))
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "the encrypted private key is malformed");
    int ret =
        sgw_pbe_decrypt(passphrase, algorithm, secret.value, secret.size, &plain, ret_error);
    /* one wrong key in some hundred ends in what looks like padding */
    if (ret == SMIMEGW_OK && sgw_file_kind_der(plain.data, plain.size) != SGW_FILE_PKCS8)
        ret = SMIMEGW_E_PASSPHRASE;
    if (ret == SMIMEGW_OK)
        ret = sgw_key_file_add_key(file, plain.data, plain.size, ret_error);
    sgw_buf_clear(&plain);
    return ret;
}

static int needs_passphrase(struct smimegw_error **ret_error)
{
    return sgw_fail(ret_error, SMIMEGW_E_PASSPHRASE,
                    "the private key is encrypted: a passphrase is needed");
}

/* A file of its own does not say which form of the passphrase it was made with. */
static int try_encrypted(struct sgw_key_file *file, const uint8_t *data, size_t size,
                         const char *text, struct smimegw_error **ret_error)
{
    struct sgw_passphrase passphrase;
    if (text == NULL)
        return needs_passphrase(ret_error);
    int ret = sgw_passphrase_init(&passphrase, text, ret_error);
    if (ret < 0)
        return ret;
    passphrase.work = file->work;
    ret = SMIMEGW_E_PASSPHRASE;
    for (int number = 0; ret == SMIMEGW_E_PASSPHRASE; number++) {
        ret = sgw_passphrase_form(&passphrase, number);
        if (ret < 0)
            break;
        ret = sgw_key_file_add_encrypted(file, data, size, &passphrase, ret_error);
    }
    file->work = passphrase.work;
    sgw_passphrase_clear(&passphrase);
    if (ret == SMIMEGW_E_PASSPHRASE)
        return sgw_fail(ret_error, ret, "the passphrase is wrong");
    return ret < 0 ? sgw_fail(ret_error, ret, "private key") : ret;
}

static int load_object(struct sgw_key_file *file, const uint8_t *data, size_t size,
                       const char *passphrase, struct smimegw_error **ret_error)
{
    enum sgw_file_kind kind = sgw_file_kind_der(data, size);
    if (kind == SGW_FILE_PKCS12)
        return sgw_pkcs12_load(file, data, size, passphrase, ret_error);
    if (sgw_file_kind_is_key(kind) && !sgw_key_file_wants(file))
        return SMIMEGW_OK;
    if (kind == SGW_FILE_PKCS8_ENCRYPTED)
        return try_encrypted(file, data, size, passphrase, ret_error);
    if (kind == SGW_FILE_PKCS8)
        return sgw_key_file_add_key(file, data, size, ret_error);
    if (kind == SGW_FILE_PKCS1 || kind == SGW_FILE_SEC1)
        return add_bare_key(file, data, size, ret_error);
    return sgw_fail(ret_error, SMIMEGW_E_KEY, "the file holds no private key: %s",
                    sgw_file_kind_text(kind));
}

/* OpenSSL's own encryption, which stands in PEM headers (RFC 1421): one round of MD5, and
 * GnuTLS knows its ciphers. */
static bool has_headers(const struct sgw_pem_block *block)
{
    static const char header[] = "Proc-Type: 4,ENCRYPTED";
    return memmem(block->start, block->size, header, strlen(header)) != NULL;
}

static int load_headers(struct sgw_key_file *file, const struct sgw_pem_block *block,
                        const char *passphrase, struct smimegw_error **ret_error)
{
    if (!sgw_key_file_wants(file))
        return SMIMEGW_OK;
    if (passphrase == NULL)
        return needs_passphrase(ret_error);
    gnutls_datum_t pem = sgw_pem_datum(block);
    int ret = new_key(file, block->size / 2, ret_error);
    if (ret < 0)
        return ret;
    ret = gnutls_x509_privkey_import_openssl(file->key, &pem, passphrase);
    if (ret == GNUTLS_E_UNKNOWN_CIPHER_TYPE || ret == GNUTLS_E_INVALID_REQUEST)
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "the private key is encrypted in a way that is not read here: "
                        "convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc");
    if (ret < 0 && ret != GNUTLS_E_MEMORY_ERROR)
        return sgw_fail(ret_error, SMIMEGW_E_PASSPHRASE, "the passphrase is wrong");
    return judge_key(file, ret, ret_error);
}

static int load_block(struct sgw_key_file *file, const struct sgw_pem_block *block,
                      const char *passphrase, struct smimegw_error **ret_error)
{
    struct sgw_buf data = SGW_BUF_INIT(0);
    struct smimegw_error *error = NULL;
    if (has_headers(block))
        return load_headers(file, block, passphrase, ret_error);
    int ret = sgw_pem_decode(block, &data, &error);
    if (ret < 0)
        sgw_fail(ret_error, ret, "the private key can't be read: %s",
                 smimegw_error_text(error));
    else
        ret = load_object(file, data.data, data.size, passphrase, ret_error);
    smimegw_error_free(error);
    sgw_buf_clear(&data);
    return ret;
}

static int load_pem(struct sgw_key_file *file, const void *data, size_t size,
                    const char *passphrase, struct smimegw_error **ret_error)
{
    struct sgw_pem_block block;
    bool has_certs = false;
    for (size_t at = 0; size > 0 && sgw_pem_next(data, size, &at, &block);) {
        enum sgw_file_kind kind = sgw_file_kind_label(block.label, block.label_size);
        has_certs = has_certs || kind == SGW_FILE_CERTIFICATE || kind == SGW_FILE_PKCS7;
        if (!sgw_file_kind_is_key(kind) && kind != SGW_FILE_PKCS12)
            continue;
        int ret = load_block(file, &block, passphrase, ret_error);
        if (ret < 0)
            return ret;
    }
    if (file->count == 0)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "the file holds no private key: %s",
                        sgw_file_kind_text(sgw_file_kind(data, size)));
    return has_certs ? sgw_cert_list_load(&file->certs, data, size, ret_error) : SMIMEGW_OK;
}

int sgw_key_file_load(struct sgw_key_file *file, const void *data, size_t size,
                      const char *passphrase, struct smimegw_error **ret_error)
{
    if (size > SGW_KEY_FILE_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "the key file is larger than %d bytes",
                        SGW_KEY_FILE_SIZE_MAX);
    file->work = SGW_PBE_WORK_MAX;
    int ret = sgw_pem_is_der(data, size) ? load_object(file, data, size, passphrase, ret_error)
                                         : load_pem(file, data, size, passphrase, ret_error);
    if (ret == SMIMEGW_OK && file->key == NULL)
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY, "the file holds %zu private keys, no more",
                       file->count);
    return ret;
}
