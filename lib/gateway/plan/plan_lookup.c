/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/keyring_impl.h"
#include "gateway/plan/plan_impl.h"
#include "gateway/resolver_impl.h"
#include "gateway/store/store_impl.h"

/* The gateway's stores and resolvers are asked in order; what they have is kept apart until
 * all is known, so that a call that fails has changed nothing. */

enum state {
    ANSWERED, /* before: nobody asks */
    OPEN,
    SERVED,  /* has one, but an administrator's would go before it */
    SETTLED, /* has an administrator's */
    FAILED
};

struct slot {
    enum state state;
    char *note;    /* nullable: what failed */
    uint32_t told; /* what the host said of capabilities */
};

struct lookup {
    struct smimegw_plan *plan;
    struct slot *slots;           /* by recipient, */
    struct sgw_plan_finds *finds; /* and these */
    struct sgw_plan_round round;
    size_t *recipients; /* of the round */
    const char **needs; /* and their addresses */
};

static const struct sgw_key_source *source_at(const struct smimegw_plan *plan, size_t index)
{
    return &plan->gateway->sources.entries[index];
}

static size_t count_sources(const struct smimegw_plan *plan)
{
    return plan->gateway != NULL ? plan->gateway->sources.count : 0;
}

/* --- extra recipients ----------------------------------------------------------------------
 */

struct extra {
    const struct smimegw_plan *plan;
    struct sgw_plan_found found;
    int ret;
    struct smimegw_error *error;
};

static int take_extra(void *userdata, const struct sgw_seen_record *seen)
{
    struct extra *extra = userdata;
    const struct smimegw_record *record = &seen->record;
    struct sgw_plan_found *found = &extra->found;
    if (record->grade < sgw_plan_lowest_grade(extra->plan))
        return 1;
    found->grade = record->grade;
    extra->ret =
        sgw_cert_new_der(record->data, record->data_size, &found->cert, &extra->error);
    extra->ret = SGW_STEP(extra->ret, sgw_plan_found_check(extra->plan, found, &extra->error));
    if (extra->ret == SMIMEGW_OK && found->grade < sgw_plan_lowest_grade(extra->plan)) {
        smimegw_cert_unref(found->cert);
        found->cert = NULL;
    }
    return 1;
}

/* Stores in order; one that fails might have had it. */
static int find_extra(const char *name, struct extra *extra, struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0;
         ret == SMIMEGW_OK && extra->found.cert == NULL && i < count_sources(extra->plan); i++)
        if (source_at(extra->plan, i)->store != NULL)
            ret = sgw_store_get(source_at(extra->plan, i)->store, SMIMEGW_RECORD_KEY, name,
                                take_extra, extra, ret_error);
    if (ret == SMIMEGW_OK && extra->ret < 0)
        ret = sgw_fail(ret_error, extra->ret, "%s", smimegw_error_text(extra->error));
    sgw_error_clear(&extra->error);
    return ret;
}

/* The next of the profile's names that has no certificate yet; ret_is_added: false where that
 * is not to be had now, and smimegw_plan_decide() will wait for it. */
static int add_next_extra(struct smimegw_plan *plan, const char *at, size_t size,
                          bool *ret_is_added, struct smimegw_error **ret_error)
{
    struct extra extra = {.plan = plan};
    struct smimegw_error *error = NULL;
    *ret_is_added = false;
    /* what can't be the name of a record is the name of none */
    if (!sgw_key_name_is_valid(at, size))
        return SMIMEGW_OK;
    char *name = sgw_strndup(at, size);
    if (name == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "extra recipient");
    int ret = find_extra(name, &extra, &error);
    sgw_free(name);
    if (ret == SMIMEGW_E_NOMEM)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    if (ret == SMIMEGW_OK && extra.found.cert != NULL) {
        ret = sgw_plan_add_extra(plan, extra.found.cert, ret_error);
        *ret_is_added = ret == SMIMEGW_OK;
    } else if (ret != SMIMEGW_E_NOMEM) {
        ret = SMIMEGW_OK;
    }
    smimegw_cert_unref(extra.found.cert);
    return ret;
}

static void drop_extras(struct smimegw_plan *plan, size_t count)
{
    while (plan->extras.count > count)
        smimegw_cert_unref(plan->extras.certs[--plan->extras.count]);
}

static int add_extras(struct smimegw_plan *plan, struct smimegw_error **ret_error)
{
    bool is_added = true;
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && is_added) {
        size_t size;
        const char *at = sgw_plan_extra_name(plan, plan->extras.count, &size);
        if (at == NULL)
            break;
        ret = add_next_extra(plan, at, size, &is_added, ret_error);
    }
    return ret;
}

/* --- a resolver ----------------------------------------------------------------------------
 */

static void fail_slot(struct lookup *lookup, size_t index, char *note)
{
    lookup->slots[index].state = FAILED;
    lookup->slots[index].note = note;
    sgw_plan_finds_clear(&lookup->finds[index]);
}

/* A resolver that is worth no more than mail vouches for nobody. */
static int keep_cert(struct lookup *lookup, size_t index, struct smimegw_cert *cert, int grade,
                     struct smimegw_error **ret_error)
{
    const struct smimegw_plan *plan = lookup->plan;
    const struct sgw_plan_recipient *recipient = &plan->recipients[index];
    struct sgw_plan_finds *finds = &lookup->finds[index];
    struct sgw_plan_found found = {
        .cert = cert,
        .grade = grade,
        .is_harvested = grade == SMIMEGW_GRADE_HARVESTED,
        .is_vouched = recipient->is_vouched && grade > SMIMEGW_GRADE_HARVESTED,
        .fit = sgw_plan_fit(cert, recipient->key),
        .source = lookup->round.source,
        .ciphers = recipient->ciphers,
    };
    if (sgw_cert_why_not_encrypt(cert) != NULL || !sgw_plan_finds_admit(plan, finds, &found))
        return SMIMEGW_OK;
    int ret = sgw_plan_found_check(plan, &found, ret_error);
    if (ret < 0 || !sgw_plan_finds_admit(plan, finds, &found))
        return ret;
    ret = sgw_plan_finds_add(plan, finds, &found);
    return ret < 0 ? sgw_fail(ret_error, ret, "answer") : SMIMEGW_OK;
}

/* What the resolver said goes where answers are kept until all is known. */
static int take_answer(struct lookup *lookup, size_t index, int grade,
                       struct smimegw_error **ret_error)
{
    struct sgw_plan_recipient *recipient = &lookup->plan->recipients[index];
    int ret = SMIMEGW_OK;
    recipient->is_asked = false;
    if (recipient->answer == SGW_ANSWER_CERTS) {
        for (size_t i = 0; ret == SMIMEGW_OK && i < recipient->certs.count; i++)
            ret = keep_cert(lookup, index, recipient->certs.certs[i], grade, ret_error);
    } else {
        fail_slot(lookup, index, recipient->note);
        recipient->note = NULL;
    }
    sgw_plan_put_answer(recipient, SGW_ANSWER_NEEDED, (struct sgw_cert_list){0}, NULL);
    recipient->ciphers = lookup->slots[index].told;
    return ret;
}

static int ask_resolver(struct lookup *lookup, const struct smimegw_resolver *resolver,
                        struct smimegw_error **ret_error)
{
    struct smimegw_plan *plan = lookup->plan;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; i < lookup->round.count; i++) {
        struct sgw_plan_recipient *recipient = &plan->recipients[lookup->recipients[i]];
        lookup->needs[i] = recipient->key;
        lookup->slots[lookup->recipients[i]].told = recipient->ciphers;
        recipient->ciphers = 0;
        recipient->is_asked = true;
    }
    sgw_plan_ask(plan, lookup->needs, lookup->round.count, resolver->functions.lookup,
                 resolver->userdata);
    /* all of them, whatever comes of the first */
    for (size_t i = 0; i < lookup->round.count; i++) {
        int taken = take_answer(lookup, lookup->recipients[i], resolver->grade,
                                ret < 0 ? NULL : ret_error);
        ret = SGW_STEP(ret, taken);
    }
    return ret;
}

/* --- a round -------------------------------------------------------------------------------
 */

/* A failure of the store is one of each address, and no error. */
static int ask_store(struct lookup *lookup, struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    char note[SGW_PLAN_NOTE_MAX + 1];
    int ret = sgw_plan_ask_store(&lookup->round, &error);
    if (ret < 0 && ret != SMIMEGW_E_STORE)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    if (ret == SMIMEGW_E_STORE) {
        ret = SMIMEGW_OK;
        sgw_text_escape(smimegw_error_text(error), note, sizeof(note));
        for (size_t i = 0; ret == SMIMEGW_OK && i < lookup->round.count; i++) {
            char *copy = sgw_strdup(note);
            if (copy == NULL)
                ret = sgw_fail(ret_error, SMIMEGW_E_NOMEM, "answer");
            else
                fail_slot(lookup, lookup->recipients[i], copy);
        }
    }
    sgw_error_clear(&error);
    return ret;
}

/* Has it what it takes, or shall the next source be asked? */
static int judge(struct lookup *lookup, size_t index, struct smimegw_error **ret_error)
{
    struct sgw_plan_fate fate = {0};
    if (lookup->slots[index].state == FAILED)
        return SMIMEGW_OK;
    const struct sgw_plan_recipient trial = {.key = lookup->plan->recipients[index].key,
                                             .answer = SGW_ANSWER_CERTS,
                                             .finds = lookup->finds[index]};
    int ret = sgw_plan_choose(lookup->plan, &trial, &fate, ret_error);
    if (ret < 0)
        return ret;
    bool is_good = fate.status > 0 && fate.note == NULL;
    bool is_best = is_good && fate.found->grade == SMIMEGW_GRADE_ADMINISTRATOR;
    lookup->slots[index].state = is_best ? SETTLED : is_good ? SERVED : OPEN;
    return SMIMEGW_OK;
}

/* A store may have an administrator's, whatever else it has. */
static void choose_round(struct lookup *lookup, size_t place, bool has_administrators)
{
    lookup->round.source = place;
    lookup->round.count = 0;
    for (size_t i = 0; i < lookup->plan->recipient_count; i++) {
        enum state state = lookup->slots[i].state;
        if (state == OPEN || (state == SERVED && has_administrators))
            lookup->recipients[lookup->round.count++] = i;
    }
}

static int ask_source(struct lookup *lookup, size_t place, struct smimegw_error **ret_error)
{
    const struct sgw_key_source *source = source_at(lookup->plan, place);
    int grade = source->store != NULL ? SMIMEGW_GRADE_ADMINISTRATOR : source->resolver->grade;
    if (grade < sgw_plan_lowest_grade(lookup->plan))
        return SMIMEGW_OK;
    choose_round(lookup, place, grade == SMIMEGW_GRADE_ADMINISTRATOR);
    if (lookup->round.count == 0)
        return SMIMEGW_OK;
    int ret = source->store != NULL ? ask_store(lookup, ret_error)
                                    : ask_resolver(lookup, source->resolver, ret_error);
    for (size_t i = 0; ret == SMIMEGW_OK && i < lookup->round.count; i++)
        ret = judge(lookup, lookup->recipients[i], ret_error);
    return ret;
}

/* --- all of it -----------------------------------------------------------------------------
 */

static int open_lookup(struct lookup *lookup, struct smimegw_error **ret_error)
{
    const struct smimegw_plan *plan = lookup->plan;
    size_t count = plan->recipient_count;
    lookup->slots = sgw_calloc(count, sizeof(*lookup->slots));
    lookup->finds = sgw_calloc(count, sizeof(*lookup->finds));
    lookup->recipients = sgw_calloc(count, sizeof(*lookup->recipients));
    lookup->needs = sgw_calloc(count, sizeof(*lookup->needs));
    if (lookup->slots == NULL || lookup->finds == NULL || lookup->recipients == NULL ||
        lookup->needs == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "addresses to look up");
    for (size_t i = 0; i < count; i++)
        if (plan->recipients[i].answer == SGW_ANSWER_NEEDED)
            lookup->slots[i].state = OPEN;
    lookup->round = (struct sgw_plan_round){
        .plan = plan, .recipients = lookup->recipients, .finds = lookup->finds};
    return SMIMEGW_OK;
}

/* Nothing here can fail. */
static void answer_all(struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->plan->recipient_count; i++) {
        struct sgw_plan_recipient *recipient = &lookup->plan->recipients[i];
        struct slot *slot = &lookup->slots[i];
        if (slot->state == ANSWERED)
            continue;
        sgw_plan_put_answer(recipient,
                            slot->state == FAILED ? SGW_ANSWER_FAILED : SGW_ANSWER_CERTS,
                            (struct sgw_cert_list){0}, slot->note);
        recipient->finds = lookup->finds[i];
        lookup->finds[i] = (struct sgw_plan_finds){0};
        slot->note = NULL;
    }
}

static void close_lookup(struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->plan->recipient_count; i++) {
        if (lookup->slots != NULL)
            sgw_free(lookup->slots[i].note);
        if (lookup->finds != NULL)
            sgw_plan_finds_clear(&lookup->finds[i]);
    }
    sgw_free(lookup->slots);
    sgw_free(lookup->finds);
    sgw_free(lookup->recipients);
    sgw_free(lookup->needs);
}

static int ask_all(struct smimegw_plan *plan, struct smimegw_error **ret_error)
{
    struct lookup lookup = {.plan = plan};
    int ret = open_lookup(&lookup, ret_error);
    for (size_t i = 0; ret == SMIMEGW_OK && i < count_sources(plan); i++)
        ret = ask_source(&lookup, i, ret_error);
    if (ret == SMIMEGW_OK)
        answer_all(&lookup);
    close_lookup(&lookup);
    return ret;
}

int smimegw_plan_lookup(struct smimegw_plan *plan, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(plan != NULL, ret_error);
    int ret = sgw_plan_check_unresolved(plan, ret_error);
    if (ret < 0 || count_sources(plan) == 0 || !sgw_plan_wants_keys(plan))
        return ret;
    size_t extras = plan->extras.count;
    /* whatever the functions of stores and resolvers call */
    plan->is_resolving = true;
    plan->is_looking_up = true;
    ret = add_extras(plan, ret_error);
    if (ret == SMIMEGW_OK && plan->recipient_count > 0)
        ret = ask_all(plan, ret_error);
    plan->is_resolving = false;
    plan->is_looking_up = false;
    if (ret < 0)
        drop_extras(plan, extras);
    return ret;
}
