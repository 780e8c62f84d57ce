/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_FAIL_H
#define SGW_ADDONS_SQLITE_FAIL_H

#include "base/error_impl.h"

/* Set the detail for a result of SQLite about the store at `path`, "`what`: why", and return
 * the code for it. */
int sgw_sqlite_fail_result(struct smimegw_error **ret_error, int result, const char *path,
                           const char *what);

#endif
