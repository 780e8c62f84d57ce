/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/sqlite/checksum.h"

/* Any odd number of mixed bits will do. */
static const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);

uint64_t sgw_checksum_number(uint64_t sum, uint64_t number)
{
    sum = (sum ^ number) * factor;
    return sum ^ (sum >> 29);
}

static uint64_t read_word(const uint8_t *bytes, size_t size)
{
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

uint64_t sgw_checksum_add(uint64_t sum, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    sum = sgw_checksum_number(sum, size);
    for (; size >= 8; size -= 8, bytes += 8)
        sum = sgw_checksum_number(sum, read_word(bytes, 8));
    return size > 0 ? sgw_checksum_number(sum, read_word(bytes, size)) : sum;
}
