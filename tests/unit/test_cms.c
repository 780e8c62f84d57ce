/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <smimegw/verdict.h>
#include <string.h>

#include "cms/algorithms.h"
#include "cms/attributes.h"
#include "cms/enveloped_in.h"

static struct sgw_tlv first_element(const struct sgw_der_out *out)
{
    struct sgw_der walk;
    struct sgw_tlv tlv;
    sgw_der_init(&walk, out->buf.data, out->buf.size);
    assert_true(sgw_der_next(&walk, &tlv));
    return tlv;
}

/* --- algorithms ----------------------------------------------------------------------------
 */

static const struct sgw_signature_algorithm algorithms[] = {
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, 0}, {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA512, 0},
    {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32},  {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA384, 48},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA256, 0},     {SGW_SCHEME_ECDSA, SGW_HASH_SHA384, 0},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA512, 0},     {SGW_SCHEME_ED25519, SGW_HASH_SHA512, 0},
};

static int read_back(const struct sgw_signature_algorithm *algorithm, enum sgw_hash_id digest,
                     struct sgw_signature_algorithm *ret)
{
    struct sgw_der_out signature = {0};
    struct sgw_der_out hash = {0};
    sgw_out_signature_algorithm(&signature, algorithm);
    sgw_out_algorithm(&hash, &sgw_digest_by_id(digest)->oid, SGW_PARAMETERS_NULL);
    struct sgw_tlv signature_tlv = first_element(&signature);
    struct sgw_tlv hash_tlv = first_element(&hash);
    int reason = sgw_signature_algorithm_read(&hash_tlv, &signature_tlv, ret);
    sgw_out_clear(&signature);
    sgw_out_clear(&hash);
    return reason;
}

static void algorithms_survive_a_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        struct sgw_signature_algorithm found;
        assert_int_equal(read_back(&algorithms[i], algorithms[i].hash, &found),
                         SMIMEGW_REASON_OK);
        assert_int_equal(found.scheme, algorithms[i].scheme);
        assert_int_equal(found.hash, algorithms[i].hash);
        assert_int_equal(found.salt_size, algorithms[i].salt_size);
    }
}

/* [RFC8933-3.1]: one digest for content and attributes. */
static void another_digest_is_a_mismatch(void **state)
{
    (void)state;
    struct sgw_signature_algorithm found;
    for (size_t i = 2; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        enum sgw_hash_id other =
            algorithms[i].hash == SGW_HASH_SHA256 ? SGW_HASH_SHA512 : SGW_HASH_SHA256;
        assert_int_equal(read_back(&algorithms[i], other, &found),
                         SMIMEGW_REASON_ALGORITHM_MISMATCH);
    }
}

/* The byte form that the CA/B S/MIME baseline wants for PSS with SHA-256 (section 7.1.3.2.1).
 */
static void pss_has_its_byte_form(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30,
        0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
        0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
        0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
        0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20};
    struct sgw_der_out out = {0};
    sgw_out_signature_algorithm(&out, &algorithms[2]);
    assert_int_equal(out.buf.size, sizeof(expected));
    assert_memory_equal(out.buf.data, expected, sizeof(expected));
    sgw_out_clear(&out);
}

static void oaep_survives_a_round_trip(void **state)
{
    (void)state;
    static const enum sgw_hash_id hashes[] = {SGW_HASH_SHA1, SGW_HASH_SHA256, SGW_HASH_SHA512};
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        struct sgw_der_out out = {0};
        struct sgw_tlv oid;
        struct sgw_der parameters;
        enum sgw_hash_id hash;
        enum sgw_hash_id mgf_hash;
        sgw_out_oaep(&out, hashes[i]);
        struct sgw_tlv tlv = first_element(&out);
        assert_true(sgw_algorithm_read(&tlv, &oid, &parameters));
        assert_true(sgw_tlv_is_oid(&oid, &sgw_oid_rsa_oaep));
        assert_true(sgw_oaep_read(parameters, &hash, &mgf_hash));
        assert_int_equal(hash, hashes[i]);
        assert_int_equal(mgf_hash, hashes[i]);
        /* absent parameters are refused, never taken for PKCS#1 v1.5 */
        parameters.at = parameters.end;
        assert_false(sgw_oaep_read(parameters, &hash, &mgf_hash));
        sgw_out_clear(&out);
    }
}

/* --- attributes ----------------------------------------------------------------------------
 */

static void put_attribute(struct sgw_der_out *out, enum sgw_attribute_id id, int values)
{
    size_t start = sgw_out_mark(out);
    sgw_out_oid(out, &sgw_attribute_oids[id]);
    size_t set = sgw_out_mark(out);
    for (int i = 0; i < values; i++)
        sgw_out_put(out, SGW_TAG_OCTET_STRING, "value", 5);
    sgw_out_wrap(out, set, SGW_TAG_SET);
    sgw_out_wrap(out, start, SGW_TAG_SEQUENCE);
}

static int read_attributes(struct sgw_der_out *out, bool is_sorted)
{
    struct sgw_attributes attributes;
    if (is_sorted)
        sgw_out_wrap_set(out, 0, SGW_TAG_CONTEXT_CONSTRUCTED);
    else
        sgw_out_wrap(out, 0, SGW_TAG_CONTEXT_CONSTRUCTED);
    struct sgw_tlv tlv = first_element(out);
    int reason = sgw_attributes_read(&tlv, &attributes);
    sgw_out_clear(out);
    return reason;
}

static void attributes_are_read_strictly(void **state)
{
    (void)state;
    struct sgw_der_out out = {0};
    put_attribute(&out, SGW_ATTRIBUTE_CONTENT_TYPE, 1);
    put_attribute(&out, SGW_ATTRIBUTE_MESSAGE_DIGEST, 1);
    assert_int_equal(read_attributes(&out, true), SMIMEGW_REASON_OK);

    out = (struct sgw_der_out){0};
    put_attribute(&out, SGW_ATTRIBUTE_MESSAGE_DIGEST, 1);
    put_attribute(&out, SGW_ATTRIBUTE_CONTENT_TYPE, 1);
    assert_int_equal(read_attributes(&out, false), SMIMEGW_REASON_ATTRIBUTES_INVALID);

    static const int counts[] = {0, 2};
    for (size_t i = 0; i < 2; i++) {
        out = (struct sgw_der_out){0};
        put_attribute(&out, SGW_ATTRIBUTE_MESSAGE_DIGEST, counts[i]);
        assert_int_equal(read_attributes(&out, true), SMIMEGW_REASON_ATTRIBUTES_INVALID);
    }
    out = (struct sgw_der_out){0};
    put_attribute(&out, SGW_ATTRIBUTE_MESSAGE_DIGEST, 1);
    put_attribute(&out, SGW_ATTRIBUTE_MESSAGE_DIGEST, 1);
    assert_int_equal(read_attributes(&out, true), SMIMEGW_REASON_ATTRIBUTES_INVALID);

    out = (struct sgw_der_out){0};
    put_attribute(&out, SGW_ATTRIBUTE_COUNTERSIGNATURE, 1);
    assert_int_equal(read_attributes(&out, true), SMIMEGW_REASON_ATTRIBUTES_INVALID);
}

static void attributes_are_counted(void **state)
{
    (void)state;
    for (int count = 63; count <= 65; count++) {
        struct sgw_der_out out = {0};
        for (int i = 0; i < count; i++) {
            const uint8_t oid[] = {0x2a, 0x03, (uint8_t)i};
            size_t start = sgw_out_mark(&out);
            sgw_out_put(&out, SGW_TAG_OID, oid, sizeof(oid));
            sgw_out_put(&out, SGW_TAG_SET, NULL, 0);
            sgw_out_wrap(&out, start, SGW_TAG_SEQUENCE);
        }
        assert_int_equal(read_attributes(&out, true),
                         count <= 64 ? SMIMEGW_REASON_OK : SMIMEGW_REASON_LIMIT);
    }
}

/* --- GCM parameters [RFC5084-3.2] -------------------------------------------------
 */

static int read_cipher(enum sgw_cms_type type, enum sgw_cipher_id id, size_t nonce_size,
                       int tag_size, size_t *ret_tag_size)
{
    static const uint8_t nonce[32];
    struct sgw_der_out out = {0};
    struct sgw_framing framing = {.type = type};
    struct sgw_content_cipher cipher = {0};
    sgw_out_oid(&out, &sgw_cipher_by_id(id)->oid);
    size_t parameters = sgw_out_mark(&out);
    sgw_out_put(&out, SGW_TAG_OCTET_STRING, nonce, nonce_size);
    if (sgw_cipher_is_aead(id)) {
        if (tag_size >= 0)
            sgw_out_number(&out, tag_size);
        sgw_out_wrap(&out, parameters, SGW_TAG_SEQUENCE);
    }
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    framing.content_algorithm = first_element(&out);
    int ret = sgw_content_cipher_read(&framing, false, &cipher, NULL);
    *ret_tag_size = cipher.tag_size;
    sgw_out_clear(&out);
    return ret;
}

static void gcm_parameters_are_bounded(void **state)
{
    (void)state;
    size_t tag_size;
    for (int tag = 0; tag < 20; tag++)
        assert_int_equal(
            read_cipher(SGW_CMS_AUTH_ENVELOPED, SGW_CIPHER_AES256_GCM, 12, tag, &tag_size),
            tag >= 12 && tag <= 16 ? SMIMEGW_OK : SMIMEGW_E_SYNTAX);
    assert_int_equal(
        read_cipher(SGW_CMS_AUTH_ENVELOPED, SGW_CIPHER_AES128_GCM, 12, -1, &tag_size),
        SMIMEGW_OK);
    assert_int_equal(tag_size, 12);
    for (size_t nonce = 0; nonce < 20; nonce++)
        assert_int_equal(
            read_cipher(SGW_CMS_AUTH_ENVELOPED, SGW_CIPHER_AES128_GCM, nonce, 16, &tag_size),
            nonce == 12 ? SMIMEGW_OK : SMIMEGW_E_SYNTAX);
}

/* AC-55, AC-58, AC-68: no cipher where another kind belongs, nothing legacy by default. */
static void ciphers_stay_where_they_belong(void **state)
{
    (void)state;
    size_t ignored;
    assert_int_equal(
        read_cipher(SGW_CMS_AUTH_ENVELOPED, SGW_CIPHER_AES256_CBC, 16, -1, &ignored),
        SMIMEGW_E_UNSUPPORTED);
    assert_int_equal(read_cipher(SGW_CMS_ENVELOPED, SGW_CIPHER_AES256_GCM, 12, 16, &ignored),
                     SMIMEGW_E_UNSUPPORTED);
    assert_int_equal(read_cipher(SGW_CMS_ENVELOPED, SGW_CIPHER_3DES_CBC, 8, -1, &ignored),
                     SMIMEGW_E_UNSUPPORTED);
    assert_int_equal(read_cipher(SGW_CMS_ENVELOPED, SGW_CIPHER_AES256_CBC, 15, -1, &ignored),
                     SMIMEGW_E_SYNTAX);
    assert_int_equal(read_cipher(SGW_CMS_ENVELOPED, SGW_CIPHER_AES256_CBC, 16, -1, &ignored),
                     SMIMEGW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(algorithms_survive_a_round_trip),
        cmocka_unit_test(another_digest_is_a_mismatch),
        cmocka_unit_test(pss_has_its_byte_form),
        cmocka_unit_test(oaep_survives_a_round_trip),
        cmocka_unit_test(attributes_are_read_strictly),
        cmocka_unit_test(attributes_are_counted),
        cmocka_unit_test(gcm_parameters_are_bounded),
        cmocka_unit_test(ciphers_stay_where_they_belong),
    };
    return cmocka_run_group_tests_name("cms", tests, NULL, NULL);
}
