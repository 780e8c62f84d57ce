/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signed mail comes in, its signer's key goes into a store, and mail goes back encrypted with
 * it (C32, C39): by public calls only. */
#include <pthread.h>

#include "support.h"

#define ALICE "alice@example.com"
#define DAY_ONE "2026-06-01T00:00:00Z"
enum { AT_DAY_ONE = 1780272000 };

static const char mail[] = "From: Alice <alice@example.com>\r\n"
                           "To: rsa2048@example.com\r\n"
                           "Subject: hello\r\n\r\nhello\r\n";

static struct smimegw_gateway *make_dated_gateway(const char *time)
{
    struct smimegw_gateway *gateway = make_gateway();
    assert_int_equal(smimegw_gateway_set(gateway, "time", time, NULL), SMIMEGW_OK);
    return gateway;
}

static struct smimegw_policy *make_policy(void)
{
    struct smimegw_policy *policy;
    assert_int_equal(smimegw_policy_new(&policy, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_set(policy, "harvest", "on", NULL), SMIMEGW_OK);
    return policy;
}

/* Verdict of a message that an identity signed. */
static struct smimegw_verdict *sign_and_receive(struct smimegw_identity *identity,
                                                const char *time, const char *text)
{
    struct smimegw_gateway *gateway = make_dated_gateway(time);
    struct smimegw_message *message = make_message(text, strlen(text));
    struct smimegw_buffer *wire = make_buffer();
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_sign(gateway, NULL, message, identity, smimegw_buffer_write, wire, &error) !=
        SMIMEGW_OK)
        fail_msg("sign: %s", smimegw_error_text(error));
    smimegw_gateway_unref(gateway);
    gateway = make_dated_gateway(DAY_ONE);
    smimegw_message_free(message);
    message = make_message(smimegw_buffer_data(wire), smimegw_buffer_size(wire));
    struct smimegw_buffer *out = make_buffer();
    assert_int_equal(smimegw_receive(gateway, NULL, message, NULL, 0, smimegw_buffer_write,
                                     out, &verdict, NULL),
                     SMIMEGW_OK);
    smimegw_message_free(message);
    smimegw_buffer_free(wire);
    smimegw_buffer_free(out);
    smimegw_gateway_unref(gateway);
    return verdict;
}

static int take(struct smimegw_harvester *harvester, const struct smimegw_verdict *verdict,
                int *ret_reason)
{
    struct smimegw_harvest *harvest;
    struct smimegw_buffer *json;
    struct smimegw_policy *policy = make_policy();
    assert_int_equal(
        smimegw_harvester_take(harvester, policy, verdict, NULL, AT_DAY_ONE, &harvest, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_harvest_count(harvest), 1);
    int outcome = smimegw_harvest_outcome(harvest, 0, ret_reason);
    assert_int_equal(smimegw_harvest_outcome(harvest, 1, NULL), 0);
    assert_int_equal(smimegw_harvest_json(harvest, &json, NULL), SMIMEGW_OK);
    assert_non_null(strstr(smimegw_buffer_data(json), smimegw_harvest_outcome_name(outcome)));
    smimegw_buffer_free(json);
    smimegw_harvest_free(harvest);
    smimegw_policy_unref(policy);
    return outcome;
}

/* --- what is found for an address ----------------------------------------------------------
 */

struct found {
    int count;
    int grade;
    size_t capabilities_size;
    struct smimegw_cert *cert;
};

static int note(void *userdata, const struct smimegw_record *record)
{
    struct found *found = userdata;
    found->count++;
    found->grade = record->grade;
    found->capabilities_size = record->capabilities_size;
    smimegw_cert_unref(found->cert);
    return smimegw_cert_new(record->data, record->data_size, &found->cert, NULL);
}

static struct found find(struct smimegw_store *store, const char *address)
{
    struct found found = {0};
    struct smimegw_transaction *transaction;
    assert_int_equal(
        smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_transaction_find(transaction, &address, 1, note, &found, NULL),
                     SMIMEGW_OK);
    smimegw_transaction_rollback(transaction);
    return found;
}

static void make_both(struct smimegw_store **ret_store,
                      struct smimegw_harvester **ret_harvester)
{
    assert_int_equal(smimegw_store_new_memory(ret_store, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_harvester_new(*ret_store, ret_harvester, NULL), SMIMEGW_OK);
}

/* --- tests ---------------------------------------------------------------------------------
 */

static void c39_mail_goes_back(void **state)
{
    (void)state;
    static const char reply[] =
        "From: rsa2048@example.com\r\nTo: alice@example.com\r\n\r\nhi\r\n";
    int reason = 0;
    struct smimegw_store *store;
    struct smimegw_harvester *harvester;
    make_both(&store, &harvester);
    struct smimegw_identity *alice = load_identity("alice-id.pem");
    struct smimegw_verdict *verdict = sign_and_receive(alice, DAY_ONE, mail);
    assert_int_equal(smimegw_verdict_outcome(verdict), SMIMEGW_OUTCOME_PASS);
    assert_int_equal(take(harvester, verdict, &reason), SMIMEGW_HARVEST_STORED);
    assert_int_equal(take(harvester, verdict, &reason), SMIMEGW_HARVEST_KNOWN);
    struct found found = find(store, ALICE);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.grade, SMIMEGW_GRADE_CHAIN);
    assert_true(found.capabilities_size > 0);
    struct smimegw_message *message = make_message(reply, strlen(reply));
    struct smimegw_buffer *wire = make_buffer();
    struct smimegw_buffer *opened = make_buffer();
    assert_int_equal(
        smimegw_encrypt(NULL, NULL, message, &found.cert, 1, smimegw_buffer_write, wire, NULL),
        SMIMEGW_OK);
    smimegw_message_free(message);
    message = make_message(smimegw_buffer_data(wire), smimegw_buffer_size(wire));
    assert_int_equal(
        smimegw_decrypt(NULL, message, &alice, 1, smimegw_buffer_write, opened, NULL, NULL),
        SMIMEGW_OK);
    assert_non_null(strstr(smimegw_buffer_data(opened), "hi\r\n"));
    smimegw_message_free(message);
    smimegw_buffer_free(wire);
    smimegw_buffer_free(opened);
    smimegw_cert_unref(found.cert);
    smimegw_verdict_unref(verdict);
    smimegw_identity_unref(alice);
    smimegw_harvester_unref(harvester);
    smimegw_store_unref(store);
}

/* As real mail tells them. */
static void real_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *signed_at;
        const char *address;
        int reason;
    } rows[] = {
        {"expired-id.pem", "2024-06-01T00:00:00Z", "expired@example.com",
         SMIMEGW_HARVEST_NOT_PASSED},
        {"self-signed-id.pem", DAY_ONE, "self-signed@example.com", SMIMEGW_HARVEST_NOT_PASSED},
        {"ed25519-id.pem", DAY_ONE, "ed25519@example.com", SMIMEGW_HARVEST_WEAK}};
    struct smimegw_store *store;
    struct smimegw_harvester *harvester;
    make_both(&store, &harvester);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        int reason = 0;
        struct smimegw_identity *identity = load_identity(rows[i].key);
        snprintf(text, sizeof(text), "From: %s\r\n\r\nhello\r\n", rows[i].address);
        struct smimegw_verdict *verdict = sign_and_receive(identity, rows[i].signed_at, text);
        if (take(harvester, verdict, &reason) != SMIMEGW_HARVEST_REFUSED ||
            reason != rows[i].reason)
            fail_msg("%s: %s", rows[i].key, smimegw_harvest_reason_name(reason, NULL));
        smimegw_verdict_unref(verdict);
        smimegw_identity_unref(identity);
    }
    smimegw_harvester_unref(harvester);
    smimegw_store_unref(store);
}

/* --- a store that fails --------------------------------------------------------------------
 */

static int begin_busy(void *userdata, int mode, void **ret_session)
{
    (void)userdata;
    (void)mode;
    (void)ret_session;
    return SMIMEGW_STORE_BUSY;
}

static int never(void)
{
    fail_msg("a function of a store without a session");
    return 0;
}

static int end(void *u, void *s, int c)
{
    (void)u;
    (void)s;
    (void)c;
    return never();
}
static int get(void *u, void *s, int k, const char *n, smimegw_record_fn t, void *d)
{
    (void)u;
    (void)s;
    (void)k;
    (void)n;
    (void)t;
    (void)d;
    return never();
}
static int find_none(void *u, void *s, const char *const *l, size_t c, smimegw_record_fn t,
                     void *d)
{
    (void)u;
    (void)s;
    (void)l;
    (void)c;
    (void)t;
    (void)d;
    return never();
}
static int oldest(void *u, void *s, int k, smimegw_record_fn t, void *d)
{
    (void)u;
    (void)s;
    (void)k;
    (void)t;
    (void)d;
    return never();
}
static int put(void *u, void *s, const struct smimegw_record *r)
{
    (void)u;
    (void)s;
    (void)r;
    return never();
}
static int remove_none(void *u, void *s, int k, const char *n)
{
    (void)u;
    (void)s;
    (void)k;
    (void)n;
    return never();
}
static int touch(void *u, void *s, int k, const char *const *n, size_t c, int64_t t)
{
    (void)u;
    (void)s;
    (void)k;
    (void)n;
    (void)c;
    (void)t;
    return never();
}
static int measure(void *u, void *s, int k, int64_t *c, int64_t *b)
{
    (void)u;
    (void)s;
    (void)k;
    (void)c;
    (void)b;
    return never();
}

static void busy_store_is_temporary(void **state)
{
    (void)state;
    const struct smimegw_store_functions functions = {.size = sizeof(functions),
                                                      .begin = begin_busy,
                                                      .end = end,
                                                      .get = get,
                                                      .find = find_none,
                                                      .each = get,
                                                      .oldest = oldest,
                                                      .put = put,
                                                      .remove = remove_none,
                                                      .touch = touch,
                                                      .measure = measure};
    struct smimegw_store *store;
    struct smimegw_harvester *harvester;
    struct smimegw_harvest *harvest = NULL;
    struct smimegw_policy *policy = make_policy();
    assert_int_equal(smimegw_store_new(&functions, NULL, &store, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_harvester_new(store, &harvester, NULL), SMIMEGW_OK);
    struct smimegw_identity *alice = load_identity("alice-id.pem");
    struct smimegw_verdict *verdict = sign_and_receive(alice, DAY_ONE, mail);
    assert_int_equal(
        smimegw_harvester_take(harvester, policy, verdict, NULL, AT_DAY_ONE, &harvest, NULL),
        SMIMEGW_E_STORE);
    assert_null(harvest);
    /* where nothing is to be kept it is not even asked */
    assert_int_equal(
        smimegw_harvester_take(harvester, NULL, verdict, NULL, AT_DAY_ONE, &harvest, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_harvest_outcome(harvest, 0, NULL), SMIMEGW_HARVEST_OFF);
    smimegw_harvest_free(harvest);
    smimegw_verdict_unref(verdict);
    smimegw_identity_unref(alice);
    smimegw_policy_unref(policy);
    smimegw_harvester_unref(harvester);
    smimegw_store_unref(store);
}

/* --- several at once -----------------------------------------------------------------------
 */

enum { THREADS = 4, ROUNDS = 100 };
static const char *const names[THREADS] = {"alice", "rsa2048", "p256", "p384"};

struct worker {
    struct smimegw_harvester *harvester;
    struct smimegw_verdict *verdict;
    struct smimegw_policy *policy;
    int failures;
};

static void *work(void *data)
{
    struct worker *worker = data;
    for (int i = 0; i < ROUNDS; i++)
        worker->failures +=
            smimegw_harvester_take(worker->harvester, worker->policy, worker->verdict, NULL,
                                   AT_DAY_ONE, NULL, NULL) != SMIMEGW_OK;
    return NULL;
}

static void two_harvesters_on_one_store(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    struct smimegw_store *store;
    struct smimegw_harvester *harvesters[2];
    struct smimegw_policy *policy = make_policy();
    make_both(&store, &harvesters[0]);
    assert_int_equal(smimegw_harvester_new(store, &harvesters[1], NULL), SMIMEGW_OK);
    for (int i = 0; i < THREADS; i++) {
        char file[64];
        char text[256];
        snprintf(file, sizeof(file), "%s-id.pem", names[i]);
        snprintf(text, sizeof(text), "From: %s@example.com\r\n\r\nhello\r\n", names[i]);
        struct smimegw_identity *identity = load_identity(file);
        workers[i] = (struct worker){harvesters[i % 2],
                                     sign_and_receive(identity, DAY_ONE, text), policy, 0};
        smimegw_identity_unref(identity);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        char address[64];
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].failures, 0);
        snprintf(address, sizeof(address), "%s@example.com", names[i]);
        struct found found = find(store, address);
        assert_int_equal(found.count, 1);
        smimegw_cert_unref(found.cert);
        smimegw_verdict_unref(workers[i].verdict);
    }
    smimegw_policy_unref(policy);
    for (int i = 0; i < 2; i++)
        smimegw_harvester_unref(harvesters[i]);
    smimegw_store_unref(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c39_mail_goes_back),
        cmocka_unit_test(real_refusals),
        cmocka_unit_test(busy_store_is_temporary),
        cmocka_unit_test(two_harvesters_on_one_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
