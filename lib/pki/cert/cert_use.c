/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "pki/cert/cert_impl.h"

enum {
    RSA_BITS_FLOOR = 512,
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,
    RSA_EXPONENT_BITS_MAX = 256
};

bool sgw_cert_is_same(const struct smimegw_cert *a, const struct smimegw_cert *b)
{
    return a->der.size == b->der.size && memcmp(a->der.data, b->der.data, a->der.size) == 0;
}

bool sgw_cert_is_self_issued(const struct smimegw_cert *cert)
{
    return cert->subject_size == cert->issuer_size &&
           memcmp(cert->subject, cert->issuer, cert->subject_size) == 0;
}

bool sgw_cert_is_issuer_serial(const struct smimegw_cert *cert, const uint8_t *issuer,
                               size_t issuer_size, const uint8_t *serial, size_t serial_size)
{
    return issuer_size > 0 && serial_size > 0 && cert->issuer_size == issuer_size &&
           cert->serial_size == serial_size &&
           memcmp(cert->serial, serial, serial_size) == 0 &&
           memcmp(cert->issuer, issuer, issuer_size) == 0;
}

bool sgw_cert_is_ski(const struct smimegw_cert *cert, const uint8_t *ski, size_t ski_size)
{
    return ski_size > 0 && cert->ski_size == ski_size && memcmp(cert->ski, ski, ski_size) == 0;
}

/* What each type of key can do at all; by enum sgw_key_type. */
static const struct {
    bool can_sign;
    unsigned int encrypt_usage; /* 0: can't */
} key_uses[] = {
    [SGW_KEY_UNKNOWN] = {false, 0},
    [SGW_KEY_RSA] = {true, GNUTLS_KEY_KEY_ENCIPHERMENT},
    [SGW_KEY_RSA_PSS] = {true, 0},
    [SGW_KEY_P256] = {true, GNUTLS_KEY_KEY_AGREEMENT},
    [SGW_KEY_P384] = {true, GNUTLS_KEY_KEY_AGREEMENT},
    [SGW_KEY_P521] = {true, GNUTLS_KEY_KEY_AGREEMENT},
    [SGW_KEY_ED25519] = {true, 0},
    [SGW_KEY_X25519] = {false, GNUTLS_KEY_KEY_AGREEMENT},
};

bool sgw_cert_key_can_sign(const struct smimegw_cert *cert)
{
    return key_uses[cert->key_type].can_sign;
}

unsigned int sgw_cert_key_encrypt_usage(const struct smimegw_cert *cert)
{
    return key_uses[cert->key_type].encrypt_usage;
}

static const char wrong_purpose[] = "the extended key usage forbids e-mail";

const char *sgw_cert_why_not_sign(const struct smimegw_cert *cert)
{
    if (!sgw_cert_key_can_sign(cert))
        return "a key of this type can't sign";
    /* [RFC8550-4.4.2]: either will do */
    if ((cert->key_usage & (GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION)) == 0)
        return "the key usage forbids signing";
    return cert->has_email_purpose ? NULL : wrong_purpose;
}

bool sgw_cert_is_valid_at(const struct smimegw_cert *cert, int64_t time)
{
    return time >= cert->not_before && time <= cert->not_after;
}

const char *sgw_cert_why_not_sign_at(const struct smimegw_cert *cert, int64_t time)
{
    const char *why_not = sgw_cert_why_not_sign(cert);
    if (why_not != NULL || sgw_cert_is_valid_at(cert, time))
        return why_not;
    return time < cert->not_before ? "it is not valid yet" : "it has expired";
}

const char *sgw_cert_why_not_encrypt(const struct smimegw_cert *cert)
{
    unsigned int usage = sgw_cert_key_encrypt_usage(cert);
    if (usage == 0)
        return "a key of this type can't encrypt";
    if (cert->has_bad_point)
        return "the public key is not a point of its curve";
    /* RFC 5652 sections 6.2.1 and 6.2.2 */
    if ((cert->key_usage & usage) == 0)
        return "the key usage forbids encryption";
    return cert->has_email_purpose ? NULL : wrong_purpose;
}

bool sgw_cert_key_is_rsa(const struct smimegw_cert *cert)
{
    return cert->key_type == SGW_KEY_RSA || cert->key_type == SGW_KEY_RSA_PSS;
}

bool sgw_cert_key_is_affordable(const struct smimegw_cert *cert)
{
    if (!sgw_cert_key_is_rsa(cert))
        return cert->key_type != SGW_KEY_UNKNOWN;
    /* an even or empty modulus is a trap for the library that computes with it */
    return cert->key_bits >= RSA_BITS_FLOOR && cert->key_bits <= RSA_BITS_MAX &&
           cert->rsa_e_bits >= 2 && cert->rsa_e_bits <= RSA_EXPONENT_BITS_MAX &&
           (cert->rsa_e[cert->rsa_e_size - 1] & 1) != 0 &&
           (cert->rsa_n[cert->rsa_n_size - 1] & 1) != 0;
}

bool sgw_cert_key_is_acceptable(const struct smimegw_cert *cert)
{
    return sgw_cert_key_is_affordable(cert) && !cert->has_bad_point &&
           (!sgw_cert_key_is_rsa(cert) || cert->key_bits >= RSA_BITS_MIN);
}
