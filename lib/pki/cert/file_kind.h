/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_FILE_KIND_H
#define SGW_PKI_FILE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What people hand us when they are asked for a key or a certificate. Only the shape is looked
 * at; that a file is of a kind does not mean that it can be read.
 */
enum sgw_file_kind {
    SGW_FILE_UNKNOWN,
    SGW_FILE_EMPTY,
    SGW_FILE_CUT, /* DER that ends before it says it does */
    SGW_FILE_CERTIFICATE,
    SGW_FILE_PKCS7, /* SignedData, as certs-only files are */
    SGW_FILE_PKCS12,
    SGW_FILE_PKCS8,
    SGW_FILE_PKCS8_ENCRYPTED,
    SGW_FILE_PKCS1,
    SGW_FILE_SEC1,
    /* the rest is only refused */
    SGW_FILE_OTHER_KEY,
    SGW_FILE_TRUSTED,
    SGW_FILE_REQUEST,
    SGW_FILE_CRL,
    SGW_FILE_PUBLIC_KEY,
    SGW_FILE_ENVELOPED,
    SGW_FILE_OPENSSH,
    SGW_FILE_OPENSSH_PUBLIC,
    SGW_FILE_PUTTY,
    SGW_FILE_SSH2,
    SGW_FILE_PGP,
    SGW_FILE_JKS,
    SGW_FILE_ZIP,
    SGW_FILE_HTML,
    SGW_FILE_UTF16,
    SGW_FILE_BASE64,
    SGW_FILE_MAIL
};

enum sgw_file_kind sgw_file_kind_der(const uint8_t *data, size_t size);
enum sgw_file_kind sgw_file_kind_label(const char *label, size_t size);
/* Of a whole file: DER, or the first PEM block of a known kind, or what its start says. */
enum sgw_file_kind sgw_file_kind(const uint8_t *data, size_t size);

bool sgw_file_kind_is_key(enum sgw_file_kind kind); /* a private key that we read */
/* A clause for people that goes on after "there is no certificate: ". */
const char *sgw_file_kind_text(enum sgw_file_kind kind);

#endif
