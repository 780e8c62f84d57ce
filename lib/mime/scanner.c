/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/scanner.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "mime/facts.h"
#include "mime/part.h"

enum {
    /* Longest delimiter line that is read; one with more blanks behind the boundary is marked.
     */
    LINE_KEPT = 512,
    /* Both walks over a slice find it in the first-level cache. */
    SLICE_SIZE = 16 * 1024
};

/* A multipart that is being read. */
struct frame {
    struct sgw_boundary boundary;
    int part;
    bool is_closed; /* in its epilogue */
};

struct sgw_scanner {
    struct sgw_stage base;
    struct sgw_limits limits;
    uint32_t flags;
    const char *watch;
    size_t watch_size;
    struct sgw_mime mime;
    struct frame *frames;
    size_t frame_count;
    size_t frame_capacity;
    int current; /* part whose header or text is being read */
    bool in_header;
    bool at_line_start;
    struct sgw_header header; /* of the current part, unless it is the root */
    struct sgw_facts facts;
    int64_t position;        /* of the next byte that is not in `line` */
    uint8_t line[LINE_KEPT]; /* start of a line that may be a delimiter or end a header */
    size_t line_size;
};

static struct sgw_part *current_part(struct sgw_scanner *scanner)
{
    return &scanner->mime.parts[scanner->current];
}

static struct sgw_header *current_header(struct sgw_scanner *scanner)
{
    return scanner->current == 0 ? &scanner->mime.header : &scanner->header;
}

static int add_part(struct sgw_scanner *scanner, const struct sgw_part *part,
                    struct smimegw_error **ret_error)
{
    struct sgw_mime *mime = &scanner->mime;
    size_t capacity = (size_t)mime->capacity;
    if (mime->count >= scanner->limits.mime_parts)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %lld MIME parts",
                        (long long)scanner->limits.mime_parts);
    if (part->depth > scanner->limits.mime_depth)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "MIME parts nested deeper than %lld",
                        (long long)scanner->limits.mime_depth);
    int ret = sgw_grow(&mime->parts, (size_t)mime->count, &capacity, sizeof(*mime->parts));
    if (ret < 0)
        return sgw_fail(ret_error, ret, "MIME parts");
    mime->capacity = (int)capacity;
    mime->parts[mime->count] = *part;
    scanner->current = mime->count++;
    scanner->in_header = true;
    sgw_header_clear(&scanner->header);
    scanner->header.raw.limit = (size_t)scanner->limits.header_size;
    return SMIMEGW_OK;
}

static bool is_reading_multipart(const struct sgw_scanner *scanner)
{
    return scanner->frame_count > 0 &&
           scanner->frames[scanner->frame_count - 1].part == scanner->current;
}

/* A multipart's own text is small, and a bare CR in it needs to be seen. */
static void start_text(struct sgw_scanner *scanner)
{
    bool wants_facts = (scanner->flags & SGW_SCAN_FACTS) != 0 || is_reading_multipart(scanner);
    sgw_facts_start(&scanner->facts, wants_facts);
}

static void end_text(struct sgw_scanner *scanner, bool is_delimited)
{
    struct sgw_part *part = current_part(scanner);
    uint32_t found = sgw_facts_finish(&scanner->facts, is_delimited);
    bool is_multipart = is_reading_multipart(scanner);
    part->facts |= is_multipart ? found & ~(uint32_t)SGW_BODY_NO_FINAL_EOL : found;
    /* some readers end a line at a bare CR and find a delimiter behind it */
    if (is_multipart && (found & SGW_BODY_BARE_CR) != 0)
        sgw_part_mark(part, "bare CR before or after the parts of a multipart");
}

static bool is_descended(const struct sgw_scanner *scanner, const struct sgw_part *part)
{
    if ((scanner->flags & SGW_SCAN_SHALLOW) == 0)
        return true;
    return part->parent < 0 && sgw_content_type_is(&part->type, "multipart/signed");
}

static int push_frame(struct sgw_scanner *scanner, struct smimegw_error **ret_error)
{
    struct sgw_part *part = current_part(scanner);
    struct frame frame = {.part = scanner->current};
    if (!sgw_part_boundary(part, &frame.boundary) || !is_descended(scanner, part))
        return SMIMEGW_OK;
    int ret = sgw_grow(&scanner->frames, scanner->frame_count, &scanner->frame_capacity,
                       sizeof(*scanner->frames));
    if (ret < 0)
        return sgw_fail(ret_error, ret, "MIME nesting");
    scanner->frames[scanner->frame_count++] = frame;
    return SMIMEGW_OK;
}

static int parse_header(struct sgw_scanner *scanner, bool *ret_is_broken,
                        struct smimegw_error **ret_error)
{
    struct sgw_header *header = current_header(scanner);
    if (scanner->current > 0)
        return sgw_header_parse_lenient(header, &scanner->limits, ret_is_broken, ret_error);
    *ret_is_broken = false;
    return sgw_header_parse(header, &scanner->limits, ret_error);
}

static int end_header(struct sgw_scanner *scanner, struct smimegw_error **ret_error)
{
    struct sgw_part *part = current_part(scanner);
    bool is_broken;
    int ret = parse_header(scanner, &is_broken, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_part_read(part, current_header(scanner), is_broken);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "header of a MIME part");
    if (scanner->current == 0)
        scanner->mime.is_lf = (part->header_facts & SGW_BODY_BARE_LF) != 0;
    part->body_start = scanner->position;
    scanner->in_header = false;
    ret = push_frame(scanner, ret_error);
    start_text(scanner);
    return ret;
}

/* The current part and all multiparts inside frame `index` end at `end`. */
static void end_parts(struct sgw_scanner *scanner, size_t index, int64_t end)
{
    for (size_t i = scanner->frame_count; i-- > index;) {
        struct sgw_part *part = &scanner->mime.parts[scanner->frames[i].part];
        part->end = end;
        if (!part->is_closed)
            sgw_part_mark(part, "multipart that is never closed");
        if (part->child_count == 0)
            sgw_part_mark(part, "multipart without parts");
    }
    struct sgw_part *part = current_part(scanner);
    bool is_frame = index > 0 && scanner->frames[index - 1].part == scanner->current;
    scanner->frame_count = index;
    if (is_frame)
        return;
    part->end = end;
    /* an empty body whose blank line, or line of the delimiter before, ends with this line end
     */
    if (part->body_start > end)
        part->body_start = end;
    if (part->header_start > end)
        part->header_start = end;
}

/*
 * The innermost open multipart that a line delimits. Any other that the line resembles is
 * marked: the RFC lets readers compare the beginning of a line only.
 */
static enum sgw_match find_frame(struct sgw_scanner *scanner, const uint8_t *line, size_t size,
                                 size_t *ret_index)
{
    enum sgw_match found = SGW_MATCH_NONE;
    for (size_t i = scanner->frame_count; i-- > 0;) {
        const struct frame *frame = &scanner->frames[i];
        enum sgw_match match = sgw_boundary_match(&frame->boundary, line, size);
        if (match == SGW_MATCH_NONE)
            continue;
        if (match != SGW_MATCH_LIKE && !frame->is_closed && found == SGW_MATCH_NONE) {
            found = match;
            *ret_index = i;
            continue;
        }
        sgw_part_mark(&scanner->mime.parts[frame->part],
                      "line that not all readers take for a delimiter");
    }
    return found;
}

/* Before a delimiter line that starts at the position: what ends there. */
static int end_at_delimiter(struct sgw_scanner *scanner, size_t index,
                            struct smimegw_error **ret_error)
{
    int ret = scanner->in_header ? end_header(scanner, ret_error) : SMIMEGW_OK;
    if (ret < 0)
        return ret;
    end_text(scanner, true);
    end_parts(scanner, index + 1, scanner->position - scanner->facts.eol_size);
    return SMIMEGW_OK;
}

static int open_part(struct sgw_scanner *scanner, size_t index, const uint8_t *line,
                     size_t size, struct smimegw_error **ret_error)
{
    int parent_index = scanner->frames[index].part;
    struct sgw_part *parent = &scanner->mime.parts[parent_index];
    parent->facts |= sgw_facts_of_line(line, size);
    struct sgw_part part = {.parent = parent_index,
                            .depth = parent->depth + 1,
                            .position = parent->child_count,
                            .delimiter_start = scanner->position,
                            .header_start = scanner->position + (int64_t)size,
                            .close_start = -1,
                            .close_end = -1};
    int ret = add_part(scanner, &part, ret_error);
    if (ret == SMIMEGW_OK)
        scanner->mime.parts[parent_index].child_count++;
    return ret;
}

static void close_multipart(struct sgw_scanner *scanner, size_t index, const uint8_t *line,
                            size_t size)
{
    scanner->frames[index].is_closed = true;
    scanner->current = scanner->frames[index].part;
    struct sgw_part *part = current_part(scanner);
    part->is_closed = true;
    part->close_start = scanner->position;
    part->close_end = scanner->position + (int64_t)size;
    /* its line end may be an outer delimiter's; a missing one harms nobody */
    part->facts |= sgw_facts_of_line(line, size) & ~(uint32_t)SGW_BODY_NO_FINAL_EOL;
    start_text(scanner);
}

static void check_watch(struct sgw_scanner *scanner, const uint8_t *line, size_t size)
{
    if (scanner->watch != NULL && size >= scanner->watch_size + 2 &&
        memcmp(line, "--", 2) == 0 &&
        memcmp(line + 2, scanner->watch, scanner->watch_size) == 0)
        scanner->mime.has_watch = true;
}

/* Header or body bytes that are no delimiter; whole lines, or the start of one. */
static int take_ordinary(struct sgw_scanner *scanner, const uint8_t *data, size_t size,
                         size_t *ret_used, struct smimegw_error **ret_error)
{
    size_t used = size;
    if (!scanner->in_header) {
        used = sgw_facts_take(&scanner->facts, data, size);
        scanner->at_line_start = scanner->facts.column == 0;
    } else {
        const uint8_t *lf = memchr(data, '\n', size);
        used = lf != NULL ? (size_t)(lf - data) + 1 : size;
        int ret = sgw_buf_append(&current_header(scanner)->raw, data, used);
        if (ret < 0)
            return sgw_fail(ret_error, ret, "header of a MIME part");
        const struct sgw_buf *raw = &current_header(scanner)->raw;
        bool has_cr = raw->size > 1 && raw->data[raw->size - 2] == '\r';
        scanner->facts.eol_size = has_cr ? 2 : 1;
        scanner->at_line_start = lf != NULL;
    }
    scanner->position += (int64_t)used;
    *ret_used = used;
    return SMIMEGW_OK;
}

static int take_delimiter(struct sgw_scanner *scanner, enum sgw_match match, size_t index,
                          const uint8_t *line, size_t size, struct smimegw_error **ret_error)
{
    int ret = end_at_delimiter(scanner, index, ret_error);
    if (ret < 0)
        return ret;
    if (match == SGW_MATCH_CLOSE)
        close_multipart(scanner, index, line, size);
    else
        ret = open_part(scanner, index, line, size, ret_error);
    scanner->facts.eol_size = (int)(size - sgw_line_content(line, size));
    scanner->position += (int64_t)size;
    scanner->at_line_start = true;
    return ret;
}

/* A whole line that looked special. */
static int judge_line(struct sgw_scanner *scanner, const uint8_t *line, size_t size,
                      struct smimegw_error **ret_error)
{
    size_t used;
    size_t index = 0;
    size_t content = sgw_line_content(line, size);
    if (content == 0) {
        int ret = take_ordinary(scanner, line, size, &used, ret_error);
        return ret < 0 ? ret : end_header(scanner, ret_error);
    }
    check_watch(scanner, line, content);
    enum sgw_match match = content >= 2 && memcmp(line, "--", 2) == 0
                               ? find_frame(scanner, line, content, &index)
                               : SGW_MATCH_NONE;
    if (match == SGW_MATCH_NONE)
        return take_ordinary(scanner, line, size, &used, ret_error);
    return take_delimiter(scanner, match, index, line, size, ret_error);
}

/* A line too long for a delimiter, but maybe not for all readers. */
static int take_overlong(struct sgw_scanner *scanner, const uint8_t *line,
                         struct smimegw_error **ret_error)
{
    size_t used;
    check_watch(scanner, line, LINE_KEPT);
    for (size_t i = 0; i < scanner->frame_count; i++)
        if (sgw_boundary_match(&scanner->frames[i].boundary, line, LINE_KEPT) !=
            SGW_MATCH_NONE)
            sgw_part_mark(&scanner->mime.parts[scanner->frames[i].part],
                          "line that not all readers take for a delimiter");
    return take_ordinary(scanner, line, LINE_KEPT, &used, ret_error);
}

/* Whether a line that begins so may be a delimiter, or the end of a header. */
static bool is_special(const struct sgw_scanner *scanner, const uint8_t *data, size_t size)
{
    if (data[0] == '-')
        return size < 2 || data[1] == '-';
    if (!scanner->in_header)
        return false;
    return data[0] == '\n' || (data[0] == '\r' && (size < 2 || data[1] == '\n'));
}

/* Go on with a line that is kept back: until it ends, is too long, or is not special at all.
 */
static int take_kept(struct sgw_scanner *scanner, const uint8_t *data, size_t size,
                     size_t *ret_used, struct smimegw_error **ret_error)
{
    size_t room = LINE_KEPT - scanner->line_size;
    size_t used = size < room ? size : room;
    const uint8_t *lf = memchr(data, '\n', used);
    if (lf != NULL)
        used = (size_t)(lf - data) + 1;
    memcpy(scanner->line + scanner->line_size, data, used);
    size_t kept = scanner->line_size + used;
    scanner->line_size = 0;
    *ret_used = used;
    if (!is_special(scanner, scanner->line, kept))
        return take_ordinary(scanner, scanner->line, kept, &used, ret_error);
    if (lf != NULL)
        return judge_line(scanner, scanner->line, kept, ret_error);
    if (kept == LINE_KEPT)
        return take_overlong(scanner, scanner->line, ret_error);
    scanner->line_size = kept;
    return SMIMEGW_OK;
}

/* At the start of a special line: whole lines need no copy. */
static int take_special(struct sgw_scanner *scanner, const uint8_t *data, size_t size,
                        size_t *ret_used, struct smimegw_error **ret_error)
{
    size_t most = size < LINE_KEPT ? size : LINE_KEPT;
    const uint8_t *lf = memchr(data, '\n', most);
    if (lf == NULL)
        return take_kept(scanner, data, size, ret_used, ret_error);
    *ret_used = (size_t)(lf - data) + 1;
    return judge_line(scanner, data, *ret_used, ret_error);
}

/* Nothing in the rest of a leaf without facts is looked at. */
static bool is_blind(const struct sgw_scanner *scanner)
{
    return !scanner->in_header && scanner->frame_count == 0 && scanner->watch == NULL &&
           (scanner->flags & SGW_SCAN_FACTS) == 0;
}

static int scanner_push(struct sgw_stage *stage, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_scanner *scanner = (struct sgw_scanner *)stage;
    while (size > 0) {
        size_t slice = size < SLICE_SIZE ? size : SLICE_SIZE;
        size_t used = size;
        int ret = SMIMEGW_OK;
        if (scanner->line_size > 0)
            ret = take_kept(scanner, data, slice, &used, ret_error);
        else if (is_blind(scanner))
            scanner->position += (int64_t)size;
        else if (scanner->at_line_start && is_special(scanner, data, slice))
            ret = take_special(scanner, data, slice, &used, ret_error);
        else
            ret = take_ordinary(scanner, data, slice, &used, ret_error);
        if (ret < 0)
            return ret;
        data += used;
        size -= used;
    }
    return SMIMEGW_OK;
}

static int scanner_finish(struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_scanner *scanner = (struct sgw_scanner *)stage;
    size_t kept = scanner->line_size;
    int ret = SMIMEGW_OK;
    scanner->line_size = 0;
    if (kept > 0)
        ret = judge_line(scanner, scanner->line, kept, ret_error);
    if (ret == SMIMEGW_OK && scanner->in_header)
        ret = end_header(scanner, ret_error);
    if (ret < 0)
        return ret;
    end_text(scanner, false);
    end_parts(scanner, 0, scanner->position);
    return SMIMEGW_OK;
}

int sgw_scanner_new(const struct sgw_limits *limits, uint32_t flags,
                    struct sgw_scanner **ret_scanner, struct smimegw_error **ret_error)
{
    struct sgw_scanner *scanner = sgw_calloc(1, sizeof(*scanner));
    if (scanner == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "MIME scanner");
    scanner->base.push = scanner_push;
    scanner->base.finish = scanner_finish;
    scanner->limits = *limits;
    scanner->flags = flags;
    scanner->at_line_start = true;
    scanner->mime.header.raw.limit = (size_t)limits->header_size;
    struct sgw_part root = {
        .parent = -1, .delimiter_start = -1, .close_start = -1, .close_end = -1};
    int ret = add_part(scanner, &root, ret_error);
    if (ret < 0) {
        sgw_scanner_free(scanner);
        return ret;
    }
    *ret_scanner = scanner;
    return SMIMEGW_OK;
}

void sgw_scanner_watch(struct sgw_scanner *scanner, const char *boundary)
{
    scanner->watch = boundary;
    scanner->watch_size = strlen(boundary);
}

struct sgw_stage *sgw_scanner_stage(struct sgw_scanner *scanner)
{
    return &scanner->base;
}

void sgw_scanner_take(struct sgw_scanner *scanner, struct sgw_mime *ret_mime)
{
    *ret_mime = scanner->mime;
    scanner->mime = (struct sgw_mime){0};
}

void sgw_scanner_free(struct sgw_scanner *scanner)
{
    if (scanner == NULL)
        return;
    sgw_mime_clear(&scanner->mime);
    sgw_header_clear(&scanner->header);
    sgw_free(scanner->frames);
    sgw_wipe(scanner->line, sizeof(scanner->line));
    sgw_free(scanner);
}
