/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef STORE_CONFORMANCE_SUPPORT_H
#define STORE_CONFORMANCE_SUPPORT_H

#include "store/store_support.h"

/* A kind of store, as the tests see it. */
struct conformance {
    /* Open it; several at once, and again, are the same content where it is persistent. */
    struct smimegw_store *(*open)(void);
    /* (nullable) Make it an empty one; called while none is open. */
    void (*wipe)(void);
    int is_persistent;
    int is_file; /* keeps keys only, and of them name, origin and certificate */
    int threads; /* 0: 8 */
    int rounds;  /* of each thread; 0: 50 */
};

static const struct conformance *conformance_store;

struct conformance_scene {
    struct smimegw_store *store;
    struct smimegw_cert *rsa;    /* rsa2048@example.com */
    struct smimegw_cert *p256;   /* p256@example.com */
    struct smimegw_cert *domain; /* example.com, *.example.net */
};

static inline int conformance_set_up(void **state)
{
    static struct conformance_scene scene;
    if (conformance_store->wipe != NULL)
        conformance_store->wipe();
    scene.store = conformance_store->open();
    scene.rsa = load_cert("rsa2048.pem");
    scene.p256 = load_cert("p256.pem");
    scene.domain = load_cert("domain.pem");
    *state = &scene;
    return scene.store != NULL ? 0 : -1;
}

static inline int conformance_tear_down(void **state)
{
    struct conformance_scene *scene = *state;
    smimegw_store_unref(scene->store);
    smimegw_cert_unref(scene->rsa);
    smimegw_cert_unref(scene->p256);
    smimegw_cert_unref(scene->domain);
    return 0;
}

#define CONFORMANCE_TEST(name)                                                                \
    cmocka_unit_test_setup_teardown(name, conformance_set_up, conformance_tear_down)

/* Open it again: the same where it is persistent; else what is there stays. */
static inline void reopen(struct conformance_scene *scene)
{
    if (!conformance_store->is_persistent)
        return;
    smimegw_store_unref(scene->store);
    scene->store = conformance_store->open();
    assert_non_null(scene->store);
}

/* A record as it was when it was handed over. */
struct held {
    struct smimegw_record record;
    char name[256];
    char origin[256];
    char data[4096];
    char capabilities[256];
    int count;
};

static inline int hold_record(void *userdata, const struct smimegw_record *record)
{
    struct held *held = userdata;
    held->record = *record;
    held->count++;
    snprintf(held->name, sizeof(held->name), "%s", record->name);
    snprintf(held->origin, sizeof(held->origin), "%s",
             record->origin != NULL ? record->origin : "(none)");
    assert_true(record->data_size <= sizeof(held->data));
    assert_true(record->capabilities_size <= sizeof(held->capabilities));
    memcpy(held->data, record->data, record->data_size);
    if (record->capabilities != NULL)
        memcpy(held->capabilities, record->capabilities, record->capabilities_size);
    return 0;
}

static inline struct held get_record(struct smimegw_transaction *transaction, int kind,
                                     const char *name)
{
    struct held held = {.count = 0};
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_get(transaction, kind, name, hold_record, &held, &error), error,
         name);
    assert_true(held.count <= 1);
    return held;
}

static inline int64_t count_of(struct smimegw_transaction *transaction, int kind)
{
    int64_t count = -1;
    struct smimegw_error *error = NULL;
    need(smimegw_transaction_measure(transaction, kind, &count, NULL, &error), error,
         "measure");
    return count;
}

#endif
