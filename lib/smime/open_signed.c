/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "cms/preference.h"
#include "pki/cert/names.h"
#include "smime/layer.h"
#include "stream/sink.h"

/* --- the sender ----------------------------------------------------------------------------
 */

/* Is the signer the From? [RFC8550-3]. */
static int judge_sender(const struct sgw_sender *sender,
                        const struct sgw_signer_finding *finding)
{
    const struct smimegw_cert *cert = finding->cert;
    if (!sender->is_checked)
        return SMIMEGW_REASON_OK;
    if (sender->state != SGW_SENDER_ONE)
        return SMIMEGW_REASON_FROM_AMBIGUOUS;
    if (sgw_cert_has_address(cert, sgw_buf_text(&sender->address), sender->address.size))
        return SMIMEGW_REASON_OK;
    if (sgw_cert_speaks_for(cert, sgw_buf_text(&sender->address), sender->address.size))
        return finding->speaks_for_domains ? SMIMEGW_REASON_OK
               : finding->is_pin_unknown   ? SMIMEGW_REASON_CERT_LOOKUP
                                           : SMIMEGW_REASON_FROM_DOMAIN;
    if (sender->sender_field.size > 0 &&
        sgw_cert_has_address(cert, sgw_buf_text(&sender->sender_field),
                             sender->sender_field.size))
        return SMIMEGW_REASON_FROM_SENDER_ONLY;
    return SMIMEGW_REASON_FROM_MISMATCH;
}

/* --- texts ---------------------------------------------------------------------------------
 */

static int put_sentence(struct sgw_verdict_signer *signer)
{
    const char *meaning;
    const char *addresses = "";
    const char *subject = "unknown signer";
    bool is_pass = signer->reason == SMIMEGW_REASON_OK;
    smimegw_reason_name(signer->reason, &meaning);
    if (signer->cert != NULL) {
        subject = smimegw_cert_text(signer->cert, SMIMEGW_CERT_SUBJECT);
        addresses = smimegw_cert_text(signer->cert, SMIMEGW_CERT_ADDRESSES);
    }
    return sgw_buf_printf(&signer->texts[SMIMEGW_SIGNER_TEXT], "%s%s%s%s: %s", subject,
                          addresses[0] != '\0' ? " <" : "", addresses,
                          addresses[0] != '\0' ? ">" : "", is_pass ? "passed" : meaning);
}

static int describe_signer(const struct sgw_signer_info *info,
                           const struct sgw_signer_finding *finding,
                           struct sgw_verdict_signer *signer)
{
    char time[SGW_TIME_TEXT_SIZE] = "";
    const struct sgw_digest_row *digest = sgw_digest_by_id(sgw_signer_digest(info));
    if (finding->has_signing_time)
        sgw_time_text(finding->signing_time, time);
    int ret = sgw_put_id(&signer->texts[SMIMEGW_SIGNER_ID], info->is_key_id, &info->issuer,
                         &info->serial, &info->key_id);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append_text(&signer->texts[SMIMEGW_SIGNER_DIGEST],
                                  digest != NULL ? digest->name : "unknown");
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append_text(&signer->texts[SMIMEGW_SIGNER_SIGNATURE],
                                  sgw_scheme_name(finding->algorithm.scheme));
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append_text(&signer->texts[SMIMEGW_SIGNER_SIGNING_TIME], time);
    return ret == SMIMEGW_OK ? put_sentence(signer) : ret;
}

/* --- signers -------------------------------------------------------------------------------
 */

static int judge_signer(const struct sgw_opening *opening, const struct sgw_judge *judge,
                        const struct sgw_signer_info *info, struct sgw_digest_stage *digests,
                        struct sgw_verdict_signer *signer, struct smimegw_error **ret_error)
{
    uint8_t digest[SGW_HASH_SIZE_MAX] = {0};
    struct sgw_signer_finding finding;
    enum sgw_hash_id hash = sgw_signer_digest(info);
    bool has_digest =
        hash != SGW_HASH_NONE && sgw_digest_stage_get(digests, hash, digest) == SMIMEGW_OK;
    int ret = sgw_signer_judge(judge, info, digest, &finding, ret_error);
    if (ret < 0) {
        sgw_signer_finding_clear(&finding);
        return ret;
    }
    if (finding.reason == SMIMEGW_REASON_OK && !has_digest)
        finding.reason = SMIMEGW_REASON_DIGEST_MISMATCH;
    if (finding.reason == SMIMEGW_REASON_OK)
        finding.reason = judge_sender(opening->sender, &finding);
    signer->reason = finding.reason;
    signer->cert = finding.cert;
    signer->has_signing_time = finding.has_signing_time;
    signer->signing_time = finding.signing_time;
    signer->is_pinned = finding.is_pinned;
    ret = sgw_preference_judge(judge, &finding, &signer->preferred, &signer->is_preference_odd,
                               ret_error);
    if (ret < 0)
        return ret;
    ret = describe_signer(info, &finding, signer);
    if (ret == SMIMEGW_OK && finding.reason == SMIMEGW_REASON_OK)
        ret = sgw_buf_append(&signer->capabilities, finding.capabilities.start,
                             finding.capabilities.total);
    return ret < 0 ? sgw_fail(ret_error, ret, "verdict") : SMIMEGW_OK;
}

/* With several signers, the one who is the From speaks for it (AC-8). */
static bool has_sender(const struct sgw_verdict_layer *layer)
{
    for (size_t i = 0; i < layer->signer_count; i++)
        if (layer->signers[i].reason == SMIMEGW_REASON_OK)
            return true;
    return false;
}

static void conclude(const struct sgw_context *context, struct sgw_verdict_layer *layer)
{
    bool is_spoken_for = context->allows_many_signers && has_sender(layer);
    layer->reason = layer->signer_count > 0 ? SMIMEGW_REASON_OK : SMIMEGW_REASON_NO_SIGNERS;
    if (layer->signer_count > 1 && !context->allows_many_signers)
        layer->reason = SMIMEGW_REASON_MANY_SIGNERS;
    for (size_t i = 0; i < layer->signer_count; i++) {
        int reason = layer->signers[i].reason;
        if (is_spoken_for && reason == SMIMEGW_REASON_FROM_MISMATCH)
            continue;
        if (sgw_outcome_is_worse(sgw_outcome_of(reason), sgw_outcome_of(layer->reason)))
            layer->reason = reason;
    }
    layer->outcome = sgw_outcome_of(layer->reason);
}

static int judge_all(const struct sgw_opening *opening, const struct sgw_framing *framing,
                     const struct sgw_signed_data *signed_data,
                     struct sgw_digest_stage *digests, struct sgw_verdict_layer *verdict,
                     struct smimegw_error **ret_error)
{
    const struct sgw_judge judge = {
        .framing = framing,
        .signed_data = signed_data,
        .trust = opening->context->trust,
        .pins = opening->context->pins,
        .from = opening->sender->state == SGW_SENDER_ONE ? &opening->sender->address : NULL,
        .revocation_rule = opening->context->revocation_rule,
        .operations = opening->operations,
        .time = opening->context->time,
        .skew = opening->context->skew,
    };
    verdict->signers = sgw_calloc(signed_data->count, sizeof(*verdict->signers));
    if (verdict->signers == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "verdict");
    for (size_t i = 0; i < signed_data->count; i++) {
        verdict->signer_count = i + 1;
        int ret = judge_signer(opening, &judge, &signed_data->signers[i], digests,
                               &verdict->signers[i], ret_error);
        if (ret < 0)
            return ret;
    }
    conclude(opening->context, verdict);
    return SMIMEGW_OK;
}

int sgw_judge_signers(const struct sgw_opening *opening, const struct sgw_framing *framing,
                      struct sgw_digest_stage *digests, struct sgw_verdict_layer *verdict,
                      struct smimegw_error **ret_error)
{
    struct sgw_signed_data signed_data = {0};
    int ret = sgw_signed_read(framing, &opening->context->limits, &signed_data, ret_error);
    if (ret < 0)
        return ret;
    if (signed_data.count == 0 && !framing->has_content &&
        verdict->kind == SMIMEGW_LAYER_SIGNED_OPAQUE) {
        verdict->kind = SMIMEGW_LAYER_CERTS_ONLY; /* [RFC8551-3.8] */
        sgw_signed_clear(&signed_data);
        return SMIMEGW_OK;
    }
    ret = judge_all(opening, framing, &signed_data, digests, verdict, ret_error);
    sgw_signed_clear(&signed_data);
    return ret;
}
