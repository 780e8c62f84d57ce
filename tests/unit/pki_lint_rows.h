/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_PKI_LINT_ROWS_H
#define SGW_TESTS_PKI_LINT_ROWS_H

#include <smimegw/lint.h>

#include "pki_data.h"

/*
 * One certificate without a finding, and rows that change one thing of it: exactly the
 * findings of the row come, of the severities of the row. The certificates are not signed;
 * lint does not look at that.
 */
struct bytes {
    const char *data; /* NULL: as in the certificate without a finding */
    size_t size;
};
#define B(literal)                                                                            \
    {                                                                                         \
        literal, sizeof(literal) - 1                                                          \
    }
static const char absent[] = "";
#define ABSENT                                                                                \
    {                                                                                         \
        absent, 0                                                                             \
    }

#define ATTRIBUTE(size, inner, oid, tag_and_value)                                            \
    "\x31" size "\x30" inner "\x06\x03\x55\x04" oid tag_and_value
#define CN(text) ATTRIBUTE("\x19", "\x17", "\x03", "\x0c\x10" text) /* 16 octets */
#define CN5(text) ATTRIBUTE("\x0e", "\x0c", "\x03", "\x0c\x05" text)
#define COUNTRY                                                                               \
    ATTRIBUTE("\x0b", "\x09", "\x06",                                                         \
              "\x13\x02"                                                                      \
              "DE")
#define STATE                                                                                 \
    ATTRIBUTE("\x0a", "\x08", "\x08",                                                         \
              "\x0c\x01"                                                                      \
              "B")
#define CITY                                                                                  \
    ATTRIBUTE("\x0a", "\x08", "\x07",                                                         \
              "\x0c\x01"                                                                      \
              "B")
#define ORGANISATION                                                                          \
    ATTRIBUTE("\x0a", "\x08", "\x0a",                                                         \
              "\x0c\x01"                                                                      \
              "X")
#define FIELDS COUNTRY STATE CITY ORGANISATION
#define DN_EMAIL(text)                                                                        \
    "\x31\x20\x30\x1e\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01\x16\x11" text /* 17 octets  \
                                                                                 */

#define ADDRESS                                                                               \
    "\x81\x11"                                                                                \
    "alice@example.com"
#define PURPOSE(last) "\x06\x08\x2b\x06\x01\x05\x05\x07\x03" last
#define ANY_PURPOSE "\x06\x04\x55\x1d\x25\x00"

enum { E = SMIMEGW_LINT_ERROR, W = SMIMEGW_LINT_WARNING, N = SMIMEGW_LINT_NOTE };
enum { DAY = 86400, START = 1767225600 /* 2026-01-01 */, EXPECTED_MAX = 5 };

struct row {
    const char *title;
    struct bytes version, serial, algorithm, subject, key, san, usage, purposes, constraints;
    const char *key_of;    /* file of tests/data/keys whose key it has */
    unsigned int rsa_bits; /* a key that is made up */
    uint32_t rsa_exponent;
    int64_t not_before;
    int64_t not_after;
    bool lacks_subject_key_id;
    bool lacks_authority_key_id;
    bool has_odd_critical;
    bool lacks_extensions;
    struct {
        int code;
        int sign;
        int encrypt;
        int any;
    } expected[EXPECTED_MAX];
    const char *text; /* sentence of the first */
};

static const struct row rows[] = {
    {.title = "clean"},
    {.title = "expired",
     .not_after = START + DAY,
     .expected = {{SMIMEGW_LINT_EXPIRED, E, E, E}},
     .text = "expired on 2026-01-02"},
    {.title = "expires this second",
     .not_after = TEST_TIME,
     .expected = {{SMIMEGW_LINT_EXPIRES_SOON, W, W, W}},
     .text = "expires on 2026-06-01: 0 days are left"},
    {.title = "expires in 30 days",
     .not_after = TEST_TIME + 30 * DAY,
     .expected = {{SMIMEGW_LINT_EXPIRES_SOON, W, W, W}},
     .text = "expires on 2026-07-01: 30 days are left"},
    {.title = "expires in 30 days and a second", .not_after = TEST_TIME + 30 * DAY + 1},
    {.title = "not yet",
     .not_before = TEST_TIME + 1,
     .expected = {{SMIMEGW_LINT_NOT_YET, E, E, E}},
     .text = "not valid before 2026-06-01"},
    {.title = "from this second", .not_before = TEST_TIME},
    {.title = "1185 days", .not_after = START + (int64_t)1185 * DAY - 1},
    {.title = "1185 days and a second",
     .not_after = START + (int64_t)1185 * DAY,
     .expected = {{SMIMEGW_LINT_LONG_VALIDITY, N, N, N}},
     .text = "valid for 1185 days: public CAs may issue for 1185 at most"},
    {.title = "RSA 1024",
     .key_of = "rsa1024.pem",
     .expected = {{SMIMEGW_LINT_KEY_WEAK, E, E, E}},
     .text = "RSA-1024: at least 2048 bits are needed"},
    {.title = "unknown key",
     .key = B("\x30\x43\x30\x05\x06\x03\x2b\x65\x71\x03\x3a\x00"
              "0123456789012345678901234567890123456789012345678901234ab"),
     .expected = {{SMIMEGW_LINT_KEY_UNUSABLE, E, E, E}},
     .text = "a key of a type or a curve that is not known here"},
    {.title = "P-256 off its curve",
     .key = B("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce"
              "\x3d\x03\x01\x07\x03\x42\x00\x04"
              "01234567890123456789012345678901"
              "01234567890123456789012345678901"),
     .usage = B("\x03\x02\x03\xc8"),
     .expected = {{SMIMEGW_LINT_KEY_UNUSABLE, E, E, E}},
     .text = "P-256: the public key is not a point of its curve"},
    {.title = "Ed25519",
     .key_of = "ed25519.pem",
     .expected = {{SMIMEGW_LINT_KEY_UNUSABLE, 0, E, N}},
     .text = "Ed25519: a key of this type can't encrypt"},
    {.title = "RSA-PSS",
     .key_of = "rsapss.pem",
     .expected = {{SMIMEGW_LINT_KEY_UNUSABLE, 0, E, N}},
     .text = "RSA-PSS-2048: a key of this type can't encrypt"},
    {.title = "P-256 with RSA's usage",
     .key_of = "p256.pem",
     .expected = {{SMIMEGW_LINT_USAGE_ENCRYPT, 0, E, N}},
     .text = "the key usage is digitalSignature,nonRepudiation,keyEncipherment: keyAgreement "
             "is needed"},
    {.title = "P-256", .key_of = "p256.pem", .usage = B("\x03\x02\x03\xc8")},
    {.title = "X25519",
     .key_of = "x25519.pem",
     .usage = B("\x03\x02\x03\x08"),
     .expected = {{SMIMEGW_LINT_KEY_EXCHANGE_ONLY, E, W, W}},
     .text = "X25519: it can't sign, and few readers know it"},
    {.title = "SHA-1",
     .algorithm = B("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00"),
     .expected = {{SMIMEGW_LINT_SIGNATURE_WEAK, E, E, E}},
     .text = "signed by its issuer with RSA-SHA1: SHA-256 or better is needed"},
    {.title = "unknown signature",
     .algorithm = B("\x30\x04\x06\x02\x2a\x03"),
     .expected = {{SMIMEGW_LINT_SIGNATURE_WEAK, E, E, E}},
     .text = "signed by its issuer with 1.2.3, which is not known here"},
    {.title = "SHA-1 of itself",
     .subject = B(CN("issuer.example.c")),
     .algorithm = B("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00"),
     .lacks_authority_key_id = true,
     .expected = {{SMIMEGW_LINT_SELF_SIGNED, N, N, N}, {SMIMEGW_LINT_FIELD_MISSING, N, N, N}},
     .text = "self-signed: only who was handed this certificate can trust it"},
    {.title = "SHA-1 of another key of the same name",
     .subject = B(CN("issuer.example.c")),
     .algorithm = B("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00"),
     .expected = {{SMIMEGW_LINT_SIGNATURE_WEAK, E, E, E},
                  {SMIMEGW_LINT_SELF_SIGNED, N, N, N},
                  {SMIMEGW_LINT_FIELD_MISSING, N, N, N}},
     .text = "signed by its issuer with RSA-SHA1: SHA-256 or better is needed"},
    /* [RFC8550-4.4.2] */
    {.title = "only to encrypt",
     .usage = B("\x03\x02\x05\x20"),
     .expected = {{SMIMEGW_LINT_USAGE_SIGN, E, 0, N},
                  {SMIMEGW_LINT_USAGE_NON_REPUDIATION, W, 0, N}},
     .text = "the key usage is keyEncipherment: digitalSignature is needed"},
    {.title = "no digitalSignature",
     .usage = B("\x03\x02\x05\x60"),
     .expected = {{SMIMEGW_LINT_USAGE_SIGN, W, 0, W}},
     .text = "the key usage lacks digitalSignature; nonRepudiation stands for it"},
    {.title = "no nonRepudiation",
     .usage = B("\x03\x02\x05\xa0"),
     .expected = {{SMIMEGW_LINT_USAGE_NON_REPUDIATION, W, 0, W}},
     .text = "the key usage lacks nonRepudiation"},
    {.title = "only to sign",
     .usage = B("\x03\x02\x06\xc0"),
     .expected = {{SMIMEGW_LINT_USAGE_ENCRYPT, 0, E, N}},
     .text = "the key usage is digitalSignature,nonRepudiation: keyEncipherment is needed"},
    {.title = "for nothing",
     .usage = B("\x03\x02\x01\x06"),
     .expected = {{SMIMEGW_LINT_USAGE_SIGN, E, 0, E},
                  {SMIMEGW_LINT_USAGE_ENCRYPT, 0, E, E},
                  {SMIMEGW_LINT_USAGE_NON_REPUDIATION, W, 0, W}},
     .text = "the key usage is keyCertSign,cRLSign: digitalSignature is needed"},
    {.title = "an empty usage",
     .usage = B("\x03\x02\x07\x00"),
     .expected = {{SMIMEGW_LINT_USAGE_SIGN, E, 0, E},
                  {SMIMEGW_LINT_USAGE_ENCRYPT, 0, E, E},
                  {SMIMEGW_LINT_USAGE_NON_REPUDIATION, W, 0, W}},
     .text = "the key usage is empty: digitalSignature is needed"},
    {.title = "no usage",
     .usage = ABSENT,
     .expected = {{SMIMEGW_LINT_USAGE_ABSENT, N, N, N}},
     .text = "no key usage: all uses are assumed"},
    /* [RFC8550-4.4.4] */
    {.title = "a server's",
     .purposes = B("\x30\x14" PURPOSE("\x01") PURPOSE("\x02")),
     .expected = {{SMIMEGW_LINT_PURPOSE, E, E, E}},
     .text = "the extended key usage is serverAuth,clientAuth: emailProtection is needed"},
    {.title = "no purpose",
     .purposes = ABSENT,
     .expected = {{SMIMEGW_LINT_PURPOSE_ABSENT, N, N, N}},
     .text = "no extended key usage: any purpose is assumed"},
    {.title = "no purpose of a domain",
     .purposes = ABSENT,
     .san = B(ADDRESS "\x82\x0b"
                      "example.com"),
     .expected = {{SMIMEGW_LINT_PURPOSE_ABSENT, W, N, W}},
     .text =
         "no extended key usage: without emailProtection by name it does not speak for its "
         "domains"},
    {.title = "any purpose",
     .purposes = B("\x30\x06" ANY_PURPOSE),
     .expected = {{SMIMEGW_LINT_PURPOSE_ANY, N, N, N}},
     .text = "the extended key usage allows any purpose"},
    {.title = "any purpose of a domain",
     .purposes = B("\x30\x10" PURPOSE("\x04") ANY_PURPOSE),
     .san = B(ADDRESS "\x82\x0b"
                      "example.com"),
     .expected = {{SMIMEGW_LINT_PURPOSE_ANY, W, N, W}},
     .text =
         "the extended key usage allows any purpose: so it does not speak for its domains"},
    {.title = "mixed purposes",
     .purposes = B("\x30\x14" PURPOSE("\x04") PURPOSE("\x03")),
     .expected = {{SMIMEGW_LINT_PURPOSE_MIXED, W, W, W}},
     .text = "the extended key usage has codeSigning beside emailProtection"},
    {.title = "mail and clients", .purposes = B("\x30\x14" PURPOSE("\x04") PURPOSE("\x02"))},
    {.title = "a CA's",
     .constraints = B("\x30\x03\x01\x01\xff"),
     .expected = {{SMIMEGW_LINT_CA, W, W, W}},
     .text = "the certificate of a CA: mail wants one of an end entity"},
    {.title = "odd and critical",
     .has_odd_critical = true,
     .expected = {{SMIMEGW_LINT_EXTENSION_CRITICAL, E, E, E}},
     .text = "a critical extension is not known here, or an extension is there twice"},
    /* [RFC5280-4.1.2.2] */
    {.title = "serial zero",
     .serial = B("\0"),
     .expected = {{SMIMEGW_LINT_SERIAL, W, W, W}},
     .text = "the serial number is zero: it must be positive"},
    {.title = "serial negative",
     .serial = B("\x80"
                 "234567890123456"),
     .expected = {{SMIMEGW_LINT_SERIAL, W, W, W}},
     .text = "the serial number is negative: it must be positive"},
    {.title = "serial of 20 octets", .serial = B("12345678901234567890")},
    {.title = "serial of 21 octets",
     .serial = B("123456789012345678901"),
     .expected = {{SMIMEGW_LINT_SERIAL, W, W, W}},
     .text = "the serial number has 21 octets: 20 are allowed"},
    {.title = "serial of 8 octets", .serial = B("12345678")},
    {.title = "serial of 7 octets",
     .serial = B("1234567"),
     .expected = {{SMIMEGW_LINT_SERIAL, N, N, N}},
     .text = "the serial number 31323334353637 is short of 64 random bits"},
    {.title = "version 1",
     .version = ABSENT,
     .lacks_extensions = true,
     .expected = {{SMIMEGW_LINT_VERSION_1, W, W, W},
                  {SMIMEGW_LINT_USAGE_ABSENT, N, N, N},
                  {SMIMEGW_LINT_PURPOSE_ABSENT, N, N, N},
                  {SMIMEGW_LINT_KEY_ID, N, N, N},
                  {SMIMEGW_LINT_NO_NAMES, E, W, E}},
     .text = "X.509 version 1: only version 3 tells what the key is for"},
    {.title = "no authority key identifier",
     .lacks_authority_key_id = true,
     .expected = {{SMIMEGW_LINT_KEY_ID, N, N, N}},
     .text = "no authority key identifier"},
    {.title = "no key identifiers",
     .lacks_authority_key_id = true,
     .lacks_subject_key_id = true,
     .expected = {{SMIMEGW_LINT_KEY_ID, N, N, N}},
     .text = "no subject and no authority key identifier"},
    {.title = "no names",
     .san = ABSENT,
     .expected = {{SMIMEGW_LINT_NO_NAMES, E, W, E}},
     .text = "neither a mail address nor a domain"},
    /* [RFC5280-4.2.1.6] */
    {.title = "a blank in the only address",
     .san = B("\x81\x05"
              "a @bc"),
     .expected = {{SMIMEGW_LINT_NO_NAMES, E, W, E}, {SMIMEGW_LINT_NAME_MALFORMED, W, W, W}},
     .text = "neither a mail address nor a domain"},
    {.title = "NUL in an address",
     .san = B(ADDRESS "\x81\x06"
                      "a@b.\0c"),
     .expected = {{SMIMEGW_LINT_NAME_MALFORMED, W, W, W}},
     .text = "the name \"a@b.\\x00c\" is malformed and never matches"},
    {.title = "a control in a domain",
     .san = B("\x82\x05"
              "a\x1b.bc" ADDRESS),
     .expected = {{SMIMEGW_LINT_NAME_MALFORMED, W, W, W}},
     .text = "the name \"a\\x1b.bc\" is malformed and never matches"},
    {.title = "a star in front of an address",
     .san = B(ADDRESS "\x81\x0d"
                      "*@example.com"),
     .expected = {{SMIMEGW_LINT_NAME_MALFORMED, W, W, W}},
     .text = "the name \"*@example.com\" is malformed and never matches"},
    {.title = "an address beyond ASCII with a blank",
     .san = B("\xa0\x1a\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x09\xa0\x0e\x0c\x0c"
              "\xc3\xbc @xample.c" ADDRESS),
     .expected = {{SMIMEGW_LINT_NAME_MALFORMED, W, W, W}},
     .text = "the name \"\xc3\xbc @xample.c\" is malformed and never matches"},
    {.title = "an address beyond ASCII",
     .san = B("\xa0\x1a\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x09\xa0\x0e\x0c\x0c"
              "\xc3\xbc@example.c" ADDRESS)},
    {.title = "others' names",
     .san = B("\xa0\x12\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03\xa0\x04\x0c\x02"
              "ab"
              "\x86\x03"
              "a:b" ADDRESS)},
    {.title = "an address of the subject that is repeated",
     .subject = B(FIELDS CN("mail.example.com") DN_EMAIL("ALICE@example.com"))},
    {.title = "an address of the subject that is not",
     .subject = B(FIELDS CN("mail.example.com") DN_EMAIL("carol@example.com")),
     .expected = {{SMIMEGW_LINT_ADDRESS_IN_SUBJECT, W, W, W}},
     .text = "the subject's address carol@example.com is not in the subjectAltName, which "
             "alone counts"},
    {.title = "an address of the subject alone",
     .san = ABSENT,
     .subject = B(FIELDS CN("mail.example.com") DN_EMAIL("carol@example.com")),
     .expected = {{SMIMEGW_LINT_ADDRESS_IN_SUBJECT, W, W, W}},
     .text = "the subject's address carol@example.com is not in the subjectAltName"},
    {.title = "a domain alone",
     .san = B("\x82\x0b"
              "example.com"),
     .expected = {{SMIMEGW_LINT_DOMAIN_OUTLOOK, 0, W, W}},
     .text = "a certificate of a domain, without a mail address: Outlook and others can't "
             "encrypt to it"},
    {.title = "strangers' domain",
     .san = B(ADDRESS "\x82\x07"
                      "*.co.uk"),
     .expected = {{SMIMEGW_LINT_DOMAIN_PUBLIC, W, W, W},
                  {SMIMEGW_LINT_DOMAIN_WILDCARD, N, N, N}},
     .text = "the domain *.co.uk is one under which strangers live"},
    {.title = "wildcard",
     .san = B(ADDRESS "\x82\x0d"
                      "*.example.com"),
     .expected = {{SMIMEGW_LINT_DOMAIN_WILDCARD, N, N, N}},
     .text = "the domain *.example.com covers one label below it, and not itself"},
    {.title = "no organisation",
     .subject = B(COUNTRY CITY CN("mail.example.com")),
     .expected = {{SMIMEGW_LINT_FIELD_MISSING, N, N, N}},
     .text = "the subject has no O, ST"},
    {.title = "a person",
     .subject = B(FIELDS CN5("Alice")),
     .expected = {{SMIMEGW_LINT_COMMON_NAME_FQDN, N, N, N}},
     .text = "the common name \"Alice\" is no fully qualified domain name"},
    {.title = "a wildcard as common name",
     .subject = B(FIELDS CN5("*.b.c")),
     .expected = {{SMIMEGW_LINT_COMMON_NAME_FQDN, N, N, N}},
     .text = "the common name \"*.b.c\" is no fully qualified domain name"},
    {.title = "a domain of one label",
     .san = B(ADDRESS "\x82\x04"
                      "mail"),
     .expected = {{SMIMEGW_LINT_DOMAIN_FQDN, W, W, W}},
     .text = "the domain \"mail\" is not fully qualified"},
    {.title = "a wildcard over one label",
     .san = B(ADDRESS "\x82\x05"
                      "*.com"),
     .expected = {{SMIMEGW_LINT_DOMAIN_FQDN, W, W, W}},
     .text = "the domain \"*.com\" is not fully qualified"},
    {.title = "an IP address as domain",
     .san = B(ADDRESS "\x82\x08"
                      "10.0.0.1"),
     .expected = {{SMIMEGW_LINT_DOMAIN_FQDN, W, W, W}},
     .text = "the domain \"10.0.0.1\" is not fully qualified"},
    {.title = "country of three letters",
     .subject = B(ATTRIBUTE("\x0c", "\x0a", "\x06",
                            "\x13\x03"
                            "DEU") STATE CITY ORGANISATION CN("mail.example.com")),
     .expected = {{SMIMEGW_LINT_COUNTRY, W, W, W}},
     .text = "the country \"DEU\" is not two letters"},
    {.title = "RSA 2049",
     .rsa_bits = 2049,
     .rsa_exponent = 65537,
     .expected = {{SMIMEGW_LINT_KEY_ODD_SIZE, W, W, W}},
     .text = "RSA-2049: the bits are no multiple of 8"},
    {.title = "RSA exponent 3",
     .rsa_bits = 2048,
     .rsa_exponent = 3,
     .expected = {{SMIMEGW_LINT_KEY_ODD_SIZE, N, N, N}},
     .text = "the RSA exponent has 2 bits: 65537 is what all others have"},
    {.title = "RSA 8200",
     .rsa_bits = 8200,
     .rsa_exponent = 65537,
     .expected = {{SMIMEGW_LINT_KEY_UNUSABLE, E, E, E}},
     .text = "RSA-8200: its numbers are of a size or a shape that is not computed with"},
    {.title = "RSA of an even exponent",
     .rsa_bits = 2048,
     .rsa_exponent = 65538,
     .expected = {{SMIMEGW_LINT_KEY_UNUSABLE, E, E, E}},
     .text = "RSA-2048: its numbers are of a size or a shape that is not computed with"},
};

#endif
