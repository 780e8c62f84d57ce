/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_FAIL_H
#define SGW_ADDONS_SQLITE_FAIL_H

#include <smimegw/error.h>

/*
 * Set the detail and return the code, as sgw_fail() does inside the library, whose objects an
 * add-on makes by public calls only.
 */
int sgw_sqlite_fail(struct smimegw_error **ret_error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a result of SQLite about the store at `path`: "`what`: why". */
int sgw_sqlite_fail_result(struct smimegw_error **ret_error, int result, const char *path,
                           const char *what);

/* Public functions only, before anything is owned. */
#define SGW_SQLITE_REQUIRE(condition, ret_error)                                              \
    do {                                                                                      \
        if (!(condition))                                                                     \
            return sgw_sqlite_fail(ret_error, SMIMEGW_E_USAGE, "%s: not so: %s", __func__,    \
                                   #condition);                                               \
    } while (0)

#endif
