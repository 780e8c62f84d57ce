/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include <smimegw/error.h>

#include "base/crypto.h"
#include "base/text.h"

static void assert_hex(const uint8_t *data, size_t size, const char *hex)
{
    char text[400];
    sgw_hex(data, size, text);
    assert_string_equal(text, hex);
}

static size_t unhex(const char *hex, uint8_t *ret)
{
    size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++)
        assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &ret[i]), 1);
    return size;
}

/* of "abc"; these and the other values were made by OpenSSL */
static const struct {
    enum sgw_hash_id id;
    const char *digest;
} hash_rows[] = {
    {SGW_HASH_MD5, "900150983cd24fb0d6963f7d28e17f72"},
    {SGW_HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {SGW_HASH_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {SGW_HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {SGW_HASH_SHA384,
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7"
     "cc2358baeca134c825a7"},
    {SGW_HASH_SHA512,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274f"
     "c1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static void hashes_are_right_and_start_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hash_rows) / sizeof(hash_rows[0]); i++) {
        enum sgw_hash_id id = hash_rows[i].id;
        struct sgw_hash *hash = NULL;
        uint8_t digest[SGW_HASH_SIZE_MAX];
        assert_int_equal(sgw_hash_size(id), strlen(hash_rows[i].digest) / 2);
        assert_int_equal(sgw_hash_new(id, &hash), SMIMEGW_OK);
        for (int round = 0; round < 3; round++) {
            assert_int_equal(sgw_hash_update(hash, "ab", 2), SMIMEGW_OK);
            assert_int_equal(sgw_hash_update(hash, NULL, 0), SMIMEGW_OK);
            assert_int_equal(sgw_hash_update(hash, "c", 1), SMIMEGW_OK);
            assert_int_equal(sgw_hash_finish(hash, digest), SMIMEGW_OK);
            assert_hex(digest, sgw_hash_size(id), hash_rows[i].digest);
        }
        sgw_hash_free(hash);
        assert_int_equal(sgw_hash_once(id, "abc", 3, digest), SMIMEGW_OK);
        assert_hex(digest, sgw_hash_size(id), hash_rows[i].digest);
    }
    assert_int_equal(sgw_hash_size(SGW_HASH_NONE), 0);
    sgw_hash_free(NULL);
}

static void no_hash_is_an_error(void **state)
{
    (void)state;
    struct sgw_hash *hash = NULL;
    assert_int_equal(sgw_hash_new(SGW_HASH_NONE, &hash), SMIMEGW_E_CRYPTO);
    assert_null(hash);
}

static const uint8_t counting[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                   11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                   22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const uint8_t plain[] = "0123456789abcdefFEDCBA9876543210";

static const struct {
    enum sgw_cipher_id id;
    size_t key_size;
    size_t size;      /* of the content: a whole number of blocks, but for GCM */
    const char *text; /* and the tag */
} cipher_rows[] = {
    {SGW_CIPHER_AES128_CBC, 16, 32,
     "eb9e5ba41b902db8252982aa1a23f4be520ae46bafc38ebdc74a78a65de6022f"},
    {SGW_CIPHER_AES192_CBC, 24, 32,
     "93c788f330932c697cd70aa68bd01a828bc596024697e254ce9bf60193db2e98"},
    {SGW_CIPHER_AES256_CBC, 32, 32,
     "879adb94b99e35f6f6d9680548bb71d1ab50c3cbb6d9646e7be6e463d47272bf"},
    {SGW_CIPHER_3DES_CBC, 24, 32,
     "969991dbe9f94470133e85829a1851fcd3c7083643725bddb6b4839cc0b5c290"},
    {SGW_CIPHER_AES128_GCM, 16, 27,
     "f41f319c3b7a80d82fe43c97a4438e587cf930c474b55287b2fd1c58a5079f1ea76216dab8ff3428e46fb9"},
    {SGW_CIPHER_AES192_GCM, 24, 27,
     "0666152637bdf5cfd8bfbeee33b84c8bc0a87dd2696c3e38808c1f58af151b5c366b5d01b1b4f9c15c626d"},
    {SGW_CIPHER_AES256_GCM, 32, 27,
     "4dcfaa257dfc0c84f24c697f6c1d0c3591150a4d59836e89d0cfd7677728fb9e8fc21e6466e936ad47b09b"},
};

/* In pieces of one block, in place or not. */
static void run_cipher(size_t row, bool decrypt, const uint8_t *in, uint8_t *out)
{
    enum sgw_cipher_id id = cipher_rows[row].id;
    size_t block = sgw_cipher_block_size(id);
    struct sgw_cipher *cipher = NULL;
    assert_int_equal(sgw_cipher_new(id, counting, counting + 16, &cipher), SMIMEGW_OK);
    if (sgw_cipher_is_aead(id)) {
        assert_int_equal(sgw_cipher_add_auth(cipher, "aad", 3), SMIMEGW_OK);
        assert_int_equal(sgw_cipher_add_auth(cipher, NULL, 0), SMIMEGW_OK);
    }
    size_t size = cipher_rows[row].size;
    for (size_t i = 0; i < size; i += block) {
        size_t piece = size - i < block ? size - i : block;
        int ret = decrypt ? sgw_cipher_decrypt(cipher, in + i, piece, out + i)
                          : sgw_cipher_encrypt(cipher, in + i, piece, out + i);
        assert_int_equal(ret, SMIMEGW_OK);
    }
    if (sgw_cipher_is_aead(id))
        assert_int_equal(sgw_cipher_tag(cipher, out + size), SMIMEGW_OK);
    sgw_cipher_free(cipher);
}

static void ciphers_are_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cipher_rows) / sizeof(cipher_rows[0]); i++) {
        uint8_t text[64];
        uint8_t back[64];
        size_t total = strlen(cipher_rows[i].text) / 2;
        assert_int_equal(sgw_cipher_key_size(cipher_rows[i].id), cipher_rows[i].key_size);
        run_cipher(i, false, plain, text);
        assert_hex(text, total, cipher_rows[i].text);
        run_cipher(i, true, text, back);
        assert_memory_equal(back, plain, cipher_rows[i].size);
        if (sgw_cipher_is_aead(cipher_rows[i].id))
            assert_memory_equal(back + 27, text + 27, SGW_CIPHER_TAG_SIZE);
        memcpy(text, plain, sizeof(plain));
        run_cipher(i, false, text, text);
        assert_hex(text, total, cipher_rows[i].text);
    }
    sgw_cipher_free(NULL);
}

static void ciphers_have_their_sizes(void **state)
{
    (void)state;
    assert_int_equal(sgw_cipher_iv_size(SGW_CIPHER_AES256_CBC), 16);
    assert_int_equal(sgw_cipher_iv_size(SGW_CIPHER_AES256_GCM), 12);
    assert_int_equal(sgw_cipher_iv_size(SGW_CIPHER_3DES_CBC), 8);
    assert_int_equal(sgw_cipher_block_size(SGW_CIPHER_3DES_CBC), 8);
    assert_int_equal(sgw_cipher_block_size(SGW_CIPHER_AES128_GCM), 16);
    assert_int_equal(sgw_cipher_key_size(SGW_CIPHER_NONE), 0);
    assert_false(sgw_cipher_is_aead(SGW_CIPHER_AES128_CBC));
}

/* 70 bytes from a secret of 24 and "info" */
static const struct {
    enum sgw_hash_id id;
    const char *x963;
    const char *hkdf;
} kdf_rows[] = {
    {SGW_HASH_SHA1,
     "1810dbf9030953b8352658f3f0f6ef954cd45c8cc97464e8d4189cbc4c91b470f0cfd4dec06d"
     "531f752863e94bd7a178a593c9d6d100aca3a8b97a7657eed08f3884c1bfb4d2",
     "931e4446384e28041bdf78dc19079897a7e61259c7603407ec2b7d90c001eda6f9fbcedce706"
     "15e1f2db48b687c850bd9a295c0eb8dbb923902caf8f6e2fba1154cc7e633318"},
    {SGW_HASH_SHA224,
     "7f37f9b31cdbf51a501e940eb57985e4dc756b29f77acfcfa3fb15f75197a224bf75b7ae32a9"
     "bf12c0d61f488d0d1048aa9938bce065cd42ba8363d99f2f1864bfa2f17a3c59",
     "ef6eb948d8e4f29f3fb4ec2d59a5db7df555d1cc76427f7976c6a7399eb8d8d2107c60ffa383"
     "3bde8df5b19fe6d5c42b88b0290a3f4fdcbb0e9be1e29acef6aa915fb2631347"},
    {SGW_HASH_SHA256,
     "47425a15b0976b876a3205e482499d2b2a3a56cc8cdd78c2d9546e33b47a026216455378bfc5"
     "30c31c198f5ed77b2a76befca13342b44a8d656b16caf1949c00b6d0537be369",
     "1ae2152f6ce7499ca61a6f068dc48c6979d78f1421da9aa9b9234f9cd7be6635736db27d3fec"
     "46440ec41b464ef56e44fabcd86bf2f853bad603ca2ffd2897382e83daef3477"},
    {SGW_HASH_SHA384,
     "3ae92126cd25f1455f8d4633873d970b2c4514d034281527df1863f4d3921f4da35045704e01"
     "22b805dfefdcbfef73e2e2fafd93d639bc7f72f5f7a31a9eda632982428840c9",
     "7713d5f3e8e2529bf9285a4434eb06fcf44b3140ba6b193a34d1be7cf892411f25aea648b7e1"
     "de6a3f534fcb3b1b2523fba63f64d975f97f604af8409fbc9fccd168a1348372"},
    {SGW_HASH_SHA512,
     "8c9ceae6965baa2296f7f40f56e6e302028966a7e1d175ae4863bf0c45e9258d397088f790b2"
     "986a2b2a24223647d8012cc699dde69c764e829709401d69a4260e85e96db5a5",
     "0446839c0c1fc9006c2f3cd539ee87ba1f897fdc0a895a358b7e39e5fcb46a57d925643137cd"
     "b1752f51a7ef6c518eedee229b50b5bcd28a78d4e6872d77ddacea7dd149568d"},
};

static void keys_are_derived(void **state)
{
    (void)state;
    uint8_t secret[24];
    uint8_t derived[71];
    unhex("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08", secret);
    for (size_t i = 0; i < sizeof(kdf_rows) / sizeof(kdf_rows[0]); i++)
        for (size_t size = 1; size <= 70; size++) {
            char hex[141];
            snprintf(hex, 2 * size + 1, "%s", kdf_rows[i].x963);
            derived[size] = 0x5a;
            assert_int_equal(sgw_kdf_x963(kdf_rows[i].id, secret, sizeof(secret),
                                          (const uint8_t *)"info", 4, derived, size),
                             SMIMEGW_OK);
            assert_hex(derived, size, hex);
            snprintf(hex, 2 * size + 1, "%s", kdf_rows[i].hkdf);
            assert_int_equal(sgw_kdf_hkdf(kdf_rows[i].id, secret, sizeof(secret),
                                          (const uint8_t *)"info", 4, derived, size),
                             SMIMEGW_OK);
            assert_hex(derived, size, hex);
            assert_int_equal(derived[size], 0x5a);
        }
    /* NIST CAVS, ANSI X9.63-2001, SHA-256, no shared info */
    assert_int_equal(sgw_kdf_x963(SGW_HASH_SHA256, secret, 24, NULL, 0, derived, 16),
                     SMIMEGW_OK);
    assert_hex(derived, 16, "443024c3dae66b95e6f5670601558f71");
}

/* RFC 5869 appendix A.3 */
static void hkdf_takes_no_info(void **state)
{
    (void)state;
    uint8_t secret[22];
    uint8_t derived[42];
    memset(secret, 0x0b, sizeof(secret));
    assert_int_equal(sgw_kdf_hkdf(SGW_HASH_SHA256, secret, 22, NULL, 0, derived, 42),
                     SMIMEGW_OK);
    assert_hex(derived, 42,
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
               "9d201395faa4b61a96c8");
}

static const struct {
    const char *kek;
    const char *key;
    const char *wrapped;
} wrap_rows[] = {
    /* RFC 3394 sections 4.1, 4.3, 4.6 */
    {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
     "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff", "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
     "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
    {"000102030405060708090a0b0c0d0e0f1011121314151617",
     "303132333435363738396162636465664645444342413938",
     "8e231cc70f2ae8ce47bc89bbaa9a5f68ea343c888aaa446ee9e436dc2dd675ad"},
};

/* [RFC3394-2.2] */
static void keys_are_wrapped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrap_rows) / sizeof(wrap_rows[0]); i++) {
        uint8_t kek[32];
        uint8_t key[32];
        uint8_t wrapped[40];
        uint8_t back[32];
        size_t kek_size = unhex(wrap_rows[i].kek, kek);
        size_t size = unhex(wrap_rows[i].key, key);
        assert_int_equal(sgw_keywrap(kek, kek_size, key, size, wrapped), SMIMEGW_OK);
        assert_hex(wrapped, size + 8, wrap_rows[i].wrapped);
        assert_int_equal(sgw_keyunwrap(kek, kek_size, wrapped, size + 8, back), SMIMEGW_OK);
        assert_memory_equal(back, key, size);
        for (size_t j = 0; j < size + 8; j++) {
            memset(back, 0x77, sizeof(back));
            wrapped[j] ^= 4;
            assert_int_equal(sgw_keyunwrap(kek, kek_size, wrapped, size + 8, back),
                             SMIMEGW_E_DECRYPT);
            wrapped[j] ^= 4;
            for (size_t k = 0; k < sizeof(back); k++)
                assert_int_equal(back[k], 0x77);
        }
    }
}

static void only_wrapped_sizes_are_unwrapped(void **state)
{
    (void)state;
    uint8_t kek[32] = {1};
    uint8_t key[SGW_KEYWRAP_MAX] = {2};
    uint8_t wrapped[SGW_KEYWRAP_MAX + 16];
    uint8_t back[SGW_KEYWRAP_MAX];
    for (size_t size = 0; size <= SGW_KEYWRAP_MAX + 16; size++) {
        bool fits = size % 8 == 0 && size >= 24 && size <= SGW_KEYWRAP_MAX + 8;
        memset(wrapped, 0, sizeof(wrapped));
        if (fits)
            assert_int_equal(sgw_keywrap(kek, 16, key, size - 8, wrapped), SMIMEGW_OK);
        assert_int_equal(sgw_keyunwrap(kek, 16, wrapped, size, back),
                         fits ? SMIMEGW_OK : SMIMEGW_E_DECRYPT);
    }
    assert_int_equal(sgw_keywrap(kek, 17, key, 16, wrapped), SMIMEGW_E_CRYPTO);
    assert_int_equal(sgw_keywrap(kek, 16, key, 12, wrapped), SMIMEGW_E_CRYPTO);
    assert_int_equal(sgw_keyunwrap(kek, 0, wrapped, 24, back), SMIMEGW_E_CRYPTO);
}

static void random_bytes_differ(void **state)
{
    (void)state;
    uint8_t first[32] = {0};
    uint8_t second[32] = {0};
    assert_int_equal(sgw_random(first, sizeof(first)), SMIMEGW_OK);
    assert_int_equal(sgw_random(second, sizeof(second)), SMIMEGW_OK);
    assert_false(sgw_equal_secret(first, second, sizeof(first)));
    memcpy(second, first, sizeof(second));
    assert_true(sgw_equal_secret(first, second, sizeof(first)));
    second[31] ^= 1;
    assert_false(sgw_equal_secret(first, second, sizeof(first)));
    assert_true(sgw_equal_secret(first, second, 31));
    assert_true(sgw_equal_secret(NULL, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_right_and_start_again),
        cmocka_unit_test(no_hash_is_an_error),
        cmocka_unit_test(ciphers_are_right),
        cmocka_unit_test(ciphers_have_their_sizes),
        cmocka_unit_test(keys_are_derived),
        cmocka_unit_test(hkdf_takes_no_info),
        cmocka_unit_test(keys_are_wrapped),
        cmocka_unit_test(only_wrapped_sizes_are_unwrapped),
        cmocka_unit_test(random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
