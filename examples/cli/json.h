/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>

#include "cli.h"

/* A string of any bytes: what is no UTF-8 (a file's name) comes as question marks. */
json_t *cli_json_text(const char *text);
/* The document on stdout; it is freed. NULL, of an allocation that failed, and whatever can't
 * be printed are trouble. */
int cli_json_put(json_t *document);
/* The document as one line, likewise. */
int cli_json_print(json_t *document);

#endif
