/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_CHARSET_H
#define SGW_MIME_CHARSET_H

#include <iconv.h>
#include <stdbool.h>

#include "base/buf.h"
#include "stream/stage.h"

/*
 * Text of a charset on its way to UTF-8, which is always valid: a byte that can't be read in
 * the charset comes out as the Latin-1 character of its number.
 */
struct sgw_charset_stage {
    struct sgw_stage base;
    struct sgw_stage *next;
    iconv_t converter; /* to UCS-4 */
    bool is_utf8;      /* plain ASCII needs no conversion */
    size_t held_size;
    char held[512]; /* bytes on their way into the converter */
    size_t room_size;
    uint8_t room[2048];
};
/* NULL and US-ASCII are read as UTF-8. Close with clear. E_NOMEM, E_CRYPTO never. */
int sgw_charset_stage_init(struct sgw_charset_stage *stage, const char *charset, size_t size,
                           struct sgw_stage *next, struct smimegw_error **ret_error);
void sgw_charset_stage_clear(struct sgw_charset_stage *stage);
bool sgw_charset_is_known(const char *charset, size_t size);
/* All of it: append data as UTF-8. */
int sgw_charset_append(const char *charset, size_t charset_size, const void *data, size_t size,
                       struct sgw_buf *ret_text, struct smimegw_error **ret_error);
/* Append a header field's value, encoded words decoded [RFC2047-6.2], as UTF-8. */
int sgw_words_decode(const char *value, size_t size, struct sgw_buf *ret_text,
                     struct smimegw_error **ret_error);

/*
 * Base64 as mail clients read it: what is no character of it is passed over, and padding in
 * the middle ends a piece and no more. For looking into mail, never for what is proven.
 */
struct sgw_loose_base64 {
    struct sgw_stage base;
    struct sgw_stage *next;
    uint32_t bits;
    int bit_count;
};
void sgw_loose_base64_init(struct sgw_loose_base64 *stage, struct sgw_stage *next);

#endif
