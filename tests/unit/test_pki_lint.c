/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asn1/der.h"
#include "pki/cert/domain.h"
#include "pki/cert/extension.h"
#include "pki/path/path.h"
#include "pki_lint_rows.h"

static struct bytes choose(struct bytes chosen, const char *other, size_t other_size)
{
    struct bytes fallback = {other, other_size};
    return chosen.data != NULL ? chosen : fallback;
}

/* An extension of 2.5.29; nothing where it is to be absent. */
static void put_extension(struct sgw_der_out *out, uint8_t number, struct bytes value,
                          bool is_critical)
{
    const uint8_t oid[] = {0x55, 0x1d, number};
    size_t mark = sgw_out_mark(out);
    if (value.data == absent)
        return;
    sgw_out_put(out, SGW_TAG_OID, oid, sizeof(oid));
    if (is_critical)
        sgw_out_put(out, SGW_TAG_BOOLEAN, "\xff", 1);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, value.data, value.size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static void put_extensions(struct sgw_der_out *out, const struct row *row)
{
    static const struct bytes none = ABSENT;
    static const struct bytes subject_key_id = B("\x04\x04"
                                                 "abcd");
    static const struct bytes authority_key_id = B("\x30\x06\x80\x04"
                                                   "efgh");
    static const char purposes[] = "\x30\x0a" PURPOSE("\x04");
    struct sgw_der_out san = {0};
    struct bytes names = choose(row->san, ADDRESS, sizeof(ADDRESS) - 1);
    size_t mark = sgw_out_mark(out);
    sgw_out_put(&san, SGW_TAG_SEQUENCE, names.data, names.size);
    if (names.data != absent)
        names = (struct bytes){(const char *)san.buf.data, san.buf.size};
    put_extension(out, 14, row->lacks_subject_key_id ? none : subject_key_id, false);
    put_extension(out, 15, choose(row->usage, "\x03\x02\x05\xe0", 4), true);
    put_extension(out, 17, names, false);
    put_extension(out, 19, choose(row->constraints, "\x30\x00", 2), true);
    put_extension(out, 35, row->lacks_authority_key_id ? none : authority_key_id, false);
    put_extension(out, 37, choose(row->purposes, purposes, sizeof(purposes) - 1), false);
    if (row->has_odd_critical)
        put_extension(out, 99, subject_key_id, true);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED | 3);
    sgw_out_clear(&san);
}

/* A modulus of that many bits, whatever it is a product of. */
static void put_rsa_key(struct sgw_der_out *out, unsigned int bits, uint32_t exponent)
{
    uint8_t modulus[1100] = {0};
    const uint8_t number[] = {0, (uint8_t)(exponent >> 16), (uint8_t)(exponent >> 8),
                              (uint8_t)exponent};
    size_t skip = exponent > 0xffff ? 1 : 3;
    size_t size = (bits + 7) / 8 + 1;
    assert_true(size <= sizeof(modulus));
    memset(modulus, 0x5b, size);
    modulus[0] = 0;
    modulus[1] = (uint8_t)(1U << (bits - 1) % 8);
    size_t start = bits % 8 == 0 ? 0 : 1;
    size_t mark = sgw_out_mark(out);
    sgw_out_raw(out, "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15);
    size_t string = sgw_out_mark(out);
    struct sgw_der_out key = {0};
    sgw_out_put(&key, SGW_TAG_INTEGER, modulus + start, size - start);
    sgw_out_put(&key, SGW_TAG_INTEGER, number + skip, sizeof(number) - skip);
    sgw_out_wrap(&key, 0, SGW_TAG_SEQUENCE);
    sgw_out_raw(out, "", 1);
    sgw_out_raw(out, key.buf.data, key.buf.size);
    sgw_out_wrap(out, string, SGW_TAG_BIT_STRING);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_clear(&key);
}

static void put_key(struct sgw_der_out *out, const struct row *row)
{
    if (row->key.data != NULL) {
        sgw_out_raw(out, row->key.data, row->key.size);
    } else if (row->rsa_bits != 0) {
        put_rsa_key(out, row->rsa_bits, row->rsa_exponent);
    } else {
        struct smimegw_cert *cert =
            load_cert(row->key_of != NULL ? row->key_of : "rsa2048.pem");
        sgw_out_raw(out, cert->spki, cert->spki_size);
        smimegw_cert_unref(cert);
    }
}

static struct smimegw_cert *make_cert(const struct row *row)
{
    static const char rsa_sha256[] =
        "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
    static const char issuer[] = CN("issuer.example.c");
    static const char subject[] = FIELDS CN("mail.example.com");
    struct bytes algorithm = choose(row->algorithm, rsa_sha256, sizeof(rsa_sha256) - 1);
    struct bytes version = choose(row->version, "\x02", 1);
    struct bytes serial = choose(row->serial, "1234567890123456", 16);
    struct bytes name = choose(row->subject, subject, sizeof(subject) - 1);
    struct sgw_der_out out = {0};
    struct smimegw_cert *cert = NULL;
    struct smimegw_error *error = NULL;
    if (version.data != absent) {
        sgw_out_put(&out, SGW_TAG_INTEGER, version.data, version.size);
        sgw_out_wrap(&out, 0, SGW_TAG_CONTEXT_CONSTRUCTED);
    }
    sgw_out_put(&out, SGW_TAG_INTEGER, serial.data, serial.size);
    sgw_out_raw(&out, algorithm.data, algorithm.size);
    sgw_out_put(&out, SGW_TAG_SEQUENCE, issuer, sizeof(issuer) - 1);
    size_t mark = sgw_out_mark(&out);
    sgw_out_time(&out, row->not_before != 0 ? row->not_before : START);
    sgw_out_time(&out, row->not_after != 0 ? row->not_after : START + 365 * DAY);
    sgw_out_wrap(&out, mark, SGW_TAG_SEQUENCE);
    sgw_out_put(&out, SGW_TAG_SEQUENCE, name.data, name.size);
    put_key(&out, row);
    if (!row->lacks_extensions)
        put_extensions(&out, row);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    sgw_out_raw(&out, algorithm.data, algorithm.size);
    sgw_out_put(&out, SGW_TAG_BIT_STRING, "\0signature", 10);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    assert_int_equal(out.result, SMIMEGW_OK);
    if (smimegw_cert_new(out.buf.data, out.buf.size, &cert, &error) < 0)
        fail_msg("%s: %s", row->title, smimegw_error_text(error));
    sgw_out_clear(&out);
    return cert;
}

/* Exactly the findings of the row, worst first and then by code. */
static void check_findings(const struct row *row, const struct smimegw_cert *cert,
                           unsigned int use)
{
    struct smimegw_lint *lint = NULL;
    size_t count = 0;
    assert_int_equal(smimegw_cert_lint(cert, use, TEST_TIME, &lint, NULL), SMIMEGW_OK);
    for (size_t i = 0; i < EXPECTED_MAX; i++) {
        int sign = (use & SMIMEGW_USE_SIGN) != 0 ? row->expected[i].sign : 0;
        int encrypt = (use & SMIMEGW_USE_ENCRYPT) != 0 ? row->expected[i].encrypt : 0;
        int severity = use == 0 ? row->expected[i].any : sign > encrypt ? sign : encrypt;
        if (severity == 0)
            continue;
        size_t at = 0;
        while (at < smimegw_lint_count(lint) &&
               smimegw_lint_code(lint, at) != row->expected[i].code)
            at++;
        if (smimegw_lint_severity(lint, at) != severity)
            fail_msg("%s, use %u: %s of severity %d, not %d", row->title, use,
                     smimegw_lint_name(row->expected[i].code, NULL),
                     smimegw_lint_severity(lint, at), severity);
        if (i == 0)
            assert_string_equal(smimegw_lint_text(lint, at), row->text);
        count++;
    }
    if (smimegw_lint_count(lint) != count)
        for (size_t i = 0; i < smimegw_lint_count(lint); i++)
            print_message("# %s: %s\n", row->title, smimegw_lint_text(lint, i));
    assert_int_equal(smimegw_lint_count(lint), count);
    for (size_t i = 1; i < count; i++) {
        int step = smimegw_lint_severity(lint, i - 1) - smimegw_lint_severity(lint, i);
        assert_true(step > 0 || (step == 0 &&
                                 smimegw_lint_code(lint, i - 1) < smimegw_lint_code(lint, i)));
    }
    smimegw_lint_free(lint);
}

/* An error is what the rules of path and use refuse, and nothing else is. */
static bool is_refused(const struct smimegw_cert *cert, unsigned int use)
{
    const char *why_not =
        use == SMIMEGW_USE_SIGN ? sgw_cert_why_not_sign(cert) : sgw_cert_why_not_encrypt(cert);
    bool has_no_name = smimegw_cert_text(cert, SMIMEGW_CERT_ADDRESSES)[0] == '\0' &&
                       smimegw_cert_text(cert, SMIMEGW_CERT_DOMAINS)[0] == '\0';
    return why_not != NULL || TEST_TIME < cert->not_before || TEST_TIME > cert->not_after ||
           !sgw_cert_key_is_acceptable(cert) || !sgw_extensions_are_known(cert) ||
           (gnutls_x509_crt_check_issuer(cert->crt, cert->crt) == 0 &&
            sgw_path_digest_reason(cert) != SMIMEGW_REASON_OK) ||
           (use == SMIMEGW_USE_SIGN && has_no_name);
}

static void check_errors(const struct row *row, const struct smimegw_cert *cert,
                         unsigned int use)
{
    struct smimegw_lint *lint = NULL;
    assert_int_equal(smimegw_cert_lint(cert, use, TEST_TIME, &lint, NULL), SMIMEGW_OK);
    if ((smimegw_lint_severity(lint, 0) == SMIMEGW_LINT_ERROR) != is_refused(cert, use))
        fail_msg("%s, use %u: %s", row->title, use, smimegw_lint_text(lint, 0));
    smimegw_lint_free(lint);
}

static void each_rule_finds_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smimegw_cert *cert = make_cert(&rows[i]);
        for (unsigned int use = 0; use <= (SMIMEGW_USE_SIGN | SMIMEGW_USE_ENCRYPT); use++)
            check_findings(&rows[i], cert, use);
        check_errors(&rows[i], cert, SMIMEGW_USE_SIGN);
        check_errors(&rows[i], cert, SMIMEGW_USE_ENCRYPT);
        smimegw_cert_unref(cert);
    }
}

/* Every published code is proved by a row above, and has words of its own. */
static void every_code_is_known(void **state)
{
    (void)state;
    static const int gaps[] = {5, 9, 15, 19, 28, 29, 36, 39};
    int known = 0;
    for (int code = SMIMEGW_LINT_EXPIRED; code <= SMIMEGW_LINT_COUNTRY; code++) {
        bool is_gap = false;
        for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i += 2)
            is_gap = is_gap || (code >= gaps[i] && code <= gaps[i + 1]);
        bool is_proved = false;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            for (size_t k = 0; k < EXPECTED_MAX; k++)
                is_proved = is_proved || rows[i].expected[k].code == code;
        const char *meaning = NULL;
        const char *name = smimegw_lint_name(code, &meaning);
        assert_int_equal(strcmp(name, "unknown") == 0, is_gap);
        if (is_proved == is_gap)
            fail_msg("code %d", code);
        if (is_gap)
            continue;
        known++;
        /* with its source */
        assert_non_null(strchr(meaning, '('));
        for (int other = 1; other < code; other++)
            assert_string_not_equal(smimegw_lint_name(other, NULL), name);
    }
    assert_int_equal(known, 33);
    assert_string_equal(smimegw_lint_name(0, NULL), "unknown");
    assert_string_equal(smimegw_lint_name(-1, NULL), "unknown");
    assert_string_equal(smimegw_lint_name(1000, NULL), "unknown");
}

static void arguments_are_checked(void **state)
{
    (void)state;
    struct smimegw_lint *lint = NULL;
    struct smimegw_cert *cert = load_cert("expired.pem");
    assert_int_equal(smimegw_cert_lint(NULL, 0, 0, &lint, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_cert_lint(cert, 4, 0, &lint, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_cert_lint(cert, 0, 0, NULL, NULL), SMIMEGW_E_USAGE);
    assert_null(lint);
    assert_int_equal(smimegw_lint_count(NULL), 0);
    assert_int_equal(smimegw_lint_code(NULL, 0), 0);
    assert_int_equal(smimegw_lint_severity(NULL, 0), 0);
    assert_string_equal(smimegw_lint_text(NULL, 0), "");
    smimegw_lint_free(NULL);
    /* now */
    assert_int_equal(smimegw_cert_lint(cert, 0, -1, &lint, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_lint_code(lint, 0), SMIMEGW_LINT_EXPIRED);
    size_t count = smimegw_lint_count(lint);
    assert_int_equal(smimegw_lint_code(lint, count), 0);
    assert_int_equal(smimegw_lint_severity(lint, count), 0);
    assert_string_equal(smimegw_lint_text(lint, count), "");
    smimegw_lint_free(lint);
    smimegw_cert_unref(cert);
}

/* What is long is cut between characters; what is written to a log has no controls. */
static void values_are_cut(void **state)
{
    (void)state;
    char san[3 + 250] = "\x81\x81";
    struct row row = {.title = "long", .san = {san, 0}};
    for (size_t size = 140; size < 240; size++) {
        san[2] = (char)size;
        san[3] = san[4] = ' ';
        for (size_t i = 2 - size % 2; i < size; i += 2)
            memcpy(san + 3 + i, "\xc3\xbc", 2);
        row.san.size = 3 + size;
        struct smimegw_cert *cert = make_cert(&row);
        struct smimegw_lint *lint = NULL;
        assert_int_equal(smimegw_cert_lint(cert, 0, TEST_TIME, &lint, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_lint_code(lint, 1), SMIMEGW_LINT_NAME_MALFORMED);
        const char *text = smimegw_lint_text(lint, 1);
        if (strchr(text, '\\') != NULL || (strstr(text, "...") != NULL) != (size > 153) ||
            strlen(text) > 200)
            fail_msg("%zu: %s", size, text);
        smimegw_lint_free(lint);
        smimegw_cert_unref(cert);
    }
}

static const struct {
    const char *domain;
    bool is_qualified;
    bool is_with_star;
    bool is_public;
} domains[] = {
    {"example.com", true, true, false},
    {"a.b", true, true, false},
    {"xn--bcher-kva.example", true, true, false},
    {"1.2.3.example", true, true, false},
    {"EXAMPLE.Com", true, true, false},
    {"*.example.com", false, true, false},
    {"", false, false, true},
    {"com", false, false, true},
    {"co.uk", true, true, true},
    {"CO.JP", true, true, true},
    {"example.co.uk", true, true, false},
    {"*.com", false, false, false},
    {"*", false, false, true},
    {"a.*.example.com", false, false, false},
    {"*a.example.com", false, false, false},
    {"example.com.", false, false, false},
    {".example.com", false, false, false},
    {"example..com", false, false, false},
    {"-a.example.com", false, false, false},
    {"a-.example.com", false, false, false},
    {"a_b.example.com", false, false, false},
    {"b\xc3\xbc.example.com", false, false, false},
    {"a b.example.com", false, false, false},
    {"10.0.0.1", false, false, false},
    {"example.1", false, false, false},
    {"::1", false, false, true},
    {"a23456789012345678901234567890123456789012345678901234567890123.com", true, true, false},
    {"a234567890123456789012345678901234567890123456789012345678901234.com", false, false,
     false},
};

static void domains_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        const char *domain = domains[i].domain;
        size_t size = strlen(domain);
        if (sgw_domain_is_qualified(domain, size, false) != domains[i].is_qualified ||
            sgw_domain_is_qualified(domain, size, true) != domains[i].is_with_star ||
            sgw_domain_is_public(domain, size) != domains[i].is_public)
            fail_msg("%s", domain);
    }
    /* 253 octets in all */
    char longest[255];
    for (size_t i = 0; i < sizeof(longest); i++)
        longest[i] = i % 50 == 49 ? '.' : 'a';
    assert_true(sgw_domain_is_qualified(longest, 253, false));
    assert_false(sgw_domain_is_qualified(longest, 254, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_finds_its_own), cmocka_unit_test(every_code_is_known),
        cmocka_unit_test(arguments_are_checked),   cmocka_unit_test(values_are_cut),
        cmocka_unit_test(domains_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
