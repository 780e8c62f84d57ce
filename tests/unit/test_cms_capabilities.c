/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others announce to be able to read [RFC8551-2.5.2]. */
#include <string.h>

#include "cms/algorithms.h"
#include "cms/capabilities.h"
#include "pki_data.h"

#define AES(last) 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, last
#define DES3 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07
#define RC2                                                                                   \
    0x30, 0x0e, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x02, 0x02, 0x02, 0x00, \
        0x80
#define BIT(cipher) (UINT32_C(1) << (cipher))

static const struct {
    const char *what;
    size_t size;
    uint8_t der[64];
    uint32_t ciphers;
} rows[] = {
    {"none", 0, {0}, 0},
    {"empty list", 2, {0x30, 0x00}, 0},
    {"AES-128", 15, {0x30, 0x0d, AES(0x02)}, BIT(SGW_CIPHER_AES128_CBC)},
    {"two",
     28,
     {0x30, 0x1a, AES(0x2e), AES(0x2a)},
     BIT(SGW_CIPHER_AES256_GCM) | BIT(SGW_CIPHER_AES256_CBC)},
    {"with NULL",
     17,
     {0x30, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02,
      0x05, 0x00},
     BIT(SGW_CIPHER_AES128_CBC)},
    {"weak ones", 30, {0x30, 0x1c, DES3, RC2}, BIT(SGW_CIPHER_3DES_CBC)},
    /* hostile: nothing is announced, also by what stood before */
    {"bytes behind", 16, {0x30, 0x0d, AES(0x02), 0x00}, 0},
    {"cut", 14, {0x30, 0x0d, AES(0x02)}, 0},
    {"a SET", 15, {0x31, 0x0d, AES(0x02)}, 0},
    {"indefinite", 17, {0x30, 0x80, AES(0x02), 0x00, 0x00}, 0},
    {"no OID", 20, {0x30, 0x12, AES(0x02), 0x30, 0x03, 0x02, 0x01, 0x05}, 0},
    {"bare OID",
     26,
     {0x30, 0x18, AES(0x02), 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02},
     0},
    {"huge length", 6, {0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, 0},
};

static void announcements_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (sgw_capabilities_read(rows[i].der, rows[i].size) != rows[i].ciphers)
            fail_msg("%s: %x", rows[i].what, sgw_capabilities_read(rows[i].der, rows[i].size));
}

static void ours_are_read(void **state)
{
    (void)state;
    struct sgw_der_out out = {0};
    sgw_out_capabilities(&out);
    assert_int_equal(out.result, SMIMEGW_OK);
    assert_int_equal(sgw_capabilities_read(out.buf.data, out.buf.size),
                     BIT(SGW_CIPHER_AES128_CBC) | BIT(SGW_CIPHER_AES192_CBC) |
                         BIT(SGW_CIPHER_AES256_CBC) | BIT(SGW_CIPHER_AES128_GCM) |
                         BIT(SGW_CIPHER_AES192_GCM) | BIT(SGW_CIPHER_AES256_GCM));
    sgw_out_clear(&out);
}

static void limits_hold(void **state)
{
    (void)state;
    static const uint8_t entry[] = {AES(0x02)};
    static const int counts[] = {256, 257, 6000};
    for (size_t n = 0; n < 3; n++) {
        struct sgw_der_out out = {0};
        for (int i = 0; i < counts[n]; i++)
            sgw_out_raw(&out, entry, sizeof(entry));
        sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
        assert_int_equal(sgw_capabilities_read(out.buf.data, out.buf.size),
                         n == 0 ? BIT(SGW_CIPHER_AES128_CBC) : 0);
        sgw_out_clear(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(announcements_are_read),
        cmocka_unit_test(ours_are_read),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
