/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_PLAN_H
#define SMIMEGW_PLAN_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/** What becomes of a recipient: exactly one of these, and never clearer than the profile says.
 */
enum smimegw_plan_outcome {
    SMIMEGW_PLAN_ENCRYPTED = 1, /**< gets an encrypted copy */
    SMIMEGW_PLAN_CLEAR = 2,     /**< gets a copy that is not encrypted, as the profile says */
    SMIMEGW_PLAN_BOUNCED = 3,   /**< gets nothing, and the sender is told (5xx) */
    SMIMEGW_PLAN_DROPPED = 4,   /**< gets nothing, and nobody is told, as the profile says */
    SMIMEGW_PLAN_DEFERRED = 5   /**< nothing is sent now: try the whole message again (4xx) */
};

/** Why it becomes of a recipient. */
enum smimegw_plan_reason {
    SMIMEGW_PLAN_BY_PROFILE = 1,         /**< what the profile's mode asks for */
    SMIMEGW_PLAN_NO_KEY = 2,             /**< no usable certificate for this recipient */
    SMIMEGW_PLAN_OTHER_NO_KEY = 3,       /**< none for another recipient of the message */
    SMIMEGW_PLAN_LOOKUP = 4,             /**< the lookup of this recipient failed */
    SMIMEGW_PLAN_OTHER_LOOKUP = 5,       /**< the lookup of another recipient failed */
    SMIMEGW_PLAN_NO_IDENTITY = 6,        /**< the mode signs, and there is no identity */
    SMIMEGW_PLAN_SIGNER = 7,             /**< the identity can't sign as the profile asks */
    SMIMEGW_PLAN_SENDER = 8,             /**< From is not in the certificate's scope */
    SMIMEGW_PLAN_ALREADY_SIGNED = 9,     /**< the message came signed */
    SMIMEGW_PLAN_ALREADY_ENCRYPTED = 10, /**< the message came encrypted */
    SMIMEGW_PLAN_REPORT = 11,            /**< null sender, or multipart/report */
    SMIMEGW_PLAN_MALFORMED = 12,         /**< malformed or ambiguous: can't be protected */
    SMIMEGW_PLAN_OVER_LIMIT = 13,        /**< over a limit of the gateway */
    SMIMEGW_PLAN_CALENDAR = 14,          /**< an invitation, which the profile lets pass */
    SMIMEGW_PLAN_NO_EXTRA = 15           /**< an extra recipient of the profile is missing */
};

/** What is done to the message of a delivery; combined, 0: goes as it came. */
enum smimegw_delivery_flag {
    SMIMEGW_DELIVERY_SIGNED = 1,   /**< we sign it */
    SMIMEGW_DELIVERY_ENCRYPTED = 2 /**< we encrypt it */
};

/** How an answer about certificates is meant; combined. */
enum smimegw_supply_flag {
    SMIMEGW_SUPPLY_ANY_NAME = 1, /**< certificates that name somebody else are taken, too: the
                                    host vouches for them */
    SMIMEGW_SUPPLY_REST_NONE = 2 /**< smimegw_plan_use_keyring(): whoever is not found is known
                                    to have none; without it the need stays, for another source
                                  */
};

/** What a lookup callback returns when it has answered. */
enum smimegw_resolve_result {
    SMIMEGW_ANSWERED = 1 /**< each address was answered */
};

/**
 * Look up the certificates of many addresses in one call: for each, smimegw_plan_supply() or
 * smimegw_plan_supply_failure().
 *
 * What comes from a binding whose callback raised counts as a failed lookup, never as "no
 * key".
 *
 * @param userdata   (nullable) what was handed in beside the function
 * @param plan       the plan, for the answers; nothing else may be called with it
 * @param addresses  (borrowed) normalised addresses; valid during the call
 * @param count      number of addresses, at least 1
 * @return #SMIMEGW_ANSWERED; anything else makes the lookup of all of @p addresses a temporary
 *         failure, and so does no answer for those that got none
 */
typedef int (*smimegw_resolve_fn)(void *userdata, struct smimegw_plan *plan,
                                  const char *const *addresses, size_t count);

/**
 * Start to plan what becomes of an outgoing message: who gets which copy of it.
 *
 * Then: sender, recipients and identity; answers to smimegw_plan_need();
 * smimegw_plan_decide(); smimegw_plan_delivery_write() for each delivery. Recipients that are
 * neither in To, Cc, Resent-To nor Resent-Cc are blind: no other encrypted copy names them.
 * The profile's `subject-trigger` and `bcc-field` change the header of all copies, also of
 * those that go as they came. What it does not do: create a bounce, send.
 *
 * @param gateway    (nullable) limits, trust, policy and clock, which gets another holder;
 * NULL for the defaults
 * @param profile    (nullable) (borrowed) the sending profile, which gets another holder; NULL
 *                   for the defaults
 * @param message    (borrowed) a finished message that lives as long as the plan
 * @param ret_plan   (owned) the plan, for smimegw_plan_free()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK (for a malformed message, too: it will bounce), #SMIMEGW_E_USAGE,
 *         #SMIMEGW_E_STATE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO, #SMIMEGW_E_SETTING or
 *         #SMIMEGW_E_RANDOM
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_new(struct smimegw_gateway *gateway,
                                 struct smimegw_profile *profile,
                                 struct smimegw_message *message,
                                 struct smimegw_plan **ret_plan,
                                 struct smimegw_error **ret_error);

/**
 * Free a plan.
 *
 * @param plan  (nullable) (consumed) the plan
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API void smimegw_plan_free(struct smimegw_plan *plan);

/**
 * Tell the sender of the envelope; the last one told counts.
 *
 * The null sender makes the message a report, as a multipart/report is: it is signed only
 * where that is possible, and does not bounce because it is not.
 *
 * @param plan       the plan
 * @param address    (borrowed) an address, or "" for the null sender
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (as smimegw_plan_add_recipient()) or #SMIMEGW_E_STATE
 *         (decided already)
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_set_sender(struct smimegw_plan *plan, const char *address,
                                        struct smimegw_error **ret_error);

/**
 * Add a recipient of the envelope, in order; of several spellings of one mailbox the first
 * stays.
 *
 * An address that no certificate can name, as one with a quoted local part, is known to have
 * no key, and no lookup sees it.
 *
 * @param plan       the plan
 * @param address    (borrowed) UTF-8 of 1 to 320 bytes without control characters
 * @param ret_index  (nullable) the recipient's place; that of the first spelling, if it was
 *                   there
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (decided already), #SMIMEGW_E_NOMEM
 *         or #SMIMEGW_E_LIMIT (over 10,000)
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_add_recipient(struct smimegw_plan *plan, const char *address,
                                           size_t *ret_index,
                                           struct smimegw_error **ret_error);

/**
 * Give the identity that signs where the profile's mode signs.
 *
 * @param plan       the plan
 * @param identity   (nullable) (borrowed) the signer, which gets another holder; NULL for none
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_STATE (decided already)
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_set_identity(struct smimegw_plan *plan,
                                          struct smimegw_identity *identity,
                                          struct smimegw_error **ret_error);

/**
 * Add a certificate that every encrypted copy is encrypted to, beside the recipients' own: an
 * archive's.
 *
 * Nothing is encrypted before there is one for each name of the profile's `extra-recipients`,
 * in that order; smimegw_plan_use_keyring() finds them, too.
 *
 * @param plan       the plan
 * @param cert       (borrowed) the certificate, which gets another holder
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (decided already, or called by a
 *         lookup), #SMIMEGW_E_NOMEM, #SMIMEGW_E_CRYPTO, #SMIMEGW_E_LIMIT, #SMIMEGW_E_RECIPIENT
 *         (can't be encrypted to) or #SMIMEGW_E_REVOCATION
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_add_extra(struct smimegw_plan *plan, struct smimegw_cert *cert,
                                       struct smimegw_error **ret_error);

/**
 * An address whose certificates have to be looked up: one that has no answer yet.
 *
 * There is none where the message is not to be encrypted by this plan.
 *
 * @param plan   (nullable) the plan
 * @param index  0 for the first of those without an answer
 * @return (borrowed) the address, normalised: ASCII letters in lower case, the domain as
 *         A-labels; it lives as long as @p plan; NULL past the last one
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_plan_need(const struct smimegw_plan *plan, size_t index);

/**
 * Answer for an address: its certificates, or that there is none; a later answer counts.
 *
 * Which of them serves is found out by smimegw_plan_decide(): it can be encrypted to, is
 * neither revoked nor denied, and names the address, its domain, or a wildcard over that; of
 * several, valid before expired (which the profile's `expired-certificates` refuses), then in
 * this order, then the newest.
 *
 * @param plan       the plan
 * @param address    (borrowed) the address of a recipient, in any spelling
 * @param certs      (nullable) (borrowed) certificates, which get another holder; NULL if
 *                   @p count is 0
 * @param count      number of certificates; 0: it is known that there is none
 * @param flags      #SMIMEGW_SUPPLY_ANY_NAME or 0
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (no such recipient, too), #SMIMEGW_E_STATE (decided
 *         already), #SMIMEGW_E_NOMEM or #SMIMEGW_E_LIMIT (over 32 certificates)
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_supply(struct smimegw_plan *plan, const char *address,
                                    struct smimegw_cert *const *certs, size_t count,
                                    uint32_t flags, struct smimegw_error **ret_error);

/**
 * Answer for an address that its lookup failed: whether there is a certificate is not known.
 *
 * @param plan       the plan
 * @param address    (borrowed) the address of a recipient, in any spelling
 * @param text       (nullable) (borrowed) what failed, for people; cut at 200 bytes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (no such recipient, too), #SMIMEGW_E_STATE (decided
 *         already) or #SMIMEGW_E_NOMEM
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_supply_failure(struct smimegw_plan *plan, const char *address,
                                            const char *text,
                                            struct smimegw_error **ret_error);

/**
 * Tell what a recipient announced to be able to read; what was told last counts.
 *
 * It counts more than what the recipient's certificate says (RFC 4262). A copy is encrypted
 * with the strongest cipher between the profile's `lowest-cipher` and `cipher` that all of its
 * readers announce; who has none in common with the others gets a copy apart. Who announces
 * nothing, or nothing in that range, has no say: a weak announcement weakens nothing.
 *
 * @param plan          the plan
 * @param address       (borrowed) the address of a recipient, in any spelling
 * @param capabilities  (nullable) (borrowed) SMIMECapabilities in DER, as
 *                      smimegw_verdict_signer_capabilities() gives them; what can't be read
 *                      announces nothing; NULL if @p size is 0
 * @param size          number of bytes
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (no such recipient, too) or #SMIMEGW_E_STATE (decided
 *         already)
 * @rfc RFC 8551 section 2.7.1
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_supply_capabilities(struct smimegw_plan *plan,
                                                 const char *address, const void *capabilities,
                                                 size_t size,
                                                 struct smimegw_error **ret_error);

/**
 * Look up all addresses without an answer in one call of a function.
 *
 * @param plan       the plan
 * @param resolve    called once, or not at all where there is no need
 * @param userdata   (nullable) handed to @p resolve
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK (whatever @p resolve did), #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (decided
 *         already, or called by @p resolve) or #SMIMEGW_E_NOMEM
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_resolve(struct smimegw_plan *plan, smimegw_resolve_fn resolve,
                                     void *userdata, struct smimegw_error **ret_error);

/**
 * Look up all addresses without an answer in a keyring, and the profile's `extra-recipients`
 * by name.
 *
 * @param plan       the plan
 * @param keyring    (borrowed) the keyring
 * @param flags      #SMIMEGW_SUPPLY_REST_NONE or 0
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return as smimegw_plan_add_extra(), where the rest stays in need
 * @thread owner of @p plan; any number of plans may use one @p keyring at a time while nobody
 *         changes it
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_use_keyring(struct smimegw_plan *plan,
                                         const struct smimegw_keyring *keyring, uint32_t flags,
                                         struct smimegw_error **ret_error);

/**
 * Decide: each recipient gets its outcome, and those that are to get the message are in one
 * delivery each.
 *
 * An address without an answer is a failed lookup. A failed lookup defers the whole message,
 * so that nothing is sent twice; only where a recipient is known to have no key and the
 * profile says bounce or drop, that comes first. Nothing is written and no private key used.
 *
 * @param plan       the plan; undecided on failure
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (no recipients), #SMIMEGW_E_STATE (decided already),
 *         #SMIMEGW_E_NOMEM or #SMIMEGW_E_CRYPTO
 * @rfc RFC 8551 section 2.7
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_decide(struct smimegw_plan *plan,
                                    struct smimegw_error **ret_error);

/**
 * Number of recipients, each mailbox once.
 *
 * @param plan  (nullable) the plan
 * @return recipients; 0 for NULL
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_plan_recipient_count(const struct smimegw_plan *plan);

/**
 * A recipient's address.
 *
 * @param plan   (nullable) the plan
 * @param index  0 for the first
 * @return (borrowed) the address as it was added; NULL past the last one
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_plan_recipient(const struct smimegw_plan *plan, size_t index);

/**
 * What becomes of a recipient.
 *
 * @param plan        (nullable) the plan
 * @param index       0 for the first
 * @param ret_reason  (nullable) a member of enum smimegw_plan_reason
 * @param ret_reply   (nullable) (borrowed) static SMTP reply with an enhanced status code
 *                    (ASCII, one line without its end) for those bounced and deferred, else ""
 * @return a member of enum smimegw_plan_outcome; 0, and nothing set, past the last one and
 *         before smimegw_plan_decide()
 * @rfc RFC 3463, RFC 5248
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_recipient_outcome(const struct smimegw_plan *plan, size_t index,
                                               int *ret_reason, const char **ret_reply);

/**
 * What becomes of a recipient and why, for people.
 *
 * @param plan   (nullable) the plan
 * @param index  0 for the first
 * @return (borrowed) one English sentence that lives as long as @p plan; "" past the last one
 *         and before smimegw_plan_decide()
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_plan_recipient_text(const struct smimegw_plan *plan,
                                                    size_t index);

/**
 * The certificate that a recipient's copy is encrypted to.
 *
 * @param plan   (nullable) the plan
 * @param index  0 for the first
 * @return (borrowed) the certificate, which lives as long as @p plan; NULL where this plan
 *         does not encrypt for the recipient
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *smimegw_plan_recipient_cert(const struct smimegw_plan *plan,
                                                             size_t index);

/**
 * Name an outcome, as in "encrypted".
 *
 * @param outcome  a member of enum smimegw_plan_outcome
 * @return (borrowed) static text, never NULL; "undecided" for anything else
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_plan_outcome_name(int outcome);

/**
 * Name a reason, as in "no-key".
 *
 * @param reason       a member of enum smimegw_plan_reason
 * @param ret_meaning  (nullable) (borrowed) static English text
 * @return (borrowed) static text, never NULL; "unknown" for anything else
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_plan_reason_name(int reason, const char **ret_meaning);

/**
 * Number of deliveries: copies of the message that differ.
 *
 * @param plan  (nullable) the plan
 * @return deliveries; 0 for NULL and before smimegw_plan_decide()
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_plan_delivery_count(const struct smimegw_plan *plan);

/**
 * A recipient of a delivery.
 *
 * @param plan      (nullable) the plan
 * @param delivery  0 for the first delivery
 * @param index     0 for its first recipient
 * @return (borrowed) the address as it was added; NULL past the last one
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_plan_delivery_recipient(const struct smimegw_plan *plan,
                                                        size_t delivery, size_t index);

/**
 * What is done to the message of a delivery.
 *
 * @param plan      (nullable) the plan
 * @param delivery  0 for the first delivery
 * @return members of enum smimegw_delivery_flag, combined; 0 past the last one, too
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API uint32_t smimegw_plan_delivery_flags(const struct smimegw_plan *plan,
                                                 size_t delivery);

/**
 * The content cipher of a delivery that this plan encrypts.
 *
 * @param plan      (nullable) the plan
 * @param delivery  0 for the first delivery
 * @return (borrowed) static word of the setting `cipher`; "" where nothing is encrypted, and
 *         past the last one
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_plan_delivery_cipher(const struct smimegw_plan *plan,
                                                     size_t delivery);

/**
 * What is done to the message of a delivery and why, for people.
 *
 * @param plan      (nullable) the plan
 * @param delivery  0 for the first delivery
 * @return (borrowed) one English sentence that lives as long as @p plan; "" past the last one
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_plan_delivery_text(const struct smimegw_plan *plan,
                                                   size_t delivery);

/**
 * Write the message of a delivery; it may be done again.
 *
 * Write all deliveries before the first one is sent: when one fails, none is. Then use is
 * noted in the gateway's stores, see smimegw_plan_lookup(): not for a host that is writing to
 * one of them in a transaction of its own.
 *
 * @param plan       the plan
 * @param delivery   0 for the first delivery
 * @param write      receives the message
 * @param userdata   (nullable) handed to @p write
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return as smimegw_protect(), and #SMIMEGW_E_STATE before smimegw_plan_decide()
 * @rfc RFC 8551
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_delivery_write(struct smimegw_plan *plan, size_t delivery,
                                            smimegw_write_fn write, void *userdata,
                                            struct smimegw_error **ret_error);

/**
 * The plan as JSON: recipients with what becomes of them, and deliveries.
 *
 * @param plan       the plan
 * @param ret_json   (owned) the document; doc/guide.md lists its members
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (not decided) or #SMIMEGW_E_NOMEM
 * @thread owner of @p plan
 * @since 0.1
 */
SMIMEGW_API int smimegw_plan_json(const struct smimegw_plan *plan,
                                  struct smimegw_buffer **ret_json,
                                  struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
