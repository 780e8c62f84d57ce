/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/cipher.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"

/* A multiple of every block; the room has one block more, for the padding. */
enum { PIECE_SIZE = 16 * 1024, ROOM_SIZE = PIECE_SIZE + 16 };

typedef int (*cipher_fn)(struct sgw_cipher *cipher, const uint8_t *in, size_t size,
                         uint8_t *out);

/* What both directions have in common while the content streams. */
struct piece {
    struct sgw_cipher *cipher;
    cipher_fn work;
    struct sgw_stage *next;
    uint8_t *room;
    size_t *room_size;
};

static int cipher_failed(struct smimegw_error **ret_error, int code)
{
    return sgw_fail(ret_error, code, "content cipher");
}

static int open_cipher(enum sgw_cipher_id id, const uint8_t *key, const uint8_t *iv,
                       struct sgw_cipher **ret_cipher, uint8_t **ret_room,
                       struct smimegw_error **ret_error)
{
    uint8_t *room = sgw_malloc(ROOM_SIZE);
    if (room == NULL)
        return cipher_failed(ret_error, SMIMEGW_E_NOMEM);
    int ret = sgw_cipher_new(id, key, iv, ret_cipher);
    if (ret < 0) {
        sgw_free(room);
        return cipher_failed(ret_error, ret);
    }
    *ret_room = room;
    return SMIMEGW_OK;
}

/* One whole piece into the room and on. */
static int pass_piece(const struct piece *piece, const uint8_t *in,
                      struct smimegw_error **ret_error)
{
    *piece->room_size = 0;
    int ret = piece->work(piece->cipher, in, PIECE_SIZE, piece->room);
    if (ret < 0)
        return cipher_failed(ret_error, ret);
    return sgw_push(piece->next, piece->room, PIECE_SIZE, ret_error);
}

/* Small pushes are collected, large ones worked on where they are. A piece goes only when more
 * comes after it, so that the room is never empty at the end of something. */
static int pass(const struct piece *piece, const uint8_t *data, size_t size,
                struct smimegw_error **ret_error)
{
    while (size > 0) {
        int ret = SMIMEGW_OK;
        if (*piece->room_size == PIECE_SIZE)
            ret = pass_piece(piece, piece->room, ret_error);
        while (ret == SMIMEGW_OK && *piece->room_size == 0 && size > PIECE_SIZE) {
            ret = pass_piece(piece, data, ret_error);
            data += PIECE_SIZE;
            size -= PIECE_SIZE;
        }
        if (ret != SMIMEGW_OK)
            return ret;
        size_t left = PIECE_SIZE - *piece->room_size;
        size_t taken = size < left ? size : left;
        memcpy(piece->room + *piece->room_size, data, taken);
        *piece->room_size += taken;
        data += taken;
        size -= taken;
    }
    return SMIMEGW_OK;
}

static int encrypt_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_encrypt_stage *stage = (struct sgw_encrypt_stage *)base;
    const struct piece piece = {stage->cipher, sgw_cipher_encrypt, stage->next, stage->room,
                                &stage->room_size};
    return pass(&piece, data, size, ret_error);
}

static int encrypt_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_encrypt_stage *stage = (struct sgw_encrypt_stage *)base;
    if (!stage->is_aead) {
        size_t padding = stage->block_size - stage->room_size % stage->block_size;
        memset(stage->room + stage->room_size, (int)padding, padding);
        stage->room_size += padding;
    }
    int ret = sgw_cipher_encrypt(stage->cipher, stage->room, stage->room_size, stage->room);
    if (ret == SMIMEGW_OK && stage->is_aead)
        ret = sgw_cipher_tag(stage->cipher, stage->tag);
    if (ret < 0)
        return cipher_failed(ret_error, ret);
    ret = sgw_push(stage->next, stage->room, stage->room_size, ret_error);
    return ret == SMIMEGW_OK ? sgw_finish(stage->next, ret_error) : ret;
}

int sgw_encrypt_stage_init(struct sgw_encrypt_stage *stage, enum sgw_cipher_id id,
                           const uint8_t *key, const uint8_t *iv, struct sgw_stage *next,
                           struct smimegw_error **ret_error)
{
    struct sgw_cipher *cipher;
    uint8_t *room;
    int ret = open_cipher(id, key, iv, &cipher, &room, ret_error);
    if (ret < 0)
        return ret;
    *stage = (struct sgw_encrypt_stage){
        .base = {encrypt_push, encrypt_finish},
        .next = next,
        .cipher = cipher,
        .block_size = sgw_cipher_block_size(id),
        .is_aead = sgw_cipher_is_aead(id),
        .room = room,
    };
    return SMIMEGW_OK;
}

int sgw_encrypt_stage_auth(struct sgw_encrypt_stage *stage, const void *data, size_t size)
{
    return sgw_cipher_add_auth(stage->cipher, data, size);
}

void sgw_encrypt_stage_clear(struct sgw_encrypt_stage *stage)
{
    sgw_cipher_free(stage->cipher);
    sgw_free_secret(stage->room, ROOM_SIZE);
    sgw_wipe(stage, sizeof(*stage));
}

int64_t sgw_encrypted_size(enum sgw_cipher_id id, int64_t size)
{
    int64_t block = (int64_t)sgw_cipher_block_size(id);
    int64_t total;
    assert(size >= 0 && block > 0);
    if (sgw_cipher_is_aead(id))
        return size;
    return __builtin_add_overflow(size, block - size % block, &total) ? -1 : total;
}

static int decrypt_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_decrypt_stage *stage = (struct sgw_decrypt_stage *)base;
    const struct piece piece = {stage->cipher, sgw_cipher_decrypt, stage->next, stage->room,
                                &stage->room_size};
    return pass(&piece, data, size, ret_error);
}

/* All ones where a < b, else zero; both small. */
static uint32_t mask_less(uint32_t a, uint32_t b)
{
    return 0U - ((a - b) >> 31);
}

/*
 * Size of the padding [RFC5652-6.3], 1 where it is bad; ret_bad is not zero then. The
 * same work whatever the bytes are (AC-72).
 */
static size_t judge_padding(const uint8_t *block, size_t block_size, uint32_t *ret_bad)
{
    uint32_t size = (uint32_t)block_size;
    uint32_t padding = block[size - 1];
    uint32_t bad = mask_less(padding, 1) | mask_less(size, padding);
    for (uint32_t i = 0; i < size; i++)
        bad |= mask_less(i, padding) & (block[size - 1 - i] ^ padding);
    uint32_t bad_mask = mask_less(0, bad & 255);
    *ret_bad = bad_mask;
    return (padding & ~bad_mask) | (1 & bad_mask);
}

static int finish_cbc(struct sgw_decrypt_stage *stage, struct smimegw_error **ret_error)
{
    size_t size = stage->room_size;
    if (size == 0 || size % stage->block_size != 0)
        return SMIMEGW_E_DECRYPT;
    int ret = sgw_cipher_decrypt(stage->cipher, stage->room, size, stage->room);
    if (ret < 0)
        return cipher_failed(ret_error, ret);
    uint32_t bad;
    size -= judge_padding(stage->room + size - stage->block_size, stage->block_size, &bad);
    /* what next says of a last piece that is not one must not be heard */
    struct smimegw_error **detail = bad == 0 ? ret_error : NULL;
    ret = sgw_push(stage->next, stage->room, size, detail);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(stage->next, detail);
    return bad == 0 ? ret : SMIMEGW_E_DECRYPT;
}

static int finish_aead(struct sgw_decrypt_stage *stage, struct smimegw_error **ret_error)
{
    int ret = sgw_cipher_decrypt(stage->cipher, stage->room, stage->room_size, stage->room);
    if (ret == SMIMEGW_OK)
        ret = sgw_cipher_tag(stage->cipher, stage->tag);
    if (ret < 0)
        return cipher_failed(ret_error, ret);
    ret = sgw_push(stage->next, stage->room, stage->room_size, ret_error);
    return ret == SMIMEGW_OK ? sgw_finish(stage->next, ret_error) : ret;
}

static int decrypt_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_decrypt_stage *stage = (struct sgw_decrypt_stage *)base;
    return stage->is_aead ? finish_aead(stage, ret_error) : finish_cbc(stage, ret_error);
}

int sgw_decrypt_stage_init(struct sgw_decrypt_stage *stage, enum sgw_cipher_id id,
                           const uint8_t *key, const uint8_t *iv, struct sgw_stage *next,
                           struct smimegw_error **ret_error)
{
    struct sgw_cipher *cipher;
    uint8_t *room;
    int ret = open_cipher(id, key, iv, &cipher, &room, ret_error);
    if (ret < 0)
        return ret;
    *stage = (struct sgw_decrypt_stage){
        .base = {decrypt_push, decrypt_finish},
        .next = next,
        .cipher = cipher,
        .block_size = sgw_cipher_block_size(id),
        .is_aead = sgw_cipher_is_aead(id),
        .room = room,
    };
    return SMIMEGW_OK;
}

int sgw_decrypt_stage_auth(struct sgw_decrypt_stage *stage, const void *data, size_t size)
{
    return sgw_cipher_add_auth(stage->cipher, data, size);
}

int sgw_decrypt_stage_tag(struct sgw_decrypt_stage *stage, const uint8_t *tag, size_t size)
{
    /* [RFC5084-3.2]: 12 to 16 */
    if (!stage->is_aead || size < 12 || size > SGW_CIPHER_TAG_SIZE)
        return SMIMEGW_E_DECRYPT;
    return sgw_equal_secret(stage->tag, tag, size) ? SMIMEGW_OK : SMIMEGW_E_DECRYPT;
}

void sgw_decrypt_stage_clear(struct sgw_decrypt_stage *stage)
{
    sgw_cipher_free(stage->cipher);
    sgw_free_secret(stage->room, ROOM_SIZE);
    sgw_wipe(stage, sizeof(*stage));
}
