/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_CONTENT_PARAMETERS_H
#define SGW_MIME_CONTENT_PARAMETERS_H

#include "mime/header.h"

/*
 * Append the value of a Content-Type or Content-Disposition (UTF-8, unfolded) in 7-bit, each
 * parameter on a line of its own, with those of 8-bit text in the form of RFC 2231. hp as in
 * sgw_content_field_put(). 1: done; 0: can't be written like that; E_NOMEM.
 */
int sgw_parameters_put(struct sgw_buf *buf, const struct sgw_buf *value, const char *hp);

/* Append a Content-Type field with the parameter hp taken out or, where hp is not NULL, set.
 */
int sgw_hp_put(struct sgw_buf *buf, const struct sgw_header *header,
               const struct sgw_field *field, const char *hp);

#endif
