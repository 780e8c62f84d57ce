/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_HEADER_H
#define SGW_MIME_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "stream/stage.h"

/* A header field as offsets into the raw block; its line ends and folding included. */
struct sgw_field {
    size_t start;
    size_t name_size;   /* name without trailing blanks */
    size_t value_start; /* behind the colon */
    size_t end;         /* behind the last line end */
};

/* A header block as it was received: bytes are never re-serialised. */
struct sgw_header {
    struct sgw_buf raw; /* fields, and the blank line where there was one */
    struct sgw_field *fields;
    size_t count;
    size_t blank_line; /* start of the first line of nothing but blanks, or the end */
};

/*
 * Find the fields of header->raw. E_LIMIT over limits->header_fields; E_SYNTAX with the line's
 * number for a line that is neither a field nor a continuation, a NUL, or a bare CR. A leading
 * mbox "From " line is no field and is left out of output.
 */
int sgw_header_parse(struct sgw_header *header, const struct sgw_limits *limits,
                     struct smimegw_error **ret_error);
/* The same for a header inside a body, where nothing fails but memory and limits: lines that
 * are no field are left out and ret_is_broken is set. */
int sgw_header_parse_lenient(struct sgw_header *header, const struct sgw_limits *limits,
                             bool *ret_is_broken, struct smimegw_error **ret_error);
void sgw_header_clear(struct sgw_header *header);

/* Number of fields of that name (ASCII case ignored), and the first of them. */
size_t sgw_header_find(const struct sgw_header *header, const char *name,
                       const struct sgw_field **ret_first);
/*
 * True where readers differ about whether the field is there: blanks before its colon, or a
 * line of nothing but blanks at or before it, which some take for the end of the header.
 */
bool sgw_field_is_doubtful(const struct sgw_header *header, const struct sgw_field *field);
/* True where a line of nothing but blanks is in a field that is not Content-*: all that stands
 * below it in the message that is made is doubtful. */
bool sgw_header_has_blank_line(const struct sgw_header *header);
bool sgw_field_is_content(const struct sgw_header *header, const struct sgw_field *field);
/* Not terminated: field->name_size bytes, and the rest of the field behind them. */
const char *sgw_field_name(const struct sgw_header *header, const struct sgw_field *field);
/* Value without line ends and surrounding blanks, folding undone. */
int sgw_field_value(const struct sgw_header *header, const struct sgw_field *field,
                    struct sgw_buf *ret_value);
/* True where nothing but MIME-Version and Content-* is there: a bare entity, no message. */
bool sgw_header_is_bare_entity(const struct sgw_header *header);

/* One field byte for byte, but for line ends, which become CRLF; a missing last one is added.
 */
int sgw_field_write(const struct sgw_header *header, const struct sgw_field *field,
                    struct sgw_stage *stage, struct smimegw_error **ret_error);

enum sgw_header_choice { SGW_HEADER_OUTER, SGW_HEADER_CONTENT };
/*
 * Write the fields that are (CONTENT) or are not (OUTER) Content-*, byte for byte and in
 * order, but for line ends, which become CRLF. No blank line.
 */
int sgw_header_write(const struct sgw_header *header, enum sgw_header_choice choice,
                     struct sgw_stage *stage, struct smimegw_error **ret_error);

#endif
