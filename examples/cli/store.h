/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include "io.h"

/* A text file with named things. Of several programs that change it one goes after the other.
 */
struct cli_store {
    const char *path; /* (borrowed) */
    int lock;         /* -1 where it is only read */
};

/* smimegw_..._export() of what is kept there. */
typedef int (*cli_export_fn)(const void *object, smimegw_write_fn write, void *userdata,
                             struct smimegw_error **ret_error);

/* changing: a file that is not there is an empty one. ret_file: to be cleared; no data where
 * there is nothing but blanks. To be closed also on failure. */
int cli_store_open(struct cli_store *store, const char *path, bool changing,
                   struct cli_file *ret_file);
/* All of it is in the file, or nothing has changed. */
int cli_store_save(const struct cli_store *store, cli_export_fn export, const void *object);
void cli_store_close(struct cli_store *store);

#endif
