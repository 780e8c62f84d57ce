/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asn1/framing.h"
#include "base/error_impl.h"
#include "gateway/plan/plan_impl.h"
#include "mime/decode.h"

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

/*
 * The CMS object decides, not its label (AC-40): a clear message must not pass for an
 * encrypted one. One that is not well-formed, or of another type, is mail like any other.
 */
static int read_object(struct sgw_plan_message *message, const struct sgw_context *context,
                       struct smimegw_error **ret_error)
{
    struct sgw_body_source body;
    struct sgw_framing framing;
    struct smimegw_error *error = NULL;
    int ret = sgw_body_source_init(&body, message->source, &message->mime.parts[0], &error);
    sgw_framing_init(&framing, context->limits.cms_overhead, NULL);
    if (ret == SMIMEGW_OK)
        ret = sgw_source_run(&body.base, 0, SGW_TO_END, &framing.base, &error);
    if (ret == SMIMEGW_OK && framing.has_content && framing.type != SGW_CMS_OTHER)
        message->already = framing.type == SGW_CMS_SIGNED ? SMIMEGW_PLAN_ALREADY_SIGNED
                                                          : SMIMEGW_PLAN_ALREADY_ENCRYPTED;
    sgw_framing_clear(&framing);
    if (ret < 0 && smimegw_severity(ret) != SMIMEGW_SEVERITY_MESSAGE)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    else
        ret = SMIMEGW_OK;
    smimegw_error_free(error);
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

static int read_root(struct sgw_plan_message *message, const struct sgw_context *context,
                     struct smimegw_error **ret_error)
{
    const struct sgw_part *root = &message->mime.parts[0];
    if (root->is_ambiguous) {
        message->refusal = SMIMEGW_PLAN_MALFORMED;
        return SMIMEGW_OK;
    }
    message->is_report = sgw_content_type_is(&root->type, "multipart/report");
    message->is_calendar = has_invitation(&message->mime);
    if (root->smime == SGW_SMIME_SIGNED && has_signature_part(&message->mime))
        message->already = SMIMEGW_PLAN_ALREADY_SIGNED;
    return root->smime == SGW_SMIME_MIME ? read_object(message, context, ret_error)
                                         : SMIMEGW_OK;
}

int sgw_plan_message_read(struct sgw_plan_message *message, const struct sgw_context *context,
                          struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    int ret =
        sgw_mime_scan(message->source, &context->limits, 0, NULL, &message->mime, &error);
    if (ret == SMIMEGW_OK)
        return read_root(message, context, ret_error);
    message->mime = (struct sgw_mime){0};
    if (ret == SMIMEGW_E_SYNTAX || ret == SMIMEGW_E_LIMIT) {
        message->refusal =
            ret == SMIMEGW_E_LIMIT ? SMIMEGW_PLAN_OVER_LIMIT : SMIMEGW_PLAN_MALFORMED;
        ret = SMIMEGW_OK;
    } else {
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    }
    smimegw_error_free(error);
    return ret;
}

void sgw_plan_message_clear(struct sgw_plan_message *message)
{
    sgw_mime_clear(&message->mime);
}
