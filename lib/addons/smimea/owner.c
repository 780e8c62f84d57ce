/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/smimea/owner.h"

#include <smimegw/error.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/text.h"

enum { DIGEST_PART = 28 };

int sgw_smimea_owner(const char *address, char ret_owner[SGW_SMIMEA_OWNER_SIZE])
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    char label[2 * DIGEST_PART + 1];
    const char *at = strrchr(address, '@');
    if (at == NULL || at == address || at[1] == '\0' || strlen(at + 1) > 255)
        return SMIMEGW_E_SYNTAX;
    int ret = sgw_hash_once(SGW_HASH_SHA256, address, (size_t)(at - address), digest);
    if (ret < 0)
        return ret;
    sgw_hex(digest, DIGEST_PART, label);
    snprintf(ret_owner, SGW_SMIMEA_OWNER_SIZE, "%s._smimecert.%s.", label, at + 1);
    return SMIMEGW_OK;
}
