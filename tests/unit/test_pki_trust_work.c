/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a finding holds, how much work it may take, and what may push it out: what an
 * independent review proved wrong, once more. */
#include "trust_scene.h"

/* --- what is remembered --------------------------------------------------------------------
 */

/* A certificate for a domain, under a CA that two roots certified: the second may vouch for
 * domains. */
struct two_ways {
    gnutls_x509_privkey_t keys[4];
    struct smimegw_cert *roots[2];
    struct smimegw_cert *cas[2];
    struct smimegw_cert *leaf;
    struct sgw_trust *trust;
};

static struct two_ways two_ways(int64_t first_ends, unsigned int second_usage)
{
    struct two_ways ways;
    const unsigned int usage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN;
    const struct recipe leaf = {.name = "Domain",
                                .issuer = "Way",
                                .path_length = -1,
                                .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
                                .purpose = GNUTLS_KP_EMAIL_PROTECTION,
                                .domain = "example.com"};
    struct recipe root = {.is_ca = true, .path_length = -1, .usage = usage};
    struct recipe ca = {.name = "Way", .is_ca = true, .path_length = -1};
    for (size_t i = 0; i < 4; i++)
        ways.keys[i] = make_ec_key();
    for (size_t i = 0; i < 2; i++) {
        root.name = ca.issuer = i == 0 ? "First" : "Second";
        ca.not_after = i == 0 ? first_ends : 0;
        ca.usage = i == 0 ? usage : second_usage;
        ways.roots[i] = make_cert(&root, ways.keys[i], ways.keys[i]);
        ways.cas[i] = make_cert(&ca, ways.keys[2], ways.keys[i]);
    }
    ways.leaf = make_cert(&leaf, ways.keys[3], ways.keys[2]);
    ways.trust = new_trust(ways.roots[0], SMIMEGW_TRUST_DOMAIN_ANCHOR, ways.roots[1]);
    for (size_t i = 0; i < 2; i++)
        trust_cert(ways.trust, SMIMEGW_TRUST_INTERMEDIATE, ways.cas[i]);
    return ways;
}

static void free_ways(struct two_ways *ways)
{
    sgw_trust_free(ways->trust);
    smimegw_cert_unref(ways->leaf);
    for (size_t i = 0; i < 2; i++) {
        smimegw_cert_unref(ways->roots[i]);
        smimegw_cert_unref(ways->cas[i]);
    }
    for (size_t i = 0; i < 4; i++)
        gnutls_x509_privkey_deinit(ways->keys[i]);
}

static struct sgw_trust_finding find_way(const struct two_ways *ways, int64_t time,
                                         int64_t *operations)
{
    const struct sgw_trust_query query = {
        .cert = ways->leaf, .use = SMIMEGW_USE_SIGN, .time = time, .operations = operations};
    return find(ways->trust, &query);
}

/* The second way is no way, but was looked at last, and lasts longer. */
static void findings_end_with_their_path(void **state)
{
    (void)state;
    struct two_ways ways = two_ways(NOW + 90, GNUTLS_KEY_CRL_SIGN);
    EXPECT_REASON(find_way(&ways, NOW, NULL).reason, OK);
    EXPECT_REASON(find_way(&ways, NOW + 90, NULL).reason, OK);
    EXPECT_REASON(find_way(&ways, NOW + 91, NULL).reason, CERT_EXPIRED);
    EXPECT_REASON(find_way(&ways, NOW + 300, NULL).reason, CERT_EXPIRED);
    free_ways(&ways);
}

/* What a poor message did not come to must not be kept from those that come later. */
static void searches_cut_short_are_forgotten(void **state)
{
    (void)state;
    for (int64_t budget = 3; budget < 6; budget++) {
        struct two_ways ways = two_ways(0, GNUTLS_KEY_KEY_CERT_SIGN);
        int64_t operations = budget;
        struct sgw_trust_finding finding = find_way(&ways, NOW, &operations);
        EXPECT_REASON(finding.reason, OK);
        assert_false(finding.speaks_for_domains);
        finding = find_way(&ways, NOW, NULL);
        EXPECT_REASON(finding.reason, OK);
        assert_true(finding.speaks_for_domains);
        operations = 0; /* and that is remembered */
        assert_true(find_way(&ways, NOW, &operations).speaks_for_domains);
        free_ways(&ways);
    }
}

/* --- what a stranger may ask for -----------------------------------------------------------
 */

enum { BUDGET = 64, FORGED_SIGNERS = 16, FORGED_ANSWERS = 500, GENUINE_RESPONDERS = 4 };

/* Each of the signers has to be tried for each of the lists. */
struct hostile {
    struct sgw_cert_list certs;
    struct sgw_crl_list crls;
    struct sgw_der_out lists[SGW_CRL_LIST_MAX];
};

static void make_hostile(struct hostile *hostile)
{
    const struct recipe signer = {.name = "CA",
                                  .issuer = "Root",
                                  .path_length = -1,
                                  .usage = GNUTLS_KEY_CRL_SIGN,
                                  .has_no_key_ids = true};
    struct list_recipe list = good_list();
    list.signing.key = the.other_key;
    for (int i = 0; i < FORGED_SIGNERS; i++) {
        struct smimegw_cert *cert = make_cert(&signer, the.other_key, the.other_key);
        assert_int_equal(sgw_cert_list_add(&hostile->certs, cert), SMIMEGW_OK);
        smimegw_cert_unref(cert);
    }
    for (int i = 0; i < SGW_CRL_LIST_MAX; i++) {
        list.this_update++;
        hostile->lists[i] = make_list(&list);
        hostile->crls.crls[i] = hostile->lists[i].buf.data;
        hostile->crls.sizes[i] = hostile->lists[i].buf.size;
    }
    hostile->crls.count = SGW_CRL_LIST_MAX;
}

static void forged_lists_of_a_message_cost_their_share(void **state)
{
    (void)state;
    struct hostile hostile = {.certs = {0}};
    struct sgw_trust *trust = usual_trust();
    int64_t operations = BUDGET;
    make_hostile(&hostile);
    struct sgw_trust_query query = {.cert = the.leaf,
                                    .use = SMIMEGW_USE_SIGN,
                                    .candidates = &hostile.certs,
                                    .crls = &hostile.crls,
                                    .time = NOW,
                                    .revocation_rule = SGW_REVOCATION_IF_AVAILABLE,
                                    .operations = &operations};
    double start = seconds_of_work();
    EXPECT_REASON(find(trust, &query).reason, LIMIT);
    assert_true(operations <= 0);
    print_message("# %.3f s\n", seconds_of_work() - start);
    assert_true(seconds_of_work() - start < 1.0 || getenv("SMIMEGW_SLOW") != NULL);
    /* with nothing left, it is no better */
    start = seconds_of_work();
    EXPECT_REASON(find(trust, &query).reason, LIMIT);
    assert_true(seconds_of_work() - start < 1.0 || getenv("SMIMEGW_SLOW") != NULL);
    query.crls = NULL; /* other messages are not harmed */
    operations = BUDGET;
    EXPECT_REASON(find(trust, &query).reason, OK);
    assert_true(operations > BUDGET / 2);
    for (int i = 0; i < SGW_CRL_LIST_MAX; i++)
        sgw_out_clear(&hostile.lists[i]);
    sgw_cert_list_clear(&hostile.certs);
    sgw_trust_free(trust);
}

/* Signed by none of the responders that they name. */
static void give_forged_answers(struct sgw_trust *trust,
                                struct smimegw_cert *const responders[GENUINE_RESPONDERS])
{
    struct answer_recipe answer = {.cert = the.leaf,
                                   .issuer = the.ca,
                                   .this_update = NOW - HOUR,
                                   .next_update = NOW + HOUR,
                                   .signing = {.key = the.old_key},
                                   .responder = responders[0],
                                   .others = {responders[1], responders[2], responders[3]}};
    for (int i = 0; i < FORGED_ANSWERS; i++) {
        answer.this_update++;
        give(trust, make_response(&answer));
    }
}

static double time_of_judgement(struct sgw_trust *trust)
{
    double start = seconds_of_work();
    EXPECT_REASON(judge_strictly(trust, the.leaf), CERT_REVOCATION_UNKNOWN);
    return seconds_of_work() - start;
}

static void forged_answers_are_tried_once(void **state)
{
    (void)state;
    const struct recipe recipe = {.name = "Responder",
                                  .issuer = "CA",
                                  .path_length = -1,
                                  .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
                                  .purpose = GNUTLS_KP_OCSP_SIGNING};
    gnutls_x509_privkey_t keys[GENUINE_RESPONDERS];
    struct smimegw_cert *responders[GENUINE_RESPONDERS];
    struct sgw_trust *trust = usual_trust();
    for (int i = 0; i < GENUINE_RESPONDERS; i++) {
        keys[i] = make_ec_key();
        responders[i] = make_cert(&recipe, keys[i], the.ca_key);
    }
    give_root_list(trust);
    give_forged_answers(trust, responders);
    double first = time_of_judgement(trust);
    double second = time_of_judgement(trust);
    print_message("# %d forged answers: first %.3f s, then %.6f s\n", FORGED_ANSWERS, first,
                  second);
    assert_true(second * 10 <= first || getenv("SMIMEGW_SLOW") != NULL);
    /* a genuine one among them is heard */
    const struct answer_recipe genuine = {
        .cert = the.leaf,
        .issuer = the.ca,
        .status = ANSWER_REVOKED,
        .this_update = NOW - HOUR,
        .next_update = NOW + HOUR,
        .signing = {.key = keys[3]},
        .responder = responders[0],
        .others = {responders[1], responders[2], responders[3]}};
    give(trust, make_response(&genuine));
    EXPECT_REASON(judge(trust, the.leaf), CERT_REVOKED);
    for (int i = 0; i < GENUINE_RESPONDERS; i++) {
        smimegw_cert_unref(responders[i]);
        gnutls_x509_privkey_deinit(keys[i]);
    }
    sgw_trust_free(trust);
}

/* --- what forged answers and lists may take the room of ------------------------------------
 */

static void large_answers_push_out_only_their_like(void **state)
{
    (void)state;
    static const size_t sizes[] = {7U << 20, 7U << 20, 7U << 20, 17U << 20};
    struct answer_recipe answer = {.cert = the.leaf,
                                   .issuer = the.ca,
                                   .status = ANSWER_REVOKED,
                                   .this_update = NOW - HOUR,
                                   .next_update = NOW + HOUR,
                                   .signing = {.key = the.ca_key}};
    struct sgw_trust *trust = usual_trust();
    give(trust, make_response(&answer));
    EXPECT_REASON(judge(trust, the.leaf), CERT_REVOKED);
    answer.status = 0;
    answer.signing.key = the.leaf_key;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct sgw_der_out odd = {0};
        char *zeros = calloc(1, sizes[i]);
        assert_non_null(zeros);
        put_list_extension(&odd, 99, false, zeros, sizes[i]);
        free(zeros);
        answer.this_update++;
        answer.extension = odd.buf.data;
        answer.extension_size = odd.buf.size;
        assert_int_equal(try_to_give(trust, make_response(&answer)),
                         i < 3 ? SMIMEGW_OK : SMIMEGW_E_LIMIT);
        EXPECT_REASON(judge(trust, the.leaf), CERT_REVOKED);
        sgw_out_clear(&odd);
    }
    sgw_trust_free(trust);
}

/* The list came before its CA, and so has not been proven when the forged ones come at once.
 */
static void lists_may_come_before_their_ca(void **state)
{
    (void)state;
    struct sgw_trust *trust = new_trust(the.root, 0, NULL);
    struct list_recipe list = good_list();
    struct sgw_der_out pem = {0};
    list.revoked = the.leaf;
    give_list(trust, &list);
    trust_cert(trust, SMIMEGW_TRUST_INTERMEDIATE, the.ca);
    list.revoked = NULL;
    list.signing.key = the.leaf_key;
    for (int i = 0; i < 4; i++) {
        list.this_update++;
        put_pem(&pem, &list);
    }
    give(trust, pem);
    EXPECT_REASON(judge(trust, the.leaf), CERT_REVOKED);
    sgw_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_end_with_their_path),
        cmocka_unit_test(searches_cut_short_are_forgotten),
        cmocka_unit_test(forged_lists_of_a_message_cost_their_share),
        cmocka_unit_test(forged_answers_are_tried_once),
        cmocka_unit_test(large_answers_push_out_only_their_like),
        cmocka_unit_test(lists_may_come_before_their_ca),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
