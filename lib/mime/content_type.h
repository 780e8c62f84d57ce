/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_CONTENT_TYPE_H
#define SGW_MIME_CONTENT_TYPE_H

#include <stdbool.h>
#include <stddef.h>

/* One parameter; RFC 2231 continuations joined, percent escapes decoded (charset dropped). */
struct sgw_parameter {
    char *name;  /* lower case */
    char *value; /* may hold any byte but NUL */
    bool is_odd; /* RFC 2231, an escape or a blank before "=" was read: not all readers do */
};

/* Content-Type or Content-Disposition. */
struct sgw_content_type {
    char *type; /* lower case "text/plain" or "attachment"; NULL where absent */
    struct sgw_parameter *parameters;
    size_t count;
    bool has_comment; /* not all readers skip them */
    bool is_broken;   /* a syntax error, a parameter twice: two readers may disagree (AC-92) */
};

/* Comments, quoted strings and RFC 2231 are read; never fails but for memory (E_NOMEM),
 * E_LIMIT over 64 parameters. A broken value is marked, with as much read as there is. */
int sgw_content_type_parse(const char *value, size_t size, struct sgw_content_type *ret);
void sgw_content_type_clear(struct sgw_content_type *type);
/* NULL where there is none. */
const char *sgw_content_type_parameter(const struct sgw_content_type *type, const char *name);
const struct sgw_parameter *sgw_content_type_find(const struct sgw_content_type *type,
                                                  const char *name);
bool sgw_content_type_is(const struct sgw_content_type *type,
                         const char *name); /* "text/plain" */
bool sgw_content_type_is_multipart(const struct sgw_content_type *type);
/* "text" for "text/plain". */
bool sgw_content_type_is_major(const struct sgw_content_type *type, const char *major);

/* Bytes of the comment that starts at data, nested ones included; 0 where it does not end. */
size_t sgw_comment_size(const char *data, size_t size);
/* Behind the quoted string at `at`; NULL where it does not end. */
const char *sgw_quoted_end(const char *at, const char *end);
/* Blank, tab, or a line end, which is folding where the value is not unfolded yet. */
bool sgw_is_folding_space(char c);
/* Go past such, and past comments; false where a comment does not end. */
bool sgw_skip_space(const char **at, const char *end);

#endif
