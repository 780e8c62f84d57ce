/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/version.h"

#include <stddef.h>

int sgw_schema_last_version(const char *const *steps)
{
    int count = 0;
    while (steps[count] != NULL)
        count++;
    return count;
}
