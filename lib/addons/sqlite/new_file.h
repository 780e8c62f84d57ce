/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_NEW_FILE_H
#define SGW_ADDONS_SQLITE_NEW_FILE_H

#include <stdbool.h>

struct sgw_place;
struct smimegw_error;

/* What becomes of a file that is there when the new one takes its place. */
enum sgw_old_file { SGW_OLD_FILE_STAYS, SGW_OLD_FILE_FAILS, SGW_OLD_FILE_GOES };

/*
 * Make a database as a whole: `fill` writes it under a name of its own, then it takes its
 * place. A file that stays is fine; one that fails is E_STATE. E_NOMEM, E_IO, and what fill
 * returns.
 */
int sgw_new_file_make(const char *path, enum sgw_old_file old_file,
                      int (*fill)(void *data, const struct sgw_place *place,
                                  struct smimegw_error **ret_error),
                      void *data, struct smimegw_error **ret_error);

/* Whether there is a file of this name with an ending. */
bool sgw_new_file_is_there(const char *path, const char *ending);

#endif
