/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_CANONICAL_H
#define SGW_MIME_CANONICAL_H

#include "mime/scanner.h"
#include "stream/source.h"

enum sgw_segment_kind {
    SGW_SEGMENT_RAW,         /* bytes of the message as they are */
    SGW_SEGMENT_LITERAL,     /* bytes of `literals` */
    SGW_SEGMENT_CRLF,        /* line ends made CRLF */
    SGW_SEGMENT_QP,          /* encoded */
    SGW_SEGMENT_BASE64,      /* encoded as it is */
    SGW_SEGMENT_CRLF_BASE64, /* the same after line ends were made CRLF */
    SGW_SEGMENT_QP_QP,       /* decoded and encoded again */
    SGW_SEGMENT_QP_BASE64,
    SGW_SEGMENT_BASE64_BASE64
};

/* A piece of the entity: where it comes from, what is done to it, where it stands. */
struct sgw_segment {
    enum sgw_segment_kind kind;
    int64_t start;
    int64_t size;
    int64_t out_start;
    int64_t out_size;
};

/*
 * The MIME entity that is signed or encrypted, made from a message [RFC8551-3.1]: its
 * Content-* fields, a blank line, its body; CRLF line ends, 7-bit. A leaf with 8-bit bytes,
 * bare CR, NUL, lines over 998, trailing blanks, "From " or lone-dot lines is re-encoded
 * (quoted-printable for text, else base64) and its Content-Transfer-Encoding replaced; the
 * encoding of multiparts above becomes 7bit, text before and after their parts that would need
 * an encoding is left out. Nothing inside a multipart/signed or multipart/encrypted is changed
 * but for line ends. A missing Content-Type is written out. Content-* fields with 8-bit bytes
 * or lines over 998 are encoded, see content_field.h. size is always known after init.
 * E_SYNTAX for what can't be made 7-bit: such bytes in a media type or boundary, unknown
 * transfer encodings, multiparts without parts; and a line of blanks in another field than
 * Content-*: readers doubt what stands below it, and Content-Type will.
 */
struct sgw_header_plan;
struct sgw_canonical_source {
    struct sgw_source base;
    struct sgw_source *whole;             /* borrowed: the message */
    const struct sgw_mime *mime;          /* borrowed: scanned with SGW_SCAN_FACTS */
    const struct sgw_header_plan *header; /* borrowed, nullable: fields to protect */
    struct sgw_segment *segments;         /* owned */
    size_t count;
    size_t capacity;
    struct sgw_buf literals;
};
int sgw_canonical_source_init(struct sgw_canonical_source *source, struct sgw_source *whole,
                              const struct sgw_mime *mime,
                              const struct sgw_header_plan *header,
                              struct smimegw_error **ret_error);
void sgw_canonical_source_clear(struct sgw_canonical_source *source);
/* Whether init could end in E_SYNTAX, without the work of encoding; mime as there. E_SYNTAX,
 * E_NOMEM, what reading the message gives. */
int sgw_canonical_check(struct sgw_source *whole, const struct sgw_mime *mime,
                        struct smimegw_error **ret_error);
/* Lay out the segments, without their places: the decisions, made from what the scan found. */
int sgw_canonical_plan(struct sgw_canonical_source *source, struct smimegw_error **ret_error);

/*
 * The message that is left when a layer is taken off: the outer header without Content-*, the
 * Content-* fields of the inner entity (nothing else of its header, AC-100), MIME-Version
 * where the outer header lacks it, blank line, the inner body unchanged.
 */
struct sgw_merged_source {
    struct sgw_source base;
    const struct sgw_header *outer;    /* borrowed */
    const struct sgw_buf *content;     /* borrowed, nullable: lines of Content-* fields */
    const struct sgw_mime *inner_mime; /* borrowed: scan of inner */
    struct sgw_source *inner;          /* borrowed */
};
/* content: the lifted fields, see sgw_content_lift(); NULL: outer is a header that was put
 * together and has them already. */
void sgw_merged_source_init(struct sgw_merged_source *source, const struct sgw_header *outer,
                            const struct sgw_buf *content, struct sgw_source *inner,
                            const struct sgw_mime *inner_mime);

/* 32 random characters that can't be guessed by who made the message. E_RANDOM. */
enum { SGW_BOUNDARY_SIZE = 64 };
int sgw_boundary_make(char ret_boundary[SGW_BOUNDARY_SIZE], struct smimegw_error **ret_error);

#endif
