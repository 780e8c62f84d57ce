/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ASN1_DER_H
#define SGW_ASN1_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Walking over DER and BER that somebody hostile may have made: no allocation, no recursion,
 * no copy; every length is checked against what is there. Tags are compared as identifier
 * octets; tag numbers over 30 do not occur in what we read and are refused.
 */
enum sgw_tag {
    SGW_TAG_BOOLEAN = 0x01,
    SGW_TAG_INTEGER = 0x02,
    SGW_TAG_BIT_STRING = 0x03,
    SGW_TAG_OCTET_STRING = 0x04,
    SGW_TAG_NULL = 0x05,
    SGW_TAG_OID = 0x06,
    SGW_TAG_UTF8_STRING = 0x0c,
    SGW_TAG_UTC_TIME = 0x17,
    SGW_TAG_GENERALIZED_TIME = 0x18,
    SGW_TAG_CONSTRUCTED = 0x20,
    SGW_TAG_CONSTRUCTED_OCTET_STRING = 0x24,
    SGW_TAG_SEQUENCE = 0x30,
    SGW_TAG_SET = 0x31,
    SGW_TAG_CONTEXT = 0x80,            /* | number: [n] IMPLICIT of a primitive type */
    SGW_TAG_CONTEXT_CONSTRUCTED = 0xa0 /* | number: [n] EXPLICIT, or IMPLICIT of a structure */
};

struct sgw_tlv {
    uint8_t tag;
    const uint8_t *start;
    const uint8_t *value;
    size_t size;  /* of the value, without end-of-contents octets */
    size_t total; /* of header, value and end-of-contents octets */
};

enum sgw_der_result {
    SGW_DER_OK,
    SGW_DER_SHORT, /* the bytes end before the element does */
    SGW_DER_BAD
};

/* What is left to read of a structure. */
struct sgw_der {
    const uint8_t *at;
    const uint8_t *end;
    bool is_strict; /* DER: minimal definite lengths only; else BER */
};

void sgw_der_init(struct sgw_der *der, const void *data, size_t size);
void sgw_ber_init(struct sgw_der *der, const void *data, size_t size);
/* The inside of a constructed element, in the mode of the walk it came from. */
struct sgw_der sgw_der_inside(const struct sgw_der *der, const struct sgw_tlv *tlv);

/* Read the element at the front and go past it. */
enum sgw_der_result sgw_der_read(struct sgw_der *der, struct sgw_tlv *ret);
/* The same; false for anything but OK and, with `get`, for another tag. Nothing moves then. */
bool sgw_der_next(struct sgw_der *der, struct sgw_tlv *ret);
bool sgw_der_get(struct sgw_der *der, uint8_t tag, struct sgw_tlv *ret);
/* Go inside a constructed element of that tag and past it in the outer walk. */
bool sgw_der_enter(struct sgw_der *der, uint8_t tag, struct sgw_der *ret_inside);
bool sgw_der_is_next(const struct sgw_der *der, uint8_t tag);
bool sgw_der_at_end(const struct sgw_der *der);
size_t sgw_der_left(const struct sgw_der *der);

/* Header of the element at data: its length octets and what they say; size -1 for indefinite.
 */
enum sgw_der_result sgw_der_header(const uint8_t *data, size_t available, uint8_t *ret_tag,
                                   size_t *ret_header_size, int64_t *ret_size);

/* True where every element in the bytes, to any depth up to 64, has DER's lengths. */
bool sgw_der_is_strict(const uint8_t *data, size_t size);
/* Elements at the front level; -1 where malformed. */
int sgw_der_count(struct sgw_der der);
/* DER's order of a SET OF (X.690 section 11.6): <0, 0, >0 as memcmp. */
int sgw_der_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);

bool sgw_tlv_is(const struct sgw_tlv *tlv, const void *value, size_t size);
/* Small non-negative INTEGER; false where negative, not minimal or too large. */
bool sgw_tlv_number(const struct sgw_tlv *tlv, int *ret);
/* UTCTime or GeneralizedTime as [RFC5652-11.3] wants them: Zulu, seconds, no fractions.
 */
bool sgw_tlv_time(const struct sgw_tlv *tlv, int64_t *ret_seconds);
/* Dotted text of an OID's value; false where malformed or over the room. */
bool sgw_oid_text(const uint8_t *oid, size_t size, char *ret, size_t ret_size);

/*
 * Writing: elements are appended, and a run of them is wrapped in a header afterwards. The
 * first failure sticks, so that callers look once, at the end.
 */
struct sgw_der_out {
    struct sgw_buf buf;
    int result; /* SMIMEGW_OK until something failed */
};

void sgw_out_put(struct sgw_der_out *out, uint8_t tag, const void *value, size_t size);
void sgw_out_raw(struct sgw_der_out *out, const void *data, size_t size);
void sgw_out_number(struct sgw_der_out *out, int number); /* INTEGER, 0..32767 */
void sgw_out_time(struct sgw_der_out *out, int64_t seconds);
/* Header for a value of that size that is written elsewhere. */
void sgw_out_header(struct sgw_der_out *out, uint8_t tag, int64_t size);
/* Where a wrapped run will start. */
size_t sgw_out_mark(const struct sgw_der_out *out);
/* Put a header before all that was appended since the mark. */
void sgw_out_wrap(struct sgw_der_out *out, size_t mark, uint8_t tag);
/* Sort the elements since the mark as DER's SET OF, then wrap them as SET or with the tag. */
void sgw_out_wrap_set(struct sgw_der_out *out, size_t mark, uint8_t tag);
void sgw_out_clear(struct sgw_der_out *out);
/* Octets of a header for a value of that size. */
size_t sgw_der_header_size(int64_t size);

#endif
