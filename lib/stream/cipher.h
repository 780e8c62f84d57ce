/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_CIPHER_H
#define SGW_STREAM_CIPHER_H

#include "base/crypto.h"
#include "stream/stage.h"

/* Encrypts; CBC pads as [RFC5652-6.3]. The cipher is owned from init on; clear wipes
 * it, and is also fine for a stage of zeroes. */
struct sgw_encrypt_stage {
    struct sgw_stage base;
    struct sgw_stage *next;
    struct sgw_cipher *cipher;
    size_t block_size;
    int is_aead;
    uint8_t tag[SGW_CIPHER_TAG_SIZE]; /* AEAD, after finish */
    uint8_t *room;                    /* a piece, allocated by init, wiped */
    size_t room_size;
};
int sgw_encrypt_stage_init(struct sgw_encrypt_stage *stage, enum sgw_cipher_id id,
                           const uint8_t *key, const uint8_t *iv, struct sgw_stage *next,
                           struct smimegw_error **ret_error);
/* AEAD: authenticated attributes, before any content. */
int sgw_encrypt_stage_auth(struct sgw_encrypt_stage *stage, const void *data, size_t size);
void sgw_encrypt_stage_clear(struct sgw_encrypt_stage *stage);
/* Ciphertext size for a plaintext size (without tag); -1 on overflow. */
int64_t sgw_encrypted_size(enum sgw_cipher_id id, int64_t size);

/*
 * Decrypts into next what is NOT PROVEN YET: next must keep it from every sink until finish
 * was OK. CBC: the padding is judged in constant time at finish, and a size that is no
 * multiple of the block, or a bad padding, is E_DECRYPT, after next has had as much work as
 * with a good one. AEAD: the caller compares sgw_decrypt_stage_tag(). On E_DECRYPT no detail
 * is set (RFC 3218: uniform).
 */
struct sgw_decrypt_stage {
    struct sgw_stage base;
    struct sgw_stage *next;
    struct sgw_cipher *cipher;
    size_t block_size;
    int is_aead;
    uint8_t tag[SGW_CIPHER_TAG_SIZE];
    uint8_t *room; /* a piece; at least the last block of what came is always held here */
    size_t room_size;
};
int sgw_decrypt_stage_init(struct sgw_decrypt_stage *stage, enum sgw_cipher_id id,
                           const uint8_t *key, const uint8_t *iv, struct sgw_stage *next,
                           struct smimegw_error **ret_error);
int sgw_decrypt_stage_auth(struct sgw_decrypt_stage *stage, const void *data, size_t size);
/* AEAD, after finish: E_DECRYPT unless the first size (12..16) bytes of the tag are these. */
int sgw_decrypt_stage_tag(struct sgw_decrypt_stage *stage, const uint8_t *tag, size_t size);
void sgw_decrypt_stage_clear(struct sgw_decrypt_stage *stage);

#endif
