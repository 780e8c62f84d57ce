/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gnutls/abstract.h>
#include <smimegw/buffer.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer_impl.h"
#include "base/error_impl.h"
#include "pki/cert/cert_text.h"
#include "pki/cert/cert_walk.h"
#include "pki/cert/file_kind.h"
#include "pki/cert/pem.h"
#include "pki/cert/point.h"
#include "pki/code.h"

static void cert_free(struct smimegw_cert *cert)
{
    for (size_t i = 0; i < SGW_CERT_TEXTS; i++)
        sgw_free(cert->texts[i]);
    if (cert->pubkey != NULL)
        gnutls_pubkey_deinit(cert->pubkey);
    if (cert->crt != NULL)
        gnutls_x509_crt_deinit(cert->crt);
    sgw_buf_clear(&cert->der);
    sgw_free(cert);
}

static int import_public_key(struct smimegw_cert *cert)
{
    int ret = gnutls_pubkey_init(&cert->pubkey);
    if (ret == 0)
        ret = gnutls_pubkey_import_x509(cert->pubkey, cert->crt, 0);
    if (ret >= 0)
        return SMIMEGW_OK;
    if (cert->pubkey != NULL)
        gnutls_pubkey_deinit(cert->pubkey);
    cert->pubkey = NULL;
    /* a key that GnuTLS does not know is no fault of the certificate */
    return sgw_pki_code(ret, SMIMEGW_OK);
}

static int cert_load(struct smimegw_cert *cert, const void *der, size_t size,
                     struct smimegw_error **ret_error)
{
    int code;
    if (sgw_buf_append(&cert->der, der, size) < 0)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "certificate");
    const char *wrong = sgw_cert_walk(cert, &code);
    if (wrong != NULL)
        return sgw_fail(ret_error, code, "the certificate can't be read: %s", wrong);
    gnutls_datum_t datum = {cert->der.data, (unsigned int)cert->der.size};
    int ret = gnutls_x509_crt_init(&cert->crt);
    if (ret == 0)
        ret = gnutls_x509_crt_import(cert->crt, &datum, GNUTLS_X509_FMT_DER);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY),
                        "the certificate can't be read: %s", gnutls_strerror(ret));
    cert->has_bad_point = cert->point != NULL &&
                          !sgw_point_is_good(cert->key_type, cert->point, cert->point_size);
    ret = import_public_key(cert);
    if (ret == SMIMEGW_OK)
        ret = sgw_cert_make_texts(cert);
    return ret < 0 ? sgw_fail(ret_error, ret, "certificate") : ret;
}

int sgw_cert_new_der(const void *der, size_t size, struct smimegw_cert **ret_cert,
                     struct smimegw_error **ret_error)
{
    if (size > SGW_CERT_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "the certificate is larger than %d bytes",
                        SGW_CERT_SIZE_MAX);
    struct smimegw_cert *cert = sgw_calloc(1, sizeof(*cert));
    if (cert == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "certificate");
    sgw_ref_init(&cert->ref);
    int ret = cert_load(cert, der, size, ret_error);
    if (ret < 0)
        cert_free(cert);
    else
        *ret_cert = cert;
    return ret;
}

int smimegw_cert_new(const void *data, size_t size, struct smimegw_cert **ret_cert,
                     struct smimegw_error **ret_error)
{
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE(ret_cert != NULL, ret_error);
    if (sgw_pem_is_der(data, size))
        return sgw_cert_new_der(data, size, ret_cert, ret_error);
    struct sgw_pem_block block;
    for (size_t at = 0; size > 0 && sgw_pem_next(data, size, &at, &block);)
        if (sgw_pem_is_certificate(&block))
            return sgw_cert_new_pem(&block, ret_cert, ret_error);
    return sgw_fail(ret_error, SMIMEGW_E_KEY, "there is no certificate: %s",
                    sgw_file_kind_text(sgw_file_kind(data, size)));
}

int sgw_cert_new_pem(const struct sgw_pem_block *block, struct smimegw_cert **ret_cert,
                     struct smimegw_error **ret_error)
{
    /* base64 and some text before it; nothing is decoded that could not be a certificate */
    if (block->size > 2 * (size_t)SGW_CERT_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "the certificate is larger than %d bytes",
                        SGW_CERT_SIZE_MAX);
    struct sgw_buf der = SGW_BUF_INIT(0);
    struct smimegw_error *error = NULL;
    int ret = sgw_pem_decode(block, &der, &error);
    if (ret < 0)
        sgw_fail(ret_error, ret, "the certificate can't be read: %s",
                 smimegw_error_text(error));
    else
        ret = sgw_cert_new_der(der.data, der.size, ret_cert, ret_error);
    smimegw_error_free(error);
    sgw_buf_clear(&der);
    return ret;
}

struct smimegw_cert *smimegw_cert_ref(struct smimegw_cert *cert)
{
    if (cert != NULL)
        sgw_ref_get(&cert->ref);
    return cert;
}

void smimegw_cert_unref(struct smimegw_cert *cert)
{
    if (cert != NULL && sgw_ref_put(&cert->ref))
        cert_free(cert);
}

const char *smimegw_cert_text(const struct smimegw_cert *cert, int field)
{
    if (cert == NULL || field < 0 || field >= SGW_CERT_TEXTS || cert->texts[field] == NULL)
        return "";
    return cert->texts[field];
}

const void *smimegw_cert_der(const struct smimegw_cert *cert, size_t *ret_size)
{
    if (cert == NULL || ret_size == NULL)
        return NULL;
    *ret_size = cert->der.size;
    return cert->der.data;
}

int smimegw_cert_pem(const struct smimegw_cert *cert, struct smimegw_buffer **ret_pem,
                     struct smimegw_error **ret_error)
{
    SGW_REQUIRE(cert != NULL, ret_error);
    SGW_REQUIRE(ret_pem != NULL, ret_error);
    struct smimegw_buffer *pem = NULL;
    int ret = smimegw_buffer_new(0, &pem, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_pem_append(&pem->buf, "CERTIFICATE", cert->der.data, cert->der.size);
    if (ret < 0) {
        smimegw_buffer_free(pem);
        return sgw_fail(ret_error, ret, "certificate as PEM");
    }
    *ret_pem = pem;
    return SMIMEGW_OK;
}
