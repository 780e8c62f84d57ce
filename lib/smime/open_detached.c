/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error_impl.h"
#include "base/text.h"
#include "smime/layer.h"
#include "stream/sink.h"

/* [RFC1847-2.1]: exactly two parts, the second one the signature. NULL, or what is
 * wrong. */
static const char *why_not(const struct sgw_mime *mime)
{
    const struct sgw_part *root = &mime->parts[0];
    if (root->child_count != 2 || mime->count < 3)
        return "multipart/signed has not exactly two parts";
    if (!root->is_closed)
        return "multipart/signed is not closed";
    for (int i = 1; i < mime->count; i++)
        if (mime->parts[i].parent == 0 && mime->parts[i].is_ambiguous)
            return mime->parts[i].ambiguity;
    return NULL;
}

static const struct sgw_part *child_of_root(const struct sgw_mime *mime, int position)
{
    for (int i = 1; i < mime->count; i++)
        if (mime->parts[i].parent == 0 && mime->parts[i].position == position)
            return &mime->parts[i];
    return NULL;
}

/* The signature part through its decoding into the framing. */
static int read_signature(struct sgw_source *whole, const struct sgw_part *part,
                          struct sgw_layer *layer, struct sgw_framing *framing,
                          struct smimegw_error **ret_error)
{
    if (part->smime != SGW_SMIME_SIGNATURE && part->smime != SGW_SMIME_MIME)
        return sgw_fail(ret_error, SMIMEGW_E_SYNTAX,
                        "second part of multipart/signed is no S/MIME signature");
    int ret = sgw_body_source_init(&layer->body, whole, part, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_source_run(&layer->body.base, 0, SGW_TO_END, &framing->base, ret_error);
    if (ret == SMIMEGW_OK && framing->type != SGW_CMS_SIGNED)
        ret = sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "signature part is no SignedData");
    return ret;
}

/* One pass over the signed part: digests, and a look inside. */
static int digest_content(const struct sgw_opening *opening, const struct sgw_framing *framing,
                          struct sgw_layer *layer, struct sgw_digest_stage *digests,
                          struct smimegw_error **ret_error)
{
    enum sgw_hash_id ids[SGW_DIGESTS_MAX];
    struct sgw_probe probe;
    size_t count = sgw_framing_digests(framing, ids, SGW_DIGESTS_MAX);
    int ret = sgw_probe_init(&probe, &opening->context->limits, 0, ret_error);
    if (ret < 0)
        return ret;
    sgw_digest_stage_init(digests, &probe.base);
    for (size_t i = 0; ret == SMIMEGW_OK && i < count; i++)
        ret = sgw_digest_stage_add(digests, ids[i], ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_source_run(&layer->lines.base, 0, SGW_TO_END, &digests->base, ret_error);
    digests->next = NULL; /* the probe ends here, the digests are asked later */
    if (ret == SMIMEGW_OK)
        sgw_layer_keep(layer, &probe, &layer->lines.base);
    sgw_probe_clear(&probe);
    return ret;
}

static int open_detached(const struct sgw_opening *opening, struct sgw_source *whole,
                         const struct sgw_mime *mime, struct sgw_layer *layer,
                         struct sgw_verdict_layer *verdict, struct smimegw_error **ret_error)
{
    struct sgw_framing framing;
    struct sgw_digest_stage digests = {0};
    const char *wrong = why_not(mime);
    if (wrong != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "%s", wrong);
    const struct sgw_part *content = child_of_root(mime, 0);
    sgw_slice_source_init(&layer->slice, whole, content->header_start,
                          content->end - content->header_start);
    sgw_lines_source_init(&layer->lines, &layer->slice.base);
    sgw_framing_init(&framing, opening->context->limits.cms_overhead, NULL);
    int ret = read_signature(whole, child_of_root(mime, 1), layer, &framing, ret_error);
    if (ret == SMIMEGW_OK && framing.has_content) {
        /* whose content would be the signed one? (AC-4, [RFC8551-3.5.3.1]) */
        verdict->reason = SMIMEGW_REASON_CONFLICT;
        verdict->outcome = sgw_outcome_of(verdict->reason);
        sgw_framing_clear(&framing);
        return SMIMEGW_OK;
    }
    if (ret == SMIMEGW_OK)
        ret = digest_content(opening, &framing, layer, &digests, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_judge_signers(opening, &framing, &digests, verdict, ret_error);
    sgw_digest_stage_clear(&digests);
    sgw_framing_clear(&framing);
    return ret;
}

int sgw_open_detached(const struct sgw_opening *opening, struct sgw_source *whole,
                      const struct sgw_mime *mime, struct sgw_layer *layer,
                      struct sgw_verdict_layer *verdict, struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    verdict->kind = SMIMEGW_LAYER_SIGNED_DETACHED;
    int ret = open_detached(opening, whole, mime, layer, verdict, &error);
    if (ret == SMIMEGW_OK)
        return SMIMEGW_OK;
    layer->inner = NULL;
    return sgw_layer_refuse(verdict, ret, &error, ret_error);
}
