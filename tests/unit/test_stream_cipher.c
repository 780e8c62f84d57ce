/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_check.h"

#include "base/text.h"
#include "stream/cipher.h"

static const uint8_t key[SGW_CIPHER_KEY_MAX] = "an ordinary key of 32 bytes ....";
static const uint8_t iv[SGW_CIPHER_IV_MAX] = "0123456789abcdef";

static const enum sgw_cipher_id ids[] = {
    SGW_CIPHER_AES128_CBC, SGW_CIPHER_AES192_CBC, SGW_CIPHER_AES256_CBC, SGW_CIPHER_3DES_CBC,
    SGW_CIPHER_AES128_GCM, SGW_CIPHER_AES192_GCM, SGW_CIPHER_AES256_GCM};
enum { ID_COUNT = sizeof(ids) / sizeof(ids[0]) };

/* In one call, without the stage. */
static void encrypt_once(enum sgw_cipher_id id, const uint8_t *in, size_t size,
                         struct sgw_buf *out, uint8_t *tag)
{
    struct sgw_cipher *cipher;
    uint8_t *room;
    size_t block = sgw_cipher_block_size(id);
    size_t padding = sgw_cipher_is_aead(id) ? 0 : block - size % block;
    assert_int_equal(sgw_cipher_new(id, key, iv, &cipher), SMIMEGW_OK);
    assert_int_equal(sgw_buf_extend(out, size + padding, &room), SMIMEGW_OK);
    memcpy(room, in, size);
    memset(room + size, (int)padding, padding);
    if (sgw_cipher_is_aead(id))
        assert_int_equal(sgw_cipher_add_auth(cipher, "attributes", 10), SMIMEGW_OK);
    assert_int_equal(sgw_cipher_encrypt(cipher, room, size + padding, room), SMIMEGW_OK);
    if (sgw_cipher_is_aead(id))
        assert_int_equal(sgw_cipher_tag(cipher, tag), SMIMEGW_OK);
    sgw_cipher_free(cipher);
}

static void encrypt_and_back(enum sgw_cipher_id id, const uint8_t *in, size_t size,
                             size_t chunk)
{
    struct sgw_encrypt_stage encrypt;
    struct sgw_decrypt_stage decrypt;
    struct keeper cipher_text;
    struct keeper plain;
    struct sgw_buf expected = SGW_BUF_INIT(0);
    uint8_t tag[SGW_CIPHER_TAG_SIZE];
    keeper_init(&cipher_text, 0);
    keeper_init(&plain, 0);
    encrypt_once(id, in, size, &expected, tag);
    assert_int_equal(sgw_encrypt_stage_init(&encrypt, id, key, iv, &cipher_text.base, NULL),
                     SMIMEGW_OK);
    assert_int_equal(sgw_decrypt_stage_init(&decrypt, id, key, iv, &plain.base, NULL),
                     SMIMEGW_OK);
    if (sgw_cipher_is_aead(id)) {
        assert_int_equal(sgw_encrypt_stage_auth(&encrypt, "attributes", 10), SMIMEGW_OK);
        assert_int_equal(sgw_decrypt_stage_auth(&decrypt, "attributes", 10), SMIMEGW_OK);
    }
    assert_int_equal(run_chunks(&encrypt.base, in, size, chunk, NULL), SMIMEGW_OK);
    assert_int_equal(cipher_text.buf.size, expected.size);
    assert_int_equal(cipher_text.buf.size, sgw_encrypted_size(id, (int64_t)size));
    if (expected.size > 0)
        assert_memory_equal(cipher_text.buf.data, expected.data, expected.size);
    assert_int_equal(run_chunks(&decrypt.base, expected.data, expected.size, chunk, NULL),
                     SMIMEGW_OK);
    assert_int_equal(plain.buf.size, size);
    if (size > 0)
        assert_memory_equal(plain.buf.data, in, size);
    if (sgw_cipher_is_aead(id)) {
        assert_memory_equal(encrypt.tag, tag, sizeof(tag));
        assert_int_equal(sgw_decrypt_stage_tag(&decrypt, tag, sizeof(tag)), SMIMEGW_OK);
    }
    assert_int_equal(plain.finished + cipher_text.finished, 2);
    sgw_encrypt_stage_clear(&encrypt);
    sgw_decrypt_stage_clear(&decrypt);
    keeper_clear(&cipher_text);
    keeper_clear(&plain);
    sgw_buf_clear(&expected);
}

static void small_contents_come_back(void **state)
{
    (void)state;
    uint8_t in[70];
    fill_random(in, sizeof(in), 1);
    for (size_t i = 0; i < ID_COUNT; i++)
        for (size_t size = 0; size <= sizeof(in); size++)
            for (size_t chunk = 1; chunk <= size + 1; chunk++)
                encrypt_and_back(ids[i], in, size, chunk);
}

/* Around the pieces of 16 KiB that the stages work in. */
static void large_contents_come_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {16367, 16368, 16383, 16384, 16385, 16400, 32768, 50000};
    static const size_t chunks[] = {1, 7, 100, 4096, 16383, 16384, 16385, 32768, 65536};
    static uint8_t in[50000];
    fill_random(in, sizeof(in), 2);
    for (size_t i = 0; i < ID_COUNT; i++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
            for (size_t c = 0; c < sizeof(chunks) / sizeof(chunks[0]); c++)
                encrypt_and_back(ids[i], in, sizes[s], chunks[c]);
}

static void encrypted_size_does_not_overflow(void **state)
{
    (void)state;
    assert_int_equal(sgw_encrypted_size(SGW_CIPHER_AES128_CBC, INT64_MAX), -1);
    assert_int_equal(sgw_encrypted_size(SGW_CIPHER_3DES_CBC, 8), 16);
    assert_int_equal(sgw_encrypted_size(SGW_CIPHER_AES128_GCM, INT64_MAX), INT64_MAX);
}

/* Decrypt one that ends with the given block of plaintext; what came out is kept. */
static int decrypt_block(enum sgw_cipher_id id, const uint8_t *plain, size_t size,
                         struct keeper *keeper)
{
    struct sgw_cipher *cipher;
    struct sgw_decrypt_stage stage;
    struct smimegw_error *error = NULL;
    uint8_t text[64];
    assert_int_equal(sgw_cipher_new(id, key, iv, &cipher), SMIMEGW_OK);
    assert_int_equal(sgw_cipher_encrypt(cipher, plain, size, text), SMIMEGW_OK);
    sgw_cipher_free(cipher);
    keeper_init(keeper, 0);
    assert_int_equal(sgw_decrypt_stage_init(&stage, id, key, iv, &keeper->base, NULL),
                     SMIMEGW_OK);
    int ret = run_chunks(&stage.base, text, size, 5, &error);
    assert_null(error);
    sgw_decrypt_stage_clear(&stage);
    return ret;
}

/* 0 where it is bad [RFC5652-6.3] */
static size_t padding_of(const uint8_t *plain, size_t size, size_t block)
{
    size_t padding = plain[size - 1];
    if (padding > block)
        return 0;
    for (size_t i = 0; i < padding; i++)
        if (plain[size - 1 - i] != padding)
            return 0;
    return padding;
}

/* [AC-72] */
static void paddings_are_judged(void **state)
{
    (void)state;
    for (int is_3des = 0; is_3des < 2; is_3des++) {
        enum sgw_cipher_id id = is_3des ? SGW_CIPHER_3DES_CBC : SGW_CIPHER_AES256_CBC;
        size_t block = sgw_cipher_block_size(id);
        for (int last = 0; last < 256; last++)
            for (size_t wrong = 0; wrong <= block; wrong++) {
                uint8_t plain[32];
                struct keeper keeper;
                memset(plain, 'x', sizeof(plain));
                for (size_t i = 0; i < (size_t)last && i < block; i++)
                    plain[2 * block - 1 - i] = (uint8_t)last;
                plain[2 * block - 1] = (uint8_t)last;
                if (wrong > 0)
                    plain[2 * block - wrong] ^= 0x80;
                size_t padding = padding_of(plain, 2 * block, block);
                bool good = padding > 0;
                int ret = decrypt_block(id, plain, 2 * block, &keeper);
                assert_int_equal(ret, good ? SMIMEGW_OK : SMIMEGW_E_DECRYPT);
                /* the work is the same: something came, and was finished */
                assert_int_equal(keeper.finished, 1);
                if (good)
                    assert_int_equal(keeper.buf.size, 2 * block - padding);
                keeper_clear(&keeper);
            }
    }
}

static void odd_sizes_are_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size < 50; size++) {
        uint8_t text[50] = {0};
        struct sgw_decrypt_stage stage;
        struct keeper keeper;
        struct smimegw_error *error = NULL;
        keeper_init(&keeper, 0);
        sgw_decrypt_stage_init(&stage, SGW_CIPHER_AES128_CBC, key, iv, &keeper.base, NULL);
        if (size == 0 || size % 16 != 0) {
            assert_int_equal(run_chunks(&stage.base, text, size, 3, &error),
                             SMIMEGW_E_DECRYPT);
            assert_null(error);
            assert_int_equal(keeper.buf.size, 0);
        }
        sgw_decrypt_stage_clear(&stage);
        keeper_clear(&keeper);
    }
}

static void tags_are_judged(void **state)
{
    (void)state;
    struct sgw_decrypt_stage stage;
    struct keeper keeper;
    struct sgw_buf text = SGW_BUF_INIT(0);
    uint8_t tag[SGW_CIPHER_TAG_SIZE + 1] = {0};
    encrypt_once(SGW_CIPHER_AES128_GCM, (const uint8_t *)"content", 7, &text, tag);
    keeper_init(&keeper, 0);
    sgw_decrypt_stage_init(&stage, SGW_CIPHER_AES128_GCM, key, iv, &keeper.base, NULL);
    assert_int_equal(sgw_decrypt_stage_auth(&stage, "attributes", 10), SMIMEGW_OK);
    assert_int_equal(run_chunks(&stage.base, text.data, text.size, 2, NULL), SMIMEGW_OK);
    for (size_t size = 0; size <= 17; size++) {
        bool fits = size >= 12 && size <= 16;
        assert_int_equal(sgw_decrypt_stage_tag(&stage, tag, size),
                         fits ? SMIMEGW_OK : SMIMEGW_E_DECRYPT);
        for (size_t i = 0; i < size; i++) {
            tag[i] ^= 1;
            assert_int_equal(sgw_decrypt_stage_tag(&stage, tag, size), SMIMEGW_E_DECRYPT);
            tag[i] ^= 1;
        }
    }
    sgw_decrypt_stage_clear(&stage);
    sgw_decrypt_stage_clear(&stage);
    keeper_clear(&keeper);
    sgw_buf_clear(&text);
}

static void stop_is_handed_back(void **state)
{
    (void)state;
    static uint8_t in[100000];
    for (size_t i = 0; i < ID_COUNT; i++)
        for (size_t chunk = 100; chunk <= 100000; chunk *= 10) {
            struct sgw_encrypt_stage stage;
            struct keeper keeper;
            keeper_init(&keeper, 20000);
            sgw_encrypt_stage_init(&stage, ids[i], key, iv, &keeper.base, NULL);
            assert_int_equal(run_chunks(&stage.base, in, sizeof(in), chunk, NULL), SGW_STOP);
            assert_int_equal(keeper.buf.size, 32768);
            sgw_encrypt_stage_clear(&stage);
            keeper_clear(&keeper);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_contents_come_back),
        cmocka_unit_test(large_contents_come_back),
        cmocka_unit_test(encrypted_size_does_not_overflow),
        cmocka_unit_test(paddings_are_judged),
        cmocka_unit_test(odd_sizes_are_refused),
        cmocka_unit_test(tags_are_judged),
        cmocka_unit_test(stop_is_handed_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
