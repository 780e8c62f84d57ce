/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signers whose certificates are in a store of the gateway, and eight threads that share it.
 */
#include "plan_support.h"
#include "store_villain.h"

#include <pthread.h>

static struct smimegw_buffer *sign(const char *key, const char *from)
{
    char text[256];
    struct smimegw_profile *profile = PROFILE("check-sender", "no");
    struct smimegw_identity *identity = load_identity(key);
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_gateway *gateway;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    /* a day on which all certificates of the tests are valid */
    assert_int_equal(smimegw_gateway_set(gateway, "time", "2024-06-01T00:00:00Z", NULL),
                     SMIMEGW_OK);
    snprintf(text, sizeof(text), "From: %s\r\n\r\nHello\r\n", from);
    struct smimegw_message *message = make_message(text, strlen(text));
    assert_int_equal(
        smimegw_sign(gateway, profile, message, identity, smimegw_buffer_write, out, NULL),
        SMIMEGW_OK);
    smimegw_message_free(message);
    smimegw_gateway_unref(gateway);
    smimegw_profile_unref(profile);
    smimegw_identity_unref(identity);
    return out;
}

/* The reason; ret_outcome may be NULL. */
static int verify(struct smimegw_gateway *gateway, const struct smimegw_buffer *made,
                  int *ret_outcome)
{
    struct smimegw_verdict *verdict;
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(made), smimegw_buffer_size(made));
    assert_int_equal(smimegw_verify(gateway, message, NULL, NULL, &verdict, NULL), SMIMEGW_OK);
    int reason = smimegw_verdict_reason(verdict);
    if (ret_outcome != NULL)
        *ret_outcome = smimegw_verdict_outcome(verdict);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    return reason;
}

static void add_file(struct smimegw_gateway *gateway, int kind, const char *name)
{
    struct smimegw_buffer *file = read_key_file(name);
    assert_int_equal(smimegw_gateway_add_certs(gateway, kind, smimegw_buffer_data(file),
                                               smimegw_buffer_size(file), NULL),
                     SMIMEGW_OK);
    smimegw_buffer_free(file);
}

static struct smimegw_store *make_store(const char *file, int kind, int grade)
{
    struct smimegw_store *store;
    struct smimegw_cert *cert = load_cert(file);
    struct smimegw_record record = key_record("key", cert);
    record.kind = kind;
    record.grade = grade;
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(
        smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_FORCE, NULL),
        SMIMEGW_OK);
    commit(transaction);
    smimegw_cert_unref(cert);
    return store;
}

/* What is in the store, what is added to the gateway, and what comes of mail. */
static const struct row {
    const char *stored;
    int kind;
    int grade;
    int trust; /* kind of trust; 0: nothing */
    const char *trusted;
    const char *signer;
    const char *from;
    int reason;
} rows[] = {
#define ADMIN SMIMEGW_RECORD_KEY, SMIMEGW_GRADE_ADMINISTRATOR
    {"self-signed.pem", ADMIN, 0, "", "self-signed-id.pem", "self-signed@example.com",
     SMIMEGW_REASON_OK},
    {"self-signed.pem", ADMIN, 0, "", "self-signed-id.pem", "other@example.com",
     SMIMEGW_REASON_FROM_MISMATCH},
    {"rsa2048.pem", ADMIN, 0, "", "rsa2048-id.pem", "rsa2048@example.com", SMIMEGW_REASON_OK},
    {"rsa2048.pem", ADMIN, 0, "", "self-signed-id.pem", "self-signed@example.com",
     SMIMEGW_REASON_CERT_UNTRUSTED},
    /* no administrator makes it valid */
    {"expired.pem", ADMIN, 0, "", "expired-id.pem", "expired@example.com",
     SMIMEGW_REASON_CERT_UNTRUSTED},
    {"expired.pem", ADMIN, SMIMEGW_TRUST_ANCHOR, "root.pem", "expired-id.pem",
     "expired@example.com", SMIMEGW_REASON_CERT_EXPIRED},
    {"self-signed.pem", ADMIN, SMIMEGW_TRUST_DENIED, "self-signed.pem", "self-signed-id.pem",
     "self-signed@example.com", SMIMEGW_REASON_CERT_DENIED},
    {"self-signed.pem", SMIMEGW_RECORD_KEY, SMIMEGW_GRADE_CHAIN, 0, "", "self-signed-id.pem",
     "self-signed@example.com", SMIMEGW_REASON_CERT_UNTRUSTED},
    {"self-signed.pem", SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_ADMINISTRATOR, 0, "",
     "self-signed-id.pem", "self-signed@example.com", SMIMEGW_REASON_CERT_UNTRUSTED},
    {"self-signed.pem", SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_HARVESTED, 0, "",
     "self-signed-id.pem", "self-signed@example.com", SMIMEGW_REASON_CERT_UNTRUSTED},
    /* a path that does not speak for domains, and the key that does */
    {"domain.pem", ADMIN, SMIMEGW_TRUST_ANCHOR, "root.pem", "domain-id.pem", "any@example.com",
     SMIMEGW_REASON_OK},
    {"rsa2048.pem", ADMIN, SMIMEGW_TRUST_ANCHOR, "root.pem", "domain-id.pem",
     "any@example.com", SMIMEGW_REASON_FROM_DOMAIN},
};

static void keys_of_administrators_are_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct smimegw_gateway *gateway;
        struct smimegw_store *store = make_store(row->stored, row->kind, row->grade);
        struct smimegw_buffer *made = sign(row->signer, row->from);
        assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
        if (row->trust != 0)
            add_file(gateway, row->trust, row->trusted);
        assert_int_equal(smimegw_gateway_add_store(gateway, store, NULL), SMIMEGW_OK);
        for (int again = 0; again < 2; again++) {
            int reason = verify(gateway, made, NULL);
            if (reason != row->reason)
                fail_msg("row %zu: %s", i, smimegw_reason_name(reason, NULL));
        }
        smimegw_buffer_free(made);
        smimegw_gateway_unref(gateway);
        smimegw_store_unref(store);
    }
}

/* Nothing is remembered. */
static void removed_keys_are_not_believed(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway;
    struct smimegw_store *store = make_store("self-signed.pem", ADMIN);
    struct smimegw_buffer *made = sign("self-signed-id.pem", "self-signed@example.com");
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_store(gateway, store, NULL), SMIMEGW_OK);
    for (int again = 0; again < 3; again++)
        assert_int_equal(verify(gateway, made, NULL), SMIMEGW_REASON_OK);
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "key", NULL),
                     SMIMEGW_OK);
    commit(transaction);
    assert_int_equal(verify(gateway, made, NULL), SMIMEGW_REASON_CERT_UNTRUSTED);
    smimegw_buffer_free(made);
    smimegw_gateway_unref(gateway);
    smimegw_store_unref(store);
}

/* Asked once, and only where it matters; its failure is temporary. */
static void failing_stores_decide_nothing(void **state)
{
    (void)state;
    for (int has_path = 0; has_path < 2; has_path++)
        for (int crime = NO_CRIME; crime <= TWICE; crime++) {
            struct villain villain;
            struct smimegw_gateway *gateway;
            int outcome;
            /* the store has this one */
            struct smimegw_buffer *made = sign("rsa2048-id.pem", "rsa2048@example.com");
            if (crime == NO_MEMORY)
                crime++;
            bool is_fine = has_path || crime == NO_CRIME || crime == OTHER_NAME;
            open_villain(&villain);
            assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
            if (has_path)
                add_file(gateway, SMIMEGW_TRUST_ANCHOR, "root.pem");
            assert_int_equal(smimegw_gateway_add_store(gateway, villain.store, NULL),
                             SMIMEGW_OK);
            villain.crime = (enum crime)crime;
            int reason = verify(gateway, made, &outcome);
            /* the second of two is not looked at any more */
            is_fine = is_fine || crime == TWICE;
            if (reason != (is_fine ? SMIMEGW_REASON_OK : SMIMEGW_REASON_CERT_LOOKUP))
                fail_msg("crime %d: %s", crime, smimegw_reason_name(reason, NULL));
            assert_int_equal(outcome,
                             is_fine ? SMIMEGW_OUTCOME_PASS : SMIMEGW_OUTCOME_TEMPERROR);
            assert_true(villain.calls <= 1);
            assert_true(!has_path || villain.calls == 0);
            villain.crime = NO_CRIME;
            smimegw_buffer_free(made);
            smimegw_gateway_unref(gateway);
            close_villain(&villain);
        }
}

/* What no administrator could help is refused for good, and no store is asked. */
static void hopeless_signers_cost_no_lookup(void **state)
{
    (void)state;
    for (int has_path = 0; has_path < 2; has_path++) {
        struct villain villain;
        struct smimegw_gateway *gateway;
        int outcome;
        struct smimegw_buffer *made = sign("expired-id.pem", "expired@example.com");
        open_villain(&villain);
        assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
        if (has_path)
            add_file(gateway, SMIMEGW_TRUST_ANCHOR, "root.pem");
        assert_int_equal(smimegw_gateway_add_store(gateway, villain.store, NULL), SMIMEGW_OK);
        villain.crime = BUSY;
        assert_int_equal(verify(gateway, made, &outcome), has_path
                                                              ? SMIMEGW_REASON_CERT_EXPIRED
                                                              : SMIMEGW_REASON_CERT_UNTRUSTED);
        assert_int_equal(outcome, SMIMEGW_OUTCOME_POLICY);
        assert_int_equal(villain.calls, 0);
        villain.crime = NO_CRIME;
        smimegw_buffer_free(made);
        smimegw_gateway_unref(gateway);
        close_villain(&villain);
    }
}

/* --- without a certificate -----------------------------------------------------------------
 */

/* Mail signed by the key of self-signed.pem, which is not in it. */
static int verify_bare(struct smimegw_store *store, const struct smimegw_buffer *made,
                       const char *operations)
{
    struct smimegw_gateway *gateway;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "public-operations", operations, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "time", "2026-12-01T00:00:00Z", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_store(gateway, store, NULL), SMIMEGW_OK);
    int reason = verify(gateway, made, NULL);
    smimegw_gateway_unref(gateway);
    return reason;
}

static void absent_certificates_are_looked_up(void **state)
{
    (void)state;
    static const struct {
        const char *stored;
        int kind;
        int grade;
        const char *operations;
        int reason;
    } bare_rows[] = {
        {"self-signed.pem", ADMIN, NULL, SMIMEGW_REASON_OK},
        {"rsa2048.pem", ADMIN, NULL, SMIMEGW_REASON_SIGNER_NOT_FOUND},
        {"self-signed.pem", SMIMEGW_RECORD_KEY, SMIMEGW_GRADE_CHAIN, NULL,
         SMIMEGW_REASON_SIGNER_NOT_FOUND},
        {"self-signed.pem", SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_ADMINISTRATOR, NULL,
         SMIMEGW_REASON_SIGNER_NOT_FOUND},
        /* a lookup, and a check of the signature */
        {"self-signed.pem", ADMIN, "1", SMIMEGW_REASON_LIMIT},
    };
    struct smimegw_buffer *made = read_key_file("../message/no-certificate.eml");
    for (size_t i = 0; i < sizeof(bare_rows) / sizeof(bare_rows[0]); i++) {
        struct smimegw_store *store =
            make_store(bare_rows[i].stored, bare_rows[i].kind, bare_rows[i].grade);
        int reason = verify_bare(store, made, bare_rows[i].operations);
        if (reason != bare_rows[i].reason)
            fail_msg("row %zu: %s", i, smimegw_reason_name(reason, NULL));
        smimegw_store_unref(store);
    }
    smimegw_buffer_free(made);
}

/* By the From, which another one can't borrow; once, and a failure is temporary. */
static void absent_certificates_may_be_unknown(void **state)
{
    (void)state;
    struct villain villain;
    struct smimegw_buffer *made = read_key_file("../message/no-certificate.eml");
    open_villain(&villain);
    for (int crime = NO_CRIME; crime <= BUSY; crime++) {
        villain.calls = 0;
        villain.crime = (enum crime)crime;
        assert_int_equal(verify_bare(villain.store, made, NULL), SMIMEGW_REASON_CERT_LOOKUP);
        assert_true(villain.calls <= 1);
    }
    villain.crime = NO_CRIME;
    close_villain(&villain);
    smimegw_buffer_free(made);
}

/* --- threads -------------------------------------------------------------------------------
 */

enum { THREADS = 8, ROUNDS = 25 };

struct shared {
    struct smimegw_gateway *gateway;
    struct smimegw_profile *profile;
    struct smimegw_store *store;
    const struct smimegw_buffer *made;
    int failures; /* atomic */
};

static bool send_one(struct shared *shared)
{
    struct scene scene = {.gateway = shared->gateway,
                          .profile = shared->profile,
                          .message = make_message(mail, strlen(mail))};
    struct smimegw_buffer *out = make_buffer();
    bool is_good =
        smimegw_plan_new(scene.gateway, scene.profile, scene.message, &scene.plan, NULL) ==
            SMIMEGW_OK &&
        smimegw_plan_add_recipient(scene.plan, "rsa2048@example.com", NULL, NULL) ==
            SMIMEGW_OK &&
        smimegw_plan_lookup(scene.plan, NULL) == SMIMEGW_OK &&
        smimegw_plan_decide(scene.plan, NULL) == SMIMEGW_OK &&
        smimegw_plan_recipient_outcome(scene.plan, 0, NULL, NULL) == SMIMEGW_PLAN_ENCRYPTED &&
        smimegw_plan_delivery_write(scene.plan, 0, smimegw_buffer_write, out, NULL) ==
            SMIMEGW_OK;
    smimegw_buffer_free(out);
    smimegw_plan_free(scene.plan);
    smimegw_message_free(scene.message);
    return is_good;
}

/* One of them changes the store all the time, and not the key that is looked for. */
static void *work(void *data)
{
    struct shared *shared = data;
    for (int i = 0; i < ROUNDS; i++) {
        struct smimegw_record record =
            text_record(SMIMEGW_RECORD_ALERT, "alert", "{\"of\":\"a thread\"}");
        put_now(shared->store, &record);
        if (!send_one(shared) ||
            verify(shared->gateway, shared->made, NULL) != SMIMEGW_REASON_OK)
            __atomic_fetch_add(&shared->failures, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void threads_share_stores(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct smimegw_buffer *made = sign("rsa2048-id.pem", "rsa2048@example.com");
    struct shared shared = {.store = make_store("rsa2048.pem", ADMIN),
                            .profile = PROFILE("mode", "encrypt"),
                            .made = made};
    assert_int_equal(smimegw_gateway_new(&shared.gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_store(shared.gateway, shared.store, NULL),
                     SMIMEGW_OK);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &shared), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(shared.failures, 0);
    smimegw_gateway_unref(shared.gateway);
    smimegw_profile_unref(shared.profile);
    smimegw_store_unref(shared.store);
    smimegw_buffer_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_administrators_are_believed),
        cmocka_unit_test(removed_keys_are_not_believed),
        cmocka_unit_test(failing_stores_decide_nothing),
        cmocka_unit_test(hopeless_signers_cost_no_lookup),
        cmocka_unit_test(absent_certificates_are_looked_up),
        cmocka_unit_test(absent_certificates_may_be_unknown),
        cmocka_unit_test(threads_share_stores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
