/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file libsmimegw-ldap: certificates of recipients from LDAP directories. Add-on; link
 * smimegw-ldap, too. */
#ifndef SMIMEGW_LDAP_H
#define SMIMEGW_LDAP_H

#include <smimegw/resolver.h>

SMIMEGW_BEGIN_DECLS

/** A directory: servers that hold the same entries, how to ask them, and answers that are kept
 * for a while. It is set up by one thread, frozen by its first lookup, then used by many. */
struct smimegw_ldap;
/** A lookup that is under way, for an event loop. */
struct smimegw_ldap_lookup;

/** What a lookup waits for; combined. */
enum smimegw_ldap_event {
    SMIMEGW_LDAP_READ = 1, /**< the descriptor can be read */
    SMIMEGW_LDAP_WRITE = 2 /**< the descriptor can be written */
};

/**
 * Tell the password of a server's bind DN, at least once for each connection that is made.
 *
 * @param userdata  (nullable) what was handed in beside the function
 * @param uri       (borrowed) the server, as it was added
 * @param bind_dn   (borrowed) the DN, as it was added
 * @param password  (borrowed) takes the password, by smimegw_buffer_write()
 * @return #SMIMEGW_ANSWERED; anything else, and an empty password, makes the next server be
 *         asked
 */
typedef int (*smimegw_ldap_password_fn)(void *userdata, const char *uri, const char *bind_dn,
                                        struct smimegw_buffer *password);

/**
 * Make a directory without servers.
 *
 * @param ret_ldap   (owned) the directory, for smimegw_ldap_unref()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_ldap_new(struct smimegw_ldap **ret_ldap,
                                 struct smimegw_error **ret_error);

/**
 * Add a holder of a directory.
 *
 * @param ldap  (nullable) the directory
 * @return (owned) @p ldap, for smimegw_ldap_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_ldap *smimegw_ldap_ref(struct smimegw_ldap *ldap);

/**
 * Drop a holder of a directory; the last one closes its connections and frees it.
 *
 * @param ldap  (nullable) (consumed) the directory
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_ldap_unref(struct smimegw_ldap *ldap);

/**
 * Change a setting by name and text, before first use.
 *
 * @param ldap       the directory
 * @param name       (borrowed) name of the setting
 * @param value      (nullable) (borrowed) text; NULL brings the default back
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING, #SMIMEGW_E_STATE (in use already)
 *         or #SMIMEGW_E_NOMEM
 * @rfc RFC 4515
 * @thread the one that sets @p ldap up
 * @since 0.1
 */
SMIMEGW_API int smimegw_ldap_set(struct smimegw_ldap *ldap, const char *name,
                                 const char *value, struct smimegw_error **ret_error);

/**
 * Read a setting as text.
 *
 * @param ldap       the directory
 * @param name       (borrowed) name of the setting
 * @param ret_value  (owned) the text, in the form that smimegw_ldap_set() takes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING or #SMIMEGW_E_NOMEM
 * @thread any after set-up
 * @since 0.1
 */
SMIMEGW_API int smimegw_ldap_get(const struct smimegw_ldap *ldap, const char *name,
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
SMIMEGW_API const char *smimegw_ldap_setting(size_t index, const char **ret_default,
                                             const char **ret_meaning);

/**
 * Add a server; the first one that answers is asked, in the order in which they were added.
 *
 * A password goes only over TLS to a server that is verified, to this host (ldapi, localhost,
 * 127.0.0.1, ::1), or where `plain-password` allows it; otherwise no lookup starts. What the
 * settings leave out (ciphers, revocation lists, CAs, the client's own certificate) libldap
 * takes from ldap.conf, ~/.ldaprc and the environment (LDAPTLS_*); LDAPNOINIT there ends that.
 *
 * @param ldap           the directory
 * @param uri            (borrowed) ldap://HOST:PORT, ldaps://HOST:PORT or ldapi://PATH
 *                       (escaped), and no more
 * @param bind_dn        (nullable) (borrowed) who asks; NULL for nobody
 * @param password       (nullable) (borrowed) the password of @p bind_dn; NULL to ask the
 *                       function of smimegw_ldap_set_password()
 * @param password_size  number of bytes; 0 only without @p password
 * @param ret_error      (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (in use already), #SMIMEGW_E_NOMEM
 *         or #SMIMEGW_E_LIMIT (over 16)
 * @rfc RFC 4513 section 5.1
 * @thread the one that sets @p ldap up
 * @since 0.1
 */
SMIMEGW_API int smimegw_ldap_add_server(struct smimegw_ldap *ldap, const char *uri,
                                        const char *bind_dn, const void *password,
                                        size_t password_size,
                                        struct smimegw_error **ret_error);

/**
 * Set the function that tells passwords of servers that were added without one.
 *
 * @param ldap       the directory
 * @param password   (nullable) called from any thread, by several at once
 * @param userdata   (nullable) handed to @p password
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_STATE (in use already)
 * @thread the one that sets @p ldap up
 * @since 0.1
 */
SMIMEGW_API int smimegw_ldap_set_password(struct smimegw_ldap *ldap,
                                          smimegw_ldap_password_fn password, void *userdata,
                                          struct smimegw_error **ret_error);

/**
 * Make a resolver that asks a directory and waits for it.
 *
 * An address has no certificate only where a server has said that it found nothing. Whatever
 * else comes (no server, no TLS, a timeout, busy, over a limit, a pointer to other servers, a
 * certificate that can't be read where there is no other) is a failed lookup.
 *
 * @param ldap          (borrowed) the directory, which gets another holder
 * @param grade         what its answers are worth, as for smimegw_resolver_new();
 *                      #SMIMEGW_GRADE_ADMINISTRATOR for the organisation's own
 * @param ret_resolver  (owned) the resolver, for smimegw_resolver_unref()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_ldap_resolver(struct smimegw_ldap *ldap, int grade,
                                      struct smimegw_resolver **ret_resolver,
                                      struct smimegw_error **ret_error);

/**
 * Look up the certificates of a plan's addresses by the functions of a resolver, which waits.
 *
 * For smimegw_plan_resolve(), with the directory as what is handed in beside the function.
 *
 * @param userdata   (borrowed) the directory: a struct smimegw_ldap
 * @param plan       (borrowed) the plan, for the answers
 * @param addresses  (borrowed) normalised addresses
 * @param count      number of addresses
 * @return #SMIMEGW_ANSWERED, or 0
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_ldap_resolve(void *userdata, struct smimegw_plan *plan,
                                     const char *const *addresses, size_t count);

/**
 * Start to look up all addresses that a plan needs, without waiting.
 *
 * Only the name of the server (getaddrinfo) and the handshake of TLS are waited for, the
 * latter up to `connect-timeout-ms`, the former as long as the system's resolver takes: an
 * event loop adds servers by number, or has a resolver on its own host. Connections are kept
 * for later lookups.
 *
 * @param ldap        (borrowed) the directory, which gets another holder and is frozen
 * @param plan        (borrowed) the plan
 * @param ret_lookup  (owned) the lookup, for smimegw_ldap_lookup_free()
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (no server, or a password that would
 *         go in clear), #SMIMEGW_E_NOMEM or #SMIMEGW_E_RANDOM
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_ldap_lookup_new(struct smimegw_ldap *ldap,
                                        const struct smimegw_plan *plan,
                                        struct smimegw_ldap_lookup **ret_lookup,
                                        struct smimegw_error **ret_error);

/**
 * What a lookup waits for; it may be another descriptor after each step.
 *
 * @param lookup          (nullable) the lookup
 * @param ret_events      (nullable) members of enum smimegw_ldap_event, combined
 * @param ret_timeout_ms  (nullable) the next step is due after so many milliseconds, whatever
 *                        happens
 * @return the descriptor; -1 where it waits for none: the next step is due at once
 * @thread owner of @p lookup
 * @since 0.1
 */
SMIMEGW_API int smimegw_ldap_lookup_fd(const struct smimegw_ldap_lookup *lookup,
                                       uint32_t *ret_events, int *ret_timeout_ms);

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
SMIMEGW_API int smimegw_ldap_lookup_process(struct smimegw_ldap_lookup *lookup,
                                            struct smimegw_plan *plan, int *ret_is_done,
                                            struct smimegw_error **ret_error);

/**
 * Free a lookup; what the plan was not told of stays without an answer.
 *
 * @param lookup  (nullable) (consumed) the lookup
 * @thread owner of @p lookup
 * @since 0.1
 */
SMIMEGW_API void smimegw_ldap_lookup_free(struct smimegw_ldap_lookup *lookup);

SMIMEGW_END_DECLS

#endif
