/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error_impl.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/text.h"

enum { TEXT_MAX = 500 };

struct smimegw_error {
    int code;
    char text[TEXT_MAX + 1];
};

struct result_row {
    int code;
    int severity;
    const char *name;
};

#define ROW(name, severity)                                                                   \
    {                                                                                         \
        SMIMEGW_##name, SMIMEGW_SEVERITY_##severity, "SMIMEGW_" #name                         \
    }
static const struct result_row results[] = {
    ROW(OK, NONE),
    ROW(E_USAGE, CALLER),
    ROW(E_ABI, CALLER),
    ROW(E_STATE, CALLER),
    ROW(E_SETTING, CALLER),
    ROW(E_NOMEM, TEMPORARY),
    ROW(E_IO, TEMPORARY),
    ROW(E_SINK, TEMPORARY),
    ROW(E_RANDOM, TEMPORARY),
    ROW(E_CRYPTO, TEMPORARY),
    ROW(E_SYNTAX, MESSAGE),
    ROW(E_LIMIT, MESSAGE),
    ROW(E_NOT_SMIME, MESSAGE),
    ROW(E_UNSUPPORTED, MESSAGE),
    ROW(E_NO_KEY, MESSAGE),
    ROW(E_DECRYPT, MESSAGE),
    ROW(E_KEY, MESSAGE),
    ROW(E_PASSPHRASE, MESSAGE),
    ROW(E_MISMATCH, MESSAGE),
    ROW(E_RECIPIENT, MESSAGE),
    ROW(E_SENDER, MESSAGE),
    ROW(E_REVOCATION, TEMPORARY),
    ROW(E_STORE, TEMPORARY),
};

/* Stands in where no memory is left for a detail; never freed. */
static const struct smimegw_error no_memory = {SMIMEGW_E_NOMEM, "out of memory"};

static const struct result_row *find_result(int code)
{
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        if (results[i].code == code)
            return &results[i];
    return NULL;
}

int smimegw_severity(int result)
{
    const struct result_row *row = find_result(result);
    return row != NULL ? row->severity : SMIMEGW_SEVERITY_CALLER;
}

const char *smimegw_result_name(int result)
{
    const struct result_row *row = find_result(result);
    return row != NULL ? row->name : "SMIMEGW_E_UNKNOWN";
}

int smimegw_error_code(const struct smimegw_error *error)
{
    return error != NULL ? error->code : SMIMEGW_OK;
}

const char *smimegw_error_text(const struct smimegw_error *error)
{
    return error != NULL ? error->text : "no error";
}

void smimegw_error_free(struct smimegw_error *error)
{
    if (error != &no_memory)
        sgw_free(error);
}

void sgw_error_clear(struct smimegw_error **error)
{
    smimegw_error_free(*error);
    *error = NULL;
}

int sgw_fail(struct smimegw_error **ret_error, int code, const char *format, ...)
{
    if (ret_error == NULL || *ret_error != NULL)
        return code;
    struct smimegw_error *error = sgw_malloc(sizeof(*error));
    if (error == NULL) {
        /* the object is only ever read or compared, and the code of the call stays its own */
        *ret_error = (struct smimegw_error *)(uintptr_t)&no_memory;
        return code;
    }
    char raw[TEXT_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    error->code = code;
    sgw_text_escape(raw, error->text, sizeof(error->text));
    *ret_error = error;
    return code;
}

int smimegw_error_set(struct smimegw_error **ret_error, int code, const char *text)
{
    if (code < 0 && text != NULL)
        sgw_fail(ret_error, code, "%s", text);
    return code;
}
