/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/ldap/search_filter.h"

#include <smimegw/error.h>
#include <string.h>

#include "base/buf.h"
#include "base/error_impl.h"
#include "base/text.h"

enum part { ADDRESS, LOCAL, DOMAIN };

struct placeholder {
    const char *text;
    size_t size;
    enum part part;
};

#define PLACEHOLDER(text, part)                                                               \
    {                                                                                         \
        text, sizeof(text) - 1, part                                                          \
    }
static const struct placeholder placeholders[] = {
    PLACEHOLDER("{address}", ADDRESS),
    PLACEHOLDER("{local}", LOCAL),
    PLACEHOLDER("{domain}", DOMAIN),
};

static const struct placeholder *find_placeholder(const char *at)
{
    for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
        if (strncmp(at, placeholders[i].text, placeholders[i].size) == 0)
            return &placeholders[i];
    return NULL;
}

/* False where parentheses do not match, or the filter ends before the text. */
static bool step_depth(char c, bool is_last, int *depth)
{
    *depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    return *depth > 0 || (*depth == 0 && is_last);
}

int sgw_ldap_filter_check(const char *template, struct smimegw_error **ret_error)
{
    int depth = 0;
    size_t found = 0;
    if (template == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "filter can't be empty");
    for (const char *at = template; *at != '\0';) {
        const struct placeholder *placeholder = find_placeholder(at);
        size_t size = placeholder != NULL ? placeholder->size : 1;
        if (placeholder == NULL && (*at == '{' || *at == '}'))
            return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                            "filter: byte %zu: only {address}, {local} and {domain} are known",
                            (size_t)(at - template));
        if (!step_depth(*at, at[size] == '\0', &depth))
            return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                            "filter: byte %zu: not one filter in parentheses",
                            (size_t)(at - template));
        found += placeholder != NULL;
        at += size;
    }
    if (depth != 0 || found == 0)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "filter: %s",
                        depth != 0 ? "a parenthesis is open"
                                   : "neither {address} nor {local} nor {domain} is in it");
    return SMIMEGW_OK;
}

bool sgw_ldap_is_attribute_byte(int c)
{
    return sgw_is_alpha(c) || sgw_is_digit(c) || c == '-' || c == '.' || c == ';';
}

bool sgw_ldap_filter_attribute(const char *template, const char **ret_start, size_t *ret_size)
{
    size_t size = 0;
    if (template[0] != '(')
        return false;
    while (sgw_ldap_is_attribute_byte((unsigned char)template[1 + size]))
        size++;
    if (size == 0 || strcmp(template + 1 + size, "={address})") != 0)
        return false;
    *ret_start = template + 1;
    *ret_size = size;
    return true;
}

/* [RFC4515-3] allows \HH for any byte: only what is plain everywhere stays. */
static int append_escaped(struct sgw_buf *buf, const char *text, size_t size)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < size; i++) {
        int c = (unsigned char)text[i];
        if (sgw_is_alpha(c) || sgw_is_digit(c) || strchr("@.-_+", c) != NULL)
            ret = sgw_buf_append_byte(buf, (uint8_t)c);
        else
            ret = sgw_buf_printf(buf, "\\%02x", (unsigned)c);
    }
    return ret;
}

static int append_part(struct sgw_buf *buf, enum part part, const char *address)
{
    const char *at = strrchr(address, '@');
    size_t local = at != NULL ? (size_t)(at - address) : strlen(address);
    if (part == LOCAL)
        return append_escaped(buf, address, local);
    if (part == DOMAIN)
        address = at != NULL ? at + 1 : "";
    return append_escaped(buf, address, strlen(address));
}

int sgw_ldap_filter_append(struct sgw_buf *buf, const char *template, const char *address)
{
    int ret = SMIMEGW_OK;
    for (const char *at = template; ret == SMIMEGW_OK && *at != '\0';) {
        const struct placeholder *placeholder = find_placeholder(at);
        if (placeholder != NULL)
            ret = append_part(buf, placeholder->part, address);
        else
            ret = sgw_buf_append_byte(buf, (uint8_t)*at);
        at += placeholder != NULL ? placeholder->size : 1;
    }
    return ret;
}
