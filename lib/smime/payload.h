/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_SMIME_PAYLOAD_H
#define SGW_SMIME_PAYLOAD_H

#include "mime/decode.h"
#include "mime/scanner.h"

/* The root of the cryptographic payload: what is inside of all layers, with its header. */
struct sgw_payload {
    int kind;                        /* enum smimegw_header_protection */
    const struct sgw_header *header; /* borrowed: protected fields; NULL: there are none */
    /* a message within: the header is its own */
    struct sgw_body_source body;
    struct sgw_mime mime;
};

struct sgw_opened;
/*
 * Read the protected header of a message whose layers are open: its From always, its fields
 * on demand. hp counts at the root of the payload only [RFC9788-4.1]. E_NOMEM or OK.
 */
int sgw_opened_judge_header(struct sgw_opened *opened, bool judges_fields,
                            struct smimegw_error **ret_error);
/* The same for a message within, which is known by its structure [RFC9788-4.10.1]; nothing
 * where it is none, or its From is not the one outside. */
int sgw_opened_judge_wrapped(struct sgw_opened *opened, struct smimegw_error **ret_error);

/* What of the payload's header takes the place of the outer one. */
enum sgw_restore {
    SGW_RESTORE_NOTHING,
    SGW_RESTORE_INFORMATION, /* Subject, Comments, Keywords [RFC5322-3.6.5] */
    SGW_RESTORE_ALL
};
/*
 * The header of the message without its first layers: outer fields in their places, those of
 * the payload instead of their like, then those that were hidden, then Content-*, without the
 * parameter hp where no layer is left. Nothing is restored of trace fields, of Bcc, of what is
 * no clean text.
 */
int sgw_opened_restore(const struct sgw_opened *opened, size_t depth, enum sgw_restore what,
                       struct sgw_header *ret_header, struct smimegw_error **ret_error);

#endif
