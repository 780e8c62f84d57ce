/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_SUBJECT_H
#define SGW_MIME_SUBJECT_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * A Subject without a tag: wherever it stands, as often as it does, in any case of ASCII
 * letters, a blank in it being any blanks or folding; also inside encoded-words in UTF-8 or
 * US-ASCII, which are encoded anew then. Blanks around it become one, folded where one of them
 * was. All other bytes stay.
 *
 * value is what stands behind the colon, the line end at its end included; the tag is not
 * empty and has no blanks around it. ret_value: appended, and nothing where the tag is not
 * there. E_NOMEM.
 */
int sgw_subject_strip(const char *value, size_t size, const char *tag,
                      struct sgw_buf *ret_value, bool *ret_found);

#endif
