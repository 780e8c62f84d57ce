/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_HOLD_H
#define CLI_HOLD_H

#include "session.h"

/* A message that is complete before anybody gets a byte of it: a file without a name. */
struct cli_copy {
    int fd;
    struct cli_list recipients;
};

/* secret: in memory and never on a disk, for what was decrypted; else in the setting
 * spool-directory. */
int cli_copy_open(const struct cli_session *session, bool secret, struct cli_copy *copy);
void cli_copy_close(struct cli_copy *copy);
/* All of it to stdout. */
int cli_copy_print(const struct cli_copy *copy);

/* Hand each copy to a program, one after the other, without a shell: in its command line
 * {sender} and {recipients} stand for the addresses. */
int cli_copies_send(const char *command, const char *sender, const struct cli_copy *copies,
                    size_t count);

#endif
