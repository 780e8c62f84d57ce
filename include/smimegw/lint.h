/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_LINT_H
#define SMIMEGW_LINT_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/** What a certificate is to be used for; may be combined. */
enum smimegw_cert_use {
    SMIMEGW_USE_SIGN = 1,   /**< to sign with, or to verify others' signatures */
    SMIMEGW_USE_ENCRYPT = 2 /**< to decrypt with, or to encrypt to */
};

/** How bad a finding is. */
enum smimegw_lint_severity {
    SMIMEGW_LINT_NOTE = 1,    /**< good to know */
    SMIMEGW_LINT_WARNING = 2, /**< works here; others may refuse it */
    SMIMEGW_LINT_ERROR = 3    /**< can't serve for the use */
};

/** A finding; a published number never changes. smimegw_lint_name() tells what each means. */
enum smimegw_lint_code {
    SMIMEGW_LINT_EXPIRED = 1,       /**< its validity is over */
    SMIMEGW_LINT_NOT_YET = 2,       /**< its validity has not begun */
    SMIMEGW_LINT_EXPIRES_SOON = 3,  /**< within 30 days */
    SMIMEGW_LINT_LONG_VALIDITY = 4, /**< over 1185 days (CA/B S/MIME BR 6.3.2) */
    SMIMEGW_LINT_KEY_WEAK = 10,     /**< RSA under 2048 bits and the like */
    SMIMEGW_LINT_KEY_UNUSABLE = 11, /**< a type or size that can't be used, or not for this */
    SMIMEGW_LINT_KEY_ODD_SIZE = 12, /**< RSA bits no multiple of 8, small or even exponent */
    SMIMEGW_LINT_KEY_EXCHANGE_ONLY = 13,     /**< X25519: few readers know it */
    SMIMEGW_LINT_SIGNATURE_WEAK = 14,        /**< signed by its issuer with SHA-1 or worse */
    SMIMEGW_LINT_USAGE_SIGN = 20,            /**< key usage lacks digitalSignature */
    SMIMEGW_LINT_USAGE_NON_REPUDIATION = 21, /**< key usage lacks nonRepudiation */
    SMIMEGW_LINT_USAGE_ENCRYPT = 22, /**< key usage lacks keyEncipherment (EC: keyAgreement) */
    SMIMEGW_LINT_USAGE_ABSENT = 23,  /**< no key usage: all are assumed */
    SMIMEGW_LINT_PURPOSE = 24,       /**< extended key usage without emailProtection */
    SMIMEGW_LINT_PURPOSE_ABSENT = 25, /**< no extended key usage: any purpose */
    SMIMEGW_LINT_PURPOSE_ANY = 26,    /**< anyExtendedKeyUsage: not for domain certificates */
    SMIMEGW_LINT_PURPOSE_MIXED = 27, /**< serverAuth, codeSigning ... beside emailProtection */
    SMIMEGW_LINT_CA = 30,            /**< a CA's certificate used as an end entity's */
    SMIMEGW_LINT_SELF_SIGNED = 31,   /**< its issuer is itself */
    SMIMEGW_LINT_EXTENSION_CRITICAL = 32, /**< a critical extension not known here */
    SMIMEGW_LINT_SERIAL = 33,         /**< zero, negative, under 64 bits or over 20 octets */
    SMIMEGW_LINT_VERSION_1 = 34,      /**< X.509 version 1: no extensions */
    SMIMEGW_LINT_KEY_ID = 35,         /**< no subject or authority key identifier */
    SMIMEGW_LINT_NO_NAMES = 40,       /**< neither mail address nor domain */
    SMIMEGW_LINT_NAME_MALFORMED = 41, /**< a name that never matches: blanks, NUL, stars */
    SMIMEGW_LINT_ADDRESS_IN_SUBJECT = 42, /**< a DN emailAddress, not in the SAN */
    SMIMEGW_LINT_DOMAIN_OUTLOOK = 43,     /**< Outlook can't encrypt to a domain certificate */
    SMIMEGW_LINT_DOMAIN_PUBLIC = 44,      /**< a domain under which strangers live */
    SMIMEGW_LINT_DOMAIN_WILDCARD = 45,    /**< "*.d" covers one label, and not d itself */
    SMIMEGW_LINT_FIELD_MISSING = 46,      /**< CN, O, L, ST or C is not there */
    SMIMEGW_LINT_COMMON_NAME_FQDN = 47,   /**< the common name is no fully qualified domain */
    SMIMEGW_LINT_DOMAIN_FQDN = 48,        /**< a SAN domain is not fully qualified */
    SMIMEGW_LINT_COUNTRY = 49             /**< the country is not two letters */
};

/**
 * Check a certificate against what a mail gateway needs of it.
 *
 * RFC 8550, RFC 5280, the rules of secure mail gateways, and the CA/Browser Forum's S/MIME
 * requirements where they matter to readers. What it does not look at: trust and revocation.
 *
 * @param cert       the certificate
 * @param use        members of enum smimegw_cert_use, combined; 0 for any use that the
 *                   certificate allows: then it is a note that it can't serve for the other
 * @param time       seconds since 1970 UTC; negative for now
 * @param ret_lint   (owned) the findings, worst first, for smimegw_lint_free()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @rfc RFC 8550 section 4
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_cert_lint(const struct smimegw_cert *cert, uint32_t use, int64_t time,
                                  struct smimegw_lint **ret_lint,
                                  struct smimegw_error **ret_error);

/**
 * Number of findings.
 *
 * @param lint  (nullable) the findings
 * @return findings; 0 for NULL
 * @thread any
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_lint_count(const struct smimegw_lint *lint);

/**
 * Code of a finding.
 *
 * @param lint   (nullable) the findings
 * @param index  0 for the worst
 * @return a member of enum smimegw_lint_code; 0 past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_lint_code(const struct smimegw_lint *lint, size_t index);

/**
 * Severity of a finding: for the worst of all, ask for index 0.
 *
 * @param lint   (nullable) the findings
 * @param index  0 for the worst
 * @return a member of enum smimegw_lint_severity; 0 past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_lint_severity(const struct smimegw_lint *lint, size_t index);

/**
 * One English sentence about a finding, with the values of this certificate.
 *
 * @param lint   (nullable) the findings
 * @param index  0 for the worst
 * @return (borrowed) UTF-8 that lives as long as @p lint; "" past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_lint_text(const struct smimegw_lint *lint, size_t index);

/**
 * Name a finding, as in "key-weak".
 *
 * @param code         a member of enum smimegw_lint_code
 * @param ret_meaning  (nullable) (borrowed) static English text, with where the rule is from
 * @return (borrowed) static text, never NULL; "unknown" for unknown numbers
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_lint_name(int code, const char **ret_meaning);

/**
 * Free findings.
 *
 * @param lint  (nullable) (consumed) the findings
 * @thread owner of @p lint
 * @since 0.1
 */
SMIMEGW_API void smimegw_lint_free(struct smimegw_lint *lint);

SMIMEGW_END_DECLS

#endif
