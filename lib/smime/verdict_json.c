/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/buffer_impl.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "smime/verdict_impl.h"

/* The three members that every judged thing has; they come first. */
static int put_judgement(struct sgw_buf *json, int outcome, int reason)
{
    const char *meaning;
    const char *name = smimegw_reason_name(reason, &meaning);
    return sgw_buf_printf(json, "\"outcome\":\"%s\",\"reason\":\"%s\",\"meaning\":\"%s\"",
                          smimegw_outcome_name(outcome), name, meaning);
}

static int put_signer(struct sgw_buf *json, const struct sgw_verdict_signer *signer)
{
    static const struct {
        const char *name;
        int field;
    } cert_members[] = {
        {"subject", SMIMEGW_CERT_SUBJECT},         {"issuer", SMIMEGW_CERT_ISSUER},
        {"serial", SMIMEGW_CERT_SERIAL},           {"addresses", SMIMEGW_CERT_ADDRESSES},
        {"domains", SMIMEGW_CERT_DOMAINS},         {"key", SMIMEGW_CERT_KEY},
        {"fingerprint", SMIMEGW_CERT_FINGERPRINT}, {"not_before", SMIMEGW_CERT_NOT_BEFORE},
        {"not_after", SMIMEGW_CERT_NOT_AFTER},
    };
    static const char *const text_members[SGW_SIGNER_TEXTS] = {
        [SMIMEGW_SIGNER_ID] = "id",
        [SMIMEGW_SIGNER_DIGEST] = "digest",
        [SMIMEGW_SIGNER_SIGNATURE] = "signature",
        [SMIMEGW_SIGNER_SIGNING_TIME] = "signing_time",
        [SMIMEGW_SIGNER_TEXT] = "text",
    };
    int ret = sgw_buf_append_text(json, "{");
    ret = SGW_STEP(ret, put_judgement(json, sgw_outcome_of(signer->reason), signer->reason));
    for (int i = 1; i < SGW_SIGNER_TEXTS; i++)
        ret = SGW_STEP(
            ret, sgw_json_member(json, text_members[i], sgw_buf_text(&signer->texts[i])));
    for (size_t i = 0; i < sizeof(cert_members) / sizeof(cert_members[0]); i++)
        if (signer->cert != NULL)
            ret = SGW_STEP(
                ret, sgw_json_member(json, cert_members[i].name,
                                     smimegw_cert_text(signer->cert, cert_members[i].field)));
    return SGW_STEP(ret, sgw_buf_append_text(json, "}"));
}

static int put_recipient(struct sgw_buf *json, const struct sgw_verdict_recipient *recipient)
{
    int ret = sgw_buf_printf(json, "{\"ours\":%s", recipient->is_ours ? "true" : "false");
    ret = SGW_STEP(ret, sgw_json_member(json, "id", sgw_buf_text(&recipient->id)));
    ret = SGW_STEP(ret, sgw_json_member(json, "algorithm", recipient->algorithm));
    return SGW_STEP(ret, sgw_buf_append_text(json, "}"));
}

/* A cipher, and whether it proves that nobody changed what it hides (EFAIL). */
static int put_cipher(struct sgw_buf *json, const struct sgw_verdict_layer *layer)
{
    bool is_aead = layer->kind == SMIMEGW_LAYER_AUTH_ENVELOPED;
    int ret =
        sgw_json_member(json, "cipher", sgw_buf_text(&layer->texts[SMIMEGW_LAYER_CIPHER]));
    return SGW_STEP(ret, sgw_json_member(json, "integrity", is_aead ? "aead" : "none"));
}

int sgw_layer_json(const struct sgw_verdict_layer *layer, struct sgw_buf *json)
{
    int ret = sgw_buf_printf(json, "\"kind\":\"%s\",", sgw_layer_kind_name(layer->kind));
    ret = SGW_STEP(ret, put_judgement(json, layer->outcome, layer->reason));
    ret = SGW_STEP(
        ret, sgw_json_member(json, "text", sgw_buf_text(&layer->texts[SMIMEGW_LAYER_TEXT])));
    if (layer->texts[SMIMEGW_LAYER_CIPHER].size > 0)
        ret = SGW_STEP(ret, put_cipher(json, layer));
    ret = SGW_STEP(ret, sgw_buf_append_text(json, ",\"recipients\":["));
    for (size_t i = 0; i < layer->recipient_count; i++) {
        ret = i > 0 ? SGW_STEP(ret, sgw_buf_append_text(json, ",")) : ret;
        ret = SGW_STEP(ret, put_recipient(json, &layer->recipients[i]));
    }
    ret = SGW_STEP(ret, sgw_buf_append_text(json, "],\"signers\":["));
    for (size_t i = 0; i < layer->signer_count; i++) {
        ret = i > 0 ? SGW_STEP(ret, sgw_buf_append_text(json, ",")) : ret;
        ret = SGW_STEP(ret, put_signer(json, &layer->signers[i]));
    }
    return SGW_STEP(ret, sgw_buf_append_text(json, "]"));
}

/* A member that is left out where nothing is known. */
static int put_truth(struct sgw_buf *json, const char *name, enum sgw_truth truth)
{
    if (truth == SGW_UNKNOWN)
        return SMIMEGW_OK;
    return sgw_buf_printf(json, ",\"%s\":%s", name, truth == SGW_YES ? "true" : "false");
}

/* Names and states; never a value, which may be secret. */
static int put_headers(struct sgw_buf *json, const struct smimegw_verdict *verdict)
{
    static const char *const kinds[] = {[SMIMEGW_HEADERS_CLEAR] = "clear",
                                        [SMIMEGW_HEADERS_CIPHER] = "cipher",
                                        [SMIMEGW_HEADERS_WRAPPED] = "wrapped"};
    static const char *const protections[] = {[SMIMEGW_PROTECTION_NONE] = "unprotected",
                                              [SMIMEGW_PROTECTION_SIGNED] = "signed",
                                              [SMIMEGW_PROTECTION_ENCRYPTED] = "encrypted",
                                              [SMIMEGW_PROTECTION_SIGNED_ENCRYPTED] =
                                                  "signed-and-encrypted"};
    static const char *const outsides[] = {
        [SMIMEGW_OUTSIDE_SAME] = "same",       [SMIMEGW_OUTSIDE_OBSCURED] = "obscured",
        [SMIMEGW_OUTSIDE_HIDDEN] = "hidden",   [SMIMEGW_OUTSIDE_CHANGED] = "changed",
        [SMIMEGW_OUTSIDE_REMOVED] = "removed", [SMIMEGW_OUTSIDE_ADDED] = "added"};
    if (verdict->header_kind == SMIMEGW_HEADERS_NONE)
        return SMIMEGW_OK;
    int ret =
        sgw_buf_printf(json,
                       ",\"header_protection\":{\"kind\":\"%s\",\"from_differs\":%s,"
                       "\"restored\":%s,\"fields\":[",
                       kinds[verdict->header_kind], verdict->from_differs ? "true" : "false",
                       verdict->is_header_restored ? "true" : "false");
    for (size_t i = 0; i < verdict->field_count; i++) {
        const struct sgw_verdict_field *field = &verdict->fields[i];
        ret = SGW_STEP(ret, sgw_buf_append_text(json, i > 0 ? ",{\"name\":" : "{\"name\":"));
        ret =
            SGW_STEP(ret, sgw_json_string(json, sgw_buf_text(&field->name), field->name.size));
        ret =
            SGW_STEP(ret, sgw_json_member(json, "protection", protections[field->protection]));
        ret = SGW_STEP(ret, sgw_json_member(json, "outside", outsides[field->outside]));
        ret = SGW_STEP(ret, sgw_buf_append_text(json, "}"));
    }
    return SGW_STEP(ret, sgw_buf_append_text(json, "]}"));
}

static int put_facts(struct sgw_buf *json, const struct smimegw_verdict *verdict)
{
    int ret = sgw_buf_printf(json, ",\"gateway_message\":%s,\"gateway_verified\":%s",
                             smimegw_verdict_is_gateway_message(verdict) ? "true" : "false",
                             smimegw_verdict_is_gateway_verified(verdict) ? "true" : "false");
    ret = SGW_STEP(ret, put_truth(json, "recipient_bound", verdict->recipient_bound));
    return SGW_STEP(ret, put_truth(json, "recipient_listed", verdict->recipient_listed));
}

static int put_verdict(const struct smimegw_verdict *verdict, struct sgw_buf *json)
{
    int ret = sgw_buf_append_text(json, "{");
    ret = SGW_STEP(ret, put_judgement(json, verdict->outcome, verdict->reason));
    ret = SGW_STEP(ret, sgw_json_member(json, "from", sgw_buf_text(&verdict->from)));
    ret = SGW_STEP(ret, put_facts(json, verdict));
    ret = SGW_STEP(ret, put_headers(json, verdict));
    ret = SGW_STEP(ret, sgw_buf_append_text(json, ",\"layers\":["));
    for (size_t i = 0; i < verdict->layer_count; i++) {
        ret = SGW_STEP(ret, sgw_buf_append_text(json, i > 0 ? ",{" : "{"));
        ret = SGW_STEP(ret, sgw_layer_json(&verdict->layers[i], json));
        ret = SGW_STEP(ret, sgw_buf_append_text(json, "}"));
    }
    return SGW_STEP(ret, sgw_buf_append_text(json, "]}"));
}

int smimegw_verdict_json(const struct smimegw_verdict *verdict,
                         struct smimegw_buffer **ret_json, struct smimegw_error **ret_error)
{
    struct smimegw_buffer *json;
    SGW_REQUIRE(verdict != NULL, ret_error);
    SGW_REQUIRE(ret_json != NULL, ret_error);
    int ret = smimegw_buffer_new(0, &json, ret_error);
    if (ret < 0)
        return ret;
    ret = put_verdict(verdict, &json->buf);
    if (ret < 0) {
        smimegw_buffer_free(json);
        return sgw_fail(ret_error, ret, "verdict");
    }
    *ret_json = json;
    return SMIMEGW_OK;
}
