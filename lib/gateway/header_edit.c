/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/header_edit.h"

#include "base/error_impl.h"
#include "base/text.h"
#include "mime/subject.h"

static int edit_subject(const struct sgw_header *header, const struct sgw_field *field,
                        const char *trigger, struct sgw_edited_source *edited)
{
    struct sgw_buf value = SGW_BUF_INIT(0);
    bool has_found;
    int ret = sgw_subject_strip((const char *)header->raw.data + field->value_start,
                                field->end - field->value_start, trigger, &value, &has_found);
    if (ret == SMIMEGW_OK && has_found)
        ret = sgw_edited_source_replace(edited, (int64_t)field->value_start,
                                        (int64_t)field->end, value.data, value.size);
    sgw_buf_clear(&value);
    return ret;
}

static int edit_field(const struct sgw_header *header, const struct sgw_field *field,
                      const struct sgw_profile_values *values,
                      struct sgw_edited_source *edited)
{
    const char *name = sgw_field_name(header, field);
    bool is_blind = sgw_is_text_nocase(name, field->name_size, "Bcc") ||
                    sgw_is_text_nocase(name, field->name_size, "Resent-Bcc");
    if (is_blind && values->rules.bcc_field == SGW_BCC_REMOVE)
        return sgw_edited_source_replace(edited, (int64_t)field->start, (int64_t)field->end,
                                         NULL, 0);
    if (values->subject_trigger != NULL &&
        sgw_is_text_nocase(name, field->name_size, "Subject"))
        return edit_subject(header, field, values->subject_trigger, edited);
    return SMIMEGW_OK;
}

bool sgw_header_edit_is_asked(const struct sgw_profile_values *values)
{
    return values != NULL &&
           (values->rules.bcc_field == SGW_BCC_REMOVE || values->subject_trigger != NULL);
}

int sgw_header_edit(const struct sgw_header *header, const struct sgw_profile_values *values,
                    struct sgw_edited_source *edited, struct sgw_source **source,
                    struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    sgw_edited_source_init(edited, *source);
    if (!sgw_header_edit_is_asked(values))
        return SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < header->count; i++)
        ret = edit_field(header, &header->fields[i], values, edited);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "header");
    if (edited->count > 0)
        *source = &edited->base;
    return SMIMEGW_OK;
}
