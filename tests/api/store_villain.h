/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef STORE_VILLAIN_H
#define STORE_VILLAIN_H

/* A store that does one thing wrong. */
#include <smimegw/store.h>

#include "store/store_support.h"

enum { MANY = 10000 };

/* What a store does wrong; each for the functions that can. */
enum crime {
    NO_CRIME,
    NOTHING, /* returns 0, as a binding whose callback raised */
    ODD,     /* returns -12345 */
    BUSY,
    NO_MEMORY,
    NO_RECORD, /* hands over NULL */
    NO_DATA,
    NO_NAME,
    NO_SIZE,
    FUTURE_SIZE, /* and something in it */
    WRONG_KIND,
    NO_KIND,
    WRONG_GRADE,
    OTHER_NAME,
    BAD_NAME, /* not UTF-8 */
    TWO_LINES,
    ENDLESS_NAME,
    BAD_ORIGIN,
    GARBAGE, /* instead of a certificate */
    CUT,     /* its certificate is */
    FOLLOWED,
    HUGE_DATA,
    SECRET, /* a private key */
    BAD_CAPABILITIES,
    NEGATIVE_TIME,
    OTHER_ADDRESS, /* whatever its lookup keys say */
    TWICE,
    TEN_THOUSAND,
    NEVER_STOPS, /* hands over more when told to stop */
    RE_ENTERS,   /* calls about the transaction that it serves */
    ENDS_IT,     /* commits and rolls back the transaction that it serves */
    ANOTHER,     /* starts another transaction: allowed */
    NO_NUMBER
};

struct villain {
    enum crime crime;
    int calls;
    int begun;
    int ended;
    int committed;
    int closed;
    struct smimegw_store *store;
    struct smimegw_transaction *transaction;
    int inner; /* what the call from within returned */
    struct smimegw_cert *good;
    struct smimegw_cert *other;
    struct smimegw_buffer *key;
};

static inline int result_of(const struct villain *villain)
{
    static const int results[] = {[NOTHING] = 0,
                                  [ODD] = -12345,
                                  [BUSY] = SMIMEGW_STORE_BUSY,
                                  [NO_MEMORY] = SMIMEGW_STORE_NOMEM};
    return villain->crime >= NOTHING && villain->crime <= NO_MEMORY ? results[villain->crime]
                                                                    : SMIMEGW_STORE_DONE;
}

static inline int ignore(void *userdata, const struct smimegw_record *record)
{
    (void)userdata;
    (void)record;
    return 0;
}

static inline void call_back(struct villain *villain)
{
    struct smimegw_transaction *another;
    const struct smimegw_record record = key_record("x", villain->good);
    if (villain->crime == RE_ENTERS) {
        villain->inner = smimegw_transaction_get(villain->transaction, SMIMEGW_RECORD_KEY, "x",
                                                 ignore, NULL, NULL);
        assert_int_equal(smimegw_transaction_put(villain->transaction, &record,
                                                 SMIMEGW_KEYRING_REPLACE, NULL),
                         SMIMEGW_E_STATE);
        assert_int_equal(
            smimegw_transaction_remove(villain->transaction, SMIMEGW_RECORD_KEY, "x", NULL),
            SMIMEGW_E_STATE);
    } else if (villain->crime == ENDS_IT) {
        villain->inner = smimegw_transaction_commit(villain->transaction, NULL);
        smimegw_transaction_rollback(villain->transaction);
    } else if (villain->crime == ANOTHER) {
        villain->crime = NO_CRIME;
        villain->inner =
            smimegw_transaction_new(villain->store, SMIMEGW_TRANSACTION_READ, &another, NULL);
        assert_int_equal(smimegw_transaction_commit(another, NULL), SMIMEGW_OK);
    }
}

/* One more member than this library knows. */
struct later_record {
    struct smimegw_record record;
    size_t more;
};

static inline void spoil_shape(const struct villain *villain, struct smimegw_record *record)
{
    static char endless[70000];
    memset(endless, 'n', sizeof(endless) - 1);
    switch ((int)villain->crime) {
    case NO_DATA:
        record->data = NULL;
        break;
    case NO_NAME:
        record->name = NULL;
        break;
    case NO_SIZE:
        record->size = 0;
        break;
    case WRONG_KIND:
        record->kind = SMIMEGW_RECORD_PROFILE;
        record->grade = 0;
        break;
    case NO_KIND:
        record->kind = 77;
        break;
    case WRONG_GRADE:
        record->grade = 7;
        break;
    case OTHER_NAME:
        record->name = "y";
        break;
    case BAD_NAME:
        record->name = "\xff";
        break;
    case TWO_LINES:
        record->name = "x\ny";
        break;
    case ENDLESS_NAME:
        record->name = endless;
        break;
    case BAD_ORIGIN:
        record->origin = "\xc3";
        break;
    case NEGATIVE_TIME:
        record->used = -1;
        break;
    default:
        break;
    }
}

static inline void spoil_data(const struct villain *villain, struct smimegw_record *record)
{
    static char garbage[2 << 20];
    static const char *const keys[] = {"x@example.com"};
    switch ((int)villain->crime) {
    case GARBAGE:
        record->data = garbage;
        record->data_size = 1000;
        break;
    case CUT:
        record->data_size--;
        break;
    case FOLLOWED:
        memcpy(garbage, record->data, record->data_size);
        record->data = garbage;
        record->data_size++;
        break;
    case HUGE_DATA:
        record->data = garbage;
        record->data_size = sizeof(garbage);
        break;
    case SECRET:
        record->data = smimegw_buffer_data(villain->key);
        record->data_size = smimegw_buffer_size(villain->key);
        break;
    case BAD_CAPABILITIES:
        record->capabilities = "\x30\x01";
        record->capabilities_size = 2;
        break;
    case OTHER_ADDRESS:
        record->data = smimegw_cert_der(villain->other, &record->data_size);
        record->lookup_keys = keys;
        record->lookup_key_count = 1;
        break;
    default:
        break;
    }
}

static inline int hand_over(struct villain *villain, smimegw_record_fn take,
                            void *take_userdata)
{
    struct later_record later = {.record = key_record("x", villain->good), .more = 1};
    struct smimegw_record *record = &later.record;
    char name[32];
    villain->calls++;
    call_back(villain);
    if (villain->crime == FUTURE_SIZE)
        record->size = sizeof(later);
    spoil_shape(villain, record);
    spoil_data(villain, record);
    int times = villain->crime == TEN_THOUSAND || villain->crime == NEVER_STOPS ? MANY : 1;
    for (int i = 0; i < times; i++) {
        if (times > 1) {
            snprintf(name, sizeof(name), "x%05d", i);
            record->name = name;
        }
        if (take(take_userdata, villain->crime == NO_RECORD ? NULL : record) != 0 &&
            villain->crime != NEVER_STOPS)
            break;
        if (villain->crime == TWICE)
            take(take_userdata, record);
    }
    return result_of(villain);
}

/* --- its functions -------------------------------------------------------------------------
 */

static inline int bad_begin(void *userdata, int mode, void **ret_session)
{
    struct villain *villain = userdata;
    int result = result_of(villain);
    (void)mode;
    villain->begun += result == SMIMEGW_STORE_DONE;
    *ret_session = NULL;
    return result;
}

static inline int bad_end(void *userdata, void *session, int is_commit)
{
    struct villain *villain = userdata;
    assert_null(session);
    villain->ended++;
    villain->committed += is_commit;
    return result_of(villain);
}

static inline int bad_get(void *userdata, void *session, int kind, const char *name,
                          smimegw_record_fn take, void *take_userdata)
{
    (void)session;
    assert_int_equal(kind, SMIMEGW_RECORD_KEY);
    assert_string_equal(name, "x");
    return hand_over(userdata, take, take_userdata);
}

static inline int bad_find(void *userdata, void *session, const char *const *lookup_keys,
                           size_t count, smimegw_record_fn take, void *take_userdata)
{
    (void)session;
    assert_true(count > 0);
    assert_non_null(lookup_keys[count - 1]);
    return hand_over(userdata, take, take_userdata);
}

static inline int bad_each(void *userdata, void *session, int kind, const char *after,
                           smimegw_record_fn take, void *take_userdata)
{
    (void)session;
    (void)kind;
    (void)after;
    return hand_over(userdata, take, take_userdata);
}

static inline int bad_oldest(void *userdata, void *session, int kind, smimegw_record_fn take,
                             void *take_userdata)
{
    return bad_each(userdata, session, kind, NULL, take, take_userdata);
}

static inline int bad_put(void *userdata, void *session, const struct smimegw_record *record)
{
    (void)session;
    assert_int_equal(record->lookup_key_count, 1);
    assert_string_equal(record->lookup_keys[0], "rsa2048@example.com");
    return result_of(userdata);
}

static inline int bad_remove(void *userdata, void *session, int kind, const char *name)
{
    (void)session;
    (void)kind;
    (void)name;
    return result_of(userdata);
}

static inline int bad_touch(void *userdata, void *session, int kind, const char *const *names,
                            size_t count, int64_t time)
{
    (void)session;
    (void)kind;
    (void)names;
    (void)count;
    (void)time;
    return result_of(userdata);
}

static inline int bad_measure(void *userdata, void *session, int kind, int64_t *ret_count,
                              int64_t *ret_bytes)
{
    struct villain *villain = userdata;
    (void)session;
    (void)kind;
    if (villain->crime != NO_NUMBER)
        *ret_count = *ret_bytes = 1;
    return result_of(villain);
}

static inline void bad_close(void *userdata)
{
    ((struct villain *)userdata)->closed++;
}

static inline struct smimegw_store_functions bad_functions(void)
{
    return (struct smimegw_store_functions){.size = sizeof(struct smimegw_store_functions),
                                            .begin = bad_begin,
                                            .end = bad_end,
                                            .get = bad_get,
                                            .find = bad_find,
                                            .each = bad_each,
                                            .oldest = bad_oldest,
                                            .put = bad_put,
                                            .remove = bad_remove,
                                            .touch = bad_touch,
                                            .measure = bad_measure,
                                            .close = bad_close};
}

static inline void open_villain(struct villain *villain)
{
    const struct smimegw_store_functions functions = bad_functions();
    *villain = (struct villain){.good = load_cert("rsa2048.pem"),
                                .other = load_cert("p256.pem"),
                                .key = read_key_file("rsa2048-key.pem")};
    assert_int_equal(smimegw_store_new(&functions, villain, &villain->store, NULL),
                     SMIMEGW_OK);
}

static inline void close_villain(struct villain *villain)
{
    smimegw_store_unref(villain->store);
    assert_int_equal(villain->closed, 1);
    assert_int_equal(villain->begun, villain->ended);
    smimegw_cert_unref(villain->good);
    smimegw_cert_unref(villain->other);
    smimegw_buffer_free(villain->key);
}

#endif
