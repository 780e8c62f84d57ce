/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/buffer.h>
#include <smimegw/store.h>
#include <string.h>

#include "base/error_impl.h"
#include "gateway/store/lookup_address.h"

static bool needs_quotes(const char *local, size_t size)
{
    static const char specials[] = "()<>[]:;@\\,\" ";
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)local[i] < ' ' || local[i] == 0x7f ||
            strchr(specials, local[i]) != NULL)
            return true;
    return size == 0 || local[0] == '.' || local[size - 1] == '.' ||
           memmem(local, size, "..", 2) != NULL;
}

bool sgw_address_keys(const char *address, size_t size, struct sgw_scope_keys *ret)
{
    char plain[SGW_NAME_KEY_MAX];
    /* the dot of the root says nothing */
    size -= size > 1 && address[size - 1] == '.';
    const char *at = memrchr(address, '@', size);
    if (at == NULL || size > sizeof(plain))
        return false;
    size_t local = (size_t)(at - address);
    if (local < 3 || address[0] != '"' || address[local - 1] != '"' ||
        needs_quotes(address + 1, local - 2))
        return sgw_scope_keys(address, size, ret);
    memcpy(plain, address + 1, local - 2);
    memcpy(plain + local - 2, at, size - local);
    return sgw_scope_keys(plain, size - 2, ret);
}

int smimegw_address_normalise(const char *address, struct smimegw_buffer **ret_address,
                              struct smimegw_error **ret_error)
{
    struct sgw_scope_keys keys;
    SGW_REQUIRE(address != NULL, ret_error);
    SGW_REQUIRE(ret_address != NULL, ret_error);
    if (!sgw_address_keys(address, strlen(address), &keys))
        return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "no certificate can name this address");
    struct smimegw_buffer *buffer;
    int ret = smimegw_buffer_new(0, &buffer, ret_error);
    if (ret < 0)
        return ret;
    ret = smimegw_buffer_write(buffer, keys.keys[0].text, keys.keys[0].size);
    if (ret == SMIMEGW_OK) {
        *ret_address = buffer;
        return SMIMEGW_OK;
    }
    smimegw_buffer_free(buffer);
    return sgw_fail(ret_error, ret, "address");
}
