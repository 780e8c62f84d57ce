/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/part.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "mime/facts.h"
#include "stream/source.h"

enum { BOUNDARY_LEGAL_MAX = 70 };

struct encoding_row {
    const char *name;
    enum sgw_encoding encoding;
};

static const struct encoding_row encodings[] = {
    {"7bit", SGW_ENCODING_7BIT},     {"8bit", SGW_ENCODING_8BIT},
    {"binary", SGW_ENCODING_BINARY}, {"quoted-printable", SGW_ENCODING_QUOTED_PRINTABLE},
    {"base64", SGW_ENCODING_BASE64},
};

struct hint_row {
    const char *text;
    enum sgw_smime_hint hint;
};

static const struct hint_row hinted_types[] = {
    {"application/pkcs7-mime", SGW_SMIME_MIME},
    {"application/x-pkcs7-mime", SGW_SMIME_MIME},
    {"application/pkcs7-signature", SGW_SMIME_SIGNATURE},
    {"application/x-pkcs7-signature", SGW_SMIME_SIGNATURE},
};

static const struct hint_row hinted_endings[] = {
    {".p7m", SGW_SMIME_MIME},
    {".p7z", SGW_SMIME_MIME},
    {".p7c", SGW_SMIME_MIME},
    {".p7s", SGW_SMIME_SIGNATURE},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void sgw_part_mark(struct sgw_part *part, const char *reason)
{
    if (part->is_ambiguous)
        return;
    part->is_ambiguous = true;
    part->ambiguity = reason;
}

/* The first field of that name, parsed; ret_count tells how many there are. */
static int read_field(struct sgw_part *part, const struct sgw_header *header, const char *name,
                      struct sgw_content_type *ret_type, size_t *ret_count)
{
    const struct sgw_field *field;
    *ret_count = sgw_header_find(header, name, &field);
    if (field == NULL)
        return SMIMEGW_OK;
    if (sgw_field_is_doubtful(header, field))
        sgw_part_mark(part,
                      "Content-* field behind a blank line or with a blank before its colon");
    struct sgw_buf value = SGW_BUF_INIT(0);
    int ret = sgw_field_value(header, field, &value);
    if (ret == SMIMEGW_OK)
        ret = sgw_content_type_parse(sgw_buf_text(&value), value.size, ret_type);
    sgw_buf_clear(&value);
    if (ret == SMIMEGW_E_LIMIT) {
        sgw_part_mark(part, "too many parameters");
        ret_type->is_broken = true;
        return SMIMEGW_OK;
    }
    return ret;
}

static int read_type(struct sgw_part *part, const struct sgw_header *header)
{
    size_t count;
    int ret = read_field(part, header, "Content-Type", &part->type, &count);
    if (ret < 0 || count == 0)
        return ret;
    if (count > 1)
        sgw_part_mark(part, "more than one Content-Type");
    if (part->type.is_broken)
        sgw_part_mark(part, "Content-Type can't be parsed");
    if (part->type.type == NULL || strchr(part->type.type, '/') == NULL)
        sgw_part_mark(part, "Content-Type without a media type");
    return SMIMEGW_OK;
}

static enum sgw_encoding encoding_of(const struct sgw_content_type *value)
{
    for (size_t i = 0; i < COUNT(encodings); i++)
        if (sgw_content_type_is(value, encodings[i].name))
            return encodings[i].encoding;
    return SGW_ENCODING_UNKNOWN;
}

static int read_encoding(struct sgw_part *part, const struct sgw_header *header)
{
    size_t count;
    struct sgw_content_type value = {0};
    int ret = read_field(part, header, "Content-Transfer-Encoding", &value, &count);
    part->encoding = count > 0 ? encoding_of(&value) : SGW_ENCODING_7BIT;
    if (count > 1)
        sgw_part_mark(part, "more than one Content-Transfer-Encoding");
    if (value.is_broken || value.count > 0 || (count > 0 && value.type == NULL)) {
        sgw_part_mark(part, "Content-Transfer-Encoding can't be parsed");
        part->encoding = SGW_ENCODING_UNKNOWN;
    }
    sgw_content_type_clear(&value);
    return ret;
}

static enum sgw_smime_hint hint_of_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT(hinted_endings); i++)
        if (sgw_ends_nocase(name, strlen(name), hinted_endings[i].text))
            return hinted_endings[i].hint;
    return SGW_SMIME_NONE;
}

/* [RFC8551-3.5.3.2]; without a protocol only the second part can tell. */
static enum sgw_smime_hint hint_of_protocol(const char *protocol)
{
    if (protocol == NULL || protocol[0] == '\0')
        return SGW_SMIME_SIGNED;
    for (size_t i = 0; i < COUNT(hinted_types); i++)
        if (sgw_is_text_nocase(protocol, strlen(protocol), hinted_types[i].text))
            return SGW_SMIME_SIGNED;
    return SGW_SMIME_NONE;
}

/* [RFC8551-3.9]. */
static enum sgw_smime_hint hint_of(const struct sgw_part *part)
{
    if (sgw_content_type_is(&part->type, "multipart/signed"))
        return hint_of_protocol(sgw_content_type_parameter(&part->type, "protocol"));
    for (size_t i = 0; i < COUNT(hinted_types); i++)
        if (sgw_content_type_is(&part->type, hinted_types[i].text))
            return hinted_types[i].hint;
    if (!sgw_content_type_is(&part->type, "application/octet-stream"))
        return SGW_SMIME_NONE;
    enum sgw_smime_hint hint = hint_of_name(sgw_content_type_parameter(&part->type, "name"));
    if (hint != SGW_SMIME_NONE)
        return hint;
    return hint_of_name(sgw_content_type_parameter(&part->disposition, "filename"));
}

static bool is_odd(const struct sgw_content_type *type, const char *name)
{
    const struct sgw_parameter *parameter = sgw_content_type_find(type, name);
    return parameter != NULL && parameter->is_odd;
}

static void check_boundary(struct sgw_part *part)
{
    const char *boundary = sgw_content_type_parameter(&part->type, "boundary");
    size_t size = boundary != NULL ? strlen(boundary) : 0;
    if (size == 0) {
        sgw_part_mark(part, "multipart without a boundary");
        return;
    }
    if (size > BOUNDARY_LEGAL_MAX)
        sgw_part_mark(part, "boundary over 70 characters");
    if (sgw_is_blank((unsigned char)boundary[size - 1]))
        sgw_part_mark(part, "boundary ends with a blank");
    for (size_t i = 0; i < size; i++)
        if (boundary[i] < ' ' || boundary[i] > '~')
            sgw_part_mark(part, "boundary with characters that are not printable ASCII");
    if (is_odd(&part->type, "boundary"))
        sgw_part_mark(part, "boundary in a form that not all readers know");
}

/* What decides about structure and S/MIME may be written in no form that some readers miss. */
static void check_structure(struct sgw_part *part)
{
    bool is_multipart = sgw_content_type_is_multipart(&part->type);
    if (is_multipart)
        check_boundary(part);
    if (is_multipart && part->encoding > SGW_ENCODING_BINARY)
        sgw_part_mark(part, "multipart with a transfer encoding"); /* RFC 2045 section 6.4 */
    if (is_odd(&part->type, "protocol"))
        sgw_part_mark(part, "protocol in a form that not all readers know");
    if (part->type.has_comment && (is_multipart || part->smime != SGW_SMIME_NONE))
        sgw_part_mark(part, "comment in the Content-Type of a multipart or S/MIME part");
}

int sgw_part_read(struct sgw_part *part, const struct sgw_header *header, bool is_broken)
{
    size_t count;
    if (is_broken)
        sgw_part_mark(part, "line in the header that is no field");
    part->header_facts = sgw_facts_of_header(header->raw.data, header->raw.size);
    int ret = read_type(part, header);
    if (ret == SMIMEGW_OK)
        ret = read_encoding(part, header);
    if (ret == SMIMEGW_OK)
        ret = read_field(part, header, "Content-Disposition", &part->disposition, &count);
    part->smime = hint_of(part);
    check_structure(part);
    return ret;
}

void sgw_part_clear(struct sgw_part *part)
{
    sgw_content_type_clear(&part->type);
    sgw_content_type_clear(&part->disposition);
}

bool sgw_part_boundary(const struct sgw_part *part, struct sgw_boundary *ret_boundary)
{
    if (!sgw_content_type_is_multipart(&part->type))
        return false;
    const char *text = sgw_content_type_parameter(&part->type, "boundary");
    size_t size = text != NULL ? strlen(text) : 0;
    while (size > 0 && sgw_is_blank((unsigned char)text[size - 1]))
        size--;
    *ret_boundary = (struct sgw_boundary){text, size};
    return size > 0 && size <= SGW_BOUNDARY_READ_MAX;
}

static bool is_all_blank(const uint8_t *data, size_t size)
{
    while (size > 0 && sgw_is_blank(data[size - 1]))
        size--;
    return size == 0;
}

/* [RFC2046-5.1.1]: "--", the boundary, "--" for the last, blanks; nothing else counts.
 */
enum sgw_match sgw_boundary_match(const struct sgw_boundary *boundary, const uint8_t *line,
                                  size_t size)
{
    if (size < boundary->size + 2 || memcmp(line + 2, boundary->text, boundary->size) != 0)
        return SGW_MATCH_NONE;
    const uint8_t *rest = line + 2 + boundary->size;
    size_t left = size - 2 - boundary->size;
    if (is_all_blank(rest, left))
        return SGW_MATCH_OPEN;
    bool is_close = left >= 2 && rest[0] == '-' && rest[1] == '-';
    return is_close && is_all_blank(rest + 2, left - 2) ? SGW_MATCH_CLOSE : SGW_MATCH_LIKE;
}

size_t sgw_line_content(const uint8_t *line, size_t size)
{
    if (size == 0 || line[size - 1] != '\n')
        return size;
    return size > 1 && line[size - 2] == '\r' ? size - 2 : size - 1;
}

void sgw_mime_clear(struct sgw_mime *mime)
{
    for (int i = 0; i < mime->count; i++)
        sgw_part_clear(&mime->parts[i]);
    sgw_free(mime->parts);
    sgw_header_clear(&mime->header);
    *mime = (struct sgw_mime){0};
}

int sgw_mime_scan(struct sgw_source *source, const struct sgw_limits *limits, uint32_t flags,
                  const char *watch, struct sgw_mime *ret_mime,
                  struct smimegw_error **ret_error)
{
    struct sgw_scanner *scanner;
    int ret = sgw_scanner_new(limits, flags, &scanner, ret_error);
    if (ret < 0)
        return ret;
    if (watch != NULL)
        sgw_scanner_watch(scanner, watch);
    ret = sgw_source_run(source, 0, SGW_TO_END, sgw_scanner_stage(scanner), ret_error);
    if (ret == SMIMEGW_OK)
        sgw_scanner_take(scanner, ret_mime);
    sgw_scanner_free(scanner);
    return ret;
}

int sgw_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    void *old;
    if (count < *capacity)
        return SMIMEGW_OK;
    memcpy(&old, array, sizeof(old));
    size_t wanted = *capacity > 0 ? *capacity * 2 : 8;
    void *grown = sgw_realloc(old, wanted, size);
    if (grown == NULL)
        return SMIMEGW_E_NOMEM;
    memcpy(array, &grown, sizeof(grown));
    *capacity = wanted;
    return SMIMEGW_OK;
}
