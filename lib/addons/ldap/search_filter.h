/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_LDAP_SEARCH_FILTER_H
#define SGW_ADDONS_LDAP_SEARCH_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct sgw_buf;
struct smimegw_error;

/* One filter in parentheses with {address}, {local} or {domain} in it. E_SETTING. */
int sgw_ldap_filter_check(const char *template, struct smimegw_error **ret_error);
/* Of an attribute with its options. */
bool sgw_ldap_is_attribute_byte(int c);
/* The attribute of a template of the form "(attribute={address})": an answer then says whom it
 * is for, and many can be asked for at once. */
bool sgw_ldap_filter_attribute(const char *template, const char **ret_start, size_t *ret_size);
/* Append the filter for an address; nothing of it can become syntax. E_NOMEM. */
int sgw_ldap_filter_append(struct sgw_buf *buf, const char *template, const char *address);

#endif
