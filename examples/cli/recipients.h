/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_RECIPIENTS_H
#define CLI_RECIPIENTS_H

#include "session.h"

/* The certificates of --recipient, and those of --keyring for --to. */
int cli_recipients_load(struct cli_session *session);

#endif
