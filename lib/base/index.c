/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/index.h"

#include <gnutls/crypto.h>
#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"

enum { FIRST_ROOM = 64, NEVER_USED = 0, REMOVED = 1, FIRST_VALUE = 2 };

int sgw_index_init(struct sgw_index *index)
{
    *index = (struct sgw_index){0};
    return gnutls_rnd(GNUTLS_RND_NONCE, index->key, sizeof(index->key)) < 0 ? SMIMEGW_E_RANDOM
                                                                            : SMIMEGW_OK;
}

void sgw_index_clear(struct sgw_index *index)
{
    sgw_free(index->slots);
    *index = (struct sgw_index){0};
}

int sgw_index_copy(const struct sgw_index *index, struct sgw_index *ret)
{
    *ret = *index;
    if (index->slots == NULL)
        return SMIMEGW_OK;
    ret->slots = sgw_calloc(index->room, sizeof(*ret->slots));
    if (ret->slots == NULL) {
        *ret = (struct sgw_index){0};
        return SMIMEGW_E_NOMEM;
    }
    memcpy(ret->slots, index->slots, index->room * sizeof(*ret->slots));
    return SMIMEGW_OK;
}

/* --- SipHash-2-4 ---------------------------------------------------------------------------
 */

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(uint64_t v[4], int rounds)
{
    for (int i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static uint64_t word_at(const uint8_t *bytes, size_t size)
{
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)bytes[i] << 8 * i;
    return word;
}

uint64_t sgw_index_hash(const struct sgw_index *index, const void *text, size_t size)
{
    const uint8_t *bytes = text;
    uint64_t v[4] = {index->key[0] ^ UINT64_C(0x736f6d6570736575),
                     index->key[1] ^ UINT64_C(0x646f72616e646f6d),
                     index->key[0] ^ UINT64_C(0x6c7967656e657261),
                     index->key[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t last = (uint64_t)size << 56;
    for (; size >= 8; size -= 8, bytes += 8) {
        uint64_t word = word_at(bytes, 8);
        v[3] ^= word;
        mix(v, 2);
        v[0] ^= word;
    }
    last |= word_at(bytes, size);
    v[3] ^= last;
    mix(v, 2);
    v[0] ^= last;
    v[2] ^= 0xff;
    mix(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* --- slots ---------------------------------------------------------------------------------
 */

static void put(struct sgw_index *index, uint64_t hash, size_t stored)
{
    size_t place = (size_t)hash & (index->room - 1);
    while (index->slots[place].value != NEVER_USED)
        place = (place + 1) & (index->room - 1);
    index->slots[place] = (struct sgw_index_slot){hash, stored};
    index->used++;
}

static size_t count_live(const struct sgw_index *index)
{
    size_t count = 0;
    for (size_t i = 0; i < index->room; i++)
        count += index->slots[i].value >= FIRST_VALUE;
    return count;
}

/* Again without what was removed; with twice the room where that is not enough. */
static int grow(struct sgw_index *index)
{
    struct sgw_index_slot *old = index->slots;
    size_t old_room = index->room;
    size_t room = old_room > 0 ? old_room : FIRST_ROOM;
    if (count_live(index) >= room / 4)
        room *= 2;
    struct sgw_index_slot *slots = sgw_calloc(room, sizeof(*slots));
    if (slots == NULL)
        return SMIMEGW_E_NOMEM;
    index->slots = slots;
    index->room = room;
    index->used = 0;
    for (size_t i = 0; i < old_room; i++)
        if (old[i].value >= FIRST_VALUE)
            put(index, old[i].hash, old[i].value);
    sgw_free(old);
    return SMIMEGW_OK;
}

int sgw_index_add(struct sgw_index *index, uint64_t hash, size_t value)
{
    int ret = index->used >= index->room / 2 ? grow(index) : SMIMEGW_OK;
    if (ret == SMIMEGW_OK)
        put(index, hash, value + FIRST_VALUE);
    return ret;
}

/* *at counts the slots that were looked at from the hash's own place on. */
bool sgw_index_next(const struct sgw_index *index, uint64_t hash, size_t *at,
                    size_t *ret_value)
{
    while (*at < index->room) {
        size_t place = ((size_t)hash + *at) & (index->room - 1);
        const struct sgw_index_slot *slot = &index->slots[place];
        if (slot->value == NEVER_USED)
            return false;
        (*at)++;
        if (slot->hash == hash && slot->value >= FIRST_VALUE) {
            *ret_value = slot->value - FIRST_VALUE;
            return true;
        }
    }
    return false;
}

void sgw_index_remove(struct sgw_index *index, uint64_t hash, size_t value)
{
    size_t found;
    for (size_t at = 0; sgw_index_next(index, hash, &at, &found);)
        if (found == value) {
            index->slots[((size_t)hash + at - 1) & (index->room - 1)].value = REMOVED;
            return;
        }
}

void sgw_index_close_gap(struct sgw_index *index, size_t gone)
{
    for (size_t i = 0; i < index->room; i++)
        if (index->slots[i].value > gone + FIRST_VALUE)
            index->slots[i].value--;
}
