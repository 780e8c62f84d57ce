/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_DECODE_H
#define SGW_MIME_DECODE_H

#include "mime/scanner.h"
#include "stream/base64.h"
#include "stream/qp.h"
#include "stream/source.h"

/* A part's body with the transfer encoding undone, as a source of unknown size. */
struct sgw_body_source {
    struct sgw_source base;
    struct sgw_source *whole; /* borrowed: what was scanned */
    int64_t start;
    int64_t size;
    enum sgw_encoding encoding;
};
/* E_SYNTAX for SGW_ENCODING_UNKNOWN. */
int sgw_body_source_init(struct sgw_body_source *source, struct sgw_source *whole,
                         const struct sgw_part *part, struct smimegw_error **ret_error);

#endif
