/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_PKI_MAKER_H
#define SGW_TESTS_PKI_MAKER_H

#include <gnutls/abstract.h>

#include "pki_data.h"

/* Certificates of shapes that no CA would issue, made while the test runs. */
struct recipe {
    const char *name;   /* CN of the subject */
    const char *issuer; /* CN of the issuer; NULL: self-signed */
    bool is_ca;
    int path_length;     /* -1: none */
    unsigned int usage;  /* 0: no key usage extension */
    const char *purpose; /* NULL: no extended key usage */
    const char *address; /* NULL: no such SAN */
    const char *domain;  /* NULL: no such SAN */
    const char *odd_oid; /* an extension nobody knows */
    unsigned int is_odd_critical;
    const char *permitted;            /* name constraint: mail domain */
    int64_t not_before;               /* 0: 2024 */
    int64_t not_after;                /* 0: 2054 */
    gnutls_digest_algorithm_t digest; /* 0: SHA-256 */
    bool has_no_constraints;          /* leave out basicConstraints */
    bool has_no_key_ids;
    void (*edit)(gnutls_x509_crt_t crt); /* NULL: nothing else to set */
};

static inline gnutls_x509_privkey_t make_key(gnutls_pk_algorithm_t algorithm,
                                             unsigned int bits)
{
    gnutls_x509_privkey_t key;
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(key, algorithm, bits, 0), 0);
    return key;
}

static inline gnutls_x509_privkey_t make_ec_key(void)
{
    return make_key(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
}

static inline void set_extensions(gnutls_x509_crt_t crt, const struct recipe *recipe)
{
    if (!recipe->has_no_constraints)
        assert_int_equal(
            gnutls_x509_crt_set_basic_constraints(crt, recipe->is_ca, recipe->path_length), 0);
    if (recipe->usage != 0)
        assert_int_equal(gnutls_x509_crt_set_key_usage(crt, recipe->usage), 0);
    if (recipe->purpose != NULL)
        assert_int_equal(gnutls_x509_crt_set_key_purpose_oid(crt, recipe->purpose, 0), 0);
    if (recipe->address != NULL)
        assert_int_equal(gnutls_x509_crt_set_subject_alt_name(
                             crt, GNUTLS_SAN_RFC822NAME, recipe->address,
                             (unsigned int)strlen(recipe->address), GNUTLS_FSAN_SET),
                         0);
    if (recipe->domain != NULL)
        assert_int_equal(gnutls_x509_crt_set_subject_alt_name(
                             crt, GNUTLS_SAN_DNSNAME, recipe->domain,
                             (unsigned int)strlen(recipe->domain), GNUTLS_FSAN_APPEND),
                         0);
    if (recipe->odd_oid != NULL)
        assert_int_equal(gnutls_x509_crt_set_extension_by_oid(crt, recipe->odd_oid, "\x05\x00",
                                                              2, recipe->is_odd_critical),
                         0);
    if (recipe->permitted != NULL) {
        gnutls_x509_name_constraints_t constraints;
        gnutls_datum_t domain = {(unsigned char *)(uintptr_t)recipe->permitted,
                                 (unsigned int)strlen(recipe->permitted)};
        gnutls_x509_name_constraints_init(&constraints);
        gnutls_x509_name_constraints_add_permitted(constraints, GNUTLS_SAN_RFC822NAME,
                                                   &domain);
        gnutls_x509_crt_set_name_constraints(crt, constraints, 1);
        gnutls_x509_name_constraints_deinit(constraints);
    }
    if (recipe->edit != NULL)
        recipe->edit(crt);
}

static inline void set_key_ids(gnutls_x509_crt_t crt, gnutls_x509_privkey_t issuer_key)
{
    uint8_t id[20];
    size_t size = sizeof(id);
    assert_int_equal(gnutls_x509_crt_get_key_id(crt, 0, id, &size), 0);
    assert_int_equal(gnutls_x509_crt_set_subject_key_id(crt, id, size), 0);
    size = sizeof(id);
    assert_int_equal(gnutls_x509_privkey_get_key_id(issuer_key, 0, id, &size), 0);
    assert_int_equal(gnutls_x509_crt_set_authority_key_id(crt, id, size), 0);
}

/* The issuer needs no certificate of its own: its name and key do. */
static inline struct smimegw_cert *make_cert(const struct recipe *recipe,
                                             gnutls_x509_privkey_t key,
                                             gnutls_x509_privkey_t issuer_key)
{
    static unsigned int serial = 1000;
    serial++;
    uint8_t number[2] = {(uint8_t)(serial >> 8 & 0x7f), (uint8_t)serial};
    const char *issuer_name = recipe->issuer != NULL ? recipe->issuer : recipe->name;
    gnutls_x509_crt_t crt;
    gnutls_x509_crt_t issuer;
    gnutls_datum_t der;
    struct smimegw_cert *cert = NULL;
    gnutls_x509_crt_init(&crt);
    gnutls_x509_crt_init(&issuer);
    gnutls_x509_crt_set_dn_by_oid(issuer, GNUTLS_OID_X520_COMMON_NAME, 0, issuer_name,
                                  (unsigned int)strlen(issuer_name));
    gnutls_x509_crt_set_version(crt, 3);
    gnutls_x509_crt_set_serial(crt, number, sizeof(number));
    gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, recipe->name,
                                  (unsigned int)strlen(recipe->name));
    gnutls_x509_crt_set_activation_time(crt, recipe->not_before != 0 ? recipe->not_before
                                                                     : 1704067200);
    gnutls_x509_crt_set_expiration_time(crt, recipe->not_after != 0 ? recipe->not_after
                                                                    : 2650838400);
    assert_int_equal(gnutls_x509_crt_set_key(crt, key), 0);
    set_extensions(crt, recipe);
    if (!recipe->has_no_key_ids)
        set_key_ids(crt, issuer_key);
    assert_int_equal(gnutls_x509_crt_set_issuer_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
                                                          issuer_name,
                                                          (unsigned int)strlen(issuer_name)),
                     0);
    gnutls_x509_crt_set_key(issuer, issuer_key);
    assert_int_equal(
        gnutls_x509_crt_sign2(crt, issuer, issuer_key,
                              recipe->digest != 0 ? recipe->digest : GNUTLS_DIG_SHA256, 0),
        0);
    assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der), 0);
    struct smimegw_error *error = NULL;
    if (sgw_cert_new_der(der.data, der.size, &cert, &error) != SMIMEGW_OK)
        fail_msg("%s: %s", recipe->name, smimegw_error_text(error));
    gnutls_free(der.data);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_crt_deinit(issuer);
    return cert;
}

#endif
