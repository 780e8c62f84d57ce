/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asn1/framing.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/plan/plan_impl.h"
#include "mime/decode.h"
#include "mime/subject.h"

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

/* --- what the profile changes of its header ------------------------------------------------
 */

static int edit_subject(struct sgw_plan_message *message, const struct sgw_field *field,
                        const char *trigger)
{
    struct sgw_buf value = SGW_BUF_INIT(0);
    bool has_found;
    int ret =
        sgw_subject_strip((const char *)message->mime.header.raw.data + field->value_start,
                          field->end - field->value_start, trigger, &value, &has_found);
    if (ret == SMIMEGW_OK && has_found)
        ret = sgw_edited_source_replace(&message->edited, (int64_t)field->value_start,
                                        (int64_t)field->end, value.data, value.size);
    sgw_buf_clear(&value);
    return ret;
}

static int edit_field(struct sgw_plan_message *message, const struct sgw_field *field,
                      const struct sgw_profile_values *values)
{
    const char *name = (const char *)message->mime.header.raw.data + field->start;
    bool is_blind = sgw_is_text_nocase(name, field->name_size, "Bcc") ||
                    sgw_is_text_nocase(name, field->name_size, "Resent-Bcc");
    if (is_blind && values->rules.bcc_field == SGW_BCC_REMOVE)
        return sgw_edited_source_replace(&message->edited, (int64_t)field->start,
                                         (int64_t)field->end, NULL, 0);
    if (values->subject_trigger != NULL &&
        sgw_is_text_nocase(name, field->name_size, "Subject"))
        return edit_subject(message, field, values->subject_trigger);
    return SMIMEGW_OK;
}

int sgw_plan_message_edit(struct sgw_plan_message *message,
                          const struct sgw_profile_values *values,
                          struct smimegw_error **ret_error)
{
    const struct sgw_header *header = &message->mime.header;
    int ret = SMIMEGW_OK;
    if (values == NULL)
        return SMIMEGW_OK;
    sgw_edited_source_init(&message->edited, message->source);
    for (size_t i = 0; ret == SMIMEGW_OK && i < header->count; i++)
        ret = edit_field(message, &header->fields[i], values);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "header");
    if (message->edited.count > 0)
        message->source = &message->edited.base;
    return SMIMEGW_OK;
}

void sgw_plan_message_clear(struct sgw_plan_message *message)
{
    sgw_edited_source_clear(&message->edited);
    sgw_mime_clear(&message->mime);
}
