/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/key/identity_impl.h"
#include "smime/layer.h"
#include "stream/cipher.h"

/* What proves a decryption, beside the key. */
struct proof {
    struct sgw_content_cipher cipher;
    struct sgw_buf attributes; /* AEAD: authenticated too */
    struct sgw_tlv mac;
};

/* Our certificate that a recipient is; NULL for others. */
static struct smimegw_cert *find_ours(const struct sgw_opening *opening,
                                      const struct sgw_recipient *recipient)
{
    for (size_t i = 0; i < opening->identity_count; i++)
        if (sgw_recipient_is(recipient, opening->identities[i]->cert))
            return opening->identities[i]->cert;
    return NULL;
}

static int describe_recipients(const struct sgw_opening *opening,
                               const struct sgw_recipients *recipients,
                               struct sgw_verdict_layer *verdict)
{
    struct sgw_buf *lines = &verdict->texts[SMIMEGW_LAYER_RECIPIENTS];
    verdict->recipients = sgw_calloc(recipients->count, sizeof(*verdict->recipients));
    if (verdict->recipients == NULL)
        return SMIMEGW_E_NOMEM;
    for (size_t i = 0; i < recipients->count; i++) {
        const struct sgw_recipient *recipient = &recipients->list[i];
        struct sgw_verdict_recipient *entry = &verdict->recipients[i];
        verdict->recipient_count = i + 1;
        entry->algorithm = sgw_recipient_algorithm(recipient);
        entry->cert = smimegw_cert_ref(find_ours(opening, recipient));
        entry->is_ours = entry->cert != NULL;
        int ret = recipient->kind == SGW_RECIPIENT_OTHER
                      ? sgw_buf_append_text(&entry->id, "other")
                      : sgw_put_id(&entry->id, recipient->is_key_id, &recipient->issuer,
                                   &recipient->serial, &recipient->key_id);
        if (ret == SMIMEGW_OK)
            ret = sgw_buf_printf(lines, "%s%s", i > 0 ? "\n" : "", sgw_buf_text(&entry->id));
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}

/* --- proof ---------------------------------------------------------------------------------
 */

/* Decrypt all of the content into the probe; E_DECRYPT unless tag or padding come out. */
static int prove(struct sgw_layer *layer, const struct proof *proof, const uint8_t *key,
                 struct sgw_probe *probe, struct smimegw_error **ret_error)
{
    struct sgw_decrypt_stage decrypt;
    enum sgw_cipher_id id = proof->cipher.row->id;
    int ret =
        sgw_decrypt_stage_init(&decrypt, id, key, proof->cipher.iv, &probe->base, ret_error);
    if (ret < 0)
        return ret;
    if (proof->attributes.size > 0)
        ret = sgw_decrypt_stage_auth(&decrypt, proof->attributes.data, proof->attributes.size);
    if (ret == SMIMEGW_OK)
        ret = sgw_source_run(&layer->content.base, 0, SGW_TO_END, &decrypt.base, ret_error);
    if (ret == SMIMEGW_OK && sgw_cipher_is_aead(id))
        ret = sgw_decrypt_stage_tag(&decrypt, proof->mac.value, proof->mac.size);
    /* bytes that are no MIME entity are garbage under a wrong key (AC-74) */
    if (ret == SMIMEGW_OK && probe->scan_result < 0)
        ret = SMIMEGW_E_DECRYPT;
    sgw_decrypt_stage_clear(&decrypt);
    return ret;
}

/* Try one key, and keep what it opened unless another one has before: the work is the same. */
static int try_key(const struct sgw_opening *opening, struct sgw_layer *layer,
                   const struct proof *proof, const uint8_t *key,
                   struct smimegw_error **ret_error)
{
    struct sgw_probe probe;
    const struct sgw_limits *limits = &opening->context->limits;
    int ret = sgw_probe_init(&probe, limits, limits->hold_size, ret_error);
    if (ret < 0)
        return ret;
    ret = prove(layer, proof, key, &probe, ret_error);
    if (ret == SMIMEGW_OK && layer->inner == NULL) {
        sgw_decrypted_source_init(&layer->decrypted, &layer->content.base, &proof->cipher,
                                  key);
        sgw_layer_keep(layer, &probe, &layer->decrypted.base);
    }
    sgw_probe_clear(&probe);
    return ret == SMIMEGW_E_DECRYPT ? SMIMEGW_OK : ret;
}

static int try_keys(const struct sgw_opening *opening, struct sgw_layer *layer,
                    const struct proof *proof, const struct sgw_content_keys *keys,
                    struct smimegw_error **ret_error)
{
    for (size_t i = 0; i < keys->count; i++) {
        int ret = try_key(opening, layer, proof, keys->keys[i], ret_error);
        if (ret < 0)
            return ret;
    }
    return layer->inner != NULL ? SMIMEGW_OK : SMIMEGW_E_DECRYPT;
}

/* --- structure -----------------------------------------------------------------------------
 */

static int read_proof(const struct sgw_opening *opening, const struct sgw_framing *framing,
                      struct proof *proof, struct smimegw_error **ret_error)
{
    int ret = sgw_content_cipher_read(framing, opening->context->allows_legacy, &proof->cipher,
                                      ret_error);
    if (ret < 0)
        return ret;
    if (!sgw_tlv_is_oid(&framing->content_oid, &sgw_oid_data))
        return sgw_fail(ret_error, SMIMEGW_E_UNSUPPORTED,
                        "encrypted content of a type other than data");
    if (!framing->has_content)
        return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "enveloped data without its content");
    if (framing->type == SGW_CMS_ENVELOPED)
        return sgw_enveloped_rest_is_fine(framing)
                   ? SMIMEGW_OK
                   : sgw_fail(ret_error, SMIMEGW_E_SYNTAX,
                              "enveloped data: unknown elements behind the content");
    ret = sgw_auth_enveloped_rest(framing, &proof->attributes, &proof->mac, ret_error);
    if (ret == SMIMEGW_OK && proof->mac.size != proof->cipher.tag_size)
        ret = sgw_fail(ret_error, SMIMEGW_E_SYNTAX,
                       "enveloped data: mac is not of the size that its parameters say");
    return ret;
}

/* Is it ours, and does it open? The cipher is named for whom it is not. */
static int open_content(const struct sgw_opening *opening, const struct sgw_framing *framing,
                        const struct sgw_recipients *recipients, const struct proof *proof,
                        struct sgw_layer *layer, struct smimegw_error **ret_error)
{
    struct sgw_content_keys keys = {0};
    int ret = sgw_content_keys_find(
        recipients, &proof->cipher, opening->identities, opening->identity_count,
        opening->context->limits.private_operations, &keys, ret_error);
    if (ret < 0)
        return ret;
    sgw_content_source_init(&layer->content, &layer->body.base,
                            opening->context->limits.cms_overhead, framing->content_size);
    ret = try_keys(opening, layer, proof, &keys, ret_error);
    sgw_content_keys_clear(&keys);
    return ret;
}

int sgw_open_enveloped(const struct sgw_opening *opening, const struct sgw_framing *framing,
                       struct sgw_layer *layer, struct sgw_verdict_layer *verdict,
                       struct smimegw_error **ret_error)
{
    struct proof proof = {0};
    struct sgw_recipients recipients = {0};
    int ret = sgw_recipients_read(framing, &opening->context->limits, &recipients, ret_error);
    if (ret == SMIMEGW_OK)
        ret = describe_recipients(opening, &recipients, verdict);
    if (ret == SMIMEGW_OK)
        ret = read_proof(opening, framing, &proof, ret_error);
    if (ret == SMIMEGW_OK)
        ret =
            sgw_buf_append_text(&verdict->texts[SMIMEGW_LAYER_CIPHER], proof.cipher.row->name);
    if (ret == SMIMEGW_OK)
        ret = open_content(opening, framing, &recipients, &proof, layer, ret_error);
    if (ret == SMIMEGW_OK)
        verdict->reason = SMIMEGW_REASON_OK;
    sgw_recipients_clear(&recipients);
    sgw_buf_clear(&proof.attributes);
    return ret;
}
