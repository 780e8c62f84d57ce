/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_POLICY_H
#define SMIMEGW_POLICY_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Make a policy: what smimegw_receive() does with incoming mail.
 *
 * With the defaults mail is decrypted and verified, signatures are kept, and no
 * Authentication-Results field is written or removed. A policy is shared: set up by one
 * thread, frozen by its first use in an operation.
 *
 * @param ret_policy  (owned) the policy, for smimegw_policy_unref()
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_policy_new(struct smimegw_policy **ret_policy,
                                   struct smimegw_error **ret_error);

/**
 * Add a holder of a policy.
 *
 * @param policy  (nullable) the policy
 * @return (owned) @p policy, for smimegw_policy_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_policy *smimegw_policy_ref(struct smimegw_policy *policy);

/**
 * Drop a holder of a policy; the last one frees it.
 *
 * @param policy  (nullable) (consumed) the policy
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_policy_unref(struct smimegw_policy *policy);

/**
 * Copy a policy, to be changed.
 *
 * @param policy      (borrowed) the policy
 * @param ret_policy  (owned) the copy, not in use yet, for smimegw_policy_unref()
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any after set-up of @p policy
 * @since 0.1
 */
SMIMEGW_API int smimegw_policy_copy(const struct smimegw_policy *policy,
                                    struct smimegw_policy **ret_policy,
                                    struct smimegw_error **ret_error);

/**
 * Change a setting by name and text, before first use; smimegw_policy_setting() lists them.
 *
 * Texts have no blanks around them and at most 1000 bytes. What was set stays set, also where
 * the value is the default's; an empty text is not set.
 *
 * @param policy     the policy
 * @param name       (borrowed) name of the setting
 * @param value      (nullable) (borrowed) text; NULL brings the default back
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING, #SMIMEGW_E_STATE (in use already)
 *         or #SMIMEGW_E_NOMEM
 * @rfc RFC 8601 section 2.5
 * @thread the one that sets @p policy up
 * @since 0.1
 */
SMIMEGW_API int smimegw_policy_set(struct smimegw_policy *policy, const char *name,
                                   const char *value, struct smimegw_error **ret_error);

/**
 * Read a setting as text.
 *
 * @param policy     the policy
 * @param name       (borrowed) name of the setting
 * @param ret_value  (owned) the text, in the form that smimegw_policy_set() takes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING or #SMIMEGW_E_NOMEM
 * @thread any after set-up
 * @since 0.1
 */
SMIMEGW_API int smimegw_policy_get(const struct smimegw_policy *policy, const char *name,
                                   struct smimegw_buffer **ret_value,
                                   struct smimegw_error **ret_error);

/**
 * Tell whether a setting was set, as opposed to a default.
 *
 * @param policy  (nullable) the policy
 * @param name     (nullable) (borrowed) name of the setting
 * @return 1 if it was; 0 if not, and where there is no such setting
 * @thread any after set-up
 * @since 0.1
 */
SMIMEGW_API int smimegw_policy_is_set(const struct smimegw_policy *policy, const char *name);

/**
 * Check that what was set applies.
 *
 * Settings about S/MIME need it to be on, and `remove-forged` an `authserv-id`. Operations
 * ignore what does not apply; this call tells.
 *
 * @param policy     the policy
 * @param ret_error  (nullable) (owned) detail: the setting; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_SETTING
 * @thread any after set-up
 * @since 0.1
 */
SMIMEGW_API int smimegw_policy_check(const struct smimegw_policy *policy,
                                     struct smimegw_error **ret_error);

/**
 * List the settings of a policy.
 *
 * @param index        0, 1, 2 ...
 * @param ret_default  (nullable) (borrowed) static text of the default
 * @param ret_meaning  (nullable) (borrowed) static text: type, unit, meaning
 * @return (borrowed) static name of the setting; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_policy_setting(size_t index, const char **ret_default,
                                               const char **ret_meaning);

SMIMEGW_END_DECLS

#endif
