/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/sized.h"

#include <smimegw/error.h>
#include <stdint.h>
#include <string.h>

int sgw_sized_copy(void *ret, size_t size, const void *theirs)
{
    const uint8_t *bytes = theirs;
    size_t their_size;
    memcpy(&their_size, theirs, sizeof(their_size));
    if (their_size < sizeof(their_size))
        return SMIMEGW_E_USAGE;
    for (size_t i = size; i < their_size; i++)
        if (bytes[i] != 0)
            return SMIMEGW_E_ABI;
    memset(ret, 0, size);
    memcpy(ret, theirs, their_size < size ? their_size : size);
    memcpy(ret, &size, sizeof(size));
    return SMIMEGW_OK;
}
