/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <string.h>

#include "addons/ldap/connection.h"
#include "addons/ldap/ldap_impl.h"
#include "addons/ldap/search_filter.h"
#include "base/alloc.h"
#include "base/error_impl.h"

static const char *const scope_words[] = {"base", "one", "subtree", NULL};
static const char *const tls_words[] = {"required", "off", NULL};
static const char *const reference_words[] = {"fail", "ignore", NULL};

#define PLACE(member) .offset = offsetof(struct sgw_ldap_values, member)
#define NUMBER(from, to) .type = SGW_SETTING_NUMBER, .lowest = (from), .highest = (to)
#define CHOICE(list) .type = SGW_SETTING_CHOICE, .words = (list)

static const struct sgw_setting settings[] = {
    {.name = "base",
     .type = SGW_SETTING_TEXT,
     PLACE(base),
     .meaning = "DN below which is searched; empty: the whole directory"},
    {.name = "scope",
     CHOICE(scope_words),
     PLACE(scope),
     .initial = "subtree",
     .meaning = "base, one or subtree: how far below base"},
    {.name = "filter",
     .type = SGW_SETTING_TEXT,
     PLACE(filter),
     .initial = "(mail={address})",
     .meaning = "RFC 4515 filter with {address}, {local} or {domain}; of the form "
                "(ATTRIBUTE={address}), many addresses share a search"},
    {.name = "attributes",
     .type = SGW_SETTING_TEXT,
     PLACE(attributes),
     .initial = "userSMIMECertificate;binary,userSMIMECertificate,userCertificate;binary,"
                "userCertificate",
     .meaning = "comma separated attributes with certificates, up to 16"},
    {.name = "tls",
     CHOICE(tls_words),
     PLACE(tls),
     .initial = "required",
     .meaning = "required or off: StartTLS on ldap://; ldaps:// always has TLS"},
    {.name = "ca-file",
     .type = SGW_SETTING_TEXT,
     PLACE(ca_file),
     .meaning = "PEM file of CAs that servers' certificates must lead to; empty: the one of "
                "the system's ldap.conf"},
    {.name = "verify",
     .type = SGW_SETTING_SWITCH,
     PLACE(verify),
     .initial = "yes",
     .meaning = "yes or no: a server's certificate and its name are verified"},
    {.name = "plain-password",
     .type = SGW_SETTING_SWITCH,
     PLACE(plain_password),
     .initial = "no",
     .meaning = "yes or no: passwords go over networks without TLS, or to servers that are "
                "not verified"},
    {.name = "references",
     CHOICE(reference_words),
     PLACE(references),
     .initial = "fail",
     .meaning = "fail or ignore: what a pointer to other servers in an answer means; it is "
                "never followed"},
    {.name = "batch",
     NUMBER(1, 100),
     PLACE(batch),
     .initial = "20",
     .meaning = "number: addresses in one search"},
    {.name = "connect-timeout-ms",
     NUMBER(1, 600000),
     PLACE(connect_timeout_ms),
     .initial = "5000",
     .meaning = "milliseconds until a server is given up that does not let in"},
    {.name = "search-timeout-ms",
     NUMBER(1, 600000),
     PLACE(search_timeout_ms),
     .initial = "10000",
     .meaning = "milliseconds until a server is given up that does not answer"},
    {.name = "entries",
     NUMBER(1, 10000),
     PLACE(entries),
     .initial = "200",
     .meaning = "number: entries that may answer a search"},
    {.name = "answer-size",
     NUMBER(1024, 1 << 30),
     PLACE(answer_size),
     .initial = "4M",
     .meaning = "bytes of one entry, at most"},
    SGW_DIRECTORY_SETTINGS(struct sgw_ldap_values, directory),
    {0},
};

int smimegw_ldap_new(struct smimegw_ldap **ret_ldap, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_ldap != NULL, ret_error);
    struct smimegw_ldap *ldap = sgw_calloc(1, sizeof(*ldap));
    if (ldap == NULL || sgw_directory_init(&ldap->directory, sgw_ldap_connection_close) < 0) {
        sgw_free(ldap);
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "directory");
    }
    int ret = sgw_settings_init(settings, &ldap->values, ret_error);
    if (ret < 0)
        smimegw_ldap_unref(ldap);
    else
        *ret_ldap = ldap;
    return ret;
}

struct smimegw_ldap *smimegw_ldap_ref(struct smimegw_ldap *ldap)
{
    if (ldap != NULL)
        sgw_ref_get(&ldap->directory.ref);
    return ldap;
}

static void clear_server(struct sgw_ldap_server *server)
{
    sgw_free(server->uri);
    sgw_free(server->bind_dn);
    sgw_free_secret(server->password, server->password_size);
    *server = (struct sgw_ldap_server){0};
}

void smimegw_ldap_unref(struct smimegw_ldap *ldap)
{
    if (ldap == NULL || !sgw_ref_put(&ldap->directory.ref))
        return;
    sgw_directory_clear(&ldap->directory);
    for (size_t i = 0; i < ldap->server_count; i++)
        clear_server(&ldap->servers[i]);
    sgw_settings_clear(settings, &ldap->values);
    sgw_free(ldap->attribute_text);
    sgw_free(ldap);
}

static int check_attributes(const char *text, struct smimegw_error **ret_error)
{
    size_t count = 0;
    size_t size;
    const char *at = text;
    if (text == NULL)
        return SMIMEGW_OK;
    do {
        for (size = 0; sgw_ldap_is_attribute_byte((unsigned char)at[size]); size++)
            ;
        at += size;
        count += size > 0;
    } while (size > 0 && *at++ == ',');
    if (size > 0 && at[-1] == '\0' && count <= SGW_LDAP_ATTRIBUTES_MAX)
        return SMIMEGW_OK;
    return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                    "attributes: 1 to %d names, comma separated, without blanks",
                    SGW_LDAP_ATTRIBUTES_MAX);
}

int smimegw_ldap_set(struct smimegw_ldap *ldap, const char *name, const char *value,
                     struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ldap != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    int ret = sgw_directory_check_open(&ldap->directory, ret_error);
    if (ret == SMIMEGW_OK && strcmp(name, "filter") == 0 && value != NULL)
        ret = sgw_ldap_filter_check(value, ret_error);
    if (ret == SMIMEGW_OK && strcmp(name, "attributes") == 0)
        ret = check_attributes(value, ret_error);
    return ret < 0 ? ret : sgw_settings_set(settings, &ldap->values, name, value, ret_error);
}

int smimegw_ldap_get(const struct smimegw_ldap *ldap, const char *name,
                     struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ldap != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_settings_get_buffer(settings, &ldap->values, name, ret_value, ret_error);
}

const char *smimegw_ldap_setting(size_t index, const char **ret_default,
                                 const char **ret_meaning)
{
    return sgw_settings_list(settings, index, ret_default, ret_meaning);
}

static int fill_server(struct sgw_ldap_server *server, const char *uri, const char *bind_dn,
                       const void *password, size_t password_size)
{
    server->uri = sgw_strdup(uri);
    if (server->uri == NULL)
        return SMIMEGW_E_NOMEM;
    if (bind_dn == NULL)
        return SMIMEGW_OK;
    server->bind_dn = sgw_strdup(bind_dn);
    if (server->bind_dn == NULL)
        return SMIMEGW_E_NOMEM;
    if (password == NULL)
        return SMIMEGW_OK;
    server->password = sgw_malloc(password_size);
    if (server->password == NULL)
        return SMIMEGW_E_NOMEM;
    memcpy(server->password, password, password_size);
    server->password_size = password_size;
    return SMIMEGW_OK;
}

int smimegw_ldap_add_server(struct smimegw_ldap *ldap, const char *uri, const char *bind_dn,
                            const void *password, size_t password_size,
                            struct smimegw_error **ret_error)
{
    struct sgw_ldap_server server = {0};
    SGW_REQUIRE(ldap != NULL, ret_error);
    SGW_REQUIRE(uri != NULL, ret_error);
    SGW_REQUIRE(sgw_ldap_uri_is_fine(uri), ret_error);
    SGW_REQUIRE(bind_dn == NULL || bind_dn[0] != '\0', ret_error);
    /* a DN with an empty password lets anybody in, as nobody [RFC4513-5.1.2] */
    SGW_REQUIRE((password == NULL) == (password_size == 0), ret_error);
    SGW_REQUIRE(bind_dn != NULL || password == NULL, ret_error);
    int ret = sgw_directory_check_open(&ldap->directory, ret_error);
    if (ret < 0)
        return ret;
    if (ldap->server_count == SGW_LDAP_SERVERS_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %d servers",
                        SGW_LDAP_SERVERS_MAX);
    ret = fill_server(&server, uri, bind_dn, password, password_size);
    if (ret < 0) {
        clear_server(&server);
        return sgw_fail(ret_error, ret, "server of a directory");
    }
    ldap->servers[ldap->server_count++] = server;
    return SMIMEGW_OK;
}

int smimegw_ldap_set_password(struct smimegw_ldap *ldap, smimegw_ldap_password_fn password,
                              void *userdata, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ldap != NULL, ret_error);
    int ret = sgw_directory_check_open(&ldap->directory, ret_error);
    if (ret < 0)
        return ret;
    ldap->password = password;
    ldap->userdata = userdata;
    return SMIMEGW_OK;
}

static int split_attributes(struct smimegw_ldap *ldap)
{
    size_t count = 0;
    char *rest = sgw_strdup(ldap->values.attributes);
    if (rest == NULL)
        return SMIMEGW_E_NOMEM;
    ldap->attribute_text = rest;
    for (char *word; (word = strsep(&rest, ",")) != NULL;)
        ldap->attributes[count++] = word;
    return SMIMEGW_OK;
}

static int check_passwords(const struct smimegw_ldap *ldap, struct smimegw_error **ret_error)
{
    for (size_t i = 0; i < ldap->server_count; i++)
        if (ldap->servers[i].bind_dn != NULL && !ldap->values.plain_password &&
            !sgw_ldap_is_private(ldap, i))
            return sgw_fail(ret_error, SMIMEGW_E_STATE,
                            "%.300s: a password would go there without verified TLS (settings "
                            "tls, verify, plain-password)",
                            ldap->servers[i].uri);
    return SMIMEGW_OK;
}

int sgw_ldap_freeze(struct smimegw_ldap *ldap, struct smimegw_error **ret_error)
{
    if (ldap->server_count == 0)
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "the directory has no server");
    int ret = check_passwords(ldap, ret_error);
    if (ret < 0)
        return ret;
    pthread_mutex_lock(&ldap->directory.mutex);
    if (ldap->attribute_text == NULL)
        ret = split_attributes(ldap);
    pthread_mutex_unlock(&ldap->directory.mutex);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "attributes of a directory");
    return sgw_directory_freeze(&ldap->directory, &ldap->values.directory, ret_error);
}
