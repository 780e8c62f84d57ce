/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an attacker made of the rules once: keys that replace others', replays, rooms that are
 * filled, alerts that do not come, texts of strangers. */
#include "harvest_scene.h"

#define ALICE "alice@example.com"
#define BOB "bob@example.com"

static const char strong[] = "\x30\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e";
static const char weak[] = "\x30\x0c\x30\x0a\x06\x08\x2a\x86\x48\x86\xf7\x0d\x03\x07";

static const char *others[64];
static size_t other_count;

static void add_others(gnutls_x509_crt_t crt)
{
    for (size_t i = 0; i < other_count; i++)
        assert_int_equal(gnutls_x509_crt_set_subject_alt_name(
                             crt, GNUTLS_SAN_RFC822NAME, others[i],
                             (unsigned)strlen(others[i]), GNUTLS_FSAN_APPEND),
                         0);
}

/* One that names all of `others`, too. */
static struct smimegw_cert *certify_all(const char *address, const char *issuer)
{
    struct recipe recipe = good_recipe(address, issuer);
    recipe.edit = add_others;
    return make_of(&recipe);
}

static void start(const char *address, const char *issuer, int64_t time)
{
    struct smimegw_cert *cert = certify(address, issuer);
    EXPECT(SIGNED(cert, address, time), time, STORED, BY_POLICY);
    smimegw_cert_unref(cert);
}

/* --- room for keys that wait ---------------------------------------------------------------
 */

static void forge(const char *from, int count, int64_t time)
{
    for (int i = 0; i < count; i++) {
        struct smimegw_cert *cert = certify_all(from, NULL);
        struct letter letter = SIGNED(cert, from, time);
        letter.reason = SMIMEGW_REASON_CERT_UNTRUSTED;
        expect(the.harvester, letter, time, SMIMEGW_HARVEST_UNTRUSTED,
               SMIMEGW_HARVEST_NOT_PASSED, __LINE__);
        smimegw_cert_unref(cert);
    }
}

static void attack(const char *address, int64_t time, int outcome, int reason)
{
    struct smimegw_cert *cert = certify(address, "CA 2");
    expect(the.harvester, SIGNED(cert, address, time), time, outcome, reason, __LINE__);
    smimegw_cert_unref(cert);
}

static void untrusted_ones_hide_no_alert(void **state)
{
    (void)state;
    POLICY("harvest-on-failure", "yes", "harvest-self-signed", "yes", );
    start(ALICE, "CA 1", NOW);
    other_count = 0;
    forge(ALICE, 8, NOW + 1);
    attack(ALICE, NOW + 2, SMIMEGW_HARVEST_HELD, SMIMEGW_HARVEST_NEW_ISSUER);
    assert_int_equal(the.alerts, 1);
    assert_int_equal(the.alert_kind, SMIMEGW_ALERT_NEW_ISSUER);
}

/* Victims in a forged certificate lose nothing, and whose room is full takes none of others'.
 */
static void names_of_others_take_no_room(void **state)
{
    (void)state;
    POLICY("harvest-on-failure", "yes", "harvest-self-signed", "yes", );
    others[0] = ALICE;
    other_count = 1;
    forge("m@evil.example", 8, NOW);
    forge("n@evil.example", 8, NOW);
    start(ALICE, "CA 1", NOW + 1);
    attack(ALICE, NOW + 2, SMIMEGW_HARVEST_HELD, SMIMEGW_HARVEST_NEW_ISSUER);
    assert_int_equal(the.alerts, 1);
}

/* Nor do held ones: where there is no room the alert comes and the key counts. */
static void a_full_room_is_no_silence(void **state)
{
    (void)state;
    start(ALICE, "CA 1", NOW);
    for (int i = 1; i <= 8; i++)
        attack(ALICE, NOW + i, SMIMEGW_HARVEST_HELD, SMIMEGW_HARVEST_NEW_ISSUER);
    /* about her, and about many keys of her domain */
    assert_int_equal(the.alerts, 2);
    attack(ALICE, NOW + WINDOW + 9, SMIMEGW_HARVEST_REFUSED, SMIMEGW_HARVEST_LIMIT);
    assert_int_equal(the.alerts, 3);
    assert_int_equal(the.alert_kind, SMIMEGW_ALERT_NEW_ISSUER);
    attack(ALICE, NOW + WINDOW + 10, SMIMEGW_HARVEST_REFUSED, SMIMEGW_HARVEST_LIMIT);
    assert_int_equal(the.alerts, 4);
    assert_int_equal(the.alert_kind, SMIMEGW_ALERT_UPDATED_KEYS);
    assert_int_equal(find_key(ALICE, NULL).count, 9);
}

/* --- somebody else's key -------------------------------------------------------------------
 */

static void nobody_replaces_anothers_key(void **state)
{
    (void)state;
    POLICY("harvest-updated", "yes", );
    struct smimegw_cert *bobs = certify(BOB, "CA 1");
    EXPECT(SIGNED(bobs, BOB, NOW), NOW, STORED, BY_POLICY);
    others[0] = BOB;
    other_count = 1;
    struct smimegw_cert *both = certify_all(ALICE, "CA 1");
    EXPECT(SIGNED(both, ALICE, NOW + 1), NOW + 1, HELD, OTHER_ADDRESS);
    assert_int_equal(find_key(BOB, bobs).usable, 1);
    assert_int_equal(find_key(BOB, both).usable, 0);
    assert_int_equal(the.alerts, 1);
    assert_int_equal(the.alert_kind, SMIMEGW_ALERT_OTHER_ADDRESS);
    assert_non_null(strstr(the.alert_json, "\"alert\":\"other-address\""));
    /* nor where her own key is known */
    start("carol@example.com", "CA 1", NOW);
    struct smimegw_cert *hers = certify_all("carol@example.com", "CA 1");
    EXPECT(SIGNED(hers, "carol@example.com", NOW + 2), NOW + 2, HELD, OTHER_ADDRESS);
    assert_int_equal(find_key("carol@example.com", NULL).usable, 1);
    smimegw_cert_unref(bobs);
    smimegw_cert_unref(both);
    smimegw_cert_unref(hers);
}

/* One of several addresses, where nobody else has a key, is no trouble. */
static void several_addresses_of_one(void **state)
{
    (void)state;
    POLICY("harvest-updated", "yes", );
    others[0] = "alice@example.net";
    other_count = 1;
    start(ALICE, "CA 1", NOW);
    struct smimegw_cert *cert = certify_all(ALICE, "CA 1");
    EXPECT(SIGNED(cert, ALICE, NOW + 1), NOW + 1, UPDATED, BY_POLICY);
    EXPECT(SIGNED(cert, "alice@example.net", NOW + 2), NOW + 2, KNOWN, BY_POLICY);
    assert_int_equal(find_key(ALICE, NULL).count, 1);
    smimegw_cert_unref(cert);
}

static int note_used(void *userdata, const struct smimegw_record *record)
{
    *(int64_t *)userdata = record->used;
    return 0;
}

static void an_update_keeps_the_last_use(void **state)
{
    (void)state;
    const char *name = the.name;
    int64_t used = 0;
    struct smimegw_cert *cert = certify(ALICE, "CA 1");
    POLICY("harvest-updated", "yes", );
    start(ALICE, "CA 1", NOW);
    use_key(the.name, NOW + 5);
    EXPECT(SIGNED(cert, ALICE, NOW + 10), NOW + 10, UPDATED, BY_POLICY);
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_READ);
    assert_int_equal(smimegw_transaction_get(transaction, SMIMEGW_RECORD_HARVESTED, name,
                                             note_used, &used, NULL),
                     SMIMEGW_OK);
    smimegw_transaction_rollback(transaction);
    assert_int_equal(used, NOW + 5);
    smimegw_cert_unref(cert);
}

/* --- replays -------------------------------------------------------------------------------
 */

static void ac134_replay_onto_no_time(void **state)
{
    (void)state;
    struct smimegw_cert *cert = certify(ALICE, "CA 1");
    struct letter letter = {.cert = cert,
                            .from = ALICE,
                            .signed_at = -1,
                            .capabilities = strong,
                            .capabilities_size = sizeof(strong) - 1};
    EXPECT(letter, NOW, STORED, BY_POLICY);
    letter.signed_at = NOW - 700 * (int64_t)DAY;
    letter.capabilities = weak;
    letter.capabilities_size = sizeof(weak) - 1;
    EXPECT(letter, NOW + DAY, KNOWN, OLD_SIGNATURE);
    assert_int_equal(find_key(ALICE, cert).capabilities_size, sizeof(strong) - 1);
    assert_int_equal(find_key(ALICE, cert).signed_at, 0);
    smimegw_cert_unref(cert);
}

/* --- administrators ------------------------------------------------------------------------
 */

static void a_domain_key_serves_all(void **state)
{
    (void)state;
    struct recipe recipe = good_recipe(NULL, "CA 1");
    recipe.name = "gateway";
    recipe.domain = "example.com";
    struct smimegw_cert *domain = make_of(&recipe);
    struct smimegw_cert *hers = certify(ALICE, "CA 2");
    add_administrators("gateway", domain);
    EXPECT(SIGNED(hers, ALICE, NOW), NOW, REFUSED, ADMINISTRATOR);
    assert_int_equal(the.alert_kind, SMIMEGW_ALERT_ADMINISTRATOR_KEY);
    assert_int_equal(find_key(ALICE, hers).count, 0);
    start("alice@example.net", "CA 2", NOW);
    smimegw_cert_unref(domain);
    smimegw_cert_unref(hers);
}

/* --- what strangers write ------------------------------------------------------------------
 */

static void a_name_looks_like_a_private_key(void **state)
{
    (void)state;
    struct recipe recipe = good_recipe("m@evil.example", "CA 1");
    recipe.name = "-----BEGIN PRIVATE KEY";
    struct smimegw_cert *named = make_of(&recipe);
    EXPECT(SIGNED(named, "m@evil.example", NOW), NOW, STORED, BY_POLICY);
    smimegw_cert_unref(named);
}

static void times_have_an_end(void **state)
{
    (void)state;
    static const int64_t last = INT64_C(253402300799);
    struct smimegw_cert *cert = certify(ALICE, "CA 1");
    struct letter letter = SIGNED(cert, ALICE, last);
    struct smimegw_verdict *verdict = make_verdict(&letter);
    POLICY("harvest-expired", "yes", );
    assert_int_equal(
        smimegw_harvester_take(the.harvester, the.policy, verdict, NULL, last + 1, NULL, NULL),
        SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_harvester_take(the.harvester, the.policy, verdict, NULL,
                                            INT64_MAX, NULL, NULL),
                     SMIMEGW_E_USAGE);
    EXPECT(letter, last, STORED, BY_POLICY);
    assert_int_equal(
        smimegw_harvester_promote(the.harvester, the.name, NULL, 0, last + 1, NULL),
        SMIMEGW_E_USAGE);
    smimegw_verdict_unref(verdict);
    smimegw_cert_unref(cert);
}

static int note_added(void *userdata, const struct smimegw_record *record)
{
    *(int64_t *)userdata = record->added;
    return 0;
}

static void promotion_has_a_time(void **state)
{
    (void)state;
    int64_t added = 0;
    start(ALICE, "CA 1", NOW);
    assert_int_equal(
        smimegw_harvester_promote(the.harvester, the.name, "alice", 0, NOW + 7, NULL),
        SMIMEGW_OK);
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_READ);
    assert_int_equal(smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "alice",
                                             note_added, &added, NULL),
                     SMIMEGW_OK);
    smimegw_transaction_rollback(transaction);
    assert_int_equal(added, NOW + 7);
    /* what was held is so no more */
    start("carol@example.com", "CA 1", NOW);
    attack("carol@example.com", NOW + 1, SMIMEGW_HARVEST_HELD, SMIMEGW_HARVEST_NEW_ISSUER);
    assert_int_equal(strncmp(the.name, "held carol@example.com ", 23), 0);
    assert_int_equal(
        smimegw_harvester_promote(the.harvester, the.name, NULL, 0, NOW + 8, NULL),
        SMIMEGW_OK);
    transaction = begin(SMIMEGW_TRANSACTION_READ);
    assert_int_equal(smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, the.name + 5,
                                             note_added, &added, NULL),
                     SMIMEGW_OK);
    smimegw_transaction_rollback(transaction);
    assert_int_equal(added, NOW + 8);
    for (int kind = SMIMEGW_ALERT_NEW_ISSUER; kind <= SMIMEGW_ALERT_OTHER_ADDRESS; kind++)
        assert_string_not_equal(smimegw_alert_kind_name(kind), "unknown");
    assert_string_equal(smimegw_alert_kind_name(0), "unknown");
    assert_string_equal(smimegw_alert_kind_name(SMIMEGW_ALERT_OTHER_ADDRESS + 1), "unknown");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(untrusted_ones_hide_no_alert),
        TEST(names_of_others_take_no_room),
        TEST(a_full_room_is_no_silence),
        TEST(nobody_replaces_anothers_key),
        TEST(several_addresses_of_one),
        TEST(an_update_keeps_the_last_use),
        TEST(ac134_replay_onto_no_time),
        TEST(a_domain_key_serves_all),
        TEST(a_name_looks_like_a_private_key),
        TEST(times_have_an_end),
        TEST(promotion_has_a_time),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free_keys();
    return failed;
}
