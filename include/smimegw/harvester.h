/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_HARVESTER_H
#define SMIMEGW_HARVESTER_H

#include <smimegw/types.h>

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
    SMIMEGW_HARVEST_BY_POLICY = 1,      /**< what the policy asks for */
    SMIMEGW_HARVEST_NOT_PASSED = 2,     /**< the signature did not pass */
    SMIMEGW_HARVEST_EXPIRED = 3,        /**< the certificate has expired, or is not valid yet */
    SMIMEGW_HARVEST_SELF_SIGNED = 4,    /**< the certificate is self-signed */
    SMIMEGW_HARVEST_WEAK = 5,           /**< does not meet the requirements for encryption */
    SMIMEGW_HARVEST_NO_ADDRESS = 6,     /**< names no mail address that is the sender's */
    SMIMEGW_HARVEST_DOMAIN = 7,         /**< would serve a whole domain */
    SMIMEGW_HARVEST_ADMINISTRATOR = 8,  /**< an administrator's key serves the address */
    SMIMEGW_HARVEST_NOT_UPDATING = 9,   /**< another one is known, and updates are off */
    SMIMEGW_HARVEST_NEW_ISSUER = 10,    /**< the known one is of another issuer */
    SMIMEGW_HARVEST_OLD_SIGNATURE = 11, /**< signed before what is known: a replay */
    SMIMEGW_HARVEST_FUTURE = 12,        /**< the signing time is too far from now */
    SMIMEGW_HARVEST_NO_TIME = 13,       /**< no signing time, and another one is known */
    SMIMEGW_HARVEST_PREFERENCE = 14,    /**< it prefers a key that is not its own */
    SMIMEGW_HARVEST_NOT_ONE_SIGNER = 15 /**< more signers than one */
};

/**
 * Be told about something an administrator should see. It is in the store, too.
 *
 * @param userdata  (nullable) what was handed in beside the function
 * @param text      (borrowed) one English sentence
 * @param json      (borrowed) the same for machines; doc/guide.md lists its members
 */
typedef void (*smimegw_alert_fn)(void *userdata, const char *text, const char *json);

/**
 * Make a harvester: it keeps public keys from signed mail in a store.
 *
 * Whether and what is collected is said by the policy (`harvest` and its like, off by
 * default); the harvester's own settings are bounds.
 *
 * @param store          (borrowed) the store, which gets another holder
 * @param ret_harvester  (owned) for smimegw_harvester_unref()
 * @param ret_error      (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_harvester_new(struct smimegw_store *store,
                                      struct smimegw_harvester **ret_harvester,
                                      struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
