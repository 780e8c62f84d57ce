/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_POSTGRES_LINK_H
#define SGW_ADDONS_POSTGRES_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "addons/postgres/params.h"

struct sgw_server;
struct smimegw_error;

/* What says nothing else is a failure of the store. */
enum { SGW_LINK_FAILED = -99, SGW_LINK_TEXT_SIZE = 300 };

/* One connection, of one thread at a time. */
struct sgw_link {
    PGconn *conn;
    int patience_ms;
    bool is_lost;                  /* of no use any more */
    char text[SGW_LINK_TEXT_SIZE]; /* of the last failure */
    struct sgw_link *next;
};

/* Connect, and set up the session. E_NOMEM, E_STORE. */
int sgw_link_open(const struct sgw_server *server, struct sgw_link **ret_link,
                  struct smimegw_error **ret_error);
void sgw_link_close(struct sgw_link *link);

/*
 * Run a statement and take its rows in binary form; without parameters several of them, and
 * the last one's rows in text form. A member of enum smimegw_store_result, or a failure. It
 * does not wait for ever: after that the link is lost.
 */
int sgw_link_run(struct sgw_link *link, const char *text, const struct sgw_params *params,
                 PGresult **ret_result);
/* The same for one that yields no rows. */
int sgw_link_do(struct sgw_link *link, const char *text, const struct sgw_params *params);
/* Set the detail for what the above returned, and return the code. */
int sgw_link_fail(const struct sgw_link *link, int result, const char *what,
                  struct smimegw_error **ret_error);

#endif
