/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include <jansson.h>

#include "session.h"

/* A record of a store with the certificate that is in it. */
struct cli_record {
    const struct smimegw_record *record; /* (borrowed) */
    struct smimegw_cert *cert;           /* NULL where there is none */
};

/* To be cleared also on failure. */
int cli_record_read(struct cli_record *record, const struct smimegw_record *from);
void cli_record_clear(struct cli_record *record);
/* For people; all: all of the certificate or text, too. */
int cli_record_print(const struct cli_record *record, bool all);
/* NULL when out of memory. */
json_t *cli_record_json(const struct cli_record *record);

/* The word of a kind; 0 for an unknown one. */
int cli_record_kind(const char *word);
const char *cli_record_kind_name(int kind);
/* Of the verb, with its --kind; 0 for all. initial: where nothing says it. */
int cli_record_kind_of(const struct cli_session *session, int initial, int *ret_kind);

#endif
