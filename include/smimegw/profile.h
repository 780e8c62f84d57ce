/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_PROFILE_H
#define SMIMEGW_PROFILE_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Make a sending profile: how outgoing mail is signed and encrypted.
 *
 * A profile is shared: set up by one thread, frozen by its first use in an operation.
 *
 * @param ret_profile  (owned) the profile, for smimegw_profile_unref()
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_profile_new(struct smimegw_profile **ret_profile,
                                    struct smimegw_error **ret_error);

/**
 * Add a holder of a profile.
 *
 * @param profile  (nullable) the profile
 * @return (owned) @p profile, for smimegw_profile_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_profile *smimegw_profile_ref(struct smimegw_profile *profile);

/**
 * Drop a holder of a profile; the last one frees it.
 *
 * @param profile  (nullable) (consumed) the profile
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_profile_unref(struct smimegw_profile *profile);

/**
 * Copy a profile, to be changed.
 *
 * @param profile      (borrowed) the profile
 * @param ret_profile  (owned) the copy, not in use yet, for smimegw_profile_unref()
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any after set-up of @p profile
 * @since 0.1
 */
SMIMEGW_API int smimegw_profile_copy(const struct smimegw_profile *profile,
                                     struct smimegw_profile **ret_profile,
                                     struct smimegw_error **ret_error);

/**
 * Change a setting by name and text, before first use; smimegw_profile_setting() lists them.
 *
 * Texts have no blanks around them and at most 1000 bytes. What was set stays set, also where
 * the value is the default's; an empty text is not set.
 *
 * @param profile    the profile
 * @param name       (borrowed) name of the setting
 * @param value      (nullable) (borrowed) text; NULL brings the default back
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING, #SMIMEGW_E_STATE (in use already)
 *         or #SMIMEGW_E_NOMEM
 * @thread the one that sets @p profile up
 * @since 0.1
 */
SMIMEGW_API int smimegw_profile_set(struct smimegw_profile *profile, const char *name,
                                    const char *value, struct smimegw_error **ret_error);

/**
 * Read a setting as text.
 *
 * @param profile    the profile
 * @param name       (borrowed) name of the setting
 * @param ret_value  (owned) the text, in the form that smimegw_profile_set() takes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING or #SMIMEGW_E_NOMEM
 * @thread any after set-up
 * @since 0.1
 */
SMIMEGW_API int smimegw_profile_get(const struct smimegw_profile *profile, const char *name,
                                    struct smimegw_buffer **ret_value,
                                    struct smimegw_error **ret_error);

/**
 * Tell whether a setting was set, as opposed to a default.
 *
 * @param profile  (nullable) the profile
 * @param name     (nullable) (borrowed) name of the setting
 * @return 1 if it was; 0 if not, and where there is no such setting
 * @thread any after set-up
 * @since 0.1
 */
SMIMEGW_API int smimegw_profile_is_set(const struct smimegw_profile *profile,
                                       const char *name);

/**
 * Check that what was set applies to the mode and does not contradict itself.
 *
 * Settings about signatures are for modes that sign only, and settings about encryption and
 * missing keys for modes that encrypt. Operations ignore what does not apply; this call tells.
 *
 * @param profile    the profile
 * @param ret_error  (nullable) (owned) detail: the setting and the mode; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_SETTING
 * @thread any after set-up
 * @since 0.1
 */
SMIMEGW_API int smimegw_profile_check(const struct smimegw_profile *profile,
                                      struct smimegw_error **ret_error);

/**
 * List the settings of a profile.
 *
 * @param index        0, 1, 2 ...
 * @param ret_default  (nullable) (borrowed) static text of the default
 * @param ret_meaning  (nullable) (borrowed) static text: type, unit, meaning
 * @return (borrowed) static name of the setting; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_profile_setting(size_t index, const char **ret_default,
                                                const char **ret_meaning);

SMIMEGW_END_DECLS

#endif
