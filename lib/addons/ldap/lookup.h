/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_LDAP_LOOKUP_H
#define SGW_ADDONS_LDAP_LOOKUP_H

#include <ldap.h>

#include "addons/ldap/ldap_impl.h"

enum { SGW_LDAP_SEARCHES_MAX = 16 }; /* under way on a connection */

enum sgw_ldap_stage {
    SGW_LDAP_OPEN, /* the next server */
    SGW_LDAP_TLS,
    SGW_LDAP_BIND,
    SGW_LDAP_SEARCH,
    SGW_LDAP_DONE
};

/* What a step of a stage comes to. */
enum sgw_ldap_step {
    SGW_LDAP_GO_ON,
    SGW_LDAP_WAIT_READ,
    SGW_LDAP_WAIT_WRITE,
    SGW_LDAP_LOST /* nothing more from this server */
};

/* A search, and the open questions from first up to end that it is for. */
struct sgw_ldap_search {
    int message_id; /* 0: none */
    size_t first;
    size_t end;
    size_t asked;      /* questions in it */
    bool has_stranger; /* an entry that does not say whom it is for */
    bool has_reference;
};

struct smimegw_ldap_lookup {
    struct smimegw_ldap *ldap;
    struct sgw_questions questions;
    bool is_async;
    enum sgw_ldap_stage stage;
    enum sgw_ldap_step wait;
    int64_t until_ms;
    size_t server;
    bool is_reused; /* the connection served another lookup before */
    LDAP *handle;
    int message_id; /* of StartTLS or the bind; 0: not sent */
    struct sgw_ldap_search searches[SGW_LDAP_SEARCHES_MAX];
    size_t under_way;
    size_t next;                          /* the first question that was not asked */
    bool is_single;                       /* second round: those that can't share a search */
    char note[SGW_QUESTION_NOTE_MAX + 1]; /* why the last server was given up */
};

/* Both take over what is in questions, also on failure. */
int sgw_ldap_lookup_start(struct smimegw_ldap *ldap, struct sgw_questions *questions,
                          bool is_async, struct smimegw_ldap_lookup **ret_lookup,
                          struct smimegw_error **ret_error);
/* As far as it goes without waiting. */
void sgw_ldap_lookup_step(struct smimegw_ldap_lookup *lookup);
/* The server is given up: why. */
enum sgw_ldap_step sgw_ldap_lose(struct smimegw_ldap_lookup *lookup, const char *what,
                                 int result);

/* The stage of searches. */
enum sgw_ldap_step sgw_ldap_search_step(struct smimegw_ldap_lookup *lookup);
/* Forget what is under way and what was found on the way. */
void sgw_ldap_search_reset(struct smimegw_ldap_lookup *lookup);

#endif
