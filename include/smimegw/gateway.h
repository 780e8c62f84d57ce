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

/**
 * Trust the certificates in a PEM file, or the one in a DER file, as anchors, before first
 * use.
 *
 * Nothing is trusted that was not added here. All are added or none.
 *
 * @param gateway    the gateway
 * @param data       (borrowed) the file's bytes
 * @param size       number of bytes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (in use already), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_KEY or #SMIMEGW_E_LIMIT
 * @rfc RFC 5280 section 6.1.1
 * @thread the one that sets @p gateway up
 * @since 0.1
 */
SMIMEGW_API int smimegw_gateway_add_anchors(struct smimegw_gateway *gateway, const void *data,
                                            size_t size, struct smimegw_error **ret_error);

/**
 * Know the certificates in a file as links of a path, without trusting them, before first use.
 *
 * @param gateway    the gateway
 * @param data       (borrowed) the file's bytes, PEM or DER
 * @param size       number of bytes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (in use already), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_KEY or #SMIMEGW_E_LIMIT
 * @thread the one that sets @p gateway up
 * @since 0.1
 */
SMIMEGW_API int smimegw_gateway_add_intermediates(struct smimegw_gateway *gateway,
                                                  const void *data, size_t size,
                                                  struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
