/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asn1/framing.h"
#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/header_edit.h"
#include "gateway/plan/plan_impl.h"
#include "mime/canonical.h"
#include "mime/decode.h"
#include "smime/probe.h"
#include "smime/protect.h"

/* What a message that is to go out is: all that a plan asks of it. */

/* A multipart/signed that has its signature; the label alone is nothing. */
static bool has_signature_part(const struct sgw_mime *mime)
{
    for (int i = 1; i < mime->count; i++)
        if (mime->parts[i].parent == 0 && mime->parts[i].position == 1)
            return mime->parts[i].smime == SGW_SMIME_SIGNATURE &&
                   mime->parts[0].child_count == 2;
    return false;
}

/* What a CMS object says of itself; OTHER where it is not well-formed. `content` is finished.
 */
struct look {
    enum sgw_cms_type type;
    int64_t content_size;
};

static int look_at_object(const struct sgw_context *context, struct sgw_source *object,
                          struct sgw_stage *content, struct look *ret_look,
                          struct smimegw_error **ret_error)
{
    struct sgw_framing framing;
    struct smimegw_error *error = NULL;
    sgw_framing_init(&framing, context->limits.cms_overhead, content);
    int ret = sgw_source_run(object, 0, SGW_TO_END, &framing.base, &error);
    if (ret == SMIMEGW_OK && content != NULL)
        ret = sgw_finish(content, &error);
    *ret_look = (struct look){SGW_CMS_OTHER, 0};
    if (ret == SMIMEGW_OK && framing.has_content)
        *ret_look = (struct look){framing.type, framing.content_size};
    sgw_framing_clear(&framing);
    if (ret < 0 && smimegw_severity(ret) != SMIMEGW_SEVERITY_MESSAGE)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    else
        ret = SMIMEGW_OK;
    smimegw_error_free(error);
    return ret;
}

/* A part whose transfer encoding nobody knows is mail like any other. */
static int look_at_part(const struct sgw_context *context, struct sgw_source *whole,
                        const struct sgw_part *part, struct sgw_body_source *body,
                        struct sgw_stage *content, struct look *ret_look,
                        struct smimegw_error **ret_error)
{
    *ret_look = (struct look){SGW_CMS_OTHER, 0};
    if (part->smime != SGW_SMIME_MIME ||
        sgw_body_source_init(body, whole, part, NULL) != SMIMEGW_OK)
        return SMIMEGW_OK;
    return look_at_object(context, &body->base, content, ret_look, ret_error);
}

static bool is_encryption(const struct look *look)
{
    return look->type == SGW_CMS_ENVELOPED || look->type == SGW_CMS_AUTH_ENVELOPED;
}

/* The outer signature of a triple can be looked through without a key: one layer, no more. */
static int look_inside(const struct sgw_context *context, struct sgw_body_source *body,
                       int64_t content_size, struct sgw_probe *probe, struct look *ret_look,
                       struct smimegw_error **ret_error)
{
    struct sgw_content_source content;
    struct sgw_body_source inner_body;
    struct sgw_mime mime;
    *ret_look = (struct look){SGW_CMS_OTHER, 0};
    if (sgw_probe_take(probe, &mime) != SMIMEGW_OK)
        return SMIMEGW_OK;
    sgw_content_source_init(&content, &body->base, context->limits.cms_overhead, content_size);
    int ret = look_at_part(context, &content.base, &mime.parts[0], &inner_body, NULL, ret_look,
                           ret_error);
    sgw_mime_clear(&mime);
    return ret;
}

/*
 * The CMS object decides, not its label (AC-40): a clear message must not pass for an
 * encrypted one. One that is not well-formed, or of another type, is mail like any other.
 */
static int read_object(struct sgw_plan_message *message, const struct sgw_context *context,
                       const struct sgw_part *part, struct smimegw_error **ret_error)
{
    struct sgw_probe probe;
    struct sgw_body_source body;
    struct look look;
    struct look inside = {SGW_CMS_OTHER, 0};
    int ret = sgw_probe_init(&probe, &context->limits, 0, ret_error);
    if (ret < 0)
        return ret;
    ret = look_at_part(context, message->source, part, &body, &probe.base, &look, ret_error);
    if (ret == SMIMEGW_OK && look.type == SGW_CMS_SIGNED)
        ret = look_inside(context, &body, look.content_size, &probe, &inside, ret_error);
    sgw_probe_clear(&probe);
    if (is_encryption(&look) || is_encryption(&inside))
        message->already = SMIMEGW_PLAN_ALREADY_ENCRYPTED;
    else if (look.type == SGW_CMS_SIGNED)
        message->already = SMIMEGW_PLAN_ALREADY_SIGNED;
    return ret;
}

static bool has_invitation(const struct sgw_mime *mime)
{
    for (int i = 0; i < mime->count; i++)
        if (sgw_content_type_is(&mime->parts[i].type, "text/calendar") &&
            sgw_content_type_parameter(&mime->parts[i].type, "method") != NULL)
            return true;
    return false;
}

/* Why it can't be protected, for people. */
static int note_trouble(struct sgw_plan_message *message, const char *text)
{
    char note[SGW_PLAN_NOTE_MAX + 1];
    sgw_text_escape(text, note, sizeof(note));
    message->trouble = sgw_strdup(note);
    return message->trouble != NULL ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
}

/* What can't be brought into the form that is signed [RFC8551-3.1] is found out here, before
 * anybody was told that it goes out; as it came it can go all the same. */
static int read_form(struct sgw_plan_message *message, const struct sgw_context *context,
                     const struct sgw_protect_options *options,
                     struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    int ret = sgw_canonical_check(message->source, &message->mime, &error);
    if (ret == SMIMEGW_OK)
        ret = sgw_protect_check_header(context, options, &message->mime, &error);
    if (ret == SMIMEGW_E_SYNTAX || ret == SMIMEGW_E_LIMIT)
        message->stiff =
            ret == SMIMEGW_E_LIMIT ? SMIMEGW_PLAN_OVER_LIMIT : SMIMEGW_PLAN_MALFORMED;
    if (message->stiff != 0)
        ret = note_trouble(message, smimegw_error_text(error));
    else if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    smimegw_error_free(error);
    return ret;
}

static int read_root(struct sgw_plan_message *message, const struct sgw_context *context,
                     const struct sgw_protect_options *options,
                     struct smimegw_error **ret_error)
{
    const struct sgw_part *root = &message->mime.parts[0];
    if (root->is_ambiguous) {
        message->refusal = SMIMEGW_PLAN_MALFORMED;
        return note_trouble(message, root->ambiguity);
    }
    message->is_report = sgw_content_type_is(&root->type, "multipart/report");
    message->is_calendar = has_invitation(&message->mime);
    int ret = read_form(message, context, options, ret_error);
    if (ret < 0 || root->smime != SGW_SMIME_SIGNED)
        return ret < 0 ? ret : read_object(message, context, root, ret_error);
    if (!has_signature_part(&message->mime))
        return SMIMEGW_OK;
    message->already = SMIMEGW_PLAN_ALREADY_SIGNED;
    return read_object(message, context, &message->mime.parts[1], ret_error);
}

int sgw_plan_message_read(struct sgw_plan_message *message, const struct sgw_context *context,
                          const struct sgw_protect_options *options,
                          struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    int ret = sgw_mime_scan(message->source, &context->limits, SGW_SCAN_FACTS, NULL,
                            &message->mime, &error);
    if (ret == SMIMEGW_OK) {
        ret = read_root(message, context, options, ret_error);
        return ret < 0 ? sgw_fail(ret_error, ret, "message") : SMIMEGW_OK;
    }
    message->mime = (struct sgw_mime){0};
    if (ret == SMIMEGW_E_SYNTAX || ret == SMIMEGW_E_LIMIT) {
        message->refusal =
            ret == SMIMEGW_E_LIMIT ? SMIMEGW_PLAN_OVER_LIMIT : SMIMEGW_PLAN_MALFORMED;
        ret = note_trouble(message, smimegw_error_text(error));
    }
    if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    smimegw_error_free(error);
    return ret;
}

int sgw_plan_message_edit(struct sgw_plan_message *message,
                          const struct sgw_profile_values *values,
                          struct smimegw_error **ret_error)
{
    return sgw_header_edit(&message->mime.header, values, &message->edited, &message->source,
                           ret_error);
}

void sgw_plan_message_clear(struct sgw_plan_message *message)
{
    sgw_free(message->trouble);
    sgw_edited_source_clear(&message->edited);
    sgw_mime_clear(&message->mime);
}
