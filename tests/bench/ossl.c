/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenSSL's CMS as a mail program would drive it at its best: in process, memory BIOs, input
 * in CRLF form already, so CMS_BINARY spares it the conversion. */
#include "bench.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct ossl {
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * chain;
    STACK_OF(X509) * recipients;
    X509_STORE *store;
    BIO_METHOD *sink; /* the same sink that ours writes to */
};

static void need(int good, const char *what)
{
    if (good)
        return;
    ERR_print_errors_fp(stderr);
    kit_die("openssl: %s", what);
}

static BIO *open_file(const char *folder, const char *name, const char *end)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s%s", folder, name, end);
    BIO *file = BIO_new_file(path, "r");
    need(file != NULL, path);
    return file;
}

static X509 *read_cert(const char *folder, const char *name)
{
    BIO *file = open_file(folder, name, ".crt");
    X509 *cert = PEM_read_bio_X509(file, NULL, NULL, NULL);
    need(cert != NULL, name);
    BIO_free(file);
    return cert;
}

static STACK_OF(X509) * stack_of(X509 *cert)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    need(stack != NULL && sk_X509_push(stack, cert) > 0, "stack");
    return stack;
}

static int sink_write(BIO *bio, const char *data, int size)
{
    return bytes_write(BIO_get_data(bio), data, (size_t)size) == 0 ? size : -1;
}

static long sink_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *sink_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bytes");
    need(method != NULL && BIO_meth_set_write(method, sink_write) == 1 &&
             BIO_meth_set_ctrl(method, sink_control) == 1,
         "sink");
    return method;
}

struct ossl *ossl_open(const char *folder, const char *key)
{
    struct ossl *ossl = calloc(1, sizeof(*ossl));
    need(ossl != NULL, "memory");
    ossl->cert = read_cert(folder, key);
    BIO *file = open_file(folder, key, ".key");
    ossl->key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
    need(ossl->key != NULL, key);
    BIO_free(file);
    ossl->chain = stack_of(read_cert(folder, "intermediate"));
    ossl->recipients = stack_of(ossl->cert);
    ossl->store = X509_STORE_new();
    X509 *root = read_cert(folder, "root");
    need(ossl->store != NULL && X509_STORE_add_cert(ossl->store, root) == 1, "root");
    X509_free(root);
    ossl->sink = sink_method();
    X509_STORE_set_purpose(ossl->store, X509_PURPOSE_SMIME_SIGN);
    return ossl;
}

void ossl_close(struct ossl *ossl)
{
    if (ossl == NULL)
        return;
    BIO_meth_free(ossl->sink);
    X509_STORE_free(ossl->store);
    sk_X509_free(ossl->recipients);
    sk_X509_pop_free(ossl->chain, X509_free);
    EVP_PKEY_free(ossl->key);
    X509_free(ossl->cert);
    free(ossl);
}

static BIO *reader_of(BIO *memory)
{
    char *data;
    long size = BIO_get_mem_data(memory, &data);
    return BIO_new_mem_buf(data, (int)size);
}

static void sign(const struct ossl *ossl, BIO *in, BIO *out, int stream, unsigned form)
{
    unsigned flags = form | (stream ? CMS_STREAM : 0);
    CMS_ContentInfo *cms = CMS_sign(ossl->cert, ossl->key, ossl->chain, in, flags);
    need(cms != NULL, "CMS_sign");
    if ((form & CMS_DETACHED) != 0 && !stream) {
        (void)BIO_reset(in);
        flags |= CMS_REUSE_DIGEST;
    }
    need(SMIME_write_CMS(out, cms, in, (int)(flags | SMIME_CRLFEOL)), "SMIME_write_CMS");
    CMS_ContentInfo_free(cms);
}

static void encrypt(const struct ossl *ossl, BIO *in, BIO *out, int stream, int gcm)
{
    unsigned flags = CMS_BINARY | (stream ? CMS_STREAM : 0);
    const EVP_CIPHER *cipher = gcm ? EVP_aes_256_gcm() : EVP_aes_256_cbc();
    CMS_ContentInfo *cms = CMS_encrypt(ossl->recipients, in, cipher, flags);
    need(cms != NULL, "CMS_encrypt");
    need(SMIME_write_CMS(out, cms, in, (int)(flags | SMIME_CRLFEOL)), "SMIME_write_CMS");
    CMS_ContentInfo_free(cms);
}

static void sign_encrypt(const struct ossl *ossl, BIO *in, BIO *out, int stream)
{
    BIO *inner = BIO_new(BIO_s_mem());
    sign(ossl, in, inner, stream, CMS_BINARY | CMS_DETACHED);
    BIO *again = reader_of(inner);
    encrypt(ossl, again, out, stream, 0);
    BIO_free(again);
    BIO_free(inner);
}

static void triple(const struct ossl *ossl, BIO *in, BIO *out, int stream)
{
    BIO *inner = BIO_new(BIO_s_mem());
    sign_encrypt(ossl, in, inner, stream);
    BIO *again = reader_of(inner);
    /* Its own base64 lines end with LF: the conversion is needed here. */
    sign(ossl, again, out, stream, CMS_DETACHED);
    BIO_free(again);
    BIO_free(inner);
}

/* Detached content was read line by line and needs its CRLF back; opaque content is whole. */
static void verify(const struct ossl *ossl, BIO *in, BIO *out)
{
    BIO *content = NULL;
    CMS_ContentInfo *cms = SMIME_read_CMS(in, &content);
    need(cms != NULL, "SMIME_read_CMS");
    unsigned flags = content == NULL ? CMS_BINARY : 0;
    need(CMS_verify(cms, NULL, ossl->store, content, out, flags), "CMS_verify");
    CMS_ContentInfo_free(cms);
    BIO_free(content);
}

static void decrypt(const struct ossl *ossl, BIO *in, BIO *out)
{
    CMS_ContentInfo *cms = SMIME_read_CMS(in, NULL);
    need(cms != NULL, "SMIME_read_CMS");
    need(CMS_decrypt(cms, ossl->key, ossl->cert, NULL, out, CMS_BINARY), "CMS_decrypt");
    CMS_ContentInfo_free(cms);
}

/* The inner signature is judged and stays in the result, as with ours. */
static void decrypt_signed(const struct ossl *ossl, BIO *in, BIO *out)
{
    const struct bytes *bytes = BIO_get_data(out);
    decrypt(ossl, in, out);
    BIO *again = BIO_new_mem_buf(bytes->data, (int)bytes->size);
    verify(ossl, again, NULL);
    BIO_free(again);
}

static void decrypt_triple(const struct ossl *ossl, BIO *in, BIO *out)
{
    BIO *inner = BIO_new(BIO_s_mem());
    verify(ossl, in, inner);
    BIO *again = reader_of(inner);
    decrypt_signed(ossl, again, out);
    BIO_free(again);
    BIO_free(inner);
}

static void dispatch(const struct ossl *ossl, enum kit_op op, int stream, BIO *in, BIO *out)
{
    switch (op) {
    case KIT_SIGN_DETACHED:
    case KIT_SIGN_OPAQUE:
        sign(ossl, in, out, stream, CMS_BINARY | (op == KIT_SIGN_DETACHED ? CMS_DETACHED : 0));
        break;
    case KIT_ENCRYPT_CBC:
    case KIT_ENCRYPT_GCM:
        encrypt(ossl, in, out, stream, op == KIT_ENCRYPT_GCM);
        break;
    case KIT_SIGN_ENCRYPT:
        sign_encrypt(ossl, in, out, stream);
        break;
    case KIT_TRIPLE:
        triple(ossl, in, out, stream);
        break;
    case KIT_VERIFY_DETACHED:
    case KIT_VERIFY_OPAQUE:
        verify(ossl, in, out);
        break;
    case KIT_DECRYPT_CBC:
    case KIT_DECRYPT_GCM:
        decrypt(ossl, in, out);
        break;
    case KIT_DECRYPT_SIGNED:
        decrypt_signed(ossl, in, out);
        break;
    case KIT_DECRYPT_TRIPLE:
        decrypt_triple(ossl, in, out);
        break;
    case KIT_COUNT:
        break;
    }
}

void ossl_run(struct ossl *ossl, enum kit_op op, int stream, const struct bytes *input,
              struct bytes *output)
{
    BIO *in = BIO_new_mem_buf(input->data, (int)input->size);
    BIO *out = BIO_new(ossl->sink);
    need(in != NULL && out != NULL, "BIO");
    BIO_set_data(out, output);
    BIO_set_init(out, 1);
    output->size = 0;
    dispatch(ossl, op, stream, in, out);
    BIO_free(out);
    BIO_free(in);
}
