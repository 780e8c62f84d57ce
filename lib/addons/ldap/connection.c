/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/ldap/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <smimegw/buffer.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>

#include "addons/ldap/ldap_impl.h"
#include "addons/ldap/sigpipe.h"
#include "base/text.h"

bool sgw_ldap_uri_is_fine(const char *uri)
{
    LDAPURLDesc *parts;
    static const char *const schemes[] = {"ldap", "ldaps", "ldapi"};
    bool is_known = false;
    /* several in one are servers of their own, with an order and a password each */
    if (strpbrk(uri, " \t") != NULL || ldap_url_parse(uri, &parts) != LDAP_URL_SUCCESS)
        return false;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        is_known = is_known || strcmp(parts->lud_scheme, schemes[i]) == 0;
    bool is_fine = is_known && parts->lud_host != NULL && parts->lud_host[0] != '\0' &&
                   (parts->lud_dn == NULL || parts->lud_dn[0] == '\0') &&
                   parts->lud_attrs == NULL && parts->lud_filter == NULL;
    ldap_free_urldesc(parts);
    return is_fine;
}

bool sgw_ldap_needs_start_tls(const struct smimegw_ldap *ldap, size_t server)
{
    return ldap->values.tls == SGW_LDAP_TLS_REQUIRED &&
           sgw_is_text_nocase(ldap->servers[server].uri, sizeof("ldap:") - 1, "ldap:");
}

bool sgw_ldap_has_tls(const struct smimegw_ldap *ldap, size_t server)
{
    return sgw_ldap_needs_start_tls(ldap, server) ||
           sgw_is_text_nocase(ldap->servers[server].uri, sizeof("ldaps:") - 1, "ldaps:");
}

static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcasecmp(host, "localhost") == 0;
}

bool sgw_ldap_is_private(const struct smimegw_ldap *ldap, size_t server)
{
    LDAPURLDesc *parts;
    if (sgw_ldap_has_tls(ldap, server) && ldap->values.verify)
        return true;
    if (ldap_url_parse(ldap->servers[server].uri, &parts) != LDAP_URL_SUCCESS)
        return false;
    bool ret = strcmp(parts->lud_scheme, "ldapi") == 0 || is_loopback(parts->lud_host);
    ldap_free_urldesc(parts);
    return ret;
}

static int set_numbers(LDAP *handle, const struct sgw_ldap_values *values)
{
    const struct option {
        int which;
        int value;
    } options[] = {
        {LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3},
        {LDAP_OPT_DEREF, LDAP_DEREF_NEVER},
        {LDAP_OPT_SIZELIMIT, (int)values->entries},
        {LDAP_OPT_TIMELIMIT, (int)((values->search_timeout_ms + 999) / 1000)},
        {LDAP_OPT_X_TLS_REQUIRE_CERT,
         values->verify ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER},
        {LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2},
    };
    int ret = LDAP_OPT_SUCCESS;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (ret == LDAP_OPT_SUCCESS)
            ret = ldap_set_option(handle, options[i].which, &options[i].value);
    if (ret == LDAP_OPT_SUCCESS)
        ret = ldap_set_option(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    if (ret == LDAP_OPT_SUCCESS)
        ret = ldap_set_option(handle, LDAP_OPT_RESTART, LDAP_OPT_ON);
    return ret;
}

static int set_bounds(LDAP *handle, const struct sgw_ldap_values *values)
{
    Sockbuf *socket;
    ber_len_t most = (ber_len_t)values->answer_size;
    const struct timeval wait = {.tv_sec = values->connect_timeout_ms / 1000,
                                 .tv_usec = values->connect_timeout_ms % 1000 * 1000};
    int ret = ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, &wait);
    if (ret == LDAP_OPT_SUCCESS)
        ret = ldap_get_option(handle, LDAP_OPT_SOCKBUF, &socket);
    if (ret == LDAP_OPT_SUCCESS &&
        ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &most) < 0)
        ret = LDAP_OPT_ERROR;
    return ret;
}

static int set_tls(LDAP *handle, const struct sgw_ldap_values *values)
{
    const int for_client = 0;
    int ret = LDAP_OPT_SUCCESS;
    if (values->ca_file != NULL)
        ret = ldap_set_option(handle, LDAP_OPT_X_TLS_CACERTFILE, values->ca_file);
    /* what was set above counts from here on */
    if (ret == LDAP_OPT_SUCCESS)
        ret = ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &for_client);
    return ret == LDAP_OPT_SUCCESS ? LDAP_SUCCESS : LDAP_CONNECT_ERROR;
}

int sgw_ldap_connection_open(const struct smimegw_ldap *ldap, size_t server, bool is_async,
                             LDAP **ret_handle)
{
    LDAP *handle;
    const struct sgw_ldap_values *values = &ldap->values;
    const char *uri = ldap->servers[server].uri;
    int ret = ldap_initialize(&handle, uri);
    if (ret != LDAP_SUCCESS)
        return ret;
    if (set_numbers(handle, values) != LDAP_OPT_SUCCESS ||
        set_bounds(handle, values) != LDAP_OPT_SUCCESS)
        ret = LDAP_LOCAL_ERROR;
    if (ret == LDAP_SUCCESS && is_async &&
        ldap_set_option(handle, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_ON) != LDAP_OPT_SUCCESS)
        ret = LDAP_LOCAL_ERROR;
    if (ret == LDAP_SUCCESS && sgw_ldap_has_tls(ldap, server))
        ret = set_tls(handle, values);
    if (ret == LDAP_SUCCESS)
        *ret_handle = handle;
    else
        sgw_ldap_connection_close(handle);
    return ret;
}

static int ask_password(const struct smimegw_ldap *ldap, const struct sgw_ldap_server *server,
                        struct smimegw_buffer **ret_password)
{
    struct smimegw_buffer *password;
    if (ldap->password == NULL)
        return LDAP_INVALID_CREDENTIALS;
    if (smimegw_buffer_new(65536, &password, NULL) < 0)
        return LDAP_NO_MEMORY;
    int answer = ldap->password(ldap->userdata, server->uri, server->bind_dn, password);
    if (answer == SMIMEGW_ANSWERED && smimegw_buffer_size(password) > 0) {
        *ret_password = password;
        return LDAP_SUCCESS;
    }
    smimegw_buffer_free(password);
    return LDAP_INVALID_CREDENTIALS;
}

int sgw_ldap_connection_bind(const struct smimegw_ldap *ldap, size_t server, LDAP *handle,
                             int *ret_message_id)
{
    const struct sgw_ldap_server *from = &ldap->servers[server];
    struct smimegw_buffer *asked = NULL;
    int ret = LDAP_SUCCESS;
    struct berval password = {from->password_size, (char *)from->password};
    if (from->bind_dn != NULL && from->password == NULL) {
        ret = ask_password(ldap, from, &asked);
        password.bv_len = smimegw_buffer_size(asked);
        password.bv_val = (char *)(uintptr_t)smimegw_buffer_data(asked);
    }
    if (ret == LDAP_SUCCESS)
        ret = ldap_sasl_bind(handle, from->bind_dn, LDAP_SASL_SIMPLE, &password, NULL, NULL,
                             ret_message_id);
    smimegw_buffer_free(asked);
    return ret;
}

int sgw_ldap_connection_fd(LDAP *handle)
{
    int fd = -1;
    if (handle != NULL && ldap_get_option(handle, LDAP_OPT_DESC, &fd) != LDAP_OPT_SUCCESS)
        fd = -1;
    return fd;
}

void sgw_ldap_connection_end_waiting(LDAP *handle)
{
    int fd = sgw_ldap_connection_fd(handle);
    int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
    if (flags >= 0)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

bool sgw_ldap_connection_is_quiet(LDAP *handle)
{
    struct pollfd poll_fd = {.fd = sgw_ldap_connection_fd(handle), .events = POLLIN};
    return poll_fd.fd >= 0 && poll(&poll_fd, 1, 0) == 0;
}

void sgw_ldap_connection_close(void *handle)
{
    struct sgw_sigpipe hold;
    sgw_sigpipe_hold(&hold);
    ldap_unbind_ext_s(handle, NULL, NULL);
    sgw_sigpipe_release(&hold);
}
