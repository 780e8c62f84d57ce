/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "smime/unwrap.h"

static const char *const encoding_names[] = {
    [SGW_ENCODING_7BIT] = "7bit",     [SGW_ENCODING_8BIT] = "8bit",
    [SGW_ENCODING_BINARY] = "binary", [SGW_ENCODING_QUOTED_PRINTABLE] = "quoted-printable",
    [SGW_ENCODING_BASE64] = "base64", [SGW_ENCODING_UNKNOWN] = "unknown",
};

static const char *name_of(const struct sgw_part *part)
{
    const char *name = sgw_content_type_parameter(&part->disposition, "filename");
    return name != NULL ? name : sgw_content_type_parameter(&part->type, "name");
}

/* A part's members, and the begin of its children. */
static int begin_part(const struct sgw_part *part, struct sgw_buf *json)
{
    int ret = sgw_buf_printf(json, "{\"kind\":\"part\",\"size\":%lld,\"encoding\":\"%s\"",
                             (long long)(part->end - part->body_start),
                             encoding_names[part->encoding]);
    ret = SGW_STEP(ret,
                   sgw_json_member(json, "type",
                                   part->type.type != NULL ? part->type.type : "text/plain"));
    ret = SGW_STEP(ret, sgw_json_member(json, "charset",
                                        sgw_content_type_parameter(&part->type, "charset")));
    ret = SGW_STEP(ret, sgw_json_member(json, "name", name_of(part)));
    if (part->is_ambiguous)
        ret = SGW_STEP(ret, sgw_json_member(json, "error", part->ambiguity));
    return SGW_STEP(ret, sgw_buf_append_text(json, ",\"children\":["));
}

/* Parts stand in the order of their headers, so depth alone tells where one ends. */
static int put_parts(const struct sgw_mime *mime, struct sgw_buf *json)
{
    int ret = SMIMEGW_OK;
    int open = 0;
    for (int i = 0; i < mime->count; i++) {
        for (; open > mime->parts[i].depth; open--)
            ret = SGW_STEP(ret, sgw_buf_append_text(json, "]}"));
        if (mime->parts[i].position > 0)
            ret = SGW_STEP(ret, sgw_buf_append_text(json, ","));
        ret = SGW_STEP(ret, begin_part(&mime->parts[i], json));
        open++;
    }
    for (; open > 0; open--)
        ret = SGW_STEP(ret, sgw_buf_append_text(json, "]}"));
    return ret;
}

/* The innermost entity as far as it was opened; a content that is no entity is one opaque
 * part. */
/* A content whose structure can't be read; the layers around it are told all the same. */
static int put_unread(int code, struct smimegw_error *error, struct sgw_buf *json,
                      struct smimegw_error **ret_error)
{
    int ret = code;
    if (code == SMIMEGW_E_SYNTAX || code == SMIMEGW_E_LIMIT) {
        ret = sgw_buf_append_text(json, "{\"kind\":\"part\",\"type\":\"(unreadable)\"");
        ret = SGW_STEP(ret, sgw_json_member(json, "error", smimegw_error_text(error)));
        ret = SGW_STEP(ret, sgw_buf_append_text(json, "}"));
    } else {
        sgw_fail(ret_error, code, "%s", smimegw_error_text(error));
    }
    smimegw_error_free(error);
    return ret;
}

static int put_innermost(const struct sgw_opened *opened, struct sgw_buf *json,
                         struct smimegw_error **ret_error)
{
    struct sgw_mime mime;
    const struct sgw_layer *last =
        opened->count > 0 ? &opened->layers[opened->count - 1] : NULL;
    struct sgw_source *source = last != NULL ? last->inner : opened->message;
    if (source == NULL)
        return SMIMEGW_OK;
    if (last != NULL && !last->is_entity)
        return sgw_buf_append_text(json, "{\"kind\":\"part\",\"type\":\"(no MIME header)\"}");
    struct smimegw_error *error = NULL;
    int ret = sgw_mime_scan(source, &opened->context->limits, 0, NULL, &mime, &error);
    if (ret < 0)
        return put_unread(ret, error, json, ret_error);
    ret = put_parts(&mime, json);
    sgw_mime_clear(&mime);
    return ret;
}

static int put_layers(const struct sgw_opened *opened, struct sgw_buf *json,
                      struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; i < opened->count; i++) {
        ret = SGW_STEP(ret, sgw_buf_append_text(json, "{"));
        ret = SGW_STEP(ret, sgw_layer_json(&opened->verdict->layers[i], json));
        ret = SGW_STEP(ret, sgw_buf_append_text(json, ",\"children\":["));
    }
    ret = SGW_STEP(ret, put_innermost(opened, json, ret_error));
    for (size_t i = 0; i < opened->count; i++)
        ret = SGW_STEP(ret, sgw_buf_append_text(json, "]}"));
    return ret;
}

static int put_subject(const struct sgw_header *header, struct sgw_buf *json)
{
    const struct sgw_field *field;
    struct sgw_buf subject = SGW_BUF_INIT(0);
    int ret = SMIMEGW_OK;
    if (sgw_header_find(header, "Subject", &field) > 0)
        ret = sgw_field_value(header, field, &subject);
    ret = SGW_STEP(ret, sgw_json_member(json, "subject", sgw_buf_text(&subject)));
    sgw_buf_clear(&subject);
    return ret;
}

static int put_message(const struct sgw_opened *opened, struct sgw_buf *json,
                       struct smimegw_error **ret_error)
{
    int ret = sgw_buf_printf(json, "{\"size\":%lld", (long long)opened->message->size);
    ret = SGW_STEP(ret, sgw_json_member(json, "from", sgw_buf_text(&opened->sender.address)));
    ret = SGW_STEP(ret, put_subject(&opened->mime.header, json));
    ret = SGW_STEP(ret, sgw_buf_printf(json, ",\"outcome\":\"%s\",\"reason\":\"%s\",\"root\":",
                                       smimegw_outcome_name(opened->verdict->outcome),
                                       smimegw_reason_name(opened->verdict->reason, NULL)));
    ret = SGW_STEP(ret, put_layers(opened, json, ret_error));
    return SGW_STEP(ret, sgw_buf_append_text(json, "}"));
}

/* A message whose own header can't be read is described by what is wrong with it. */
static int put_refusal(struct sgw_source *message, const struct smimegw_error *error,
                       struct sgw_buf *json)
{
    int ret = sgw_buf_printf(json, "{\"size\":%lld", (long long)message->size);
    ret = SGW_STEP(ret, sgw_json_member(json, "error", smimegw_error_text(error)));
    return SGW_STEP(ret, sgw_buf_append_text(json, ",\"root\":null}"));
}

int sgw_inspect(const struct sgw_context *context, struct sgw_source *message,
                struct smimegw_identity *const *identities, size_t identity_count,
                struct sgw_buf *ret_json, struct smimegw_error **ret_error)
{
    struct sgw_opened opened;
    struct smimegw_error *error = NULL;
    int ret = sgw_unwrap(context, message, identities, identity_count, SGW_UNWRAP_DECRYPT,
                         &opened, &error);
    if (ret == SMIMEGW_OK) {
        ret = put_message(&opened, ret_json, &error);
        sgw_opened_clear(&opened);
    }
    if (ret == SMIMEGW_E_SYNTAX || ret == SMIMEGW_E_LIMIT) {
        sgw_buf_truncate(ret_json, 0);
        ret = put_refusal(message, error, ret_json);
    }
    if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    return ret;
}
