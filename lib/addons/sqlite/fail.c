/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/sqlite/fail.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdio.h>

struct cause {
    int result; /* primary result of SQLite */
    int code;
    const char *text;
};

static const struct cause causes[] = {
    {SQLITE_NOMEM, SMIMEGW_E_NOMEM, "out of memory"},
    {SQLITE_BUSY, SMIMEGW_E_STORE, "another process is in the way for too long"},
    {SQLITE_LOCKED, SMIMEGW_E_STORE, "another connection is in the way"},
    {SQLITE_CORRUPT, SMIMEGW_E_STORE, "the file is damaged, or not a store"},
    {SQLITE_NOTADB, SMIMEGW_E_STORE, "the file is not a store"},
    {SQLITE_FULL, SMIMEGW_E_IO, "no space is left"},
    {SQLITE_IOERR, SMIMEGW_E_IO, "reading or writing failed"},
    {SQLITE_CANTOPEN, SMIMEGW_E_IO, "a file can't be opened"},
    {SQLITE_READONLY, SMIMEGW_E_IO, "a file can't be written"},
    {SQLITE_PERM, SMIMEGW_E_IO, "no permission"},
};

int sgw_sqlite_fail_result(struct smimegw_error **ret_error, int result, const char *path,
                           const char *what)
{
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        if (causes[i].result == (result & 0xff))
            return sgw_fail(ret_error, causes[i].code, "%.300s: %s: %s", path, what,
                            causes[i].text);
    return sgw_fail(ret_error, SMIMEGW_E_STORE, "%.300s: %s: %s", path, what,
                    sqlite3_errstr(result));
}
