/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One gateway, one keyring, the same profiles, policies and identities in eight threads that
 * plan, write, receive, verify and decrypt, while another adds what is known of revoked
 * certificates. Nothing was used before: the threads freeze it all. Run under ThreadSanitizer,
 * too (tools/check). */
#include <pthread.h>
#include <stdbool.h>

#include "crl_maker.h"

#define NOW_TEXT "2026-06-01T00:00:00Z"
#define BODY "for you\r\n"
enum { NOW = 1780272000, HOUR = 3600, WORKERS = 8, ROUNDS = 12, LISTS = 60, SETTINGS = 6 };

static struct way {
    const char *settings[SETTINGS];
    size_t copies; /* for one with a key and one without */
    struct smimegw_profile *profile;
} ways[] = {
    {{"mode", "sign"}, 1, NULL},
    {{"mode", "sign", "sign-form", "opaque"}, 1, NULL},
    {{"mode", "encrypt", "missing-key", "split"}, 2, NULL},
    {{"mode", "sign-encrypt", "missing-key", "split"}, 2, NULL},
    {{"mode", "triple", "missing-key", "split", "sign-form", "opaque"}, 2, NULL},
    {{"mode", "sign-encrypt", "missing-key", "bounce"}, 0, NULL},
    {{"mode", "sign-encrypt", "missing-key", "drop"}, 0, NULL},
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static struct smimegw_gateway *gateway;
static struct smimegw_keyring *keyring;
static struct smimegw_policy *policies[2]; /* keep; remove, with a field */
static struct smimegw_identity *sender;
static struct smimegw_identity *revoked;
static struct smimegw_identity *reader;
static struct bytes lists[LISTS];
static int is_over;

struct worker {
    char text[300]; /* what went wrong first */
    int copies;
    int verdicts;
};

/* No assertion of cmocka may leave a thread. */
static bool note(struct worker *worker, const char *what, int ret, struct smimegw_error *error)
{
    if (worker->text[0] == '\0')
        snprintf(worker->text, sizeof(worker->text), "%s: %s, %s", what,
                 smimegw_result_name(ret), smimegw_error_text(error));
    return false;
}

/* --- fixture -------------------------------------------------------------------------------
 */

static void make_lists(void)
{
    X509 *ca = read_x509("intermediate");
    X509 *cert = read_x509("rsa2048");
    EVP_PKEY *key = read_private_key("intermediate");
    for (int i = 0; i < LISTS; i++)
        lists[i] = make_crl(ca, key, &cert, 1, NOW - HOUR + i, NOW + HOUR);
    EVP_PKEY_free(key);
    X509_free(cert);
    X509_free(ca);
}

static void make_profiles(void)
{
    for (size_t i = 0; i < WAYS; i++) {
        const char *const *setting = ways[i].settings;
        assert_int_equal(smimegw_profile_new(&ways[i].profile, NULL), SMIMEGW_OK);
        for (; setting < ways[i].settings + SETTINGS && *setting != NULL; setting += 2)
            assert_int_equal(
                smimegw_profile_set(ways[i].profile, setting[0], setting[1], NULL),
                SMIMEGW_OK);
    }
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(smimegw_policy_new(&policies[i], NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_set(policies[1], "signature", "remove", NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_set(policies[1], "authserv-id", "mx.example.com", NULL),
                     SMIMEGW_OK);
}

static int set_up(void **state)
{
    (void)state;
    make_lists();
    make_profiles();
    gateway = make_gateway();
    assert_int_equal(smimegw_gateway_set(gateway, "time", NOW_TEXT, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "revocation", "if-available", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "spool-memory", "4K", NULL), SMIMEGW_OK);
    assert_int_equal(
        smimegw_gateway_add_revocation(gateway, lists[0].data, (size_t)lists[0].size, NULL),
        SMIMEGW_OK);
    sender = load_identity("p256-id.pem");
    revoked = load_identity("rsa2048-id.pem");
    reader = load_identity("p384-id.pem");
    assert_int_equal(smimegw_keyring_new(&keyring, NULL), SMIMEGW_OK);
    assert_int_equal(
        smimegw_keyring_add(keyring, "reader", NULL, smimegw_identity_cert(reader), 0, NULL),
        SMIMEGW_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++)
        smimegw_profile_unref(ways[i].profile);
    for (size_t i = 0; i < 2; i++)
        smimegw_policy_unref(policies[i]);
    for (int i = 0; i < LISTS; i++)
        OPENSSL_free(lists[i].data);
    smimegw_keyring_free(keyring);
    smimegw_identity_unref(sender);
    smimegw_identity_unref(revoked);
    smimegw_identity_unref(reader);
    smimegw_gateway_unref(gateway);
    return 0;
}

/* --- receiving -----------------------------------------------------------------------------
 */

struct reading {
    struct smimegw_message *message;
    struct smimegw_buffer *out;
    struct smimegw_verdict *verdict;
};

static bool receive(struct worker *worker, const struct smimegw_buffer *copy,
                    struct smimegw_policy *policy, struct reading *reading)
{
    struct smimegw_error *error = NULL;
    int ret = smimegw_buffer_new(0, &reading->out, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_message_new_memory(gateway, smimegw_buffer_data(copy),
                                         smimegw_buffer_size(copy), &reading->message, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_receive(gateway, policy, reading->message, &reader, 1,
                              smimegw_buffer_write, reading->out, &reading->verdict, &error);
    if (ret != SMIMEGW_OK)
        note(worker, "receive", ret, error);
    smimegw_error_free(error);
    worker->verdicts++;
    return ret == SMIMEGW_OK;
}

static void end_reading(struct reading *reading)
{
    smimegw_verdict_unref(reading->verdict);
    smimegw_message_free(reading->message);
    smimegw_buffer_free(reading->out);
}

static bool ends_with(const struct smimegw_buffer *bytes, const char *text)
{
    size_t size = strlen(text);
    return smimegw_buffer_size(bytes) > size &&
           memcmp((const char *)smimegw_buffer_data(bytes) + smimegw_buffer_size(bytes) - size,
                  text, size) == 0;
}

/* The verdict that a signer must get, and the body only for a good one. */
static bool check_receive(struct worker *worker, const struct smimegw_buffer *copy,
                          bool is_signed, bool is_good)
{
    bool good = true;
    for (size_t i = 0; good && i < 2; i++) {
        struct reading reading = {0};
        good = receive(worker, copy, policies[i], &reading);
        int reason = smimegw_verdict_reason(reading.verdict);
        if (good && smimegw_verdict_is_gateway_verified(reading.verdict) != is_good)
            good = note(worker, smimegw_reason_name(reason, NULL), 0, NULL);
        if (good && is_signed && is_good != (reason == SMIMEGW_REASON_OK))
            good = note(worker, smimegw_reason_name(reason, NULL), 0, NULL);
        if (good && !is_good && reason != SMIMEGW_REASON_CERT_REVOKED)
            good = note(worker, "a revoked signer", reason, NULL);
        if (good && i == 1 && is_good != ends_with(reading.out, "\r\n\r\n" BODY))
            good = note(worker, "body", 0, NULL);
        end_reading(&reading);
    }
    return good;
}

static bool check_entity_call(struct worker *worker, const struct smimegw_buffer *copy,
                              bool is_encrypted)
{
    struct reading reading = {0};
    struct smimegw_error *error = NULL;
    int ret = smimegw_buffer_new(0, &reading.out, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_message_new_memory(gateway, smimegw_buffer_data(copy),
                                         smimegw_buffer_size(copy), &reading.message, &error);
    if (ret == SMIMEGW_OK && is_encrypted)
        ret = smimegw_decrypt(gateway, reading.message, &reader, 1, smimegw_buffer_write,
                              reading.out, &reading.verdict, &error);
    else if (ret == SMIMEGW_OK)
        ret = smimegw_verify(gateway, reading.message, smimegw_buffer_write, reading.out,
                             &reading.verdict, &error);
    if (ret != SMIMEGW_OK)
        note(worker, is_encrypted ? "decrypt" : "verify", ret, error);
    smimegw_error_free(error);
    end_reading(&reading);
    return ret == SMIMEGW_OK;
}

/* --- sending -------------------------------------------------------------------------------
 */

static bool fill_plan(struct worker *worker, struct smimegw_plan *plan,
                      struct smimegw_identity *identity)
{
    struct smimegw_error *error = NULL;
    int ret = smimegw_plan_set_identity(plan, identity, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_plan_add_recipient(plan, "p384@example.com", NULL, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_plan_add_recipient(plan, "dave@example.net", NULL, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_plan_use_keyring(plan, keyring, SMIMEGW_SUPPLY_REST_NONE, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_plan_decide(plan, &error);
    if (ret != SMIMEGW_OK)
        note(worker, "plan", ret, error);
    smimegw_error_free(error);
    return ret == SMIMEGW_OK;
}

static bool check_copy(struct worker *worker, struct smimegw_plan *plan, size_t delivery,
                       bool is_good)
{
    struct smimegw_error *error = NULL;
    struct smimegw_buffer *copy = NULL;
    uint32_t flags = smimegw_plan_delivery_flags(plan, delivery);
    bool is_signed = (flags & SMIMEGW_DELIVERY_SIGNED) != 0;
    bool is_encrypted = (flags & SMIMEGW_DELIVERY_ENCRYPTED) != 0;
    int ret = smimegw_buffer_new(0, &copy, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_plan_delivery_write(plan, delivery, smimegw_buffer_write, copy, &error);
    bool good = ret == SMIMEGW_OK || note(worker, "write", ret, error);
    if (good && flags != 0)
        good = check_receive(worker, copy, is_signed, is_good || !is_signed) &&
               check_entity_call(worker, copy, is_encrypted);
    worker->copies++;
    smimegw_buffer_free(copy);
    smimegw_error_free(error);
    return good;
}

static bool send(struct worker *worker, const struct way *way, struct smimegw_message *message,
                 bool is_good)
{
    struct smimegw_plan *plan = NULL;
    struct smimegw_error *error = NULL;
    int ret = smimegw_plan_new(gateway, way->profile, message, &plan, &error);
    bool good = ret == SMIMEGW_OK || note(worker, "new plan", ret, error);
    good = good && fill_plan(worker, plan, is_good ? sender : revoked);
    if (good && smimegw_plan_delivery_count(plan) != way->copies)
        good = note(worker, smimegw_plan_recipient_text(plan, 0), 0, NULL);
    for (size_t i = 0; good && i < way->copies; i++)
        good = check_copy(worker, plan, i, is_good);
    smimegw_plan_free(plan);
    smimegw_error_free(error);
    return good;
}

/* A mail that a host pushes, of the sender or of the one who is revoked. */
static bool send_mail(struct worker *worker, const struct way *way, bool is_good)
{
    char text[300];
    struct smimegw_message *message = NULL;
    struct smimegw_error *error = NULL;
    int size = snprintf(text, sizeof(text),
                        "From: %s@example.com\r\nTo: p384@example.com, dave@example.net\r\n"
                        "Subject: x\r\n\r\n" BODY,
                        is_good ? "p256" : "rsa2048");
    int ret = smimegw_message_new(gateway, &message, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_message_write(message, text, (size_t)size, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_message_finish(message, &error);
    bool good = ret == SMIMEGW_OK || note(worker, "message", ret, error);
    good = good && send(worker, way, message, is_good);
    smimegw_message_free(message);
    smimegw_error_free(error);
    return good;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    bool good = true;
    for (size_t turn = 0; good && turn < ROUNDS * WAYS; turn++)
        good = send_mail(worker, &ways[turn % WAYS], turn / WAYS % 4 != 3);
    return NULL;
}

static void *add_lists(void *argument)
{
    struct worker *worker = argument;
    const struct timespec pause = {.tv_nsec = 2000000};
    bool good = true;
    for (int turn = 1; good && !__atomic_load_n(&is_over, __ATOMIC_SEQ_CST); turn++) {
        const struct bytes *list = &lists[turn % LISTS];
        int ret =
            smimegw_gateway_add_revocation(gateway, list->data, (size_t)list->size, NULL);
        good = ret == SMIMEGW_OK || note(worker, "add", ret, NULL);
        worker->copies++;
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void all_is_shared(void **state)
{
    pthread_t threads[WORKERS + 1];
    static struct worker workers[WORKERS + 1];
    int copies = 0;
    int verdicts = 0;
    (void)state;
    for (size_t i = 0; i <= WORKERS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < WORKERS ? work : add_lists, &workers[i]), 0);
    for (size_t i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    __atomic_store_n(&is_over, 1, __ATOMIC_SEQ_CST);
    assert_int_equal(pthread_join(threads[WORKERS], NULL), 0);
    for (size_t i = 0; i <= WORKERS; i++) {
        if (workers[i].text[0] != '\0')
            fail_msg("thread %zu: %s", i, workers[i].text);
        copies += i < WORKERS ? workers[i].copies : 0;
        verdicts += workers[i].verdicts;
    }
    assert_int_equal(copies, WORKERS * ROUNDS * 8);
    assert_true(verdicts > copies && workers[WORKERS].copies > 0);
    print_message("# %d copies, %d verdicts\n", copies, verdicts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_is_shared)};
    return cmocka_run_group_tests_name("gateway_threads", tests, set_up, tear_down);
}
