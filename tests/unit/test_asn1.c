/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "asn1/der.h"
#include "asn1/frame_out.h"
#include "asn1/framing.h"
#include "stream/sink.h"

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__})
#define SIZE(...) sizeof((const uint8_t[]){__VA_ARGS__})

/* --- walking -------------------------------------------------------------------------------
 */

static enum sgw_der_result read_one(const uint8_t *data, size_t size, bool is_strict)
{
    struct sgw_der walk;
    struct sgw_tlv tlv;
    sgw_der_init(&walk, data, size);
    walk.is_strict = is_strict;
    return sgw_der_read(&walk, &tlv);
}

#define ASSERT_READ(result, is_strict, ...)                                                   \
    assert_int_equal(read_one(BYTES(__VA_ARGS__), SIZE(__VA_ARGS__), is_strict), result)

static void lengths_are_checked(void **state)
{
    (void)state;
    ASSERT_READ(SGW_DER_OK, true, 0x04, 0x01, 0xaa);
    ASSERT_READ(SGW_DER_OK, true, 0x05, 0x00);
    ASSERT_READ(SGW_DER_SHORT, true, 0x04);
    ASSERT_READ(SGW_DER_SHORT, true, 0x04, 0x02, 0xaa);
    ASSERT_READ(SGW_DER_SHORT, true, 0x04, 0x82, 0x01);
    ASSERT_READ(SGW_DER_BAD, true, 0x04, 0x81, 0x01, 0xaa); /* not minimal */
    ASSERT_READ(SGW_DER_OK, false, 0x04, 0x81, 0x01, 0xaa);
    ASSERT_READ(SGW_DER_BAD, true, 0x1f, 0x01, 0xaa);        /* high tag number */
    ASSERT_READ(SGW_DER_BAD, false, 0x04, 0x80, 0x00, 0x00); /* indefinite primitive */
    ASSERT_READ(SGW_DER_BAD, true, 0x30, 0x80, 0x00, 0x00);
    ASSERT_READ(SGW_DER_OK, false, 0x30, 0x80, 0x00, 0x00);
    ASSERT_READ(SGW_DER_SHORT, false, 0x30, 0x80, 0x04, 0x01);
    ASSERT_READ(SGW_DER_BAD, false, 0x04, 0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    ASSERT_READ(SGW_DER_BAD, false, 0x04, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff);
    ASSERT_READ(SGW_DER_SHORT, false, 0x04, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    uint8_t deep[400];
    for (size_t i = 0; i < sizeof(deep); i += 2) {
        deep[i] = 0x30;
        deep[i + 1] = 0x80;
    }
    assert_int_equal(read_one(deep, sizeof(deep), false), SGW_DER_BAD);
    /* 100 sequences, each one around the next: over the depth that a strict walk follows */
    uint8_t nested[200];
    for (size_t i = 0; i < 100; i++) {
        nested[2 * i] = 0x30;
        nested[2 * i + 1] = (uint8_t)(sizeof(nested) - 2 * i - 2);
    }
    assert_false(sgw_der_is_strict(nested + 80, 119));
    assert_true(sgw_der_is_strict(nested + 100, 100));
    assert_false(sgw_der_is_strict(BYTES(0x30, 0x03, 0x04, 0x81, 0x00), 5));
}

static void numbers_and_times_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        uint8_t tag;
        const char *value;
        bool is_good;
        int64_t seconds;
    } times[] = {
        {0x17, "700101000000Z", true, 0},
        {0x17, "491231235959Z", true, INT64_C(2524607999)},
        {0x17, "500101000000Z", true, -INT64_C(631152000)},
        {0x18, "20500101000000Z", true, INT64_C(2524608000)},
        {0x18, "20500101000000.5Z", false, 0},
        {0x17, "7001010000Z", false, 0},
        {0x17, "700101000000+0000", false, 0},
        {0x17, "701301000000Z", false, 0},
        {0x17, "7001010000 0Z", false, 0},
    };
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        int64_t seconds = 0;
        struct sgw_tlv tlv = {.tag = times[i].tag,
                              .value = (const uint8_t *)times[i].value,
                              .size = strlen(times[i].value)};
        assert_int_equal(sgw_tlv_time(&tlv, &seconds), times[i].is_good);
        assert_int_equal(seconds, times[i].seconds);
    }
    int number;
    struct sgw_tlv tlv = {.tag = 0x02, .value = BYTES(0x00, 0x80), .size = 2};
    assert_true(sgw_tlv_number(&tlv, &number));
    assert_int_equal(number, 128);
    tlv.value = BYTES(0x00, 0x7f);
    assert_false(sgw_tlv_number(&tlv, &number));
    tlv.value = BYTES(0xff, 0x7f);
    assert_false(sgw_tlv_number(&tlv, &number));
}

static void oids_become_text(void **state)
{
    (void)state;
    char text[64];
    assert_true(
        sgw_oid_text(BYTES(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d), 6, text, sizeof(text)));
    assert_string_equal(text, "1.2.840.113549");
    assert_true(sgw_oid_text(BYTES(0x88, 0x37), 2, text, sizeof(text)));
    assert_string_equal(text, "2.999");
    assert_false(sgw_oid_text(BYTES(0x2a, 0x86), 2, text, sizeof(text)));
    assert_false(sgw_oid_text(BYTES(0x2a), 1, text, 3));
}

/* --- writing -------------------------------------------------------------------------------
 */

static void written_lengths_are_der(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535, 65536};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        static const uint8_t zeroes[65536];
        struct sgw_der_out out = {0};
        sgw_out_put(&out, SGW_TAG_OCTET_STRING, zeroes, sizes[i]);
        sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
        assert_int_equal(out.result, SMIMEGW_OK);
        assert_true(sgw_der_is_strict(out.buf.data, out.buf.size));
        assert_int_equal(read_one(out.buf.data, out.buf.size, true), SGW_DER_OK);
        sgw_out_clear(&out);
    }
}

static void sets_are_sorted(void **state)
{
    (void)state;
    struct sgw_der_out out = {0};
    sgw_out_put(&out, SGW_TAG_OCTET_STRING, "bb", 2);
    sgw_out_put(&out, SGW_TAG_OCTET_STRING, "c", 1);
    sgw_out_put(&out, SGW_TAG_OCTET_STRING, "aa", 2);
    sgw_out_wrap_set(&out, 0, SGW_TAG_SET);
    const uint8_t expected[] = {0x31, 11, 4, 1, 'c', 4, 2, 'a', 'a', 4, 2, 'b', 'b'};
    assert_int_equal(out.buf.size, sizeof(expected));
    assert_memory_equal(out.buf.data, expected, sizeof(expected));
    sgw_out_clear(&out);
}

/* --- framing -------------------------------------------------------------------------------
 */

static const uint8_t oid_signed[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t oid_enveloped[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03};
static const uint8_t after[] = {0x31, 0x00};

/* A SignedData or EnvelopedData around that content. */
static struct sgw_buf make_object(bool is_signed, bool is_indefinite, const uint8_t *content,
                                  size_t size)
{
    struct sgw_frame_out frame = {
        .type = is_signed ? oid_signed : oid_enveloped,
        .type_size = sizeof(oid_signed),
        .is_explicit = is_signed,
        .has_content = content != NULL,
        .is_indefinite = is_indefinite,
        .content_size = (int64_t)size,
        .after_size = is_signed ? sizeof(after) : 0,
    };
    struct sgw_der_out out = {0};
    struct sgw_buf_sink sink;
    struct sgw_segment_stage segments;
    sgw_out_number(&frame.before, 1);
    sgw_out_put(&frame.before, SGW_TAG_SET, NULL, 0);
    sgw_out_put(&frame.content, SGW_TAG_OID, oid_signed, sizeof(oid_signed));
    if (!is_signed)
        sgw_out_put(&frame.content, SGW_TAG_SEQUENCE, NULL, 0);
    sgw_frame_out_head(&frame, &out);
    sgw_buf_sink_init(&sink, &out.buf);
    sgw_segment_stage_init(&segments, &sink.base);
    if (content != NULL && is_indefinite) {
        assert_int_equal(sgw_push(&segments.base, content, size, NULL), SMIMEGW_OK);
        assert_int_equal(sgw_finish(&segments.base, NULL), SMIMEGW_OK);
    } else if (content != NULL) {
        sgw_out_raw(&out, content, size);
    }
    sgw_frame_out_tail(&frame, after, &out);
    assert_int_equal(out.result, SMIMEGW_OK);
    assert_int_equal(sgw_frame_out_size(&frame), (int64_t)out.buf.size);
    sgw_frame_out_clear(&frame);
    return out.buf;
}

/* Run an object through the framing in chunks; the content comes back. */
static int run_framing(const uint8_t *data, size_t size, size_t chunk, struct sgw_buf *content,
                       struct sgw_framing *framing)
{
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, content);
    sgw_framing_init(framing, 1 << 20, &sink.base);
    int ret = SMIMEGW_OK;
    for (size_t at = 0; ret == SMIMEGW_OK && at < size; at += chunk)
        ret = sgw_push(&framing->base, data + at, chunk < size - at ? chunk : size - at, NULL);
    return ret == SMIMEGW_OK ? sgw_finish(&framing->base, NULL) : ret;
}

static void check_object(bool is_signed, bool is_indefinite, size_t size, size_t chunk)
{
    static uint8_t content[20000];
    struct sgw_framing framing;
    struct sgw_buf found = SGW_BUF_INIT(0);
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (uint8_t)(i * 7);
    struct sgw_buf object = make_object(is_signed, is_indefinite, content, size);
    assert_int_equal(run_framing(object.data, object.size, chunk, &found, &framing),
                     SMIMEGW_OK);
    assert_int_equal(framing.type, is_signed ? SGW_CMS_SIGNED : SGW_CMS_ENVELOPED);
    assert_true(framing.has_content);
    assert_int_equal(framing.content_size, size);
    assert_int_equal(found.size, size);
    if (size > 0)
        assert_memory_equal(found.data, content, size);
    assert_int_equal(sgw_der_count(framing.rest), is_signed ? 1 : 0);
    sgw_framing_clear(&framing);
    sgw_buf_clear(&found);
    sgw_buf_clear(&object);
}

static void framing_reads_what_is_written(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 127, 128, 4095, 4096, 4097, 20000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int kind = 0; kind < 4; kind++)
            for (size_t chunk = 1; chunk < 9000; chunk = chunk * 3 + 1)
                check_object(kind & 1, kind & 2, sizes[i], chunk);
    for (size_t chunk = 1; chunk < 300; chunk++)
        check_object(true, true, 200, chunk);
}

static void detached_has_no_content(void **state)
{
    (void)state;
    for (int is_indefinite = 0; is_indefinite < 2; is_indefinite++) {
        struct sgw_framing framing;
        struct sgw_buf found = SGW_BUF_INIT(0);
        struct sgw_buf object = make_object(true, is_indefinite, NULL, 0);
        assert_int_equal(run_framing(object.data, object.size, 3, &found, &framing),
                         SMIMEGW_OK);
        assert_false(framing.has_content);
        assert_int_equal(sgw_der_count(framing.rest), 1);
        sgw_framing_clear(&framing);
        sgw_buf_clear(&object);
    }
}

/* Every truncation, and octets behind the end, are refused (AC-41). */
static void framing_ends_exactly(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct sgw_buf object = make_object(kind & 1, kind & 2, BYTES(1, 2, 3, 4), 4);
        for (size_t size = 0; size <= object.size + 1; size++) {
            struct sgw_framing framing;
            struct sgw_buf found = SGW_BUF_INIT(0);
            assert_int_equal(sgw_buf_reserve(&object, 1), SMIMEGW_OK);
            int ret = run_framing(object.data, size, 5, &found, &framing);
            assert_int_equal(ret, size == object.size ? SMIMEGW_OK : SMIMEGW_E_SYNTAX);
            sgw_framing_clear(&framing);
            sgw_buf_clear(&found);
        }
        sgw_buf_clear(&object);
    }
}

/* eContent as constructed strings around each other, `depth` of them. */
static int run_nested(int depth)
{
    struct sgw_framing framing;
    struct sgw_buf found = SGW_BUF_INIT(0);
    struct sgw_der_out out = {0};
    sgw_out_put(&out, SGW_TAG_OCTET_STRING, "abc", 3);
    for (int i = 0; i < depth; i++)
        sgw_out_wrap(&out, 0, SGW_TAG_CONSTRUCTED_OCTET_STRING);
    sgw_out_wrap(&out, 0, SGW_TAG_CONTEXT_CONSTRUCTED);
    struct sgw_der_out head = {0};
    sgw_out_put(&head, SGW_TAG_OID, oid_signed, sizeof(oid_signed));
    size_t tagged = sgw_out_mark(&head);
    sgw_out_number(&head, 1);
    sgw_out_put(&head, SGW_TAG_SET, NULL, 0);
    size_t inner = sgw_out_mark(&head);
    sgw_out_put(&head, SGW_TAG_OID, oid_signed, sizeof(oid_signed));
    sgw_out_raw(&head, out.buf.data, out.buf.size);
    sgw_out_wrap(&head, inner, SGW_TAG_SEQUENCE);
    sgw_out_raw(&head, after, sizeof(after));
    sgw_out_wrap(&head, tagged, SGW_TAG_SEQUENCE);
    sgw_out_wrap(&head, tagged, SGW_TAG_CONTEXT_CONSTRUCTED);
    sgw_out_wrap(&head, 0, SGW_TAG_SEQUENCE);
    int ret = run_framing(head.buf.data, head.buf.size, 1, &found, &framing);
    if (ret == SMIMEGW_OK)
        assert_memory_equal(found.data, "abc", 3);
    sgw_framing_clear(&framing);
    sgw_buf_clear(&found);
    sgw_out_clear(&out);
    sgw_out_clear(&head);
    return ret;
}

static void nested_strings_are_read_to_depth_three(void **state)
{
    (void)state;
    for (int depth = 0; depth <= 3; depth++)
        assert_int_equal(run_nested(depth), SMIMEGW_OK);
    assert_int_equal(run_nested(4), SMIMEGW_E_LIMIT);
    assert_int_equal(run_nested(40), SMIMEGW_E_LIMIT);
}

static void overhead_is_bounded(void **state)
{
    (void)state;
    struct sgw_framing framing;
    uint8_t head[9000] = {0x30, 0x82, 0x40, 0x00, 0x06, 0x82, 0x30, 0x00};
    sgw_framing_init(&framing, 8192, NULL);
    assert_int_equal(sgw_push(&framing.base, head, sizeof(head), NULL), SMIMEGW_E_LIMIT);
    sgw_framing_clear(&framing);
}

/* No mutation of one octet makes the walk read outside (under ASan), hang or fail otherwise.
 */
static void mutants_are_read_or_refused(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct sgw_buf object = make_object(kind & 1, kind & 2, BYTES(9, 8, 7, 6, 5), 5);
        for (size_t at = 0; at < object.size; at++)
            for (int value = 0; value < 256; value++) {
                struct sgw_framing framing;
                struct sgw_buf found = SGW_BUF_INIT(0);
                uint8_t kept = object.data[at];
                object.data[at] = (uint8_t)value;
                int ret = run_framing(object.data, object.size, 7, &found, &framing);
                if (ret != SMIMEGW_OK)
                    assert_true(ret == SMIMEGW_E_SYNTAX || ret == SMIMEGW_E_LIMIT);
                assert_true(found.size < object.size);
                sgw_framing_clear(&framing);
                sgw_buf_clear(&found);
                object.data[at] = kept;
            }
        sgw_buf_clear(&object);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_checked),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(numbers_and_times_are_read_strictly),
        cmocka_unit_test(oids_become_text),
        cmocka_unit_test(written_lengths_are_der),
        cmocka_unit_test(sets_are_sorted),
        cmocka_unit_test(framing_reads_what_is_written),
        cmocka_unit_test(detached_has_no_content),
        cmocka_unit_test(framing_ends_exactly),
        cmocka_unit_test(nested_strings_are_read_to_depth_three),
        cmocka_unit_test(overhead_is_bounded),
        cmocka_unit_test(mutants_are_read_or_refused),
    };
    return cmocka_run_group_tests_name("asn1", tests, NULL, NULL);
}
