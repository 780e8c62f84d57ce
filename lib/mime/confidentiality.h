/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_CONFIDENTIALITY_H
#define SGW_MIME_CONFIDENTIALITY_H

#include "mime/header.h"

/* The registered header confidentiality policies [RFC9788-3.2]. */
enum sgw_header_rule { SGW_HEADERS_NONE, SGW_HEADERS_BASELINE, SGW_HEADERS_SHY };

enum sgw_outer_choice { SGW_OUTER_SAME, SGW_OUTER_CHANGED, SGW_OUTER_GONE };
/*
 * What stands outside of an encryption for a field; with CHANGED its value is appended, 7-bit,
 * folded, without the last line end. A value that is not in the form a policy asks for stays
 * as it is. E_NOMEM or OK.
 */
int sgw_outer_choose(enum sgw_header_rule rule, const struct sgw_header *header,
                     const struct sgw_field *field, struct sgw_buf *ret_value,
                     enum sgw_outer_choice *ret_choice);

#endif
