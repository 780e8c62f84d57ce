/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_PBE_H
#define SGW_PKI_PBE_H

#include <smimegw/types.h>
#include <stdbool.h>

#include "asn1/der.h"
#include "base/crypto.h"

/*
 * Encryption by a passphrase as key files use it: PBES2 [RFC8018-6.2] and the schemes of
 * [RFC7292-C]. Not PBES1, whose ciphers are single DES and RC2 under MD5 or SHA-1, not
 * scrypt. Iterations are counted: opening one file never costs more than a second or two.
 */
enum {
    SGW_PASSPHRASE_SIZE_MAX = 1024,
    /* in blocks of SHA-256, of which a machine hashes ten millions a second; an iteration of
     * PBKDF2 is two, and one with SHA-384 or SHA-512 is three times as much */
    SGW_PBE_WORK_MAX = 12000000,
    SGW_PBE_SALT_MAX = 1024,
    SGW_PBE_KEY_MAX = 128
};

/* A passphrase in the forms that derivations take, and the work that is left for the file. */
struct sgw_passphrase {
    const char *text; /* UTF-8; "" where there is none */
    size_t size;
    struct sgw_buf wide; /* the form for PKCS#12's own derivation */
    int64_t work;
};

/* NULL is no passphrase. E_LIMIT, E_NOMEM. Clear it in any case; the text is borrowed. */
int sgw_passphrase_init(struct sgw_passphrase *passphrase, const char *text,
                        struct smimegw_error **ret_error);
void sgw_passphrase_clear(struct sgw_passphrase *passphrase);
/*
 * Makers differ in what they derive from: number 0 is UTF-16 with its terminator
 * [RFC7292-B.1]; number 1 is what OpenSSL before 1.1 made of UTF-8, or nothing at all for the
 * empty passphrase. E_PASSPHRASE where there is no form of that number.
 */
int sgw_passphrase_form(struct sgw_passphrase *passphrase, int number);

/* The hash of a hash's own OID or of an HMAC's; NONE where it is not known. */
enum sgw_hash_id sgw_pbe_hash(const struct sgw_tlv *oid);

/* PKCS#12's own derivation [RFC7292-B.2]; purpose 1 key, 2 IV, 3 MAC. */
struct sgw_pbe_salt {
    const uint8_t *data;
    size_t size;
    int iterations;
};
int sgw_pbe_derive_pkcs12(struct sgw_passphrase *passphrase, enum sgw_hash_id hash,
                          uint8_t purpose, const struct sgw_pbe_salt *salt, uint8_t *ret_key,
                          size_t key_size, struct smimegw_error **ret_error);

/* PBKDF2 by an AlgorithmIdentifier's contents. *key_size 0: the file must name one. */
int sgw_pbe_derive_pbkdf2(struct sgw_passphrase *passphrase, struct sgw_der algorithm,
                          uint8_t ret_key[SGW_PBE_KEY_MAX], size_t *key_size,
                          struct smimegw_error **ret_error);
/* A salt and iterations at the front of the walk; *ret_salt holds the default of iterations, 0
 * where they must be there. */
int sgw_pbe_read_salt(struct sgw_der *der, struct sgw_pbe_salt *ret_salt,
                      struct smimegw_error **ret_error);

/* E_KEY with the sentence for parameters that can't be read. */
int sgw_pbe_malformed(struct smimegw_error **ret_error);

/* Decrypt by an AlgorithmIdentifier's contents. E_PASSPHRASE without a detail where it does
 * not come out; E_KEY, E_LIMIT, E_NOMEM with one. */
int sgw_pbe_decrypt(struct sgw_passphrase *passphrase, struct sgw_der algorithm,
                    const uint8_t *data, size_t size, struct sgw_buf *ret_plain,
                    struct smimegw_error **ret_error);

#endif
