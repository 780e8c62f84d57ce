/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ASN1_FRAMING_H
#define SGW_ASN1_FRAMING_H

#include "asn1/der.h"
#include "base/buf.h"
#include "stream/source.h"
#include "stream/stage.h"

/*
 * Framing of a CMS object that may be larger than memory: a stage that keeps the small
 * structures before and after the content, and passes the content's octets on. BER is read:
 * indefinite lengths, and constructed content strings nested up to depth 3.
 */
enum sgw_cms_type {
    SGW_CMS_OTHER, /* well-formed ContentInfo of a type that is not read here */
    SGW_CMS_SIGNED,
    SGW_CMS_ENVELOPED,
    SGW_CMS_AUTH_ENVELOPED
};

enum { SGW_CONTENT_DEPTH_MAX = 3, SGW_OPEN_MAX = 6 + SGW_CONTENT_DEPTH_MAX };

struct sgw_framing {
    struct sgw_stage base;
    struct sgw_stage *content; /* nullable; not finished from here */
    size_t limit;              /* of head and tail together */
    struct sgw_buf head;
    struct sgw_buf tail;

    /* what the head says; spans point into head and tail */
    enum sgw_cms_type type;
    struct sgw_tlv type_oid;
    int version;
    struct sgw_tlv digest_algorithms; /* SIGNED */
    struct sgw_tlv originator;        /* ENVELOPED ...; start NULL where absent */
    struct sgw_tlv recipients;
    struct sgw_tlv content_oid;
    struct sgw_tlv content_algorithm; /* ENVELOPED ... */
    bool has_content;
    int64_t content_size;
    uint8_t content_start; /* its first octet; 0 where there is none */
    struct sgw_der rest;   /* after finish: the elements behind the content's structure */

    /* where it stands */
    int state;
    size_t next_try;
    size_t head_used;           /* octets of head before the content */
    int64_t position;           /* octets taken */
    int64_t ends[SGW_OPEN_MAX]; /* of the open elements; -1: indefinite */
    int open_count;
    int content_open; /* open_count without the content's own elements */
    int64_t segment_left;
    uint8_t pending[10]; /* header octets split over chunks */
    size_t pending_size;
};

void sgw_framing_init(struct sgw_framing *framing, int64_t limit, struct sgw_stage *content);
void sgw_framing_clear(struct sgw_framing *framing);

/* A CMS object's content octets as a source over the object's source (borrowed). */
struct sgw_content_source {
    struct sgw_source base;
    struct sgw_source *object;
    int64_t limit;
};
void sgw_content_source_init(struct sgw_content_source *source, struct sgw_source *object,
                             int64_t limit, int64_t size);

#endif
