/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdio.h>

#include "base/error_impl.h"

/* What the core does inside: add-ons make its objects by public calls only. */
int sgw_fail(struct smimegw_error **ret_error, int code, const char *format, ...)
{
    char text[1000];
    va_list arguments;
    if (ret_error == NULL || *ret_error != NULL)
        return code;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return smimegw_error_set(ret_error, code, text);
}
