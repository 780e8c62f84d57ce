/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation in turn fails: the call says so, what was known stays as it was, and the
 * next call works. A failure that ended as "nothing known" would let a revoked signer pass. */
#include "base/alloc.h"
#include "status_scene.h"

static struct sgw_der_out good, revoked, of_root, response;
static struct sgw_buf pem;

static void put_pem(const struct sgw_der_out *out)
{
    gnutls_datum_t der = {out->buf.data, (unsigned int)out->buf.size};
    gnutls_datum_t text;
    assert_int_equal(gnutls_pem_base64_encode2("X509 CRL", &der, &text), 0);
    sgw_buf_append(&pem, text.data, text.size);
    gnutls_free(text.data);
}

static int set_up_all(void **state)
{
    set_up(state);
    struct list_recipe list = good_list();
    good = make_list(&list);
    list.this_update += 60;
    list.others = 100; /* the index grows */
    list.revoked = the.leaf;
    revoked = make_list(&list);
    list = good_list();
    list.issuer = the.root;
    list.signing.key = the.root_key;
    of_root = make_list(&list);
    const struct answer_recipe answer = {.cert = the.leaf,
                                         .issuer = the.ca,
                                         .status = ANSWER_REVOKED,
                                         .this_update = NOW - HOUR,
                                         .next_update = NOW + HOUR,
                                         .signing = {.key = the.other_key},
                                         .responder = the.responder};
    response = make_response(&answer);
    pem = (struct sgw_buf)SGW_BUF_INIT(0);
    put_pem(&revoked);
    put_pem(&of_root);
    return 0;
}

static int tear_down_all(void **state)
{
    sgw_out_clear(&good);
    sgw_out_clear(&revoked);
    sgw_out_clear(&of_root);
    sgw_out_clear(&response);
    sgw_buf_clear(&pem);
    return tear_down(state);
}

/* --- operations ----------------------------------------------------------------------------
 */

static int add_der(struct sgw_trust *trust, struct smimegw_error **error)
{
    return sgw_revocation_add(sgw_trust_revocation(trust), revoked.buf.data, revoked.buf.size,
                              error);
}

static int add_pem(struct sgw_trust *trust, struct smimegw_error **error)
{
    return sgw_revocation_add(sgw_trust_revocation(trust), pem.data, pem.size, error);
}

/* With the proof that comes behind it. */
static int add_proven(struct sgw_trust *trust, struct smimegw_error **error)
{
    return sgw_trust_add_revocation(trust, pem.data, pem.size, error);
}

static int add_response(struct sgw_trust *trust, struct smimegw_error **error)
{
    return sgw_revocation_add(sgw_trust_revocation(trust), response.buf.data,
                              response.buf.size, error);
}

/* The message brings two lists: one is news, one is not of that issuer. */
static struct sgw_crl_list of_message(void)
{
    return (struct sgw_crl_list){.crls = {revoked.buf.data, of_root.buf.data},
                                 .sizes = {revoked.buf.size, of_root.buf.size},
                                 .count = 2};
}

static int check_with(struct sgw_trust *trust, const struct sgw_crl_list *crls,
                      enum sgw_revocation_status expected)
{
    const struct smimegw_cert *path[] = {the.leaf, the.ca, the.root};
    struct sgw_crl *hints;
    if (sgw_crl_hints_new(crls, &hints) < 0)
        return SMIMEGW_E_NOMEM;
    const struct sgw_revocation_query query = {
        .path = path, .count = 3, .hints = hints, .time = NOW};
    enum sgw_revocation_status status;
    int64_t until;
    int ret = sgw_revocation_check(sgw_trust_revocation(trust), &query, &status, &until);
    sgw_crl_hints_free(hints);
    if (ret == SMIMEGW_OK)
        assert_int_equal(status, expected);
    return ret;
}

static int check_store(struct sgw_trust *trust, struct smimegw_error **error)
{
    (void)error;
    return check_with(trust, NULL, SGW_REVOCATION_REVOKED);
}

static int check_message(struct sgw_trust *trust, struct smimegw_error **error)
{
    const struct sgw_crl_list crls = of_message();
    (void)error;
    return check_with(trust, &crls, SGW_REVOCATION_REVOKED);
}

static int judge(struct sgw_trust *trust, int rule, const struct sgw_crl_list *crls,
                 int expected, struct smimegw_error **error)
{
    const struct sgw_trust_query query = {.cert = the.leaf,
                                          .use = SMIMEGW_USE_SIGN,
                                          .crls = crls,
                                          .time = NOW,
                                          .revocation_rule = rule};
    struct sgw_trust_finding finding = {.reason = -1};
    int ret = sgw_trust_check(trust, &query, &finding, error);
    assert_int_equal(finding.reason, ret == SMIMEGW_OK ? expected : -1);
    return ret;
}

static int judge_by_store(struct sgw_trust *trust, struct smimegw_error **error)
{
    return judge(trust, SGW_REVOCATION_IF_AVAILABLE, NULL, SMIMEGW_REASON_CERT_REVOKED, error);
}

static int judge_by_message(struct sgw_trust *trust, struct smimegw_error **error)
{
    const struct sgw_crl_list crls = of_message();
    return judge(trust, SGW_REVOCATION_IF_AVAILABLE, &crls, SMIMEGW_REASON_CERT_REVOKED,
                 error);
}

static int judge_good(struct sgw_trust *trust, struct smimegw_error **error)
{
    return judge(trust, SGW_REVOCATION_REQUIRED, NULL, SMIMEGW_REASON_OK, error);
}

/* What is known before, and what the store says of the leaf after a failure and after a
 * success. */
static const struct operation {
    const char *name;
    int (*operate)(struct sgw_trust *trust, struct smimegw_error **error);
    const struct sgw_der_out *known[2];
    enum sgw_revocation_status before, after;
    int allocations; /* at least */
} operations[] = {
    {"add DER", add_der, {&good}, SGW_REVOCATION_GOOD, SGW_REVOCATION_REVOKED, 3},
    {"add PEM", add_pem, {&good}, SGW_REVOCATION_GOOD, SGW_REVOCATION_REVOKED, 8},
    {"add proven", add_proven, {&good}, SGW_REVOCATION_GOOD, SGW_REVOCATION_REVOKED, 8},
    {"add OCSP", add_response, {&good}, SGW_REVOCATION_GOOD, SGW_REVOCATION_REVOKED, 2},
    {"check OCSP",
     check_store,
     {&good, &response},
     SGW_REVOCATION_REVOKED,
     SGW_REVOCATION_REVOKED,
     1},
    {"check message", check_message, {&good}, SGW_REVOCATION_GOOD, SGW_REVOCATION_GOOD, 4},
    {"judge by store",
     judge_by_store,
     {&good, &response},
     SGW_REVOCATION_REVOKED,
     SGW_REVOCATION_REVOKED,
     1},
    {"judge by message",
     judge_by_message,
     {&good},
     SGW_REVOCATION_GOOD,
     SGW_REVOCATION_GOOD,
     4},
    {"judge good", judge_good, {&good, &of_root}, SGW_REVOCATION_GOOD, SGW_REVOCATION_GOOD, 1},
};

static struct sgw_trust *new_trust(const struct operation *operation)
{
    struct sgw_trust *trust = NULL;
    assert_int_equal(sgw_trust_new(&trust, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_trust_add(trust, SMIMEGW_TRUST_ANCHOR, the.root->der.data,
                                   the.root->der.size, NULL),
                     SMIMEGW_OK);
    assert_int_equal(sgw_trust_add(trust, SMIMEGW_TRUST_INTERMEDIATE, the.ca->der.data,
                                   the.ca->der.size, NULL),
                     SMIMEGW_OK);
    for (size_t i = 0; i < 2 && operation->known[i] != NULL; i++)
        assert_int_equal(sgw_revocation_add(sgw_trust_revocation(trust),
                                            operation->known[i]->buf.data,
                                            operation->known[i]->buf.size, NULL),
                         SMIMEGW_OK);
    return trust;
}

/* True when no allocation was left to fail. */
static bool run_once(const struct operation *operation, long successes)
{
    struct sgw_trust *trust = new_trust(operation);
    struct sgw_revocation *store = sgw_trust_revocation(trust);
    uint64_t generation = sgw_revocation_generation(store);
    struct smimegw_error *error = NULL;
    sgw_alloc_fail_after(successes);
    int ret = operation->operate(trust, &error);
    bool has_failed = sgw_alloc_has_failed();
    sgw_alloc_fail_after(-1);
    if (has_failed) {
        if (ret != SMIMEGW_E_NOMEM)
            fail_msg("%s, allocation %ld: %d", operation->name, successes, ret);
        /* asking about status has no words of its own */
        assert_true(error == NULL || smimegw_error_code(error) == SMIMEGW_E_NOMEM);
        assert_true(sgw_revocation_generation(store) == generation);
        assert_int_equal(ask(store), operation->before);
    }
    smimegw_error_free(error);
    error = NULL;
    if (operation->operate(trust, &error) != SMIMEGW_OK)
        fail_msg("%s, again after allocation %ld: %s", operation->name, successes,
                 smimegw_error_text(error));
    assert_int_equal(ask(store), operation->after);
    sgw_trust_free(trust);
    return !has_failed;
}

static void nothing_changes_without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        long count = 0;
        while (!run_once(&operations[i], count))
            count++;
        print_message("# %s: %ld allocations\n", operations[i].name, count);
        assert_true(count >= operations[i].allocations);
    }
}

/* What is no revocation data is told as what it is, or that memory is short: never as a list
 * that is malformed. */
static void words_stay_true_without_memory(void **state)
{
    (void)state;
    bool has_failed = true;
    for (long count = 0; has_failed; count++) {
        struct smimegw_error *error = NULL;
        struct sgw_revocation *store = new_store();
        sgw_alloc_fail_after(count);
        int ret = sgw_revocation_add(store, the.leaf->der.data, the.leaf->der.size, &error);
        has_failed = sgw_alloc_has_failed();
        sgw_alloc_fail_after(-1);
        const char *words = smimegw_error_text(error);
        bool is_true = ret == SMIMEGW_E_KEY && strstr(words, "a certificate") != NULL;
        bool is_short = has_failed && (ret == SMIMEGW_E_NOMEM || ret == SMIMEGW_E_KEY) &&
                        smimegw_error_code(error) == SMIMEGW_E_NOMEM;
        if (!is_true && !is_short)
            fail_msg("allocation %ld: %d, %s", count, ret, words);
        smimegw_error_free(error);
        sgw_revocation_free(store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_changes_without_memory),
                                       cmocka_unit_test(words_stay_true_without_memory)};
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
