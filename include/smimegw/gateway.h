/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_GATEWAY_H
#define SMIMEGW_GATEWAY_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Make a gateway: trust anchors, limits, algorithm policy and clock for all operations.
 *
 * A gateway is shared. It is set up by one thread and frozen by its first use in an operation;
 * from then on any number of threads use it. What it does not do: read files, the environment,
 * the network or a system's trust store.
 *
 * @param ret_gateway  (owned) the gateway, for smimegw_gateway_unref()
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_gateway_new(struct smimegw_gateway **ret_gateway,
                                    struct smimegw_error **ret_error);

/**
 * Add a holder of a gateway.
 *
 * @param gateway  (nullable) the gateway
 * @return (owned) @p gateway, for smimegw_gateway_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_gateway *smimegw_gateway_ref(struct smimegw_gateway *gateway);

/**
 * Drop a holder of a gateway; the last one frees it.
 *
 * @param gateway  (nullable) (consumed) the gateway
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_gateway_unref(struct smimegw_gateway *gateway);

/**
 * Change a setting by name and text, before first use.
 *
 * smimegw_gateway_setting() lists the names, their defaults and what they mean; doc/guide.md
 * has the same list.
 *
 * @param gateway    the gateway
 * @param name       (borrowed) name of the setting
 * @param value      (nullable) (borrowed) text; NULL brings the default back
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING, #SMIMEGW_E_STATE (in use already)
 *         or #SMIMEGW_E_NOMEM
 * @thread the one that sets @p gateway up
 * @since 0.1
 */
SMIMEGW_API int smimegw_gateway_set(struct smimegw_gateway *gateway, const char *name,
                                    const char *value, struct smimegw_error **ret_error);

/**
 * Read a setting as text.
 *
 * @param gateway     the gateway
 * @param name        (borrowed) name of the setting
 * @param ret_value   (owned) the text, in the form that smimegw_gateway_set() takes
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING or #SMIMEGW_E_NOMEM
 * @thread any after set-up
 * @since 0.1
 */
SMIMEGW_API int smimegw_gateway_get(const struct smimegw_gateway *gateway, const char *name,
                                    struct smimegw_buffer **ret_value,
                                    struct smimegw_error **ret_error);

/**
 * List the settings of a gateway.
 *
 * @param index        0, 1, 2 ...
 * @param ret_default  (nullable) (borrowed) static text of the default
 * @param ret_meaning  (nullable) (borrowed) static text: type, unit, meaning
 * @return (borrowed) static name of the setting; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_gateway_setting(size_t index, const char **ret_default,
                                                const char **ret_meaning);

/** What a gateway does with certificates it is given. */
enum smimegw_trust_kind {
    SMIMEGW_TRUST_ANCHOR = 1,        /**< the end of a path, for certificates with addresses */
    SMIMEGW_TRUST_DOMAIN_ANCHOR = 2, /**< that, and for certificates that speak for all users
                                        of a domain, too */
    SMIMEGW_TRUST_PINNED = 3, /**< this very certificate, byte for byte, without a path: an
                                 administrator's public key; it may speak for a domain */
    SMIMEGW_TRUST_DENIED = 4, /**< never trusted, nor a path through it, nor its key under the
                                 same name, whatever else was added */
    SMIMEGW_TRUST_INTERMEDIATE = 5 /**< known as a link of a path, not trusted */
};

/**
 * Add the certificates of a file, in the forms of smimegw_cert_list_new(), before first use.
 *
 * Nothing is trusted that was not added here. All are added or none.
 *
 * @param gateway    the gateway
 * @param kind       a member of enum smimegw_trust_kind
 * @param data       (borrowed) the file's bytes
 * @param size       number of bytes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (in use already), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_KEY or #SMIMEGW_E_LIMIT
 * @rfc RFC 5280 section 6.1.1
 * @thread the one that sets @p gateway up
 * @since 0.1
 */
SMIMEGW_API int smimegw_gateway_add_certs(struct smimegw_gateway *gateway, int kind,
                                          const void *data, size_t size,
                                          struct smimegw_error **ret_error);

/**
 * Supply what is known of revoked certificates, at any time, also while the gateway is in use.
 *
 * Takes CRLs (PEM with any number, or one in DER) or one OCSP response in DER.
 *
 * The setting "revocation" says what they are good for. Nothing is believed here: signature,
 * issuer and freshness are checked when a certificate is judged, an older list never replaces
 * a newer one that proved good, and the oldest go when there are too many. The URLs to fetch
 * from are texts of each certificate, as in #SMIMEGW_CERT_CRL_URLS.
 *
 * @param gateway    the gateway
 * @param data       (borrowed) the bytes, as fetched
 * @param size       number of bytes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_KEY (neither, or
 *         malformed) or #SMIMEGW_E_LIMIT
 * @rfc RFC 5280 section 5, RFC 6960
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_gateway_add_revocation(struct smimegw_gateway *gateway,
                                               const void *data, size_t size,
                                               struct smimegw_error **ret_error);

/**
 * Add a store, behind the stores and resolvers that were added before, before first use.
 *
 * smimegw_plan_lookup() asks them in that order. And a signer's certificate that is, byte for
 * byte, a #SMIMEGW_RECORD_KEY of grade #SMIMEGW_GRADE_ADMINISTRATOR of one of the stores is
 * believed as if it were #SMIMEGW_TRUST_PINNED, unless it was denied or revoked. Where the
 * message does not have the certificate, it is looked for among those that serve the From. At
 * most one lookup of a store a signer, and only where it could help: trust does not reach
 * without it, and the certificate is in its validity and may sign mail. Where a store fails
 * and that decides, the verdict is a temporary error (#SMIMEGW_REASON_CERT_LOOKUP). Nothing is
 * remembered: a key that was removed is not believed any more.
 *
 * @param gateway    the gateway
 * @param store      (borrowed) the store, which gets another holder; called from any thread
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (in use already), #SMIMEGW_E_NOMEM
 *         or #SMIMEGW_E_LIMIT (over 100 stores and resolvers)
 * @thread the one that sets @p gateway up
 * @since 0.1
 */
SMIMEGW_API int smimegw_gateway_add_store(struct smimegw_gateway *gateway,
                                          struct smimegw_store *store,
                                          struct smimegw_error **ret_error);

/**
 * Add a resolver, behind the stores and resolvers that were added before, before first use.
 *
 * @param gateway    the gateway
 * @param resolver   (borrowed) the resolver, which gets another holder; called from any thread
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return as smimegw_gateway_add_store()
 * @thread the one that sets @p gateway up
 * @since 0.1
 */
SMIMEGW_API int smimegw_gateway_add_resolver(struct smimegw_gateway *gateway,
                                             struct smimegw_resolver *resolver,
                                             struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
