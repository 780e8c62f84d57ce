/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_PROFILES_H
#define SMIMEGW_PROFILES_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/** What a call about a set of profiles may do; combined. */
enum smimegw_profiles_flag {
    SMIMEGW_PROFILES_REPLACE = 1 /**< a profile of the same name is replaced */
};

/**
 * Make an empty set of sending profiles: by name, in memory.
 *
 * @param ret_profiles  (owned) the set, for smimegw_profiles_free()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_profiles_new(struct smimegw_profiles **ret_profiles,
                                     struct smimegw_error **ret_error);

/**
 * Free a set; its profiles stay with their other holders.
 *
 * @param profiles  (nullable) (consumed) the set
 * @thread owner of @p profiles
 * @since 0.1
 */
SMIMEGW_API void smimegw_profiles_free(struct smimegw_profiles *profiles);

/**
 * Add a profile: a copy of it, which can't be changed any more.
 *
 * @param profiles   the set; unchanged on failure
 * @param name       (borrowed) UTF-8 of one line, at most 255 bytes, without leading or
 *                   trailing blanks; unique
 * @param profile    (borrowed) the profile; smimegw_profile_check() must pass
 * @param flags      members of enum smimegw_profiles_flag, combined
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (a bad name, or the name is taken), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_SETTING (as smimegw_profile_check()) or #SMIMEGW_E_LIMIT (over 10,000
 *         profiles)
 * @thread owner of @p profiles
 * @since 0.1
 */
SMIMEGW_API int smimegw_profiles_add(struct smimegw_profiles *profiles, const char *name,
                                     const struct smimegw_profile *profile, uint32_t flags,
                                     struct smimegw_error **ret_error);

/**
 * A profile by its name, ready for use in operations.
 *
 * @param profiles  (nullable) the set
 * @param name      (nullable) (borrowed) the name
 * @return (borrowed) the profile, valid until it is replaced or removed, or longer by
 *         smimegw_profile_ref(); NULL where there is none
 * @thread owner of @p profiles; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API struct smimegw_profile *
smimegw_profiles_get(const struct smimegw_profiles *profiles, const char *name);

/**
 * Remove a profile.
 *
 * @param profiles   the set
 * @param name       (borrowed) its name
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK or #SMIMEGW_E_USAGE (no profile of that name)
 * @thread owner of @p profiles
 * @since 0.1
 */
SMIMEGW_API int smimegw_profiles_remove(struct smimegw_profiles *profiles, const char *name,
                                        struct smimegw_error **ret_error);

/**
 * Number of profiles.
 *
 * @param profiles  (nullable) the set
 * @return profiles; 0 for NULL
 * @thread owner of @p profiles; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_profiles_count(const struct smimegw_profiles *profiles);

/**
 * A profile by its place; places are in the order of adding and change by removal.
 *
 * @param profiles  (nullable) the set
 * @param index     0 for the first
 * @param ret_name  (nullable) (borrowed) its name; valid until the set changes
 * @return (borrowed) the profile, as smimegw_profiles_get(); NULL past the last one
 * @thread owner of @p profiles; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API struct smimegw_profile *
smimegw_profiles_at(const struct smimegw_profiles *profiles, size_t index,
                    const char **ret_name);

/**
 * Look for a text in the names, the descriptions and the other values that were set; ASCII
 * letters match in either case.
 *
 * @param profiles  (nullable) the set
 * @param text      (nullable) (borrowed) UTF-8; "" is in every profile, NULL in none
 * @param start     place to start at: 0, or one past the place that was found before
 * @return place of the first profile that has it, for smimegw_profiles_at();
 *         smimegw_profiles_count() where there is none
 * @thread owner of @p profiles; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_profiles_search(const struct smimegw_profiles *profiles,
                                           const char *text, size_t start);

/**
 * Write all profiles as one text file, for people and for smimegw_profiles_import().
 *
 * The first line is `# smimegw profiles 1`; then come an empty line, `[name]` and a line
 * `setting = value` for each setting that was set, profile by profile.
 *
 * @param profiles   (borrowed) the set
 * @param write      takes the file
 * @param userdata   (nullable) handed to @p write
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_SINK
 * @thread owner of @p profiles; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API int smimegw_profiles_export(const struct smimegw_profiles *profiles,
                                        smimegw_write_fn write, void *userdata,
                                        struct smimegw_error **ret_error);

/**
 * Add the profiles of a file as smimegw_profiles_export() writes it: all of them, or none.
 *
 * The first line is due. Line ends of any kind, a byte order mark, empty lines, lines that
 * start with "#" and blanks around names, settings and values make no difference.
 *
 * @param profiles   the set; unchanged on failure
 * @param data       (borrowed) the file's bytes; NULL only if @p size is 0
 * @param size       number of bytes
 * @param flags      members of enum smimegw_profiles_flag, combined
 * @param ret_error  (nullable) (owned) detail, with the number of the line; set only on
 * failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (a name is taken), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_SETTING (anything wrong in the file) or #SMIMEGW_E_LIMIT (over 10,000
 *         profiles)
 * @thread owner of @p profiles
 * @since 0.1
 */
SMIMEGW_API int smimegw_profiles_import(struct smimegw_profiles *profiles, const void *data,
                                        size_t size, uint32_t flags,
                                        struct smimegw_error **ret_error);

/**
 * Add the profiles of a store: all of them, or none.
 *
 * @param profiles     the set; unchanged on failure
 * @param transaction  (borrowed) the transaction
 * @param flags        members of enum smimegw_profiles_flag, combined
 * @param ret_error    (nullable) (owned) detail, with the record and line; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (a name is taken), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_SETTING (a record does not hold one profile of its name, as
 *         smimegw_profiles_export() writes it), #SMIMEGW_E_LIMIT (over 10,000 profiles),
 *         #SMIMEGW_E_RANDOM, #SMIMEGW_E_STATE or #SMIMEGW_E_STORE
 * @thread owner of @p profiles and @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_profiles_load(struct smimegw_profiles *profiles,
                                      struct smimegw_transaction *transaction, uint32_t flags,
                                      struct smimegw_error **ret_error);

/**
 * Make the profiles of a store those of a set: each is put, others are removed.
 *
 * @param profiles     (borrowed) the set
 * @param transaction  (borrowed) the transaction, which writes; to be rolled back on failure
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (the store keeps none, too), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_KEY (a text in it looks like a private key), #SMIMEGW_E_RANDOM,
 *         #SMIMEGW_E_STATE or #SMIMEGW_E_STORE
 * @thread owner of @p transaction, while nobody changes @p profiles
 * @since 0.1
 */
SMIMEGW_API int smimegw_profiles_save(const struct smimegw_profiles *profiles,
                                      struct smimegw_transaction *transaction,
                                      struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
