/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_ADDRESS_LIST_H
#define SGW_MIME_ADDRESS_LIST_H

#include <stdbool.h>

#include "base/buf.h"
#include "mime/header.h"

/*
 * The mailboxes of To, Cc and their like [RFC5322-3.4], groups opened. What is no mailbox to
 * the strict reader of address.h is left out, and what stands behind a quoted string or a
 * comment that does not end: whoever is left out counts as not named, which is the safe way to
 * be wrong.
 */
struct sgw_address_list {
    const char *at; /* borrowed: the value, folded or not */
    const char *end;
    bool is_odd; /* a group was opened, or something left out */
};
void sgw_address_list_init(struct sgw_address_list *list, const char *value, size_t size);
/* The next addr-spec, in place of what is in ret_address. 1: there is one; 0: the end;
 * E_NOMEM. */
int sgw_address_list_next(struct sgw_address_list *list, struct sgw_buf *ret_address);

/* The mailboxes that a header names as recipients: of To, Cc, Resent-To and Resent-Cc. */
struct sgw_named_list {
    const struct sgw_header *header; /* borrowed */
    size_t next;                     /* field */
    struct sgw_address_list list;
};
void sgw_named_list_init(struct sgw_named_list *named, const struct sgw_header *header);
/* As sgw_address_list_next(). */
int sgw_named_list_next(struct sgw_named_list *named, struct sgw_buf *ret_address);

#endif
