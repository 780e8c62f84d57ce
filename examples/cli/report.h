/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli.h"

/* Is any layer a signature, good or bad? */
bool cli_report_is_signed(const struct smimegw_verdict *verdict);
/* The verdict for people. trusting: anchors were given, so that signers could be judged. */
void cli_report_print(FILE *stream, const struct smimegw_verdict *verdict, bool trusting);

#endif
