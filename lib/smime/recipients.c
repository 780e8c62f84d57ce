/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "smime/recipients.h"

#include "base/error_impl.h"

/* What a finding means for a recipient, where the rule is less than required. */
static bool is_refused(const struct sgw_trust_finding *finding, int rule)
{
    if (finding->reason == SMIMEGW_REASON_CERT_DENIED ||
        finding->reason == SMIMEGW_REASON_CERT_REVOKED)
        return true;
    return rule == SGW_REVOCATION_REQUIRED && finding->reason != SMIMEGW_REASON_OK;
}

static int check_one(const struct sgw_context *context, const struct smimegw_cert *cert,
                     size_t number, struct smimegw_error **ret_error)
{
    const struct sgw_trust_query query = {
        .cert = cert,
        .use = SMIMEGW_USE_ENCRYPT,
        .time = context->time,
        .revocation_rule = context->revocation_rule,
    };
    struct sgw_trust_finding finding;
    const char *meaning;
    int ret = sgw_trust_check(context->trust, &query, &finding, ret_error);
    if (ret < 0 || !is_refused(&finding, context->revocation_rule))
        return ret;
    smimegw_reason_name(finding.reason, &meaning);
    return sgw_fail(ret_error,
                    finding.reason == SMIMEGW_REASON_CERT_REVOCATION_UNKNOWN
                        ? SMIMEGW_E_REVOCATION
                        : SMIMEGW_E_RECIPIENT,
                    "recipient %zu (%s): %s", number,
                    smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT), meaning);
}

int sgw_recipients_check(const struct sgw_context *context, const struct sgw_parties *parties,
                         struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    if (context->trust == NULL ||
        (context->revocation_rule == SGW_REVOCATION_OFF && !sgw_trust_denies(context->trust)))
        return SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < parties->recipient_count; i++)
        ret = check_one(context, parties->recipients[i], i + 1, ret_error);
    return ret;
}
