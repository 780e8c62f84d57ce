/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/names.h"
#include "pki_shape.h"

#define SAN(text) text, sizeof(text) - 1
#define BOTH_KINDS                                                                            \
    "\x82\x0b"                                                                                \
    "example.com\x81\x12"                                                                     \
    "boss@other.example"
static const struct {
    const char *san;
    size_t san_size;
    const char *address;
    bool covers;
} scope_rows[] = {
    {SAN("\x81\x0d"
         "a@example.com"),
     "a@example.com", true},
    {SAN("\x81\x0d"
         "a@example.com"),
     "b@example.com", false},
    {SAN("\x82\x0b"
         "example.com"),
     "b@example.com", true},
    {SAN("\x82\x0b"
         "example.com"),
     "b@EXAMPLE.com", true},
    {SAN("\x82\x0b"
         "example.com"),
     "b@sub.example.com", false},
    {SAN("\x82\x0b"
         "example.com"),
     "example.com", false},
    {SAN("\x82\x0b"
         "example.com"),
     "a b@example.com", false},
    {SAN("\x82\x0d"
         "*.example.com"),
     "b@sub.example.com", true},
    {SAN("\x82\x0d"
         "*.example.com"),
     "b@example.com", false},
    {SAN("\x82\x0d"
         "*.example.com"),
     "b@a.sub.example.com", false},
    {SAN("\x82\x0d"
         "*.example.com"),
     "b@.example.com", false},
    {SAN("\x82\x10"
         "xn--bcher-kva.de"),
     "a@b\xc3\xbc"
     "cher.de",
     true},
    /* AC-116 */
    {SAN("\x82\x01"
         "*"),
     "a@b", false},
    {SAN("\x82\x05"
         "*.com"),
     "a@b.com", false},
    {SAN("\x82\x07"
         "*.co.jp"),
     "a@b.co.jp", false},
    {SAN("\x82\x07"
         "a.*.com"),
     "a@a.b.com", false},
    {SAN("\x82\x0c"
         "example.com."),
     "a@example.com", false},
    {SAN("\x82\x07"
         "1.2.3.4"),
     "a@1.2.3.4", false},
    {SAN("\x82\x0c"
         "example.com\0"),
     "a@example.com", false},
    {SAN("\x82\x01"
         "b"),
     "a@b", false},
    {SAN("\x82\x0b*.*.example"), "a@b.c.example", false},
    {SAN("\x82\x0c.example.com"), "a@x.example.com", false},
    {SAN("\x82\x0f"
         "b\xc3\xbc"
         "cher.example"),
     "a@b\xc3\xbc"
     "cher.example",
     false},
    {SAN("\x82\x0b*.gouv.test"), "a@b.gouv.test", true},
    {SAN("\x82\x09*.gouv.fr"), "a@b.gouv.fr", false},
    {SAN("\x82\x07gouv.fr"), "a@gouv.fr", true},
    {SAN("\x82\x11*.onmicrosoft.com"), "a@b.onmicrosoft.com", false},
    {SAN("\x82\x11*.10.in-addr.arpa"), "a@b.10.in-addr.arpa", false},
    /* both kinds: each adds senders (C26) */
    {SAN(BOTH_KINDS), "boss@other.example", true},
    {SAN(BOTH_KINDS), "any@example.com", true},
    {SAN(BOTH_KINDS), "any@other.example", false},
    {SAN(BOTH_KINDS), "\"a b\"@example.com", false},
};

/* AC-116 */
static const struct {
    const char *domain;
    bool is_public;
} public_rows[] = {
    {"com", true},
    {"co.uk", true},
    {"CO.JP", true},
    {"com.br", true},
    {"sch.uk", true},
    {"govt.nz", true},
    {"uk.com", true},
    {"arpa", true},
    {"8.b.d.0.1.0.0.2.ip6.arpa", true},
    {"example.com", false},
    {"example.co.uk", false},
    {"a.co.jp", false},
    {"co.example", false},
    {"example.jp", false},
    {"xco.uk", false},
    {"uk.com.example", false},
};

static void public_domains_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(public_rows) / sizeof(public_rows[0]); i++) {
        const char *domain = public_rows[i].domain;
        if (sgw_domain_is_public(domain, strlen(domain)) != public_rows[i].is_public)
            fail_msg("%s", domain);
    }
}

static struct smimegw_cert *load_san(const char *san, size_t size)
{
    struct shape shape = {.rdns = 1, .san = san, .san_size = size};
    struct smimegw_cert *cert = NULL;
    assert_int_equal(load_shape(&shape, &cert), SMIMEGW_OK);
    return cert;
}

/* A certificate whose names are all malformed is not one for everybody (C26). */
static void nobody_is_nobody(void **state)
{
    (void)state;
    static const struct {
        const char *san;
        size_t size;
        bool is_nobody;
    } rows[] = {
        {SAN("\x86\x03"
             "a:b"),
         true},
        {SAN("\x81\x04"
             "a@b "),
         false},
        {SAN("\x82\x05*.com"), false},
        {SAN("\x82\x01*"), false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smimegw_cert *cert = load_san(rows[i].san, rows[i].size);
        if (sgw_cert_names_nobody(cert) != rows[i].is_nobody)
            fail_msg("row %zu", i);
        smimegw_cert_unref(cert);
    }
    struct shape shape = {.dn_email = "a@b ", .dn_email_size = 4};
    struct smimegw_cert *cert = NULL;
    assert_int_equal(load_shape(&shape, &cert), SMIMEGW_OK);
    assert_false(sgw_cert_names_nobody(cert));
    smimegw_cert_unref(cert);
}

/* What a table of names is looked up by. */
static void keys_are_canonical(void **state)
{
    (void)state;
    struct sgw_scope_keys keys;
    const char *address = "Al.Ice@Mail.B\xc3\xbc"
                          "cher.DE";
    const char *expected[] = {"al.ice@mail.xn--bcher-kva.de", "mail.xn--bcher-kva.de",
                              "*.xn--bcher-kva.de"};
    assert_true(sgw_scope_keys(address, strlen(address), &keys));
    assert_int_equal(keys.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(keys.keys[i].size, strlen(expected[i]));
        assert_memory_equal(keys.keys[i].text, expected[i], keys.keys[i].size);
    }
    assert_true(sgw_scope_keys("a@b", 3, &keys));
    assert_int_equal(keys.count, 1);
    assert_true(sgw_scope_keys("a@b.co.uk", 9, &keys)); /* no "*.co.uk" */
    assert_int_equal(keys.count, 2);
    assert_false(sgw_scope_keys("a b@c", 5, &keys));
    assert_int_equal(keys.count, 0);
    /* all of an address at its longest */
    char longest[SGW_NAME_KEY_MAX + 1];
    memset(longest, 'a', sizeof(longest));
    longest[64] = '@';
    for (size_t i = 65 + 63; i < SGW_NAME_KEY_MAX; i += 64)
        longest[i] = '.';
    longest[SGW_NAME_KEY_MAX] = '\0';
    assert_true(sgw_scope_keys(longest, SGW_NAME_KEY_MAX, &keys));
    assert_int_equal(keys.keys[0].size, SGW_NAME_KEY_MAX);
    assert_false(sgw_scope_keys(longest, SGW_NAME_KEY_MAX + 1, &keys));
}

static struct smimegw_cert *load_with_purposes(const char *purposes, size_t size)
{
    struct smimegw_cert *cert = load_san("\x82\x0b"
                                         "example.com",
                                         13);
    cert->purposes = size > 0 ? (const uint8_t *)purposes : NULL;
    cert->purposes_size = size;
    return cert;
}

/* AC-117, AC-118, AC-128: what the extended key usage says to a domain */
static void purposes_bind_domains(void **state)
{
    (void)state;
    static const char server[] = "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";
    struct smimegw_cert *cert = load_with_purposes(server, sizeof(server) - 1);
    cert->names_email_purpose = false; /* or any purpose is named, too */
    assert_false(sgw_cert_may_have_domains(cert, false));
    assert_false(sgw_cert_may_have_domains(cert, true));
    cert->names_email_purpose = true;
    assert_true(sgw_cert_may_have_domains(cert, false));
    smimegw_cert_unref(cert);
    cert = load_with_purposes("", 0);
    assert_false(cert->names_email_purpose);
    assert_false(sgw_cert_may_have_domains(cert, false));
    assert_true(sgw_cert_may_have_domains(cert, true));
    smimegw_cert_unref(cert);
}

static void scope_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scope_rows) / sizeof(scope_rows[0]); i++) {
        struct shape shape = {
            .rdns = 1, .san = scope_rows[i].san, .san_size = scope_rows[i].san_size};
        struct smimegw_cert *cert = NULL;
        assert_int_equal(load_shape(&shape, &cert), SMIMEGW_OK);
        const char *address = scope_rows[i].address;
        bool covers = sgw_cert_covers_sender(cert, address, strlen(address));
        if (covers != scope_rows[i].covers)
            fail_msg("row %zu, %s: %d", i, address, covers);
        smimegw_cert_unref(cert);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_is_kept),         cmocka_unit_test(public_domains_are_known),
        cmocka_unit_test(nobody_is_nobody),      cmocka_unit_test(keys_are_canonical),
        cmocka_unit_test(purposes_bind_domains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
