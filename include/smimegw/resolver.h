/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_RESOLVER_H
#define SMIMEGW_RESOLVER_H

#include <smimegw/plan.h>
#include <smimegw/store.h>

SMIMEGW_BEGIN_DECLS

/** What a resolver is: functions of the host. Zero the structure, then set it up. */
struct smimegw_resolver_functions {
    size_t size;                   /**< sizeof(struct smimegw_resolver_functions) */
    smimegw_resolve_fn lookup;     /**< called from any thread, by several at once */
    void (*close)(void *userdata); /**< (nullable) the last holder is gone */
};

/**
 * Make a resolver: where certificates of strangers can be looked up, as in a directory.
 *
 * @param functions     (borrowed) copied
 * @param userdata      (nullable) handed to the functions
 * @param grade         #SMIMEGW_GRADE_HARVESTED to #SMIMEGW_GRADE_ADMINISTRATOR: what its
 *                      answers are worth
 * @param ret_resolver  (owned) the resolver, for smimegw_resolver_unref()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_resolver_new(const struct smimegw_resolver_functions *functions,
                                     void *userdata, int grade,
                                     struct smimegw_resolver **ret_resolver,
                                     struct smimegw_error **ret_error);

/**
 * Add a holder of a resolver.
 *
 * @param resolver  (nullable) the resolver
 * @return (owned) @p resolver, for smimegw_resolver_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_resolver *smimegw_resolver_ref(struct smimegw_resolver *resolver);

/**
 * Drop a holder of a resolver; the last one closes it.
 *
 * @param resolver  (nullable) (consumed) the resolver
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_resolver_unref(struct smimegw_resolver *resolver);

/**
 * Look up all addresses without an answer in the gateway's stores and resolvers, in order, and
 * the profile's `extra-recipients` by name among the #SMIMEGW_RECORD_KEY of its stores.
 *
 * Each source is asked once, for all addresses that no source before it had a certificate for
 * that serves now; stores, and resolvers of #SMIMEGW_GRADE_ADMINISTRATOR, also for those that
 * have none of an administrator yet. What a source does not have, the next one is asked for;
 * when the last one has none, it is known that there is none. Where a source fails, the lookup
 * of the addresses it was asked for has failed: a temporary failure, never "no key".
 *
 * Certificates below the profile's `lowest-grade` are not used, nor sources that have no
 * others asked. #SMIMEGW_GRADE_CHAIN counts as #SMIMEGW_GRADE_HARVESTED where the gateway
 * itself sees no path from the certificate to one of its anchors now; intermediates that only
 * a message had have to be added for it (#SMIMEGW_TRUST_INTERMEDIATE). Only an administrator's
 * certificate serves a whole domain, and whoever has one of an administrator to encrypt to, if
 * perhaps of no use now, never gets a harvested one. Of several: valid before expired,
 * harvested ones last, then by address, by domain, by wildcard, then the higher grade, then
 * the newest. Capabilities that a store keeps count as those of
 * smimegw_plan_supply_capabilities(), which counts more.
 *
 * When a delivery was written that is encrypted to a certificate of a store, its record is
 * touched, once a day at most; that this fails does not matter. Nothing else keeps a record
 * "used": what a host finds in a store by itself, it touches itself. Touching is a transaction
 * that writes: while the host has one of its own on that store, it waits as
 * smimegw_transaction_new() does.
 *
 * @param plan       the plan; its needs stay as they are where the gateway has no source
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return as smimegw_plan_add_extra(), where one of the `extra-recipients` can't be encrypted
 *         to, or #SMIMEGW_E_RANDOM; on failure no answer was taken and none of those added.
 *         #SMIMEGW_OK whatever the sources did
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_lookup(struct smimegw_plan *plan,
                                    struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
