/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_POSTGRES_SESSION_H
#define SGW_ADDONS_POSTGRES_SESSION_H

#include <smimegw/store.h>

#include "addons/common/record.h"
#include "addons/postgres/pool.h"

enum { SGW_TOKEN_SIZE = 37 };

/* A transaction. */
struct sgw_session {
    struct sgw_pool *pool;
    struct sgw_link *link;
    int mode;
    bool has_failed;            /* the server does nothing more in it, either */
    char token[SGW_TOKEN_SIZE]; /* of a transaction that writes: by what it is found again */
    /* since the beginning, by kind */
    int64_t counts[SGW_RECORD_KINDS];
    int64_t bytes[SGW_RECORD_KINDS];
};

/* What a function of the store returns; a session that fails once does nothing more. */
int sgw_session_result(struct sgw_session *session, int result);
/* sgw_link_run() in a session. */
int sgw_session_run(struct sgw_session *session, const char *text,
                    const struct sgw_params *params, PGresult **ret_result);

#endif
