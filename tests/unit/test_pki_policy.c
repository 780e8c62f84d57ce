/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "pki/path/path_policies.h"
#include "pki_link.h"
#include "pki_tree.h"

/*
 * Certificate policies: the rules one by one, then random paths against a tree that is built
 * word for word as [RFC5280-6.1] says.
 */
#define NONE                                                                                  \
    {                                                                                         \
        ABSENT                                                                                \
    }
#define NO_MAPPING                                                                            \
    {                                                                                         \
        {                                                                                     \
            ABSENT, ABSENT                                                                    \
        }                                                                                     \
    }

static void put_policy(struct sgw_der_out *out, int policy)
{
    uint8_t oid[] = {0x2a, 0x03, (uint8_t)policy};
    if (policy == ANY)
        sgw_out_put(out, SGW_TAG_OID, "\x55\x1d\x20\x00", 4);
    else
        sgw_out_put(out, SGW_TAG_OID, oid, sizeof(oid));
}

static void put_lists(struct sgw_der_out *out, const struct spec *spec)
{
    size_t mark = sgw_out_mark(out);
    for (size_t i = 0; spec->policies[i] != ABSENT; i++) {
        size_t one = sgw_out_mark(out);
        put_policy(out, spec->policies[i]);
        sgw_out_wrap(out, one, SGW_TAG_SEQUENCE);
    }
    if (sgw_out_mark(out) > mark) {
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
        wrap_extension(out, mark, 32);
    }
    mark = sgw_out_mark(out);
    for (size_t i = 0; spec->mappings[i][0] != ABSENT; i++) {
        size_t one = sgw_out_mark(out);
        put_policy(out, spec->mappings[i][0]);
        put_policy(out, spec->mappings[i][1]);
        sgw_out_wrap(out, one, SGW_TAG_SEQUENCE);
    }
    if (sgw_out_mark(out) > mark) {
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
        wrap_extension(out, mark, 33);
    }
}

static void put_skips(struct sgw_der_out *out, const struct spec *spec)
{
    size_t mark = sgw_out_mark(out);
    uint8_t skip = (uint8_t)spec->explicit_policy;
    if (spec->explicit_policy != ABSENT)
        sgw_out_put(out, 0x80, &skip, 1);
    skip = (uint8_t)spec->inhibit_mapping;
    if (spec->inhibit_mapping != ABSENT)
        sgw_out_put(out, 0x81, &skip, 1);
    if (sgw_out_mark(out) > mark) {
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
        wrap_extension(out, mark, 36);
    }
    mark = sgw_out_mark(out);
    if (spec->inhibit_any != ABSENT) {
        sgw_out_number(out, spec->inhibit_any);
        wrap_extension(out, mark, 54);
    }
}

static struct smimegw_cert *make_spec(const struct spec *spec)
{
    uint8_t subject[64];
    uint8_t issuer[64];
    struct sgw_der_out extensions = {0};
    const struct link_names names = {
        subject, put_common_name("subject", subject), issuer,
        put_common_name(spec->is_self_issued ? "subject" : "issuer", issuer)};
    put_lists(&extensions, spec);
    put_skips(&extensions, spec);
    struct smimegw_cert *cert = make_link(&names, &extensions);
    sgw_out_clear(&extensions);
    return cert;
}

/* The specs go from the certificate below the anchor to the leaf. */
static bool judge(const struct spec *specs, size_t count)
{
    static const struct spec anchor = {NONE, NO_MAPPING, ABSENT, ABSENT, ABSENT, true};
    struct smimegw_cert *path[CERTS_MAX];
    for (size_t i = 0; i < count; i++)
        path[i] = make_spec(&specs[count - 1 - i]);
    path[count] = make_spec(&anchor);
    bool is_valid =
        sgw_policies_are_valid((const struct smimegw_cert *const *)path, count + 1);
    for (size_t i = 0; i <= count; i++)
        smimegw_cert_unref(path[i]);
    return is_valid;
}

static void random_spec(struct spec *spec, bool is_first)
{
    size_t count = (size_t)(rand() % 4);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        int policy = rand() % 5;
        bool is_new = true;
        for (size_t j = 0; j < used; j++)
            is_new = is_new && spec->policies[j] != policy;
        if (is_new)
            spec->policies[used++] = policy;
    }
    spec->policies[used] = ABSENT;
    count = rand() % 2 == 0 ? (size_t)(rand() % MAPPINGS) : 0;
    for (size_t i = 0; i < count; i++) {
        spec->mappings[i][0] = 1 + rand() % 4;
        spec->mappings[i][1] = 1 + rand() % 4;
    }
    spec->mappings[count][0] = ABSENT;
    spec->explicit_policy = is_first || rand() % 4 == 0 ? rand() % 3 : ABSENT;
    spec->inhibit_mapping = rand() % 4 == 0 ? rand() % 3 : ABSENT;
    spec->inhibit_any = rand() % 4 == 0 ? rand() % 3 : ABSENT;
    spec->is_self_issued = rand() % 4 == 0;
}

static void set_is_as_good_as_the_tree(void **state)
{
    (void)state;
    struct spec specs[CERTS_MAX];
    int valid = 0;
    int total = 6000;
    srand(5280);
    for (int round = 0; round < total; round++) {
        size_t count = 1 + (size_t)(rand() % 5);
        for (size_t i = 0; i < count; i++)
            random_spec(&specs[i], i == 0);
        bool expected = model_judge(specs, count);
        if (judge(specs, count) != expected)
            fail_msg("path %d is %svalid by the tree", round, expected ? "" : "not ");
        valid += expected;
    }
    print_message("# %d of %d paths are valid\n", valid, total);
    assert_true(valid > total / 10 && valid < total * 9 / 10);
}

static const struct {
    const char *name;
    bool is_valid;
    size_t count;
    struct spec specs[4];
} rows[] = {
    {"no policy, none asked for",
     true,
     2,
     {{NONE, NO_MAPPING, ABSENT, ABSENT, ABSENT, false},
      {NONE, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"one is asked for, and the leaf has none",
     false,
     2,
     {{{1, ABSENT}, NO_MAPPING, 0, ABSENT, ABSENT, false},
      {NONE, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"the same all over",
     true,
     2,
     {{{1, ABSENT}, NO_MAPPING, 0, ABSENT, ABSENT, false},
      {{1, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"another in the leaf",
     false,
     2,
     {{{1, ABSENT}, NO_MAPPING, 0, ABSENT, ABSENT, false},
      {{2, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"any-policy above",
     true,
     2,
     {{{ANY, ABSENT}, NO_MAPPING, 0, ABSENT, ABSENT, false},
      {{2, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"any-policy inhibited in the leaf",
     false,
     2,
     {{{1, ABSENT}, NO_MAPPING, 0, ABSENT, 0, false},
      {{ANY, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"a self-issued leaf is no exception",
     false,
     2,
     {{{1, ABSENT}, NO_MAPPING, 0, ABSENT, 0, false},
      {{ANY, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, true}}},
    {"a self-issued CA is one",
     true,
     3,
     {{{1, ABSENT}, NO_MAPPING, 0, ABSENT, 0, false},
      {{ANY, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, true},
      {{1, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"mapped",
     true,
     2,
     {{{1, ABSENT}, {{1, 2}, {ABSENT, ABSENT}}, 0, ABSENT, ABSENT, false},
      {{2, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"mapped, and no more itself",
     false,
     2,
     {{{1, ABSENT}, {{1, 2}, {ABSENT, ABSENT}}, 0, ABSENT, ABSENT, false},
      {{1, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"mapping to any-policy is refused even where no policy is asked for",
     false,
     2,
     {{{1, ABSENT}, {{1, ANY}, {ABSENT, ABSENT}}, ABSENT, ABSENT, ABSENT, false},
      {{2, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"mapping from any-policy as well",
     false,
     2,
     {{{1, ABSENT}, {{ANY, 2}, {ABSENT, ABSENT}}, ABSENT, ABSENT, ABSENT, false},
      {{2, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"a policy twice in one certificate",
     false,
     1,
     {{{1, 1, ABSENT}, NO_MAPPING, ABSENT, ABSENT, ABSENT, false}}},
    {"the leaf asks for its own",
     false,
     2,
     {{NONE, NO_MAPPING, ABSENT, ABSENT, ABSENT, false},
      {{1, ABSENT}, NO_MAPPING, 0, ABSENT, ABSENT, false}}},
};

/* [RFC5280-6.1.3], [RFC5280-6.1.4], [RFC5280-6.1.5] */
static void rules_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (judge(rows[i].specs, rows[i].count) != rows[i].is_valid)
            fail_msg("%s: %s", rows[i].name, rows[i].is_valid ? "refused" : "accepted");
}

/* An anchor, and a leaf that is one, are not asked [RFC5280-6.1]. */
static void anchors_are_not_asked(void **state)
{
    (void)state;
    static const struct spec spec = {NONE, NO_MAPPING, 0, ABSENT, ABSENT, true};
    static const struct spec plain = {NONE, NO_MAPPING, ABSENT, ABSENT, ABSENT, false};
    struct smimegw_cert *anchor = make_spec(&spec);
    struct smimegw_cert *leaf = make_spec(&plain);
    const struct smimegw_cert *path[] = {leaf, anchor};
    assert_true(sgw_policies_are_valid(path, 2));
    assert_true(sgw_policies_are_valid(path + 1, 1));
    smimegw_cert_unref(anchor);
    smimegw_cert_unref(leaf);
}

/* One certificate with an extension of these bytes, under an anchor that is itself. */
static bool judge_bytes(uint8_t number, const char *data, size_t size, bool is_leaf)
{
    static const struct spec plain = {NONE, NO_MAPPING, ABSENT, ABSENT, ABSENT, false};
    uint8_t name[64];
    struct sgw_der_out extensions = {0};
    const struct link_names names = {name, put_common_name("x", name), name,
                                     put_common_name("x", name)};
    sgw_out_raw(&extensions, data, size);
    wrap_extension(&extensions, 0, number);
    struct smimegw_cert *odd = make_link(&names, &extensions);
    struct smimegw_cert *leaf = make_spec(&plain);
    const struct smimegw_cert *path[] = {is_leaf ? odd : leaf, odd, odd};
    bool is_valid = sgw_policies_are_valid(path, is_leaf ? 2 : 3);
    sgw_out_clear(&extensions);
    smimegw_cert_unref(odd);
    smimegw_cert_unref(leaf);
    return is_valid;
}

/* [RFC5280-4.2.1.4], [RFC5280-4.2.1.11] */
static void malformed_is_invalid(void **state)
{
    (void)state;
    static const struct {
        uint8_t number;
        const char *data;
        size_t size;
        bool is_leaf;
        bool is_valid;
    } odd[] = {
        {32, "\x30\x06\x30\x04\x06\x02\x2a\x03", 8, true, true},
        {32, "\x30\x06\x31\x04\x06\x02\x2a\x03", 8, true, false},
        {32, "\x30\x02\x30\x00", 4, true, false},
        {32, "\x30\x00\x05\x00", 4, true, false},
        {33, "\x30\x0a\x30\x08\x06\x02\x2a\x03\x06\x02\x2a\x04", 12, false, true},
        {33, "\x30\x06\x30\x04\x06\x02\x2a\x03", 8, false, false},
        {33, "\x05\x00", 2, false, false},
        {36, "\x30\x03\x80\x01\x05", 5, true, true},
        {36, "\x30\x00", 2, true, false},
        {36, "\x30\x03\x80\x01\xff", 5, true, false},
        {36, "\x30\x03\x82\x01\x00", 5, true, false},
        {36, "\x30\x03\x80\x01\x05\x05\x00", 7, true, false},
        {54, "\x02\x01\x00", 3, false, true},
        {54, "\x02\x00", 2, false, false},
        {54, "\x02\x01\x00\x05\x00", 5, false, false},
    };
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        if (judge_bytes(odd[i].number, odd[i].data, odd[i].size, odd[i].is_leaf) !=
            odd[i].is_valid)
            fail_msg("row %zu is not %svalid", i, odd[i].is_valid ? "" : "in");
}

/* CVE-2023-0464: each CA maps 16 policies to 16 others; a tree would have 256 children a
 * level. */
static void mappings_do_not_multiply(void **state)
{
    (void)state;
    uint8_t name[64];
    uint8_t issuer[64];
    struct sgw_der_out extensions = {0};
    const struct link_names names = {name, put_common_name("x", name), issuer,
                                     put_common_name("y", issuer)};
    for (int i = 1; i <= 15; i++) {
        size_t one = sgw_out_mark(&extensions);
        put_policy(&extensions, i);
        sgw_out_wrap(&extensions, one, SGW_TAG_SEQUENCE);
    }
    sgw_out_wrap(&extensions, 0, SGW_TAG_SEQUENCE);
    wrap_extension(&extensions, 0, 32);
    size_t mark = sgw_out_mark(&extensions);
    for (int i = 0; i < 225; i++) {
        size_t one = sgw_out_mark(&extensions);
        put_policy(&extensions, 1 + i / 15);
        put_policy(&extensions, 1 + i % 15);
        sgw_out_wrap(&extensions, one, SGW_TAG_SEQUENCE);
    }
    sgw_out_wrap(&extensions, mark, SGW_TAG_SEQUENCE);
    wrap_extension(&extensions, mark, 33);
    struct smimegw_cert *cert = make_link(&names, &extensions);
    const struct smimegw_cert *path[CERTS_MAX];
    for (size_t i = 0; i < CERTS_MAX; i++)
        path[i] = cert;
    clock_t start = clock();
    assert_true(sgw_policies_are_valid(path, CERTS_MAX));
    double spent = (double)(clock() - start) / CLOCKS_PER_SEC;
    assert_true(spent < 0.1 || getenv("SMIMEGW_SLOW") != NULL);
    sgw_out_clear(&extensions);
    smimegw_cert_unref(cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_hold),
        cmocka_unit_test(anchors_are_not_asked),
        cmocka_unit_test(malformed_is_invalid),
        cmocka_unit_test(set_is_as_good_as_the_tree),
        cmocka_unit_test(mappings_do_not_multiply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
