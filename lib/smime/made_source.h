/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_SMIME_MADE_SOURCE_H
#define SGW_SMIME_MADE_SOURCE_H

#include "cms/signed_out.h"
#include "mime/canonical.h"
#include "smime/context.h"

/* MIME entities that are made around another one: sources, so that they nest. */

/* A signed entity, multipart/signed or opaque. Detached ones can sign while they are written
 * for the first time; then the size is not known before. */
struct sgw_signed_source {
    struct sgw_source base;
    struct sgw_source *child; /* borrowed: the entity that is signed */
    struct sgw_signer_request request;
    struct sgw_frame_out frame;
    struct sgw_der_out after; /* certificates and signerInfos, once signed */
    struct sgw_buf start;     /* text before the child, or before the base64 */
    struct sgw_buf end;       /* detached: text behind the signature's base64 */
    bool is_opaque;
    bool is_signed;
};
int sgw_signed_source_init(struct sgw_signed_source *source, struct sgw_source *child,
                           const struct sgw_signer_request *request, bool is_opaque,
                           bool is_indefinite, const char *boundary,
                           struct smimegw_error **ret_error);
/* Sign now, in a pass over the child of its own; the size is known from then on. */
int sgw_signed_source_sign(struct sgw_signed_source *source, struct smimegw_error **ret_error);
void sgw_signed_source_clear(struct sgw_signed_source *source);

/* An encrypted entity. Written twice it is the same twice: the key and the IV belong to it. */
struct sgw_enveloped_source {
    struct sgw_source base;
    struct sgw_source *child; /* borrowed; its size is known */
    enum sgw_cipher_id cipher;
    uint8_t key[SGW_CIPHER_KEY_MAX];
    uint8_t iv[SGW_CIPHER_IV_MAX];
    struct sgw_frame_out frame;
    struct sgw_buf start;
};
int sgw_enveloped_source_init(struct sgw_enveloped_source *source, struct sgw_source *child,
                              const struct sgw_protect_options *options,
                              struct smimegw_cert *const *certs, size_t count,
                              struct smimegw_error **ret_error);
void sgw_enveloped_source_clear(struct sgw_enveloped_source *source);

/* Header of an application/pkcs7-mime entity, blank line included. */
int sgw_object_header(struct sgw_buf *buf, const char *smime_type);

#endif
