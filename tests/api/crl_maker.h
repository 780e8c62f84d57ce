/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef API_CRL_MAKER_H
#define API_CRL_MAKER_H

/* OpenSSL plays the CA that revokes. */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

#include "support.h"

struct bytes {
    unsigned char *data;
    int size;
};

static inline FILE *open_key_file(const char *name, const char *end)
{
    char path[256];
    snprintf(path, sizeof(path), "tests/data/keys/%s%s", name, end);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    return file;
}

static inline X509 *read_x509(const char *name)
{
    FILE *file = open_key_file(name, ".pem");
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(cert);
    return cert;
}

static inline EVP_PKEY *read_private_key(const char *name)
{
    FILE *file = open_key_file(name, "-key.pem");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(key);
    return key;
}

/* A list of these certificates, valid from one time until another; for OPENSSL_free(). */
static inline struct bytes make_crl(X509 *ca, EVP_PKEY *key, X509 *const *certs, size_t count,
                                    time_t from, time_t until)
{
    struct bytes list = {NULL, 0};
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *time = ASN1_TIME_set(NULL, from);
    assert_true(X509_CRL_set_version(crl, 1) &&
                X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca)) &&
                X509_CRL_set1_lastUpdate(crl, time));
    for (size_t i = 0; i < count; i++) {
        X509_REVOKED *entry = X509_REVOKED_new();
        assert_true(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certs[i])) &&
                    X509_REVOKED_set_revocationDate(entry, time) &&
                    X509_CRL_add0_revoked(crl, entry));
    }
    assert_non_null(ASN1_TIME_set(time, until));
    assert_true(X509_CRL_set1_nextUpdate(crl, time) && X509_CRL_sort(crl) &&
                X509_CRL_sign(crl, key, EVP_sha256()));
    list.size = i2d_X509_CRL(crl, &list.data);
    ASN1_TIME_free(time);
    X509_CRL_free(crl);
    return list;
}

#endif
