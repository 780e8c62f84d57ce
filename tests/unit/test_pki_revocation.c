/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gnutls/crypto.h>
#include <pthread.h>
#include <time.h>

#include "status_scene.h"

static enum sgw_revocation_status ask_response(const struct answer_recipe *recipe)
{
    struct sgw_revocation *store = new_store();
    add(store, make_response(recipe));
    enum sgw_revocation_status status = ask(store);
    assert_int_equal(ask(store), status);
    sgw_revocation_free(store);
    return status;
}
#define ANSWERS(recipe, status)                                                               \
    assert_int_equal(ask_response(&(recipe)), SGW_REVOCATION_##status)

static void responses(void **state)
{
    (void)state;
    const struct answer_recipe good = {.cert = the.leaf,
                                       .issuer = the.ca,
                                       .this_update = NOW - HOUR,
                                       .next_update = NOW + HOUR,
                                       .signing = {.key = the.ca_key}};
    struct answer_recipe answer = good;
    ANSWERS(answer, GOOD);
    answer.hash = SGW_HASH_SHA256;
    ANSWERS(answer, GOOD);
    answer.status = ANSWER_REVOKED;
    ANSWERS(answer, REVOKED);
    answer.status = ANSWER_UNKNOWN;
    ANSWERS(answer, UNKNOWN);
    answer = good;
    answer.cert = the.second;
    ANSWERS(answer, UNKNOWN);
    answer = good;
    answer.issuer = the.root; /* same serial number, another issuer */
    answer.signing.key = the.ca_key;
    ANSWERS(answer, UNKNOWN);
    answer = good;
    answer.this_update = NOW + HOUR;
    answer.next_update = NOW + 2 * HOUR;
    ANSWERS(answer, UNKNOWN);
    answer.this_update = NOW + 60; /* a clock that is ahead */
    ANSWERS(answer, GOOD);
    answer = good;
    answer.next_update = NOW - 1;
    ANSWERS(answer, UNKNOWN);
    answer.next_update = 0;
    ANSWERS(answer, GOOD);
    answer.this_update = NOW - 25 * HOUR;
    ANSWERS(answer, UNKNOWN);
    answer = good;
    answer.signing.key = the.other_key; /* a stranger */
    ANSWERS(answer, UNKNOWN);
    answer.responder = the.stranger;
    ANSWERS(answer, UNKNOWN);
    answer.responder = the.responder;
    ANSWERS(answer, GOOD);
    answer.responder = the.no_purpose;
    ANSWERS(answer, UNKNOWN);
    answer.responder = the.expired;
    ANSWERS(answer, UNKNOWN);
}

static void revoked_wins(void **state)
{
    (void)state;
    struct list_recipe list = good_list();
    struct answer_recipe answer = {.cert = the.leaf,
                                   .issuer = the.ca,
                                   .this_update = NOW - HOUR,
                                   .next_update = NOW + HOUR,
                                   .signing = {.key = the.ca_key}};
    for (int i = 0; i < 2; i++) {
        struct sgw_revocation *store = new_store();
        list.revoked = i == 0 ? the.leaf : NULL;
        answer.status = i == 0 ? ANSWER_GOOD : ANSWER_REVOKED;
        add(store, make_list(&list));
        add(store, make_response(&answer));
        assert_int_equal(ask(store), SGW_REVOCATION_REVOKED);
        sgw_revocation_free(store);
    }
}

static int judge(struct sgw_trust *trust, int64_t operations)
{
    struct sgw_cert_list bag = {0};
    struct sgw_trust_finding finding = {.reason = -1};
    const struct sgw_trust_query query = {.cert = the.leaf,
                                          .use = SMIMEGW_USE_SIGN,
                                          .candidates = &bag,
                                          .time = NOW,
                                          .revocation_rule = SGW_REVOCATION_IF_AVAILABLE,
                                          .operations = &operations};
    sgw_cert_list_add(&bag, the.ca);
    assert_int_equal(sgw_trust_check(trust, &query, &finding, NULL), SMIMEGW_OK);
    sgw_cert_list_clear(&bag);
    return finding.reason;
}

/* Where the work that is left does not reach for the newest list, the older one that is proven
 * does not count, and nothing is remembered. */
static void work_ends(void **state)
{
    (void)state;
    struct sgw_trust *trust = NULL;
    struct list_recipe list = good_list();
    assert_int_equal(sgw_trust_new(&trust, NULL), SMIMEGW_OK);
    struct sgw_revocation *store = sgw_trust_revocation(trust);
    assert_int_equal(sgw_trust_add(trust, SMIMEGW_TRUST_ANCHOR, the.root->der.data,
                                   the.root->der.size, NULL),
                     SMIMEGW_OK);
    assert_int_equal(judge(trust, 2), SMIMEGW_REASON_LIMIT);
    assert_int_equal(judge(trust, 3), SMIMEGW_REASON_OK);
    add(store, make_list(&list));
    assert_int_equal(judge(trust, 3), SMIMEGW_REASON_LIMIT);
    assert_int_equal(judge(trust, 4), SMIMEGW_REASON_OK);
    list.this_update += 60;
    list.revoked = the.leaf;
    add(store, make_list(&list));
    for (int i = 0; i < 2; i++)
        assert_int_equal(judge(trust, 3), SMIMEGW_REASON_LIMIT);
    assert_int_equal(judge(trust, 4), SMIMEGW_REASON_CERT_REVOKED);
    assert_int_equal(judge(trust, 3), SMIMEGW_REASON_CERT_REVOKED);
    sgw_trust_free(trust);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void large(void **state)
{
    (void)state;
    struct list_recipe list = good_list();
    list.others = 200000;
    list.revoked = the.leaf;
    struct sgw_der_out out = make_list(&list);
    struct sgw_revocation *store = new_store();
    double start = seconds();
    print_message("# %zu bytes\n", out.buf.size);
    add(store, out);
    double added = seconds();
    assert_int_equal(ask(store), SGW_REVOCATION_REVOKED);
    double first = seconds();
    assert_int_equal(ask(store), SGW_REVOCATION_REVOKED);
    double again = seconds();
    print_message("# add %.3f s, first %.3f s, again %.6f s\n", added - start, first - added,
                  again - first);
    sgw_revocation_free(store);
}

/* One serial number over and over: work must not grow with the square. */
static void repeated(void **state)
{
    (void)state;
    for (int count = 10000; count <= 40000; count *= 2) {
        struct list_recipe list = good_list();
        list.repeated = count;
        struct sgw_der_out out = make_list(&list);
        struct sgw_revocation *store = new_store();
        double start = seconds();
        add(store, out);
        print_message("# %d times: %.3f s\n", count, seconds() - start);
        assert_true(seconds() - start < 1.0 || getenv("SMIMEGW_SLOW") != NULL);
        sgw_revocation_free(store);
    }
}

/* Forged lists, as large as may be, must not push a good one out. */
enum { FILLER_SIZE = 16 << 20 };
static void flood(void **state)
{
    (void)state;
    struct list_recipe list = good_list();
    list.revoked = the.leaf;
    struct sgw_revocation *store = new_store();
    add(store, make_list(&list));
    assert_int_equal(ask(store), SGW_REVOCATION_REVOKED);
    struct list_recipe forged = good_list();
    forged.issuer = the.stranger;
    forged.signing.key = the.leaf_key;
    uint8_t *filler = calloc(1, FILLER_SIZE);
    for (int i = 0; i < 8; i++) {
        forged.this_update += 1;
        struct sgw_der_out odd = {0};
        uint8_t scope[] = {0x30,
                           0x0b,
                           0xa0,
                           0x09,
                           0xa0,
                           0x07,
                           0x86,
                           5,
                           'h',
                           't',
                           't',
                           'p',
                           (uint8_t)('a' + i)};
        put_list_extension(&odd, 28, true, scope, sizeof(scope));
        put_list_extension(&odd, 99, false, filler, FILLER_SIZE);
        forged.extension = odd.buf.data;
        forged.extension_size = odd.buf.size;
        struct sgw_der_out out = make_list(&forged);
        assert_int_equal(sgw_revocation_add(store, out.buf.data, out.buf.size, NULL),
                         SMIMEGW_OK);
        sgw_out_clear(&out);
        sgw_out_clear(&odd);
    }
    assert_int_equal(ask(store), SGW_REVOCATION_REVOKED);
    free(filler);
    for (int i = 0; i < (getenv("SMIMEGW_SLOW") != NULL ? 520 : 1100); i++) {
        struct sgw_der_out odd = {0};
        uint8_t scope[] = {0x30,
                           0x0b,
                           0xa0,
                           0x09,
                           0xa0,
                           0x07,
                           0x86,
                           5,
                           'h',
                           't',
                           't',
                           (uint8_t)('a' + i / 26 % 26),
                           (uint8_t)('a' + i % 26)};
        scope[10] = (uint8_t)('a' + i / 676);
        put_list_extension(&odd, 28, true, scope, sizeof(scope));
        forged.extension = odd.buf.data;
        forged.extension_size = odd.buf.size;
        add(store, make_list(&forged));
        sgw_out_clear(&odd);
    }
    assert_int_equal(ask(store), SGW_REVOCATION_REVOKED);
    sgw_revocation_free(store);
}

/* German CAs sign with RSASSA-PSS. */
static void expect_words(struct sgw_revocation *store, const void *data, size_t size,
                         const char *part)
{
    struct smimegw_error *error = NULL;
    uint64_t generation = sgw_revocation_generation(store);
    assert_int_equal(sgw_revocation_add(store, data, size, &error), SMIMEGW_E_KEY);
    assert_int_equal(sgw_revocation_generation(store), generation);
    if (strstr(smimegw_error_text(error), part) == NULL)
        fail_msg("%s: not in: %s", part, smimegw_error_text(error));
    smimegw_error_free(error);
}

static void words(void **state)
{
    (void)state;
    static const char *const files[][2] = {{"alice.pem", "a certificate"},
                                           {"alice-key.pem", "a private key"},
                                           {"p256.p12", "PKCS#12"}};
    struct sgw_revocation *store = new_store();
    for (size_t i = 0; i < 3; i++) {
        struct file file = read_key_file(files[i][0]);
        expect_words(store, file.data, file.size, files[i][1]);
        free(file.data);
    }
    expect_words(store, the.leaf->der.data, the.leaf->der.size, "a certificate");
    expect_words(store, "\x30\x03\x0a\x01\x06", 5, "refuses to answer");
    expect_words(store, "", 0, "empty");
    sgw_revocation_free(store);
}

/* Every prefix and every flipped bit: no crash, and nothing but the truth. */
static void damaged(void **state)
{
    (void)state;
    struct list_recipe list = good_list();
    struct answer_recipe answer = {.cert = the.leaf,
                                   .issuer = the.ca,
                                   .this_update = NOW - HOUR,
                                   .next_update = NOW + HOUR,
                                   .signing = {.key = the.other_key},
                                   .responder = the.responder};
    struct sgw_der_out inputs[] = {make_list(&list), make_response(&answer)};
    size_t step = getenv("SMIMEGW_SLOW") != NULL ? 13 : 1;
    for (size_t k = 0; k < 2; k++) {
        for (size_t size = 0; size < inputs[k].buf.size; size++) {
            struct sgw_revocation *store = new_store();
            uint8_t *copy = malloc(size + 1);
            memcpy(copy, inputs[k].buf.data, size);
            assert_int_not_equal(sgw_revocation_add(store, copy, size, NULL), SMIMEGW_OK);
            free(copy);
            sgw_revocation_free(store);
        }
        for (size_t at = 0; at < inputs[k].buf.size * 8; at += step) {
            struct sgw_revocation *store = new_store();
            uint8_t *copy = malloc(inputs[k].buf.size);
            memcpy(copy, inputs[k].buf.data, inputs[k].buf.size);
            copy[at / 8] ^= (uint8_t)(1U << at % 8);
            sgw_revocation_add(store, copy, inputs[k].buf.size, NULL);
            if (ask(store) != SGW_REVOCATION_UNKNOWN)
                fail_msg("input %zu bit %zu: still answers", k, at);
            free(copy);
            sgw_revocation_free(store);
        }
        sgw_out_clear(&inputs[k]);
    }
}

static struct sgw_revocation *shared;
static void *worker(void *argument)
{
    int number = *(int *)argument;
    for (int i = 0; i < 60; i++) {
        struct list_recipe list = good_list();
        list.revoked = the.leaf;
        list.this_update += number * 60 + i;
        struct sgw_der_out out = make_list(&list);
        if (sgw_revocation_add(shared, out.buf.data, out.buf.size, NULL) != SMIMEGW_OK)
            return argument;
        sgw_out_clear(&out);
        sgw_revocation_generation(shared);
        if (ask(shared) != SGW_REVOCATION_REVOKED)
            return argument;
    }
    return NULL;
}

static void threads(void **state)
{
    (void)state;
    pthread_t handles[4];
    int numbers[4] = {0, 1, 2, 3};
    shared = new_store();
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&handles[i], NULL, worker, &numbers[i]), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(handles[i], &result);
        assert_null(result);
    }
    sgw_revocation_free(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses), cmocka_unit_test(revoked_wins),
        cmocka_unit_test(work_ends), cmocka_unit_test(large),
        cmocka_unit_test(repeated),  cmocka_unit_test(flood),
        cmocka_unit_test(words),     cmocka_unit_test(damaged),
        cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
