/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_HARVESTER_H
#define SMIMEGW_HARVESTER_H

#include <smimegw/store.h>

SMIMEGW_BEGIN_DECLS

/** What became of a signer's public key. */
enum smimegw_harvest_outcome {
    SMIMEGW_HARVEST_OFF = 1,       /**< the policy does not collect keys */
    SMIMEGW_HARVEST_STORED = 2,    /**< new, and used from now on */
    SMIMEGW_HARVEST_UPDATED = 3,   /**< used from now on in the place of an older one */
    SMIMEGW_HARVEST_KNOWN = 4,     /**< there already; capabilities are up to date */
    SMIMEGW_HARVEST_HELD = 5,      /**< kept for an administrator to look at, not used */
    SMIMEGW_HARVEST_UNTRUSTED = 6, /**< kept although verification failed, not used */
    SMIMEGW_HARVEST_REFUSED = 7    /**< not kept */
};

/** Why it became of it. */
enum smimegw_harvest_reason {
    SMIMEGW_HARVEST_BY_POLICY = 1,     /**< what the policy asks for */
    SMIMEGW_HARVEST_NOT_PASSED = 2,    /**< the signature did not pass */
    SMIMEGW_HARVEST_EXPIRED = 3,       /**< the certificate has expired, or is not valid yet */
    SMIMEGW_HARVEST_SELF_SIGNED = 4,   /**< the certificate is self-signed */
    SMIMEGW_HARVEST_WEAK = 5,          /**< does not meet the requirements for encryption */
    SMIMEGW_HARVEST_NO_ADDRESS = 6,    /**< names no mail address that is the sender's */
    SMIMEGW_HARVEST_DOMAIN = 7,        /**< would serve a whole domain */
    SMIMEGW_HARVEST_ADMINISTRATOR = 8, /**< an administrator's key serves the address */
    SMIMEGW_HARVEST_NOT_UPDATING = 9,  /**< another one is known, and updates are off */
    SMIMEGW_HARVEST_NEW_ISSUER = 10,   /**< the known one is of another issuer */
    SMIMEGW_HARVEST_OLD_SIGNATURE = 11, /**< signed before what is known, or long ago: a replay
                                         */
    SMIMEGW_HARVEST_FUTURE = 12,        /**< the signing time is too far ahead */
    SMIMEGW_HARVEST_NO_TIME = 13,       /**< no signing time, and another one is known */
    SMIMEGW_HARVEST_PREFERENCE = 14,    /**< the key it prefers is not provably its own */
    SMIMEGW_HARVEST_NOT_ONE_SIGNER = 15, /**< more signers than one */
    SMIMEGW_HARVEST_LIMIT = 16, /**< the store is full, or has many like it for one address */
    SMIMEGW_HARVEST_OTHER_ADDRESS = 17 /**< another of its addresses has a key in use */
};

/** What an alert is about. */
enum smimegw_alert_kind {
    SMIMEGW_ALERT_NEW_ISSUER = 1,        /**< a key of another issuer than the known one */
    SMIMEGW_ALERT_DOMAIN = 2,            /**< a key that would serve a whole domain */
    SMIMEGW_ALERT_ADMINISTRATOR_KEY = 3, /**< another key than an administrator's */
    SMIMEGW_ALERT_UPDATED_KEYS = 4,      /**< many updated keys of one domain */
    SMIMEGW_ALERT_OTHER_ADDRESS = 5      /**< a key for others, too, who have one in use */
};

/**
 * Be told about something an administrator should see. It is in the store, too.
 *
 * @param userdata  (nullable) what was handed in beside the function
 * @param kind      a member of enum smimegw_alert_kind
 * @param text      (borrowed) one English sentence
 * @param json      (borrowed) the same for machines; doc/guide.md lists its members
 */
typedef void (*smimegw_alert_fn)(void *userdata, int kind, const char *text, const char *json);

/**
 * Make a harvester: it keeps public keys from signed mail in a store.
 *
 * Whether and what is collected is said by the policy (`harvest` and its like, off by
 * default); the harvester's own settings are bounds. Several harvesters, also of other
 * processes, may work on one store. What is harvested serves encryption; for verification an
 * administrator promotes it.
 *
 * @param store          the store, which gets another holder
 * @param ret_harvester  (owned) for smimegw_harvester_unref()
 * @param ret_error      (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_harvester_new(struct smimegw_store *store,
                                      struct smimegw_harvester **ret_harvester,
                                      struct smimegw_error **ret_error);

/**
 * Add a holder of a harvester.
 *
 * @param harvester  (nullable) the harvester
 * @return (owned) @p harvester, for smimegw_harvester_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_harvester *
smimegw_harvester_ref(struct smimegw_harvester *harvester);

/**
 * Drop a holder of a harvester; the last one frees it.
 *
 * @param harvester  (nullable) (consumed) the harvester
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_harvester_unref(struct smimegw_harvester *harvester);

/**
 * Change a setting by name and text, before first use.
 *
 * smimegw_harvester_setting() lists the names, their defaults and what they mean;
 * doc/guide.md has the same list.
 *
 * @param harvester  the harvester
 * @param name       (borrowed) name of the setting
 * @param value      (nullable) (borrowed) UTF-8; NULL brings the default back
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING, #SMIMEGW_E_STATE (in use) or
 *         #SMIMEGW_E_NOMEM
 * @thread owner of @p harvester
 * @since 0.1
 */
SMIMEGW_API int smimegw_harvester_set(struct smimegw_harvester *harvester, const char *name,
                                      const char *value, struct smimegw_error **ret_error);

/**
 * Read a setting as text.
 *
 * @param harvester  the harvester
 * @param name       (borrowed) name of the setting
 * @param ret_value  (owned) the text, in the form that smimegw_harvester_set() takes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING or #SMIMEGW_E_NOMEM
 * @thread any that does not run beside smimegw_harvester_set()
 * @since 0.1
 */
SMIMEGW_API int smimegw_harvester_get(const struct smimegw_harvester *harvester,
                                      const char *name, struct smimegw_buffer **ret_value,
                                      struct smimegw_error **ret_error);

/**
 * List the settings of a harvester.
 *
 * @param index        0, 1, 2 ...
 * @param ret_default  (nullable) (borrowed) static text of the default
 * @param ret_meaning  (nullable) (borrowed) static text: type, unit, meaning
 * @return (borrowed) static name of the setting; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_harvester_setting(size_t index, const char **ret_default,
                                                  const char **ret_meaning);

/**
 * Say who is told about alerts, before first use.
 *
 * An alert is told once, by the harvester whose message caused it, after it is in the store:
 * one of a kind about a domain or an address in `alert-window` seconds.
 *
 * @param harvester  the harvester
 * @param alert      (nullable) told on the thread that calls smimegw_harvester_take(); NULL:
 *                   nobody
 * @param userdata   (nullable) handed to @p alert
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_STATE (in use)
 * @thread owner of @p harvester
 * @since 0.1
 */
SMIMEGW_API int smimegw_harvester_set_alert(struct smimegw_harvester *harvester,
                                            smimegw_alert_fn alert, void *userdata,
                                            struct smimegw_error **ret_error);

/**
 * Take the keys of the signers of a message, in one transaction of the store.
 *
 * Call it when the message was received, and whatever it returns deliver the message: a
 * failure means that nothing was collected from it, which the next message of the same
 * signer makes good. Mail that brings nothing new only reads. Call it outside of transactions
 * of your own that write: within one it waits for it, in vain.
 *
 * @param harvester    the harvester
 * @param policy       (nullable) (borrowed) whether and what is collected; NULL: nothing
 * @param verdict      (borrowed) of smimegw_receive() or smimegw_verify()
 * @param sender       (nullable) (borrowed) whose message it is where it has no From itself
 * @param time         seconds since 1970 UTC at which it was received, up to 253,402,300,799
 *                     (the year 9999); negative for now
 * @param ret_harvest  (nullable) (owned) what became of each signer's key, for
 *                     smimegw_harvest_free()
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (a store that keeps no such records, too),
 *         #SMIMEGW_E_NOMEM, #SMIMEGW_E_RANDOM, #SMIMEGW_E_STATE (called by a function of the
 *         store) or #SMIMEGW_E_STORE (a temporary failure)
 * @rfc RFC 8551 sections 2.5.3 and 2.7.1
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int
smimegw_harvester_take(struct smimegw_harvester *harvester, struct smimegw_policy *policy,
                       const struct smimegw_verdict *verdict, const char *sender, int64_t time,
                       struct smimegw_harvest **ret_harvest, struct smimegw_error **ret_error);

/**
 * Make an administrator's key of a harvested one, in one transaction of the store.
 *
 * It becomes a #SMIMEGW_RECORD_KEY of #SMIMEGW_GRADE_ADMINISTRATOR and is a harvested one no
 * more; its capabilities go with it.
 *
 * @param harvester  the harvester
 * @param name       (borrowed) of the #SMIMEGW_RECORD_HARVESTED, whatever its grade
 * @param new_name   (nullable) (borrowed) of the key; NULL: the same, less "held " or
 * "untrusted "
 * @param flags      members of enum smimegw_keyring_flag, combined
 * @param time       seconds since 1970 UTC from which on it is an administrator's, up to
 *                   253,402,300,799; negative for now
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (no such harvested key, or the new name is taken),
 *         #SMIMEGW_E_KEY (it does not meet the requirements: the text says why),
 *         #SMIMEGW_E_LIMIT (over 1,000 for one address), #SMIMEGW_E_NOMEM, #SMIMEGW_E_RANDOM,
 *         #SMIMEGW_E_STATE or #SMIMEGW_E_STORE
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_harvester_promote(struct smimegw_harvester *harvester,
                                          const char *name, const char *new_name,
                                          uint32_t flags, int64_t time,
                                          struct smimegw_error **ret_error);

/**
 * Number of signers of the message, of all layers.
 *
 * @param harvest  (nullable) what became of them
 * @return signers; 0 for NULL
 * @thread any
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_harvest_count(const struct smimegw_harvest *harvest);

/**
 * What became of a signer's key, and why.
 *
 * @param harvest     (nullable) what became of them
 * @param index       0 for the first signer of the outermost layer
 * @param ret_reason  (nullable) a member of enum smimegw_harvest_reason
 * @return a member of enum smimegw_harvest_outcome; 0 past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_harvest_outcome(const struct smimegw_harvest *harvest, size_t index,
                                        int *ret_reason);

/**
 * Name of the record that the store has of it.
 *
 * @param harvest  (nullable) what became of them
 * @param index    0 for the first signer
 * @return (borrowed) UTF-8 that lives as long as @p harvest: the address and the start of the
 *         certificate's fingerprint, behind "held " or "untrusted " where it is that; "" where
 *         there is no record
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_harvest_name(const struct smimegw_harvest *harvest,
                                             size_t index);

/**
 * One English sentence about a signer's key.
 *
 * @param harvest  (nullable) what became of them
 * @param index    0 for the first signer
 * @return (borrowed) UTF-8 that lives as long as @p harvest; "" past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_harvest_text(const struct smimegw_harvest *harvest,
                                             size_t index);

/**
 * All of it as one JSON document (RFC 8259, UTF-8); doc/guide.md lists its members.
 *
 * @param harvest    what became of them
 * @param ret_json   (owned) the document
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_harvest_json(const struct smimegw_harvest *harvest,
                                     struct smimegw_buffer **ret_json,
                                     struct smimegw_error **ret_error);

/**
 * Name an outcome, as in "stored".
 *
 * @param outcome  a member of enum smimegw_harvest_outcome
 * @return (borrowed) static text, never NULL; "unknown" for unknown numbers
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_harvest_outcome_name(int outcome);

/**
 * Name a reason, as in "new-issuer".
 *
 * @param reason       a member of enum smimegw_harvest_reason
 * @param ret_meaning  (nullable) (borrowed) static English text
 * @return (borrowed) static text, never NULL; "unknown" for unknown numbers
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_harvest_reason_name(int reason, const char **ret_meaning);

/**
 * Name a kind of alert, as in "new-issuer".
 *
 * @param kind  a member of enum smimegw_alert_kind
 * @return (borrowed) static text, never NULL; "unknown" for unknown numbers
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_alert_kind_name(int kind);

/**
 * Free what smimegw_harvester_take() told.
 *
 * @param harvest  (nullable) (consumed) what became of the signers' keys
 * @thread owner of @p harvest
 * @since 0.1
 */
SMIMEGW_API void smimegw_harvest_free(struct smimegw_harvest *harvest);

SMIMEGW_END_DECLS

#endif
