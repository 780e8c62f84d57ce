/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asn1/der.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { DEPTH_MAX = 64, LENGTH_OCTETS_MAX = 8 };

void sgw_der_init(struct sgw_der *der, const void *data, size_t size)
{
    der->at = data;
    der->end = der->at != NULL ? der->at + size : NULL;
    der->is_strict = true;
}

void sgw_ber_init(struct sgw_der *der, const void *data, size_t size)
{
    sgw_der_init(der, data, size);
    der->is_strict = false;
}

struct sgw_der sgw_der_inside(const struct sgw_der *der, const struct sgw_tlv *tlv)
{
    return (struct sgw_der){tlv->value, tlv->value + tlv->size, der->is_strict};
}

size_t sgw_der_left(const struct sgw_der *der)
{
    return (size_t)(der->end - der->at);
}

bool sgw_der_at_end(const struct sgw_der *der)
{
    return der->at == der->end;
}

enum sgw_der_result sgw_der_header(const uint8_t *data, size_t available, uint8_t *ret_tag,
                                   size_t *ret_header_size, int64_t *ret_size)
{
    if (available < 2)
        return SGW_DER_SHORT;
    if ((data[0] & 0x1f) == 0x1f)
        return SGW_DER_BAD;
    *ret_tag = data[0];
    *ret_header_size = 2;
    if (data[1] < 0x80) {
        *ret_size = data[1];
        return SGW_DER_OK;
    }
    if (data[1] == 0x80) {
        /* only what is constructed can end with end-of-contents octets */
        *ret_size = -1;
        return (data[0] & SGW_TAG_CONSTRUCTED) != 0 ? SGW_DER_OK : SGW_DER_BAD;
    }
    size_t octets = data[1] & 0x7f;
    if (octets > LENGTH_OCTETS_MAX)
        return SGW_DER_BAD;
    if (available < 2 + octets)
        return SGW_DER_SHORT;
    uint64_t size = 0;
    for (size_t i = 0; i < octets; i++)
        size = size << 8 | data[2 + i];
    if (size > INT64_MAX)
        return SGW_DER_BAD;
    *ret_size = (int64_t)size;
    *ret_header_size = 2 + octets;
    return SGW_DER_OK;
}

/* DER: the shortest form of the length, and never an indefinite one. */
static bool is_minimal(size_t header_size, int64_t size)
{
    return size >= 0 && header_size == sgw_der_header_size(size);
}

/* Size of the contents up to the end-of-contents octets that close an indefinite length. */
static enum sgw_der_result find_end(const uint8_t *data, size_t available, size_t *ret_size)
{
    size_t at = 0;
    int open = 1;
    for (;;) {
        uint8_t tag;
        size_t header_size;
        int64_t size;
        enum sgw_der_result ret =
            sgw_der_header(data + at, available - at, &tag, &header_size, &size);
        if (ret != SGW_DER_OK)
            return ret;
        if (tag == 0) {
            if (size != 0 || header_size != 2)
                return SGW_DER_BAD;
            if (--open == 0) {
                *ret_size = at;
                return SGW_DER_OK;
            }
        }
        if (size < 0 && ++open > DEPTH_MAX)
            return SGW_DER_BAD;
        at += header_size;
        if (size > 0 && (uint64_t)size > available - at)
            return SGW_DER_SHORT;
        at += size > 0 ? (size_t)size : 0;
    }
}

enum sgw_der_result sgw_der_read(struct sgw_der *der, struct sgw_tlv *ret)
{
    size_t available = sgw_der_left(der);
    size_t header_size;
    int64_t size;
    struct sgw_tlv tlv;
    enum sgw_der_result result =
        sgw_der_header(der->at, available, &tlv.tag, &header_size, &size);
    if (result != SGW_DER_OK)
        return result;
    if (tlv.tag == 0 || (der->is_strict && !is_minimal(header_size, size)))
        return SGW_DER_BAD;
    tlv.start = der->at;
    tlv.value = der->at + header_size;
    if (size < 0) {
        result = find_end(tlv.value, available - header_size, &tlv.size);
        if (result != SGW_DER_OK)
            return result;
        tlv.total = header_size + tlv.size + 2;
    } else {
        if ((uint64_t)size > available - header_size)
            return SGW_DER_SHORT;
        tlv.size = (size_t)size;
        tlv.total = header_size + tlv.size;
    }
    der->at += tlv.total;
    *ret = tlv;
    return SGW_DER_OK;
}

bool sgw_der_next(struct sgw_der *der, struct sgw_tlv *ret)
{
    return sgw_der_read(der, ret) == SGW_DER_OK;
}

bool sgw_der_is_next(const struct sgw_der *der, uint8_t tag)
{
    return der->at != der->end && *der->at == tag;
}

bool sgw_der_get(struct sgw_der *der, uint8_t tag, struct sgw_tlv *ret)
{
    return sgw_der_is_next(der, tag) && sgw_der_next(der, ret);
}

bool sgw_der_enter(struct sgw_der *der, uint8_t tag, struct sgw_der *ret_inside)
{
    struct sgw_tlv tlv;
    if (!sgw_der_get(der, tag, &tlv))
        return false;
    *ret_inside = sgw_der_inside(der, &tlv);
    return true;
}

bool sgw_der_is_strict(const uint8_t *data, size_t size)
{
    /* the ends of the constructed elements that are open; no recursion over input */
    const uint8_t *ends[DEPTH_MAX];
    int depth = 0;
    const uint8_t *at = data;
    ends[0] = data + size;
    for (;;) {
        while (at == ends[depth])
            if (depth-- == 0)
                return true;
        uint8_t tag;
        size_t header_size;
        int64_t length;
        size_t available = (size_t)(ends[depth] - at);
        if (sgw_der_header(at, available, &tag, &header_size, &length) != SGW_DER_OK ||
            tag == 0 || !is_minimal(header_size, length) ||
            (uint64_t)length > available - header_size)
            return false;
        at += header_size;
        if ((tag & SGW_TAG_CONSTRUCTED) == 0) {
            at += length;
            continue;
        }
        if (++depth == DEPTH_MAX)
            return false;
        ends[depth] = at + length;
    }
}

int sgw_der_count(struct sgw_der der)
{
    int count = 0;
    struct sgw_tlv tlv;
    while (!sgw_der_at_end(&der)) {
        if (!sgw_der_next(&der, &tlv))
            return -1;
        count++;
    }
    return count;
}

int sgw_der_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

bool sgw_tlv_is(const struct sgw_tlv *tlv, const void *value, size_t size)
{
    return tlv->size == size && memcmp(tlv->value, value, size) == 0;
}

bool sgw_tlv_number(const struct sgw_tlv *tlv, int *ret)
{
    int number = 0;
    if (tlv->tag != SGW_TAG_INTEGER || tlv->size == 0 || tlv->size > 4 ||
        (tlv->value[0] & 0x80) != 0 ||
        (tlv->size > 1 && tlv->value[0] == 0 && (tlv->value[1] & 0x80) == 0))
        return false;
    for (size_t i = 0; i < tlv->size; i++)
        number = number << 8 | tlv->value[i];
    *ret = number;
    return true;
}

static int two_digits(const uint8_t *text)
{
    return (text[0] - '0') * 10 + text[1] - '0';
}

bool sgw_tlv_time(const struct sgw_tlv *tlv, int64_t *ret_seconds)
{
    size_t year_size = tlv->tag == SGW_TAG_UTC_TIME ? 2 : 4;
    if ((tlv->tag != SGW_TAG_UTC_TIME && tlv->tag != SGW_TAG_GENERALIZED_TIME) ||
        tlv->size != year_size + 11 || tlv->value[tlv->size - 1] != 'Z')
        return false;
    for (size_t i = 0; i + 1 < tlv->size; i++)
        if (!sgw_is_digit(tlv->value[i]))
            return false;
    const uint8_t *rest = tlv->value + year_size;
    int year = two_digits(tlv->value);
    if (year_size == 4)
        year = year * 100 + two_digits(tlv->value + 2);
    else
        year += year >= 50 ? 1900 : 2000;
    return sgw_time_make(year, two_digits(rest), two_digits(rest + 2), two_digits(rest + 4),
                         two_digits(rest + 6), two_digits(rest + 8), ret_seconds);
}

bool sgw_oid_text(const uint8_t *oid, size_t size, char *ret, size_t ret_size)
{
    size_t used = 0;
    uint64_t arc = 0;
    bool is_first = true;
    if (size == 0 || (oid[size - 1] & 0x80) != 0)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (arc > UINT64_MAX >> 7)
            return false;
        arc = arc << 7 | (oid[i] & 0x7f);
        if ((oid[i] & 0x80) != 0)
            continue;
        unsigned int root = arc < 40 ? 0 : arc < 80 ? 1 : 2;
        int length =
            is_first ? snprintf(ret + used, ret_size - used, "%u.%llu", root,
                                (unsigned long long)(arc - root * 40ULL))
                     : snprintf(ret + used, ret_size - used, ".%llu", (unsigned long long)arc);
        if (length < 0 || (size_t)length >= ret_size - used)
            return false;
        used += (size_t)length;
        arc = 0;
        is_first = false;
    }
    return true;
}
