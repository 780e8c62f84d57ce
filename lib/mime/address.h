/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_ADDRESS_H
#define SGW_MIME_ADDRESS_H

#include <stdbool.h>

#include "base/buf.h"
#include "mime/header.h"

enum sgw_sender_state {
    SGW_SENDER_ONE,       /* one From field with one mailbox */
    SGW_SENDER_NONE,      /* no From field, or an empty one */
    SGW_SENDER_AMBIGUOUS, /* several fields, several mailboxes, a group, or not parseable */
};

/*
 * The addr-spec of a field that must hold exactly one mailbox [RFC5322-3.4]: comments
 * and display names dropped, quoted local parts unquoted only where nothing needs the quotes.
 * Strict: obsolete routes, domain literals, control characters and encoded words in the
 * addr-spec are AMBIGUOUS. Returns E_NOMEM or OK.
 */
int sgw_sender_find(const struct sgw_header *header, const char *field_name,
                    enum sgw_sender_state *ret_state, struct sgw_buf *ret_address);
/* The same for one value, folded or not; blanks only are SGW_SENDER_NONE. */
int sgw_address_parse(const char *value, size_t size, enum sgw_sender_state *ret_state,
                      struct sgw_buf *ret_address);
/* An addr-spec alone, as the API takes it: no comments, blanks, brackets or display name. */
bool sgw_address_is_valid(const char *address, size_t size);

#endif
