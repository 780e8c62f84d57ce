/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_POSTGRES_SERVER_H
#define SGW_ADDONS_POSTGRES_SERVER_H

#include <stdint.h>

#include "base/settings.h"

/* Where a store is and how it is used; the same for all its connections. */
struct sgw_server {
    char *connection; /* may hold a password */
    char *schema;     /* such that it needs no quotes */
    int64_t timeout_ms;
    int64_t connections;
    int is_created;
    int is_read_only;
};

extern const struct sgw_setting sgw_server_settings[];

/* From smimegw_postgres_open(). E_USAGE, E_SETTING, E_NOMEM. */
int sgw_server_init(struct sgw_server *server, const char *connection,
                    const char *const *settings, struct smimegw_error **ret_error);
void sgw_server_clear(struct sgw_server *server);
/* One exchange with the server takes no longer. */
int sgw_server_patience_ms(const struct sgw_server *server);

#endif
