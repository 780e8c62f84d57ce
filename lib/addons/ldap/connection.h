/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_LDAP_CONNECTION_H
#define SGW_ADDONS_LDAP_CONNECTION_H

#include <ldap.h>
#include <stdbool.h>
#include <stddef.h>

struct smimegw_ldap;

/* ldap://, ldaps:// or ldapi:// and no more than host and port. */
bool sgw_ldap_uri_is_fine(const char *uri);
/* A handle for a server, all options set; what they leave out libldap takes from its files and
 * the environment. A result of libldap. */
int sgw_ldap_connection_open(const struct smimegw_ldap *ldap, size_t server, bool is_async,
                             LDAP **ret_handle);
bool sgw_ldap_needs_start_tls(const struct smimegw_ldap *ldap, size_t server);
bool sgw_ldap_has_tls(const struct smimegw_ldap *ldap, size_t server);
/* Nobody between reads a password: verified TLS, or the same host. */
bool sgw_ldap_is_private(const struct smimegw_ldap *ldap, size_t server);
/* Send the bind of a server. A result of libldap. */
int sgw_ldap_connection_bind(const struct smimegw_ldap *ldap, size_t server, LDAP *handle,
                             int *ret_message_id);
/* Nothing to be read and not closed by the server: may be used again. */
bool sgw_ldap_connection_is_quiet(LDAP *handle);
int sgw_ldap_connection_fd(LDAP *handle);
/* Of a connection that stands, from now on nothing waits inside. libldap reads whole records
 * of TLS, and would wait for the rest of one without a limit. */
void sgw_ldap_connection_end_waiting(LDAP *handle);
void sgw_ldap_connection_close(void *handle);

#endif
