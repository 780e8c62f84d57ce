/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_HARVEST_LETTERS_H
#define SGW_TESTS_HARVEST_LETTERS_H

#include <smimegw/smimegw.h>

#include "base/alloc.h"
#include "pki_maker.h"
#include "smime/verdict_impl.h"

/* Verdicts made by hand: whatever comes of a message, at any time. */
enum { NOW = 1780272000, HOUR = 3600, DAY = 24 * HOUR };

/* Of a signer, and of all CAs. */
static gnutls_x509_privkey_t letter_keys[2];

static inline void make_keys(void)
{
    for (size_t i = 0; i < 2; i++)
        if (letter_keys[i] == NULL)
            letter_keys[i] = make_ec_key();
}

static inline void free_keys(void)
{
    for (size_t i = 0; i < 2; i++)
        gnutls_x509_privkey_deinit(letter_keys[i]);
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
    return make_cert(recipe, letter_keys[0],
                     recipe->issuer != NULL ? letter_keys[1] : letter_keys[0]);
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

/* Names of the same length over each place where the pattern's stands. */
static inline void write_over(uint8_t *data, size_t size, const char *pattern,
                              const char *text)
{
    const uint8_t *end = data + size;
    size_t length = strlen(pattern);
    for (uint8_t *at = data; (at = memmem(at, (size_t)(end - at), pattern, length)) != NULL;
         at += length)
        memcpy(at, text, length);
}

#define NUMBERED "user0000000@flood.example"
#define NUMBERED_CN "key 0000000"

/* What many are made of; thousands of signatures would take their time. */
static inline struct smimegw_cert *certify_pattern(const char *issuer)
{
    struct recipe recipe = good_recipe(NUMBERED, issuer);
    recipe.name = NUMBERED_CN;
    return make_of(&recipe);
}

/* A certificate like the pattern, but for the number of its user and of its key: nobody here
 * looks at its signature. NULL where there is no memory. */
static inline struct smimegw_cert *number_cert(const struct smimegw_cert *pattern,
                                               size_t number, size_t key)
{
    uint8_t der[4096];
    char text[32];
    struct smimegw_cert *cert = NULL;
    size_t size = pattern->der.size;
    assert_true(size < sizeof(der));
    memcpy(der, pattern->der.data, size);
    snprintf(text, sizeof(text), "user%07zu", number % 10000000);
    write_over(der, size, "user0000000", text);
    snprintf(text, sizeof(text), "key %07zu", key % 10000000);
    write_over(der, size, NUMBERED_CN, text);
    sgw_cert_new_der(der, size, &cert, NULL);
    return cert;
}

static inline void number_address(size_t number, char ret[40])
{
    snprintf(ret, 40, "user%07zu@flood.example", number % 10000000);
}

#endif
