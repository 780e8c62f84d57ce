/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_CERT_REPORT_H
#define CLI_CERT_REPORT_H

#include <jansson.h>

#include "cli.h"

/* What a certificate says, a line for each field. */
void cli_cert_print(FILE *stream, const struct smimegw_cert *cert);
/* The same with the names of the verdict's members; NULL when out of memory. */
json_t *cli_cert_json(const struct smimegw_cert *cert);

void cli_lint_print(FILE *stream, const struct smimegw_lint *lint);
json_t *cli_lint_json(const struct smimegw_lint *lint);
/* A certificate of a file and what was found; lint is NULL where it issued another one of it.
 * all: what it says, too. */
void cli_cert_report_print(const char *path, const struct smimegw_cert *cert,
                           const struct smimegw_lint *lint, bool all);
json_t *cli_cert_report_json(const char *path, const struct smimegw_cert *cert,
                             const struct smimegw_lint *lint);
bool cli_lint_has_errors(const struct smimegw_lint *lint);

#endif
