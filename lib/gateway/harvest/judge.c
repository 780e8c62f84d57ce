/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a key: no memory, no store, no clock but the call's. */
#include <string.h>

#include "gateway/harvest/harvest_impl.h"

/* Keys of a sender that wait for an administrator, and as many that are of no trust: strangers
 * must not fill the room that keys in use need. */
enum { WAITING_MAX = 8 };
/* Seconds after which a later signature alone is worth a write. */
enum { FRESH_AFTER = 3600 };

static void settle(struct sgw_harvest_item *item, int outcome, int reason)
{
    item->outcome = outcome;
    item->reason = reason;
}

static void refuse(struct sgw_harvest_item *item, int reason)
{
    settle(item, SMIMEGW_HARVEST_REFUSED, reason);
}

/* --- without the store ---------------------------------------------------------------------
 */

static bool has_domain(const struct smimegw_cert *cert)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name))
        if (name.kind == SGW_NAME_DOMAIN)
            return true;
    return false;
}

/* RFC 5652 section 6.2, SECURITY.md (e): may mail be encrypted to it at all? */
static bool is_weak(const struct smimegw_cert *cert)
{
    return sgw_cert_why_not_encrypt(cert) != NULL || !sgw_cert_key_is_acceptable(cert) ||
           cert->is_ca;
}

/* 0: nothing is against it. */
static int find_fault(const struct sgw_harvesting *call, const struct sgw_harvest_item *item)
{
    const struct smimegw_cert *cert = item->cert;
    const struct sgw_verdict_signer *from = item->from;
    if (!sgw_cert_has_address(cert, call->sender, call->sender_size) &&
        !sgw_cert_speaks_for(cert, call->sender, call->sender_size))
        return SMIMEGW_HARVEST_NO_ADDRESS;
    if (is_weak(cert))
        return SMIMEGW_HARVEST_WEAK;
    if (!call->policy.harvests_expired &&
        (call->now < cert->not_before || call->now > cert->not_after))
        return SMIMEGW_HARVEST_EXPIRED;
    if (!call->policy.harvests_self_signed && sgw_cert_is_self_issued(cert))
        return SMIMEGW_HARVEST_SELF_SIGNED;
    /* it would keep all later ones out [RFC8551-2.7.1] */
    if (from->has_signing_time &&
        from->signing_time > call->now + call->harvester->values.clock_skew)
        return SMIMEGW_HARVEST_FUTURE;
    return 0;
}

void sgw_harvest_judge(struct sgw_harvesting *call, struct sgw_harvest_item *item)
{
    const struct sgw_verdict_layer *layer = &call->verdict->layers[item->layer];
    item->is_passed = call->verdict->outcome == SMIMEGW_OUTCOME_PASS &&
                      layer->outcome == SMIMEGW_OUTCOME_PASS &&
                      item->from->reason == SMIMEGW_REASON_OK && item->from->cert != NULL;
    if (!call->policy.harvests) {
        settle(item, SMIMEGW_HARVEST_OFF, SMIMEGW_HARVEST_BY_POLICY);
        return;
    }
    if (layer->signer_count != 1) {
        refuse(item, SMIMEGW_HARVEST_NOT_ONE_SIGNER);
        return;
    }
    if (!item->is_passed && (!call->policy.harvests_on_failure || item->from->cert == NULL)) {
        refuse(item, SMIMEGW_HARVEST_NOT_PASSED);
        return;
    }
    if (item->from->is_preference_odd) {
        refuse(item, SMIMEGW_HARVEST_PREFERENCE);
        return;
    }
    /* what an unproven signer prefers was not even read */
    item->cert = item->from->preferred != NULL ? item->from->preferred : item->from->cert;
    item->is_domain = has_domain(item->cert);
    int fault = find_fault(call, item);
    if (fault != 0)
        refuse(item, fault);
    item->is_open = fault == 0;
}

/* --- with it -------------------------------------------------------------------------------
 */

int sgw_harvest_grade(const struct sgw_harvest_item *item)
{
    if (item->outcome == SMIMEGW_HARVEST_UNTRUSTED)
        return SMIMEGW_GRADE_UNTRUSTED;
    if (item->outcome == SMIMEGW_HARVEST_HELD)
        return SMIMEGW_GRADE_HELD;
    /* passed, so it has a path, unless it is trusted for itself */
    return item->from->is_pinned || sgw_cert_is_self_issued(item->cert)
               ? SMIMEGW_GRADE_HARVESTED
               : SMIMEGW_GRADE_CHAIN;
}

/* Not in use: the store keeps a few. */
static void set_aside(size_t waiting, struct sgw_harvest_item *item, int outcome, int reason)
{
    if (waiting < WAITING_MAX)
        settle(item, outcome, reason);
    else
        refuse(item, SMIMEGW_HARVEST_LIMIT);
}

static void decide_untrusted(const struct sgw_harvest_known *known,
                             struct sgw_harvest_item *item)
{
    if (known->is_there)
        settle(item, SMIMEGW_HARVEST_KNOWN, SMIMEGW_HARVEST_NOT_PASSED);
    else
        set_aside(known->untrusted, item, SMIMEGW_HARVEST_UNTRUSTED,
                  SMIMEGW_HARVEST_NOT_PASSED);
}

static bool is_held(const struct sgw_harvest_known *known)
{
    return known->is_there && known->grade == SMIMEGW_GRADE_HELD;
}

/* The alert comes also where there is no room: whoever fills it must not hide behind it. */
static void hold(const struct sgw_harvest_known *known, struct sgw_harvest_item *item,
                 int reason, int alert)
{
    if (is_held(known)) {
        settle(item, SMIMEGW_HARVEST_HELD, reason);
        return;
    }
    set_aside(known->held, item, SMIMEGW_HARVEST_HELD, reason);
    item->alert = alert;
}

/* Newer than a time? Only a signing time tells (AC-134). */
static int find_age(const struct sgw_harvest_item *item, int64_t time)
{
    if (!item->from->has_signing_time)
        return SMIMEGW_HARVEST_NO_TIME;
    return item->from->signing_time > time ? SMIMEGW_HARVEST_BY_POLICY
                                           : SMIMEGW_HARVEST_OLD_SIGNATURE;
}

bool sgw_harvest_is_fresh(const struct sgw_harvest_known *known,
                          const struct sgw_harvest_item *item)
{
    return find_age(item, known->time) == SMIMEGW_HARVEST_BY_POLICY &&
           (!known->has_same_capabilities ||
            item->from->signing_time - known->time >= FRESH_AFTER);
}

/* In the place of others that are in use. */
static void decide_update(const struct sgw_harvesting *call,
                          const struct sgw_harvest_known *known, struct sgw_harvest_item *item)
{
    int age = find_age(item, known->newest);
    if (age != SMIMEGW_HARVEST_BY_POLICY) {
        refuse(item, age);
        return;
    }
    item->is_update = !is_held(known);
    if (known->is_other_issuer || sgw_harvest_grade(item) < known->best_grade) {
        hold(known, item, SMIMEGW_HARVEST_NEW_ISSUER, SMIMEGW_ALERT_NEW_ISSUER);
        return;
    }
    if (known->is_other_address) {
        hold(known, item, SMIMEGW_HARVEST_OTHER_ADDRESS, SMIMEGW_ALERT_OTHER_ADDRESS);
        return;
    }
    if (call->policy.harvests_updated)
        settle(item, SMIMEGW_HARVEST_UPDATED, SMIMEGW_HARVEST_BY_POLICY);
    else
        refuse(item, SMIMEGW_HARVEST_NOT_UPDATING);
}

static void refuse_for_administrators(struct sgw_harvest_item *item)
{
    refuse(item, SMIMEGW_HARVEST_ADMINISTRATOR);
    item->alert = SMIMEGW_ALERT_ADMINISTRATOR_KEY;
}

void sgw_harvest_decide(const struct sgw_harvesting *call,
                        const struct sgw_harvest_known *known, struct sgw_harvest_item *item)
{
    const struct sgw_verdict_signer *from = item->from;
    if (known->is_administrators)
        settle(item, SMIMEGW_HARVEST_KNOWN, SMIMEGW_HARVEST_ADMINISTRATOR);
    else if (!item->is_passed)
        decide_untrusted(known, item);
    else if (item->is_domain)
        hold(known, item, SMIMEGW_HARVEST_DOMAIN, SMIMEGW_ALERT_DOMAIN);
    else if (known->has_administrators)
        refuse_for_administrators(item);
    else if (known->is_there && known->grade >= SMIMEGW_GRADE_HARVESTED)
        settle(item, SMIMEGW_HARVEST_KNOWN, find_age(item, known->time));
    else if (from->has_signing_time &&
             from->signing_time < call->now - call->harvester->values.clock_skew)
        refuse(item, SMIMEGW_HARVEST_OLD_SIGNATURE);
    else if (known->others == 0)
        settle(item, SMIMEGW_HARVEST_STORED, SMIMEGW_HARVEST_BY_POLICY);
    else
        decide_update(call, known, item);
}
