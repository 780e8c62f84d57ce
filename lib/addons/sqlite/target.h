/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_TARGET_H
#define SGW_ADDONS_SQLITE_TARGET_H

struct smimegw_error;

/* A file that a backup shall replace: nobody has it open, and nobody can open it as a store
 * before it is released. */
struct sgw_target;

/* ret_target: (owned) NULL where there is no file. E_NOMEM, E_IO, E_STATE: a store is open
 * there. */
int sgw_target_hold(const char *path, struct sgw_target **ret_target,
                    struct smimegw_error **ret_error);
/* Right before it is replaced. E_STATE: there is another file by now, which is not held. */
int sgw_target_check(const struct sgw_target *target, const char *path,
                     struct smimegw_error **ret_error);
void sgw_target_release(struct sgw_target *target);

#endif
