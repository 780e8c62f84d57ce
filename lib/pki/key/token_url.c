/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/token_url.h"

#include <smimegw/error.h>
#include <string.h>

#include "base/text.h"

static const char scheme[] = "pkcs11:";
enum { SCHEME_SIZE = sizeof(scheme) - 1 };

bool sgw_token_url_is(const char *url)
{
    return strncmp(url, scheme, SCHEME_SIZE) == 0;
}

static bool is_attribute(const char *data, size_t size, const char *name)
{
    size_t name_size = strlen(name);
    return size > name_size && data[name_size] == '=' && memcmp(data, name, name_size) == 0;
}

static bool is_one_of(const char *data, size_t size, const char *const *names)
{
    for (; *names != NULL; names++)
        if (is_attribute(data, size, *names))
            return true;
    return false;
}

/* Append the attributes of a path or query but those named; the first goes behind start. */
static int keep(const char *data, size_t size, char separator, const char *const *dropped,
                const char *start, struct sgw_buf *ret_url)
{
    const char mark[] = {separator, '\0'};
    const char *before = start;
    const char *end = data + size;
    for (int ret; data < end;) {
        const char *next = memchr(data, separator, (size_t)(end - data));
        size_t length = (size_t)((next != NULL ? next : end) - data);
        if (length > 0 && !is_one_of(data, length, dropped)) {
            ret = sgw_buf_append_text(ret_url, before);
            if (ret == SMIMEGW_OK)
                ret = sgw_buf_append(ret_url, data, length);
            if (ret < 0)
                return ret;
            before = mark;
        }
        data += length + 1;
    }
    return SMIMEGW_OK;
}

int sgw_token_url_key(const char *url, struct sgw_buf *ret_url)
{
    static const char *const none[] = {NULL};
    static const char *const ours[] = {"pin-value", "module-path", NULL};
    const char *path = url + SCHEME_SIZE;
    size_t size = strcspn(path, "?");
    int ret = sgw_buf_append_text(ret_url, scheme);
    if (ret == SMIMEGW_OK)
        ret = keep(path, size, ';', none, "", ret_url);
    if (ret == SMIMEGW_OK && path[size] == '?')
        ret = keep(path + size + 1, strlen(path + size + 1), '&', ours, "?", ret_url);
    return ret;
}

int sgw_token_url_token(const char *url, struct sgw_buf *ret_url)
{
    static const char *const object[] = {"object", "id", "type", "object-type", NULL};
    const char *path = url + SCHEME_SIZE;
    int ret = sgw_buf_append_text(ret_url, scheme);
    return ret == SMIMEGW_OK ? keep(path, strcspn(path, "?"), ';', object, "", ret_url) : ret;
}

static int decode(const char *data, size_t size, struct sgw_buf *ret_value)
{
    for (size_t i = 0; i < size; i++) {
        int byte = (unsigned char)data[i];
        if (byte == '%') {
            int high = size - i > 2 ? sgw_hex_value((unsigned char)data[i + 1]) : -1;
            int low = high >= 0 ? sgw_hex_value((unsigned char)data[i + 2]) : -1;
            if (low < 0)
                return SMIMEGW_E_KEY;
            byte = high << 4 | low;
            i += 2;
        }
        if (byte == 0)
            return SMIMEGW_E_KEY;
        int ret = sgw_buf_append_byte(ret_value, (uint8_t)byte);
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}

int sgw_token_url_query(const char *url, const char *name, struct sgw_buf *ret_value)
{
    const char *at = strchr(url, '?');
    while (at != NULL) {
        at++;
        size_t length = strcspn(at, "&");
        if (is_attribute(at, length, name))
            return decode(at + strlen(name) + 1, length - strlen(name) - 1, ret_value);
        at = at[length] == '&' ? at + length : NULL;
    }
    return SMIMEGW_OK;
}
