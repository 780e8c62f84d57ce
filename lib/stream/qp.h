/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_QP_H
#define SGW_STREAM_QP_H

#include "stream/stage.h"

/*
 * Quoted-printable of text whose lines end with CRLF or LF [RFC2045-6.7], made to
 * survive every mail server: no line over 76 characters, blanks at line ends, "From " and a
 * dot at line starts, NUL, bare CR and 8-bit bytes encoded; line ends come out as CRLF.
 */
struct sgw_qp_encoder {
    struct sgw_stage base;
    struct sgw_stage *next;
    size_t column; /* of the line that is being written */
    uint8_t
        held[8]; /* bytes whose form depends on what follows: CR, a blank, part of "From" */
    size_t held_size;
    size_t room_size;
    uint8_t room[4096];
};
void sgw_qp_encoder_init(struct sgw_qp_encoder *stage, struct sgw_stage *next);

/* Lenient as [RFC2045-6.7] allows: a '=' that starts no escape stays as it is; trailing
 * blanks of a line are dropped; line ends pass as they are. Bounded: a line is not collected.
 */
struct sgw_qp_decoder {
    struct sgw_stage base;
    struct sgw_stage *next;
    uint8_t escape[3]; /* '=', then a digit or a CR */
    size_t escape_size;
    uint8_t blanks[1024]; /* blanks that may turn out to end a line; more are passed on */
    size_t blanks_size;
    size_t room_size;
    uint8_t room[4096];
};
void sgw_qp_decoder_init(struct sgw_qp_decoder *stage, struct sgw_stage *next);

#endif
