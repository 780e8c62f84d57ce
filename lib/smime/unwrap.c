/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "smime/unwrap.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "mime/canonical.h"
#include "mime/content_field.h"

static int find_sender(struct sgw_opened *opened, struct smimegw_error **ret_error)
{
    struct sgw_sender *sender = &opened->sender;
    const struct sgw_header *header = &opened->mime.header;
    int rule = opened->context->sender_rule;
    enum sgw_sender_state state;
    sender->is_checked =
        rule == SGW_SENDER_RULE_ALWAYS ||
        (rule == SGW_SENDER_RULE_MESSAGE && !sgw_header_is_bare_entity(header));
    int ret = sgw_sender_find(header, "From", &sender->state, &sender->address);
    if (ret == SMIMEGW_OK)
        ret = sgw_sender_find(header, "Sender", &state, &sender->sender_field);
    if (ret == SMIMEGW_OK && state != SGW_SENDER_ONE)
        sgw_buf_clear(&sender->sender_field);
    if (ret == SMIMEGW_OK)
        ret =
            sgw_buf_append(&opened->verdict->from, sender->address.data, sender->address.size);
    return ret < 0 ? sgw_fail(ret_error, ret, "sender") : SMIMEGW_OK;
}

/* The entity inside the last layer, or the message. */
static const struct sgw_mime *inner_mime(const struct sgw_opened *opened,
                                         struct sgw_source **ret_source)
{
    if (opened->count == 0) {
        *ret_source = opened->message;
        return &opened->mime;
    }
    const struct sgw_layer *layer = &opened->layers[opened->count - 1];
    *ret_source = layer->inner;
    return layer->inner != NULL && layer->is_entity ? &layer->inner_mime : NULL;
}

/* A layer whose root can be read in two ways: neither is right (AC-92). */
static int refuse_ambiguous(const struct sgw_mime *mime, struct sgw_verdict_layer *verdict,
                            struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    verdict->kind = mime->parts[0].smime == SGW_SMIME_SIGNED ? SMIMEGW_LAYER_SIGNED_DETACHED
                                                             : SMIMEGW_LAYER_OTHER;
    int ret = sgw_fail(&error, SMIMEGW_E_SYNTAX, "%s", mime->parts[0].ambiguity);
    return sgw_layer_refuse(verdict, ret, &error, ret_error);
}

/* What is inside can't be delivered where the field that tells how to read it can't (AC-75).
 */
static int refuse_dirty(struct sgw_layer *layer, struct sgw_verdict_layer *verdict,
                        struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    bool can_lift = true;
    int ret = SMIMEGW_OK;
    if (layer->inner != NULL && layer->is_entity)
        ret = sgw_content_check(&layer->inner_mime.header, &can_lift);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "Content-* fields");
    if (can_lift)
        return SMIMEGW_OK;
    layer->inner = NULL;
    ret = sgw_fail(&error, SMIMEGW_E_SYNTAX,
                   "Content-Type or Content-Transfer-Encoding inside is not clean text");
    return sgw_layer_refuse(verdict, ret, &error, ret_error);
}

static int open_next(struct sgw_opened *opened, const struct sgw_opening *opening,
                     struct sgw_source *whole, const struct sgw_mime *mime,
                     struct smimegw_error **ret_error)
{
    struct sgw_layer *layer = &opened->layers[opened->count];
    struct sgw_verdict_layer *verdict = &opened->verdict->layers[opened->count];
    opened->verdict->layer_count = ++opened->count;
    if (mime->parts[0].is_ambiguous)
        return refuse_ambiguous(mime, verdict, ret_error);
    int ret = mime->parts[0].smime == SGW_SMIME_SIGNED
                  ? sgw_open_detached(opening, whole, mime, layer, verdict, ret_error)
                  : sgw_open_object(opening, whole, mime, layer, verdict, ret_error);
    return ret < 0 ? ret : refuse_dirty(layer, verdict, ret_error);
}

/* Layers without end are somebody's joke (AC-82). */
static void refuse_depth(struct sgw_opened *opened)
{
    struct sgw_verdict_layer *last = &opened->verdict->layers[opened->count - 1];
    last->reason = SMIMEGW_REASON_LIMIT;
    last->outcome = sgw_outcome_of(last->reason);
    opened->layers[opened->count - 1].inner = NULL;
}

static int open_layers(struct sgw_opened *opened, const struct sgw_opening *opening,
                       uint32_t flags, struct smimegw_error **ret_error)
{
    for (;;) {
        struct sgw_source *whole;
        const struct sgw_mime *mime = inner_mime(opened, &whole);
        if (mime == NULL)
            return SMIMEGW_OK;
        enum sgw_smime_hint hint = mime->parts[0].smime;
        bool is_smime = hint == SGW_SMIME_SIGNED || hint == SGW_SMIME_MIME;
        if (!is_smime && !(mime->parts[0].is_ambiguous && opened->count == 0))
            return SMIMEGW_OK;
        if ((int64_t)opened->count == opened->context->limits.layers) {
            refuse_depth(opened);
            return SMIMEGW_OK;
        }
        int ret = open_next(opened, opening, whole, mime, ret_error);
        if (ret < 0)
            return ret;
        if (sgw_layer_is_encrypted(&opened->verdict->layers[opened->count - 1]) &&
            (flags & SGW_UNWRAP_DECRYPT) == 0)
            return SMIMEGW_OK;
    }
}

/* An entity that is not S/MIME at its root but further down vouches for nothing (AC-90). */
static int look_for_parts(struct sgw_opened *opened, struct smimegw_error **ret_error)
{
    struct sgw_mime all;
    int ret =
        sgw_mime_scan(opened->message, &opened->context->limits, 0, NULL, &all, ret_error);
    if (ret < 0)
        return ret;
    for (int i = 1; i < all.count; i++)
        if (all.parts[i].smime != SGW_SMIME_NONE) {
            opened->verdict->reason = SMIMEGW_REASON_PARTIAL;
            opened->verdict->outcome = sgw_outcome_of(SMIMEGW_REASON_PARTIAL);
        }
    sgw_mime_clear(&all);
    return SMIMEGW_OK;
}

static int unwrap(struct sgw_opened *opened, const struct sgw_opening *opening, uint32_t flags,
                  struct smimegw_error **ret_error)
{
    const struct sgw_limits *limits = &opened->context->limits;
    int ret = sgw_verdict_new(limits->layers, &opened->verdict, ret_error);
    if (ret < 0)
        return ret;
    opened->layers = sgw_calloc((size_t)limits->layers, sizeof(*opened->layers));
    if (opened->layers == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "layers");
    ret = sgw_mime_scan(opened->message, limits, SGW_SCAN_SHALLOW, NULL, &opened->mime,
                        ret_error);
    if (ret == SMIMEGW_OK)
        opened->verdict->is_smime = sgw_root_is_smime(&opened->mime);
    if (ret == SMIMEGW_OK)
        ret = find_sender(opened, ret_error);
    if (ret == SMIMEGW_OK)
        ret = open_layers(opened, opening, flags, ret_error);
    if (ret < 0)
        return ret;
    if (opened->count == 0)
        return look_for_parts(opened, ret_error);
    sgw_verdict_conclude(opened->verdict);
    return sgw_opened_judge_header(opened, (flags & SGW_UNWRAP_NO_FIELDS) == 0, ret_error);
}

int sgw_unwrap(const struct sgw_context *context, struct sgw_source *message,
               struct smimegw_identity *const *identities, size_t identity_count,
               uint32_t flags, struct sgw_opened *ret, struct smimegw_error **ret_error)
{
    memset(ret, 0, sizeof(*ret));
    ret->context = context;
    ret->message = message;
    int64_t operations = context->limits.public_operations;
    const struct sgw_opening opening = {
        .context = context,
        .sender = &ret->sender,
        .identities = identities,
        .identity_count = identity_count,
        .operations = &operations,
    };
    int result = unwrap(ret, &opening, flags, ret_error);
    if (result < 0)
        sgw_opened_clear(ret);
    return result;
}

void sgw_opened_clear(struct sgw_opened *opened)
{
    for (size_t i = 0; opened->layers != NULL && i < opened->count; i++)
        sgw_layer_clear(&opened->layers[i]);
    sgw_free(opened->layers);
    opened->layers = NULL;
    sgw_mime_clear(&opened->mime);
    sgw_mime_clear(&opened->payload.mime);
    sgw_buf_clear(&opened->sender.address);
    sgw_buf_clear(&opened->sender.sender_field);
    smimegw_verdict_unref(opened->verdict);
    opened->verdict = NULL;
}

size_t sgw_opened_signed_depth(const struct sgw_opened *opened)
{
    size_t depth = 0;
    while (depth < opened->count && !sgw_layer_is_encrypted(&opened->verdict->layers[depth]) &&
           opened->layers[depth].inner != NULL)
        depth++;
    return depth;
}

size_t sgw_opened_encrypted_depth(const struct sgw_opened *opened)
{
    size_t depth = 0;
    for (size_t i = 0; i < opened->count; i++) {
        if (!sgw_layer_is_encrypted(&opened->verdict->layers[i]))
            continue;
        if (opened->layers[i].inner == NULL)
            return 0;
        depth = i + 1;
    }
    return depth;
}

/* A content without a MIME header goes behind the outer one as a body of the default type. */
static int write_bare(const struct sgw_opened *opened, struct sgw_source *inner,
                      struct sgw_stage *sink, struct smimegw_error **ret_error)
{
    int ret = sgw_header_write(&opened->mime.header, SGW_HEADER_OUTER, sink, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_push(sink, "\r\n", 2, ret_error);
    return ret == SMIMEGW_OK ? inner->write(inner, 0, SGW_TO_END, sink, ret_error) : ret;
}

/* A header that was put together stands over the last layer's content, or over the message
 * within it. */
static void restore(struct sgw_opened *opened, size_t depth, const struct sgw_header *header,
                    struct sgw_merged_source *ret_merged)
{
    struct sgw_layer *layer = &opened->layers[depth - 1];
    struct sgw_payload *payload = &opened->payload;
    bool is_wrapped = depth == opened->count && payload->kind == SMIMEGW_HEADERS_WRAPPED;
    sgw_merged_source_init(ret_merged, header, NULL,
                           is_wrapped ? &payload->body.base : layer->inner,
                           is_wrapped ? &payload->mime : &layer->inner_mime);
}

/* Where no layer is left, nothing is protected any more; without the word the field
 * stays byte for byte. */
static bool has_hp(const struct sgw_layer *layer)
{
    return sgw_content_type_find(&layer->inner_mime.parts[0].type, "hp") != NULL;
}

int sgw_opened_write(struct sgw_opened *opened, size_t depth, const struct sgw_header *header,
                     struct sgw_stage *sink, struct smimegw_error **ret_error)
{
    const struct sgw_layer *layer = &opened->layers[depth - 1];
    struct sgw_merged_source merged;
    struct sgw_buf content = SGW_BUF_INIT(0);
    if (!layer->is_entity) {
        int ret = write_bare(opened, layer->inner, sink, ret_error);
        return ret == SMIMEGW_OK ? sgw_finish(sink, ret_error) : ret;
    }
    int ret = SMIMEGW_OK;
    if (header != NULL)
        restore(opened, depth, header, &merged);
    else
        ret = sgw_content_lift(&content, &layer->inner_mime.header,
                               depth == opened->count && has_hp(layer) ? "" : NULL);
    if (ret < 0) {
        sgw_buf_clear(&content);
        return sgw_fail(ret_error, ret, "Content-* fields");
    }
    if (header == NULL)
        sgw_merged_source_init(&merged, &opened->mime.header, &content, layer->inner,
                               &layer->inner_mime);
    ret = merged.base.write(&merged.base, 0, SGW_TO_END, sink, ret_error);
    sgw_buf_clear(&content);
    return ret == SMIMEGW_OK ? sgw_finish(sink, ret_error) : ret;
}
