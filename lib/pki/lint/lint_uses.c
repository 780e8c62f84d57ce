/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/text.h"
#include "pki/lint/lint_impl.h"

enum { RSA_BITS_MIN = 2048, RSA_EXPONENT_BITS_MIN = 17 };

static const char *key_text(const struct sgw_lint_run *run)
{
    return smimegw_cert_text(run->cert, SMIMEGW_CERT_KEY);
}

/* A list as it is, or that there is nothing in it. */
static const char *list_text(const struct sgw_lint_run *run, int field,
                             struct sgw_lint_value *value)
{
    const char *text = smimegw_cert_text(run->cert, field);
    return text[0] != '\0' ? sgw_lint_value(value, text, strlen(text)) : "empty";
}

void sgw_lint_key_weak(struct sgw_lint_run *run)
{
    if (sgw_cert_key_is_rsa(run->cert) && run->cert->key_bits < RSA_BITS_MIN)
        sgw_lint_find(run, "%s: at least %d bits are needed", key_text(run), RSA_BITS_MIN);
}

void sgw_lint_key_unusable(struct sgw_lint_run *run)
{
    const struct smimegw_cert *cert = run->cert;
    if (cert->key_type == SGW_KEY_UNKNOWN)
        sgw_lint_find(run, "a key of a type or a curve that is not known here");
    else if (!sgw_cert_key_is_affordable(cert))
        sgw_lint_find(run,
                      "%s: its numbers are of a size or a shape that is not computed with",
                      key_text(run));
    else if (cert->has_bad_point)
        sgw_lint_find(run, "%s: the public key is not a point of its curve", key_text(run));
    /* X25519 is not GnuTLS' business in certificates */
    else if (cert->pubkey == NULL && cert->key_type != SGW_KEY_X25519)
        sgw_lint_find(run, "%s: its numbers are no such key", key_text(run));
}

void sgw_lint_key_only_signs(struct sgw_lint_run *run)
{
    if (sgw_cert_key_can_sign(run->cert) && sgw_cert_key_encrypt_usage(run->cert) == 0)
        sgw_lint_find(run, "%s: a key of this type can't encrypt", key_text(run));
}

void sgw_lint_key_odd_bits(struct sgw_lint_run *run)
{
    if (sgw_cert_key_is_rsa(run->cert) && run->cert->key_bits % 8 != 0)
        sgw_lint_find(run, "%s: the bits are no multiple of 8", key_text(run));
}

void sgw_lint_key_small_exponent(struct sgw_lint_run *run)
{
    if (sgw_cert_key_is_rsa(run->cert) && run->cert->key_bits % 8 == 0 &&
        run->cert->rsa_e_bits < RSA_EXPONENT_BITS_MIN)
        sgw_lint_find(run, "the RSA exponent has %u bits: 65537 is what all others have",
                      run->cert->rsa_e_bits);
}

void sgw_lint_key_exchange_only(struct sgw_lint_run *run)
{
    if (run->cert->key_type == SGW_KEY_X25519)
        sgw_lint_find(run, "X25519: it can't sign, and few readers know it");
}

static bool lacks(const struct smimegw_cert *cert, unsigned int usage)
{
    return cert->has_key_usage && (cert->key_usage & usage) == 0;
}

void sgw_lint_usage_sign(struct sgw_lint_run *run)
{
    struct sgw_lint_value value;
    if (sgw_cert_key_can_sign(run->cert) &&
        lacks(run->cert, GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION))
        sgw_lint_find(run, "the key usage is %s: digitalSignature is needed",
                      list_text(run, SMIMEGW_CERT_KEY_USAGE, &value));
}

/* [RFC8550-4.4.2]: either will do */
void sgw_lint_usage_half_sign(struct sgw_lint_run *run)
{
    if (sgw_cert_key_can_sign(run->cert) && lacks(run->cert, GNUTLS_KEY_DIGITAL_SIGNATURE) &&
        !lacks(run->cert, GNUTLS_KEY_NON_REPUDIATION))
        sgw_lint_find(run,
                      "the key usage lacks digitalSignature; nonRepudiation stands for it");
}

void sgw_lint_usage_non_repudiation(struct sgw_lint_run *run)
{
    if (sgw_cert_key_can_sign(run->cert) && lacks(run->cert, GNUTLS_KEY_NON_REPUDIATION))
        sgw_lint_find(run, "the key usage lacks nonRepudiation");
}

void sgw_lint_usage_encrypt(struct sgw_lint_run *run)
{
    struct sgw_lint_value value;
    unsigned int usage = sgw_cert_key_encrypt_usage(run->cert);
    if (usage != 0 && lacks(run->cert, usage))
        sgw_lint_find(run, "the key usage is %s: %s is needed",
                      list_text(run, SMIMEGW_CERT_KEY_USAGE, &value),
                      usage == GNUTLS_KEY_KEY_AGREEMENT ? "keyAgreement" : "keyEncipherment");
}

void sgw_lint_usage_absent(struct sgw_lint_run *run)
{
    if (!run->cert->has_key_usage)
        sgw_lint_find(run, "no key usage: all uses are assumed");
}

/* One of the certificate's purposes, by the name that its text has. */
static bool has_purpose(const struct smimegw_cert *cert, const char *name)
{
    const char *rest = smimegw_cert_text(cert, SMIMEGW_CERT_PURPOSES);
    for (;;) {
        size_t size = strcspn(rest, ",");
        if (sgw_is_text(rest, size, name))
            return true;
        if (rest[size] == '\0')
            return false;
        rest += size + 1;
    }
}

void sgw_lint_purpose(struct sgw_lint_run *run)
{
    struct sgw_lint_value value;
    if (!run->cert->has_email_purpose)
        sgw_lint_find(run, "the extended key usage is %s: emailProtection is needed",
                      list_text(run, SMIMEGW_CERT_PURPOSES, &value));
}

void sgw_lint_purpose_absent(struct sgw_lint_run *run)
{
    if (run->cert->purposes == NULL && !run->has_domain)
        sgw_lint_find(run, "no extended key usage: any purpose is assumed");
}

/* AC-117, AC-128 */
void sgw_lint_purpose_absent_domain(struct sgw_lint_run *run)
{
    if (run->cert->purposes == NULL && run->has_domain)
        sgw_lint_find(run,
                      "no extended key usage: without emailProtection by name it does not "
                      "speak for its domains");
}

void sgw_lint_purpose_any(struct sgw_lint_run *run)
{
    if (has_purpose(run->cert, "anyExtendedKeyUsage") && !run->has_domain)
        sgw_lint_find(run, "the extended key usage allows any purpose");
}

void sgw_lint_purpose_any_domain(struct sgw_lint_run *run)
{
    if (has_purpose(run->cert, "anyExtendedKeyUsage") && run->has_domain)
        sgw_lint_find(
            run, "the extended key usage allows any purpose: so it does not speak for its "
                 "domains");
}

void sgw_lint_purpose_mixed(struct sgw_lint_run *run)
{
    static const char *const foreign[] = {"serverAuth", "codeSigning", "timeStamping",
                                          "OCSPSigning"};
    if (!has_purpose(run->cert, "emailProtection"))
        return;
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
        if (has_purpose(run->cert, foreign[i])) {
            sgw_lint_find(run, "the extended key usage has %s beside emailProtection",
                          foreign[i]);
            return;
        }
}
