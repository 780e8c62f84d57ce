/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_IDENTITY_H
#define SMIMEGW_IDENTITY_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Read an identity: a private key, its certificate and the certificates above it.
 *
 * Takes PEM (certificates and one private key, PKCS#8 plain or encrypted, PKCS#1 or SEC 1, in
 * any order) or PKCS#12, modern or of the RC2 and 3DES age, in DER, BER or PEM; which one is
 * found out here. The key must belong to one of the certificates. Encryption by PBES1 (single
 * DES), scrypt and PKCS#12 without a MAC are refused. Refusals say what the file is and what
 * to do about it. An identity is shared and immutable. What it does not check: validity,
 * trust, use.
 *
 * @param data          (borrowed) the file's bytes
 * @param size          number of bytes
 * @param passphrase    (nullable) (borrowed) UTF-8; NULL where the file needs none
 * @param ret_identity  (owned) the identity, for smimegw_identity_unref()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_KEY,
 *         #SMIMEGW_E_PASSPHRASE, #SMIMEGW_E_MISMATCH or #SMIMEGW_E_LIMIT (over 1 MiB, 100
 *         certificates in a PKCS#12 file, a passphrase over 1024 bytes, or a derivation that
 *         would take seconds)
 * @rfc RFC 7292, RFC 7468, RFC 5958, RFC 9579
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_identity_new(const void *data, size_t size, const char *passphrase,
                                     struct smimegw_identity **ret_identity,
                                     struct smimegw_error **ret_error);

/**
 * Read one of the identities of a file that holds several private keys, as one for signing and
 * one for decryption.
 *
 * @param data          (borrowed) the file's bytes, in the forms of smimegw_identity_new()
 * @param size          number of bytes
 * @param passphrase    (nullable) (borrowed) UTF-8; NULL where the file needs none
 * @param index         0 for the first private key of the file
 * @param ret_count     number of private keys in the file
 * @param ret_identity  (owned) the identity, for smimegw_identity_unref()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return as smimegw_identity_new(), which takes files with one private key only;
 *         #SMIMEGW_E_KEY past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_identity_new_at(const void *data, size_t size, const char *passphrase,
                                        size_t index, size_t *ret_count,
                                        struct smimegw_identity **ret_identity,
                                        struct smimegw_error **ret_error);

/**
 * Read an identity whose private key and certificate are in two files.
 *
 * @param key           (borrowed) the key file's bytes: the forms of smimegw_identity_new(),
 *                      or one PKCS#8, PKCS#1 or SEC 1 key in DER
 * @param key_size      number of bytes
 * @param passphrase    (nullable) (borrowed) UTF-8; NULL where the key file needs none
 * @param certs         (borrowed) the key's certificate and perhaps those above it, in any
 *                      order and in the forms of smimegw_cert_list_new()
 * @param certs_size    number of bytes
 * @param ret_identity  (owned) the identity, for smimegw_identity_unref()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return as smimegw_identity_new()
 * @rfc RFC 5958, RFC 8017, RFC 5915
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_identity_new_pair(const void *key, size_t key_size,
                                          const char *passphrase, const void *certs,
                                          size_t certs_size,
                                          struct smimegw_identity **ret_identity,
                                          struct smimegw_error **ret_error);

/**
 * Use a private key that stays in a token, by its PKCS#11 URL.
 *
 * Signs with RSA, RSASSA-PSS, ECDSA and Ed25519 keys and decrypts with RSA keys (PKCS#1 v1.5),
 * as far as the token does. What GnuTLS can't ask a token for: RSAES-OAEP and ECDH; messages
 * encrypted that way end as #SMIMEGW_E_DECRYPT. Tokens are found through p11-kit's
 * configuration, or by the URL's module-path attribute. A PIN is tried once, and never as the
 * last try before the token locks itself; a token that somebody in the process is logged in to
 * asks for none. A token that went away is looked for again by the next operation.
 *
 * @param url           (borrowed) URL of the private key
 * @param pin           (nullable) (borrowed) the user's PIN; NULL where the URL has it or none
 *                      is needed
 * @param certs         (nullable) (borrowed) the key's certificate and those above it, in the
 *                      forms of smimegw_cert_list_new(); NULL to take them from the token
 * @param certs_size    number of bytes
 * @param ret_identity  (owned) the identity, for smimegw_identity_unref()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_KEY (no token, no such
 *         key, or no certificate), #SMIMEGW_E_PASSPHRASE (PIN missing or wrong),
 *         #SMIMEGW_E_MISMATCH, #SMIMEGW_E_LIMIT or #SMIMEGW_E_IO (trouble with the token)
 * @rfc RFC 7512
 * @thread any, and one operation at a time; but a module-path not loaded yet must be so while
 *         no other thread uses a token (GnuTLS)
 * @since 0.1
 */
SMIMEGW_API int smimegw_identity_new_url(const char *url, const char *pin, const void *certs,
                                         size_t certs_size,
                                         struct smimegw_identity **ret_identity,
                                         struct smimegw_error **ret_error);

/**
 * Do one private key operation for this library.
 *
 * @param userdata  (nullable) what was handed to smimegw_identity_new_functions()
 * @param request   (borrowed) what is to be done; valid during the call
 * @param result    (borrowed) takes the result, by smimegw_buffer_write()
 * @return 0 when the result is there; #SMIMEGW_E_DECRYPT where the input can't be decrypted
 *         (the library goes on as after a wrong key, and tells nobody); #SMIMEGW_E_UNSUPPORTED
 *         where the engine can't do the algorithm; #SMIMEGW_E_IO, #SMIMEGW_E_NOMEM and
 *         #SMIMEGW_E_RANDOM are trouble with the engine and end the operation with
 *         #SMIMEGW_E_IO, a temporary failure. Anything else is #SMIMEGW_E_IO to sign and to
 *         derive, but #SMIMEGW_E_DECRYPT to decrypt: a code that tells of wrong padding would
 *         give the content away
 */
typedef int (*smimegw_key_fn)(void *userdata, const struct smimegw_key_request *request,
                              struct smimegw_buffer *result);

/** A host's key engine: an HSM, a remote signer, another crypto library. */
struct smimegw_key_functions {
    size_t size; /**< sizeof(struct smimegw_key_functions) */
    /** (nullable) make a signature: RSA and Ed25519 as raw octets, ECDSA as DER */
    smimegw_key_fn sign;
    /** (nullable) RSA decryption of a content key: the bytes without their padding */
    smimegw_key_fn decrypt;
    /** (nullable) ECDH with the point of the request: the x coordinate, or X25519's octets */
    smimegw_key_fn derive;
    /** (nullable) told once, when the last holder of the identity is gone */
    void (*release)(void *userdata);
};

/**
 * Make an identity whose private key is the host's business.
 *
 * What the engine answers is not trusted: signatures are checked with the certificate, and
 * keys and secrets of the wrong size count as a failed decryption. It is not asked for what
 * its certificate's key can't do, nor for ECDH with points that are not on the curve.
 *
 * @param certs         (borrowed) the key's certificate first, and those above it, in the
 * forms of smimegw_cert_list_new()
 * @param certs_size    number of bytes
 * @param functions     (borrowed) copied; at least one operation
 * @param userdata      (nullable) handed to the functions; must live until release is called
 * @param ret_identity  (owned) the identity, for smimegw_identity_unref()
 * @param ret_error     (nullable) (owned) detail; set only on failure, and then release is not
 *                      called
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_ABI (@p functions is larger than this
 *         library knows, and not zero there), #SMIMEGW_E_NOMEM, #SMIMEGW_E_KEY or
 *         #SMIMEGW_E_LIMIT
 * @thread any; the functions are called by the threads that use the identity, several at once
 * @since 0.1
 */
SMIMEGW_API int smimegw_identity_new_functions(const void *certs, size_t certs_size,
                                               const struct smimegw_key_functions *functions,
                                               void *userdata,
                                               struct smimegw_identity **ret_identity,
                                               struct smimegw_error **ret_error);

/**
 * Algorithm of a request.
 *
 * @param request  (nullable) the request
 * @return (borrowed) static text. To sign: "rsa-sha256", "rsa-sha384", "rsa-sha512",
 *         "rsa-pss-sha256" and so on (MGF1 with the same hash, salt of the hash's size),
 *         "ecdsa-sha256" and so on, "ed25519". To decrypt: "rsa-pkcs1", "rsa-oaep-sha1",
 *         "rsa-oaep-sha256" and so on (MGF1 with the same hash, empty label). To derive:
 *         "ecdh-p256", "ecdh-p384", "ecdh-p521", "x25519". "" for NULL
 * @thread the one that was called
 * @since 0.1
 */
SMIMEGW_API const char *
smimegw_key_request_algorithm(const struct smimegw_key_request *request);

/**
 * Input of a request: the bytes to sign, the ciphertext, or the peer's point as octets.
 *
 * Messages are signed with both bytes and digest at hand; for certificates and certificate
 * requests by RSA and ECDSA, there is the digest alone.
 *
 * @param request   (nullable) the request
 * @param ret_size  number of bytes
 * @return (borrowed) bytes, valid during the call; NULL and 0 where only the digest is known;
 *         NULL for NULL arguments
 * @thread the one that was called
 * @since 0.1
 */
SMIMEGW_API const void *smimegw_key_request_data(const struct smimegw_key_request *request,
                                                 size_t *ret_size);

/**
 * Digest of the bytes to sign, for engines that sign digests.
 *
 * @param request   (nullable) the request
 * @param ret_size  number of bytes
 * @return (borrowed) the digest by the algorithm's hash; NULL and 0 for Ed25519, which signs
 *         the bytes, and for requests that do not sign
 * @thread the one that was called
 * @since 0.1
 */
SMIMEGW_API const void *smimegw_key_request_digest(const struct smimegw_key_request *request,
                                                   size_t *ret_size);

/**
 * Add a holder of an identity.
 *
 * @param identity  (nullable) the identity
 * @return (owned) @p identity, for smimegw_identity_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_identity *smimegw_identity_ref(struct smimegw_identity *identity);

/**
 * Drop a holder of an identity; the last one wipes and frees it.
 *
 * @param identity  (nullable) (consumed) the identity
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_identity_unref(struct smimegw_identity *identity);

/**
 * Certificate of an identity's key.
 *
 * @param identity  (nullable) the identity
 * @return (borrowed) the certificate, which lives as long as @p identity; NULL for NULL
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *
smimegw_identity_cert(const struct smimegw_identity *identity);

/**
 * Name that a PKCS#12 file gives to an identity ("friendly name", alias).
 *
 * @param identity  (nullable) the identity
 * @return (borrowed) UTF-8 without control characters, which lives as long as @p identity; ""
 *         where there is none and for NULL
 * @rfc RFC 2985 section 5.5.1
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_identity_name(const struct smimegw_identity *identity);

/**
 * A certificate above an identity's own, as signed messages carry them.
 *
 * @param identity  (nullable) the identity
 * @param index     0 for the issuer of the identity's certificate, 1 for its issuer ...
 * @return (borrowed) the certificate, which lives as long as @p identity; NULL past the last
 *         one: self-signed roots are left out
 * @rfc RFC 8550 section 2.3
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_cert *
smimegw_identity_chain(const struct smimegw_identity *identity, size_t index);

SMIMEGW_END_DECLS

#endif
