/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/verdict.h>
#include <string.h>

#include "base/text.h"
#include "pki/cert/extension.h"
#include "pki/lint/lint_impl.h"
#include "pki/path/path.h"

enum { DAY = 86400, SOON_DAYS = 30, VALIDITY_DAYS_MAX = 1185 };
enum { SERIAL_SIZE_MIN = 8, SERIAL_SIZE_MAX = 20 };

struct date {
    char text[SGW_TIME_TEXT_SIZE];
};

/* The day alone, as in "2025-01-01". */
static const char *date_of(struct date *date, int64_t time)
{
    sgw_time_text(time, date->text);
    char *clock = strchr(date->text, 'T');
    if (clock != NULL)
        *clock = '\0';
    return date->text;
}

void sgw_lint_expired(struct sgw_lint_run *run)
{
    struct date date;
    if (run->time > run->cert->not_after)
        sgw_lint_find(run, "expired on %s", date_of(&date, run->cert->not_after));
}

void sgw_lint_not_yet(struct sgw_lint_run *run)
{
    struct date date;
    if (run->time < run->cert->not_before)
        sgw_lint_find(run, "not valid before %s", date_of(&date, run->cert->not_before));
}

void sgw_lint_expires_soon(struct sgw_lint_run *run)
{
    struct date date;
    int64_t left = run->cert->not_after - run->time;
    if (left >= 0 && left <= (int64_t)SOON_DAYS * DAY)
        sgw_lint_find(run, "expires on %s: %d days are left",
                      date_of(&date, run->cert->not_after), (int)(left / DAY));
}

void sgw_lint_long_validity(struct sgw_lint_run *run)
{
    /* both ends count */
    int64_t span = run->cert->not_after - run->cert->not_before + 1;
    if (span > (int64_t)VALIDITY_DAYS_MAX * DAY)
        sgw_lint_find(run, "valid for %lld days: public CAs may issue for %d at most",
                      (long long)(span / DAY), VALIDITY_DAYS_MAX);
}

void sgw_lint_self_signed(struct sgw_lint_run *run)
{
    if (sgw_cert_is_self_issued(run->cert))
        sgw_lint_find(run, "self-signed: only who was handed this certificate can trust it");
}

/* Who can make a certificate under its own CA's name has not signed it with its own key. */
static bool is_self_signed(const struct smimegw_cert *cert)
{
    return sgw_cert_is_self_issued(cert) &&
           gnutls_x509_crt_check_issuer(cert->crt, cert->crt) != 0;
}

/* A self-signed certificate is trusted for itself, not for its signature. */
void sgw_lint_signature_weak(struct sgw_lint_run *run)
{
    int reason = sgw_path_digest_reason(run->cert);
    if (is_self_signed(run->cert) || reason == SMIMEGW_REASON_OK)
        return;
    sgw_lint_find(run, "signed by its issuer with %s%s",
                  smimegw_cert_text(run->cert, SMIMEGW_CERT_SIGNATURE),
                  reason == SMIMEGW_REASON_ALGORITHM_WEAK ? ": SHA-256 or better is needed"
                                                          : ", which is not known here");
}

void sgw_lint_ca(struct sgw_lint_run *run)
{
    if (run->cert->is_ca)
        sgw_lint_find(run, "the certificate of a CA: mail wants one of an end entity");
}

void sgw_lint_extension_critical(struct sgw_lint_run *run)
{
    if (!sgw_extensions_are_known(run->cert))
        sgw_lint_find(
            run, "a critical extension is not known here, or an extension is there twice");
}

/* [RFC5280-4.1.2.2] */
void sgw_lint_serial_wrong(struct sgw_lint_run *run)
{
    const struct smimegw_cert *cert = run->cert;
    bool is_zero = cert->serial_size == 1 && cert->serial[0] == 0;
    if (is_zero || (cert->serial[0] & 0x80) != 0)
        sgw_lint_find(run, "the serial number is %s: it must be positive",
                      is_zero ? "zero" : "negative");
    else if (cert->serial_size > SERIAL_SIZE_MAX)
        sgw_lint_find(run, "the serial number has %zu octets: %d are allowed",
                      cert->serial_size, SERIAL_SIZE_MAX);
}

/* Of 64 random bits the first ones may be zeros: shorter by an octet happens in one of 256. */
void sgw_lint_serial_short(struct sgw_lint_run *run)
{
    const struct smimegw_cert *cert = run->cert;
    bool is_zero = cert->serial_size == 1 && cert->serial[0] == 0;
    if (!is_zero && (cert->serial[0] & 0x80) == 0 && cert->serial_size < SERIAL_SIZE_MIN)
        sgw_lint_find(run, "the serial number %s is short of 64 random bits",
                      smimegw_cert_text(cert, SMIMEGW_CERT_SERIAL));
}

void sgw_lint_version(struct sgw_lint_run *run)
{
    if (run->cert->version < 3)
        sgw_lint_find(run, "X.509 version %d: only version 3 tells what the key is for",
                      run->cert->version);
}

/* Who issued the certificate itself needs no key identifier to be found. */
void sgw_lint_key_id(struct sgw_lint_run *run)
{
    bool lacks_authority =
        !run->cert->has_authority_key_id && !sgw_cert_is_self_issued(run->cert);
    bool lacks_subject = run->cert->ski_size == 0;
    if (lacks_authority || lacks_subject)
        sgw_lint_find(run, "no %s key identifier",
                      !lacks_authority ? "subject"
                      : !lacks_subject ? "authority"
                                       : "subject and no authority");
}
