/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ASN1_FRAME_OUT_H
#define SGW_ASN1_FRAME_OUT_H

#include "asn1/der.h"
#include "stream/stage.h"

/*
 * Writing a CMS object whose content is written elsewhere: what comes before the content, and
 * what comes behind it. DER with definite lengths, for which the content's size must be known,
 * or BER with indefinite ones, whose content is cut into segments.
 */
struct sgw_frame_out {
    const uint8_t *type; /* OID's value, of ContentInfo */
    size_t type_size;
    struct sgw_der_out before;  /* elements of the structure before the content's */
    struct sgw_der_out content; /* elements of the content's structure before the octets */
    bool is_explicit;           /* [0] EXPLICIT OCTET STRING, else [0] IMPLICIT */
    bool has_content;
    bool is_indefinite;
    int64_t content_size;
    int64_t after_size; /* of the elements behind the content's structure */
};

void sgw_frame_out_clear(struct sgw_frame_out *frame);
/* All up to the first octet of the content. */
void sgw_frame_out_head(struct sgw_frame_out *frame, struct sgw_der_out *out);
/* All from behind the last one; the elements are after_size octets. */
void sgw_frame_out_tail(const struct sgw_frame_out *frame, const void *after,
                        struct sgw_der_out *out);
/* Octets of the whole object; -1 for an overflow. */
int64_t sgw_frame_out_size(struct sgw_frame_out *frame);
/* Octets that a content of that size takes, in segments where the frame is indefinite. */
int64_t sgw_frame_out_content_size(const struct sgw_frame_out *frame);

/* Cuts a content into octet strings of one size for an indefinite frame; does not finish next.
 */
enum { SGW_SEGMENT_SIZE = 4096 };
struct sgw_segment_stage {
    struct sgw_stage base;
    struct sgw_stage *next;
    size_t held_size;
    uint8_t held[SGW_SEGMENT_SIZE];
};
void sgw_segment_stage_init(struct sgw_segment_stage *stage, struct sgw_stage *next);

#endif
