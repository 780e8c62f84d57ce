/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_KEYRING_H
#define SMIMEGW_KEYRING_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/** What a call about one public key may do; combined. */
enum smimegw_keyring_flag {
    SMIMEGW_KEYRING_REPLACE = 1, /**< a key of the same name is replaced */
    SMIMEGW_KEYRING_FORCE = 2    /**< certificates with lint errors are taken, too */
};

/** What became of an entry of an imported file. */
enum smimegw_import_outcome {
    SMIMEGW_IMPORT_ADDED = 1,    /**< taken under a new name */
    SMIMEGW_IMPORT_REPLACED = 2, /**< taken in the place of another of its name */
    SMIMEGW_IMPORT_SAME = 3,     /**< the same certificate under the same name is there */
    SMIMEGW_IMPORT_CONFLICT = 4, /**< another certificate has the name */
    SMIMEGW_IMPORT_REFUSED = 5,  /**< does not meet the requirements, or is malformed */
    SMIMEGW_IMPORT_PRIVATE = 6   /**< a private key: never taken */
};

/**
 * Be told about one entry of an imported file, in the order of the file.
 *
 * @param userdata  (nullable) what was handed in beside the function
 * @param outcome   a member of enum smimegw_import_outcome
 * @param line      line of the file where the entry starts, from 1
 * @param name      (borrowed) its name
 * @param text      (borrowed) one English sentence: what is wrong, or ""
 * @param done      bytes of the file that were read
 * @param size      bytes of the file
 * @return 0 to go on; anything else ends the import, and nothing of the file is taken
 */
typedef int (*smimegw_import_fn)(void *userdata, int outcome, size_t line, const char *name,
                                 const char *text, size_t done, size_t size);

/**
 * Make an empty keyring: public keys by name, in memory.
 *
 * @param ret_keyring  (owned) the keyring, for smimegw_keyring_free()
 * @param ret_error    (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_RANDOM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_keyring_new(struct smimegw_keyring **ret_keyring,
                                    struct smimegw_error **ret_error);

/**
 * Free a keyring; its certificates stay with their other holders.
 *
 * @param keyring  (nullable) (consumed) the keyring
 * @thread owner of @p keyring
 * @since 0.1
 */
SMIMEGW_API void smimegw_keyring_free(struct smimegw_keyring *keyring);

/**
 * Add a public key.
 *
 * The certificate must meet the requirements for signing or for encryption, as
 * smimegw_cert_lint() finds them.
 *
 * @param keyring    the keyring; unchanged on failure
 * @param name       (borrowed) UTF-8 of one line, at most 255 bytes, without leading or
 *                   trailing blanks; unique
 * @param origin     (nullable) (borrowed) where the key came from, the same rules; NULL for
 *                   "administrator"
 * @param cert       (borrowed) the certificate, which gets another holder
 * @param flags      members of enum smimegw_keyring_flag, combined
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (a bad name, or the name is taken), #SMIMEGW_E_NOMEM,
 *         #SMIMEGW_E_KEY (does not meet the requirements: the text says why) or
 *         #SMIMEGW_E_LIMIT (over 1,000 keys for one address or domain)
 * @thread owner of @p keyring
 * @since 0.1
 */
SMIMEGW_API int smimegw_keyring_add(struct smimegw_keyring *keyring, const char *name,
                                    const char *origin, struct smimegw_cert *cert,
                                    uint32_t flags, struct smimegw_error **ret_error);

/**
 * Remove a public key.
 *
 * @param keyring    the keyring
 * @param name       (borrowed) its name
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK or #SMIMEGW_E_USAGE (no key of that name)
 * @thread owner of @p keyring
 * @since 0.1
 */
SMIMEGW_API int smimegw_keyring_remove(struct smimegw_keyring *keyring, const char *name,
                                       struct smimegw_error **ret_error);

/**
 * Number of public keys.
 *
 * @param keyring  (nullable) the keyring
 * @return keys; 0 for NULL
 * @thread any, while nobody changes @p keyring
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_keyring_count(const struct smimegw_keyring *keyring);

/**
 * A public key by its place; places are in the order of adding and change by removal.
 *
 * @param keyring     (nullable) the keyring
 * @param index       0 for the first
 * @param ret_name    (nullable) (borrowed) its name; valid until the keyring changes
 * @param ret_origin  (nullable) (borrowed) its origin; valid until the keyring changes
 * @return (borrowed) the certificate, valid until the keyring changes; NULL past the last one
 * @thread any, while nobody changes @p keyring
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *smimegw_keyring_get(const struct smimegw_keyring *keyring,
                                                     size_t index, const char **ret_name,
                                                     const char **ret_origin);

/**
 * A public key by its name.
 *
 * @param keyring     (nullable) the keyring
 * @param name        (borrowed) the name
 * @param ret_origin  (nullable) (borrowed) its origin; valid until the keyring changes
 * @return (borrowed) the certificate, valid until the keyring changes; NULL where there is
 * none
 * @thread any, while nobody changes @p keyring
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *smimegw_keyring_find(const struct smimegw_keyring *keyring,
                                                      const char *name,
                                                      const char **ret_origin);

/**
 * The public key to encrypt to for a mail address: by address, else by exact domain, else by
 * wildcard domain; of several, valid before expired, then the newest.
 *
 * @param keyring  (nullable) the keyring
 * @param address  (borrowed) addr-spec, UTF-8
 * @param time     seconds since 1970 UTC; negative for now
 * @return (borrowed) the certificate, valid until the keyring changes; NULL where none can be
 *         encrypted to
 * @thread any, while nobody changes @p keyring
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *smimegw_keyring_lookup(const struct smimegw_keyring *keyring,
                                                        const char *address, int64_t time);

/**
 * Write all public keys as one text file: for each its name, its origin, its fingerprint and
 * its PEM.
 *
 * From the fingerprints and the last line, "# end", an import can tell that a file was damaged
 * or cut off; files that people write need neither.
 *
 * @param keyring    the keyring
 * @param write      takes the file
 * @param userdata   (nullable) handed to @p write
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_SINK
 * @thread any, while nobody changes @p keyring
 * @since 0.1
 */
SMIMEGW_API int smimegw_keyring_export(const struct smimegw_keyring *keyring,
                                       smimegw_write_fn write, void *userdata,
                                       struct smimegw_error **ret_error);

/**
 * Take public keys from a file as smimegw_keyring_export() writes it; or from any file with
 * PEM certificates, which get names of their subjects.
 *
 * Entries that can't be taken are reported and left out; the rest is taken all at once when
 * the file has been read, or not at all on failure.
 *
 * @param keyring    the keyring; unchanged on failure
 * @param data       (borrowed) the file's bytes, with line ends of any kind
 * @param size       number of bytes
 * @param flags      members of enum smimegw_keyring_flag, combined
 * @param report     (nullable) told about every entry
 * @param userdata   (nullable) handed to @p report
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_RANDOM, #SMIMEGW_E_SINK
 *         (@p report ended it) or #SMIMEGW_E_KEY (no entry at all, and no "# end")
 * @thread owner of @p keyring
 * @since 0.1
 */
SMIMEGW_API int smimegw_keyring_import(struct smimegw_keyring *keyring, const void *data,
                                       size_t size, uint32_t flags, smimegw_import_fn report,
                                       void *userdata, struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
