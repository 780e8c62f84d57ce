/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/lint.h>
#include <stddef.h>

/* For people: what each code means, and whose rule it is. */
static const struct {
    int code;
    const char *name;
    const char *meaning;
} words[] = {
    {SMIMEGW_LINT_EXPIRED, "expired",
     "its time is over (RFC 5280 section 4.1.2.5; RFC 8550 section 4)"},
    {SMIMEGW_LINT_NOT_YET, "not-yet",
     "its time has not begun (RFC 5280 section 4.1.2.5; RFC 8550 section 4)"},
    {SMIMEGW_LINT_EXPIRES_SOON, "expires-soon",
     "its time is over within 30 days: a new one is due (secure mail gateways)"},
    {SMIMEGW_LINT_LONG_VALIDITY, "long-validity",
     "it is valid for more than 1185 days (CA/B S/MIME BR section 6.3.2)"},
    {SMIMEGW_LINT_KEY_WEAK, "key-weak",
     "an RSA key of less than 2048 bits (RFC 8550 section 4.3; CA/B S/MIME BR section 6.1.5)"},
    {SMIMEGW_LINT_KEY_UNUSABLE, "key-unusable",
     "a key of a type, a curve or a size that is not computed with here, or not for the use "
     "(RFC 8550 section 4.3)"},
    {SMIMEGW_LINT_KEY_ODD_SIZE, "key-odd-size",
     "RSA bits that are no multiple of 8, or a public exponent below 65537 (CA/B S/MIME BR "
     "sections 6.1.5 and 6.1.6)"},
    {SMIMEGW_LINT_KEY_EXCHANGE_ONLY, "key-exchange-only",
     "an X25519 key: it can't sign, and few readers know it (RFC 8410)"},
    {SMIMEGW_LINT_SIGNATURE_WEAK, "signature-weak",
     "its issuer signed it with SHA-1 or worse, or in a way not known here (RFC 8550 section "
     "4.3; CA/B S/MIME BR section 7.1.3.2)"},
    {SMIMEGW_LINT_USAGE_SIGN, "usage-sign",
     "the key usage lacks digitalSignature; with nonRepudiation it still signs (RFC 8550 "
     "section 4.4.2; secure mail gateways)"},
    {SMIMEGW_LINT_USAGE_NON_REPUDIATION, "usage-non-repudiation",
     "the key usage lacks nonRepudiation (secure mail gateways)"},
    {SMIMEGW_LINT_USAGE_ENCRYPT, "usage-encrypt",
     "the key usage lacks keyEncipherment, or keyAgreement for an elliptic curve (RFC 8550 "
     "section 4.4.2; secure mail gateways)"},
    {SMIMEGW_LINT_USAGE_ABSENT, "usage-absent",
     "no key usage: all are assumed (RFC 8550 section 4.4.2; CA/B S/MIME BR section 7.1.2.3)"},
    {SMIMEGW_LINT_PURPOSE, "purpose",
     "an extended key usage without emailProtection (RFC 8550 section 4.4.4)"},
    {SMIMEGW_LINT_PURPOSE_ABSENT, "purpose-absent",
     "no extended key usage: any purpose, but speaking for a domain (RFC 8550 section 4.4.4; "
     "CA/B S/MIME BR section 7.1.2.3)"},
    {SMIMEGW_LINT_PURPOSE_ANY, "purpose-any",
     "anyExtendedKeyUsage: any purpose, but speaking for a domain (RFC 8550 section 4.4.4; "
     "CA/B S/MIME BR section 7.1.2.3)"},
    {SMIMEGW_LINT_PURPOSE_MIXED, "purpose-mixed",
     "serverAuth, codeSigning, timeStamping or OCSPSigning beside emailProtection (CA/B "
     "S/MIME "
     "BR section 7.1.2.3)"},
    {SMIMEGW_LINT_CA, "ca",
     "a CA's certificate, used as an end entity's (RFC 8550 section 4.4.1)"},
    {SMIMEGW_LINT_SELF_SIGNED, "self-signed",
     "issued by itself: only who was handed it can trust it (RFC 5280 section 3.2)"},
    {SMIMEGW_LINT_EXTENSION_CRITICAL, "extension-critical",
     "a critical extension that is not known here (RFC 5280 section 4.2)"},
    {SMIMEGW_LINT_SERIAL, "serial",
     "a serial number that is zero, negative or over 20 octets (RFC 5280 section 4.1.2.2), or "
     "under 64 bits (CA/B S/MIME BR section 7.1)"},
    {SMIMEGW_LINT_VERSION_1, "version-1",
     "no X.509 version 3 (RFC 8550 section 2.2; RFC 5280 section 4.1.2.1)"},
    {SMIMEGW_LINT_KEY_ID, "key-id",
     "no subject or authority key identifier (RFC 5280 sections 4.2.1.1 and 4.2.1.2)"},
    {SMIMEGW_LINT_NO_NAMES, "no-names",
     "neither mail address nor domain: it belongs to no sender or recipient (RFC 8550 section "
     "3; secure mail gateways)"},
    {SMIMEGW_LINT_NAME_MALFORMED, "name-malformed",
     "a name that never matches: blanks, controls, NUL, stars, no domain (RFC 5280 section "
     "4.2.1.6; RFC 8550 section 3)"},
    {SMIMEGW_LINT_ADDRESS_IN_SUBJECT, "address-in-subject",
     "an emailAddress of the subject that the subjectAltName does not repeat (RFC 8550 "
     "section "
     "3; CA/B S/MIME BR section 7.1.4.2)"},
    {SMIMEGW_LINT_DOMAIN_OUTLOOK, "domain-outlook",
     "a domain's certificate without a mail address: Outlook and others can't encrypt to it "
     "(secure mail gateways)"},
    {SMIMEGW_LINT_DOMAIN_PUBLIC, "domain-public",
     "a domain under which strangers live, as co.uk: no wildcard matches below it (RFC 6125 "
     "section 7.2)"},
    {SMIMEGW_LINT_DOMAIN_WILDCARD, "domain-wildcard",
     "\"*.d\" covers one label below d, and not d itself (RFC 6125 section 6.4.3; secure mail "
     "gateways)"},
    {SMIMEGW_LINT_FIELD_MISSING, "field-missing",
     "CN, O, L, ST or C is not in the subject (secure mail gateways)"},
    {SMIMEGW_LINT_COMMON_NAME_FQDN, "common-name-fqdn",
     "the common name is no fully qualified domain name: as it should be for a person (secure "
     "mail gateways)"},
    {SMIMEGW_LINT_DOMAIN_FQDN, "domain-fqdn",
     "a domain of the subjectAltName is not fully qualified (RFC 5280 section 4.2.1.6; RFC "
     "1034 section 3.5)"},
    {SMIMEGW_LINT_COUNTRY, "country",
     "the country is not two letters (RFC 5280 appendix A.1; ISO 3166-1)"},
};

const char *smimegw_lint_name(int code, const char **ret_meaning)
{
    const char *name = "unknown";
    const char *meaning = "a code of another version of the library";
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].code == code) {
            name = words[i].name;
            meaning = words[i].meaning;
        }
    if (ret_meaning != NULL)
        *ret_meaning = meaning;
    return name;
}
