/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/names.h"
#include "pki/path/name_constraints.h"
#include "pki_shape.h"

#define MAILBOX_EXAMPLE                                                                       \
    "\x81\x0c"                                                                                \
    "a@example.de"
#define SAN(text) text, sizeof(text) - 1
#define UTF8_MAILBOX(sizes, text)                                                             \
    "\xa0" sizes "\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x09\xa0" text
static const struct {
    const char *san;
    size_t san_size;
    const char *dn_email;
    size_t dn_email_size;
    const char *address;
    bool matches;
} address_rows[] = {
    {SAN("\x81\x03"
         "a@b"),
     NULL, 0, "a@b", true},
    {SAN("\x81\x03"
         "a@b"),
     NULL, 0, "A@B", true},
    {SAN("\x81\x03"
         "A@B"),
     NULL, 0, "a@b", true},
    {SAN("\x81\x03"
         "a@b"),
     NULL, 0, "a@bc", false},
    {SAN("\x81\x03"
         "a@b"),
     NULL, 0, "aa@b", false},
    {SAN("\x81\x03"
         "a@b"),
     NULL, 0, "", false},
    {SAN("\x81\x03"
         "a@b"),
     NULL, 0, "a", false},
    {SAN("\x81\x03"
         "a@b\x81\x03"
         "c@d"),
     NULL, 0, "c@d", true},
    /* blanks, controls and NUL: such a name is none (AC-114, AC-115) */
    {SAN("\x81\x04"
         "a@b "),
     NULL, 0, "a@b", false},
    {SAN("\x81\x04"
         "a@b "),
     NULL, 0, "a@b ", false},
    {SAN("\x81\x04"
         " a@b"),
     NULL, 0, " a@b", false},
    {SAN("\x81\x04"
         "a@\tb"),
     NULL, 0, "a@\tb", false},
    {SAN("\x81\x04"
         "a@b\n"),
     NULL, 0, "a@b\n", false},
    {SAN("\x81\x05"
         "a@b\0x"),
     NULL, 0, "a@b", false},
    {SAN("\x81\x05"
         "a\xc2\xa0@b"),
     NULL, 0, "a\xc2\xa0@b", false},
    /* no addresses (AC-116) */
    {SAN("\x81\x03"
         "*@d"),
     NULL, 0, "a@d", false},
    {SAN("\x81\x03"
         "*@d"),
     NULL, 0, "*@d", false},
    {SAN("\x81\x02"
         "@d"),
     NULL, 0, "a@d", false},
    {SAN("\x81\x01"
         "d"),
     NULL, 0, "a@d", false},
    {SAN("\x82\x03"
         "a@b"),
     NULL, 0, "a@b", false},
    {SAN("\x82\x01"
         "b"),
     NULL, 0, "a@b", false},
    /* the subject's, only without a mailbox in the SAN (AC-120) */
    {NULL, 0, SAN("a@b"), "a@b", true},
    {SAN("\x82\x01"
         "b"),
     SAN("a@b"), "a@b", true},
    {SAN("\x81\x03"
         "c@d"),
     SAN("a@b"), "a@b", false},
    {SAN("\x81\x04"
         "c@d "),
     SAN("a@b"), "a@b", false},
    {NULL, 0, SAN("a@b "), "a@b", false},
    {NULL, 0, SAN("a@b\0"), "a@b", false},
    /* A-labels and U-labels (AC-119) */
    {SAN("\x81\x12"
         "a@xn--bcher-kva.de"),
     NULL, 0,
     "a@b\xc3\xbc"
     "cher.de",
     true},
    {SAN("\x81\x12"
         "a@XN--BCHER-KVA.DE"),
     NULL, 0,
     "a@b\xc3\xbc"
     "cher.de",
     true},
    {SAN("\x81\x12"
         "a@xn--bcher-kva.de"),
     NULL, 0,
     "a@B\xc3\x9c"
     "CHER.de",
     true},
    {SAN("\x81\x12"
         "a@xn--bcher-kva.de"),
     NULL, 0, "a@bucher.de", false},
    /* rfc822Name is ASCII */
    {SAN("\x81\x0c"
         "a@b\xc3\xbc"
         "cher.de"),
     NULL, 0,
     "a@b\xc3\xbc"
     "cher.de",
     false},
    /* SmtpUTF8Mailbox "ü@b": octet by octet [RFC9598-5] */
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), NULL, 0, "\xc3\xbc@b", true},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), NULL, 0, "u@b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), NULL, 0, "u\xcc\x88@b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3 @b")), NULL, 0, "\xc3 @b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xff\xff@b")), NULL, 0, "\xff\xff@b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), SAN("a@b"), "a@b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), NULL, 0, "\xc3\x9c@b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x0c\x04\xc3\xbc@b")), NULL, 0, "\xc3\xbc@B", true},
    {SAN(UTF8_MAILBOX("\x13", "\x07\x0c\x05\xc3\xbcx@b")), NULL, 0, "\xc3\xbcX@b", true},
    /* one of an ASCII local part has to be an rfc822Name [RFC9598-3] */
    {SAN(UTF8_MAILBOX("\x11", "\x05\x0c\x03"
                              "a@b")),
     NULL, 0, "a@b", false},
    /* "ü@bücher.de", as RFC 8398 had it */
    {SAN(UTF8_MAILBOX("\x1b", "\x0f\x0c\x0d\xc3\xbc@b\xc3\xbc"
                              "cher.de")),
     NULL, 0, "\xc3\xbc@xn--bcher-kva.de", true},
    {SAN(UTF8_MAILBOX("\x21", "\x15\x0c\x13\xc3\xbc@xn--bcher-kva.de")), NULL, 0,
     "\xc3\xbc@b\xc3\xbc"
     "cher.de",
     true},
    /* U-labels [RFC5890-2.3.2.1] that IDNA makes of what people don't read so: full-width
     * letters and dot, soft hyphen, zero width, NFD */
    {SAN(MAILBOX_EXAMPLE), NULL, 0, "a@\xef\xbd\x85xample.de", false},
    {SAN(MAILBOX_EXAMPLE), NULL, 0,
     "a@example\xe3\x80\x82"
     "de",
     false},
    {SAN(MAILBOX_EXAMPLE), NULL, 0, "a@exam\xc2\xadple.de", false},
    {SAN(MAILBOX_EXAMPLE), NULL, 0, "a@exam\xe2\x80\x8bple.de", false},
    {SAN(MAILBOX_EXAMPLE), NULL, 0, "a@\xd0\xb5xample.de", false},
    {SAN(MAILBOX_EXAMPLE), NULL, 0, "a@example.de", true},
    {SAN("\x81\x12"
         "a@xn--bcher-kva.de"),
     NULL, 0,
     "a@bu\xcc\x88"
     "cher.de",
     false},
    /* sharp s is a letter of its own since IDNA2008 */
    {SAN("\x81\x0c"
         "a@strasse.de\x81\x01x"),
     NULL, 0,
     "a@stra\xc3\x9f"
     "e.de",
     false},
    {SAN("\x81\x12"
         "a@xn--strae-oqa.de\x81\x01x"),
     NULL, 0,
     "a@stra\xc3\x9f"
     "e.de",
     true},
    /* what needs quotes matches nothing (AC-113) */
    {SAN("\x81\x07\"a@b\"@c"), NULL, 0, "\"a@b\"@c", false},
    {SAN("\x81\x05\"a\"@c"), NULL, 0, "a@c", false},
    {SAN("\x81\x05\"a\"@c"), NULL, 0, "\"a\"@c", false},
    {SAN("\x81\x05"
         "a@b@c"),
     NULL, 0, "a@b@c", false},
    {SAN("\x81\x05"
         "a@b@c"),
     NULL, 0, "b@c", false},
    {SAN("\x81\x0b"
         "a@[1.2.3.4]"),
     NULL, 0, "a@[1.2.3.4]", false},
    {SAN("\x81\x05"
         "<a@b>"),
     NULL, 0, "a@b", false},
    {SAN("\x81\x07"
         "a@b,c@d"),
     NULL, 0, "c@d", false},
    /* a mailbox that can't be read is still one: "ü@b" as an IA5String, or without a value */
    {SAN(UTF8_MAILBOX("\x12", "\x06\x16\x04\xc3\xbc@b")), SAN("a@b"), "a@b", false},
    {SAN(UTF8_MAILBOX("\x12", "\x06\x16\x04\xc3\xbc@b")), NULL, 0, "\xc3\xbc@b", false},
};

static void addresses_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(address_rows) / sizeof(address_rows[0]); i++) {
        struct shape shape = {.rdns = 1,
                              .san = address_rows[i].san,
                              .san_size = address_rows[i].san_size,
                              .dn_email = address_rows[i].dn_email,
                              .dn_email_size = address_rows[i].dn_email_size};
        struct smimegw_cert *cert = NULL;
        assert_int_equal(load_shape(&shape, &cert), SMIMEGW_OK);
        const char *address = address_rows[i].address;
        bool matches = sgw_cert_has_address(cert, address, strlen(address));
        if (matches != address_rows[i].matches)
            fail_msg("row %zu, %s: %d", i, address, matches);
        if (matches)
            assert_true(sgw_cert_has_any_address(cert));
        smimegw_cert_unref(cert);
    }
}

/* Octets are characters in some string types; others name somebody, but match nobody. */
static void subjects_are_strings(void **state)
{
    static const struct {
        uint8_t tag;
        bool matches;
    } rows[] = {{0x0c, true},  {0x13, true},  {0x14, true},  {0x16, true},
                {0x1a, true},  {0x1e, false}, {0x1c, false}, {0x04, false},
                {0x30, false}, {0x12, false}, {0x80, false}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct shape shape = {
            .dn_email = "a@bc", .dn_email_size = 4, .dn_email_tag = rows[i].tag};
        struct smimegw_cert *cert = NULL;
        int ret = load_shape(&shape, &cert);
        if (ret != SMIMEGW_OK) {
            assert_false(rows[i].matches);
            continue;
        }
        if (sgw_cert_has_address(cert, "a@bc", 4) != rows[i].matches)
            fail_msg("tag %02x", rows[i].tag);
        assert_int_equal(sgw_cert_has_any_address(cert), rows[i].matches);
        assert_false(sgw_cert_names_nobody(cert));
        smimegw_cert_unref(cert);
    }
}

/* A list that can't be read to its end may have had names in it. */
static void broken_lists_are_refused(void **state)
{
    (void)state;
    struct shape shape = {.san = "\x81\x09"
                                 "a@b",
                          .san_size = 5};
    struct smimegw_cert *cert = NULL;
    assert_int_equal(load_shape(&shape, &cert), SMIMEGW_E_KEY);
    assert_null(cert);
}

/* What is in a name can't write to a terminal (AC-106). */
static void texts_are_escaped(void **state)
{
    (void)state;
    struct shape shape = {.dn_email = "a\r\nX: \x1b[2Jb@c", .dn_email_size = 13};
    struct smimegw_cert *cert = NULL;
    assert_int_equal(load_shape(&shape, &cert), SMIMEGW_OK);
    for (const char *at = smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT); *at != '\0'; at++)
        assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
    assert_string_equal(smimegw_cert_text(cert, SMIMEGW_CERT_ADDRESSES), "");
    assert_false(sgw_cert_has_any_address(cert));
    smimegw_cert_unref(cert);
}

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1
/* Names of one RDN, O=x and O=y, without and with their SEQUENCE */
#define O_X "\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01x"
#define O_Y "\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01y"
#define SUBTREE(list, name) list "\x12\x30\x10\xa4\x0e\x30\x0c" name
#define UTF8_NAME "\xa0\x12\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x09\xa0\x06\x0c\x04\xc3\xbc@b"
static const struct {
    const uint8_t *constraints;
    size_t constraints_size;
    const uint8_t *subject;
    size_t subject_size;
    const uint8_t *san;
    size_t san_size;
    bool is_permitted;
} constraint_rows[] = {
    {BYTES(SUBTREE("\xa0", O_X)), BYTES("\x30\x0c" O_X), BYTES(""), true},
    {BYTES(SUBTREE("\xa0", O_X)), BYTES("\x30\x18" O_X O_Y), BYTES(""), true},
    {BYTES(SUBTREE("\xa0", O_X)), BYTES("\x30\x18" O_Y O_X), BYTES(""), false},
    {BYTES(SUBTREE("\xa0", O_X)), BYTES("\x30\x0c" O_Y), BYTES(""), false},
    {BYTES(SUBTREE("\xa0", O_X)), BYTES("\x30\x00"), BYTES(""), true},
    {BYTES(SUBTREE("\xa0", O_X)), BYTES("\x30\x00"), BYTES("\xa4\x0e\x30\x0c" O_X), true},
    {BYTES(SUBTREE("\xa0", O_X)), BYTES("\x30\x00"), BYTES("\xa4\x0e\x30\x0c" O_Y), false},
    {BYTES(SUBTREE("\xa1", O_X)), BYTES("\x30\x0c" O_Y), BYTES(""), true},
    {BYTES("\xa0\x07\x30\x05\x81\x03"
           "b.c"),
     BYTES("\x30\x0c" O_Y),
     BYTES("\x81\x03"
           "a@b"),
     false},
    {BYTES("\xa0\x07\x30\x05\x81\x03"
           "b.c"),
     BYTES("\x30\x00"), BYTES(UTF8_NAME), false},
    {BYTES("\xa0\x07\x30\x05\x82\x03"
           "b.c"),
     BYTES("\x30\x00"), BYTES(UTF8_NAME), true},
    {BYTES("\xa0\x07\x31\x05\x82\x03"
           "b.c"),
     BYTES("\x30\x00"), BYTES(""), false},
    {BYTES("\x04\x00"), BYTES("\x30\x00"), BYTES(""), false},
};

static void name_constraints_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(constraint_rows) / sizeof(constraint_rows[0]); i++) {
        struct smimegw_cert ca = {.name_constraints = constraint_rows[i].constraints,
                                  .name_constraints_size =
                                      constraint_rows[i].constraints_size};
        struct smimegw_cert leaf = {.subject = constraint_rows[i].subject,
                                    .subject_size = constraint_rows[i].subject_size,
                                    .san = constraint_rows[i].san,
                                    .san_size = constraint_rows[i].san_size};
        const struct smimegw_cert *path[] = {&leaf, &ca};
        if (sgw_names_are_permitted(path, 2) != constraint_rows[i].is_permitted)
            fail_msg("row %zu", i);
        assert_true(sgw_names_are_permitted(path, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_match),          cmocka_unit_test(subjects_are_strings),
        cmocka_unit_test(broken_lists_are_refused), cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(name_constraints_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
