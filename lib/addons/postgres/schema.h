/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_POSTGRES_SCHEMA_H
#define SGW_ADDONS_POSTGRES_SCHEMA_H

#include <stdint.h>

struct sgw_link;
struct sgw_server;
struct smimegw_error;

/*
 * Versions of the tables: steps[n] makes version n + 1 of version n, of an empty schema for n
 * = 0; NULL ends the list. A published step never changes.
 */
extern const char *const sgw_schema_steps[];

/* Make and migrate the store as far as the settings allow it, all or nothing. E_STORE where
 * there is none then of the last version, or another program's. */
int sgw_schema_prepare(struct sgw_link *link, const struct sgw_server *server,
                       const char *const *steps, struct smimegw_error **ret_error);

#endif
