/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file libsmimegw-smimea: certificates of recipients from DNS (RFC 8162). Add-on; link
 * smimegw-smimea, too. */
#ifndef SMIMEGW_SMIMEA_H
#define SMIMEGW_SMIMEA_H

#include <smimegw/resolver.h>

SMIMEGW_BEGIN_DECLS

/**
 * DNS as a directory: the domain of an address publishes its certificates, signed by DNSSEC.
 *
 * Only what DNSSEC proves counts, and what no trust anchor covers is a failed lookup. Records
 * of usages 1 and 3 that hold a certificate (selector 0, matching type 0) give it; the path
 * that usage 1 asks for is not looked at, as the domain itself vouches. All others only say
 * that there is one. The file of trust anchors is read again once an hour. Local parts are
 * asked for in lower case, as plans have them. It is set up by one thread, frozen by its first
 * lookup, then used by many; libunbound keeps a thread of its own for each lookup at a time. A
 * process that forks uses it after that.
 */
struct smimegw_smimea;
/** A lookup that is under way, for an event loop. */
struct smimegw_smimea_lookup;

/**
 * Make a DNS directory.
 *
 * @param ret_smimea   (owned) the directory, for smimegw_smimea_unref()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_smimea_new(struct smimegw_smimea **ret_smimea,
                                   struct smimegw_error **ret_error);

/**
 * Add a holder of a directory.
 *
 * @param smimea  (nullable) the directory
 * @return (owned) @p smimea, for smimegw_smimea_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_smimea *smimegw_smimea_ref(struct smimegw_smimea *smimea);

/**
 * Drop a holder of a directory; the last one frees it.
 *
 * @param smimea  (nullable) (consumed) the directory
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_smimea_unref(struct smimegw_smimea *smimea);

/**
 * Change a setting by name and text, before first use.
 *
 * @param smimea       the directory
 * @param name       (borrowed) name of the setting
 * @param value      (nullable) (borrowed) text; NULL brings the default back
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING, #SMIMEGW_E_STATE (in use already)
 *         or #SMIMEGW_E_NOMEM
 * @rfc RFC 8162
 * @thread the one that sets @p smimea up
 * @since 0.1
 */
SMIMEGW_API int smimegw_smimea_set(struct smimegw_smimea *smimea, const char *name,
                                   const char *value, struct smimegw_error **ret_error);

/**
 * Read a setting as text.
 *
 * @param smimea       the directory
 * @param name       (borrowed) name of the setting
 * @param ret_value  (owned) the text, in the form that smimegw_smimea_set() takes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING or #SMIMEGW_E_NOMEM
 * @thread any after set-up
 * @since 0.1
 */
SMIMEGW_API int smimegw_smimea_get(const struct smimegw_smimea *smimea, const char *name,
                                   struct smimegw_buffer **ret_value,
                                   struct smimegw_error **ret_error);

/**
 * List the settings of a directory.
 *
 * @param index        0, 1, 2 ...
 * @param ret_default  (nullable) (borrowed) static text of the default
 * @param ret_meaning  (nullable) (borrowed) static text: type, unit, meaning
 * @return (borrowed) static name of the setting; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_smimea_setting(size_t index, const char **ret_default,
                                               const char **ret_meaning);

/**
 * Make a resolver that asks DNS and waits for it; its answers are worth #SMIMEGW_GRADE_DNSSEC.
 *
 * An address has no certificate only where DNSSEC proves that there is no record, where the
 * domain is not signed (setting `insecure`), or where records only name one (`hash-only`).
 * Whatever else comes (bogus, a failing server, a timeout, a record that can't be read where
 * there is no other) is a failed lookup.
 *
 * @param smimea        (borrowed) the directory, which gets another holder
 * @param ret_resolver  (owned) the resolver, for smimegw_resolver_unref()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @rfc RFC 8162
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_smimea_resolver(struct smimegw_smimea *smimea,
                                        struct smimegw_resolver **ret_resolver,
                                        struct smimegw_error **ret_error);

/**
 * Look up the certificates of a plan's addresses by the functions of a resolver, which waits.
 *
 * For smimegw_plan_resolve(), with the directory as what is handed in beside the function.
 *
 * @param userdata   (borrowed) the directory: a struct smimegw_smimea
 * @param plan       (borrowed) the plan, for the answers
 * @param addresses  (borrowed) normalised addresses
 * @param count      number of addresses
 * @return #SMIMEGW_ANSWERED, or 0
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_smimea_resolve(void *userdata, struct smimegw_plan *plan,
                                       const char *const *addresses, size_t count);

/**
 * Start to look up all addresses that a plan needs, without waiting.
 *
 * 64 addresses are asked for at a time.
 *
 * @param smimea        (borrowed) the directory, which gets another holder and is frozen
 * @param plan        (borrowed) the plan
 * @param ret_lookup  (owned) the lookup, for smimegw_smimea_lookup_free()
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING (no trust anchor, or a forwarder
 * that is no address), #SMIMEGW_E_IO (the trust anchor can't be read), #SMIMEGW_E_NOMEM or
 *         #SMIMEGW_E_RANDOM
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_smimea_lookup_new(struct smimegw_smimea *smimea,
                                          const struct smimegw_plan *plan,
                                          struct smimegw_smimea_lookup **ret_lookup,
                                          struct smimegw_error **ret_error);

/**
 * What a lookup waits for: that a descriptor can be read.
 *
 * @param lookup          (nullable) the lookup
 * @param ret_timeout_ms  (nullable) the next step is due after so many milliseconds, whatever
 *                        happens
 * @return the descriptor; -1 where it waits for none: the next step is due at once
 * @thread owner of @p lookup
 * @since 0.1
 */
SMIMEGW_API int smimegw_smimea_lookup_fd(const struct smimegw_smimea_lookup *lookup,
                                         int *ret_timeout_ms);

/**
 * Go a step further: what is known of the addresses is told to the plan.
 *
 * @param lookup       the lookup; on failure, try again or free it
 * @param plan         (borrowed) the plan it was started for
 * @param ret_is_done  1: all addresses are answered; 0: wait once more
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (another plan, too), #SMIMEGW_E_STATE (decided
 *         already) or #SMIMEGW_E_NOMEM
 * @thread owner of @p lookup and @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_smimea_lookup_process(struct smimegw_smimea_lookup *lookup,
                                              struct smimegw_plan *plan, int *ret_is_done,
                                              struct smimegw_error **ret_error);

/**
 * Free a lookup; what the plan was not told of stays without an answer.
 *
 * @param lookup  (nullable) (consumed) the lookup
 * @thread owner of @p lookup
 * @since 0.1
 */
SMIMEGW_API void smimegw_smimea_lookup_free(struct smimegw_smimea_lookup *lookup);

SMIMEGW_END_DECLS

#endif
