/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_CMS_ENVELOPED_IN_H
#define SGW_CMS_ENVELOPED_IN_H

#include "asn1/framing.h"
#include "base/limits.h"
#include "cms/algorithms.h"

enum sgw_recipient_kind {
    SGW_RECIPIENT_TRANSPORT, /* RSA */
    SGW_RECIPIENT_AGREEMENT, /* EC, X25519 */
    SGW_RECIPIENT_OTHER      /* kekri, pwri, ori: passed over */
};

/* One who can read the content; of a key agreement, one of its encrypted keys. */
struct sgw_recipient {
    enum sgw_recipient_kind kind;
    bool is_key_id;
    struct sgw_tlv issuer;
    struct sgw_tlv serial;
    struct sgw_tlv key_id;
    struct sgw_tlv algorithm;
    struct sgw_tlv encrypted_key;
    struct sgw_tlv originator_algorithm;
    struct sgw_tlv
        originator;     /* BIT STRING of the ephemeral key; start NULL where there is none */
    struct sgw_tlv ukm; /* start NULL where absent */
};

struct sgw_recipients {
    struct sgw_recipient *list;
    size_t count;
};

/* All recipients of the framing's head. E_SYNTAX, E_LIMIT, E_NOMEM. */
int sgw_recipients_read(const struct sgw_framing *framing, const struct sgw_limits *limits,
                        struct sgw_recipients *ret, struct smimegw_error **ret_error);
void sgw_recipients_clear(struct sgw_recipients *recipients);
bool sgw_recipient_is(const struct sgw_recipient *recipient, const struct smimegw_cert *cert);
/* "rsa-pkcs1", "rsa-oaep", "ecdh-sha256" ... */
const char *sgw_recipient_algorithm(const struct sgw_recipient *recipient);

/* The content's cipher with its parameters. */
struct sgw_content_cipher {
    const struct sgw_cipher_row *row;
    uint8_t iv[SGW_CIPHER_IV_MAX];
    size_t tag_size; /* AEAD: what the parameters announce */
};
/* E_UNSUPPORTED for other ciphers, for 3DES unless allowed, and for AEAD outside
 * AuthEnvelopedData and the reverse; E_SYNTAX for parameters out of RFC 5084's bounds. */
int sgw_content_cipher_read(const struct sgw_framing *framing, bool allows_legacy,
                            struct sgw_content_cipher *ret, struct smimegw_error **ret_error);

/* Keys that may open the content. A key that could not be had is random bytes, so that nothing
 * later can tell (RFC 3218); wiped by clear. */
struct sgw_content_keys {
    uint8_t (*keys)[SGW_CIPHER_KEY_MAX];
    size_t count;
};
/* Try every recipient that is one of the identities, up to the limit, without an early exit.
 * E_NO_KEY where there is none; E_IO for trouble with the engine of a key. */
int sgw_content_keys_find(const struct sgw_recipients *recipients,
                          const struct sgw_content_cipher *cipher,
                          struct smimegw_identity *const *identities, size_t identity_count,
                          int64_t limit, struct sgw_content_keys *ret,
                          struct smimegw_error **ret_error);
void sgw_content_keys_clear(struct sgw_content_keys *keys);

/* AuthEnvelopedData, after framing's finish: authenticated attributes as the bytes that go
 * into the tag [RFC5083-2.2], size 0 where absent, and the mac. E_SYNTAX. */
int sgw_auth_enveloped_rest(const struct sgw_framing *framing, struct sgw_buf *ret_attributes,
                            struct sgw_tlv *ret_mac, struct smimegw_error **ret_error);
/* EnvelopedData: nothing but unprotected attributes may follow. */
bool sgw_enveloped_rest_is_fine(const struct sgw_framing *framing);

#endif
