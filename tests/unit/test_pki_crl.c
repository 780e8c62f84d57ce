/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status_scene.h"

static enum sgw_revocation_status ask_list(const struct list_recipe *recipe)
{
    struct sgw_revocation *store = new_store();
    add(store, make_list(recipe));
    enum sgw_revocation_status status = ask(store);
    assert_int_equal(ask(store), status);
    sgw_revocation_free(store);
    return status;
}

#define EXPECT(recipe, status) assert_int_equal(ask_list(&(recipe)), SGW_REVOCATION_##status)

static void lists(void **state)
{
    (void)state;
    struct list_recipe list = good_list();
    EXPECT(list, GOOD);
    list.has_no_extensions = true;
    EXPECT(list, GOOD);
    list = good_list();
    list.revoked = the.leaf;
    EXPECT(list, REVOKED);
    list.reason = 6;
    EXPECT(list, REVOKED);
    list.reason = 0;
    list.revoked = the.second;
    EXPECT(list, GOOD);
    list.next_update = NOW - 1; /* stale */
    EXPECT(list, UNKNOWN);
    list.next_update = 0;
    EXPECT(list, GOOD);
    list.this_update = NOW - 8 * DAY;
    EXPECT(list, UNKNOWN);
    list = good_list();
    list.this_update = NOW + HOUR; /* future */
    EXPECT(list, UNKNOWN);
    list = good_list();
    list.issuer = the.root; /* wrong issuer */
    EXPECT(list, UNKNOWN);
    list = good_list();
    list.signing.key = the.other_key; /* wrong key */
    EXPECT(list, UNKNOWN);
    list = good_list();
    list.signing.algorithm = GNUTLS_SIGN_ECDSA_SHA1;
    list.signing.identifier = "\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01";
    list.signing.identifier_size = 11;
    EXPECT(list, UNKNOWN);
}

static void scopes(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        size_t size;
        enum sgw_revocation_status status;
    } rows[] = {
        {"\x30\x03\x81\x01\xff", 5, SGW_REVOCATION_GOOD},        /* users */
        {"\x30\x03\x82\x01\xff", 5, SGW_REVOCATION_UNKNOWN},     /* CAs */
        {"\x30\x03\x85\x01\xff", 5, SGW_REVOCATION_UNKNOWN},     /* attributes */
        {"\x30\x04\x83\x02\x06\x40", 6, SGW_REVOCATION_UNKNOWN}, /* some reasons */
        {"\x30\x03\x84\x01\xff", 5, SGW_REVOCATION_GOOD},        /* indirect, own issuer's */
        {"\x30\x0b\xa0\x09\xa0\x07\x86\x05http:", 13, SGW_REVOCATION_UNKNOWN},
        {"\x30\x03\x89\x01\xff", 5, SGW_REVOCATION_UNKNOWN}, /* malformed */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_der_out extension = {0};
        struct list_recipe list = good_list();
        put_list_extension(&extension, 28, true, rows[i].value, rows[i].size);
        list.extension = extension.buf.data;
        list.extension_size = extension.buf.size;
        struct sgw_revocation *store = new_store();
        struct sgw_der_out out = make_list(&list);
        sgw_revocation_add(store, out.buf.data, out.buf.size, NULL);
        if (ask(store) != rows[i].status)
            fail_msg("row %zu: %d", i, ask(store));
        sgw_out_clear(&out);
        sgw_out_clear(&extension);
        sgw_revocation_free(store);
    }
    struct sgw_der_out odd = {0};
    put_list_extension(&odd, 99, true, "\x05\x00", 2);
    struct list_recipe list = good_list();
    list.extension = odd.buf.data;
    list.extension_size = odd.buf.size;
    EXPECT(list, UNKNOWN);
    list = good_list();
    list.entry_extension = odd.buf.data;
    list.entry_extension_size = odd.buf.size;
    list.revoked = the.leaf;
    EXPECT(list, REVOKED);
    list.revoked = the.second;
    EXPECT(list, UNKNOWN);
    sgw_out_clear(&odd);
}

static void older_and_forged(void **state)
{
    (void)state;
    struct list_recipe newer = good_list();
    struct list_recipe older = good_list();
    struct list_recipe forged = good_list();
    newer.revoked = the.leaf;
    older.this_update -= 10 * HOUR;
    forged.signing.key = the.other_key;
    for (int order = 0; order < 2; order++) {
        struct sgw_revocation *store = new_store();
        add(store, make_list(order == 0 ? &newer : &older));
        if (order == 0)
            assert_int_equal(ask(store), SGW_REVOCATION_REVOKED);
        add(store, make_list(order == 0 ? &older : &newer));
        assert_int_equal(ask(store), SGW_REVOCATION_REVOKED);
        for (int i = 0; i < 20; i++) {
            forged.this_update = NOW - HOUR + 60 * (i + 1);
            add(store, make_list(&forged));
        }
        assert_int_equal(ask(store), SGW_REVOCATION_REVOKED);
        sgw_revocation_free(store);
    }
}

/* A key rollover: two keys of one name, each with a list of its own. */
static void rollover(void **state)
{
    (void)state;
    struct list_recipe by_new = good_list();
    struct list_recipe by_old = good_list();
    by_old.issuer = the.old_ca;
    by_old.signing.key = the.old_key;
    by_old.this_update -= HOUR;
    by_old.revoked = the.old_leaf;
    struct sgw_revocation *store = new_store();
    add(store, make_list(&by_new));
    assert_int_equal(ask(store), SGW_REVOCATION_GOOD);
    add(store, make_list(&by_old));
    assert_int_equal(ask_with(store, the.old_leaf, the.old_ca, NULL, NULL),
                     SGW_REVOCATION_REVOKED);
    assert_int_equal(ask(store), SGW_REVOCATION_GOOD);
    by_new.this_update += 60;
    add(store, make_list(&by_new));
    assert_int_equal(ask(store), SGW_REVOCATION_GOOD);
    assert_int_equal(ask_with(store, the.old_leaf, the.old_ca, NULL, NULL),
                     SGW_REVOCATION_REVOKED);
    sgw_revocation_free(store);
}

/* As many forged lists as a message can bring, newer than the one that nobody has proved yet.
 */
static void forged_ones_of_a_message_hide_nothing(void **state)
{
    (void)state;
    struct list_recipe list = good_list();
    struct sgw_der_out forged[SGW_CRL_LIST_MAX];
    struct sgw_crl_list crls = {.count = SGW_CRL_LIST_MAX};
    struct sgw_revocation *store = new_store();
    list.revoked = the.leaf;
    add(store, make_list(&list));
    list = good_list();
    list.signing.key = the.other_key;
    for (int i = 0; i < SGW_CRL_LIST_MAX; i++) {
        list.this_update += 1;
        forged[i] = make_list(&list);
        crls.crls[i] = forged[i].buf.data;
        crls.sizes[i] = forged[i].buf.size;
    }
    assert_int_equal(ask_with(store, the.leaf, the.ca, NULL, &crls), SGW_REVOCATION_REVOKED);
    for (int i = 0; i < SGW_CRL_LIST_MAX; i++)
        sgw_out_clear(&forged[i]);
    sgw_revocation_free(store);
}

/* Of two lists of the same second the number says which is newer; without one both count. */
static void numbers_tell_what_is_newer(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++)
        for (int number = 0; number <= 2; number++) {
            struct list_recipe good = good_list();
            struct list_recipe bad = good_list();
            bad.revoked = the.leaf;
            bad.number = number;
            good.number = number != 0 ? 3 - number : 0;
            struct sgw_revocation *store = new_store();
            add(store, make_list(order == 0 ? &good : &bad));
            add(store, make_list(order == 0 ? &bad : &good));
            enum sgw_revocation_status expected =
                number == 1 ? SGW_REVOCATION_GOOD : SGW_REVOCATION_REVOKED;
            assert_int_equal(ask(store), expected);
            /* and the same when they proved, and others have come */
            good.this_update -= 60;
            add(store, make_list(&good));
            assert_int_equal(ask(store), expected);
            sgw_revocation_free(store);
        }
}

static void crl_signer(void **state)
{
    (void)state;
    struct sgw_cert_list bag = {0};
    struct list_recipe list = good_list();
    list.issuer = the.crl_signer;
    list.signing.key = the.other_key;
    list.revoked = the.leaf;
    struct sgw_revocation *store = new_store();
    add(store, make_list(&list));
    assert_int_equal(ask(store), SGW_REVOCATION_UNKNOWN);
    sgw_cert_list_add(&bag, the.stranger);
    assert_int_equal(ask_with(store, the.leaf, the.ca, &bag, NULL), SGW_REVOCATION_UNKNOWN);
    sgw_cert_list_add(&bag, the.crl_signer);
    assert_int_equal(ask_with(store, the.leaf, the.ca, &bag, NULL), SGW_REVOCATION_REVOKED);
    sgw_cert_list_clear(&bag);
    sgw_revocation_free(store);
}

static void deltas(void **state)
{
    (void)state;
    static const struct {
        bool base_lists;
        int delta_reason; /* -1: not listed */
        int base_number;
        enum sgw_revocation_status status;
    } rows[] = {
        {false, -1, 3, SGW_REVOCATION_GOOD},
        {false, 0, 3, SGW_REVOCATION_REVOKED},
        {true, 8, 3, SGW_REVOCATION_GOOD},
        {true, -1, 3, SGW_REVOCATION_REVOKED},
        {true, 8, 5, SGW_REVOCATION_REVOKED} /* of a later base */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct list_recipe base = good_list();
        struct list_recipe delta = good_list();
        struct sgw_revocation *store = new_store();
        base.number = 4;
        base.revoked = rows[i].base_lists ? the.leaf : NULL;
        base.reason = 6;
        delta.number = 6;
        delta.base_number = rows[i].base_number;
        delta.this_update += 60;
        delta.revoked = rows[i].delta_reason >= 0 ? the.leaf : NULL;
        delta.reason = rows[i].delta_reason;
        add(store, make_list(&delta));
        assert_int_equal(ask(store) == SGW_REVOCATION_GOOD, 0);
        add(store, make_list(&base));
        if (ask(store) != rows[i].status)
            fail_msg("row %zu: %d", i, ask(store));
        sgw_revocation_free(store);
    }
}

static void message_lists(void **state)
{
    (void)state;
    struct list_recipe list = good_list();
    list.revoked = the.leaf;
    struct sgw_der_out out = make_list(&list);
    const struct sgw_crl_list crls = {
        {(const uint8_t *)"\x30\x03xxx", out.buf.data}, {5, out.buf.size}, 2};
    struct sgw_revocation *store = new_store();
    assert_int_equal(ask_with(store, the.leaf, the.ca, NULL, &crls), SGW_REVOCATION_REVOKED);
    assert_int_equal(ask(store), SGW_REVOCATION_UNKNOWN);
    struct list_recipe newer = good_list();
    newer.this_update += 60;
    add(store, make_list(&newer)); /* newer, without: taken off again */
    assert_int_equal(ask_with(store, the.leaf, the.ca, NULL, &crls), SGW_REVOCATION_GOOD);
    sgw_out_clear(&out);
    sgw_revocation_free(store);
}

static void pss(void **state)
{
    (void)state;
    static const char pss256[] =
        "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30\x0d\x06\x09"
        "\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86"
        "\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa2"
        "\x03\x02\x01\x20";
    gnutls_x509_privkey_t key = make_key(GNUTLS_PK_RSA, 2048);
    const struct recipe recipe = {.name = "CA",
                                  .issuer = "Root",
                                  .is_ca = true,
                                  .path_length = -1,
                                  .usage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN};
    struct smimegw_cert *ca = make_cert(&recipe, key, the.root_key);
    struct list_recipe list = good_list();
    list.issuer = ca;
    list.revoked = the.leaf;
    list.signing =
        (struct signing){key, GNUTLS_SIGN_RSA_PSS_SHA256, pss256, sizeof(pss256) - 1};
    struct sgw_revocation *store = new_store();
    add(store, make_list(&list));
    assert_int_equal(ask_with(store, the.leaf, ca, NULL, NULL), SGW_REVOCATION_REVOKED);
    sgw_revocation_free(store);
    smimegw_cert_unref(ca);
    gnutls_x509_privkey_deinit(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(scopes),
        cmocka_unit_test(older_and_forged),
        cmocka_unit_test(rollover),
        cmocka_unit_test(forged_ones_of_a_message_hide_nothing),
        cmocka_unit_test(numbers_tell_what_is_newer),
        cmocka_unit_test(crl_signer),
        cmocka_unit_test(deltas),
        cmocka_unit_test(message_lists),
        cmocka_unit_test(pss),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
