/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/error.h>
#include <stdlib.h>
#include <string.h>

#include "asn1/der.h"
#include "base/alloc.h"
#include "base/text.h"

enum { HEADER_MAX = 10 };

size_t sgw_der_header_size(int64_t size)
{
    size_t header_size = 2;
    if (size >= 0x80)
        for (uint64_t rest = (uint64_t)size; rest > 0; rest >>= 8)
            header_size++;
    return header_size;
}

static size_t make_header(uint8_t header[HEADER_MAX], uint8_t tag, int64_t size)
{
    size_t header_size = sgw_der_header_size(size);
    header[0] = tag;
    header[1] = header_size == 2 ? (uint8_t)size : (uint8_t)(0x80 | (header_size - 2));
    for (size_t i = header_size - 1; i > 1; i--, size >>= 8)
        header[i] = (uint8_t)size;
    return header_size;
}

void sgw_out_raw(struct sgw_der_out *out, const void *data, size_t size)
{
    if (out->result == SMIMEGW_OK)
        out->result = sgw_buf_append(&out->buf, data, size);
}

void sgw_out_header(struct sgw_der_out *out, uint8_t tag, int64_t size)
{
    uint8_t header[HEADER_MAX];
    sgw_out_raw(out, header, make_header(header, tag, size));
}

void sgw_out_put(struct sgw_der_out *out, uint8_t tag, const void *value, size_t size)
{
    sgw_out_header(out, tag, (int64_t)size);
    sgw_out_raw(out, value, size);
}

void sgw_out_number(struct sgw_der_out *out, int number)
{
    uint8_t value[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    size_t skip = number < 0x80;
    sgw_out_put(out, SGW_TAG_INTEGER, value + skip, sizeof(value) - skip);
}

/* UTCTime through 2049, GeneralizedTime after that [RFC5652-11.3]. */
void sgw_out_time(struct sgw_der_out *out, int64_t seconds)
{
    char iso[SGW_TIME_TEXT_SIZE];
    char time[16];
    size_t used = 0;
    sgw_time_text(seconds, iso);
    for (const char *at = iso; *at != '\0'; at++)
        if (sgw_is_digit((unsigned char)*at))
            time[used++] = *at;
    time[used++] = 'Z';
    if (memcmp(time, "1950", 4) >= 0 && memcmp(time, "2050", 4) < 0)
        sgw_out_put(out, SGW_TAG_UTC_TIME, time + 2, used - 2);
    else
        sgw_out_put(out, SGW_TAG_GENERALIZED_TIME, time, used);
}

size_t sgw_out_mark(const struct sgw_der_out *out)
{
    return out->buf.size;
}

void sgw_out_wrap(struct sgw_der_out *out, size_t mark, uint8_t tag)
{
    uint8_t header[HEADER_MAX];
    uint8_t *room;
    if (out->result != SMIMEGW_OK)
        return;
    size_t size = out->buf.size - mark;
    size_t header_size = make_header(header, tag, (int64_t)size);
    out->result = sgw_buf_extend(&out->buf, header_size, &room);
    if (out->result != SMIMEGW_OK)
        return;
    memmove(out->buf.data + mark + header_size, out->buf.data + mark, size);
    memcpy(out->buf.data + mark, header, header_size);
}

static int compare_elements(const void *a, const void *b)
{
    const struct sgw_tlv *first = a;
    const struct sgw_tlv *second = b;
    return sgw_der_compare(first->start, first->total, second->start, second->total);
}

/* Rewrite the elements from the mark on in DER's order. */
static int sort_elements(struct sgw_buf *buf, size_t mark)
{
    struct sgw_der walk;
    sgw_der_init(&walk, buf->data + mark, buf->size - mark);
    int count = sgw_der_count(walk);
    if (count < 2)
        return SMIMEGW_OK;
    size_t size = buf->size - mark;
    SGW_CLEANUP(sgw_freep)
    struct sgw_tlv *elements = sgw_calloc((size_t)count, sizeof(*elements));
    SGW_CLEANUP(sgw_freep) uint8_t *copy = sgw_malloc(size);
    if (elements == NULL || copy == NULL)
        return SMIMEGW_E_NOMEM;
    for (int i = 0; i < count; i++)
        sgw_der_next(&walk, &elements[i]);
    qsort(elements, (size_t)count, sizeof(*elements), compare_elements);
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        memcpy(copy + used, elements[i].start, elements[i].total);
        used += elements[i].total;
    }
    memcpy(buf->data + mark, copy, size);
    return SMIMEGW_OK;
}

void sgw_out_wrap_set(struct sgw_der_out *out, size_t mark, uint8_t tag)
{
    if (out->result == SMIMEGW_OK)
        out->result = sort_elements(&out->buf, mark);
    sgw_out_wrap(out, mark, tag);
}

void sgw_out_clear(struct sgw_der_out *out)
{
    sgw_buf_clear(&out->buf);
}
