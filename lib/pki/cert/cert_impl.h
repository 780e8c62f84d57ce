/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_CERT_IMPL_H
#define SGW_PKI_CERT_IMPL_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <smimegw/cert.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/ref.h"

enum sgw_key_type {
    SGW_KEY_UNKNOWN,
    SGW_KEY_RSA,
    SGW_KEY_RSA_PSS, /* id-RSASSA-PSS: signs only */
    SGW_KEY_P256,
    SGW_KEY_P384,
    SGW_KEY_P521,
    SGW_KEY_ED25519,
    SGW_KEY_X25519
};

enum { SGW_CERT_TEXTS = 17 }; /* indexed by enum smimegw_cert_field */

/* Parsed once, immutable. The pointers below point into der. */
struct smimegw_cert {
    struct sgw_ref ref;
    struct sgw_buf der;
    gnutls_x509_crt_t crt;
    gnutls_pubkey_t pubkey; /* NULL where GnuTLS can't use the key (X25519) */
    const uint8_t *issuer;  /* Name, as in the certificate */
    size_t issuer_size;
    const uint8_t *serial; /* INTEGER's contents */
    size_t serial_size;
    const uint8_t *subject;
    size_t subject_size;
    uint8_t ski[64]; /* subject key identifier; ski_size 0 where the extension is absent */
    size_t ski_size;
    const uint8_t *spki; /* SubjectPublicKeyInfo, whole */
    size_t spki_size;
    const uint8_t *point; /* EC/X25519: the BIT STRING's octets: 04||x||y, or 32 octets */
    size_t point_size;
    bool has_bad_point;   /* none of its curve, or of low order */
    const uint8_t *rsa_n; /* INTEGERs' contents, NULL for other keys */
    size_t rsa_n_size;
    const uint8_t *rsa_e;
    size_t rsa_e_size;
    unsigned int rsa_e_bits;
    const uint8_t *san; /* GeneralNames' contents, NULL where the extension is absent */
    size_t san_size;
    const uint8_t
        *name_constraints; /* SEQUENCE's contents, NULL where the extension is absent */
    size_t name_constraints_size;
    const uint8_t *purposes; /* SEQUENCE OF's contents, NULL where the extension is absent */
    size_t purposes_size;
    const uint8_t *information; /* of authority information access: the same */
    size_t information_size;
    const uint8_t *crl_points; /* of CRL distribution points: the same */
    size_t crl_points_size;
    int version; /* 1 to 3 */
    bool has_authority_key_id;
    enum sgw_key_type key_type;
    unsigned int key_bits;
    bool has_key_usage;
    unsigned int key_usage;   /* GNUTLS_KEY_*; all bits where absent */
    bool has_email_purpose;   /* extended key usage absent, emailProtection or any */
    bool names_email_purpose; /* emailProtection is named, and any purpose is not */
    bool is_ca;
    int64_t not_before;
    int64_t not_after;
    char *texts[SGW_CERT_TEXTS];
};

/* One DER certificate; limits on size, RDNs and names are checked before GnuTLS sees it.
 * E_KEY, E_LIMIT, E_NOMEM. Trailing bytes are E_KEY. */
int sgw_cert_new_der(const void *der, size_t size, struct smimegw_cert **ret_cert,
                     struct smimegw_error **ret_error);

/* The same from a block of a PEM file. */
struct sgw_pem_block;
int sgw_cert_new_pem(const struct sgw_pem_block *block, struct smimegw_cert **ret_cert,
                     struct smimegw_error **ret_error);

/* A list that grows; holds references. */
struct sgw_cert_list {
    struct smimegw_cert **certs;
    size_t count;
    size_t capacity;
};
int sgw_cert_list_add(struct sgw_cert_list *list,
                      struct smimegw_cert *cert); /* takes a reference */
void sgw_cert_list_clear(struct sgw_cert_list *list);
/* All certificates of a file: PEM, one in DER, or PKCS#7 in either; E_KEY where there is none
 * or one is broken, with its number; E_LIMIT. Private keys in the file are skipped. */
enum { SGW_CERT_LIST_MAX = 5000 }; /* certificates in one file */
int sgw_cert_list_load(struct sgw_cert_list *list, const void *data, size_t size,
                       struct smimegw_error **ret_error);
/* One certificate in DER. */
int sgw_cert_list_load_der(struct sgw_cert_list *list, const void *der, size_t size,
                           struct smimegw_error **ret_error);

/* Is it one of the denied? By its number, and by its key under its name: an ECDSA signature
 * has a twin that makes another certificate of it, and a renewal keeps the key. */
bool sgw_cert_list_denies(const struct sgw_cert_list *denied, const struct smimegw_cert *cert);

bool sgw_cert_is_same(const struct smimegw_cert *a,
                      const struct smimegw_cert *b); /* every byte */
bool sgw_cert_is_self_issued(
    const struct smimegw_cert *cert); /* subject and issuer the same */
bool sgw_cert_is_issuer_serial(const struct smimegw_cert *cert, const uint8_t *issuer,
                               size_t issuer_size, const uint8_t *serial, size_t serial_size);
bool sgw_cert_is_ski(const struct smimegw_cert *cert, const uint8_t *ski, size_t ski_size);

/* May the certificate sign mail, or be encrypted to? [RFC8550-4.4], RFC 5652
 * section 6.2; NULL where yes, else a static sentence why not. Neither trust nor time is
 * looked at. */
const char *sgw_cert_why_not_sign(const struct smimegw_cert *cert);
const char *sgw_cert_why_not_encrypt(const struct smimegw_cert *cert);
/* The same for a signature made at that time: who reads it asks for the dates, too. */
const char *sgw_cert_why_not_sign_at(const struct smimegw_cert *cert, int64_t time);
bool sgw_cert_is_valid_at(const struct smimegw_cert *cert, int64_t time);
/* The same by the type of the key alone; the key usage that encryption needs, 0 where the type
 * can't. */
bool sgw_cert_key_can_sign(const struct smimegw_cert *cert);
unsigned int sgw_cert_key_encrypt_usage(const struct smimegw_cert *cert);
bool sgw_cert_key_is_rsa(const struct smimegw_cert *cert); /* PSS, too */
/* Size and shape of the key within SECURITY.md (e): RSA 2048..8192, e odd >= 3, known curves
 * and points of them. */
bool sgw_cert_key_is_acceptable(const struct smimegw_cert *cert);
/* Can a signature be checked with it without a hostile key costing minutes? Weak ones can. */
bool sgw_cert_key_is_affordable(const struct smimegw_cert *cert);

#endif
