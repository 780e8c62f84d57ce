/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key_file.h"

#include <gnutls/pkcs12.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/code.h"
#include "pki/pem.h"

void sgw_key_file_clear(struct sgw_key_file *file)
{
    if (file->key != NULL)
        gnutls_x509_privkey_deinit(file->key);
    file->key = NULL;
    sgw_cert_list_clear(&file->certs);
}

/* Ciphers and derivations that GnuTLS does not know, against a passphrase that does not open.
 */
static int encrypted_failure(int gnutls_code, struct smimegw_error **ret_error)
{
    switch (gnutls_code) {
    case GNUTLS_E_MEMORY_ERROR:
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "private key");
    case GNUTLS_E_UNKNOWN_CIPHER_TYPE:
    case GNUTLS_E_UNKNOWN_HASH_ALGORITHM:
    case GNUTLS_E_UNKNOWN_ALGORITHM:
    case GNUTLS_E_UNIMPLEMENTED_FEATURE:
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "the private key is encrypted in a way that can't be read: %s",
                        gnutls_strerror(gnutls_code));
    default:
        return sgw_fail(ret_error, SMIMEGW_E_PASSPHRASE, "the passphrase is wrong");
    }
}

static bool is_encrypted(const struct sgw_pem_block *block)
{
    static const char label[] = "ENCRYPTED ";
    static const char header[] = "Proc-Type: 4,ENCRYPTED";
    return (block->label_size > strlen(label) &&
            memcmp(block->label, label, strlen(label)) == 0) ||
           memmem(block->start, block->size, header, strlen(header)) != NULL;
}

static int load_pem_key(struct sgw_key_file *file, const struct sgw_pem_block *block,
                        const char *passphrase, struct smimegw_error **ret_error)
{
    if (file->key != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "the file holds more than one private key");
    bool is_secret = is_encrypted(block);
    if (is_secret && passphrase == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_PASSPHRASE,
                        "the private key is encrypted: a passphrase is needed");
    gnutls_datum_t pem = sgw_pem_datum(block);
    int ret = gnutls_x509_privkey_init(&file->key);
    if (ret == 0)
        ret = gnutls_x509_privkey_import2(file->key, &pem, GNUTLS_X509_FMT_PEM,
                                          is_secret ? passphrase : NULL, 0);
    if (ret < 0 && is_secret)
        return encrypted_failure(ret, ret_error);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                        "the private key can't be read: %s", gnutls_strerror(ret));
    return SMIMEGW_OK;
}

static int load_pem(struct sgw_key_file *file, const void *data, size_t size,
                    const char *passphrase, struct smimegw_error **ret_error)
{
    struct sgw_pem_block block;
    for (size_t at = 0; size > 0 && sgw_pem_next(data, size, &at, &block);) {
        if (!sgw_pem_is_private_key(&block))
            continue;
        int ret = load_pem_key(file, &block, passphrase, ret_error);
        if (ret < 0)
            return ret;
    }
    if (file->key == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "the file holds no private key");
    struct smimegw_error *error = NULL;
    int ret = sgw_cert_list_load(&file->certs, data, size, &error);
    if (ret == SMIMEGW_E_KEY && file->certs.count == 0)
        sgw_fail(ret_error, ret, "no certificate beside the private key: %s",
                 smimegw_error_text(error));
    else if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    smimegw_error_free(error);
    return ret;
}

/* Through our own limits before the certificate is kept. */
static int add_crt(struct sgw_cert_list *list, gnutls_x509_crt_t crt,
                   struct smimegw_error **ret_error)
{
    gnutls_datum_t der = {NULL, 0};
    int ret = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                        "a certificate of the file can't be read: %s", gnutls_strerror(ret));
    struct smimegw_cert *cert = NULL;
    ret = sgw_cert_new_der(der.data, der.size, &cert, ret_error);
    gnutls_free(der.data);
    if (ret == SMIMEGW_OK && sgw_cert_list_add(list, cert) < 0)
        ret = sgw_fail(ret_error, SMIMEGW_E_NOMEM, "list of certificates");
    smimegw_cert_unref(cert);
    return ret;
}

/* Add and free an array as gnutls_pkcs12_simple_parse() hands out. */
static int take_crts(struct sgw_cert_list *list, gnutls_x509_crt_t *crts, unsigned int count,
                     int result, struct smimegw_error **ret_error)
{
    for (unsigned int i = 0; i < count; i++) {
        if (result == SMIMEGW_OK)
            result = add_crt(list, crts[i], ret_error);
        gnutls_x509_crt_deinit(crts[i]);
    }
    gnutls_free(crts);
    return result;
}

static int parse_bags(struct sgw_key_file *file, gnutls_pkcs12_t bags, const char *passphrase,
                      struct smimegw_error **ret_error)
{
    gnutls_x509_crt_t *chain = NULL;
    gnutls_x509_crt_t *extra = NULL;
    unsigned int chain_count = 0;
    unsigned int extra_count = 0;
    int ret =
        gnutls_pkcs12_simple_parse(bags, passphrase, &file->key, &chain, &chain_count, &extra,
                                   &extra_count, NULL, GNUTLS_PKCS12_SP_INCLUDE_SELF_SIGNED);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                        "the PKCS#12 file can't be read: %s", gnutls_strerror(ret));
    ret = take_crts(&file->certs, chain, chain_count, SMIMEGW_OK, ret_error);
    ret = take_crts(&file->certs, extra, extra_count, ret, ret_error);
    if (ret == SMIMEGW_OK && file->key == NULL)
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY, "the file holds no private key");
    if (ret == SMIMEGW_OK && file->certs.count == 0)
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY, "no certificate beside the private key");
    return ret;
}

/* The passphrase that fits the file's MAC; without one, no passphrase and the empty one are
 * two different things to makers of such files (RFC 7292 appendix B.1). */
static int find_passphrase(gnutls_pkcs12_t bags, const char **passphrase,
                           struct smimegw_error **ret_error)
{
    bool is_given = *passphrase != NULL;
    int ret = gnutls_pkcs12_verify_mac(bags, *passphrase);
    if (ret == GNUTLS_E_MAC_VERIFY_FAILED && !is_given) {
        *passphrase = "";
        ret = gnutls_pkcs12_verify_mac(bags, *passphrase);
    }
    if (ret == 0)
        return SMIMEGW_OK;
    if (ret == GNUTLS_E_MAC_VERIFY_FAILED)
        return sgw_fail(ret_error, SMIMEGW_E_PASSPHRASE,
                        is_given ? "the passphrase is wrong"
                                 : "the file is encrypted: a passphrase is needed");
    return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                    "the PKCS#12 file has no integrity check that can be read: %s",
                    gnutls_strerror(ret));
}

static int load_pkcs12(struct sgw_key_file *file, const void *data, size_t size,
                       const char *passphrase, struct smimegw_error **ret_error)
{
    gnutls_datum_t der = {(unsigned char *)(uintptr_t)data, (unsigned int)size};
    gnutls_pkcs12_t bags;
    int ret = gnutls_pkcs12_init(&bags);
    if (ret < 0)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "PKCS#12 file");
    ret = gnutls_pkcs12_import(bags, &der, GNUTLS_X509_FMT_DER, 0);
    if (ret < 0)
        ret = sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                       "the file is neither PEM nor PKCS#12: %s", gnutls_strerror(ret));
    else
        ret = find_passphrase(bags, &passphrase, ret_error);
    if (ret == SMIMEGW_OK)
        ret = parse_bags(file, bags, passphrase, ret_error);
    gnutls_pkcs12_deinit(bags);
    return ret;
}

int sgw_key_file_load(struct sgw_key_file *file, const void *data, size_t size,
                      const char *passphrase, struct smimegw_error **ret_error)
{
    if (size > SGW_KEY_FILE_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "the key file is larger than %d bytes",
                        SGW_KEY_FILE_SIZE_MAX);
    return sgw_pem_is_der(data, size) ? load_pkcs12(file, data, size, passphrase, ret_error)
                                      : load_pem(file, data, size, passphrase, ret_error);
}
