/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error_impl.h"
#include "smime/layer.h"
#include "stream/sink.h"

/* Kind of a layer by the type of its CMS object, which decides, not the media type (AC-40). */
static const int kinds[] = {
    [SGW_CMS_OTHER] = SMIMEGW_LAYER_OTHER,
    [SGW_CMS_SIGNED] = SMIMEGW_LAYER_SIGNED_OPAQUE,
    [SGW_CMS_ENVELOPED] = SMIMEGW_LAYER_ENVELOPED,
    [SGW_CMS_AUTH_ENVELOPED] = SMIMEGW_LAYER_AUTH_ENVELOPED,
};

/*
 * End of the first pass over a CMS object. Of a SignedData, the digests are computed that its
 * head announces, which is read when the first content comes; other contents are only gone
 * past.
 */
struct object_stage {
    struct sgw_stage base;
    struct sgw_framing framing;
    struct sgw_digest_stage digests;
    struct sgw_probe probe;
    bool is_started;
};

static int start(struct object_stage *stage, struct smimegw_error **ret_error)
{
    enum sgw_hash_id ids[SGW_DIGESTS_MAX];
    int ret = SMIMEGW_OK;
    if (stage->is_started || stage->framing.type != SGW_CMS_SIGNED)
        return SMIMEGW_OK;
    stage->is_started = true;
    size_t count = sgw_framing_digests(&stage->framing, ids, SGW_DIGESTS_MAX);
    for (size_t i = 0; ret == SMIMEGW_OK && i < count; i++)
        ret = sgw_digest_stage_add(&stage->digests, ids[i], ret_error);
    return ret;
}

static int object_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                       struct smimegw_error **ret_error)
{
    struct object_stage *stage = (struct object_stage *)base;
    if (stage->framing.type != SGW_CMS_SIGNED)
        return SMIMEGW_OK;
    int ret = start(stage, ret_error);
    return ret < 0 ? ret : sgw_push(&stage->digests.base, data, size, ret_error);
}

static int object_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct object_stage *stage = (struct object_stage *)base;
    int ret = start(stage, ret_error);
    return ret < 0 ? ret : sgw_finish(&stage->digests.base, ret_error);
}

static int first_pass(const struct sgw_opening *opening, struct sgw_layer *layer,
                      struct object_stage *stage, struct smimegw_error **ret_error)
{
    const struct sgw_limits *limits = &opening->context->limits;
    stage->base = (struct sgw_stage){object_push, object_finish};
    sgw_framing_init(&stage->framing, limits->cms_overhead, &stage->base);
    int ret = sgw_probe_init(&stage->probe, limits, limits->hold_size, ret_error);
    if (ret < 0)
        return ret;
    sgw_digest_stage_init(&stage->digests, &stage->probe.base);
    ret = sgw_source_run(&layer->body.base, 0, SGW_TO_END, &stage->framing.base, ret_error);
    return ret == SMIMEGW_OK ? sgw_finish(&stage->base, ret_error) : ret;
}

static int open_signed(const struct sgw_opening *opening, struct sgw_layer *layer,
                       struct object_stage *stage, struct sgw_verdict_layer *verdict,
                       struct smimegw_error **ret_error)
{
    int ret = sgw_judge_signers(opening, &stage->framing, &stage->digests, verdict, ret_error);
    if (ret < 0 || verdict->kind == SMIMEGW_LAYER_CERTS_ONLY)
        return ret;
    if (!stage->framing.has_content)
        return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "signed data without its content");
    sgw_content_source_init(&layer->content, &layer->body.base,
                            opening->context->limits.cms_overhead,
                            stage->framing.content_size);
    sgw_layer_keep(layer, &stage->probe, &layer->content.base);
    return SMIMEGW_OK;
}

static int open_object(const struct sgw_opening *opening, struct sgw_source *whole,
                       const struct sgw_mime *mime, struct sgw_layer *layer,
                       struct sgw_verdict_layer *verdict, struct smimegw_error **ret_error)
{
    struct object_stage stage = {0};
    int ret = sgw_body_source_init(&layer->body, whole, &mime->parts[0], ret_error);
    if (ret == SMIMEGW_OK)
        ret = first_pass(opening, layer, &stage, ret_error);
    verdict->kind = kinds[stage.framing.type];
    if (ret == SMIMEGW_OK && stage.framing.type == SGW_CMS_OTHER)
        ret = sgw_fail(ret_error, SMIMEGW_E_UNSUPPORTED, "CMS object of a type not read here");
    if (ret == SMIMEGW_OK && stage.framing.type == SGW_CMS_SIGNED)
        ret = open_signed(opening, layer, &stage, verdict, ret_error);
    else if (ret == SMIMEGW_OK)
        ret = sgw_open_enveloped(opening, &stage.framing, layer, verdict, ret_error);
    sgw_digest_stage_clear(&stage.digests);
    sgw_probe_clear(&stage.probe);
    sgw_framing_clear(&stage.framing);
    return ret;
}

int sgw_open_object(const struct sgw_opening *opening, struct sgw_source *whole,
                    const struct sgw_mime *mime, struct sgw_layer *layer,
                    struct sgw_verdict_layer *verdict, struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    verdict->kind = SMIMEGW_LAYER_OTHER;
    int ret = open_object(opening, whole, mime, layer, verdict, &error);
    if (ret == SMIMEGW_OK)
        return SMIMEGW_OK;
    layer->inner = NULL;
    return sgw_layer_refuse(verdict, ret, &error, ret_error);
}
