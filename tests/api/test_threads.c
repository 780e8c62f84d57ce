/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One gateway, eight threads that verify and decrypt, and one that keeps adding what is known
 * of revoked certificates: no verdict is ever wrong. Run under ThreadSanitizer, too
 * (tools/check). */
#include <openssl/ocsp.h>
#include <pthread.h>
#include <stdbool.h>

#include "crl_maker.h"

/* 2026-06-01: the clock of the gateway. */
#define NOW_TEXT "2026-06-01T00:00:00Z"
enum { NOW = 1780272000, HOUR = 3600, READERS = 8, ROUNDS_MIN = 10, FILES = 60, TURN = 30 };

/* What is to be said of a signer. */
enum kind {
    GOOD,          /* and all that is supplied says so */
    REVOKED,       /* from the start */
    DENIED,        /* whatever else */
    PINNED,        /* and not in the lists */
    LATER_BY_LIST, /* good, and revoked by a list from some time on */
    LATER_BY_OCSP  /* the same, by a response */
};

static struct scene {
    const char *key;
    const char *address;
    enum kind kind;
    X509 *cert;
    struct smimegw_buffer *mail;
    struct smimegw_buffer *sealed; /* signed, and encrypted to the reader */
} scenes[] = {
    {.key = "p256", .address = "p256@example.com", .kind = GOOD},
    {.key = "rsa2048", .address = "rsa2048@example.com", .kind = REVOKED},
    {.key = "p384", .address = "p384@example.com", .kind = DENIED},
    {.key = "alice", .address = "alice@example.com", .kind = PINNED},
    {.key = "rsa3072", .address = "rsa3072@example.com", .kind = LATER_BY_LIST},
    {.key = "p521", .address = "p521@example.com", .kind = LATER_BY_OCSP},
};
enum { SCENES = sizeof(scenes) / sizeof(scenes[0]) };

static X509 *ca;
static EVP_PKEY *ca_key;
static struct smimegw_identity *reader_key;
static struct smimegw_gateway *gateway;

/* --- what is supplied ----------------------------------------------------------------------
 */

static struct bytes lists[FILES];
static struct bytes responses[FILES];

static bool is_listed(const struct scene *scene, int number)
{
    return scene->kind == REVOKED || (scene->kind == LATER_BY_LIST && number >= TURN);
}

/* The number-th list: newer than those before it. */
static struct bytes make_list(int number)
{
    X509 *listed[SCENES];
    size_t count = 0;
    for (size_t i = 0; i < SCENES; i++)
        if (is_listed(&scenes[i], number))
            listed[count++] = scenes[i].cert;
    return make_crl(ca, ca_key, listed, count, NOW - HOUR + number, NOW + HOUR);
}

/* About the one that gets revoked; about the good one in turn. */
static struct bytes make_response(int number)
{
    struct bytes response = {NULL, 0};
    bool is_late = number >= TURN;
    const struct scene *scene = &scenes[number % 2 == 0 ? LATER_BY_OCSP : GOOD];
    bool is_revoked = is_late && scene->kind == LATER_BY_OCSP;
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, NOW - HOUR + number);
    ASN1_TIME *until = ASN1_TIME_set(NULL, NOW + HOUR);
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), scene->cert, ca);
    assert_non_null(OCSP_basic_add1_status(
        basic, id, is_revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
        OCSP_REVOKED_STATUS_NOSTATUS, is_revoked ? from : NULL, from, until));
    assert_true(OCSP_basic_sign(basic, ca, ca_key, EVP_sha256(), NULL, OCSP_NOCERTS));
    OCSP_RESPONSE *outer = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    response.size = i2d_OCSP_RESPONSE(outer, &response.data);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(outer);
    return response;
}

/* --- messages and the gateway --------------------------------------------------------------
 */

static void add_certs(int kind, const char *name)
{
    struct smimegw_buffer *file = read_key_file(name);
    assert_int_equal(smimegw_gateway_add_certs(gateway, kind, smimegw_buffer_data(file),
                                               smimegw_buffer_size(file), NULL),
                     SMIMEGW_OK);
    smimegw_buffer_free(file);
}

static struct smimegw_buffer *protect_mail(const struct scene *scene, const char *mode)
{
    char text[256];
    char name[64];
    struct smimegw_gateway *clock;
    struct smimegw_profile *profile;
    snprintf(text, sizeof(text), "From: %s\r\n\r\nHello\r\n", scene->address);
    snprintf(name, sizeof(name), "%s-id.pem", scene->key);
    struct smimegw_identity *identity = load_identity(name);
    struct smimegw_cert *recipient = smimegw_identity_cert(reader_key);
    struct smimegw_message *message = make_message(text, strlen(text));
    struct smimegw_buffer *out = make_buffer();
    assert_int_equal(smimegw_gateway_new(&clock, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(clock, "time", NOW_TEXT, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_new(&profile, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(profile, "mode", mode, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_protect(clock, profile, message, identity, &recipient, 1,
                                     smimegw_buffer_write, out, NULL),
                     SMIMEGW_OK);
    smimegw_profile_unref(profile);
    smimegw_gateway_unref(clock);
    smimegw_message_free(message);
    smimegw_identity_unref(identity);
    return out;
}

static int set_up(void **state)
{
    (void)state;
    ca_key = read_private_key("intermediate");
    ca = read_x509("intermediate");
    reader_key = load_identity("rsa2048-id.pem");
    for (size_t i = 0; i < SCENES; i++) {
        assert_int_equal(scenes[i].kind, i);
        scenes[i].cert = read_x509(scenes[i].key);
        scenes[i].mail = protect_mail(&scenes[i], "sign");
        scenes[i].sealed = protect_mail(&scenes[i], "sign-encrypt");
    }
    for (int i = 0; i < FILES; i++) {
        lists[i] = make_list(i);
        responses[i] = make_response(i);
    }
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "time", NOW_TEXT, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "revocation", "if-available", NULL),
                     SMIMEGW_OK);
    add_certs(SMIMEGW_TRUST_ANCHOR, "root.pem");
    add_certs(SMIMEGW_TRUST_PINNED, "alice.pem");
    add_certs(SMIMEGW_TRUST_DENIED, "p384.pem");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCENES; i++) {
        X509_free(scenes[i].cert);
        smimegw_buffer_free(scenes[i].mail);
        smimegw_buffer_free(scenes[i].sealed);
    }
    for (int i = 0; i < FILES; i++) {
        OPENSSL_free(lists[i].data);
        OPENSSL_free(responses[i].data);
    }
    X509_free(ca);
    EVP_PKEY_free(ca_key);
    smimegw_identity_unref(reader_key);
    smimegw_gateway_unref(gateway);
    return 0;
}

/* --- the threads ---------------------------------------------------------------------------
 */

/* How far the adding has come; both are 2 * number, + 1 while that one is being added. */
static int list_state;
static int response_state;
static int is_over;

struct result {
    char text[200]; /* what went wrong; empty: nothing */
    int verdicts;
    int changed; /* verdicts that said revoked of one that was good before */
};

static bool add(const struct bytes *file, int number, int *progress)
{
    __atomic_store_n(progress, 2 * number + 1, __ATOMIC_SEQ_CST);
    int ret = smimegw_gateway_add_revocation(gateway, file->data, (size_t)file->size, NULL);
    __atomic_store_n(progress, 2 * number + 2, __ATOMIC_SEQ_CST);
    return ret == SMIMEGW_OK;
}

static void *add_all(void *argument)
{
    const struct timespec pause = {.tv_nsec = 4000000};
    struct result *result = argument;
    for (int i = 1; i < FILES && result->text[0] == '\0'; i++) {
        if (!add(&lists[i], i, &list_state) || !add(&responses[i], i, &response_state))
            snprintf(result->text, sizeof(result->text), "adding number %d failed", i);
        nanosleep(&pause, NULL);
    }
    __atomic_store_n(&is_over, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* The reasons that are right for a verdict that was asked for between two moments. */
static bool is_right(const struct scene *scene, int before, int after, int reason)
{
    switch (scene->kind) {
    case GOOD:
    case PINNED:
        return reason == SMIMEGW_REASON_OK;
    case REVOKED:
        return reason == SMIMEGW_REASON_CERT_REVOKED;
    case DENIED:
        return reason == SMIMEGW_REASON_CERT_DENIED;
    case LATER_BY_LIST:
    case LATER_BY_OCSP:
        break;
    }
    if (before >= 2 * TURN + 2)
        return reason == SMIMEGW_REASON_CERT_REVOKED;
    if (after <= 2 * TURN)
        return reason == SMIMEGW_REASON_OK;
    return reason == SMIMEGW_REASON_CERT_REVOKED || reason == SMIMEGW_REASON_OK;
}

static int open_mail(const struct smimegw_buffer *mail, bool is_sealed, int *ret_reason)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_message *message = NULL;
    struct smimegw_buffer *out = NULL;
    int ret = smimegw_buffer_new(0, &out, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_message_new_memory(NULL, smimegw_buffer_data(mail),
                                         smimegw_buffer_size(mail), &message, NULL);
    if (ret == SMIMEGW_OK && is_sealed)
        ret = smimegw_decrypt(gateway, message, &reader_key, 1, smimegw_buffer_write, out,
                              &verdict, NULL);
    else if (ret == SMIMEGW_OK)
        ret = smimegw_verify(gateway, message, smimegw_buffer_write, out, &verdict, NULL);
    *ret_reason = ret == SMIMEGW_OK ? smimegw_verdict_reason(verdict) : 0;
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    smimegw_buffer_free(out);
    return ret;
}

static void read_one(const struct scene *scene, bool is_sealed, struct result *result)
{
    int *progress = scene->kind == LATER_BY_OCSP ? &response_state : &list_state;
    int reason;
    int before = __atomic_load_n(progress, __ATOMIC_SEQ_CST);
    int ret = open_mail(is_sealed ? scene->sealed : scene->mail, is_sealed, &reason);
    int after = __atomic_load_n(progress, __ATOMIC_SEQ_CST);
    if (ret != SMIMEGW_OK || !is_right(scene, before, after, reason))
        snprintf(result->text, sizeof(result->text), "%s, %d to %d: %d, %s", scene->key,
                 before, after, ret, smimegw_reason_name(reason, NULL));
    result->verdicts++;
    result->changed += scene->kind >= LATER_BY_LIST && reason == SMIMEGW_REASON_CERT_REVOKED;
}

static void *read_all(void *argument)
{
    struct result *result = argument;
    for (int round = 0; round < ROUNDS_MIN || !__atomic_load_n(&is_over, __ATOMIC_SEQ_CST);
         round++)
        for (size_t i = 0; i < 2 * SCENES && result->text[0] == '\0'; i++)
            read_one(&scenes[i / 2], i % 2 != 0, result);
    /* all was added: once more */
    for (size_t i = 0; i < 2 * SCENES && result->text[0] == '\0'; i++)
        read_one(&scenes[i / 2], i % 2 != 0, result);
    return NULL;
}

static void verdicts_are_right_while_data_comes(void **state)
{
    (void)state;
    pthread_t threads[READERS + 1];
    static struct result results[READERS + 1];
    int verdicts = 0;
    assert_true(add(&lists[0], 0, &list_state) && add(&responses[0], 0, &response_state));
    for (size_t i = 0; i <= READERS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < READERS ? read_all : add_all, &results[i]),
            0);
    for (size_t i = 0; i <= READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i <= READERS; i++) {
        if (results[i].text[0] != '\0')
            fail_msg("thread %zu: %s", i, results[i].text);
        assert_true(i == READERS || results[i].changed >= 4);
        verdicts += results[i].verdicts;
    }
    print_message("# %d verdicts\n", verdicts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts_are_right_while_data_comes)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
