/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_STORE_H
#define SMIMEGW_STORE_H

#include <smimegw/keyring.h>

SMIMEGW_BEGIN_DECLS

/** What a record of a store is; a name is unique among the records of its kind. */
enum smimegw_record_kind {
    SMIMEGW_RECORD_KEY = 1,       /**< a public key that an administrator added: DER */
    SMIMEGW_RECORD_HARVESTED = 2, /**< a public key collected from signed mail: DER */
    SMIMEGW_RECORD_IDENTITY = 3,  /**< certificates of an identity, never its key: PEM */
    SMIMEGW_RECORD_PROFILE = 4,   /**< a sending profile: its text */
    SMIMEGW_RECORD_POLICY = 5,    /**< a receiving policy: its text */
    SMIMEGW_RECORD_ALERT = 6      /**< something an administrator should see: JSON */
};

/** How much it is worth that a certificate is in a store; a higher one goes first. */
enum smimegw_grade {
    SMIMEGW_GRADE_UNTRUSTED = 1,    /**< harvested though verification failed: never used */
    SMIMEGW_GRADE_HELD = 2,         /**< waits for an administrator: never used */
    SMIMEGW_GRADE_HARVESTED = 3,    /**< from signed mail that passed */
    SMIMEGW_GRADE_DNSSEC = 4,       /**< from the domain's own signed zone (RFC 8162) */
    SMIMEGW_GRADE_CHAIN = 5,        /**< with a path to a trust anchor; looked for again when
                                       the certificate is used */
    SMIMEGW_GRADE_ADMINISTRATOR = 6 /**< from an administrator or the organisation's directory
                                     */
};

/**
 * A record, as it goes into a store and comes out of it.
 *
 * All pointers are borrowed and valid during the call that hands the record over.
 */
struct smimegw_record {
    size_t size;              /**< sizeof(struct smimegw_record) */
    int kind;                 /**< a member of enum smimegw_record_kind */
    int grade;                /**< a member of enum smimegw_grade; 0 for what is no key */
    const char *name;         /**< UTF-8 of one line, 1 to 255 bytes, no blanks around it */
    const char *origin;       /**< (nullable) where it came from, likewise */
    const void *data;         /**< what #kind says */
    size_t data_size;         /**< bytes of #data: 1 to 1,048,576 */
    const void *capabilities; /**< (nullable) DER SMIMECapabilities of the owner */
    size_t capabilities_size; /**< bytes of #capabilities, up to 65,536 */
    const char *const *lookup_keys; /**< for keys: normalised addresses, domains, and wildcards
                                       ("*.example.com") that it serves; filled in by the
                                       library */
    size_t lookup_key_count;        /**< entries of #lookup_keys, up to 320 */
    int64_t added;                  /**< seconds since 1970 UTC */
    int64_t used;                   /**< last use, likewise; 0: never */
    int64_t signed_at;              /**< signing time of the message it came in; 0: none */
};

/** What a function of a store returns when it did what it was asked. */
enum smimegw_store_result {
    SMIMEGW_STORE_DONE = 1,  /**< done; a record that is not there is simply not handed over */
    SMIMEGW_STORE_BUSY = -1, /**< somebody else is in the way for too long: try again */
    SMIMEGW_STORE_UNSUPPORTED = -2, /**< put: the store keeps no records of that kind */
    SMIMEGW_STORE_NOMEM = -20       /**< out of memory */
};

/** What a transaction is for. */
enum smimegw_transaction_mode {
    SMIMEGW_TRANSACTION_READ = 0, /**< sees one state of the store, and changes nothing */
    SMIMEGW_TRANSACTION_WRITE = 1 /**< alone among those that write */
};

/**
 * Take a record from a store. About the transaction that hands it over no call is possible
 * meanwhile (#SMIMEGW_E_STATE).
 *
 * @param userdata  (nullable) what was handed in beside the function
 * @param record    (borrowed) the record; valid during the call
 * @return 0 for the next one, anything else for no more
 */
typedef int (*smimegw_record_fn)(void *userdata, const struct smimegw_record *record);

/**
 * What a store is: functions of the host. Zero the structure, then set it up.
 *
 * Each returns #SMIMEGW_STORE_DONE; anything else but #SMIMEGW_STORE_NOMEM and, from put,
 * #SMIMEGW_STORE_UNSUPPORTED, as a binding whose callback raised returns it, is a temporary
 * failure (#SMIMEGW_E_STORE), never "not there". They are called from any thread, with a
 * session by one at a time. What they hand over is checked again. Each member of a record
 * comes back as it was put, byte for byte, JSON of alerts, too.
 *
 * No function may call smimegw_ functions with the transaction it serves: such calls return
 * #SMIMEGW_E_STATE. Another transaction with the same store may be started, and begin sees it
 * as that of any other thread.
 */
struct smimegw_store_functions {
    size_t size; /**< sizeof(struct smimegw_store_functions) */
    /** Start a session, of enum smimegw_transaction_mode. */
    int (*begin)(void *userdata, int mode, void **ret_session);
    /** End it; is_commit 1: keep all it changed, durably, or fail; 0: keep nothing. After a
     * failure nothing should be kept; where that can't be told, as when the disk fails at the
     * very end, the next begin tells: it sees all of it or nothing. The session is gone in any
     * case. */
    int (*end)(void *userdata, void *session, int is_commit);
    /** Hand over the record of a name. */
    int (*get)(void *userdata, void *session, int kind, const char *name,
               smimegw_record_fn take, void *take_userdata);
    /** Hand over each record, of any kind, that has one of the lookup keys; each once. */
    int (*find)(void *userdata, void *session, const char *const *lookup_keys, size_t count,
                smimegw_record_fn take, void *take_userdata);
    /** Hand over the records of a kind whose name is above another in the order of strcmp();
     * NULL: from the first. */
    int (*each)(void *userdata, void *session, int kind, const char *after,
                smimegw_record_fn take, void *take_userdata);
    /** Hand over the records of a kind from the one that was not used for longest: by the
     * later of used and added, then by name. */
    int (*oldest)(void *userdata, void *session, int kind, smimegw_record_fn take,
                  void *take_userdata);
    /** Put a record, in the place of one of its name where there is one. */
    int (*put)(void *userdata, void *session, const struct smimegw_record *record);
    /** Remove the record of a name, if there is one. */
    int (*remove)(void *userdata, void *session, int kind, const char *name);
    /** Set when records were last used, where that is later; names that are not there do not
     * matter. */
    int (*touch)(void *userdata, void *session, int kind, const char *const *names,
                 size_t count, int64_t time);
    /** Number of records of a kind, and how many bytes they take, roughly, as the session's
     * own changes leave them: a size that does not fall with what is removed would have the
     * harvester remove more and more. */
    int (*measure)(void *userdata, void *session, int kind, int64_t *ret_count,
                   int64_t *ret_bytes);
    /** (nullable) The last holder is gone. */
    void (*close)(void *userdata);
};

/**
 * Make a store of a host's functions.
 *
 * @param functions  (borrowed) copied; all but close are due
 * @param userdata   (nullable) handed to the functions
 * @param ret_store  (owned) the store, for smimegw_store_unref()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_store_new(const struct smimegw_store_functions *functions,
                                  void *userdata, struct smimegw_store **ret_store,
                                  struct smimegw_error **ret_error);

/**
 * Make an empty store in memory.
 *
 * @param ret_store  (owned) the store, for smimegw_store_unref()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_RANDOM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_store_new_memory(struct smimegw_store **ret_store,
                                         struct smimegw_error **ret_error);

/**
 * Make a store of one text file of public keys, as smimegw_keyring_export() writes it.
 *
 * It holds #SMIMEGW_RECORD_KEY only, and of those name, origin and certificate. The file is
 * read again where it has changed, and replaced as a whole by a commit, under a lock that
 * other processes respect; a transaction that put and removed nothing writes nothing.
 *
 * @param path       (borrowed) the file; it need not be there
 * @param ret_store  (owned) the store, for smimegw_store_unref()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_RANDOM, #SMIMEGW_E_IO or
 *         #SMIMEGW_E_KEY (not such a file)
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_store_new_file(const char *path, struct smimegw_store **ret_store,
                                       struct smimegw_error **ret_error);

/**
 * Add a holder of a store.
 *
 * @param store  (nullable) the store
 * @return (owned) @p store, for smimegw_store_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_store *smimegw_store_ref(struct smimegw_store *store);

/**
 * Drop a holder of a store; the last one closes it.
 *
 * @param store  (nullable) (consumed) the store
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_store_unref(struct smimegw_store *store);

/**
 * Start a transaction.
 *
 * One that writes waits for another one that does, 5 seconds at most in the stores of this
 * library, also where it is one of the same thread. Whatever changes a store by itself
 * (smimegw_harvester_take(), smimegw_plan_delivery_write()) is called outside of such ones.
 *
 * @param store            the store, which gets another holder
 * @param mode             a member of enum smimegw_transaction_mode
 * @param ret_transaction  (owned) for smimegw_transaction_commit() or
 *                         smimegw_transaction_rollback()
 * @param ret_error        (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_STORE
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_new(struct smimegw_store *store, int mode,
                                        struct smimegw_transaction **ret_transaction,
                                        struct smimegw_error **ret_error);

/**
 * End a transaction and keep all that it changed.
 *
 * Where an earlier call about it failed, nothing is kept (#SMIMEGW_E_STORE). Where the store
 * fails now, it may be in doubt whether all was kept or nothing; the next transaction sees
 * which.
 *
 * @param transaction  (consumed) the transaction; gone on failure, too, but with
 *                     #SMIMEGW_E_STATE
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (a function of the store calls),
 *         #SMIMEGW_E_NOMEM or #SMIMEGW_E_STORE
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_commit(struct smimegw_transaction *transaction,
                                           struct smimegw_error **ret_error);

/**
 * End a transaction and keep nothing.
 *
 * @param transaction  (nullable) (consumed) the transaction
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API void smimegw_transaction_rollback(struct smimegw_transaction *transaction);

/**
 * Take the record of a name.
 *
 * @param transaction  the transaction
 * @param kind         a member of enum smimegw_record_kind
 * @param name         (borrowed) the name
 * @param take         gets the record, if there is one
 * @param userdata     (nullable) handed to @p take
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK (no record is fine, too), #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_RANDOM, #SMIMEGW_E_STATE (called by a function of the store, or an
 * earlier call failed) or #SMIMEGW_E_STORE
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_get(struct smimegw_transaction *transaction, int kind,
                                        const char *name, smimegw_record_fn take,
                                        void *userdata, struct smimegw_error **ret_error);

/**
 * Take the records of a kind in the order of their names.
 *
 * @param transaction  the transaction
 * @param kind         a member of enum smimegw_record_kind
 * @param after        (nullable) (borrowed) names above this one only
 * @param take         gets each record
 * @param userdata     (nullable) handed to @p take
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return as smimegw_transaction_get()
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_each(struct smimegw_transaction *transaction, int kind,
                                         const char *after, smimegw_record_fn take,
                                         void *userdata, struct smimegw_error **ret_error);

/**
 * Take the records of a kind from the one that was not used for longest: by the later of used
 * and added, then by name.
 *
 * @param transaction  the transaction
 * @param kind         a member of enum smimegw_record_kind
 * @param take         gets each record
 * @param userdata     (nullable) handed to @p take
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return as smimegw_transaction_get()
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_oldest(struct smimegw_transaction *transaction, int kind,
                                           smimegw_record_fn take, void *userdata,
                                           struct smimegw_error **ret_error);

/**
 * Take the keys that serve mail addresses: by address, by domain or by wildcard.
 *
 * Addresses that can be no one's have none. Records that name none of the addresses in their
 * certificate are a lie of the store, and an error.
 *
 * @param transaction  the transaction
 * @param addresses    (borrowed) addr-specs, UTF-8
 * @param count        number of addresses, 1 to 10,000
 * @param take         gets each record once
 * @param userdata     (nullable) handed to @p take
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return as smimegw_transaction_get()
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_find(struct smimegw_transaction *transaction,
                                         const char *const *addresses, size_t count,
                                         smimegw_record_fn take, void *userdata,
                                         struct smimegw_error **ret_error);

/**
 * Put a record.
 *
 * For keys the lookup keys are taken from the certificate, and #SMIMEGW_RECORD_KEY must meet
 * the requirements as for smimegw_keyring_add(). A private key is never taken.
 *
 * @param transaction  the transaction, which writes
 * @param record       (borrowed) the record
 * @param flags        members of enum smimegw_keyring_flag, combined; without
 *                     #SMIMEGW_KEYRING_REPLACE a name that is taken is an error
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (the record is malformed or the name taken; the
 *         transaction can go on), #SMIMEGW_E_KEY (likewise; the text says why),
 *         #SMIMEGW_E_ABI (likewise), #SMIMEGW_E_LIMIT (likewise: over 1,000 of its kind for
 * one address or domain), #SMIMEGW_E_NOMEM, #SMIMEGW_E_RANDOM, #SMIMEGW_E_STATE or
 *         #SMIMEGW_E_STORE
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_put(struct smimegw_transaction *transaction,
                                        const struct smimegw_record *record, uint32_t flags,
                                        struct smimegw_error **ret_error);

/**
 * Remove the record of a name.
 *
 * @param transaction  the transaction, which writes
 * @param kind         a member of enum smimegw_record_kind
 * @param name         (borrowed) the name
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (no such record; the transaction can go on),
 *         #SMIMEGW_E_NOMEM, #SMIMEGW_E_STATE or #SMIMEGW_E_STORE
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_remove(struct smimegw_transaction *transaction, int kind,
                                           const char *name, struct smimegw_error **ret_error);

/**
 * Note that records were used.
 *
 * @param transaction  the transaction, which writes
 * @param kind         a member of enum smimegw_record_kind
 * @param names        (borrowed) their names
 * @param count        number of names
 * @param time         seconds since 1970 UTC
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_STATE or
 *         #SMIMEGW_E_STORE
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_touch(struct smimegw_transaction *transaction, int kind,
                                          const char *const *names, size_t count, int64_t time,
                                          struct smimegw_error **ret_error);

/**
 * Count the records of a kind.
 *
 * @param transaction  the transaction
 * @param kind         a member of enum smimegw_record_kind
 * @param ret_count    (nullable) number of records
 * @param ret_bytes    (nullable) bytes they take, roughly
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_STATE or
 *         #SMIMEGW_E_STORE
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_measure(struct smimegw_transaction *transaction, int kind,
                                            int64_t *ret_count, int64_t *ret_bytes,
                                            struct smimegw_error **ret_error);

/**
 * Write all keys of an administrator as smimegw_keyring_export() does.
 *
 * @param transaction  the transaction
 * @param write        takes the file
 * @param userdata     (nullable) handed to @p write
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return as smimegw_transaction_get(), or #SMIMEGW_E_SINK
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_export(struct smimegw_transaction *transaction,
                                           smimegw_write_fn write, void *userdata,
                                           struct smimegw_error **ret_error);

/**
 * Take keys from a file as smimegw_keyring_import() does; memory does not grow with the number
 * of entries.
 *
 * @param transaction  the transaction, which writes; roll it back on failure
 * @param data         (borrowed) the file's bytes
 * @param size         number of bytes
 * @param flags        members of enum smimegw_keyring_flag, combined
 * @param report       (nullable) told about every entry
 * @param userdata     (nullable) handed to @p report
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return as smimegw_keyring_import(), or #SMIMEGW_E_STORE
 * @thread owner of @p transaction
 * @since 0.1
 */
SMIMEGW_API int smimegw_transaction_import(struct smimegw_transaction *transaction,
                                           const void *data, size_t size, uint32_t flags,
                                           smimegw_import_fn report, void *userdata,
                                           struct smimegw_error **ret_error);

/**
 * Normalise a mail address: addresses that certificates take for the same become the same
 * text, in the form that stores, resolvers and group functions are asked by.
 *
 * ASCII letters become lower case, quotes that are not needed go, the domain becomes A-labels;
 * a local part beyond ASCII stays octet by octet.
 *
 * @param address      (borrowed) UTF-8: an addr-spec without angle brackets
 * @param ret_address  (owned) the address
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_SYNTAX (it is none
 *         that a certificate could name: malformed, or without a domain of two labels)
 * @rfc RFC 5321 section 4.1.2, RFC 5890 section 2.3.2.1, RFC 9598 section 5
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_address_normalise(const char *address,
                                          struct smimegw_buffer **ret_address,
                                          struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
