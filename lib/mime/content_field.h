/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_CONTENT_FIELD_H
#define SGW_MIME_CONTENT_FIELD_H

#include "mime/header.h"

/* What a field may be made of to stay byte for byte, beside clean ASCII. */
enum sgw_content_form {
    SGW_CONTENT_7BIT, /* nothing, and lines up to 998 bytes: it is going to be signed */
    SGW_CONTENT_UTF8  /* UTF-8, and lines of any size */
};

/*
 * Append a field of a MIME header. Where there is nothing to be done it goes byte for byte,
 * but for line ends. 8-bit bytes (UTF-8, else taken for Latin-1), control characters, lines of
 * nothing but blanks and what the form does not allow make it be written anew, in 7-bit:
 * parameters by RFC 2231, free text in encoded words, '_' for a control character. In a
 * Content-Type, hp "" takes that parameter out, others but NULL set it. 1: done; 0: can't be
 * written like that (a type, a boundary, an identifier ... that is not ASCII), nothing was
 * appended; E_NOMEM.
 */
int sgw_content_field_put(struct sgw_buf *buf, const struct sgw_header *header,
                          const struct sgw_field *field, enum sgw_content_form form,
                          const char *hp);

/* Append the Content-* fields of an inner header for an outer one (AC-100), without those that
 * can't be written (AC-75). E_NOMEM. */
int sgw_content_lift(struct sgw_buf *buf, const struct sgw_header *header, const char *hp);
/* Whether none of them is one that tells how the body is read. E_NOMEM. */
int sgw_content_check(const struct sgw_header *header, bool *ret_can_lift);

#endif
