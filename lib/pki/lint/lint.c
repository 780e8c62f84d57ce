/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/lint/lint_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "pki/cert/names.h"

enum { SENTENCE_SIZE = 512 };

enum { NOTE = SMIMEGW_LINT_NOTE, WARNING = SMIMEGW_LINT_WARNING, ERROR = SMIMEGW_LINT_ERROR };

/* A code may have several rows, of which one fires: how bad it is depends on more than the
 * use. An error is what our own rules of path and use refuse. */
struct sgw_lint_rule {
    int code;
    int sign; /* severity by use; 0: nothing to say */
    int encrypt;
    sgw_lint_check_fn check;
};

static const struct sgw_lint_rule rules[] = {
    {SMIMEGW_LINT_EXPIRED, ERROR, ERROR, sgw_lint_expired},
    {SMIMEGW_LINT_NOT_YET, ERROR, ERROR, sgw_lint_not_yet},
    {SMIMEGW_LINT_EXPIRES_SOON, WARNING, WARNING, sgw_lint_expires_soon},
    {SMIMEGW_LINT_LONG_VALIDITY, NOTE, NOTE, sgw_lint_long_validity},
    {SMIMEGW_LINT_KEY_WEAK, ERROR, ERROR, sgw_lint_key_weak},
    {SMIMEGW_LINT_KEY_UNUSABLE, ERROR, ERROR, sgw_lint_key_unusable},
    {SMIMEGW_LINT_KEY_UNUSABLE, 0, ERROR, sgw_lint_key_only_signs},
    {SMIMEGW_LINT_KEY_ODD_SIZE, WARNING, WARNING, sgw_lint_key_odd_bits},
    {SMIMEGW_LINT_KEY_ODD_SIZE, NOTE, NOTE, sgw_lint_key_small_exponent},
    {SMIMEGW_LINT_KEY_EXCHANGE_ONLY, ERROR, WARNING, sgw_lint_key_exchange_only},
    {SMIMEGW_LINT_SIGNATURE_WEAK, ERROR, ERROR, sgw_lint_signature_weak},
    {SMIMEGW_LINT_USAGE_SIGN, ERROR, 0, sgw_lint_usage_sign},
    {SMIMEGW_LINT_USAGE_SIGN, WARNING, 0, sgw_lint_usage_half_sign},
    {SMIMEGW_LINT_USAGE_NON_REPUDIATION, WARNING, 0, sgw_lint_usage_non_repudiation},
    {SMIMEGW_LINT_USAGE_ENCRYPT, 0, ERROR, sgw_lint_usage_encrypt},
    {SMIMEGW_LINT_USAGE_ABSENT, NOTE, NOTE, sgw_lint_usage_absent},
    {SMIMEGW_LINT_PURPOSE, ERROR, ERROR, sgw_lint_purpose},
    {SMIMEGW_LINT_PURPOSE_ABSENT, NOTE, NOTE, sgw_lint_purpose_absent},
    {SMIMEGW_LINT_PURPOSE_ABSENT, WARNING, NOTE, sgw_lint_purpose_absent_domain},
    {SMIMEGW_LINT_PURPOSE_ANY, NOTE, NOTE, sgw_lint_purpose_any},
    {SMIMEGW_LINT_PURPOSE_ANY, WARNING, NOTE, sgw_lint_purpose_any_domain},
    {SMIMEGW_LINT_PURPOSE_MIXED, WARNING, WARNING, sgw_lint_purpose_mixed},
    {SMIMEGW_LINT_CA, WARNING, WARNING, sgw_lint_ca},
    {SMIMEGW_LINT_SELF_SIGNED, NOTE, NOTE, sgw_lint_self_signed},
    {SMIMEGW_LINT_EXTENSION_CRITICAL, ERROR, ERROR, sgw_lint_extension_critical},
    {SMIMEGW_LINT_SERIAL, WARNING, WARNING, sgw_lint_serial_wrong},
    {SMIMEGW_LINT_SERIAL, NOTE, NOTE, sgw_lint_serial_short},
    {SMIMEGW_LINT_VERSION_1, WARNING, WARNING, sgw_lint_version},
    {SMIMEGW_LINT_KEY_ID, NOTE, NOTE, sgw_lint_key_id},
    {SMIMEGW_LINT_NO_NAMES, ERROR, WARNING, sgw_lint_no_names},
    {SMIMEGW_LINT_NAME_MALFORMED, WARNING, WARNING, sgw_lint_name_malformed},
    {SMIMEGW_LINT_ADDRESS_IN_SUBJECT, WARNING, WARNING, sgw_lint_address_in_subject},
    {SMIMEGW_LINT_DOMAIN_OUTLOOK, 0, WARNING, sgw_lint_domain_outlook},
    {SMIMEGW_LINT_DOMAIN_PUBLIC, WARNING, WARNING, sgw_lint_domain_public},
    {SMIMEGW_LINT_DOMAIN_WILDCARD, NOTE, NOTE, sgw_lint_domain_wildcard},
    {SMIMEGW_LINT_FIELD_MISSING, NOTE, NOTE, sgw_lint_field_missing},
    {SMIMEGW_LINT_COMMON_NAME_FQDN, NOTE, NOTE, sgw_lint_common_name},
    {SMIMEGW_LINT_DOMAIN_FQDN, WARNING, WARNING, sgw_lint_domain_qualified},
    {SMIMEGW_LINT_COUNTRY, WARNING, WARNING, sgw_lint_country},
};
enum { RULES = sizeof(rules) / sizeof(rules[0]) };

struct finding {
    int code;
    int severity;
    size_t text; /* where the sentence starts */
};

struct smimegw_lint {
    struct sgw_buf texts; /* sentences, each with its NUL */
    size_t count;
    struct finding findings[RULES];
};

static int severity_of(const struct sgw_lint_run *run)
{
    int sign = (run->use & SMIMEGW_USE_SIGN) != 0 ? run->rule->sign : 0;
    int encrypt = (run->use & SMIMEGW_USE_ENCRYPT) != 0 ? run->rule->encrypt : 0;
    int severity = sign > encrypt ? sign : encrypt;
    return severity == 0 && run->is_any ? NOTE : severity;
}

void sgw_lint_find(struct sgw_lint_run *run, const char *format, ...)
{
    char raw[SENTENCE_SIZE];
    char text[SENTENCE_SIZE];
    struct smimegw_lint *lint = run->lint;
    int severity = severity_of(run);
    if (severity == 0 || run->result < 0)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    sgw_text_escape(raw, text, sizeof(text));
    /* worst first; the codes come in their order */
    size_t place = lint->count;
    while (place > 0 && lint->findings[place - 1].severity < severity)
        place--;
    size_t start = lint->texts.size;
    run->result = sgw_buf_append(&lint->texts, text, strlen(text) + 1);
    if (run->result < 0)
        return;
    memmove(&lint->findings[place + 1], &lint->findings[place],
            (lint->count - place) * sizeof(lint->findings[0]));
    lint->findings[place] = (struct finding){run->rule->code, severity, start};
    lint->count++;
}

const char *sgw_lint_value(struct sgw_lint_value *value, const void *data, size_t size)
{
    enum { MARK = sizeof("\\x00") - 1 };
    const uint8_t *bytes = data;
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (used + MARK + sizeof("...") > sizeof(value->text)) {
            /* not in the middle of a character */
            while (used > 0 && i > 0 && (bytes[i] & 0xc0) == 0x80) {
                used--;
                i--;
            }
            memcpy(value->text + used, "...", sizeof("..."));
            return value->text;
        }
        if (bytes[i] != 0)
            value->text[used++] = (char)bytes[i];
        else {
            memcpy(value->text + used, "\\x00", MARK);
            used += MARK;
        }
    }
    value->text[used] = '\0';
    return value->text;
}

/* Where no use is named, the uses that the certificate allows are meant; none: both. */
static unsigned int allowed_uses(const struct smimegw_cert *cert)
{
    unsigned int use = 0;
    if (sgw_cert_why_not_sign(cert) == NULL)
        use |= SMIMEGW_USE_SIGN;
    if (sgw_cert_why_not_encrypt(cert) == NULL)
        use |= SMIMEGW_USE_ENCRYPT;
    return use != 0 ? use : SMIMEGW_USE_SIGN | SMIMEGW_USE_ENCRYPT;
}

static void count_names(struct sgw_lint_run *run)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    sgw_name_walk_init(&walk, run->cert);
    while (sgw_name_next(&walk, &name)) {
        run->has_domain = run->has_domain || name.kind == SGW_NAME_DOMAIN;
        run->has_address = run->has_address || name.kind == SGW_NAME_ADDRESS;
    }
    run->has_mailbox = walk.has_mailbox;
}

int smimegw_cert_lint(const struct smimegw_cert *cert, unsigned int use, int64_t when,
                      struct smimegw_lint **ret_lint, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(cert != NULL, ret_error);
    SGW_REQUIRE((use & ~(unsigned int)(SMIMEGW_USE_SIGN | SMIMEGW_USE_ENCRYPT)) == 0,
                ret_error);
    SGW_REQUIRE(ret_lint != NULL, ret_error);
    struct sgw_lint_run run = {.cert = cert,
                               .use = use != 0 ? use : allowed_uses(cert),
                               .is_any = use == 0,
                               .time = when < 0 ? (int64_t)time(NULL) : when};
    run.lint = sgw_calloc(1, sizeof(*run.lint));
    if (run.lint == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "findings");
    count_names(&run);
    for (size_t i = 0; i < RULES && run.result == SMIMEGW_OK; i++) {
        run.rule = &rules[i];
        rules[i].check(&run);
    }
    if (run.result < 0) {
        smimegw_lint_free(run.lint);
        return sgw_fail(ret_error, run.result, "findings");
    }
    *ret_lint = run.lint;
    return SMIMEGW_OK;
}

size_t smimegw_lint_count(const struct smimegw_lint *lint)
{
    return lint != NULL ? lint->count : 0;
}

int smimegw_lint_code(const struct smimegw_lint *lint, size_t index)
{
    return index < smimegw_lint_count(lint) ? lint->findings[index].code : 0;
}

int smimegw_lint_severity(const struct smimegw_lint *lint, size_t index)
{
    return index < smimegw_lint_count(lint) ? lint->findings[index].severity : 0;
}

const char *smimegw_lint_text(const struct smimegw_lint *lint, size_t index)
{
    return index < smimegw_lint_count(lint)
               ? (const char *)lint->texts.data + lint->findings[index].text
               : "";
}

void smimegw_lint_free(struct smimegw_lint *lint)
{
    if (lint == NULL)
        return;
    sgw_buf_clear(&lint->texts);
    sgw_free(lint);
}
