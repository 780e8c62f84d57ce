/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pkcs12_maker.h"

#include <time.h>

/* PKCS#12 of shapes that no software writes; tests/import has those that it does. */

static void assert_refused(struct p12 *p12, const char *passphrase, int code,
                           const char *words)
{
    struct smimegw_identity *identity = NULL;
    struct smimegw_error *error = NULL;
    struct sgw_buf file = finish_p12(p12);
    int ret = try_file(&file, passphrase, &identity, &error);
    assert_null(identity);
    assert_fails(ret, error, code, words);
    sgw_buf_clear(&file);
}

static struct smimegw_identity *load(struct p12 *p12)
{
    struct smimegw_identity *identity = NULL;
    struct smimegw_error *error = NULL;
    struct sgw_buf file = finish_p12(p12);
    if (try_file(&file, p12->passphrase, &identity, &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    sgw_buf_clear(&file);
    return identity;
}

/* AC-148: a MAC is there, whole, and of a known hash. */
static void macs_are_whole(void **state)
{
    (void)state;
    static const struct {
        struct p12 p12;
        int code;
        const char *words;
    } rows[] = {
        {{.digest_size = 1}, SMIMEGW_E_KEY, "has 1 bytes instead of 32"},
        {{.digest_size = 31}, SMIMEGW_E_KEY, "has 31 bytes instead of 32"},
        {{.digest_size = 33}, SMIMEGW_E_KEY, "has 33 bytes instead of 32"},
        {{.digest_size = 20, .digest_oid = OID_SHA256}, SMIMEGW_E_KEY, "20 bytes instead"},
        {{.digest_oid = "\x2b\x0e\x03\x02\x1a"}, SMIMEGW_E_KEY, "32 bytes instead of 20"},
        {{.digest_oid = "\x2a\x86\x48\x86\xf7\x0d\x02\x05"}, SMIMEGW_E_KEY, "hash"},
        {{.has_no_mac = true}, SMIMEGW_E_KEY, "has no integrity check"},
        {{.raw_iterations = "", .raw_iterations_size = 0}, SMIMEGW_E_KEY, "malformed"},
        {{.raw_iterations = "\0", .raw_iterations_size = 1}, SMIMEGW_E_KEY, "malformed"},
        {{.raw_iterations = "\xff", .raw_iterations_size = 1}, SMIMEGW_E_KEY, "malformed"},
        {{.raw_iterations = "\x7f\xff\xff\xff", .raw_iterations_size = 4},
         SMIMEGW_E_LIMIT,
         "too many iterations"},
        {{.raw_iterations = "\0\xff\xff\xff\xff", .raw_iterations_size = 5},
         SMIMEGW_E_LIMIT,
         "too many iterations"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct p12 p12 = rows[i].p12;
        p12.passphrase = "secret";
        put_pair(&p12, "p256-id.pem");
        assert_refused(&p12, "secret", rows[i].code, rows[i].words);
    }
}

static void right_macs_open(void **state)
{
    (void)state;
    static const int iterations[] = {0, 1, 2000};
    for (size_t i = 0; i < 3; i++) {
        struct p12 p12 = {.passphrase = "secret", .iterations = iterations[i]};
        put_pair(&p12, "p256-id.pem");
        struct smimegw_identity *identity = load(&p12);
        assert_string_equal(smimegw_identity_name(identity), "");
        smimegw_identity_unref(identity);
    }
    struct p12 p12 = {.passphrase = "secret"};
    put_pair(&p12, "p256-id.pem");
    assert_refused(&p12, "Secret", SMIMEGW_E_PASSPHRASE, "the passphrase is wrong");
    put_pair(&p12, "p256-id.pem");
    assert_refused(&p12, NULL, SMIMEGW_E_PASSPHRASE, "a passphrase is needed");
}

static void passphrases_have_a_size(void **state)
{
    (void)state;
    char text[SGW_PASSPHRASE_SIZE_MAX + 2];
    memset(text, 'x', sizeof(text));
    text[SGW_PASSPHRASE_SIZE_MAX] = '\0';
    struct p12 p12 = {.passphrase = text};
    put_pair(&p12, "p256-id.pem");
    smimegw_identity_unref(load(&p12));
    put_pair(&p12, "p256-id.pem");
    text[SGW_PASSPHRASE_SIZE_MAX] = 'x';
    text[SGW_PASSPHRASE_SIZE_MAX + 1] = '\0';
    p12.passphrase = "x";
    assert_refused(&p12, text, SMIMEGW_E_LIMIT, "longer than 1024 bytes");
}

static const struct {
    const char *text;
    int number;
    const char *wide; /* NULL: no such form */
    size_t size;
} form_rows[] = {
    {"ab", 0, "\0a\0b\0\0", 6},
    {"ab", 1, NULL, 0},
    {"\xc3\xa9", 0, "\0\xe9\0\0", 4},
    {"\xc3\xa9", 1, "\0\xc3\0\xa9\0\0", 6},
    {"\xe2\x82\xac", 0, "\x20\xac\0\0", 4},
    {"\xf0\x9f\x98\x80", 0, "\xd8\x3d\xde\x00\0\0", 6},
    /* no UTF-8: Latin-1 */
    {"\xe9", 0, "\0\xe9\0\0", 4},
    {"\xe9", 1, NULL, 0},
    {"", 0, "\0\0", 2},
    {"", 1, "", 0},
    {"", 2, NULL, 0},
    {NULL, 0, "\0\0", 2},
};

static void passphrases_have_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(form_rows) / sizeof(form_rows[0]); i++) {
        struct sgw_passphrase passphrase;
        assert_int_equal(sgw_passphrase_init(&passphrase, form_rows[i].text, NULL),
                         SMIMEGW_OK);
        int ret = sgw_passphrase_form(&passphrase, form_rows[i].number);
        assert_int_equal(ret, form_rows[i].wide != NULL ? SMIMEGW_OK : SMIMEGW_E_PASSPHRASE);
        if (form_rows[i].wide != NULL) {
            assert_int_equal(passphrase.wide.size, form_rows[i].size);
            if (form_rows[i].size > 0)
                assert_memory_equal(passphrase.wide.data, form_rows[i].wide,
                                    form_rows[i].size);
        }
        sgw_passphrase_clear(&passphrase);
    }
}

static const struct {
    const char *raw;
    size_t size;
    const char *text;
} name_rows[] = {
    {"\0A\0l", 4, "Al"},
    {"\0\xe4\x20\xac\xd8\x3d\xde\x00", 8, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\0A\0\0", 4, "A"},
    {"\0A\xd8\x3d", 4, "A\xef\xbf\xbd"},
    {"\0A\0\0\0B", 6, "A\xef\xbf\xbd\x42"},
    {"\0A\0", 3, "A"},
    {"\0\n\0B", 4, "\\x0aB"},
    {"\0\0", 2, ""},
};

static void names_are_text(void **state)
{
    (void)state;
    struct sgw_buf key = pem_der("p256-id.pem", "PRIVATE KEY");
    struct sgw_buf cert = pem_der("p256-id.pem", "CERTIFICATE");
    for (size_t i = 0; i < sizeof(name_rows) / sizeof(name_rows[0]); i++) {
        struct p12 p12 = {.passphrase = ""};
        put_key_bag(&p12, &key, name_rows[i].raw, name_rows[i].size);
        put_cert_bag(&p12, &cert, NULL, 0);
        struct smimegw_identity *identity = load(&p12);
        assert_string_equal(smimegw_identity_name(identity), name_rows[i].text);
        smimegw_identity_unref(identity);
    }
    /* the certificate's goes before the key's; a long one is cut */
    char *large = calloc(1, 10000);
    for (size_t i = 1; i < 10000; i += 2)
        large[i] = 'x';
    struct p12 p12 = {.passphrase = ""};
    put_key_bag(&p12, &key, "\0k", 2);
    put_cert_bag(&p12, &cert, large, 10000);
    struct smimegw_identity *identity = load(&p12);
    assert_int_equal(strlen(smimegw_identity_name(identity)), 256);
    smimegw_identity_unref(identity);
    assert_string_equal(smimegw_identity_name(NULL), "");
    free(large);
    sgw_buf_clear(&key);
    sgw_buf_clear(&cert);
}

static void certificates_are_counted(void **state)
{
    (void)state;
    struct sgw_buf cert = pem_der("intermediate.pem", "CERTIFICATE");
    for (int more = 99; more <= 100; more++) {
        struct p12 p12 = {.passphrase = ""};
        put_pair(&p12, "p256-id.pem");
        for (int i = 0; i < more; i++)
            put_cert_bag(&p12, &cert, NULL, 0);
        if (more == 100) {
            assert_refused(&p12, "", SMIMEGW_E_LIMIT, "more than 100 certificates");
            continue;
        }
        struct smimegw_identity *identity = load(&p12);
        assert_non_null(smimegw_identity_chain(identity, 0));
        smimegw_identity_unref(identity);
    }
    struct p12 p12 = {.passphrase = ""};
    put_cert_bag(&p12, &cert, NULL, 0);
    assert_refused(&p12, "", SMIMEGW_E_KEY, "certificates but no private key");
    assert_refused(&p12, "", SMIMEGW_E_KEY, "no private key and no certificate");
    sgw_buf_clear(&cert);
}

/* As for signing and for decryption: none is taken blindly. */
static void several_keys_are_numbered(void **state)
{
    (void)state;
    static const char *const names[] = {"p256-id.pem", "rsa2048-id.pem", "ed25519-id.pem"};
    static const char *const keys[] = {"P-256", "RSA-2048", "Ed25519"};
    struct p12 p12 = {.passphrase = "secret"};
    for (size_t i = 0; i < 3; i++)
        put_pair(&p12, names[i]);
    struct sgw_buf file = finish_p12(&p12);
    struct smimegw_identity *identity = NULL;
    struct smimegw_error *error = NULL;
    size_t count = 0;
    int ret = try_file(&file, "secret", &identity, &error);
    assert_fails(ret, error, SMIMEGW_E_KEY, "holds 3 private keys");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(smimegw_identity_new_at(file.data, file.size, "secret", i, &count,
                                                 &identity, NULL),
                         SMIMEGW_OK);
        assert_int_equal(count, 3);
        assert_string_equal(
            smimegw_cert_text(smimegw_identity_cert(identity), SMIMEGW_CERT_KEY), keys[i]);
        smimegw_identity_unref(identity);
    }
    identity = NULL;
    error = NULL;
    ret =
        smimegw_identity_new_at(file.data, file.size, "secret", 3, &count, &identity, &error);
    assert_fails(ret, error, SMIMEGW_E_KEY, "holds 3 private keys, no more");
    assert_null(identity);
    assert_int_equal(smimegw_identity_new_at("", 0, NULL, 0, NULL, &identity, NULL),
                     SMIMEGW_E_USAGE);
    sgw_buf_clear(&file);
}

/* Two blocks of seven million iterations: each is within the limit, and both are not. */
static void work_is_counted_by_file(void **state)
{
    (void)state;
    struct p12 p12 = {.passphrase = "secret",
                      .iterations = 7000000,
                      .raw_iterations = "\x6a\xcf\xc0",
                      .raw_iterations_size = 3};
    struct smimegw_identity *identity = NULL;
    struct smimegw_error *error = NULL;
    struct sgw_buf pem = SGW_BUF_INIT(0);
    gnutls_datum_t text;
    put_pair(&p12, "p256-id.pem");
    struct sgw_buf file = finish_p12(&p12);
    const gnutls_datum_t der = {file.data, (unsigned int)file.size};
    assert_int_equal(gnutls_pem_base64_encode2("PKCS12", &der, &text), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(sgw_buf_append(&pem, text.data, text.size), SMIMEGW_OK);
    size_t count;
    int ret =
        smimegw_identity_new_at(pem.data, pem.size, "secret", 0, &count, &identity, &error);
    assert_null(identity);
    assert_fails(ret, error, SMIMEGW_E_LIMIT, "iterations");
    gnutls_free(text.data);
    sgw_buf_clear(&pem);
    sgw_buf_clear(&file);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void mutate(struct sgw_buf *buf, uint32_t *seed)
{
    uint32_t kind = next_random(seed) % 4;
    size_t at = next_random(seed) % buf->size;
    if (kind == 0)
        sgw_buf_truncate(buf, at);
    else if (kind == 1)
        buf->data[at] = (uint8_t)next_random(seed);
    else if (kind == 2)
        buf->data[at] ^= (uint8_t)(1U << next_random(seed) % 8);
    else
        memmove(buf->data + at, buf->data + at + (buf->size - at) / 2,
                buf->size - at - (buf->size - at) / 2);
}

static void assert_survives(const struct sgw_buf *file, const char *passphrase)
{
    struct smimegw_identity *identity = NULL;
    clock_t start = clock();
    int ret = try_file(file, passphrase, &identity, NULL);
    assert_true((clock() - start) / CLOCKS_PER_SEC < 2);
    assert_true(ret == SMIMEGW_OK || ret == SMIMEGW_E_KEY || ret == SMIMEGW_E_PASSPHRASE ||
                ret == SMIMEGW_E_LIMIT || ret == SMIMEGW_E_MISMATCH);
    assert_int_equal(ret == SMIMEGW_OK, identity != NULL);
    smimegw_identity_unref(identity);
}

/* under valgrind a tenth has to do */
static int rounds(int all)
{
    return getenv("SMIMEGW_SLOW") != NULL ? all / 10 : all;
}

/* Damage under a MAC that is made anew: what is inside is read, by whoever knows a
 * passphrase. */
static void damage_inside_is_survived(void **state)
{
    (void)state;
    static const char *const names[] = {"p256-id.pem", "ed25519-id.pem", "rsa1024-id.pem"};
    uint32_t seed = 148;
    for (int i = 0; i < rounds(1500); i++) {
        struct p12 p12 = {.passphrase = "secret"};
        put_pair(&p12, names[i % 3]);
        sgw_out_wrap(&p12.bags, 0, SGW_TAG_SEQUENCE);
        for (uint32_t times = 1 + next_random(&seed) % 3; times > 0; times--)
            if (p12.bags.buf.size > 1)
                mutate(&p12.bags.buf, &seed);
        struct sgw_buf file = make_pfx(&p12, &p12.bags.buf);
        sgw_out_clear(&p12.bags);
        assert_survives(&file, "secret");
        sgw_buf_clear(&file);
    }
}

/* Damage of what is read before the MAC is. */
static void damage_outside_is_survived(void **state)
{
    (void)state;
    static const char *const names[] = {"p256.p12", "p256-legacy.p12", "ed25519.p12",
                                        "rsa2048-pkcs8.pem"};
    uint32_t seed = 149;
    for (int i = 0; i < rounds(1000); i++) {
        struct file file = read_key_file(names[i % 4]);
        struct sgw_buf copy = SGW_BUF_INIT(0);
        assert_int_equal(sgw_buf_append(&copy, file.data, file.size), SMIMEGW_OK);
        free(file.data);
        mutate(&copy, &seed);
        assert_survives(&copy, "secret");
        sgw_buf_clear(&copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macs_are_whole),
        cmocka_unit_test(right_macs_open),
        cmocka_unit_test(passphrases_have_a_size),
        cmocka_unit_test(passphrases_have_forms),
        cmocka_unit_test(names_are_text),
        cmocka_unit_test(certificates_are_counted),
        cmocka_unit_test(several_keys_are_numbered),
        cmocka_unit_test(work_is_counted_by_file),
        cmocka_unit_test(damage_inside_is_survived),
        cmocka_unit_test(damage_outside_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
