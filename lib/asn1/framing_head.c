/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asn1/framing_head.h"

/* 1.2.840.113549.1.7.2, .3 and 1.2.840.113549.1.9.16.1.23 */
static const uint8_t oid_signed[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t oid_enveloped[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03};
static const uint8_t oid_auth_enveloped[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
                                             0x01, 0x09, 0x10, 0x01, 0x17};

int64_t sgw_framing_end(const struct sgw_framing *framing)
{
    for (int i = framing->open_count; i-- > 0;)
        if (framing->ends[i] >= 0)
            return framing->ends[i];
    return INT64_MAX;
}

enum sgw_der_result sgw_framing_open(struct sgw_framing *framing, int64_t start,
                                     size_t header_size, int64_t size)
{
    int64_t end = -1;
    if (size >= 0 && (__builtin_add_overflow(start + (int64_t)header_size, size, &end) ||
                      end > sgw_framing_end(framing)))
        return SGW_DER_BAD;
    framing->ends[framing->open_count++] = end;
    return SGW_DER_OK;
}

/* Go inside a constructed element of the head, of which only the header need be there. */
static enum sgw_der_result enter(struct sgw_framing *framing, struct sgw_der *walk,
                                 uint8_t tag)
{
    uint8_t found;
    size_t header_size;
    int64_t size;
    enum sgw_der_result result =
        sgw_der_header(walk->at, sgw_der_left(walk), &found, &header_size, &size);
    if (result != SGW_DER_OK)
        return result;
    if (found != tag)
        return SGW_DER_BAD;
    int64_t start = walk->at - framing->head.data;
    walk->at += header_size;
    return sgw_framing_open(framing, start, header_size, size);
}

/* Take a whole element of the head. */
static enum sgw_der_result take(struct sgw_framing *framing, struct sgw_der *walk, uint8_t tag,
                                struct sgw_tlv *ret)
{
    if (sgw_der_at_end(walk))
        return SGW_DER_SHORT;
    if (*walk->at != tag)
        return SGW_DER_BAD;
    enum sgw_der_result result = sgw_der_read(walk, ret);
    if (result == SGW_DER_OK && walk->at - framing->head.data > sgw_framing_end(framing))
        return SGW_DER_BAD;
    return result;
}

static enum sgw_cms_type type_of(const struct sgw_tlv *oid)
{
    if (sgw_tlv_is(oid, oid_signed, sizeof(oid_signed)))
        return SGW_CMS_SIGNED;
    if (sgw_tlv_is(oid, oid_enveloped, sizeof(oid_enveloped)))
        return SGW_CMS_ENVELOPED;
    if (sgw_tlv_is(oid, oid_auth_enveloped, sizeof(oid_auth_enveloped)))
        return SGW_CMS_AUTH_ENVELOPED;
    return SGW_CMS_OTHER;
}

/* Whether the innermost open element ends here, before any content. */
static enum sgw_der_result ends_here(struct sgw_framing *framing, const struct sgw_der *walk,
                                     bool *ret_ends)
{
    int64_t end = framing->ends[framing->open_count - 1];
    if (end >= 0) {
        *ret_ends = walk->at - framing->head.data == end;
        return SGW_DER_OK;
    }
    if (sgw_der_at_end(walk))
        return SGW_DER_SHORT;
    *ret_ends = *walk->at == 0;
    return SGW_DER_OK;
}

/* The content's own header: a primitive string, or a constructed one whose segments follow. */
static enum sgw_der_result enter_content(struct sgw_framing *framing, struct sgw_der *walk,
                                         uint8_t primitive, uint8_t constructed)
{
    uint8_t tag;
    size_t header_size;
    int64_t size;
    enum sgw_der_result result =
        sgw_der_header(walk->at, sgw_der_left(walk), &tag, &header_size, &size);
    if (result != SGW_DER_OK)
        return result;
    framing->content_open = framing->open_count;
    if (tag != primitive && tag != constructed)
        return SGW_DER_BAD;
    int64_t start = walk->at - framing->head.data;
    if (tag == primitive) {
        int64_t end;
        if (__builtin_add_overflow(start + (int64_t)header_size, size, &end) ||
            end > sgw_framing_end(framing))
            return SGW_DER_BAD;
        framing->segment_left = size;
    } else {
        result = sgw_framing_open(framing, start, header_size, size);
    }
    walk->at += header_size;
    framing->has_content = true;
    return result;
}

/* What both kinds have: a SET, then a content's SEQUENCE that starts with its type. */
static enum sgw_der_result enter_info(struct sgw_framing *framing, struct sgw_der *walk,
                                      struct sgw_tlv *ret_set)
{
    enum sgw_der_result result = take(framing, walk, SGW_TAG_SET, ret_set);
    if (result == SGW_DER_OK)
        result = enter(framing, walk, SGW_TAG_SEQUENCE);
    return result == SGW_DER_OK ? take(framing, walk, SGW_TAG_OID, &framing->content_oid)
                                : result;
}

/* Does the content's SEQUENCE end without a content? */
static enum sgw_der_result is_absent(struct sgw_framing *framing, struct sgw_der *walk,
                                     bool *ret_absent)
{
    enum sgw_der_result result = ends_here(framing, walk, ret_absent);
    if (result == SGW_DER_OK && *ret_absent)
        framing->content_open = framing->open_count;
    return result;
}

/* [RFC5652-5.1], up to the octets of eContent. */
static enum sgw_der_result read_signed(struct sgw_framing *framing, struct sgw_der *walk)
{
    bool absent = false;
    enum sgw_der_result result = enter_info(framing, walk, &framing->digest_algorithms);
    if (result == SGW_DER_OK)
        result = is_absent(framing, walk, &absent);
    if (result != SGW_DER_OK || absent)
        return result;
    result = enter(framing, walk, SGW_TAG_CONTEXT_CONSTRUCTED);
    if (result == SGW_DER_OK)
        result = enter_content(framing, walk, SGW_TAG_OCTET_STRING,
                               SGW_TAG_CONSTRUCTED_OCTET_STRING);
    return result;
}

/* [RFC5652-6.1] and [RFC5083-2.1], up to the octets of encryptedContent. */
static enum sgw_der_result read_enveloped(struct sgw_framing *framing, struct sgw_der *walk)
{
    bool absent = false;
    enum sgw_der_result result = SGW_DER_OK;
    if (sgw_der_is_next(walk, SGW_TAG_CONTEXT_CONSTRUCTED))
        result = take(framing, walk, SGW_TAG_CONTEXT_CONSTRUCTED, &framing->originator);
    if (result == SGW_DER_OK)
        result = enter_info(framing, walk, &framing->recipients);
    if (result == SGW_DER_OK)
        result = take(framing, walk, SGW_TAG_SEQUENCE, &framing->content_algorithm);
    if (result == SGW_DER_OK)
        result = is_absent(framing, walk, &absent);
    if (result != SGW_DER_OK || absent)
        return result;
    return enter_content(framing, walk, SGW_TAG_CONTEXT, SGW_TAG_CONTEXT_CONSTRUCTED);
}

enum sgw_der_result sgw_framing_read_head(struct sgw_framing *framing, struct sgw_der *walk)
{
    struct sgw_tlv version;
    framing->open_count = 0;
    framing->has_content = false;
    framing->originator.start = NULL;
    enum sgw_der_result result = enter(framing, walk, SGW_TAG_SEQUENCE);
    if (result == SGW_DER_OK)
        result = take(framing, walk, SGW_TAG_OID, &framing->type_oid);
    if (result != SGW_DER_OK)
        return result;
    framing->type = type_of(&framing->type_oid);
    if (framing->type == SGW_CMS_OTHER)
        return SGW_DER_OK;
    result = enter(framing, walk, SGW_TAG_CONTEXT_CONSTRUCTED);
    if (result == SGW_DER_OK)
        result = enter(framing, walk, SGW_TAG_SEQUENCE);
    if (result == SGW_DER_OK)
        result = take(framing, walk, SGW_TAG_INTEGER, &version);
    if (result != SGW_DER_OK)
        return result;
    if (!sgw_tlv_number(&version, &framing->version))
        return SGW_DER_BAD;
    return framing->type == SGW_CMS_SIGNED ? read_signed(framing, walk)
                                           : read_enveloped(framing, walk);
}
