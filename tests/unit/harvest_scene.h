/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_HARVEST_SCENE_H
#define SGW_TESTS_HARVEST_SCENE_H

#include <smimegw/smimegw.h>

#include "base/alloc.h"
#include "pki_maker.h"
#include "smime/verdict_impl.h"

/* A harvester on a store in memory, and verdicts made by hand: whatever comes of a message, at
 * any time. */
enum { NOW = 1780272000, HOUR = 3600, DAY = 24 * HOUR, WINDOW = 48 * HOUR };

static struct {
    gnutls_x509_privkey_t keys[2];
    struct smimegw_store *store;
    struct smimegw_harvester *harvester;
    struct smimegw_policy *policy;
    int alerts;
    char alert_text[512];
    char alert_json[2048];
    char name[256]; /* of the last record */
    int reason;
} the;

static inline void hear(void *userdata, const char *text, const char *json)
{
    (void)userdata;
    the.alerts++;
    snprintf(the.alert_text, sizeof(the.alert_text), "%s", text);
    snprintf(the.alert_json, sizeof(the.alert_json), "%s", json);
}

static inline struct smimegw_policy *make_policy(const char *const *settings)
{
    struct smimegw_policy *policy;
    assert_int_equal(smimegw_policy_new(&policy, NULL), SMIMEGW_OK);
    for (; settings[0] != NULL; settings += 2)
        assert_int_equal(smimegw_policy_set(policy, settings[0], settings[1], NULL),
                         SMIMEGW_OK);
    return policy;
}

static inline void use_policy(const char *const *settings)
{
    smimegw_policy_unref(the.policy);
    the.policy = make_policy(settings);
}
#define POLICY(...) use_policy((const char *const[]){"harvest", "on", __VA_ARGS__ NULL})

static inline struct smimegw_harvester *make_harvester(const char *setting, const char *value)
{
    struct smimegw_harvester *harvester;
    assert_int_equal(smimegw_harvester_new(the.store, &harvester, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_harvester_set_alert(harvester, hear, NULL, NULL), SMIMEGW_OK);
    if (setting != NULL)
        assert_int_equal(smimegw_harvester_set(harvester, setting, value, NULL), SMIMEGW_OK);
    return harvester;
}

/* Another process, or the next day. */
static inline void restart(const char *setting, const char *value)
{
    smimegw_harvester_unref(the.harvester);
    the.harvester = make_harvester(setting, value);
}

static inline int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        if (the.keys[i] == NULL)
            the.keys[i] = make_ec_key();
    the.alerts = 0;
    assert_int_equal(smimegw_store_new_memory(&the.store, NULL), SMIMEGW_OK);
    the.harvester = make_harvester(NULL, NULL);
    POLICY();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    smimegw_policy_unref(the.policy);
    smimegw_harvester_unref(the.harvester);
    smimegw_store_unref(the.store);
    the.policy = NULL;
    return 0;
}

static inline void free_keys(void)
{
    for (size_t i = 0; i < 2; i++)
        gnutls_x509_privkey_deinit(the.keys[i]);
}

/* A certificate that mail can be signed with and encrypted to; each a new one. */
static inline struct recipe good_recipe(const char *address, const char *issuer)
{
    return (struct recipe){.name = address,
                           .issuer = issuer,
                           .path_length = -1,
                           .usage = GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT,
                           .address = address};
}

static inline struct smimegw_cert *make_of(const struct recipe *recipe)
{
    return make_cert(recipe, the.keys[0], recipe->issuer != NULL ? the.keys[1] : the.keys[0]);
}

static inline struct smimegw_cert *certify(const char *address, const char *issuer)
{
    struct recipe recipe = good_recipe(address, issuer);
    return make_of(&recipe);
}

/* What came in. */
struct letter {
    struct smimegw_cert *cert;
    const char *from;
    int reason;        /* of the signer and its layer; 0: passed */
    int64_t signed_at; /* -1: not said */
    const char *capabilities;
    size_t capabilities_size;
    bool is_pinned;
    bool is_odd;
    struct smimegw_cert *preferred;
    size_t signers; /* 0: one */
};

static inline struct letter letter_of(struct smimegw_cert *cert, const char *from,
                                      int64_t signed_at)
{
    return (struct letter){.cert = cert, .from = from, .signed_at = signed_at};
}

static inline struct smimegw_verdict *make_verdict(const struct letter *letter)
{
    struct smimegw_verdict *verdict;
    assert_int_equal(sgw_verdict_new(1, &verdict, NULL), SMIMEGW_OK);
    struct sgw_verdict_layer *layer = &verdict->layers[verdict->layer_count++];
    size_t count = letter->signers > 0 ? letter->signers : 1;
    int reason = letter->reason != 0 ? letter->reason : SMIMEGW_REASON_OK;
    layer->kind = SMIMEGW_LAYER_SIGNED_DETACHED;
    layer->reason = reason;
    layer->outcome = sgw_outcome_of(reason);
    layer->signers = sgw_calloc(count, sizeof(*layer->signers));
    layer->signer_count = count;
    for (size_t i = 0; i < count; i++) {
        struct sgw_verdict_signer *signer = &layer->signers[i];
        signer->reason = reason;
        signer->cert = smimegw_cert_ref(letter->cert);
        signer->preferred = smimegw_cert_ref(letter->preferred);
        signer->is_preference_odd = letter->is_odd;
        signer->is_pinned = letter->is_pinned;
        signer->has_signing_time = letter->signed_at >= 0;
        signer->signing_time = letter->signed_at;
        assert_int_equal(sgw_buf_append(&signer->capabilities, letter->capabilities,
                                        letter->capabilities_size),
                         SMIMEGW_OK);
    }
    assert_int_equal(sgw_buf_append_text(&verdict->from, letter->from), SMIMEGW_OK);
    verdict->is_smime = true;
    sgw_verdict_conclude(verdict);
    return verdict;
}

static inline int take_by(struct smimegw_harvester *harvester, const struct letter *letter,
                          int64_t time)
{
    struct smimegw_harvest *harvest = NULL;
    struct smimegw_error *error = NULL;
    struct smimegw_verdict *verdict = make_verdict(letter);
    if (smimegw_harvester_take(harvester, the.policy, verdict, NULL, time, &harvest, &error) !=
        SMIMEGW_OK)
        fail_msg("take: %s", smimegw_error_text(error));
    int outcome = smimegw_harvest_outcome(harvest, 0, &the.reason);
    snprintf(the.name, sizeof(the.name), "%s", smimegw_harvest_name(harvest, 0));
    assert_true(strlen(smimegw_harvest_text(harvest, 0)) > 10);
    smimegw_harvest_free(harvest);
    smimegw_verdict_unref(verdict);
    return outcome;
}

#define EXPECT(letter, time, outcome, reason)                                                 \
    expect(the.harvester, letter, time, SMIMEGW_HARVEST_##outcome, SMIMEGW_HARVEST_##reason,  \
           __LINE__)
static inline void expect(struct smimegw_harvester *harvester, struct letter letter,
                          int64_t time, int outcome, int reason, int line)
{
    int found = take_by(harvester, &letter, time);
    if (found != outcome || the.reason != reason)
        fail_msg("line %d: %s, %s", line, smimegw_harvest_outcome_name(found),
                 smimegw_harvest_reason_name(the.reason, NULL));
}

/* Signed when it came in. */
#define SIGNED(cert, from, time) letter_of(cert, from, time)

/* --- what is in the store ------------------------------------------------------------------
 */

struct found {
    int count;
    int usable;
    int grade;
    int64_t signed_at;
    size_t capabilities_size;
    const struct smimegw_cert *cert; /* looked for; NULL: any */
};

static inline int note_found(void *userdata, const struct smimegw_record *record)
{
    struct found *found = userdata;
    size_t size = 0;
    const void *der = smimegw_cert_der(found->cert, &size);
    if (found->cert != NULL &&
        (record->data_size != size || memcmp(record->data, der, size) != 0))
        return 0;
    found->count++;
    found->usable += record->grade >= SMIMEGW_GRADE_HARVESTED;
    found->grade = record->grade;
    found->signed_at = record->signed_at;
    found->capabilities_size = record->capabilities_size;
    return 0;
}

static inline struct smimegw_transaction *begin(int mode)
{
    struct smimegw_transaction *transaction;
    assert_int_equal(smimegw_transaction_new(the.store, mode, &transaction, NULL), SMIMEGW_OK);
    return transaction;
}

static inline struct found find_key(const char *address, const struct smimegw_cert *cert)
{
    struct found found = {.cert = cert};
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_READ);
    assert_int_equal(
        smimegw_transaction_find(transaction, &address, 1, note_found, &found, NULL),
        SMIMEGW_OK);
    smimegw_transaction_rollback(transaction);
    return found;
}

static inline int64_t count_of(int kind, int64_t *ret_bytes)
{
    int64_t count;
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_READ);
    assert_int_equal(smimegw_transaction_measure(transaction, kind, &count, ret_bytes, NULL),
                     SMIMEGW_OK);
    smimegw_transaction_rollback(transaction);
    return count;
}

static inline void add_administrators(const char *name, const struct smimegw_cert *cert)
{
    struct smimegw_record record = {.size = sizeof(record),
                                    .kind = SMIMEGW_RECORD_KEY,
                                    .grade = SMIMEGW_GRADE_ADMINISTRATOR,
                                    .name = name,
                                    .added = 1};
    record.data = smimegw_cert_der(cert, &record.data_size);
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_WRITE);
    struct smimegw_error *error = NULL;
    if (smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_FORCE, &error) !=
        SMIMEGW_OK)
        fail_msg("put: %s", smimegw_error_text(error));
    assert_int_equal(smimegw_transaction_commit(transaction, NULL), SMIMEGW_OK);
}

static inline void use_key(const char *name, int64_t time)
{
    struct smimegw_transaction *transaction = begin(SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(
        smimegw_transaction_touch(transaction, SMIMEGW_RECORD_HARVESTED, &name, 1, time, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_transaction_commit(transaction, NULL), SMIMEGW_OK);
}

#endif
