/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_HARVEST_SCENE_H
#define SGW_TESTS_HARVEST_SCENE_H

#include <smimegw/smimegw.h>

#include "harvest_letters.h"

/* A harvester on a store in memory. */
enum { WINDOW = 48 * HOUR };

static struct {
    struct smimegw_store *store;
    struct smimegw_harvester *harvester;
    struct smimegw_policy *policy;
    int alerts;
    int alert_kind; /* of the last one */
    char alert_text[512];
    char alert_json[2048];
    char name[256]; /* of the last record */
    int reason;
} the;

static inline void hear(void *userdata, int kind, const char *text, const char *json)
{
    (void)userdata;
    the.alert_kind = kind;
    the.alerts++;
    snprintf(the.alert_text, sizeof(the.alert_text), "%s", text);
    snprintf(the.alert_json, sizeof(the.alert_json), "%s", json);
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
    make_keys();
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
