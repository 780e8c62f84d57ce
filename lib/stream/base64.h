/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_BASE64_H
#define SGW_STREAM_BASE64_H

#include "stream/stage.h"

/* Base64 in lines of 64 characters and CRLF [RFC2045-6.8]; the last line ends too. */
enum { SGW_BASE64_LINE_BYTES = 48, SGW_BASE64_LINE_SIZE = 66 };
struct sgw_base64_encoder {
    struct sgw_stage base;
    struct sgw_stage *next;
    uint8_t held[SGW_BASE64_LINE_BYTES];
    size_t held_size;
    size_t room_size;
    uint8_t room[124 * SGW_BASE64_LINE_SIZE]; /* lines on their way to next */
};
void sgw_base64_encoder_init(struct sgw_base64_encoder *stage, struct sgw_stage *next);
/* Bytes that come out for so many that go in; -1 on overflow. */
int64_t sgw_base64_encoded_size(int64_t size);

/*
 * Line ends and blanks are skipped; any other character outside the alphabet, data after
 * padding, and padding that does not end a quantum are E_SYNTAX (AC-96). A missing padding at
 * the end is accepted where the bits left over are zero. What stands before an error is pushed
 * first.
 */
struct sgw_base64_decoder {
    struct sgw_stage base;
    struct sgw_stage *next;
    uint32_t bits; /* of the quantum that has begun */
    unsigned int bit_count;
    unsigned int padding;
    int64_t position; /* characters taken, for messages */
    size_t room_size;
    uint8_t room[8192 + 8]; /* bytes on their way to next; the fast path writes past the end */
};
void sgw_base64_decoder_init(struct sgw_base64_decoder *stage, struct sgw_stage *next);

#endif
