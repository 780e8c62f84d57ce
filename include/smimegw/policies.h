/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_POLICIES_H
#define SMIMEGW_POLICIES_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/** What a call about a set of policies may do; combined. */
enum smimegw_policies_flag {
    SMIMEGW_POLICIES_REPLACE = 1 /**< a policy of the same name is replaced */
};

/**
 * Make an empty set of policies: by name, in memory.
 *
 * @param ret_policies  (owned) the set, for smimegw_policies_free()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_policies_new(struct smimegw_policies **ret_policies,
                                     struct smimegw_error **ret_error);

/**
 * Free a set; its policies stay with their other holders.
 *
 * @param policies  (nullable) (consumed) the set
 * @thread owner of @p policies
 * @since 0.1
 */
SMIMEGW_API void smimegw_policies_free(struct smimegw_policies *policies);

/**
 * Add a policy: a copy of it, which can't be changed any more.
 *
 * @param policies   the set; unchanged on failure
 * @param name       (borrowed) UTF-8 of one line, at most 255 bytes, without leading or
 *                   trailing blanks; unique
 * @param policy     (borrowed) the policy; smimegw_policy_check() must pass
 * @param flags      members of enum smimegw_policies_flag, combined
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (a bad name, or the name is taken), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_SETTING (as smimegw_policy_check()) or #SMIMEGW_E_LIMIT (over 10,000
 *         policies)
 * @thread owner of @p policies
 * @since 0.1
 */
SMIMEGW_API int smimegw_policies_add(struct smimegw_policies *policies, const char *name,
                                     const struct smimegw_policy *policy, uint32_t flags,
                                     struct smimegw_error **ret_error);

/**
 * A policy by its name, ready for smimegw_receive().
 *
 * @param policies  (nullable) the set
 * @param name      (nullable) (borrowed) the name
 * @return (borrowed) the policy, valid until it is replaced or removed, or longer by
 *         smimegw_policy_ref(); NULL where there is none
 * @thread owner of @p policies; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API struct smimegw_policy *
smimegw_policies_get(const struct smimegw_policies *policies, const char *name);

/**
 * Remove a policy.
 *
 * @param policies   the set
 * @param name       (borrowed) its name
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK or #SMIMEGW_E_USAGE (no policy of that name)
 * @thread owner of @p policies
 * @since 0.1
 */
SMIMEGW_API int smimegw_policies_remove(struct smimegw_policies *policies, const char *name,
                                        struct smimegw_error **ret_error);

/**
 * Number of policies.
 *
 * @param policies  (nullable) the set
 * @return policies; 0 for NULL
 * @thread owner of @p policies; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_policies_count(const struct smimegw_policies *policies);

/**
 * A policy by its place; places are in the order of adding and change by removal.
 *
 * @param policies  (nullable) the set
 * @param index     0 for the first
 * @param ret_name  (nullable) (borrowed) its name; valid until the set changes
 * @return (borrowed) the policy, as smimegw_policies_get(); NULL past the last one
 * @thread owner of @p policies; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API struct smimegw_policy *smimegw_policies_at(const struct smimegw_policies *policies,
                                                       size_t index, const char **ret_name);

/**
 * Look for a text in the names and the values that were set; ASCII
 * letters match in either case.
 *
 * @param policies  (nullable) the set
 * @param text      (nullable) (borrowed) UTF-8; "" is in every policy, NULL in none
 * @param start     place to start at: 0, or one past the place that was found before
 * @return place of the first policy that has it, for smimegw_policies_at();
 *         smimegw_policies_count() where there is none
 * @thread owner of @p policies; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_policies_search(const struct smimegw_policies *policies,
                                           const char *text, size_t start);

/**
 * Write all policies as one text file, for people and for smimegw_policies_import().
 *
 * The first line is `# smimegw policies 1`; then come an empty line, `[name]` and a line
 * `setting = value` for each setting that was set, policy by policy.
 *
 * @param policies   (borrowed) the set
 * @param write      takes the file
 * @param userdata   (nullable) handed to @p write
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_SINK
 * @thread owner of @p policies; any, while nobody changes it
 * @since 0.1
 */
SMIMEGW_API int smimegw_policies_export(const struct smimegw_policies *policies,
                                        smimegw_write_fn write, void *userdata,
                                        struct smimegw_error **ret_error);

/**
 * Add the policies of a file as smimegw_policies_export() writes it: all of them, or none.
 *
 * The first line is due. Line ends of any kind, a byte order mark, empty lines, lines that
 * start with "#" and blanks around names, settings and values make no difference.
 *
 * @param policies   the set; unchanged on failure
 * @param data       (borrowed) the file's bytes; NULL only if @p size is 0
 * @param size       number of bytes
 * @param flags      members of enum smimegw_policies_flag, combined
 * @param ret_error  (nullable) (owned) detail, with the number of the line; set only on
 * failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (a name is taken), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_SETTING (anything wrong in the file) or #SMIMEGW_E_LIMIT (over 10,000
 *         policies)
 * @thread owner of @p policies
 * @since 0.1
 */
SMIMEGW_API int smimegw_policies_import(struct smimegw_policies *policies, const void *data,
                                        size_t size, uint32_t flags,
                                        struct smimegw_error **ret_error);

/**
 * Add the policies of a store: all of them, or none.
 *
 * @param policies     the set; unchanged on failure
 * @param transaction  (borrowed) the transaction
 * @param flags        members of enum smimegw_policies_flag, combined
 * @param ret_error    (nullable) (owned) detail, with the record and line; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (a name is taken), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_SETTING (a record does not hold one policy of its name, as
 *         smimegw_policies_export() writes it), #SMIMEGW_E_LIMIT (over 10,000 policies),
 *         #SMIMEGW_E_RANDOM, #SMIMEGW_E_STATE or #SMIMEGW_E_STORE
 * @thread owner of @p policies and @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_policies_load(struct smimegw_policies *policies,
                                      struct smimegw_transaction *transaction, uint32_t flags,
                                      struct smimegw_error **ret_error);

/**
 * Make the policies of a store those of a set: each is put, others are removed.
 *
 * @param policies     (borrowed) the set
 * @param transaction  (borrowed) the transaction, which writes; to be rolled back on failure
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (the store keeps none, too), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_KEY (a text in it looks like a private key), #SMIMEGW_E_RANDOM,
 *         #SMIMEGW_E_STATE or #SMIMEGW_E_STORE
 * @thread owner of @p transaction, while nobody changes @p policies
 * @since 0.1
 */
SMIMEGW_API int smimegw_policies_save(const struct smimegw_policies *policies,
                                      struct smimegw_transaction *transaction,
                                      struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
