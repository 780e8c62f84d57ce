/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/parts.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "gateway/gateway_impl.h"
#include "mime/decode.h"
#include "mime/text/charset.h"
#include "stream/sink.h"

/* What is told of a field, made once. */
struct field_view {
    char *name;
    struct sgw_buf value;
    struct sgw_buf text;
};

struct smimegw_parts {
    struct sgw_source *source; /* of the message */
    struct sgw_mime mime;
    struct field_view *fields;
    size_t field_count;
    struct sgw_buf *filenames; /* one a part */
};

static const char *const encoding_names[] = {
    [SGW_ENCODING_7BIT] = "7bit",     [SGW_ENCODING_8BIT] = "8bit",
    [SGW_ENCODING_BINARY] = "binary", [SGW_ENCODING_QUOTED_PRINTABLE] = "quoted-printable",
    [SGW_ENCODING_BASE64] = "base64", [SGW_ENCODING_UNKNOWN] = "unknown",
};

static int read_field(const struct sgw_header *header, size_t index, struct field_view *view,
                      struct smimegw_error **ret_error)
{
    const struct sgw_field *field = &header->fields[index];
    view->name = sgw_strndup((const char *)header->raw.data + field->start, field->name_size);
    int ret = view->name == NULL ? SMIMEGW_E_NOMEM : SMIMEGW_OK;
    ret = SGW_STEP(ret, sgw_field_value(header, field, &view->value));
    ret = SGW_STEP(ret, sgw_words_decode(sgw_buf_text(&view->value), view->value.size,
                                         &view->text, ret_error));
    return ret < 0 ? sgw_fail(ret_error, ret, "header field") : SMIMEGW_OK;
}

static int read_fields(struct smimegw_parts *parts, struct smimegw_error **ret_error)
{
    size_t count = parts->mime.header.count;
    parts->fields = sgw_calloc(count + 1, sizeof(*parts->fields));
    if (parts->fields == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "header fields");
    int ret = SMIMEGW_OK;
    for (; ret == SMIMEGW_OK && parts->field_count < count; parts->field_count++)
        ret = read_field(&parts->mime.header, parts->field_count,
                         &parts->fields[parts->field_count], ret_error);
    return ret;
}

static int read_filenames(struct smimegw_parts *parts, struct smimegw_error **ret_error)
{
    parts->filenames = sgw_calloc((size_t)parts->mime.count, sizeof(*parts->filenames));
    if (parts->filenames == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "file names");
    int ret = SMIMEGW_OK;
    for (int i = 0; ret == SMIMEGW_OK && i < parts->mime.count; i++) {
        const struct sgw_part *part = &parts->mime.parts[i];
        const char *name = sgw_content_type_parameter(&part->disposition, "filename");
        if (name == NULL)
            name = sgw_content_type_parameter(&part->type, "name");
        if (name != NULL)
            ret = sgw_words_decode(name, strlen(name), &parts->filenames[i], ret_error);
    }
    return ret;
}

static int open_parts(struct smimegw_parts *parts, struct smimegw_gateway *gateway,
                      struct smimegw_message *message, struct smimegw_error **ret_error)
{
    struct sgw_context context;
    int ret = sgw_gateway_use(gateway, &context, ret_error);
    ret = SGW_STEP(ret, sgw_message_source(message, &parts->source, ret_error));
    ret = SGW_STEP(
        ret, sgw_mime_scan(parts->source, &context.limits, 0, NULL, &parts->mime, ret_error));
    ret = SGW_STEP(ret, read_fields(parts, ret_error));
    return SGW_STEP(ret, read_filenames(parts, ret_error));
}

int smimegw_parts_new(struct smimegw_gateway *gateway, struct smimegw_message *message,
                      struct smimegw_parts **ret_parts, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(message != NULL && ret_parts != NULL, ret_error);
    struct smimegw_parts *parts = sgw_calloc(1, sizeof(*parts));
    if (parts == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "parts");
    int ret = open_parts(parts, gateway, message, ret_error);
    if (ret < 0) {
        smimegw_parts_free(parts);
        return ret;
    }
    *ret_parts = parts;
    return SMIMEGW_OK;
}

void smimegw_parts_free(struct smimegw_parts *parts)
{
    if (parts == NULL)
        return;
    for (size_t i = 0; i < parts->field_count; i++) {
        sgw_free(parts->fields[i].name);
        sgw_buf_clear(&parts->fields[i].value);
        sgw_buf_clear(&parts->fields[i].text);
    }
    for (int i = 0; parts->filenames != NULL && i < parts->mime.count; i++)
        sgw_buf_clear(&parts->filenames[i]);
    sgw_free(parts->fields);
    sgw_free(parts->filenames);
    sgw_mime_clear(&parts->mime);
    sgw_free(parts);
}

/* --- the header ----------------------------------------------------------------------------
 */

static const struct field_view *field_at(const struct smimegw_parts *parts, size_t index)
{
    return parts != NULL && index < parts->field_count ? &parts->fields[index] : NULL;
}

size_t smimegw_parts_field_count(const struct smimegw_parts *parts)
{
    return parts != NULL ? parts->field_count : 0;
}

const char *smimegw_parts_field_name(const struct smimegw_parts *parts, size_t index)
{
    const struct field_view *field = field_at(parts, index);
    return field != NULL ? field->name : NULL;
}

static const char *text_of(const struct sgw_buf *text, size_t *ret_size)
{
    if (ret_size != NULL)
        *ret_size = text->size;
    return sgw_buf_text(text);
}

const char *smimegw_parts_field_value(const struct smimegw_parts *parts, size_t index,
                                      size_t *ret_size)
{
    const struct field_view *field = field_at(parts, index);
    return field != NULL ? text_of(&field->value, ret_size) : NULL;
}

const char *smimegw_parts_field_text(const struct smimegw_parts *parts, size_t index,
                                     size_t *ret_size)
{
    const struct field_view *field = field_at(parts, index);
    return field != NULL ? text_of(&field->text, ret_size) : NULL;
}

int64_t smimegw_parts_field_offset(const struct smimegw_parts *parts, size_t index,
                                   int64_t *ret_size)
{
    if (field_at(parts, index) == NULL)
        return -1;
    const struct sgw_field *field = &parts->mime.header.fields[index];
    if (ret_size != NULL)
        *ret_size = (int64_t)(field->end - field->start);
    return parts->mime.parts[0].header_start + (int64_t)field->start;
}

/* --- the parts -----------------------------------------------------------------------------
 */

static const struct sgw_part *part_at(const struct smimegw_parts *parts, size_t part)
{
    return parts != NULL && part < (size_t)parts->mime.count ? &parts->mime.parts[part] : NULL;
}

size_t smimegw_parts_count(const struct smimegw_parts *parts)
{
    return parts != NULL ? (size_t)parts->mime.count : 0;
}

int smimegw_parts_parent(const struct smimegw_parts *parts, size_t part)
{
    const struct sgw_part *found = part_at(parts, part);
    return found != NULL ? found->parent : -1;
}

int64_t smimegw_parts_size(const struct smimegw_parts *parts, size_t part)
{
    const struct sgw_part *found = part_at(parts, part);
    return found != NULL ? found->end - found->body_start : -1;
}

const char *smimegw_parts_text(const struct smimegw_parts *parts, size_t part, int which)
{
    const struct sgw_part *found = part_at(parts, part);
    if (found == NULL)
        return NULL;
    switch (which) {
    case SMIMEGW_PART_TYPE:
        return found->type.type != NULL ? found->type.type : "text/plain";
    case SMIMEGW_PART_CHARSET:
        return sgw_content_type_parameter(&found->type, "charset");
    case SMIMEGW_PART_FILENAME:
        return parts->filenames[part].size > 0 ? sgw_buf_text(&parts->filenames[part]) : NULL;
    case SMIMEGW_PART_DISPOSITION:
        return found->disposition.type;
    case SMIMEGW_PART_ENCODING:
        return encoding_names[found->encoding];
    case SMIMEGW_PART_PROBLEM:
        return found->is_ambiguous ? found->ambiguity : NULL;
    default:
        return NULL;
    }
}

/* The body of a part without its transfer encoding, into a chain that is finished. */
static int write_bytes(struct smimegw_parts *parts, const struct sgw_part *part,
                       struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_body_source source;
    struct sgw_part plain = *part;
    if (part->encoding == SGW_ENCODING_UNKNOWN)
        plain.encoding = SGW_ENCODING_BINARY;
    int ret = sgw_body_source_init(&source, parts->source, &plain, ret_error);
    return SGW_STEP(ret, sgw_source_run(&source.base, 0, SGW_TO_END, stage, ret_error));
}

static int write_utf8(struct smimegw_parts *parts, const struct sgw_part *part,
                      struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_charset_stage text;
    struct sgw_loose_base64 base64;
    const char *charset = sgw_content_type_parameter(&part->type, "charset");
    int ret = sgw_charset_stage_init(&text, charset, charset != NULL ? strlen(charset) : 0,
                                     stage, ret_error);
    if (ret < 0)
        return ret;
    if (part->encoding == SGW_ENCODING_BASE64) {
        sgw_loose_base64_init(&base64, &text.base);
        ret = sgw_source_run(parts->source, part->body_start, part->end - part->body_start,
                             &base64.base, ret_error);
    } else {
        ret = write_bytes(parts, part, &text.base, ret_error);
    }
    sgw_charset_stage_clear(&text);
    return ret;
}

int smimegw_parts_write(struct smimegw_parts *parts, size_t part, int form,
                        smimegw_write_fn write, void *userdata,
                        struct smimegw_error **ret_error)
{
    const struct sgw_part *found = part_at(parts, part);
    SGW_REQUIRE(found != NULL && write != NULL, ret_error);
    SGW_REQUIRE(form >= SMIMEGW_PART_BYTES && form <= SMIMEGW_PART_AS_IT_IS, ret_error);
    struct sgw_callback_sink sink;
    sgw_callback_sink_init(&sink, write, userdata);
    int ret = SMIMEGW_OK;
    if (form == SMIMEGW_PART_BYTES)
        ret = write_bytes(parts, found, &sink.base, ret_error);
    else if (form == SMIMEGW_PART_UTF8)
        ret = write_utf8(parts, found, &sink.base, ret_error);
    else
        ret = sgw_source_run(parts->source, found->body_start, found->end - found->body_start,
                             &sink.base, ret_error);
    sgw_callback_sink_clear(&sink);
    return ret;
}

int smimegw_parts_charset_is_known(const struct smimegw_parts *parts, size_t part)
{
    const struct sgw_part *found = part_at(parts, part);
    const char *charset =
        found != NULL ? sgw_content_type_parameter(&found->type, "charset") : NULL;
    return found != NULL &&
           (charset == NULL || sgw_charset_is_known(charset, strlen(charset)));
}
