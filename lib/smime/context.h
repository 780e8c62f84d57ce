/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_SMIME_CONTEXT_H
#define SGW_SMIME_CONTEXT_H

#include <stdbool.h>

#include "base/limits.h"
#include "cms/enveloped_out.h"
#include "mime/confidentiality.h"
#include "pki/path/trust.h"

/* When must the signer be the From? */
enum sgw_sender_rule {
    SGW_SENDER_RULE_MESSAGE, /* in whatever has headers of a message; not in a bare MIME entity
                              */
    SGW_SENDER_RULE_ALWAYS,
    SGW_SENDER_RULE_NEVER
};

/* What an operation gets from its gateway; the floors below the gateway know only this. */
struct sgw_context {
    struct sgw_limits limits;
    struct sgw_trust *trust;     /* nullable */
    const struct sgw_pins *pins; /* nullable: believed beside what is pinned in trust */
    int revocation_rule;         /* enum sgw_revocation_rule */
    int64_t time;                /* seconds since 1970 */
    int64_t skew;                /* seconds that a signing time may lie ahead */
    int sender_rule;             /* enum sgw_sender_rule */
    int allows_many_signers;
    int allows_legacy; /* 3DES, to read */
};

enum sgw_mode { SGW_MODE_SIGN, SGW_MODE_ENCRYPT, SGW_MODE_SIGN_ENCRYPT, SGW_MODE_TRIPLE };
enum sgw_sign_form { SGW_FORM_DETACHED, SGW_FORM_OPAQUE };

/* How outgoing mail is made: the values of a sending profile. Members that a settings table
 * writes are int. */
struct sgw_protect_options {
    int mode;           /* enum sgw_mode */
    int form;           /* enum sgw_sign_form */
    int digest;         /* index into sgw_option_digests */
    int cipher;         /* index into sgw_option_ciphers */
    int key_encryption; /* enum sgw_key_encryption */
    int signer_key_id;  /* signer id: 0 issuer and serial, 1 key id */
    int recipient_key_id;
    int uses_pss;
    int has_chain;
    int is_indefinite;    /* encoding: 0 DER, 1 BER */
    int checks_sender;    /* From must be in the certificate's scope */
    int header_rule;      /* enum sgw_header_rule: header protection */
    int64_t signing_time; /* -1: now */
};

/* Words of the settings, and what they stand for, index by index. */
extern const char *const sgw_option_digest_words[];
extern const enum sgw_hash_id sgw_option_digests[];
extern const char *const sgw_option_cipher_words[];
extern const enum sgw_cipher_id sgw_option_ciphers[];

#endif
