/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is collected from whom: CHAPTER C32 to C35, C38, C39; SECURITY AC-131, AC-133 to AC-137
 * and AC-140. */
#include "harvest_scene.h"

#define BOB "bob@example.com"

static const char aes[] = "\x30\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e";
#define CAPABILITIES .capabilities = aes, .capabilities_size = sizeof(aes) - 1

/* --- switches ------------------------------------------------------------------------------
 */

static void c32_off_by_default(void **state)
{
    (void)state;
    struct smimegw_cert *cert = certify(BOB, "CA 1");
    use_policy((const char *const[]){NULL});
    EXPECT(SIGNED(cert, BOB, NOW), NOW, OFF, BY_POLICY);
    assert_int_equal(find_key(BOB, NULL).count, 0);
    POLICY();
    EXPECT(SIGNED(cert, BOB, NOW), NOW, STORED, BY_POLICY);
    assert_non_null(strstr(the.name, BOB " "));
    assert_int_equal(find_key(BOB, cert).usable, 1);
    smimegw_cert_unref(cert);
}

static void c33_expired_and_self_signed(void **state)
{
    (void)state;
    struct recipe recipe = good_recipe(BOB, "CA 1");
    recipe.not_after = NOW - 1;
    struct smimegw_cert *expired = make_of(&recipe);
    recipe.not_after = 0;
    recipe.not_before = NOW + 1;
    struct smimegw_cert *early = make_of(&recipe);
    struct smimegw_cert *own = certify("own@example.com", NULL);
    EXPECT(SIGNED(expired, BOB, NOW), NOW, REFUSED, EXPIRED);
    EXPECT(SIGNED(early, BOB, NOW), NOW, REFUSED, EXPIRED);
    EXPECT(SIGNED(own, "own@example.com", NOW), NOW, REFUSED, SELF_SIGNED);
    assert_int_equal(count_of(SMIMEGW_RECORD_HARVESTED, NULL), 0);
    /* the same clock that moves makes them good */
    EXPECT(SIGNED(expired, BOB, NOW - 1), NOW - 1, STORED, BY_POLICY);
    POLICY("harvest-self-signed", "yes", );
    EXPECT(SIGNED(own, "own@example.com", NOW), NOW, STORED, BY_POLICY);
    assert_int_equal(find_key("own@example.com", own).grade, SMIMEGW_GRADE_HARVESTED);
    POLICY("harvest-expired", "yes", "harvest-updated", "yes", );
    EXPECT(SIGNED(early, BOB, NOW), NOW, UPDATED, BY_POLICY);
    smimegw_cert_unref(expired);
    smimegw_cert_unref(early);
    smimegw_cert_unref(own);
}

/* AC-131, C34 */
static void c34_on_failure(void **state)
{
    (void)state;
    static const int reasons[] = {SMIMEGW_REASON_DIGEST_MISMATCH,
                                  SMIMEGW_REASON_CERT_UNTRUSTED, SMIMEGW_REASON_CERT_DENIED,
                                  SMIMEGW_REASON_CERT_REVOCATION_UNKNOWN};
    struct smimegw_cert *cert = certify(BOB, "CA 1");
    struct letter letter = {.cert = cert, .from = BOB, .signed_at = NOW, CAPABILITIES};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        letter.reason = reasons[i];
        EXPECT(letter, NOW, REFUSED, NOT_PASSED);
    }
    assert_int_equal(find_key(BOB, NULL).count, 0);
    POLICY("harvest-on-failure", "yes", );
    EXPECT(letter, NOW, UNTRUSTED, NOT_PASSED);
    struct found found = find_key(BOB, cert);
    assert_int_equal(found.grade, SMIMEGW_GRADE_UNTRUSTED);
    assert_int_equal(found.capabilities_size, 0);
    assert_int_equal(found.signed_at, 0);
    EXPECT(letter, NOW, KNOWN, NOT_PASSED);
    /* its rules hold all the same, and a pass makes it good */
    letter.from = "carol@example.com";
    EXPECT(letter, NOW, REFUSED, NO_ADDRESS);
    letter.from = BOB;
    letter.reason = SMIMEGW_REASON_OK;
    EXPECT(letter, NOW, STORED, BY_POLICY);
    assert_int_equal(find_key(BOB, cert).grade, SMIMEGW_GRADE_CHAIN);
    assert_int_equal(find_key(BOB, NULL).count, 1);
    /* which a failure does not undo */
    letter.reason = SMIMEGW_REASON_DIGEST_MISMATCH;
    EXPECT(letter, NOW + 1, KNOWN, NOT_PASSED);
    assert_int_equal(find_key(BOB, cert).grade, SMIMEGW_GRADE_CHAIN);
    smimegw_cert_unref(cert);
}

/* Strangers can't fill an address with keys that nobody uses. */
static void few_untrusted_for_one_address(void **state)
{
    (void)state;
    int stored = 0;
    POLICY("harvest-on-failure", "yes", );
    for (int i = 0; i < 20; i++) {
        struct smimegw_cert *cert = certify(BOB, "CA 1");
        struct letter letter = {.cert = cert,
                                .from = BOB,
                                .reason = SMIMEGW_REASON_SIGNATURE_INVALID,
                                .signed_at = NOW};
        stored += take_by(the.harvester, &letter, NOW) == SMIMEGW_HARVEST_UNTRUSTED;
        smimegw_cert_unref(cert);
    }
    assert_int_equal(stored, 8);
    assert_int_equal(the.reason, SMIMEGW_HARVEST_LIMIT);
    struct smimegw_cert *cert = certify(BOB, "CA 1");
    EXPECT(SIGNED(cert, BOB, NOW), NOW, STORED, BY_POLICY);
    smimegw_cert_unref(cert);
}

static void c35_updated(void **state)
{
    (void)state;
    struct smimegw_cert *one = certify(BOB, "CA 1");
    struct smimegw_cert *two = certify(BOB, "CA 1");
    EXPECT(SIGNED(one, BOB, NOW), NOW, STORED, BY_POLICY);
    EXPECT(SIGNED(two, BOB, NOW + 1), NOW + 1, REFUSED, NOT_UPDATING);
    assert_int_equal(find_key(BOB, two).count, 0);
    POLICY("harvest-updated", "yes", );
    EXPECT(SIGNED(two, BOB, NOW + 2), NOW + 2, UPDATED, BY_POLICY);
    assert_int_equal(find_key(BOB, one).count, 0);
    assert_int_equal(find_key(BOB, two).usable, 1);
    smimegw_cert_unref(one);
    smimegw_cert_unref(two);
}

/* --- capabilities --------------------------------------------------------------------------
 */

static void capabilities_of_the_newest(void **state)
{
    (void)state;
    static char many[5000] = "\x30\x82\x13\x84";
    struct smimegw_cert *cert = certify(BOB, "CA 1");
    struct letter letter = {.cert = cert, .from = BOB, .signed_at = NOW, CAPABILITIES};
    EXPECT(letter, NOW, STORED, BY_POLICY);
    assert_int_equal(find_key(BOB, cert).capabilities_size, sizeof(aes) - 1);
    /* AC-134: an older signature, or none that says when, changes nothing */
    letter.capabilities_size = 0;
    letter.signed_at = NOW - HOUR;
    EXPECT(letter, NOW + 1, KNOWN, OLD_SIGNATURE);
    letter.signed_at = -1;
    EXPECT(letter, NOW + 1, KNOWN, NO_TIME);
    assert_int_equal(find_key(BOB, cert).capabilities_size, sizeof(aes) - 1);
    letter.signed_at = NOW + HOUR;
    EXPECT(letter, NOW + HOUR, KNOWN, BY_POLICY);
    assert_int_equal(find_key(BOB, cert).capabilities_size, 0);
    assert_int_equal(find_key(BOB, cert).signed_at, NOW + HOUR);
    /* too many, and none at all */
    letter.capabilities = many;
    letter.capabilities_size = sizeof(many);
    letter.signed_at++;
    EXPECT(letter, NOW + HOUR, KNOWN, BY_POLICY);
    letter.capabilities = "\x02\x01\x05";
    letter.capabilities_size = 3;
    letter.signed_at++;
    EXPECT(letter, NOW + HOUR, KNOWN, BY_POLICY);
    assert_int_equal(find_key(BOB, cert).capabilities_size, 0);
    smimegw_cert_unref(cert);
}

/* --- poisoning -----------------------------------------------------------------------------
 */

static void ac133_new_issuer(void **state)
{
    (void)state;
    struct smimegw_cert *one = certify(BOB, "CA 1");
    struct smimegw_cert *two = certify(BOB, "CA 2");
    POLICY("harvest-updated", "yes", );
    EXPECT(SIGNED(one, BOB, NOW), NOW, STORED, BY_POLICY);
    EXPECT(SIGNED(two, BOB, NOW + 1), NOW + 1, HELD, NEW_ISSUER);
    assert_int_equal(the.alerts, 1);
    assert_non_null(strstr(the.alert_json, "\"alert\":\"new-issuer\""));
    assert_non_null(strstr(the.alert_json, the.name));
    assert_int_equal(find_key(BOB, one).usable, 1);
    assert_int_equal(find_key(BOB, two).grade, SMIMEGW_GRADE_HELD);
    /* once told, it is not news */
    EXPECT(SIGNED(two, BOB, NOW + 2), NOW + 2, HELD, NEW_ISSUER);
    assert_int_equal(the.alerts, 1);
    EXPECT(SIGNED(one, BOB, NOW + 3), NOW + 3, KNOWN, BY_POLICY);
    smimegw_cert_unref(one);
    smimegw_cert_unref(two);
}

static void ac134_replay(void **state)
{
    (void)state;
    struct smimegw_cert *one = certify(BOB, "CA 1");
    struct smimegw_cert *two = certify(BOB, "CA 1");
    POLICY("harvest-updated", "yes", );
    EXPECT(SIGNED(one, BOB, NOW), NOW, STORED, BY_POLICY);
    EXPECT(SIGNED(two, BOB, NOW + 10), NOW + 10, UPDATED, BY_POLICY);
    EXPECT(SIGNED(one, BOB, NOW), NOW + 20, REFUSED, OLD_SIGNATURE);
    EXPECT(SIGNED(one, BOB, NOW + 10), NOW + 20, REFUSED, OLD_SIGNATURE);
    EXPECT(SIGNED(one, BOB, -1), NOW + 20, REFUSED, NO_TIME);
    assert_int_equal(find_key(BOB, one).count, 0);
    /* nor is an old message the first one */
    EXPECT(SIGNED(one, BOB, NOW - DAY - 1), NOW, REFUSED, OLD_SIGNATURE);
    smimegw_cert_unref(one);
    smimegw_cert_unref(two);
}

/* Where nobody said when the first one was signed, it was before it came. */
static void replay_of_what_has_no_time(void **state)
{
    (void)state;
    struct smimegw_cert *one = certify(BOB, "CA 1");
    struct smimegw_cert *two = certify(BOB, "CA 1");
    POLICY("harvest-updated", "yes", );
    EXPECT(SIGNED(one, BOB, -1), NOW, STORED, BY_POLICY);
    EXPECT(SIGNED(two, BOB, NOW - 1), NOW + 1, REFUSED, OLD_SIGNATURE);
    EXPECT(SIGNED(two, BOB, NOW + 1), NOW + 1, UPDATED, BY_POLICY);
    smimegw_cert_unref(one);
    smimegw_cert_unref(two);
}

static void ac135_future(void **state)
{
    (void)state;
    struct smimegw_cert *cert = certify(BOB, "CA 1");
    EXPECT(SIGNED(cert, BOB, NOW + 3650 * (int64_t)DAY), NOW, REFUSED, FUTURE);
    EXPECT(SIGNED(cert, BOB, NOW + DAY + 1), NOW, REFUSED, FUTURE);
    EXPECT(SIGNED(cert, BOB, NOW + DAY), NOW, STORED, BY_POLICY);
    smimegw_cert_unref(cert);
}

static void ac136_administrators_stay(void **state)
{
    (void)state;
    struct smimegw_cert *pinned = certify(BOB, "CA 1");
    struct smimegw_cert *other = certify(BOB, "CA 1");
    struct smimegw_cert *mate = certify("carol@example.com", "CA 1");
    struct recipe recipe = good_recipe(NULL, "CA 1");
    recipe.name = "gateway";
    recipe.domain = "example.com";
    struct smimegw_cert *domain = make_of(&recipe);
    POLICY("harvest-updated", "yes", );
    add_administrators("bob", pinned);
    add_administrators("all", domain);
    EXPECT(SIGNED(other, BOB, NOW), NOW, REFUSED, ADMINISTRATOR);
    assert_int_equal(the.alerts, 1);
    EXPECT(SIGNED(other, BOB, NOW + 1), NOW + 1, REFUSED, ADMINISTRATOR);
    assert_int_equal(the.alerts, 1);
    EXPECT(SIGNED(pinned, BOB, NOW), NOW, KNOWN, ADMINISTRATOR);
    /* one for the domain serves all its addresses */
    EXPECT(SIGNED(mate, "carol@example.com", NOW), NOW, REFUSED, ADMINISTRATOR);
    assert_int_equal(count_of(SMIMEGW_RECORD_HARVESTED, NULL), 0);
    smimegw_cert_unref(pinned);
    smimegw_cert_unref(other);
    smimegw_cert_unref(mate);
    smimegw_cert_unref(domain);
}

static void ac137_domains_are_held(void **state)
{
    (void)state;
    struct recipe recipe = good_recipe(BOB, "CA 1");
    recipe.domain = "example.com";
    struct smimegw_cert *both = make_of(&recipe);
    recipe.address = NULL;
    struct smimegw_cert *domain = make_of(&recipe);
    EXPECT(SIGNED(both, BOB, NOW), NOW, HELD, DOMAIN);
    EXPECT(SIGNED(domain, BOB, NOW), NOW, HELD, DOMAIN);
    /* of one kind about one address */
    assert_int_equal(the.alerts, 1);
    assert_int_equal(find_key("anyone@example.com", NULL).count, 2);
    assert_int_equal(find_key("anyone@example.com", NULL).usable, 0);
    smimegw_cert_unref(both);
    smimegw_cert_unref(domain);
}

static void ac140_weak_ones(void **state)
{
    (void)state;
    gnutls_x509_privkey_t small = make_key(GNUTLS_PK_RSA, 1024);
    struct recipe recipe = good_recipe(BOB, "CA 1");
    struct smimegw_cert *certs[4];
    recipe.usage = GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_ENCIPHERMENT;
    certs[0] = make_cert(&recipe, small, letter_keys[1]);
    certs[1] = make_of(&recipe);
    recipe.usage = GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT;
    recipe.is_ca = true;
    certs[2] = make_of(&recipe);
    recipe.is_ca = false;
    recipe.purpose = GNUTLS_KP_TLS_WWW_SERVER;
    certs[3] = make_of(&recipe);
    POLICY("harvest-on-failure", "yes", );
    for (size_t i = 0; i < 4; i++) {
        struct letter letter = SIGNED(certs[i], BOB, NOW);
        EXPECT(letter, NOW, REFUSED, WEAK);
        letter.reason = SMIMEGW_REASON_KEY_WEAK;
        EXPECT(letter, NOW, REFUSED, WEAK);
        smimegw_cert_unref(certs[i]);
    }
    assert_int_equal(count_of(SMIMEGW_RECORD_HARVESTED, NULL), 0);
    gnutls_x509_privkey_deinit(small);
}

/* AC-130 and AC-132, as the verdict tells them. */
static void only_the_signers_own(void **state)
{
    (void)state;
    struct smimegw_cert *eve = certify("eve@example.com", "CA 1");
    struct smimegw_cert *other = certify("eve@example.com", "CA 1");
    struct smimegw_cert *victim = certify(BOB, "CA 1");
    struct letter letter = SIGNED(eve, "eve@example.com", NOW);
    EXPECT(SIGNED(eve, BOB, NOW), NOW, REFUSED, NO_ADDRESS);
    letter.is_odd = true;
    EXPECT(letter, NOW, REFUSED, PREFERENCE);
    letter.is_odd = false;
    letter.preferred = victim;
    EXPECT(letter, NOW, REFUSED, NO_ADDRESS);
    letter.signers = 2;
    EXPECT(letter, NOW, REFUSED, NOT_ONE_SIGNER);
    letter.signers = 0;
    letter.preferred = other;
    EXPECT(letter, NOW, STORED, BY_POLICY);
    assert_int_equal(find_key("eve@example.com", other).usable, 1);
    assert_int_equal(find_key("eve@example.com", eve).count, 0);
    smimegw_cert_unref(eve);
    smimegw_cert_unref(other);
    smimegw_cert_unref(victim);
}

/* --- grades and promotion ------------------------------------------------------------------
 */

static void grades(void **state)
{
    (void)state;
    struct smimegw_cert *pinned = certify(BOB, "CA 1");
    struct smimegw_cert *better = certify(BOB, "CA 1");
    struct letter letter = SIGNED(pinned, BOB, NOW);
    letter.is_pinned = true;
    POLICY("harvest-updated", "yes", );
    EXPECT(letter, NOW, STORED, BY_POLICY);
    assert_int_equal(find_key(BOB, pinned).grade, SMIMEGW_GRADE_HARVESTED);
    EXPECT(SIGNED(better, BOB, NOW + 1), NOW + 1, UPDATED, BY_POLICY);
    assert_int_equal(find_key(BOB, better).grade, SMIMEGW_GRADE_CHAIN);
    /* what is worth less waits */
    letter.signed_at = NOW + 2;
    EXPECT(letter, NOW + 2, HELD, NEW_ISSUER);
    smimegw_cert_unref(pinned);
    smimegw_cert_unref(better);
}

static void c38_promote(void **state)
{
    (void)state;
    struct smimegw_cert *one = certify(BOB, "CA 1");
    struct smimegw_cert *two = certify(BOB, "CA 2");
    struct letter letter = {.cert = two, .from = BOB, .signed_at = NOW + 1, CAPABILITIES};
    EXPECT(SIGNED(one, BOB, NOW), NOW, STORED, BY_POLICY);
    EXPECT(letter, NOW + 1, HELD, NEW_ISSUER);
    assert_int_equal(smimegw_harvester_promote(the.harvester, "nobody", NULL, 0, -1, NULL),
                     SMIMEGW_E_USAGE);
    add_administrators("taken", one);
    assert_int_equal(smimegw_harvester_promote(the.harvester, the.name, "taken", 0, -1, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(find_key(BOB, two).grade, SMIMEGW_GRADE_HELD);
    assert_int_equal(smimegw_harvester_promote(the.harvester, the.name, "bob", 0, -1, NULL),
                     SMIMEGW_OK);
    struct found found = find_key(BOB, two);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.grade, SMIMEGW_GRADE_ADMINISTRATOR);
    assert_int_equal(found.capabilities_size, sizeof(aes) - 1);
    assert_int_equal(count_of(SMIMEGW_RECORD_HARVESTED, NULL), 1);
    EXPECT(SIGNED(two, BOB, NOW + 2), NOW + 2, KNOWN, ADMINISTRATOR);
    smimegw_cert_unref(one);
    smimegw_cert_unref(two);
}

static void settings_are_by_name(void **state)
{
    (void)state;
    struct smimegw_buffer *value;
    struct smimegw_cert *cert = certify(BOB, "CA 1");
    for (size_t i = 0; smimegw_harvester_setting(i, NULL, NULL) != NULL; i++) {
        const char *initial;
        const char *name = smimegw_harvester_setting(i, &initial, NULL);
        assert_int_equal(smimegw_harvester_get(the.harvester, name, &value, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_buffer_size(value) > 0, 1);
        smimegw_buffer_free(value);
        assert_int_equal(smimegw_harvester_set(the.harvester, name, "nonsense", NULL),
                         SMIMEGW_E_SETTING);
        assert_int_equal(smimegw_harvester_set(the.harvester, name, initial, NULL),
                         SMIMEGW_OK);
    }
    EXPECT(SIGNED(cert, BOB, NOW), NOW, STORED, BY_POLICY);
    assert_int_equal(smimegw_harvester_set(the.harvester, "size-limit", "1M", NULL),
                     SMIMEGW_E_STATE);
    assert_int_equal(smimegw_harvester_set_alert(the.harvester, NULL, NULL, NULL),
                     SMIMEGW_E_STATE);
    smimegw_cert_unref(cert);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(c32_off_by_default),
        TEST(c33_expired_and_self_signed),
        TEST(c34_on_failure),
        TEST(few_untrusted_for_one_address),
        TEST(c35_updated),
        TEST(capabilities_of_the_newest),
        TEST(ac133_new_issuer),
        TEST(ac134_replay),
        TEST(replay_of_what_has_no_time),
        TEST(ac135_future),
        TEST(ac136_administrators_stay),
        TEST(ac137_domains_are_held),
        TEST(ac140_weak_ones),
        TEST(only_the_signers_own),
        TEST(grades),
        TEST(c38_promote),
        TEST(settings_are_by_name),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free_keys();
    return failed;
}
