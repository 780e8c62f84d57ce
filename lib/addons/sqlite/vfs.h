/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_VFS_H
#define SGW_ADDONS_SQLITE_VFS_H

#include <sqlite3.h>

/*
 * SQLite's own files, with a checksum at the end of each page of the database. Without one a
 * flipped bit in a tree makes a key that is there look like none, and "no key" may mean "send
 * in clear". The log (WAL) has sums of its own.
 */
enum { SGW_PAGE_SIZE = 4096, SGW_PAGE_RESERVE = 8 };

struct sgw_vfs {
    sqlite3_vfs vfs; /* registered under its own name: pass that to sqlite3_open_v2() */
    char name[40];
};

/* A result of SQLite. Stays in place until it is closed, after all its files. */
int sgw_vfs_open(struct sgw_vfs *vfs);
void sgw_vfs_close(struct sgw_vfs *vfs);

#endif
