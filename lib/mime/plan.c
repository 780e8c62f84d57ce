/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "mime/canonical.h"
#include "mime/content_field.h"
#include "mime/decode.h"
#include "mime/facts.h"
#include "mime/part.h"
#include "mime/protected_header.h"
#include "stream/sink.h"

enum {
    /* can't be sent as 7bit [RFC2045-2.7] */
    NOT_7BIT = SGW_BODY_8BIT | SGW_BODY_NUL | SGW_BODY_BARE_CR | SGW_BODY_LONG_LINE,
    /* mail servers are known to change it [RFC8551-3.1.3] */
    FRAGILE = NOT_7BIT | SGW_BODY_TRAILING_BLANK | SGW_BODY_FROM_LINE | SGW_BODY_DOT_LINE,
    /* a multipart's own text and delimiter lines do not pass as they are */
    NOT_CLEAN = FRAGILE | SGW_BODY_BARE_LF | SGW_BODY_NO_FINAL_EOL
};

static const char encoding_field[] = "Content-Transfer-Encoding";

/* What becomes of a body, and the new value of its encoding field; NULL: stays as it is. */
struct choice {
    enum sgw_segment_kind kind;
    const char *label;
};

struct planner {
    struct sgw_canonical_source *source;
    const struct sgw_mime *mime;
    int64_t cursor; /* the message is laid out up to here */
    struct smimegw_error **ret_error;
};

static int add_segment(struct planner *planner, enum sgw_segment_kind kind, int64_t start,
                       int64_t size)
{
    struct sgw_canonical_source *source = planner->source;
    struct sgw_segment *last = source->count > 0 ? &source->segments[source->count - 1] : NULL;
    if (size <= 0)
        return SMIMEGW_OK;
    if (last != NULL && last->kind == kind && kind <= SGW_SEGMENT_CRLF &&
        last->start + last->size == start) {
        last->size += size;
        return SMIMEGW_OK;
    }
    int ret = sgw_grow(&source->segments, source->count, &source->capacity,
                       sizeof(*source->segments));
    if (ret < 0)
        return sgw_fail(planner->ret_error, ret, "plan of an entity");
    source->segments[source->count++] =
        (struct sgw_segment){.kind = kind, .start = start, .size = size};
    return SMIMEGW_OK;
}

/* A segment of what was appended to the literals since `start`. */
static int add_literals(struct planner *planner, size_t start, int ret)
{
    if (ret < 0)
        return sgw_fail(planner->ret_error, ret, "text of an entity");
    size_t size = planner->source->literals.size - start;
    return add_segment(planner, SGW_SEGMENT_LITERAL, (int64_t)start, (int64_t)size);
}

/* As it is, or with line ends made CRLF where some are not. */
static enum sgw_segment_kind line_kind(uint32_t facts)
{
    return (facts & SGW_BODY_BARE_LF) != 0 ? SGW_SEGMENT_CRLF : SGW_SEGMENT_RAW;
}

static bool is_message(const struct planner *planner, const struct sgw_part *part)
{
    /* [RFC2046-5.1.5]: the default inside multipart/digest */
    if (part->type.type == NULL)
        return part->parent >= 0 &&
               sgw_content_type_is(&planner->mime->parts[part->parent].type,
                                   "multipart/digest");
    return sgw_content_type_is_major(&part->type, "message");
}

/* Text whose line ends may be changed; in UTF-16 and UTF-32 a byte LF is none. */
static bool is_text(const struct sgw_part *part)
{
    const char *charset = sgw_content_type_parameter(&part->type, "charset");
    if (part->type.type != NULL && !sgw_content_type_is_major(&part->type, "text"))
        return false;
    size_t size = charset != NULL ? strlen(charset) : 0;
    return size < 3 || !(sgw_is_text_nocase(charset, 3, "ucs") ||
                         (size > 5 && (sgw_is_text_nocase(charset, 6, "utf-16") ||
                                       sgw_is_text_nocase(charset, 6, "utf-32"))));
}

/* Whether strict base64 comes out; a footer that a list has added, for instance, does not. */
static int can_decode(struct planner *planner, const struct sgw_part *part, bool *ret_can)
{
    struct sgw_body_source body;
    struct sgw_count_sink sink;
    struct smimegw_error *error = NULL;
    sgw_count_sink_init(&sink);
    int ret = sgw_body_source_init(&body, planner->source->whole, part, &error);
    if (ret == SMIMEGW_OK)
        ret = sgw_source_run(&body.base, 0, SGW_TO_END, &sink.base, &error);
    *ret_can = ret == SMIMEGW_OK;
    if (ret < 0 && ret != SMIMEGW_E_SYNTAX)
        return sgw_fail(planner->ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    return SMIMEGW_OK;
}

static int choose_base64(struct planner *planner, const struct sgw_part *part,
                         struct choice *choice)
{
    bool can;
    int ret = can_decode(planner, part, &can);
    if (ret < 0)
        return ret;
    if (can)
        choice->kind = SGW_SEGMENT_BASE64_BASE64;
    else if ((part->facts & NOT_7BIT) != 0)
        return sgw_fail(planner->ret_error, SMIMEGW_E_SYNTAX,
                        "part with broken base64 that is not 7-bit");
    return SMIMEGW_OK;
}

/* A body without an encoding, or quoted-printable. */
static struct choice choose_encoding(const struct planner *planner,
                                     const struct sgw_part *part)
{
    bool is_qp = part->encoding == SGW_ENCODING_QUOTED_PRINTABLE;
    if (is_message(planner, part))
        /* [RFC2046-5.2.1] forbids the encoding, but under a signature nothing may be
         * 8-bit: [RFC8551-3.1.3] weighs more */
        return (struct choice){is_qp ? SGW_SEGMENT_QP_BASE64 : SGW_SEGMENT_CRLF_BASE64,
                               "base64"};
    if (is_text(part))
        return (struct choice){is_qp ? SGW_SEGMENT_QP_QP : SGW_SEGMENT_QP,
                               is_qp ? NULL : "quoted-printable"};
    return (struct choice){is_qp ? SGW_SEGMENT_QP_BASE64 : SGW_SEGMENT_BASE64, "base64"};
}

/* Where nothing but line ends is to be done. */
static struct choice choose_plain(const struct planner *planner, const struct sgw_part *part)
{
    struct choice choice = {line_kind(part->facts), NULL};
    bool is_8bit =
        part->encoding == SGW_ENCODING_8BIT || part->encoding == SGW_ENCODING_BINARY;
    if (!is_8bit || part->end == part->body_start)
        return choice;
    choice.label = "7bit";
    /* in binary data an LF is no line end */
    if (choice.kind == SGW_SEGMENT_CRLF && !is_text(part) && !is_message(planner, part))
        choice = (struct choice){SGW_SEGMENT_BASE64, "base64"};
    return choice;
}

static int choose(struct planner *planner, const struct sgw_part *part, struct choice *choice)
{
    bool is_opaque =
        part->encoding == SGW_ENCODING_UNKNOWN || sgw_content_type_is_multipart(&part->type);
    uint32_t forbidden = is_opaque || is_message(planner, part) ? NOT_7BIT : FRAGILE;
    *choice = choose_plain(planner, part);
    if ((part->facts & forbidden) == 0)
        return SMIMEGW_OK;
    if (is_opaque)
        return sgw_fail(planner->ret_error, SMIMEGW_E_SYNTAX,
                        "part that is not 7-bit and can't be encoded");
    if (part->encoding == SGW_ENCODING_BASE64)
        return choose_base64(planner, part, choice);
    *choice = choose_encoding(planner, part);
    return SMIMEGW_OK;
}

/* [RFC2045-6.4]: an entity is marked by what is inside, and that is 7-bit now. */
static const char *multipart_label(const struct sgw_part *part)
{
    bool is_8bit =
        part->encoding == SGW_ENCODING_8BIT || part->encoding == SGW_ENCODING_BINARY;
    return is_8bit ? "7bit" : NULL;
}

static bool is_encoding_field(const struct sgw_header *header, const struct sgw_field *field)
{
    return sgw_is_text_nocase((const char *)header->raw.data + field->start, field->name_size,
                              encoding_field);
}

static int append_label(struct sgw_buf *literals, const char *label)
{
    return sgw_buf_printf(literals, "%s: %s\r\n", encoding_field, label);
}

/* A field as it can be sent. In a part, only Content-* means anything [RFC2046-5.1]. */
static int append_field(struct planner *planner, const struct sgw_header *header,
                        const struct sgw_field *field, const char *hp)
{
    int ret =
        sgw_content_field_put(&planner->source->literals, header, field, SGW_CONTENT_7BIT, hp);
    if (ret == 0 && sgw_field_is_content(header, field))
        return sgw_fail(planner->ret_error, SMIMEGW_E_SYNTAX,
                        "%.*s: 8-bit or broken, and can't be encoded",
                        field->name_size < 80 ? (int)field->name_size : 80,
                        (const char *)header->raw.data + field->start);
    return ret < 0 ? ret : SMIMEGW_OK;
}

/* Lines of a header that are no field. */
static int append_lines(struct planner *planner, const struct sgw_header *header, size_t start,
                        size_t end)
{
    struct sgw_buf_sink sink;
    const struct sgw_field lines = {.start = start, .end = end};
    uint32_t facts = sgw_facts_of_header(header->raw.data + start, end - start);
    if ((facts & (SGW_BODY_8BIT | SGW_BODY_NUL | SGW_BODY_BARE_CR)) != 0)
        return sgw_fail(planner->ret_error, SMIMEGW_E_SYNTAX,
                        "8-bit line in the header of a part that is no field");
    sgw_buf_sink_init(&sink, &planner->source->literals);
    return sgw_field_write(header, &lines, &sink.base, planner->ret_error);
}

/*
 * All of a header, the encoding field changed where it stands, or put first: behind a line
 * that is no field, not all readers would see it. No label: it stays.
 */
static int append_edited(struct planner *planner, const struct sgw_header *header,
                         const char *label)
{
    const struct sgw_field *first;
    struct sgw_buf *literals = &planner->source->literals;
    size_t at = 0;
    int ret = SMIMEGW_OK;
    if (sgw_header_find(header, encoding_field, &first) == 0 && label != NULL)
        ret = append_label(literals, label);
    for (size_t i = 0; ret == SMIMEGW_OK && i < header->count; i++) {
        const struct sgw_field *field = &header->fields[i];
        ret = append_lines(planner, header, at, field->start);
        at = field->end;
        if (ret < 0)
            return ret;
        if (label == NULL || !is_encoding_field(header, field))
            ret = append_field(planner, header, field, NULL);
        else if (field == first)
            ret = append_label(literals, label);
    }
    return ret < 0 ? ret : append_lines(planner, header, at, header->raw.size);
}

static int add_edited_header(struct planner *planner, const struct sgw_part *part,
                             const char *label)
{
    struct sgw_source *whole = planner->source->whole;
    const struct sgw_limits limits = {.header_fields = INT64_MAX}; /* the scan had its own */
    struct sgw_header header = {0};
    struct sgw_buf_sink sink;
    bool is_broken;
    size_t start = planner->source->literals.size;
    sgw_buf_sink_init(&sink, &header.raw);
    int ret = whole->write(whole, part->header_start, part->body_start - part->header_start,
                           &sink.base, planner->ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_header_parse_lenient(&header, &limits, &is_broken, planner->ret_error);
    if (ret == SMIMEGW_OK)
        ret = append_edited(planner, &header, label);
    sgw_header_clear(&header);
    return add_literals(planner, start, ret);
}

static int add_header(struct planner *planner, const struct sgw_part *part, const char *label)
{
    if (label != NULL || (part->header_facts & NOT_7BIT) != 0)
        return add_edited_header(planner, part, label);
    return add_segment(planner, line_kind(part->header_facts), part->header_start,
                       part->body_start - part->header_start);
}

/* [RFC2045-5.2] gives the default; what it does not cover is named as well as possible.
 */
static int append_default_type(struct planner *planner)
{
    uint32_t facts = planner->mime->parts[0].facts;
    const char *charset = "us-ascii";
    if ((facts & SGW_BODY_8BIT) != 0)
        charset = (facts & SGW_BODY_NOT_UTF8) != 0 ? "unknown-8bit" : "utf-8";
    const struct sgw_header_plan *plan = planner->source->header;
    return sgw_buf_printf(
        &planner->source->literals, "Content-Type: text/plain; charset=%s%s%s%s\r\n", charset,
        plan != NULL ? "; hp=\"" : "", plan != NULL ? plan->hp : "", plan != NULL ? "\"" : "");
}

/* A field that stays, but for what header protection adds to it [RFC9788-5.2.1]. */
static int append_root_field(struct planner *planner, const struct sgw_field *field,
                             bool is_kept)
{
    const struct sgw_header *header = &planner->mime->header;
    const struct sgw_header_plan *plan = planner->source->header;
    struct sgw_buf_sink sink;
    if (!is_kept)
        return append_field(planner, header, field, plan != NULL ? plan->hp : NULL);
    sgw_buf_sink_init(&sink, &planner->source->literals);
    return sgw_field_write(header, field, &sink.base, planner->ret_error);
}

static int append_root_fields(struct planner *planner, const char *label, bool is_kept)
{
    const struct sgw_header *header = &planner->mime->header;
    const struct sgw_header_plan *plan = planner->source->header;
    const struct sgw_field *first;
    int ret = SMIMEGW_OK;
    if (plan != NULL)
        ret = sgw_buf_append(&planner->source->literals, plan->inner.data, plan->inner.size);
    if (sgw_header_find(header, "Content-Type", &first) == 0)
        ret = ret < 0 ? ret : append_default_type(planner);
    if (sgw_header_find(header, encoding_field, &first) == 0 && label != NULL)
        ret = ret < 0 ? ret : append_label(&planner->source->literals, label);
    for (size_t i = 0; ret == SMIMEGW_OK && i < header->count; i++) {
        const struct sgw_field *field = &header->fields[i];
        if (!sgw_field_is_content(header, field))
            continue;
        if (label == NULL || !is_encoding_field(header, field))
            ret = append_root_field(planner, field, is_kept);
        else if (field == first)
            ret = append_label(&planner->source->literals, label);
    }
    return ret < 0 ? ret : sgw_buf_append_text(&planner->source->literals, "\r\n");
}

static int add_root_header(struct planner *planner, const char *label, bool is_kept)
{
    size_t start = planner->source->literals.size;
    return add_literals(planner, start, append_root_fields(planner, label, is_kept));
}

static int add_delimiter(struct planner *planner, const struct sgw_part *multipart,
                         const char *before, const char *after)
{
    struct sgw_boundary boundary;
    struct sgw_buf *literals = &planner->source->literals;
    size_t start = literals->size;
    if (!sgw_part_boundary(multipart, &boundary))
        return SMIMEGW_OK;
    int ret = sgw_buf_printf(literals, "%s--%.*s%s", before, (int)boundary.size, boundary.text,
                             after);
    return add_literals(planner, start, ret);
}

/* From the cursor to the header of a part: what stands before the first, and a delimiter line.
 */
static int add_opening(struct planner *planner, const struct sgw_part *part)
{
    const struct sgw_part *parent = &planner->mime->parts[part->parent];
    int64_t start = planner->cursor;
    if ((parent->facts & NOT_CLEAN) == 0)
        return add_segment(planner, SGW_SEGMENT_RAW, start, part->header_start - start);
    if (part->position > 0)
        return add_delimiter(planner, parent, "\r\n", "\r\n");
    int ret = SMIMEGW_OK;
    if ((parent->facts & FRAGILE) == 0)
        ret = add_segment(planner, SGW_SEGMENT_CRLF, start, part->delimiter_start - start);
    return ret < 0 ? ret : add_delimiter(planner, parent, "", "\r\n");
}

/* From the cursor to the end of a multipart; a close delimiter that is missing is added. */
static int add_closing(struct planner *planner, const struct sgw_part *part)
{
    int64_t start = planner->cursor;
    planner->cursor = part->end;
    if (part->is_closed && (part->facts & NOT_CLEAN) == 0)
        return add_segment(planner, SGW_SEGMENT_RAW, start, part->end - start);
    bool has_eol = part->is_closed ? part->end >= part->close_end : part->parent < 0;
    int ret = add_delimiter(planner, part, "\r\n", has_eol ? "--\r\n" : "--");
    if (ret < 0 || !part->is_closed || (part->facts & FRAGILE) != 0)
        return ret;
    return add_segment(planner, SGW_SEGMENT_CRLF, part->close_end,
                       part->end - part->close_end);
}

/* Signed or encrypted by its sender: any change but line ends would break it. */
static bool is_kept(const struct sgw_part *part)
{
    return sgw_content_type_is(&part->type, "multipart/signed") ||
           sgw_content_type_is(&part->type, "multipart/encrypted");
}

/* Index behind a part and all that is inside it. */
static int behind(const struct sgw_mime *mime, int index, uint32_t *ret_facts)
{
    int next = index;
    *ret_facts = 0;
    do {
        *ret_facts |= mime->parts[next].facts | mime->parts[next].header_facts;
        next++;
    } while (next < mime->count && mime->parts[next].depth > mime->parts[index].depth);
    return next;
}

static int add_kept(struct planner *planner, const struct sgw_part *part, uint32_t facts)
{
    int64_t start = part->parent < 0 ? part->body_start : part->header_start;
    int ret = part->parent < 0 ? add_root_header(planner, NULL, true) : SMIMEGW_OK;
    planner->cursor = part->end;
    return ret < 0 ? ret : add_segment(planner, line_kind(facts), start, part->end - start);
}

static int add_header_and_body(struct planner *planner, const struct sgw_part *part)
{
    struct choice choice = {SGW_SEGMENT_RAW, multipart_label(part)};
    bool is_leaf = part->child_count == 0;
    int ret = is_leaf ? choose(planner, part, &choice) : SMIMEGW_OK;
    if (ret == SMIMEGW_OK)
        ret = part->parent < 0 ? add_root_header(planner, choice.label, false)
                               : add_header(planner, part, choice.label);
    planner->cursor = is_leaf ? part->end : part->body_start;
    if (ret < 0 || !is_leaf)
        return ret;
    return add_segment(planner, choice.kind, part->body_start, part->end - part->body_start);
}

/* The multiparts that end before part `next`. */
static int close_before(struct planner *planner, int parent, int next)
{
    const struct sgw_part *parts = planner->mime->parts;
    while (parent >= 0 && (next == planner->mime->count || parts[next].parent != parent)) {
        int ret = add_closing(planner, &parts[parent]);
        if (ret < 0)
            return ret;
        parent = parts[parent].parent;
    }
    return SMIMEGW_OK;
}

int sgw_canonical_plan(struct sgw_canonical_source *source, struct smimegw_error **ret_error)
{
    struct planner planner = {.source = source, .mime = source->mime, .ret_error = ret_error};
    const struct sgw_mime *mime = source->mime;
    int ret = SMIMEGW_OK;
    if (sgw_header_has_blank_line(&mime->header))
        return sgw_fail(ret_error, SMIMEGW_E_SYNTAX,
                        "a line of nothing but blanks in the header, which ends it for some");
    for (int i = 0; ret == SMIMEGW_OK && i < mime->count;) {
        const struct sgw_part *part = &mime->parts[i];
        uint32_t facts = 0;
        int next = is_kept(part) ? behind(mime, i, &facts) : i + 1;
        if (part->parent >= 0)
            ret = add_opening(&planner, part);
        if (ret == SMIMEGW_OK)
            ret = is_kept(part) ? add_kept(&planner, part, facts)
                                : add_header_and_body(&planner, part);
        if (ret == SMIMEGW_OK && (is_kept(part) || part->child_count == 0))
            ret = close_before(&planner, part->parent, next);
        i = next;
    }
    return ret;
}
