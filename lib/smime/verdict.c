/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "smime/verdict_impl.h"

static const char *const kind_names[] = {
    [SMIMEGW_LAYER_SIGNED_DETACHED] = "signed-detached",
    [SMIMEGW_LAYER_SIGNED_OPAQUE] = "signed-opaque",
    [SMIMEGW_LAYER_ENVELOPED] = "enveloped",
    [SMIMEGW_LAYER_AUTH_ENVELOPED] = "auth-enveloped",
    [SMIMEGW_LAYER_CERTS_ONLY] = "certs-only",
    [SMIMEGW_LAYER_OTHER] = "other",
};

int sgw_verdict_new(int64_t layer_limit, struct smimegw_verdict **ret,
                    struct smimegw_error **ret_error)
{
    struct smimegw_verdict *verdict = sgw_calloc(1, sizeof(*verdict));
    if (verdict == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "verdict");
    verdict->layers = sgw_calloc((size_t)layer_limit, sizeof(*verdict->layers));
    if (verdict->layers == NULL) {
        sgw_free(verdict);
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "verdict");
    }
    verdict->layer_capacity = (size_t)layer_limit;
    sgw_ref_init(&verdict->ref);
    *ret = verdict;
    return SMIMEGW_OK;
}

static void clear_layer(struct sgw_verdict_layer *layer)
{
    for (size_t i = 0; i < layer->signer_count; i++) {
        smimegw_cert_unref(layer->signers[i].cert);
        smimegw_cert_unref(layer->signers[i].preferred);
        for (int k = 0; k < SGW_SIGNER_TEXTS; k++)
            sgw_buf_clear(&layer->signers[i].texts[k]);
        sgw_buf_clear(&layer->signers[i].capabilities);
    }
    for (size_t i = 0; i < layer->recipient_count; i++) {
        smimegw_cert_unref(layer->recipients[i].cert);
        sgw_buf_clear(&layer->recipients[i].id);
    }
    for (int k = 0; k < SGW_LAYER_TEXTS; k++)
        sgw_buf_clear(&layer->texts[k]);
    sgw_free(layer->signers);
    sgw_free(layer->recipients);
}

struct smimegw_verdict *smimegw_verdict_ref(struct smimegw_verdict *verdict)
{
    if (verdict != NULL)
        sgw_ref_get(&verdict->ref);
    return verdict;
}

void smimegw_verdict_unref(struct smimegw_verdict *verdict)
{
    if (verdict == NULL || !sgw_ref_put(&verdict->ref))
        return;
    for (size_t i = 0; i < verdict->layer_count; i++)
        clear_layer(&verdict->layers[i]);
    for (size_t i = 0; i < verdict->field_count; i++)
        sgw_buf_clear(&verdict->fields[i].name);
    sgw_free(verdict->fields);
    sgw_buf_clear(&verdict->from);
    sgw_free(verdict->layers);
    sgw_free(verdict);
}

void sgw_verdict_conclude(struct smimegw_verdict *verdict)
{
    bool has_word = false;
    for (size_t i = 0; i < verdict->layer_count; i++) {
        const struct sgw_verdict_layer *layer = &verdict->layers[i];
        /* nobody vouches for what was only encrypted */
        if (layer->outcome == SMIMEGW_OUTCOME_NONE)
            continue;
        if (!has_word || sgw_outcome_is_worse(layer->outcome, verdict->outcome)) {
            verdict->outcome = layer->outcome;
            verdict->reason = layer->reason;
        }
        has_word = true;
    }
    if (verdict->from_differs && verdict->outcome == SMIMEGW_OUTCOME_PASS) {
        verdict->reason = SMIMEGW_REASON_FROM_PROTECTED;
        verdict->outcome = sgw_outcome_of(verdict->reason);
    }
}

/* --- what the host asks --------------------------------------------------------------------
 */

static const struct sgw_verdict_layer *find_layer(const struct smimegw_verdict *verdict,
                                                  size_t layer)
{
    return verdict != NULL && layer < verdict->layer_count ? &verdict->layers[layer] : NULL;
}

static const struct sgw_verdict_signer *find_signer(const struct smimegw_verdict *verdict,
                                                    size_t layer, size_t signer)
{
    const struct sgw_verdict_layer *found = find_layer(verdict, layer);
    return found != NULL && signer < found->signer_count ? &found->signers[signer] : NULL;
}

int smimegw_verdict_outcome(const struct smimegw_verdict *verdict)
{
    return verdict != NULL ? verdict->outcome : SMIMEGW_OUTCOME_NONE;
}

int smimegw_verdict_reason(const struct smimegw_verdict *verdict)
{
    return verdict != NULL ? verdict->reason : SMIMEGW_REASON_NOT_CHECKED;
}

int smimegw_verdict_is_gateway_message(const struct smimegw_verdict *verdict)
{
    return verdict != NULL && verdict->is_smime;
}

int smimegw_verdict_is_gateway_verified(const struct smimegw_verdict *verdict)
{
    if (verdict == NULL || !verdict->is_smime || verdict->layer_count == 0 ||
        verdict->from_differs || verdict->reason == SMIMEGW_REASON_RECIPIENT_MISMATCH)
        return 0;
    for (size_t i = 0; i < verdict->layer_count; i++) {
        const struct sgw_verdict_layer *layer = &verdict->layers[i];
        if (sgw_layer_is_encrypted(layer) ? layer->reason != SMIMEGW_REASON_OK
                                          : layer->outcome != SMIMEGW_OUTCOME_PASS)
            return 0;
    }
    return 1;
}

size_t smimegw_verdict_layer_count(const struct smimegw_verdict *verdict)
{
    return verdict != NULL ? verdict->layer_count : 0;
}

int smimegw_verdict_layer_kind(const struct smimegw_verdict *verdict, size_t layer)
{
    const struct sgw_verdict_layer *found = find_layer(verdict, layer);
    return found != NULL ? found->kind : 0;
}

int smimegw_verdict_layer_outcome(const struct smimegw_verdict *verdict, size_t layer,
                                  int *ret_reason)
{
    const struct sgw_verdict_layer *found = find_layer(verdict, layer);
    if (ret_reason != NULL)
        *ret_reason = found != NULL ? found->reason : SMIMEGW_REASON_NOT_CHECKED;
    return found != NULL ? found->outcome : SMIMEGW_OUTCOME_NONE;
}

const char *smimegw_verdict_layer_text(const struct smimegw_verdict *verdict, size_t layer,
                                       int field)
{
    const struct sgw_verdict_layer *found = find_layer(verdict, layer);
    return found != NULL && field > 0 && field < SGW_LAYER_TEXTS
               ? sgw_buf_text(&found->texts[field])
               : "";
}

size_t smimegw_verdict_signer_count(const struct smimegw_verdict *verdict, size_t layer)
{
    const struct sgw_verdict_layer *found = find_layer(verdict, layer);
    return found != NULL ? found->signer_count : 0;
}

int smimegw_verdict_signer_outcome(const struct smimegw_verdict *verdict, size_t layer,
                                   size_t signer, int *ret_reason)
{
    const struct sgw_verdict_signer *found = find_signer(verdict, layer, signer);
    int reason = found != NULL ? found->reason : SMIMEGW_REASON_NOT_CHECKED;
    if (ret_reason != NULL)
        *ret_reason = reason;
    return sgw_outcome_of(reason);
}

struct smimegw_cert *smimegw_verdict_signer_cert(const struct smimegw_verdict *verdict,
                                                 size_t layer, size_t signer)
{
    const struct sgw_verdict_signer *found = find_signer(verdict, layer, signer);
    return found != NULL ? found->cert : NULL;
}

const char *smimegw_verdict_signer_text(const struct smimegw_verdict *verdict, size_t layer,
                                        size_t signer, int field)
{
    const struct sgw_verdict_signer *found = find_signer(verdict, layer, signer);
    return found != NULL && field > 0 && field < SGW_SIGNER_TEXTS
               ? sgw_buf_text(&found->texts[field])
               : "";
}

const void *smimegw_verdict_signer_capabilities(const struct smimegw_verdict *verdict,
                                                size_t layer, size_t signer, size_t *ret_size)
{
    const struct sgw_verdict_signer *found = find_signer(verdict, layer, signer);
    bool is_proven = found != NULL && found->capabilities.size > 0 &&
                     verdict->layers[layer].outcome == SMIMEGW_OUTCOME_PASS;
    if (ret_size != NULL)
        *ret_size = is_proven ? found->capabilities.size : 0;
    return is_proven ? found->capabilities.data : NULL;
}

const char *sgw_layer_kind_name(int kind)
{
    return kind_names[kind];
}

bool sgw_layer_is_encrypted(const struct sgw_verdict_layer *layer)
{
    return layer->kind == SMIMEGW_LAYER_ENVELOPED ||
           layer->kind == SMIMEGW_LAYER_AUTH_ENVELOPED;
}

/* --- protected header ----------------------------------------------------------------------
 */

int smimegw_verdict_header_protection(const struct smimegw_verdict *verdict)
{
    return verdict != NULL ? verdict->header_kind : SMIMEGW_HEADERS_NONE;
}

size_t smimegw_verdict_header_count(const struct smimegw_verdict *verdict)
{
    return verdict != NULL ? verdict->field_count : 0;
}

const char *smimegw_verdict_header_name(const struct smimegw_verdict *verdict, size_t index)
{
    return index < smimegw_verdict_header_count(verdict)
               ? sgw_buf_text(&verdict->fields[index].name)
               : NULL;
}

int smimegw_verdict_header_state(const struct smimegw_verdict *verdict, size_t index,
                                 int *ret_outside)
{
    bool is_there = index < smimegw_verdict_header_count(verdict);
    if (ret_outside != NULL)
        *ret_outside = is_there ? verdict->fields[index].outside : SMIMEGW_OUTSIDE_ADDED;
    return is_there ? verdict->fields[index].protection : SMIMEGW_PROTECTION_NONE;
}
