/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_PART_H
#define SGW_MIME_PART_H

#include "mime/scanner.h"

/* A boundary over 70 characters breaks [RFC2046-5.1.1]; up to this size it is read. */
enum { SGW_BOUNDARY_READ_MAX = 200 };

/* Type, encoding, S/MIME hint and ambiguities of a part, by its header. E_NOMEM or OK. */
int sgw_part_read(struct sgw_part *part, const struct sgw_header *header, bool is_broken);
void sgw_part_clear(struct sgw_part *part);
/* The first reason stays. */
void sgw_part_mark(struct sgw_part *part, const char *reason);
/* What delimits the parts of a multipart; borrowed from its type. */
struct sgw_boundary {
    const char *text;
    size_t size;
};
/* False for what is no multipart, or has no boundary that can be used. */
bool sgw_part_boundary(const struct sgw_part *part, struct sgw_boundary *ret_boundary);

enum sgw_match {
    SGW_MATCH_NONE,
    SGW_MATCH_OPEN,
    SGW_MATCH_CLOSE,
    SGW_MATCH_LIKE /* begins like a delimiter, which is enough for some readers */
};
/* Judge a line without its line end, at least two bytes that are "--". */
enum sgw_match sgw_boundary_match(const struct sgw_boundary *boundary, const uint8_t *line,
                                  size_t size);
/* Room for one more element of an array, doubling; array points to the pointer. */
int sgw_grow(void *array, size_t count, size_t *capacity, size_t size);
/* Bytes of a line without its line end. */
size_t sgw_line_content(const uint8_t *line, size_t size);

#endif
