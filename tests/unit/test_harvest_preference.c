/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Other certificates of a message than the signer's: those that are nothing (AC-130), and the
 * one that it may prefer (AC-132) [RFC8551-2.5.3]. */
#include <smimegw/smimegw.h>

#include "cms/preference.h"
#include "pki_maker.h"

static struct {
    gnutls_x509_privkey_t root_key;
    gnutls_x509_privkey_t key;
    gnutls_x509_privkey_t other_key;
    struct smimegw_cert *root;
    struct smimegw_cert *signer;
    struct sgw_trust *trust;
    struct sgw_signed_data signed_data;
} the;

static struct smimegw_cert *certify(const char *name, const char *issuer,
                                    gnutls_x509_privkey_t key)
{
    struct recipe recipe = {.name = name,
                            .issuer = issuer,
                            .path_length = -1,
                            .usage = GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT,
                            .address = "eve@example.com"};
    return make_cert(&recipe, the.key, key);
}

static int set_up(void **state)
{
    (void)state;
    struct recipe recipe = {
        .name = "Root", .is_ca = true, .path_length = -1, .usage = GNUTLS_KEY_KEY_CERT_SIGN};
    the.root_key = make_ec_key();
    the.key = make_ec_key();
    the.other_key = make_ec_key();
    the.root = make_cert(&recipe, the.root_key, the.root_key);
    the.signer = certify("Eve", "Root", the.root_key);
    assert_int_equal(sgw_trust_new(&the.trust, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_trust_add(the.trust, SMIMEGW_TRUST_ANCHOR, the.root->der.data,
                                   the.root->der.size, NULL),
                     SMIMEGW_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sgw_trust_free(the.trust);
    smimegw_cert_unref(the.root);
    smimegw_cert_unref(the.signer);
    gnutls_x509_privkey_deinit(the.root_key);
    gnutls_x509_privkey_deinit(the.key);
    gnutls_x509_privkey_deinit(the.other_key);
    return 0;
}

/* The attribute's value, in each of its forms. */
enum form { BY_ISSUER, BY_RECIPIENT, BY_KEY_ID, FORMS };

static struct sgw_der_out name_cert(const struct smimegw_cert *cert, enum form form)
{
    struct sgw_der_out out = {0};
    switch (form) {
    case BY_ISSUER:
        sgw_out_raw(&out, cert->issuer, cert->issuer_size);
        sgw_out_put(&out, SGW_TAG_INTEGER, cert->serial, cert->serial_size);
        sgw_out_wrap(&out, 0, SGW_TAG_CONTEXT_CONSTRUCTED);
        break;
    case BY_RECIPIENT:
        sgw_out_put(&out, SGW_TAG_OCTET_STRING, cert->ski, cert->ski_size);
        sgw_out_wrap(&out, 0, SGW_TAG_CONTEXT_CONSTRUCTED | 1);
        break;
    default:
        sgw_out_put(&out, SGW_TAG_CONTEXT | 2, cert->ski, cert->ski_size);
    }
    return out;
}

struct answer {
    struct smimegw_cert *preferred;
    bool is_odd;
};

static struct answer ask_der(const void *der, size_t size, int reason)
{
    struct answer answer = {NULL, false};
    int64_t operations = 16;
    const struct sgw_judge judge = {.signed_data = &the.signed_data,
                                    .trust = the.trust,
                                    .operations = &operations,
                                    .time = TEST_TIME};
    struct sgw_signer_finding finding = {.reason = reason, .cert = the.signer};
    finding.preference.start = der;
    finding.preference.total = size;
    assert_int_equal(
        sgw_preference_judge(&judge, &finding, &answer.preferred, &answer.is_odd, NULL),
        SMIMEGW_OK);
    return answer;
}

/* Preferring a certificate that is, or is not, in the message. */
static struct answer ask(struct smimegw_cert *named, bool is_there, enum form form)
{
    struct sgw_der_out out = name_cert(named, form);
    assert_int_equal(sgw_cert_list_add(&the.signed_data.certs, the.signer), SMIMEGW_OK);
    if (is_there)
        assert_int_equal(sgw_cert_list_add(&the.signed_data.certs, named), SMIMEGW_OK);
    struct answer answer = ask_der(out.buf.data, out.buf.size, SMIMEGW_REASON_OK);
    if (named != the.signer) {
        /* somebody who did not pass is not heard */
        struct answer none =
            ask_der(out.buf.data, out.buf.size, SMIMEGW_REASON_SIGNATURE_INVALID);
        assert_true(none.preferred == NULL && !none.is_odd);
    }
    sgw_cert_list_clear(&the.signed_data.certs);
    sgw_out_clear(&out);
    return answer;
}

static void own_and_none(void **state)
{
    (void)state;
    struct answer answer = ask_der(NULL, 0, SMIMEGW_REASON_OK);
    assert_true(answer.preferred == NULL && !answer.is_odd);
    for (enum form form = 0; form < FORMS; form++) {
        answer = ask(the.signer, false, form);
        assert_true(answer.preferred == NULL && !answer.is_odd);
    }
}

static void sibling(void **state)
{
    (void)state;
    struct smimegw_cert *cert = certify("Eve", "Root", the.root_key);
    struct answer answer = ask(cert, true, BY_ISSUER);
    assert_true(answer.preferred == cert && !answer.is_odd);
    smimegw_cert_unref(answer.preferred);
    answer = ask(cert, false, BY_ISSUER);
    assert_true(answer.preferred == NULL && answer.is_odd);
    smimegw_cert_unref(cert);
}

static void strangers(void **state)
{
    (void)state;
    struct smimegw_cert *certs[] = {certify("Victim", "Root", the.root_key),
                                    certify("Eve", "Other", the.other_key),
                                    certify("Eve", NULL, the.key),
                                    /* as if by the same issuer, but forged */
                                    certify("Eve", "Root", the.other_key)};
    for (size_t i = 0; i < sizeof(certs) / sizeof(certs[0]); i++) {
        struct answer answer = ask(certs[i], true, BY_ISSUER);
        if (answer.preferred != NULL || !answer.is_odd)
            fail_msg("certificate %zu", i);
        smimegw_cert_unref(certs[i]);
    }
}

static void malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {"\x30\x00", "\xa0\x00", "\xa1\x02\x05\x00",
                                        "\x82\x01x\x05", "\xa0\x7f"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct answer answer =
            ask_der(texts[i], i == 1 || i == 0 || i == 4 ? 2 : 4, SMIMEGW_REASON_OK);
        assert_true(answer.preferred == NULL && answer.is_odd);
    }
}

/* --- a bag -------------------------------------------------------------------------------
 */

static const char mail[] = "From: alice@example.com\r\n\r\nhello\r\n";

/* Verdict of a signed message with another certificate in it. */
static struct smimegw_verdict *receive_with(struct smimegw_cert *other)
{
    struct smimegw_gateway *gateway;
    struct smimegw_message *message;
    struct smimegw_buffer *wire;
    struct smimegw_verdict *verdict = NULL;
    struct file file = read_key_file("root.pem");
    struct smimegw_identity *alice = load_identity("alice-id.pem", NULL);
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "time", "2026-06-01T00:00:00Z", NULL),
                     SMIMEGW_OK);
    assert_int_equal(
        smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_ANCHOR, file.data, file.size, NULL),
        SMIMEGW_OK);
    assert_int_equal(sgw_cert_list_add(&alice->chain, other), SMIMEGW_OK);
    assert_int_equal(smimegw_buffer_new(0, &wire, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_message_new_memory(NULL, mail, sizeof(mail) - 1, &message, NULL),
                     SMIMEGW_OK);
    assert_int_equal(
        smimegw_sign(gateway, NULL, message, alice, smimegw_buffer_write, wire, NULL),
        SMIMEGW_OK);
    smimegw_message_free(message);
    assert_int_equal(smimegw_message_new_memory(NULL, smimegw_buffer_data(wire),
                                                smimegw_buffer_size(wire), &message, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_verify(gateway, message, NULL, NULL, &verdict, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_verdict_outcome(verdict), SMIMEGW_OUTCOME_PASS);
    smimegw_message_free(message);
    smimegw_buffer_free(wire);
    smimegw_identity_unref(alice);
    smimegw_gateway_unref(gateway);
    free(file.data);
    return verdict;
}

static void ac130_only_the_signers_own(void **state)
{
    (void)state;
    int64_t count = 0;
    struct smimegw_store *store;
    struct smimegw_harvester *harvester;
    struct smimegw_policy *policy;
    struct smimegw_harvest *harvest;
    struct smimegw_transaction *transaction;
    struct smimegw_cert *victim = certify("Victim", "Root", the.root_key);
    struct smimegw_verdict *verdict = receive_with(victim);
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_harvester_new(store, &harvester, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_new(&policy, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_set(policy, "harvest", "on", NULL), SMIMEGW_OK);
    assert_int_equal(
        smimegw_harvester_take(harvester, policy, verdict, NULL, TEST_TIME, &harvest, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_harvest_outcome(harvest, 0, NULL), SMIMEGW_HARVEST_STORED);
    assert_int_equal(strncmp(smimegw_harvest_name(harvest, 0), "alice@example.com ", 18), 0);
    assert_int_equal(
        smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, NULL),
        SMIMEGW_OK);
    assert_int_equal(
        smimegw_transaction_measure(transaction, SMIMEGW_RECORD_HARVESTED, &count, NULL, NULL),
        SMIMEGW_OK);
    assert_int_equal(count, 1);
    smimegw_transaction_rollback(transaction);
    smimegw_harvest_free(harvest);
    smimegw_policy_unref(policy);
    smimegw_harvester_unref(harvester);
    smimegw_store_unref(store);
    smimegw_verdict_unref(verdict);
    smimegw_cert_unref(victim);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {TEST(own_and_none), TEST(sibling), TEST(strangers),
                                       TEST(malformed), TEST(ac130_only_the_signers_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
