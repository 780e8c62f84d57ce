/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_SMIME_LAYER_H
#define SGW_SMIME_LAYER_H

#include "asn1/framing.h"
#include "cms/enveloped_in.h"
#include "cms/signed_in.h"
#include "mime/address.h"
#include "mime/decode.h"
#include "mime/scanner.h"
#include "smime/context.h"
#include "smime/probe.h"
#include "smime/verdict_impl.h"
#include "stream/sink.h"

/* Whom signers are compared with; from the message's own header. */
struct sgw_sender {
    bool is_checked;
    enum sgw_sender_state state;
    struct sgw_buf address;
    struct sgw_buf sender_field; /* address of Sender, where there is exactly one */
};

/* What opening needs beside the layer. */
struct sgw_opening {
    const struct sgw_context *context;
    const struct sgw_sender *sender;
    struct smimegw_identity *const *identities;
    size_t identity_count;
    int64_t *operations; /* signature checks that are left for the message */
};

/* A detached signature's content: a slice of what is around it, with CRLF line ends. */
struct sgw_lines_source {
    struct sgw_source base;
    struct sgw_source *whole;
};
void sgw_lines_source_init(struct sgw_lines_source *source, struct sgw_source *whole);

/* A proven encrypted content, decrypted again while it is read. */
struct sgw_decrypted_source {
    struct sgw_source base;
    struct sgw_source *content;
    enum sgw_cipher_id cipher;
    uint8_t key[SGW_CIPHER_KEY_MAX];
    uint8_t iv[SGW_CIPHER_IV_MAX];
};
void sgw_decrypted_source_init(struct sgw_decrypted_source *source, struct sgw_source *content,
                               const struct sgw_content_cipher *cipher, const uint8_t *key);

/*
 * One S/MIME layer that was opened: its proof is done, and `inner` is the entity inside, to be
 * had again as often as it is needed. Layers read through the ones around them, so those live
 * longer.
 */
struct sgw_layer {
    struct sgw_source *inner; /* NULL: not opened */
    struct sgw_mime inner_mime;
    bool is_entity; /* inner has a MIME header; else it is a body without one */

    struct sgw_slice_source slice;
    struct sgw_lines_source lines;
    struct sgw_body_source body;
    struct sgw_content_source content;
    struct sgw_decrypted_source decrypted;
    struct sgw_memory_source memory;
    struct sgw_buf held;
};
void sgw_layer_clear(struct sgw_layer *layer);

/*
 * Open a layer at the root of an entity: whole and mime are it and its scan. What is wrong
 * with the message ends as the verdict layer's reason, with layer->inner NULL; only trouble of
 * the host is an error.
 */
int sgw_open_detached(const struct sgw_opening *opening, struct sgw_source *whole,
                      const struct sgw_mime *mime, struct sgw_layer *layer,
                      struct sgw_verdict_layer *verdict, struct smimegw_error **ret_error);
int sgw_open_object(const struct sgw_opening *opening, struct sgw_source *whole,
                    const struct sgw_mime *mime, struct sgw_layer *layer,
                    struct sgw_verdict_layer *verdict, struct smimegw_error **ret_error);

/* Parts of sgw_open_object() by CMS type: framing has finished over layer->body. */
int sgw_open_enveloped(const struct sgw_opening *opening, const struct sgw_framing *framing,
                       struct sgw_layer *layer, struct sgw_verdict_layer *verdict,
                       struct smimegw_error **ret_error);
/* Judge all signers by digests of the content; fills the verdict layer. */
int sgw_judge_signers(const struct sgw_opening *opening, const struct sgw_framing *framing,
                      struct sgw_digest_stage *digests, struct sgw_verdict_layer *verdict,
                      struct smimegw_error **ret_error);

/* Turn a result that is about the message into a reason with its text; others stay errors. */
int sgw_layer_refuse(struct sgw_verdict_layer *verdict, int ret, struct smimegw_error **error,
                     struct smimegw_error **ret_error);
/* Keep what a proving pass saw: the inner entity in memory where it was held, else `again`. */
void sgw_layer_keep(struct sgw_layer *layer, struct sgw_probe *probe,
                    struct sgw_source *again);
/* Text of an issuer and serial number or a key identifier. */
int sgw_put_id(struct sgw_buf *buf, bool is_key_id, const struct sgw_tlv *issuer,
               const struct sgw_tlv *serial, const struct sgw_tlv *key_id);

#endif
