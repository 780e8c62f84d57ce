/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "cms/capabilities.h"
#include "gateway/plan/plan_impl.h"
#include "gateway/store/store_impl.h"
#include "pki/cert/names.h"

/* A store is asked once for all recipients of a round; which of them a record serves is found
 * by the hashes of its lookup keys. */
struct place {
    uint64_t hash;
    size_t recipient;
    bool is_address; /* else its domain, or the wildcard over that */
};

struct asking {
    const struct sgw_plan_round *round;
    struct sgw_key_set lookup;
    struct place *places; /* sorted by hash */
    size_t count;
    size_t *last;   /* by recipient: the last record that was tried for it */
    size_t records; /* so far */
    int ret;
    struct smimegw_error *error;
};

/* --- the question --------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b)
{
    const struct place *one = a;
    const struct place *other = b;
    if (one->hash != other->hash)
        return one->hash < other->hash ? -1 : 1;
    return (one->recipient > other->recipient) - (one->recipient < other->recipient);
}

static int add_recipient(struct asking *asking, size_t recipient)
{
    struct sgw_scope_keys keys;
    const char *address = asking->round->plan->recipients[recipient].key;
    if (!sgw_scope_keys(address, strlen(address), &keys))
        return SMIMEGW_OK;
    for (size_t i = 0; i < keys.count; i++) {
        const char *text = keys.keys[i].text;
        size_t size = keys.keys[i].size;
        int ret = sgw_key_set_add(&asking->lookup, text, size);
        if (ret < 0)
            return ret;
        uint64_t hash = sgw_index_hash(&asking->lookup.places, text, size);
        asking->places[asking->count++] = (struct place){hash, recipient, i == 0};
    }
    return SMIMEGW_OK;
}

static int prepare(struct asking *asking)
{
    const struct sgw_plan_round *round = asking->round;
    int ret = SMIMEGW_OK;
    asking->places = sgw_calloc(3 * round->count, sizeof(*asking->places));
    asking->last = sgw_calloc(round->plan->recipient_count, sizeof(*asking->last));
    if (asking->places == NULL || asking->last == NULL)
        return SMIMEGW_E_NOMEM;
    for (size_t i = 0; ret == SMIMEGW_OK && i < round->count; i++)
        ret = add_recipient(asking, round->recipients[i]);
    if (ret == SMIMEGW_OK)
        qsort(asking->places, asking->count, sizeof(*asking->places), compare);
    return SGW_STEP(ret, sgw_key_set_list(&asking->lookup));
}

/* --- the answer ----------------------------------------------------------------------------
 */

/* The record that is taken: its certificate is made for the first one who wants it. */
struct taken {
    const struct sgw_seen_record *seen;
    struct sgw_plan_found found;
};

static int make_found(struct asking *asking, struct taken *taken)
{
    const struct smimegw_record *record = &taken->seen->record;
    struct smimegw_error *error = NULL;
    if (taken->found.record != NULL)
        return SMIMEGW_OK;
    int ret = sgw_cert_new_der(record->data, record->data_size, &taken->found.cert, &error);
    if (ret < 0) {
        /* it could be the one that is needed: no reason to go without */
        ret = ret == SMIMEGW_E_NOMEM ? ret : SMIMEGW_E_STORE;
        sgw_fail(&asking->error, ret, "the store's find: record \"%s\": %s", record->name,
                 smimegw_error_text(error));
        sgw_error_clear(&error);
        return ret;
    }
    ret = sgw_plan_found_check(asking->round->plan, &taken->found, &asking->error);
    if (ret < 0)
        return ret;
    taken->found.record = sgw_plan_record_new(record);
    return taken->found.record != NULL ? SMIMEGW_OK
                                       : sgw_fail(&asking->error, SMIMEGW_E_NOMEM, "record");
}

static int serve(struct asking *asking, struct taken *taken, size_t recipient)
{
    const struct sgw_plan_round *round = asking->round;
    const struct smimegw_plan *plan = round->plan;
    struct sgw_plan_finds *finds = &round->finds[recipient];
    struct smimegw_cert walked = taken->seen->cert;
    struct sgw_plan_found found = taken->found;
    if (asking->last[recipient] == asking->records)
        return SMIMEGW_OK;
    asking->last[recipient] = asking->records;
    found.cert = &walked;
    found.fit = sgw_plan_fit(&walked, plan->recipients[recipient].key);
    if (!sgw_plan_finds_admit(plan, finds, &found))
        return SMIMEGW_OK;
    int ret = make_found(asking, taken);
    if (ret < 0)
        return ret;
    taken->found.fit = found.fit;
    if (sgw_plan_finds_admit(plan, finds, &taken->found))
        ret = sgw_plan_finds_add(plan, finds, &taken->found);
    return ret < 0 ? sgw_fail(&asking->error, ret, "answer") : SMIMEGW_OK;
}

static int serve_all(struct asking *asking, struct taken *taken)
{
    const struct sgw_key_set *keys = &taken->seen->keys;
    bool is_by_administrator = taken->found.grade == SMIMEGW_GRADE_ADMINISTRATOR;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; i < keys->count; i++) {
        const struct place wanted = {
            .hash =
                sgw_index_hash(&asking->lookup.places, keys->keys[i], strlen(keys->keys[i]))};
        size_t low = 0;
        for (size_t high = asking->count; low < high;) {
            size_t middle = low + (high - low) / 2;
            if (asking->places[middle].hash < wanted.hash)
                low = middle + 1;
            else
                high = middle;
        }
        for (; ret == SMIMEGW_OK && low < asking->count &&
               asking->places[low].hash == wanted.hash;
             low++)
            if (asking->places[low].is_address || is_by_administrator)
                ret = serve(asking, taken, asking->places[low].recipient);
    }
    return ret;
}

static int take(void *userdata, const struct sgw_seen_record *seen)
{
    struct asking *asking = userdata;
    const struct smimegw_record *record = &seen->record;
    bool is_collected = record->kind == SMIMEGW_RECORD_HARVESTED;
    /* whatever the store says: an administrator's are in the other kind */
    int grade = is_collected && record->grade == SMIMEGW_GRADE_ADMINISTRATOR
                    ? SMIMEGW_GRADE_CHAIN
                    : record->grade;
    asking->records++;
    if (sgw_cert_why_not_encrypt(&seen->cert) != NULL)
        return 0;
    struct taken taken = {
        .seen = seen,
        .found = {.grade = grade,
                  .is_harvested = is_collected || grade == SMIMEGW_GRADE_HARVESTED,
                  .source = asking->round->source,
                  .ciphers =
                      sgw_capabilities_read(record->capabilities, record->capabilities_size)}};
    asking->ret = serve_all(asking, &taken);
    smimegw_cert_unref(taken.found.cert);
    sgw_plan_record_unref(taken.found.record);
    return asking->ret < 0;
}

/* --- both ----------------------------------------------------------------------------------
 */

int sgw_plan_ask_store(const struct sgw_plan_round *round, struct smimegw_error **ret_error)
{
    struct asking asking = {.round = round};
    const struct sgw_sources *sources = &round->plan->gateway->sources;
    int ret = prepare(&asking);
    if (ret < 0)
        sgw_fail(ret_error, ret, "addresses to look up");
    else
        ret = sgw_store_find(sources->entries[round->source].store, &asking.lookup, take,
                             &asking, ret_error);
    if (ret == SMIMEGW_OK && asking.ret < 0)
        ret = sgw_fail(ret_error, asking.ret, "%s", smimegw_error_text(asking.error));
    sgw_error_clear(&asking.error);
    sgw_key_set_clear(&asking.lookup);
    sgw_free(asking.places);
    sgw_free(asking.last);
    return ret;
}
