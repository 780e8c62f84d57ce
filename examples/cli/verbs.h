/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli.h"

struct cli_verb_group {
    const char *name;
    const char *summary;
};

extern const struct cli_verb cli_verbs[];
extern const size_t cli_verb_count;
extern const struct cli_verb_group cli_verb_groups[];
extern const size_t cli_verb_group_count;

#endif
