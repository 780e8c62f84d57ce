/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_NEW_FILE_H
#define SGW_ADDONS_SQLITE_NEW_FILE_H

#include <stdbool.h>

struct sgw_place;
struct smimegw_error;

/*
 * Make a database as a whole: `fill` writes it under a name of its own, then it takes its
 * place. Without is_replaced a file that came there meanwhile stays, and is fine. E_NOMEM,
 * E_IO, and what fill returns.
 */
int sgw_new_file_make(const char *path, bool is_replaced,
                      int (*fill)(void *data, const struct sgw_place *place,
                                  struct smimegw_error **ret_error),
                      void *data, struct smimegw_error **ret_error);

/* Whether there is a file of this name with an ending. */
bool sgw_new_file_is_there(const char *path, const char *ending);

#endif
