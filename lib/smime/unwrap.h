/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_SMIME_UNWRAP_H
#define SGW_SMIME_UNWRAP_H

#include "smime/layer.h"
#include "smime/payload.h"

/* A message whose S/MIME layers were opened from the outside in, as far as they go. */
struct sgw_opened {
    const struct sgw_context *context;
    struct sgw_source *message;
    struct sgw_mime mime; /* of the message */
    struct sgw_sender sender;
    struct sgw_layer *layers;
    size_t count; /* layers seen; the last one may not be open */
    struct sgw_payload payload;
    struct smimegw_verdict *verdict;
};

enum sgw_unwrap_flags {
    SGW_UNWRAP_DECRYPT = 1,   /* open encrypted layers too */
    SGW_UNWRAP_NO_FIELDS = 2, /* don't look at protected fields, From apart */
};

/* Open what is there. What is wrong with the message ends in the verdict. */
int sgw_unwrap(const struct sgw_context *context, struct sgw_source *message,
               struct smimegw_identity *const *identities, size_t identity_count,
               uint32_t flags, struct sgw_opened *ret, struct smimegw_error **ret_error);
void sgw_opened_clear(struct sgw_opened *opened);

/* Is that S/MIME at its root, or could a reader take it for that where it is ambiguous? */
bool sgw_root_is_smime(const struct sgw_mime *mime);
/* The same where no structure was found: by the bytes of what could be its header. */
int sgw_source_hints_smime(struct sgw_source *message, const struct sgw_limits *limits,
                           bool *ret_is_smime, struct smimegw_error **ret_error);
/* Fill the verdict's facts about recipients. E_NOMEM or OK. */
int sgw_opened_bind(struct sgw_opened *opened);

/* Number of leading layers that are taken off when all signed ones go, or when all encryption
 * goes; 0 where there is none, or where one of them is not open. */
size_t sgw_opened_signed_depth(const struct sgw_opened *opened);
size_t sgw_opened_encrypted_depth(const struct sgw_opened *opened);
/* Write the message without its first layers; under another header where one is given. */
int sgw_opened_write(struct sgw_opened *opened, size_t depth, const struct sgw_header *header,
                     struct sgw_stage *sink, struct smimegw_error **ret_error);

/* Operations over it. */
int sgw_verify(const struct sgw_context *context, struct sgw_source *message,
               struct sgw_stage *sink, struct smimegw_verdict **ret_verdict,
               struct smimegw_error **ret_error);
int sgw_decrypt(const struct sgw_context *context, struct sgw_source *message,
                struct smimegw_identity *const *identities, size_t identity_count,
                struct sgw_stage *sink, struct smimegw_verdict **ret_verdict,
                struct smimegw_error **ret_error);
int sgw_inspect(const struct sgw_context *context, struct sgw_source *message,
                struct smimegw_identity *const *identities, size_t identity_count,
                struct sgw_buf *ret_json, struct smimegw_error **ret_error);

#endif
