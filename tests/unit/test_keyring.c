/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/smimegw.h>

#include "pki_maker.h"

#define MAIL GNUTLS_KP_EMAIL_PROTECTION
#define ENCRYPT (GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT)

static gnutls_x509_privkey_t key;

static int make_shared_key(void **state)
{
    (void)state;
    key = make_ec_key();
    return 0;
}

static int drop_shared_key(void **state)
{
    (void)state;
    gnutls_x509_privkey_deinit(key);
    return 0;
}

static struct smimegw_cert *cert_for(const char *address, const char *domain, int64_t from,
                                     int64_t until)
{
    const struct recipe recipe = {.name = "Test",
                                  .path_length = -1,
                                  .usage = ENCRYPT,
                                  .purpose = MAIL,
                                  .address = address,
                                  .domain = domain,
                                  .not_before = from,
                                  .not_after = until};
    return make_cert(&recipe, key, key);
}

static void add(struct smimegw_keyring *keyring, const char *name, struct smimegw_cert *cert)
{
    struct smimegw_error *error = NULL;
    if (smimegw_keyring_add(keyring, name, NULL, cert, SMIMEGW_KEYRING_FORCE, &error) !=
        SMIMEGW_OK)
        fail_msg("%s: %s", name, smimegw_error_text(error));
    smimegw_cert_unref(cert);
}

static struct smimegw_keyring *new_keyring(void)
{
    struct smimegw_keyring *keyring;
    assert_int_equal(smimegw_keyring_new(&keyring, NULL), SMIMEGW_OK);
    return keyring;
}

/* Who gets which key: name of it, or NULL. */
static const struct {
    const char *address;
    const char *name;
} lookup_rows[] = {
    {"alice@example.com", "alice new"},
    {"ALICE@Example.COM", "alice new"},
    {"bob@example.com", "domain"},
    {"carol@sub.example.com", "wildcard"},
    {"dave@a.sub.example.com", NULL},
    {"eve@example.org", NULL},
    {"expired@example.net", "expired"},
    {"expired@example.com", "domain"},
    {"alice@example.com ", NULL},
    {"alice", NULL},
    {"@example.com", NULL},
    {"", NULL},
    {"a@com", NULL},
};

static void the_nearest_valid_key_is_found(void **state)
{
    (void)state;
    const int64_t old = TEST_TIME - 20000000;
    struct smimegw_keyring *keyring = new_keyring();
    add(keyring, "alice old", cert_for("alice@example.com", NULL, old, 0));
    add(keyring, "alice new", cert_for("alice@example.com", NULL, old + 5, 0));
    add(keyring, "alice over", cert_for("alice@example.com", NULL, old + 9, old + 10));
    add(keyring, "domain", cert_for(NULL, "example.com", 0, 0));
    add(keyring, "wildcard", cert_for(NULL, "*.example.com", 0, 0));
    add(keyring, "public", cert_for(NULL, "*.com", 0, 0));
    add(keyring, "expired", cert_for("expired@example.net", NULL, old, old + 1));
    add(keyring, "expired 2", cert_for("expired@example.com", NULL, old, old + 1));
    for (size_t i = 0; i < sizeof(lookup_rows) / sizeof(lookup_rows[0]); i++) {
        const char *name = lookup_rows[i].name;
        struct smimegw_cert *found =
            smimegw_keyring_lookup(keyring, lookup_rows[i].address, TEST_TIME);
        struct smimegw_cert *wanted =
            name != NULL ? smimegw_keyring_find(keyring, name, NULL) : NULL;
        if (found != wanted)
            fail_msg("%s: not %s", lookup_rows[i].address, name != NULL ? name : "nothing");
    }
    smimegw_keyring_free(keyring);
}

/* What can't be encrypted to is not handed out. */
static void keys_that_only_sign_are_not_found(void **state)
{
    (void)state;
    struct recipe recipe = {.name = "Test",
                            .path_length = -1,
                            .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
                            .purpose = MAIL,
                            .address = "alice@example.com"};
    struct smimegw_keyring *keyring = new_keyring();
    struct smimegw_cert *cert = make_cert(&recipe, key, key);
    assert_int_equal(smimegw_keyring_add(keyring, "alice", NULL, cert, 0, NULL), SMIMEGW_OK);
    assert_null(smimegw_keyring_lookup(keyring, "alice@example.com", TEST_TIME));
    assert_int_equal(smimegw_keyring_count(keyring), 1);
    smimegw_cert_unref(cert);
    smimegw_keyring_free(keyring);
}

static void removal_keeps_the_rest(void **state)
{
    (void)state;
    char address[64];
    struct smimegw_keyring *keyring = new_keyring();
    for (int i = 0; i < 20; i++) {
        snprintf(address, sizeof(address), "user%d@example.com", i);
        add(keyring, address, cert_for(address, NULL, 0, 0));
    }
    for (int i = 0; i < 20; i += 2) {
        snprintf(address, sizeof(address), "user%d@example.com", i);
        assert_int_equal(smimegw_keyring_remove(keyring, address, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_keyring_remove(keyring, address, NULL), SMIMEGW_E_USAGE);
    }
    assert_int_equal(smimegw_keyring_count(keyring), 10);
    for (int i = 0; i < 20; i++) {
        const char *name = NULL;
        snprintf(address, sizeof(address), "user%d@example.com", i);
        struct smimegw_cert *found = smimegw_keyring_lookup(keyring, address, TEST_TIME);
        assert_int_equal(found != NULL, i % 2 == 1);
        if (found == NULL)
            continue;
        assert_ptr_equal(smimegw_keyring_get(keyring, (size_t)i / 2, &name, NULL), found);
        assert_string_equal(name, address);
        assert_string_equal(smimegw_cert_text(found, SMIMEGW_CERT_ADDRESSES), address);
    }
    assert_null(smimegw_keyring_get(keyring, 10, NULL, NULL));
    smimegw_keyring_free(keyring);
}

static void names_are_unique_and_of_one_line(void **state)
{
    (void)state;
    static const char *const bad[] = {"", " a", "a ", "a\nb", "a\x7f", "a\xff", "\ta"};
    char large[300];
    struct smimegw_keyring *keyring = new_keyring();
    struct smimegw_cert *one = cert_for("a@example.com", NULL, 0, 0);
    struct smimegw_cert *two = cert_for("b@example.com", NULL, 0, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(smimegw_keyring_add(keyring, bad[i], NULL, one, 0, NULL),
                         SMIMEGW_E_USAGE);
    memset(large, 'x', sizeof(large));
    large[256] = '\0';
    assert_int_equal(smimegw_keyring_add(keyring, large, NULL, one, 0, NULL), SMIMEGW_E_USAGE);
    large[255] = '\0';
    assert_int_equal(smimegw_keyring_add(keyring, large, NULL, one, 0, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_keyring_add(keyring, large, NULL, one, 0, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_keyring_add(keyring, large, NULL, two, 0, NULL), SMIMEGW_E_USAGE);
    assert_ptr_equal(smimegw_keyring_find(keyring, large, NULL), one);
    assert_int_equal(
        smimegw_keyring_add(keyring, large, "harvest", two, SMIMEGW_KEYRING_REPLACE, NULL),
        SMIMEGW_OK);
    const char *origin = NULL;
    assert_ptr_equal(smimegw_keyring_find(keyring, large, &origin), two);
    assert_string_equal(origin, "harvest");
    assert_null(smimegw_keyring_lookup(keyring, "a@example.com", TEST_TIME));
    assert_ptr_equal(smimegw_keyring_lookup(keyring, "b@example.com", TEST_TIME), two);
    assert_int_equal(smimegw_keyring_count(keyring), 1);
    smimegw_cert_unref(one);
    smimegw_cert_unref(two);
    smimegw_keyring_free(keyring);
}

/* One address in many certificates, and one certificate under many names: bounded work. */
static void too_many_of_one_are_refused(void **state)
{
    (void)state;
    char name[32];
    struct smimegw_keyring *keyring = new_keyring();
    struct smimegw_cert *cert = cert_for("a@example.com", NULL, 0, 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "key %d", i);
        assert_int_equal(
            smimegw_keyring_add(keyring, name, NULL, cert, SMIMEGW_KEYRING_FORCE, NULL),
            SMIMEGW_OK);
    }
    assert_int_equal(
        smimegw_keyring_add(keyring, "one more", NULL, cert, SMIMEGW_KEYRING_FORCE, NULL),
        SMIMEGW_E_LIMIT);
    assert_int_equal(smimegw_keyring_count(keyring), 1000);
    assert_int_equal(smimegw_keyring_remove(keyring, "key 500", NULL), SMIMEGW_OK);
    assert_int_equal(
        smimegw_keyring_add(keyring, "one more", NULL, cert, SMIMEGW_KEYRING_FORCE, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_keyring_add(keyring, "flags", NULL, cert, 0xff0, NULL),
                     SMIMEGW_E_USAGE);
    smimegw_cert_unref(cert);
    smimegw_keyring_free(keyring);
}

static void weak_keys_are_refused_unless_forced(void **state)
{
    (void)state;
    struct smimegw_keyring *keyring = new_keyring();
    struct smimegw_cert *weak = load_cert("rsa1024.pem");
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_keyring_add(keyring, "weak", NULL, weak, 0, &error),
                     SMIMEGW_E_KEY);
    assert_non_null(strstr(smimegw_error_text(error), "1024"));
    smimegw_error_free(error);
    assert_int_equal(smimegw_keyring_count(keyring), 0);
    assert_int_equal(
        smimegw_keyring_add(keyring, "weak", NULL, weak, SMIMEGW_KEYRING_FORCE, NULL),
        SMIMEGW_OK);
    assert_null(smimegw_keyring_lookup(keyring, "rsa1024@example.com", TEST_TIME));
    smimegw_cert_unref(weak);
    smimegw_keyring_free(keyring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_valid_key_is_found),
        cmocka_unit_test(keys_that_only_sign_are_not_found),
        cmocka_unit_test(removal_keeps_the_rest),
        cmocka_unit_test(names_are_unique_and_of_one_line),
        cmocka_unit_test(too_many_of_one_are_refused),
        cmocka_unit_test(weak_keys_are_refused_unless_forced),
    };
    return cmocka_run_group_tests(tests, make_shared_key, drop_shared_key);
}
