/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_LDAP_LDAP_IMPL_H
#define SGW_ADDONS_LDAP_LDAP_IMPL_H

#include <smimegw/ldap.h>

#include "addons/common/clock.h"
#include "addons/common/directory.h"

enum { SGW_LDAP_SERVERS_MAX = 16, SGW_LDAP_ATTRIBUTES_MAX = 16 };

enum sgw_ldap_tls { SGW_LDAP_TLS_REQUIRED, SGW_LDAP_TLS_OFF };
enum sgw_ldap_references { SGW_LDAP_REFERENCES_FAIL, SGW_LDAP_REFERENCES_IGNORE };

struct sgw_ldap_values {
    struct sgw_directory_values directory;
    char *base;
    char *filter;
    char *attributes;
    char *ca_file;
    int scope; /* in the order of LDAP_SCOPE_* */
    int tls;
    int verify;
    int plain_password;
    int references;
    int64_t batch;
    int64_t connect_timeout_ms;
    int64_t search_timeout_ms;
    int64_t entries;
    int64_t answer_size;
};

struct sgw_ldap_server {
    char *uri;
    char *bind_dn; /* NULL: anonymous */
    uint8_t *password;
    size_t password_size;
};

struct smimegw_ldap {
    struct sgw_directory directory;
    struct sgw_ldap_values values;
    struct sgw_ldap_server servers[SGW_LDAP_SERVERS_MAX];
    size_t server_count;
    smimegw_ldap_password_fn password;
    void *userdata;
    /* made at first use, from `attributes` */
    char *attribute_text;
    const char *attributes[SGW_LDAP_ATTRIBUTES_MAX + 1];
};

/* First use. E_STATE (no servers, a password in clear), E_NOMEM or E_RANDOM. */
int sgw_ldap_freeze(struct smimegw_ldap *ldap, struct smimegw_error **ret_error);

#endif
