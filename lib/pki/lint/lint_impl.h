/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_LINT_IMPL_H
#define SGW_PKI_LINT_IMPL_H

#include <smimegw/lint.h>

#include "pki/cert/cert_impl.h"

struct sgw_lint_rule;

/* One run of all rules over a certificate. */
struct sgw_lint_run {
    const struct smimegw_cert *cert;
    unsigned int use; /* members of enum smimegw_cert_use; never 0 */
    bool is_any;      /* the caller named no use: what the certificate can't do is a note */
    bool has_domain;  /* a SAN domain that may be compared */
    bool has_address; /* a mail address that may be compared */
    bool has_mailbox; /* the SAN has one, be it malformed */
    int64_t time;
    const struct sgw_lint_rule *rule; /* at work now */
    struct smimegw_lint *lint;
    int result; /* the first failure sticks */
};

/* Looks at the certificate, and calls sgw_lint_find() once at most. */
typedef void (*sgw_lint_check_fn)(struct sgw_lint_run *run);

/* A finding of the rule at work, of the severity that its use gives it; a sentence without its
 * full stop. Bytes of the certificate go through sgw_lint_value(). */
void sgw_lint_find(struct sgw_lint_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes of a certificate for a sentence: cut, and NUL made visible. */
struct sgw_lint_value {
    char text[160];
};
const char *sgw_lint_value(struct sgw_lint_value *value, const void *data, size_t size);

/* lint_rules.c */
void sgw_lint_expired(struct sgw_lint_run *run);
void sgw_lint_not_yet(struct sgw_lint_run *run);
void sgw_lint_expires_soon(struct sgw_lint_run *run);
void sgw_lint_long_validity(struct sgw_lint_run *run);
void sgw_lint_self_signed(struct sgw_lint_run *run);
void sgw_lint_signature_weak(struct sgw_lint_run *run);
void sgw_lint_ca(struct sgw_lint_run *run);
void sgw_lint_extension_critical(struct sgw_lint_run *run);
void sgw_lint_serial_wrong(struct sgw_lint_run *run);
void sgw_lint_serial_short(struct sgw_lint_run *run);
void sgw_lint_version(struct sgw_lint_run *run);
void sgw_lint_key_id(struct sgw_lint_run *run);

/* lint_uses.c */
void sgw_lint_key_weak(struct sgw_lint_run *run);
void sgw_lint_key_unusable(struct sgw_lint_run *run);
void sgw_lint_key_only_signs(struct sgw_lint_run *run);
void sgw_lint_key_odd_bits(struct sgw_lint_run *run);
void sgw_lint_key_small_exponent(struct sgw_lint_run *run);
void sgw_lint_key_exchange_only(struct sgw_lint_run *run);
void sgw_lint_usage_sign(struct sgw_lint_run *run);
void sgw_lint_usage_half_sign(struct sgw_lint_run *run);
void sgw_lint_usage_non_repudiation(struct sgw_lint_run *run);
void sgw_lint_usage_encrypt(struct sgw_lint_run *run);
void sgw_lint_usage_absent(struct sgw_lint_run *run);
void sgw_lint_purpose(struct sgw_lint_run *run);
void sgw_lint_purpose_absent(struct sgw_lint_run *run);
void sgw_lint_purpose_absent_domain(struct sgw_lint_run *run);
void sgw_lint_purpose_any(struct sgw_lint_run *run);
void sgw_lint_purpose_any_domain(struct sgw_lint_run *run);
void sgw_lint_purpose_mixed(struct sgw_lint_run *run);

/* lint_names.c */
void sgw_lint_no_names(struct sgw_lint_run *run);
void sgw_lint_name_malformed(struct sgw_lint_run *run);
void sgw_lint_address_in_subject(struct sgw_lint_run *run);
void sgw_lint_domain_outlook(struct sgw_lint_run *run);
void sgw_lint_domain_public(struct sgw_lint_run *run);
void sgw_lint_domain_wildcard(struct sgw_lint_run *run);
void sgw_lint_field_missing(struct sgw_lint_run *run);
void sgw_lint_common_name(struct sgw_lint_run *run);
void sgw_lint_domain_qualified(struct sgw_lint_run *run);
void sgw_lint_country(struct sgw_lint_run *run);

#endif
