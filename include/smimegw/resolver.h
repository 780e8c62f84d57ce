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
 * @param grade         a member of enum smimegw_grade: what its answers are worth
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

SMIMEGW_END_DECLS

#endif
