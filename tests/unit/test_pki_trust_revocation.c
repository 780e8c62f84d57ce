/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an independent review proved wrong about revocation and trust, each once more. */
#include <smimegw/smimegw.h>

#include "trust_scene.h"

/* A part of the reasons only: a list that revokes, and of the rest says nothing. */
#define SOME_REASONS "\x30\x04\x83\x02\x06\x40"

/* --- forged lists --------------------------------------------------------------------------
 */

static struct list_recipe forged_list(void)
{
    struct list_recipe list = good_list();
    list.signing.key = the.leaf_key;
    list.this_update += 60;
    return list;
}

/* What a forger offers, one add each; made once, for it takes its time. */
enum { FLOOD_PARTS = 3, FLOOD_LIMIT = 64 << 20 };
struct flood {
    struct sgw_der_out parts[FLOOD_PARTS];
    size_t count;
};

/* A thousand issuers that nobody knows, in one answer. */
static void make_others(struct flood *flood)
{
    struct list_recipe list = forged_list();
    struct smimegw_cert issuer = *the.stranger;
    uint8_t subject[64];
    assert_true(issuer.subject_size <= sizeof(subject));
    memcpy(subject, issuer.subject, issuer.subject_size);
    issuer.subject = subject;
    list.issuer = &issuer;
    for (int i = 0; i < 1000; i++) {
        subject[issuer.subject_size - 2] = (uint8_t)('0' + i / 40);
        subject[issuer.subject_size - 1] = (uint8_t)('0' + i % 40);
        put_pem(&flood->parts[0], &list);
    }
    flood->count = 1;
}

/* As large as two may be; then one that is over the limit. */
static void make_large(struct flood *flood)
{
    static const size_t sizes[] = {63U << 20, 63U << 20, (64U << 20) + 4096};
    for (size_t i = 0; i < FLOOD_PARTS; i++) {
        struct list_recipe list = forged_list();
        struct sgw_der_out odd = {0};
        char *zeros = calloc(1, sizes[i]);
        assert_non_null(zeros);
        put_list_extension(&odd, 99, false, zeros, sizes[i]);
        free(zeros);
        list.this_update += (int64_t)i;
        list.extension = odd.buf.data;
        list.extension_size = odd.buf.size;
        list.issuer = the.stranger; /* a key identifier of its own: a series of its own */
        flood->parts[i] = make_list(&list);
        sgw_out_clear(&odd);
    }
    flood->count = FLOOD_PARTS;
}

/* The same issuer and key identifier, each for other reasons: 64 series. */
static void make_reasons(struct flood *flood)
{
    for (int i = 1; i <= 64; i++) {
        const uint8_t scope[] = {0x30, 0x04, 0x83, 0x02, 0x00, (uint8_t)i};
        struct list_recipe list = forged_list();
        struct sgw_der_out odd = {0};
        put_list_extension(&odd, 28, true, scope, sizeof(scope));
        list.extension = odd.buf.data;
        list.extension_size = odd.buf.size;
        put_pem(&flood->parts[0], &list);
        sgw_out_clear(&odd);
    }
    flood->count = 1;
}

/* As many as may wait for their proof. */
static void make_newer(struct flood *flood)
{
    struct list_recipe list = forged_list();
    for (int i = 0; i < 4; i++) {
        list.this_update++;
        put_pem(&flood->parts[0], &list);
    }
    flood->count = 1;
}

static void pour(struct sgw_trust *trust, const struct flood *flood)
{
    for (size_t i = 0; i < flood->count; i++) {
        const struct sgw_buf *part = &flood->parts[i].buf;
        assert_int_equal(sgw_trust_add_revocation(trust, part->data, part->size, NULL),
                         part->size > FLOOD_LIMIT ? SMIMEGW_E_LIMIT : SMIMEGW_OK);
    }
}

/* The CA as that kind of trust; the genuine list used before, and not. */
static void drown(const struct flood *flood, const char *name, int kind, bool is_used)
{
    struct list_recipe genuine = good_list();
    struct sgw_trust *trust = new_trust(the.root, kind, the.ca);
    genuine.revoked = the.leaf;
    give_list(trust, &genuine);
    give_root_list(trust);
    if (is_used)
        EXPECT_REASON(judge(trust, the.leaf), CERT_REVOKED);
    pour(trust, flood);
    if (judge(trust, the.leaf) != SMIMEGW_REASON_CERT_REVOKED)
        fail_msg("%s, CA of kind %d, %s: the revoked passes", name, kind,
                 is_used ? "used" : "not used");
    sgw_trust_free(trust);
}

/* The flood first: the genuine list still finds its place. */
static void swim(const struct flood *flood, const char *name, int kind)
{
    struct list_recipe genuine = good_list();
    struct sgw_trust *trust = new_trust(the.root, kind, the.ca);
    genuine.revoked = the.leaf;
    pour(trust, flood);
    give_list(trust, &genuine);
    if (judge(trust, the.leaf) != SMIMEGW_REASON_CERT_REVOKED)
        fail_msg("%s first, CA of kind %d: the revoked passes", name, kind);
    sgw_trust_free(trust);
}

static void forged_floods_free_nobody(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*make)(struct flood *flood);
        size_t kinds; /* so many of those below: the large ones take their time */
    } rows[] = {{"other issuers", make_others, 3},
                {"large", make_large, 1},
                {"reasons", make_reasons, 3},
                {"newer", make_newer, 3}};
    static const int kinds[] = {SMIMEGW_TRUST_INTERMEDIATE, SMIMEGW_TRUST_ANCHOR,
                                SMIMEGW_TRUST_DOMAIN_ANCHOR};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct flood flood = {.count = 0};
        rows[i].make(&flood);
        for (size_t k = 0; k < rows[i].kinds; k++) {
            drown(&flood, rows[i].name, kinds[k], false);
            drown(&flood, rows[i].name, kinds[k], true);
            swim(&flood, rows[i].name, kinds[k]);
        }
        for (size_t k = 0; k < flood.count; k++)
            sgw_out_clear(&flood.parts[k]);
    }
}

/* --- who may not speak ---------------------------------------------------------------------
 */

static struct answer_recipe good_answer(void)
{
    return (struct answer_recipe){.cert = the.leaf,
                                  .issuer = the.ca,
                                  .this_update = NOW - HOUR,
                                  .next_update = NOW + HOUR,
                                  .signing = {.key = the.other_key},
                                  .responder = the.responder};
}

/* A list of the CA that revokes one certificate, for a part of the reasons. */
static void give_partial_list(struct sgw_trust *trust, const struct smimegw_cert *issuer,
                              gnutls_x509_privkey_t key, const struct smimegw_cert *revoked)
{
    struct list_recipe list = good_list();
    struct sgw_der_out scope = {0};
    put_list_extension(&scope, 28, true, SOME_REASONS, sizeof(SOME_REASONS) - 1);
    list.issuer = issuer;
    list.signing.key = key;
    list.revoked = revoked;
    list.extension = scope.buf.data;
    list.extension_size = scope.buf.size;
    give_list(trust, &list);
    sgw_out_clear(&scope);
}

static void denied_crl_signers_are_not_heard(void **state)
{
    (void)state;
    for (int is_denied = 0; is_denied < 2; is_denied++) {
        struct sgw_trust *trust = usual_trust();
        struct list_recipe genuine = good_list();
        struct list_recipe other = good_list();
        trust_cert(trust, SMIMEGW_TRUST_INTERMEDIATE, the.crl_signer);
        if (is_denied)
            trust_cert(trust, SMIMEGW_TRUST_DENIED, the.crl_signer);
        give_root_list(trust);
        other.has_no_extensions = true; /* one series with the genuine one */
        other.issuer = the.crl_signer;
        other.signing.key = the.other_key;
        other.this_update += 60;
        give_list(trust, &other);
        if (is_denied)
            EXPECT_REASON(judge_strictly(trust, the.leaf), CERT_REVOCATION_UNKNOWN);
        else
            EXPECT_REASON(judge_strictly(trust, the.leaf), OK);
        genuine.has_no_extensions = true;
        genuine.revoked = the.leaf;
        give_list(trust, &genuine);
        EXPECT_REASON(judge(trust, the.leaf), CERT_REVOKED);
        sgw_trust_free(trust);
    }
}

static void denied_responders_are_not_heard(void **state)
{
    (void)state;
    for (int is_denied = 0; is_denied < 2; is_denied++) {
        const struct answer_recipe answer = good_answer();
        struct sgw_trust *trust = usual_trust();
        if (is_denied)
            trust_cert(trust, SMIMEGW_TRUST_DENIED, the.responder);
        give_root_list(trust);
        give(trust, make_response(&answer));
        if (is_denied)
            EXPECT_REASON(judge_strictly(trust, the.leaf), CERT_REVOCATION_UNKNOWN);
        else
            EXPECT_REASON(judge_strictly(trust, the.leaf), OK);
        sgw_trust_free(trust);
    }
}

static void set_no_check(gnutls_x509_crt_t crt)
{
    assert_int_equal(
        gnutls_x509_crt_set_extension_by_oid(crt, "1.3.6.1.5.5.7.48.1.5", "\x05\x00", 2, 0),
        0);
}

/* Whether the list comes before the answer, or after it proved good. */
static void ask_revoked_responder(struct smimegw_cert *responder, bool comes_later,
                                  int expected)
{
    struct answer_recipe answer = good_answer();
    struct sgw_trust *trust = usual_trust();
    answer.responder = responder;
    give_root_list(trust);
    if (!comes_later)
        give_partial_list(trust, the.ca, the.ca_key, responder);
    give(trust, make_response(&answer));
    if (comes_later) {
        EXPECT_REASON(judge_strictly(trust, the.leaf), OK);
        give_partial_list(trust, the.ca, the.ca_key, responder);
    }
    assert_int_equal(judge_strictly(trust, the.leaf), expected);
    sgw_trust_free(trust);
}

static void revoked_responders_are_not_heard(void **state)
{
    (void)state;
    const struct recipe recipe = {.name = "Unchecked",
                                  .issuer = "CA",
                                  .path_length = -1,
                                  .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
                                  .purpose = GNUTLS_KP_OCSP_SIGNING,
                                  .edit = set_no_check};
    struct smimegw_cert *unchecked = make_cert(&recipe, the.other_key, the.ca_key);
    for (int later = 0; later < 2; later++) {
        ask_revoked_responder(the.responder, later != 0,
                              SMIMEGW_REASON_CERT_REVOCATION_UNKNOWN);
        /* its CA says that nobody need look [RFC6960-4.2.2.2.1] */
        ask_revoked_responder(unchecked, later != 0, SMIMEGW_REASON_OK);
    }
    smimegw_cert_unref(unchecked);
}

static void revoked_crl_signers_are_not_heard(void **state)
{
    (void)state;
    struct list_recipe list = good_list();
    struct sgw_trust *trust = usual_trust();
    trust_cert(trust, SMIMEGW_TRUST_INTERMEDIATE, the.crl_signer);
    list.issuer = the.crl_signer;
    list.signing.key = the.other_key;
    give_root_list(trust);
    give_partial_list(trust, the.root, the.root_key, the.crl_signer);
    give_list(trust, &list);
    EXPECT_REASON(judge_strictly(trust, the.leaf), CERT_REVOCATION_UNKNOWN);
    sgw_trust_free(trust);
}

static void critical_extensions_of_answers(void **state)
{
    (void)state;
    struct sgw_der_out odd[2] = {{.result = SMIMEGW_OK}};
    put_list_extension(&odd[0], 99, false, "\x05\x00", 2);
    put_list_extension(&odd[1], 99, true, "\x05\x00", 2);
    for (int is_critical = 0; is_critical < 2; is_critical++) {
        struct answer_recipe answer = good_answer();
        struct sgw_trust *trust = usual_trust();
        int unknown = is_critical ? SMIMEGW_REASON_CERT_REVOCATION_UNKNOWN : SMIMEGW_REASON_OK;
        give_root_list(trust);
        answer.extension = odd[is_critical].buf.data;
        answer.extension_size = odd[is_critical].buf.size;
        assert_int_equal(try_to_give(trust, make_response(&answer)),
                         is_critical ? SMIMEGW_E_KEY : SMIMEGW_OK);
        assert_int_equal(judge_strictly(trust, the.leaf), unknown);
        sgw_trust_free(trust);

        trust = usual_trust();
        give_root_list(trust);
        answer.extension_size = 0;
        answer.single_extension = odd[is_critical].buf.data;
        answer.single_extension_size = odd[is_critical].buf.size;
        give(trust, make_response(&answer));
        assert_int_equal(judge_strictly(trust, the.leaf), unknown);
        answer.status = ANSWER_REVOKED; /* that much can be told */
        give(trust, make_response(&answer));
        EXPECT_REASON(judge(trust, the.leaf), CERT_REVOKED);
        sgw_trust_free(trust);
    }
    sgw_out_clear(&odd[0]);
    sgw_out_clear(&odd[1]);
}

/* --- two CAs of one name -------------------------------------------------------------------
 */

static void give_list_of(struct sgw_trust *trust, bool is_old, int64_t age, bool has_key_id)
{
    struct list_recipe list = good_list();
    list.has_no_extensions = !has_key_id;
    list.this_update -= age;
    if (is_old) {
        list.issuer = the.old_ca;
        list.signing.key = the.old_key;
        list.revoked = the.old_leaf;
    }
    give_list(trust, &list);
}

/* With a certificate of the message that may have issued it. */
static int judge_under(struct sgw_trust *trust, const struct smimegw_cert *leaf,
                       struct smimegw_cert *ca)
{
    struct sgw_cert_list bag = {0};
    sgw_cert_list_add(&bag, ca);
    const struct sgw_trust_query query = {.cert = leaf,
                                          .use = SMIMEGW_USE_SIGN,
                                          .candidates = &bag,
                                          .time = NOW,
                                          .revocation_rule = SGW_REVOCATION_IF_AVAILABLE};
    int reason = find(trust, &query).reason;
    sgw_cert_list_clear(&bag);
    return reason;
}

static void ask_both(struct sgw_trust *trust)
{
    EXPECT_REASON(judge_under(trust, the.old_leaf, the.old_ca), CERT_REVOKED);
    EXPECT_REASON(judge_under(trust, the.leaf, the.ca), OK);
    EXPECT_REASON(judge_under(trust, the.old_leaf, the.old_ca), CERT_REVOKED);
}

static void roll_over(bool is_known, bool has_key_id, bool is_asked_early)
{
    struct sgw_trust *trust =
        new_trust(the.root, SMIMEGW_TRUST_INTERMEDIATE, is_known ? the.ca : NULL);
    if (is_known)
        trust_cert(trust, SMIMEGW_TRUST_INTERMEDIATE, the.old_ca);
    give_list_of(trust, true, 100, has_key_id);
    if (is_asked_early)
        EXPECT_REASON(judge_under(trust, the.old_leaf, the.old_ca), CERT_REVOKED);
    give_list_of(trust, false, 50, has_key_id);
    ask_both(trust);
    give_list_of(trust, false, 40, has_key_id);
    ask_both(trust);
    give_list_of(trust, true, 60, has_key_id);
    ask_both(trust);
    give_list_of(trust, true, 30, has_key_id);
    give_list_of(trust, false, 20, has_key_id);
    ask_both(trust);
    sgw_trust_free(trust);
}

static void two_keys_of_one_name(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++)
        roll_over((i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
}

/* --- what is judged, and for how long ------------------------------------------------------
 */

static int write_nothing(void *userdata, const void *data, size_t size)
{
    (void)data;
    *(size_t *)userdata += size;
    return 0;
}

static void add_to_gateway(struct smimegw_gateway *gateway, int kind,
                           const struct smimegw_cert *cert)
{
    assert_int_equal(
        smimegw_gateway_add_certs(gateway, kind, cert->der.data, cert->der.size, NULL),
        SMIMEGW_OK);
}

static int encrypt_to(struct smimegw_cert *cert, struct sgw_der_out *list, size_t *ret_size)
{
    static const char text[] = "From: a@example.com\r\n\r\nHello\r\n";
    struct smimegw_gateway *gateway;
    struct smimegw_message *message;
    *ret_size = 0;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "time", "2026-06-01T00:00:00Z", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "revocation", "if-available", NULL),
                     SMIMEGW_OK);
    add_to_gateway(gateway, SMIMEGW_TRUST_ANCHOR, the.root);
    add_to_gateway(gateway, SMIMEGW_TRUST_INTERMEDIATE, the.ca);
    if (list != NULL)
        assert_int_equal(
            smimegw_gateway_add_revocation(gateway, list->buf.data, list->buf.size, NULL),
            SMIMEGW_OK);
    assert_int_equal(smimegw_message_new_memory(NULL, text, strlen(text), &message, NULL),
                     SMIMEGW_OK);
    int ret = smimegw_encrypt(gateway, NULL, message, &cert, 1, write_nothing, ret_size, NULL);
    smimegw_message_free(message);
    smimegw_gateway_unref(gateway);
    return ret;
}

static void expired_and_revoked_is_revoked(void **state)
{
    (void)state;
    struct recipe recipe = {.name = "Late",
                            .issuer = "CA",
                            .path_length = -1,
                            .usage = GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT,
                            .not_after = NOW - DAY};
    struct smimegw_cert *late = make_cert(&recipe, the.leaf_key, the.ca_key);
    struct list_recipe list = good_list();
    struct sgw_trust *trust = usual_trust();
    size_t size;
    EXPECT_REASON(judge(trust, late), CERT_EXPIRED);
    list.revoked = late;
    give_list(trust, &list);
    for (int use = SMIMEGW_USE_SIGN; use <= SMIMEGW_USE_ENCRYPT; use++) {
        const struct sgw_trust_query query = {.cert = late,
                                              .use = use,
                                              .time = NOW,
                                              .revocation_rule = SGW_REVOCATION_IF_AVAILABLE};
        EXPECT_REASON(find(trust, &query).reason, CERT_REVOKED);
    }
    struct sgw_der_out out = make_list(&list);
    assert_int_equal(encrypt_to(late, NULL, &size), SMIMEGW_OK);
    assert_int_equal(encrypt_to(late, &out, &size), SMIMEGW_E_RECIPIENT);
    assert_int_equal(size, 0);
    sgw_out_clear(&out);
    sgw_trust_free(trust);
    smimegw_cert_unref(late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_floods_free_nobody),
        cmocka_unit_test(denied_crl_signers_are_not_heard),
        cmocka_unit_test(denied_responders_are_not_heard),
        cmocka_unit_test(revoked_responders_are_not_heard),
        cmocka_unit_test(revoked_crl_signers_are_not_heard),
        cmocka_unit_test(critical_extensions_of_answers),
        cmocka_unit_test(two_keys_of_one_name),
        cmocka_unit_test(expired_and_revoked_is_revoked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
