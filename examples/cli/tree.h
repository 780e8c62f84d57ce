/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include <jansson.h>

#include "cli.h"

/* Draw the document of smimegw_inspect(). trusting: anchors were given. */
void cli_tree_print(FILE *stream, const json_t *document, bool trusting);

#endif
