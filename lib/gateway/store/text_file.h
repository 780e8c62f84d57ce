/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_TEXT_FILE_H
#define SGW_GATEWAY_TEXT_FILE_H

#include <smimegw/types.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"

/* A file that is replaced as a whole, and by one process after the other. */
struct sgw_text_file {
    char *path;     /* absolute, through symbolic links */
    char *lock;     /* the lock is on a file beside it: the file is another one each time */
    char *new_path; /* what is to be the file */
    char *folder;
};

/* By what a file is known to be the one that was read. */
struct sgw_file_mark {
    bool is_there;
    struct stat status;
};

/* E_IO (no such folder), E_NOMEM. */
int sgw_text_file_init(struct sgw_text_file *file, const char *path,
                       struct smimegw_error **ret_error);
void sgw_text_file_clear(struct sgw_text_file *file);
/* For the one that writes; ret_fd: to be closed. false: it takes longer than that, or can't be
 * done. */
bool sgw_text_file_lock(const struct sgw_text_file *file, int seconds, int *ret_fd);

/* E_IO. A file that is not there is fine. */
int sgw_text_file_mark(const struct sgw_text_file *file, struct sgw_file_mark *ret,
                       struct smimegw_error **ret_error);
bool sgw_file_mark_is_same(const struct sgw_file_mark *a, const struct sgw_file_mark *b);
/* All of it, as it was at one time. E_IO, E_NOMEM. */
int sgw_text_file_read(const struct sgw_text_file *file, struct sgw_buf *ret_text,
                       struct sgw_file_mark *ret_mark, struct smimegw_error **ret_error);

/* The file is what the function writes, on the disk; or it is what it was. ret_mark: of the
 * new one. E_IO, or what the function returns. */
typedef int (*sgw_text_file_fn)(const void *object, smimegw_write_fn write, void *userdata,
                                struct smimegw_error **ret_error);
int sgw_text_file_replace(const struct sgw_text_file *file, sgw_text_file_fn write_all,
                          const void *object, struct sgw_file_mark *ret_mark,
                          struct smimegw_error **ret_error);

#endif
